"""Output files of the command line, written whole or not at all."""

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
    """Refuse a file that cannot be written, before a credit is spent."""
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
    except OSError as error:  # the name is too long, or the folder not readable
        refuse("-o", f"a file that can be written ({error.strerror})", str(path))
    if not os.access(existing, os.W_OK):
        refuse("-o", f"a file that can be written (no right to write {existing.name})", str(path))


def save(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame to a file beside the target, and rename it when it is complete.

    If that fails, it is written to a temporary folder, which the error names.
    """
    # Ctrl-C waits until the file is complete.
    with defer_sigint():
        target = _resolved(path)
        try:
            _write(frame, target.with_name(f".imgurdata-{secrets.token_hex(4)}"), target)
        except OSError as error:
            reason = error.strerror or str(error)
        else:
            return
        try:
            elsewhere = Path(tempfile.mkdtemp(prefix="imgurdata-")) / target.name
            _write(frame, elsewhere.with_stem("unfinished"), elsewhere)
        except OSError:
            raise ImgurDataError(
                f"{path} cannot be written: {reason}. The rows are in the cache: the same command "
                "with another -o costs no credits for the next minutes."
            ) from None
    raise ImgurDataError(
        f"{path} cannot be written: {reason}. The rows are in {elsewhere} instead."
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


def _write(frame: pd.DataFrame, temporary: Path, target: Path) -> None:
    _unfinished.add(temporary)
    try:
        suffix = target.suffix.lower()
        if suffix == ".parquet":
            frame.to_parquet(temporary)
        elif suffix == ".csv":
            frame.to_csv(temporary, index=False)
        else:
            frame.to_json(temporary, orient="records", date_format="iso", indent=1)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
        _unfinished.discard(temporary)
