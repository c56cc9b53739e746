"""Faults that a sandbox can be told to answer with: all that Imgur is known for.

What an answer looks like follows recorded errors (error shapes 1 to 4, pages of the edge cache).
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from imgurdata._validate import integer, one_of, refuse
from imgurdata.sandbox.wire import Body, envelope, error_data, to_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from imgurdata.sandbox.call import Call

__all__ = ["FAULTS", "GATEWAY_429", "Fault", "FaultQueue", "Faulty", "too_many_requests"]

#: Content type of the newer gateway's 429 (recorded 2025).
GATEWAY_429 = "application/vnd.imgur.v1+json"

_HTML = "text/html; charset=utf-8"
_OVER_CAPACITY = "Imgur is temporarily over capacity. Please try again later."
_TEXTS = {
    400: "Bad Request",
    401: "Authentication required",
    403: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    429: "Too Many Requests",
    500: "An error occurred",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


def too_many_requests() -> bytes:
    """Make the gateway's 429: no envelope, and the code is text (error shape 3)."""
    error = {
        "id": "legacy-api-5d8f7c9b64-sndbx/R4nd0mTr41l-100001",
        "code": "429",
        "status": "Too Many Requests",
        "detail": "Too Many Requests",
    }
    # The gateway is not PHP: it leaves slashes alone.
    return json.dumps({"errors": [error]}, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Faulty:
    """A faulty answer before the headers that all answers have.

    Attributes
    ----------
    status : int
        0: no answer, the connection is reset.
    body : Body
    limits : bool
        Whether limit headers come with it.
    edge : bool
        Whether it comes from the edge, so without the API's own headers (ETag and the like).
    headers : tuple of (str, str)
        In addition.
    """

    status: int
    body: Body
    limits: bool = False
    edge: bool = False
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Fault:
    """A named fault.

    Attributes
    ----------
    name : str
    make : callable or None
        Makes the answer; None where the true answer is spoiled instead.
    """

    name: str
    make: Callable[[Call], Faulty] | None = None


def _plain(status: int) -> Callable[[Call], Faulty]:
    text = _TEXTS.get(status, "An error occurred" if status >= 500 else "Bad Request")

    def make(call: Call) -> Faulty:
        data = error_data(text, call.path, call.method)
        return Faulty(status, Body(to_json(envelope(data, status))))

    return make


def _over_capacity(status: int) -> Callable[[Call], Faulty]:
    body = Body(to_json(envelope({"error": _OVER_CAPACITY}, status)))
    return lambda _: Faulty(status, body)


def _page(
    status: int, html: str, *headers: tuple[str, str], content_type: str = _HTML
) -> Callable[[Call], Faulty]:
    body = Body(html.encode(), content_type)
    return lambda _: Faulty(status, body, edge=True, headers=headers)


def _error_object(call: Call) -> Faulty:
    data = {
        "error": {
            "code": 429,
            "message": "You are uploading too fast. Please wait 37 more minutes.",
            "type": "ImgurException",
            "exception": [],
        },
        "request": call.path,
        "method": call.method,
    }
    return Faulty(400, Body(to_json(envelope(data, 400))))


def _two_documents(call: Call) -> Faulty:
    second = envelope(error_data("Too Many Requests", call.path, call.method), 429)
    return Faulty(429, Body(too_many_requests() + b"\n" + to_json(second)), limits=True)


def _error_in_success(call: Call) -> Faulty:
    data = error_data("Item not found", call.path, call.method)
    return Faulty(200, Body(to_json(envelope(data, 200))), limits=True)


def _invalid_token(call: Call) -> Faulty:
    data = error_data("The access token provided is invalid.", call.path, call.method)
    return Faulty(403, Body(to_json(envelope(data, 403))))


_OVER_CAPACITY_PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>Imgur is over capacity!</title></head>
<body><h1>Imgur is over capacity!</h1><p>Here is a kitten instead.</p></body></html>
"""
_VARNISH = """
<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN"
 "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">
<html>
  <head><title>503 client read error</title></head>
  <body>
    <h1>Error 503 client read error</h1>
    <p>client read error</p>
    <hr/><p>Varnish cache server</p>
  </body>
</html>
"""
_NGINX = """<html>
<head><title>405 Not Allowed</title></head>
<body bgcolor="white">
<center><h1>405 Not Allowed</h1></center>
<hr><center>nginx</center>
</body>
</html>
"""
_TOO_MANY_PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>    Imgur: the most awesome 429 page</title></head>
<body><h1>You are asking too often</h1></body></html>
"""
# What signing in shows since mid-2025 (gavvvr/obsidian-imgur-plugin#105); its status is not told.
_ERROR_1024 = """<!DOCTYPE html>
<html lang="en"><head><title>Imgur: error (code 1024)</title></head>
<body><h1>Error (1024)</h1>
<p>This page could not be fetched (code: 1024). Try again, or look whether its address is right.</p>
</body></html>
"""
_SITE_PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>Imgur: The magic of the Internet</title></head>
<body><div id="root"></div></body></html>
"""
_GATEWAY = {"message": "Missing application key. Read the gateway's documents on how to get one."}

#: Every fault by its name. The four at the end spoil the answer that was due.
FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault("over_capacity", _over_capacity(403)),
        Fault("over_capacity_500", _over_capacity(500)),
        Fault("over_capacity_page", _page(503, _OVER_CAPACITY_PAGE)),
        Fault("varnish", _page(503, _VARNISH, ("Retry-After", "0"), ("Connection", "close"))),
        Fault("nginx_405", _page(405, _NGINX, content_type="text/html")),
        Fault(
            "rate_limited",
            lambda _: Faulty(429, Body(too_many_requests(), GATEWAY_429), limits=True),
        ),
        Fault("rate_limited_page", _page(429, _TOO_MANY_PAGE)),
        Fault("error_1024", _page(500, _ERROR_1024)),
        Fault("two_documents", _two_documents),
        Fault("error_object", _error_object),
        Fault("gateway", lambda _: Faulty(401, Body(to_json(_GATEWAY)), edge=True)),
        Fault("invalid_token", _invalid_token),
        Fault("reset", lambda _: Faulty(0, Body(b""))),
        Fault("empty", lambda _: Faulty(200, Body(b""), edge=True)),
        Fault("html", _page(200, _SITE_PAGE)),
        Fault("error_in_success", _error_in_success),
        Fault("truncated"),
        Fault("bad_json"),
    )
}


def find_fault(fault: int | str) -> Fault:
    """Look up the fault of this name or HTTP status.

    Raises
    ------
    InvalidArgument
        There is none.
    """
    if isinstance(fault, str):
        return FAULTS[one_of("fault", fault, FAULTS)]
    status = integer("fault", fault, least=400, most=599)
    return Fault(str(status), _plain(status))


@dataclass
class _Ordered:
    fault: Fault
    left: int
    path: str | None


class FaultQueue:
    """The faults to come, first ordered first served; safe for many threads."""

    def __init__(self) -> None:
        self._ordered: list[_Ordered] = []
        self._lock = threading.Lock()

    def order(self, fault: int | str, times: int, path: str | None) -> None:
        """Ask for `times` faulty answers, of paths that start with `path` or of the whole API."""
        times = integer("times", times, least=1)
        if path is not None and not (isinstance(path, str) and path.startswith("/")):
            refuse("path", "the beginning of a path, such as '/3/gallery', or None", path)
        found = find_fault(fault)
        with self._lock:
            self._ordered.append(_Ordered(found, times, path))

    def take(self, call: Call) -> Fault | None:
        """Take the fault that answers this call, if any."""
        with self._lock:
            for place, order in enumerate(self._ordered):
                mine = call.is_api if order.path is None else call.path.startswith(order.path)
                if mine:
                    order.left -= 1
                    if not order.left:
                        del self._ordered[place]
                    return order.fault
        return None
