"""Texts that must not be seen, and the one check of every token, key and client secret."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, NoReturn

from imgurdata.errors import ImgurDataError, InvalidArgument, pattern_of

__all__ = ["Secret", "checked_secret", "fault_of", "redact_exactly", "seal"]

#: Imgur's tokens have 40 characters; a gateway's key may have some more.
_LONGEST = 4096
#: Shorter texts are somebody's test, and would be found in any answer.
_SHORTEST_ECHO = 6


class Secret:
    """A text that shows as ``***`` wherever it is printed, logged, formatted or copied.

    IPython's verbose tracebacks print local variables and pickles travel through logs and
    schedulers, so neither may ever hold the text itself. :meth:`reveal` is the one way to it.

    Raises
    ------
    InvalidArgument
        It is made of something else than a text.

    Examples
    --------
    >>> secret = Secret("0123456789abcdef")
    >>> secret, f"{secret}", str(secret)
    (***, '***', '***')
    """

    __slots__ = ("_text",)
    _text: str

    def __init__(self, text: str | Secret) -> None:
        given: Any = text._text if isinstance(text, Secret) else text
        if not isinstance(given, str):
            kind = type(given).__name__
            del text, given  # a verbose traceback shows this frame's variables
            raise InvalidArgument(f"A secret must be a text; got {kind}.")
        self._text = given

    def reveal(self) -> str:
        """Return the text itself; keep it out of variables that live long."""
        return self._text

    def fingerprint(self) -> str:
        """Return a short hash by which it is known again, and nothing else."""
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
    """Hide a value that is not checked yet; never fails.

    A function that takes secrets overwrites its arguments by this before anything in it can fail:
    a raised error keeps the frames it came through, and verbose tracebacks show their variables.

    Parameters
    ----------
    value : object
        None stays None, and a Secret itself; anything else becomes the content of a Secret, also
        what is no text.
    """
    if value is None or isinstance(value, Secret):
        return value
    sealed = object.__new__(Secret)
    sealed._text = value
    return sealed


def checked_secret(name: str, value: Any) -> Secret | None:
    """Return a token, key or client secret that may stand in a header; None for an empty one.

    White space around it is taken off: read from a file, it often ends in a line break. Whatever
    else cannot be in a header is refused here, unseen: further down, the error would show it.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : str, Secret or None
        What was given.

    Raises
    ------
    InvalidArgument
        It cannot be one. The message shows nothing of it.
    """
    value = seal(value)
    if value is None:
        return None
    if fault := fault_of(value):
        raise InvalidArgument(
            f"{name} must be a text of ASCII letters, digits and signs; {fault}. (It is not shown.)"
        )
    return Secret(value.reveal().strip()) or None


def fault_of(sealed: Secret) -> str:
    """Return why a sealed value cannot be a token or key, or ``""``; raises nothing."""
    text: Any = sealed.reveal()
    if not isinstance(text, str):
        return f"got {type(text).__name__}"
    if len(text) > _LONGEST:
        return f"got {len(text):,} characters, more than {_LONGEST:,}"
    text = text.strip()
    if not (text.isascii() and text.isprintable()) or " " in text:
        return "got one that holds a space, a line break or another character that no key has"
    return ""


def redact_exactly(text: str, secrets: Iterable[Secret | None]) -> str:
    """Return text from outside without these secrets, in whatever form a server repeats them.

    :func:`imgurdata.errors.redact` takes out what looks like a secret; these look like nothing.
    """
    texts = (secret.reveal() for secret in secrets if secret is not None)
    return pattern_of(plain for plain in texts if len(plain) >= _SHORTEST_ECHO).sub("***", text)
