"""Comment trees to rows, with a stack, so that Python's recursion limit does not apply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any

import numpy as np

__all__ = ["flatten"]


def flatten(
    tops: Sequence[Any], *, tree: bool | None = None
) -> tuple[list[Any], Mapping[str, Any]]:
    """Return all rows of trees in reading order, and the columns of their places.

    A parent is before its replies, its ``children``. The columns are
    ``root_id, depth, position, n_children``; a flat list has none. With ``tree=True`` the rows are
    tops of trees, even if nothing is below them; with False, a flat list, unless something is. With
    None a list is flat if no row has children and either no row has the key, or some row replies to
    a comment that is not there, or the rows belong to several posts: a tree belongs to one post.
    """
    is_bare = not any(top.children for top in tops)
    if is_bare and not tree and (tree is False or _is_flat(tops)):
        return list(tops), {}
    rows: list[Any] = []
    depths: list[int] = []
    replies: list[int] = []
    roots: list[Any] = []
    for top in tops:
        before = len(rows)
        _walk(top, rows, depths, replies)
        roots.extend(repeat(top.id, len(rows) - before))
    places = {"root_id": roots, "depth": depths, "position": np.arange(len(rows))}
    return rows, {**places, "n_children": replies}


def _walk(top: Any, rows: list[Any], depths: list[int], replies: list[int]) -> None:
    depth = 0
    level = iter((top,))
    above = []  # the levels above, each to be continued when the one below it ends
    while True:
        for row in level:
            rows.append(row)
            depths.append(depth)
            below = row.children
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


def _is_flat(tops: Sequence[Any]) -> bool:
    has_key = any(top.children is not None for top in tops)
    posts = {top.image_id for top in tops}
    return not has_key or len(posts) > 1 or any(top.parent_id for top in tops)
