"""Collecting at regular times, on the sandbox's clock."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pandas as pd
import pytest

import imgurdata as imd
from imgurdata.archive.collector import _locks, _same_rows, pull_key
from imgurdata.archive.schedule import fresh_since, next_try, slot_of
from imgurdata.errors import ArchiveUnusable, InvalidArgument, InvalidClient
from imgurdata.sandbox import Sandbox

GALLERY = imd.Pull("gallery", pages=2)
same = pd.testing.assert_frame_equal


@pytest.fixture
def session(sandbox, connect):
    return connect()


def api_calls(sandbox: Sandbox) -> int:
    return sum(row.path.startswith("/3/") for row in sandbox.requests)


def test_two_days_are_collected_in_seconds(archive, session, sandbox, caplog):
    caplog.set_level(logging.INFO, "imgurdata")
    tags = imd.Pull("tags")
    ledger = imd.collect(archive, [GALLERY, tags], "6h", "2 days", session=session)
    assert ledger["status"].tolist() == ["ok"] * 16
    slots = pd.date_range("2026-03-01 18:00", periods=8, freq="6h", tz="UTC")
    assert sorted(ledger["slot"].unique()) == list(slots)
    assert len(archive.load("post")) == 8 * 120
    assert archive.load("tag")["fetched_at"].nunique() == 8
    assert archive.info().gaps.empty
    assert sandbox.spent == ledger["credits_spent"].sum() == 8 * 3
    rounds = [r.getMessage() for r in caplog.records if r.getMessage().startswith("Round")]
    assert len(rounds) == 8
    assert "Collecting 2 pulls every 6h" in caplog.messages
    assert rounds[0].endswith("144 rows of 2 pulls, 3 requests, 3 credits, 497 left")
    same(archive.sql("select status from snapshot"), archive.load("snapshot")[["status"]])


test_two_days_are_collected_in_seconds = pytest.mark.engines(test_two_days_are_collected_in_seconds)


@pytest.mark.decision("rounds-on-a-grid")
def test_rounds_begin_at_multiples_and_go_on_after_a_pause(archive, session, sandbox):
    sandbox.advance("7min")
    first = imd.collect(archive, GALLERY, "15min", "40min", session=session)
    assert [f"{slot:%H:%M}" for slot in first["slot"]] == ["18:00", "18:15", "18:30", "18:45"]
    sandbox.advance("2h 3min")
    again = imd.collect(archive, [GALLERY], "15min", "2026-03-01 21:05", session=session)
    assert [f"{slot:%H:%M}" for slot in again["slot"]] == ["20:45", "21:00"]
    gaps = archive.info().gaps
    assert [f"{slot:%H:%M}" for slot in gaps["slot"]] == [
        "19:00", "19:15", "19:30", "19:45", "20:00", "20:15", "20:30",
    ]  # fmt: skip
    assert set(gaps["reason"]) == {"not running"}
    assert "7 gaps; last 2026-03-01 21:00, ok" in repr(archive)


def test_same_round_is_not_asked_twice(archive, session, sandbox, connect):
    imd.collect(archive, [GALLERY], "15min", once=True, session=session)
    requests = api_calls(sandbox)
    for again in (session, connect()):
        ledger = imd.collect(archive, [GALLERY], "15min", once=True, session=again)
        assert len(ledger) == 1
    assert api_calls(sandbox) == requests
    # A process that was killed before it stored anything had its answers cached.
    other = imd.Archive(archive.url + "-2")
    sandbox.advance("5min")
    imd.collect(other, [GALLERY], "15min", once=True, session=connect())
    assert api_calls(sandbox) == requests
    sandbox.advance("10min")
    imd.collect(other, [GALLERY], "15min", once=True, session=session)
    assert api_calls(sandbox) == requests + 2


def test_unchanged_answers_are_noted_without_rows(archive, session, sandbox):
    old = imd.Pull("gallery", section="top", sort="top", window="all")
    name = imd.load_gallery(session=session)["account_url"].dropna().iloc[0]
    account = imd.Pull("account", usernames=[name])
    imd.collect(archive, [old, account], "1s", "2s", session=session)
    sandbox.advance("1s")
    # A new process compares with what is stored.
    imd.collect(archive, [old, account], "1s", "2s", session=session)
    sandbox.advance("1h")
    ledger = imd.collect(archive, [old, account], "1s", "2s", session=session)
    assert sandbox.spent == 1 + archive.load("snapshot")["credits_spent"].sum()
    statuses = archive.load("snapshot").groupby("pull", sort=False)["status"].apply(list)
    assert statuses[pull_key(account)][1:] == ["unchanged"] * 5
    assert statuses[pull_key(old)] == ["ok", *["unchanged"] * 3, "ok", "unchanged"]
    assert len(archive.load("account")) == 1
    assert len(archive.load("post")) == 2 * 60
    assert len(ledger) == 4
    history = archive.history()
    assert history.groupby("id").size().tolist() == [6] * 60
    assert history["fetched_at"].nunique() == 6
    archive.compact()
    same(archive.history(), history)
    # A file that was damaged and moved away: what was unchanged since has no rows to show.
    for file in archive._files.all("post"):
        if file.first < history["fetched_at"].max():
            Path(file.path).unlink()
    archive.append(imd.load_gallery(session=session))
    assert set(archive.history()["listing"]) == {"gallery/hot/viral"}


@pytest.mark.decision("unchanged-is-compared")
def test_what_another_reader_confirmed_is_not_taken_for_unchanged(archive, session, sandbox):
    imd.collect(archive, [GALLERY], "15min", once=True, session=session)
    sandbox.advance("16min")
    imd.load_gallery(pages=2, session=session)  # now the cache knows what the archive does not
    ledger = imd.collect(archive, [GALLERY], "15min", once=True, session=session)
    assert ledger[["status", "requests"]].to_numpy().tolist()[-1] == ["ok", 0]
    rows = archive.load("post")
    assert _same_rows(rows, rows)
    assert not _same_rows(rows, rows.iloc[1:])
    assert not _same_rows(rows.assign(of_a_newer_version=1), rows)


def test_credits_are_left_for_other_work(tmp_path, connect):
    with Sandbox(limits={"user": 10}) as sandbox, connect(sandbox=sandbox) as session:
        archive = imd.Archive(tmp_path / "a")
        pull = imd.Pull("gallery", pages=4)
        ledger = imd.collect(archive, [pull], "15min", "59min", reserve=3, session=session)
        assert ledger["status"].tolist() == ["ok", "skipped", "skipped", "skipped"]
        assert "4 credits needed, 6 left, of which 3 are reserved" in ledger["message"].iloc[1]
        assert session.credits.remaining() == 6
        gaps = archive.info().gaps
        assert gaps["reason"].tolist() == ["skipped"] * 3
        # The hour is over, and credits are back.
        sandbox.advance("15min")
        ledger = imd.collect(archive, [pull], "15min", once=True, reserve=3, session=session)
        assert ledger["status"].tolist() == ["ok"]


def test_two_collectors_keep_one_budget(tmp_path, connect):
    with Sandbox(limits={"user": 12}) as sandbox:
        pulls = [imd.Pull("gallery", section=name, pages=4) for name in ("hot", "top", "user")]
        sessions = [connect(sandbox=sandbox) for _ in pulls]
        archive = imd.Archive(tmp_path / "a")
        threads = [
            threading.Thread(
                target=imd.collect,
                args=(archive, [pull], "15min"),
                kwargs={"once": True, "reserve": 3, "session": session},
            )
            for pull, session in zip(pulls, sessions, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sandbox.spent <= 9
        assert all(row.status != 429 for row in sandbox.requests)
        # Who got how many pages is chance; what was paid for is there, and is said to be paid once.
        ledger = archive.load("snapshot")
        assert set(ledger["status"]) <= {"ok", "partial", "skipped"}
        assert ledger["credits_spent"].sum() == ledger["requests"].sum() == sandbox.spent >= 8
        assert len(archive.load("post")) == ledger["rows"].sum() > 0


def test_faults_are_tried_again_and_noted(archive, session, sandbox, subtests):
    with subtests.test("once"):
        sandbox.fail("over_capacity", times=1)
        ledger = imd.collect(archive, [GALLERY], "15min", once=True, session=session)
        assert ledger["status"].tolist() == ["ok"]
    with subtests.test("for the whole round"):
        sandbox.advance("15min")
        page = "/3/gallery/hot/viral/day/1"
        sandbox.fail("over_capacity", times=40, path=page)
        slot = sandbox.now
        ledger = imd.collect(archive, [GALLERY], "15min", once=True, session=session)
        last = ledger.iloc[-1]
        assert (last["status"], last["rows"], last["credits_spent"]) == ("partial", 60, 1)
        assert "over capacity" in last["message"]
        assert sandbox.now < slot + pd.Timedelta("15min")
        rows = archive.load(since=last["fetched_at"])
        assert len(rows) == 60
        assert not archive.load().duplicated(["id", "fetched_at"]).any()
        assert archive.info().gaps["reason"].tolist() == ["partial"]
    with subtests.test("failed"):
        sandbox.advance("30min")
        sandbox.fail("over_capacity", times=99)
        ledger = imd.collect(archive, [GALLERY], "15min", once=True, session=session)
        assert ledger["status"].tolist()[-1] == "failed"
        assert ledger["rows"].tolist()[-1] == 0


def test_rows_of_a_try_are_kept_when_the_next_one_is_skipped(tmp_path, connect, monkeypatch):
    with Sandbox(limits={"user": 10}) as sandbox, connect(sandbox=sandbox) as session:
        sandbox.fail("over_capacity", times=40, path="/3/gallery/hot/viral/day/1")
        sleep, others = session.clock.sleep, []

        def sleep_while_others_spend(seconds: float) -> None:
            if not others and len(sandbox.requests) > 1:
                others.extend(session.get("/3/credits") for _ in range(3))
            sleep(seconds)

        monkeypatch.setattr(session.clock, "sleep", sleep_while_others_spend)
        archive = imd.Archive(tmp_path / "a")
        ledger = imd.collect(archive, [GALLERY], "15min", once=True, reserve=7, session=session)
        assert (ledger["status"].item(), ledger["rows"].item()) == ("partial", 60)
        assert ledger["credits_spent"].item() == 1
        assert "of which 7 are reserved" in ledger["message"].item()
        assert len(archive.load()) == 60


def test_refused_application_ends_it(archive, session, sandbox, connect):
    stranger = connect(client_id="0123456789abcde", base_url=sandbox.url)
    with pytest.raises(InvalidClient):
        imd.collect(archive, [GALLERY], session=stranger)
    assert archive.load("snapshot").empty


def test_folder_that_cannot_be_made_costs_nothing(tmp_path, session, sandbox):
    (tmp_path / "file").touch()
    archive = imd.Archive(tmp_path / "file" / "archive")
    with pytest.raises(ArchiveUnusable, match="cannot be written: Not a directory"):
        imd.collect(archive, [GALLERY], session=session)
    assert sandbox.spent == 0


def test_it_never_overlaps_itself(archive, session, sandbox):
    with (
        _locks(archive, [pull_key(GALLERY)]),
        pytest.raises(ArchiveUnusable, match="is collecting gallery pages=2 into this archive"),
    ):
        imd.collect(archive, [imd.Pull("tags"), GALLERY], session=session)
    assert api_calls(sandbox) == 0
    assert len(imd.collect(archive, [GALLERY], once=True, session=session)) == 1


def test_home_that_cannot_be_written_is_named(archive, session, sandbox, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("IMGURDATA_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(ArchiveUnusable, match=r"folder .*home cannot be written: "):
        imd.collect(archive, [GALLERY], once=True, session=session)
    assert api_calls(sandbox) == 0


def test_clock_that_went_back_is_named(archive, session, connect, subtests):
    imd.collect(archive, [GALLERY], once=True, session=session)
    with Sandbox(now="2026-02-01") as past, connect(sandbox=past, cache="memory") as earlier:
        with pytest.raises(
            ArchiveUnusable,
            match=r"clock says 2026-02-01 00:00\), .* goes to 2026-03-01 18:00: use",
        ):
            imd.collect(archive, [GALLERY], session=earlier)
        earlier.sandbox = None  # as a session with Imgur, on a machine whose clock is wrong
        with pytest.raises(ArchiveUnusable, match=r"The clock says 2026-02-01 .* 2026-03-01 18:00"):
            imd.collect(archive, [GALLERY], session=earlier)
        assert api_calls(past) == 0


def test_interrupt_ends_it_and_the_next_run_goes_on(archive, session, sandbox, monkeypatch):
    sleep = type(session.clock).sleep
    naps = iter(range(20))

    def interrupted(clock, seconds, stop=None):
        if next(naps) == 18:
            raise KeyboardInterrupt
        sleep(clock, seconds, stop)

    monkeypatch.setattr(type(session.clock), "sleep", interrupted)
    with pytest.raises(KeyboardInterrupt, match="the same call goes on from there"):
        imd.collect(archive, [GALLERY], "15min", session=session)
    monkeypatch.undo()
    assert len(archive.load("snapshot")) == 2
    ledger = imd.collect(archive, [GALLERY], "15min", "30min", session=session)
    assert archive.info().gaps.empty
    assert len(archive.load("snapshot")) == len(ledger) + 1 == 4


def test_arguments_are_checked_before_any_request(archive, session, sandbox, subtests):
    cases = {
        "archive must be an imd.Archive": lambda: imd.collect("folder", [GALLERY]),
        "pulls must be a list of imd.Pull; got 'gallery'": lambda: imd.collect(archive, "gallery"),
        "pulls must be a list of imd.Pull; got 3": lambda: imd.collect(archive, [GALLERY, 3]),
        "each pull once": lambda: imd.collect(archive, [GALLERY, GALLERY]),
        "every must be": lambda: imd.collect(archive, [GALLERY], "often"),
        "a whole number of seconds": lambda: imd.collect(archive, [GALLERY], 0.5),
        "until must be a time": lambda: imd.collect(archive, [GALLERY], until="later"),
        "until must be after now": lambda: imd.collect(archive, [GALLERY], until="2020-01-01"),
        "once must be True or False": lambda: imd.collect(archive, [GALLERY], once=None),
        "reserve must be": lambda: imd.collect(archive, [GALLERY], reserve=-1),
    }
    for message, call in cases.items():
        with subtests.test(message):
            with pytest.raises(InvalidArgument) as error:
                call()
            assert message in str(error.value)
    assert api_calls(sandbox) == 0


@pytest.fixture(autouse=True)
def default_session(session):
    """Calls without a session use the test's."""
    import imgurdata._connect as connected

    connected._default = session


def test_schedule(subtests):
    assert slot_of(899.9, 900.0) == 0.0
    assert slot_of(1772388000.0, 86400.0) == 1772323200.0  # midnight in UTC
    assert fresh_since(900.0, 900.0, 900.0) == 2.0
    assert fresh_since(899.0, 900.0, 10.0) == 1.0
    # Tries again after a fifth of the round, and not at its very end.
    assert next_try(1000.0, 900.0, 900.0, 1) == 1180.0
    assert next_try(1750.0, 900.0, 900.0, 1) is None
    assert next_try(1000.0, 900.0, 900.0, 4) is None
    assert next_try(1000.0, 900.0, 900.0, 1, credits_at=1400.0) == 1401.0
    assert next_try(1000.0, 900.0, 900.0, 1, credits_at=500.0) == 1001.0
