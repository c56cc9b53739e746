"""Routes of comments: trees below posts, single ones, branches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.comment_json import comment_branch, comment_record, comment_tree
from imgurdata.sandbox.context import Context, Route, is_number, split_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from imgurdata.sandbox.comments import Comment
    from imgurdata.sandbox.world import Post

__all__ = ["NO_COMMENT", "comment_route", "find_comment", "post_comment", "post_comments_route"]

#: ``data`` where there is no such comment; the answer calls itself a success (recorded answer
#: 2017).
NO_COMMENT = "An error occurred while fetching the comment"


def comment_route(rest: tuple[str, ...]) -> Route | None:
    """Return the route of ``/3/comment/...``."""
    match rest:
        case (number,):
            return Route(lambda ctx: _answer(ctx, find_comment(ctx, number), comment_record))
        case (number, "replies"):
            return Route(lambda ctx: _answer(ctx, find_comment(ctx, number), comment_branch))
    return None


def post_comments_route(
    rest: tuple[str, ...], find_post: Callable[[Context], Post | None], *, gallery: bool = False
) -> Route | None:
    """Return the route of ``.../comments/...`` of a post.

    Parameters
    ----------
    rest : tuple of str
        The path after ``comments``.
    find_post : callable
        Finds the post when the answer is made; None where nobody can comment.
    gallery : bool
        Whether it is a route of the gallery.
    """

    def comments(ctx: Context) -> list[Comment]:
        post = find_post(ctx)
        return [] if post is None else ctx.world.comments.of_post(post.id, ctx.at)

    if rest == ("ids",):
        # Deleted ones too: recorded ids are more than the count.
        return Route(lambda ctx: [comment.id for comment in comments(ctx)], gallery=gallery)
    if rest == ("count",):
        return Route(
            lambda ctx: sum(not comment.is_deleted(ctx.at) for comment in comments(ctx)),
            gallery=gallery,
        )
    split = split_page(rest, 1)
    if split is None:
        return None
    words, page = split

    def tree(ctx: Context) -> Any:
        post = find_post(ctx)
        # Imgur never pages a tree; the second page is empty, so that clients stop.
        if post is None or page > 0:
            return []
        sort = words[0] if words else ctx.request.query.get("sort", "best")
        return comment_tree(ctx, post, sort)

    return Route(tree, gallery=gallery)


def post_comment(ctx: Context, post: Post, number: str) -> Any:
    """Answer one comment of a post."""
    comment = find_comment(ctx, number)
    if comment is not None and comment.post != post.id:
        comment = None
    return _answer(ctx, comment, comment_record)


def find_comment(ctx: Context, number: str) -> Comment | None:
    """Return the comment of a number in a path, or None."""
    # Numbers of comments have ten digits, one more than a page may have.
    if not (is_number(number[:-1]) and is_number(number[-1:])):
        return None
    return ctx.world.comments.find(int(number), ctx.at)


def _answer(
    ctx: Context, comment: Comment | None, record: Callable[[Context, Comment], dict[str, Any]]
) -> Any:
    return NO_COMMENT if comment is None else record(ctx, comment)
