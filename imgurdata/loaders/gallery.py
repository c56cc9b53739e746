"""The gallery, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from imgurdata.pulls.pull import load

if TYPE_CHECKING:
    from imgurdata.http.session import ImgurSession

__all__ = ["load_gallery"]


def load_gallery(
    section: str = "hot",
    sort: str = "viral",
    window: str | None = None,
    *,
    pages: int | range | Sequence[int] | None = 1,
    show_viral: bool | None = None,
    mature: bool | None = None,
    nested: bool = False,
    progress: bool | None = None,
    until_known: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Posts of the gallery, as Imgur lists them.

    Parameters
    ----------
    section
        ``"hot"`` (Most Viral now), ``"top"`` (the best of a window) or ``"user"`` (all that
        people submit).
    sort
        ``"viral"``, ``"top"``, ``"time"``; ``"rising"`` for section ``user`` only.
    window
        ``"day"``, ``"week"``, ``"month"``, ``"year"``, ``"all"``: for section ``top`` only; None
        is Imgur's default, the day.
    pages
        How many pages of about 60 posts (an int: the first n), which (a range or list, from 0),
        or None for all there are. One credit a page.
    show_viral
        Section ``user`` only: whether posts that are in Most Viral stay in.
    mature
        Whether mature posts are listed. Without a sign-in only.
    nested
        Keep ``images_json`` and ``tags_json`` for :func:`~imgurdata.explode_images` and
        :func:`~imgurdata.explode_tags`.
    until_known
        With ``sort="time"`` only. Ids (or a frame with ``id``) that you have already: walks the
        list from its newest row and stops where they begin, which takes a page or two where little
        is new. The rows of the pages that were loaded are all in the frame, the known ones among
        them too (they are paid, and tell today's numbers): ``new[~new["id"].isin(old["id"])]``
        leaves them out.
    progress
        A bar: None, when it lasts; True, always; False, never.
    session
        Who asks; the newest session by default.

    Returns
    -------
    pandas.DataFrame
        One row a post, columns as ``imd.schema("post")``; ``listing`` and ``rank`` (from 0 over
        all pages) say where it stood. A post met again on a later page of the moving list is left
        out and counted in ``attrs["imgurdata"]["duplicates"]``.

    Raises
    ------
    InvalidArgument
        Before any request: a value Imgur does not know or would ignore.
    ImgurDataError
        With ``.partial``: the pages before the first that failed.

    Notes
    -----
    Source: API reference, Gallery (G1); page sizes and previews: recorded lists 2014-2024.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     posts = imd.load_gallery("top", window="week", pages=2)
    >>> posts.shape[0], posts["points"].dtype
    (120, Int64Dtype())
    """
    return load(
        "gallery",
        session,
        progress,
        section=section,
        sort=sort,
        window=window,
        pages=pages,
        show_viral=show_viral,
        mature=mature,
        nested=nested,
        until_known=until_known,
    )
