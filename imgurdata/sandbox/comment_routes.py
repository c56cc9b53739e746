"""Routes of comments: trees below posts, single ones, branches, and writing them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.album_routes import commented_post
from imgurdata.sandbox.auth import ApiError, SuccessfulError
from imgurdata.sandbox.comment_json import comment_branch, comment_record, comment_tree
from imgurdata.sandbox.comments import Comment
from imgurdata.sandbox.context import bad_request, is_number, own_account, paged
from imgurdata.sandbox.gallery_routes import check_reason, check_vote, find_post

if TYPE_CHECKING:
    from imgurdata.sandbox.context import Context
    from imgurdata.sandbox.world import Post

__all__ = [
    "NO_COMMENT", "album_comments", "comment", "comments",
    "create", "delete", "delete_own", "find_comment", "image_comments", "post_comment", "replies",
    "report", "vote", "write_on",
]  # fmt: skip

#: ``data`` where there is no such comment; the answer calls itself a success (recorded answer
#: 2017).
NO_COMMENT = "An error occurred while fetching the comment"
#: Longest comment (API reference, Comment).
_LONGEST = 500


# Reading -----------------------------------------------------------------------------------------


def find_comment(ctx: Context, number: str) -> Comment | None:
    """Return the comment of a number in a path, or None."""
    return ctx.world.comments.find(int(number), ctx.at) if is_number(number, 10) else None


def comment(ctx: Context, number: str) -> Any:
    """Answer one comment."""
    found = find_comment(ctx, number)
    return NO_COMMENT if found is None else comment_record(ctx, found)


def replies(ctx: Context, number: str) -> Any:
    """Answer a comment with all replies."""
    found = find_comment(ctx, number)
    return NO_COMMENT if found is None else comment_branch(ctx, found)


def post_comment(ctx: Context, kind: str | None, item: str, number: str) -> Any:
    """Answer one comment of a post."""
    post, found = find_post(ctx, item, kind), find_comment(ctx, number)
    if found is None or found.post != post.id:
        return NO_COMMENT
    return comment_record(ctx, found)


def comments(ctx: Context, kind: str | None, item: str, *rest: str) -> Any:
    """Answer all comments of a post as trees, their numbers (``ids``) or how many (``count``)."""
    return _of_item(ctx, find_post(ctx, item, kind), *rest)


def album_comments(ctx: Context, item: str, *rest: str) -> Any:
    """Answer the comments of an album: nobody comments outside the gallery."""
    return _of_item(ctx, commented_post(ctx, album=item), *rest)


def image_comments(ctx: Context, item: str, *rest: str) -> Any:
    """Answer the comments of an image: one inside an album has none."""
    return _of_item(ctx, commented_post(ctx, image=item), *rest)


def _of_item(ctx: Context, post: Post | None, *rest: str) -> Any:
    found = [] if post is None else ctx.world.comments.of_post(post.id, ctx.at)
    if rest == ("ids",):
        # Deleted ones too: recorded ids are more than the count.
        return [one.id for one in found]
    if rest == ("count",):
        return sum(not one.is_deleted(ctx.at) for one in found)
    words, page = paged(rest, 1)
    # Imgur never pages a tree; the second page is empty, so that clients stop.
    if post is None or page > 0:
        return []
    return comment_tree(ctx, post, words[0] if words else ctx.field("sort") or "best")


# Writing -----------------------------------------------------------------------------------------


def create(ctx: Context, number: str = "") -> dict[str, int]:
    """Write a comment on a post, or a reply to the comment of the path or of ``parent_id``."""
    return _write(ctx, ctx.field("image_id") or "", number or ctx.field("parent_id") or "")


def write_on(ctx: Context, kind: str | None, item: str, number: str = "") -> dict[str, int]:
    """Write a comment on the post of the path, or a reply to one of its comments."""
    ctx.require_viewer()
    find_post(ctx, item, kind)
    return _write(ctx, item, number)


def _write(ctx: Context, item: str, parent: str) -> dict[str, int]:
    viewer, text = ctx.require_viewer(), (ctx.field("comment") or "").strip()
    if not text or len(text) > _LONGEST:
        raise bad_request(f"A comment of 1 to {_LONGEST} characters is required")
    if not item:
        raise bad_request("An image ID is required")
    post = find_post(ctx, item)
    above = None if parent in ("", "0") else _existing(ctx, parent)
    if above is not None and above.post != post.id:
        raise ApiError(404, "Comment not found")
    new = Comment(
        id=ctx.store.new_comment_number(),
        post=post.id,
        parent=above.id if above is not None else 0,
        account_id=viewer.id,
        created=ctx.at,
        text=text,
        ups=0,
        downs=0,
        fuzz=0,
        platform="api",
        deleted_at=None,
    )
    ctx.world.comments.add(new)
    ctx.store.growth.add(post.id, comments=1)
    # Who writes a comment votes for it (recorded answer 2024).
    ctx.store.votes.cast(viewer, new, "up")
    return {"id": new.id}


def delete(ctx: Context, number: str) -> bool:
    """Delete a comment of one's own; it stays in its tree without its text."""
    viewer, found = ctx.require_viewer(), find_comment(ctx, number)
    if found is None or found.is_deleted(ctx.at) or found.account_id != viewer.id:
        # An error that calls itself a success (recorded answer 2016).
        raise SuccessfulError("Comment not found")
    ctx.world.comments.add(replace(found, deleted_at=ctx.at))
    ctx.store.growth.add(found.post, comments=-1)
    return True


def delete_own(ctx: Context, name: str, number: str) -> bool:
    """Delete a comment by the path of its author."""
    own_account(ctx, name)
    return delete(ctx, number)


def _existing(ctx: Context, number: str) -> Comment:
    found = find_comment(ctx, number)
    if found is None or found.is_deleted(ctx.at):
        raise ApiError(404, "Comment not found")
    return found


def vote(ctx: Context, number: str, choice: str) -> bool:
    """Vote on a comment."""
    viewer, found = ctx.require_viewer(), _existing(ctx, number)
    check_vote(choice)
    ctx.store.votes.cast(viewer, found, choice)
    return True


def report(ctx: Context, number: str) -> None:
    """Report a comment; the recorded answer is null."""
    ctx.require_viewer()
    _existing(ctx, number)
    check_reason(ctx)
