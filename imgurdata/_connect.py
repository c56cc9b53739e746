"""``connect``: arguments and environment variables to a session; and the default session."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from requests_cache.backends.base import BaseCache

from imgurdata._addresses import GATEWAYS, IMGUR, RAPIDAPI
from imgurdata._clock import Clock, LoopbackClock, SystemClock
from imgurdata._home import expanded, home
from imgurdata._network import checked_base_url
from imgurdata._secret import Secret, checked_secret, seal, secret_from_environment
from imgurdata._validate import boolean, duration, integer, one_of, positive_seconds, refuse
from imgurdata.auth.principal import identity_key
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
from imgurdata.http.arguments import MAX_TIMEOUT
from imgurdata.http.auth import Credentials
from imgurdata.http.cache import FILE_NAME, AnswerCache
from imgurdata.http.session import ImgurSession
from imgurdata.http.transport import WaitPolicy
from imgurdata.model.names import parse_username
from imgurdata.model.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from imgurdata.sandbox import Sandbox

__all__ = ["connect", "current_session", "session_or_current"]

logger = logging.getLogger(__name__)

#: Each worker is a thread with a connection; Imgur would take more for an attack.
_MAX_WORKERS = 64

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
    client_id : str, optional
        Client id of your application; by default ``$IMGUR_CLIENT_ID``.
    client_secret : str or Secret, optional
        Its secret (``$IMGUR_CLIENT_SECRET``); needed to renew access tokens.
    account : str, optional
        User name whose remembered sign-in to use (``imd.sign_in(remember=True)``); needs the
        client secret, too.
    token : Token, Secret or str, optional
        Access token of an account (``$IMGUR_ACCESS_TOKEN``), for scripts. A ``Token`` with a
        refresh token (``$IMGUR_REFRESH_TOKEN``) is renewed when Imgur refuses it, if there is a
        client secret.
    sandbox : bool or Sandbox, default False
        True starts an embedded Imgur (``session.sandbox``), with an application that has
        ``client_id``; a ``Sandbox`` connects to that one, and sends the key of one that plays the
        gateway. The session then uses its clock, and keeps cache and ledger in a temporary folder
        unless ``cache`` is given.
    base_url : str, default "https://api.imgur.com"
        Address of Imgur, or of the commercial gateway (``"https://imgur-apiv3.p.rapidapi.com"``,
        formerly ``"https://imgur-apiv3.p.mashape.com/"``). ``http://`` on the loopback only.
    gateway_key : str or Secret, optional
        Key of the commercial gateway; requests are then sent to its host, those of OAuth to Imgur.
        The plan's requests are the limit ``"requests"`` of ``session.credits``; POSTs have none.
    cache : path, "memory" or requests_cache.BaseCache, optional
        Storage of responses; by default a file in ``$IMGURDATA_HOME`` or the user's cache folder.
    max_age : str, float or pandas.Timedelta, default "10min"
        Time for which a response counts as fresh, in seconds if a number; 0 revalidates each time.
    offline : bool, default False
        Use the cache only, never the network.
    bundle : path, optional
        File of :func:`imgurdata.export_bundle` to answer from, offline. Needs no client id.
    on_limit : {"raise", "wait"}, default "raise"
        What to do when credits are spent; ``"wait"`` waits for the reset, with an announcement.
    max_wait : str, float or pandas.Timedelta, default "15min"
        Longest such wait.
    timeout : float, default 30
        Seconds to connect, and between two pieces of a response.
    workers : int, default 4
        Number of concurrent requests.
    default : bool, default True
        Make it the session of loaders that are given none.

    Returns
    -------
    ImgurSession
        A context manager; no request has been sent yet.

    Raises
    ------
    MissingClientId
        There is no client id. None is shipped; the message says how to get one.
    InvalidArgument
        An argument has an invalid value.
    CacheUnusable
        The cache cannot be written, or the bundle is damaged or not a bundle.
    AuthenticationRequired
        No sign-in of ``account`` is remembered, or the client secret is missing.

    Notes
    -----
    Tokens in the environment are sent to Imgur only, never to another ``base_url`` or a sandbox.

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
    client_id = _checked_client_id("client_id", client_id)
    client_secret = checked_secret("client_secret", client_secret)
    gateway_key = checked_secret("gateway_key", gateway_key)
    token = _checked_token(token)
    base_url = checked_base_url(base_url)
    one_of("on_limit", on_limit, ("raise", "wait"))
    default = boolean("default", default)
    settings: dict[str, Any] = {
        "wait_policy": WaitPolicy(on_limit, duration("max_wait", max_wait)),
        "max_age": duration("max_age", max_age),
        "workers": integer("workers", workers, least=1, most=_MAX_WORKERS),
        "timeout": positive_seconds("timeout", timeout, example="'30s'", most=MAX_TIMEOUT),
        "gateway_key": gateway_key,
    }
    offline = boolean("offline", offline)
    sandbox = _checked_sandbox(sandbox, base_url, gateway_key)
    if account is not None and token is not None:
        raise InvalidArgument("Give account= (a remembered sign-in) or token=, not both.")
    if bundle is not None:
        _check_alone(
            "bundle", "a bundle is read offline.",
            account=account, token=token, sandbox=sandbox or None, cache=cache,
            gateway_key=gateway_key, base_url=base_url if base_url != IMGUR else None,
        )  # fmt: skip
        session = _connect_bundle(bundle, settings)
        return _set_default(session) if default else session

    # On the loopback there may be a sandbox of another process.
    clock: Clock = LoopbackClock(base_url) if base_url.startswith("http://") else SystemClock()
    server: Sandbox | None = None
    is_gateway = urlsplit(base_url).hostname in GATEWAYS
    if is_gateway and gateway_key is None:
        raise InvalidArgument(
            "gateway_key must be given with base_url of the commercial gateway: it refuses "
            "requests without a key."
        )
    is_imgur = (base_url == IMGUR or is_gateway) and sandbox is False
    resources = ExitStack()
    try:
        if sandbox is not False:
            server = _open_sandbox(sandbox, client_id)
            if server is not sandbox:
                resources.callback(server.close)
            base_url, clock = server.url, _SandboxClock(server)
            client_id = client_id or server.client_id
            settings["gateway_key"] = gateway_key or seal(server.gateway_key)
        if gateway_key is not None and base_url == IMGUR:
            base_url = f"https://{RAPIDAPI}"
        client_id = client_id or _checked_client_id(
            "$IMGUR_CLIENT_ID", secret_from_environment("IMGUR_CLIENT_ID")
        )
        if is_imgur:
            client_secret = client_secret or secret_from_environment("IMGUR_CLIENT_SECRET")
            if token is None and account is None:
                token = _token_from_environment()
        credentials = Credentials(client_id, client_secret, IMGUR if is_imgur else base_url, clock)
        store: TokenStore | None = None
        if not client_id and not token and not offline:
            raise MissingClientId(_NO_CLIENT_ID)
        if account is not None:
            token, store = _remembered(credentials, account)
        backend, folder = _open_cache(cache, server is not None, offline, resources)
        key = identity_key(folder)
        session = ImgurSession(
            credentials=credentials,
            token=token,
            token_store=store,
            identity_key=key,
            base_url=base_url,
            backend=backend,
            ledger_path=ledger_file(folder, key),
            clock=clock,
            offline=offline,
            sandbox=server,
            on_close=resources.close,
            **settings,
        )
        _let_follow(clock, session)
    except BaseException:
        resources.close()
        raise
    return _set_default(session) if default else session


_NO_CLIENT_ID = (
    "Imgur asks for a client id. Have you registered an application? Then give its id: "
    "imd.connect(client_id=...), or set $IMGUR_CLIENT_ID. If not: "
    "https://api.imgur.com/oauth2/addclient (since mid-2025 people report that page down; "
    "client ids from before still work). To try things without one: imd.connect(sandbox=True)."
)


def _connect_bundle(path: Any, settings: dict[str, Any]) -> ImgurSession:
    """Return an offline session that answers from a bundle."""
    clock = SystemClock()
    bundle = BundleCache(bundle_path(path))
    try:
        is_safe = checked_base_url(bundle.manifest.base_url) == bundle.manifest.base_url
    except InvalidArgument:
        is_safe = False
    if not is_safe:
        bundle.close()  # type: ignore[no-untyped-call]
        raise CacheUnusable(
            f"The bundle {path} cannot be used: its responses are not from Imgur's address."
        )
    version = bundle.manifest.schema_version
    if version != SCHEMA_VERSION:
        logger.warning(
            "The bundle %s was filled with version %d of the columns, and this is version %d: "
            "frames may differ from the study's.", path, version, SCHEMA_VERSION,
        )  # fmt: skip
    return ImgurSession(
        credentials=Credentials(None, None, IMGUR, clock),
        token=None,
        identity_key=identity_key(None),
        base_url=bundle.manifest.base_url,
        backend=bundle,
        ledger_path=None,
        clock=clock,
        offline=True,
        on_close=bundle.close,
        **settings,
    )


def _set_default(session: ImgurSession) -> ImgurSession:
    global _default
    _default = session
    return session


def current_session() -> ImgurSession:
    """Return the session of loaders that are given none: the newest.

    If there is none yet, one is made with the defaults of :func:`connect`.

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


def session_or_current(session: ImgurSession | None) -> ImgurSession:
    """Return a given session, after checking it, or the current one."""
    if session is None:
        return current_session()
    if isinstance(session, type) or not callable(getattr(session, "check_open", None)):
        refuse("session", "a session of imgurdata.connect(), or None for the newest", session)
    session.check_open()
    return session


class _SandboxClock:
    """Clock of a sandbox as a session's: waiting advances it and takes no time."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.now = sandbox.clock
        self._advance = sandbox.advance

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:  # noqa: ARG002
        self._advance(seconds)


def _check_alone(name: str, reason: str, **others: object) -> None:
    """Refuse arguments that cannot be combined with a sandbox or a bundle."""
    for other, value in others.items():
        if value is not None:
            raise InvalidArgument(f"{name}= and {other}= do not go together: {reason}")


def _let_follow(clock: Clock, session: ImgurSession) -> None:
    """Show the session's responses to a clock that may follow the server's."""
    if isinstance(clock, LoopbackClock):
        session.hooks["response"].append(clock)


def _checked_sandbox(
    sandbox: bool | Sandbox, base_url: str, gateway_key: Secret | None
) -> bool | Sandbox:
    own_url = IMGUR
    if not isinstance(sandbox, bool):
        from imgurdata.sandbox import Sandbox

        if not isinstance(sandbox, Sandbox):
            refuse("sandbox", "True, False or a Sandbox", sandbox)
        own_url = sandbox.url
    plays_gateway = getattr(sandbox, "gateway_key", None) is not None
    if sandbox is not False:
        _check_alone(
            "sandbox",
            "a sandbox is asked at its own address, and plays a gateway only if it was made with "
            "gateway=True.",
            gateway_key=None if plays_gateway else gateway_key,
            base_url=base_url if base_url not in {IMGUR, own_url} else None,
        )
    return sandbox


def _open_sandbox(sandbox: bool | Sandbox, client_id: str | None) -> Sandbox:
    """Return the given sandbox, or start one with an application of the client id."""
    from imgurdata.sandbox import Sandbox

    if not isinstance(sandbox, Sandbox):
        return Sandbox(client_id=client_id)
    if client_id is not None:
        sandbox.secret_of(client_id)  # raises for an unknown id
    return sandbox


def _open_cache(
    cache: Any, temporary: bool, offline: bool, resources: ExitStack
) -> tuple[BaseCache, Path]:
    """Return the cache, and the folder of the ledger.

    A temporary ledger lies beside the file of a cache, so that sessions that share the one share
    the other, or else in a temporary folder. ``resources`` closes what is opened here.
    """
    path = _cache_path(cache)
    if not temporary:
        folder = home()
    elif path is not None:
        folder = path.parent
    else:
        folder = Path(tempfile.mkdtemp(prefix="imgurdata-"))
        resources.callback(shutil.rmtree, folder, ignore_errors=True)
    if isinstance(cache, BaseCache):
        return cache, folder
    if cache == "memory":
        return BaseCache(), folder
    opened = AnswerCache(path or folder / FILE_NAME, read_only=offline)
    resources.callback(opened.close)
    return opened, folder


def _cache_path(cache: Any) -> Path | None:
    """Return the path that ``cache`` names, or None if it names none."""
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


def _checked_client_id(name: str, value: Any) -> str | None:
    """Return a client id, checked as a secret is: it may be one, given by mistake."""
    checked = checked_secret(name, value)
    return checked.reveal() if checked is not None else None


def _checked_token(value: Any) -> Token | None:
    if isinstance(value, Token):
        return value if value.access_token or value.refresh_token else None
    access = checked_secret("token", value)
    return Token(access) if access is not None else None


def _token_from_environment() -> Token | None:
    """Return the token of ``$IMGUR_ACCESS_TOKEN`` and ``$IMGUR_REFRESH_TOKEN``; one is enough."""
    access = secret_from_environment("IMGUR_ACCESS_TOKEN")
    renewal = secret_from_environment("IMGUR_REFRESH_TOKEN")
    if access is None and renewal is None:
        return None
    # With a refresh token alone, the first request gets an access token.
    return Token(access or Secret(""), refresh_token=renewal)


def _remembered(credentials: Credentials, account: str) -> tuple[Token, TokenStore]:
    """Return the remembered sign-in of an account, and its store."""
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
