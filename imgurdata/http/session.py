"""One session: a ``requests_cache.CachedSession`` that knows Imgur.

A fresh answer comes from the cache, a stale one is revalidated with its ETag, a new one is
fetched. :meth:`ImgurSession.resolve` decides which, when reading; what has to be sent passes to
the transport (:mod:`~imgurdata.http.transport`).
"""

from __future__ import annotations

import copy
import logging
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from http.cookiejar import DefaultCookiePolicy
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self
from urllib.parse import urljoin, urlsplit

import msgspec
import requests
import requests_cache
from requests.adapters import BaseAdapter
from requests.hooks import dispatch_hook
from requests.structures import CaseInsensitiveDict
from requests_cache import DO_NOT_CACHE
from requests_cache.backends.base import BaseCache
from requests_cache.models.request import CachedRequest
from requests_cache.models.response import CachedResponse, OriginalResponse
from requests_cache.policy.actions import CacheActions

from imgurdata._addresses import REDIRECT_URL
from imgurdata._clock import Clock
from imgurdata._format import path_text, plural
from imgurdata._interrupts import defer_sigint
from imgurdata._network import NetworkEnvironment, origin_of
from imgurdata._process import OwningProcess
from imgurdata._secret import Secret, seal
from imgurdata._validate import boolean, duration, refuse
from imgurdata._version import VERSION
from imgurdata.auth.principal import Principal, PrincipalKey
from imgurdata.auth.store import TokenStore
from imgurdata.auth.token import Token
from imgurdata.credits.ledger import Ledger
from imgurdata.credits.limits import active_limits
from imgurdata.endpoints import canonical, is_private, without_secrets
from imgurdata.errors import (
    BadResponse,
    ImgurDataError,
    InvalidArgument,
    NotCached,
    NotFound,
    keep_secret,
    redact,
)
from imgurdata.http.arguments import CACHE_HEADERS, check_request, drop_cache_switches, timeout_of
from imgurdata.http.auth import (
    Authenticator,
    AuthState,
    Credentials,
    Current,
    key_of,
    pinned,
    verify_account,
)
from imgurdata.http.cache_admin import CacheInfo, cache_info, clear_cache
from imgurdata.http.in_flight import CLOSED, InFlight
from imgurdata.http.other_hosts import OtherHosts, OtherHostsAdapter
from imgurdata.http.session_log import SessionLog
from imgurdata.http.store import (
    BATCH,
    FIRST_BATCH,
    LONGEST_REASON,
    Absence,
    AnswerStore,
    CacheMode,
    RequestSpec,
    Resolved,
    State,
    Stored,
    cache_mode,
    state_of,
    store_of,
)
from imgurdata.http.transport import Transport, WaitPolicy, without_validators
from imgurdata.model.envelope import unwrap
from imgurdata.model.formats import mend_json

if TYPE_CHECKING:
    from imgurdata.auth.flow import SignInFlow
    from imgurdata.bundle.description import Bundle
    from imgurdata.sandbox import Sandbox

__all__ = ["ImgurSession"]

logger = logging.getLogger(__name__)

_MOST_REDIRECTS = 3
#: Reason of requests-cache's response for what is not stored.
_NOT_CACHED = "Not Cached"
#: Of an answer that was not looked up.
_NOT_LOOKED_UP: tuple[State, Stored | Absence | None] = (State.MISSING, None)


class _Offline(BaseAdapter):
    """Adapter of an offline session: refuses every request.

    Parameters
    ----------
    store : AnswerStore
        Of the session; the session itself would live as long as this.
    """

    def __init__(self, store: AnswerStore) -> None:
        super().__init__()
        self._store = store

    def send(self, request: requests.PreparedRequest, **_: Any) -> NoReturn:  # type: ignore[override]
        raise self._store.not_cached(urlsplit(request.url or "").path)

    def close(self) -> None:
        """Nothing is open."""


#: What the tab key offers of a session: what people use of requests, requests-cache, and ours.
_PUBLIC = (
    "base_url", "bundle", "cache", "cache_disabled", "cache_info", "clear_cache", "clock", "close",
    "closed", "cookies", "credits", "delete", "fetch", "get", "head", "headers", "identity",
    "max_age", "offline", "options", "patch", "post", "proxies", "put", "request", "sandbox",
    "settings", "sign_out", "timeout", "username", "verify", "workers",
)  # fmt: skip


class ImgurSession(requests_cache.CachedSession):
    """A connection to Imgur; made by :func:`imgurdata.connect`, not by hand.

    Everything a ``requests_cache.CachedSession`` does works: ``session.get("/3/gallery/hot")``
    for whatever has no loader. A context manager; closing it closes its files, and its sandbox
    where it started one.

    Attributes
    ----------
    credits : Ledger
        What was spent and is left.
    credentials : Credentials
        The application, and where its sign-ins are kept.
    identity : Principal
        Who sends its requests.
    sandbox : Sandbox or None
        The embedded Imgur it is connected to.
    clock : Clock
        The clock it lives by: the sandbox's own, where there is one.
    base_url : str
        Where it sends them.
    workers : int
        Requests under way at once.
    max_age : float
        Seconds for which an answer counts as fresh.
    offline : bool
        Whether the network is off limits.
    session_log : SessionLog
        What it has used so far, for a bundle.
    store : AnswerStore
        What its cache holds.
    wait_policy : WaitPolicy
        What to do when credits are spent.
    """

    def __init__(
        self,
        *,
        credentials: Credentials,
        token: Token | None,
        token_store: TokenStore | None = None,
        identity_key: PrincipalKey,
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
        self.credentials = credentials
        self._gateway_key = gateway_key
        self._authenticator = partial(
            Authenticator, credentials, identity_key=identity_key, gateway_key=gateway_key,
            host=host,
        )  # fmt: skip
        auth = self._auth = AuthState(self._authenticator(token, token_store))
        # requests-cache keeps a session's settings, our key_fn among them, in the backend: a
        # backend given to two sessions would answer one of them with the other's pages.
        super().__init__(
            backend=copy.copy(backend),
            expire_after=-1,  # freshness is decided when reading
            cache_control=False,  # Imgur says no-store on everything: obeyed, there'd be no ETag
            stale_if_error=False,
            allowable_methods=("GET",),
            key_fn=auth.cache_key,
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
        self.store = store_of(self.cache)
        self.sandbox = sandbox
        self.credits = Ledger(
            ledger_path,
            host,
            lambda: auth.current.authenticator.identity,
            clock,
            gateway=gateway_key is not None,
        )
        self.headers["User-Agent"] = f"imgurdata/{VERSION} (+python-requests)"
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # No ~/.netrc (it would take the place of our Authorization). What else the environment
        # says of the network is looked up once, here, instead of at each request.
        self.trust_env = False
        environment = NetworkEnvironment.from_environment()
        self.verify = environment.verify
        transport: BaseAdapter = _Offline(self.store) if offline else Transport(
            origin=base_url,
            auth=auth,
            ledger=self.credits,
            clock=clock,
            wait_policy=wait_policy,
            environment=environment,
            workers=workers,
        )  # fmt: skip
        self._transport = transport
        self._origin = origin_of(base_url)
        self._other_hosts = OtherHosts(transport if offline else OtherHostsAdapter(environment))
        self.adapters = self._other_hosts.adapters  # adapters that somebody mounts count for both
        self._in_flight: InFlight[Any] = InFlight()
        if credentials.client_secret:
            keep_secret(auth, [credentials.client_secret.reveal()])
        self._process = OwningProcess("This session")
        self._shut = weakref.finalize(
            self,
            _shut,
            self._process,
            self._in_flight,
            (transport, self._other_hosts),
            self.credits,
            on_close or (lambda: None),
        )

    @property
    def bundle(self) -> Bundle | None:
        """The bundle that it answers from, where it was opened with one."""
        return getattr(self.cache, "bundle", None)

    def secrets(self) -> list[Secret]:
        """Return the secrets that must not get into a file which others see."""
        application, token = self.credentials, self._auth.current.authenticator.token
        secrets = [application.client_id, application.client_secret, self._gateway_key]
        secrets += [token.access_token, token.refresh_token] if token is not None else []
        return [Secret(secret) for secret in secrets if secret]

    @property
    def identity(self) -> Principal:
        """Who sends the session's requests."""
        return self._auth.current.authenticator.identity

    @contextmanager
    def running(
        self, max_age: float | None = None, authenticator: Authenticator | None = None
    ) -> Iterator[Authenticator]:
        """Keep one identity for all requests of a block, though somebody may sign in meanwhile.

        Parameters
        ----------
        max_age : float or None
            Seconds for which answers count as fresh inside the block; by default as around it.
        authenticator : Authenticator or None
            Whose requests they are; by default the session's current one.
        """
        around = self._auth.current
        max_age = around.max_age if max_age is None else max_age
        authenticator = authenticator or around.authenticator
        reset = pinned.set((self._auth, Current(authenticator, max_age)))
        try:
            yield authenticator
        finally:
            pinned.reset(reset)

    # Signing in and out -------------------------------------------------------------------------

    def sign_in(self, token: Token | Secret | str, *, remember: bool = False) -> str:
        """Send requests as the account of a token from now on; costs one credit.

        Parameters
        ----------
        token : Token, Secret or str
            As :func:`imgurdata.auth.parse_redirect` returns it, or an access token. In a notebook,
            ``imd.sign_in()`` gets one and calls this.
        remember : bool
            Keep its refresh token for later sessions (``connect(account=...)``), in the system's
            keyring or else in a file that only this user may read.

        Returns
        -------
        str
            The account's name, as Imgur gives it.

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
            Imgur could not be reached, and the token does not say whose it is.

        Notes
        -----
        Requests in flight keep the identity they began with. Source: API reference, OAuth.

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
        remember = boolean("remember", remember)
        token = Token.of(token)
        self.check_can_sign_in(remember, token)
        with self.running(authenticator=self._authenticator(token)) as authenticator:
            verified = verify_account(authenticator, self._get_uncached)
        store = self.credentials.keep(verified) if remember else None
        self._auth.change(self._authenticator(verified, store)).revoke()
        return verified.username or ""

    def sign_in_flow(
        self, *, redirect_url: str = REDIRECT_URL, remember: bool = False, timeout: float = 300
    ) -> SignInFlow:
        """Return a sign-in of a person, which ends in this session.

        Parameters
        ----------
        redirect_url : str
            Address registered with Imgur.
        remember : bool
            As in :meth:`sign_in`.
        timeout : float
            Seconds that the person has.

        Raises
        ------
        MissingClientId
            The session has no client id.
        InvalidArgument
            An argument is not valid; ``remember`` without a client secret; an offline session.
        """
        from imgurdata.auth.flow import SignInFlow  # brings a web server

        remember = boolean("remember", remember)
        client_id = self.credentials.require_client_id()
        self.check_can_sign_in(remember)
        return SignInFlow(
            client_id,
            lambda token: self.sign_in(token, remember=remember),
            base_url=self.credentials.auth_url,
            redirect_url=redirect_url,
            timeout=timeout,
            signed_in_as=self.username,
        )

    def check_can_sign_in(self, remember: bool, token: Token | None = None) -> None:
        """Raise InvalidArgument if the session is offline, or cannot remember a sign-in."""
        if self.offline:
            raise InvalidArgument("This session is offline: connect() without offline=True.")
        if remember:
            self.credentials.check_can_remember(token)

    def sign_out(self) -> None:
        """Send requests with the Client-ID again, and forget a remembered sign-in.

        Imgur has no call that ends a token: to end it, remove the application in the account's
        settings on imgur.com.

        Raises
        ------
        MissingClientId
            The session has a token only, so there would be no identity left.
        """
        self.check_open()
        self.credentials.require_client_id()
        before = self._auth.change(self._authenticator(None))
        # First it stops renewing, then it is forgotten: a renewal would keep it anew.
        before.revoke()
        if before.token is not None and before.token.username:
            self.credentials.forget(before.token.username)

    @property
    def username(self) -> str | None:
        """Name of the account that is signed in, where it is known."""
        token = self._auth.current.authenticator.token
        return token.username if token is not None else None

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
        Redirects are followed within Imgur's own origin, three at most. Requests to other hosts
        are sent as requests does it, without credentials. What a response hook raises leaves as it
        is; the answer is stored and in the ledger by then.
        """
        self.check_open()  # before any lock: in a forked child it may be held for ever
        check_request(method, url, kwargs)
        try:
            address = urljoin(self.base_url, url)
        except ValueError:
            address = ""
        if not address:
            refuse("url", "a path or an address", url)
        with defer_sigint():
            return super().request(method, address, *args, **kwargs)

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """Return a request with the session's headers and parameters, ready to be sent."""
        try:
            return super().prepare_request(request)
        except (
            requests.RequestException,
            LookupError,
            ValueError,
            TypeError,
            AttributeError,
        ) as error:
            what = f"{type(error).__name__}: {redact(str(error), 200)}"
        raise InvalidArgument(f"The request cannot be made ({what}).")

    def get_adapter(self, url: str) -> BaseAdapter:
        """Return what sends requests to a URL: Imgur's own transport for its origin only."""
        adapter = super().get_adapter(url)
        if adapter is not self._other_hosts.adapter:
            return adapter
        ours = url.startswith(f"{self.base_url}/") or origin_of(url) == self._origin
        return self._transport if ours else adapter

    # Answering ----------------------------------------------------------------------------------

    def resolve(self, specs: Iterable[RequestSpec]) -> Iterator[list[Resolved]]:
        """Yield what the cache knows of each request, a batch at a time, as it is looked up.

        Parameters
        ----------
        specs : iterable of RequestSpec
            May have no end.

        Raises
        ------
        InvalidArgument
            A switch of requests-cache was set that has no meaning here.
        """
        host, scope = urlsplit(self.base_url).netloc, self.identity.scope
        mode = cache_mode(
            self.settings, self._usual_settings, CaseInsensitiveDict(self.headers), {}
        )
        # Prepared once, when the first of them has to be sent; the mode says what the header does.
        usual = requests.Request("GET", self.base_url, headers=dict.fromkeys(CACHE_HEADERS))
        template = cache(partial(self.prepare_request, usual))
        rest, size = iter(specs), FIRST_BATCH
        while batch := list(islice(rest, size)):
            size = BATCH
            paths = [
                canonical(spec.path, spec.query[1:]) if spec.query else spec.path for spec in batch
            ]
            keys = [key_of("GET", host, path, scope) for path in paths]
            known = [_NOT_LOOKED_UP] * len(batch)
            if mode in {CacheMode.NORMAL, CacheMode.ONLY_IF_CACHED}:
                known = self._look_up(keys, bodies=False)
            yield [
                Resolved(spec, "", State.MISSING, None, mode, template)
                if mode is CacheMode.BYPASS or is_private(spec.path)
                else Resolved(spec, key, state, cached, mode, template)
                for spec, key, (state, cached) in zip(batch, keys, known, strict=True)
            ]

    def fetch_resolved(self, resolved: Resolved) -> Any:
        """Return the response to a request of a pull that has to be sent.

        Parameters
        ----------
        resolved : Resolved
            Of :meth:`resolve`, not fresh.

        Raises
        ------
        NotCached
            Nothing may be sent.
        """
        spec, mode = resolved.request, resolved.mode
        if mode is CacheMode.ONLY_IF_CACHED:
            raise _only_if_cached(spec.path)
        request = copy.copy(resolved.template())
        request.url = self.base_url + spec.path + spec.query  # quoted already
        if self.params:
            request.prepare_url(request.url, self.params)
        answers = [self._answer(request, resolved.key, mode, {}, looked_up=True)]
        if answers[0].is_redirect:
            self._follow(request, mode, {}, answers)
        return answers[-1]

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> Any:  # type: ignore[override]
        """Send a prepared request: from the cache, with its ETag, or anew."""
        self.check_open()
        if not isinstance(request, requests.PreparedRequest):
            refuse("request", "a prepared request", request)
        kwargs["timeout"] = timeout_of(kwargs.get("timeout"), self.timeout)
        url = request.url or ""
        with defer_sigint(), self.running():
            if origin_of(url) != self._origin:
                drop_cache_switches(request, kwargs)
                usual = self.merge_environment_settings(url, {}, None, None, None)
                return self._other_hosts.fetch(request, usual | kwargs)
            follow = kwargs.pop("allow_redirects", True)
            mode = cache_mode(self.settings, self._usual_settings, request.headers, kwargs)
            answers = [self._answer(request, self._key_of(request, mode), mode, kwargs)]
            if follow and answers[0].is_redirect:
                self._follow(request, mode, kwargs, answers)
            return answers[-1]

    def _key_of(self, request: requests.PreparedRequest, mode: CacheMode) -> str:
        """Return the key of an answer in the cache; empty where that is not read nor written."""
        path = urlsplit(request.url or "").path
        if mode is CacheMode.BYPASS or request.method != "GET" or is_private(path):
            return ""
        return self._auth.cache_key(request)

    def _answer(
        self,
        request: requests.PreparedRequest,
        key: str,
        mode: CacheMode,
        kwargs: dict[str, Any],
        *,
        looked_up: bool = False,
    ) -> Any:
        """Return the answer to one request, and show it to its hooks, in the caller's thread.

        Parameters
        ----------
        request : requests.PreparedRequest
        key : str
            Of the answer in the cache; empty where that is neither read nor written.
        mode : CacheMode
            How the request uses the cache.
        kwargs : dict
            Arguments of ``Session.send``.
        looked_up : bool
            Whether the cache was looked at, and has no fresh answer.
        """
        kwargs = {"timeout": self.timeout, "proxies": dict(self.proxies), "verify": self.verify,
                  "cert": self.cert, "stream": self.stream} | kwargs  # fmt: skip
        # The header alone has the credentials; in a query they would stand in logs.
        url = request.url = without_secrets(request.url or "")
        fetch = partial(self._fetch, request, key, mode, kwargs)
        response: Any = None
        try:
            if key and not looked_up and mode in {CacheMode.NORMAL, CacheMode.ONLY_IF_CACHED}:
                response = self._fresh_response(key, request)
            if response is None and mode is CacheMode.ONLY_IF_CACHED:
                response = _not_cached(request)
            elif response is None and key and mode is CacheMode.NORMAL:
                # Threads with another reserve are refused, or wait for a reset, by themselves.
                reserve = active_limits(self.credits).reserve
                share = partial(self._shared, key, request)
                response = self._in_flight.run(fetch, (key, reserve), share=share)
                if isinstance(response, Stored | Absence):
                    response = self._cached_response(response, request)
            elif response is None:
                response = self._in_flight.run(fetch)  # sent by itself, shared with nobody
        except NotFound as error:
            if request.method == "GET":
                self.session_log.note_missing(self.identity.scope, url, error)
            raise
        if key and response.status_code == 200:
            self.session_log.note_answer(self.identity.scope, url, response.headers.get("Date"))
        return dispatch_hook(  # type: ignore[no-untyped-call]
            "response", request.hooks, response, **kwargs
        )

    def _follow(
        self,
        request: requests.PreparedRequest,
        mode: CacheMode,
        kwargs: dict[str, Any],
        answers: list[Any],
    ) -> None:
        """Append the answers to which a redirect, the first answer to the request, leads."""
        while answers[-1].is_redirect:
            step = self._next_step(request, [one.url for one in answers], answers[-1])
            if isinstance(step, BadResponse):
                # The address may hold a token, and verbose tracebacks show variables.
                answers.clear()
                raise step
            request = step
            answers.append(self._answer(request, self._key_of(request, mode), mode, kwargs))
        answers[-1].history = answers[:-1]

    def _look_up(
        self, keys: Sequence[str], *, bodies: bool = True
    ) -> list[tuple[State, Stored | Absence | None]]:
        """Return the state of each key's answer, and what of the cache counts for it."""
        found = self.store.lookup(keys, bodies=bodies)
        max_age = self._auth.current.max_age
        if max_age is None:
            max_age = self.max_age
        now, offline = self.clock.now(), self.offline
        return [state_of(found.get(key), now=now, max_age=max_age, offline=offline) for key in keys]

    def _fresh_response(self, key: str, request: requests.PreparedRequest) -> Any:
        """Return the fresh answer in the cache, or None; raise NotFound for an absence."""
        ((state, cached),) = self._look_up((key,))
        if cached is None or state is not State.FRESH:
            return None
        return self._cached_response(cached, request)

    def _shared(self, key: str, request: requests.PreparedRequest, result: Any) -> Any:
        """Return the answer that another thread has asked for: the cache's, or else a copy.

        None if that thread found it stored: it is too old for this one.
        """
        response = self._fresh_response(key, request)
        if response is not None or result is None or isinstance(result, Stored | Absence):
            return response
        twin: Any = object.__new__(type(result))
        twin.__dict__.update(result.__dict__)
        twin.headers = result.headers.copy()
        return twin

    def _cached_response(self, cached: Stored | Absence, request: requests.PreparedRequest) -> Any:
        if isinstance(cached, Absence):
            raise cached.error(urlsplit(request.url or "").path, self.clock.now())
        response: Any = cached.response()
        response.cache_state = State.FRESH
        return response

    def _fetch(
        self,
        request: requests.PreparedRequest,
        key: str,
        mode: CacheMode,
        kwargs: dict[str, Any],
    ) -> Any:
        """Ask Imgur, with the validator of what is stored or anew, and store the answer.

        The cache is looked at again: the answer may have come while this thread waited. It is then
        returned as it is stored, since a thread that wants a newer one cannot share it. Without a
        key, the cache is neither read nor written.
        """
        ((state, known),) = self._look_up((key,)) if key else (_NOT_LOOKED_UP,)
        if known is not None and state is State.FRESH and mode is CacheMode.NORMAL:
            return known
        stored = known if isinstance(known, Stored) else None
        if mode is CacheMode.FORCE_REFRESH:
            stored = None
        conditional = request if stored is None else _conditional(request, stored)
        try:
            response: Any = self.get_adapter(request.url or "").send(conditional, **kwargs)
        except NotFound as error:
            if key:
                reason = error.reason[:LONGEST_REASON]
                self.store.note_absence(Absence(key, self.clock.now(), reason))
            raise
        if response.status_code == 304 and stored is not None:
            confirmed = stored.confirmed(response.headers)
            self.store.confirm(confirmed)
            response = confirmed.response()
            response.revalidated = True
        else:
            if key and response.status_code == 200:
                self.store.save(key, response)
            actions = CacheActions(cache_key=key) if key else CacheActions(skip_write=True)
            response = OriginalResponse.wrap_response(response, actions)
        response.cache_state = state
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
        step = without_validators(request)
        step.prepare_url(where, None)
        return step

    def _get_uncached(self, path: str) -> Any:
        request = self.prepare_request(requests.Request("GET", self.base_url + path))
        return self.send(request, expire_after=DO_NOT_CACHE, allow_redirects=False)

    def fetch(self, path: str, **params: Any) -> Any:
        """Return the unwrapped ``data`` of an answer, from JSON, JSONP or XML alike.

        Parameters
        ----------
        path : str
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
        if response.status_code == 504 and response.reason == _NOT_CACHED:
            raise _only_if_cached(path)
        data = unwrap(response.content, status=response.status_code, request=path)
        try:
            return msgspec.json.decode(data)
        except RecursionError:
            raise BadResponse("The answer is nested too deep to be read.") from None
        except (msgspec.DecodeError, UnicodeDecodeError):
            return msgspec.json.decode(mend_json(data))

    def cache_info(self) -> CacheInfo:
        """Return what the cache holds: how many answers, of which endpoints, how old.

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
        return cache_info(self.store, now=self.clock.now(), max_age=self.max_age)

    def clear_cache(self, endpoint: str | None = None, older_than: Any = None) -> int:
        """Forget stored answers; requests for them then cost credits again.

        Parameters
        ----------
        endpoint : str, optional
            Only those of one endpoint, by its name in :meth:`cache_info`; all by default.
        older_than : Timedelta, str or float, optional
            Only those that Imgur confirmed longer ago: ``"30d"``, a Timedelta, or seconds.

        Returns
        -------
        int
            Number of answers forgotten, of all identities.

        Raises
        ------
        InvalidArgument
            There is no such endpoint, or ``older_than`` is no span.
        CacheUnusable
            The file, or the backend's server, can't be read, or not written now.

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
        return clear_cache(self.store, now=self.clock.now(), endpoint=endpoint, older_than=span)

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return not self._shut.alive

    def check_open(self) -> None:
        """Raise if the session was closed, or opened in another process.

        Raises
        ------
        ImgurDataError
            It was closed, or opened in another process.
        """
        self._process.check()
        if not self._shut.alive:
            raise ImgurDataError(CLOSED)

    def close(self) -> None:
        """Close connections and files, and the sandbox if the session started one."""
        self._shut()

    def __enter__(self) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise ImgurDataError("A session does not pickle: connect() in the worker instead.")

    def __repr__(self) -> str:
        bundle = self.bundle
        # The address in a bundle is that of the Imgur that it was made with.
        address = self.base_url if bundle is None else f"bundle {path_text(bundle.path.name)}"
        if self.closed:
            return f"<ImgurSession {address}, closed>"
        if not self._process.is_current:
            return f"<ImgurSession {address}, opened in another process>"
        if bundle is not None:
            return f"<ImgurSession {address}; offline>"
        where = "sandbox at " if self.sandbox is not None else ""
        state = "offline" if self.offline else repr(self.credits).strip("<>")
        return f"<ImgurSession {where}{self.base_url} as {self.who}; {state}>"

    @property
    def who(self) -> str:
        """Name of the account that is signed in, or else the identity, for people to read."""
        return self.username or str(self.identity)

    def __dir__(self) -> list[str]:
        return list(_PUBLIC)


def _shut(
    process: OwningProcess,
    in_flight: InFlight[Any],
    senders: tuple[BaseAdapter, requests.Session],
    ledger: Ledger,
    on_close: Callable[[], None],
) -> None:
    """Close what a session has opened, but no backend that was given to it.

    In a forked child nothing is closed, since all of it is the parent's.
    """
    if not process.is_current:
        return
    in_flight.close()  # what was paid belongs into cache and ledger
    for sender in senders:
        sender.close()
    ledger.close()
    on_close()


def _conditional(request: requests.PreparedRequest, stored: Stored) -> requests.PreparedRequest:
    """Return a request with the validators of a stored answer; without, if that has none."""
    conditional = without_validators(request)
    validators = {"If-None-Match": "ETag", "If-Modified-Since": "Last-Modified"}
    for name, header in validators.items():
        if value := stored.headers.get(header):
            conditional.headers[name] = value
    return conditional


def _not_cached(request: requests.PreparedRequest) -> CachedResponse:
    """Return what requests-cache documents for ``only_if_cached`` and nothing stored."""
    url = without_secrets(request.url or "")
    return CachedResponse(
        url=url,
        status_code=504,
        reason=_NOT_CACHED,
        request=CachedRequest(method=request.method or "GET", url=url),
    )


def _only_if_cached(path: str) -> NotCached:
    """Return the error of a request that must not be sent."""
    return NotCached(
        f"{redact(path)} is not in the cache, or stale, and only_if_cached is set. "
        "Without it, Imgur is asked."
    )
