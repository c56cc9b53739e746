"""A secret that cannot be printed by accident, and the token made of two of them."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any, NoReturn

from imgurdata.errors import ImgurDataError

__all__ = ["Secret", "Token"]


class Secret:
    """A text that shows as ``***`` wherever it is printed, logged, formatted or copied.

    IPython's verbose tracebacks print local variables and pickles travel through logs and
    schedulers, so neither may ever hold the text itself. :meth:`reveal` is the one way to it.

    Examples
    --------
    >>> secret = Secret("0123456789abcdef")
    >>> secret, f"{secret}", str(secret)
    (***, '***', '***')
    """

    __slots__ = ("_text",)

    def __init__(self, text: str | Secret) -> None:
        self._text = text.reveal() if isinstance(text, Secret) else text

    def reveal(self) -> str:
        """The text itself; keep it out of variables that live long."""
        return self._text

    def fingerprint(self) -> str:
        """A short hash by which it is known again, and nothing else."""
        return hashlib.sha256(self._text.encode()).hexdigest()[:16]

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self.fingerprint())

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> NoReturn:
        raise ImgurDataError("A secret does not pickle: connect() in the worker instead.")


@dataclass(frozen=True, slots=True, init=False)
class Token:
    """A signed-in account's right to ask.

    Its secrets may be given as text; they are held as :class:`Secret`.

    Attributes
    ----------
    access_token
        Sent as ``Authorization: Bearer``.
    refresh_token
        Buys a new access token, with a client secret; None where there is none.
    username, account_id
        Whose it is, where known.
    expires_at
        When Imgur says it ends (UTC): a hint only, tokens have ended earlier.
    """

    access_token: Secret
    refresh_token: Secret | None = None
    username: str | None = None
    account_id: int | None = None
    expires_at: dt.datetime | None = None

    def __init__(
        self,
        access_token: Secret | str,
        refresh_token: Secret | str | None = None,
        username: str | None = None,
        account_id: int | None = None,
        expires_at: dt.datetime | None = None,
    ) -> None:
        wrapped = Secret(refresh_token) if refresh_token is not None else None
        for name, value in (
            ("access_token", Secret(access_token)),
            ("refresh_token", wrapped),
            ("username", username),
            ("account_id", account_id),
            ("expires_at", expires_at),
        ):
            object.__setattr__(self, name, value)

    @classmethod
    def of(cls, value: Token | Secret | str) -> Token:
        """A token of itself, or of the access token as text."""
        return value if isinstance(value, Token) else cls(access_token=Secret(value))

    def __getstate__(self) -> Any:
        raise ImgurDataError("A token does not pickle: connect() in the worker instead.")
