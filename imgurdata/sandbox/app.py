"""The WSGI application: authentication, credits, routing, headers."""

from __future__ import annotations

import datetime as dt
import gzip
import http
import logging
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.account_routes import account_route, notification_route
from imgurdata.sandbox.album_routes import album_route, image_route
from imgurdata.sandbox.auth import ApiError, Principal
from imgurdata.sandbox.comment_routes import comment_route
from imgurdata.sandbox.context import Backend, Context, Route, not_found
from imgurdata.sandbox.faults import GATEWAY_429, Fault, FaultQueue, Faulty, too_many_requests
from imgurdata.sandbox.gallery_routes import gallery_route, tags_route
from imgurdata.sandbox.limits import Allowance, Ledger
from imgurdata.sandbox.log import RequestLog, RequestRow, public_query
from imgurdata.sandbox.oauth_routes import OAuthRoutes
from imgurdata.sandbox.pages import find_page
from imgurdata.sandbox.request import Request
from imgurdata.sandbox.serving import DropConnection
from imgurdata.sandbox.wire import (
    Body,
    Response,
    envelope,
    error_data,
    matches_etag,
    to_json,
    to_jsonp,
    to_xml,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from imgurdata.sandbox.auth import AuthServer
    from imgurdata.sandbox.clock import Clock
    from imgurdata.sandbox.limits import Limits
    from imgurdata.sandbox.settings import Settings

__all__ = ["App"]

logger = logging.getLogger(__name__)

_Headers = list[tuple[str, str]]

_EXPOSED = (
    "X-RateLimit-ClientLimit, X-RateLimit-ClientRemaining, X-RateLimit-UserLimit, "
    "X-RateLimit-UserRemaining, X-RateLimit-UserReset"
)
_NO_STORE = "no-store, no-cache, must-revalidate, post-check=0, pre-check=0"
_API_HEADERS = [
    ("Vary", "Accept-Encoding"),
    ("Access-Control-Expose-Headers", _EXPOSED),
    (
        "access-control-allow-headers",
        "Authorization, Content-Type, Accept, X-Mashape-Authorization",
    ),
    ("access-control-allow-methods", "GET, PUT, POST, DELETE, OPTIONS"),
    ("X-Frame-Options", "DENY"),
]
_CACHED_BODIES = 64


def _credits_route(rest: tuple[str, ...]) -> Route | None:
    return None if rest else Route(lambda ctx: ctx.allowance.body(), cacheable=False)


_FAMILIES: dict[str, Callable[[tuple[str, ...]], Route | None]] = {
    "gallery": gallery_route,
    "tags": tags_route,
    "album": album_route,
    "image": image_route,
    "comment": comment_route,
    "account": account_route,
    "notification": notification_route,
    "credits": _credits_route,
}


def find_route(request: Request) -> Route:
    """Return the route of a request; one that raises the 404 where there is none."""
    family = _FAMILIES.get("".join(request.segments[1:2]))
    route = None if family is None else family(request.segments[2:])
    return Route(_no_route, cacheable=False) if route is None else route


def _no_route(_: Context) -> Any:
    raise not_found()


@dataclass
class _Exchange:
    """A request, and what its log row needs besides the response.

    It has one time for its Date, its resets and its rows, however the clock is moved meanwhile.
    """

    request: Request
    time: float
    cost: int = 0
    identity: Principal | None = None
    fault: str = ""


class App:
    """Answers requests."""

    def __init__(
        self, backend: Backend, clock: Clock, limits: Limits, auth: AuthServer, settings: Settings
    ) -> None:
        self.backend = backend
        self.ledger = Ledger(limits)
        self.log = RequestLog()
        self.faults = FaultQueue()
        self._clock = clock
        self._settings = settings
        self._auth = auth
        self._oauth = OAuthRoutes(backend.world, auth, settings, backend.url)
        self._bodies: OrderedDict[Any, Body] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer a request as WSGI requires, and log it."""
        if self._settings.latency > 0:
            time.sleep(self._settings.latency)
        exchange = _Exchange(Request.from_environ(environ), self._clock.time())
        request = exchange.request
        try:
            response = self._respond(exchange)
        except Exception:
            # A defect of the sandbox: clients never see its traceback.
            logger.exception("The sandbox failed at %s %s", request.method, request.path)
            response = self._error(request, ApiError(500, "An error occurred"), method="")
        self.log.add(_log_row(exchange, response))
        if response.status == 0:
            raise DropConnection
        length = len(response.body)
        if response.content_length is not None:
            length = response.content_length
        headers = [
            ("Date", formatdate(exchange.time, usegmt=True)),
            ("Server", "cat factory 1.0"),
            ("Access-Control-Allow-Origin", "*"),
            *response.headers,
        ]
        if response.status != 304:
            headers.append(("Content-Length", str(length)))
        start_response(f"{response.status} {_reason(response.status)}", headers)
        return [response.body]

    def _respond(self, exchange: _Exchange) -> Response:
        request = exchange.request
        fault = self.faults.take(request)
        if fault is not None:
            exchange.fault = fault.name
            if fault.make is not None:
                return self._faulty(exchange, fault.make(request))
            # It damages a body, so there must be one.
            exchange.request = request = replace(request, if_none_match=None)
        if request.method == "OPTIONS":
            headers = [("Cache-Control", _NO_STORE), *_API_HEADERS]
            return Response(200, [*headers, ("Content-Type", "application/json")])
        if request.is_api:
            response = self._api_response(exchange)
        elif request.is_oauth:
            response = self._oauth_response(exchange)
        else:
            response = self._page_response(exchange)
        return response if fault is None else _damage(response, fault)

    # The API ---------------------------------------------------------------------------------

    def _api_response(self, exchange: _Exchange) -> Response:
        request = exchange.request
        try:
            identity = exchange.identity = self._identify(request)
        except ApiError as error:
            return self._error(request, error)
        route = find_route(request)
        post = request.method == "POST"
        allowance = self.ledger.charge(identity, 1, exchange.time, post=post)
        if not allowance.granted:
            headers = self._limit_headers(request, allowance, both=post)
            return self._error(request, ApiError(429, "Too Many Requests"), headers)
        exchange.cost = 1
        headers = self._limit_headers(request, allowance)
        try:
            if request.method not in ("GET", "HEAD"):
                raise ApiError(405, "Method Not Allowed")
            at = self._second(exchange)
            body = self._body(Context(self.backend, request, identity, at, allowance), route)
        except ApiError as error:
            # Recorded: 404s outside the gallery have no limit headers (a POST keeps its own).
            limited = (route.limit_headers and (route.gallery or error.status != 404)) or post
            return self._error(request, error, headers if limited else [])
        headers = headers if route.limit_headers else []
        return self._finish(request, body, 200, headers, route.cache_control)

    def _identify(self, request: Request) -> Principal:
        client_id = request.query.get("client_id")
        return self._auth.identify(request.authorization, client_id, request.address)

    def _second(self, exchange: _Exchange) -> int:
        """Return the second of the world at which a request is answered."""
        return int(exchange.time) - self.backend.origin

    def _body(self, ctx: Context, route: Route) -> Body:
        """Return the body of a good answer, cached while the clock stands still."""
        request = ctx.request
        if not route.cacheable:
            return _render(request, envelope(route.answer(ctx)))
        query = frozenset(item for item in request.query.items() if item[0] != "client_id")
        key = (request.segments, request.format, query, ctx.viewer and ctx.viewer.id, ctx.at)
        with self._lock:
            cached = self._bodies.get(key)
            if cached is not None:
                self._bodies.move_to_end(key)
                return cached
        body = _render(request, envelope(route.answer(ctx)))
        with self._lock:
            self._bodies[key] = body
            while len(self._bodies) > _CACHED_BODIES:
                self._bodies.popitem(last=False)
        return body

    def _error(
        self,
        request: Request,
        error: ApiError,
        limits: _Headers | None = None,
        method: str | None = None,
    ) -> Response:
        if error.status == 429:
            body = Body(too_many_requests(), GATEWAY_429)
        else:
            method = request.method if method is None else method
            value = envelope(error_data(error.text, request.path, method), error.status)
            try:
                body = _render(request, value)
            except ApiError:
                body = Body(to_json(value))
        return self._finish(request, body, error.status, limits or [])

    def _limit_headers(
        self, request: Request, allowance: Allowance, *, both: bool = False
    ) -> _Headers:
        settings = self._settings
        if not settings.limit_headers:
            return []
        post = request.method == "POST"
        return allowance.headers(
            reset=settings.reset_form,
            case=settings.header_case,
            get=not post or both,
            post=post or both,
        )

    def _finish(
        self,
        request: Request,
        body: Body,
        status: int,
        limits: _Headers,
        cache_control: str | None = None,
    ) -> Response:
        """Return the response of a body, with the ETag, gzip and headers of the API."""
        compress = request.accepts_gzip and body.worth_compressing
        etag = f'W/"{body.digest}"' if compress else f'"{body.digest}"'
        headers = [
            ("Cache-Control", cache_control or _NO_STORE),
            *_API_HEADERS,
            ("ETag", etag),
            ("Set-Cookie", f"IMGURSESSION={secrets.token_hex(16)}; path=/; HttpOnly"),
            *limits,
        ]
        is_read = request.method in ("GET", "HEAD")
        if status == 200 and is_read and matches_etag(request.if_none_match, body.digest):
            return Response(304, headers)
        headers.append(("Content-Type", body.content_type))
        if compress:
            headers.append(("Content-Encoding", "gzip"))
        if request.query.get("_fake_status") == "200":
            status = 200
        return Response(status, headers, body.compressed if compress else body.raw)

    # Faults ----------------------------------------------------------------------------------

    def _faulty(self, exchange: _Exchange, faulty: Faulty) -> Response:
        body, request = faulty.body, exchange.request
        if faulty.status == 0:
            return Response(0)
        if faulty.edge:
            headers = [("Content-Type", body.content_type), *faulty.headers]
            return Response(faulty.status, headers, body.raw)
        limits: _Headers = []
        try:
            exchange.identity = self._identify(request) if request.is_api else None
        except ApiError:
            logger.debug("A fault was served to a client without valid credentials")
        if exchange.identity is not None:
            # Only a fault that looks like success is charged.
            cost = 1 if faulty.status == 200 else 0
            allowance = self.ledger.charge(exchange.identity, cost, exchange.time)
            exchange.cost = cost if allowance.granted else 0
            if faulty.limits:
                limits = self._limit_headers(request, allowance, both=faulty.status == 429)
        return self._finish(replace(request, if_none_match=None), body, faulty.status, limits)

    # Signing in, pictures and pages -----------------------------------------------------------

    def _oauth_response(self, exchange: _Exchange) -> Response:
        try:
            content, exchange.identity = self._oauth.answer(exchange.request)
        except ApiError as error:
            return self._error(exchange.request, error)
        if isinstance(content, Body):
            return self._finish(exchange.request, content, 200, [])
        return content

    def _page_response(self, exchange: _Exchange) -> Response:
        request = exchange.request
        if request.method not in ("GET", "HEAD"):
            return Response(405, [("Allow", "GET, HEAD"), ("Content-Type", "text/plain")])
        status, body = find_page(self.backend, request.path, self._second(exchange))
        headers = [("Content-Type", body.content_type), ("ETag", f'"{body.digest}"')]
        if status == 200 and matches_etag(request.if_none_match, body.digest):
            return Response(304, headers)
        return Response(status, headers, body.raw)


def _log_row(exchange: _Exchange, response: Response) -> RequestRow:
    request, identity = exchange.request, exchange.identity
    kind = "none" if identity is None else identity.kind
    if not request.is_api:
        kind = "oauth" if request.is_oauth else "file"
    return RequestRow(
        time=dt.datetime.fromtimestamp(exchange.time, tz=dt.UTC),
        method=request.method,
        path=request.path,
        query=public_query(request.query),
        status=response.status,
        cost=exchange.cost,
        kind=kind,
        identity="" if identity is None else identity.label,
        bytes=len(response.body),
        cookie=request.has_cookie,
        fault=exchange.fault,
    )


def _render(request: Request, value: dict[str, Any]) -> Body:
    callback = request.query.get("callback")
    if request.format == "xml":
        return Body(to_xml(value), "text/xml; charset=utf-8")
    if callback is None:
        return Body(to_json(value))
    raw = to_jsonp(value, callback)
    if raw is None:
        raise ApiError(400, "Invalid callback")
    return Body(raw, "text/javascript")


def _damage(response: Response, fault: Fault) -> Response:
    """Cut the body in half: over the wire, or before it was sent."""
    if fault.name == "truncated":
        half = response.body[: len(response.body) // 2]
        return replace(response, body=half, content_length=len(response.body))
    # The response must be complete as HTTP goes, so the body is cut uncompressed.
    compressed = ("Content-Encoding", "gzip") in response.headers
    raw = gzip.decompress(response.body) if compressed else response.body
    headers = [pair for pair in response.headers if pair[0] not in ("Content-Encoding", "ETag")]
    return replace(response, headers=headers, body=raw[: len(raw) // 2])


def _reason(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
