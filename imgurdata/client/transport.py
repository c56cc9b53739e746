"""The adapter below the cache: whatever passes here is a real request.

It signs, refuses what plainly cannot be paid, retries what may be retried, writes into the ledger
what each answer said about credits, takes volatile headers and secrets off before the cache sees
the answer, and turns a bad answer into an error: raised here, below the cache, it is never stored.
"""

from __future__ import annotations

import logging
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPHeaderDict

from imgurdata.auth.token import Token
from imgurdata.client.cache.store import CHECKED_AT
from imgurdata.client.caller import Caller, Callers
from imgurdata.client.clock import Clock, utc
from imgurdata.client.endpoints import cost_of, endpoint_of, without_secrets
from imgurdata.client.ledger.credits import Ledger, Reservation
from imgurdata.client.ledger.limits import Limits, answer_date, read_retry_after
from imgurdata.client.ledger.wording import exhausted, without_advice
from imgurdata.client.retry import pause_before_retry, refuses_token
from imgurdata.client.waiting import Waiting
from imgurdata.errors import (
    ApiError,
    CreditsExhausted,
    ImgurDataError,
    InvalidToken,
    RateLimited,
    redact,
)
from imgurdata.model.envelope import error_in, error_of
from imgurdata.network import Surroundings, no_answer

__all__ = ["Patience", "Transport", "holds_delete_hash"]

logger = logging.getLogger(__name__)

#: What an answer keeps. Everything else is the moment's (limits, timings), the way's (encodings,
#: caches between) or a secret (cookies).
_KEPT_HEADERS = ("Content-Type", "ETag", "Last-Modified", "Sunset")
_DELETE_HASH = re.compile(rb'("deletehash"\s*:\s*")[^"]+(?=")|(<deletehash>)[^<]+')


def holds_delete_hash(content: bytes) -> bool:
    """Whether an answer's body shows a delete hash: with one, anybody can delete the image."""
    return b"deletehash" in content and _DELETE_HASH.search(content) is not None


@dataclass(frozen=True, slots=True)
class Patience:
    """What to do when credits are spent, and how long a wait may be, in seconds."""

    on_limit: str
    max_wait: float


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a request asks, in the ledger's words."""

    method: str
    path: str
    endpoint: str


class Transport(HTTPAdapter):
    """Sends what the cache could not answer.

    Parameters
    ----------
    origin
        ``scheme://host[:port]`` of Imgur or its gateway: it gets our credentials, no one else; nor
        does the same host without TLS.
    callers
        Who asks: signs each try, and renews a token that is refused.
    ledger, clock, patience
        Of the session.
    surroundings
        Proxies as the environment had them when the session was made.
    workers
        Connections kept open.
    jitter
        Gives a number from 0 to 1 for each retry, so that many clients don't come back at once.
    """

    def __init__(
        self,
        *,
        origin: str,
        callers: Callers,
        ledger: Ledger,
        clock: Clock,
        patience: Patience,
        surroundings: Surroundings,
        workers: int,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._origin = origin
        self._callers = callers
        self._ledger = ledger
        self._clock = clock
        self._patience = patience
        self._surroundings = surroundings
        self._jitter = jitter
        self._waiting = Waiting(clock, patience.max_wait)
        super().__init__(pool_connections=workers, pool_maxsize=workers, pool_block=True)

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, **kwargs: Any
    ) -> requests.Response:
        """Send one request of the session, as often as it takes and may be tried."""
        url = request.url or ""
        parts = urlsplit(url)
        kwargs["proxies"] = self._surroundings.proxies_for(url, kwargs.get("proxies"))
        if f"{parts.scheme}://{parts.netloc}" != self._origin:
            return super().send(request, **kwargs)
        caller, method = self._callers.current, request.method or "GET"
        asked = _Asked(method, parts.path, endpoint_of(parts.path))
        wait = self._patience.on_limit == "wait"
        attempt, paused, waited, renewed = 1, 0.0, False, False
        while True:
            signed = request.copy()
            token = caller.sign(signed.headers)
            reservation = self._begin(asked, wait)
            try:
                with reservation:
                    response = self._ask(signed, request, asked, reservation, kwargs)
                caller.accepted(token)
                return response
            except CreditsExhausted as error:
                if not wait:
                    raise
                if waited:
                    raise without_advice(error) from None
                waited = True
                self._waiting.for_credits(error)
            except ImgurDataError as error:
                if token is not None and not renewed and refuses_token(error):
                    renewed = True
                    if self._renew(caller, token, error):
                        continue
                pause = pause_before_retry(
                    error, method, attempt,
                    jitter=self._jitter(), patience=self._patience.max_wait - paused, wait=wait,
                )  # fmt: skip
                if pause is None:
                    raise
                attempt += 1
                paused += pause
                self._waiting.before_retry(pause, error)

    def _begin(self, asked: _Asked, wait: bool) -> Reservation:
        """Refuse, or wait for, what plainly cannot be paid."""
        cost = cost_of(asked.method, asked.path, 200)
        while True:
            try:
                return self._ledger.begin(endpoint=asked.endpoint, method=asked.method, cost=cost)
            except CreditsExhausted as error:
                if not wait:
                    raise
                self._waiting.for_credits(error)

    @staticmethod
    def _renew(caller: Caller, token: Token, error: ImgurDataError) -> bool:
        """Have another token; whether there is one. Raises what tells a person what to do."""
        try:
            caller.renew(token)
        except InvalidToken as told:
            # A 429 is seldom the token's fault: where it can't be renewed, it stays a 429.
            if isinstance(error, RateLimited):
                return False
            raise told from None
        return True

    def _ask(
        self,
        signed: requests.PreparedRequest,
        request: requests.PreparedRequest,
        asked: _Asked,
        reservation: Reservation,
        kwargs: dict[str, Any],
    ) -> requests.Response:
        """One try: send, write down, check."""
        response: requests.Response | None = None
        try:
            # The body is read here, so that a connection cut half way is noticed here.
            response = super().send(signed, **{**kwargs, "stream": False})
            body = response.content
        except requests.RequestException as error:
            if response is not None:
                # The head of the answer came: Imgur has counted it.
                self._write_down(asked, reservation, response.status_code, response.headers)
            elif not isinstance(error, requests.ReadTimeout):
                reservation.cancel()  # after a time-out, Imgur was asked and will have counted it
            raise no_answer(error, asked.path) from None
        except BaseException as error:  # noqa: BLE001 - it is raised again
            # Ctrl-C: the frames below hold the signed headers, and verbose tracebacks show them.
            raise error.with_traceback(None) from None
        limits = self._write_down(asked, reservation, response.status_code, response.headers)
        # Answers to HEAD and OPTIONS have no body to be wrong.
        bodiless = asked.method in {"HEAD", "OPTIONS"} and response.status_code < 400
        if not bodiless and (
            wrong := _error(response, body, asked.path, limits, self._clock.now())
        ):
            raise wrong
        return self._clean(response, request)

    def _write_down(
        self,
        asked: _Asked,
        reservation: Reservation,
        status: int,
        headers: CaseInsensitiveDict[str],
    ) -> Limits:
        limits = reservation.read(headers)
        cost = cost_of(asked.method, asked.path, status, told=limits.told())
        reservation.answered(status=status, cost=cost, limits=limits)
        if logger.isEnabledFor(logging.DEBUG):
            # A path may name a delete hash.
            logger.debug("%s %s -> %d (%d credits)", asked.method, redact(asked.path), status, cost)
        if sunset := headers.get("Sunset"):
            logger.warning("Imgur says that %s goes away on %s", asked.endpoint, sunset)
        return limits

    def build_response(self, req: Any, resp: Any) -> requests.Response:
        """As requests does it, without looking for cookies: they are refused, and it takes long."""
        original, resp._original_response = resp._original_response, None
        try:
            return super().build_response(req, resp)
        finally:
            resp._original_response = original

    def _clean(
        self, response: requests.Response, request: requests.PreparedRequest
    ) -> requests.Response:
        """The answer as the cache and its user may see it."""
        now = self._clock.now()
        names = (*_KEPT_HEADERS, "Location") if response.is_redirect else _KEPT_HEADERS
        kept = {name: response.headers[name] for name in names if name in response.headers}
        date = answer_date(response.headers, now)
        kept["Date"] = date.strftime("%a, %d %b %Y %H:%M:%S GMT")
        kept[CHECKED_AT] = repr(now)
        response.headers = CaseInsensitiveDict(kept)
        response.raw.headers = HTTPHeaderDict(kept)
        response.cookies = RequestsCookieJar()
        # All is read, and the connection is back: what is left would be searched for cookies.
        response.raw._original_response = None
        response.request = _bare(request)
        response.url = without_secrets(response.url)
        if request.method == "GET" and b"deletehash" in response.content:
            blank = _DELETE_HASH.sub(rb"\1\2", response.content)
            response._content = blank
        return response


def _error(
    response: requests.Response, body: bytes, path: str, limits: Limits, now: float
) -> ImgurDataError | None:
    """What is wrong with an answer, if anything: by its body, then its headers, then its status."""
    status = response.status_code
    if 300 <= status < 400:
        return None
    error = error_in(body, request=path) if status < 400 else error_of(status, body, request=path)
    spent = limits.spent()
    if isinstance(error, RateLimited) and status == 429 and spent:
        return exhausted(spent, getattr(limits, f"{spent}_reset_at"), utc(now))
    if isinstance(error, CreditsExhausted) and error.reset_at is None:
        return exhausted(error.limit, getattr(limits, f"{error.limit}_reset_at"), utc(now))
    if isinstance(error, ApiError):
        error.retry_after = read_retry_after(response.headers, now)
    return error


def _bare(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """The request without headers and body, and with no secret in its URL."""
    bare = requests.PreparedRequest()
    bare.method = request.method
    bare.url = without_secrets(request.url or "")
    bare.headers = CaseInsensitiveDict()
    bare.body = None
    bare._cookies = RequestsCookieJar()  # type: ignore[attr-defined] # backends ask for it
    bare.hooks = {"response": []}
    return bare
