"""``connect``: from a person's words to a session; and the default session."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from requests_cache.backends.base import BaseCache

from imgurdata._addresses import IMGUR
from imgurdata._clock import Clock, SystemClock
from imgurdata._home import expanded, home
from imgurdata._network import checked_base_url
from imgurdata._secret import Secret, checked_secret, seal
from imgurdata._validate import boolean, duration, integer, one_of, refuse
from imgurdata.auth.identity import identity_key
from imgurdata.auth.store import TokenStore
from imgurdata.auth.token import Token
from imgurdata.bundle.backend import BundleCache
from imgurdata.bundle.description import bundle_path
from imgurdata.credits.carry_over import ledger_file
from imgurdata.errors import (
    AuthenticationRequired,
    CacheUnusable,
    InvalidArgument,
    MissingClientId,
)
from imgurdata.http.cache import FILE_NAME, AnswerCache
from imgurdata.http.credentials import Credentials
from imgurdata.http.session import GATEWAY_HOST, ImgurSession
from imgurdata.http.transport import WaitPolicy
from imgurdata.model.names import parse_username
from imgurdata.model.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from imgurdata.sandbox import Sandbox

__all__ = ["connect", "current_session", "session_or_current"]

logger = logging.getLogger(__name__)

#: Each worker is a thread and a connection; Imgur would take more for an attack.
_MOST_WORKERS = 64
#: A day, in seconds; a socket takes no more than some centuries.
_LONGEST_TIMEOUT = 86_400.0

_default: ImgurSession | None = None


def connect(
    client_id: str | None = None,
    *,
    client_secret: str | Secret | None = None,
    account: str | None = None,
    token: Token | Secret | str | None = None,
    sandbox: bool | Sandbox = False,
    base_url: str = IMGUR,
    gateway_key: str | Secret | None = None,
    cache: Any = None,
    max_age: Any = "10min",
    offline: bool = False,
    bundle: str | os.PathLike[str] | None = None,
    on_limit: str = "raise",
    max_wait: Any = "15min",
    timeout: float = 30,
    workers: int = 4,
    default: bool = True,
) -> ImgurSession:
    """Connect to Imgur, or to the embedded sandbox.

    Parameters
    ----------
    client_id
        The client id of your application; else ``$IMGUR_CLIENT_ID``.
    client_secret
        Its secret (``$IMGUR_CLIENT_SECRET``): buys new access tokens when signed in.
    account
        User name whose remembered sign-in to use (``imd.sign_in(remember=True)``); needs the client
        secret, too.
    token
        An access token (``$IMGUR_ACCESS_TOKEN``), for scripts: asks as that account. With a
        ``Token`` that has a refresh token (``$IMGUR_REFRESH_TOKEN``) and a client secret, it is
        renewed when Imgur refuses it.
    sandbox
        True starts an embedded Imgur for this session (``session.sandbox``); a ``Sandbox``
        connects to that one. Its clock is then the session's, and cache and ledger live in a
        temporary folder unless ``cache`` is given. Not together with ``base_url`` or
        ``gateway_key``; a ``client_id`` given with True is that of the sandbox's application.
    base_url
        Where Imgur is. ``http://`` on the loopback only.
    gateway_key
        Key of the commercial gateway (RapidAPI); requests then go to its host.
    cache
        None: a file in the user's cache folder (``$IMGURDATA_HOME`` moves it). A path;
        ``"memory"``; or any requests-cache backend.
    max_age
        How long an answer counts as fresh, decided when reading: ``"10min"``, a Timedelta, or
        seconds. 0 asks with the ETag each time.
    offline
        Only what is cached, never the network.
    bundle
        A file of :func:`imgurdata.export_bundle`: its answers, offline, asked by the same calls as
        in the study that filled it. Needs no client id.
    on_limit
        When credits are spent: ``"raise"``, or ``"wait"`` for the reset (announced).
    max_wait
        The longest such wait.
    timeout
        Seconds, to connect and between two pieces of an answer.
    workers
        Requests under way at once.
    default
        Make it the session that loaders use when they are given none.

    Returns
    -------
    ImgurSession
        A context manager; nothing has been asked yet.

    Raises
    ------
    MissingClientId
        No client id anywhere. None is shipped; the message says how to get one.
    InvalidArgument
        An argument that cannot be.
    CacheUnusable
        The cache cannot be written; the bundle is none, or was changed.
    AuthenticationRequired
        No sign-in of ``account`` is remembered, or the client secret is missing.

    Notes
    -----
    Tokens in the environment go to Imgur only, never to another ``base_url`` or a sandbox.

    Source: API reference, Auth.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True) as session:
    ...     session.offline
    False
    """
    # Sealed before anything can fail: tracebacks may show the variables of this function.
    client_id, client_secret, gateway_key = map(seal, (client_id, client_secret, gateway_key))
    base_url, token = seal(base_url), token if isinstance(token, Token) else seal(token)
    client_id = _text("client_id", client_id)
    client_secret = checked_secret("client_secret", client_secret)
    gateway_key = checked_secret("gateway_key", gateway_key)
    token = _token(token)
    base_url = checked_base_url(base_url)
    one_of("on_limit", on_limit, ("raise", "wait"))
    wait_policy = WaitPolicy(on_limit, duration("max_wait", max_wait))
    freshness = duration("max_age", max_age)
    workers = integer("workers", workers, least=1, most=_MOST_WORKERS)
    timeout = _checked_timeout(timeout)
    offline, default = boolean("offline", offline), boolean("default", default)
    sandbox = _checked_sandbox(sandbox)
    if account is not None and token is not None:
        raise InvalidArgument("Give account= (a remembered sign-in) or token=, not both.")
    if bundle is None:
        _check_sandbox_alone(sandbox, base_url, gateway_key)

    undo: list[Callable[[], object]] = []
    clock: Clock = SystemClock()
    if bundle is not None:
        others = {
            "account": account,
            "token": token,
            "sandbox": sandbox,
            "cache": cache,
            "gateway_key": gateway_key,
            "base_url": base_url if base_url != IMGUR else None,
        }
        given = [name for name, value in others.items() if value is not None and value is not False]
        held = _bundle(bundle, given)
        session = ImgurSession(
            credentials=Credentials(None, None, IMGUR, clock),
            token=None,
            identity_key=identity_key(None),
            gateway_key=None,
            base_url=held.manifest.base_url,
            backend=held,
            ledger_path=None,
            clock=clock,
            max_age=freshness,
            offline=True,
            wait_policy=wait_policy,
            timeout=timeout,
            workers=workers,
            on_close=held.close,
        )
        return _as_default(session) if default else session
    server: Sandbox | None = None
    real = base_url == IMGUR and sandbox is False
    if sandbox is not False:
        server = _sandbox(sandbox, client_id)
        if server is not sandbox:
            undo.append(server.close)
        base_url, clock = server.url, _SandboxClock(server)
        client_id = client_id or server.client_id
    if gateway_key is not None and real:
        base_url = f"https://{GATEWAY_HOST}"
    client_id = client_id or _text("$IMGUR_CLIENT_ID", _of_environment("IMGUR_CLIENT_ID"))
    if real:
        client_secret = client_secret or _of_environment("IMGUR_CLIENT_SECRET")
        if token is None and account is None:
            token = _token_of_environment()
    credentials = Credentials(client_id, client_secret, IMGUR if real else base_url, clock)
    store: TokenStore | None = None

    try:
        if account is not None:
            token, store = _remembered(credentials, account)
        if not client_id and not token and not offline:
            raise _missing_client_id()
        backend, folder = _backend(cache, temporary=server is not None, offline=offline, undo=undo)
        key = identity_key(folder)
        session = ImgurSession(
            credentials=credentials,
            token=token,
            token_store=store,
            identity_key=key,
            gateway_key=gateway_key,
            base_url=base_url,
            backend=backend,
            ledger_path=ledger_file(folder, key),
            clock=clock,
            max_age=freshness,
            offline=offline,
            wait_policy=wait_policy,
            timeout=timeout,
            workers=workers,
            sandbox=server,
            on_close=lambda: _all(undo),
        )
    except BaseException:
        _all(undo)
        raise
    return _as_default(session) if default else session


def _as_default(session: ImgurSession) -> ImgurSession:
    global _default
    _default = session
    return session


def current_session() -> ImgurSession:
    """The session that loaders use when they are given none: the newest.

    Where there is none yet, one is made with :func:`connect`'s defaults.

    Raises
    ------
    MissingClientId
        There is none, and no client id in the environment to make one with.
    ImgurDataError
        The newest one is closed.
    """
    if _default is None:
        return connect()
    _default.check_open()
    return _default


class _SandboxClock:
    """A sandbox's clock as a session's: waiting moves it on instead of lasting."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def now(self) -> float:
        return self._sandbox.clock()

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:  # noqa: ARG002
        # It takes no time, so there is nothing to stop.
        self._sandbox.advance(seconds)


def _all(steps: list[Callable[[], object]]) -> None:
    for step in steps:
        step()


def _checked_timeout(timeout: Any) -> float:
    seconds = duration("timeout", timeout, example="'30s'", most=_LONGEST_TIMEOUT)
    if not seconds:
        refuse("timeout", "more than 0 seconds", timeout)
    return seconds


def _checked_sandbox(sandbox: Any) -> bool | Sandbox:
    """Return True, False or a Sandbox.

    Raises
    ------
    InvalidArgument
        It is none of these.
    """
    if isinstance(sandbox, bool):
        return sandbox
    from imgurdata.sandbox import Sandbox

    if not isinstance(sandbox, Sandbox):
        refuse("sandbox", "True, False or a Sandbox", sandbox)
    return sandbox


def _check_sandbox_alone(
    sandbox: bool | Sandbox, base_url: str, gateway_key: Secret | None
) -> None:
    """Refuse another server beside a sandbox.

    Raises
    ------
    InvalidArgument
        An address that is not the sandbox's, or a gateway's key, was given as well.
    """
    if sandbox is False:
        return
    own = (IMGUR,) if sandbox is True else (IMGUR, sandbox.url)
    given = {"gateway_key": gateway_key is not None, "base_url": base_url not in own}
    for name in (name for name, is_given in given.items() if is_given):
        raise InvalidArgument(
            f"sandbox= and {name}= do not go together: a sandbox is asked at its own address, and "
            "without a gateway. Give one of them."
        )


def _sandbox(sandbox: bool | Sandbox, client_id: str | None) -> Sandbox:
    """Return the sandbox given, or start one whose application has the client id.

    Raises
    ------
    InvalidArgument
        The sandbox given has no application with that client id.
    """
    from imgurdata.sandbox import Sandbox

    if not isinstance(sandbox, Sandbox):
        return Sandbox(client_id=client_id)
    if client_id is not None:
        sandbox.secret_of(client_id)  # raises for an id that it does not know
    return sandbox


def _backend(
    cache: Any, *, temporary: bool, offline: bool, undo: list[Callable[[], object]]
) -> tuple[BaseCache, Path]:
    """Return the cache, and the folder for the ledger.

    A temporary one goes with the session, unless the cache has a file of its own: then the ledger
    lies beside it, so that sessions which share the one share the other. What is opened here is
    closed by ``undo``; a backend that was given is not.
    """
    place = _cache_path(cache)
    if temporary and place is not None:
        folder = place.parent
    elif temporary:
        folder = Path(tempfile.mkdtemp(prefix="imgurdata-"))
        undo.append(lambda: shutil.rmtree(folder, ignore_errors=True))
    else:
        folder = home()
    if isinstance(cache, BaseCache):
        return cache, folder
    if cache == "memory":
        return BaseCache(), folder
    ours = AnswerCache(place or folder / FILE_NAME, read_only=offline)
    # First of all: what follows may take the folder away.
    undo.insert(0, ours.close)
    return ours, folder


def _cache_path(cache: Any) -> Path | None:
    """Return the path that ``cache`` is, if it is one.

    Raises
    ------
    InvalidArgument
        It is nothing that a cache can be; the name of a backend of requests-cache is not a path.
    CacheUnusable
        It is a path in a home that does not exist.
    """
    if cache is None or isinstance(cache, BaseCache):
        return None
    if isinstance(cache, str):
        if cache == "memory":
            return None
        separators = [mark for mark in (os.sep, os.altsep) if mark]
        is_path = any(mark in cache for mark in separators) or bool(Path(cache).suffix)
        if is_path and "://" not in cache:
            return expanded(cache)
    elif isinstance(cache, os.PathLike):
        return expanded(cache)
    name = cache[:40] if isinstance(cache, str) and cache.isidentifier() else "answers"
    return refuse(
        "cache", "None, 'memory', a path with a separator or a suffix (such as "
        f"'./{name}.sqlite') or a backend of requests-cache (requests_cache.RedisCache())", cache,
    )  # fmt: skip


def _bundle(path: Any, others: list[str]) -> BundleCache:
    """The bundle as a cache.

    Raises
    ------
    InvalidArgument
        Something was given beside it that it takes the place of.
    CacheUnusable
        It is none, was changed, or is made to do harm.
    """
    if others:
        raise InvalidArgument(
            f"bundle= and {others[0]}= do not go together: a bundle is asked offline, as it was "
            "filled."
        )
    cache = BundleCache(bundle_path(path))
    try:
        if checked_base_url(cache.manifest.base_url) != cache.manifest.base_url:
            raise InvalidArgument("base_url")
    except InvalidArgument:
        cache.close()  # type: ignore[no-untyped-call]
        raise CacheUnusable(
            f"The bundle {path} cannot be used: its answers are not from where Imgur is."
        ) from None
    written_by = cache.manifest.schema_version
    if written_by != SCHEMA_VERSION:
        logger.warning(
            "The bundle %s was filled with version %d of the columns, and this is version %d: "
            "frames may differ from the study's.", path, written_by, SCHEMA_VERSION,
        )  # fmt: skip
    return cache


def _text(name: str, value: Any) -> str | None:
    """Return a client id, checked as a secret is: somebody may have mixed them up."""
    checked = checked_secret(name, value)
    return checked.reveal() if checked is not None else None


def _token(value: Any) -> Token | None:
    if isinstance(value, Token):
        return value if value.access_token or value.refresh_token else None
    access = checked_secret("token", value)
    return Token(access) if access is not None else None


def _of_environment(name: str) -> Secret | None:
    return checked_secret(f"${name}", seal(os.environ.get(name)))


def _token_of_environment() -> Token | None:
    """Return the token of ``$IMGUR_ACCESS_TOKEN`` and ``$IMGUR_REFRESH_TOKEN``; one is enough."""
    access, refresh = _of_environment("IMGUR_ACCESS_TOKEN"), _of_environment("IMGUR_REFRESH_TOKEN")
    if access is None and refresh is None:
        return None
    # Without an access token, the first request buys one.
    return Token(access or Secret(""), refresh_token=refresh)


def _remembered(credentials: Credentials, account: str) -> tuple[Token, TokenStore]:
    """The kept sign-in of an account.

    Raises
    ------
    AuthenticationRequired
        None is kept, or there is no client secret to use it with.
    """
    username = parse_username(account)
    found = credentials.remembered(username)
    if found is None:
        raise AuthenticationRequired(
            f"No sign-in of {username!r} with this client id is remembered on this machine. In a "
            "notebook: imd.sign_in(remember=True); in a terminal: imgurdata sign-in; in a script: "
            "token=..."
        )
    if not credentials.client_secret:
        raise AuthenticationRequired(
            f"The remembered sign-in of {username!r} is a refresh token, which Imgur takes with "
            "the application's client secret only: client_secret=..., or $IMGUR_CLIENT_SECRET."
        )
    return found


def _missing_client_id() -> MissingClientId:
    return MissingClientId(
        "Imgur asks for a client id. Have you registered an application? Then give its id: "
        "imd.connect(client_id=...), or set $IMGUR_CLIENT_ID. If not: "
        "https://api.imgur.com/oauth2/addclient (since mid-2025 people report that page down; "
        "client ids from before still work). To try things without one: "
        "imd.connect(sandbox=True)."
    )


def session_or_current(session: ImgurSession | None) -> ImgurSession:
    """Return the session given, else the newest, else a new one.

    Raises
    ------
    InvalidArgument
        It is no session.
    MissingClientId
        There is none, and no client id to make one with.
    """
    if session is None:
        return current_session()
    if not callable(getattr(session, "check_open", None)):
        refuse("session", "a session of imgurdata.connect(), or None for the newest", session)
    session.check_open()
    return session
