"""Posts by their ids, in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from imgurdata.pulls.pull import load

if TYPE_CHECKING:
    from imgurdata.http.session import ImgurSession

__all__ = ["load_posts"]


def load_posts(
    ids: Any,
    *,
    nested: bool = False,
    progress: bool | None = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Posts of the gallery by their ids, with all of their images.

    Parameters
    ----------
    ids
        An id or an Imgur link (with words before the id, too), an iterable or Series of them, or
        a frame with a column ``id``. One credit each; an id given twice is asked once.
    nested
        Keep ``images_json`` and ``tags_json`` for :func:`~imgurdata.explode_images` and
        :func:`~imgurdata.explode_tags`.
    progress
        A bar: None, when it lasts; True, always; False, never.
    session
        Who asks; the newest session by default.

    Returns
    -------
    pandas.DataFrame
        One row a post, in the order of the ids, columns as ``imd.schema("post")``; ``listing``
        and ``rank`` are NA. Ids that Imgur does not have are named in
        ``attrs["imgurdata"]["missing"]``.

    Raises
    ------
    InvalidArgument
        Before any request: something that holds no id.
    NotFound
        The one id asked for does not exist, or none of several does.
    ImgurDataError
        With ``.partial``: the posts before the first that failed.

    Notes
    -----
    Source: API reference, Gallery item (G13).

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     some = imd.load_gallery().head(2)
    ...     full = imd.load_posts(some)
    >>> bool((full["id"] == some["id"]).all())
    True
    """
    return load("posts", session, progress, ids=ids, nested=nested)
