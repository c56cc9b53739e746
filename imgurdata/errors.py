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

import re
from typing import TYPE_CHECKING, Any

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
    "redact",
]

#: Where people look when Imgur itself is the trouble.
STATUS_PAGE = "https://status.imgur.com"

_NAMES = (
    "(?:access_token|refresh_token|client_secret|delete_?hash|deletehashes|password|email"
    "|x-rapidapi-key|x-mashape-key)"
)
# JSON (also JSON within a JSON text, whose quotes have a backslash), a query, and XML.
_SECRET_FIELD = re.compile(
    rf"""(?i)(\b{_NAMES}\b\\?["']?\s*[=:]\s*\\?["']?|<{_NAMES}>)[^"'&\s,}}<]+"""
)
_SECRET_HEADER = re.compile(
    r"(?i)\b(Bearer|Client-ID|X-RapidAPI-Key:?|X-Mashape-Key:?)\s+[A-Za-z0-9._~+/-]+=*"
)
_MAIL = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b")
# Imgur names delete hashes (15 letters and digits) in paths and, without a space, in texts.
_HASH_IN_PATH = re.compile(r"(/(?:image|album|upload|delete)/)[A-Za-z0-9]{15}(?![A-Za-z0-9])")
_HASH_IN_TEXT = re.compile(r"(not found\s?|the id,\s?)[A-Za-z0-9]{15}(?![A-Za-z0-9])")
_HEX_TOKEN = re.compile(r"\b[0-9a-f]{40}\b")


def redact(text: str) -> str:
    """Text from the outside with everything that may be a secret taken out.

    >>> redact('{"deletehash":"Abc123","id":"x"}')
    '{"deletehash":"***","id":"x"}'
    >>> redact("Authorization: Bearer abc.def")
    'Authorization: Bearer ***'
    """
    text = _SECRET_FIELD.sub(r"\1***", text)
    text = _SECRET_HEADER.sub(r"\1 ***", text)
    text = _MAIL.sub("***", text)
    text = _HASH_IN_PATH.sub(r"\1***", text.replace("\\/", "/"))
    text = _HASH_IN_TEXT.sub(r"\1***", text)
    return _HEX_TOKEN.sub("***", text)


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
    """No answer came: the network, a proxy, a time-out or a connection cut half way."""


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
