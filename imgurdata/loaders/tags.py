"""The site's tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from imgurdata.pulls.pull import load

if TYPE_CHECKING:
    from imgurdata.http.session import ImgurSession

__all__ = ["load_tags"]


def load_tags(*, session: ImgurSession | None = None) -> pd.DataFrame:
    """The tags that Imgur shows on its front page.

    Parameters
    ----------
    session
        Who asks; the newest session by default.

    Returns
    -------
    pandas.DataFrame
        One row a tag, columns as ``imd.schema("tag")``. One credit; the answer's headers tell
        nothing about credits.

    Notes
    -----
    Source: API reference, Default tags (G6); recorded answers 2017 and 2021.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     tags = imd.load_tags()
    >>> bool(tags["name"].is_unique)
    True
    """
    return load("tags", session, False)
