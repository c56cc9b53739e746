"""The token of a signed-in account: two secrets and the account they belong to."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from imgurdata._secret import Secret, checked_secret, seal
from imgurdata._validate import integer, refuse
from imgurdata.errors import ImgurDataError, InvalidArgument

__all__ = ["Secret", "Token", "account_name", "checked_time"]

_NAME = re.compile(r"[^\s\x00-\x1f\x7f-\x9f<>\"'&]{1,100}")


@dataclass(frozen=True, slots=True, init=False)
class Token:
    """Access token of an account, with its refresh token and the account's name.

    Tokens given as text are held as :class:`Secret`.

    Attributes
    ----------
    access_token : Secret
        Sent as ``Authorization: Bearer``.
    refresh_token : Secret or None
        Exchanged for a new access token, together with a client secret.
    username : str or None
        Name of the account, if known.
    account_id : int or None
        Number of the account, if known.
    expires_at : datetime.datetime or None
        Announced end (UTC). Tokens have ended earlier.

    Raises
    ------
    InvalidArgument
        A field has an invalid value. The message shows no token.
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
        # Sealed before anything can fail: tracebacks may show the variables of this function.
        access_token, refresh_token = seal(access_token), seal(refresh_token)
        if access_token is None:
            refuse("access_token", "a text", access_token)
        access = checked_secret("access_token", access_token)
        renewal = checked_secret("refresh_token", refresh_token)
        if username is not None and account_name(username) is None:
            refuse("username", "a name of at most 100 characters without spaces", username)
        if account_id is not None:
            account_id = integer("account_id", account_id, least=0)
        if expires_at is not None:
            expires_at = checked_time("expires_at", expires_at)
        for name, value in (
            ("access_token", access or Secret("")),
            ("refresh_token", renewal),
            ("username", username),
            ("account_id", account_id),
            ("expires_at", expires_at),
        ):
            object.__setattr__(self, name, value)

    @classmethod
    def of(cls, value: Token | Secret | str) -> Token:
        """Return a token unchanged, or the token of an access token given as text.

        Raises
        ------
        InvalidArgument
            It is not a token, or empty. The message shows nothing of it.
        """
        if isinstance(value, cls):
            return value
        value = seal(value)
        access = checked_secret("token", value)
        if access is None:
            raise InvalidArgument("token must be an access token; got an empty one.")
        return cls(access)

    def __getstate__(self) -> Any:
        raise ImgurDataError("A token does not pickle: connect() in the worker instead.")


def account_name(value: object) -> str | None:
    """Return the name of an account, or None if the value cannot be one."""
    return value if isinstance(value, str) and _NAME.fullmatch(value) else None


def checked_time(name: str, value: Any) -> dt.datetime:
    """Return a datetime with a zone; one without a zone is taken as UTC."""
    # pandas' NaT is a datetime that equals nothing, not even itself.
    if not isinstance(value, dt.datetime) or value != value:
        refuse(name, "a datetime.datetime", value)
    return value if value.tzinfo is not None else value.replace(tzinfo=dt.UTC)
