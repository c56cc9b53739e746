"""The adapter below the cache: whatever passes here is a real request.

It signs, refuses what plainly cannot be paid, retries what may be retried, writes into the ledger
what each answer said about credits, takes volatile headers and secrets off before the cache sees
the answer, and turns a bad answer into an error: raised here, below the cache, it is never stored.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPHeaderDict

from imgurdata.auth.token import Token
from imgurdata.client import meter
from imgurdata.client.caller import Caller, Callers
from imgurdata.client.clock import Clock, utc
from imgurdata.client.credits import Ledger
from imgurdata.client.endpoints import cost_of, endpoint_of, without_secrets
from imgurdata.client.halt import halt
from imgurdata.client.limits import Limits, answer_date, read_limits
from imgurdata.client.retry import pause_before_retry, refuses_token
from imgurdata.client.store import CHECKED_AT
from imgurdata.errors import (
    CreditsExhausted,
    ImgurDataError,
    InvalidToken,
    RateLimited,
    redact,
)
from imgurdata.model.envelope import error_in, error_of
from imgurdata.network import Surroundings, no_answer

__all__ = ["Patience", "Transport"]

logger = logging.getLogger(__name__)

#: What an answer keeps. Everything else is the moment's (limits, timings), the way's (encodings,
#: caches between) or a secret (cookies).
_KEPT_HEADERS = ("Content-Type", "ETag", "Last-Modified", "Sunset")
_DELETE_HASH = re.compile(rb'("deletehash"\s*:\s*")[^"]+(?=")|(<deletehash>)[^<]+')


@dataclass(frozen=True, slots=True)
class Patience:
    """What to do when credits are spent, and how long a wait may be, in seconds."""

    on_limit: str
    max_wait: float


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
    ) -> None:
        self._origin = origin
        self._callers = callers
        self._ledger = ledger
        self._clock = clock
        self._patience = patience
        self._surroundings = surroundings
        self._waiting = threading.Lock()
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
        caller = self._callers.current
        attempt, waited, renewed = 1, False, False
        while True:
            self._wait_for_credits(request.method or "GET")
            signed = request.copy()
            token = caller.sign(signed.headers)
            try:
                response = self._ask(signed, request, parts.path, kwargs)
                caller.accepted(token)
                return response
            except CreditsExhausted as error:
                if self._patience.on_limit != "wait" or waited or error.reset_at is None:
                    raise
                waited = True
                self._wait_until(error)
            except ImgurDataError as error:
                if token is not None and not renewed and refuses_token(error):
                    renewed = True
                    if self._renew(caller, token, error):
                        continue
                pause = pause_before_retry(error, request.method or "GET", attempt)
                if pause is None:
                    raise
                attempt += 1
                logger.warning("%s; trying again in %.1f s", error.message, pause)
                self._sleep(pause, error)

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
        path: str,
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
                self._write_down(request, path, response.status_code, response.headers)
            raise no_answer(error, path) from None
        except BaseException as error:  # noqa: BLE001 - it is raised again
            # Ctrl-C: the frames below hold the signed headers, and verbose tracebacks show them.
            raise error.with_traceback(None) from None
        limits = self._write_down(request, path, response.status_code, response.headers)
        # Answers to HEAD and OPTIONS have no body to be wrong.
        bodiless = request.method in {"HEAD", "OPTIONS"} and response.status_code < 400
        if not bodiless and (wrong := _error(response, body, path, limits)):
            raise wrong
        return self._clean(response, request)

    def _write_down(
        self,
        request: requests.PreparedRequest,
        path: str,
        status: int,
        headers: CaseInsensitiveDict[str],
    ) -> Limits:
        method = request.method or "GET"
        limits = read_limits(headers, self._clock.now())
        cost = cost_of(method, path, status, told=limits.told())
        self._ledger.record(
            endpoint=endpoint_of(path), method=method, status=status, cost=cost, limits=limits
        )
        meter.count(cost)
        # A path may name a delete hash.
        logger.debug("%s %s -> %d (%d credits)", method, redact(path), status, cost)
        if sunset := headers.get("Sunset"):
            logger.warning("Imgur says that %s goes away on %s", endpoint_of(path), sunset)
        return limits

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
        response.request = _bare(request)
        response.url = without_secrets(response.url)
        if request.method == "GET" and b"deletehash" in response.content:
            blank = _DELETE_HASH.sub(rb"\1\2", response.content)
            response._content = blank
        return response

    def _wait_for_credits(self, method: str) -> None:
        """Refuse, or wait for, what the ledger knows cannot be paid."""
        limits = ("client", "user", "post") if method == "POST" else ("client", "user")
        while spent := self._ledger.spent(limits):
            error = _exhausted(*spent, self._clock.now())
            if self._patience.on_limit != "wait":
                raise error
            self._wait_until(error)

    def _wait_until(self, error: CreditsExhausted) -> None:
        """Wait for the reset, aloud and within bounds; of several threads one does."""
        with self._waiting:
            seconds = (error.reset_at.timestamp() - self._clock.now()) if error.reset_at else None
            if seconds is not None and seconds < 0:
                return  # another thread has waited for it
            if seconds is None or seconds > self._patience.max_wait:
                raise error
            logger.warning("%s Waiting %s; interrupt to stop.", error.message, _span(seconds))
            self._sleep(seconds + 1.0, error)

    def _sleep(self, seconds: float, error: ImgurDataError) -> None:
        """Let time go by; where the pull gave up meanwhile, there is nothing to wait for."""
        stop = halt()
        if stop is None or not stop.is_set():
            self._clock.sleep(seconds, stop)
        if stop is not None and stop.is_set():
            raise error


def _error(
    response: requests.Response, body: bytes, path: str, limits: Limits
) -> ImgurDataError | None:
    """What is wrong with an answer, if anything: by its body, then its headers, then its status."""
    status = response.status_code
    if 300 <= status < 400:
        return None
    error = error_in(body, request=path) if status < 400 else error_of(status, body, request=path)
    spent = limits.spent()
    if isinstance(error, RateLimited) and status == 429 and spent:
        return _exhausted(spent, getattr(limits, f"{spent}_reset_at"), None)
    if isinstance(error, CreditsExhausted) and error.reset_at is None:
        return _exhausted(error.limit, getattr(limits, f"{error.limit}_reset_at"), None)
    return error


_WHOSE = {
    "user": "This user's credits of the hour are used up",
    "client": "The application's credits of the day are used up",
    "post": "The POSTs of the hour are used up",
}


def _exhausted(limit: str, reset_at: dt.datetime | None, now: float | None) -> CreditsExhausted:
    when = ""
    if reset_at is not None:
        left = f" (in {_span((reset_at - utc(now)).total_seconds())})" if now is not None else ""
        when = f"; they come back at {reset_at:%Y-%m-%d %H:%M} UTC{left}"
    message = (
        f'{_WHOSE[limit]}{when}. What is cached stays free: offline=True; on_limit="wait" waits.'
    )
    return CreditsExhausted(message, limit=limit, reset_at=reset_at)


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 0):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


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
