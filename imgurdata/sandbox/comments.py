"""The world's comments, found by their number, their post and their author."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Comment", "CommentTable", "load_comments"]


@dataclass(slots=True)
class Comment:
    """One comment; ``ups`` and ``downs`` are what it reaches in the end.

    Attributes
    ----------
    parent : int
        Number of the comment that it replies to; 0 at the top.
    fuzz : int
        By how much the points that Imgur tells differ from ups less downs.
    deleted_at : int or None
        When its author took it back; it then stays in its tree without words and name.
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
        """Tell whether it was deleted by second `at` of the world."""
        return self.deleted_at is not None and self.deleted_at <= at


class CommentTable:
    """All comments of the world.

    Parameters
    ----------
    comments : sequence of Comment
        Parents before their children.
    """

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

    def find(self, number: int, at: int) -> Comment | None:
        """Find the comment of this number, if it is written by second `at`."""
        comment = self.by_id.get(number)
        return comment if comment is not None and comment.created <= at else None

    def of_post(self, post: str, at: int) -> list[Comment]:
        """Find what was said below a post by second `at`, deleted ones too; parents first."""
        return [comment for comment in self._by_post.get(post, ()) if comment.created <= at]

    def by_author(self, account: int, at: int) -> list[Comment]:
        """Find what an account has said by second `at` and not taken back."""
        return [
            comment
            for comment in self._by_author.get(account, ())
            if comment.created <= at and not comment.is_deleted(at)
        ]

    def replies(self, number: int, at: int) -> list[Comment]:
        """Find the direct replies to a comment by second `at`, deleted ones too."""
        return [comment for comment in self._replies.get(number, ()) if comment.created <= at]

    def below(self, comment: Comment, at: int) -> list[Comment]:
        """Find all replies to a comment and to its replies; parents before their children."""
        found = self.replies(comment.id, at)
        # The list grows while it is walked: level by level, without recursion.
        for reply in found:
            found.extend(self.replies(reply.id, at))
        return found


def load_comments(folder: Path) -> CommentTable:
    """Read the world's comments: 30,000 rows, in a fraction of a second.

    Raises
    ------
    ImgurDataError
        The table is missing or damaged.
    """
    return read_table(folder, "comments", lambda rows: CommentTable([_comment(r) for r in rows]))


def _comment(row: dict[str, Any]) -> Comment:
    return Comment(
        row["id"],
        row["post"],
        row["parent"],
        row["account_id"],
        row["created"],
        row["text"],
        row["ups"],
        row["downs"],
        row["fuzz"],
        row["platform"],
        row["deleted_at"],
    )
