"""Widget that shows posts as pictures, to look through and to pick from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import anywidget
import pandas as pd
import traitlets

from imgurdata._format import plural, printable
from imgurdata._validate import integer, shown
from imgurdata.errors import InvalidArgument
from imgurdata.plot.validate import booleans, column_of, numbers, utc_times, validate
from imgurdata.widgets.pages import page_files, static_bundle, static_html

__all__ = ["GalleryBrowser"]

#: More posts would make a page slow and a notebook large.
_MOST = 20_000

#: Longest title that is sent to the page.
_LONGEST = 300

#: How many posts the static view lists, with how much of a text and of a word.
_LISTED = 12
_LONGEST_LISTED = 80
_LONGEST_WORD = 24

_IMAGE_ID = re.compile(r"[A-Za-z0-9]{5,12}")
_NUMBERS = ("points", "views", "comment_count", "images_count")


class GalleryBrowser(anywidget.AnyWidget):
    """Widget that shows posts as pictures: sort, filter by tag, date and title, pick.

    A click or the space bar picks a post, Enter opens it on Imgur, arrow keys move. Pictures are
    loaded when they come into view, from Imgur, by the browser: they cost no credits. Pictures of
    mature posts are blurred until clicked.

    Parameters
    ----------
    posts : pandas.DataFrame
        Frame of posts with ``id``; what it has of ``title, datetime, username, is_album, link,
        cover, tags, points, views, comment_count, images_count, nsfw`` is shown. At most 20,000
        rows.
    page_size : int, default 60
        Posts on a page, from 1 to 500.

    Attributes
    ----------
    selected : pandas.DataFrame
        Rows of the posts that are picked, in the order of the frame.
    visible : pandas.DataFrame
        Rows that pass the filters, in the order in which they are shown.
    selected_ids : list of str
        Ids of the posts that are picked, in the order of picking. It may be set.

    Raises
    ------
    InvalidArgument
        It is not a frame of posts, or has too many rows.

    Notes
    -----
    A dozen columns are saved with the notebook if widget state is saved, and ``selected_ids``.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True):
    ...     posts = imd.load_gallery()
    >>> browser = imd.widgets.GalleryBrowser(posts)
    >>> browser.selected_ids = [posts["id"][3]]
    >>> len(browser.selected)
    1
    >>> browser
    GalleryBrowser: 60 posts, 1 picked; .selected is their DataFrame
    """

    _esm, _css = page_files("gallery_browser")

    columns = traitlets.Dict().tag(sync=True)
    page_size = traitlets.Int(60).tag(sync=True)
    selected_ids = traitlets.List(traitlets.Unicode()).tag(sync=True)
    #: Positions of the rows that pass the filters, in the order in which they are shown.
    visible_rows = traitlets.List(traitlets.Int()).tag(sync=True)

    def __init__(self, posts: pd.DataFrame, *, page_size: int = 60) -> None:
        posts = validate("posts", posts, ["id"], loader="imd.load_gallery()")
        if len(posts) > _MOST:
            raise InvalidArgument(
                f"posts must have at most {_MOST:,} rows; got {len(posts):,}. A part of them, such "
                "as posts.nlargest(1000, 'points'), can be looked through."
            )
        self._posts = posts.copy(deep=False)
        self._ids = ["" if pd.isna(value) else str(value) for value in column_of(posts, "id")]
        super().__init__(
            columns=_columns(posts, self._ids),
            page_size=integer("page_size", page_size, least=1, most=500),
            visible_rows=list(range(len(posts))),
        )

    @traitlets.validate("selected_ids")
    def _check_ids(self, proposal: Any) -> list[str]:
        known = set(self._ids)
        unknown = [name for name in proposal["value"] if name not in known]
        if unknown:
            raise InvalidArgument(
                f"selected_ids must be ids of these posts; got {shown(unknown[0])}."
            )
        return list(dict.fromkeys(proposal["value"]))

    @property
    def selected(self) -> pd.DataFrame:
        """Rows of the posts that are picked, in the order of the frame."""
        picked = set(self.selected_ids)
        return self._posts[[name in picked for name in self._ids]].copy()

    @property
    def visible(self) -> pd.DataFrame:
        """Rows that pass the filters, in the order in which they are shown."""
        n = len(self._posts)
        return self._posts.iloc[[row for row in self.visible_rows if 0 <= row < n]].copy()

    def _repr_mimebundle_(self, **options: Any) -> Any:
        columns = self.columns
        picked = set(self.selected_ids)
        first = sorted(range(len(self._ids)), key=lambda row: self._ids[row] not in picked)
        rows = [
            (
                self._ids[row],
                _in_brief(columns["title"][row] or ""),
                _number_text(columns["points"][row]),
                _in_brief(columns["tags"][row] or ""),
            )
            for row in first[:_LISTED]
        ]
        listed = f" {_LISTED} are listed." if len(self._ids) > _LISTED else ""
        html = static_html(
            f"Posts: {self._brief()}", f"Run the cell to look through them.{listed}",
            ("Post", "Title", "Points", "Tags"), rows,
        )  # fmt: skip
        return static_bundle(super()._repr_mimebundle_(**options), html, str(self.model_id))

    def _brief(self) -> str:
        return f"{plural(len(self._ids), 'post')}, {len(self.selected_ids):,} picked"

    def __repr__(self) -> str:
        return f"GalleryBrowser: {self._brief()}; .selected is their DataFrame"


def _in_brief(text: str) -> str:
    """Return a text that makes no column as wide as the page: titles may have no space at all."""
    words = (
        word if len(word) <= _LONGEST_WORD else f"{word[:_LONGEST_WORD]}…" for word in text.split()
    )
    brief = " ".join(words)
    return brief if len(brief) <= _LONGEST_LISTED else f"{brief[:_LONGEST_LISTED]}…"


def _number_text(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _columns(posts: pd.DataFrame, ids: list[str]) -> dict[str, list[Any]]:
    """Return the columns that the page shows, as lists with None for NA."""
    n = len(posts)
    links = [_web_link(link) for link in _texts(posts, "link")]
    covers = _texts(posts, "cover")
    albums = _flags(posts, "is_album")
    out: dict[str, list[Any]] = {
        "id": ids,
        "title": _texts(posts, "title"),
        "account": _texts(posts, "username" if "username" in posts.columns else "account_url"),
        "tags": _texts(posts, "tags"),
        "link": links,
        "nsfw": _flags(posts, "nsfw"),
        "picture": [
            _thumbnail(link, cover if is_album else cover or name)
            for link, cover, is_album, name in zip(links, covers, albums, ids, strict=True)
        ],
        "time": [None] * n,
    }
    if "datetime" in posts.columns:
        times = utc_times(posts, "datetime")
        seconds = (times - pd.Timestamp(0, tz="UTC")) / pd.Timedelta("1s")
        out["time"] = _plain(seconds)
    for name in _NUMBERS:
        out[name] = _plain(numbers(posts, name)) if name in posts.columns else [None] * n
    return out


def _plain(values: Iterable[Any]) -> list[Any]:
    return [None if pd.isna(value) else float(value) for value in values]


def _texts(posts: pd.DataFrame, name: str) -> list[str | None]:
    if name not in posts.columns:
        return [None] * len(posts)
    values = column_of(posts, name)
    return [None if pd.isna(value) else printable(str(value))[:_LONGEST] for value in values]


def _flags(posts: pd.DataFrame, name: str) -> list[bool]:
    if name not in posts.columns:
        return [False] * len(posts)
    true, _ = booleans(posts, name)
    return [bool(value) for value in true]


def _web_link(link: str | None) -> str | None:
    """Return a link if it leads to a web page: a script must not hide behind it."""
    return link if link is not None and urlsplit(link).scheme in {"http", "https"} else None


def _thumbnail(link: str | None, image: str | None) -> str | None:
    """Return the address of a picture of 320 pixels: an image's id with ``m`` (API reference)."""
    if link is None or image is None or _IMAGE_ID.fullmatch(image) is None:
        return None
    parts = urlsplit(link)
    host = parts.netloc.lower()
    if host in {"imgur.com", "www.imgur.com", "m.imgur.com", "i.imgur.com"}:
        return f"https://i.imgur.com/{image}m.jpg"
    if parts.hostname in {"127.0.0.1", "localhost"}:  # the sandbox's own pictures
        return f"{parts.scheme}://{parts.netloc}/{image}m.jpg"
    return None
