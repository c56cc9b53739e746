"""The authorize URL of Imgur, and the redirect URL that comes back: no I/O."""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
from urllib.parse import parse_qsl, urlencode

from imgurdata._addresses import IMGUR
from imgurdata._network import checked_base_url
from imgurdata._secret import Secret, checked_secret, seal, usable_secret, without_frames
from imgurdata._validate import refuse
from imgurdata.auth.token import Token, account_name, checked_time
from imgurdata.errors import Denied, InvalidArgument, NoToken, StateMismatch

__all__ = ["authorize_url", "expiry", "new_state", "parse_redirect"]

#: Browsers show no longer URLs.
_MAX_URL = 16 * 1024
#: Copying may add white space.
_MAX_PASTE = 4 * _MAX_URL
_MAX_FIELDS = 64
_MAX_STATE = 1000
_FIELDS = (
    "state", "error", "access_token", "refresh_token", "token_type", "expires_in",
    "account_username", "account_id",
)  # fmt: skip


def new_state() -> str:
    """Return an unguessable state, which proves that a redirect belongs to this sign-in."""
    return secrets.token_urlsafe(32)


def authorize_url(client_id: str, state: str, *, base_url: str = IMGUR) -> str:
    """Return the URL of the page on which a person allows an application to act for them.

    Parameters
    ----------
    client_id : str
        Client id of the application. Imgur redirects to the address registered with it; there is
        no parameter for another one.
    state : str
        Unguessable text, used once (:func:`new_state`). Imgur returns it with the token, and
        :func:`parse_redirect` compares it.
    base_url : str, default "https://api.imgur.com"
        Address of Imgur, or of a sandbox.

    Notes
    -----
    Source: API reference, OAuth (``response_type=token`` is the only supported form). Since
    mid-2025 people report that the page fails with "Error (1024)".

    Examples
    --------
    >>> import imgurdata as imd
    >>> imd.auth.authorize_url("c0ffee", "s1")
    'https://api.imgur.com/oauth2/authorize?client_id=c0ffee&response_type=token&state=s1'
    """
    client_id, base_url = seal(client_id), seal(base_url)
    identifier = checked_secret("client_id", client_id)
    if identifier is None:
        raise InvalidArgument("client_id must be the id of an application; got an empty text.")
    _check_state(state)
    address = checked_base_url(base_url)
    query = urlencode({"client_id": identifier.reveal(), "response_type": "token", "state": state})
    return f"{address}/oauth2/authorize?{query}"


def _check_state(state: object) -> None:
    allowed = f"a text of 1 to {_MAX_STATE:,} characters"
    if not isinstance(state, str) or not 0 < len(state) <= _MAX_STATE:
        refuse("state", allowed, state)
    try:
        state.encode()
    except UnicodeEncodeError:  # a lone surrogate
        refuse("state", allowed, ascii(state))


def parse_redirect(text: str | Secret, state: str, *, now: dt.datetime | None = None) -> Token:
    """Return the token, and the account's name and number, in the URL that Imgur redirected to.

    Parameters
    ----------
    text : str or Secret
        Whole URL, of any host, or the part after its ``?`` or ``#``. White space is ignored.
    state : str
        State that was given to :func:`authorize_url`. Imgur returns it in the query, its
        documentation says in the fragment: both are read.
    now : datetime.datetime, optional
        Time at which the token's life begins; by default the current time.

    Raises
    ------
    NoToken
        There is no token in the text.
    StateMismatch
        The URL belongs to another sign-in.
    Denied
        The person pressed Deny.
    InvalidArgument
        An argument has an invalid value.

    Notes
    -----
    No message holds any of the text. Source: API reference, OAuth; URLs seen 2014-2022.

    Examples
    --------
    >>> import imgurdata as imd
    >>> address = "http://localhost:28080/callback?state=s1#access_token=0123456789abcdef"
    >>> imd.auth.parse_redirect(address, "s1").access_token
    ***
    """
    # Verbose tracebacks print variables: none may hold the URL from here on.
    sealed: Secret | None = seal(text)
    del text
    if sealed is None or not isinstance(sealed.reveal(), str):
        kind = "None" if sealed is None else type(sealed.reveal()).__name__
        raise InvalidArgument(f"text must be an address as text; got {kind}.")
    _check_state(state)
    issued_at = dt.datetime.now(dt.UTC) if now is None else checked_time("now", now)
    return _parse(sealed, state, issued_at)


@without_frames
def _parse(text: Secret, state: str, now: dt.datetime) -> Token:
    fields = _fields(text.reveal())
    if not fields.keys() & {"access_token", "error", "state"}:
        raise NoToken(
            "There is no token in it: copy the whole address of the page that Imgur sent you to, "
            "with everything behind the #."
        )
    # In constant time; as bytes, since compare_digest takes only ASCII strings.
    received = fields.get("state", "").encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(received, state.encode()):
        raise StateMismatch(
            "This address is not from this sign-in, but from another or an older one: open Imgur "
            "again, and take the address that follows."
        )
    if "error" in fields:
        if fields["error"] == "access_denied":
            raise Denied("Access was not granted on Imgur.")
        raise NoToken("Imgur answered with an error instead of a token: try again.")
    access = usable_secret(fields.get("access_token"))
    if access is None:
        raise NoToken("There is no valid token in it: copy the whole address.")
    if fields.get("token_type", "bearer").lower() != "bearer":
        raise NoToken("The token in it is not a bearer token: try again.")
    number = fields.get("account_id", "")
    return Token(
        access_token=access,
        refresh_token=usable_secret(fields.get("refresh_token")),
        username=account_name(fields.get("account_username")),
        account_id=int(number) if _is_number(number) else None,
        expires_at=expiry(fields.get("expires_in"), now),
    )


def _fields(text: str) -> dict[str, str]:
    """Return the OAuth fields of query and fragment."""
    text = "".join(text.split()) if len(text) <= _MAX_PASTE else ""
    if len(text) > _MAX_URL:
        return {}
    before, _, fragment = text.partition("#")
    _, mark, query = before.partition("?")
    parts = [query, fragment] if mark or fragment else [before]
    fields: dict[str, str] = {}
    for part in parts:
        try:
            pairs = parse_qsl(part.lstrip("?#&"), max_num_fields=_MAX_FIELDS)
        except ValueError:
            return {}
        for name, value in pairs:
            if name not in _FIELDS or fields.setdefault(name, value) == value:
                continue
            if name == "state":
                raise StateMismatch("This address is not from this sign-in: it names two states.")
            raise NoToken("This address has two values for one field; it is not used.")
    return fields


def expiry(seconds: object, now: dt.datetime) -> dt.datetime | None:
    """Return when a token ends, or None if ``expires_in`` is not a valid number of seconds."""
    if isinstance(seconds, bool) or not isinstance(seconds, (int, str)):
        return None
    text = str(seconds) if isinstance(seconds, str) or abs(seconds) < 10**15 else ""
    if not _is_number(text) or int(text) == 0:
        return None
    try:
        return now + dt.timedelta(seconds=int(text))
    except OverflowError:
        return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 15
