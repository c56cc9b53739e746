"""The ledger's file: shared, kept through whatever happens to it, and not for ever."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from itertools import product
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from clocks import Clock

from imgurdata._clock import utc
from imgurdata._sqlite import NotWritten, SQLiteFile
from imgurdata.auth.principal import Principal
from imgurdata.credits import store as file_module
from imgurdata.credits.headers import Limits
from imgurdata.credits.ledger import Ledger
from imgurdata.credits.windows import LimitState, UnreportedCost, Window, fold, limit_state
from imgurdata.errors import CacheUnusable, CreditsExhausted

WHO = Principal.of("abc", None)
NOW = 1_772_388_000.0  # 2026-03-01 18:00 UTC
DAY = 86_400.0


def ledger(path: Path | None, clock: Clock | None = None, host: str = "host") -> Ledger:
    return Ledger(path, host, lambda: WHO, clock or Clock())


def answer(ledger: Ledger, **reported: object) -> None:
    with ledger.begin(endpoint="gallery", method="GET", cost=1) as reservation:
        reservation.settle(status=200, cost=1, limits=Limits(**reported))


FOLDS = [
    (None, (500, 9, 100.0, 0.0), (500, 9, 100.0, 0.0)),
    ((500, 9, 100.0, 0.0), (500, 8, 101.0, 1.0), (500, 8, 101.0, 1.0)),
    ((500, 8, 101.0, 1.0), (500, 9, 100.0, 2.0), (500, 8, 101.0, 2.0)),
    # Another window, and an answer that comes late from the one before.
    ((500, 8, 100.0, 1.0), (500, 499, 3700.0, 110.0), (500, 499, 3700.0, 110.0)),
    ((500, 499, 3700.0, 110.0), (500, 8, 100.0, 111.0), (500, 499, 3700.0, 110.0)),
    # Without a reset: of the window one is in, or the last word.
    ((500, 8, 100.0, 1.0), (None, 7, None, 2.0), (500, 7, 100.0, 1.0)),
    ((500, 8, 100.0, 1.0), (None, 499, None, 200.0), (500, 499, None, 200.0)),
    ((None, 0, None, 1.0), (None, 12, None, 2.0), (None, 12, None, 2.0)),
]


@pytest.mark.decision("ledger-smallest-in-window")
def test_fold_keeps_the_smallest_number_of_a_window(subtests) -> None:
    for known, reported, then in FOLDS:
        with subtests.test(known=known, reported=reported):
            assert fold(known and Window(*known), Window(*reported)) == Window(*then)


STATES = [
    (None, 0.0, (None, None, None)),
    ((500, 3, 100.0, 0.0), 99.0, (500, 3, 100.0)),
    ((500, 3, 100.0, 0.0), 100.0, (500, 500, None)),
    ((500, 0, None, 0.0), 3599.0, (500, 0, None)),
    ((500, 0, None, 0.0), 3600.0, (500, 500, None)),
    ((None, 3, 100.0, 0.0), 100.0, (None, None, None)),
    # Written by a clock that was ahead of this one.
    ((500, 3, 100_000.0, 0.0), 1.0, (None, None, None)),
    ((500, 3, 100.0, 90_000.0), 1.0, (None, None, None)),
    # A reset further ahead than an hour.
    ((500, 3, 7200.0, 0.0), 3600.0, (None, None, None)),
]


def test_limit_state_is_what_is_left(subtests) -> None:
    for window, now, is_left in STATES:
        with subtests.test(window=window, now=now):
            total, remaining, reset_at = is_left
            state = LimitState(total, remaining, reset_at and utc(reset_at))
            assert limit_state(window and Window(*window), now, "user") == state


def test_window_that_was_full_begins_with_the_first_cost(subtests) -> None:
    costs = [UnreportedCost(1, 1000.0, 1)]
    for remaining, now, is_left, reset in (
        (500, 3700.0, 499, utc(4600.0)), (500, 4600.0, 500, None), (499, 3700.0, 500, None),
    ):  # fmt: skip
        with subtests.test(remaining=remaining, now=now):
            window = Window(500, remaining, 3650.0, 50.0)
            assert limit_state(window, now, "user", costs) == (500, is_left, reset)


@pytest.mark.decision("ledger-shared")
def test_ledger_sees_at_once_what_another_wrote(tmp_path: Path) -> None:
    one, two = ledger(tmp_path / "l.sqlite"), ledger(tmp_path / "l.sqlite")
    reset = utc(NOW + 600)
    for left in range(9, 0, -1):
        answer(two if left % 2 else one, user_limit=10, user_remaining=left, user_reset_at=reset)
        assert one.state("user") == two.state("user") == (10, left, reset)
    # A third one reads it from the file; a ledger of another host does not see it.
    three, other = ledger(tmp_path / "l.sqlite"), ledger(tmp_path / "l.sqlite", host="other")
    assert three.state("user") == (10, 1, reset)
    assert other.remaining() is None
    for each in (one, two, three, other):
        each.close()


def test_ledger_keeps_every_answer_of_many_threads(tmp_path: Path) -> None:
    one, two = ledger(tmp_path / "l.sqlite"), ledger(tmp_path / "l.sqlite")

    def work(number: int) -> None:
        mine = (one, two)[number % 2]
        reservation = mine.begin(endpoint="gallery", method="GET", cost=1)
        reported = Limits(user_limit=500, user_remaining=499 - number, user_reset_at=utc(NOW + 600))
        reservation.settle(status=200, cost=1, limits=reported)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(200)))
    assert one.remaining() == two.remaining() == 300
    assert len(one.history()) == 200
    assert one.history()["status"].notna().all()
    assert one.in_flight == two.in_flight == 0
    one.close()
    two.close()


@pytest.mark.decision("asked-before-answered")
def test_ledger_counts_an_unanswered_request_after_a_while(tmp_path: Path) -> None:
    clock = Clock()
    killed, other = ledger(tmp_path / "l.sqlite", clock), ledger(tmp_path / "l.sqlite", clock)
    _under_way = killed.begin(endpoint="gallery", method="GET", cost=1)
    killed.begin(endpoint="gallery", method="GET", cost=1).cancel()
    killed.close()
    assert len(other.history()) == 0  # it may be under way
    clock.time += 601
    history = other.history()
    assert history["cost"].tolist() == [1]
    assert history["status"].isna().all()
    assert str(history["status"].dtype) == "Int64"
    other.close()


@pytest.mark.decision("ledger-million-rows")
def test_ledger_forgets_nothing_when_a_clock_jumps(subtests, tmp_path: Path) -> None:
    for jump in (2 * 366 * DAY, -2 * 366 * DAY, 100 * 366 * DAY):
        path, clock = tmp_path / f"{jump}.sqlite", Clock()
        for moved in (0.0, jump, 0.0, jump):
            clock.time = NOW + moved
            mine = ledger(path, clock)
            answer(mine)
            mine.begin(endpoint="gallery", method="GET", cost=1).cancel()
            mine.begin(endpoint="gallery", method="GET", cost=1).abandon()
            mine.close()
        mine = ledger(path, clock)
        with subtests.test(jump=jump):
            assert len(mine.history()) == 8
        mine.close()


@pytest.mark.decision("ledger-million-rows")
def test_ledger_keeps_its_newest_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imgurdata.credits.store._MAX_ROWS", 20)
    for day in range(3):
        clock = Clock()
        clock.time -= day * DAY  # the clock does not matter
        mine = ledger(tmp_path / "l.sqlite", clock, host=f"host{day}")
        for left in range(15):
            answer(mine, user_limit=500, user_remaining=left + 1, user_reset_at=utc(NOW + 600))
        mine.close()
    ledger(tmp_path / "l.sqlite").close()
    with closing(sqlite3.connect(tmp_path / "l.sqlite")) as file:
        rows = file.execute("SELECT host, COUNT(*) FROM answers GROUP BY host").fetchall()
    assert rows == [("host1", 5), ("host2", 15)]


def test_ledger_keeps_an_answer_with_impossible_numbers(subtests, tmp_path: Path) -> None:
    for number in (-1, 10**12):
        with subtests.test(number=number):
            mine = ledger(tmp_path / f"{number}.sqlite")
            answer(mine, user_limit=500, user_remaining=20, user_reset_at=utc(NOW + 600))
            answer(mine, user_limit=number, client_remaining=number)
            assert len(mine.history()) == 2
            assert mine.history()["client_remaining"].isna().all()
            assert mine.remaining() == 19
            mine.close()


@pytest.mark.decision("broken-ledger-set-aside")
@pytest.mark.parametrize(
    "content", [b"no database at all" * 99, b"SQLite format 3\0" + b"\xff" * 8192]
)
def test_broken_ledger_is_set_aside_with_a_warning(tmp_path: Path, caplog, content: bytes) -> None:
    path = tmp_path / "l.sqlite"
    path.write_bytes(content)
    fresh = ledger(path)
    answer(fresh, user_limit=10, user_remaining=4, user_reset_at=utc(NOW + 600))
    assert len(fresh.history()) == 1
    fresh.close()
    aside = tmp_path / "l.sqlite.damaged-1"
    assert aside.read_bytes() == content
    assert caplog.text.count("was set aside as l.sqlite.damaged-1") == 1
    again = ledger(path)
    assert again.remaining() == 4
    again.close()


@pytest.mark.decision("broken-ledger-set-aside")
def test_ledger_sets_a_database_of_other_tables_aside(tmp_path: Path, caplog) -> None:
    with sqlite3.connect(tmp_path / "l.sqlite") as other:
        other.execute("CREATE TABLE answers (question TEXT)")
    other.close()
    fresh = ledger(tmp_path / "l.sqlite")
    answer(fresh)
    assert len(fresh.history()) == 1
    assert "was set aside" in caplog.text
    fresh.close()


@pytest.mark.decision("broken-ledger-set-aside")
def test_ledger_that_breaks_while_open_is_set_aside(tmp_path: Path, caplog) -> None:
    path = tmp_path / "l.sqlite"
    one, two = ledger(path), ledger(path)
    for _ in range(300):
        answer(one, user_limit=500, user_remaining=400, user_reset_at=utc(NOW + 600))
    one._store.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    one._store._file._writer.execute("PRAGMA cache_size=0")
    answer(one, user_limit=500, user_remaining=7, user_reset_at=utc(NOW + 600))
    answer(one, user_limit=500, user_remaining=6, user_reset_at=utc(NOW + 600))
    assert one.remaining() == 6
    assert "was set aside" in caplog.text
    assert len(list(tmp_path.glob("l.sqlite.damaged-*[0-9]"))) == 1
    assert len(one.history()) >= 1
    one.close()
    two.close()


SPENT_DAYS = [
    ([], []),
    ([(NOW, NOW + 600), (NOW + 9, NOW + 601)], ["2026-03-01"]),
    ([(NOW, NOW + 600), (NOW + 1200, NOW + DAY)], ["2026-03-01", "2026-03-01"]),
    ([(NOW, None), (NOW + 9, None), (NOW + DAY, None)], ["2026-03-01", "2026-03-02"]),
]


def test_spent_days_are_counted_by_reset(subtests) -> None:
    for rows, days in SPENT_DAYS:
        clock = Clock()
        mine = ledger(None, clock)
        begun = [mine.begin(endpoint="gallery", method="GET", cost=1) for _ in rows]
        for reservation, (clock.time, reset) in zip(begun, rows, strict=True):
            spent = Limits(client_remaining=0, client_reset_at=reset and utc(reset))
            reservation.settle(status=200, cost=1, limits=spent)
        with subtests.test(days=days):
            assert [str(day) for day in mine.daily_limit_hits()] == days


@pytest.mark.decision("third-spent-day")
def test_ledger_warns_once_from_the_third_spent_day(tmp_path: Path, caplog) -> None:
    clock = Clock()
    mine = ledger(tmp_path / "l.sqlite", clock)
    for number in range(4):
        answer(mine, client_limit=9, client_remaining=0, client_reset_at=utc(clock.time + 600))
        assert caplog.text.count("credits of the day were used up on") == (number >= 2)
        clock.time += DAY
    assert [str(day)[5:] for day in mine.daily_limit_hits()] == ["03-01", "03-02", "03-03", "03-04"]
    mine.close()
    # The next session says so before its first request, and again only once.
    caplog.clear()
    following = ledger(tmp_path / "l.sqlite", clock)
    assert "used up" not in caplog.text
    for _ in range(2):
        following.begin(endpoint="gallery", method="GET", cost=1).cancel()
    assert caplog.text.count("used up on 4 days of the last month (last on 2026-03-04)") == 1
    clock.time += 31 * DAY
    assert following.daily_limit_hits() == []
    following.close()


@pytest.mark.decision("reserve")
def test_ledger_remembers_what_is_left_when_its_file_is_deleted(tmp_path: Path) -> None:
    mine = ledger(tmp_path / "l.sqlite")
    answer(mine, user_limit=500, user_remaining=20, user_reset_at=utc(NOW + 600))
    answer(mine)  # its cost is not reported
    assert mine.remaining() == 19
    for path in tmp_path.iterdir():
        path.unlink()
    answer(mine)
    assert mine.remaining() == 18
    with mine.reserve(18), pytest.raises(CreditsExhausted):
        answer(mine)
    mine.close()


def test_ledger_does_not_read_back_its_own_answers(tmp_path: Path) -> None:
    mine, other = ledger(tmp_path / "l.sqlite"), ledger(tmp_path / "l.sqlite")
    reported = {"user_limit": 500, "user_reset_at": utc(NOW + 600)}
    answer(mine, user_remaining=20, **reported)
    assert mine.remaining() == 20
    statements: list[str] = []
    mine._store._file._writer.set_trace_callback(statements.append)
    for left in (19, 18):
        answer(mine, user_remaining=left, **reported)
        answer(mine)  # its cost is subtracted
        assert mine.remaining() == left - 1
    assert statements
    assert not [one for one in statements if one.startswith("SELECT")]
    # Those of others are read, also where own ones come after them.
    answer(other, user_remaining=9, **reported)
    answer(mine)
    assert mine.remaining() == other.remaining() == 8
    mine.close()
    other.close()


def test_version_of_the_store_is_the_last_one_where_the_file_cannot_be_read(tmp_path: Path) -> None:
    mine, other = ledger(tmp_path / "l.sqlite"), ledger(tmp_path / "l.sqlite")
    first = mine._store.version()
    answer(other)
    second = mine._store.version()
    assert second != first
    mine._store._file._writer.close()  # as where it was replaced, and could not be opened again
    assert mine._store.version() == second
    mine.close()
    with pytest.raises(CacheUnusable, match="closed"):
        mine._store.version()
    other.close()


@pytest.mark.decision("reservations")
def test_ledger_writes_an_answer_once_though_an_interrupt_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = ledger(tmp_path / "l.sqlite")
    answer(mine, user_limit=500, user_remaining=20, user_reset_at=utc(NOW + 600))
    reservation = mine.begin(endpoint="gallery", method="GET", cost=1)
    write = SQLiteFile.write

    def interrupted(*arguments: Any) -> None:
        write(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(SQLiteFile, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        reservation.settle(status=200, cost=1, limits=Limits())
    monkeypatch.undo()
    answer(mine)
    assert len(mine.history()) == 3
    assert mine.remaining() == ledger(tmp_path / "l.sqlite").remaining() == 18
    mine.close()


@pytest.mark.decision("reservations")
def test_ledger_keeps_an_answer_whose_writing_is_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = ledger(tmp_path / "l.sqlite")
    answer(mine, user_limit=500, user_remaining=20, user_reset_at=utc(NOW + 600))
    reservation = mine.begin(endpoint="gallery", method="GET", cost=1)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(SQLiteFile, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        reservation.settle(status=200, cost=1, limits=Limits())
    monkeypatch.undo()
    answer(mine)
    assert mine.remaining() == ledger(tmp_path / "l.sqlite").remaining() == 18
    assert mine.history()["status"].tolist() == [200, 200, 200]
    mine.close()


# What cannot be written now -----------------------------------------------------------------------


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Time that passes only where a locked file is waited for."""
    clock = Clock()
    monkeypatch.setattr("imgurdata._sqlite.time", clock)
    monkeypatch.setattr("imgurdata.credits.store.time", clock)
    return clock


@pytest.mark.decision("ledger-rows-wait")
def test_ledger_rows_wait_while_another_process_holds_the_file(
    tmp_path: Path, waiting: Clock, caplog
) -> None:
    path, clock = tmp_path / "l.sqlite", Clock()
    mine, other = ledger(path, clock), ledger(path, clock)
    before = mine.begin(endpoint="before", method="GET", cost=1)
    lost = mine.begin(endpoint="lost", method="GET", cost=1)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    reset, began = utc(NOW + 600), waiting.time
    for left in range(20, 0, -1):
        clock.time += 1
        ticket = mine.begin(endpoint=f"e{left}", method="GET", cost=1)
        reported = Limits(user_limit=40, user_remaining=left + 10, user_reset_at=reset)
        settled = before if left == 20 else ticket
        settled.settle(status=200, cost=1, limits=reported)
        if left == 20:
            ticket.cancel()
    lost.abandon()
    mine.begin(endpoint="lost", method="GET", cost=1).abandon()
    # One wait in all, and one word about it; what waits counts as if it were in the file.
    assert 5 <= waiting.time - began < 5 + 60 * 0.06
    assert caplog.text.count("cannot be written now") == 1
    assert 9 <= (mine.remaining() or 0) <= 11  # what was lost may count already
    names = [f"e{left}" for left in range(20, 0, -1)]
    expected = sorted(["before", *names[1:], "lost", "lost"])
    assert sorted(mine.history()["endpoint"]) == expected
    assert len(other.history()) == 0
    holder.execute("ROLLBACK")
    holder.close()
    answer(mine)
    for each in (mine, other, ledger(path, clock)):
        rows = each.history()
        assert sorted(rows["endpoint"]) == sorted([*expected, "gallery"])
        assert list(rows["endpoint"][rows["status"].notna()]) == ["before", *names[1:], "gallery"]
        each.close()
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT COUNT(*), SUM(lost > 0) FROM asked").fetchall() == [(2, 2)]
        numbered = file.execute("SELECT endpoint FROM answers ORDER BY number").fetchall()
    assert [name for (name,) in numbered] == ["before", *names[1:], "gallery"]


@pytest.mark.decision("ledger-rows-wait")
@pytest.mark.parametrize("way", ["writing", "reading", "close"])
def test_ledger_that_was_locked_when_it_was_opened_is_written_later(
    tmp_path: Path, waiting: Clock, caplog, way: str
) -> None:
    path = tmp_path / "l.sqlite"
    first = ledger(path)
    answer(first)
    first.close()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("PRAGMA locking_mode=EXCLUSIVE").fetchall()
    holder.execute("BEGIN EXCLUSIVE")
    mine = ledger(path)
    for left in (5, 4, 3):
        answer(mine, user_limit=10, user_remaining=left)
    open_request = mine.begin(endpoint="open", method="GET", cost=1)
    assert len(mine.history()) == 3
    assert len([r for r in caplog.records if r.levelname == "WARNING"]) == 1
    holder.execute("ROLLBACK")
    holder.close()
    rows = 4
    if way != "close":
        waiting.time += 1
    if way == "writing":
        answer(mine)
        rows += 1
    elif way == "reading":
        assert len(mine.history()) == 4
    open_request.abandon()
    mine.close()
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT COUNT(*) FROM answers").fetchall() == [(rows,)]
        assert file.execute("SELECT endpoint, lost > 0 FROM asked").fetchall() == [("open", 1)]


@pytest.mark.decision("ledger-rows-wait")
@pytest.mark.parametrize("way", ["reading", "close", "too late", "full disk"])
def test_ledger_rows_that_wait_are_written_as_soon_as_possible(
    tmp_path: Path, waiting: Clock, caplog, way: str
) -> None:
    path = tmp_path / "l.sqlite"
    mine = ledger(path)
    holder = sqlite3.connect(path, isolation_level=None)
    if way == "full disk":
        mine._store._file._writer.execute("PRAGMA max_page_count=1").fetchall()
    else:
        holder.execute("BEGIN IMMEDIATE")
    rows = 200 if way == "full disk" else 20  # more than fit into the page that is there
    for _ in range(rows):
        answer(mine)
    assert len(mine.history()) == rows
    reason = "the disk is full" if way == "full disk" else "another process keeps it locked"
    assert caplog.text.count(reason) == 1
    if way == "full disk":
        mine._store._file._writer.execute("PRAGMA max_page_count=100000").fetchall()
    elif way != "too late":
        holder.execute("ROLLBACK")
    if way == "reading":
        waiting.time += 1
        assert len(mine.history()) == rows
        assert holder.execute("SELECT COUNT(*) FROM answers").fetchone() == (rows,)
    mine.close()
    missing = rows if way == "too late" else 0
    assert holder.execute("SELECT COUNT(*) FROM answers").fetchone() == (rows - missing,)
    assert (f"{rows} answers are missing in it" in caplog.text) == bool(missing)
    holder.close()


@pytest.mark.decision("ledger-rows-wait")
def test_ledger_row_of_another_thread_is_kept_while_rows_that_wait_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imgurdata.credits.store._BUSY", 0.0)
    mine = ledger(tmp_path / "l.sqlite")
    with closing(sqlite3.connect(tmp_path / "l.sqlite", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        answer(mine)
        holder.execute("ROLLBACK")
    mine._store._next_try, write = 0.0, mine._store._file.write
    other = Thread(target=answer, args=(mine,))

    def write_while_another_cannot(work: Any) -> Any:
        if other.ident:
            raise NotWritten("the disk is full")
        done = write(work)
        other.start()
        other.join(0.2)
        return done

    monkeypatch.setattr(mine._store._file, "write", write_while_another_cannot)
    mine.history()
    other.join()
    assert len(mine.history()) == 2
    monkeypatch.undo()
    mine.close()


ODD_VALUES = (9e999, 1e300, 2**62, -(2**63), "text", b"\xff\xfe", None)


@pytest.mark.decision("broken-ledger-set-aside")
@pytest.mark.parametrize("is_open", [False, True])
def test_ledger_with_odd_values_in_any_column_is_read(
    subtests, tmp_path: Path, is_open: bool
) -> None:
    columns = [(table, column) for table in ("answers", "asked") for column in _columns(table)]
    for table, column in columns:
        path, clock = tmp_path / f"{table}-{column}.sqlite", Clock()
        mine = ledger(path, clock)
        for left in range(30, 30 - 2 * len(ODD_VALUES), -1):
            answer(mine, user_limit=40, user_remaining=left, user_reset_at=utc(NOW + 600),
                   client_limit=40, client_remaining=left)  # fmt: skip
            mine.begin(endpoint="gallery", method="GET", cost=1).abandon()
        if not is_open:
            mine.close()
        with closing(sqlite3.connect(path, isolation_level=None)) as file:
            numbers = [n for (n,) in file.execute(f"SELECT number FROM {table} ORDER BY number")]
            writings = product(ODD_VALUES, ("?", "CAST(? AS TEXT)"))
            for number, (value, cast) in zip(numbers, writings, strict=True):
                with suppress(sqlite3.Error):
                    update = f"UPDATE {table} SET {column} = {cast} WHERE number = ?"
                    file.execute(update, (value, number))
        with subtests.test(table=table, column=column):
            if not is_open:
                mine = ledger(path, clock)
            for _ in range(2):
                mine.begin(endpoint="gallery", method="GET", cost=1).cancel()
                answer(mine, user_limit=40, user_remaining=7, user_reset_at=utc(NOW + 600))
                mine.now()
                mine.daily_limit_hits()
                repr(mine)
            history = mine.history()
            assert len(history) >= 2
            assert history["cost"].tail(1).tolist() == [1]
        mine.close()


def _columns(table: str) -> list[str]:
    with closing(sqlite3.connect(":memory:")) as file:
        file.executescript(file_module._TABLES)
        return [row[1] for row in file.execute(f"PRAGMA table_info({table})")]


IMPOSSIBLE_ROWS = [
    {"user_reset_at": NOW + 999_999_999, "user_remaining": 0},
    {"user_reset_at": NOW + 2 * DAY, "user_remaining": 0, "client_remaining": 0,
     "client_reset_at": NOW + 2 * DAY},
    {"time": NOW + 732 * DAY, "user_reset_at": NOW + 732 * DAY + 60, "user_remaining": 0},
    {"user_remaining": 1e30}, {"user_remaining": float("inf")}, {"user_remaining": "many"},
    {"user_remaining": -5}, {"user_remaining": 501},
]  # fmt: skip


@pytest.mark.decision("absurd-limits")
def test_ledger_ignores_impossible_rows_of_older_versions(subtests, tmp_path: Path) -> None:
    for number, row in enumerate(IMPOSSIBLE_ROWS):
        with subtests.test(row=row):
            path = tmp_path / f"{number}.sqlite"
            ledger(path).close()
            values = {
                "time": NOW - 60, "host": "host", "identity": WHO.key,
                "application": WHO.application, "endpoint": "gallery", "method": "GET",
                "status": 200, "cost": 1, "user_limit": 500,
            } | row  # fmt: skip
            with closing(sqlite3.connect(path)) as file, file:
                # As older versions made it: what a request had seen was not written down, and
                # there was no commercial gateway.
                for name in ("seen", "requests_limit", "requests_remaining", "requests_reset_at"):
                    file.execute(f"ALTER TABLE answers DROP COLUMN {name}")
                marks = ", ".join("?" * len(values))
                file.execute(
                    f"INSERT INTO answers ({', '.join(values)}) VALUES ({marks})",
                    (*values.values(),),
                )
            mine = ledger(path)
            assert mine.remaining() in {None, 500}
            assert mine.state("user").remaining != 0
            assert len(mine.history()) == 1
            answer(mine, user_limit=500, user_remaining=499, user_reset_at=utc(NOW + 3600))
            again = ledger(path)
            assert mine.remaining() == again.remaining() == 499
            for each in (mine, again):
                each.close()
