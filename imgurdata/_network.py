"""Proxies, certificates and origins, and the error of a request that got no response."""

from __future__ import annotations

import os
import re
import socket
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, InvalidURL, RemoteDisconnected
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from requests import exceptions
from requests.utils import should_bypass_proxies
from urllib3.exceptions import HTTPError, LocationValueError, ProtocolError
from urllib3.exceptions import TimeoutError as Urllib3TimeoutError

from imgurdata._secret import Secret, seal
from imgurdata.errors import STATUS_PAGE, ConnectionFailed, InvalidArgument, redact

__all__ = [
    "LOOPBACK",
    "NetworkEnvironment",
    "checked_base_url",
    "connection_error",
    "is_malformed_response",
    "origin_of",
]

#: Host names of this machine.
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_MAX_URL_LENGTH = 2000
_DEFAULT_PORTS = {"http": 80, "https": 443}


def checked_base_url(value: Any) -> str:
    """Return the address of a server that may be sent secrets: scheme, host and port.

    It must be ``https://``, or ``http://`` on this machine, without a path: ours begin with
    ``/3/``.

    Raises
    ------
    InvalidArgument
        It is not such an address. The message does not show a password in it.
    """
    value = seal(value)
    address, received = _parse_base_url(value)
    if address is None:
        raise InvalidArgument(
            "base_url must be an https:// address without a path, a query or a user name (http:// "
            f"only on this machine: 127.0.0.1, localhost){received}."
        )
    return address


def _parse_base_url(sealed: Secret | None) -> tuple[str | None, str]:
    """Return the address, or None and what the error message may say of the value."""
    text = sealed.reveal() if sealed is not None else None
    if not isinstance(text, str):
        return None, f"; got {type(text).__name__}"
    if len(text) > _MAX_URL_LENGTH:
        return None, f"; got {len(text):,} characters"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None, ""
    if host is None or not re.fullmatch(r"[a-z0-9._:-]{1,255}", host):
        return None, ""
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    if not is_safe or "@" in parts.netloc or parts.path.strip("/") or parts.query or parts.fragment:
        return None, f"; got {f'{parts.scheme}://{host}'!r}"
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + (f":{port}" if port is not None else ""), ""


@dataclass(frozen=True)
class NetworkEnvironment:
    """Proxies and certificates that the environment variables name.

    ``~/.netrc`` is not used: it would replace our own ``Authorization`` header.
    """

    #: Proxies by scheme; their addresses may hold a password.
    proxies: Mapping[str, str] = field(default_factory=dict, repr=False)
    no_proxy: str | None = None
    #: Path of a CA bundle, or True for the default certificates.
    verify: str | bool = True

    @classmethod
    def from_environment(cls) -> Self:
        """Read the environment variables."""
        bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
        return cls(
            proxies=urllib.request.getproxies(),
            no_proxy=os.environ.get("no_proxy") or os.environ.get("NO_PROXY"),
            verify=bundle or True,
        )

    def proxies_for(self, url: str, given: Mapping[str, str] | None = None) -> Mapping[str, str]:
        """Return the proxies of one request; those given override the environment's.

        Requests to this machine and to hosts of ``$NO_PROXY`` have none.
        """
        host = urlsplit(url).hostname
        if host in LOOPBACK or should_bypass_proxies(url, no_proxy=self.no_proxy):
            return {}
        return {**self.proxies, **(given or {})}


def origin_of(url: str) -> str | None:
    """Return scheme, host and port of a URL, or None if it has no valid origin.

    Credentials are sent to an origin only; a URL with a user name has none.

    Examples
    --------
    >>> origin_of("HTTPS://API.imgur.com/3/x"), origin_of("https://me@api.imgur.com/")
    ('https://api.imgur.com:443', None)
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _DEFAULT_PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    if not host or "@" in parts.netloc:
        return None
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def connection_error(
    error: Exception, path: str, url: str = "", *, kept: str = "in the cache"
) -> ConnectionFailed:
    """Return our error for one of requests or urllib3, whose text may hold a proxy's password.

    The message names the path of the request, the host and port of its URL, and where what arrived
    is kept.
    """
    reason, retryable = _reason(error)
    parts = urlsplit(url)
    host = parts.hostname
    server = f" from {redact(parts.netloc, 100)}" if host else ""
    if host in LOOPBACK:
        advice = "Is a server running there? A sandbox ends with the session that started it"
    else:
        advice = f"Try again, and look at {STATUS_PAGE}"
    return ConnectionFailed(
        f"No answer for {redact(path, 200)}{server}: {reason}. {advice}; what arrived so far is "
        f"{kept}.",
        retryable=retryable,
    )


def is_malformed_response(error: Exception) -> bool:
    """Return whether an error of requests means that a response began but is not valid HTTP."""
    if not isinstance(error, requests.ConnectionError) or not error.args:
        return False
    reason = error.args[0]
    causes = reason.args if isinstance(reason, ProtocolError) else ()
    # A connection that ends before the first byte is an HTTPException as well, and so is an address
    # that cannot be sent.
    others = (InvalidURL, RemoteDisconnected)
    return any(isinstance(c, HTTPException) and not isinstance(c, others) for c in causes)


def _reason(error: Exception) -> tuple[str, bool]:
    """Return why there is no response, and whether a retry may succeed."""
    if is_malformed_response(error):
        return "the response is not valid HTTP", False
    for kinds, reason, retryable in _REASONS:
        if isinstance(error, kinds):
            return reason or _connection_reason(error), retryable
    return f"the request failed ({type(error).__name__})", False


#: Reasons by class of the error; the first that matches counts, so subclasses come first.
_REASONS: list[tuple[type[Exception] | tuple[type[Exception], ...], str, bool]] = [
    ((exceptions.InvalidProxyURL, LocationValueError),
     "the proxy's address is wrong (look at $HTTPS_PROXY and $HTTP_PROXY)", False),
    (exceptions.ProxyError, "the proxy refused the connection (look at $HTTPS_PROXY)", True),
    (exceptions.SSLError,
     "the certificate could not be verified (look at $REQUESTS_CA_BUNDLE)", True),
    ((requests.Timeout, Urllib3TimeoutError), "it took too long (timeout=...)", True),
    ((ProtocolError, exceptions.ChunkedEncodingError), "the response was cut off", True),
    (exceptions.InvalidSchema,
     "a SOCKS proxy needs the package PySocks: pip install requests[socks]", False),
    (exceptions.InvalidHeader, "the response names two lengths", True),
    (requests.ConnectionError, "", True),
    ((requests.RequestException, HTTPError, HTTPException),
     "the response cannot be read", True),
    (OSError, "the CA bundle cannot be read (look at $REQUESTS_CA_BUNDLE)", False),
]  # fmt: skip


def _connection_reason(error: BaseException | None) -> str:
    """Return why there was no connection, from the causes of the error."""
    for _ in range(10):
        if isinstance(error, ConnectionRefusedError):
            return "the connection was refused"
        if isinstance(error, socket.gaierror):
            return "the host name cannot be resolved, or there is no network"
        if error is None:
            break
        error = error.__cause__ or error.__context__
    return "the connection failed or was closed"
