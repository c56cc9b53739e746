"""Comment trees to rows, with a stack: depth is not bounded by Python's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["TREE_COLUMNS", "flatten"]

#: Columns that the tree gives, beside those of the comment itself.
TREE_COLUMNS = ("root_id", "depth", "position", "n_children")


def flatten(
    tops: Sequence[Any], children: str, *, tree: bool | None = None
) -> tuple[list[Any], dict[str, list[Any]]]:
    """All rows of a tree in reading order, and what their place in it says.

    Parameters
    ----------
    tops
        Rows whose ``children`` hold the next level, and so on.
    children
        Name of that attribute.
    tree
        True: these are tops of trees, even if nothing hangs below them. False: a list of single
        rows, unless something does. None: told by the rows.

    Returns
    -------
    tuple
        The rows, each parent before its replies, and the lists ``root_id, depth, position,
        n_children`` beside them. In a flat list these are unknown: None. A list is taken for flat
        where no row has children and either none speaks of children at all, or some reply to a
        comment that is not there, or they belong to several posts: a tree is one post's.
    """
    bare = not any(getattr(top, children) for top in tops)
    if bare and not tree and (tree is False or _is_flat(tops, children)):
        return list(tops), {name: [None] * len(tops) for name in TREE_COLUMNS}
    rows: list[Any] = []
    roots: list[Any] = []
    depths: list[int] = []
    replies: list[int] = []
    stack: list[tuple[Any, Any, int]] = [(top, top.id, 0) for top in reversed(tops)]
    while stack:
        row, root, depth = stack.pop()
        below = getattr(row, children) or ()
        rows.append(row)
        roots.append(root)
        depths.append(depth)
        replies.append(len(below))
        for child in reversed(below):
            if not child.parent_id:
                child.parent_id = row.id
            stack.append((child, root, depth + 1))
    places = list(range(len(rows)))
    return rows, dict(zip(TREE_COLUMNS, (roots, depths, places, replies), strict=True))


def _is_flat(tops: Sequence[Any], children: str) -> bool:
    is_told = any(getattr(top, children) is not None for top in tops)
    posts = {top.image_id for top in tops}
    return not is_told or len(posts) > 1 or any(top.parent_id for top in tops)
