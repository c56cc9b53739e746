"""Secrets that never show, and the one check of every token, key and client secret."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, NoReturn, ParamSpec, TypeVar

from imgurdata.errors import ImgurDataError, InvalidArgument, pattern_of

__all__ = ["Secret", "checked_secret", "redact_exactly", "seal", "secret_from_environment"]
__all__ += ["usable_secret", "without_frames"]

_P = ParamSpec("_P")
_T = TypeVar("_T")

#: Imgur's tokens have 40 characters; a gateway's key may have some more.
_MAX_LENGTH = 4096
#: Shorter texts would be found by chance in any response.
_MIN_REDACTED = 6


class Secret:
    """Text that shows as ``***`` wherever it is printed, logged, formatted or copied.

    IPython's verbose tracebacks print local variables and pickles travel through logs and
    schedulers, so neither may ever hold the text itself. Only :meth:`reveal` returns it.

    Raises
    ------
    InvalidArgument
        The argument is not a string.

    Examples
    --------
    >>> secret = Secret("0123456789abcdef")
    >>> secret, f"{secret}", str(secret)
    (***, '***', '***')
    """

    __slots__ = ("_text",)
    _text: str

    def __init__(self, text: str | Secret) -> None:
        value: Any = text._text if isinstance(text, Secret) else text
        if not isinstance(value, str):
            kind = type(value).__name__
            del text, value  # a verbose traceback shows this frame's variables
            raise InvalidArgument(f"A secret must be a text; got {kind}.")
        self._text = value

    def reveal(self) -> str:
        """Return the text itself; keep it out of long-lived variables."""
        return self._text

    def fingerprint(self) -> str:
        """Return a short hash of the text, from which it cannot be recovered."""
        return hashlib.sha256(self._text.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self.fingerprint())

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> NoReturn:
        raise ImgurDataError("A secret does not pickle: connect() in the worker instead.")


def seal(value: Any) -> Any:
    """Wrap an unchecked value in a Secret without validating it; never raises.

    Functions that take secrets overwrite their arguments with the result before anything can fail:
    a raised error keeps its frames, and verbose tracebacks print the variables of these frames.
    None and Secrets are returned unchanged.
    """
    if value is None or isinstance(value, Secret):
        return value
    sealed = object.__new__(Secret)
    sealed._text = value
    return sealed


def checked_secret(name: str, value: Any) -> Secret | None:
    """Return a token, key or client secret without surrounding white space; None if it is empty.

    Raise InvalidArgument, which shows nothing of the value, if it cannot stand in an HTTP header.
    """
    value = seal(value)
    if value is None:
        return None
    if fault := _fault(value):
        raise InvalidArgument(
            f"{name} must be a text of ASCII letters, digits and signs; {fault}. (It is not shown.)"
        )
    # Secrets read from a file often end in a line break.
    return Secret(value.reveal().strip()) or None


def usable_secret(value: Any) -> Secret | None:
    """Return a secret from an outside source, or None if it is missing, empty or malformed."""
    sealed = seal(value)
    return None if sealed is None or _fault(sealed) else Secret(sealed.reveal().strip()) or None


def secret_from_environment(name: str) -> Secret | None:
    """Return the secret in an environment variable, or None if it is unset or empty."""
    return checked_secret(f"${name}", seal(os.environ.get(name)))


def _fault(sealed: Secret) -> str:
    """Return why a sealed value is not a valid secret, or an empty string."""
    text: Any = sealed.reveal()
    if not isinstance(text, str):
        return f"got {type(text).__name__}"
    if len(text) > _MAX_LENGTH:
        return f"got {len(text):,} characters, more than {_MAX_LENGTH:,}"
    text = text.strip()
    if not (text.isascii() and text.isprintable()) or " " in text:
        return "got one that holds a space, a line break or another character that no key has"
    return ""


def without_frames(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """Decorate a function so that its errors keep no frames of it and of what it calls.

    For functions whose variables hold secrets: verbose tracebacks print the variables of all
    frames. The arguments stay visible, so they must be sealed.
    """

    @wraps(function)
    def wrapper(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return function(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - it is raised again
            error.__context__ = None
            raise error.with_traceback(None) from None

    return wrapper


def redact_exactly(text: str, secrets: Iterable[Secret | None]) -> str:
    """Return text from outside without these secrets, in whatever form a server repeats them.

    :func:`imgurdata.errors.redact` takes out what looks like a secret; these look like nothing.
    """
    texts = (secret.reveal() for secret in secrets if secret is not None)
    return pattern_of(plain for plain in texts if len(plain) >= _MIN_REDACTED).sub("***", text)
