"""Searching the gallery: the simple query and the advanced fields.

Imgur does not say how it searches; the sandbox does it plainly. A word matches a whole word of a
post's title, description, tags or captions, whatever the case; where words have no spaces between
them, as in Japanese, a part. Words beside each other must all match; ``OR`` binds less than that,
``NOT`` more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING

from imgurdata.sandbox.pictures import MEDIA_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from imgurdata.sandbox.world import Post, World

__all__ = ["ADVANCED", "SIZES", "Search"]

ADVANCED = ("q_all", "q_any", "q_exactly", "q_not", "q_type", "q_size_px")
#: Longest side in pixels, from and below.
SIZES: Mapping[str, tuple[float, float]] = {
    "small": (0, 501),
    "med": (501, 2_000),
    "big": (2_000, 5_000),
    "lrg": (5_000, 10_000),
    "huge": (10_000, float("inf")),
}
_INDICES = ("tag", "user", "title", "ext", "subreddit", "album", "meme")
_TOKEN = re.compile(rf'({"|".join(_INDICES)}):|"([^"]*)"|(\S+)', re.IGNORECASE)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched for.

    Attributes
    ----------
    query : str
        The simple query, ignored if there are advanced fields.
    advanced : tuple of (str, str)
        Fields of `ADVANCED` with their values.
    """

    query: str = ""
    advanced: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> Search:
        """Return the search of a request's fields."""
        advanced = tuple((name, fields[name]) for name in ADVANCED if fields.get(name))
        return cls("" if advanced else fields.get("q", "").strip(), advanced)

    @property
    def wants_forums(self) -> bool:
        """Whether it names a forum, whose posts are otherwise not found."""
        return "subreddit:" in self.query.lower()

    def matcher(self, world: World) -> Callable[[Post], bool]:
        """Return the function that decides whether a post matches; an empty search has none."""
        if self.advanced:
            tests = [_advanced(name, value) for name, value in self.advanced]
            return lambda post: all(test(post) for test in tests)
        return _simple(self.query, world)


def _advanced(name: str, value: str) -> Callable[[Post], bool]:
    words = value.split()
    if name == "q_type":
        return lambda post: _has_type(post, value.lower())
    if name == "q_size_px":
        least, most = SIZES.get(value.lower(), (0, 0))
        return lambda post: least <= max(post.cover_image.width, post.cover_image.height) < most
    if name == "q_exactly":
        return lambda post: value.casefold() in _text(post)
    if name == "q_any":
        return lambda post: any(_has_word(_text(post), word) for word in words)
    if name == "q_not":
        return lambda post: not any(_has_word(_text(post), word) for word in words)
    return lambda post: all(_has_word(_text(post), word) for word in words)


def _simple(query: str, world: World) -> Callable[[Post], bool]:
    """Return the test of a simple query: alternatives of terms that must all match."""
    index, negative = "", False
    alternatives: list[list[Callable[[Post], bool]]] = [[]]
    for found in _TOKEN.finditer(query):
        name, phrase, word = found.groups()
        if name:
            index = name.lower()
        elif word in ("AND", "OR", "NOT"):
            negative = word == "NOT"
            if word == "OR":
                alternatives.append([])
        else:
            test = _term(index, word if phrase is None else phrase, world)
            alternatives[-1].append(_negated(test) if negative else test)
            negative = False
    alternatives = [tests for tests in alternatives if tests]
    return lambda post: any(all(test(post) for test in tests) for tests in alternatives)


def _negated(test: Callable[[Post], bool]) -> Callable[[Post], bool]:
    return lambda post: not test(post)


def _term(index: str, word: str, world: World) -> Callable[[Post], bool]:
    low = word.casefold()
    if index == "tag":
        name = low.replace(" ", "_").lstrip("#")
        return lambda post: name in post.tags
    if index == "meme":
        return lambda post: "memes" in post.tags and _has_word(_text(post), word)
    if index == "user":
        author = world.account_by_name.get(low)
        return lambda post: author is not None and post.account_id == author.id
    if index == "ext":
        return lambda post: _has_type(post, low)
    if index == "subreddit":
        return lambda post: post.section.lower() == low
    if index == "album":
        return lambda post: post.is_album and _has_word(_text(post), word)
    if index == "title":
        return lambda post: _has_word(unescape(post.title).casefold(), word)
    return lambda post: _has_word(_text(post), word)


def _has_type(post: Post, kind: str) -> bool:
    if kind == "album":
        return post.is_album
    types = {"image/gif", "video/mp4"} if kind == "anigif" else {MEDIA_TYPES.get(kind)}
    return any(image.type in types for image in post.images)


def _text(post: Post) -> str:
    texts: Sequence[str | None] = (
        post.title,
        post.description,
        *(tag.replace("_", " ") for tag in post.tags),
        *(image.description for image in post.images),
    )
    return unescape(" \n ".join(text for text in texts if text)).casefold()


def _has_word(text: str, word: str) -> bool:
    low = word.casefold()
    # Scripts without spaces between words have no whole words to compare.
    if " " in low or not low.isascii():
        return low in text
    return low in _WORD.findall(text) or (not low.isalnum() and low in text)
