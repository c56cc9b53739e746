"""Frames and numbers as text that fits a terminal."""

from __future__ import annotations

import pandas as pd

__all__ = ["table"]

#: Columns that fit a terminal, by what a row is.
_SHORT = {
    "post": ["id", "title", "media_type", "images_count", "points", "views", "comment_count"],
    "comment": ["id", "depth", "author", "points", "datetime", "comment"],
    "album": ["id", "title", "privacy", "images_count", "views"],
    "account": ["url", "reputation", "reputation_name", "created", "bio"],
    "account_counts": ["account_url", "images", "albums", "comments"],
}
_WIDEST = 44


def table(frame: pd.DataFrame) -> str:
    """Some rows as a table that fits a terminal."""
    if frame.empty:
        return "no rows"
    short = frame[_SHORT[frame.attrs["imgurdata"]["record"]]].copy()
    for name in short.columns:
        if short[name].dtype == "str":
            text = short[name].str.replace(r"\s+", " ", regex=True)
            cut = text.str.slice(0, _WIDEST - 1) + "…"
            short[name] = text.where(text.str.len().fillna(0) <= _WIDEST, cut)
        elif short[name].dtype.kind == "M":
            short[name] = short[name].dt.strftime("%Y-%m-%d %H:%M")
    return short.to_string(index=False, na_rep="-")
