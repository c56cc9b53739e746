"""The credits, asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from imgurdata.pulls.pull import load

if TYPE_CHECKING:
    from imgurdata.http.session import ImgurSession

__all__ = ["load_credits"]


def load_credits(*, session: ImgurSession | None = None) -> pd.DataFrame:
    """The credits now, as Imgur tells them.

    Always asked, never cached. ``session.credits.now()`` says what is known without asking.

    Parameters
    ----------
    session
        Who asks; the newest session by default.

    Returns
    -------
    pandas.DataFrame
        One row: ``user_limit, user_remaining, user_reset_at, client_limit, client_remaining,
        client_reset_at, fetched_at``.

    Notes
    -----
    Source: API reference, Credits (X1). Nobody documents whether asking costs a credit; the ledger
    counts one.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     int(imd.load_credits()["user_limit"].item())
    500
    """
    return load("credits", session, False)
