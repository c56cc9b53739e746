"""Output of the command line: files, written whole or not at all, and standard output."""

from __future__ import annotations

import io
import os
import secrets
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imgurdata._interrupts import defer_sigint
from imgurdata._validate import refuse
from imgurdata.errors import ImgurDataError, InvalidArgument

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FORMATS", "Output", "check_output", "discard_unfinished", "save"]

FORMATS = ("csv", "json", "jsonl", "parquet")

#: Half-written files of this process.
_unfinished: set[Path] = set()


@dataclass(frozen=True, slots=True)
class Output:
    """Where a frame is written, and how; ``path`` is None for standard output."""

    path: Path | None
    format: str

    def __str__(self) -> str:
        return "standard output" if self.path is None else str(self.path)


def check_output(path: Path | None, form: str | None = None) -> Output | None:
    """Return the output that the options name; refuse one that cannot be written.

    Called before a credit is spent. ``--format`` without ``-o`` is for standard output, whose
    default is CSV.
    """
    if path is None and form is None:
        return None
    if path is None or str(path) == "-":
        if form == "parquet" and sys.stdout.isatty():
            raise InvalidArgument("--format parquet is no text: give a file, or a pipe to read it.")
        return Output(None, form or "csv")
    if form is None:
        form = path.suffix.lower().removeprefix(".")
        if form not in FORMATS:
            endings = ", ".join(f".{name}" for name in FORMATS)
            refuse("-o", f"a file that ends in {endings}, or have --format beside it", str(path))
    _check_path(path)
    return Output(path, form)


def _check_path(path: Path) -> None:
    target = _resolved(path)
    try:
        if not target.parent.is_dir():
            refuse("-o", "in a folder that exists", str(path))
        if target.exists() and not target.is_file():
            refuse("-o", "a file, not a folder or a device", str(path))
        existing = target if target.exists() else target.parent
    except OSError as error:  # the name is too long, or the folder not readable
        refuse("-o", f"a file that can be written ({error.strerror})", str(path))
    if not os.access(existing, os.W_OK):
        refuse("-o", f"a file that can be written (no right to write {existing.name})", str(path))


def save(frame: pd.DataFrame, output: Output) -> None:
    """Write a frame to a file beside the target, and rename it when it is complete.

    If that fails, it is written to a temporary folder, which the error names. Standard output gets
    it as it is, in UTF-8 whatever the terminal's encoding is.
    """
    if output.path is None:
        content = io.BytesIO()
        _write(frame, output.format, content)
        sys.stdout.flush()
        sys.stdout.buffer.write(content.getvalue() + b"\n" * (output.format == "json"))
        sys.stdout.buffer.flush()
        return
    # Ctrl-C waits until the file is complete.
    with defer_sigint():
        target = _resolved(output.path)
        beside = target.with_name(f".imgurdata-{secrets.token_hex(4)}")
        try:
            _write_file(frame, output.format, beside, target)
        except OSError as error:
            reason = error.strerror or str(error)
        else:
            return
        try:
            elsewhere = Path(tempfile.mkdtemp(prefix="imgurdata-")) / target.name
            _write_file(frame, output.format, elsewhere.with_stem("unfinished"), elsewhere)
        except OSError:
            raise ImgurDataError(
                f"{output} cannot be written: {reason}. The rows are in the cache: the same "
                "command with another -o costs no credits for the next minutes."
            ) from None
    raise ImgurDataError(
        f"{output} cannot be written: {reason}. The rows are in {elsewhere} instead."
    )


def discard_unfinished() -> None:
    """Delete half-written files, before the process ends at once."""
    for path in tuple(_unfinished):
        path.unlink(missing_ok=True)


def _resolved(path: Path) -> Path:
    """Return the target of a path that may be a link."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):  # links in a circle, a NUL
        refuse("-o", "the path of a file", str(path))


def _write_file(frame: pd.DataFrame, form: str, temporary: Path, target: Path) -> None:
    _unfinished.add(temporary)
    try:
        _write(frame, form, temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
        _unfinished.discard(temporary)


def _write(frame: pd.DataFrame, form: str, target: Any) -> None:
    """Write a frame to a path or a binary stream."""
    if form == "parquet":
        frame.to_parquet(target)
    elif form == "csv":
        frame.to_csv(target, index=False, lineterminator="\n")
    elif form == "jsonl":
        frame.to_json(target, orient="records", date_format="iso", lines=True)
    else:
        frame.to_json(target, orient="records", date_format="iso", indent=1)
