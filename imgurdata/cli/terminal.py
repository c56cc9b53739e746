"""Output of the command line: frames, lines and logs as text that is safe to print."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import shutil
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from imgurdata._format import printable

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "drop_output",
    "logging_to",
    "one_line",
    "prepare_streams",
    "say",
    "table",
    "tell",
    "terminal_width",
    "trace",
]

#: Columns that fit a terminal, by what a row is.
_SHORT = {
    "post": ["id", "title", "media_type", "images_count", "points", "views", "comment_count"],
    "comment": ["id", "depth", "author", "points", "datetime", "comment"],
    "album": ["id", "title", "privacy", "images_count", "views"],
    "account": ["url", "reputation", "reputation_name", "created", "bio"],
    "account_counts": ["account_url", "images", "albums", "comments"],
}
_WIDEST = 44
_NARROWEST = 12
#: Longest piece of a text that is looked at for a cell or a line.
_READ = 4000


def table(frame: pd.DataFrame, width: int | None = None) -> str:
    """Return some rows as a table that fits a terminal.

    Parameters
    ----------
    frame : pandas.DataFrame
        A frame of a loader, or some rows of it.
    width : int, optional
        Columns of the terminal: longer texts are cut, and the last columns left out, to fit it.
    """
    if frame.empty:
        return "no rows"
    short = frame[_SHORT[frame.attrs["imgurdata"]["record"]]]
    import pandas as pd

    cells = pd.DataFrame({name: _cells(short[name]) for name in short.columns})
    text = _rows(cells, _WIDEST)
    if width is None or (excess := _width(text) - width) <= 0:
        return text
    widest = max(_NARROWEST, _WIDEST - excess)
    columns = len(cells.columns)
    while columns > 1 and _width(text := _rows(cells.iloc[:, :columns], widest)) > width:
        columns -= 1
    return text


def _cells(column: pd.Series) -> pd.Series:
    if column.dtype == "str":
        texts = column.map(one_line, na_action="ignore")
    elif column.dtype.kind == "M":
        texts = column.dt.strftime("%Y-%m-%d %H:%M")
    else:
        texts = column.astype("str")
    return texts.where(column.notna(), "-")


def _rows(cells: pd.DataFrame, widest: int) -> str:
    cut = cells.map(lambda text: text if len(text) <= widest else f"{text[: widest - 1]}…")
    # A character of Chinese or an emoji takes two columns.
    import pandas as pd

    with pd.option_context("display.unicode.east_asian_width", True):
        return cut.to_string(index=False)


def _width(text: str) -> int:
    return max(map(len, text.splitlines()))


def one_line(text: str) -> str:
    r"""Return text from outside as one line that cannot steer a terminal.

    Examples
    --------
    >>> one_line("two\nlines \x1b[31mred")
    'two lines \ufffd[31mred'
    """
    return printable(" ".join(text[:_READ].split()))


# The streams --------------------------------------------------------------------------------------


def prepare_streams() -> None:
    """Make stdout and stderr print whatever they are given.

    A character that the terminal's encoding does not have becomes ``?``, and a stream that was
    closed before the program began swallows what it is given.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - kept open
            setattr(sys, name, nowhere)
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def say(text: str) -> None:
    """Print to stdout."""
    print(text)


def tell(text: str) -> None:
    """Print one line to stderr, where nothing of it can fail."""
    with contextlib.suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)


def drop_output() -> None:
    """Forget what stdout still holds, after its reader has gone or its disk is full.

    Otherwise the interpreter tries to write it at its end, and complains.
    """
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def terminal_width() -> int | None:
    """Return the columns of the terminal that stdout is, or None if it is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


# Logs and warnings --------------------------------------------------------------------------------


class _Lines(logging.Formatter):
    """A log record as one line of the command line.

    Parameters
    ----------
    words : callable
        Turns a message that speaks of Python into one that speaks of options.
    verbose : bool
        Whether tracebacks are shown.
    """

    def __init__(self, words: Callable[[str], str], *, verbose: bool) -> None:
        super().__init__()
        self._words = words
        self._verbose = verbose

    def format(self, record: logging.LogRecord) -> str:
        level = record.levelno
        prefix = (
            "error" if level >= logging.ERROR
            else "warning" if level >= logging.WARNING
            else "imgurdata"
        )  # fmt: skip
        line = f"{prefix}: {one_line(self._words(record.getMessage()))}"
        if not self._verbose or not record.exc_info or record.exc_info[1] is None:
            return line
        return f"{line}\n{trace(record.exc_info[1])}"


def trace(error: BaseException) -> str:
    """Return the traceback of an error, safe to print."""
    lines = "".join(traceback.format_exception(error)).splitlines()
    return "\n".join(map(printable, lines))


@contextlib.contextmanager
def logging_to(
    stream: TextIO, level: int, words: Callable[[str], str], *, verbose: bool
) -> Iterator[None]:
    """Show logs and warnings of a command as lines on a stream, and only while it runs.

    Parameters
    ----------
    stream : file
        Where they go.
    level : int
        The lowest level of imgurdata's own; of other packages warnings are shown.
    words : callable
        Applied to each message.
    verbose : bool
        Whether tracebacks are shown.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Lines(words, verbose=verbose))
    root, own = logging.getLogger(), logging.getLogger("imgurdata")
    before = own.level
    root.addHandler(handler)
    own.setLevel(level)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_, **__: own.warning("%s", message)
            yield
    finally:
        root.removeHandler(handler)
        own.setLevel(before)
