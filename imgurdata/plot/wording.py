"""Words that several charts share, and texts of the data in the form that a chart shows."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from imgurdata._format import plural, printable
from imgurdata.plot.validate import column_of, strings

__all__ = ["Noun", "in_words", "on_posts", "percent", "repeats_note", "row_noun", "shorten"]

# Longest text of the data that a title or a legend quotes.
_LONGEST = 60


class Noun(NamedTuple):
    """Words for what a row is, and for its ``datetime``."""

    singular: str
    with_article: str
    time: str


_NOUNS = {
    "post": Noun("post", "a post", "Time submitted"),
    "comment": Noun("comment", "a comment", "Time written"),
    "image": Noun("image", "an image", "Time uploaded"),
    "album": Noun("album", "an album", "Time created"),
    "notification": Noun("notification", "a notification", "Time"),
    "trophy": Noun("award", "an award", "Time awarded"),
}


def row_noun(frame: pd.DataFrame) -> Noun:
    """Return the words for the rows of a frame, by the record in its attrs.

    Without attrs, which ``concat`` and files lose, rows with a parent are comments, others posts.
    """
    attrs = frame.attrs.get("imgurdata")
    record = attrs.get("record") if isinstance(attrs, dict) else None
    if isinstance(record, str) and record in _NOUNS:
        return _NOUNS[record]
    return _NOUNS["comment" if "parent_id" in frame.columns else "post"]


def shorten(value: object) -> str:
    r"""Return a text of the data on one line, cut if it is long.

    >>> shorten("a\nb"), len(shorten("a" * 5000))
    ('a\ufffdb', 60)
    """
    text = printable(str(value)[: _LONGEST + 1])
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"


def in_words(column: str) -> str:
    """Return the name of a column in words.

    >>> in_words("comment_count")
    'comment count'
    """
    return shorten(column.replace("_", " "))


def on_posts(comments: pd.DataFrame) -> str:
    """Return the id or the number of the posts that comments belong to, for a title."""
    known = column_of(comments, "post_id").dropna()
    try:
        ids = known.unique()
    except TypeError:  # objects that cannot be compared
        ids = strings(known).unique()
    if len(ids) == 0:
        return ""
    return f" on post {shorten(ids[0])}" if len(ids) == 1 else f" on {plural(len(ids), 'post')}"


def repeats_note(frame: pd.DataFrame) -> str:
    """Return a note on how many rows repeat an id, or nothing if none does."""
    if "id" not in frame.columns:
        return ""
    known = column_of(frame, "id").dropna()
    try:
        repeats = len(known) - known.nunique()
    except TypeError:  # objects that cannot be compared
        known = strings(known)
        repeats = len(known) - known.nunique()
    return f"{repeats:,} of them repeat an id" if repeats else ""


def percent(share: float) -> str:
    """Return a share as text.

    >>> percent(0.25), percent(0.003), percent(0.0), percent(0.999)
    ('25%', '<1%', '0%', '>99%')
    """
    if 0 < share < 0.01 or 0.99 < share < 1:
        return "<1%" if share < 0.5 else ">99%"
    return f"{100 * share:.0f}%"
