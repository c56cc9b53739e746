"""Files that the command line writes: whole or not at all."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from imgurdata._interrupts import defer_sigint
from imgurdata._validate import refuse
from imgurdata.errors import ImgurDataError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check_output", "discard_unfinished", "save"]

_FORMATS = (".parquet", ".csv", ".json")

#: Half-written files of this process.
_unfinished: set[Path] = set()


def check_output(path: Path | None) -> None:
    """Refuse a file that cannot be written before a credit is spent on it.

    Raises
    ------
    InvalidArgument
        Another suffix, no such folder, a folder of that name, or no right to write it.
    """
    if path is None:
        return
    if path.suffix.lower() not in _FORMATS:
        refuse("-o", f"a file that ends in {', '.join(_FORMATS)}", str(path))
    target = _resolved(path)
    try:
        if not target.parent.is_dir():
            refuse("-o", "in a folder that exists", str(path))
        if target.exists() and not target.is_file():
            refuse("-o", "a file, not a folder or a device", str(path))
        existing = target if target.exists() else target.parent
    except OSError as error:  # a name that is too long, a folder that may not be looked into
        refuse("-o", f"a file that can be written ({error.strerror})", str(path))
    if not os.access(existing, os.W_OK):
        refuse("-o", f"a file that can be written (no right to write {existing.name})", str(path))


def save(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame beside its place, and move it there when it is whole.

    Raises
    ------
    ImgurDataError
        It cannot be written there; the message says where the frame is instead.
    """
    # Ctrl-C waits until the file is whole.
    with defer_sigint():
        target = _resolved(path)
        try:
            beside = target.with_name(f".imgurdata-{secrets.token_hex(4)}")
            _write(frame, beside, target)
        except OSError as error:
            why = error.strerror or str(error)
        else:
            return
        try:
            elsewhere = Path(tempfile.mkdtemp(prefix="imgurdata-")) / target.name
            _write(frame, elsewhere.with_stem("unfinished"), elsewhere)
        except OSError:
            raise ImgurDataError(
                f"{path} cannot be written: {why}. What came is in the cache: the same command "
                "with another -o costs no credits for the next minutes."
            ) from None
    raise ImgurDataError(f"{path} cannot be written: {why}. The rows are in {elsewhere} instead.")


def discard_unfinished() -> None:
    """Delete what is half written, before the process ends at once."""
    for path in tuple(_unfinished):
        path.unlink(missing_ok=True)


def _resolved(path: Path) -> Path:
    """Return the file itself where the path is a link to it."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):  # links in a circle, a NUL
        refuse("-o", "the path of a file", str(path))


def _write(frame: pd.DataFrame, beside: Path, target: Path) -> None:
    _unfinished.add(beside)
    try:
        suffix = target.suffix.lower()
        if suffix == ".parquet":
            frame.to_parquet(beside)
        elif suffix == ".csv":
            frame.to_csv(beside, index=False)
        else:
            frame.to_json(beside, orient="records", date_format="iso", indent=1)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
        _unfinished.discard(beside)
