"""Ids out of whatever a person has: an id, a link, a Series, a frame.

Imgur's links come in many forms (API reference, Helpers; recorded answers): ``/gallery/{id}``,
since May 2024 with the title before it (``/gallery/some-words-2YxRdEi``), ``/a/{id}``,
``/t/{tag}/{id}``, ``/r/{subreddit}/{id}``, ``/{id}``, and files ``i.imgur.com/{id}.jpg`` with a
size letter behind the id (``pKcuQYFh.gif``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import pandas as pd

from imgurdata.errors import InvalidArgument, redact

__all__ = ["collect_ids", "parse_id"]

#: Ids are 5 (old) or 7 letters and digits today; a little room is left for tomorrow's. Delete
#: hashes have 15 and must never be taken for one.
_ID = re.compile(r"[A-Za-z0-9]{5,10}")
_FILE = re.compile(r"(?P<id>[A-Za-z0-9]{5}|[A-Za-z0-9]{7})(?:[sbtmlhgr]|_d)?\.[A-Za-z0-9]{2,5}")
#: How many parts of a link's path stand before the id, by its first part. What comes behind the
#: id (``/comment/123``, ``/new``) is not it. None: such a link names no post at all.
_BEFORE_ID = {
    **dict.fromkeys(("a", "album", "gallery", "image", "download"), 1),
    **dict.fromkeys(("r", "t", "topic"), 2),
    "user": None,
    "delete": None,
}
#: Delete hashes: what stands in an error must not hold one.
_SECRET = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{15}(?![A-Za-z0-9])")
_WORDS = 'an id such as "2YxRdEi" or a link such as "https://imgur.com/gallery/2YxRdEi"'


def parse_id(text: Any) -> str:
    """The id in an id or an Imgur link.

    Raises
    ------
    InvalidArgument
        There is none in it.

    Examples
    --------
    >>> parse_id("2YxRdEi")
    '2YxRdEi'
    >>> parse_id("https://imgur.com/gallery/some-words-2YxRdEi")
    '2YxRdEi'
    >>> parse_id("https://i.imgur.com/pKcuQYFh.gif")
    'pKcuQYF'
    """
    if not isinstance(text, str):
        raise InvalidArgument(f"{text!r} is no id: give {_WORDS}.")
    word = text.strip()
    if "/" in word:
        word = _word_of_link(word)
        if file := _FILE.fullmatch(word):
            return file["id"]
        word = word.rsplit("-", 1)[-1]
    if not _ID.fullmatch(word):
        shown = _SECRET.sub("***", redact(text))
        raise InvalidArgument(f"There is no id in {shown!r}: give {_WORDS}.")
    return word


def _word_of_link(link: str) -> str:
    """The part of a link's path that holds the id; empty where none does."""
    try:
        # Copied without its scheme, a link begins with the host.
        parts = urlsplit(link if "//" in link or link.startswith("/") else f"//{link}").path
    except ValueError:
        return ""
    words = [part for part in parts.split("/") if part]
    if words[:1] == ["3"]:
        words = words[1:]  # a path of the API: /3/gallery/album/{id}
    if words[:1] == ["gallery"] and words[1:2] in (["album"], ["image"], ["r"], ["t"]):
        words = words[1:]
    before = _BEFORE_ID.get(words[0], 0) if words else None
    return "" if before is None or before >= len(words) else words[before]


def collect_ids(ids: Any) -> tuple[list[str], bool]:
    """All ids in what was given, each once, in order, and whether it was a single one.

    Parameters
    ----------
    ids
        An id or link, an iterable or Series of them, or a frame with a column ``id``.

    Returns
    -------
    tuple of list of str and bool
        The ids, and True where one id (not a list of one) was given: a missing one is then an
        error rather than a remark.

    Raises
    ------
    InvalidArgument
        Something in it is no id, or there is nothing in it that could hold one.
    """
    if isinstance(ids, str):
        return [parse_id(ids)], True
    if isinstance(ids, pd.DataFrame):
        if "id" not in ids:
            raise InvalidArgument(f"The frame has no column 'id'; it has {list(ids.columns)}.")
        ids = ids["id"]
    if isinstance(ids, pd.Series):
        ids = ids.dropna().tolist()
    if not isinstance(ids, Iterable):
        raise InvalidArgument(f"{ids!r} is no id: give {_WORDS}, or a list of them.")
    return list(dict.fromkeys(parse_id(one) for one in ids)), False
