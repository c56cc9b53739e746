"""Keep answers on disk: a requests-cache backend that stores answers, not requests.

It differs from requests-cache's SQLite backend:

* no pickle: a cache file that somebody else wrote must not run code;
* no request headers and no cookies, which hold secrets;
* bodies compressed (zstd): a tenth of the disk, no slower to read;
* the time of the last confirmation in a table of its own: a 304 costs a few bytes on disk, no body;
* every wait is bounded, a file that can't be written is refused when it is opened, and a damaged
  one is set aside (:mod:`~imgurdata._sqlite`);
* a digest beside each answer, verified when it is read: damaged answers are fetched anew;
* a largest size: what was confirmed longest ago goes first.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pyarrow as pa
from requests import Response
from requests_cache.backends.base import BaseCache, BaseStorage, DictStorage
from requests_cache.models.response import CachedResponse

from imgurdata._clock import LATEST
from imgurdata._format import bytes_text, path_text
from imgurdata._home import expanded
from imgurdata._sqlite import NotWritten, SQLiteFile, run_statements
from imgurdata.http.columns import TRIMMED, ColumnStore, file_beside
from imgurdata.http.store import (
    CONFIRMATION,
    MOST_ABSENCES,
    UNKNOWN,
    VALIDATORS,
    Absence,
    AnswerStore,
    Entry,
    Replaced,
    Stored,
    confirmation,
    newer,
)

__all__ = ["FILE_NAME", "LARGEST_BODY", "AnswerCache", "AnswerTable"]

_T = TypeVar("_T")

logger = logging.getLogger(__name__)

#: Goes up when the file's tables change; the file is named by it, so versions don't meet.
FORMAT = 3
FILE_NAME = f"answers-v{FORMAT}.sqlite"
#: Tables that hold a part of an answer each, by its id.
_PARTS = ("answers", "bodies", "checks")
#: 2 GB hold some 120,000 pages of a gallery.
MAX_BYTES = 2_000_000_000
MAX_WAIT = 10.0
#: Largest body that is stored, in bytes.
LARGEST_BODY = 256 * 2**20
#: Marks a file as ours ("Imgd"), so that no other program's database is ever taken for one.
_MARK = 0x496D6764
_REMEDY = (
    "Give another place with cache=..., move all of them with $IMGURDATA_HOME, or keep it in "
    'memory with cache="memory".'
)
#: Keys of one query: SQLite's oldest bound on variables is 999, and 50 bodies fit any memory.
_CHUNK = 50
#: The size is looked at every so many new answers.
_LOOK_EVERY = 32

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


class _Row(NamedTuple):
    """Row of :data:`_ANSWERS`: an answer, or an absence, which has a reason.

    The columns up to ``length`` are part of the digest. ``method``, ``content_type`` and
    ``has_validator`` are there for nothing else: to drop them would take some forty bytes off each
    answer, and a migration of files whose answers were paid for.
    """

    key: Any
    url: Any
    method: Any
    status: Any
    headers: Any
    content_type: Any
    has_validator: Any
    created_at: Any
    length: Any
    body: Any
    digest: Any
    checked_at: Any
    date: Any
    check_digest: Any
    reason: Any


#: Columns of an answer, and of an absence in their place.
_ANSWERS = (
    "SELECT key, url, method, status, headers, content_type, has_validator, created_at, length, "
    "{body}, answers.digest, checked_at, date, checks.digest, NULL AS reason "
    "FROM answers {bodies} LEFT JOIN checks USING (id) WHERE key IN ({keys}) "
    "UNION ALL SELECT key, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "
    "checked_at, NULL, NULL, reason FROM missing WHERE key IN ({keys})"
)


#: Types of an answer's key, url, status, created_at, length and digest.
_KINDS = (str, str, int, float, int, bytes)

_SAVE_ANSWER = """
INSERT INTO answers (key, url, method, status, headers, content_type, has_validator, created_at,
    length, stored, digest)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET url = excluded.url, method = excluded.method,
    status = excluded.status, headers = excluded.headers, content_type = excluded.content_type,
    has_validator = excluded.has_validator, created_at = excluded.created_at,
    length = excluded.length, stored = excluded.stored, digest = excluded.digest
"""
_SAVE_BODY = "INSERT OR REPLACE INTO bodies SELECT id, ? FROM answers WHERE key = ?"
_SAVE_CHECK = (
    "INSERT OR REPLACE INTO checks SELECT id, ?, ?, ? FROM answers WHERE key = ? AND digest = ?"
)


class AnswerCache(BaseCache):
    """Cache that :func:`imgurdata.connect` opens by default.

    Parameters
    ----------
    path : str or os.PathLike
        SQLite file; created with its folder, readable by its owner only.
    max_bytes : int
        Largest size of the file. Beyond it, answers that were confirmed longest ago are forgotten.
    max_wait : float
        Longest wait for another process that holds the file, in seconds.
    read_only : bool
        Whether to accept a file that can only be read; then nothing new is kept.

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
        max_wait: float = MAX_WAIT,
        read_only: bool = False,
    ) -> None:
        file = expanded(path)
        super().__init__(cache_name=str(file))
        self._answers = AnswerTable(
            file, max_bytes=max_bytes, max_wait=max_wait, read_only=read_only
        )
        self.responses = self._answers
        # The API does not redirect; what does is followed again rather than remembered on disk.
        self.redirects = DictStorage()  # type: ignore[no-untyped-call]

    @property
    def db_path(self) -> Path:
        """Path of the file."""
        return self._answers.path


class AnswerTable(BaseStorage[str, CachedResponse], AnswerStore):
    """Answers by key, in one SQLite file shared by threads and processes."""

    max_bytes: int
    columns: ColumnStore

    def __init__(self, path: Path, *, max_bytes: int, max_wait: float, read_only: bool) -> None:
        super().__init__(serializer=None)
        self.path = path
        self.max_bytes = max_bytes
        self.file = SQLiteFile(
            path, _TABLES, purpose="cache", remedy=_REMEDY,
            application_id=_MARK, user_version=FORMAT, own_name=path.name == FILE_NAME,
            max_wait=max_wait, read_only=read_only,
        )  # fmt: skip
        self.columns = ColumnStore(
            file_beside(path), max_bytes=max_bytes, read_only=read_only,
            own_name=path.name == FILE_NAME,
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
                path_text(self.path), reason,
            )  # fmt: skip
            return None

    # Reading ------------------------------------------------------------------------------------

    def __getitem__(self, key: str) -> CachedResponse:
        found = self.lookup((key,)).get(key)
        if not isinstance(found, Stored):
            raise KeyError(key)
        return found.response()

    def lookup(self, keys: Sequence[str], *, bodies: bool = True) -> Mapping[str, Stored | Absence]:
        """Return what is known under each key, with one SELECT for fifty of them."""
        late = None if bodies else _LateBodies(self)
        body, table = ("body", "LEFT JOIN bodies USING (id)") if bodies else ("NULL", "")
        answers: dict[str, Stored] = {}
        found: dict[str, Stored | Absence] = {}
        for start in range(0, len(keys), _CHUNK):
            chunk = tuple(keys[start : start + _CHUNK])
            marks = ",".join("?" * len(chunk))
            query = _ANSWERS.format(keys=marks, body=body, bodies=table)
            for row in map(_Row._make, self.file.read(query, chunk * 2)):
                if row.reason is None:
                    stored = self._stored(row, late)
                    if stored is not None:
                        found[stored.key] = answers[stored.key] = stored
                elif isinstance(at := row.checked_at, float) and 0 <= at < LATEST:
                    absence = Absence(row.key, at, str(row.reason))
                    found[row.key] = newer(answers.get(row.key), absence)  # after the answers
        return found

    def _stored(self, row: _Row, late: _LateBodies | None) -> Stored | None:
        """Return the answer of a row; None, and it is forgotten, if it is damaged.

        The digest of one whose body is read late is compared then.
        """
        headers: Any = None
        with contextlib.suppress(ValueError, TypeError):
            headers = json.loads(row.headers)
        kinds = map(type, (row.key, row.url, row.status, row.created_at, row.length, row.digest))
        good = isinstance(headers, dict) and tuple(kinds) == _KINDS
        body: Callable[[], bytes]
        if late is None:
            good = good and isinstance(row.body, bytes) and _digest(row[:9], row.body) == row.digest
            body = partial(self._codec.decompress, row.body, row.length, asbytes=True)
        else:
            late.digests[row.key] = row.digest
            body = partial(late.body, row.key)
        if not good:
            self._forget_damaged(row.key, row.digest)
            return None
        checked_at, date = _confirmed(row.key, row.checked_at, row.date, row.check_digest)
        return Stored(
            key=row.key, url=row.url, status=row.status, headers=headers, checked_at=checked_at,
            date=date, body=body, created_at=row.created_at, digest=row.digest, length=row.length,
        )  # fmt: skip

    def _forget_damaged(self, key: Any, digest: Any) -> None:
        """Forget an answer that is not as it was written: damage costs one request."""
        self.file.warn_once(
            "damaged", "An answer in %s is damaged: it is forgotten, and fetched anew. Others are "
            "not mentioned.", path_text(self.path),
        )  # fmt: skip

        def delete(connection: sqlite3.Connection) -> None:
            # Unless it was replaced meanwhile.
            which = "SELECT id FROM answers WHERE key IS ? AND digest IS ?"
            numbers = connection.execute(which, (key, digest)).fetchall()
            for table in _PARTS:
                connection.executemany(f"DELETE FROM {table} WHERE id = ?", numbers)  # noqa: S608

        with contextlib.suppress(NotWritten):
            self.file.write(delete)

    # Writing ------------------------------------------------------------------------------------

    def __setitem__(self, key: str, response: CachedResponse) -> None:
        self.save(key, response)

    def save(self, key: str, response: Response) -> None:
        """Keep an answer in place of an older one, and of an absence."""
        body = response.content or b""
        if len(body) > min(LARGEST_BODY, self.max_bytes):
            self.file.warn_once(
                "too large", "An answer of %s is too large to be kept in %s: it is used, and asked "
                "for again next time. This is said once.", bytes_text(len(body)),
                path_text(self.path),
            )  # fmt: skip
            return
        compressed = self._codec.compress(body, asbytes=True)
        headers = {n: v for n, v in response.headers.items() if n not in CONFIRMATION}
        row = (
            key,
            response.url,
            response.request.method,
            response.status_code,
            json.dumps(headers),
            response.headers.get("Content-Type"),
            int(any(name in response.headers for name in VALIDATORS)),
            time.time(),
            len(body),
        )
        digest = _digest(row, compressed)
        checked_at, date = confirmation(response.headers)
        check = (checked_at, date, _digest((key, checked_at, date))[:8])
        statements = [
            ("DELETE FROM missing WHERE key = ?", (key,)),
            (_SAVE_ANSWER, (*row, len(compressed), digest)),
            (_SAVE_BODY, (compressed, key)),
            (_SAVE_CHECK, (*check, key, digest)),
        ]
        if self._write(partial(run_statements, statements)) is None:
            return
        response.digest = digest  # type: ignore[attr-defined]
        self._writes += 1
        if self._writes % _LOOK_EVERY == 1:
            used = self.file.bytes_used() + self.columns.bytes_used()
            if used > self.max_bytes:
                self._trim(used - TRIMMED * self.max_bytes)

    def __delitem__(self, key: str) -> None:
        self.columns.clear()
        if not self.forget([key]):
            raise KeyError(key)

    def confirm(self, confirmed: Stored) -> None:
        """Keep when an answer was confirmed, unless another version took its place meanwhile."""
        key, checked_at, date = confirmed.key, confirmed.checked_at, confirmed.date
        check = (checked_at, date, _digest((key, checked_at, date))[:8])
        self._write(partial(run_statements, [(_SAVE_CHECK, (*check, key, confirmed.digest))]))

    def note_absence(self, absence: Absence) -> None:
        """Remember an absence; a stored answer stays as it is."""
        # Half a surrogate pair has no bytes.
        reason = absence.reason.encode("utf-8", "replace").decode()
        statements = [
            # A new number each time: the oldest are those with the smallest.
            ("INSERT OR REPLACE INTO missing (key, checked_at, reason) VALUES (?, ?, ?)",
             (absence.key, absence.checked_at, reason)),
            ("DELETE FROM missing WHERE number <= (SELECT MAX(number) FROM missing) - ?",
             (MOST_ABSENCES,)),
        ]  # fmt: skip
        self._write(partial(run_statements, statements))

    def forget_absences(self, before: float = float("inf")) -> None:
        """Forget the absences that were noted before a time."""
        statement = "DELETE FROM missing WHERE checked_at < ?"
        self._write(partial(run_statements, [(statement, (before,))]))

    # All answers --------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[str]:
        keys = self.file.read("SELECT key FROM answers WHERE typeof(key) = 'text' ORDER BY id")
        return iter([key for (key,) in keys])

    def entries(self) -> list[Entry]:
        """Return all answers, without bodies."""
        rows = self.file.read(
            "SELECT key, url, checked_at, date, checks.digest, stored FROM answers LEFT JOIN "
            "checks USING (id) WHERE typeof(key) = 'text' AND typeof(url) = 'text' AND "
            "typeof(stored) = 'integer'"
        )
        return [
            Entry(key, url, _confirmed(key, at, date, digest)[0], stored)
            for key, url, at, date, digest, stored in rows
        ]

    def location(self) -> str:
        """Return the path of the file."""
        return str(self.path)

    def bytes_used(self) -> int:
        """Return the size of what the file holds, in bytes."""
        return self.file.bytes_used()

    def __len__(self) -> int:
        return int(self.file.read("SELECT COUNT(*) FROM answers")[0][0])

    def bulk_delete(self, keys: Iterable[str]) -> None:
        """Forget answers; those that are not there don't matter."""
        self.columns.clear()
        self.forget(list(keys))

    def forget(self, keys: Sequence[str]) -> int:
        """Forget answers and absences, some hundred in a transaction; return how many answers."""

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
        statements = [(f"DELETE FROM {table}", ()) for table in (*_PARTS, "missing")]  # noqa: S608
        self._write(partial(run_statements, statements))
        self.columns.clear()
        self.shrink()

    def shrink(self) -> None:
        """Give free pages of the file back."""
        self.file.shrink()

    def _trim(self, excess: float) -> None:
        """Forget answers of so many bytes: what was confirmed longest ago goes first."""
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
        self.shrink()

    def close(self) -> None:
        """Close the files; in a forked child nothing."""
        self.columns.close()
        self.file.close()


@dataclass(slots=True)
class _LateBodies:
    """Answers that were looked up together, whose bodies are read when the first is asked for."""

    table: AnswerTable
    digests: dict[str, bytes] = field(default_factory=dict)
    _read: dict[str, Stored] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def body(self, key: str) -> bytes:
        """Return the body of an answer; raise Replaced if it is no longer the one looked up."""
        with self._lock:
            if key not in self._read:
                found = self.table.lookup(list(self.digests))
                self._read |= {k: one for k, one in found.items() if isinstance(one, Stored)}
            stored = self._read.get(key)
        # An absence may have taken its place, or another version.
        if stored is None or stored.digest != self.digests[key]:
            raise Replaced("The answer was replaced while it was looked at.")
        return stored.body()


def _digest(values: Sequence[Any], body: bytes = b"") -> bytes:
    """Return the digest of an answer (its columns up to the length, its body as stored).

    A confirmation, which is written without the answer, has one of its own, half as long.
    """
    # Of the compressed body: that is a tenth of the bytes, and of the time.
    digest = hashlib.sha256(body)
    digest.update(repr(tuple(values)).encode("utf-8", "backslashreplace"))
    return digest.digest()[:16]


def _confirmed(key: str, checked_at: Any, date: Any, digest: Any) -> tuple[float, str | None]:
    """Return when an answer was confirmed; that is unknown if it is not as it was written."""
    known = isinstance(checked_at, float) and 0 <= checked_at < LATEST
    if known and digest == _digest((key, checked_at, date))[:8]:
        return checked_at, date
    return UNKNOWN, None
