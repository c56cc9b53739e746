"""The class Sandbox."""

from __future__ import annotations

import logging
import re
import secrets
import weakref
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from imgurdata._addresses import REDIRECT_URL
from imgurdata._process import OwningProcess
from imgurdata._validate import boolean, integer, one_of, refuse
from imgurdata.errors import ImgurDataError
from imgurdata.sandbox.auth import AuthServer
from imgurdata.sandbox.clock import Clock, parse_instant
from imgurdata.sandbox.growth import Growth
from imgurdata.sandbox.limits import Limits
from imgurdata.sandbox.settings import Settings
from imgurdata.sandbox.store import Store
from imgurdata.sandbox.tables import world_folder
from imgurdata.sandbox.world import WORLD_NOW, load_world

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from types import TracebackType

    from imgurdata.sandbox.app import App
    from imgurdata.sandbox.log import RequestRow

__all__ = ["Sandbox"]

logger = logging.getLogger(__name__)

_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LARGEST_SEED = 2**63 - 1


def _own_process_only(name: str) -> Any:
    """Return a property for a part that a forked child must not use.

    The server's thread does not exist there, and locks may be locked for ever.
    """

    def get(sandbox: Sandbox) -> Any:
        sandbox._owner.check()
        return sandbox.__dict__[name]

    def put(sandbox: Sandbox, part: Any) -> None:
        sandbox.__dict__[name] = part

    return property(get, put)


def _setting(name: str, doc: str) -> Any:
    """Return a property for one of the settings."""

    def get(sandbox: Sandbox) -> Any:
        return getattr(sandbox._settings, name)

    def put(sandbox: Sandbox, value: Any) -> None:
        setattr(sandbox._settings, name, value)

    return property(get, put, doc=doc)


class Sandbox:
    """An Imgur on this machine, for demos, tests and notebooks.

    It listens on the loopback from the moment it is made until `close`, the end of the ``with``
    block, or the end of the interpreter. Posts and people are invented (``data/world``), counts
    grow along ``total * (1 - 2 ** (-age / half_life))`` as the sandbox's clock moves, and the
    answers follow recorded ones of Imgur byte for byte: compact PHP-like JSON, SHA-1 ETags, 304s
    that cost a credit, limit headers, four shapes of errors.

    Parameters
    ----------
    seed : int
        0: the world as written. Another number multiplies each post's totals by a lognormal
        factor of its own (drawn from ``random.Random(f"{seed}:{post_id}")``), so that other posts
        become popular.
    now : datetime, str or None
        Start of the clock (without a zone: UTC); None is 2026-03-01 18:00 UTC. This is always day
        46, 18:00 of the world's 60 days, and all its times follow by offset. After the 60th day
        nobody posts any more.
    limits : mapping of str to int, optional
        Credits: ``"user"`` per user and hour (default 500 with a Client-ID, 2000 with a token),
        ``"client"`` per application and day (12500), ``"post"`` POSTs per address and hour
        (1250), ``"requests"`` of the gateway in 30 days (100000).
    port : int
        0: any free one.
    client_id : str, optional
        Client id of the application that is registered from the start: 1 to 64 letters, digits, -
        and _. By default a new one for each sandbox, so that no old ledger or page is met.
    ticking : bool
        Whether the clock also runs with real time. Otherwise it stands still until `advance`.
    reset_form : {"seconds", "epoch"}
        How the headers say when a user's hour ends: seconds to go (2022 and later) or an epoch
        second (2014-17). May be changed at any time, like the next two.
    header_case : {"lower", "title", "mixed"}
        ``x-ratelimit-clientlimit`` (2024-25), ``X-RateLimit-ClientLimit`` (2014-17) or
        ``X-Ratelimit-Clientlimit`` (2019-23).
    limit_headers : bool
        Whether there are limit headers at all.
    redirect_url : str
        Where the application's users go after a sign-in. May be changed too, like all that
        follows.
    state_in : {"query", "fragment"}
        Where that address carries the state: in the query as real answers do, or in the fragment
        as Imgur's documents say.
    wrong_state : bool
        Whether it carries another state than was sent, as in an attack.
    token_lifetime : str, timedelta, number or None
        How long access tokens live by the sandbox's clock, e.g. ``"28 days"``; None is for ever.
    token_refusal : {403, 401, 429}
        How calls with a token that is not valid are answered.
    refresh_rotates : bool
        Whether a refresh token works once and is replaced by a new one. False, as clients expect
        that never store a new one (imgurpython): the same one stays valid.
    gateway : bool
        Whether it plays the commercial gateway: each request needs the key of `gateway_key`, and
        counts against its plan alone. Signing in needs no key, as on Imgur's own host.

    Attributes
    ----------
    latency : float
        Seconds of real time that pass before each answer; 0.0 at first.

    Raises
    ------
    InvalidArgument
        An argument is invalid.
    ImgurDataError
        The sample world is missing or the port is taken.

    Notes
    -----
    It serves all that Imgur serves, reading and writing (``imgurdata/sandbox/routes.py`` is the
    table); what is written is there until it is closed. Uploads cost 10 credits and others 1,
    whether answered 200, 304 or 404; a refused one (429, a bad Client-ID or token) costs nothing
    (``imgurdata/sandbox/costs.py``). Five spent days of an application in a month block it.

    Examples
    --------
    >>> import json, urllib.request
    >>> with Sandbox() as sandbox:
    ...     request = urllib.request.Request(sandbox.url + "/3/gallery/hot/viral/day/0")
    ...     request.add_header("Authorization", "Client-ID " + sandbox.client_id)
    ...     with urllib.request.urlopen(request) as answer:
    ...         posts = json.load(answer)["data"]
    ...     len(posts), sandbox.spent
    (60, 1)
    """

    _app: App = _own_process_only("_app")
    _auth: AuthServer = _own_process_only("_auth")
    _clock: Clock = _own_process_only("_clock")
    _settings: Settings = _own_process_only("_settings")

    reset_form: str = _setting(
        "reset_form", "How headers give the end of a user's hour: ``'seconds'`` or ``'epoch'``."
    )
    header_case: str = _setting(
        "header_case", "Case of limit headers: ``'lower'``, ``'title'`` or ``'mixed'``."
    )
    limit_headers: bool = _setting("limit_headers", "Whether there are limit headers at all.")
    latency: float = _setting("latency", "Seconds of real time that pass before each answer.")
    state_in: str = _setting(
        "state_in", "Where a sign-in's address has the state: ``'query'`` or ``'fragment'``."
    )
    wrong_state: bool = _setting(
        "wrong_state", "Whether a sign-in's address has another state than was sent."
    )
    token_lifetime: Any = _setting(
        "token_lifetime",
        """Seconds that access tokens issued from now on live; None is for ever.

        A duration such as ``"28 days"`` may be set. Answers call it ``expires_in``, and ten years
        if it is None, as real answers do. Refresh tokens do not expire.
        """,
    )
    token_refusal: int = _setting(
        "token_refusal",
        """Status of answers to invalid tokens.

        403 (``The access token provided is invalid.``), or what PyImgur's authors met in 2025: 401
        (``Authentication required``) or 429 (the gateway's body without limit headers, since no
        client is known).
        """,
    )
    refresh_rotates: bool = _setting(
        "refresh_rotates", "Whether a refresh token works once and is replaced by a new one."
    )

    def __init__(
        self,
        seed: int = 0,
        now: dt.datetime | str | None = None,
        limits: Mapping[str, int] | None = None,
        *,
        port: int = 0,
        client_id: str | None = None,
        ticking: bool = False,
        reset_form: Literal["seconds", "epoch"] = "seconds",
        header_case: Literal["lower", "title", "mixed"] = "lower",
        limit_headers: bool = True,
        redirect_url: str = REDIRECT_URL,
        state_in: Literal["query", "fragment"] = "query",
        wrong_state: bool = False,
        token_lifetime: Any = None,
        token_refusal: Literal[403, 401, 429] = 403,
        refresh_rotates: bool = False,
        gateway: bool = False,
    ) -> None:
        # Werkzeug takes a while to import, so it is imported when a sandbox is started.
        from imgurdata.sandbox import serving
        from imgurdata.sandbox.app import App

        if client_id is not None and not (
            isinstance(client_id, str) and _CLIENT_ID.fullmatch(client_id)
        ):
            refuse("client_id", "1 to 64 letters, digits, - and _", client_id)
        seed = integer("seed", seed, least=-_LARGEST_SEED, most=_LARGEST_SEED)
        port = integer("port", port, least=0, most=65_535)
        self._owner = OwningProcess(
            "This sandbox",
            "call connect(client_id, base_url=url) there, with the sandbox's client_id and url",
        )
        self._settings = Settings(
            reset_form=reset_form,
            header_case=header_case,
            limit_headers=limit_headers,
            state_in=state_in,
            wrong_state=wrong_state,
            token_lifetime=token_lifetime,
            token_refusal=token_refusal,
            refresh_rotates=refresh_rotates,
        )
        start = parse_instant(now)
        self._clock = clock = Clock(start, ticking=boolean("ticking", ticking))
        world, granted = load_world(world_folder()).copy(), Limits.of(limits)
        self._gateway_key = secrets.token_hex(25) if boolean("gateway", gateway) else None
        self._auth = AuthServer(world, clock.time, self._settings, client_id, redirect_url)
        application = self._auth.default_application
        self._client_id, self._client_secret = application.client_id, application.client_secret
        with serving.listen(port) as listener:
            self._url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            origin = int(start.timestamp()) - WORLD_NOW
            store = Store(world, Growth(seed), self._url, origin)
            self._app = App(store, clock, granted, self._auth, self._settings, self._gateway_key)
            self._server = serving.Server(self._app, clock.time, listener)
        self._server.start()
        self._finalizer = weakref.finalize(self, serving.abandon, self._server, self._owner)
        logger.debug("Sandbox at %s", self._url)

    # Life cycle -------------------------------------------------------------------------------

    def start(self) -> Sandbox:
        """Return the sandbox, which listens already.

        Raises
        ------
        ImgurDataError
            It is closed, or another process's.
        """
        self._owner.check()
        if self.closed:
            raise ImgurDataError("This sandbox is closed. Make a new one.")
        return self

    def close(self) -> None:
        """Stop listening and close all connections; a second call does nothing.

        In a forked child it does nothing either: the sandbox is the parent's.
        """
        if self._finalizer.detach() is not None and self._owner.is_current:
            self._server.stop()
            logger.debug("Sandbox at %s closed", self._url)

    @property
    def closed(self) -> bool:
        """Whether it has stopped."""
        return not self._finalizer.alive

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        if not self._owner.is_current:
            return f"<Sandbox {self._url}, of another process>"
        state = "closed" if self.closed else f"{self.now:%Y-%m-%d %H:%M:%S} UTC"
        return f"<Sandbox {self._url}, {state}, {self.spent} credits spent>"

    def __reduce__(self) -> NoReturn:
        raise ImgurDataError(
            "A sandbox does not pickle: give the worker its client_id and url, and call "
            "connect(client_id, base_url=url) there."
        )

    @property
    def url(self) -> str:
        """Address, without a slash at the end."""
        return self._url

    # Applications and tokens -------------------------------------------------------------------

    @property
    def client_id(self) -> str:
        """The application's id: 15 hex characters, new for each sandbox."""
        return self._client_id

    @property
    def client_secret(self) -> str:
        """The application's secret: 40 hex characters, new for each sandbox."""
        return self._client_secret

    @property
    def gateway_key(self) -> str | None:
        """Key that requests need as ``X-RapidAPI-Key`` or ``X-Mashape-Key``; None: no gateway."""
        return self._gateway_key

    @property
    def redirect_url(self) -> str:
        """Where the application redirects after a sign-in; may be changed at any time."""
        return self._auth.default_application.redirect_url

    @redirect_url.setter
    def redirect_url(self, value: str) -> None:
        self._auth.set_redirect_url(value)

    def add_client(self, redirect_url: str | None = None, name: str | None = None) -> str:
        """Register one more application.

        Parameters
        ----------
        redirect_url : str, optional
            Where it redirects after a sign-in; the same default as for `redirect_url`.
        name : str, optional
            Its name on the authorize page.

        Returns
        -------
        str
            Its client id.

        Raises
        ------
        InvalidArgument
            The address is no http or https address or has a fragment; the name is empty or has
            more than 100 characters.
        """
        url = REDIRECT_URL if redirect_url is None else redirect_url
        title = "Another application" if name is None else name
        return self._auth.register(url, title).client_id

    def secret_of(self, client_id: str) -> str:
        """Return the client secret of an application.

        Raises
        ------
        InvalidArgument
            There is no such application.
        """
        return self._auth.application(client_id).client_secret

    @property
    def account(self) -> str:
        """Name of the account that signs in unless another is named.

        The busiest that is not private and whose lists hide mature posts.
        """
        return self._app.store.world.default_account.url

    def issue_token(self, username: str, *, client_id: str | None = None) -> str:
        """Return an access token for ``Authorization: Bearer``, as if `username` had signed in.

        Parameters
        ----------
        username : str
            An account of the world, such as `account`.
        client_id : str, optional
            The application it is for; the sandbox's own by default.

        Returns
        -------
        str
            40 hex characters.

        Raises
        ------
        InvalidArgument
            There is no such account or application.
        """
        return self.issue_tokens(username, client_id=client_id)[0]

    def issue_tokens(self, username: str, *, client_id: str | None = None) -> tuple[str, str]:
        """Return an access token and a refresh token, as if `username` had signed in.

        Unlike a sign-in on the authorize page it does not revoke other tokens.

        Parameters
        ----------
        username : str
            An account of the world, such as `account`.
        client_id : str, optional
            The application they are for; the sandbox's own by default.

        Returns
        -------
        tuple of (str, str)
            Access token and refresh token.

        Raises
        ------
        InvalidArgument
            There is no such account or application.
        """
        application = self._auth.application(client_id)
        pair = self._auth.issue(application.client_id, self._auth.account(username))
        return pair.access, pair.refresh

    def issue_code(
        self, username: str, kind: Literal["code", "pin"] = "code", *, client_id: str | None = None
    ) -> str:
        """Return a code or a pin, as if `username` had signed in; ``/oauth2/token`` takes it once.

        Parameters
        ----------
        username : str
            An account of the world, such as `account`.
        kind : {"code", "pin"}
            The ``response_type`` that was asked for; both are deprecated.
        client_id : str, optional
            The application it is for; the sandbox's own by default.

        Raises
        ------
        InvalidArgument
            There is no such account, kind or application.
        """
        application = self._auth.application(client_id)
        known = one_of("kind", kind, ("code", "pin"))
        return self._auth.issue_code(application.client_id, self._auth.account(username), known)

    def revoke_token(self, token: str) -> None:
        """Revoke one token, access or refresh; the other of the pair stays valid.

        Raises
        ------
        InvalidArgument
            It is no token of this sandbox, or revoked already.
        """
        self._auth.revoke(token)

    def revoke_account(self, username: str, *, client_id: str | None = None) -> None:
        """Revoke all tokens of an account, as when people remove an application in their settings.

        Parameters
        ----------
        username : str
        client_id : str, optional
            The application they are for; the sandbox's own by default.

        Raises
        ------
        InvalidArgument
            There is no such account or application.
        """
        application = self._auth.application(client_id)
        self._auth.revoke_all(application.client_id, self._auth.account(username))

    # Clock -----------------------------------------------------------------------------------

    @property
    def now(self) -> dt.datetime:
        """Time of its clock, in UTC."""
        return self._clock.now()

    def clock(self) -> float:
        """Return the epoch seconds of its clock: ``time.time`` of the sandbox."""
        return self._clock.time()

    def advance(self, span: object) -> dt.datetime:
        """Move the clock forward: posts age and grow, new ones appear, credits come back.

        Parameters
        ----------
        span : str, timedelta or number
            ``"1h"``, ``"2 days 6h"``, a timedelta (pandas' too), or seconds.

        Returns
        -------
        datetime.datetime
            The new `now`.

        Raises
        ------
        InvalidArgument
            It is negative or no duration.

        Examples
        --------
        >>> with Sandbox() as sandbox:
        ...     sandbox.advance("1h").hour
        19
        """
        self._clock.advance(span)
        return self.now

    # Requests and faults -----------------------------------------------------------------------

    @property
    def requests(self) -> list[RequestRow]:
        """The last 100,000 requests, oldest first: a copy."""
        return self._app.log.rows()

    @property
    def spent(self) -> int:
        """All credits charged so far, of all clients."""
        return self._app.ledger.spent

    def fail(self, fault: int | str, times: int = 1, *, path: str | None = None) -> None:
        """Answer the next requests with a fault.

        Parameters
        ----------
        fault : int or str
            An HTTP status (400-599) for a plain error, or one of: ``over_capacity`` (403),
            ``over_capacity_500``, ``over_capacity_page`` (HTML, 503), ``varnish`` (XHTML, 503),
            ``nginx_405`` (HTML), ``rate_limited`` (429 with credits left), ``rate_limited_page``
            (HTML, 429), ``error_1024`` (HTML, as signing in shows since 2025), ``two_documents``
            (429, two JSON documents), ``error_object`` (400 that says 429 inside), ``gateway``
            (401 of the commercial gateway), ``invalid_token`` (403), ``reset`` (the connection is
            reset), ``empty`` and ``html`` (200 that is no JSON), ``error_in_success`` (200,
            success true, and an error inside), ``truncated`` (the connection ends half way through
            the body), ``bad_json`` (200, half a document).
        times : int
            Number of answers.
        path : str, optional
            Only requests whose path starts with this, such as ``/oauth2/token``; None is any of
            the API (``/3/``), but no pictures, pages and sign-ins.

        Raises
        ------
        InvalidArgument
            There is no such fault.

        Notes
        -----
        Faults are served in the order of the calls, in the form that is asked for (JSON, JSONP or
        XML). A faulty answer costs what a true one of its status costs: nothing if it is a 429, a
        500 or above, a 401 or 403 without limit headers or a reset, else what the request costs.
        ``truncated`` and ``bad_json`` damage the true answer.

        Examples
        --------
        >>> with Sandbox() as sandbox:
        ...     sandbox.fail("over_capacity", times=2, path="/3/gallery")
        """
        self._app.faults.order(fault, times, path)
