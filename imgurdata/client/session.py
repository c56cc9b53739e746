"""One session: a ``requests_cache.CachedSession`` that knows Imgur.

A fresh answer comes from disk, a stale one is asked again with its ETag, a new one is fetched.
Which of these it is gets decided here, when reading (:mod:`~imgurdata.client.cache.freshness`);
what passes to the network is the transport's business (:mod:`~imgurdata.client.transport`).
"""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable
from contextlib import AbstractContextManager
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self
from urllib.parse import urljoin, urlsplit

import msgspec
import requests
import requests_cache
from requests.adapters import BaseAdapter
from requests.hooks import dispatch_hook
from requests_cache.backends.base import BaseCache
from requests_cache.models.response import CachedResponse, OriginalResponse
from requests_cache.policy.actions import CacheActions

from imgurdata._process import OwningProcess
from imgurdata._validate import duration
from imgurdata.auth.store import TokenStore
from imgurdata.auth.token import Secret, Token
from imgurdata.client.bundle.cache import BundleCache
from imgurdata.client.bundle.description import Bundle, described
from imgurdata.client.bundle.study import Study
from imgurdata.client.cache.absent import Absent, remembered_error
from imgurdata.client.cache.freshness import (
    Held,
    State,
    confirmation,
    decide,
    is_absent,
    look_up,
)
from imgurdata.client.cache.info import CacheInfo, cache_info, clear_cache
from imgurdata.client.cache.single_flight import SingleFlight
from imgurdata.client.cache.store import CHECKED_AT, AnswerCache, Found
from imgurdata.client.caller import Caller, Callers
from imgurdata.client.clock import Clock
from imgurdata.client.credentials import Credentials
from imgurdata.client.endpoints import is_private, without_secrets
from imgurdata.client.identity import Identity
from imgurdata.client.ledger.credits import Ledger
from imgurdata.client.prove import prove
from imgurdata.client.transport import Patience, Transport
from imgurdata.errors import (
    BadResponse,
    ImgurDataError,
    InvalidArgument,
    NotCached,
    NotFound,
    redact,
)
from imgurdata.model.envelope import unwrap
from imgurdata.model.formats import mend_json
from imgurdata.network import Surroundings

if TYPE_CHECKING:
    from imgurdata.sandbox import Sandbox

__all__ = ["GATEWAY_HOST", "ImgurSession"]

GATEWAY_HOST = "imgur-apiv3.p.rapidapi.com"

#: Arguments of requests-cache with which a caller says how the cache is used.
_HOW = ("expire_after", "only_if_cached", "refresh", "force_refresh")


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
    study : Study
        What it has used so far, for a bundle.
    absent : Absent
        What Imgur said lately it has not.
    patience : Patience
        What to do when credits are spent.
    """

    def __init__(
        self,
        *,
        credentials: Credentials,
        token: Token | None,
        token_store: TokenStore | None = None,
        gateway_key: Secret | None,
        base_url: str,
        backend: BaseCache,
        ledger_path: Path | None,
        clock: Clock,
        max_age: float,
        offline: bool,
        patience: Patience,
        timeout: float,
        workers: int,
        sandbox: Sandbox | None = None,
        on_close: Callable[[], None] | None = None,
    ) -> None:
        host = urlsplit(base_url).netloc
        origin = f"{urlsplit(base_url).scheme}://{host}"
        self._credentials = credentials
        self._gateway_key = gateway_key
        self._host = host
        callers = self._callers = Callers(self._caller(token, token_store))
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
        self.base_url = base_url
        self.clock = clock
        self.max_age = max_age
        self.offline = offline
        self.timeout = timeout
        self.workers = workers
        self.patience = patience
        self.study = Study()
        self.absent = Absent(self.cache)
        self.sandbox = sandbox
        self.credits = Ledger(ledger_path, host, lambda: callers.identity, clock)
        self.headers["User-Agent"] = f"imgurdata/{version('imgurdata')} (+python-requests)"
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # No ~/.netrc (it would take the place of our Authorization). What else the environment
        # says of the network is looked up once, here, instead of at each request.
        self.trust_env = False
        surroundings = Surroundings.of_environment()
        self.verify = surroundings.verify
        transport: BaseAdapter = _Offline(self.cache) if offline else Transport(
            origin=origin,
            callers=callers,
            ledger=self.credits,
            clock=clock,
            patience=patience,
            surroundings=surroundings,
            workers=workers,
        )  # fmt: skip
        self.mount("https://", transport)
        self.mount("http://", transport)
        self._origin = origin
        self._flights: SingleFlight[Any] = SingleFlight()
        self._process = OwningProcess("This session")
        self._shut = weakref.finalize(
            self,
            _shut,
            self._process,
            transport,
            self.cache,
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

    def pinned(self) -> AbstractContextManager[Caller]:
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
            ``remember=True`` without a client secret or a refresh token; the session is offline.
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
        self.check_open()
        if self.offline:
            raise InvalidArgument("An offline session asks nobody: there is nothing to sign in to.")
        token = Token.of(token)
        if remember:
            self._credentials.check_can_remember(token)
        with self._callers.pinned(self._caller(token)) as caller:
            proven = prove(caller, self._get_uncached)
        store = self._credentials.keep(proven) if remember else None
        self._callers.change(self._caller(proven, store)).retire()
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
        before.retire()
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

    def _caller(self, token: Token | None, store: TokenStore | None = None) -> Caller:
        renew, why_not = self._credentials.renewal(token, store)
        return Caller(
            self._credentials.client_id, token,
            gateway_key=self._gateway_key, host=self._host, renew=renew, why_not=why_not,
        )  # fmt: skip

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """Ask; ``url`` may be a path (``/3/gallery/hot``).

        Arguments are those of :meth:`requests_cache.CachedSession.request`.

        Raises
        ------
        ApiError, CreditsExhausted, BadResponse, ConnectionFailed, NotCached
            No good answer: there is never a response with a bad status to look at.
        """
        kwargs.setdefault("timeout", self.timeout)
        return super().request(method, urljoin(self.base_url, url), *args, **kwargs)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> Any:  # type: ignore[override]
        """Send a prepared request: from the cache, with its ETag, or anew."""
        self.check_open()
        with self._callers.pinned():
            try:
                return self._send(request, kwargs)
            except NotFound as error:
                if request.method == "GET":
                    self.study.missing(self.identity.scope, request.url or "", error)
                raise

    def _send(self, request: requests.PreparedRequest, kwargs: dict[str, Any]) -> Any:
        parts = urlsplit(request.url or "")
        ours = f"{parts.scheme}://{parts.netloc}" == self._origin
        if ours and parts.query:
            # The header alone says who asks; in a query it would stand in logs.
            request.url = without_secrets(request.url or "")
        if not ours or request.method != "GET" or is_private(parts.path):
            return self.send_uncached(request, kwargs)
        follow = kwargs.pop("allow_redirects", True)
        kwargs["allow_redirects"] = False
        key = self.cache.create_key(request)
        if any(name in kwargs for name in _HOW) or "Cache-Control" in request.headers:
            # The caller said how to use the cache: asked by itself, shared with nobody.
            response = self._ask(request, self._look(key)[0], kwargs)
        else:
            self._raise_absent(key, parts.path)
            response = self._fresh(request, key, kwargs) or self._flights.run(
                key,
                # Looked at again: the answer may have come just before this thread took the lead.
                lambda: (
                    self._fresh(request, key, kwargs)
                    or self._ask(request, self._look(key)[0], kwargs)
                ),
                share=lambda answer: self._shared(key, answer),
            )
        if response.status_code == 200:
            self.study.used(self.identity.scope, request.url or "", response.headers.get("Date"))
        return self._follow(response, request, kwargs) if follow else response

    def _look(self, key: str) -> tuple[State, Found | Held | None]:
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

    def _fresh(self, request: requests.PreparedRequest, key: str, kwargs: dict[str, Any]) -> Any:
        """The stored answer, where it may be used as it is; else None.

        In one look at the store. requests-cache would look again, and weigh headers that can't
        change what was decided here.
        """
        state, found = self._look(key)
        response: Any = found.response() if found and state is State.FRESH else None
        if response is None:
            return None
        response.cache_state = state
        return dispatch_hook(  # type: ignore[no-untyped-call]
            "response", request.hooks, response, **kwargs
        )

    def _ask(self, request: requests.PreparedRequest, state: State, kwargs: dict[str, Any]) -> Any:
        """Ask Imgur: with the ETag of what is stored, or anew."""
        if state is State.MISSING and self.offline:
            raise _not_held(self.cache, request)
        if state is State.STALE:
            kwargs = {**kwargs, "refresh": True}
        elif state is State.STALE_BLIND:
            kwargs = {**kwargs, "force_refresh": True}
        try:
            response: Any = super().send(request, **kwargs)
        except NotFound as error:
            key = self.cache.create_key(request)
            self.absent.note(key, self.clock.now(), error.reason)
            raise
        if self.absent.in_memory:
            self.absent.forget(self.cache.create_key(request))
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

    def _get_uncached(self, path: str) -> OriginalResponse | CachedResponse:
        request = self.prepare_request(requests.Request("GET", self.base_url + path))
        return self.send_uncached(request, {"timeout": self.timeout})

    def send_uncached(
        self, request: requests.PreparedRequest, kwargs: dict[str, Any]
    ) -> OriginalResponse | CachedResponse:
        """Send past the cache: neither read from it nor written to it.

        Not by ``expire_after=DO_NOT_CACHE``: given with a request, it only keeps requests-cache
        from reading; the answer is written all the same.
        """
        for name in _HOW:
            kwargs.pop(name, None)
        response = requests.Session.send(self, request, **kwargs)
        if isinstance(response, CachedResponse):  # a redirect led to what is cached
            return response
        return OriginalResponse.wrap_response(response, CacheActions(skip_write=True))

    def _follow(
        self, response: Any, request: requests.PreparedRequest, kwargs: dict[str, Any]
    ) -> Any:
        """Where a redirect leads, step by step through :meth:`send`.

        requests-cache would store the last answer under the first address, though it may be of
        another host.
        """
        if not response.is_redirect:
            return response
        bare = request.copy()
        for name in ("If-None-Match", "If-Modified-Since"):
            bare.headers.pop(name, None)
        # How this one was asked; resolve_redirects says itself that it takes each step.
        own = {"refresh", "force_refresh", "allow_redirects"}
        sending = {k: v for k, v in kwargs.items() if k not in own}
        steps = [response, *self.resolve_redirects(response, bare, **sending)]
        steps[-1].history = steps[:-1]
        return steps[-1]

    def _handle_error(self, *_: Any) -> NoReturn:
        # requests-cache gives the old answer here, stale_if_error or not, since ours never
        # expire: a 429 or a refused token would turn into old data with status 200.
        raise  # noqa: PLE0704 - called from inside its except block

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
        except msgspec.DecodeError:
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
    process: OwningProcess, transport: BaseAdapter, cache: Any, ledger: Ledger,
    on_close: Callable[[], None],
) -> None:  # fmt: skip
    """Close what a session has opened: not a backend that was given to it.

    In a forked child nothing is closed, since all of it is the parent's.
    """
    if not process.is_current:
        return
    transport.close()
    if isinstance(cache, AnswerCache):
        cache.flush()
    ledger.close()
    on_close()


def _not_held(cache: BaseCache, request: requests.PreparedRequest) -> ImgurDataError:
    """What to raise for an answer that an offline session has not."""
    path = urlsplit(request.url or "").path
    if isinstance(cache, BundleCache):
        return cache.why_not(cache.create_key(request), path)
    return NotCached(
        f"{redact(path)} is not in the cache, and this session is offline. "
        "Ask once with offline=False to have it."
    )
