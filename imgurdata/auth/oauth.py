"""Requests to Imgur's OAuth endpoints: renew a token, verify a token.

They cost no credit, and pass no cache and no ledger: they go by a session of their own.

What is sent and what comes back hold secrets. They are dealt with in functions that *return* what
went wrong instead of raising it: a raised error keeps the frames it came through, and verbose
tracebacks print every variable of a frame.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests
from urllib3.exceptions import HTTPError

from imgurdata._addresses import IMGUR
from imgurdata._network import NetworkEnvironment, checked_base_url, connection_error
from imgurdata._secret import Secret, checked_secret, fault_of, redact_exactly, seal
from imgurdata._validate import duration, refuse
from imgurdata.auth.redirect import expiry
from imgurdata.auth.token import Token, account_name, moment
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
_LONGEST_TIMEOUT = 3600.0
#: Longest answer that is read, in bytes.
_LONGEST_ANSWER = 64 * 1024
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
        Has a ``refresh_token``. Imgur may end it with this: use what is returned from now on.
    client_id, client_secret : str or Secret, optional
        Of the application that the token was given to; else ``$IMGUR_CLIENT_ID`` and
        ``$IMGUR_CLIENT_SECRET`` (for Imgur itself only, not for another ``base_url``).
    base_url : str
        Where Imgur is; a sandbox's address to try things out. ``http://`` on this machine only.
    timeout : float
        Seconds to connect, and between two pieces of the answer.
    now : datetime.datetime, optional
        The time that the new token's life counts from; by default this moment.

    Returns
    -------
    Token
        With the name and number of the account, where Imgur tells them (else the old token's).

    Raises
    ------
    InvalidArgument
        The token has no refresh token, there is no client secret, or another argument cannot be.
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
    # Sealed before anything can fail: tracebacks may show the variables of this function.
    token, client_id, client_secret = _sealed(token), seal(client_id), seal(client_secret)
    base_url = seal(base_url)
    if not isinstance(token, Token):
        raise InvalidArgument(f"token must be a Token with a refresh token; got {_kind(token)}.")
    base_url, timeout = checked_base_url(base_url), _seconds(timeout)
    began = dt.datetime.now(dt.UTC) if now is None else moment("now", now)
    identifier = checked_secret("client_id", client_id)
    secret = checked_secret("client_secret", client_secret)
    if base_url == IMGUR:
        identifier = identifier or _of_environment("IMGUR_CLIENT_ID")
        secret = secret or _of_environment("IMGUR_CLIENT_SECRET")
    if not identifier:
        raise MissingClientId(
            "A token is renewed with the client id of the application it was given to: "
            "client_id=..., or $IMGUR_CLIENT_ID."
        )
    if not secret:
        raise InvalidArgument(
            "Imgur renews a token only with the application's client secret: client_secret=..., or "
            "$IMGUR_CLIENT_SECRET. Without it, sign in again instead."
        )
    if not token.refresh_token:
        raise InvalidArgument("This token has no refresh token: sign in again instead.")
    form = {
        "grant_type": Secret("refresh_token"),
        "refresh_token": token.refresh_token,
        "client_id": identifier,
        "client_secret": secret,
    }
    came = _ask("POST", base_url + _TOKEN_PATH, form=form, timeout=timeout)
    new = _renewed(came, token, began)
    if isinstance(new, ImgurDataError):
        raise new
    return new


def verify(
    token: Token | Secret | str, *, base_url: str = IMGUR, timeout: float = _TIMEOUT
) -> bool:
    """Return whether Imgur accepts an access token; costs no credit.

    Parameters
    ----------
    token : Token, Secret or str
        A token, or an access token as text.
    base_url : str
        Where Imgur is, as for :func:`refresh`.
    timeout : float
        As for :func:`refresh`.

    Returns
    -------
    bool
        False: it has ended, was revoked, or never was one.

    Raises
    ------
    InvalidArgument
        There is no access token, or an argument cannot be.
    OverCapacity, ConnectionFailed, BadResponse, ApiError
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
    token, base_url = _sealed(token), seal(base_url)
    token = Token.of(token)
    if not token.access_token:
        raise InvalidArgument("This token has no access token to verify: refresh it instead.")
    base_url, timeout = checked_base_url(base_url), _seconds(timeout)
    came = _ask("GET", base_url + _VERIFY_PATH, bearer=token.access_token, timeout=timeout)
    if isinstance(came, ImgurDataError):
        raise came
    if came.status < 300:
        return True
    error = _error_of(came, _VERIFY_PATH)
    # A refused token says 403 or 401; a 401 and a bare 403 are taken for nothing else here.
    if isinstance(error, InvalidToken) or came.status == 401:
        return False
    raise error


def _sealed(token: Any) -> Any:
    """Return a token as it is, and anything else sealed."""
    return token if isinstance(token, Token) else seal(token)


def _kind(sealed: Secret | None) -> str:
    return "None" if sealed is None else type(sealed.reveal()).__name__


def _seconds(timeout: Any) -> float:
    seconds = duration("timeout", timeout, example="30", most=_LONGEST_TIMEOUT)
    if seconds <= 0:
        refuse("timeout", "more than 0 seconds", timeout)
    return seconds


def _of_environment(name: str) -> Secret | None:
    return checked_secret(f"${name}", seal(os.environ.get(name)))


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
    path = urlsplit(url).path
    sent = [*(form or {}).values(), bearer]
    try:
        environment = NetworkEnvironment.of_environment()
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
                body = _body_of(response, timeout)
                if isinstance(body, ImgurDataError):
                    return body
                if response.status_code != 200:  # errors echo what they were sent
                    body = Secret(redact_exactly(body.reveal(), sent))
                return _Came(response.status_code, body)
    except requests.RequestException as error:
        return connection_error(error, path)
    except (OSError, ValueError, HTTPError) as error:
        # Of certificates, proxies and sockets; their texts may hold addresses with passwords.
        return ConnectionFailed(
            f"No answer for {path}: {type(error).__name__}. Look at $HTTPS_PROXY and "
            "$REQUESTS_CA_BUNDLE."
        )
    except BaseException as error:  # noqa: BLE001 - it is raised again
        # An interrupt must not carry the frames below, which hold the form and the headers.
        raise error.with_traceback(None) from None


def _body_of(response: requests.Response, timeout: float) -> Secret | ImgurDataError:
    """Read an answer that is short, or should be: bounded in size and time."""
    deadline = time.monotonic() + timeout
    body = bytearray()
    # Piece by piece, else a server that sends a byte a second would hold it for hours.
    for piece in response.iter_content(1):
        body += piece
        if len(body) > _LONGEST_ANSWER and response.status_code != 200:
            break  # a page that says what is wrong: its head will do
        if len(body) > _LONGEST_ANSWER:
            return BadResponse(
                f"The answer is longer than {_LONGEST_ANSWER:,} bytes: Imgur's sign-in sends "
                "some hundred."
            )
        if time.monotonic() > deadline:
            return ConnectionFailed(
                f"The answer did not end within {timeout:g} s (timeout=...). Try again."
            )
    return Secret(body.decode("utf-8", "replace"))


def _error_of(came: _Came, request: str) -> ImgurDataError:
    """Return the error of an answer that is none of those wanted."""
    if came.status < 400:
        return BadResponse(f"Imgur's sign-in answered with status {came.status}: try again.")
    return error_of(came.status, came.body.reveal().encode(), request=request)


def _renewed(came: _Came | ImgurDataError, old: Token, now: dt.datetime) -> Token | ImgurDataError:
    if isinstance(came, ImgurDataError):
        return came
    if came.status != 200:
        error = _error_of(came, _TOKEN_PATH)
        if came.status in {400, 401, 403} and isinstance(error, InvalidToken):
            # "Invalid refresh token" (recorded); Imgur's newer text says it more at length.
            return InvalidToken(
                "Imgur does not renew this sign-in any more: sign in again.",
                status=came.status, reason=error.reason, request=_TOKEN_PATH,
            )  # fmt: skip
        return error
    answer = _object(came.body)
    access = _secret(answer.get("access_token"))
    if access is None:
        return BadResponse("Imgur's answer to the renewal of a token holds no token.")
    return replace(
        old,
        access_token=access,
        refresh_token=_secret(answer.get("refresh_token")) or old.refresh_token,
        username=account_name(answer.get("account_username")) or old.username,
        account_id=_number(answer.get("account_id")) or old.account_id,
        expires_at=expiry(answer.get("expires_in"), now),
    )


def _object(body: Secret) -> dict[str, Any]:
    """Return the answer, bare as Imgur sends it or (seen in one client) wrapped in ``data``."""
    try:
        answer = msgspec.json.decode(body.reveal())
    except (msgspec.DecodeError, RecursionError):
        return {}
    if isinstance(answer, dict) and isinstance(answer.get("data"), dict):
        answer = answer["data"]
    return answer if isinstance(answer, dict) else {}


def _secret(value: object) -> Secret | None:
    sealed = seal(value)
    if sealed is None or fault_of(sealed):
        return None
    return Secret(sealed.reveal().strip()) or None


def _number(value: object) -> int | None:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and value > 0 else None  # type: ignore[operator,return-value]
