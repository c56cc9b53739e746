"""Comments as Imgur writes them: trees below a post, branches, flat rows, notifications.

Imgur does not publish how it sorts; the sandbox's orders are these, at every level of a tree:

=========  =====================================================================================
``best``   lower end of the 95 % interval of the share of upvotes (Wilson), so not by points
``top``    points, most first
``new``    latest first
=========  =====================================================================================
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from imgurdata.sandbox.comments import Comment
    from imgurdata.sandbox.growth import Growth
    from imgurdata.sandbox.people import Account
    from imgurdata.sandbox.votes import Votes
    from imgurdata.sandbox.world import Post, World

__all__ = ["ACCOUNT_SORTS", "TREE_SORTS", "CommentWriter", "notification_id"]

TREE_SORTS = ("best", "top", "new")
ACCOUNT_SORTS = ("newest", "oldest", "best", "worst")

#: A notification's number is its comment's, moved by this.
_NOTIFICATIONS_FROM = 100_000_000
#: Notifications older than this (in seconds) count as seen.
_SEEN_AFTER = 7 * 86_400
_Z = 1.96


def notification_id(comment: Comment) -> int:
    """Tell the number of the notification about a comment."""
    return comment.id + _NOTIFICATIONS_FROM


class CommentWriter:
    """Writes comments at one second of the world.

    Votes grow along the curve of the post, counted from the comment's own beginning; another seed
    of the sandbox multiplies them as it does the post's.

    Parameters
    ----------
    world : World
    growth : Growth
    votes : Votes
    origin : int
        The epoch second of the world's start.
    """

    def __init__(self, world: World, growth: Growth, votes: Votes, origin: int) -> None:
        self._world = world
        self._growth = growth
        self._votes = votes
        self._origin = origin

    def tree(
        self, post: Post, at: int, sort: str = "best", viewer: Account | None = None
    ) -> list[dict[str, Any]]:
        """Write all comments below a post, replies within ``children``.

        Parameters
        ----------
        post : Post
        at : int
            Second of the world.
        sort : {"best", "top", "new"}
        viewer : Account or None
            Whose votes it shows.
        """
        return self._nested(self._world.comments.of_post(post.id, at), 0, at, sort, viewer)

    def branch(self, comment: Comment, at: int, viewer: Account | None = None) -> dict[str, Any]:
        """Write one comment with all replies to it, and to them."""
        below = self._world.comments.below(comment, at)
        row = self.flat(comment, at, viewer)
        row["children"] = self._nested(below, comment.id, at, "best", viewer)
        return row

    def _nested(
        self, comments: Sequence[Comment], top: int, at: int, sort: str, viewer: Account | None
    ) -> list[dict[str, Any]]:
        rows = [(comment, self.flat(comment, at, viewer)) for comment in comments]
        order = _tree_order(sort)
        rows.sort(key=lambda each: order(each[1]))
        # Sorted as a whole, every list of siblings comes out sorted.
        children: dict[int, list[dict[str, Any]]] = {row["id"]: row["children"] for _, row in rows}
        children[top] = []
        for comment, row in rows:
            children[comment.parent].append(row)
        return children[top]

    def flat(self, comment: Comment, at: int, viewer: Account | None = None) -> dict[str, Any]:
        """Write a comment by itself, ``children`` empty (recorded answers 2022)."""
        post = self._world.post_by_id[comment.post]
        deleted = comment.is_deleted(at)
        ups, downs, points = (0, 0, 0) if deleted else self.votes(comment, at)
        author = self._world.accounts[comment.account_id]
        return {
            "id": comment.id,
            "image_id": comment.post,
            "comment": "[deleted]" if deleted else comment.text,
            "author": "[deleted]" if deleted else author.url,
            "author_id": 0 if deleted else author.id,
            "on_album": post.is_album,
            "album_cover": post.cover if post.is_album else None,
            "ups": ups,
            "downs": downs,
            "points": points,
            "datetime": self._origin + comment.created,
            "parent_id": comment.parent,
            "deleted": deleted,
            "vote": None if deleted else self._votes.comment_vote(viewer, comment),
            "platform": comment.platform,
            "has_admin_badge": False,
            "children": [],
        }

    def votes(self, comment: Comment, at: int) -> tuple[int, int, int]:
        """Count ups, downs and points of a comment at second `at`.

        Points are ups less downs, give or take the fuzz that recorded trees show on some.
        """
        post = self._world.post_by_id[comment.post]
        share = self._growth.share(post, comment.created, at)
        ups, downs = int(comment.ups * share), int(comment.downs * share)
        return ups, downs, ups - downs + comment.fuzz

    def by_author(self, account: Account, at: int, sort: str) -> list[Comment]:
        """List an account's comments: newest, oldest, best or worst first."""
        comments = self._world.comments.by_author(account.id, at)
        if sort in ("best", "worst"):
            sign = -1 if sort == "best" else 1
            return sorted(comments, key=lambda one: (sign * self.votes(one, at)[2], one.id))
        return sorted(comments, key=lambda one: (one.created, one.id), reverse=sort != "oldest")

    # Notifications ---------------------------------------------------------------------------

    def notifications(self, account: Account, at: int, *, new: bool) -> list[dict[str, Any]]:
        """Write the notifications about replies to an account's comments, newest first.

        Parameters
        ----------
        account : Account
        at : int
        new : bool
            Only those not seen yet: the last week's.
        """
        rows = [
            self._notification(account, reply, at)
            for reply in self.replies_to(account, at)
            if not new or not _is_seen(reply, at)
        ]
        return sorted(rows, key=lambda row: -row["id"])

    def notification(self, account: Account, number: int, at: int) -> dict[str, Any] | None:
        """Write one notification of an account; None if it has none of this number."""
        comment = self._world.comments.find(number - _NOTIFICATIONS_FROM, at)
        if comment is None or comment not in self.replies_to(account, at):
            return None
        return self._notification(account, comment, at)

    def replies_to(self, account: Account, at: int) -> list[Comment]:
        """Find what others replied to an account's comments and did not take back."""
        table = self._world.comments
        return [
            reply
            for comment in table.by_author(account.id, at)
            for reply in table.replies(comment.id, at)
            if reply.account_id != account.id and not reply.is_deleted(at)
        ]

    def _notification(self, account: Account, reply: Comment, at: int) -> dict[str, Any]:
        content = self.flat(reply, at, account)
        # Recorded notifications know neither the badge nor the platform's name.
        del content["has_admin_badge"]
        content["platform"] = "2"
        return {
            "id": notification_id(reply),
            "account_id": account.id,
            "viewed": _is_seen(reply, at),
            "content": content,
        }


def _is_seen(reply: Comment, at: int) -> bool:
    return at - reply.created > _SEEN_AFTER


def _tree_order(sort: str) -> Callable[[dict[str, Any]], tuple[float, int]]:
    if sort == "new":
        return lambda row: (-row["datetime"], -row["id"])
    if sort == "top":
        return lambda row: (-row["points"], row["id"])
    return lambda row: (-_sure_share(row["ups"], row["downs"]), row["id"])


def _sure_share(ups: int, downs: int) -> float:
    """Tell which share of upvotes the votes make sure of (Wilson's interval, lower end)."""
    votes = ups + downs
    if not votes:
        return 0.0
    share, tail = ups / votes, _Z * _Z / votes
    spread = _Z * math.sqrt((share * (1 - share) + tail / 4) / votes)
    return (share + tail / 2 - spread) / (1 + tail)
