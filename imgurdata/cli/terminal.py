"""Text output of the command line: tables, lines and streams."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
import traceback
import unicodedata
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

#: Columns of the printed table, by record; a narrow terminal shows the first of them.
_COLUMNS = {
    "post": ["id", "title", "points", "views", "comment_count", "media_type", "images_count"],
    "comment": ["id", "comment", "points", "author", "depth", "datetime"],
    "album": ["id", "title", "views", "images_count", "privacy"],
    "account": ["url", "reputation", "reputation_name", "created", "bio"],
    "file": ["id", "status", "bytes", "media_type", "post_id", "path"],
    "account_counts": ["account_url", "images", "albums", "comments"],
}
_GAP = "  "
#: Texts are cut to no less than this before a column is left out.
_MIN_CELL = 20
#: Part of a text that is used for a cell or a line.
_MAX_TEXT = 4000
#: Characters that take no column of a terminal: marks above others, joiners, variants.
_NO_WIDTH = {"Mn", "Me", "Cf"}


def table(frame: pd.DataFrame, width: int | None = None) -> str:
    """Return a loader's rows as a table.

    To fit a width, long texts are cut, and then columns are left out. Without one (no terminal)
    all values are whole.
    """
    if frame.empty:
        return "no rows"
    names = _COLUMNS[frame.attrs["imgurdata"]["record"]]
    columns = [[name, *_cells(frame[name])] for name in names]
    is_text = [frame[name].dtype == "str" for name in names]
    while (widths := _fit(columns, is_text, width)) is None:
        columns.pop()
    rows = zip(*columns, strict=True)
    return "\n".join(_GAP.join(map(_pad, row, widths, is_text)).rstrip() for row in rows)


def _cells(column: pd.Series) -> list[str]:
    if column.dtype == "str":
        texts = column.map(one_line, na_action="ignore")
    elif column.dtype.kind == "M":
        texts = column.dt.strftime("%Y-%m-%d %H:%M")
    else:
        texts = column.astype("str")
    return list(texts.where(column.notna(), "-"))


def _fit(columns: list[list[str]], is_text: list[bool], width: int | None) -> list[int] | None:
    """Return the width of each column, or None if they do not fit together."""
    widths = [max(map(_width, cells)) for cells in columns]
    if width is None:
        return widths
    room = width - len(_GAP) * (len(columns) - 1)
    for widest in range(max(*widths, _MIN_CELL), _MIN_CELL - 1, -1):
        cut = [
            min(natural, widest) if text else natural
            for natural, text in zip(widths, is_text, strict=False)
        ]
        if sum(cut) <= room:
            return cut
    return [room] if len(columns) == 1 else None


def _pad(text: str, width: int, is_text: bool) -> str:
    """Return a text cut and filled to a width; numbers stand on the right."""
    if _width(text) > width:
        text = text[:width]
        while _width(text) >= width:
            text = text[:-1]
        text += "…"
    fill = " " * (width - _width(text))
    return text + fill if is_text else fill + text


def _width(text: str) -> int:
    """Return the columns of a terminal that a text takes; Chinese characters and emoji take two."""
    if text.isascii():
        return len(text)
    shown = [char for char in text if unicodedata.category(char) not in _NO_WIDTH]
    return len(shown) + sum(unicodedata.east_asian_width(char) in "WF" for char in shown)


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
