"""Upkeep of an archive: compaction by day, and removal of what is to be forgotten."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

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
#: Lists of a person have the name in their path.
_PERSONAL = "(?i)^account/({})(/|$)"


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
    dataset, footers = open_dataset(files, record, current)
    table = read_dataset(files, current, dataset)
    ids = [name for name in ("id", "post_id") if name in table.column_names]
    table = in_order(table, first=ids[:1])
    snapshots = [entry for footer in footers for entry in footer["snapshots"]]
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
    words, numbers, names = _wanted(ids, authors)
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
                    lost = _rewrite(files, record, file, words, numbers, names)
                except FileNotFoundError as error:
                    files.fail("read", error, file.path)
                if lost is not None:
                    relative = file.path.removeprefix(f"{files.root}/")
                    done.append({"file": relative, "record": record, "rows": lost})
    return typed_frame(done, {"file": "str", "record": "str", "rows": "Int64"})


def _wanted(ids: Any, authors: Any) -> tuple[list[str], list[int], list[str]]:
    """Return ids of posts, numbers of comments, and lower-case user names."""
    if ids is None and authors is None:
        raise InvalidArgument("forget() needs ids=, authors= or both.")
    words: list[str] = []
    numbers: list[int] = []
    if ids is not None:
        ids = bounded(ids)
        try:
            numbers = [int(number) for number in collect_comment_ids(ids)[0]]
        except InvalidArgument:
            words = collect_ids(ids)[0]
    names = [] if authors is None else [name.lower() for name in collect_usernames(authors)[0]]
    return words, numbers, names


def _rewrite(
    files: Files,
    record: str,
    file: ArchiveFile,
    words: list[str],
    numbers: list[int],
    names: list[str],
) -> int | None:
    """Rewrite a file without some rows; return how many, or None if it holds nothing of them.

    It keeps its name, so that the same snapshot, appended again, is not stored again.
    """
    table = files.read(file)
    hit = None
    for column in table.column_names if record != SNAPSHOT.name else ():
        match = _match(table.column(column), column, words, numbers, names)
        if match is not None:
            hit = match if hit is None else pc.or_(hit, match)
    lost = 0 if hit is None else int(pc.sum(hit).as_py() or 0)
    scrubs = _scrubber({*words, *map(str, numbers)}, set(names))
    table, is_personal = _without_listings(table, names)
    footer = files.footer(file)
    snapshots = [_scrub_entry(entry, scrubs) for entry in footer["snapshots"]]
    if not lost and not is_personal and snapshots == footer["snapshots"]:
        return None
    if lost:
        table = table.filter(pc.invert(hit))
    if record == SNAPSHOT.name:
        table = ledger_table(snapshots)
    keep = {k: v for k, v in (table.schema.metadata or {}).items() if k == b"pandas"}
    files.write(
        file.path, table.replace_schema_metadata(keep or None),
        {**{k: v for k, v in footer.items() if k != "format"}, "snapshots": snapshots},
        **(_layout(table.schema) if file.compacted else {}),
    )  # fmt: skip
    return lost


def _without_listings(table: pa.Table, names: list[str]) -> tuple[pa.Table, bool]:
    """Return a table without people's names in its lists, and whether there were any."""
    if not names or "listing" not in table.column_names:
        return table, False
    column = table.column("listing")
    pattern = _PERSONAL.format("|".join(map(re.escape, names)))
    clean = pc.replace_substring_regex(column, pattern, r"account/***\2")
    index = table.column_names.index("listing")
    return table.set_column(index, "listing", clean), not clean.equals(column)


def _match(
    column: pa.ChunkedArray, name: str, words: list[str], numbers: list[int], names: list[str]
) -> pa.ChunkedArray | None:
    """Return which rows of a column name something that is to be forgotten."""
    is_text = pa.types.is_large_string(column.type) or pa.types.is_string(column.type)
    if name in _ID_COLUMNS and is_text and words:
        found = pc.is_in(column, value_set=pa.array(words, column.type))
    elif name in _ID_COLUMNS and pa.types.is_integer(column.type) and numbers:
        found = pc.is_in(column, value_set=pa.array(numbers, column.type))
    elif name in _NAME_COLUMNS and is_text and names:
        found = pc.is_in(pc.utf8_lower(column), value_set=pa.array(names, column.type))
    else:
        return None
    return pc.fill_null(found, False)


def _scrubber(words: set[str], names: set[str]) -> Callable[[Any], Any]:
    """Return a function that takes ids and names out of decoded JSON."""
    people = re.compile(_PERSONAL.format("|".join(map(re.escape, sorted(names))) or "(?!)"))

    def is_forgotten(value: Any) -> bool:
        return str(value) in words or (isinstance(value, str) and value.lower() in names)

    def scrub(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {k: scrub(v) for k, v in value.items() if not is_forgotten(k)}
        if isinstance(value, list):
            return [scrub(v) for v in value if not is_forgotten(v)]
        if isinstance(value, str):
            return "***" if is_forgotten(value) else people.sub(r"account/***\2", value)
        return value

    return scrub


def _scrub_entry(entry: Mapping[str, Any], scrub: Callable[[Any], Any]) -> dict[str, Any]:
    """Return an entry of the ledger without ids and names."""
    clean = {**entry, "endpoint": scrub(entry.get("endpoint"))}
    for key in ("params", "attrs", "pull"):
        text = clean.get(key)
        if isinstance(text, str):
            old = json.loads(text)
            new = scrub(old)
            if new != old:
                clean[key] = json.dumps(new, sort_keys=True)
    return clean
