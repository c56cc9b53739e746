"""Check the arguments of requests and of requests-cache."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from numbers import Number
from typing import Any

import requests
import urllib3
from requests_cache import DO_NOT_CACHE, CacheSettings

from imgurdata._validate import boolean, positive_seconds, refuse, shown
from imgurdata.errors import InvalidArgument

__all__ = [
    "CACHE_HEADERS", "CACHE_SWITCHES", "MAX_TIMEOUT", "check_expire_after", "check_request",
    "check_settings", "drop_cache_switches", "timeout_of",
]  # fmt: skip

#: Arguments of requests-cache with which a caller says how the cache is used.
CACHE_SWITCHES = ("expire_after", "only_if_cached", "refresh", "force_refresh")
#: Headers that do so; the second is how requests-cache passes expire_after=DO_NOT_CACHE on.
CACHE_HEADERS = ("Cache-Control", "X-ACTUAL-NO-CACHE")
#: Arguments that are True or False.
_FLAGS = ("only_if_cached", "refresh", "force_refresh", "allow_redirects")
#: Settings of requests-cache that may be changed.
_CHANGEABLE = frozenset({"disabled", "only_if_cached", "expire_after"})
#: Longest time-out of one request, in seconds: a day. Sockets accept no more than some centuries.
MAX_TIMEOUT = 86_400.0


def drop_cache_switches(request: requests.PreparedRequest, kwargs: dict[str, Any]) -> None:
    """Take off what says how the cache is used, for a request that passes it."""
    for name in CACHE_SWITCHES:
        kwargs.pop(name, None)
    request.headers.pop("X-ACTUAL-NO-CACHE", None)


def check_request(method: Any, url: Any, kwargs: Mapping[str, Any]) -> None:
    """Refuse arguments of ``Session.request`` that requests would stumble over, or send as a repr.

    Raises
    ------
    InvalidArgument
        One of them can't be sent.
    """
    if not isinstance(method, str) or not method.isascii() or not method.isalpha():
        refuse("method", "the name of an HTTP method", method)
    if not isinstance(url, str):
        refuse("url", "a path or an address", url)
    headers, hooks = kwargs.get("headers"), kwargs.get("hooks")
    if headers is not None and not (
        isinstance(headers, Mapping) and all(isinstance(name, (str, bytes)) for name in headers)
    ):
        refuse("headers", "a dict of names and values", headers)
    if hooks is not None and not (isinstance(hooks, Mapping) and set(hooks) <= {"response"}):
        refuse("hooks", "a dict with the key 'response'", hooks)
    _check_query(kwargs.get("params"))
    check_expire_after(kwargs.get("expire_after"), "expire_after")
    for name in _FLAGS:
        if kwargs.get(name) is not None:
            boolean(name, kwargs[name])
    for name in ("data", "files", "cookies", "auth", "proxies", "cert", "verify"):
        try:
            bool(kwargs.get(name))  # as requests does
        except Exception:  # noqa: BLE001 - a foreign object may raise anything
            refuse(name, "what requests takes for it", kwargs[name])


def timeout_of(value: Any, usual: float) -> Any:
    """Return the time-out of a request as requests takes it: there always is one."""
    if value is None:
        return usual
    if isinstance(value, urllib3.Timeout):
        return value
    if isinstance(value, tuple):
        if len(value) != 2:
            refuse("timeout", "seconds, or a tuple of two: to connect and to read", value)
        return tuple(timeout_of(one, usual) for one in value)
    return positive_seconds("timeout", value, example="30", most=MAX_TIMEOUT)


def _check_query(params: Any) -> None:
    """Refuse what requests would walk through without end, or send as an object's repr."""
    if params is None or isinstance(params, (str, bytes)):
        return
    pairs = list(params.items()) if isinstance(params, Mapping) else params
    if not isinstance(pairs, (list, tuple)) or not all(
        isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in pairs
    ):
        refuse("params", "a dict, a list of pairs or a text", params)
    for name, value in pairs:
        several = isinstance(value, (list, tuple, set, frozenset))
        for one in value if several else (value,):
            if one is not None and not isinstance(one, (str, bytes, Number)):
                refuse(f"params[{shown(name)}]", "a text, a number, or a list of these", value)


def check_expire_after(value: Any, name: str) -> None:
    """Refuse a time to live: an answer's age is looked at when it is read."""
    if value is not None and not (isinstance(value, int) and value == DO_NOT_CACHE):
        raise InvalidArgument(
            f"{name} must be DO_NOT_CACHE; got {shown(value)}. How long an answer counts as fresh "
            "is decided when it is read: connect(max_age=...); refresh=True asks anew."
        )


def check_settings(now: CacheSettings, usual: CacheSettings) -> None:
    """Refuse settings of requests-cache that mean nothing here, instead of ignoring them."""
    for name in inspect.signature(CacheSettings).parameters:
        value, before = getattr(now, name, None), getattr(usual, name)
        if name not in _CHANGEABLE and value != before:
            raise InvalidArgument(
                f"settings.{name} must be {shown(before)}; got {shown(value)}. A session on "
                "Imgur honours settings.disabled, settings.only_if_cached and "
                "settings.expire_after = DO_NOT_CACHE only."
            )
    if now.expire_after != usual.expire_after:
        check_expire_after(now.expire_after, "settings.expire_after")
