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


@pytest.fixture(scope="module")
def frames() -> dict[str, pd.DataFrame]:
    """A filled and an empty frame of each record."""
    made = {}
    for name, record in RECORDS.items():
        for kind in ("filled", "empty"):
            builder = FrameBuilder(record, nested=True)
            if kind == "filled":
                data = json.dumps(rows(record)).encode()
                builder.begin_list("gallery/hot/viral")
                builder.add(data, fetched_at=FETCHED)
            frame = made[f"{kind} {name}"] = builder.frame()
            frame.attrs["imgurdata"] = {"record": name, "complete": True}
    return made


def test_frame_survives_parquet(
    subtests: pytest.Subtests, frames: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    for name, frame in frames.items():
        with subtests.test(name=name):
            frame.to_parquet(tmp_path / "f.parquet")
            back = pd.read_parquet(tmp_path / "f.parquet")
            assert_frame_equal(back, frame)
            assert back.attrs == frame.attrs


def test_frame_survives_feather(
    subtests: pytest.Subtests, frames: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    for name, frame in frames.items():
        with subtests.test(name=name):
            frame.to_feather(tmp_path / "f.feather")
            assert_frame_equal(pd.read_feather(tmp_path / "f.feather"), frame)


def test_frame_survives_pickle(subtests: pytest.Subtests, frames: dict[str, pd.DataFrame]) -> None:
    for name, frame in frames.items():
        with subtests.test(name=name):
            back = pickle.loads(pickle.dumps(frame))
            assert_frame_equal(back, frame)
            assert back.attrs == frame.attrs


def test_frame_survives_csv(subtests: pytest.Subtests, frames: dict[str, pd.DataFrame]) -> None:
    for name, frame in frames.items():
        with subtests.test(name=name):
            text = frame.to_csv(index=False)
            dtypes = {name: str(dtype) for name, dtype in frame.dtypes.items()}
            times = [name for name, dtype in dtypes.items() if dtype.startswith("datetime")]
            kept = {name: dtype for name, dtype in dtypes.items() if name not in times}
            back = pd.read_csv(
                io.StringIO(text, newline=""), dtype=kept, keep_default_na=False, na_values=[""]
            )
            for column in times:
                back[column] = pd.to_datetime(back[column], utc=True, format="ISO8601").astype(
                    dtypes[column]
                )
            assert_frame_equal(
                back, frame.replace("", None) if len(frame) else frame, check_dtype=False
            )


def test_frame_drop_duplicates(subtests: pytest.Subtests, frames: dict[str, pd.DataFrame]) -> None:
    for name, frame in frames.items():
        with subtests.test(name=name):
            alike = frame.drop(columns="rank", errors="ignore")
            left = alike.drop_duplicates()
            assert len(left) == (6 if len(frame) else 0)
            assert_frame_equal(left, alike.iloc[: len(left)])
            assert len(frame.drop_duplicates()) == (len(frame) if "rank" in frame else len(left))


def test_frame_describe(subtests: pytest.Subtests, frames: dict[str, pd.DataFrame]) -> None:
    for name, frame in frames.items():
        with subtests.test(name=name):
            result = frame.describe(include="all")
            assert list(result.columns) == list(frame.columns)
            assert result.loc["count"].astype(int).tolist() == frame.notna().sum().tolist()


def test_frame_convert_dtypes(subtests: pytest.Subtests, frames: dict[str, pd.DataFrame]) -> None:
    for name, frame in frames.items():
        with subtests.test(name=name):
            converted = frame.convert_dtypes()
            assert list(converted.columns) == list(frame.columns)
            for column, dtype in frame.dtypes.items():
                mine, theirs = frame[column], converted[column]
                assert (mine.isna() == theirs.isna()).all()
                assert mine.dropna().tolist() == theirs.dropna().tolist()
                # All-NA columns are left alone as well.
                assert str(theirs.astype(dtype).dtype) == str(dtype)


def test_frame_concat_with_an_empty_one(
    subtests: pytest.Subtests, frames: dict[str, pd.DataFrame]
) -> None:
    for name, frame in frames.items():
        with subtests.test(name=name):
            record = RECORDS[frame.attrs["imgurdata"]["record"]]
            empty = record.empty(tuple(record.nested.values()))
            for parts in ([frame, empty], [empty, frame], [empty, frame, empty]):
                assert_frame_equal(pd.concat(parts, ignore_index=True), frame)
            twice = pd.concat([frame, frame], ignore_index=True)
            assert twice.dtypes.equals(frame.dtypes)
            assert len(twice) == 2 * len(frame)


def test_frame_groupby_sort_and_merge(
    subtests: pytest.Subtests, frames: dict[str, pd.DataFrame]
) -> None:
    for name, frame in frames.items():
        with subtests.test(name=name):
            key = next(
                name for name, dtype in frame.dtypes.items() if str(dtype) in {"str", "Int64"}
            )
            assert frame.groupby(key, dropna=False).size().sum() == len(frame)
            assert len(frame.sort_values(list(frame.columns[:3]))) == len(frame)
            merged = frame.merge(frame[[key]].drop_duplicates(), on=key)
            assert merged.dtypes.equals(frame.dtypes)
