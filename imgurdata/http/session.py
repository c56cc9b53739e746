"""One session: a ``requests_cache.CachedSession`` that knows Imgur.

A fresh answer comes from disk, a stale one is asked again with its ETag, a new one is fetched.
Which of these it is gets decided here, when reading (:mod:`~imgurdata.http.freshness`);
what passes to the network is the transport's business (:mod:`~imgurdata.http.transport`).
"""

from __future__ import annotations

import copy
import inspect
import logging
import weakref
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import version
from numbers import Number
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self
from urllib.parse import urljoin, urlsplit

import msgspec
import requests
import requests_cache
import urllib3
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.hooks import dispatch_hook
from requests_cache import DO_NOT_CACHE, CacheSettings
from requests_cache.backends.base import BaseCache
from requests_cache.models.request import CachedRequest
from requests_cache.models.response import CachedResponse, OriginalResponse
from requests_cache.policy.actions import CacheActions
from urllib3.exceptions import HTTPError

from imgurdata._clock import Clock
from imgurdata._format import plural
from imgurdata._interrupts import defer_sigint
from imgurdata._network import NetworkEnvironment, connection_error, origin_of
from imgurdata._process import OwningProcess
from imgurdata._secret import Secret, seal
from imgurdata._validate import boolean, duration, refuse, shown
from imgurdata.auth.identity import Identity, IdentityKey
from imgurdata.auth.store import TokenStore
from imgurdata.auth.token import Token
from imgurdata.bundle.backend import BundleCache
from imgurdata.bundle.description import Bundle, described
from imgurdata.credits.ledger import Ledger
from imgurdata.endpoints import is_private, without_secrets
from imgurdata.errors import (
    BadResponse,
    ImgurDataError,
    InvalidArgument,
    NotCached,
    NotFound,
    keep_secret,
    redact,
)
from imgurdata.http.absent import Absent, remembered_error
from imgurdata.http.auth import Authenticator, AuthState, Credentials, verify_account
from imgurdata.http.cache import CHECKED_AT, Found
from imgurdata.http.cache_admin import CacheInfo, cache_info, clear_cache
from imgurdata.http.freshness import (
    State,
    StoredEntry,
    confirmation,
    decide,
    is_absent,
    look_up,
)
from imgurdata.http.in_flight import InFlight
from imgurdata.http.session_log import SessionLog
from imgurdata.http.single_flight import SingleFlight
from imgurdata.http.transport import Transport, WaitPolicy
from imgurdata.model.envelope import unwrap
from imgurdata.model.formats import mend_json

if TYPE_CHECKING:
    from imgurdata.sandbox import Sandbox

__all__ = ["GATEWAY_HOST", "ImgurSession"]

GATEWAY_HOST = "imgur-apiv3.p.rapidapi.com"

logger = logging.getLogger(__name__)

#: Arguments of requests-cache with which a caller says how the cache is used.
_SWITCHES = ("expire_after", "only_if_cached", "refresh", "force_refresh")
#: The same as directives of a request's ``Cache-Control``.
_DIRECTIVES = frozenset(
    {"max-age=0", "must-revalidate", "no-cache", "no-store", "no-transform", "only-if-cached"}
)
#: Settings of requests-cache that may be changed.
_CHANGEABLE = frozenset({"disabled", "only_if_cached", "expire_after"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 3
#: Longest time-out of one request, in seconds: a day.
_LONGEST_TIMEOUT = 86_400.0


class _OtherHosts(HTTPAdapter):
    """Sends what is not for Imgur; a response that is left open holds up nobody."""

    def __init__(self, environment: NetworkEnvironment) -> None:
        self._environment = environment
        super().__init__()

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """Send a request through the proxy that is for its host, if any."""
        kwargs["proxies"] = self._environment.proxies_for(request.url or "", kwargs.get("proxies"))
        return super().send(request, **kwargs)


class _Elsewhere(requests.Session):
    """Asks other hosts. A redirect from one of them to Imgur is asked without credentials, too.

    Parameters
    ----------
    usual
        The adapter for all hosts.
    """

    def __init__(self, usual: BaseAdapter) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.usual = usual
        self.mount("https://", usual)
        self.mount("http://", usual)


class _Offline(BaseAdapter):
    """Takes the network's place when there must be none.

    Parameters
    ----------
    cache
        Of the session; the session itself would live as long as this.
    """

    def __init__(self, cache: BaseCache) -> None:
        super().__init__()
        self._cache = cache

    def send(self, request: requests.PreparedRequest, **_: Any) -> NoReturn:  # type: ignore[override]
        raise _not_held(self._cache, request)

    def close(self) -> None:
        """Nothing is open."""


class ImgurSession(requests_cache.CachedSession):
    """A connection to Imgur; made by :func:`imgurdata.connect`, not by hand.

    Everything a ``requests_cache.CachedSession`` does works: ``session.get("/3/gallery/hot")``
    for whatever has no loader. A context manager; closing it closes its files, and its sandbox
    where it started one.

    Attributes
    ----------
    credits : Ledger
        What was spent and is left.
    identity : Identity
        Who it asks as.
    sandbox : Sandbox or None
        The embedded Imgur it is connected to.
    clock : Clock
        The clock it lives by: the sandbox's own, where there is one.
    base_url : str
        Where it asks.
    workers : int
        Requests under way at once.
    max_age : float
        Seconds for which an answer counts as fresh.
    offline : bool
        Whether the network is off limits.
    session_log : SessionLog
        What it has used so far, for a bundle.
    absent : Absent
        What Imgur said lately it has not.
    wait_policy : WaitPolicy
        What to do when credits are spent.
    """

    def __init__(
        self,
        *,
        credentials: Credentials,
        token: Token | None,
        token_store: TokenStore | None = None,
        identity_key: IdentityKey,
        gateway_key: Secret | None,
        base_url: str,
        backend: BaseCache,
        ledger_path: Path | None,
        clock: Clock,
        max_age: float,
        offline: bool,
        wait_policy: WaitPolicy,
        timeout: float,
        workers: int,
        sandbox: Sandbox | None = None,
        on_close: Callable[[], None] | None = None,
    ) -> None:
        host = urlsplit(base_url).netloc
        self._credentials = credentials
        self._identity_key = identity_key
        self._gateway_key = gateway_key
        self._host = host
        callers = self._callers = AuthState(self._caller(token, token_store))
        # requests-cache keeps a session's settings, our key_fn among them, in the backend: a
        # backend given to two sessions would answer one of them with the other's pages.
        super().__init__(
            backend=copy.copy(backend),
            expire_after=-1,  # freshness is decided when reading
            cache_control=False,  # Imgur says no-store on everything: obeyed, there'd be no ETag
            stale_if_error=False,
            allowable_methods=("GET",),
            key_fn=callers.cache_key,
        )
        self._usual_settings = copy.copy(self.settings)
        self.base_url = base_url
        self.clock = clock
        self.max_age = max_age
        self.offline = offline
        self.timeout = timeout
        self.workers = workers
        self.wait_policy = wait_policy
        self.session_log = SessionLog()
        self.absent = Absent(self.cache)
        self.sandbox = sandbox
        self.credits = Ledger(ledger_path, host, lambda: callers.identity, clock)
        self.headers["User-Agent"] = f"imgurdata/{version('imgurdata')} (+python-requests)"
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # No ~/.netrc (it would take the place of our Authorization). What else the environment
        # says of the network is looked up once, here, instead of at each request.
        self.trust_env = False
        environment = NetworkEnvironment.from_environment()
        self.verify = environment.verify
        transport: BaseAdapter = _Offline(self.cache) if offline else Transport(
            origin=base_url,
            callers=callers,
            ledger=self.credits,
            clock=clock,
            wait_policy=wait_policy,
            environment=environment,
            workers=workers,
        )  # fmt: skip
        self._transport = transport
        self._origin = origin_of(base_url)
        self._elsewhere = _Elsewhere(transport if offline else _OtherHosts(environment))
        self.adapters = self._elsewhere.adapters  # adapters that somebody mounts count for both
        self._flights: SingleFlight[Any] = SingleFlight()
        self._in_flight = InFlight()
        if credentials.client_secret:
            keep_secret(callers, [credentials.client_secret.reveal()])
        self._process = OwningProcess("This session")
        self._shut = weakref.finalize(
            self,
            _shut,
            self._process,
            self._in_flight,
            (transport, self._elsewhere),
            self.credits,
            on_close or (lambda: None),
        )

    @property
    def bundle(self) -> Bundle | None:
        """The bundle that it answers from, where it was opened with one."""
        cache = self.cache
        if not isinstance(cache, BundleCache):
            return None
        return described(cache.path, cache.manifest, cache.size)

    def secrets(self) -> list[Secret]:
        """What must not get into any file that others see."""
        mine, token = self._credentials, self._callers.current.token
        known = [mine.client_id, mine.client_secret, self._gateway_key]
        known += [token.access_token, token.refresh_token] if token is not None else []
        return [Secret(one) for one in known if one]

    @property
    def identity(self) -> Identity:
        """Who the session asks as."""
        return self._callers.identity

    def pinned(self) -> AbstractContextManager[Authenticator]:
        """What is asked inside stays one person's, though somebody may sign in or out meanwhile."""
        return self._callers.pinned()

    # Signing in and out -------------------------------------------------------------------------

    def sign_in(self, token: Token | Secret | str, *, remember: bool = False) -> str:
        """Ask as the account of a token from now on; costs the one credit that proves it.

        Parameters
        ----------
        token
            As :func:`imgurdata.auth.parse_redirect` gives it, or an access token. In a notebook,
            ``imd.sign_in()`` gets one and calls this.
        remember
            Keep its refresh token for later sessions (``connect(account=...)``), in the system's
            keyring or else in a file that only this user may read.

        Returns
        -------
        str
            The account's name, as Imgur tells it.

        Raises
        ------
        InvalidToken
            Imgur does not take the token.
        InvalidArgument
            It cannot be a token (nothing of it is shown); ``remember=True`` without a client
            secret or a refresh token; the session is offline.
        BadResponse
            Imgur's answer does not say whose it is.
        ImgurDataError
            Imgur could not be asked, and the token does not say whose it is.

        Notes
        -----
        Requests under way stay those of whoever asked before. Source: API reference, OAuth.

        Examples
        --------
        >>> import imgurdata as imd
        >>> with imd.connect(sandbox=True) as session:
        ...     token = session.sandbox.issue_token(session.sandbox.account)
        ...     name = session.sign_in(token)
        ...     name == session.sandbox.account
        True
        """
        # Sealed before anything can fail: tracebacks may show the variables of this function.
        token = token if isinstance(token, Token) else seal(token)
        self.check_open()
        if self.offline:
            raise InvalidArgument("This session is offline: connect() without offline=True.")
        remember = boolean("remember", remember)
        token = Token.of(token)
        if remember:
            self._credentials.check_can_remember(token)
        with self._callers.pinned(self._caller(token)) as caller:
            proven = verify_account(caller, self._get_uncached)
        store = self._credentials.keep(proven) if remember else None
        self._callers.change(self._caller(proven, store)).revoke()
        return proven.username or ""

    def sign_out(self) -> None:
        """Ask with the Client-ID again, and forget the sign-in where it was remembered.

        Imgur has no call that ends a token: to end it, remove the application in the account's
        settings on imgur.com.

        Raises
        ------
        MissingClientId
            The session has a token only, so there would be nobody left to ask as.
        """
        self.check_open()
        self._credentials.require_client_id()
        before = self._callers.change(self._caller(None))
        # First it stops renewing, then it is forgotten: a renewal would keep it anew.
        before.revoke()
        if before.token is not None and before.token.username:
            self._credentials.forget(before.token.username)

    @property
    def username(self) -> str | None:
        """Name of the account that is signed in, where it is known."""
        token = self._callers.current.token
        return token.username if token is not None else None

    @property
    def credentials(self) -> Credentials:
        """The application, and where its sign-ins are kept."""
        return self._credentials

    def _caller(self, token: Token | None, store: TokenStore | None = None) -> Authenticator:
        return Authenticator(
            self._credentials, token, store, identity_key=self._identity_key,
            gateway_key=self._gateway_key, host=self._host,
        )  # fmt: skip

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """Send a request; ``url`` may be a path (``/3/gallery/hot``).

        Parameters
        ----------
        method, url : str
            As in :meth:`requests.Session.request`.
        *args, **kwargs
            Further arguments of :meth:`requests_cache.CachedSession.request`. Of its switches
            ``refresh``, ``force_refresh``, ``only_if_cached`` and ``expire_after=DO_NOT_CACHE``
            work, and so do ``cache_disabled()``, ``settings.disabled``,
            ``settings.only_if_cached`` and ``settings.expire_after = DO_NOT_CACHE``; others are
            refused. ``timeout=None`` is the session's own.

        Returns
        -------
        requests.Response

        Raises
        ------
        ApiError, CreditsExhausted, BadResponse, ConnectionFailed, NotCached
            No good answer: there is never a response with a bad status to look at.
        InvalidArgument
            No such request can be sent.

        Notes
        -----
        Redirects are followed within Imgur's own origin, three at most. Other hosts are asked as
        requests does it, without credentials. What a response hook raises leaves as it is; the
        answer is stored and in the ledger by then.
        """
        self.check_open()  # before any lock: in a forked child it may be held for ever
        if not isinstance(method, str) or not method.isascii() or not method.isalpha():
            refuse("method", "the name of an HTTP method", method)
        if not isinstance(url, str):
            refuse("url", "a path or an address", url)
        headers, hooks = kwargs.get("headers"), kwargs.get("hooks")
        if headers is not None and not isinstance(headers, Mapping):
            refuse("headers", "a dict", headers)
        if hooks is not None and not (isinstance(hooks, Mapping) and set(hooks) <= {"response"}):
            refuse("hooks", "a dict with the key 'response'", hooks)
        _check_query(kwargs.get("params"))
        kwargs["timeout"] = _timeout(kwargs.get("timeout"), self.timeout)
        _check_expire_after(kwargs.get("expire_after"), "expire_after")
        try:
            address = urljoin(self.base_url, url)
        except ValueError:
            address = ""
        if not address:
            refuse("url", "a path or an address", url)
        with defer_sigint():
            return super().request(method, address, *args, **kwargs)

    @property
    def past_cache(self) -> bool:
        """Whether the cache is neither read nor written: ``cache_disabled()`` and its like."""
        settings = self.settings
        return bool(settings.disabled) or settings.expire_after == DO_NOT_CACHE

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """Return a request with the session's headers and parameters, ready to be sent."""
        try:
            return super().prepare_request(request)
        except (requests.RequestException, ValueError, TypeError, AttributeError) as error:
            what = f"{type(error).__name__}: {redact(str(error), 200)}"
        raise InvalidArgument(f"The request cannot be made ({what}).")

    def get_adapter(self, url: str) -> BaseAdapter:
        """Return what sends requests to a URL: Imgur's own transport for its origin only."""
        adapter = super().get_adapter(url)
        ours = adapter is self._elsewhere.usual and origin_of(url) == self._origin
        return self._transport if ours else adapter

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> Any:  # type: ignore[override]
        """Send a prepared request: from the cache, with its ETag, or anew."""
        self.check_open()
        if not isinstance(request, requests.PreparedRequest):
            refuse("request", "a prepared request", request)
        kwargs["timeout"] = _timeout(kwargs.get("timeout"), self.timeout)
        kwargs.setdefault("proxies", dict(self.proxies))
        kwargs.setdefault("verify", self.verify)
        kwargs.setdefault("cert", self.cert)
        kwargs.setdefault("stream", self.stream)
        with defer_sigint(), self._callers.pinned():
            if origin_of(request.url or "") != self._origin:
                return self._send_elsewhere(request, kwargs)
            try:
                return self._send(request, kwargs)
            except NotFound as error:
                if request.method == "GET":
                    self.session_log.missing(self.identity.scope, request.url or "", error)
                raise

    def _send(self, request: requests.PreparedRequest, kwargs: dict[str, Any]) -> Any:
        follow = kwargs.pop("allow_redirects", True)
        how = self._how(request, kwargs)
        response = self._answer(request, how, kwargs)
        steps: list[Any] = []
        while follow and response.status_code in _REDIRECTS and "Location" in response.headers:
            steps.append(response)
            step = self._next_step(request, [one.url for one in steps], response)
            if isinstance(step, BadResponse):
                # The address may hold a token, and verbose tracebacks show variables.
                del response, steps
                raise step
            request = step
            response = self._answer(request, how, kwargs)
        if steps:
            response.history = steps
        return response

    def _next_step(
        self, request: requests.PreparedRequest, seen: list[str], response: Any
    ) -> requests.PreparedRequest | BadResponse:
        """Return the request that a redirect leads to, answered under its own key, or why not."""
        where = urljoin(response.url, response.headers["Location"])
        path = redact(urlsplit(response.url).path, 200)
        if request.method not in {"GET", "HEAD"}:
            return BadResponse(
                f"The {request.method} of {path} was redirected: it is not repeated."
            )
        if origin_of(where) != self._origin:
            return BadResponse(f"The answer for {path} leads to another host: it is not followed.")
        if len(seen) > _MOST_REDIRECTS or where in seen:
            return BadResponse(
                f"The answer for {path} is a redirect without end "
                f"({plural(len(seen) - 1, 'step')} followed)."
            )
        step = request.copy()
        for name in ("If-None-Match", "If-Modified-Since"):
            step.headers.pop(name, None)
        try:
            step.prepare_url(where, None)
            return step
        except (requests.RequestException, ValueError):
            pass
        return BadResponse(f"The answer for {path} leads to an address that cannot be used.")

    def _answer(self, request: requests.PreparedRequest, how: str, kwargs: dict[str, Any]) -> Any:
        """Return the answer to one request, and show it to its hooks, in the caller's thread."""
        parts = urlsplit(request.url or "")
        if parts.query:
            # The header alone says who asks; in a query it would stand in logs.
            request.url = without_secrets(request.url or "")
        stored = request.method == "GET" and not is_private(parts.path) and how != "past"
        if how == "stored" and not stored:
            response = _not_cached(request)
        elif stored:
            response = self._cached(request, how, kwargs)
        else:
            response = self._in_flight.run(lambda: self._past_cache(request, kwargs))
        if stored and response.status_code == 200:
            self.session_log.used(
                self.identity.scope, request.url or "", response.headers.get("Date")
            )
        return dispatch_hook(  # type: ignore[no-untyped-call]
            "response", request.hooks, response, **kwargs
        )

    def _cached(self, request: requests.PreparedRequest, how: str, kwargs: dict[str, Any]) -> Any:
        """Return an answer from the cache, or Imgur's, which is then in the cache."""
        key = self.cache.create_key(request)
        if how in {"refresh", "anew"}:
            # Asked by itself, shared with nobody.
            return self._in_flight.run(lambda: self._ask(request, key, how, kwargs))
        self._raise_absent(key, urlsplit(request.url or "").path)
        state, found = self._look(key)
        if found is not None and state is State.FRESH:
            return _fresh_response(found)
        if how == "stored":
            return _not_cached(request)
        return self._in_flight.run(
            lambda: self._flights.run(
                key,
                lambda: self._ask(request, key, how, kwargs),
                share=lambda answer: self._shared(key, answer),
            )
        )

    def _send_elsewhere(self, request: requests.PreparedRequest, kwargs: dict[str, Any]) -> Any:
        """Ask another host as requests does: past cache and ledger, without credentials."""
        for name in _SWITCHES:
            kwargs.pop(name, None)
        request.headers.pop("X-ACTUAL-NO-CACHE", None)
        where = redact(urlsplit(request.url or "").path, 200)
        try:
            response = self._elsewhere.send(request, **kwargs)
            return OriginalResponse.wrap_response(response, CacheActions(skip_write=True))
        except ImgurDataError:
            raise
        except requests.TooManyRedirects:
            failed: ImgurDataError = BadResponse("The answer is a redirect without end.")
        except (requests.RequestException, HTTPError, HTTPException, OSError, ValueError) as error:
            failed = connection_error(error, where, request.url or "")
        raise failed

    def _how(self, request: requests.PreparedRequest, kwargs: dict[str, Any]) -> str:
        """Return how the cache is used: usually, "refresh", "anew", "stored" only, or "past" it.

        Raises
        ------
        InvalidArgument
            A switch of requests-cache was set that has no meaning here.
        """
        settings, headers = self.settings, request.headers
        if settings != self._usual_settings:
            _check_settings(settings, self._usual_settings)
        given = {name: kwargs.pop(name, None) for name in _SWITCHES}
        _check_expire_after(given["expire_after"], "expire_after")
        directives = set()
        if "Cache-Control" in headers:
            text = headers.pop("Cache-Control")
            directives = {word.strip().lower() for word in str(text).split(",")} - {""}
            if unknown := directives - _DIRECTIVES:
                refuse("Cache-Control", f"of {', '.join(sorted(_DIRECTIVES))}", min(unknown))
        past = headers.pop("X-ACTUAL-NO-CACHE", None) or given["expire_after"] == DO_NOT_CACHE
        if self.past_cache or past or "no-store" in directives:
            return "past"
        if settings.only_if_cached or given["only_if_cached"] or "only-if-cached" in directives:
            return "stored"
        if given["force_refresh"] or "no-cache" in directives:
            return "anew"
        if given["refresh"] or directives & {"must-revalidate", "max-age=0"}:
            return "refresh"
        return ""

    def _look(self, key: str) -> tuple[State, Found | StoredEntry | None]:
        found = look_up(self.cache, key)
        state = decide(
            found.confirmed if found is not None else None,
            now=self.clock.now(),
            max_age=self.max_age,
            offline=self.offline,
        )
        return state, found

    def _raise_absent(self, key: str, path: str) -> None:
        """Raise NotFound where Imgur said so lately, and nothing was stored since."""
        noted = self.absent.find((key,)).get(key)
        if noted is None:
            return
        now = self.clock.now()
        stored = confirmation(self.cache, key)
        if is_absent(noted, stored, now=now, max_age=self.max_age, offline=self.offline):
            raise remembered_error(path, noted, now)

    def _ask(
        self, request: requests.PreparedRequest, key: str, how: str, kwargs: dict[str, Any]
    ) -> Any:
        """Ask Imgur, with the validator of what is stored or anew, and store the answer.

        The cache is looked at again: the answer may have come before this thread took the lead.
        """
        state, found = self._look(key)
        if found is not None and state is State.FRESH and not how:
            return _fresh_response(found)
        if state is State.MISSING and self.offline:
            raise _not_held(self.cache, request)
        kept: Any = found.response() if found is not None and how != "anew" else None
        asked = request if kept is None else _conditional(request, kept)
        try:
            response: Any = self.get_adapter(request.url or "").send(asked, **kwargs)
        except NotFound as error:
            self.absent.note(key, self.clock.now(), error.reason)
            raise
        if self.absent.in_memory:
            self.absent.forget(key)
        if response.status_code == 304 and kept is not None:
            kept.headers.update(
                {n: v for n, v in response.headers.items() if n in (CHECKED_AT, "Date")}
            )
            kept.revalidated = True
            response = kept
        if response.status_code == 200:
            try:
                self.cache.save_response(response, key)
            except ImgurDataError:
                raise
            except Exception as error:  # noqa: BLE001 - a backend of somebody else
                logger.warning(
                    "The answer could not be stored (%s): %s",
                    type(error).__name__, redact(str(error), 200),
                )  # fmt: skip
        if response is not kept:
            response = OriginalResponse.wrap_response(response, CacheActions(cache_key=key))
        response.cache_state = state
        return response

    def _shared(self, key: str, answer: Any) -> Any:
        """What another thread was answered, as an answer of this thread's own."""
        found = look_up(self.cache, key)
        stored: Any = found.response() if found is not None else None
        if stored is not None and stored.headers.get(CHECKED_AT) == answer.headers.get(CHECKED_AT):
            stored.cache_state = State.FRESH
            return stored
        # Not stored: a redirect, or a write that was lost.
        twin: Any = object.__new__(type(answer))
        twin.__dict__.update(answer.__dict__)
        return twin

    def _get_uncached(self, path: str) -> Any:
        request = self.prepare_request(requests.Request("GET", self.base_url + path))
        return self.send(request, expire_after=DO_NOT_CACHE, allow_redirects=False)

    def _past_cache(self, request: requests.PreparedRequest, kwargs: dict[str, Any]) -> Any:
        """Ask Imgur, and neither read the cache nor write to it."""
        response: Any = self.get_adapter(request.url or "").send(request, **kwargs)
        return OriginalResponse.wrap_response(response, CacheActions(skip_write=True))

    def fetch(self, path: str, **params: Any) -> Any:
        """The unwrapped ``data`` of an answer, from JSON, JSONP or XML alike.

        Parameters
        ----------
        path
            Path and, if need be, query: ``"/3/gallery/hot/viral/day/0"``.
        **params
            Further parameters of the query; True and False are sent in Imgur's words.

        Returns
        -------
        object
            Whatever Imgur's ``data`` is: list, dict, number, text.

        Examples
        --------
        >>> import imgurdata as imd
        >>> with imd.connect(sandbox=True) as session:
        ...     session.fetch("/3/credits")["UserLimit"]
        500
        """
        words = {k: str(v).lower() if isinstance(v, bool) else v for k, v in params.items()}
        response = self.get(path, params=words or None)
        data = unwrap(response.content, status=response.status_code, request=path)
        try:
            return msgspec.json.decode(data)
        except RecursionError:
            raise BadResponse("The answer is nested too deep to be read.") from None
        except (msgspec.DecodeError, UnicodeDecodeError):
            return msgspec.json.decode(mend_json(data))

    def cache_info(self) -> CacheInfo:
        """What the cache holds: how many answers, how much disk, how old, of which endpoints.

        Returns
        -------
        CacheInfo
            ``entries``, ``bytes``, ``max_bytes``, ``where``; and ``by_endpoint``, a DataFrame
            ``endpoint, answers, fresh, bytes, oldest, newest``. Asks nothing.

        Raises
        ------
        CacheUnusable
            The file, or the backend's server, can't be read.

        Examples
        --------
        >>> import imgurdata as imd
        >>> with imd.connect(sandbox=True) as session:
        ...     posts = imd.load_gallery(pages=2)
        ...     session.cache_info().by_endpoint[["endpoint", "answers", "fresh"]]
          endpoint  answers  fresh
        0  gallery        2      2
        """
        self.check_open()
        return cache_info(self.cache, now=self.clock.now(), max_age=self.max_age)

    def clear_cache(self, endpoint: str | None = None, older_than: Any = None) -> int:
        """Forget stored answers; what is asked again then costs credits again.

        Parameters
        ----------
        endpoint
            Only those of one, by the name it has in :meth:`cache_info`; all by default.
        older_than
            Only those that Imgur confirmed longer ago: ``"30d"``, a Timedelta, or seconds.

        Returns
        -------
        int
            How many were forgotten, of whomever they were.

        Raises
        ------
        InvalidArgument
            There is no such endpoint, or ``older_than`` is no span.
        CacheUnusable
            The file, or the backend's server, can't be read.

        Examples
        --------
        >>> import imgurdata as imd
        >>> with imd.connect(sandbox=True) as session:
        ...     posts = imd.load_gallery(pages=2)
        ...     session.clear_cache("gallery"), session.clear_cache()
        (2, 0)
        """
        self.check_open()
        span = None if older_than is None else duration("older_than", older_than, example="'30D'")
        self.absent.clear()
        return clear_cache(self.cache, now=self.clock.now(), endpoint=endpoint, older_than=span)

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return not self._shut.alive

    def check_open(self) -> None:
        """Refuse to be used after :meth:`close`, or in a forked process.

        Raises
        ------
        ImgurDataError
            It was closed, or opened in another process.
        """
        self._process.check()
        if self.closed:
            raise ImgurDataError("This session is closed: imgurdata.connect() again.")

    def close(self) -> None:
        """Close connections and files, and the sandbox where the session started one."""
        self._shut()

    def __enter__(self) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise ImgurDataError("A session does not pickle: connect() in the worker instead.")

    def __repr__(self) -> str:
        if self.closed:
            return f"<ImgurSession {self.base_url}, closed>"
        if not self._process.is_current:
            return f"<ImgurSession {self.base_url}, opened in another process>"
        where = "sandbox at " if self.sandbox is not None else ""
        state = "offline" if self.offline else repr(self.credits).strip("<>")
        return f"<ImgurSession {where}{self.base_url} as {self.identity}; {state}>"


def _shut(
    process: OwningProcess,
    in_flight: InFlight,
    ways: tuple[BaseAdapter, requests.Session],
    ledger: Ledger,
    on_close: Callable[[], None],
) -> None:
    """Close what a session has opened: not a backend that was given to it.

    In a forked child nothing is closed, since all of it is the parent's.
    """
    if not process.is_current:
        return
    in_flight.drain()  # what was paid belongs into cache and ledger
    for way in ways:
        way.close()
    ledger.close()
    on_close()


def _fresh_response(found: Found | StoredEntry) -> Any:
    response: Any = found.response()
    response.cache_state = State.FRESH
    return response


def _conditional(
    request: requests.PreparedRequest, kept: requests.Response
) -> requests.PreparedRequest:
    """Return a request with the validators of a stored answer; without, if that has none."""
    validators = {"If-None-Match": kept.headers.get("ETag")}
    validators["If-Modified-Since"] = kept.headers.get("Last-Modified")
    asked = request.copy()
    for name, value in validators.items():
        asked.headers.pop(name, None)
        if value:
            asked.headers[name] = value
    return asked


def _not_cached(request: requests.PreparedRequest) -> CachedResponse:
    """Return what requests-cache documents for ``only_if_cached`` and nothing stored."""
    return CachedResponse(
        url=without_secrets(request.url or ""),
        status_code=504,
        reason="Not Cached",
        request=CachedRequest(
            method=request.method or "GET", url=without_secrets(request.url or "")
        ),
    )


def _timeout(value: Any, usual: float) -> Any:
    """Return the time-out of a request as requests takes it: there always is one."""
    if value is None:
        return usual
    if isinstance(value, urllib3.Timeout):
        return value
    if isinstance(value, tuple):
        if len(value) != 2:
            refuse("timeout", "seconds, or a tuple of two: to connect and to read", value)
        return tuple(_timeout(one, usual) for one in value)
    seconds = duration("timeout", value, example="30", most=_LONGEST_TIMEOUT)
    if seconds <= 0:
        refuse("timeout", "more than 0 seconds", value)
    return seconds


def _check_query(params: Any) -> None:
    """Refuse what requests would walk through without end, or send as an object's repr."""
    if params is None or isinstance(params, (str, bytes)):
        return
    pairs = list(params.items()) if isinstance(params, Mapping) else params
    if not isinstance(pairs, (list, tuple)) or not all(
        isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in pairs
    ):
        refuse("params", "a dict, a list of pairs or a text", params)
    for name, value in pairs:
        several = isinstance(value, (list, tuple, set, frozenset))
        for one in value if several else (value,):
            if one is not None and not isinstance(one, (str, bytes, Number)):
                refuse(f"params[{shown(name)}]", "a text, a number, or a list of these", value)


def _check_expire_after(value: Any, name: str) -> None:
    if value is not None and value != DO_NOT_CACHE:
        raise InvalidArgument(
            f"{name} must be DO_NOT_CACHE; got {shown(value)}. How long an answer counts as fresh "
            "is decided when it is read: connect(max_age=...); refresh=True asks anew."
        )


def _check_settings(now: CacheSettings, usual: CacheSettings) -> None:
    """Refuse settings of requests-cache that mean nothing here, instead of ignoring them."""
    for name in inspect.signature(CacheSettings).parameters:
        value, before = getattr(now, name, None), getattr(usual, name)
        if name not in _CHANGEABLE and value != before:
            raise InvalidArgument(
                f"settings.{name} must be {shown(before)}; got {shown(value)}. A session on "
                "Imgur honours settings.disabled, settings.only_if_cached and "
                "settings.expire_after = DO_NOT_CACHE only."
            )
    if now.expire_after != usual.expire_after:
        _check_expire_after(now.expire_after, "settings.expire_after")


def _not_held(cache: BaseCache, request: requests.PreparedRequest) -> ImgurDataError:
    """What to raise for an answer that an offline session has not."""
    path = urlsplit(request.url or "").path
    if isinstance(cache, BundleCache):
        return cache.why_not(cache.create_key(request), path)
    return NotCached(
        f"{redact(path)} is not in the cache, and this session is offline. "
        "Ask once with offline=False to have it."
    )
