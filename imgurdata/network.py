"""The network from here: proxies and certificates, looked up once; why an answer did not come."""

from __future__ import annotations

import os
import re
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from requests.utils import should_bypass_proxies

from imgurdata._secret import Secret, seal
from imgurdata.errors import STATUS_PAGE, ConnectionFailed, InvalidArgument, redact

__all__ = ["IMGUR", "LOOPBACK", "Surroundings", "checked_base_url", "no_answer"]

#: Where Imgur is, and where its sign-in stays when a commercial gateway is asked.
IMGUR = "https://api.imgur.com"
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
class Surroundings:
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


def no_answer(error: requests.RequestException, path: str) -> ConnectionFailed:
    """Our error for what requests says; its own text holds addresses and proxies, so it is cut."""
    if isinstance(error, requests.exceptions.ProxyError):
        what = "the proxy did not let it through (look at $HTTPS_PROXY)"
    elif isinstance(error, requests.exceptions.SSLError):
        what = "the certificate could not be checked (look at $REQUESTS_CA_BUNDLE)"
    elif isinstance(error, requests.Timeout):
        what = "it took too long (timeout=...)"
    elif isinstance(
        error, (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)
    ):
        what = "the answer was cut off half way"
    else:
        what = "no connection, or it was cut"
    return ConnectionFailed(
        f"No answer for {redact(path)}: {what}. Try again, and look at {STATUS_PAGE}; what arrived "
        "so far is in the cache."
    )
