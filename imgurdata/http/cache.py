"""The cache on disk: a requests-cache backend that stores answers, not requests.

Built on requests-cache's way to bring one's own backend (a :class:`BaseCache` with a
:class:`BaseStorage`). What is different from its SQLite backend, and why:

* no pickle: a cache file that somebody else wrote must not run code;
* no request headers, no cookies: they are where secrets are;
* bodies compressed (zstd): a tenth of the disk, no slower to read;
* the time of the last check in a table of its own, written for many answers at once: a 304 then
  costs a few bytes on disk, no body;
* every wait is bounded, a file that can't be written is refused when it is opened, one that is
  damaged is set aside (:mod:`~imgurdata._sqlite`);
* a digest beside each answer, verified when it is read: what is damaged is fetched anew;
* a bound on its size: what was confirmed longest ago goes first.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeGuard, TypeVar

import pyarrow as pa
from requests import Response
from requests.structures import CaseInsensitiveDict
from requests_cache.backends.base import BaseCache, BaseStorage, DictStorage
from requests_cache.models.request import CachedRequest
from requests_cache.models.response import CachedResponse

from imgurdata._format import bytes_text
from imgurdata._home import expanded
from imgurdata._sqlite import NotWritten, SQLiteFile, named

__all__ = [
    "CHECKED_AT", "FILE_NAME", "LARGEST_BODY", "AnswerCache", "Entry", "Found", "StoredAnswer",
]  # fmt: skip

_T = TypeVar("_T")

#: When a confirmation was: in the session's clock, and in Imgur's words (its ``Date``).
Checked = tuple[float | None, str | None]

logger = logging.getLogger(__name__)

#: Goes up when the file's tables change; the file is named by it, so versions don't meet.
FORMAT = 3
FILE_NAME = f"answers-v{FORMAT}.sqlite"
#: Tables that hold a part of an answer each, by its id.
_PARTS = ("answers", "bodies", "checks")
#: The header under which the transport says when an answer was confirmed (session's clock).
CHECKED_AT = "X-Imgurdata-Checked-At"
#: Headers that every confirmation brings anew.
_CONFIRMED = (CHECKED_AT, "Date")
_VALIDATORS = ("ETag", "Last-Modified")
#: 2 GB hold some 120,000 pages of a gallery.
MAX_BYTES = 2_000_000_000
PATIENCE = 10.0
#: Largest body that is stored, in bytes.
LARGEST_BODY = 256 * 2**20
#: Latest time that a confirmation can have: epoch seconds of the year 5138.
_LATEST = 1e11
#: Marks a file as ours ("Imgd"), so that no other program's database is ever taken for one.
_MARK = 0x496D6764
_REMEDY = (
    "Give another place with cache=..., move all of them with $IMGURDATA_HOME, or keep it in "
    'memory with cache="memory".'
)
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
    stored INTEGER NOT NULL, digest BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS bodies (id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS checks (
    id INTEGER PRIMARY KEY, checked_at REAL, date TEXT, digest BLOB
);
CREATE TABLE IF NOT EXISTS missing (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, checked_at REAL NOT NULL,
    reason TEXT NOT NULL
)
"""
_WHOLE = (
    "SELECT key, url, method, status, headers, content_type, has_validator, created_at, length, "
    "checked_at, date, body, answers.digest, checks.digest "
    "FROM answers JOIN bodies USING (id) LEFT JOIN checks USING (id) WHERE key"
)
_CHECKS = (
    "SELECT key, has_validator, checked_at, date, checks.digest "
    "FROM answers LEFT JOIN checks USING (id) WHERE key"
)


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
    _checked: Checked
    _row: Sequence[Any]
    _table: AnswerTable

    def response(self) -> CachedResponse:
        """Return it as requests-cache gives it."""
        return self._table.response(self._row, self._checked)


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
    read_only
        Accept a file that can only be read; what would be stored is not kept.

    Raises
    ------
    CacheUnusable
        The file can't be opened or written.

    Examples
    --------
    A smaller cache than the default of 2 GB:

    >>> import tempfile, pathlib
    >>> import imgurdata as imd
    >>> from imgurdata.http.cache import AnswerCache
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cache = AnswerCache(pathlib.Path(folder) / "small.sqlite", max_bytes=50_000_000)
    ...     with imd.connect(sandbox=True, cache=cache) as session:
    ...         len(imd.load_gallery(session=session))
    60
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        max_bytes: int = MAX_BYTES,
        patience: float = PATIENCE,
        read_only: bool = False,
    ) -> None:
        place = expanded(path)
        super().__init__(cache_name=str(place))
        self._answers = AnswerTable(
            place, max_bytes=max_bytes, patience=patience, read_only=read_only
        )
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


class AnswerTable(BaseStorage[str, CachedResponse]):
    """Answers by key, in one SQLite file shared by threads and processes."""

    def __init__(self, path: Path, *, max_bytes: int, patience: float, read_only: bool) -> None:
        super().__init__(serializer=None)
        self.path = path
        self.max_bytes = max_bytes
        self.file = SQLiteFile(
            path, _TABLES, what="cache", remedy=_REMEDY, mark=_MARK, version=FORMAT,
            own_name=path.name == FILE_NAME, patience=patience, read_only=read_only,
        )  # fmt: skip
        self.lost_writes = 0
        self._codec = pa.Codec("zstd")
        self._writes = 0

    def _write(self, work: Callable[[sqlite3.Connection], _T]) -> _T | None:
        """Run one transaction; None where it could not be done, which is said once."""
        try:
            return self.file.write(work)
        except NotWritten as reason:
            self.lost_writes += 1
            self.file.warn_once(
                f"lost: {reason}", "An answer could not be kept in %s: %s. It is used all the "
                "same, and asked for again next time. This is said once.",
                named(self.path), reason,
            )  # fmt: skip
            return None

    # One answer ---------------------------------------------------------------------------------

    def __getitem__(self, key: str) -> CachedResponse:
        found = self.find(key)
        if found is None:
            raise KeyError(key)
        return found.response()

    def find(self, key: str) -> Found | None:
        """An answer, not yet unpacked."""
        rows = self.file.read(f"{_WHOLE} = ?", (key,))
        if not rows:
            return None
        row = rows[0]
        if not self._is_sound(row):
            return None
        checked = _checked_of(row)
        return Found((_time(checked[0]), bool(row[6])), checked, row, self)

    def __setitem__(self, key: str, response: CachedResponse) -> None:
        body = response.content or b""
        if len(body) > min(LARGEST_BODY, self.max_bytes):
            self.file.warn_once(
                "too large", "An answer of %s is too large to be kept in %s: it is used, and asked "
                "for again next time. This is said once.", bytes_text(len(body)), named(self.path),
            )  # fmt: skip
            return
        kept = self._codec.compress(body, asbytes=True)
        headers = {n: v for n, v in response.headers.items() if n not in _CONFIRMED}
        row = (
            key,
            response.url,
            response.request.method,
            response.status_code,
            json.dumps(headers),
            response.headers.get("Content-Type"),
            int(any(name in response.headers for name in _VALIDATORS)),
            response.created_at.timestamp(),
            len(body),
        )
        digest = _digest(row, kept)
        checked = _checked(response.headers)

        def store(connection: sqlite3.Connection) -> None:
            ((number,),) = connection.execute(
                "INSERT INTO answers (key, url, method, status, headers, content_type, "
                "has_validator, created_at, length, stored, digest) "
                "VALUES (?,?,?,?,?,?,?,?,?,?,?) "
                "ON CONFLICT (key) DO UPDATE SET url = excluded.url, method = excluded.method, "
                "status = excluded.status, headers = excluded.headers, content_type = "
                "excluded.content_type, has_validator = excluded.has_validator, created_at = "
                "excluded.created_at, length = excluded.length, stored = excluded.stored, "
                "digest = excluded.digest RETURNING id",
                (*row, len(kept), digest),
            ).fetchall()
            connection.execute("INSERT OR REPLACE INTO bodies VALUES (?, ?)", (number, kept))
            connection.execute(
                "INSERT OR REPLACE INTO checks VALUES (?, ?, ?, ?)",
                (number, *checked, _check_digest(key, checked)),
            )
            connection.execute("DELETE FROM missing WHERE key = ?", (key,))
            self._writes += 1

        self._write(store)
        if self._writes % _LOOK_EVERY == 1:
            self._trim()

    def __delitem__(self, key: str) -> None:
        if not self.forget([key]):
            raise KeyError(key)

    def response(self, row: Sequence[Any], checked: Checked) -> CachedResponse:
        """Return the answer of a sound row."""
        key, url, method, status, headers, _, _, created_at = row[:8]
        kept = CaseInsensitiveDict(json.loads(headers))
        checked_at, date = checked
        if checked_at is not None:
            kept[CHECKED_AT] = repr(checked_at)
        if date is not None:
            kept["Date"] = date
        response = CachedResponse(
            content=self._body(row),
            headers=kept,
            encoding="utf-8",
            reason="OK",
            request=CachedRequest(method=method, url=url),
            status_code=status,
            url=url,
            created_at=datetime.fromtimestamp(created_at, UTC),
            elapsed=timedelta(0),
        )
        response.cache_key = key
        return response

    def _body(self, row: Sequence[Any]) -> bytes:
        content: bytes = self._codec.decompress(row[11], row[8], asbytes=True)
        return content

    def _is_sound(self, row: Sequence[Any]) -> bool:
        """Return whether a row is as it was written; one that is not is forgotten.

        Damage to one row costs one request, not the cache.
        """
        body = row[11]
        # The digest is of what is stored, a tenth of the body: that costs a tenth of the time.
        if isinstance(body, bytes) and _digest(row[:9], body) == row[12]:
            return True
        self.file.warn_once(
            "damaged", "An answer in %s is damaged: it is forgotten, and fetched anew. Others are "
            "not mentioned.", named(self.path),
        )  # fmt: skip

        def delete(connection: sqlite3.Connection) -> None:
            # Unless it was replaced meanwhile.
            which = "SELECT id FROM answers WHERE key IS ? AND digest IS ?"
            for (number,) in connection.execute(which, (row[0], row[12])).fetchall():
                for table in _PARTS:
                    connection.execute(f"DELETE FROM {table} WHERE id = ?", (number,))  # noqa: S608

        with contextlib.suppress(NotWritten):
            self.file.write(delete)
        return False

    # Many answers -------------------------------------------------------------------------------

    def read_many(self, keys: Sequence[str]) -> dict[str, StoredAnswer]:
        """Answers with their bodies, by key."""
        found: dict[str, StoredAnswer] = {}
        for row in self._of_keys(_WHOLE, keys):
            if not self._is_sound(row):
                continue
            key = row[0]
            checked_at, date = _checked_of(row)
            found[key] = StoredAnswer(
                body=self._body(row),
                checked_at=_time(checked_at),
                has_validator=bool(row[6]),
                date=date,
                content_type=row[5],
                url=row[1],
                status=row[3],
            )
        return found

    def confirmations(self, keys: Sequence[str]) -> dict[str, tuple[float, bool]]:
        """When answers were confirmed, and whether they have a validator, by key."""
        found: dict[str, tuple[float, bool]] = {}
        for key, has_validator, *stored in self._of_keys(_CHECKS, keys):
            checked_at, _ = _sound_check(key, *stored)
            found[key] = (_time(checked_at), bool(has_validator))
        return found

    def _of_keys(self, select: str, keys: Sequence[str]) -> Iterator[Sequence[Any]]:
        for start in range(0, len(keys), _CHUNK):
            chunk = keys[start : start + _CHUNK]
            marks = ",".join("?" * len(chunk))
            yield from self.file.read(f"{select} IN ({marks})", tuple(chunk))

    # Confirmations ------------------------------------------------------------------------------

    def touch(self, key: str, headers: CaseInsensitiveDict[str]) -> None:
        """Note that an answer was confirmed; where that cannot be written, it is asked again."""
        checked = _checked(headers)
        values = (*checked, _check_digest(key, checked), key)
        statement = "INSERT OR REPLACE INTO checks SELECT id, ?, ?, ? FROM answers WHERE key = ?"
        self._write(lambda connection: connection.execute(statement, values).rowcount)

    # What Imgur has not -------------------------------------------------------------------------

    def note_missing(self, key: str, checked_at: float, reason: str) -> None:
        """Remember that Imgur has nothing under a key."""
        text = reason.encode("utf-8", "replace").decode()  # half a surrogate pair has no bytes

        def store(connection: sqlite3.Connection) -> None:
            # A new number each time: the oldest are those with the smallest.
            connection.execute(
                "INSERT OR REPLACE INTO missing (key, checked_at, reason) VALUES (?, ?, ?)",
                (key, checked_at, text),
            )
            connection.execute(
                "DELETE FROM missing WHERE number <= (SELECT MAX(number) FROM missing) - ?",
                (_MOST_MISSING,),
            )

        self._write(store)

    def missing(self, keys: Sequence[str]) -> dict[str, tuple[float, str]]:
        """Return time and reason, by key, where Imgur had nothing."""
        found: dict[str, tuple[float, str]] = {}
        select = "SELECT key, checked_at, reason FROM missing WHERE key"
        for key, checked_at, reason in self._of_keys(select, keys):
            if _is_time(checked_at) and isinstance(reason, str):
                found[key] = (checked_at, reason)
        return found

    def forget_missing(self, before: float) -> None:
        """Forget what Imgur was said not to have before a time."""
        forget = "DELETE FROM missing WHERE checked_at < ?"
        self._write(lambda connection: connection.execute(forget, (before,)).rowcount)

    # All answers --------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[str]:
        keys = self.file.read("SELECT key FROM answers WHERE typeof(key) = 'text' ORDER BY id")
        return iter([key for (key,) in keys])

    def entries(self) -> list[Entry]:
        """All answers, without bodies."""
        rows = self.file.read(
            "SELECT key, url, stored, checked_at, date, checks.digest FROM answers LEFT JOIN "
            "checks USING (id) WHERE typeof(key) = 'text' AND typeof(url) = 'text' AND "
            "typeof(stored) = 'integer'"
        )
        return [
            Entry(key, url, _time(_sound_check(key, *check)[0]), stored)
            for key, url, stored, *check in rows
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
            for table in _PARTS:
                connection.executemany(f"DELETE FROM {table} WHERE id = ?", numbers)  # noqa: S608
            connection.executemany("DELETE FROM missing WHERE key = ?", [(key,) for key in chunk])
            return len(numbers)

        forgotten = 0
        for start in range(0, len(keys), 200):
            chunk = keys[start : start + 200]
            forgotten += self._write(partial(delete, chunk)) or 0
        return forgotten

    def clear(self) -> None:
        """Forget every answer, and give the disk back."""

        def delete(connection: sqlite3.Connection) -> None:
            for table in (*_PARTS, "missing"):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608

        self._write(delete)
        self.file.shrink()

    def _trim(self) -> None:
        """Keep the file within its bound: what was confirmed longest ago goes first."""
        used = self.file.bytes_used()
        if used <= self.max_bytes:
            return
        excess = used - _TRIMMED * self.max_bytes
        oldest: list[str] = []
        for key, stored in self.file.read(
            "SELECT key, stored FROM answers LEFT JOIN checks USING (id) WHERE typeof(key) = "
            "'text' AND typeof(stored) = 'integer' ORDER BY checked_at, id"
        ):
            if excess <= 0:
                break
            oldest.append(key)
            excess -= stored
        logger.info("%s is full: %d old answers are forgotten", self.path, len(oldest))
        self.forget(oldest)
        self.file.shrink()

    def close(self) -> None:
        """Close the file; in a forked child nothing."""
        self.file.close()


def _digest(row: Sequence[Any], kept: bytes) -> bytes:
    """Return the digest of an answer: its columns up to the length, and its body as stored."""
    digest = hashlib.sha256(kept)
    digest.update(repr(tuple(row)).encode("utf-8", "backslashreplace"))
    return digest.digest()[:16]


def _check_digest(key: str, checked: Checked) -> bytes:
    """Return the digest of a confirmation, which is written without the answer."""
    text = repr((key, *checked)).encode("utf-8", "backslashreplace")
    return hashlib.sha256(text).digest()[:8]


def _checked(headers: CaseInsensitiveDict[str]) -> Checked:
    """Return when a confirmation was, in the session's clock and in Imgur's words."""
    try:
        checked_at: float | None = float(headers[CHECKED_AT])
    except (KeyError, ValueError):
        checked_at = None
    return checked_at, headers.get("Date")


def _checked_of(row: Sequence[Any]) -> Checked:
    """Return the confirmation of a whole row; a damaged one is as if it had never been."""
    return _sound_check(row[0], row[9], row[10], row[13])


def _sound_check(key: str, checked_at: Any, date: Any, digest: Any) -> Checked:
    sound = digest is not None and digest == _check_digest(key, (checked_at, date))
    return (checked_at, date) if sound else (None, None)


def _time(checked_at: float | None) -> float:
    return checked_at if _is_time(checked_at) else float("-inf")


def _is_time(value: Any) -> TypeGuard[float]:
    return isinstance(value, float) and 0 <= value < _LATEST
