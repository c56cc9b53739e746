"""Small frames from rows, and rows of small frames."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

__all__ = ["tuples", "typed_frame"]


def tuples(frame: pd.DataFrame) -> list[Any]:
    """Return the rows of a small frame as named tuples."""
    return list(frame.itertuples())


def typed_frame(rows: Iterable[Mapping[str, Any]], dtypes: Mapping[str, str]) -> pd.DataFrame:
    """Return a frame of rows, with the same columns and dtypes for no rows.

    >>> typed_frame([{"file": "a", "rows": 1}], {"file": "str", "rows": "Int64"}).shape
    (1, 2)
    """
    listed = list(rows)
    columns = {}
    for name, dtype in dtypes.items():
        values: Any = [row[name] for row in listed]
        kind: Any = dtype
        if dtype.startswith("datetime64"):
            values = pd.to_datetime(pd.Series(values, dtype="object"), utc=True)
        columns[name] = pd.Series(values, dtype=kind)
    return pd.DataFrame(columns)
