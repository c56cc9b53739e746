"""Comment trees to rows, with a stack: depth is not bounded by Python's."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np

__all__ = ["TREE_COLUMNS", "Places", "flatten"]

#: Columns that the tree gives, beside those of the comment itself.
TREE_COLUMNS = ("root_id", "depth", "position", "n_children")

_Numbers = Sequence[int] | np.ndarray[Any, np.dtype[np.int64]]


class Places(NamedTuple):
    """Each row's place in its tree, column by column."""

    root_id: Sequence[Any]
    depth: _Numbers
    position: _Numbers
    n_children: _Numbers


def flatten(
    tops: Sequence[Any], children: str, *, tree: bool | None = None
) -> tuple[list[Any], Places | None]:
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
        The rows, each parent before its replies, and their :class:`Places`. In a flat list these
        are unknown: None. A list is taken for flat where no row has children and either none
        speaks of children at all, or some reply to a comment that is not there, or they belong to
        several posts: a tree is one post's.
    """
    bare = not any(getattr(top, children) for top in tops)
    if bare and not tree and (tree is False or _is_flat(tops, children)):
        return list(tops), None
    rows: list[Any] = []
    depths: list[int] = []
    replies: list[int] = []
    roots: list[Any] = []
    for top in tops:
        before = len(rows)
        _walk(top, children, rows, depths, replies)
        roots.extend(repeat(top.id, len(rows) - before))
    return rows, Places(roots, depths, np.arange(len(rows)), replies)


def _walk(top: Any, children: str, rows: list[Any], depths: list[int], replies: list[int]) -> None:
    depth = 0
    level = iter((top,))
    above = []  # where to go on, level by level, when this one is done
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
    is_told = any(getattr(top, children) is not None for top in tops)
    posts = {top.image_id for top in tops}
    return not is_told or len(posts) > 1 or any(top.parent_id for top in tops)
