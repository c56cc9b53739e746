"""Reading answers off a connection: bounded in time and size, and none left half read.

What http.client and urllib3 leave open, and what is done here:

* http.client takes every informational answer but 100 for the answer itself, so that the real one
  would be read for the next request. Here 100, 102 and 103 are passed over; any other ends the
  connection.
* Time-outs are for each read, so a byte a second never times out. Here all of an answer has to
  come within ten times the time-out after its first byte.
* A body has no largest size, and a small compressed one may become a very large one.
* Bytes that follow an answer would be taken for the next one. A connection that has any is not
  used again.

The attributes of http.client, urllib3 and requests that this takes are no documented interface: see
``private-attributes`` in docs/decisions.md.
"""

from __future__ import annotations

import contextlib
import http.client
import math
import socket
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_encoding_from_headers

from imgurdata._format import bytes_text, duration_text
from imgurdata.errors import BadResponse, ConnectionFailed

__all__ = ["PIECE", "BoundedAdapter", "BoundedResponse", "too_large"]

#: Informational answers to one request that are passed over.
_MOST_INFORMATIONAL = 20
_PASSED_OVER = frozenset({100, 102, 103})
#: Headers and what frames a body come on top of the body.
_OVERHEAD = 2**20
#: Bodies are read in pieces of this size.
PIECE = 2**16

#: Tells how much time went by; tests bring their own.
monotonic = time.monotonic


def too_large(largest: int) -> BadResponse:
    """Return the error of a body that has more bytes than any of Imgur's."""
    return BadResponse(
        f"The answer is larger than {bytes_text(largest)}, which none of Imgur's is."
    )


class BoundedResponse(http.client.HTTPResponse):
    """An answer read within bounds; its connection is used again only if nothing follows.

    Attributes
    ----------
    largest : int
        Most bytes of a body, as sent and as unpacked. The longest recorded ones, trees of
        thousands of comments, have 6 MB.
    times_timeout : float
        All of an answer has to come within so many times the time-out after its first byte.
    left_over : bool
        Whether bytes were seen behind the end of the body.
    """

    largest = 64 * 2**20
    times_timeout: float = 10
    left_over = False
    _ends = math.inf
    _size = 0

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._socket: Any = sock
        #: Longest wait for the next bytes; without one, the answer's time has no bound.
        self._timeout = sock.gettimeout()
        raw: Any = self.fp.raw
        self._read_raw: Any = raw.readinto
        raw.readinto = self._read_within_bounds  # the buffer before it reads by this alone

    def _read_within_bounds(self, buffer: Any) -> int | None:
        """Read what there is; wait for it no longer than is left."""
        timeout = self._timeout
        if timeout:
            left = self._ends - monotonic()
            if left <= 0:
                raise self._too_long()
            if left < timeout:
                self._socket.settimeout(left)
        try:
            count: int | None = self._read_raw(buffer)
        except TimeoutError:
            if self._ends <= monotonic():
                raise self._too_long() from None
            raise
        if timeout and self._ends == math.inf:
            self._ends = monotonic() + self.times_timeout * timeout
        self._size += count or 0
        if self._size > self.largest + _OVERHEAD:
            raise too_large(self.largest)
        return count

    def _too_long(self) -> ConnectionFailed:
        total = duration_text(self.times_timeout * (self._timeout or 0))
        return ConnectionFailed(
            f"The answer did not come to its end within {total} ({self.times_timeout} times "
            "timeout).",
            retryable=False,
        )

    def _read_status(self) -> tuple[str, int, str]:
        for _ in range(_MOST_INFORMATIONAL):
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if not 100 <= status < 200:
                return version, status, reason
            if status not in _PASSED_OVER:
                raise BadResponse(f"The answer has the status {status}, which no request expects.")
            http.client.parse_headers(self.fp)
        raise BadResponse("Only informational answers came, and none that is final.")

    def _close_conn(self) -> None:
        connection, self._socket = self._socket, None
        if connection is not None and not self.will_close:
            with contextlib.suppress(OSError, ValueError, AttributeError):
                # What is there already is looked at, and nothing is waited for. TLS says in its own
                # way that nothing is there.
                self._timeout = None
                connection.settimeout(0)
                self.left_over = bool(self.fp.peek(1))
            headers: Any = self.headers or {}
            framed, length = map(headers.get, ("Transfer-Encoding", "Content-Length"))
            doubtful = (
                # These have no body. Where they say that they have one, it may follow.
                self._method == "HEAD"  # type: ignore[attr-defined]
                or (self.status in {204, 304} and (framed or (length or "0").strip() != "0"))
                # Another server on the way may have read the answer to another end.
                or (framed is not None and length is not None)
            )
            if self.left_over or doubtful:
                # urllib3 looks whether a connection was shut down before it uses it again.
                with contextlib.suppress(OSError, ValueError, AttributeError):
                    getattr(connection, "socket", connection).shutdown(socket.SHUT_RDWR)
        self._read_raw = None  # else each would keep the other until garbage is collected
        super()._close_conn()  # type: ignore[misc]


class BoundedAdapter(HTTPAdapter):
    """requests' adapter on connections whose answers are bounded."""

    #: Makes an answer of a connection.
    responses: Callable[..., BoundedResponse] = BoundedResponse
    #: What the last pool of connections was asked for with, and the pool.
    _last: tuple[Any, Any] = (None, None)

    def get_connection_with_tls_context(
        self, request: Any, verify: Any, proxies: Any = None, cert: Any = None
    ) -> Any:
        """Return the pool of connections for a request; to find the last one again takes long."""
        target = urlsplit(request.url)[:2], verify, proxies, cert
        pool: Any
        last, pool = self._last
        if target != last:
            pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
            kind = pool.ConnectionCls  # plain, TLS or SOCKS
            if kind.response_class is not self.responses:
                bounded = {"response_class": staticmethod(self.responses)}
                pool.ConnectionCls = type(kind.__name__, (kind,), bounded)
            self._last = target, pool
        return pool

    def close(self) -> None:
        """Close all connections."""
        self._last = (None, None)
        super().close()

    def build_response(self, req: Any, resp: Any) -> requests.Response:
        """Build it as requests does, but without cookies (refused), and headers as they are."""
        response = requests.Response()
        response.status_code, response.reason = resp.status, resp.reason
        response.url, response.request = req.url, req
        response.headers, response.raw = resp.headers, resp
        response.encoding = get_encoding_from_headers(resp.headers)
        return response
