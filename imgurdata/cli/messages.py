"""Errors, warnings and logs of the library in the words of the command line.

The library's messages speak of Python: ``imd.connect(client_id=...)``. On the command line the same
advice is ``--client-id ID``.
"""

from __future__ import annotations

import contextlib
import logging
import re
import warnings
from collections.abc import Iterator
from typing import TextIO

from imgurdata.cli.signals import Terminated
from imgurdata.cli.terminal import one_line, print_error, printable_traceback
from imgurdata.errors import ImgurDataError, InvalidArgument, redact

__all__ = ["in_options", "logging_to", "report_error"]

#: Patterns of Python code and the options that replace them; applied in this order.
_REPLACEMENTS = [
    (r"In a notebook: imd\.sign_in\([^)]{0,40}\); in a terminal: (imgurdata sign-in)(?:; in .*)?$",
     r"Sign in with: \1"),
    (r"session\.sign_in\(session\.sandbox\S{1,80} on a sandbox",
     "a sandbox that ends with its command has none"),
    (r"imd\.sign_in\(\) in a notebook, connect\(account=\.\.\.\)(?: or token=)?(?: in a script)?",
     "imgurdata sign-in, then --account NAME"),
    (r"(?:imd\.)?sign_in_with_tokens\(\)", "imgurdata sign-in --tokens"),
    (r"(?:imd\.)?sign_in\([^)]{0,40}\)", "imgurdata sign-in"),
    (r"(?:connect\()?client_secret=\.\.\.\)?,? (?:or )?(?=\$IMGUR_CLIENT_SECRET)", ""),
    (r"imd\.connect\(token=\.\.\.\) or (?=\$IMGUR_ACCESS_TOKEN)", ""),
    (r"(?:(?:imd|imgurdata)\.)?connect\((\w+=[^()]{1,40})\)", r"\1"),
    (r"\bclient_secret=\.\.\.", "$IMGUR_CLIENT_SECRET"),
    (r"\bclient_id=\.\.\.", "--client-id ID"),
    (r"\baccount=\.\.\.", "--account NAME"),
    (r"\baccount=(?= )", "--account"),
    (r"\bsandbox=True", "--sandbox"),
    (r"\boffline=True", "--offline"),
    (r"(?:\bwith )?\boffline=False", "without --offline"),
    (r"""\bon_limit=["']wait["'], (?=max_wait=)""", ""),
    (r"""\bon_limit=["']wait["']""", "--max-wait DURATION"),
    (r"""\bmax_wait=["']?([\w. ]{1,30})["']?""", r"--max-wait \1"),
    (r"\bmax_wait\b", "--max-wait"),
    (r"(?<![?&$\w-])base_url=", "--base-url "),
    (r"(?<![?&$\w-])base_url\b", "--base-url"),
    (r"(?<![?&$\w-])client_id\b(?!=)", "--client-id"),
    (r"(?<![?&$\w-])client_secret\b(?!=)", "$IMGUR_CLIENT_SECRET"),
    (r"^Pull\([^()]{0,200}\)", "This command"),
    (r", a Timedelta,? (?=or seconds)", " "),
    (r"\b(section|sort)='(\w{1,20})'", r"\1 \2"),
    (r"\bwindow='(\w{1,20})'", r"--window \1"),
    (r"imd\.load_album_images\(posts\) loads all of them",
     "the links of albums (imgur.com/a/ID) instead of posts give all of them"),
    (r"\bq_(all|any|exactly|not|type)\b=?", r"--\1"),
    (r"\bq_size_px\b=?", "--size"),
    (r"^(window|pages|account)(?= (?:must|is|needs|has)\b)", r"--\1"),
    (r"^folder(?= must\b)", "--to"),
    (r"^search_gallery(?= needs\b)", "A search"),
    (r"^query(?= (?:must|is)\b)|(?<=one of )query(?=,)", "QUERY"),
    (r"^(?:tag|subreddit)(?= must\b)", "NAME"),
    (r"^frame_or_ids(?= must\b)", "ID"),
    (r"^(?:usernames?)(?= must\b)", "NAME"),
    (r"^ids(?= must\b)", "ID"),
]  # fmt: skip
_RULES = [(re.compile(pattern), words) for pattern, words in _REPLACEMENTS]

#: Python code without a counterpart: functions of the package, and their arguments.
_PYTHON = re.compile(
    r"\b(?:imd|imgurdata)\.[a-z]\w*|\bconnect\(|\bload_[a-z]|(?<![?&$\w-])(?:account|bundle|cache"
    r"|ids|max_age|on_limit|pages|paste|progress|remember|session|timeout|token|until_known|workers"
    r")=|\brange\("
)
_IN_PARENTHESES = re.compile(r" ?\([^()]{0,200}\)")


def in_options(message: str) -> str:
    """Return a message of the library with options instead of Python arguments.

    Advice without a counterpart on the command line is left out, but never the first sentence,
    which says what is wrong.

    Examples
    --------
    >>> in_options("A client id is needed: imd.connect(client_id=...).")
    'A client id is needed: --client-id ID.'
    >>> in_options("It took too long (timeout=...). Shorten the walk with until_known=ids.")
    'It took too long.'
    """
    for pattern, words in _RULES:
        message = pattern.sub(words, message)
    message = _IN_PARENTHESES.sub(
        lambda match: "" if _PYTHON.search(match[0]) else match[0], message
    )
    first, *more = re.split(r"(?<=[.;]) ", message)
    text = " ".join([first, *(part for part in more if not _PYTHON.search(part))])
    return f"{text[:-1]}." if text.endswith(";") else text


def report_error(error: BaseException, more: str = "", *, verbose: bool) -> int:
    """Print what ended a command in one line, and return its exit code."""
    code = 1
    if isinstance(error, Terminated):
        code, text = 143, "terminated."
    elif isinstance(error, KeyboardInterrupt):
        code, text = 130, "interrupted."
    elif isinstance(error, ImgurDataError):
        code, text = 2 if isinstance(error, InvalidArgument) else 1, in_options(error.message)
    elif isinstance(error, OSError) and error.strerror:
        text = f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror}."
    else:
        text = (
            f"unexpected {type(error).__name__}: {redact(str(error)[:300])}. This is a fault of "
            "imgurdata: please report it with what -v shows."
        )
        if verbose:
            print_error(printable_traceback(error))
    print_error(f"imgurdata: {one_line(f'{text} {more}')}")
    return code


class _Formatter(logging.Formatter):
    """Log record as one line; verbose with its traceback."""

    def __init__(self, *, verbose: bool) -> None:
        super().__init__()
        self._verbose = verbose

    def format(self, record: logging.LogRecord) -> str:
        prefix = "imgurdata"
        if record.levelno >= logging.WARNING:
            prefix = "error" if record.levelno >= logging.ERROR else "warning"
        line = f"{prefix}: {one_line(in_options(record.getMessage()))}"
        if not self._verbose or not record.exc_info or record.exc_info[1] is None:
            return line
        return f"{line}\n{printable_traceback(record.exc_info[1])}"


@contextlib.contextmanager
def logging_to(stream: TextIO, level: int, *, verbose: bool) -> Iterator[None]:
    """Print logs and warnings to a stream while a command runs; if verbose, with tracebacks.

    The level is that of imgurdata's logs; of other packages only warnings are printed.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Formatter(verbose=verbose))
    root, own = logging.getLogger(), logging.getLogger("imgurdata")
    previous_level = own.level
    root.addHandler(handler)
    own.setLevel(level)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_, **__: own.warning("%s", message)
            yield
    finally:
        root.removeHandler(handler)
        own.setLevel(previous_level)
