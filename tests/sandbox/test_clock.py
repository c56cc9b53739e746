"""The sandbox's clock, its start, and the world that moves with it."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from imgurdata.errors import InvalidArgument
from imgurdata.sandbox import Sandbox
from imgurdata.sandbox.clock import DEFAULT_NOW, Clock, parse_instant


def test_clock_advances_by_any_duration(subtests):
    for span, seconds in [
        (0, 0),
        (1.5, 1.5),
        ("600", 600),
        ("90 min", 5400),
        ("2 days 6h", 194_400),
        ("1h30m", 5400),
        (dt.timedelta(minutes=5), 300),
        (pd.Timedelta("15min"), 900),
        (np.timedelta64(2, "h"), 7200),
        (np.int64(7), 7),
    ]:
        with subtests.test(span=span):
            clock = Clock(DEFAULT_NOW)
            clock.advance(span)
            assert clock.time() == clock.time() == DEFAULT_NOW.timestamp() + seconds
            assert clock.now() == DEFAULT_NOW + dt.timedelta(seconds=seconds)


def test_clock_refuses_invalid_durations(subtests):
    invalid = [
        -1, "-1h", dt.timedelta(days=-1), "", "h", "1 fortnight", "1h and more", None, True,
        float("nan"), float("inf"), pd.NaT, [1], 1e300, 10**400, "9" * 100_000, "400000 days",
        1_000 * 366 * 86_400,
    ]  # fmt: skip
    for span in invalid:
        with subtests.test(span=repr(span)[:40]):
            clock = Clock(DEFAULT_NOW)
            with pytest.raises(InvalidArgument, match=r"^span must be a duration") as refused:
                clock.advance(span)
            assert len(refused.value.message) < 300
            assert clock.now() == DEFAULT_NOW


def test_start_of_the_clock_may_be_any_instant(subtests):
    for now, expected in [
        (None, DEFAULT_NOW),
        ("2024-02-29", dt.datetime(2024, 2, 29, tzinfo=dt.UTC)),
        ("2024-02-29T12:00:00+02:00", dt.datetime(2024, 2, 29, 10, tzinfo=dt.UTC)),
        (
            dt.datetime(2020, 1, 1, 1, 1, 1, 999_999, dt.UTC).replace(tzinfo=None),
            dt.datetime(2020, 1, 1, 1, 1, 1, tzinfo=dt.UTC),
        ),
        (pd.Timestamp("2020-01-01", tz="UTC"), dt.datetime(2020, 1, 1, tzinfo=dt.UTC)),
    ]:
        with subtests.test(now=now):
            assert parse_instant(now) == expected


def test_start_of_the_clock_refuses_what_is_no_instant(subtests):
    invalid = [
        "yesterday", 12, pd.NaT, dt.date(2020, 1, 1), dt.datetime.min.replace(tzinfo=dt.UTC),
        dt.datetime.max.replace(tzinfo=dt.UTC), True, b"2020", "9999-12-31", "1970-01-01",
        "2020-01-01" * 50_000, [], pd.Series(["2020-01-01"]),
    ]  # fmt: skip
    for now in invalid:
        with subtests.test(now=repr(now)[:40]):
            with pytest.raises(InvalidArgument, match=r"^now must be a datetime") as refused:
                parse_instant(now)
            assert len(refused.value.message) < 300


def test_clock_ticks_on_request(monkeypatch):
    real = iter([100.0, 102.5, 107.0])
    monkeypatch.setattr("imgurdata.sandbox.clock.time.monotonic", lambda: next(real))
    clock = Clock(DEFAULT_NOW, ticking=True)
    assert clock.time() == DEFAULT_NOW.timestamp() + 2.5
    clock.advance(10)
    assert clock.time() == DEFAULT_NOW.timestamp() + 17


def test_world_moves_with_now(new_client):
    def newest(sandbox):
        return new_client(sandbox).data("/3/gallery/user/time/0")[0]

    with Sandbox() as one, Sandbox(now="2020-06-01T12:00:00Z") as two:
        first, second = newest(one), newest(two)
        assert first["id"] == second["id"]
        assert one.clock() - first["datetime"] == two.clock() - second["datetime"]
        assert two.now == dt.datetime(2020, 6, 1, 12, tzinfo=dt.UTC)
        assert two.advance("30min") == two.now == dt.datetime(2020, 6, 1, 12, 30, tzinfo=dt.UTC)
        with pytest.raises(InvalidArgument):
            two.advance(-1)


def test_counts_only_grow(sandbox, client):
    def counts():
        item = client.data(f"/3/gallery/{newest}")
        names = ("views", "ups", "downs", "comment_count", "favorite_count")
        return [item[name] for name in names]

    newest = client.data("/3/gallery/user/time/0")[0]["id"]
    seen = [counts()]
    for span in ("10min", "1h", "1 day", "10 days"):
        sandbox.advance(span)
        seen.append(counts())
    for before, after in pairwise(seen):
        assert all(b <= a for b, a in zip(before, after, strict=True))
    assert seen[0][0] < seen[-1][0]
