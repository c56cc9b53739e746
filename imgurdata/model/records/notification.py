"""Notification: a reply to a comment, or a message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from imgurdata.model.records.parts import FETCHED, username
from imgurdata.model.schema import TIME, DType, Field, Ignored, Int64, Record

__all__ = ["NOTIFICATION"]

_SOURCE = "reference, Notification"


class Content(msgspec.Struct, gc=False, rename={"from_user": "from"}):
    """Comment or conversation that a notification is about; its numbers are often text."""

    id: Int64 | None = None
    image_id: str | None = None
    parent_id: Int64 | None = None
    comment: str | None = None
    author: str | None = None
    author_id: Int64 | None = None
    ups: Int64 | None = None
    downs: Int64 | None = None
    points: Int64 | None = None
    deleted: bool | None = None
    platform: str | None = None
    datetime: int | float | None = None
    with_account: Int64 | None = None
    message_num: Int64 | None = None
    spam: bool | None = None
    last_message: str | None = None
    from_user: str | None = None


_NOTHING = Content()

#: Keys of a comment that are beside the content when that is only its text (2024).
_BESIDE = (
    "author", "author_id", "image_id", "parent_id", "ups", "downs", "points", "deleted",
    "platform", "datetime",
)  # fmt: skip


def _with_content(row: dict[str, Any]) -> dict[str, Any]:
    """Return a notification whose content is an object, as it was until 2016."""
    text = row.get("content")
    if not isinstance(text, str) or not ({"comment_id", *_BESIDE} & row.keys()):
        return row
    content = {key: row[key] for key in _BESIDE if key in row}
    return {**row, "content": {"id": row.get("comment_id"), "comment": text, **content}}


def _of_content(*names: str, zero_as_na: bool = False) -> Callable[[Sequence[Any]], list[Any]]:
    """Return a function that computes a column from the first of these keys with a value."""

    def derive(rows: Sequence[Any]) -> list[Any]:
        column = []
        for row in rows:
            content = row.content or _NOTHING
            value = next((v for n in names if (v := getattr(content, n)) not in (None, "")), None)
            column.append(None if zero_as_na and value == 0 else value)
        return column

    return derive


def _kind(rows: Sequence[Any]) -> list[Any]:
    # The content decides, because not every answer has the lists "replies" and "messages".
    kinds: list[Any] = []
    for row in rows:
        about = row.content or _NOTHING
        if any(value is not None for value in (about.comment, about.image_id, about.author)):
            kinds.append("reply")
        elif any(v is not None for v in (about.last_message, about.with_account, about.from_user)):
            kinds.append("message")
        else:
            kinds.append(None)
    return kinds


def _from_user(rows: Sequence[Any]) -> list[Any]:
    names = _of_content("from_user", "author")(rows)
    return [None if name == "[deleted]" else name for name in names]


def _content(
    name: str, dtype: DType, meaning: str, *names: str, unit: str = "", zero_as_na: bool = False
) -> Field:
    derive = _of_content(*(names or (name,)), zero_as_na=zero_as_na)
    return Field(name, dtype, meaning, f"{_SOURCE} (content)", unit=unit, derive=derive)


NOTIFICATION = Record(
    name="notification",
    containers=("replies", "messages"),
    null_is_empty=True,
    excluded=frozenset({"comment", "title", "link", "is_album", "reputation", "name"}),
    reshape=_with_content,
    reshape_keys=frozenset({"comment_id"}),
    fields=(
        Field("id", "Int64", "the notification's number", _SOURCE),
        Field("kind", "str", "reply or message", "derived from its content", derive=_kind),
        Field("viewed", "boolean", "whether it was seen", _SOURCE),
        _content("datetime", TIME, "when that was written", unit="UTC"),
        username("from_user", "who wrote it; NA when deleted"),
        _content("text", "str", "the comment, or the last message", "comment", "last_message"),
        _content("post_id", "str", "the post of a comment", "image_id"),
        _content("content_id", "Int64", "number of the comment or conversation", "id"),
        _content("parent_id", "Int64", "the comment it replies to", zero_as_na=True),
        _content("points", "Int64", "as sent, of a comment"),
        _content("ups", "Int64", "votes up, of a comment"),
        _content("downs", "Int64", "votes down, of a comment"),
        _content("deleted", "boolean", "whether the comment is deleted"),
        _content("message_num", "Int64", "messages in the conversation"),
        Field("from_user", "str", "who wrote it; NA when deleted", f"{_SOURCE} (content)",
              derive=_from_user),
        _content("author_id", "Int64", "number of a comment's author", zero_as_na=True),
        _content("with_account", "Int64", "the other side of a conversation", zero_as_na=True),
        Field("account_id", "Int64", "whom it is for", _SOURCE, zero_as_na=True),
        _content("platform", "str", "as sent; digits as often as words"),
        _content("spam", "boolean", "marked as spam"),
        FETCHED,
    ),
    ignored=(
        Ignored("content", "content_id and the columns behind it", _SOURCE, Content | None),
        *(
            Ignored(key, "of the comment, where its text alone is the content", "recorded 2024")
            for key in (*_BESIDE, "comment_id", "on_album", "album_cover", "vote", "children",
                        "has_admin_badge")
        ),
    ),
)  # fmt: skip
