"""Every error that imgurdata raises on purpose.

::

    ImgurDataError
    ├── InvalidArgument (also ValueError)   refused before any request
    ├── MissingClientId
    ├── MissingExtra (also ImportError)
    ├── NotCached                           offline, and the answer is not in the cache
    ├── CacheUnusable                       the cache file cannot be written
    ├── ConnectionFailed                    no answer at all
    ├── BadResponse                         an answer that cannot be read
    ├── ApiError                            an answer in which Imgur says no
    │   ├── NotFound
    │   ├── AuthenticationRequired
    │   ├── InvalidClient
    │   ├── InvalidToken
    │   ├── OverCapacity
    │   └── RateLimited                     429 although credits are left
    ├── CreditsExhausted                    a limit that Imgur told is spent
    ├── BudgetExceeded
    └── SignInError
        ├── Denied
        ├── StateMismatch
        ├── NoToken
        ├── TimedOut
        └── CannotListen

All of them pickle, with every attribute, ``partial`` included, so that they cross process
borders (multiprocessing, dask) unharmed. No message holds a token, a key, a mail address or a
delete hash: what comes from an answer goes through :func:`redact` first.
"""

from __future__ import annotations

import os
import re
import threading
import weakref
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from imgurdata._format import printable

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

__all__ = [
    "ApiError",
    "AuthenticationRequired",
    "BadResponse",
    "BudgetExceeded",
    "CacheUnusable",
    "CannotListen",
    "ConnectionFailed",
    "CreditsExhausted",
    "Denied",
    "ImgurDataError",
    "InvalidArgument",
    "InvalidClient",
    "InvalidToken",
    "MissingClientId",
    "MissingExtra",
    "NoToken",
    "NotCached",
    "NotFound",
    "OverCapacity",
    "RateLimited",
    "SignInError",
    "StateMismatch",
    "TimedOut",
    "keep_secret",
    "redact",
]

#: Where people look when Imgur itself is the trouble.
STATUS_PAGE = "https://status.imgur.com"

_NAMES = (
    "(?:access_token|refresh_token|client_secret|delete_?hash|deletehashes|password|email"
    "|x-rapidapi-key|x-mashape-key)"
)
# Every expression is linear in the text: what a server says is matched by it. Quantifiers that
# could begin anew at each letter have an upper bound.
#
# JSON (also JSON within a JSON text, whose quotes have a backslash), a query (also an escaped
# one), and XML.
_SECRET_FIELD = re.compile(
    rf"""(?i)(\b{_NAMES}\b(?:\\?["']|%22)?\s{{0,20}}(?:[=:]|%3[ad])\s{{0,20}}(?:\\?["']|%22)?"""
    rf"""|<{_NAMES}>)[^"'&\s,}}<]+"""
)
_SECRET_HEADER = re.compile(
    r"(?i)\b(Bearer|Client-ID|X-RapidAPI-Key:?|X-Mashape-Key:?)(?:\s|%20|\+){1,20}"
    r"[A-Za-z0-9._~+/-]+=*"
)
_MAIL = re.compile(r"\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
# Imgur names delete hashes (15 letters and digits) in paths and, without a space, in texts.
_HASH_IN_PATH = re.compile(r"(/(?:image|album|upload|delete)/)[A-Za-z0-9]{15}(?![A-Za-z0-9])")
_HASH_IN_TEXT = re.compile(r"(not found\s?|the id,\s?)[A-Za-z0-9]{15}(?![A-Za-z0-9])")
_HEX_TOKEN = re.compile(r"\b[0-9a-f]{40}\b")

#: Longest text that :func:`redact` returns, in characters.
LONGEST_TEXT = 2000
#: Longest writing of a secret: where a text is cut, so much of its end may be a piece of one.
_LONGEST_SECRET = 600
#: Shorter ones are words, and would be taken out of every message.
_SHORTEST_SECRET = 8


class _OwnSecrets:
    """Secrets of one session's caller, and the expression that finds them in any writing."""

    def __init__(self) -> None:
        self.texts: set[str] = set()
        self._found_by: re.Pattern[str] | None = None

    def add(self, texts: Iterable[str]) -> None:
        self.texts |= {text for text in texts if len(text) >= _SHORTEST_SECRET}
        self._found_by = None

    def blank(self, text: str) -> str:
        if not self.texts:
            return text
        if self._found_by is None:
            # The longest first: one may be the beginning of another.
            ordered = sorted(self.texts, key=len, reverse=True)
            self._found_by = re.compile("|".join("".join(map(_any_writing, t)) for t in ordered))
        return self._found_by.sub("***", text)


def _any_writing(letter: str) -> str:
    """Return an expression for a letter as it is, percent-encoded (also twice), or as in JSON."""
    code = f"{ord(letter):02x}"
    digits = "".join(f"[{d}{d.upper()}]" if d.isalpha() else d for d in code)
    forms = [re.escape(letter), f"%(?:25){{0,2}}{digits}", rf"\\u00{digits}"]
    if letter in "/+=":
        forms.append(rf"\\{re.escape(letter)}")
    if letter == "+":
        forms.append("%20")
    return f"(?:{'|'.join(forms)})"


#: What the sessions of this process must never show, for as long as its owner lives.
_own_secrets: weakref.WeakKeyDictionary[object, _OwnSecrets] = weakref.WeakKeyDictionary()
_own_secrets_lock = threading.Lock()


def _after_fork_in_child() -> None:
    """Have another lock: a thread of the parent may hold the old one, and none here frees it."""
    global _own_secrets_lock
    _own_secrets_lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)


def keep_secret(owner: object, secrets: Iterable[str]) -> None:
    """Take these texts out of whatever :func:`redact` returns, while their owner lives.

    A server may repeat what it was sent in any form: no pattern knows a gateway key by its looks.

    Parameters
    ----------
    owner : object
        Whose secrets they are; weakly referenced.
    secrets : iterable of str
        Tokens, keys and ids. Those of less than 8 characters are passed over: they are words.
    """
    with _own_secrets_lock:
        _own_secrets.setdefault(owner, _OwnSecrets()).add(secrets)


def redact(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return text from the outside without secrets and control characters, cut to a length.

    Parameters
    ----------
    text : str
        What a server or a person gave.
    longest : int
        Longest text that is returned.

    Examples
    --------
    >>> redact('{"deletehash":"Abc123","id":"x"}')
    '{"deletehash":"***","id":"x"}'
    >>> redact("Authorization: Bearer abc.def")
    'Authorization: Bearer ***'
    """
    # Cut before, so that no expression sees more than a few thousand characters.
    window = 4 * longest + _LONGEST_SECRET
    cut, text = len(text) > window, text[:window]
    with _own_secrets_lock:
        own = list(_own_secrets.values())
    for secrets in own:
        text = secrets.blank(text)
    text = _SECRET_FIELD.sub(r"\1***", text)
    text = _SECRET_HEADER.sub(r"\1 ***", text)
    text = _MAIL.sub("***", text)
    text = _HASH_IN_PATH.sub(r"\1***", text.replace("\\/", "/"))
    text = _HASH_IN_TEXT.sub(r"\1***", text)
    text = _HEX_TOKEN.sub("***", text)
    if cut:
        # Half a token is not recognised, but still tells much.
        text = text[:-_LONGEST_SECRET]
    return printable(text.translate(_LINE_BREAKS))[:longest]


#: A line break in a message would begin a line of its own in a log.
_LINE_BREAKS = str.maketrans("\t\n\r", "   ")


class ImgurDataError(Exception):
    """The root of all errors of this package.

    Attributes
    ----------
    partial : pandas.DataFrame or None
        What a pull had in order before it broke: the same columns and dtypes as the whole, with
        ``attrs["imgurdata"]["complete"]`` False. None where there was no pull.
    """

    def __init__(self, message: str, *, partial: pd.DataFrame | None = None) -> None:
        super().__init__(message)
        self.partial = partial

    @property
    def message(self) -> str:
        """The sentence that was raised."""
        return str(self.args[0]) if self.args else ""

    def __reduce__(self) -> tuple[Any, ...]:
        # Keyword-only arguments do not survive Exception's own pickling; rebuilding through
        # __new__ and the instance's dict does, for every subclass alike.
        return (_rebuild, (type(self), self.args, self.__dict__))


def _rebuild(
    cls: type[ImgurDataError], args: tuple[Any, ...], state: dict[str, Any]
) -> ImgurDataError:
    error = cls.__new__(cls)
    # ImportError keeps the sentence in a slot of its own; the built-in initialiser fills it.
    super(ImgurDataError, error).__init__(*args)
    error.__dict__.update(state)
    return error


class InvalidArgument(ImgurDataError, ValueError):
    """An argument that Imgur would refuse or ignore; raised before any request is made."""


class MissingClientId(ImgurDataError):
    """No client id was given, and none is shipped with this package."""


class MissingExtra(ImgurDataError, ImportError):
    """A part that needs a package which is not installed; the message holds the pip line."""


class NotCached(ImgurDataError):
    """Offline, and the cache does not hold the answer."""


class CacheUnusable(ImgurDataError):
    """The cache cannot be opened or written; the message says which file and what to do."""


class ConnectionFailed(ImgurDataError):
    """No answer came: the network, a proxy, a time-out or a connection cut half way.

    Attributes
    ----------
    retryable : bool
        Whether the same request may succeed a moment later. Not after an answer that took too
        long as a whole, nor where the settings of the network are at fault.
    """

    def __init__(
        self, message: str, *, retryable: bool = True, partial: pd.DataFrame | None = None
    ) -> None:
        super().__init__(message, partial=partial)
        self.retryable = retryable


class BadResponse(ImgurDataError):
    """An answer came, but it is not what Imgur's API sends; ``body`` holds its redacted head."""

    def __init__(
        self, message: str, *, body: str = "", partial: pd.DataFrame | None = None
    ) -> None:
        super().__init__(message, partial=partial)
        self.body = redact(body)


class ApiError(ImgurDataError):
    """Imgur answered, and the answer is no.

    Attributes
    ----------
    status : int or None
        The HTTP status, or where only a saved body is at hand, the status it names.
    reason : str
        What Imgur said, redacted.
    request : str
        Path of the request, without its query.
    body : str
        The head of the answer, redacted.
    retry_after : float or None
        Seconds that the answer asked to wait, where it did.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        reason: str = "",
        request: str = "",
        body: str = "",
        partial: pd.DataFrame | None = None,
    ) -> None:
        super().__init__(message, partial=partial)
        self.status = status
        self.reason = redact(reason)
        self.request = redact(request)
        self.body = redact(body)
        self.retry_after: float | None = None


class NotFound(ApiError):
    """There is no such post, image, album, comment or account (any more)."""


class AuthenticationRequired(ApiError):
    """The endpoint answers signed-in people only, or this is somebody else's private data."""


class InvalidClient(ApiError):
    """Imgur does not know the client id."""


class InvalidToken(ApiError):
    """Imgur refuses the access token: expired, revoked, or replaced by a newer sign-in."""


class OverCapacity(ApiError):
    """Imgur says it is over capacity: in practice often a block of the address one comes from."""


class RateLimited(ApiError):
    """429 although credits are left (or nothing is known of them)."""


class CreditsExhausted(ImgurDataError):
    """A limit that Imgur told is spent: refused before the request, or answered 429.

    Attributes
    ----------
    limit : {"user", "client", "post"}
        Which one: the hour of this user, the day of this application, the hour of POSTs.
    reset_at : datetime.datetime or None
        When credits come back (UTC), where known.
    """

    def __init__(
        self,
        message: str,
        *,
        limit: str = "user",
        reset_at: dt.datetime | None = None,
        partial: pd.DataFrame | None = None,
    ) -> None:
        super().__init__(message, partial=partial)
        self.limit = limit
        self.reset_at = reset_at


class BudgetExceeded(ImgurDataError):
    """A budget that the caller set is used up; the request that would exceed it was not sent.

    Attributes
    ----------
    budget, spent : int
        Credits that were allowed, and that were spent.
    """

    def __init__(
        self,
        message: str,
        *,
        budget: int = 0,
        spent: int = 0,
        partial: pd.DataFrame | None = None,
    ) -> None:
        super().__init__(message, partial=partial)
        self.budget = budget
        self.spent = spent


class SignInError(ImgurDataError):
    """Signing in did not end in a token."""


class Denied(SignInError):
    """The person pressed Deny."""


class StateMismatch(SignInError):
    """The answer's state is not the one that was sent."""


class NoToken(SignInError):
    """The pasted or received address holds no token."""


class TimedOut(SignInError):
    """Nobody came back in time."""


class CannotListen(SignInError):
    """The port for the redirect is taken."""
