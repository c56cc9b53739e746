"""The WSGI application: who asks, what it costs, which answer, which headers."""

from __future__ import annotations

import datetime as dt
import http
import logging
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.api import Api
from imgurdata.sandbox.call import Call
from imgurdata.sandbox.faults import GATEWAY_429, Fault, FaultQueue, Faulty, too_many_requests
from imgurdata.sandbox.identity import Identity, Refused
from imgurdata.sandbox.limits import Allowance, Ledger
from imgurdata.sandbox.log import RequestLog, RequestRow, public_query
from imgurdata.sandbox.oauth_routes import OAuthRoutes
from imgurdata.sandbox.pages import Pages
from imgurdata.sandbox.routes import Asked, Route
from imgurdata.sandbox.serving import DropConnection
from imgurdata.sandbox.wire import (
    Answer,
    Body,
    envelope,
    error_data,
    matches_etag,
    to_json,
    to_jsonp,
    to_xml,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from imgurdata.sandbox.clock import Clock
    from imgurdata.sandbox.growth import Growth
    from imgurdata.sandbox.identity import KeyRing
    from imgurdata.sandbox.limits import Limits
    from imgurdata.sandbox.settings import Settings
    from imgurdata.sandbox.world import World

__all__ = ["App"]

_log = logging.getLogger(__name__)

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
_REMEMBERED_BODIES = 64


@dataclass
class _Told:
    """What the log will say of a call, beside what the answer says itself.

    An answer has one time, which its Date, its resets and its rows tell alike, wherever the clock
    is moved to while it is made.
    """

    time: float
    cost: int = 0
    who: Identity | None = None
    fault: str = ""


class App:
    """Answers calls.

    Parameters
    ----------
    world : World
    growth : Growth
    clock : Clock
    limits : Limits
    keys : KeyRing
    settings : Settings
    url : str
        The sandbox's own address, which all links point at.
    origin : int
        The epoch second of the world's start.
    """

    def __init__(
        self,
        world: World,
        growth: Growth,
        clock: Clock,
        limits: Limits,
        keys: KeyRing,
        settings: Settings,
        url: str,
        origin: int,
    ) -> None:
        self.world = world
        self.clock = clock
        self.settings = settings
        self._keys = keys
        self.ledger = Ledger(limits)
        self.log = RequestLog()
        self.faults = FaultQueue()
        self._origin = origin
        self._api = Api(world, growth, url, origin)
        self._oauth = OAuthRoutes(world, keys, settings, url)
        self._pages = Pages(world, url)
        self._bodies: OrderedDict[Any, Body] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer one request as WSGI wants it, and write one row into the log."""
        if self.settings.latency > 0:
            time.sleep(self.settings.latency)
        call = Call.of(environ)
        told = _Told(self.clock.time())
        try:
            answer = self._answer(call, told)
        except Exception:  # noqa: BLE001  (logged, with its traceback)
            # A defect of the sandbox: tell the log, and never show a traceback to the client.
            _log.exception("The sandbox failed at %s %s", call.method, call.path)
            answer = self._enveloped(call, error_data("An error occurred", call.path, ""), 500)
        self._write_down(call, answer, told)
        if answer.status == 0:
            raise DropConnection
        length = len(answer.body) if answer.promised is None else answer.promised
        headers = [
            ("Date", formatdate(told.time, usegmt=True)),
            ("Server", "cat factory 1.0"),
            ("Access-Control-Allow-Origin", "*"),
            *answer.headers,
        ]
        if answer.status != 304:
            headers.append(("Content-Length", str(length)))
        start_response(f"{answer.status} {_reason(answer.status)}", headers)
        return [answer.body]

    def _write_down(self, call: Call, answer: Answer, told: _Told) -> None:
        self.log.add(
            RequestRow(
                time=dt.datetime.fromtimestamp(told.time, tz=dt.UTC),
                method=call.method,
                path=call.path,
                query=public_query(call.query),
                status=answer.status,
                cost=told.cost,
                kind=_kind(call, told.who),
                identity="" if told.who is None else told.who.label,
                bytes=len(answer.body),
                cookie=call.cookie,
                fault=told.fault,
            )
        )

    def _answer(self, call: Call, told: _Told) -> Answer:
        fault = self.faults.take(call)
        if fault is not None:
            told.fault = fault.name
            if fault.make is not None:
                return self._faulty(call, fault.make(call), told)
            # It spoils a body, so there must be one.
            call = replace(call, if_none_match=None)
        if call.method == "OPTIONS":
            headers = [("Cache-Control", _NO_STORE), *_API_HEADERS]
            return Answer(200, [*headers, ("Content-Type", "application/json")])
        if call.is_api:
            answer = self._api_answer(call, told)
        elif call.is_oauth:
            answer = self._oauth_answer(call, told)
        else:
            answer = self._page_answer(call, self._second_of(told))
        return answer if fault is None else _spoiled(answer, fault)

    # The API ---------------------------------------------------------------------------------

    def _api_answer(self, call: Call, told: _Told) -> Answer:
        try:
            who = self._identify(call)
        except Refused as no:
            return self._refusal(call, no)
        told.who = who
        route = self._api.find(call)
        post = call.method == "POST"
        allowance = self.ledger.charge(who, route.cost, told.time, post=post)
        limits = self._limit_headers(call, allowance)
        if not allowance.granted:
            body = Body(too_many_requests(), GATEWAY_429)
            both = self._limit_headers(call, allowance, both=post)
            return self._finished(call, body, 429, both)
        told.cost = route.cost
        try:
            if call.method not in route.methods:
                raise Refused(405, "Method Not Allowed")
            body = self._body(Asked(call, who, self._second_of(told), allowance), route)
        except Refused as no:
            # Recorded: 404s outside the gallery have no limit headers (a POST keeps its own).
            with_limits = (route.limits and (route.gallery or no.status != 404)) or post
            return self._refusal(call, no, limits if with_limits else [])
        shown = limits if route.limits else []
        return self._finished(call, body, 200, shown, route.cache_control)

    def _identify(self, call: Call) -> Identity:
        return self._keys.identify(call.authorization, call.query.get("client_id"), call.address)

    def _body(self, asked: Asked, route: Route) -> Body:
        """Make the body of a good answer, remembered while the clock stands still."""
        call, viewer = asked.call, asked.who.account
        if not route.stable:
            return _rendered(call, envelope(route.answer(asked)))
        wanted = frozenset(item for item in call.query.items() if item[0] != "client_id")
        key = (call.segments, call.form, wanted, viewer and viewer.id, asked.at)
        with self._lock:
            known = self._bodies.get(key)
            if known is not None:
                self._bodies.move_to_end(key)
                return known
        body = _rendered(call, envelope(route.answer(asked)))
        with self._lock:
            self._bodies[key] = body
            while len(self._bodies) > _REMEMBERED_BODIES:
                self._bodies.popitem(last=False)
        return body

    def _refusal(
        self, call: Call, no: Refused, limits: list[tuple[str, str]] | None = None
    ) -> Answer:
        if no.status == 429:
            return self._finished(call, Body(too_many_requests(), GATEWAY_429), 429, limits or [])
        return self._enveloped(
            call, error_data(no.text, call.path, call.method), no.status, limits or []
        )

    def _enveloped(
        self, call: Call, data: Any, status: int, limits: list[tuple[str, str]] | None = None
    ) -> Answer:
        value = envelope(data, status)
        try:
            body = _rendered(call, value)
        except Refused:
            body = Body(to_json(value))
        return self._finished(call, body, status, limits or [])

    def _limit_headers(
        self, call: Call, allowance: Allowance, *, both: bool = False
    ) -> list[tuple[str, str]]:
        settings = self.settings
        if not settings.limit_headers:
            return []
        post = call.method == "POST"
        return allowance.headers(
            reset=settings.reset_form,
            case=settings.header_case,
            get=not post or both,
            post=post or both,
        )

    def _finished(
        self,
        call: Call,
        body: Body,
        status: int,
        limits: list[tuple[str, str]],
        cache_control: str | None = None,
    ) -> Answer:
        """Add ETag, compression and the headers that every API answer has."""
        packed = call.accepts_gzip and body.worth_compressing
        etag = f'W/"{body.digest}"' if packed else f'"{body.digest}"'
        headers = [
            ("Cache-Control", cache_control or _NO_STORE),
            *_API_HEADERS,
            ("ETag", etag),
            ("Set-Cookie", f"IMGURSESSION={secrets.token_hex(16)}; path=/; HttpOnly"),
            *limits,
        ]
        asks = call.method in ("GET", "HEAD")
        if status == 200 and asks and matches_etag(call.if_none_match, body.digest):
            return Answer(304, headers)
        headers.append(("Content-Type", body.content_type))
        if packed:
            headers.append(("Content-Encoding", "gzip"))
        if call.query.get("_fake_status") == "200":
            status = 200
        return Answer(status, headers, body.compressed if packed else body.raw)

    # Faults ----------------------------------------------------------------------------------

    def _faulty(self, call: Call, faulty: Faulty, told: _Told) -> Answer:
        body = faulty.body
        if faulty.status == 0:
            return Answer(0)
        if faulty.edge:
            headers = [("Content-Type", body.content_type), *faulty.headers]
            return Answer(faulty.status, headers, body.raw)
        limits: list[tuple[str, str]] = []
        try:
            if not call.is_api:
                raise Refused(401, "Authentication required")
            told.who = self._identify(call)
        except Refused:
            _log.debug("A fault was served to a caller without a key")
        else:
            # Only a fault that looks like success is charged.
            cost = 1 if faulty.status == 200 else 0
            allowance = self.ledger.charge(told.who, cost, told.time)
            told.cost = cost if allowance.granted else 0
            if faulty.limits:
                limits = self._limit_headers(call, allowance, both=faulty.status == 429)
        answer = self._finished(replace(call, if_none_match=None), body, faulty.status, limits)
        return replace(answer, headers=[*answer.headers, *faulty.headers])

    # Signing in, pictures and pages -----------------------------------------------------------

    def _oauth_answer(self, call: Call, told: _Told) -> Answer:
        try:
            reply = self._oauth.answer(call)
        except Refused as no:
            return self._refusal(call, no)
        told.who = reply.who
        if isinstance(reply.content, Body):
            return self._finished(call, reply.content, 200, [])
        return reply.content

    def _second_of(self, told: _Told) -> int:
        """Return the second of the world at which a call is answered."""
        return int(told.time) - self._origin

    def _page_answer(self, call: Call, at: int) -> Answer:
        if call.method not in ("GET", "HEAD"):
            return Answer(405, [("Allow", "GET, HEAD"), ("Content-Type", "text/plain")])
        status, body = self._pages.page(call.path, at)
        headers = [("Content-Type", body.content_type), ("ETag", f'"{body.digest}"')]
        if status == 200 and matches_etag(call.if_none_match, body.digest):
            return Answer(304, headers)
        return Answer(status, headers, body.raw)


def _kind(call: Call, who: Identity | None) -> str:
    if call.is_oauth:
        return "oauth"
    if not call.is_api:
        return "file"
    return "none" if who is None else who.kind


def _rendered(call: Call, value: dict[str, Any]) -> Body:
    callback = call.query.get("callback")
    if call.form == "xml":
        return Body(to_xml(value), "text/xml; charset=utf-8")
    if callback is None:
        return Body(to_json(value))
    raw = to_jsonp(value, callback)
    if raw is None:
        raise Refused(400, "Invalid callback")
    return Body(raw, "text/javascript")


def _spoiled(answer: Answer, fault: Fault) -> Answer:
    """Cut the true answer half way: over the wire, or before it was sent."""
    half = answer.body[: len(answer.body) // 2]
    if fault.name == "truncated":
        return replace(answer, body=half, promised=len(answer.body))
    # Complete as HTTP goes, so what is compressed must be taken out first and cut then.
    plain = [pair for pair in answer.headers if pair[0] not in ("Content-Encoding", "ETag")]
    encoded = len(plain) + 1 < len(answer.headers)
    raw = _gunzip(answer.body) if encoded else answer.body
    return replace(answer, headers=plain, body=raw[: len(raw) // 2])


def _gunzip(data: bytes) -> bytes:
    import gzip

    return gzip.decompress(data)


def _reason(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
