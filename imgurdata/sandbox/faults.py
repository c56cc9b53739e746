"""Faults that a sandbox can answer with: all that Imgur is known for.

The answers follow recorded errors (error shapes 1 to 4, pages of the edge cache).
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from imgurdata._validate import integer, one_of, refuse
from imgurdata.sandbox.auth import ApiError
from imgurdata.sandbox.templates import HTML, read_template
from imgurdata.sandbox.wire import Body, envelope, error_data, render, to_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from imgurdata.sandbox.request import Request

__all__ = [
    "FAULTS", "GATEWAY_401", "GATEWAY_429", "JSON_API", "Fault", "FaultQueue", "Faulty",
    "json_api_error", "too_many_requests",
]  # fmt: skip

#: Content type of the newer backends' errors (recorded 2025).
JSON_API = "application/vnd.imgur.v1+json"

_OVER_CAPACITY = "Imgur is temporarily over capacity. Please try again later."
_TOO_FAST = ApiError(400, "You are uploading too fast. Please wait 37 more minutes.", 429)
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


def json_api_error(status: int, text: str, detail: str, backend: str = "legacy") -> bytes:
    """Return an error of the newer backends: no envelope, and the code is text (error shape 3)."""
    error = {
        "id": f"{backend}-api-5d8f7c9b64-sndbx/R4nd0mTr41l-100001",
        "code": str(status),
        "status": text,
        "detail": detail,
    }
    # They are not PHP: they leave slashes alone.
    return json.dumps({"errors": [error]}, separators=(",", ":")).encode()


def too_many_requests() -> bytes:
    """Return the newer gateway's 429."""
    return json_api_error(429, "Too Many Requests", "Too Many Requests")


@dataclass(frozen=True)
class Faulty:
    """A faulty response without the headers that all have.

    Attributes
    ----------
    status : int
        0 resets the connection.
    limits : bool
        Whether it has limit headers.
    edge : bool
        Whether it comes from the edge, so without the API's own headers (ETag and the like).
    headers : tuple of (str, str)
        Additional ones.
    """

    status: int
    body: Body
    limits: bool = False
    edge: bool = False
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Fault:
    """A named fault; without `make`, it damages the true response."""

    name: str
    make: Callable[[Request], Faulty] | None = None


def _error(status: int, text: object, *, limits: bool = False) -> Callable[[Request], Faulty]:
    def make(request: Request) -> Faulty:
        data = error_data(text, request.path, request.method)
        return Faulty(status, _in_form(request, envelope(data, status)), limits=limits)

    return make


def _in_form(request: Request, value: dict[str, Any]) -> Body:
    """Return an error in the form that was asked for."""
    found = render(value, request.format, request.query.get("callback"))
    return Body(to_json(value)) if found is None else found


def _over_capacity(status: int) -> Callable[[Request], Faulty]:
    value = envelope({"error": _OVER_CAPACITY}, status)
    return lambda request: Faulty(status, _in_form(request, value))


def _page(name: str, status: int, *headers: tuple[str, str], content_type: str = HTML) -> Fault:
    body = Body(read_template(f"faults/{name}.html").encode(), content_type)
    return Fault(name, lambda _: Faulty(status, body, edge=True, headers=headers))


def _two_documents(request: Request) -> Faulty:
    second = envelope(error_data("Too Many Requests", request.path, request.method), 429)
    return Faulty(429, Body(too_many_requests() + b"\n" + to_json(second)), limits=True)


#: How RapidAPI refuses what a plan does not hold any more, and a key that is wrong or missing.
GATEWAY_429 = {
    "message": "You have exceeded the MONTHLY quota for Requests on your current plan, BASIC. "
    "Upgrade your plan at https://rapidapi.com/imgur/api/imgur-9"
}
GATEWAY_401 = {
    "message": "Invalid API key. Go to https://docs.rapidapi.com/docs/keys for more info."
}

#: Every fault by its name.
FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault("over_capacity", _over_capacity(403)),
        Fault("over_capacity_500", _over_capacity(500)),
        _page("over_capacity_page", 503),
        _page("varnish", 503, ("Retry-After", "0"), ("Connection", "close")),
        _page("nginx_405", 405, content_type="text/html"),
        Fault(
            "rate_limited",
            lambda _: Faulty(429, Body(too_many_requests(), JSON_API), limits=True),
        ),
        _page("rate_limited_page", 429),
        # Signing in shows this since mid-2025 (gavvvr/obsidian-imgur-plugin#105); its status is
        # not on record.
        _page("error_1024", 500),
        Fault("two_documents", _two_documents),
        Fault("error_object", _error(400, _TOO_FAST.error)),
        Fault("gateway", lambda _: Faulty(401, Body(to_json(GATEWAY_401)), edge=True)),
        Fault("invalid_token", _error(403, "The access token provided is invalid.")),
        Fault("reset", lambda _: Faulty(0, Body(b""))),
        Fault("empty", lambda _: Faulty(200, Body(b""), edge=True)),
        _page("html", 200),
        Fault("error_in_success", _error(200, "Item not found", limits=True)),
        Fault("truncated"),
        Fault("bad_json"),
    )
}


def find_fault(fault: int | str) -> Fault:
    """Return the fault of a name or HTTP status.

    Raises
    ------
    InvalidArgument
        There is no such fault.
    """
    if isinstance(fault, str):
        return FAULTS[one_of("fault", fault, FAULTS)]
    status = integer("fault", fault, least=400, most=599)
    text = _TEXTS.get(status, "An error occurred" if status >= 500 else "Bad Request")
    return Fault(str(status), _error(status, text))


@dataclass
class _Order:
    fault: Fault
    left: int
    path: str | None


class FaultQueue:
    """The faults to come, first ordered first served; safe for many threads."""

    def __init__(self) -> None:
        self._orders: list[_Order] = []
        self._lock = threading.Lock()

    def order(self, fault: int | str, times: int, path: str | None) -> None:
        """Order `times` faults for paths that start with `path`, or for the whole API."""
        times = integer("times", times, least=1)
        if path is not None and not (isinstance(path, str) and path.startswith("/")):
            refuse("path", "the beginning of a path, such as '/3/gallery', or None", path)
        found = find_fault(fault)
        with self._lock:
            self._orders.append(_Order(found, times, path))

    def take(self, request: Request) -> Fault | None:
        """Remove and return the fault that answers this request, if any."""
        with self._lock:
            for order in self._orders:
                matches = (
                    request.is_api if order.path is None else request.path.startswith(order.path)
                )
                if matches:
                    order.left -= 1
                    if not order.left:
                        self._orders.remove(order)
                    return order.fault
        return None
