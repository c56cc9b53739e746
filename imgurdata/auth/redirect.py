"""The address of Imgur's sign-in page, and the one that it redirects to: pure, no I/O."""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from imgurdata._addresses import IMGUR
from imgurdata._network import checked_base_url
from imgurdata._secret import Secret, checked_secret, fault_of, seal
from imgurdata._validate import refuse
from imgurdata.auth.token import Token, account_name, moment
from imgurdata.errors import Denied, InvalidArgument, NoToken, SignInError, StateMismatch

__all__ = ["authorize_url", "new_state", "parse_redirect"]

#: Longer than any address that a browser shows.
_LONGEST = 16 * 1024
_MOST_FIELDS = 64
#: Browsers and copies add spaces; more than this is no address.
_LONGEST_PASTE = 4 * _LONGEST
_LONGEST_STATE = 1000
_READ = (
    "state", "error", "access_token", "refresh_token", "token_type", "expires_in",
    "account_username", "account_id",
)  # fmt: skip


def new_state() -> str:
    """Return a state that nobody can guess: it proves that an answer belongs to this sign-in."""
    return secrets.token_urlsafe(32)


def authorize_url(client_id: str, state: str, *, base_url: str = IMGUR) -> str:
    """Return the address of the page on which a person allows an application to act for them.

    Parameters
    ----------
    client_id : str
        Of the application. Imgur sends the browser back to the address registered with it; that
        address can't be given here.
    state : str
        Comes back with the answer (:func:`parse_redirect` checks it); unguessable, used once:
        :func:`new_state` makes one.
    base_url : str
        Where Imgur is; a sandbox's address to try things out.

    Returns
    -------
    str

    Raises
    ------
    InvalidArgument
        One of them cannot be.

    Notes
    -----
    Source: API reference, OAuth (``response_type=token`` is the one form still supported). Since
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
    allowed = f"a text of 1 to {_LONGEST_STATE:,} characters"
    if not isinstance(state, str) or not 0 < len(state) <= _LONGEST_STATE:
        refuse("state", allowed, state)
    try:
        state.encode()
    except UnicodeEncodeError:  # half of a character
        refuse("state", allowed, ascii(state))


def parse_redirect(text: str | Secret, state: str, *, now: dt.datetime | None = None) -> Token:
    """Return the token in the address that Imgur sent the browser to.

    Parameters
    ----------
    text : str or Secret
        The whole address, of whatever host; or what follows its ``?`` or ``#``. Spaces and line
        breaks that a copy brought in are passed over.
    state : str
        What :func:`authorize_url` was given. Imgur returns it in the query, its documents say in
        the fragment: both are read.
    now : datetime.datetime, optional
        The time that the token's life counts from; by default this moment.

    Returns
    -------
    Token
        With the user name and the number of the account where Imgur tells them.

    Raises
    ------
    NoToken
        There is no token in it, or no address at all.
    StateMismatch
        It belongs to another sign-in.
    Denied
        The person pressed Deny.
    InvalidArgument
        ``text`` is no text, or another argument cannot be.

    Notes
    -----
    No message holds any of the text. Source: API reference, OAuth; addresses seen 2014-2022.

    Examples
    --------
    >>> import imgurdata as imd
    >>> address = "http://localhost:28080/callback?state=s1#access_token=0123456789abcdef"
    >>> imd.auth.parse_redirect(address, "s1").access_token
    ***
    """
    # Verbose tracebacks print variables: from here on there is none that holds the address.
    sealed: Secret | None = seal(text)
    del text
    if sealed is None or not isinstance(sealed.reveal(), str):
        kind = "None" if sealed is None else type(sealed.reveal()).__name__
        raise InvalidArgument(f"text must be an address as text; got {kind}.")
    _check_state(state)
    began = dt.datetime.now(dt.UTC) if now is None else moment("now", now)
    answer = _read(sealed, state, began)
    if isinstance(answer, SignInError):
        raise answer
    return answer


@dataclass(frozen=True, slots=True)
class _Contradiction:
    """Two places of one address say different things of this field."""

    name: str


def _read(text: Secret, state: str, now: dt.datetime) -> Token | SignInError:
    """Return the token, or what is wrong: raised here, it would keep this frame."""
    fields = _fields(text.reveal())
    if isinstance(fields, _Contradiction):
        if fields.name == "state":
            return StateMismatch("This address is not from this sign-in: it names two states.")
        return NoToken("This address says two different things at once; nothing of it is used.")
    told = fields.keys() & {"access_token", "error", "state"}
    if not told:
        return NoToken(
            "There is no token in it: copy the whole address of the page that Imgur sent you to, "
            "with everything behind the #."
        )
    if not _same(fields.get("state", ""), state):
        return StateMismatch(
            "This address is not from this sign-in, but from another or an older one: open Imgur "
            "again, and take the address that follows."
        )
    if "error" in fields:
        if fields["error"] == "access_denied":
            return Denied("Access was not granted on Imgur.")
        return NoToken("Imgur answered with an error instead of a token: try again.")
    if not _usable(fields.get("access_token")):
        return NoToken("There is no token in it that could be one: copy the whole address.")
    if fields.get("token_type", "bearer").lower() != "bearer":
        return NoToken("The token in it is of a kind that Imgur does not give: try again.")
    return _token(fields, now)


def _fields(text: str) -> dict[str, str] | _Contradiction:
    """Return what query and fragment say, of the fields that are read here."""
    if len(text) > _LONGEST_PASTE:
        return {}
    text = "".join(text.split())
    if len(text) > _LONGEST:
        return {}
    before, _, fragment = text.partition("#")
    _, mark, query = before.partition("?")
    parts = [query, fragment] if mark or fragment else [before]
    found: dict[str, str] = {}
    for part in parts:
        try:
            pairs = parse_qsl(part.lstrip("?#&"), max_num_fields=_MOST_FIELDS)
        except ValueError:
            return {}
        for name, value in pairs:
            if name in _READ and found.setdefault(name, value) != value:
                return _Contradiction(name)
    return found


def _same(one: str, other: str) -> bool:
    """Compare in constant time; as bytes, since texts with other letters can't be."""
    return hmac.compare_digest(
        one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass")
    )


def _token(fields: dict[str, str], now: dt.datetime) -> Token:
    number = fields.get("account_id", "")
    renewal = fields.get("refresh_token")
    return Token(
        access_token=Secret(fields["access_token"]),
        refresh_token=Secret(renewal) if renewal and _usable(renewal) else None,
        username=account_name(fields.get("account_username")),
        account_id=int(number) if _is_number(number) else None,
        expires_at=expiry(fields.get("expires_in"), now),
    )


def _usable(text: str | None) -> bool:
    return bool(text) and not fault_of(seal(text))


def expiry(seconds: object, now: dt.datetime) -> dt.datetime | None:
    """Return when a token ends, or None where Imgur names no number of seconds."""
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
