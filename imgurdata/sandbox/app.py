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

from imgurdata.sandbox import costs
from imgurdata.sandbox.auth import ApiError, Principal, SuccessfulError
from imgurdata.sandbox.context import Context
from imgurdata.sandbox.faults import (
    GATEWAY_401,
    GATEWAY_429,
    JSON_API,
    Fault,
    FaultQueue,
    Faulty,
    json_api_error,
    too_many_requests,
)
from imgurdata.sandbox.limits import Allowance, Ledger
from imgurdata.sandbox.log import RequestLog, RequestRow, public_query
from imgurdata.sandbox.oauth_routes import OAuthRoutes
from imgurdata.sandbox.pages import Moved, find_page
from imgurdata.sandbox.request import Request
from imgurdata.sandbox.routes import Route, find_route
from imgurdata.sandbox.serving import DropConnection
from imgurdata.sandbox.wire import (
    Body,
    Response,
    envelope,
    error_data,
    matches_etag,
    render,
    to_json,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from imgurdata.sandbox.auth import AuthServer
    from imgurdata.sandbox.clock import Clock
    from imgurdata.sandbox.limits import Limits
    from imgurdata.sandbox.settings import Settings
    from imgurdata.sandbox.store import Store

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
        self,
        store: Store,
        clock: Clock,
        limits: Limits,
        auth: AuthServer,
        settings: Settings,
        gateway_key: str | None = None,
    ) -> None:
        self.store = store
        self._gateway_key = gateway_key
        self.ledger = Ledger(limits)
        self.log = RequestLog()
        self.faults = FaultQueue()
        self._clock = clock
        self._settings = settings
        self._auth = auth
        self._oauth = OAuthRoutes(store.world, auth, settings, store.url)
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
        if not self._has_key(request):
            body = Body(to_json(GATEWAY_401))
            return Response(401, [("Content-Type", body.content_type)], body.raw)
        try:
            identity = exchange.identity = self._identify(request)
        except ApiError as error:
            return self._error(request, error)
        allowance = self._charge(exchange, identity, costs.granted(request))
        if not allowance.granted:
            return self._nothing_left(request, allowance)
        route: Route | None = None
        try:
            route, values = find_route(request)
            ctx = Context(self.store, request, identity, self._second(exchange), allowance)
            body = self._body(ctx, route, values)
        except ApiError as error:
            return self._refusal(exchange, route, error, allowance)
        headers = self._limit_headers(request, allowance) if route.limit_headers else []
        return self._finish(request, body, 200, headers, route.cache_control)

    def _nothing_left(self, request: Request, allowance: Allowance) -> Response:
        """Return the 429 of a client whose credits are used up."""
        headers = self._limit_headers(request, allowance)
        if self._gateway_key is not None:
            body = Body(to_json(GATEWAY_429))
            return Response(429, [*headers, ("Content-Type", body.content_type)], body.raw)
        return self._error(request, ApiError(429, "Too Many Requests"), headers)

    def _has_key(self, request: Request) -> bool:
        """Return whether a request has the key of the gateway, if there is one."""
        key = self._gateway_key
        return key is None or secrets.compare_digest(key.encode(), (request.key or "").encode())

    def _charge(self, exchange: _Exchange, identity: Principal, cost: int) -> Allowance:
        post, gateway = exchange.request.method == "POST", self._gateway_key is not None
        allowance = self.ledger.charge(identity, cost, exchange.time, post=post, gateway=gateway)
        exchange.cost = cost if allowance.granted else 0
        return allowance

    def _refusal(
        self, exchange: _Exchange, route: Route | None, error: ApiError, allowance: Allowance
    ) -> Response:
        """Return an error of a client that is known and has paid, unless it is free after all."""
        request, in_gallery = exchange.request, route is not None and route.gallery
        # Recorded: 404s and 409s outside the gallery have no limit headers, but those of a POST.
        only_post = error.status in (404, 409) and not in_gallery
        without = route is not None and not route.limit_headers and error.status != 403
        headers: _Headers = []
        if only_post or not without:
            headers = self._limit_headers(request, allowance, get=not only_post)
        if costs.charged(request, error.status, reported=bool(headers)) == 0:
            if exchange.identity is not None:
                gateway = self._gateway_key is not None
                self.ledger.refund(exchange.identity, exchange.cost, gateway=gateway)
            exchange.cost = 0
        return self._error(request, error, headers)

    def _identify(self, request: Request) -> Principal:
        client_id = request.query.get("client_id")
        return self._auth.identify(request.authorization, client_id, request.address)

    def _second(self, exchange: _Exchange) -> int:
        """Return the second of the world at which a request is answered."""
        return int(exchange.time) - self.store.origin

    def _body(self, ctx: Context, route: Route, values: list[Any]) -> Body:
        """Return the body of a good answer, cached until the clock moves or something is written.

        Writes are answered one at a time.
        """
        request, store = ctx.request, self.store
        if route.method != "GET":
            with store.write():
                return _render(ctx, route, values)
        if not route.cacheable:
            return _render(ctx, route, values)
        query = frozenset(item for item in request.query.items() if item[0] != "client_id")
        viewer = ctx.viewer and ctx.viewer.id
        key = (request.segments, request.format, query, viewer, ctx.at, store.version)
        with self._lock:
            cached = self._bodies.get(key)
            if cached is not None:
                self._bodies.move_to_end(key)
                return cached
        body = _render(ctx, route, values)
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
        family = "".join(request.segments[:1])
        if error.status == 429:
            body = Body(too_many_requests(), JSON_API)
        elif family in ("account", "post"):
            detail = json_api_error(error.status, _reason(error.status), error.text, family)
            body = Body(detail, JSON_API)
        else:
            method = request.method if method is None else method
            text: object = error.error
            if family == "2":
                text = "The version of the Imgur API you are using is no longer available"
            value = envelope(error_data(text, request.path, method), error.status)
            callback = request.query.get("callback")
            body = render(value, request.format, callback) or Body(to_json(value))
        return self._finish(request, body, error.status, limits or [])

    def _limit_headers(
        self, request: Request, allowance: Allowance, *, get: bool = True
    ) -> _Headers:
        """Return the limit headers; answers to POSTs have both families, or theirs alone."""
        settings = self._settings
        if not settings.limit_headers:
            return []
        post = request.method == "POST"
        return allowance.headers(settings.reset_form, settings.header_case, get=get, post=post)

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
        limits: _Headers = []
        try:
            exchange.identity = self._identify(request) if request.is_api else None
        except ApiError:
            logger.debug("A fault was served to a client without valid credentials")
        if exchange.identity is not None:
            cost = costs.charged(request, faulty.status, reported=faulty.limits)
            allowance = self._charge(exchange, exchange.identity, cost)
            if cost and not allowance.granted and not faulty.edge:
                return self._nothing_left(request, allowance)
            if faulty.limits:
                limits = self._limit_headers(request, allowance)
        if faulty.status == 0:
            return Response(0)
        if faulty.edge:
            headers = [("Content-Type", body.content_type), *faulty.headers]
            return Response(faulty.status, headers, body.raw)
        return self._finish(replace(request, if_none_match=None), body, faulty.status, limits)

    # Signing in, pictures and pages -----------------------------------------------------------

    def _oauth_response(self, exchange: _Exchange) -> Response:
        request, limits = exchange.request, self._post_headers(exchange)
        if limits is None:
            return self._error(request, ApiError(429, "Too Many Requests"))
        try:
            content, exchange.identity = self._oauth.answer(request)
        except ApiError as error:
            return self._error(request, error, limits)
        if isinstance(content, Body):
            return self._finish(request, content, 200, limits)
        return content

    def _post_headers(self, exchange: _Exchange) -> _Headers | None:
        """Count a request for a token and return the headers of POSTs; None if none is left."""
        request = exchange.request
        if request.method != "POST" or request.segments[1:] != ("token",):
            return []
        caller = Principal("", request.address)
        allowance = self.ledger.charge(caller, 0, exchange.time, post=True)
        if not allowance.granted:
            return None
        return self._limit_headers(request, allowance, get=False)

    def _page_response(self, exchange: _Exchange) -> Response:
        request = exchange.request
        if request.method not in ("GET", "HEAD"):
            return Response(405, [("Allow", "GET, HEAD"), ("Content-Type", "text/plain")])
        try:
            status, body = find_page(self.store, request.path, self._second(exchange))
        except Moved as moved:
            return Response(302, [("Location", moved.location), ("Content-Type", "text/html")])
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


def _render(ctx: Context, route: Route, values: list[Any]) -> Body:
    """Return a good answer, or an error that calls itself one, in the form that is asked for."""
    request = ctx.request
    try:
        data = route.answer(ctx, *values)
    except SuccessfulError as error:
        data = error_data(error.text, request.path, request.method)
    if not route.enveloped:
        # The newer backends know JSON alone.
        return Body(to_json(data))
    body = render(envelope(data), request.format, request.query.get("callback"))
    if body is None:
        raise ApiError(400, "Invalid callback")
    return body


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
