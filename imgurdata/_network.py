"""The network from here: proxies and certificates, looked up once; why an answer did not come."""

from __future__ import annotations

import os
import re
import socket
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, RemoteDisconnected
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from requests.utils import should_bypass_proxies
from urllib3.exceptions import HTTPError, LocationValueError, ProtocolError
from urllib3.exceptions import TimeoutError as TimeoutError_

from imgurdata._secret import Secret, seal
from imgurdata.errors import STATUS_PAGE, ConnectionFailed, InvalidArgument, redact

__all__ = [
    "LOOPBACK",
    "NetworkEnvironment",
    "checked_base_url",
    "connection_error",
    "is_no_http",
    "origin_of",
]

#: Names of this machine.
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
#: Longer than any address of a server.
_LONGEST_URL = 2000


def checked_base_url(value: Any) -> str:
    """Return the address of a server that may be sent secrets: scheme, host and port.

    Parameters
    ----------
    value : str
        ``https://`` anywhere, ``http://`` on this machine only. A path is refused, since ours
        begin with ``/3/``.

    Raises
    ------
    InvalidArgument
        It is no such address. A password in it is not shown.
    """
    value = seal(value)
    address, named = _origin_of(value)
    if address is None:
        raise InvalidArgument(
            "base_url must be an https:// address without a path, a query or a user name (http:// "
            f"only on this machine: 127.0.0.1, localhost){named}."
        )
    return address


def _origin_of(sealed: Secret | None) -> tuple[str | None, str]:
    """Return the address, or None and what a message may say of it; raises nothing."""
    text = sealed.reveal() if sealed is not None else None
    if not isinstance(text, str):
        return None, f"; got {type(text).__name__}"
    if len(text) > _LONGEST_URL:
        return None, f"; got {len(text):,} characters"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:  # brackets without an address between them, a port that is no number
        return None, ""
    local = parts.scheme == "http" and host in LOOPBACK
    more = parts.username or parts.password or parts.path.strip("/") or parts.query
    plain = host is not None and re.fullmatch(r"[a-z0-9._:-]{1,255}", host)
    if plain and (parts.scheme == "https" or local) and not more and not parts.fragment:
        host = f"[{host}]" if host and ":" in host else host
        return f"{parts.scheme}://{host}" + (f":{port}" if port is not None else ""), ""
    return None, f"; got {f'{parts.scheme}://{host}'!r}" if plain else ""


@dataclass(frozen=True)
class NetworkEnvironment:
    """Proxies and certificates as the environment has them.

    ``~/.netrc`` is no part of it: it would take the place of our own ``Authorization``.

    Attributes
    ----------
    proxies
        By scheme, as requests wants them.
    no_proxy
        ``$NO_PROXY``: hosts that are asked directly.
    verify
        A file of certificates (``$REQUESTS_CA_BUNDLE``), or True for the usual ones.
    """

    # A proxy's address may hold a password.
    proxies: Mapping[str, str] = field(default_factory=dict, repr=False)
    no_proxy: str | None = None
    verify: str | bool = True

    @classmethod
    def of_environment(cls) -> Self:
        """Look them up."""
        bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
        return cls(
            proxies=urllib.request.getproxies(),
            no_proxy=os.environ.get("no_proxy") or os.environ.get("NO_PROXY"),
            verify=bundle or True,
        )

    def proxies_for(self, url: str, given: Mapping[str, str] | None = None) -> Mapping[str, str]:
        """The proxies of one request: none for this machine; what a caller gives comes first."""
        host = urlsplit(url).hostname
        if host in LOOPBACK or should_bypass_proxies(url, no_proxy=self.no_proxy):
            return {}
        return {**self.proxies, **(given or {})}


def origin_of(url: str) -> str | None:
    """Return scheme, host and port of a URL in one form, or None where one is missing or odd.

    Credentials may go to an origin only; a URL with a user's name in it has none.

    Examples
    --------
    >>> origin_of("HTTPS://API.imgur.com/3/x"), origin_of("https://me@api.imgur.com/")
    ('https://api.imgur.com:443', None)
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    if not host or "@" in parts.netloc:
        return None
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{port}"


_PORTS = {"http": 80, "https": 443}


def connection_error(error: Exception, path: str, url: str = "") -> ConnectionFailed:
    """Return our error for what requests and urllib3 say.

    Parameters
    ----------
    error : Exception
        Theirs. Its own text is not shown: it holds addresses and proxies.
    path : str
        What was asked.
    url : str
        Where: host and port are named.
    """
    what, retryable = _cause(error)
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    where = f" from {redact(parts.netloc, 100)}" if host else ""
    if host in LOOPBACK:
        advice = "Is a server running there? A sandbox ends with the session that started it"
    else:
        advice = f"Try again, and look at {STATUS_PAGE}"
    return ConnectionFailed(
        f"No answer for {redact(path, 200)}{where}: {what}. {advice}; what arrived so far is in "
        "the cache.",
        retryable=retryable,
    )


def is_no_http(error: Exception) -> bool:
    """Return whether a response began to arrive whose head http.client refuses.

    Parameters
    ----------
    error : Exception
        What requests raised.
    """
    if not isinstance(error, requests.ConnectionError) or not error.args:
        return False
    reason = error.args[0]
    causes = reason.args if isinstance(reason, ProtocolError) else ()
    # A connection that ends before the first byte is an HTTPException as well.
    return any(
        isinstance(c, HTTPException) and not isinstance(c, RemoteDisconnected) for c in causes
    )


def _cause(error: Exception) -> tuple[str, bool]:
    """Return what went wrong, and whether another try may go well."""
    theirs = requests.exceptions
    if isinstance(error, (theirs.InvalidProxyURL, LocationValueError)):
        return "the proxy's address is wrong (look at $HTTPS_PROXY and $HTTP_PROXY)", False
    if isinstance(error, theirs.ProxyError):
        return "the proxy did not let it through (look at $HTTPS_PROXY)", True
    if isinstance(error, theirs.SSLError):
        return "the certificate could not be checked (look at $REQUESTS_CA_BUNDLE)", True
    if isinstance(error, (requests.Timeout, TimeoutError_)):
        return "it took too long (timeout=...)", True
    if isinstance(error, (ProtocolError, theirs.ChunkedEncodingError)):
        return "the answer was cut off half way", True
    if isinstance(error, theirs.InvalidSchema):
        return "a SOCKS proxy needs the package PySocks: pip install requests[socks]", False
    if isinstance(error, theirs.InvalidHeader):
        return "the answer says its length in two ways", True
    if is_no_http(error):
        return "what came is no HTTP answer", False
    if isinstance(error, requests.ConnectionError):
        return _broken(error), True
    if isinstance(error, (requests.RequestException, HTTPError, HTTPException)):
        return "what came is no answer that can be read", True
    if isinstance(error, OSError):
        return "the file of certificates cannot be read (look at $REQUESTS_CA_BUNDLE)", False
    return f"it could not be sent, or its answer not be read ({type(error).__name__})", False


def _broken(error: BaseException | None) -> str:
    """Return why there was no connection, as far as the error's causes tell."""
    for _ in range(10):
        if isinstance(error, ConnectionRefusedError):
            return "nothing listens there"
        if isinstance(error, socket.gaierror):
            return "there is no host of that name, or no network"
        if error is None:
            break
        error = error.__cause__ or error.__context__
    return "no connection, or it was cut"
