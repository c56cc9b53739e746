"""Verification of a new token: whether it works, and whose it is."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from imgurdata._format import printable
from imgurdata._secret import Secret
from imgurdata.auth.token import Token, account_name
from imgurdata.errors import (
    AuthenticationRequired,
    BadResponse,
    ConnectionFailed,
    CreditsExhausted,
    InvalidToken,
    OverCapacity,
    RateLimited,
)
from imgurdata.model.envelope import unwrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from requests import Response

    from imgurdata.http.authenticator import Authenticator

__all__ = ["verify_account"]

logger = logging.getLogger(__name__)

_ME = "/3/account/me"
#: How much of an answer an error shows, in bytes.
_HEAD = 500


class _Me(msgspec.Struct):
    """The part of one's own account that is read."""

    url: str | None = None


def verify_account(caller: Authenticator, ask: Callable[[str], Response]) -> Token:
    """Return the caller's token as Imgur accepts it, with the name that Imgur gives its account.

    Costs one credit. Where Imgur can't be asked just now, a token that says whose it is passes:
    it fits its sign-in's state, and only that it works is not proven yet.

    Parameters
    ----------
    caller : Authenticator
        Has the token.
    ask : callable
        Sends a GET as the caller, past the cache: nobody knows yet whose answer it is.

    Raises
    ------
    InvalidToken
        Imgur refuses it.
    BadResponse
        The answer does not say whose it is.
    ConnectionFailed, OverCapacity, RateLimited, CreditsExhausted
        Imgur could not be asked, and the token does not say whose it is.
    """
    try:
        response = ask(_ME)
    except AuthenticationRequired as error:
        raise InvalidToken(
            "Imgur does not accept this token for a sign-in.",
            status=error.status, reason=error.reason, request=_ME,
        ) from None  # fmt: skip
    except (ConnectionFailed, OverCapacity, RateLimited, CreditsExhausted) as error:
        token = caller.token
        if token is None or not token.username:
            raise
        logger.warning("The new token could not be tried out. %s", printable(error.message))
        return token
    # Not the token that was given: it may have been renewed on the way.
    token = caller.token or Token(Secret(""))
    return replace(token, username=_name_in(response.content))


def _name_in(body: bytes) -> str:
    """Return the name of the account in an answer of ``/3/account/me``.

    Raises
    ------
    BadResponse
        There is none in it.
    """
    try:
        name = account_name(msgspec.json.decode(unwrap(body, request=_ME), type=_Me).url)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        name = None
    if name is None:
        raise BadResponse(
            "Imgur's answer does not say whose token this is, so nobody is signed in. Try again.",
            body=body[:_HEAD].decode("utf-8", "replace"),
        )
    return name
