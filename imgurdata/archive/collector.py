"""Collect snapshots at regular times, within the credits that are left."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import itertools
import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from imgurdata._clock import utc
from imgurdata._connect import session_or_current
from imgurdata._format import clock_time, duration_argument, plural
from imgurdata._home import home
from imgurdata._interrupts import explain_interrupt
from imgurdata._validate import boolean, duration, instant, integer, positive_seconds, refuse
from imgurdata.archive.archive import Archive
from imgurdata.archive.info import pull_text
from imgurdata.archive.ledger import DONE
from imgurdata.archive.schedule import fresh_since, next_try, slot_of
from imgurdata.archive.table import tuples
from imgurdata.archive.write import note_snapshot, span_of, store_snapshot
from imgurdata.auth.private_file import locked
from imgurdata.credits.headers import MAX_CREDITS
from imgurdata.errors import (
    ArchiveUnusable,
    AuthenticationRequired,
    CreditsExhausted,
    ImgurDataError,
    InvalidArgument,
    InvalidClient,
    InvalidToken,
    NotCached,
)
from imgurdata.model.records import find_table
from imgurdata.pulls.pull import Pull

if TYPE_CHECKING:
    from imgurdata.http.session import ImgurSession

__all__ = ["collect", "is_collecting"]

logger = logging.getLogger(__name__)

#: Errors that the next round would meet again: they end the collector.
_FATAL = (
    ArchiveUnusable,
    AuthenticationRequired,
    InvalidArgument,
    InvalidClient,
    InvalidToken,
    NotCached,
)
#: Seconds between two looks at the clock while waiting: the machine may have slept meanwhile.
_POLL_INTERVAL = 60.0
#: How far back a collector that begins looks for the last rows of each pull, to compare with, in
#: seconds: if there are none, rows that stayed the same are stored once more.
_COMPARED = 86_400.0
_SHORTEST, _LONGEST = 1.0, 31 * 86_400.0
#: Makes the end of a span inclusive: times are stored in microseconds.
_MOMENT = dt.timedelta(microseconds=1)


@dataclass
class _Result:
    """Result of one pull in one round: of its last try, but costs are those of all tries.

    ``frame`` has the rows of the last try that brought some; ``credits_at`` is when credits come
    back, in epoch seconds, if a try was skipped for want of them.
    """

    status: str = ""
    frame: pd.DataFrame | None = None
    rows: int = 0
    requests: int = 0
    credits: int = 0
    message: str = ""
    credits_at: float | None = None


def collect(
    archive: Archive,
    pulls: Sequence[Pull],
    every: Any = "15min",
    until: Any = None,
    *,
    reserve: int = 50,
    once: bool = False,
    session: ImgurSession | None = None,
) -> pd.DataFrame:
    """Run pulls at regular times and append each to an archive.

    Rounds begin at multiples of ``every`` (at :00, :15, :30 and :45), the first at once. A round
    that was missed, because the machine slept or the process was killed, cannot be made up for: it
    is a gap in ``archive.info()``. After a restart the present round goes on where it ended;
    answers that are paid for are not asked for again.

    Parameters
    ----------
    archive : Archive
    pulls : list of Pull
        What to load in each round.
    every : str, float or pandas.Timedelta, default "15min"
        Time between rounds; a number is seconds: ``900`` is ``"15min"``.
    until : str, datetime.datetime, pandas.Timestamp or pandas.Timedelta, optional
        When to stop: a time (in UTC unless it names a zone), or a duration from now. By default
        never: Ctrl-C ends it.
    reserve : int, default 50
        Credits of the user's hour that are left for other work on this machine. A pull that would
        need more than the rest waits, and is skipped if they do not come back within the round.
    once : bool, default False
        Run the present round and return: for cron.
    session : ImgurSession, optional
        Session to use; the newest one by default. Time is that of its clock: with a sandbox, days
        pass in seconds.

    Returns
    -------
    pandas.DataFrame
        The ledger of these rounds, as ``archive.load("snapshot")``.

    Raises
    ------
    InvalidArgument
        An argument has an invalid value.
    ArchiveUnusable
        The archive cannot be written, another process collects one of the pulls into it, or the
        clock is behind the archive's newest snapshot.
    AuthenticationRequired, InvalidClient, InvalidToken
        Imgur does not answer this session. Other errors are noted in the ledger, and the pull is
        tried again.
    KeyboardInterrupt
        Ctrl-C, or the notebook's stop. What was stored is whole; the same call goes on from there.

    Notes
    -----
    A pull whose answers are all as they were (304, or from the cache) is noted as ``"unchanged"``,
    without rows. At INFO one line is logged at the beginning, with the time between rounds, and one
    a round.

    Examples
    --------
    >>> import tempfile
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True), tempfile.TemporaryDirectory() as folder:
    ...     archive = imd.Archive(folder)
    ...     ledger = imd.collect(archive, [imd.Pull("gallery")], every="1h", until="6h")
    ...     ledger["status"].tolist().count("ok"), len(archive.load("post"))
    (6, 360)
    """
    if not isinstance(archive, Archive):
        refuse("archive", "an imd.Archive", archive)
    session = session_or_current(session)
    once = boolean("once", once)
    seconds = positive_seconds("every", every, example="'15min'", most=_LONGEST)
    if seconds < _SHORTEST or seconds % 1:
        refuse("every", "a whole number of seconds, at least 1", every)
    collector = _Collector(
        archive, _checked_pulls(pulls), seconds, session,
        integer("reserve", reserve, least=0, most=MAX_CREDITS),
    )  # fmt: skip
    synchronize = getattr(session.clock, "synchronize", None)
    if synchronize is not None:
        synchronize()
    end = None if until is None else _end(until, session.clock.now())
    with _locks(archive, collector.keys.values()):
        try:
            return collector.run(end, once=once)
        except KeyboardInterrupt as stop:
            explain_interrupt(
                stop, "Interrupted: what was stored is whole, and the same call goes on from there."
            )
            raise


def _checked_pulls(pulls: Any) -> list[Pull]:
    found = [pulls] if isinstance(pulls, Pull) else pulls
    if not isinstance(found, (list, tuple)) or not found:
        refuse("pulls", "a list of imd.Pull", pulls)
    for pull in found:
        if not isinstance(pull, Pull):
            refuse("pulls", "a list of imd.Pull", pull)
        if not any(one.items is None or len(one.items) for one in pull.lists):
            raise InvalidArgument(f"pulls must ask for something; {pull!r} does not.")
    if len(set(found)) < len(found):
        raise InvalidArgument("pulls must hold each pull once.")
    return list(found)


def _end(until: Any, now: float) -> float:
    """Return the end in epoch seconds: a time, or a duration from now."""
    with contextlib.suppress(InvalidArgument):
        return now + duration("until", until)
    end = instant("until", until, now=now)
    if end <= now:
        refuse("until", f"after now ({utc(now):%Y-%m-%d %H:%M} UTC)", until)
    return end


def pull_key(pull: Pull) -> str:
    """Return the JSON by which the ledger knows a pull."""
    return json.dumps(pull.to_dict(), sort_keys=True)


@contextlib.contextmanager
def _locks(archive: Archive, keys: Iterable[str]) -> Iterator[None]:
    """Exclude other collectors of the same pulls into the same archive on this machine."""
    with contextlib.ExitStack() as stack:
        for key in sorted(keys):
            digest = hashlib.sha256(f"{archive.url}\n{key}".encode()).hexdigest()[:16]
            try:
                stack.enter_context(locked(home() / "collect" / digest, 0.0))
            except TimeoutError:
                raise ArchiveUnusable(
                    f"Another process on this machine is collecting {pull_text(key)} into this "
                    "archive. Let it go on, or stop it first."
                ) from None
            except OSError as error:
                raise ArchiveUnusable(
                    f"The folder {home()} cannot be written: {error.strerror or error}."
                ) from None
        yield


def is_collecting(archive: Archive, pulls: Sequence[Pull]) -> bool:
    """Return whether a process on this machine collects one of the pulls into an archive."""
    try:
        with _locks(archive, [pull_key(pull) for pull in pulls]):
            return False
    except ArchiveUnusable:
        return True


class _Collector:
    """Rounds of pulls into an archive."""

    def __init__(
        self,
        archive: Archive,
        pulls: list[Pull],
        every: float,
        session: ImgurSession,
        reserve: int,
    ) -> None:
        self._archive = archive
        self._files = archive._files
        self._every = every
        self._session = session
        self._reserve = reserve
        self.keys = {pull: pull_key(pull) for pull in pulls}
        #: Entry of the last stored snapshot of each pull.
        self._last: dict[str, Any] = {}

    def run(self, end: float | None, *, once: bool) -> pd.DataFrame:
        """Run rounds until an end; return their ledger."""
        clock = self._session.clock
        logger.info(
            "Collecting %s every %s",
            plural(len(self.keys), "pull"), duration_argument(self._every),
        )  # fmt: skip
        self._files.make()  # before the first credit is spent
        newest = self._files.newest()
        first = slot = slot_of(clock.now(), self._every)
        done = set[tuple[str, float]]()
        if newest is not None:
            self._check_clock(newest, clock.now())
            done = self._read_ledger(slot)
        while end is None or slot < end:
            pending = [p for p, key in self.keys.items() if (key, slot) not in done]
            if pending:
                self._run_round(slot, pending)
            if once or (end is not None and slot + self._every >= end):
                break
            self._wait_until(slot + self._every)
            slot = max(slot + self._every, slot_of(clock.now(), self._every))
            done = set()
        ledger = self._archive.load("snapshot", since=utc(first - self._every))
        ours = ledger["pull"].isin(list(self.keys.values())) & (ledger["slot"] >= utc(first))
        return ledger[ours.fillna(False)].reset_index(drop=True)

    def _check_clock(self, newest: dt.datetime, now: float) -> None:
        if newest.timestamp() > now + self._every:
            if self._session.sandbox is not None:
                raise ArchiveUnusable(
                    f"A sandbox begins anew each time (its clock says {utc(now):%Y-%m-%d %H:%M}), "
                    f"and this archive goes to {newest:%Y-%m-%d %H:%M}: use another folder."
                )
            raise ArchiveUnusable(
                f"The clock says {utc(now):%Y-%m-%d %H:%M:%S} UTC, and the archive's newest "
                f"snapshot is of {newest:%Y-%m-%d %H:%M:%S} UTC. Set the clock right, or begin "
                "another archive."
            )

    def _read_ledger(self, slot: float) -> set[tuple[str, float]]:
        """Return the pulls and rounds that need not be asked; note each pull's last snapshot."""
        ledger = self._archive.load("snapshot", since=utc(slot - max(2 * self._every, _COMPARED)))
        ledger = ledger[ledger["pull"].isin(list(self.keys.values())) & ledger["slot"].notna()]
        for row in tuples(ledger[ledger["status"] == "ok"]):
            self._last[row.pull] = (row.first_fetched_at, row.fetched_at)
        done = ledger[ledger["status"].isin(DONE)]
        return {(row.pull, row.slot.timestamp()) for row in tuples(done)}

    def _wait_until(self, moment: float) -> None:
        clock = self._session.clock
        while (left := moment - clock.now()) > 0:
            clock.sleep(min(left, _POLL_INTERVAL))

    def _run_round(self, slot: float, pending: list[Pull]) -> None:
        clock = self._session.clock
        results = {pull: _Result() for pull in pending}
        for tries in itertools.count(1):
            for pull in pending:
                self._try(pull, slot, results[pull])
                if results[pull].status == "ok":
                    self._keep(pull, slot, results[pull])
            pending = [pull for pull in pending if results[pull].status not in DONE]
            times = (
                next_try(clock.now(), slot, self._every, tries, results[pull].credits_at)
                for pull in pending
            )
            again = min((time for time in times if time is not None), default=None)
            if again is None:
                break
            self._wait_until(again)
        for pull in pending:
            self._keep(pull, slot, results[pull])
        self._log(slot, results)

    def _try(self, pull: Pull, slot: float, result: _Result) -> None:
        """Run a pull, unless its credits are reserved for others."""
        session, frame, reset_at = self._session, None, None
        age = fresh_since(session.clock.now(), slot, self._every)
        try:
            needed = pull.plan(session, max_age=age).credits_needed
            left = session.credits.remaining("user")
            if left is not None and needed > left - self._reserve:
                result.status, reset_at = "skipped", session.credits.state("user").reset_at
                result.message = (
                    f"{plural(needed, 'credit')} needed, {left:,} left, "
                    f"of which {self._reserve:,} are reserved"
                )
            else:
                with session.credits.reserve(self._reserve):
                    frame = pull.run(session, progress=False, max_age=age)
                result.status = "ok"
        except _FATAL:
            raise
        except ImgurDataError as error:
            result.status = "skipped" if isinstance(error, CreditsExhausted) else "failed"
            result.message, frame = error.message, error.partial
            reset_at = getattr(error, "reset_at", None)
        result.credits_at = None if reset_at is None else reset_at.timestamp()
        if frame is not None:
            result.requests += frame.attrs["imgurdata"]["requests"]
            result.credits += frame.attrs["imgurdata"]["credits_spent"]
            if result.status == "ok" or len(frame):  # else rows of an earlier try are kept
                result.frame = frame

    def _keep(self, pull: Pull, slot: float, result: _Result) -> None:
        """Store the rows that came, or note that there are none, or none that are new."""
        key, frame = self.keys[pull], result.frame
        entry: dict[str, Any] = {"slot": utc(slot), "every": int(self._every), "pull": key}
        is_complete = result.status == "ok"
        if not is_complete:
            entry["message"] = result.message
        if frame is None:
            now = utc(self._session.clock.now())
            attrs = {"endpoint": pull.endpoint.path.removeprefix("/3/"), "params": pull.params}
            entry |= {"status": result.status, "rows": 0}
            note_snapshot(self._files, pull.endpoint.record, attrs, (now, now), **entry)
            return
        # The last try may have found in the cache what an earlier one paid for.
        paid = {"requests": result.requests, "credits_spent": result.credits}
        attrs, result.rows = frame.attrs["imgurdata"] | paid, len(frame)
        if is_complete and self._is_unchanged(key, frame, attrs):
            result.status = "unchanged"
            entry |= {"status": "unchanged", "rows": len(frame)}
            note_snapshot(self._files, attrs["record"], attrs, span_of(frame, attrs), **entry)
            return
        result.status = "ok" if is_complete else "partial"
        record = find_table(attrs["record"])
        store_snapshot(self._files, frame, record, attrs, status=result.status, **entry)
        if is_complete:
            self._last[key] = span_of(frame, attrs)

    def _is_unchanged(self, key: str, frame: pd.DataFrame, attrs: dict[str, Any]) -> bool:
        """Return whether a frame has the rows of the pull's last snapshot."""
        if attrs["from_cache"] + attrs["revalidated"] < attrs["pages"] or key not in self._last:
            return False
        # Somebody else may have confirmed a newer answer meanwhile, so rows are compared.
        first, last = self._last[key]
        old = self._archive.load(attrs["record"], since=first, until=last + _MOMENT)
        return _same_rows(old, frame)

    def _log(self, slot: float, by_pull: dict[Pull, _Result]) -> None:
        results = by_pull.values()
        parts = [f"{plural(sum(r.rows for r in results), 'row')} of {plural(len(results), 'pull')}"]
        unchanged = sum(result.status == "unchanged" for result in results)
        parts += [f"{unchanged:,} unchanged"] if unchanged else []
        parts += [
            plural(sum(r.requests for r in results), "request"),
            plural(sum(r.credits for r in results), "credit"),
        ]
        left = self._session.credits.remaining("user")
        parts += [] if left is None else [f"{left:,} left"]
        bad = [
            f"{pull_text(self.keys[pull])} {result.status}: {result.message}"
            for pull, result in by_pull.items()
            if result.status not in DONE
        ]
        begin = clock_time(utc(slot), utc(self._session.clock.now()))
        level = logging.WARNING if bad else logging.INFO
        logger.log(level, "Round %s: %s", begin, "; ".join([", ".join(parts), *bad]))


def _same_rows(old: pd.DataFrame, new: pd.DataFrame) -> bool:
    """Return whether two frames hold the same rows, whenever they were fetched."""
    if "listing" in new.columns:
        old = old[old["listing"].fillna("").isin(set(new["listing"].fillna("")))]
    if len(old) != len(new) or set(old.columns) != set(new.columns):
        return False
    keys = [k for k in ("listing", "rank", "post_id", "position", "id") if k in new.columns]
    names = [name for name in new.columns if name != "fetched_at"]

    def ordered(frame: pd.DataFrame) -> pd.DataFrame:
        rows = frame[names]
        rows = rows.sort_values(keys, kind="stable") if keys else rows
        return rows.reset_index(drop=True)

    return ordered(old).equals(ordered(new))
