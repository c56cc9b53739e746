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
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.cookies import RequestsCookieJar
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPHeaderDict

from imgurdata._clock import Clock, utc
from imgurdata._network import (
    NetworkEnvironment,
    connection_error,
    is_malformed_response,
    origin_of,
)
from imgurdata.auth.token import Token
from imgurdata.credits.headers import Limits, read_retry_after, response_date
from imgurdata.credits.ledger import Ledger, Reservation
from imgurdata.credits.messages import exhausted, without_advice
from imgurdata.endpoints import cost_of, endpoint_of, without_secrets
from imgurdata.errors import (
    ApiError,
    BadResponse,
    ConnectionFailed,
    CreditsExhausted,
    ImgurDataError,
    InvalidToken,
    RateLimited,
    redact,
)
from imgurdata.http.auth import Authenticator, AuthState
from imgurdata.http.retry import pause_before_retry, refuses_token
from imgurdata.http.store import CHECKED_AT
from imgurdata.http.waiting import Waiting
from imgurdata.http.wire import BoundedAdapter, read_body
from imgurdata.model.envelope import error_in, error_of

__all__ = ["Transport", "WaitPolicy", "holds_delete_hash"]

logger = logging.getLogger(__name__)

#: What an answer keeps. Everything else is the moment's (limits, timings), the way's (encodings,
#: caches between) or a secret (cookies).
_KEPT_HEADERS = ("Content-Type", "ETag", "Last-Modified", "Sunset")
#: Longest address of a redirect.
_LONGEST_LOCATION = 2000
#: Other sessions on the same sign-in may end a token again that was renewed just now.
_MOST_RENEWALS = 5
_DELETE_HASH = re.compile(rb'("deletehash"\s*:\s*")[^"]+(?=")|(<deletehash>)[^<]+')


def holds_delete_hash(content: bytes) -> bool:
    """Whether an answer's body shows a delete hash: with one, anybody can delete the image."""
    return b"deletehash" in content and _DELETE_HASH.search(content) is not None


@dataclass(frozen=True, slots=True)
class WaitPolicy:
    """What to do when credits are spent, and how long a wait may be, in seconds."""

    on_limit: str
    max_wait: float


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a request asks, in the ledger's words."""

    method: str
    path: str
    endpoint: str


@dataclass(slots=True)
class _Way:
    """How far one try came."""

    token: Token | None = None
    sent: bool = False
    lost: bool = False
    response: requests.Response | None = None


class Transport(BoundedAdapter):
    """Sends what the cache could not answer.

    Parameters
    ----------
    origin
        ``scheme://host[:port]`` of Imgur or its gateway: it gets our credentials, no one else; nor
        does the same host without TLS.
    callers
        Who asks: signs each try, and renews a token that is refused.
    ledger, clock, wait_policy
        Of the session.
    environment
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
        callers: AuthState,
        ledger: Ledger,
        clock: Clock,
        wait_policy: WaitPolicy,
        environment: NetworkEnvironment,
        workers: int,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._origin = origin
        self._callers = callers
        self._ledger = ledger
        self._clock = clock
        self._wait_policy = wait_policy
        self._environment = environment
        self._jitter = jitter
        self._waiting = Waiting(clock, wait_policy.max_wait)
        super().__init__(pool_connections=workers, pool_maxsize=workers, pool_block=True)

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, **kwargs: Any
    ) -> requests.Response:
        """Send one request to Imgur, as often as it takes and may be tried.

        Raises
        ------
        ImgurDataError
            There is no good answer. What requests and urllib3 raise never leaves here: their
            frames hold the signed headers.
        """
        caller, method = self._callers.current, request.method or "GET"
        path = urlsplit(request.url or "").path
        asked = _Asked(method, path, endpoint_of(path))
        wait = self._wait_policy.on_limit == "wait"
        attempt, paused, waited, renewals = 1, 0.0, False, 0
        while True:
            with self._begin(asked, wait) as reservation:
                came, token = self._exchange(request, caller, asked, reservation, kwargs)
            if not isinstance(came, ImgurDataError):
                caller.accepted(token)
                if came.status_code == 304 and not _confirms(request, came):
                    logger.warning(
                        "The answer for %s confirms another version than the stored one; it is "
                        "asked for once more, as a whole.", redact(path, 200),
                    )  # fmt: skip
                    request = _unconditional(request)
                    continue
                return came
            if isinstance(came, CreditsExhausted):
                if not wait:
                    raise came
                if waited:
                    raise without_advice(came)
                waited = True
                self._waiting.for_credits(came)
                continue
            if token is not None and renewals < _MOST_RENEWALS and refuses_token(came):
                renewals += 1
                if self._renew(caller, token, came):
                    continue
            pause = pause_before_retry(
                came, method, attempt,
                jitter=self._jitter(), patience=self._wait_policy.max_wait - paused, wait=wait,
            )  # fmt: skip
            if pause is None:
                raise came
            attempt += 1
            paused += pause
            self._waiting.before_retry(pause, came)

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
    def _renew(caller: Authenticator, token: Token, error: ImgurDataError) -> bool:
        """Have another token; whether there is one. Raises what tells a person what to do."""
        try:
            caller.renew(token)
        except InvalidToken as told:
            # A 429 is seldom the token's fault: where it can't be renewed, it stays a 429.
            if isinstance(error, RateLimited):
                return False
            raise told from None
        return True

    def _exchange(
        self,
        request: requests.PreparedRequest,
        caller: Authenticator,
        asked: _Asked,
        reservation: Reservation,
        kwargs: dict[str, Any],
    ) -> tuple[requests.Response | ImgurDataError, Token | None]:
        """One try: sign, send, write down, check. Gives what came, and the token that was used.

        An error is returned, not raised: raised in here, it would keep the frames that hold the
        signed headers, which verbose tracebacks print.
        """
        way = _Way()
        failed: ImgurDataError | None = None
        try:
            self._send_signed(request, caller, way, kwargs)
        except ImgurDataError as error:
            failed = error
            way.lost = way.sent
        except Exception as error:  # noqa: BLE001 - whatever it is becomes an error of ours
            failed = connection_error(error, asked.path, self._origin)
            # It was asked, and will have been counted.
            counted = (requests.ReadTimeout, requests.exceptions.InvalidHeader)
            way.lost = isinstance(error, counted) or is_malformed_response(error)
        except BaseException as error:  # noqa: BLE001 - it is raised again
            # An interrupt of this thread: the frames below hold the signed headers.
            error.__context__ = None
            raise error.with_traceback(None) from None
        response = way.response
        if response is None:
            if not way.lost:
                reservation.cancel()
            return _alone(failed) or ConnectionFailed("No answer."), way.token
        # The head of the answer came: Imgur has counted it, whatever became of the rest.
        limits = self._write_down(asked, reservation, response.status_code, response.headers)
        failed = failed or self._wrong(response, request, asked, limits)
        return _alone(failed) or self._clean(response, request), way.token

    def _send_signed(
        self,
        request: requests.PreparedRequest,
        caller: Authenticator,
        way: _Way,
        kwargs: dict[str, Any],
    ) -> None:
        """Sign and send a request and read all of its answer."""
        signed = request.copy()
        way.token = caller.sign(signed.headers)
        proxies = self._environment.proxies_for(signed.url or "", kwargs.get("proxies"))
        way.sent = True
        quiet = _sending.set(True)
        try:
            way.response = super().send(signed, **{**kwargs, "stream": True, "proxies": proxies})
            read_body(way.response)
        finally:
            _sending.reset(quiet)

    def _wrong(
        self, response: requests.Response, request: requests.PreparedRequest, asked: _Asked,
        limits: Limits,
    ) -> ImgurDataError | None:  # fmt: skip
        status = response.status_code
        if status == 304 and not any(_validators(request)):
            return BadResponse(
                f"The answer for {redact(asked.path, 200)} says that nothing has changed (status "
                "304), which was not asked."
            )
        if 300 <= status < 400:
            return None if status == 304 else _wrong_redirect(response, asked.path)
        # Answers to HEAD and OPTIONS have no body to be wrong.
        if asked.method in {"HEAD", "OPTIONS"} and status < 400:
            return None
        return _error(response, response.content, asked.path, limits, self._clock.now())

    def _write_down(
        self,
        asked: _Asked,
        reservation: Reservation,
        status: int,
        headers: CaseInsensitiveDict[str],
    ) -> Limits:
        limits = reservation.read(headers)
        cost = cost_of(asked.method, asked.path, status, told=limits.are_reported())
        reservation.answered(status=status, cost=cost, limits=limits)
        if logger.isEnabledFor(logging.DEBUG):
            # A path may name a delete hash.
            logger.debug(
                "%s %s -> %d (%d credits)", asked.method, redact(asked.path, 200), status, cost
            )
        if sunset := headers.get("Sunset"):
            logger.warning(
                "Imgur says that %s goes away on %s", asked.endpoint, redact(sunset, 100)
            )
        return limits

    def _clean(
        self, response: requests.Response, request: requests.PreparedRequest
    ) -> requests.Response:
        """The answer as the cache and its user may see it."""
        now = self._clock.now()
        names = (*_KEPT_HEADERS, "Location") if response.is_redirect else _KEPT_HEADERS
        kept = {name: response.headers[name] for name in names if name in response.headers}
        if "Location" in kept:
            kept["Location"] = without_secrets(kept["Location"].partition("#")[0])
        date = response_date(response.headers, now)
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
    error = error_in(body, request=path) if status < 400 else error_of(status, body, request=path)
    spent = limits.exhausted_limit()
    if isinstance(error, RateLimited) and status == 429 and spent:
        return exhausted(spent, getattr(limits, f"{spent}_reset_at"), utc(now))
    if isinstance(error, CreditsExhausted) and error.reset_at is None:
        return exhausted(error.limit, getattr(limits, f"{error.limit}_reset_at"), utc(now))
    if isinstance(error, ApiError):
        error.retry_after = read_retry_after(response.headers, now)
    return error


def _alone(error: ImgurDataError | None) -> ImgurDataError | None:
    """Take from an error what came before it: those frames hold signed headers and whole bodies."""
    if error is not None:
        error.__context__ = error.__cause__ = None
        error.__traceback__ = None
    return error


def _wrong_redirect(response: requests.Response, path: str) -> BadResponse | None:
    """Return what is wrong with a redirect, without its address: that may hold a token."""
    where = response.headers.get("Location") or ""
    legible = where.isascii() and where.isprintable() and " " not in where
    if response.is_redirect and legible and 0 < len(where) <= _LONGEST_LOCATION:
        try:
            if origin_of(urljoin(response.url, where)) is not None:
                return None
        except ValueError:
            pass
    return BadResponse(
        f"The answer for {redact(path, 200)} is a redirect (status {response.status_code}) without "
        "an address that can be used."
    )


def _validators(request: requests.PreparedRequest) -> tuple[str | None, str | None]:
    """Return the ETag and the date that a request asks to be confirmed, None for none."""
    return request.headers.get("If-None-Match"), request.headers.get("If-Modified-Since")


def _confirms(request: requests.PreparedRequest, response: requests.Response) -> bool:
    """Return whether a 304 confirms what was asked about, and not another version.

    A weak validator (``W/"x"``) and a strong one of the same text are equal.
    """
    asked_tag, asked_date = _validators(request)
    told_tag, told_date = (response.headers.get(name) for name in ("ETag", "Last-Modified"))
    if asked_tag is not None:
        asked = {_opaque(tag) for tag in (asked_tag, *_as_text(asked_tag).split(","))}
        return told_tag is None or _opaque(told_tag) in asked or "*" in asked
    return told_date is None or told_date.strip() == _as_text(asked_date).strip()


def _opaque(tag: str | bytes) -> str:
    return _as_text(tag).strip().removeprefix("W/")


def _as_text(value: str | bytes | None) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value or ""


def _unconditional(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Return the same request without validators."""
    whole = request.copy()
    for name in ("If-None-Match", "If-Modified-Since"):
        whole.headers.pop(name, None)
    return whole


class _NoSecretsInLogs(logging.Filter):
    """Takes secrets out of what urllib3 logs of our requests.

    A path may hold a delete hash, and an exception about headers quotes them.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Let a record pass, redacted."""
        if _sending.get():
            args = record.args
            if isinstance(args, tuple):
                record.args = tuple(
                    type(one).__name__ if isinstance(one, BaseException) else one for one in args
                )
            record.msg, record.args = redact(record.getMessage()), None
            record.exc_info = record.exc_text = None
        return True


#: Whether the running thread sends a request of ours.
_sending: ContextVar[bool] = ContextVar("imgurdata_sending", default=False)
for _name in ("urllib3.connection", "urllib3.connectionpool", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_NoSecretsInLogs())


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
