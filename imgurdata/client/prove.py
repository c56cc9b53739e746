"""Whether a new token works, and whose it is: asked of Imgur before anybody is told so."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from imgurdata.auth.token import Secret, Token
from imgurdata.errors import (
    AuthenticationRequired,
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

    from imgurdata.client.caller import Caller

__all__ = ["prove"]

logger = logging.getLogger(__name__)

_ME = "/3/account/me"


class _Me(msgspec.Struct):
    """What is read of one's own account."""

    url: str | None = None


def prove(caller: Caller, ask: Callable[[str], Response]) -> Token:
    """The caller's token as Imgur takes it, with the name that Imgur gives its account.

    ``ask`` sends a GET as the caller, past the cache: nobody knows yet whose answer it is.

    Costs one credit. Where Imgur can't be asked just now, a token that says whose it is passes:
    it fits its sign-in's state, and only that it works is not proven yet.

    Raises
    ------
    InvalidToken
        Imgur does not take it.
    ConnectionFailed, OverCapacity, RateLimited, CreditsExhausted
        Imgur could not be asked, and the token does not say whose it is.
    """
    try:
        response = ask(_ME)
    except AuthenticationRequired as error:
        raise InvalidToken(
            "Imgur does not take this token for a sign-in.",
            status=error.status, reason=error.reason, request=_ME,
        ) from None  # fmt: skip
    except (ConnectionFailed, OverCapacity, RateLimited, CreditsExhausted) as error:
        token = caller.token
        if token is None or not token.username:
            raise
        logger.warning("the new token could not be tried out: %s", error.message)
        return token
    told = msgspec.json.decode(unwrap(response.content, request=_ME), type=_Me)
    # Not the token that was given: it may have been renewed on the way.
    token = caller.token or Token(Secret(""))
    return replace(token, username=told.url or token.username)
