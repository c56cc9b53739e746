"""Comment trees to rows, with a stack: depth is not bounded by Python's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["TREE_COLUMNS", "flatten"]

#: Columns that the tree gives, beside those of the comment itself.
TREE_COLUMNS = ("root_id", "depth", "position", "n_children")


def flatten(
    tops: Sequence[Any], children: str, *, tree: bool = False
) -> tuple[list[Any], dict[str, list[Any]]]:
    """All rows of a tree in reading order, and what their place in it says.

    Parameters
    ----------
    tops
        Rows whose ``children`` hold the next level, and so on.
    children
        Name of that attribute.
    tree
        Whether these are tops of trees for certain, even if nothing hangs below them.

    Returns
    -------
    tuple
        The rows, each parent before its replies, and the lists ``root_id, depth, position,
        n_children`` beside them. In a flat list (no row has children, and some reply to a comment
        that is not there) these are unknown: None.
    """
    if not tree and _is_flat(tops, children):
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
            if child.parent_id is None:
                child.parent_id = row.id
            stack.append((child, root, depth + 1))
    places = list(range(len(rows)))
    return rows, dict(zip(TREE_COLUMNS, (roots, depths, places, replies), strict=True))


def _is_flat(tops: Sequence[Any], children: str) -> bool:
    return any(top.parent_id for top in tops) and not any(getattr(t, children) for t in tops)
