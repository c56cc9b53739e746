"""Where a browser is sent after a sign-in, and what the address carries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from imgurdata.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["check_redirect_url", "redirect_address"]

# Printable ASCII without what an address must write as %XX.
_ADDRESS = re.compile(r"https?://[!$-;=?-\[\]_a-z~]+", re.IGNORECASE)


def check_redirect_url(url: object) -> str:
    """Check an address that an application wants its users sent to.

    Raises
    ------
    InvalidArgument
        It is no http or https address, or it has a fragment: that place is the token's.

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
        # A port that is none, or half an IPv6 address.
        return False


def redirect_address(
    redirect_url: str,
    fields: Mapping[str, object],
    state: str | None,
    *,
    state_in: str = "query",
) -> str:
    """Write the address that ends a sign-in.

    Parameters
    ----------
    redirect_url : str
        As registered; its own query stays.
    fields : mapping of str to object
        What the fragment carries: tokens or an error.
    state : str or None
        The application's own; None is not sent.
    state_in : {"query", "fragment"}
        Real answers carry it in the query, Imgur's documents say fragment (API reference, OAuth).

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
        redirect_url += _joint(redirect_url) + _written({"state": state})
    return f"{redirect_url}#{_written(fragment)}"


def _joint(url: str) -> str:
    if "?" not in url:
        return "?"
    return "" if url.endswith(("?", "&")) else "&"


def _written(fields: Mapping[str, object]) -> str:
    return urlencode(list(fields.items()), quote_via=quote, safe="")
