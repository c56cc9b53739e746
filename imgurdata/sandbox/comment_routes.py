"""Answers about comments: trees below posts, single ones, branches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.routes import Asked, Route, is_number, slots

if TYPE_CHECKING:
    from collections.abc import Callable

    from imgurdata.sandbox.comment_json import CommentWriter
    from imgurdata.sandbox.comments import Comment
    from imgurdata.sandbox.world import Post, World

__all__ = ["NO_COMMENT", "CommentRoutes"]

#: What ``data`` is where there is no such comment; the answer calls itself a success (recorded
#: answer 2017).
NO_COMMENT = "An error occurred while fetching the comment"


class CommentRoutes:
    """Answers about comments.

    Parameters
    ----------
    world : World
    writer : CommentWriter
    """

    def __init__(self, world: World, writer: CommentWriter) -> None:
        self._world = world
        self._writer = writer

    def find(self, rest: tuple[str, ...]) -> Route | None:
        """Find the route of ``/3/comment/...``."""
        match rest:
            case (number,):
                return Route(lambda asked: self.single(asked, number))
            case (number, "replies"):
                return Route(lambda asked: self._branch(asked, number))
        return None

    def below(
        self,
        rest: tuple[str, ...],
        find_post: Callable[[Asked], Post | None],
        *,
        gallery: bool = False,
    ) -> Route | None:
        """Find the route of what follows ``.../comments`` of a post.

        Parameters
        ----------
        rest : tuple of str
            What stands behind ``comments``.
        find_post : callable
            Finds the post when the answer is made; None where nobody can comment.
        gallery : bool
            Whether it is a route of the gallery.
        """
        if rest == ("ids",):
            return Route(lambda asked: self._ids(asked, find_post(asked)), gallery=gallery)
        if rest == ("count",):
            return Route(lambda asked: self._count(asked, find_post(asked)), gallery=gallery)
        parted = slots(rest, 1)
        if parted is None:
            return None
        words, page = parted
        sort = words[0] if words else ""
        return Route(lambda asked: self._tree(asked, find_post(asked), sort, page), gallery=gallery)

    def _tree(self, asked: Asked, post: Post | None, sort: str, page: int) -> Any:
        # Imgur never pages a tree; a client that asks for a second page gets an end.
        if post is None or page > 0:
            return []
        sort = sort or asked.call.query.get("sort", "best")
        return self._writer.tree(post, asked.at, sort, asked.viewer)

    def _ids(self, asked: Asked, post: Post | None) -> list[int]:
        """List the numbers, deleted ones too: recorded ids are more than the count."""
        if post is None:
            return []
        return [comment.id for comment in self._world.comments.of_post(post.id, asked.at)]

    def _count(self, asked: Asked, post: Post | None) -> int:
        if post is None:
            return 0
        comments = self._world.comments.of_post(post.id, asked.at)
        return sum(not comment.is_deleted(asked.at) for comment in comments)

    def single(
        self, asked: Asked, number: str, belongs: Callable[[Comment], bool] | None = None
    ) -> Any:
        """Answer one comment, if it `belongs` where it was asked for."""
        comment = self._comment(asked, number)
        if comment is None or (belongs is not None and not belongs(comment)):
            return NO_COMMENT
        return self._writer.flat(comment, asked.at, asked.viewer)

    def _branch(self, asked: Asked, number: str) -> Any:
        comment = self._comment(asked, number)
        if comment is None:
            return NO_COMMENT
        return self._writer.branch(comment, asked.at, asked.viewer)

    def _comment(self, asked: Asked, number: str) -> Comment | None:
        # Numbers of comments have ten digits, one more than a page may have.
        known = is_number(number[:-1]) and is_number(number[-1:])
        return self._world.comments.find(int(number), asked.at) if known else None
