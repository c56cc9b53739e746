"""Words that several charts share, and texts of the data as a chart writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from imgurdata._format import plural, printable
from imgurdata.plot.check import column_of, texts

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Noun", "label_of", "noun_of", "on_posts", "repeated"]

#: Longest text of the data that a title or a legend quotes.
_LONGEST = 60


class Noun(NamedTuple):
    """Words for what a row is, and for its ``datetime``."""

    one: str
    a: str
    time: str
    by: str


_NOUNS = {
    "post": Noun("post", "a post", "Time submitted", " of submission"),
    "comment": Noun("comment", "a comment", "Time written", " of writing"),
    "image": Noun("image", "an image", "Time uploaded", " of upload"),
    "album": Noun("album", "an album", "Time created", " of creation"),
    "notification": Noun("notification", "a notification", "Time", ""),
    "trophy": Noun("award", "an award", "Time awarded", " of award"),
}


def noun_of(frame: pd.DataFrame) -> Noun:
    """Return the words for the rows of a frame, by the record it was loaded as.

    A frame that does not tell its record (``concat`` and files lose it) holds comments if its rows
    have a parent, else posts.
    """
    told = frame.attrs.get("imgurdata")
    record = told.get("record") if isinstance(told, dict) else None
    if isinstance(record, str) and record in _NOUNS:
        return _NOUNS[record]
    return _NOUNS["comment" if "parent_id" in frame.columns else "post"]


def label_of(value: object) -> str:
    r"""Return a text of the data as a chart writes it: on one line, and cut where it is long.

    >>> label_of("a\nb"), len(label_of("a" * 5000))
    ('a\ufffdb', 60)
    """
    text = printable(str(value)[: _LONGEST + 1])
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"


def on_posts(comments: pd.DataFrame) -> str:
    """Say of which post comments are, or of how many; nothing where it is not known.

    Parameters
    ----------
    comments
        With ``post_id``.
    """
    ids = texts(column_of(comments, "post_id")).unique()
    if len(ids) == 0:
        return ""
    return f" on post {label_of(ids[0])}" if len(ids) == 1 else f" on {plural(len(ids), 'post')}"


def repeated(frame: pd.DataFrame) -> str:
    """Tell how many rows repeat an id, as a note to a count; nothing where none does."""
    if "id" not in frame.columns:
        return ""
    known = texts(column_of(frame, "id"))
    twice = len(known) - known.nunique()
    return f"; {twice:,} of them repeat an id" if twice else ""
