"""Checks of arguments: what passes, what is refused, and in which words."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgurdata import _validate
from imgurdata.errors import InvalidArgument

DURATIONS = [
    (600, 600), (0.5, 0.5), ("600", 600), (" 600 ", 600), ("0.5", 0.5), ("10min", 600),
    ("1h 30min", 5400), ("01:30:00", 5400), ("P1D", 86_400), ("1d", 86_400), ("2D", 172_800),
    (np.int64(600), 600), (np.float64(2.5), 2.5), (np.timedelta64(5, "s"), 5),
    (dt.timedelta(minutes=1), 60), (pd.Timedelta("2h"), 7200), (pd.offsets.Hour(2), 7200),
    (float("inf"), float("inf")), (0, 0),
]  # fmt: skip


def test_duration_reads_numbers_texts_and_timedeltas(subtests) -> None:
    for value, seconds in DURATIONS:
        with subtests.test(value=value):
            assert _validate.duration("max_age", value) == seconds


NO_DURATIONS = [
    None, True, np.bool_(True), "", "soon", "1 2", "\u00b2", "\u0663", "-5s", -1, "1h 30",
    float("nan"), "nan", "NaT", pd.NaT, pd.NA, np.timedelta64("NaT"), np.float64("nan"), [],
    10**400, "9" * 400, "1e400", pd.offsets.MonthEnd(), dt.date(2026, 1, 1), b"600",
    np.timedelta64(600),
]  # fmt: skip


def test_duration_refuses_other_values(subtests) -> None:
    for value in NO_DURATIONS:
        with subtests.test(value=value):
            with pytest.raises(
                InvalidArgument, match=r"^max_age must be a duration such as '10min'"
            ) as no:
                _validate.duration("max_age", value)
            assert len(str(no.value)) < 250


@given(st.integers(0, 10**9))
def test_duration_of_a_number_is_that_of_its_text(number: int) -> None:
    assert _validate.duration("x", number) == _validate.duration("x", str(number)) == number


INSTANTS = [
    ("2026-03-01", 1_772_323_200), ("2026-03-01T01:00+01:00", 1_772_323_200),
    (dt.date(2026, 3, 1), 1_772_323_200), (np.datetime64("2026-03-01"), 1_772_323_200),
    (pd.Timestamp("2026-03-01"), 1_772_323_200), ("2h", 1e9 - 7200), (60, 1e9 - 60),
    (pd.Timedelta("1min"), 1e9 - 60), (np.int64(60), 1e9 - 60), ("2026-03", 1_772_323_200),
    ("20260301", 1_772_323_200), ("2026/03/01", 1_772_323_200), ("01:30:00", 1e9 - 5400),
    ("2026-03-01T10:00Z", 1_772_359_200), ("20260301T1000", 1_772_359_200),
]  # fmt: skip


def test_instant_reads_times_and_durations_back(subtests) -> None:
    for value, seconds in INSTANTS:
        with subtests.test(value=value):
            assert _validate.instant("since", value, now=1e9) == seconds


NO_INSTANTS = [
    "2024", "600", "now", "today", "", "whenever", "9" * 400, None, True, pd.NaT, pd.NA, [],
     np.datetime64("NaT"), float("nan"), float("inf"), "-2h", "NaT", "-1", "6_00", "5 5", "10M",
     "1h 5", ".5h", "T10", "1 2 3", "1:30", "00:10", "1 March 2026", "20261399", "202603011",
     np.timedelta64(600)]  # fmt: skip


def test_instant_refuses_other_values(subtests) -> None:
    for value in NO_INSTANTS:
        with (
            subtests.test(value=value),
            pytest.raises(InvalidArgument, match=r"^since must be a time such as '2026-03-01'"),
        ):
            _validate.instant("since", value, now=1e9)


INTEGERS = [3, np.int64(3), np.uint8(3)]


def test_integer_accepts_numpy(subtests) -> None:
    for value in INTEGERS:
        with subtests.test(value=value):
            number = _validate.integer("pages", value, least=1, most=5)
            assert (number, type(number)) == (3, int)


NO_INTEGERS = [0, 6, True, np.bool_(True), 3.0, "3", None, pd.NA, float("nan"), np.ones(2)]


def test_integer_refuses_other_values(subtests) -> None:
    for value in NO_INTEGERS:
        with (
            subtests.test(value=value),
            pytest.raises(InvalidArgument, match=r"^pages must be a whole number from 1 to 5; got"),
        ):
            _validate.integer("pages", value, least=1, most=5)


def test_boolean_is_true_or_false() -> None:
    assert _validate.boolean("nested", np.bool_(True)) is True
    assert _validate.boolean("nested", False) is False
    for value in (1, 0, None, pd.NA, "yes", [], np.array([True])):
        with pytest.raises(InvalidArgument, match=r"^nested must be True or False; got"):
            _validate.boolean("nested", value)


def test_one_of_lists_the_choice_and_suggests_the_nearest() -> None:
    assert _validate.one_of("sort", "top", ("top", "new")) == "top"
    with pytest.raises(InvalidArgument) as no:
        _validate.one_of("sort", "tpo", ("top", "new"))
    assert str(no.value) == "sort must be one of 'top', 'new'; got 'tpo'. Did you mean 'top'?"
    for value, choices, nearest in [
        ("hott", ("hot", "top", "user"), "hot"), ("windw", ("sort", "window"), "window"),
        ("nosuch", ("gallery", "search"), ""), ("worstt", ("best", "top", "new"), ""),
        ("decade", ("day", "week", "month", "year", "all"), ""),
    ]:  # fmt: skip
        hint = _validate.did_you_mean(value, choices)
        assert hint == (f" Did you mean '{nearest}'?" if nearest else "")


SHOWN = [
    (range(10**12), "range(0, 1000000000000)"), ([0] * 1000, "a list of 1,000 items"),
    (pd.DataFrame({"a": [1]}), "a DataFrame of 1 item"), (pd.NaT, "NaT"),
    (np.zeros((5, 5)), "a ndarray of 5 items"), ({"a": 1}, "{'a': 1}"),
    ("access_token=abcdef", "'access_token=***'"),
]  # fmt: skip


def test_shown_names_large_values_and_hides_secrets(subtests) -> None:
    for value, words in SHOWN:
        with subtests.test(words=words):
            assert _validate.shown(value) == words


@given(st.one_of(st.text(), st.binary(), st.integers(), st.lists(st.text()), st.floats()))
def test_shown_is_bounded(value: Any) -> None:
    assert len(_validate.shown(value)) <= 80


def test_shown_of_a_very_large_number_and_text() -> None:
    assert _validate.shown(10**5000) == "a very large number"
    assert len(_validate.shown("x" * 10**6)) == 80


CHECKS = [_validate.duration, _validate.integer, _validate.boolean]


def test_checks_refuse_objects_that_raise(subtests) -> None:
    for check in CHECKS:
        with subtests.test(check=check.__name__):

            class Raising:
                def __repr__(self) -> str:
                    raise RuntimeError

                __len__ = __index__ = __repr__  # type: ignore[assignment]

            with pytest.raises((InvalidArgument, RuntimeError)) as no:
                check("x", Raising())
            assert isinstance(no.value, InvalidArgument)
