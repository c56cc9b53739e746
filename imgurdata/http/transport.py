"""Send requests to Imgur: authenticate, reserve credits, send, book, retry, raise.

The adapter below the cache: whatever passes here is a real request. Volatile headers and secrets
are removed before the cache sees the response, and a bad response becomes an error: raised here,
below the cache, it is never stored.
"""

from __future__ import annotations

import logging
import random
import re
from contextvars import ContextVar
from copy import copy
from dataclasses import dataclass
from email.utils import format_datetime
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
from imgurdata.credits.headers import NOT_REPORTED, Limits, read_retry_after, response_date
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
from imgurdata.http.retry import Waiting, pause_before_retry, refuses_token
from imgurdata.http.store import CHECKED_AT, VALIDATORS
from imgurdata.http.wire import PIECE, BoundedAdapter, BoundedResponse, too_large
from imgurdata.model.envelope import error_in, error_of
from imgurdata.model.formats import DELETE_HASH

__all__ = ["Transport", "WaitPolicy", "holds_delete_hash", "without_validators"]

logger = logging.getLogger(__name__)

#: Headers that a response keeps. All others belong to the moment (limits, timings) or to the
#: connection (encodings, caches between), or are secrets (cookies).
_KEPT_HEADERS = ("Content-Type", "ETag", "Last-Modified", "Sunset")
#: Longest address of a redirect.
_LONGEST_LOCATION = 2000
#: Other sessions on the same sign-in may end a token again that was renewed just now.
_MOST_RENEWALS = 5
#: The pause before the nth of these is up to 2**n times as long, in seconds.
_RENEWAL_PAUSE = 0.05
_DELETE_HASH = re.compile(DELETE_HASH.encode() + rb"|(<deletehash\b[^<>]*>)(?:<!\[CDATA\[)?[^<]+")


def _without_hash(found: re.Match[bytes]) -> bytes:
    return found[2] or found[1] + b'""'


def holds_delete_hash(content: bytes) -> bool:
    """Return whether a body shows a delete hash, with which anybody can delete the image."""
    return b"deletehash" in content and _DELETE_HASH.search(content) is not None


@dataclass(frozen=True, slots=True)
class WaitPolicy:
    """What to do when credits are spent.

    Attributes
    ----------
    on_limit : str
        ``"raise"`` or ``"wait"``.
    max_wait : float
        Longest wait, in seconds.
    """

    on_limit: str
    max_wait: float


@dataclass(slots=True)
class _Task:
    """Request, whose it is, what the ledger calls it, and what it has waited for so far."""

    request: requests.PreparedRequest
    options: dict[str, Any]
    authenticator: Authenticator
    method: str
    path: str
    endpoint: str
    cost: int
    attempts: int = 1
    paused: float = 0.0
    renewals: int = 0
    waited_for_credits: bool = False


@dataclass(slots=True)
class _Attempt:
    """State of one attempt: ``lost`` if it was sent, and no response says what it cost."""

    token: Token | None = None
    sent: bool = False
    lost: bool = False
    response: requests.Response | None = None


class Transport(BoundedAdapter):
    """Adapter for requests to Imgur.

    Parameters
    ----------
    origin : str
        ``scheme://host[:port]`` of Imgur or its gateway. Nobody else gets our credentials, not even
        the same host without TLS.
    auth : AuthState
        Signs each attempt, and renews a token that is refused.
    ledger : Ledger
    clock : Clock
    wait_policy : WaitPolicy
    environment : NetworkEnvironment
        Proxies as the environment had them when the session was opened.
    workers : int
        Connections kept open.
    """

    def __init__(
        self,
        *,
        origin: str,
        auth: AuthState,
        ledger: Ledger,
        clock: Clock,
        wait_policy: WaitPolicy,
        environment: NetworkEnvironment,
        workers: int,
    ) -> None:
        self._origin = origin
        self._auth = auth
        self._ledger = ledger
        self._clock = clock
        self._may_wait = wait_policy.on_limit == "wait"
        self._environment = environment
        self._proxies = environment.proxies_for(origin)
        #: A number from 0 to 1 for each retry, so that clients don't come back all at once.
        self._jitter = random.random
        self._waiting = Waiting(clock, wait_policy.max_wait)
        super().__init__(pool_connections=workers, pool_maxsize=workers, pool_block=True)

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, **kwargs: Any
    ) -> requests.Response:
        """Send one request to Imgur, with as many attempts as it takes and is allowed.

        Raises
        ------
        ImgurDataError
            There is no good response. Errors of requests and urllib3 never leave this method,
            since their frames hold the signed headers.
        """
        method, path = request.method or "GET", urlsplit(request.url or "").path
        task = _Task(
            request, kwargs, self._auth.current.authenticator, method, path, endpoint_of(path),
            cost_of(method, path, 200),
        )  # fmt: skip
        while True:
            try:
                reservation = self._ledger.begin(
                    endpoint=task.endpoint, method=method, cost=task.cost
                )
            except CreditsExhausted as error:
                if not self._may_wait:
                    raise
                self._waiting.for_credits(error)
                continue
            with reservation:
                result, token = self._try(task, reservation)
            if isinstance(result, ImgurDataError):
                self._wait_or_raise(result, task, token)
                continue
            if token is not None:
                task.authenticator.accepted(token)
            if result.status_code != 304 or _confirms(task.request, result):
                return result
            logger.warning(
                "The answer for %s confirms another version than the stored one; it is requested "
                "once more, as a whole.", redact(path, 200),
            )  # fmt: skip
            task.request = without_validators(task.request)

    def _wait_or_raise(self, error: ImgurDataError, task: _Task, token: Token | None) -> None:
        """Do what has to be done before another attempt; raise the error if there is to be none."""
        if isinstance(error, CreditsExhausted):
            if not self._may_wait:
                raise error
            if task.waited_for_credits:
                raise without_advice(error)
            task.waited_for_credits = True
            self._waiting.for_credits(error)
            return
        if token is not None and task.renewals < _MOST_RENEWALS and refuses_token(error):
            task.renewals += 1
            if task.renewals > 1:
                self._waiting.for_other_sessions(self._jitter() * _RENEWAL_PAUSE * 2**task.renewals)
            try:
                task.authenticator.renew(token)
            except InvalidToken as failed:
                # A 429 is seldom the token's fault: where it can't be renewed, it stays a 429.
                if not isinstance(error, RateLimited):
                    raise failed from None
            else:
                return
        pause = pause_before_retry(
            error, task.method, task.attempts, jitter=self._jitter(),
            max_pause=self._waiting.max_wait - task.paused, wait=self._may_wait,
        )  # fmt: skip
        if pause is None:
            raise error
        task.attempts += 1
        task.paused += pause
        self._waiting.before_retry(pause, error)

    def _try(
        self, task: _Task, reservation: Reservation
    ) -> tuple[requests.Response | ImgurDataError, Token | None]:
        """Make one attempt; return its response or error, and the token that was used.

        An error is returned, not raised: raised in here, it would keep the frames that hold the
        signed headers, which verbose tracebacks print.
        """
        attempt = _Attempt()
        error: ImgurDataError | None = None
        try:
            self._send_signed(task, attempt)
        except ImgurDataError as ours:
            error = ours
            attempt.lost = attempt.sent
        except Exception as foreign:  # noqa: BLE001 - whatever it is becomes an error of ours
            error = connection_error(foreign, task.path, self._origin)
            # Imgur has the request, and will have counted it.
            counted = (requests.ReadTimeout, requests.exceptions.InvalidHeader)
            attempt.lost = isinstance(foreign, counted) or is_malformed_response(foreign)
        except BaseException as interrupt:  # noqa: BLE001 - it is raised again
            # The frames below hold the signed headers.
            interrupt.__context__ = None
            raise interrupt.with_traceback(None) from None
        response = attempt.response
        if response is not None:
            # The head of the response came: Imgur has counted it, whatever became of the rest.
            limits = self._book(task, reservation, response.status_code, response.headers)
            error = error or self._error_in(response, task, limits)
            if error is None:
                return self._sanitise(response, task.request), attempt.token
        elif not attempt.lost:
            reservation.cancel()
        error = error or ConnectionFailed("No answer.")
        # The frames hold signed headers and whole bodies.
        error.__context__ = error.__cause__ = error.__traceback__ = None
        return error, attempt.token

    def _send_signed(self, task: _Task, attempt: _Attempt) -> None:
        """Sign and send a request, and read all of its response."""
        signed = copy(task.request)
        signed.headers = task.request.headers.copy()
        attempt.token = task.authenticator.sign(signed.headers)
        proxies = self._proxies
        if given := task.options.get("proxies"):
            proxies = self._environment.proxies_for(signed.url or "", given)
        attempt.sent = True
        sending = _sending.set(True)
        try:
            options = {**task.options, "stream": True, "proxies": proxies}
            answer: Any = super().send(signed, **options)
            with answer as response:
                attempt.response = response
                pieces: list[bytes] = []
                size = 0
                for piece in response.raw.stream(PIECE, decode_content=True):
                    size += len(piece)
                    if size > BoundedResponse.largest:
                        raise too_large(BoundedResponse.largest)
                    pieces.append(piece)
                # Before this line, leaving the block closes the connection.
                response._content, response._content_consumed = b"".join(pieces), True
        finally:
            _sending.reset(sending)

    def _error_in(
        self, response: requests.Response, task: _Task, limits: Limits
    ) -> ImgurDataError | None:
        status = response.status_code
        if status == 304 and not any(_validators(task.request)):
            return BadResponse(
                f"The answer for {redact(task.path, 200)} says that nothing has changed (status "
                "304), though the request had no validator."
            )
        if 300 <= status < 400:
            return None if status == 304 else _wrong_redirect(response, task.path)
        # Responses to HEAD and OPTIONS have no body to be wrong.
        if task.method in {"HEAD", "OPTIONS"} and status < 400:
            return None
        body, path = response.content, task.path
        error = (
            error_in(body, request=path) if status < 400 else error_of(status, body, request=path)
        )
        return None if error is None else self._completed(error, response, task, limits)

    def _completed(
        self, error: ImgurDataError, response: requests.Response, task: _Task, limits: Limits
    ) -> ImgurDataError:
        """Return the error of a body with what the headers say of it."""
        now, cost = self._clock.now(), task.cost or 1
        spent = limits.exhausted_limit(cost)
        if isinstance(error, RateLimited) and response.status_code == 429 and spent:
            left = getattr(limits, f"{spent}_remaining")
            reset_at = getattr(limits, f"{spent}_reset_at")
            return exhausted(spent, reset_at, utc(now), left=left, need=cost)
        if isinstance(error, CreditsExhausted) and error.reset_at is None:
            return exhausted(error.limit, getattr(limits, f"{error.limit}_reset_at"), utc(now))
        if isinstance(error, ApiError):
            error.retry_after = read_retry_after(response.headers, now)
        return error

    def _book(
        self,
        task: _Task,
        reservation: Reservation,
        status: int,
        headers: CaseInsensitiveDict[str],
    ) -> Limits:
        """Write into the ledger what a response says about credits."""
        limits = reservation.read(headers)
        cost = cost_of(task.method, task.path, status, reported=limits != NOT_REPORTED)
        reservation.settle(status=status, cost=cost, limits=limits)
        if logger.isEnabledFor(logging.DEBUG):
            # A path may name a delete hash.
            logger.debug(
                "%s %s -> %d (%d credits)", task.method, redact(task.path, 200), status, cost
            )
        if sunset := headers.get("Sunset"):
            logger.warning("Imgur says that %s goes away on %s", task.endpoint, redact(sunset, 100))
        return limits

    def _sanitise(
        self, response: requests.Response, request: requests.PreparedRequest
    ) -> requests.Response:
        """Return the response without secrets, as the cache and its user may see it."""
        now = self._clock.now()
        names = (*_KEPT_HEADERS, "Location") if response.is_redirect else _KEPT_HEADERS
        kept = {name: response.headers[name] for name in names if name in response.headers}
        if "Location" in kept:
            kept["Location"] = without_secrets(kept["Location"].partition("#")[0])
        date = response_date(response.headers, now)
        kept["Date"] = format_datetime(date, usegmt=True)  # strftime speaks the user's language
        kept[CHECKED_AT] = repr(now)
        response.headers = CaseInsensitiveDict(kept)
        response.raw.headers = HTTPHeaderDict(kept)
        # All is read, and the connection is given back. What is left of it would be searched for
        # cookies.
        response.raw._original_response = None
        bare = response.request = copy(_BARE)
        bare.method, bare.headers = request.method, CaseInsensitiveDict()
        bare.url = response.url = without_secrets(request.url or "")
        if request.method == "GET" and b"deletehash" in response.content:
            response._content = _DELETE_HASH.sub(_without_hash, response.content)
        return response


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
    """Return the validators of a request: its ETag and its date, None for none."""
    return request.headers.get("If-None-Match"), request.headers.get("If-Modified-Since")


def _confirms(request: requests.PreparedRequest, response: requests.Response) -> bool:
    """Return whether a 304 confirms the version that was sent, not another one.

    A weak validator (``W/"x"``) and a strong one of the same text are equal.
    """
    sent_etag, sent_date = _validators(request)
    etag, date = (response.headers.get(name) for name in VALIDATORS)
    if sent_etag is not None:
        sent = {_opaque(tag) for tag in (sent_etag, *_as_text(sent_etag).split(","))}
        return etag is None or _opaque(etag) in sent or "*" in sent
    return date is None or date.strip() == _as_text(sent_date).strip()


def _opaque(tag: str | bytes) -> str:
    return _as_text(tag).strip().removeprefix("W/")


def _as_text(value: str | bytes | None) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value or ""


def without_validators(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Return a copy of a request without validators: its answer is a whole one."""
    whole = request.copy()
    for name in ("If-None-Match", "If-Modified-Since"):
        whole.headers.pop(name, None)
    return whole


class _NoSecretsInLogs(logging.Filter):
    """Filter that redacts what urllib3 logs of our requests.

    A path may hold a delete hash, and an exception about headers quotes them.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True, with the record redacted."""
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


#: Request of a response that a cache or a user sees: without headers, cookies and body.
_BARE = requests.PreparedRequest()
_BARE.url, _BARE.headers, _BARE.hooks = "", CaseInsensitiveDict(), {"response": []}
_BARE.prepare_cookies(RequestsCookieJar())  # backends read them
