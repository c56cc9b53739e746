"""The file below the cache: bounded waits, damage, size, bytes written."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from requests import PreparedRequest
from requests_cache.models.response import CachedResponse

from imgurdata.errors import CacheUnusable
from imgurdata.http import cache as store
from imgurdata.http.cache import FILE_NAME, AnswerCache
from imgurdata.http.store import CHECKED_AT, Absence, Stored


def answer(number: int, size: int = 100) -> CachedResponse:
    """An answer whose body can't be compressed much."""
    body = b"".join(hash((number, i)).to_bytes(8, "big", signed=True) for i in range(size // 8 + 1))
    request = PreparedRequest()
    request.prepare("GET", f"http://127.0.0.1/3/gallery/hot/viral/day/{number}")
    response = CachedResponse(
        content=body,
        url=request.url,
        status_code=200,
        headers={"ETag": f'"{number}"', CHECKED_AT: str(1000.0 + number)},
    )
    response.request = request
    return response


def filled(file: Path, count: int = 20, size: int = 100, **options) -> AnswerCache:
    cache = AnswerCache(file, **options)
    for number in range(count):
        cache.responses[f"k{number}"] = answer(number, size)
    return cache


def checked(cache: AnswerCache, *keys: str) -> list[float]:
    found = cache.responses.lookup(keys)
    return [found[key].checked_at for key in keys]


def test_many_are_read_at_once(tmp_path) -> None:
    cache = filled(tmp_path / "a.sqlite", 120)
    keys = [f"k{number}" for number in range(130)]
    found = cache.responses.lookup(keys)
    assert {key: stored.checked_at for key, stored in found.items()} == {
        f"k{n}": 1000.0 + n for n in range(120)
    }
    assert all(stored.has_validator for stored in found.values())
    assert [found[f"k{n}"].body() for n in range(120)] == [answer(n).content for n in range(120)]
    cache.close()


def test_a_row_of_wrong_kinds_is_forgotten_before_its_body_is_read(tmp_path) -> None:
    file = tmp_path / "a.sqlite"
    cache = filled(file, 3)
    with closing(sqlite3.connect(file)) as other, other:
        other.execute("UPDATE answers SET length = 'long' WHERE key = 'k1'")
    found = cache.responses.lookup(["k0", "k1", "k2"], bodies=False)
    assert {key: stored.body() for key, stored in found.items()} == {
        key: answer(number).content for key, number in {"k0": 0, "k2": 2}.items()
    }
    assert len(cache.responses) == 2
    cache.close()


def test_confirmation_is_seen_at_once_by_another_process_and_void_with_its_body(tmp_path) -> None:
    file = tmp_path / "a.sqlite"
    one, two = filled(file), AnswerCache(file)
    stored = one.responses.lookup([f"k{number}" for number in range(4)])
    confirmed = [stored[f"k{n}"].confirmed({CHECKED_AT: "9000.0", "Date": "x"}) for n in range(4)]
    for one_confirmed in confirmed[:3]:
        one.responses.confirm(one_confirmed)
    assert checked(two, "k0", "k1", "k2") == [9000.0] * 3
    with closing(sqlite3.connect(file)) as other:
        (count,) = other.execute("SELECT COUNT(*) FROM checks WHERE checked_at = 9000").fetchone()
    assert count == 3
    one.responses["k1"] = answer(1)  # a new body: what was told of the old one is void
    one.responses["k3"] = answer(5)  # replaced before its confirmation was written
    one.responses.confirm(confirmed[3])
    one.close()
    assert checked(two, "k1", "k2", "k3") == [1001.0, 9000.0, 1005.0]
    two.close()


@pytest.mark.decision("bounded-cache")
def test_the_oldest_go_first_and_the_file_shrinks(tmp_path) -> None:
    file = tmp_path / "a.sqlite"
    cache = filled(file, 200, size=20_000, max_bytes=1_000_000)
    assert cache.responses.bytes_used() < 1_000_000 + 40 * 21_000
    keys = set(cache.responses)
    assert "k199" in keys
    assert "k0" not in keys
    assert keys == {f"k{n}" for n in range(200 - len(keys), 200)}
    cache.clear()
    cache.close()
    assert file.stat().st_size < 100_000


@pytest.mark.decision("bounded-waits")
def test_an_interrupt_within_a_write_leaves_nothing_locked(tmp_path) -> None:
    cache = filled(tmp_path / "a.sqlite", max_wait=0.05)

    def interrupted(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM answers")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.responses.file.write(interrupted)
    assert len(cache.responses) == 20
    cache.responses["new"] = answer(77)
    assert cache.responses["new"].content == answer(77).content
    assert cache.responses.lost_writes == 0
    cache.close()


@pytest.mark.decision("bounded-waits")
def test_a_lock_elsewhere_is_waited_for_once_and_said_once(tmp_path, caplog) -> None:
    file = tmp_path / "a.sqlite"
    cache = filled(file, max_wait=0.1)
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    for number in range(30, 40):
        cache.responses[f"k{number}"] = answer(number)
    assert time.monotonic() - began < 20  # ten times the bound, on the slowest machine
    assert caplog.text.count("could not be kept") == 1
    assert "another process keeps it locked" in caplog.text
    assert cache.responses["k3"].content == answer(3).content  # reading goes on
    holder.close()
    cache.responses["k41"] = answer(41)
    assert "k41" in cache.responses
    cache.close()


@pytest.mark.decision("bounded-waits")
def test_a_file_that_becomes_read_only_is_said(tmp_path, caplog) -> None:
    cache = filled(tmp_path / "a.sqlite")
    cache.responses.file._writer.execute("PRAGMA query_only=ON")
    for number in range(30, 40):
        cache.responses[f"k{number}"] = answer(number)
    assert caplog.text.count("could not be kept") == 1
    assert "readonly" in caplog.text
    cache.close()


def test_a_full_disk_is_said(tmp_path, caplog) -> None:
    cache = filled(tmp_path / "a.sqlite")
    cache.responses.file._writer.execute("PRAGMA max_page_count=20").fetchall()
    cache.responses["big"] = answer(1, 500_000)
    assert "the disk is full" in caplog.text
    assert "big" not in cache.responses
    assert cache.responses["k3"].content == answer(3).content
    cache.close()


@pytest.mark.decision("damage-set-aside")
@pytest.mark.parametrize("damage", ["truncated", "overwritten", "a letter"])
def test_a_damaged_file_is_set_aside_and_said(tmp_path, caplog, damage: str) -> None:
    file = tmp_path / FILE_NAME
    filled(file, 50, 5000).close()
    whole = file.read_bytes()
    broken = {
        "truncated": whole[: len(whole) // 2 + 100],
        "overwritten": whole[:4096] + b"\xff" * (len(whole) - 4096),
        "a letter": b"Dear Sir or Madam, " * 500,
    }[damage]
    file.write_bytes(broken)
    cache = AnswerCache(file)
    for number in range(50):
        cache.responses.get(f"k{number}")
        cache.responses[f"k{number}"] = answer(number)
    assert len(cache.responses) == 50
    assert caplog.text.count("set aside") == 1
    assert (tmp_path / f"{FILE_NAME}.damaged-1").read_bytes()[:16] == broken[:16]
    cache.close()


@pytest.mark.decision("damage-set-aside")
def test_another_programs_database_is_refused_and_untouched(tmp_path) -> None:
    file = tmp_path / "accounts.sqlite"
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE money (amount)")
    other.close()
    before = file.read_bytes()
    with pytest.raises(CacheUnusable, match="another program"):
        AnswerCache(file)
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["accounts.sqlite"]


def test_answer_cache_remembers_what_imgur_has_not(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(store, "MOST_ABSENCES", 3)
    cache = filled(tmp_path / "a.sqlite", 2)
    table = cache.responses

    def note(key: str, checked_at: float, reason: str = "not found") -> None:
        table.note_absence(Absence(key, checked_at, reason))

    def absences() -> dict[str, tuple[float, str]]:
        found = table.lookup(["k0", "k1", *(f"m{n}" for n in range(5))])
        return {
            key: (absence.checked_at, absence.reason)
            for key, absence in found.items() if isinstance(absence, Absence)
        }  # fmt: skip

    note("k0", 50.0)  # a stored answer stays, and the newer of both counts
    for number in range(5):
        note(f"m{number}", 10.0 + number)
    assert table["k1"].content == answer(1).content
    assert isinstance(table.lookup(["k0"])["k0"], Stored)
    assert absences() == {f"m{n}": (10.0 + n, "not found") for n in (2, 3, 4)}
    note("m2", 99.0, "gone")  # the newest word counts, and makes it the newest
    table["m3"] = answer(3)
    assert absences() == {"m2": (99.0, "gone"), "m4": (14.0, "not found")}
    table.forget(["m2"])
    assert absences() == {"m4": (14.0, "not found")}
    table.forget_absences(before=14.0)
    assert absences() == {"m4": (14.0, "not found")}
    note("k1", 5000.0)
    assert absences() == {"m4": (14.0, "not found"), "k1": (5000.0, "not found")}
    cache.clear()
    assert absences() == {}
    cache.close()
