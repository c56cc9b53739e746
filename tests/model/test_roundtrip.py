"""Every record's frame goes unharmed through what people do with frames."""

from __future__ import annotations

import datetime as dt
import io
import json
import pickle
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from imgurdata.model.frames import FrameBuilder
from imgurdata.model.records import RECORDS
from imgurdata.model.schema import Record

FETCHED = dt.datetime(2026, 3, 1, 12, 0, 5, 123_456, tzinfo=dt.UTC)
VALUES: dict[str, list[Any]] = {
    "str": ["plain", 'quote " comma, line\nbreak', "\u00e9\u4e16\U0001f600\u200d", "007", "NaN?"],
    "Int64": [0, -5, 2**53 + 1, 2**63 - 1, 12],
    "Float64": [0.5, -1e300, 3.0, 1e-9, 2.25],
    "boolean": [True, False, True, True, False],
    "datetime64[us, UTC]": [1_400_000_000, 1_400_000_000_123, 1, 1_767_229_200, 253_000_000_000],
}


def rows(record: Record) -> list[dict[str, Any]]:
    """Full rows, then one that tells next to nothing, and one more like the first."""
    keys = [(f.wire_key, f.dtype) for f in record.fields if f.wire_key]
    full = [{key: VALUES[dtype][n] for key, dtype in keys} for n in range(5)]
    for row in full if record.nested else []:
        row |= {"images": [{"id": "x", "width": 5}], "tags": [{"name": "a"}, {"name": "b"}]}
    bare = {record.id_key: "77"} if record.id_key else {}
    if record.any_of:
        bare |= dict.fromkeys(record.any_of, "77")
    return [*full, bare, full[0]]


@pytest.fixture(params=[(r, e) for r in RECORDS for e in ("filled", "empty")], ids=" ".join)
def frame(request: pytest.FixtureRequest) -> pd.DataFrame:
    name, kind = request.param
    builder = FrameBuilder(RECORDS[name], nested=True)
    if kind == "filled":
        data = json.dumps(rows(RECORDS[name])).encode()
        builder.add(data, fetched_at=FETCHED, listing="gallery/hot/viral")
    made = builder.frame()
    made.attrs["imgurdata"] = {"record": name, "complete": True}
    return made


def test_parquet(frame: pd.DataFrame, tmp_path: Path) -> None:
    frame.to_parquet(tmp_path / "f.parquet")
    back = pd.read_parquet(tmp_path / "f.parquet")
    assert_frame_equal(back, frame)
    assert back.attrs == frame.attrs


def test_feather(frame: pd.DataFrame, tmp_path: Path) -> None:
    frame.to_feather(tmp_path / "f.feather")
    assert_frame_equal(pd.read_feather(tmp_path / "f.feather"), frame)


def test_pickle(frame: pd.DataFrame) -> None:
    back = pickle.loads(pickle.dumps(frame))
    assert_frame_equal(back, frame)
    assert back.attrs == frame.attrs


def test_csv(frame: pd.DataFrame) -> None:
    text = frame.to_csv(index=False)
    dtypes = {name: str(dtype) for name, dtype in frame.dtypes.items()}
    times = [name for name, dtype in dtypes.items() if dtype.startswith("datetime")]
    kept = {name: dtype for name, dtype in dtypes.items() if name not in times}
    back = pd.read_csv(
        io.StringIO(text, newline=""), dtype=kept, keep_default_na=False, na_values=[""]
    )
    for name in times:
        back[name] = pd.to_datetime(back[name], utc=True, format="ISO8601").astype(dtypes[name])
    assert_frame_equal(back, frame.replace("", None) if len(frame) else frame, check_dtype=False)


def test_drop_duplicates(frame: pd.DataFrame) -> None:
    alike = frame.drop(columns="rank", errors="ignore")
    left = alike.drop_duplicates()
    assert len(left) == (6 if len(frame) else 0)
    assert_frame_equal(left, alike.iloc[: len(left)])
    assert len(frame.drop_duplicates()) == (len(frame) if "rank" in frame else len(left))


def test_describe(frame: pd.DataFrame) -> None:
    told = frame.describe(include="all")
    assert list(told.columns) == list(frame.columns)
    assert told.loc["count"].astype(int).tolist() == frame.notna().sum().tolist()


def test_convert_dtypes(frame: pd.DataFrame) -> None:
    converted = frame.convert_dtypes()
    assert list(converted.columns) == list(frame.columns)
    for name, dtype in frame.dtypes.items():
        mine, theirs = frame[name], converted[name]
        assert (mine.isna() == theirs.isna()).all()
        assert mine.dropna().tolist() == theirs.dropna().tolist()
        # All-NA columns are left alone as well.
        assert str(theirs.astype(dtype).dtype) == str(dtype)


def test_concat_with_an_empty_one(frame: pd.DataFrame) -> None:
    record = RECORDS[frame.attrs["imgurdata"]["record"]]
    empty = record.empty(tuple(record.nested.values()))
    for parts in ([frame, empty], [empty, frame], [empty, frame, empty]):
        assert_frame_equal(pd.concat(parts, ignore_index=True), frame)
    twice = pd.concat([frame, frame], ignore_index=True)
    assert twice.dtypes.equals(frame.dtypes)
    assert len(twice) == 2 * len(frame)


def test_grouping_sorting_and_merging(frame: pd.DataFrame) -> None:
    key = next(name for name, dtype in frame.dtypes.items() if str(dtype) in {"str", "Int64"})
    assert frame.groupby(key, dropna=False).size().sum() == len(frame)
    assert len(frame.sort_values(list(frame.columns[:3]))) == len(frame)
    merged = frame.merge(frame[[key]].drop_duplicates(), on=key)
    assert merged.dtypes.equals(frame.dtypes)
