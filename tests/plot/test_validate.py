from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from imgurdata.errors import InvalidArgument
from imgurdata.plot.validate import booleans, numbers, utc_times, validate

TIMES = pd.date_range("2024-03-05 10:00", periods=3, freq="h", tz="UTC", unit="us")
PYTHON = [time.to_pydatetime() for time in TIMES]
ZONES = [ZoneInfo("Asia/Tokyo"), dt.UTC, ZoneInfo("America/Santiago")]


def arrow(unit, tz):
    return pd.ArrowDtype(pa.timestamp(unit, tz))


def frame_of(values, dtype=None):
    return pd.DataFrame({"x": pd.Series(values, dtype=dtype)})


TIME_COLUMNS = [
    *(pd.Series(TIMES.as_unit(unit)) for unit in ("s", "ms", "us", "ns")),
    *(pd.Series(TIMES).astype(arrow(unit, "Asia/Tokyo")) for unit in ("s", "ms", "us", "ns")),
    pd.Series(TIMES).astype(arrow("us", "+02:00")),
    pd.Series(TIMES.tz_convert("America/Santiago")),
    pd.Series(PYTHON, dtype=object),
    pd.Series([t.astimezone(z) for t, z in zip(PYTHON, ZONES, strict=True)], dtype=object),
]


def test_utc_times_reads_any_column_of_times_with_a_zone(subtests):
    for values in TIME_COLUMNS:
        with subtests.test(values=values):
            found = utc_times(frame_of(values), "x")
            assert found.equals(TIMES)
            assert found.unit == "us"
            blank = frame_of([*values, None], values.dtype)
            assert utc_times(blank, "x").isna().tolist() == [False, False, False, True]


NO_TIME_COLUMNS = [
    (TIMES.tz_localize(None), "with a time zone"),
    (pd.Series(TIMES.tz_localize(None)).astype(arrow("us", None)), "with a time zone"),
    ([time.replace(tzinfo=None) for time in PYTHON], "with a time zone"),
    (pd.Series([PYTHON[0], PYTHON[1].replace(tzinfo=None)], dtype=object), "with a time zone"),
    (TIMES.astype("str"), "hold times; got str"),
    (["now"], "hold times"),
    ([1, 2], "hold times"),
    ([dt.date(2024, 1, 1)], "hold times"),
    (pd.period_range("2024", periods=2, freq="D"), "hold times"),
    ([pd.Timestamp("0001-01-02", tz="UTC")], "years 1800 to 2199"),
    ([pd.Timestamp("9999-12-30", tz="UTC")], "years 1800 to 2199"),
    ([[1], {}], "hold times"),
]


def test_utc_times_refuses_other_columns(subtests):
    for values, message in NO_TIME_COLUMNS:
        with (
            subtests.test(values=values, message=message),
            pytest.raises(InvalidArgument, match=rf"The column 'x' must .*{message}"),
        ):
            utc_times(frame_of(values), "x")


NUMBER_COLUMNS = [
    ([1, 2], "Int64"),
    ([1, 2], "uint8"),
    ([1, 2], "float16"),
    ([1, 2], object),
    ([Decimal(1), Decimal(2)], object),
    ([1, 2], pd.ArrowDtype(pa.int32())),
    ([1, 2], pd.ArrowDtype(pa.decimal128(9))),
    (pd.arrays.SparseArray([1.0, 2.0]), None),
]


def test_numbers_reads_any_column_of_numbers(subtests):
    for values, dtype in NUMBER_COLUMNS:
        with subtests.test(values=values, dtype=dtype):
            assert numbers(frame_of(values, dtype), "x").tolist() == [1.0, 2.0]


NO_NUMBER_COLUMNS = [
    (["1", "2"], "str"),
    ([True, False], "bool"),
    ([1, "x"], object),
    (["\ud800", 1], object),
    ([1j, 2], None),
    ([[1], [2]], object),
    ([10**400, 1], object),
    ([1e300, 1], None),
    (TIMES, None),
]


def test_numbers_refuses_other_columns(subtests):
    for values, dtype in NO_NUMBER_COLUMNS:
        with (
            subtests.test(values=values, dtype=dtype),
            pytest.raises(InvalidArgument, match="The column 'x' must hold numbers"),
        ):
            numbers(frame_of(values, dtype), "x")


def test_booleans_reads_true_false_and_na(subtests):
    for dtype in (object, "boolean", pd.ArrowDtype(pa.bool_())):
        with subtests.test(dtype=dtype):
            true, unknown = booleans(frame_of([True, False, None], dtype), "x")
            assert true.tolist() == [True, False, False]
            assert unknown.tolist() == [False, False, True]


NO_BOOLEAN_COLUMNS = [["yes", "no"], [1, 0], [True, 1], [[], {}], ["\ud800", True]]


def test_booleans_refuses_other_columns(subtests):
    for values in NO_BOOLEAN_COLUMNS:
        with (
            subtests.test(values=values),
            pytest.raises(InvalidArgument, match="The column 'x' must hold true and false"),
        ):
            booleans(frame_of(values, object), "x")


def test_validate_refuses_columns_of_one_name():
    twice = pd.DataFrame(np.ones((2, 2)), columns=["x", "x"])
    levels = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_product([["x"], ["a", "b"]]))
    for frame in (twice, levels):
        with pytest.raises(InvalidArgument, match="'x' must be there once; got 2 columns"):
            validate("posts", frame, ["x"], loader="imd.load_gallery()")


def test_validate_names_a_missing_column_in_a_short_message():
    wide = pd.DataFrame(columns=[f"c{i}" * 40 for i in range(5000)])
    with pytest.raises(InvalidArgument, match="posts must have the column 'c1'") as caught:
        validate("posts", wide, ["c1"], loader="imd.load_gallery()")
    assert len(str(caught.value)) < 900
    with pytest.raises(InvalidArgument, match="got no columns"):
        validate("posts", pd.DataFrame(), ["c1"], loader="imd.load_gallery()")
