"""Albums and images by their ids, in the gallery or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from imgurdata.pulls.pull import load

if TYPE_CHECKING:
    from imgurdata.http.session import ImgurSession

__all__ = ["load_album_images", "load_albums", "load_images"]


def load_albums(
    ids: Any, *, progress: bool | None = None, session: ImgurSession | None = None
) -> pd.DataFrame:
    """Albums by their ids, whether they are in the gallery or not.

    Parameters
    ----------
    ids
        An id or link, an iterable or Series of them, or a frame with a column ``id``. One credit
        each.
    progress
        A bar: None, when it lasts; True, always; False, never.
    session
        Who asks; the newest session by default.

    Returns
    -------
    pandas.DataFrame
        One row an album, columns as ``imd.schema("album")``. Votes and comments are a post's, not
        an album's: :func:`~imgurdata.load_posts`. Ids that Imgur does not have are named in
        ``attrs["imgurdata"]["missing"]``.

    Raises
    ------
    InvalidArgument
        Before any request: something that holds no id.
    NotFound
        The one album asked for does not exist, or none of several does.

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
    return load("albums", session, progress, ids=ids)


def load_images(
    ids: Any, *, progress: bool | None = None, session: ImgurSession | None = None
) -> pd.DataFrame:
    """Images by their ids.

    Parameters
    ----------
    ids
        An id or link (``i.imgur.com`` files, too), an iterable or Series of them, or a frame with
        a column ``id``. One credit each: of an album, :func:`load_album_images` gets all for one.
    progress
        A bar: None, when it lasts; True, always; False, never.
    session
        Who asks; the newest session by default.

    Returns
    -------
    pandas.DataFrame
        One row an image, columns as ``imd.schema("image")``. Ids that Imgur does not have are
        named in ``attrs["imgurdata"]["missing"]``.

    Raises
    ------
    InvalidArgument
        Before any request: something that holds no id.
    NotFound
        The one image asked for does not exist, or none of several does.

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
    return load("images", session, progress, ids=ids)


def load_album_images(
    ids: Any, *, progress: bool | None = None, session: ImgurSession | None = None
) -> pd.DataFrame:
    """All images of albums.

    Parameters
    ----------
    ids
        An album's id or link, an iterable or Series of them, or a frame with a column ``id``. One
        credit an album, however many images.
    progress
        A bar: None, when it lasts; True, always; False, never.
    session
        Who asks; the newest session by default.

    Returns
    -------
    pandas.DataFrame
        One row an image: ``post_id`` (the album) first, then the columns of
        ``imd.schema("image")``, like :func:`~imgurdata.explode_images` gives them, but all of
        them. Albums that Imgur does not have are named in ``attrs["imgurdata"]["missing"]``.

    Raises
    ------
    InvalidArgument
        Before any request: something that holds no id.
    NotFound
        The one album asked for does not exist, or none of several does.

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
    return load("album_images", session, progress, ids=ids)
