"""Albums and images by their ids, in the gallery or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from imgurdata.pulls.pull import Pull

if TYPE_CHECKING:
    from imgurdata.http.session import ImgurSession

__all__ = ["load_album_images", "load_albums", "load_images"]


def load_albums(
    ids: Any,
    *,
    progress: bool | None = None,
    max_age: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Load albums by their ids, whether they are in the gallery or not.

    Parameters
    ----------
    ids : str, iterable, Series or DataFrame
        An id or link, an iterable or Series of them, or a frame with a column ``id``. One credit
        each.
    progress : bool or None
        Progress bar: None shows it for long loads only, True always, False never.
    max_age : str, float, Timedelta or None
        Time for which a cached answer counts as fresh, for this pull only; 0 asks again with the
        ETag, None is the session's own.
    session : ImgurSession or None
        Session to use; the newest one by default.

    Returns
    -------
    pandas.DataFrame
        One row per album, columns as ``imd.schema("album")``. Votes and comments are a post's, not
        an album's: :func:`~imgurdata.load_posts`. Missing ids are listed in
        ``attrs["imgurdata"]["missing"]``.

    Raises
    ------
    InvalidArgument
        Before any request: an argument that holds no id.
    NotFound
        The single album does not exist, or none of several does.

    Notes
    -----
    Source: API reference, Album (A1).

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     posts = imd.load_gallery()
    ...     albums = imd.load_albums(posts[posts["is_album"]].head(2))
    >>> len(albums), albums["images_count"].dtype
    (2, Int64Dtype())
    """
    return Pull("albums", ids=ids).run(session, progress=progress, max_age=max_age)


def load_images(
    ids: Any,
    *,
    progress: bool | None = None,
    max_age: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Load images by their ids.

    Parameters
    ----------
    ids : str, iterable, Series or DataFrame
        An id or link (``i.imgur.com`` files, too), an iterable or Series of them, or a frame with
        a column ``id``. One credit each: of an album, :func:`load_album_images` gets all for one.
    progress : bool or None
        Progress bar: None shows it for long loads only, True always, False never.
    max_age : str, float, Timedelta or None
        Time for which a cached answer counts as fresh, for this pull only; 0 asks again with the
        ETag, None is the session's own.
    session : ImgurSession or None
        Session to use; the newest one by default.

    Returns
    -------
    pandas.DataFrame
        One row per image, columns as ``imd.schema("image")``. Missing ids are listed
        in ``attrs["imgurdata"]["missing"]``.

    Raises
    ------
    InvalidArgument
        Before any request: an argument that holds no id.
    NotFound
        The single image does not exist, or none of several does.

    Notes
    -----
    Source: API reference, Image (I1).

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     covers = imd.load_gallery()["cover"].dropna().head(2)
    ...     images = imd.load_images(covers)
    >>> images["id"].tolist() == covers.tolist()
    True
    """
    return Pull("images", ids=ids).run(session, progress=progress, max_age=max_age)


def load_album_images(
    ids: Any,
    *,
    progress: bool | None = None,
    max_age: Any = None,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Load all images of albums.

    Parameters
    ----------
    ids : str, iterable, Series or DataFrame
        An album's id or link, an iterable or Series of them, or a frame with a column ``id``. One
        credit per album, however many images.
    progress : bool or None
        Progress bar: None shows it for long loads only, True always, False never.
    max_age : str, float, Timedelta or None
        Time for which a cached answer counts as fresh, for this pull only; 0 asks again with the
        ETag, None is the session's own.
    session : ImgurSession or None
        Session to use; the newest one by default.

    Returns
    -------
    pandas.DataFrame
        One row per image: ``post_id`` (the album) first, then the columns of
        ``imd.schema("image")``, as from :func:`~imgurdata.explode_images`, but all of
        them. Missing albums are listed in ``attrs["imgurdata"]["missing"]``.

    Raises
    ------
    InvalidArgument
        Before any request: an argument that holds no id.
    NotFound
        The single album does not exist, or none of several does.

    Notes
    -----
    Source: API reference, Album images (A2): never paged.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     longest = imd.load_gallery().nlargest(1, "images_count")
    ...     images = imd.load_album_images(longest)
    >>> bool(len(images) == longest["images_count"].item())
    True
    """
    return Pull("album_images", ids=ids).run(session, progress=progress, max_age=max_age)
