"""Comment, in a tree or alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from imgurdata.model.records.parts import FETCHED, LISTED, username
from imgurdata.model.schema import TIME, Field, Ignored, Record

__all__ = ["COMMENT"]

_SOURCE = "reference, Comment"
_TREE = "derived from the tree; NA if the answer has none"


def _authors(rows: Sequence[Any]) -> dict[str, list[Any]]:
    names = [row.author for row in rows]
    deleted = [row.deleted for row in rows]
    if "[deleted]" in names:
        # Some answers omit the flag, and only the author's name shows it.
        deleted = [
            True if name == "[deleted]" else flag for name, flag in zip(names, deleted, strict=True)
        ]
    if "[deleted]" in names or "" in names:
        names = [None if name in {"", "[deleted]"} else name for name in names]
    return {"author": names, "deleted": deleted}


COMMENT = Record(
    name="comment",
    children="children",
    # Pages of the website from 2015 use this key.
    containers=("captions",),
    excluded=frozenset({"title", "link", "is_album", "views", "reputation", "name", "content"}),
    fields=(
        Field("post_id", "str", "the image or album commented on", _SOURCE, key="image_id",
              aliases=("hash",)),
        Field("id", "Int64", "the comment's number; beyond 32 bits", _SOURCE),
        Field("parent_id", "Int64", "the comment it replies to; NA at the top (Imgur writes 0)",
              _SOURCE, zero_as_na=True),
        Field("root_id", "Int64", "the top of its thread", _TREE, from_pull=True),
        Field("depth", "Int64", "replies between it and the top, which is 0", _TREE,
              from_pull=True),
        Field("position", "Int64", "place in the tree in reading order, from 0", _TREE,
              from_pull=True),
        Field("n_children", "Int64", "direct replies", _TREE, from_pull=True),
        username("author", "user name of the author; NA when deleted"),
        Field("comment", "str", "the text as sent; [deleted] when deleted", _SOURCE,
              aliases=("caption",)),
        Field("datetime", TIME, "when it was written", _SOURCE, unit="UTC"),
        Field("points", "Int64", "as sent: not always ups minus downs", _SOURCE),
        Field("ups", "Int64", "votes up", _SOURCE),
        Field("downs", "Int64", "votes down", _SOURCE),
        Field("deleted", "boolean", "deleted, but kept in the tree for its replies", _SOURCE,
              derive=_authors),
        Field("platform", "str", "desktop, android, iphone, api ...; since 2015", _SOURCE),
        Field("author", "str", "user name; NA when deleted", _SOURCE, derive=_authors),
        Field("author_id", "Int64", "number of that account; NA when deleted (Imgur writes 0)",
              _SOURCE, zero_as_na=True),
        Field("vote", "str", "your vote: up, down, veto; NA without a sign-in", _SOURCE),
        Field("on_album", "boolean", "whether post_id is an album", _SOURCE),
        Field("album_cover", "str", "cover of that album", _SOURCE),
        Field("has_admin_badge", "boolean", "written by Imgur's staff; since 2019", _SOURCE),
        *LISTED,
        FETCHED,
    ),
    ignored=(
        Ignored("author", "author", _SOURCE, str | None),
        Ignored("deleted", "deleted", _SOURCE, bool | None),
        Ignored("children", "the replies: rows of their own", _SOURCE),
    ),
)  # fmt: skip
