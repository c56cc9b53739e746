"""Exports of an archive: Parquet files and a description that other tools read."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from imgurdata._format import path_text
from imgurdata._home import expanded
from imgurdata._validate import refuse
from imgurdata.archive.read import ledger_of, open_dataset, with_current_files
from imgurdata.errors import ArchiveUnusable
from imgurdata.model.records import SNAPSHOT
from imgurdata.model.schema import SCHEMA_VERSION, TIME, Record

if TYPE_CHECKING:
    from imgurdata.archive.files import ArchiveFile, Files

__all__ = ["export"]

#: Types of Frictionless' table schema.
_TYPES = {
    "str": "string", "Int64": "integer", "Float64": "number", "boolean": "boolean",
    TIME: "datetime",
}  # fmt: skip
#: Columns of an export of ids.
_IDS = ("id", "post_id", "fetched_at", "listing", "rank")


def export(files: Files, path: Any, *, ids_only: bool) -> Path:
    """Write an archive for others; see :meth:`Archive.export`."""
    if not isinstance(path, (str, os.PathLike)) or not os.fspath(path):
        refuse("path", "a folder", path)
    folder = expanded(path, "export", ArchiveUnusable)
    files.must_exist()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            refuse("path", "a folder that is empty or does not exist", str(path))
        resources = []
        for name in files.records():
            record = files.declared(name)
            columns = [c for c in _IDS if c in record.columns] if ids_only else None
            if record is SNAPSHOT or (ids_only and "id" not in record.columns):
                continue
            file = folder / f"{name}.parquet"
            names = _write(files, record, columns, file)
            resources.append(_resource(file, record, names))
        if not ids_only:  # the ledger names pulls, and with them people
            file = folder / f"{SNAPSHOT.name}.parquet"
            pq.write_table(ledger_of(files), file, compression="zstd")
            resources.append(_resource(file, SNAPSHOT, SNAPSHOT.columns))
        text = json.dumps(_package(resources, ids_only=ids_only), indent=2)
        (folder / "datapackage.json").write_text(text + "\n")
    except OSError as error:
        raise ArchiveUnusable(
            f"The export {path_text(folder)} cannot be written: {error.strerror or error}."
        ) from None
    return folder


def _write(files: Files, record: Record, columns: list[str] | None, file: Path) -> list[str]:
    """Write the rows of a record, a part at a time; return the names of its columns."""

    def write(stored: list[ArchiveFile]) -> list[str]:
        dataset, _ = open_dataset(files, record, stored)
        scanner = dataset.scanner(columns=columns)
        schema = scanner.projected_schema
        with pq.ParquetWriter(file, schema, compression="zstd") as writer:
            for batch in scanner.to_batches():
                writer.write_table(pa.Table.from_batches([batch], schema))
        return list(schema.names)

    return with_current_files(files, record.name, write)


def _resource(file: Path, record: Record, names: list[str]) -> dict[str, Any]:
    known = {field.name: field for field in record.fields}
    fields = []
    for name in names:
        field: dict[str, Any] = {"name": name, "type": "string"}
        if name in known:
            field["type"] = _TYPES[known[name].dtype]
            field["description"] = known[name].meaning
            if known[name].unit:
                field["unit"] = known[name].unit
        fields.append(field)
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return {
        "name": record.name,
        "path": file.name,
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "bytes": file.stat().st_size,
        "hash": f"sha256:{digest}",
        "schema": {"fields": fields},
    }


def _package(resources: list[dict[str, Any]], *, ids_only: bool) -> dict[str, Any]:
    what = (
        "Ids of Imgur items and when they were seen. Load what still exists with "
        "imgurdata.load_posts(ids)."
        if ids_only
        else "Snapshots of Imgur over time: a row an item and snapshot."
    )
    return {
        "profile": "data-package",
        "name": "imgur-snapshots",
        "description": what,
        "sources": [{"title": "Imgur API v3", "path": "https://apidocs.imgur.com"}],
        "schema_version": SCHEMA_VERSION,
        "resources": resources,
    }
