"""Settings that may be changed on a running sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from imgurdata._validate import boolean, duration, integer, one_of, refuse

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Settings"]

_DAY = 86_400.0
_CENTURY = 36_525 * _DAY


def _choice(*allowed: str) -> Callable[[str, Any], str]:
    return lambda name, value: one_of(name, value, allowed)


def _latency(name: str, value: Any) -> float:
    return duration(name, value, example="'200ms'", most=_DAY)


def _lifetime(name: str, value: Any) -> float | None:
    seconds = None if value is None else duration(name, value, example="'28 days'", most=_CENTURY)
    if seconds == 0:
        refuse(name, "more than 0 seconds, or None (for ever)", value)
    return seconds


def _refusal(name: str, value: Any) -> int:
    status = integer(name, value)
    if status not in (403, 401, 429):
        refuse(name, "403, 401 or 429", value)
    return status


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "reset_form": _choice("seconds", "epoch"),
    "header_case": _choice("lower", "title", "mixed"),
    "limit_headers": boolean,
    "latency": _latency,
    "state_in": _choice("query", "fragment"),
    "wrong_state": boolean,
    "token_lifetime": _lifetime,
    "token_refusal": _refusal,
    "refresh_rotates": boolean,
}


@dataclass
class Settings:
    """Values that are checked when they are set; documented on `Sandbox`."""

    reset_form: str
    header_case: str
    limit_headers: bool
    state_in: str
    wrong_state: bool
    token_lifetime: float | None
    token_refusal: int
    refresh_rotates: bool
    latency: float = 0.0

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, _CHECKS[name](name, value))
