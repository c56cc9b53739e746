"""The cache on disk: a requests-cache backend that stores answers, not requests.

Built on requests-cache's way to bring one's own backend (a :class:`BaseCache` with a
:class:`BaseStorage`). What is different from its SQLite backend, and why:

* no pickle: a cache file that somebody else wrote must not run code;
* no request headers, no cookies: they are where secrets are;
* bodies compressed (zstd): a tenth of the disk, no slower to read;
* the time of the last check in a table of its own, written for many answers at once: a 304 then
  costs a few bytes on disk, no body;
* every wait is bounded, a file that can't be written is refused when it is opened, one that is
  damaged is set aside (:mod:`~imgurdata.client.cache.file`);
* a bound on its size: what was confirmed longest ago goes first.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
from requests import Response
from requests.structures import CaseInsensitiveDict
from requests_cache.backends.base import BaseCache, BaseStorage, DictStorage
from requests_cache.models.request import CachedRequest
from requests_cache.models.response import CachedResponse

from imgurdata.client.cache.file import StoreFile
from imgurdata.client.cache.pending_checks import Checked, PendingChecks

__all__ = ["CHECKED_AT", "FILE_NAME", "AnswerCache", "Entry", "Found", "StoredAnswer"]

logger = logging.getLogger(__name__)

#: Goes up when the file's tables change; the file is named by it, so versions don't meet.
FORMAT = 3
FILE_NAME = f"answers-v{FORMAT}.sqlite"
#: The header under which the transport says when an answer was confirmed (session's clock).
CHECKED_AT = "X-Imgurdata-Checked-At"
#: Headers that every confirmation brings anew.
_CONFIRMED = (CHECKED_AT, "Date")
_VALIDATORS = ("ETag", "Last-Modified")
#: 2 GB hold some 120,000 pages of a gallery.
MAX_BYTES = 2_000_000_000
PATIENCE = 10.0
#: No answer is that large; a larger number in the file is damage or malice.
_LARGEST = 256 * 2**20
#: Keys of one query: SQLite's oldest bound on variables is 999, and 50 bodies fit any memory.
_CHUNK = 50
#: The size is looked at every so many new answers, and brought down to this part of the bound.
_LOOK_EVERY = 32
_TRIMMED = 0.9
#: So many requests are remembered for which Imgur had nothing (404); the oldest go first.
_MOST_MISSING = 50_000

# Three tables, joined by id: a confirmation must not rewrite a row with a body, nor a list of what
# is there read the bodies. Ids follow the order of fetching, so the confirmations of one pull are
# neighbours: a hundred of them change one or two pages of the file.
_TABLES = """
CREATE TABLE IF NOT EXISTS answers (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, url TEXT NOT NULL, method TEXT NOT NULL,
    status INTEGER NOT NULL, headers TEXT NOT NULL, content_type TEXT,
    has_validator INTEGER NOT NULL, created_at REAL NOT NULL, length INTEGER NOT NULL,
    stored INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS bodies (id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS checks (id INTEGER PRIMARY KEY, checked_at REAL, date TEXT);
CREATE TABLE IF NOT EXISTS missing (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, checked_at REAL NOT NULL,
    reason TEXT NOT NULL
)
"""
_WHOLE = (
    "SELECT key, url, method, status, headers, content_type, has_validator, created_at, length, "
    "checked_at, date, body FROM answers JOIN bodies USING (id) LEFT JOIN checks USING (id) "
    "WHERE key"
)
_CHECKS = "SELECT key, checked_at, has_validator FROM answers LEFT JOIN checks USING (id) WHERE key"


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer as the store keeps it.

    Attributes
    ----------
    body
        Bytes as Imgur sent them (delete hashes blanked).
    checked_at
        When Imgur last confirmed it, in the session's clock; minus infinity where nobody knows.
    has_validator
        Whether it can be asked for by its ETag.
    date
        Imgur's own ``Date`` of that confirmation.
    content_type
        As sent; tells JSON, JSONP and XML apart.
    url
        What was asked, without secrets.
    status
        HTTP status.
    """

    body: bytes
    checked_at: float
    has_validator: bool
    date: str | None
    content_type: str | None
    url: str
    status: int


@dataclass(frozen=True, slots=True)
class Found:
    """An answer in the store, looked up and not yet unpacked."""

    confirmed: tuple[float, bool]
    _row: Sequence[Any]
    _table: AnswerTable

    def response(self) -> CachedResponse | None:
        """As requests-cache gives it; None where it is damaged."""
        return self._table.response(self._row)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the list of what is stored: bytes as stored, time as in the session's clock."""

    key: str
    url: str
    checked_at: float
    stored: int


class AnswerCache(BaseCache):
    """The cache that :func:`imgurdata.connect` opens by default.

    Parameters
    ----------
    path
        The SQLite file; made with its folder, readable by its owner only.
    max_bytes
        Bound on the file's size in bytes; beyond it, what was confirmed longest ago is forgotten.
    patience
        How long another process may hold the file before a write is given up, in seconds.

    Raises
    ------
    CacheUnusable
        The file can't be opened or written.

    Examples
    --------
    A smaller cache than the default of 2 GB:

    >>> import tempfile, pathlib
    >>> import imgurdata as imd
    >>> from imgurdata.client.cache.store import AnswerCache
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cache = AnswerCache(pathlib.Path(folder) / "small.sqlite", max_bytes=50_000_000)
    ...     with imd.connect(sandbox=True, cache=cache) as session:
    ...         len(imd.load_gallery(session=session))
    60
    """

    def __init__(
        self, path: Path, *, max_bytes: int = MAX_BYTES, patience: float = PATIENCE
    ) -> None:
        super().__init__(cache_name=str(path))
        self._answers = AnswerTable(Path(path), max_bytes=max_bytes, patience=patience)
        self.responses = self._answers
        # The API does not redirect; what does is followed again rather than remembered on disk.
        self.redirects = DictStorage()  # type: ignore[no-untyped-call]

    @property
    def db_path(self) -> Path:
        """The file."""
        return self._answers.path

    def save_response(
        self, response: Response, cache_key: str | None = None, expires: Any = None
    ) -> None:
        """Store an answer; of one that a 304 confirmed, only when that was."""
        key = cache_key or self.create_key(response.request)
        if getattr(response, "revalidated", False):
            self._answers.touch(key, response.headers)
        else:
            super().save_response(response, key, expires)

    def find(self, key: str) -> Found | None:
        """An answer and when it was confirmed, in one look at the file; None: not stored."""
        return self._answers.find(key)

    def confirmation(self, key: str) -> tuple[float, bool] | None:
        """When an answer was last confirmed, and whether it can be asked for by its ETag."""
        return self._answers.confirmations((key,)).get(key)

    def confirmations(self, keys: Sequence[str]) -> dict[str, tuple[float, bool]]:
        """The same for many answers at once; what is not stored is not in it."""
        return self._answers.confirmations(keys)

    def read_many(self, keys: Sequence[str]) -> dict[str, StoredAnswer]:
        """Many answers with their bodies; what is not stored (or is damaged) is not in it."""
        return self._answers.read_many(keys)

    def note_missing(self, key: str, checked_at: float, reason: str) -> None:
        """Remember that Imgur has nothing under a key (404); a stored answer stays as it is.

        Forgotten when an answer is stored under that key, and by :meth:`forget` and :meth:`clear`.

        Parameters
        ----------
        key : str
            Key of the request.
        checked_at : float
            When Imgur said so, in the session's clock.
        reason : str
            What Imgur said.
        """
        self._answers.note_missing(key, checked_at, reason)

    def missing(self, keys: Sequence[str]) -> dict[str, tuple[float, str]]:
        """Return time and reason by key, of those keys for which Imgur had nothing."""
        return self._answers.missing(keys)

    def forget_missing(self, before: float = float("inf")) -> None:
        """Forget all that Imgur was said not to have before a time."""
        self._answers.forget_missing(before)

    def entries(self) -> list[Entry]:
        """All that is stored, without bodies."""
        return self._answers.entries()

    def forget(self, keys: Sequence[str]) -> int:
        """Forget answers, and give the disk back; returns how many there were."""
        forgotten = self._answers.forget(keys)
        self._answers.file.shrink()
        return forgotten

    def bytes_used(self) -> int:
        """Size of what the file holds."""
        return self._answers.file.bytes_used()

    @property
    def max_bytes(self) -> int:
        """Bound on it."""
        return self._answers.max_bytes

    def flush(self) -> None:
        """Write the confirmations that still wait to be written together."""
        self._answers.flush()


class AnswerTable(BaseStorage[str, CachedResponse]):
    """Answers by key, in one SQLite file shared by threads and processes."""

    def __init__(
        self, path: Path, *, max_bytes: int = MAX_BYTES, patience: float = PATIENCE
    ) -> None:
        super().__init__(serializer=None)
        self.path = path
        self.max_bytes = max_bytes
        self.file = StoreFile(
            path, _TABLES, version=FORMAT, own_name=path.name == FILE_NAME, patience=patience
        )
        self._codec = pa.Codec("zstd")
        self._writes = 0
        self._pending = PendingChecks.of(path)

    # One answer ---------------------------------------------------------------------------------

    def __getitem__(self, key: str) -> CachedResponse:
        found = self.find(key)
        response = found.response() if found is not None else None
        if response is None:
            raise KeyError(key)
        return response

    def find(self, key: str) -> Found | None:
        """An answer, not yet unpacked."""
        pending = self._pending.get(key)
        rows = self.file.read(f"{_WHOLE} = ?", (key,))
        if not rows:
            return None
        row = rows[0] if pending is None else (*rows[0][:9], *pending, rows[0][11])
        try:
            return Found((_time(row[9]), bool(row[6])), row, self)
        except (ValueError, TypeError) as error:
            self._say_damaged(error)
            return None

    def __setitem__(self, key: str, response: CachedResponse) -> None:
        body = response.content or b""
        kept = self._codec.compress(body, asbytes=True)
        headers = {n: v for n, v in response.headers.items() if n not in _CONFIRMED}
        row = (
            key,
            response.url,
            response.request.method,
            response.status_code,
            json.dumps(headers),
            response.headers.get("Content-Type"),
            any(name in response.headers for name in _VALIDATORS),
            response.created_at.timestamp(),
            len(body),
            len(kept),
        )
        checked = _checked(response.headers)

        def store(connection: sqlite3.Connection) -> None:
            ((number,),) = connection.execute(
                "INSERT INTO answers (key, url, method, status, headers, content_type, "
                "has_validator, created_at, length, stored) VALUES (?,?,?,?,?,?,?,?,?,?) "
                "ON CONFLICT (key) DO UPDATE SET url = excluded.url, method = excluded.method, "
                "status = excluded.status, headers = excluded.headers, content_type = "
                "excluded.content_type, has_validator = excluded.has_validator, created_at = "
                "excluded.created_at, length = excluded.length, stored = excluded.stored "
                "RETURNING id",
                row,
            ).fetchall()
            connection.execute("INSERT OR REPLACE INTO bodies VALUES (?, ?)", (number, kept))
            connection.execute("INSERT OR REPLACE INTO checks VALUES (?, ?, ?)", (number, *checked))
            connection.execute("DELETE FROM missing WHERE key = ?", (key,))
            # Under the writer's lock: what waited to be written was told of the body before.
            self._pending.forget([key])
            self._writes += 1

        self.file.write(store)
        if self._writes % _LOOK_EVERY == 1:
            self._trim()

    def __delitem__(self, key: str) -> None:
        if not self.forget([key]):
            raise KeyError(key)

    def response(self, row: Sequence[Any]) -> CachedResponse | None:
        """The answer of a row; None where it is damaged."""
        key, url, method, status, headers, _, _, created_at, _, checked_at, date, _ = row
        try:
            kept = CaseInsensitiveDict(json.loads(headers))
            content = self._body(row)
            created = datetime.fromtimestamp(created_at, UTC)
        except (ValueError, TypeError, OSError, OverflowError) as error:
            self._say_damaged(error)
            return None
        if checked_at is not None:
            kept[CHECKED_AT] = repr(checked_at)
        if date is not None:
            kept["Date"] = date
        response = CachedResponse(
            content=content,
            headers=kept,
            encoding="utf-8",
            reason="OK",
            request=CachedRequest(method=method, url=url),
            status_code=status,
            url=url,
            created_at=created,
            elapsed=timedelta(0),
        )
        response.cache_key = key
        return response

    def _body(self, row: Sequence[Any]) -> bytes:
        # SQLite columns hold whatever somebody put there.
        url, status, length, body = row[1], row[3], row[8], row[11]
        if not (isinstance(status, int) and isinstance(url, str) and 0 <= length <= _LARGEST):
            raise ValueError("values that no answer has")
        content: bytes = self._codec.decompress(body, length, asbytes=True)
        return content

    def _say_damaged(self, error: Exception) -> None:
        # Damage to one row costs one request, not the cache.
        logger.warning("an answer in %s is damaged and is fetched anew: %s", self.path, error)

    # Many answers -------------------------------------------------------------------------------

    def read_many(self, keys: Sequence[str]) -> dict[str, StoredAnswer]:
        """Answers with their bodies, by key."""
        found: dict[str, StoredAnswer] = {}
        pending = self._pending.all()
        for row in self._of_keys(_WHOLE, keys):
            key = row[0]
            checked_at, date = pending.get(key) or (row[9], row[10])
            try:
                found[key] = StoredAnswer(
                    body=self._body(row),
                    checked_at=_time(checked_at),
                    has_validator=bool(row[6]),
                    date=date,
                    content_type=row[5],
                    url=row[1],
                    status=row[3],
                )
            except (ValueError, TypeError, OSError) as error:
                self._say_damaged(error)
        return found

    def confirmations(self, keys: Sequence[str]) -> dict[str, tuple[float, bool]]:
        """When answers were confirmed, and whether they have a validator, by key."""
        pending = self._pending.all()
        found: dict[str, tuple[float, bool]] = {}
        for key, checked_at, has_validator in self._of_keys(_CHECKS, keys):
            known, _ = pending.get(key) or (checked_at, None)
            try:
                found[key] = (_time(known), bool(has_validator))
            except (ValueError, TypeError):
                continue  # damaged: as if it were not there
        return found

    def _of_keys(self, select: str, keys: Sequence[str]) -> Iterator[Sequence[Any]]:
        for start in range(0, len(keys), _CHUNK):
            chunk = keys[start : start + _CHUNK]
            marks = ",".join("?" * len(chunk))
            yield from self.file.read(f"{select} IN ({marks})", tuple(chunk))

    # Confirmations ------------------------------------------------------------------------------

    def touch(self, key: str, headers: CaseInsensitiveDict[str]) -> None:
        """Note that an answer was confirmed, and nothing else; written with others, soon."""
        self._pending.add(key, _checked(headers), self.flush)

    def flush(self) -> None:
        """Write the confirmations that wait; readers of this process see them all the while."""

        def store(connection: sqlite3.Connection) -> dict[str, Checked]:
            # Read under the writer's lock: a new body takes away what was told of the old one.
            waiting = self._pending.all()
            connection.executemany(
                "INSERT OR REPLACE INTO checks SELECT id, ?, ? FROM answers WHERE key = ?",
                [(*checked, key) for key, checked in waiting.items()],
            )
            return waiting

        if self._pending.flushing():
            done = self.file.write(store)
            # Where the write was lost they are dropped, too: each is worth one more 304, no more.
            self._pending.written(self._pending.all() if done is None else done)

    # What Imgur has not -------------------------------------------------------------------------

    def note_missing(self, key: str, checked_at: float, reason: str) -> None:
        """Remember that Imgur has nothing under a key."""

        def store(connection: sqlite3.Connection) -> None:
            # A new number each time: the oldest are those with the smallest.
            connection.execute(
                "INSERT OR REPLACE INTO missing (key, checked_at, reason) VALUES (?, ?, ?)",
                (key, checked_at, reason),
            )
            connection.execute(
                "DELETE FROM missing WHERE number <= (SELECT MAX(number) FROM missing) - ?",
                (_MOST_MISSING,),
            )

        self.file.write(store)

    def missing(self, keys: Sequence[str]) -> dict[str, tuple[float, str]]:
        """Return time and reason, by key, where Imgur had nothing."""
        found: dict[str, tuple[float, str]] = {}
        select = "SELECT key, checked_at, reason FROM missing WHERE key"
        for key, checked_at, reason in self._of_keys(select, keys):
            if isinstance(checked_at, float) and isinstance(reason, str):
                found[key] = (checked_at, reason)
        return found

    def forget_missing(self, before: float) -> None:
        """Forget what Imgur was said not to have before a time."""
        self.file.write(
            lambda connection: connection.execute(
                "DELETE FROM missing WHERE checked_at < ?", (before,)
            )
        )

    # All answers --------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[str]:
        return iter([key for (key,) in self.file.read("SELECT key FROM answers ORDER BY id")])

    def entries(self) -> list[Entry]:
        """All answers, without bodies."""
        pending = self._pending.all()
        rows = self.file.read(
            "SELECT key, url, checked_at, stored FROM answers LEFT JOIN checks USING (id)"
        )
        return [
            Entry(key, url, _time(pending[key][0] if key in pending else checked_at), stored)
            for key, url, checked_at, stored in rows
        ]

    def __len__(self) -> int:
        return int(self.file.read("SELECT COUNT(*) FROM answers")[0][0])

    def bulk_delete(self, keys: Iterable[str]) -> None:
        """Forget answers; those that are not there don't matter."""
        self.forget(list(keys))

    def forget(self, keys: Sequence[str]) -> int:
        """Forget answers, a few hundred in one transaction; returns how many there were."""

        def delete(chunk: Sequence[str], connection: sqlite3.Connection) -> int:
            numbers = [
                row
                for key in chunk
                for row in connection.execute("SELECT id FROM answers WHERE key = ?", (key,))
            ]
            for table in ("answers", "bodies", "checks"):
                connection.executemany(f"DELETE FROM {table} WHERE id = ?", numbers)  # noqa: S608
            connection.executemany("DELETE FROM missing WHERE key = ?", [(key,) for key in chunk])
            self._pending.forget(chunk)
            return len(numbers)

        forgotten = 0
        for start in range(0, len(keys), 200):
            chunk = keys[start : start + 200]
            forgotten += self.file.write(partial(delete, chunk)) or 0
        return forgotten

    def clear(self) -> None:
        """Forget every answer, and give the disk back."""

        def delete(connection: sqlite3.Connection) -> None:
            for table in ("answers", "bodies", "checks", "missing"):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608
            self._pending.forget(self._pending.all())

        self.file.write(delete)
        self.file.shrink()

    def _trim(self) -> None:
        """Keep the file within its bound: what was confirmed longest ago goes first."""
        used = self.file.bytes_used()
        if used <= self.max_bytes:
            return
        excess = used - _TRIMMED * self.max_bytes
        oldest: list[str] = []
        for key, stored in self.file.read(
            "SELECT key, stored FROM answers LEFT JOIN checks USING (id) ORDER BY checked_at, id"
        ):
            if excess <= 0:
                break
            oldest.append(key)
            excess -= stored
        logger.info("%s is full: %d old answers are forgotten", self.path, len(oldest))
        self.forget(oldest)
        self.file.shrink()

    def close(self) -> None:
        """Write what waits, and close the file."""
        self.flush()
        self.file.close()


def _checked(headers: CaseInsensitiveDict[str]) -> Checked:
    """When a confirmation was, in the session's clock and in Imgur's words."""
    try:
        checked_at: float | None = float(headers[CHECKED_AT])
    except (KeyError, ValueError):
        checked_at = None
    return checked_at, headers.get("Date")


def _time(checked_at: Any) -> float:
    return float("-inf") if checked_at is None else float(checked_at)
