"""The sandbox itself: starts, stops, and is asked about."""

from __future__ import annotations

import logging
import re
import weakref
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from imgurdata._addresses import REDIRECT_URL
from imgurdata._process import OwningProcess
from imgurdata._validate import boolean, integer, refuse
from imgurdata.errors import ImgurDataError
from imgurdata.sandbox.admission import Admission
from imgurdata.sandbox.clock import Clock, parse_instant
from imgurdata.sandbox.files import world_folder
from imgurdata.sandbox.growth import Growth
from imgurdata.sandbox.identity import KeyRing
from imgurdata.sandbox.limits import Limits
from imgurdata.sandbox.settings import Adjustable, Settings
from imgurdata.sandbox.world import WORLD_NOW, load_world

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from types import TracebackType

    from imgurdata.sandbox.app import App
    from imgurdata.sandbox.log import RequestRow

__all__ = ["Sandbox"]

_log = logging.getLogger(__name__)

_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
#: Largest seed.
_MOST = 2**63 - 1


def _of_own_process(name: str) -> Any:
    """Return a property for a part that must not be used in a forked child.

    The server's thread is not there, so what the child's copy is told or asked means nothing; and
    its locks may be locked for ever.
    """

    def get(sandbox: Sandbox) -> Any:
        sandbox._owner.check()
        return sandbox.__dict__[name]

    def put(sandbox: Sandbox, part: Any) -> None:
        sandbox.__dict__[name] = part

    return property(get, put)


class Sandbox(Admission, Adjustable):
    """An Imgur on this machine, for demos, tests and notebooks.

    It listens on the loopback from the moment it is made until `close`, the end of the ``with``
    block, or the end of the interpreter. Posts, people and what they say are invented
    (``data/world``), counts
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
        Where the clock stands at first (without a zone: UTC); None is 2026-03-01 18:00 UTC. This
        is always day 46, 18:00 of the world's 60 days, and all its times follow by offset. After
        the 60th day nobody posts any more.
    limits : mapping of str to int, optional
        Credits: ``"user"`` per user and hour (default 500 with a Client-ID, 2000 with a token),
        ``"client"`` per application and day (12500), ``"post"`` POSTs per address and hour
        (1250).
    port : int
        0: any free one.
    client_id : str, optional
        Client id of the application that is registered from the start: 1 to 64 letters, digits, -
        and _. By default a new one for each sandbox, so that no old ledger or page is met.
    ticking : bool
        Whether the clock also runs with real time. Otherwise it stands still until `advance`.
    reset_form : {"seconds", "epoch"}
        How the headers tell when a user's hour ends: seconds to go (2022 and later) or an epoch
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
        Whether it carries another state than was given.
    token_lifetime : str, timedelta, number or None
        How long access tokens live by the sandbox's clock, e.g. ``"28 days"``; None is for ever.
    token_refusal : {403, 401, 429}
        How calls with a token that is not valid are answered.
    refresh_rotates : bool
        Whether a refresh token serves once, and comes back as another one.

    Attributes
    ----------
    latency : float
        Seconds of real time that pass before each answer; 0.0 at first.

    Raises
    ------
    InvalidArgument
        An argument is of no use.
    ImgurDataError
        The sample world is missing or the port is taken.

    Notes
    -----
    A call costs 1 credit, whether it is answered 200, 304 or 404; a refused one (429, a bad
    Client-ID or token) costs nothing.

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

    _app: App = _of_own_process("_app")
    _clock: Clock = _of_own_process("_clock")
    _keys: KeyRing = _of_own_process("_keys")
    _settings: Settings = _of_own_process("_settings")

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
        token_lifetime: object = None,
        token_refusal: Literal[403, 401, 429] = 403,
        refresh_rotates: bool = True,
    ) -> None:
        # Werkzeug takes a while to import; only who starts a sandbox pays for it.
        from imgurdata.sandbox import serving
        from imgurdata.sandbox.app import App

        if client_id is not None and not (
            isinstance(client_id, str) and _CLIENT_ID.fullmatch(client_id)
        ):
            refuse("client_id", "1 to 64 letters, digits, - and _", client_id)
        seed = integer("seed", seed, least=-_MOST, most=_MOST)
        port = integer("port", port, least=0, most=65_535)
        self._owner = OwningProcess(
            "This sandbox",
            "call connect(client_id, base_url=url) there, with the sandbox's client_id and url",
        )
        super().__init__()
        self.reset_form = reset_form
        self.header_case = header_case
        self.limit_headers = limit_headers
        self.state_in = state_in
        self.wrong_state = wrong_state
        self.token_lifetime = token_lifetime
        self.refresh_rotates = refresh_rotates
        self.token_refusal = token_refusal
        start = parse_instant(now)
        self._clock = Clock(start, ticking=boolean("ticking", ticking))
        world, granted = load_world(world_folder()), Limits.of(limits)
        self._keys = KeyRing(world, self._clock.time, self._settings, client_id)
        first = self._keys.applications.first
        self._client_id, self._client_secret = first.client_id, first.client_secret
        self.redirect_url = redirect_url
        with serving.listen(port) as listener:
            self._url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            origin = int(start.timestamp()) - WORLD_NOW
            self._app = App(
                world,
                Growth(seed),
                self._clock,
                granted,
                self._keys,
                self._settings,
                self._url,
                origin,
            )
            self._server = serving.Server(self._app, self._clock.time, listener)
        self._thread = serving.serve(self._server)
        self._stop = serving.stop
        self._finalizer = weakref.finalize(
            self, serving.abandon, self._server, self._thread, self._owner
        )
        _log.debug("Sandbox at %s", self._url)

    # Its life --------------------------------------------------------------------------------

    def start(self) -> Sandbox:
        """Return the sandbox, which listens already.

        Raises
        ------
        ImgurDataError
            It was closed, or is another process's.
        """
        self._owner.check()
        if self.closed:
            raise ImgurDataError("This sandbox is closed: make a new one.")
        return self

    def close(self) -> None:
        """Stop listening and end all connections; a second call does nothing.

        In a forked child it does nothing either: the sandbox is the parent's.
        """
        if self._finalizer.detach() is not None and self._owner.is_current:
            self._stop(self._server, self._thread)
            _log.debug("Sandbox at %s closed", self._url)

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
        """Its address, without a slash at the end."""
        return self._url

    # Its clock -------------------------------------------------------------------------------

    @property
    def now(self) -> dt.datetime:
        """The instant that its clock shows, in UTC."""
        return self._clock.now()

    def clock(self) -> float:
        """Return what its clock shows in epoch seconds: ``time.time`` of the sandbox."""
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
            It is negative or no length of time.

        Examples
        --------
        >>> with Sandbox() as sandbox:
        ...     sandbox.advance("1h").hour
        19
        """
        self._clock.advance(span)
        return self.now

    # What it was asked, and what it shall answer -----------------------------------------------

    @property
    def requests(self) -> list[RequestRow]:
        """What it was asked (the last 100,000), oldest first: a copy."""
        return self._app.log.rows()

    @property
    def spent(self) -> int:
        """All credits charged so far, whoever spent them."""
        return self._app.ledger.spent

    def fail(self, fault: int | str, times: int = 1, *, path: str | None = None) -> None:
        """Answer the next calls with a fault.

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
            How many answers.
        path : str, optional
            Only answers whose path starts with this, such as ``/oauth2/token``; None is any of the
            API (``/3/``), but no pictures, pages and sign-ins.

        Raises
        ------
        InvalidArgument
            There is no such fault.

        Notes
        -----
        Faults are served in the order they were asked for. A faulty answer costs a credit only if
        it is the API's and looks like an API answer with status 200 (``truncated``, ``bad_json``,
        ``error_in_success``); all others cost nothing. ``truncated`` and ``bad_json`` spoil the
        true answer, whatever that is, and so cost what it costs.

        Examples
        --------
        >>> with Sandbox() as sandbox:
        ...     sandbox.fail("over_capacity", times=2, path="/3/gallery")
        """
        self._app.faults.order(fault, times, path)
