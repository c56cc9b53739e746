"""The sandbox itself: starts, stops, and is asked about."""

from __future__ import annotations

import logging
import weakref
from typing import TYPE_CHECKING, Literal

from imgurdata.errors import InvalidArgument
from imgurdata.sandbox.clock import Clock, parse_instant
from imgurdata.sandbox.files import world_folder
from imgurdata.sandbox.growth import Growth
from imgurdata.sandbox.limits import HEADER_CASES, RESET_FORMS, Limits
from imgurdata.sandbox.world import WORLD_NOW, load_world

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from types import TracebackType

    from imgurdata.sandbox.log import RequestRow

__all__ = ["Sandbox"]

_log = logging.getLogger(__name__)


class Sandbox:
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

    def __init__(
        self,
        seed: int = 0,
        now: dt.datetime | str | None = None,
        limits: Mapping[str, int] | None = None,
        *,
        port: int = 0,
        ticking: bool = False,
        reset_form: Literal["seconds", "epoch"] = "seconds",
        header_case: Literal["lower", "title", "mixed"] = "lower",
        limit_headers: bool = True,
    ) -> None:
        # Werkzeug takes a while to import; only who starts a sandbox pays for it.
        from imgurdata.sandbox import serving
        from imgurdata.sandbox.app import App, Settings

        if isinstance(seed, bool) or not isinstance(seed, int):
            raise InvalidArgument(f"seed={seed!r} must be a whole number")
        if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port <= 65_535:
            raise InvalidArgument(f"port={port!r} must be a whole number from 0 to 65535")
        self._settings = Settings()
        self.reset_form = reset_form
        self.header_case = header_case
        self.limit_headers = limit_headers
        start = parse_instant(now)
        self._clock = Clock(start, ticking=ticking)
        world, granted = load_world(world_folder()), Limits.of(limits)
        with serving.listen(port) as listener:
            self._url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            origin = int(start.timestamp()) - WORLD_NOW
            self._app = App(
                world, Growth(seed), self._clock, granted, self._settings, self._url, origin
            )
            self._server = serving.Server(self._app, self._clock.time, listener)
        self._thread = serving.serve(self._server)
        self._stop = serving.stop
        self._finalizer = weakref.finalize(self, serving.abandon, self._server, self._thread)
        _log.debug("Sandbox at %s", self._url)

    # Its life --------------------------------------------------------------------------------

    def start(self) -> Sandbox:
        """Return the sandbox, which listens already.

        Raises
        ------
        InvalidArgument
            It was closed; make a new one.
        """
        if self.closed:
            raise InvalidArgument("this sandbox is closed; make a new one")
        return self

    def close(self) -> None:
        """Stop listening and end all connections; a second call does nothing."""
        if self._finalizer.detach() is not None:
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
        state = "closed" if self.closed else f"{self.now:%Y-%m-%d %H:%M:%S} UTC"
        return f"<Sandbox {self._url}, {state}, {self.spent} credits spent>"

    # Where it is and who may ask ---------------------------------------------------------------

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return self._url

    @property
    def client_id(self) -> str:
        """The application's id: 15 hex characters, new for each sandbox."""
        return self._app.keys.client_id

    @property
    def client_secret(self) -> str:
        """The application's secret: 40 hex characters, new for each sandbox."""
        return self._app.keys.client_secret

    def add_client(self) -> str:
        """Register one more application and return its client id."""
        return self._app.keys.add_client()

    @property
    def account(self) -> str:
        """Name of one account, always the same.

        The busiest that is not private and whose lists hide mature posts.
        """
        posted: dict[int, int] = {}
        for post in self._app.world.posts:
            posted[post.account_id] = posted.get(post.account_id, 0) + 1
        people = self._app.world.accounts.values()
        accounts = [a for a in people if not (a.shows_mature or a.private)]
        return max(accounts, key=lambda a: (posted.get(a.id, 0), -a.id)).url

    def issue_token(self, username: str) -> str:
        """Make an access token for ``Authorization: Bearer``, as if `username` had signed in.

        Parameters
        ----------
        username : str
            An account of the world, such as `account`.

        Returns
        -------
        str
            40 hex characters.

        Raises
        ------
        InvalidArgument
            There is no such account.
        """
        return self._app.keys.issue_token(username)

    def revoke_token(self, token: str) -> None:
        """Make an access token invalid.

        Raises
        ------
        InvalidArgument
            It is not one of this sandbox, or revoked already.
        """
        self._app.keys.revoke_token(token)

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
            (HTML, 429), ``two_documents`` (429, two JSON documents), ``error_object`` (400 that
            says 429 inside), ``gateway`` (401 of the commercial gateway), ``invalid_token``
            (403), ``reset`` (the connection is reset), ``empty`` and ``html`` (200 that is no
            JSON), ``error_in_success`` (200, success true, and an error inside), ``truncated``
            (the connection ends half way through the body), ``bad_json`` (200, half a document).
        times : int
            How many answers.
        path : str, optional
            Only answers whose path starts with this; None is any of the API (``/3/``), but no
            pictures and pages.

        Raises
        ------
        InvalidArgument
            There is no such fault.

        Notes
        -----
        Faults are served in the order they were asked for. A faulty answer costs a credit only if
        it looks like an API answer with status 200 (``truncated``, ``bad_json``,
        ``error_in_success``); all others cost nothing. ``truncated`` and ``bad_json`` spoil the
        true answer, whatever that is, and so cost what it costs.

        Examples
        --------
        >>> with Sandbox() as sandbox:
        ...     sandbox.fail("over_capacity", times=2, path="/3/gallery")
        """
        self._app.faults.order(fault, times, path)

    # What may be changed while it runs ---------------------------------------------------------

    @property
    def reset_form(self) -> str:
        """How headers tell the end of a user's hour: ``"seconds"`` or ``"epoch"``."""
        return self._settings.reset_form

    @reset_form.setter
    def reset_form(self, value: str) -> None:
        self._settings.reset_form = _one_of("reset_form", value, RESET_FORMS)

    @property
    def header_case(self) -> str:
        """How limit headers are written: ``"lower"``, ``"title"`` or ``"mixed"``."""
        return self._settings.header_case

    @header_case.setter
    def header_case(self, value: str) -> None:
        self._settings.header_case = _one_of("header_case", value, HEADER_CASES)

    @property
    def limit_headers(self) -> bool:
        """Whether answers have limit headers at all."""
        return self._settings.limit_headers

    @limit_headers.setter
    def limit_headers(self, value: bool) -> None:
        self._settings.limit_headers = bool(value)

    @property
    def latency(self) -> float:
        """Seconds of real time that pass before each answer."""
        return self._settings.latency

    @latency.setter
    def latency(self, value: float) -> None:
        if not 0 <= value < float("inf"):
            raise InvalidArgument(f"latency={value!r} must be seconds from 0 up")
        self._settings.latency = float(value)


def _one_of(name: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise InvalidArgument(f"{name}={value!r}: it is one of {', '.join(known)}")
    return value
