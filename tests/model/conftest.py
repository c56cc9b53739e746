"""What the tests of the model share: the check that a frame is what the schema declares."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

import imgurdata as imd


def _check(frame: pd.DataFrame, record: str, *extra: str) -> None:
    table = imd.schema(record)
    table = table[table["dtype"] != "dropped"]
    want = dict(zip(table["name"], table["dtype"], strict=True)) | dict.fromkeys(extra, "str")
    assert type(frame) is pd.DataFrame
    assert list(frame.columns) == list(want)
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == want
    assert isinstance(frame.index, pd.RangeIndex)


@pytest.fixture(scope="session")
def as_declared() -> Callable[..., None]:
    """Fails unless a frame has exactly the declared columns and dtypes (then `extra` str ones)."""
    return _check
