"""Words that several charts of comments share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["counted", "on_posts", "repeated"]


def counted(n: int, noun: str) -> str:
    """Write a number of things.

    >>> counted(1, "post"), counted(1200, "post")
    ('1 post', '1,200 posts')
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def on_posts(comments: pd.DataFrame) -> str:
    """Say of which post comments are, or of how many; nothing where it is not known.

    Parameters
    ----------
    comments
        With ``post_id``.
    """
    ids = comments["post_id"].dropna().unique()
    if len(ids) == 0:
        return ""
    return f" on post {ids[0]}" if len(ids) == 1 else f" on {counted(len(ids), 'post')}"


def repeated(comments: pd.DataFrame) -> str:
    """Tell how many rows repeat an id, as a note to a count; nothing where none does."""
    if "id" not in comments.columns:
        return ""
    known = comments["id"].dropna()
    twice = len(known) - known.nunique()
    return f"; {twice:,} of them repeat an id" if twice else ""
