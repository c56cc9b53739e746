"""The cache on disk: a requests-cache backend that stores answers, not requests.

Built on requests-cache's way to bring one's own backend (a :class:`BaseCache` with a
:class:`BaseStorage`). What is different from its SQLite backend, and why:

* no pickle: a cache file that somebody else wrote must not run code;
* no request headers, no cookies: they are where secrets are;
* bodies compressed (zstd): a tenth of the disk, no slower to read;
* the time of the last check in a table of its own: a 304 then writes a few bytes, no body;
* every wait is bounded, and a file that can't be written is refused when it is opened;
* reads hold the lock too: two threads on one connection otherwise get half a row on 3.12 and up.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
from requests import Response
from requests.structures import CaseInsensitiveDict
from requests_cache.backends.base import BaseCache, BaseStorage, DictStorage
from requests_cache.models.request import CachedRequest
from requests_cache.models.response import CachedResponse

from imgurdata.errors import CacheUnusable

__all__ = ["CHECKED_AT", "AnswerCache"]

_T = TypeVar("_T")

logger = logging.getLogger(__name__)

#: Goes up when the file's tables change; the file is named by it, so versions don't meet.
FORMAT = 1
#: The header under which the transport says when an answer was confirmed (session's clock).
CHECKED_AT = "X-Imgurdata-Checked-At"
#: Headers that every confirmation brings anew.
_CONFIRMED = (CHECKED_AT, "Date")
_BUSY = 10.0
#: No answer is that large; a larger number in the file is damage or malice.
_LARGEST = 256 * 2**20

_TABLES = """
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, url TEXT NOT NULL, method TEXT NOT NULL, status INTEGER NOT NULL,
    headers TEXT NOT NULL, length INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS checks (
    key TEXT PRIMARY KEY, checked_at TEXT, date TEXT
) WITHOUT ROWID;
"""


class AnswerCache(BaseCache):
    """The cache that :func:`imgurdata.connect` opens by default.

    Parameters
    ----------
    path
        The SQLite file; made with its folder, readable by its owner only.

    Raises
    ------
    CacheUnusable
        The file can't be opened or written.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(cache_name=str(path))
        self._answers = AnswerTable(path)
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

    def confirmations(self, keys):
        return {k: c for k in keys if (c := self.confirmation(k)) is not None}

    def read_many(self, keys):
        from types import SimpleNamespace

        out = {}
        for k in keys:
            r = self.get_response(k)
            if r is not None:
                out[k] = SimpleNamespace(
                    body=r.content, status=r.status_code, date=r.headers.get("Date")
                )
        return out

    def confirmation(self, key: str) -> tuple[float, bool] | None:
        """When an answer was last confirmed, and whether it can be asked for by its ETag."""
        return self._answers.confirmation(key)


class StoredAnswer:
    pass


class AnswerTable(BaseStorage[str, CachedResponse]):
    """Answers by key, in one SQLite file shared by threads and processes."""

    def __init__(self, path: Path) -> None:
        super().__init__(serializer=None)
        self.path = path
        self._lock = threading.RLock()
        self._codec = pa.Codec("zstd")
        self._connection = _open(path)

    def __getitem__(self, key: str) -> CachedResponse:
        rows = self._read(
            "SELECT url, method, status, headers, length, body, checked_at, date "
            "FROM answers LEFT JOIN checks USING (key) WHERE key = ?",
            key,
        )
        if not rows:
            raise KeyError(key)
        url, method, status, headers, length, body, checked_at, date = rows[0]
        try:
            # SQLite columns hold whatever somebody put there.
            if not (isinstance(status, int) and isinstance(url, str) and 0 <= length <= _LARGEST):
                raise ValueError("values that no answer has")
            kept = CaseInsensitiveDict(json.loads(headers))
            content = self._codec.decompress(body, length, asbytes=True)
        except (ValueError, TypeError, OSError) as error:
            # Damage to one row costs one request, not the cache.
            logger.warning("an answer in %s is damaged and is fetched anew: %s", self.path, error)
            raise KeyError(key) from None
        kept.update({n: v for n, v in zip(_CONFIRMED, (checked_at, date), strict=True) if v})
        response = CachedResponse(
            content=content,
            headers=kept,
            encoding="utf-8",
            reason="OK",
            request=CachedRequest(method=method, url=url),
            status_code=status,
            url=url,
            elapsed=timedelta(0),
        )
        response.cache_key = key
        return response

    def __setitem__(self, key: str, response: CachedResponse) -> None:
        body = response.content or b""
        headers = {n: v for n, v in response.headers.items() if n not in _CONFIRMED}
        row = (
            key,
            response.url,
            response.request.method,
            response.status_code,
            json.dumps(headers),
            len(body),
            self._codec.compress(body, asbytes=True),
        )

        def store(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            self._confirm(connection, key, response.headers)

        self._write(store)

    def touch(self, key: str, headers: CaseInsensitiveDict[str]) -> None:
        """Note that an answer was confirmed, and nothing else."""
        self._write(lambda connection: self._confirm(connection, key, headers))

    def confirmation(self, key: str) -> tuple[float, bool] | None:
        """When an answer was confirmed, in the session's clock, and whether it has a validator."""
        rows = self._read(
            "SELECT checked_at, headers FROM answers LEFT JOIN checks USING (key) WHERE key = ?",
            key,
        )
        if not rows:
            return None
        checked_at, headers = rows[0]
        try:
            validators = {"etag", "last-modified"} & {name.lower() for name in json.loads(headers)}
            return (float(checked_at) if checked_at else float("-inf"), bool(validators))
        except (ValueError, TypeError, AttributeError):
            return None  # damaged: as if it were not there

    def __delitem__(self, key: str) -> None:
        def delete(connection: sqlite3.Connection) -> int:
            found = connection.execute("DELETE FROM answers WHERE key = ?", (key,)).rowcount
            connection.execute("DELETE FROM checks WHERE key = ?", (key,))
            return found

        if self._write(delete) == 0:
            raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter([key for (key,) in self._read("SELECT key FROM answers")])

    def __len__(self) -> int:
        return int(self._read("SELECT COUNT(*) FROM answers")[0][0])

    def clear(self) -> None:
        """Forget every answer."""
        self._write(lambda c: (c.execute("DELETE FROM answers"), c.execute("DELETE FROM checks")))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    @staticmethod
    def _confirm(connection: sqlite3.Connection, key: str, headers: Any) -> None:
        values = (key, *(headers.get(name) for name in _CONFIRMED))
        connection.execute("INSERT OR REPLACE INTO checks VALUES (?, ?, ?)", values)

    def _read(self, statement: str, *values: str) -> list[Any]:
        try:
            with self._lock:
                return self._connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise _unusable(self.path, error) from None

    def _write(self, work: Callable[[sqlite3.Connection], _T]) -> _T | None:
        """One transaction, rolled back on whatever happens; a lost write is said aloud.

        None where it was lost: the answer is there all the same, it is only not kept.
        """
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                done = work(self._connection)
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                logger.warning("an answer could not be kept in %s: %s", self.path, error)
                return None
            finally:
                with contextlib.suppress(sqlite3.Error):
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
            return done


def _open(path: Path) -> sqlite3.Connection:
    """The file, opened and proven writable."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        connection = sqlite3.connect(
            path, timeout=_BUSY, isolation_level=None, check_same_thread=False
        )
    except (OSError, sqlite3.Error) as error:
        raise _unusable(path, error) from None
    try:
        (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.executescript(_TABLES)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT OR REPLACE INTO checks VALUES ('', NULL, NULL)")
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        connection.close()
        raise _unusable(path, error) from None
    if mode != "wal":
        logger.warning(
            "%s can't be kept in WAL mode here (a network folder?): it works, slower", path
        )
    return connection


def _unusable(path: Path, error: Exception) -> CacheUnusable:
    reason = getattr(error, "strerror", None) or str(error)
    return CacheUnusable(
        f"The cache {path} cannot be used: {reason}. Give another place with cache=..., move all "
        'of them with $IMGURDATA_HOME, or keep it in memory with cache="memory".'
    )
