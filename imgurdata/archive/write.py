"""Write snapshots: the rows of a frame as one file, or a note that there are none of its own."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from imgurdata.archive.files import Files, file_name
from imgurdata.archive.ledger import entry_of, ledger_table
from imgurdata.archive.table import fingerprint, from_frame
from imgurdata.errors import InvalidArgument
from imgurdata.model.records import SNAPSHOT

if TYPE_CHECKING:
    from imgurdata.model.schema import Record

__all__ = ["note_snapshot", "span_of", "store_snapshot"]


def store_snapshot(
    files: Files, frame: pd.DataFrame, record: Record, attrs: dict[str, Any], **entry: Any
) -> str:
    """Store a snapshot with the entry of its ledger, unless it is stored; return its name."""
    table = from_frame(frame, record)
    first, last = span_of(frame, attrs)
    name = file_name(first, last, _digest(table, record, attrs), compacted=False)
    day = f"{last:%Y-%m-%d}"
    if not _holds(files, record.name, day, name):
        snapshot = entry_of(
            name, record.name, attrs, rows=len(frame), first=first, last=last,
            fingerprint=fingerprint(table.schema), **entry,
        )  # fmt: skip
        path = f"{files.folder(record.name, day)}/{name}.parquet"
        files.write(path, table, {"snapshots": [snapshot]})
    return name


def note_snapshot(
    files: Files, record: str, attrs: dict[str, Any], span: tuple[dt.datetime, dt.datetime],
    **entry: Any,
) -> None:  # fmt: skip
    """Note a snapshot that has no rows of its own: unchanged, skipped or failed."""
    first, last = span
    text = json.dumps([record, entry, last.isoformat()], sort_keys=True, default=str)
    digest = hashlib.sha256(text.encode()).hexdigest()
    name = file_name(first, last, digest, compacted=False)
    row = entry_of(name, record, attrs, first=first, last=last, fingerprint="", **entry)
    path = f"{files.folder(SNAPSHOT.name, f'{last:%Y-%m-%d}')}/{name}.parquet"
    files.write(path, ledger_table([row]), {"snapshots": [row]})


def _holds(files: Files, record: str, day: str, name: str) -> bool:
    """Return whether a snapshot is stored, as its own file or in a compacted one."""
    if files.day_files(record, day, prefix=name):
        return True
    stored = files.day_files(record, day, prefix="c-")
    try:
        return any(name in names for names in files.replaced(stored).values())
    except FileNotFoundError:  # compacted meanwhile: what it held, the next file holds
        return _holds(files, record, day, name)


def span_of(frame: pd.DataFrame, attrs: dict[str, Any]) -> tuple[dt.datetime, dt.datetime]:
    """Return the times of a snapshot's first and last answer."""
    times = frame["fetched_at"]
    if times.isna().any():
        raise InvalidArgument(
            "frame must have fetched_at in each row: it says when the snapshot was taken. Saved "
            "answers have none: fill the column with the time at which they were saved."
        )
    if len(frame):
        return times.min().to_pydatetime(), times.max().to_pydatetime()
    try:
        moment = dt.datetime.fromisoformat(attrs["fetched_at"]).astimezone(dt.UTC)
    except (KeyError, TypeError, ValueError):
        raise InvalidArgument(
            "frame must have rows, or attrs that say when it was fetched; got neither."
        ) from None
    return moment, moment


def _digest(table: pa.Table, record: Record, attrs: dict[str, Any]) -> str:
    """Return what a snapshot is known by: endpoint, parameters, times and ids."""
    head = [record.name, attrs.get("endpoint"), attrs.get("params")]
    digest = hashlib.sha256(json.dumps(head, sort_keys=True, default=str).encode())
    digest.update(table.column("fetched_at").cast(pa.int64()).to_numpy().tobytes())
    names = ["id"] if "id" in record.columns else table.column_names
    for name in names:
        column = table.column(name)
        words = ["" if value is None else str(value) for value in column.to_pylist()]
        digest.update("\0".join([name, *words]).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
