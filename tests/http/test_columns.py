"""Columns kept beside the answers: whatever happens to their file, frames stay what they are."""

from __future__ import annotations

import contextlib
import hmac
import os
import random
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import PIPE
from typing import Any
from unittest import mock

import msgspec
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from processes import start

import imgurdata as imd
from imgurdata.errors import CacheUnusable, ImgurDataError
from imgurdata.http import columns
from imgurdata.http.cache import AnswerCache, AnswerTable
from imgurdata.http.columns import ColumnStore, file_beside
from imgurdata.model.blocks import PLACE, ROWS
from imgurdata.model.frames import FrameBuilder
from imgurdata.model.records import POST
from imgurdata.sandbox import Sandbox

PAGES = 11  # a whole block, and the beginning of another
#: Keys of attrs that tell what a run has cost.
COSTS = {"requests", "from_cache", "revalidated", "changed", "credits_spent", "credits_left"}


@pytest.fixture
def hits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Answers whose columns were found kept, a number for each block."""
    found: list[int] = []
    load = ColumnStore.load

    def counted(self: ColumnStore, *what: Any) -> Any:
        block = load(self, *what)
        if block is not None:
            found.append(len(block.counts))
        return block

    monkeypatch.setattr(ColumnStore, "load", counted)
    monkeypatch.setattr(columns, "SMALLEST", 0)
    return found


def attrs_of(frame: pd.DataFrame, *, costs: bool = True) -> dict[str, Any]:
    attrs = frame.attrs["imgurdata"]
    return {key: value for key, value in attrs.items() if costs or key not in COSTS}


def posts(session: imd.ImgurSession, **more: Any) -> pd.DataFrame:
    return imd.load_gallery("user", "time", pages=PAGES, session=session, progress=False, **more)


def finished(session: imd.ImgurSession) -> Path:
    store = session.store.columns
    assert store is not None
    store.finish()
    return store.path


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert attrs_of(one) == attrs_of(other)


@pytest.mark.decision("columns-are-a-pure-function")
@pytest.mark.parametrize("how", ["posts", "nested", "comments", "albums"])
def test_a_second_run_decodes_nothing(
    connect, hits: list[int], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    if how != "posts":
        monkeypatch.setattr(columns, "_MANY", 0)  # in the form that many rows are kept in
    session = connect()
    ids = list(posts(session).query("is_album")["id"][:10])
    loads: dict[str, Callable[[], pd.DataFrame]] = {
        "posts": lambda: posts(session),
        "nested": lambda: posts(session, nested=True),
        "comments": lambda: imd.load_comments(ids, session=session, progress=False),
        "albums": lambda: imd.load_album_images(ids, session=session, progress=False),
    }
    load = loads[how]
    first = load()
    finished(session)
    hits.clear()
    with mock.patch.object(FrameBuilder, "add", side_effect=AssertionError("decoded")):
        again = load()
    assert sum(hits) == (PAGES if how in {"posts", "nested"} else len(ids))
    monkeypatch.setenv("IMGURDATA_COLUMNS", "0")
    hits.clear()
    without = load()
    assert not hits
    same(again, without)
    pd.testing.assert_frame_equal(again, first, check_exact=True)
    assert attrs_of(again, costs=False) == attrs_of(first, costs=False)
    assert session.session_log.answers().keys()


def test_a_moving_list_gives_the_same_with_and_without(
    sandbox: Sandbox, connect, hits: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = connect(max_age="30d")
    posts(session)
    sandbox.advance("9h")
    # The pages behind the fifth anew: they begin with posts that have moved there.
    newer = connect(max_age=0)
    imd.load_gallery("user", "time", pages=range(5, PAGES), session=newer, progress=False)
    frames = []
    for switch in ("1", "1", "0"):
        monkeypatch.setenv("IMGURDATA_COLUMNS", switch)
        frames.append(posts(session))
        finished(session)
    assert hits
    assert attrs_of(frames[0])["duplicates"] > 0
    same(frames[0], frames[1])
    same(frames[0], frames[2])


def test_confirmed_answers_keep_their_columns_and_get_their_time(
    sandbox: Sandbox, connect, hits: list[int]
) -> None:
    first = posts(connect())
    session = connect(max_age=0)
    sandbox.advance("10s")
    confirmed = posts(session)
    assert attrs_of(confirmed)["revalidated"] > 0  # of young posts the votes have changed
    finished(session)
    hits.clear()
    again = posts(connect(max_age="1d"))
    assert sum(hits) == PAGES
    assert (again["fetched_at"] > first["fetched_at"].max()).all()
    pd.testing.assert_frame_equal(again, confirmed, check_exact=True)


def test_what_fails_later_keeps_the_rows_of_a_block(
    sandbox: Sandbox, connect, hits: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = connect()
    first = imd.load_gallery("user", "time", pages=8, session=session, progress=False)
    finished(session)
    monkeypatch.setattr(AnswerTable, "save", mock.Mock(side_effect=MemoryError))
    for switch in ("1", "0"):
        monkeypatch.setenv("IMGURDATA_COLUMNS", switch)
        with pytest.raises(MemoryError) as caught:
            posts(session)
        partial = caught.value.partial
        assert attrs_of(partial)["pages"] == 8
        pd.testing.assert_frame_equal(partial, first, check_exact=True)
    assert hits == [8]


def test_of_other_identities_and_private_answers_nothing_is_shared(
    sandbox: Sandbox, connect, hits: list[int], names: list[str]
) -> None:
    posts(connect())
    token = sandbox.issue_token(names[0])
    signed_in = connect(token=token)
    assert attrs_of(posts(signed_in))["requests"] == PAGES
    finished(signed_in)
    assert not hits
    posts(signed_in)
    assert sum(hits) == PAGES
    hits.clear()
    file = finished(signed_in)
    before = rows(file)
    signed_in.fetch("/3/account/me/settings")
    imd.load_credits(session=signed_in)
    assert rows(finished(signed_in)) == before
    assert token.encode() not in file.read_bytes()


def rows(file: Path) -> int:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("SELECT COUNT(*) FROM blocks").fetchone()[0])


@given(
    st.lists(
        st.tuples(
            st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
            st.none() | st.integers(-(2**63), 2**63 - 1) | st.integers(-200, 200),
            st.none() | st.integers(-(10**9), 10**9).map(lambda n: n * 10**6) | st.integers(0, 99),
            st.none() | st.booleans(),
            st.none() | st.floats(allow_nan=False),
        ),
        max_size=30,
    ),
    st.sampled_from([0, 20_000]),
    st.integers(0, 3),
)
def test_columns_come_back_as_they_were_kept(values: Any, many: int, skipped: int) -> None:
    kinds = (pa.large_string(), pa.int64(), pa.timestamp("us", tz="UTC"), pa.bool_(), pa.float64())
    types = {f"{kind} {n}": kind for n in range(2) for kind in kinds}
    made = {
        f"{kind} {n}": pa.array([row[k] for row in values], kind)[skipped * n :][: len(values) - 3]
        for n in range(2)
        for k, kind in enumerate(kinds)
    }
    made = {name: column[: min(map(len, made.values()))] for name, column in made.items()}
    with mock.patch.object(columns, "_MANY", many):
        groups = [*columns._pack(ROWS, made)]
    back = columns._Packed(groups, types, groups[0].rows, mock.Mock(side_effect=ValueError))
    for name, column in made.items():
        assert back[name].equals(column)
        del back[name]


def test_one_group_is_unpacked_at_a_time_and_freed_once_taken() -> None:
    made = {name: pa.array([name], pa.large_string()) for name in "abcdef"}
    types = dict.fromkeys(made, pa.large_string())
    with mock.patch.object(columns, "_GROUP", 2 * made["a"].nbytes):
        groups = [*columns._pack(ROWS, made)]
    assert [group.names for group in groups] == [["a", "b"], ["c", "d"], ["e", "f"]]
    back = columns._Packed(groups, types, 1, mock.Mock(side_effect=AssertionError("refused")))
    for name, unpacked in [("a", "ab"), ("c", "cd"), ("b", "ab")]:
        assert back[name].equals(made[name])
        assert "".join(back) == unpacked
    del back["a"], back["b"]
    assert back["e"].equals(made["e"])
    for taken in "ab":
        with pytest.raises(KeyError):
            back[taken]
    assert back["d"].equals(made["d"])


def test_places_of_other_rows_are_refused(subtests: pytest.Subtests) -> None:
    cases: list[tuple[list[int], int, bool]] = [
        ([0, 0, 1], 2, True), ([], 0, True), ([], 2, True),
        ([0, 2], 2, False), ([1, 0], 2, False), ([-1, 0], 2, False), ([0], 0, False),
    ]  # fmt: skip
    for places, of_block, whole in cases:
        for more in (0, 1):  # a row more than was said
            with subtests.test(places=places, of_block=of_block, more=more):
                made = {PLACE: pa.array(places, pa.int32())}
                (group,) = columns._pack("images", made)
                group.rows += more
                refuse = mock.Mock(side_effect=LookupError)
                back = columns._Packed([group], {PLACE: pa.int32()}, of_block, refuse)
                if whole and not more:
                    assert back[PLACE].equals(made[PLACE])
                else:
                    with pytest.raises(LookupError):
                        back[PLACE]


def test_of_two_processes_that_keep_the_same_one_is_enough(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    builder = FrameBuilder(POST, in_blocks=True)
    builder.add(b'[{"id":"a","title":"x"}]')
    block = builder.end_block()
    assert block is not None
    store = ColumnStore(tmp_path / "columns.sqlite", max_bytes=10**9)
    named = [[(name, b"digest")] for name in "ab"]
    for answers in named:
        store.keep(builder.recipe, answers, block)
    store.finish()
    with mock.patch.object(columns.SQLiteFile, "read", return_value=[]):  # it looked too early
        store.keep(builder.recipe, named[0], block)
        store.finish()
    for answers in named:
        kept = store.load(builder.recipe, answers)
        assert kept is not None
        assert kept.tables[ROWS]["title"].to_pylist() == ["x"]
    assert rows(store.path) == 2
    # A block whose columns are gone is kept anew.
    with contextlib.closing(sqlite3.connect(store.path)) as connection, connection:
        connection.execute("DELETE FROM contents")
    for answers in named:
        assert store.load(builder.recipe, answers) is None
        store.keep(builder.recipe, answers, block)
        store.finish()
        assert store.load(builder.recipe, answers) is not None
    # That a block is used is noted once a day.
    written = int(time.time())
    for later in (80_000, 90_000, 170_000, 180_000):
        with mock.patch.object(columns.time, "time", return_value=written + later):
            store.load(builder.recipe, named[0])
    with contextlib.closing(sqlite3.connect(store.path)) as connection:
        used = [time - written for (time,) in connection.execute("SELECT used FROM blocks")]
    assert used[0] == 180_000
    assert -60 < used[1] <= 0
    store.close()
    assert store.load(builder.recipe, named[0]) is None
    store._keep(b"key", block)  # a thread that was late: nothing is written, or said
    assert not caplog.messages


def test_groups_of_other_columns_are_refused(subtests: pytest.Subtests) -> None:
    made = {name: pa.array([name], pa.large_string()) for name in "ab"}
    types = {name: pa.large_string() for name in "ab"}
    for names, sizes, message in [
        (["b", "a"], [1, 1], "other columns"), (["a", "b"], [2], "other columns"),
        (["a", "b"], [-1, 3], "other texts"), (["a", "b"], [10**6, 1], "other texts"),
    ]:  # fmt: skip
        with subtests.test(names=names, sizes=sizes):
            with mock.patch.object(columns, "_MANY", 0):
                (group,) = columns._pack(ROWS, made)
            group.names, group.text_sizes = names, sizes
            refuse = mock.Mock(side_effect=LookupError)
            with pytest.raises(LookupError):
                columns._Packed([group], types, 1, refuse)["a"]
            assert str(refuse.call_args.args[0]) == message


def test_texts_of_another_type_are_refused() -> None:
    with pytest.raises(ValueError, match="another type"):
        columns._restored(pa.array([1.0]), pa.large_string(), pa.py_buffer(b"x"))


def test_a_fresh_pull_keeps_them_though_a_clock_follows(
    sandbox: Sandbox, tmp_path: Path, hits: list[int]
) -> None:
    cache = tmp_path / "answers.sqlite"
    with imd.connect(
        sandbox.client_id, base_url=sandbox.url, cache=cache, max_age="1d", default=False
    ) as session:
        assert session.hooks["response"]  # by which its clock follows the sandbox's
        posts(session)
        finished(session)
        posts(session)
    assert sum(hits) == PAGES


def test_what_a_hook_has_changed_is_not_kept(connect, hits: list[int]) -> None:
    def shouted(response: Any, *_: object, **__: object) -> Any:
        response._content = response.content.replace(b'"title":"', b'"title":"LOUD ')
        return response

    session = connect()
    session.hooks["response"] = [shouted]
    assert posts(session)["title"].str.startswith("LOUD").all()
    finished(session)
    session.hooks["response"] = []
    assert not posts(session)["title"].str.startswith("LOUD").any()
    assert not hits


# The file -----------------------------------------------------------------------------------------


@pytest.fixture
def filled(
    connect, hits: list[int], monkeypatch: pytest.MonkeyPatch
) -> tuple[Any, pd.DataFrame, Path]:
    """Columns of a list, closed, and what the list gives from the cache."""
    monkeypatch.setattr(columns, "_MANY", 0)
    session = connect()
    posts(session)
    finished(session)
    frame = posts(session)
    session.close()
    session.cache.responses.close()
    return connect, frame, session.store.columns.path


def test_any_damage_is_noticed_and_thrown_away(
    filled, hits: list[int], caplog: pytest.LogCaptureFixture, subtests: pytest.Subtests
) -> None:
    connect, frame, path = filled
    good = path.read_bytes()
    draw = random.Random(7)
    answers = path.with_name("answers.sqlite").read_bytes()
    changes = {f"bit {n}": n for n in [*range(0, 100, 9), *draw.sample(range(len(good)), 12)]}
    for name, at in changes.items():
        with subtests.test(name):
            path.write_bytes(good[:at] + bytes([good[at] ^ 1 << at % 8]) + good[at + 1 :])
            same(posts(session := connect()), frame)
            same(posts(session), frame)
            session.close()
            session.cache.responses.close()
    for name, content in {
        "cut": good[:70_000], "empty": b"", "no database": b"x" * 5_000, "head": good[:100],
        "zeros": good[:4096] + bytes(len(good) - 4096),
    }.items():  # fmt: skip
        with subtests.test(name):
            path.write_bytes(content)
            same(posts(session := connect()), frame)
            session.close()
            session.cache.responses.close()
    assert not list(path.parent.glob("*damaged*"))  # what can be decoded again is not kept
    assert path.with_name("answers.sqlite").read_bytes()[100:] == answers[100:]


def forged(path: Path, change: Callable[[bytes], bytes]) -> None:
    """Write other columns with a valid checksum, as nobody does by accident."""
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        query = "SELECT id, key, content FROM blocks JOIN contents USING (id)"
        for number, key, content in connection.execute(query).fetchall():
            changed = change(content)
            connection.execute(
                "UPDATE contents SET content = ?, checksum = ? WHERE id = ?",
                (changed, hmac.digest(key, changed, "sha256"), number),
            )


def _changed(change: Callable[[list[Any]], object]) -> Callable[[bytes], bytes]:
    """Return the forgery that changes a block's lists: counts, notes and groups."""

    def forgery(content: bytes) -> bytes:
        lists = msgspec.msgpack.decode(content, strict=False)
        change(lists)
        return msgspec.msgpack.encode(lists)

    return forgery


def _shift_texts(block: list[Any]) -> None:
    sizes = block[-1][0][4]
    first = next(n for n, size in enumerate(sizes) if size)
    sizes[first], sizes[first + 1] = sizes[first] - 1, sizes[first + 1] + 1


def _without_batch(block: list[Any]) -> None:
    group = block[-1][0]
    sink = pa.BufferOutputStream()
    pa.ipc.new_stream(sink, pa.schema([(name, pa.int64()) for name in group[1]])).close()
    empty = pa.Codec("zstd", 3).compress(sink.getvalue(), asbytes=True)
    group[3:] = [sink.getvalue().size, [0] * len(group[4]), empty]


def _set(block: list[Any], *place: int, value: Any) -> None:
    *above, last = place
    for one in above:
        block = block[one]
    block[last] = value


def test_forged_columns_are_refused_or_thrown_away(filled, subtests: pytest.Subtests) -> None:
    connect, frame, path = filled
    good = path.read_bytes()
    forgeries: dict[str, Callable[[bytes], bytes]] = {
        "nothing": lambda _: b"",
        "no block": lambda _: msgspec.msgpack.encode({}),
        "no groups": lambda _: msgspec.msgpack.encode([[], {}, {}, []]),
        "a byte": lambda content: content[:-9] + bytes([content[-9] ^ 255]) + content[-8:],
        **{
            name: _changed(change)
            for name, change in {
                "counts": lambda block: _set(block, 0, 0, value=block[0][0] + 1),
                "below zero": lambda block: _set(
                    block, 0, value=[-1, sum(block[0]) + 1, *[0] * (len(block[0]) - 2)]
                ),
                "note of no answer": lambda block: _set(block, 1, value={99: ["x"]}),
                "a name": lambda block: _set(block, 3, 0, 1, 0, value="titlf"),
                "no columns": lambda block: block[3].clear(),
                "another table": lambda block: _set(block, 3, 0, 0, value="imgs"),
                "huge": lambda block: _set(block, 3, 0, 3, value=2**40),
                "other texts": _shift_texts,
                "no rows": _without_batch,
                "no zstd": lambda block: _set(block, 3, 0, 5, value=bytes(len(block[3][0][5]))),
                "turned": lambda block: _set(block, 3, 0, 5, value=block[3][0][5][::-1]),
            }.items()
        },
    }
    for name, change in forgeries.items():
        with subtests.test(name):
            path.write_bytes(good)
            forged(path, change)
            session = connect()
            refused: list[str] = []
            for _ in range(PAGES):
                try:
                    same(posts(session), frame)
                    break
                except CacheUnusable as error:
                    refused.append(error.message)
            else:
                pytest.fail("never right again")
            assert all("thrown away" in message for message in refused)
            # What the lists tell is seen before anything is unpacked.
            inside = {"a byte", "other texts", "no rows", "no zstd", "turned"}
            assert bool(refused) == (name in inside)
            session.close()
            session.cache.responses.close()


def test_a_file_that_is_not_ours_is_left_alone(connect, hits: list[int], tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    path = file_beside(tmp_path / "cache" / "answers.sqlite")
    path.write_bytes(b"my diary" * 900)
    session = connect()
    same_rows = posts(session)
    pd.testing.assert_frame_equal(posts(session), same_rows)
    assert path.read_bytes() == b"my diary" * 900
    assert not hits
    session.clear_cache()
    assert path.read_bytes() == b"my diary" * 900


_WRITER = """
import sys
import imgurdata as imd
from imgurdata.http import columns
columns.SMALLEST = 0
client_id, url, cache, kill = sys.argv[1:]
session = imd.connect(client_id, base_url=url, cache=cache, max_age="1d")
print("ready", flush=True)
sys.stdin.readline()
while True:
    frame = imd.load_gallery("user", "time", pages=11, session=session, progress=False)
    session.store.columns.finish()
    print(len(frame), flush=True)
    if not kill:
        break
    session.store.columns.clear()
"""


def test_killed_writers_and_two_at_once_leave_whole_columns(
    sandbox: Sandbox, tmp_path: Path, hits: list[int]
) -> None:
    cache = tmp_path / "answers.sqlite"
    options: dict[str, Any] = {"base_url": sandbox.url, "cache": cache, "max_age": "1d"}
    with imd.connect(sandbox.client_id, default=False, **options) as session:
        first = posts(session)

    arguments = (sandbox.client_id, sandbox.url, cache, "kill")
    for delay in (0, 0.1):
        workers = [start(_WRITER, *arguments, stdin=PIPE, stdout=PIPE) for _ in range(2)]
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdin is not None
            assert worker.stdout.readline() == "ready\n"
            worker.stdin.write("\n")
            worker.stdin.flush()
        assert workers[0].stdout is not None
        assert workers[0].stdout.readline() == f"{len(first)}\n"
        time.sleep(delay)
        for worker in workers:
            os.kill(worker.pid, signal.SIGKILL)
            worker.communicate(timeout=30)
        with imd.connect(sandbox.client_id, default=False, **options) as session:
            for _ in range(2):
                pd.testing.assert_frame_equal(posts(session), first, check_exact=True)
                finished(session)
    assert hits


def test_the_cache_tells_and_clears_them(connect, hits: list[int], monkeypatch) -> None:
    session = connect()
    posts(session)
    path = finished(session)
    info = session.cache_info()
    assert info.columns_bytes > 10_000
    assert "of columns" in repr(info)
    assert rows(path) == 2
    # Whatever part of the answers goes: the columns do not tell whose they are.
    assert session.clear_cache(older_than="9d") == 0
    assert rows(path) == 0
    assert session.cache_info().columns_bytes < info.columns_bytes
    for forget in (session.clear_cache, session.cache.clear):
        posts(session)
        finished(session)
        assert rows(path) == 2
        forget()
        assert rows(path) == 0
    monkeypatch.setenv("IMGURDATA_COLUMNS", "0")
    posts(session)
    posts(session)
    assert rows(path) == 0


def test_the_bound_holds_and_what_was_used_last_stays(
    sandbox: Sandbox, tmp_path: Path, hits: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = AnswerCache(tmp_path / "a.sqlite", max_bytes=2_000_000)
    store = cache.responses.columns
    monkeypatch.setattr(columns, "_LOOK_EVERY", 1)
    now = time.time()
    monkeypatch.setattr(columns.time, "time", lambda: now)
    with imd.connect(sandbox=sandbox, cache=cache, default=False) as session:
        load = lambda window: imd.load_gallery(  # noqa: E731
            "top", window=window, pages=8, session=session, progress=False
        )
        windows = ["day", "week", "month", "year", "all"]
        for window in windows:
            load(window)
            store.finish()
        per_block = store.bytes_used() // len(windows)
        store.max_bytes = int(4.5 * per_block)
        now += 90_000
        load("day")  # used again
        store.finish()
        hits.clear()
        imd.load_gallery("user", "time", pages=8, session=session, progress=False)
        store.finish()
        assert store.bytes_used() <= store.max_bytes
        load("day")
        assert len(hits) == 1
        load("week")
        assert len(hits) == 1
    cache.responses.close()


def test_too_many_are_not_written_and_nobody_waits(connect, hits: list[int]) -> None:
    session = connect()
    go = threading.Event()
    keep = ColumnStore._keep

    def slow(self: ColumnStore, *what: Any) -> None:
        go.wait(30)
        keep(self, *what)

    with mock.patch.object(ColumnStore, "_keep", slow):
        for _ in range(4):
            posts(session)
        writers = [one for one in threading.enumerate() if one.name == "imgurdata-columns"]
        assert len(writers) == 4  # one writes, three wait
        go.set()
        finished(session)
    assert not any(thread.name == "imgurdata-columns" for thread in threading.enumerate())


def test_a_writer_that_is_about_to_start_or_cannot_breaks_nothing(
    connect, hits: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = connect()
    store, start, failed = session.store.columns, threading.Thread.start, []

    def finish() -> None:
        try:
            store.finish()
        except RuntimeError as error:
            failed.append(error)

    def while_somebody_waits(thread: threading.Thread) -> None:
        if thread.name == "imgurdata-columns":
            waiting = threading.Thread(target=finish)
            start(waiting)
            waiting.join(0.1)
        start(thread)

    def in_vain(thread: threading.Thread) -> None:
        if thread.name == "imgurdata-columns":
            raise RuntimeError("can't start new thread")
        start(thread)

    for starting in (in_vain, while_somebody_waits):
        monkeypatch.setattr(threading.Thread, "start", starting)
        posts(session)
        finished(session)
        assert not failed
    monkeypatch.setattr(threading.Thread, "start", start)
    posts(session)
    assert sum(hits) == PAGES


def test_closing_waits_for_what_is_written_but_not_for_ever(
    connect, hits: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = connect()
    posts(session)
    session.cache.responses.close()
    assert rows(session.store.columns.path) == 2
    slow = connect(cache=session.store.columns.path.with_name("b.sqlite"))
    monkeypatch.setattr(columns, "_CLOSE_WAIT", 0.05)
    go = threading.Event()
    with mock.patch.object(ColumnStore, "_keep", side_effect=lambda *_: go.wait(30)):
        posts(slow)
        began = time.monotonic()
        slow.cache.responses.close()
        assert time.monotonic() - began < 5
        go.set()


def test_what_cannot_be_written_or_read_is_decoded(
    connect, hits: list[int], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "_MAX_WAIT", 0.1)
    session = connect()
    frame = posts(session)
    path = finished(session)
    session.clear_cache("account")  # all columns, no answer
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        pd.testing.assert_frame_equal(posts(session), frame)
        finished(session)
    pd.testing.assert_frame_equal(posts(session), frame)
    finished(session)
    assert rows(path) == 2
    hits.clear()
    store = session.store.columns
    failure = sqlite3.OperationalError("disk I/O error")
    with mock.patch.object(store._file, "read", side_effect=failure):
        pd.testing.assert_frame_equal(posts(session), frame)
        finished(session)
    assert not hits
    assert "Columns could not be kept: OperationalError" in caplog.messages
    store.clear()
    store.max_bytes = 10  # less than a block has
    posts(session)
    finished(session)
    assert rows(path) == 0


@pytest.mark.parametrize("kind", ["memory", "read-only folder", "bundle"])
def test_without_a_place_for_them_all_works(
    sandbox: Sandbox, connect, hits: list[int], tmp_path: Path, kind: str
) -> None:
    session = connect(cache="memory") if kind == "memory" else connect()
    first = posts(session)
    if kind == "memory":
        assert session.store.columns is None
        pd.testing.assert_frame_equal(posts(session), first)
        return
    if kind == "bundle":
        imd.export_bundle(tmp_path / "study.imgur", session=session)
        with imd.connect(bundle=tmp_path / "study.imgur", default=False) as reader:
            for _ in range(2):
                pd.testing.assert_frame_equal(posts(reader), first, check_exact=True)
        return
    path = finished(session)
    session.close()
    session.cache.responses.close()
    for file in path.parent.glob("*columns*"):
        file.unlink()
    with mock.patch.object(columns, "SQLiteFile", side_effect=CacheUnusable("read-only")):
        reader = connect(offline=True)
        for _ in range(2):
            pd.testing.assert_frame_equal(posts(reader), first, check_exact=True)


def test_offline_they_are_used_and_written(connect, hits: list[int]) -> None:
    online, session = connect(), connect(offline=True)
    first = posts(online)
    finished(online)  # what it writes later would be used below
    session.store.columns.clear()
    hits.clear()
    for _ in range(2):
        pd.testing.assert_frame_equal(posts(session), first, check_exact=True)
        finished(session)
    assert sum(hits) == PAGES


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_is_refused_and_closes_nothing(connect, hits: list[int]) -> None:
    session = connect()
    frame = posts(session)
    finished(session)
    child = os.fork()
    if child == 0:
        code = 3
        try:
            posts(session)
        except ImgurDataError:
            session.cache.responses.close()
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    pd.testing.assert_frame_equal(posts(session), frame)
    assert sum(hits) == PAGES


def test_answers_replaced_meanwhile_are_looked_up_again(
    sandbox: Sandbox, connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMGURDATA_COLUMNS", "0")  # the columns would be those of the older answers
    session, other = connect(max_age="30d"), connect(max_age=0)
    first = posts(session)
    sandbox.advance("9h")
    resolve = imd.ImgurSession.resolve

    def late(self: imd.ImgurSession, specs: Any) -> Any:
        for batch in resolve(self, specs):
            if self is session and batch[0].request.label == "0":
                posts(other)
            yield batch

    monkeypatch.setattr(imd.ImgurSession, "resolve", late)
    before = len(sandbox.requests)
    mixed = imd.load_gallery("user", "time", pages=8, session=session, progress=False)
    assert len(sandbox.requests) == before + PAGES  # those of the other session
    newest = imd.load_gallery("user", "time", pages=8, session=other, progress=False)
    assert mixed["id"].tolist() == newest["id"].tolist()
    assert mixed["fetched_at"].min() > first["fetched_at"].max()
    assert POST.name == attrs_of(mixed)["record"]
