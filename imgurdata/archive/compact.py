"""Upkeep of an archive: compaction by day, and removal of what is to be forgotten."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from imgurdata._format import path_text
from imgurdata.archive.files import file_name, without_replaced
from imgurdata.archive.ledger import ledger_table
from imgurdata.archive.read import bounded, open_dataset, read_dataset
from imgurdata.archive.table import in_order, typed_frame
from imgurdata.errors import ArchiveUnusable, InvalidArgument
from imgurdata.model.ids import collect_ids
from imgurdata.model.names import collect_comment_ids, collect_usernames
from imgurdata.model.records import SNAPSHOT

if TYPE_CHECKING:
    from imgurdata.archive.files import ArchiveFile, Files
    from imgurdata.model.schema import Record

__all__ = ["compact", "forget"]

#: Rows of a group in compacted files, as DuckDB writes them. Smaller ones find a few posts no
#: faster, and every reader holds the description of each column of each group in memory.
_GROUP = 122_880
#: zstd's; compacted files are read more often than written.
_LEVEL = 6
_COMPACTED = {
    "record": "str", "day": "str", "files": "Int64", "bytes_before": "Int64",
    "bytes_after": "Int64",
}  # fmt: skip
#: Columns that hold ids of posts, images, albums and comments.
_ID_COLUMNS = ("id", "post_id", "image_id", "album_id", "root_id", "parent_id")
#: Columns that hold user names.
_NAME_COLUMNS = ("account_url", "author", "username", "url", "with_account", "from_user")


def compact(files: Files) -> pd.DataFrame:
    """Merge the files of each day; see :meth:`Archive.compact`."""
    done: list[dict[str, Any]] = []
    broken: ArchiveUnusable | None = None
    with files.maintenance():
        for name in files.records():
            try:
                record = files.declared(name)
                listed = sorted(files.all(name), key=lambda file: file.day)
            except ArchiveUnusable as error:
                broken = broken or error
                continue
            files.sweep(name)
            for day, group in groupby(listed, key=lambda file: file.day):
                try:
                    row = _compact_day(files, record, day, list(group))
                except ArchiveUnusable as error:
                    broken = broken or error
                    continue
                except FileNotFoundError:
                    continue  # another process compacts this day, on an object store
                if row is not None:
                    done.append({"record": name, "day": day, **row})
    if broken is not None:
        raise broken
    return typed_frame(done, _COMPACTED)


def _compact_day(
    files: Files, record: Record, day: str, stored: list[ArchiveFile]
) -> dict[str, int] | None:
    """Merge the files of a day into one; return their number, bytes before, and after.

    The new file is published before the old ones are removed, and says which it replaces.
    """
    replaced = files.replaced(stored)
    current = without_replaced(stored, replaced)
    names = {file.name for file in current}
    for file in stored:
        if file.name not in names:  # a compaction was killed before it removed this one
            files.remove(file.path)
    if len(current) < 2 and all(file.compacted for file in current):
        return None
    dataset, snapshots = open_dataset(files, record, current)
    table = read_dataset(files, current, dataset)
    ids = [name for name in ("id", "post_id") if name in table.column_names]
    table = in_order(table, first=ids[:1])
    gone = sorted(names.union(*(replaced.get(name, ()) for name in names)))
    digest = hashlib.sha256("\n".join(gone).encode()).hexdigest()
    first, last = min(file.first for file in current), max(file.last for file in current)
    name = file_name(first, last, digest, compacted=True)
    path = f"{files.folder(record.name, day)}/{name}.parquet"
    metadata = {b"pandas": (files.metadata(current[0]).metadata or {}).get(b"pandas", b"{}")}
    files.write(
        path, table.replace_schema_metadata(metadata),
        {"snapshots": snapshots, "replaces": gone}, **_layout(table.schema),
    )  # fmt: skip
    for file in current:
        files.remove(file.path)
    size = int(files.fs.get_file_info(path).size or 0)
    before = sum(file.size for file in current)
    return {"files": len(current), "bytes_before": before, "bytes_after": size}


def _layout(schema: pa.Schema) -> dict[str, Any]:
    """Return how a compacted file is written.

    Sorted by id and time, numbers and times grow by little from row to row: their differences take
    half the space of a dictionary.
    """
    numbers = [
        field.name
        for field in schema
        if pa.types.is_integer(field.type) or pa.types.is_timestamp(field.type)
    ]
    return {
        "row_group_size": _GROUP,
        "compression_level": _LEVEL,
        "column_encoding": dict.fromkeys(numbers, "DELTA_BINARY_PACKED"),
        "use_dictionary": [name for name in schema.names if name not in numbers],
    }


def forget(files: Files, ids: Any, authors: Any) -> pd.DataFrame:
    """Remove rows from all files; see :meth:`Archive.forget`."""
    forgotten = _Forgotten(ids, authors)
    done: list[dict[str, Any]] = []
    with files.maintenance():
        for record in files.records():
            files.declared(record)
            stored = files.all(record)
            current = set(without_replaced(stored, files.replaced(stored)))
            for file in stored:
                if file not in current:
                    files.remove(file.path)
                    continue
                try:
                    lost = _rewrite(files, record, file, forgotten)
                except FileNotFoundError:
                    raise ArchiveUnusable(
                        f"The file {path_text(file.path)} of the archive {files.shown} has gone: "
                        "another process compacts it. Call forget() again."
                    ) from None
                if lost is not None:
                    relative = file.path.removeprefix(f"{files.root}/")
                    done.append({"file": relative, "record": record, "rows": lost})
    return typed_frame(done, {"file": "str", "record": "str", "rows": "Int64"})


def _rewrite(files: Files, record: str, file: ArchiveFile, forgotten: _Forgotten) -> int | None:
    """Rewrite a file without some rows; return how many, or None if it holds nothing of them.

    It keeps its name, so that the same snapshot, appended again, is not stored again.
    """
    old, footer = files.read(file), files.footer(file)
    snapshots = [forgotten.scrub_entry(entry) for entry in footer["snapshots"]]
    is_in_ledger = snapshots != footer["snapshots"]
    if record == SNAPSHOT.name:
        table = ledger_table(snapshots) if is_in_ledger else old
    else:
        table = forgotten.scrub_listings(forgotten.without_rows(old))
    if table is old and not is_in_ledger:
        return None
    keep = {k: v for k, v in (table.schema.metadata or {}).items() if k == b"pandas"}
    files.write(
        file.path, table.replace_schema_metadata(keep or None),
        {**{k: v for k, v in footer.items() if k != "format"}, "snapshots": snapshots},
        **(_layout(table.schema) if file.compacted else {}),
    )  # fmt: skip
    return int(old.num_rows - table.num_rows)


class _Forgotten:
    """What is to be forgotten: ids of posts, or numbers of comments, and user names."""

    def __init__(self, ids: Any, authors: Any) -> None:
        if ids is None and authors is None:
            raise InvalidArgument("forget() needs ids=, authors= or both.")
        self._ids: list[str] = []
        self._numbers: list[int] = []
        self._names: set[str] = set()
        if ids is not None:
            ids = bounded(ids)
            try:
                self._numbers = [int(number) for number in collect_comment_ids(ids)[0]]
            except InvalidArgument:
                self._ids = collect_ids(ids)[0]
        if authors is not None:
            self._names = {name.lower() for name in collect_usernames(authors)[0]}
        self._words = {*self._ids, *map(str, self._numbers)}
        names = "|".join(map(re.escape, sorted(self._names)))
        #: Lists of a person have the name in their path.
        self._person = re.compile(f"(?i)^account/({names})(/|$)") if names else None

    def without_rows(self, table: pa.Table) -> pa.Table:
        """Return a table without the rows that name what is forgotten; itself if there are none."""
        hit = None
        for name in table.column_names:
            found = self._match(name, table.column(name))
            if found is not None:
                hit = found if hit is None else pc.or_(hit, found)
        if hit is None or not pc.any(hit).as_py():
            return table
        return table.filter(pc.invert(hit))

    def _match(self, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray | None:
        is_text = pa.types.is_large_string(column.type) or pa.types.is_string(column.type)
        if name in _ID_COLUMNS and is_text and self._ids:
            found = pc.is_in(column, value_set=pa.array(self._ids, column.type))
        elif name in _ID_COLUMNS and pa.types.is_integer(column.type) and self._numbers:
            found = pc.is_in(column, value_set=pa.array(self._numbers, column.type))
        elif name in _NAME_COLUMNS and is_text and self._names:
            names = pa.array([*self._names], column.type)
            found = pc.is_in(pc.utf8_lower(column), value_set=names)
        else:
            return None
        return pc.fill_null(found, False)

    def scrub_listings(self, table: pa.Table) -> pa.Table:
        """Return a table without people's names in its lists; itself if there are none."""
        if self._person is None or "listing" not in table.column_names:
            return table
        column = table.column("listing")
        clean = pc.replace_substring_regex(column, self._person.pattern, r"account/***\2")
        if clean.equals(column):
            return table
        return table.set_column(table.column_names.index("listing"), "listing", clean)

    def scrub_entry(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Return an entry of the ledger without ids and names."""
        clean = {**entry, "endpoint": self._scrub(entry.get("endpoint"))}
        for key in ("params", "attrs", "pull"):
            text = clean.get(key)
            if isinstance(text, str):
                old = json.loads(text)
                new = self._scrub(old)
                if new != old:
                    clean[key] = json.dumps(new, sort_keys=True)
        return clean

    def _scrub(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {k: self._scrub(v) for k, v in value.items() if not self._holds(k)}
        if isinstance(value, list):
            return [self._scrub(v) for v in value if not self._holds(v)]
        if isinstance(value, str):
            if self._holds(value):
                return "***"
            return self._person.sub(r"account/***\2", value) if self._person else value
        return value

    def _holds(self, value: Any) -> bool:
        return str(value) in self._words or (
            isinstance(value, str) and value.lower() in self._names
        )
