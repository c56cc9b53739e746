"""Text output of the command line: tables, lines and streams."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from imgurdata._format import printable

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "discard_stdout",
    "one_line",
    "prepare_streams",
    "print_error",
    "printable_traceback",
    "table",
    "terminal_width",
]

#: Columns of the printed table, by record.
_COLUMNS = {
    "post": ["id", "title", "media_type", "images_count", "points", "views", "comment_count"],
    "comment": ["id", "depth", "author", "points", "datetime", "comment"],
    "album": ["id", "title", "privacy", "images_count", "views"],
    "account": ["url", "reputation", "reputation_name", "created", "bio"],
    "file": ["id", "post_id", "media_type", "bytes", "status", "path"],
    "account_counts": ["account_url", "images", "albums", "comments"],
}
_MAX_CELL = 44
_MIN_CELL = 12
#: Part of a text that is used for a cell or a line.
_MAX_TEXT = 4000


def table(frame: pd.DataFrame, width: int | None = None) -> str:
    """Return a loader's rows as a table; cut texts and leave out columns to fit a width."""
    if frame.empty:
        return "no rows"
    import pandas as pd

    short = frame[_COLUMNS[frame.attrs["imgurdata"]["record"]]]
    cells = pd.DataFrame({name: _cells(short[name]) for name in short.columns})
    text = _rows(cells, _MAX_CELL)
    if width is None or (excess := _width(text) - width) <= 0:
        return text
    widest = max(_MIN_CELL, _MAX_CELL - excess)
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
    import pandas as pd

    # Chinese characters and emoji take two columns.
    with pd.option_context("display.unicode.east_asian_width", True):
        return cut.to_string(index=False)


def _width(text: str) -> int:
    return max(map(len, text.splitlines()))


def one_line(text: str) -> str:
    r"""Return text as one line without control characters.

    Examples
    --------
    >>> one_line("two\nlines \x1b[31mred")
    'two lines \ufffd[31mred'
    """
    return printable(" ".join(text[:_MAX_TEXT].split()))


def printable_traceback(error: BaseException) -> str:
    """Return the traceback of an error without control characters."""
    lines = "".join(traceback.format_exception(error)).splitlines()
    return "\n".join(map(printable, lines))


def prepare_streams() -> None:
    """Let stdout and stderr print any text.

    A character that the terminal's encoding does not have becomes ``?``; a stream that was closed
    before the program began swallows its output.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            null = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - kept open
            setattr(sys, name, null)
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def print_error(text: str) -> None:
    """Print one line to stderr; ignore errors of stderr."""
    with contextlib.suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)


def discard_stdout() -> None:
    """Discard buffered output, after its reader has gone or its disk is full.

    Otherwise the interpreter would try to write it at its end, and complain.
    """
    with contextlib.suppress(OSError, ValueError, AttributeError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


def terminal_width() -> int | None:
    """Return the width of the terminal that stdout is, or None if it is not one."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
