"""Fetch files from the host of Imgur's pictures: without credentials, bounded, retried.

No credit is spent here, and nothing of the session's is sent: neither a token nor a client id.
"""

from __future__ import annotations

import enum
import hashlib
import logging
import random
import re
import socket
import threading
import weakref
from contextlib import suppress
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urljoin, urlsplit

import requests
from requests.models import REDIRECT_STATI
from urllib3.exceptions import HTTPError

from imgurdata._clock import Clock, utc
from imgurdata._format import clock_time, duration_text
from imgurdata._network import LOOPBACK, NetworkEnvironment, connection_error, origin_of
from imgurdata.credits.headers import read_retry_after
from imgurdata.errors import (
    ApiError,
    BadResponse,
    ImgurDataError,
    OverCapacity,
    RateLimited,
    redact,
)
from imgurdata.http.other_hosts import OtherHostsAdapter
from imgurdata.http.retry import pause_before_retry
from imgurdata.http.wire import PIECE, BoundedAdapter, BoundedResponse, too_large

if TYPE_CHECKING:
    from imgurdata.http.session import ImgurSession

__all__ = ["FILE_HOST", "Cancelled", "FileClient", "Found", "Sink", "file_origin"]

logger = logging.getLogger(__name__)

#: Host of Imgur's files (API reference, Helpers).
FILE_HOST = "https://i.imgur.com"
#: Hosts that Imgur's file host redirects to.
_REDIRECT_HOSTS = frozenset({"i.imgur.com", "imgur.com", "www.imgur.com", "i.imgur.io"})
_MOST_REDIRECTS = 3
_GONE = frozenset({404, 410})
#: Name of the picture that Imgur shows instead of a removed one (API reference, Helpers).
_REMOVED = "removed.png"
#: MD5 of that picture, which is its ETag as well: old clients compare with it. It has 503 bytes.
_REMOVED_MD5 = "d835884373f4d6c8f24742ceabe74946"
_LONGEST_REMOVED = 2000
_HEADERS = {"Accept": "image/*,video/*;q=0.9,*/*;q=0.1", "Accept-Encoding": "identity"}
_FILE_PATH = re.compile(r"/([A-Za-z0-9]{5,11})\.[A-Za-z0-9]{2,5}")


class Found(enum.Enum):
    """What the host has under a name."""

    FILE = "file"
    MISSING = "missing"
    PLACEHOLDER = "placeholder"
    """The picture that Imgur shows instead of one that was removed."""


class Cancelled(Exception):
    """The download was cancelled."""


class Sink(Protocol):
    """Receiver of a file's bytes."""

    def restart(self) -> None:
        """Forget what was written: another attempt begins."""

    def write(self, piece: bytes) -> None:
        """Write the next bytes."""


def file_origin(session: ImgurSession) -> str:
    """Return the origin of the files behind a session's answers.

    That is Imgur's file host, also for a gateway; or the sandbox that the session asks.
    """
    return session.base_url if urlsplit(session.base_url).hostname in LOOPBACK else FILE_HOST


class _FileResponse(BoundedResponse):
    """Answer of the file host, whose bodies are larger."""

    #: Imgur takes videos of up to 200 MB.
    largest = 256 * 2**20
    times_timeout = 20


class _FileAdapter(OtherHostsAdapter, BoundedAdapter):
    """Adapter with bounded responses, through the proxies of the environment."""


class FileClient:
    """Client of the file host, used by several threads.

    Parameters
    ----------
    session : ImgurSession
        Whose time-out, certificates, clock and bound on waits count.
    workers : int
        Connections kept open.
    """

    def __init__(self, session: ImgurSession, workers: int) -> None:
        self.origin = file_origin(session)
        self._clock: Clock = session.clock
        self._timeout = session.timeout
        self._max_wait = session.wait_policy.max_wait
        self._adapter = _FileAdapter(
            NetworkEnvironment.from_environment(),
            # One for each host of redirects: a pool in use must not make way for another.
            pool_connections=2 * len(_REDIRECT_HOSTS),
            pool_maxsize=workers,
        )
        self._adapter.responses = self._response
        self._tls = {"verify": session.verify, "cert": session.cert}
        self._headers = {"User-Agent": str(session.headers["User-Agent"]), **_HEADERS}
        self._cancelled = threading.Event()
        self._sockets: weakref.WeakSet[Any] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._resume_at = 0.0

    def url(self, name: str) -> str:
        """Return the address of a file."""
        return f"{self.origin}/{name}"

    def fetch(self, name: str, sink: Sink) -> Found:
        """Fetch a file, with as many attempts as it takes and is allowed.

        Parameters
        ----------
        name : str
            Id, size letter and extension: ``"2YxRdEi.jpg"``.
        sink : Sink
            Where its bytes go. They are the whole file only if ``Found.FILE`` is returned.

        Raises
        ------
        RateLimited, OverCapacity, ApiError, BadResponse, ConnectionFailed
            The file did not come, after three attempts where another may help.
        Cancelled
            :meth:`cancel` was called.
        """
        attempts, paused = 1, 0.0
        while True:
            self._wait_for_turn()
            result = self._try(name, sink)
            if self._cancelled.is_set():
                raise Cancelled
            if isinstance(result, Found):
                return result
            pause = pause_before_retry(
                result, "GET", attempts,
                jitter=random.random(),  # noqa: S311 - no secret
                max_pause=self._max_wait - paused, wait=True,
            )  # fmt: skip
            if pause is None:
                raise result
            attempts += 1
            paused += pause
            sink.restart()
            if isinstance(result, (RateLimited, OverCapacity)):
                self._hold(pause, result)
            elif pause > 0:
                self._clock.sleep(pause, self._cancelled)

    def cancel(self) -> None:
        """End all transfers and waits, in whatever thread they are."""
        self._cancelled.set()
        with self._lock:
            sockets = list(self._sockets)
        for one in sockets:
            _shut_down(one)

    def _response(self, connection: socket.socket, **options: Any) -> _FileResponse:
        """Return the answer that comes on a connection, which :meth:`cancel` can then end."""
        with self._lock:
            self._sockets.add(connection)
        if self._cancelled.is_set():
            _shut_down(connection)
        return _FileResponse(connection, **options)

    def close(self) -> None:
        """Close all connections."""
        self._adapter.close()

    # Politeness ---------------------------------------------------------------------------------

    def _hold(self, pause: float, error: ImgurDataError) -> None:
        """Let all threads wait: whoever is asked to slow down does not go on beside it."""
        now = self._clock.now()
        with self._lock:
            announce = self._resume_at <= now
            self._resume_at = max(self._resume_at, now + pause)
            until = self._resume_at
        if announce:
            logger.warning(
                "%s Going on at %s (in %s).", error.message, clock_time(utc(until), utc(now)),
                duration_text(until - now),
            )  # fmt: skip

    def _wait_for_turn(self) -> None:
        while not self._cancelled.is_set():
            with self._lock:
                left = self._resume_at - self._clock.now()
            if left <= 0:
                return
            self._clock.sleep(left, self._cancelled)
        raise Cancelled

    # One attempt --------------------------------------------------------------------------------

    def _try(self, name: str, sink: Sink) -> Found | ImgurDataError:
        url = self.url(name)
        try:
            for _ in range(_MOST_REDIRECTS + 1):
                with self._answer(url) as response:
                    if response.status_code not in REDIRECT_STATI:
                        return self._read(response, name, sink)
                    following = self._target(response, name)
                if not isinstance(following, str):
                    return following
                url = following
        except ImgurDataError as error:
            return error
        except (requests.RequestException, HTTPError, HTTPException) as error:
            return connection_error(error, f"/{name}", url, kept="in the folder")
        return BadResponse(f"The answer for /{name} is a redirect without end.")

    def _answer(self, url: str) -> requests.Response:
        """Ask for a file; if the answer is closed before all is read, its connection ends."""
        # A session of requests would look at cookies, ~/.netrc and the target of a redirect.
        request = requests.Request("GET", url, headers=self._headers).prepare()
        return self._adapter.send(request, stream=True, timeout=self._timeout, **self._tls)

    def _read(self, response: requests.Response, name: str, sink: Sink) -> Found | ImgurDataError:
        status, headers = response.status_code, response.headers
        if status in _GONE:
            return Found.MISSING
        if status != 200:
            return self._refusal(response, name)
        framed = "chunked" in headers.get("Transfer-Encoding", "").lower()
        if not framed and not headers.get("Content-Length", "").strip().isdigit():
            return BadResponse(f"The answer for /{name} has no length: it may be cut off.")
        original: Any = response.raw._original_response
        size, small = 0, b""
        for piece in response.raw.stream(PIECE, decode_content=True):
            if self._cancelled.is_set():
                raise Cancelled
            size += len(piece)
            if size > _FileResponse.largest:
                return too_large(_FileResponse.largest)
            small = small + piece if size <= _LONGEST_REMOVED else b""
            sink.write(piece)
        if getattr(original, "left_over", False):
            return BadResponse(f"The answer for /{name} goes on behind its end: it may be cut off.")
        if not size:
            return BadResponse(f"The answer for /{name} is empty.")
        return Found.PLACEHOLDER if _is_removed(small) else Found.FILE

    def _refusal(self, response: requests.Response, name: str) -> ImgurDataError:
        status, path = response.status_code, f"/{name}"
        what = f"The file host answered {status} for {path}"
        error: ApiError
        if status == 429:
            error = RateLimited(f"{what}: too many requests.", status=status, request=path)
        elif status in {502, 503, 504}:
            error = OverCapacity(f"{what}: it is over capacity.", status=status, request=path)
        elif status >= 400:
            error = ApiError(f"{what}.", status=status, request=path)
        else:
            return BadResponse(f"{what}, which was not asked for.")
        error.retry_after = read_retry_after(response.headers, self._clock.now())
        if error.retry_after is not None:
            error.args = (f"{error.message} It asks to wait {duration_text(error.retry_after)}.",)
        return error

    def _target(self, response: requests.Response, name: str) -> str | Found | BadResponse:
        """Return where a redirect leads, if that is a file of Imgur's; or what it means."""
        location = response.headers.get("Location") or ""
        try:
            url = urljoin(response.url, location)
            parts = urlsplit(url)
            known = origin_of(url) == origin_of(self.origin) or (
                self.origin == FILE_HOST and parts.hostname in _REDIRECT_HOSTS
                and parts.port in {None, 80, 443} and "@" not in parts.netloc
            )  # fmt: skip
        except ValueError:
            known, location, parts = False, "", urlsplit("")
        if known and parts.path == f"/{_REMOVED}":
            return Found.PLACEHOLDER
        match = _FILE_PATH.fullmatch(parts.path)
        same = match is not None and match[1] == name.partition(".")[0]
        secure = parts.scheme == "https" or urlsplit(self.origin).scheme == "http"
        if location and known and same and secure:
            return url
        host = redact(parts.netloc, 100) if location else ""
        return BadResponse(
            f"The answer for /{name} leads to {host}{redact(parts.path, 100)}: it is not followed."
            if host
            else f"The answer for /{name} leads to an address that cannot be used."
        )


def _shut_down(connection: Any) -> None:
    """End a connection, also while another thread reads from it."""
    with suppress(OSError, ValueError, AttributeError):
        # TLS inside of TLS, through a proxy, has no shutdown() of its own.
        getattr(connection, "socket", connection).shutdown(socket.SHUT_RDWR)


def _is_removed(small: bytes) -> bool:
    """Return whether a small file is Imgur's picture for removed ones, without a redirect to it."""
    return hashlib.md5(small, usedforsecurity=False).hexdigest() == _REMOVED_MD5
