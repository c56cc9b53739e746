"""What Imgur's OAuth side is asked: a new token for a refresh token, and whether a token holds.

These calls cost no credit, and pass no cache and no ledger: they go by a session of their own.

What is sent and what comes back hold secrets. They are dealt with in functions that *return* what
went wrong instead of raising it: a raised error keeps the frames it came through, and verbose
tracebacks print every variable of a frame.
"""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import requests

from imgurdata.auth.redirect import expiry
from imgurdata.auth.token import Secret, Token
from imgurdata.errors import (
    BadResponse,
    ImgurDataError,
    InvalidArgument,
    InvalidToken,
    MissingClientId,
)
from imgurdata.model.envelope import error_of
from imgurdata.network import IMGUR, Surroundings, no_answer

__all__ = ["refresh", "verify"]

_TIMEOUT = 30.0
_TOKEN_PATH, _VERIFY_PATH = "/oauth2/token", "/oauth2/secret"


def refresh(
    token: Token,
    *,
    client_id: str | None = None,
    client_secret: Secret | str | None = None,
    base_url: str = IMGUR,
    timeout: float = _TIMEOUT,
    now: dt.datetime | None = None,
) -> Token:
    """A new access token for a refresh token; costs no credit.

    Parameters
    ----------
    token
        Has a ``refresh_token``. Imgur may end it with this: use what is returned from now on.
    client_id, client_secret
        Of the application that the token was given to; else ``$IMGUR_CLIENT_ID`` and
        ``$IMGUR_CLIENT_SECRET`` (for Imgur itself only, not for another ``base_url``).
    base_url
        Where Imgur is; a sandbox's address to try things out.
    timeout
        Seconds to connect, and between two pieces of the answer.
    now
        The time that the new token's life counts from; by default this moment.

    Returns
    -------
    Token
        With the name and number of the account, where Imgur tells them (else the old token's).

    Raises
    ------
    InvalidArgument
        The token has no refresh token, or there is no client secret.
    MissingClientId
        There is no client id.
    InvalidToken
        Imgur refuses the refresh token: sign in again.
    InvalidClient, OverCapacity, ConnectionFailed, BadResponse
        Imgur could not be asked, or did not answer in its form.

    Notes
    -----
    Source: API reference, OAuth (``POST /oauth2/token``); recorded answers 2014-2020. The answer
    is not in the envelope.

    Examples
    --------
    >>> import imgurdata as imd
    >>> from imgurdata.sandbox import Sandbox
    >>> with Sandbox() as sandbox:
    ...     access, renewal = map(imd.auth.Secret, sandbox.issue_tokens(sandbox.account))
    ...     old = imd.auth.Token(access, refresh_token=renewal)
    ...     new = imd.auth.refresh(
    ...         old, client_id=sandbox.client_id, client_secret=sandbox.client_secret,
    ...         base_url=sandbox.url,
    ...     )
    ...     new.username == sandbox.account
    True
    """
    client_secret = Secret(client_secret) if client_secret else None
    if base_url == IMGUR:
        client_id = client_id or os.environ.get("IMGUR_CLIENT_ID")
        client_secret = client_secret or Secret(os.environ.get("IMGUR_CLIENT_SECRET", ""))
    if not client_id:
        raise MissingClientId(
            "A token is renewed with the client id of the application it was given to: "
            "client_id=..., or $IMGUR_CLIENT_ID."
        )
    if not client_secret:
        raise InvalidArgument(
            "Imgur renews a token only with the application's client secret: client_secret=..., or "
            "$IMGUR_CLIENT_SECRET. Without it, sign in again instead."
        )
    if not token.refresh_token:
        raise InvalidArgument("This token has no refresh token: sign in again instead.")
    form = {
        "grant_type": Secret("refresh_token"),
        "refresh_token": token.refresh_token,
        "client_id": Secret(client_id),
        "client_secret": client_secret,
    }
    came = _ask("POST", base_url + _TOKEN_PATH, form=form, timeout=timeout)
    new = _renewed(came, token, now or dt.datetime.now(dt.UTC))
    if isinstance(new, ImgurDataError):
        raise new
    return new


def verify(
    token: Token | Secret | str, *, base_url: str = IMGUR, timeout: float = _TIMEOUT
) -> bool:
    """Whether Imgur takes an access token; costs no credit.

    Parameters
    ----------
    token
        A token, or an access token as text.
    base_url, timeout
        As for :func:`refresh`.

    Returns
    -------
    bool
        False: it has ended, was revoked, or never was one.

    Raises
    ------
    OverCapacity, ConnectionFailed, ApiError
        Imgur could not be asked; that says nothing of the token.

    Notes
    -----
    Source: API reference, OAuth (``GET /oauth2/secret``, "verify your tokens"). No answer of it
    is recorded: the status alone counts here. Asking ``/3/account/me`` proves more, for a credit.

    Examples
    --------
    >>> import imgurdata as imd
    >>> from imgurdata.sandbox import Sandbox
    >>> with Sandbox() as sandbox:
    ...     token = sandbox.issue_token(sandbox.account)
    ...     imd.auth.verify(token, base_url=sandbox.url)
    True
    """
    token = Token.of(token)
    came = _ask("GET", base_url + _VERIFY_PATH, bearer=token.access_token, timeout=timeout)
    if isinstance(came, ImgurDataError):
        raise came
    if came.status < 400:
        return True
    error = error_of(came.status, came.body.reveal().encode(), request=_VERIFY_PATH)
    # A refused token says 403 or 401; a 401 and a bare 403 are taken for nothing else here.
    if isinstance(error, InvalidToken) or came.status == 401:
        return False
    raise error


@dataclass(frozen=True, slots=True)
class _Came:
    """An answer; its text may hold tokens."""

    status: int
    body: Secret


def _ask(
    method: str,
    url: str,
    *,
    form: dict[str, Secret] | None = None,
    bearer: Secret | None = None,
    timeout: float,
) -> _Came | ImgurDataError:
    """Ask once, on a connection of its own; follows no redirect, keeps no cookie."""
    surroundings = Surroundings.of_environment()
    try:
        with requests.Session() as session:
            session.trust_env = False
            response = session.request(
                method,
                url,
                data={k: v.reveal() for k, v in form.items()} if form else None,
                headers={"Authorization": f"Bearer {bearer.reveal()}"} if bearer else None,
                timeout=timeout,
                allow_redirects=False,
                proxies=dict(surroundings.proxies_for(url)),
                verify=surroundings.verify,
            )
            return _Came(response.status_code, Secret(response.text))
    except requests.RequestException as error:
        return no_answer(error, url.partition("/oauth2")[1] + url.partition("/oauth2")[2])
    except BaseException as error:  # noqa: BLE001 - it is raised again
        # An interrupt must not carry the frames below, which hold the form and the headers.
        raise error.with_traceback(None) from None


def _renewed(came: _Came | ImgurDataError, old: Token, now: dt.datetime) -> Token | ImgurDataError:
    if isinstance(came, ImgurDataError):
        return came
    if came.status != 200:
        error = error_of(came.status, came.body.reveal().encode(), request=_TOKEN_PATH)
        if came.status in {400, 401, 403} and isinstance(error, InvalidToken):
            # "Invalid refresh token" (recorded); Imgur's newer text says it more at length.
            return InvalidToken(
                "Imgur does not renew this sign-in any more: sign in again.",
                status=came.status, reason=error.reason, request=_TOKEN_PATH,
            )  # fmt: skip
        return error
    answer = _object(came.body)
    access = answer.get("access_token")
    if not isinstance(access, str) or not access:
        return BadResponse("Imgur's answer to the renewal of a token holds no token.")
    return replace(
        old,
        access_token=Secret(access),
        refresh_token=_secret(answer.get("refresh_token")) or old.refresh_token,
        username=_text(answer.get("account_username")) or old.username,
        account_id=_number(answer.get("account_id")) or old.account_id,
        expires_at=expiry(answer.get("expires_in"), now),
    )


def _object(body: Secret) -> dict[str, Any]:
    """The answer, bare as Imgur sends it or (seen in one client) wrapped in ``data``."""
    try:
        answer = msgspec.json.decode(body.reveal())
    except (msgspec.DecodeError, RecursionError):
        return {}
    if isinstance(answer, dict) and isinstance(answer.get("data"), dict):
        answer = answer["data"]
    return answer if isinstance(answer, dict) else {}


def _secret(value: object) -> Secret | None:
    return Secret(value) if isinstance(value, str) and value else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
