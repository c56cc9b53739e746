"""Redirect addresses of applications, and the tokens in their fragment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from imgurdata.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["check_redirect_url", "encode", "query_address", "redirect_address"]

# Printable ASCII without what an address must write as %XX.
_ADDRESS = re.compile(r"https?://[!$-;=?-\[\]_a-z~]+", re.IGNORECASE)


def check_redirect_url(url: object) -> str:
    """Return a redirect address that is valid for an application.

    Raises
    ------
    InvalidArgument
        It is no http or https address, or it has a fragment, where the tokens go.

    Examples
    --------
    >>> check_redirect_url("http://localhost:28080/callback")
    'http://localhost:28080/callback'
    """
    if isinstance(url, str) and "#" in url:
        raise InvalidArgument("redirect_url must have no fragment (#...): tokens go there.")
    if not isinstance(url, str) or not _ADDRESS.fullmatch(url) or not _has_host(url):
        raise InvalidArgument(
            "redirect_url must begin with http:// or https:// and a host, with all but plain ASCII "
            "in it written as %XX."
        )
    return url


def _has_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        # An invalid port, or half an IPv6 address.
        return False


def redirect_address(
    redirect_url: str,
    fields: Mapping[str, object],
    state: str | None,
    *,
    state_in: str = "query",
) -> str:
    """Return the address that ends a sign-in.

    Parameters
    ----------
    redirect_url : str
        The registered one; its own query stays.
    fields : mapping of str to object
        Content of the fragment: tokens or an error.
    state : str or None
        The application's own.
    state_in : {"query", "fragment"}
        Real answers have it in the query, Imgur's documents say fragment (API reference, OAuth).

    Examples
    --------
    >>> redirect_address("http://a/cb", {"error": "access_denied"}, "x y")
    'http://a/cb?state=x%20y#error=access_denied'
    >>> redirect_address("http://a/cb", {"error": "access_denied"}, "x y", state_in="fragment")
    'http://a/cb#error=access_denied&state=x%20y'
    """
    fragment = dict(fields)
    if state is not None and state_in == "fragment":
        fragment["state"] = state
    elif state is not None:
        redirect_url = query_address(redirect_url, {"state": state})
    return f"{redirect_url}#{encode(fragment)}"


def query_address(redirect_url: str, fields: Mapping[str, object]) -> str:
    """Return the address that ends a sign-in with ``response_type=code``, all in the query.

    Examples
    --------
    >>> query_address("http://a/cb", {"state": "", "code": "f00"})
    'http://a/cb?state=&code=f00'
    """
    separator = "?"
    if "?" in redirect_url:
        separator = "" if redirect_url.endswith(("?", "&")) else "&"
    return f"{redirect_url}{separator}{encode(fields)}"


def encode(fields: Mapping[str, object]) -> str:
    """Return fields as a query, spaces as ``%20``."""
    return urlencode(list(fields.items()), quote_via=quote, safe="")
