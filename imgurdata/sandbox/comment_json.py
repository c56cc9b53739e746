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

from imgurdata.sandbox.context import in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from imgurdata.sandbox.comments import Comment
    from imgurdata.sandbox.context import Context
    from imgurdata.sandbox.world import Account, Post

__all__ = [
    "comment_branch", "comment_record", "comment_tree", "comments_by", "message_notifications",
    "notification", "notifications", "wilson_lower_bound",
]  # fmt: skip

#: A notification's number is its comment's plus this.
_NOTIFICATION_OFFSET = 100_000_000
#: Notifications older than this (in seconds) count as seen.
_SEEN_AFTER = 7 * 86_400
_Z = 1.96


def comment_tree(ctx: Context, post: Post, sort: str) -> list[dict[str, Any]]:
    """Return all comments below a post, replies within ``children``."""
    return _nested(ctx, ctx.world.comments.of_post(post.id, ctx.at), 0, sort)


def comment_branch(ctx: Context, comment: Comment) -> dict[str, Any]:
    """Return a comment with all replies to it, and to them."""
    below = ctx.world.comments.below(comment, ctx.at)
    return {
        **comment_record(ctx, comment),
        "children": _nested(ctx, below, comment.id, "best"),
    }


def _nested(ctx: Context, comments: Sequence[Comment], top: int, sort: str) -> list[dict[str, Any]]:
    # Sorted as a whole, every list of siblings comes out sorted.
    rows = sorted((comment_record(ctx, comment) for comment in comments), key=_tree_order(sort))
    children: dict[int, list[dict[str, Any]]] = {row["id"]: row["children"] for row in rows}
    children[top] = []
    for row in rows:
        children[row["parent_id"]].append(row)
    return children[top]


def comment_record(ctx: Context, comment: Comment) -> dict[str, Any]:
    """Return a comment by itself, ``children`` empty (recorded answers 2022)."""
    post = ctx.world.commented(comment.post)
    deleted = comment.is_deleted(ctx.at)
    ups, downs, points = (0, 0, 0) if deleted else _votes(ctx, comment)
    author = ctx.world.accounts[comment.account_id]
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
        "datetime": ctx.epoch(comment.created),
        "parent_id": comment.parent,
        "deleted": deleted,
        "vote": None if deleted else ctx.store.votes.vote(ctx.viewer, comment),
        "platform": comment.platform,
        "has_admin_badge": False,
        "children": [],
    }


def _votes(ctx: Context, comment: Comment) -> tuple[int, int, int]:
    """Return ups, downs and points of a comment.

    Votes grow along the curve of the post, counted from the comment's own beginning. Points are
    ups less downs, plus the fuzz that recorded trees show on some.
    """
    post = ctx.world.commented(comment.post)
    growth = ctx.store.growth
    share, more = growth.share(post, comment.created, ctx.at), growth.change(comment.id)
    ups, downs = int(comment.ups * share) + more.ups, int(comment.downs * share) + more.downs
    return ups, downs, ups - downs + comment.fuzz


def comments_by(ctx: Context, account: Account, sort: str) -> list[Comment]:
    """Return an account's comments: newest, oldest, best or worst first."""
    comments = ctx.world.comments.by_author(account.id, ctx.at)
    return in_order(comments, sort, lambda comment: _votes(ctx, comment)[2])


def _tree_order(sort: str) -> Callable[[dict[str, Any]], tuple[float, int]]:
    if sort == "new":
        return lambda row: (-row["datetime"], -row["id"])
    if sort == "top":
        return lambda row: (-row["points"], row["id"])
    return lambda row: (-wilson_lower_bound(row["ups"], row["downs"]), row["id"])


def wilson_lower_bound(ups: int, downs: int) -> float:
    """Return the lower end of Wilson's 95 % interval of the share of upvotes.

    Examples
    --------
    >>> wilson_lower_bound(100, 0) > wilson_lower_bound(10, 0) > wilson_lower_bound(10, 5)
    True
    """
    votes = ups + downs
    if not votes:
        return 0.0
    share, tail = ups / votes, _Z * _Z / votes
    spread = _Z * math.sqrt((share * (1 - share) + tail / 4) / votes)
    return (share + tail / 2 - spread) / (1 + tail)


# Notifications -----------------------------------------------------------------------------------


def notifications(ctx: Context, account: Account, *, only_new: bool) -> list[dict[str, Any]]:
    """Return the notifications about replies to an account's comments, newest first."""
    rows = [_notification(ctx, account, reply) for reply in _replies_to(ctx, account)]
    rows = [row for row in rows if not (only_new and row["viewed"])]
    return sorted(rows, key=lambda row: -row["id"])


def message_notifications(
    ctx: Context, account: Account, *, only_new: bool
) -> list[dict[str, Any]]:
    """Return the notifications about messages to an account, newest first; numbers are text."""
    rows = []
    for one in list(ctx.world.conversations.values()):
        if account.id not in one.accounts:
            continue
        messages = one.until(ctx.at)
        received = [message for message in messages if message.sender != account.id]
        number = one.id + 2 * _NOTIFICATION_OFFSET
        if not received:
            continue
        last = received[-1]
        viewed = _is_viewed(ctx, account, number, last.created) or messages[-1] is not last
        content = {
            "id": str(one.id),
            "account_id": str(account.id),
            "with_account": str(last.sender),
            "spam": "0",
            "message_num": str(len(messages)),
            "last_message": last.body,
            "from": ctx.world.accounts[last.sender].url,
            "datetime": ctx.epoch(last.created),
        }
        row = {"id": number, "account_id": account.id, "viewed": viewed, "content": content}
        if not (only_new and viewed):
            rows.append(row)
    return sorted(rows, key=lambda row: (-row["content"]["datetime"], row["id"]))


def notification(ctx: Context, account: Account, number: int) -> dict[str, Any] | None:
    """Return the notification of an account that has this number, or None."""
    comment = ctx.world.comments.find(number - _NOTIFICATION_OFFSET, ctx.at)
    if comment is None or comment not in _replies_to(ctx, account):
        messages = message_notifications(ctx, account, only_new=False)
        return next((row for row in messages if row["id"] == number), None)
    return _notification(ctx, account, comment)


def _replies_to(ctx: Context, account: Account) -> list[Comment]:
    """Return what others replied to an account's comments and did not delete."""
    table = ctx.world.comments
    return [
        reply
        for comment in table.by_author(account.id, ctx.at)
        for reply in table.replies(comment.id, ctx.at)
        if reply.account_id != account.id and not reply.is_deleted(ctx.at)
    ]


def _notification(ctx: Context, account: Account, reply: Comment) -> dict[str, Any]:
    # Recorded notifications have no badge, and a number as the platform.
    content = {**comment_record(ctx, reply), "platform": "2"}
    del content["has_admin_badge"]
    return {
        "id": reply.id + _NOTIFICATION_OFFSET,
        "account_id": account.id,
        "viewed": _is_viewed(ctx, account, reply.id + _NOTIFICATION_OFFSET, reply.created),
        "content": content,
    }


def _is_viewed(ctx: Context, account: Account, number: int, created: int) -> bool:
    return ctx.at - created > _SEEN_AFTER or (account.id, number) in ctx.store.viewed
