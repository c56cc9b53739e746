"""The world's comments, indexed by number, post and author."""

from __future__ import annotations

from dataclasses import dataclass, fields
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Comment", "CommentTable", "load_comments"]


@dataclass(slots=True)
class Comment:
    """A comment; `ups` and `downs` are the final counts.

    Attributes
    ----------
    parent : int
        Number of the comment that it replies to; 0 at the top.
    fuzz : int
        Difference between the points that Imgur shows and ups less downs.
    deleted_at : int or None
        When its author deleted it; it then stays in its tree without text and author.
    """

    id: int
    post: str
    parent: int
    account_id: int
    created: int
    text: str
    ups: int
    downs: int
    fuzz: int
    platform: str
    deleted_at: int | None

    def is_deleted(self, at: int) -> bool:
        """Return whether it was deleted by second `at` of the world."""
        return self.deleted_at is not None and self.deleted_at <= at


class CommentTable:
    """All comments of the world; built from comments with parents before their children."""

    def __init__(self, comments: Sequence[Comment]) -> None:
        self.by_id = {comment.id: comment for comment in comments}
        self._by_post: dict[str, list[Comment]] = {}
        self._by_author: dict[int, list[Comment]] = {}
        self._replies: dict[int, list[Comment]] = {}
        for comment in comments:
            self._by_post.setdefault(comment.post, []).append(comment)
            self._by_author.setdefault(comment.account_id, []).append(comment)
            if comment.parent:
                self._replies.setdefault(comment.parent, []).append(comment)

    def add(self, comment: Comment) -> None:
        """Add a comment, or put it in the place of the one with its number."""
        old = self.by_id.get(comment.id)
        homes: list[tuple[dict[Any, list[Comment]], Any]]
        homes = [(self._by_post, comment.post), (self._by_author, comment.account_id)]
        if comment.parent:
            homes.append((self._replies, comment.parent))
        for table, key in homes:
            # Lists are replaced, since others may be reading them.
            others = table.get(key, [])
            table[key] = (
                [*others, comment]
                if old is None
                else [comment if other is old else other for other in others]
            )
        self.by_id[comment.id] = comment

    def find(self, number: int, at: int) -> Comment | None:
        """Return the comment of this number, if it is written by second `at`."""
        comment = self.by_id.get(number)
        return comment if comment is not None and comment.created <= at else None

    def of_post(self, post: str, at: int) -> list[Comment]:
        """Return the comments below a post by second `at`, deleted ones too; parents first."""
        return [comment for comment in self._by_post.get(post, ()) if comment.created <= at]

    def by_author(self, account: int, at: int) -> list[Comment]:
        """Return an account's comments by second `at` that are not deleted."""
        return [
            comment
            for comment in self._by_author.get(account, ())
            if comment.created <= at and not comment.is_deleted(at)
        ]

    def replies(self, number: int, at: int) -> list[Comment]:
        """Return the direct replies to a comment by second `at`, deleted ones too."""
        return [comment for comment in self._replies.get(number, ()) if comment.created <= at]

    def below(self, comment: Comment, at: int) -> list[Comment]:
        """Return all replies to a comment and to its replies; parents before their children."""
        found = self.replies(comment.id, at)
        # The list grows while it is iterated: level by level, without recursion.
        for reply in found:
            found.extend(self.replies(reply.id, at))
        return found


def load_comments(folder: Path) -> CommentTable:
    """Read the world's comments: 30,000 rows, in a fraction of a second."""
    values = itemgetter(*(field.name for field in fields(Comment)))
    return read_table(
        folder, "comments", lambda rows: CommentTable([Comment(*values(row)) for row in rows])
    )
