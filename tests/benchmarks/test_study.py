"""docs/study.md: the same study by two clients, as it comes out now."""

from __future__ import annotations

import pandas as pd
import pytest


def test_page_is_what_the_studies_take_now(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("imgurpython")
    from benchmarks import study

    monkeypatch.setenv("NO_PROXY", "127.0.0.1")  # imgurpython heeds the environment
    assert study.PAGE.read_text() == study.page(), "run python -m benchmarks.study"


def test_wrong_columns_are_those_whose_dtype_does_not_fit() -> None:
    from benchmarks.study import wrong_columns

    rows = [{"n": 1, "t": "a", "datetime": 5, "b": True, "o": [1]}, {"n": None, "b": None}]
    plain = pd.DataFrame(rows)
    assert set(wrong_columns(plain, rows)) == {"n", "datetime", "b", "o"}
    right = plain.drop(columns="o").convert_dtypes()
    right["datetime"] = pd.to_datetime(right["datetime"], unit="s", utc=True)
    assert wrong_columns(right, rows) == {}


def test_lines_beside_dlt_are_counted() -> None:
    from benchmarks.archive import _PAGE, lines_of, studies

    codes = studies()
    ours, theirs = lines_of(codes["imgurdata"]), lines_of(codes["dlt"])
    assert f"| lines of code | {ours} | {theirs} |" in _PAGE.read_text(encoding="utf-8")
