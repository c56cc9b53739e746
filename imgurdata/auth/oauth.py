"""Requests to Imgur's OAuth endpoints: refresh a token, verify a token.

They cost no credit, and use neither the cache nor the ledger.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
import requests
from urllib3.exceptions import HTTPError

from imgurdata._addresses import IMGUR
from imgurdata._network import NetworkEnvironment, checked_base_url, connection_error
from imgurdata._secret import (
    Secret,
    checked_secret,
    redact_exactly,
    seal,
    usable_secret,
    without_frames,
)
from imgurdata._secret import secret_from_environment as from_environment
from imgurdata._validate import positive_seconds
from imgurdata.auth.redirect import expiry
from imgurdata.auth.token import Token, account_name, checked_time
from imgurdata.errors import (
    BadResponse,
    ConnectionFailed,
    ImgurDataError,
    InvalidArgument,
    InvalidToken,
    MissingClientId,
)
from imgurdata.model.envelope import error_of

__all__ = ["refresh", "verify"]

_TIMEOUT = 30.0
_MAX_TIMEOUT = 3600.0
#: Longest response that is read, in bytes.
_MAX_BODY = 64 * 1024
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
    """Return a new access token for a refresh token; costs no credit.

    Parameters
    ----------
    token : Token
        Token with a ``refresh_token``. Imgur may end it: use the returned token from now on.
    client_id, client_secret : str or Secret, optional
        Application that the token was issued to; by default ``$IMGUR_CLIENT_ID`` and
        ``$IMGUR_CLIENT_SECRET`` (for Imgur itself only, not for another ``base_url``).
    base_url : str, default "https://api.imgur.com"
        Address of Imgur, or of a sandbox; ``http://`` on this machine only.
    timeout : float, default 30
        Seconds to connect, and between two pieces of the response.
    now : datetime.datetime, optional
        Time at which the new token's life begins; by default the current time.

    Returns
    -------
    Token
        With the name and number of the account, from Imgur or else from the old token.

    Raises
    ------
    InvalidArgument
        The token has no refresh token, there is no client secret, or another argument is invalid.
    MissingClientId
        There is no client id.
    InvalidToken
        Imgur refuses the refresh token, or it is another account's: sign in again.
    InvalidClient, OverCapacity, ConnectionFailed, BadResponse
        Imgur could not be asked, or its response is invalid.

    Notes
    -----
    Source: API reference, OAuth (``POST /oauth2/token``); recorded responses 2014-2020. The
    response has no envelope.

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
    # Sealed before anything can fail: tracebacks may show the variables of this function.
    old: Any = token if isinstance(token, Token) else seal(token)
    del token
    client_id, client_secret, base_url = seal(client_id), seal(client_secret), seal(base_url)
    if not isinstance(old, Token):
        kind = "None" if old is None else type(old.reveal()).__name__
        raise InvalidArgument(f"token must be a Token with a refresh token; got {kind}.")
    base_url = checked_base_url(base_url)
    timeout = positive_seconds("timeout", timeout, example="30", most=_MAX_TIMEOUT)
    issued_at = dt.datetime.now(dt.UTC) if now is None else checked_time("now", now)
    identifier = checked_secret("client_id", client_id)
    secret = checked_secret("client_secret", client_secret)
    if base_url == IMGUR:
        identifier = identifier or from_environment("IMGUR_CLIENT_ID")
        secret = secret or from_environment("IMGUR_CLIENT_SECRET")
    if not identifier:
        raise MissingClientId(
            "A token is renewed with the client id of the application it was issued to: "
            "client_id=..., or $IMGUR_CLIENT_ID."
        )
    if not secret:
        raise InvalidArgument(
            "Imgur renews a token only with the application's client secret: client_secret=..., or "
            "$IMGUR_CLIENT_SECRET. Without it, sign in again instead."
        )
    if not old.refresh_token:
        raise InvalidArgument("This token has no refresh token: sign in again instead.")
    form = {
        "grant_type": Secret("refresh_token"),
        "refresh_token": old.refresh_token,
        "client_id": identifier,
        "client_secret": secret,
    }
    return _refresh(base_url + _TOKEN_PATH, form, timeout, old, issued_at)


def verify(
    token: Token | Secret | str, *, base_url: str = IMGUR, timeout: float = _TIMEOUT
) -> bool:
    """Return whether Imgur accepts an access token; costs no credit.

    Parameters
    ----------
    token : Token, Secret or str
        Token, or access token as text.
    base_url : str, default "https://api.imgur.com"
        As for :func:`refresh`.
    timeout : float, default 30
        As for :func:`refresh`.

    Returns
    -------
    bool
        False if the token has ended, was revoked, or never was one.

    Raises
    ------
    InvalidArgument
        There is no access token, or an argument is invalid.
    OverCapacity, ConnectionFailed, BadResponse, ApiError
        Imgur could not be asked; that says nothing about the token.

    Notes
    -----
    Source: API reference, OAuth (``GET /oauth2/secret``, "verify your tokens"). No response of it
    is recorded: only the status is used. ``/3/account/me`` proves more, for a credit.

    Examples
    --------
    >>> import imgurdata as imd
    >>> from imgurdata.sandbox import Sandbox
    >>> with Sandbox() as sandbox:
    ...     token = sandbox.issue_token(sandbox.account)
    ...     imd.auth.verify(token, base_url=sandbox.url)
    True
    """
    token, base_url = token if isinstance(token, Token) else seal(token), seal(base_url)
    token = Token.of(token)
    if not token.access_token:
        raise InvalidArgument("This token has no access token to verify: refresh it instead.")
    base_url = checked_base_url(base_url)
    timeout = positive_seconds("timeout", timeout, example="30", most=_MAX_TIMEOUT)
    response = _request("GET", base_url + _VERIFY_PATH, bearer=token.access_token, timeout=timeout)
    if response.status < 300:
        return True
    error = _error(response, _VERIFY_PATH)
    # A refused token is answered with 403 or 401.
    if isinstance(error, InvalidToken) or response.status == 401:
        return False
    raise error


class _Response(NamedTuple):
    status: int
    text: Secret


@without_frames
def _request(
    method: str,
    url: str,
    *,
    form: dict[str, Secret] | None = None,
    bearer: Secret | None = None,
    timeout: float,
) -> _Response:
    """Send one request on its own connection; follow no redirect, keep no cookie."""
    path = urlsplit(url).path
    sent = [*(form or {}).values(), bearer]
    try:
        environment = NetworkEnvironment.from_environment()
        with requests.Session() as session:
            session.trust_env = False
            with session.request(
                method,
                url,
                data={k: v.reveal() for k, v in form.items()} if form else None,
                headers={"Authorization": f"Bearer {bearer.reveal()}"} if bearer else None,
                timeout=timeout,
                allow_redirects=False,
                proxies=dict(environment.proxies_for(url)),
                verify=environment.verify,
                stream=True,
            ) as response:
                text = _read_body(response, timeout)
                if response.status_code != 200:  # error pages echo what they were sent
                    text = Secret(redact_exactly(text.reveal(), sent))
                return _Response(response.status_code, text)
    except requests.RequestException as error:
        raise connection_error(error, path) from None
    except (OSError, ValueError, HTTPError) as error:
        # Errors of certificates, proxies and sockets; their texts may hold passwords.
        raise ConnectionFailed(
            f"No answer for {path}: {type(error).__name__}. Look at $HTTPS_PROXY and "
            "$REQUESTS_CA_BUNDLE."
        ) from None


def _read_body(response: requests.Response, timeout: float) -> Secret:
    """Return the text of a response, bounded in size and time."""
    deadline = time.monotonic() + timeout
    body = bytearray()
    # In small pieces: a server that sends a byte a second would otherwise hold it for hours.
    for piece in response.iter_content(1):
        body += piece
        if len(body) > _MAX_BODY and response.status_code != 200:
            break  # the head of an error page suffices
        if len(body) > _MAX_BODY:
            raise BadResponse(
                f"The answer is longer than {_MAX_BODY:,} bytes: Imgur's sign-in sends some "
                "hundred."
            )
        if time.monotonic() > deadline:
            raise ConnectionFailed(
                f"The answer did not end within {timeout:g} s (timeout=...). Try again."
            )
    return Secret(body.decode("utf-8", "replace"))


def _error(response: _Response, path: str) -> ImgurDataError:
    if response.status < 400:
        return BadResponse(f"Imgur's sign-in answered with status {response.status}: try again.")
    return error_of(response.status, response.text.reveal().encode(), request=path)


@without_frames
def _refresh(
    url: str, form: dict[str, Secret], timeout: float, old: Token, now: dt.datetime
) -> Token:
    response = _request("POST", url, form=form, timeout=timeout)
    if response.status != 200:
        error = _error(response, _TOKEN_PATH)
        if response.status in {400, 401, 403} and isinstance(error, InvalidToken):
            raise InvalidToken(
                "Imgur does not renew this sign-in any more: sign in again.",
                status=response.status, reason=error.reason, request=_TOKEN_PATH,
            )  # fmt: skip
        raise error
    fields = _json_object(response.text)
    access = usable_secret(fields.get("access_token"))
    if access is None:
        raise BadResponse("Imgur's answer to the renewal of a token holds no token.")
    number = fields.get("account_id")
    is_number = isinstance(number, int) and not isinstance(number, bool) and number > 0
    if is_number and old.account_id not in (None, number):
        # Names change, numbers do not; and answers of two accounts must not meet in one cache.
        raise InvalidToken("Imgur has renewed the sign-in of another account: sign in again.")
    return replace(
        old,
        access_token=access,
        refresh_token=usable_secret(fields.get("refresh_token")) or old.refresh_token,
        username=account_name(fields.get("account_username")) or old.username,
        account_id=number if is_number else old.account_id,
        expires_at=expiry(fields.get("expires_in"), now),
    )


def _json_object(text: Secret) -> dict[str, Any]:
    """Return the fields of a response, bare as Imgur sends them or wrapped in ``data``."""
    try:
        value = msgspec.json.decode(text.reveal())
    except (msgspec.DecodeError, RecursionError):
        return {}
    if isinstance(value, dict) and isinstance(value.get("data"), dict):
        value = value["data"]
    return value if isinstance(value, dict) else {}
