"""What may be changed on a running sandbox."""

from __future__ import annotations

from dataclasses import dataclass

from imgurdata._validate import boolean, duration, integer, one_of, refuse

__all__ = ["Adjustable", "Settings"]

#: How header names were written over the years: 2024-25, 2014-17, 2019-23.
_HEADER_CASES = ("lower", "title", "mixed")
_RESET_FORMS = ("seconds", "epoch")
_STATE_PLACES = ("query", "fragment")
_TOKEN_REFUSALS = (403, 401, 429)
#: Longest wait before an answer, and longest life of a token, in seconds: a day, a century.
_LONGEST_WAIT = 86_400.0
_AGES = 36_525 * 86_400.0


@dataclass
class Settings:
    """The values; what they mean is told at `Adjustable`."""

    reset_form: str = "seconds"
    header_case: str = "lower"
    limit_headers: bool = True
    latency: float = 0.0
    state_in: str = "query"
    wrong_state: bool = False
    token_lifetime: float | None = None
    token_refusal: int = 403
    refresh_rotates: bool = True


class Adjustable:
    """The part of a sandbox that may be changed at any time."""

    def __init__(self) -> None:
        self._settings = Settings()

    @property
    def reset_form(self) -> str:
        """How headers tell the end of a user's hour: ``"seconds"`` or ``"epoch"``."""
        return self._settings.reset_form

    @reset_form.setter
    def reset_form(self, value: str) -> None:
        self._settings.reset_form = one_of("reset_form", value, _RESET_FORMS)

    @property
    def header_case(self) -> str:
        """How limit headers are written: ``"lower"``, ``"title"`` or ``"mixed"``."""
        return self._settings.header_case

    @header_case.setter
    def header_case(self, value: str) -> None:
        self._settings.header_case = one_of("header_case", value, _HEADER_CASES)

    @property
    def limit_headers(self) -> bool:
        """Whether answers have limit headers at all."""
        return self._settings.limit_headers

    @limit_headers.setter
    def limit_headers(self, value: bool) -> None:
        self._settings.limit_headers = boolean("limit_headers", value)

    @property
    def latency(self) -> float:
        """Seconds of real time that pass before each answer."""
        return self._settings.latency

    @latency.setter
    def latency(self, value: float) -> None:
        self._settings.latency = duration("latency", value, example="'200ms'", most=_LONGEST_WAIT)

    # Of signing in -----------------------------------------------------------------------------

    @property
    def state_in(self) -> str:
        """Where a sign-in's address carries the state.

        ``"query"``, as real answers do, or ``"fragment"``, as Imgur's documents say.
        """
        return self._settings.state_in

    @state_in.setter
    def state_in(self, value: str) -> None:
        self._settings.state_in = one_of("state_in", value, _STATE_PLACES)

    @property
    def wrong_state(self) -> bool:
        """Whether a sign-in's address carries another state than it was given, as in an attack."""
        return self._settings.wrong_state

    @wrong_state.setter
    def wrong_state(self, value: bool) -> None:
        self._settings.wrong_state = boolean("wrong_state", value)

    @property
    def token_lifetime(self) -> float | None:
        """Seconds that access tokens live which are given out from now on; None is for ever.

        A span such as ``"28 days"`` may be set. What answers call ``expires_in`` is this, and ten
        years for None, as real answers say. Refresh tokens do not end by the clock.
        """
        return self._settings.token_lifetime

    @token_lifetime.setter
    def token_lifetime(self, value: object) -> None:
        name = "token_lifetime"
        seconds = None if value is None else duration(name, value, example="'28 days'", most=_AGES)
        if seconds == 0:
            refuse(name, "more than 0 seconds, or None (for ever)", value)
        self._settings.token_lifetime = seconds

    @property
    def refresh_rotates(self) -> bool:
        """Whether a refresh token serves once, and comes back as another one.

        The answer may hold a new one, so whoever keeps the old one is caught here. False: the same
        one comes back and goes on, as clients expect that never store a new one (imgurpython).
        """
        return self._settings.refresh_rotates

    @refresh_rotates.setter
    def refresh_rotates(self, value: bool) -> None:
        self._settings.refresh_rotates = boolean("refresh_rotates", value)

    @property
    def token_refusal(self) -> int:
        """How calls with a token that is not valid are answered.

        403 (``The access token provided is invalid.``), or what PyImgur's authors met in 2025: 401
        (``Authentication required``) or 429 (the gateway's body, without limit headers: there is
        nobody whose credits they could tell).
        """
        return self._settings.token_refusal

    @token_refusal.setter
    def token_refusal(self, value: int) -> None:
        if integer("token_refusal", value) not in _TOKEN_REFUSALS:
            refuse("token_refusal", "403, 401 or 429", value)
        self._settings.token_refusal = integer("token_refusal", value)
