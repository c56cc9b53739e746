"""Errors that imgurdata raises.

::

    ImgurDataError
    ├── InvalidArgument (also ValueError)   refused before any request
    ├── MissingClientId
    ├── MissingExtra (also ImportError)
    ├── NotCached                           offline, and the cache lacks the answer
    ├── CacheUnusable                       the cache file cannot be written
    ├── ArchiveUnusable                     an archive, or a file of it, cannot be used
    ├── ConnectionFailed                    no answer at all
    ├── BadResponse                         an answer that cannot be read
    ├── ApiError                            an answer with an error of Imgur
    │   ├── NotFound
    │   ├── AuthenticationRequired
    │   ├── InvalidClient
    │   ├── InvalidToken
    │   ├── OverCapacity
    │   └── RateLimited                     429 although credits are left
    ├── CreditsExhausted                    a limit is used up
    ├── BudgetExceeded
    └── SignInError
        ├── Denied
        ├── StateMismatch
        ├── NoToken
        ├── TimedOut
        └── CannotListen

All of them pickle, with every attribute, ``partial`` included, so that they cross process
borders (multiprocessing, dask) unharmed. No message holds a token, a key, a mail address or a
delete hash: text of an answer goes through :func:`redact` first.

IPython prints them without the frames of this package: ``%tb Verbose`` shows those of the last one,
``%xmode Verbose`` or ``IMGURDATA_TRACEBACK=full`` in the environment those of each.
"""

from __future__ import annotations

import os
import re
import shlex
import threading
import weakref
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from imgurdata._format import printable

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

__all__ = [
    "ApiError", "ArchiveUnusable", "AuthenticationRequired", "BadResponse", "BudgetExceeded",
    "CacheUnusable", "CannotListen", "ConnectionFailed", "CreditsExhausted", "Denied",
    "ImgurDataError", "InvalidArgument", "InvalidClient", "InvalidToken", "MissingClientId",
    "MissingExtra", "NoToken", "NotCached", "NotFound", "OverCapacity", "RateLimited",
    "SignInError", "StateMismatch", "TimedOut", "keep_secret", "redact",
]  # fmt: skip


def __dir__() -> list[str]:
    return [name for name in __all__ if name[0].isupper()]


#: Page that says whether Imgur itself has a problem.
STATUS_PAGE = "https://status.imgur.com"

_NAMES = (
    "(?:access_token|refresh_token|client_secret|delete_?hash|deletehashes|password|email"
    "|x-rapidapi-key|x-mashape-key)"
)
# Servers choose the text, so every expression takes linear time: quantifiers that could begin anew
# at each letter have an upper bound. This one matches JSON (also inside a JSON text, where quotes
# have a backslash), a query (also an escaped one), and XML.
_SECRET_FIELD = re.compile(
    rf"""(?i)(\b{_NAMES}\b(?:\[\]|%5b%5d)?(?:\\?["']|%22)?\s{{0,20}}(?:[=:]|%3[ad])\s{{0,20}}"""
    rf"""\[?\s{{0,20}}(?:\\?["']|%22)?|<{_NAMES}\b[^<>]{{0,200}}>(?:<!\[CDATA\[)?)"""
    r"""[^"'&\s,}<]+"""
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
MAX_TEXT = 2000
#: Longest form of a secret: where a text is cut, its end may hold so much of one.
_MAX_SECRET = 600
#: Shorter secrets are words, and would be taken out of every message.
_MIN_SECRET = 8
#: A line break in a message would begin a line of its own in a log.
_LINE_BREAKS = str.maketrans("\t\n\r", "   ")


def _any_form(letter: str) -> str:
    """Return an expression for a letter as it is, percent-encoded (also twice), or as in JSON."""
    code = f"{ord(letter):02x}"
    digits = "".join(f"[{d}{d.upper()}]" if d.isalpha() else d for d in code)
    forms = [re.escape(letter), f"%(?:25){{0,2}}{digits}", rf"\\u00{digits}"]
    if not letter.isalnum():
        forms.append(rf"\\{re.escape(letter)}")
    if letter == "+":
        forms.append("%20")
    return f"(?:{'|'.join(forms)})"


def pattern_of(secrets: Iterable[str]) -> re.Pattern[str]:
    """Return an expression that finds secrets in any form in which a server may repeat them."""
    # The longest first: one may be the beginning of another. Without secrets nothing matches.
    ordered = sorted(secrets, key=len, reverse=True)
    return re.compile("|".join("".join(map(_any_form, text)) for text in ordered) or "(?!)")


#: Secrets of the sessions of this process and the expression that finds them, by their owner.
_kept: weakref.WeakKeyDictionary[object, tuple[frozenset[str], re.Pattern[str]]] = (
    weakref.WeakKeyDictionary()
)
_kept_lock = threading.Lock()


def _after_fork_in_child() -> None:
    """Replace the lock: a thread of the parent may hold the old one, and nobody releases it."""
    global _kept_lock
    _kept_lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)


def keep_secret(owner: object, secrets: Iterable[str]) -> None:
    """Take these texts out of everything that :func:`redact` returns, while their owner lives.

    A server may repeat what it was sent, and no pattern knows a gateway key by its looks. Texts of
    less than 8 characters are passed over.
    """
    texts = frozenset(text for text in secrets if len(text) >= _MIN_SECRET)
    with _kept_lock:
        if owner in _kept:
            texts |= _kept[owner][0]
        _kept[owner] = (texts, pattern_of(texts))


def redact(text: str, longest: int = MAX_TEXT) -> str:
    """Return text from outside without secrets and control characters, cut to a length.

    Parameters
    ----------
    text : str
        Text of a server or a person.
    longest : int
        Longest text that is returned.

    Examples
    --------
    >>> redact('{"deletehash":"Abc123","id":"x"}')
    '{"deletehash":"***","id":"x"}'
    >>> redact("Authorization: Bearer abc.def")
    'Authorization: Bearer ***'
    """
    # Cut first, so that no expression sees more than a few thousand characters.
    window = 4 * longest + _MAX_SECRET
    is_cut, text = len(text) > window, text[:window]
    with _kept_lock:
        kept = list(_kept.values())
    for _, pattern in kept:
        text = pattern.sub("***", text)
    text = _SECRET_FIELD.sub(r"\1***", text)
    text = _SECRET_HEADER.sub(r"\1 ***", text)
    text = _MAIL.sub("***", text)
    text = _HASH_IN_PATH.sub(r"\1***", text.replace("\\/", "/"))
    text = _HASH_IN_TEXT.sub(r"\1***", text)
    text = _HEX_TOKEN.sub("***", text)
    if is_cut:
        # Half a token is not recognised, but still tells much.
        text = text[:-_MAX_SECRET]
    return printable(text.translate(_LINE_BREAKS))[:longest]


class ImgurDataError(Exception):
    """Root of all errors of this package.

    Attributes
    ----------
    partial : pandas.DataFrame or None
        Rows that a pull had in order before it broke: the same columns and dtypes as the whole,
        with ``attrs["imgurdata"]["complete"]`` False. None if there was no pull.
    """

    partial: pd.DataFrame | None = None

    @property
    def message(self) -> str:
        """Sentence that was raised."""
        return str(self.args[0]) if self.args else ""

    def _render_traceback_(self) -> list[str]:
        from imgurdata._notebook import render_traceback  # asked for by IPython only

        return render_traceback(self)

    def __reduce__(self) -> tuple[Any, ...]:
        # Exception's own pickling loses keyword-only arguments; the instance's dict has them.
        return (_rebuild, (type(self), self.args, self.__dict__))


def _rebuild(
    cls: type[ImgurDataError], args: tuple[Any, ...], state: dict[str, Any]
) -> ImgurDataError:
    error = cls.__new__(cls)
    # ImportError keeps the sentence in a slot of its own, which its initialiser fills.
    super(ImgurDataError, error).__init__(*args)
    error.__dict__.update(state)
    return error


class InvalidArgument(ImgurDataError, ValueError):
    """Argument that Imgur would refuse or ignore; raised before any request.

    What to do: the message names the argument, what was given and what is allowed. It cost nothing.
    """


class MissingClientId(ImgurDataError):
    """No client id was given, and this package ships none.

    What to do: pass ``imd.connect(client_id=...)`` or set ``$IMGUR_CLIENT_ID``. With
    ``sandbox=True`` none is needed.
    """


class MissingExtra(ImgurDataError, ImportError):
    """A package that is needed is not installed; the message holds the pip line.

    What to do: run that line.
    """


def missing_extra(package: str, extra: str, *, what: str = "This") -> MissingExtra:
    """Return the error for a package that an extra of this one brings.

    >>> missing_extra("polars", "polars").message
    "This needs polars: pip install polars (or, in a clone of imgurdata: pip install '.[polars]')."
    """
    name = package.partition("[")[0]
    return MissingExtra(
        f"{what} needs {name}: pip install {shlex.quote(package)} (or, in a clone of imgurdata: "
        f"pip install '.[{extra}]')."
    )


class NotCached(ImgurDataError):
    """Offline, and the cache does not hold the answer.

    What to do: connect without ``offline=True`` once, and load it. A bundle was made without
    this answer: ask whoever made it.
    """


class CacheUnusable(ImgurDataError):
    """The cache cannot be opened or written; the message says which file and what to do.

    What to do: free space or permissions of that file, or give another one
    (``imd.connect(cache="other.sqlite")``, ``cache="memory"``).
    """


class ArchiveUnusable(ImgurDataError):
    """An archive is not there, or cannot be written or read; the message says what to do.

    What to do: check the path; move a damaged file away, and the rest is readable; where the disk
    was full, free some space and append again.
    """


class ConnectionFailed(ImgurDataError):
    """No answer came: the network, a proxy, a time-out or a broken connection.

    What to do: look at https://status.imgur.com and at your own network, and call again: what came
    is in the cache.

    Attributes
    ----------
    retryable : bool
        Whether the same request may succeed a moment later. Not after an answer that took too
        long as a whole, nor if the settings of the network are at fault.
    """

    def __init__(self, message: str, *, retryable: bool = True) -> None:
        super().__init__(message)
        self.retryable = retryable


class BadResponse(ImgurDataError):
    """An answer that Imgur's API does not send; ``body`` holds its redacted head.

    What to do: call again later; often it is a page of Imgur's servers, or of a proxy on the way,
    in place of the API's answer.
    """

    def __init__(self, message: str, *, body: str = "") -> None:
        super().__init__(message)
        self.body = redact(body)


class ApiError(ImgurDataError):
    """Imgur answered with an error.

    Attributes
    ----------
    status : int or None
        HTTP status, or the status that a saved body names.
    reason : str
        Imgur's own words, redacted.
    request : str
        Path of the request, without its query.
    body : str
        Head of the answer, redacted.
    retry_after : float or None
        Seconds that the answer asked to wait.
    """

    retry_after: float | None

    def __init__(
        self, message: str, *, status: int | None = None, reason: str = "", request: str = "",
        body: str = "",
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.status = status
        self.reason = redact(reason)
        self.request = redact(request)
        self.body = redact(body)
        self.retry_after = None


class NotFound(ApiError):
    """There is no such post, image, album, comment or account, or not any more.

    What to do: look at the id. Of several ids, only those that exist come, and the others are
    listed in ``attrs["imgurdata"]["missing"]`` instead.
    """


class AuthenticationRequired(ApiError):
    """The endpoint answers signed-in people only, or this is somebody else's private data.

    What to do: ``imd.sign_in()``, as the account that owns it.
    """


class InvalidClient(ApiError):
    """Imgur does not know the client id.

    What to do: compare it with the one in the settings of your account at Imgur. The client
    secret is another one.
    """


class InvalidToken(ApiError):
    """Imgur refuses the access token: expired, revoked, or replaced by a newer sign-in.

    What to do: ``imd.sign_in()`` again. With a client secret, sessions renew tokens by themselves.
    """


class OverCapacity(ApiError):
    """Imgur says it is over capacity, which often means that it blocks this network address.

    What to do: stop for some hours, since requests during a block prolong it. Look at
    https://status.imgur.com; VPNs and data centres are blocked more often.
    """


class RateLimited(ApiError):
    """429 although credits are left, or nothing is known of them.

    What to do: wait for ``retry_after`` seconds or some minutes, and use fewer ``workers``.
    """


class CreditsExhausted(ImgurDataError):
    """A limit is used up: refused before the request, or answered 429.

    What to do: wait until ``reset_at``, or connect with ``on_limit="wait"``. ``Pull.plan()`` tells
    beforehand what a pull costs.

    Attributes
    ----------
    limit : {"user", "client", "post", "requests"}
        The hour of this user, the day of this application, the hour of POSTs, or the plan of the
        commercial gateway.
    reset_at : datetime.datetime or None
        When credits come back (UTC), if known.
    """

    def __init__(
        self, message: str, *, limit: str = "user", reset_at: dt.datetime | None = None
    ) -> None:
        super().__init__(message)
        self.limit = limit
        self.reset_at = reset_at


class BudgetExceeded(ImgurDataError):
    """A budget is used up; the request that would exceed it was not sent.

    What to do: the rows so far are in ``partial``. Raise the budget of the block, and what was
    paid for comes from the cache.

    Attributes
    ----------
    budget, spent : int
        Credits that were allowed, and that were spent.
    """

    def __init__(self, message: str, *, budget: int = 0, spent: int = 0) -> None:
        super().__init__(message)
        self.budget = budget
        self.spent = spent


class SignInError(ImgurDataError):
    """Signing in did not end in a token."""


class Denied(SignInError):
    """The person pressed Deny.

    What to do: sign in again, and press Allow.
    """


class StateMismatch(SignInError):
    """The answer's state is not the one that was sent.

    What to do: paste the address of this sign-in, not of an earlier one, or begin anew.
    """


class NoToken(SignInError):
    """The pasted or received address holds no token.

    What to do: copy the whole address from the address bar, with everything behind the ``#``.
    """


class TimedOut(SignInError):
    """Nobody came back in time.

    What to do: begin anew, with a longer ``wait=``, or paste the address. If Imgur's page
    itself fails, sign in with tokens that you have (``imd.sign_in_with_tokens()``).
    """


class CannotListen(SignInError):
    """The port for the redirect is taken.

    What to do: close the other notebook that waits there, take another port (here and in the
    application's registered address), or use ``paste=True``.
    """
