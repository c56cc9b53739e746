"""The sandbox's log of requests."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

__all__ = ["RequestLog", "RequestRow", "public_query"]

_SECRET = {
    "access_token", "client_id", "client_secret", "code", "deletehashes", "deletehashes[]",
    "email", "password", "pin", "refresh_token", "username",
}  # fmt: skip
#: Longer values, such as an image in base64, are cut.
_LONGEST = 200


@dataclass(frozen=True)
class RequestRow:
    """A request and how it was answered.

    Attributes
    ----------
    time : datetime.datetime
        By the sandbox's clock, UTC.
    method, path : str
        As sent, without the query.
    query : dict of str to str
        Secrets read ``***``.
    status : int
        HTTP status; 0 when the connection was reset.
    cost : int
        Credits charged.
    kind : str
        ``"client"``, ``"bearer"``, ``"none"`` (refused, or answered without authentication),
        ``"oauth"`` (signing in: all under ``/oauth2/``) or ``"file"`` (a picture or a page); the
        last two cost nothing.
    identity : str
        A hash that is the same for the same client; empty where there is none.
    bytes : int
        Length of the body, as sent.
    cookie : bool
        Whether the request had a cookie; a client that refuses them never does.
    fault : str
        The fault of `Sandbox.fail` that answered it, or empty.
    """

    time: dt.datetime
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    cost: int = 0
    kind: str = "none"
    identity: str = ""
    bytes: int = 0
    cookie: bool = False
    fault: str = ""


def public_query(query: Mapping[str, str]) -> dict[str, str]:
    """Return a copy of a query without its secrets; a sign-in's ``state`` is none.

    Examples
    --------
    >>> public_query({"client_id": "abc", "mature": "true"})
    {'client_id': '***', 'mature': 'true'}
    """
    return {
        key: "***" if key.lower() in _SECRET else value[:_LONGEST] for key, value in query.items()
    }


class RequestLog:
    """The last 100,000 requests, safe for many threads."""

    def __init__(self) -> None:
        self._rows: deque[RequestRow] = deque(maxlen=100_000)
        self._lock = threading.Lock()

    def add(self, row: RequestRow) -> None:
        """Append a row."""
        with self._lock:
            self._rows.append(row)

    def rows(self) -> list[RequestRow]:
        """Return a copy of the rows, oldest first."""
        with self._lock:
            return list(self._rows)
