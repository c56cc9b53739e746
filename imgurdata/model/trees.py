"""Comment trees to rows, with a stack, so that Python's recursion limit does not apply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any

__all__ = ["flatten"]


def flatten(
    tops: Sequence[Any], children: str, *, tree: bool | None = None
) -> tuple[list[Any], Mapping[str, Sequence[Any]]]:
    """Return all rows of trees in reading order, and the columns of their places.

    A parent is before its replies, which its attribute ``children`` holds. The columns are
    ``root_id, depth, position, n_children``; a flat list has none. With ``tree=True`` the rows are
    tops of trees, even if nothing is below them; with False, a flat list, unless something is. With
    None a list is flat if no row has children and either no row has the key, or some row replies to
    a comment that is not there, or the rows belong to several posts: a tree belongs to one post.
    """
    is_bare = not any(getattr(top, children) for top in tops)
    if is_bare and not tree and (tree is False or _is_flat(tops, children)):
        return list(tops), {}
    rows: list[Any] = []
    depths: list[int] = []
    replies: list[int] = []
    roots: list[Any] = []
    for top in tops:
        before = len(rows)
        _walk(top, children, rows, depths, replies)
        roots.extend(repeat(top.id, len(rows) - before))
    places = {"root_id": roots, "depth": depths, "position": range(len(rows))}
    return rows, {**places, "n_children": replies}


def _walk(top: Any, children: str, rows: list[Any], depths: list[int], replies: list[int]) -> None:
    depth = 0
    level = iter((top,))
    above = []  # the levels above, each to be continued when the one below it ends
    while True:
        for row in level:
            rows.append(row)
            depths.append(depth)
            below = getattr(row, children)
            if not below:
                replies.append(0)
                continue
            replies.append(len(below))
            for child in below:
                if not child.parent_id:
                    child.parent_id = row.id
            above.append(level)
            level = iter(below)
            depth += 1
            break
        else:
            if not above:
                return
            level = above.pop()
            depth -= 1


def _is_flat(tops: Sequence[Any], children: str) -> bool:
    has_key = any(getattr(top, children) is not None for top in tops)
    posts = {top.image_id for top in tops}
    return not has_key or len(posts) > 1 or any(top.parent_id for top in tops)
