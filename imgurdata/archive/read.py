"""Read an archive: the rows of a record as one table, whatever happens to its files meanwhile."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import operator
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from imgurdata._validate import did_you_mean, refuse, shown
from imgurdata.archive.ledger import ledger_table
from imgurdata.archive.table import fingerprint, merged_schema
from imgurdata.errors import ArchiveUnusable, InvalidArgument
from imgurdata.model.ids import MAX_IDS, collect_ids
from imgurdata.model.names import collect_comment_ids
from imgurdata.model.schema import Record

if TYPE_CHECKING:
    import pyarrow.dataset as ds

    from imgurdata.archive.files import ArchiveFile, Files

__all__ = [
    "bounded", "checked_columns", "id_filter", "ledger_entries", "ledger_of", "open_dataset",
    "read_dataset", "read_rows", "with_current_files",
]  # fmt: skip

#: Times that a file may vanish (compaction) between a listing and its use.
_ATTEMPTS = 20
#: Footers read at once.
_READERS = 8

#: What a list of columns may be; an iterator may have no end.
_LISTS = (list, tuple, set, frozenset, pd.Index, pd.Series, np.ndarray)

_T = TypeVar("_T")


def with_current_files(
    files: Files,
    record: str,
    use: Callable[[list[ArchiveFile]], _T],
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> _T:
    """Call ``use`` with the files of a record; again, with a new list, if one has gone meanwhile.

    Compaction removes files that it has replaced. Who reads them begins anew.
    """
    for _ in range(_ATTEMPTS):
        try:
            return use(files.current(record, since, until))
        except FileNotFoundError:
            continue
    raise ArchiveUnusable(
        f"Files of the archive {files.shown} vanish while they are read. Does something else than "
        "an archive remove them?"
    )


def open_dataset(
    files: Files, record: Record, stored: Sequence[ArchiveFile], *, with_day: bool = False
) -> tuple[ds.FileSystemDataset, list[dict[str, Any]]]:
    """Return a dataset of files, and the entries of the ledger in their footers.

    ``with_day`` adds the column ``day``, the snapshot's, which is in the files' paths.

    Raises
    ------
    ArchiveUnusable
        A file is damaged, or its columns don't fit.
    FileNotFoundError
        A file has gone.
    """
    import pyarrow.dataset as ds  # takes memory and time, which SQL does not need

    options = ds.ParquetFragmentScanOptions(page_checksum_verification=True)
    form = ds.ParquetFileFormat(default_fragment_scan_options=options)

    def opened(file: ArchiveFile) -> tuple[Any, dict[str, Any]]:
        try:
            day = pc.field("day") == pa.scalar(dt.date.fromisoformat(file.day))
            fragment = form.make_fragment(file.path, files.fs, day if with_day else None)
            fragment.ensure_complete_metadata()
            footer = files.footer(file, fragment.metadata)
            # Pages have checksums, the names and types of columns in the footer have none.
            if footer.get("columns") != fingerprint(fragment.physical_schema):
                files.damaged(file.path, "its columns are not those that were written")
            return fragment, footer
        except files.errors as error:
            files.damaged(file.path, error)

    with ThreadPoolExecutor(_READERS) as pool:
        found = list(pool.map(opened, stored))
    fragments = [fragment for fragment, _ in found]
    schema = merged_schema(record, ((f.path, f.physical_schema) for f in fragments), files.shown)
    if with_day:
        schema = schema.append(pa.field("day", pa.date32()))
    dataset = ds.FileSystemDataset(fragments, schema, form, files.fs)
    return dataset, [entry for _, footer in found for entry in footer["snapshots"]]


def read_rows(
    files: Files,
    record: Record,
    *,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    columns: Sequence[str] | None = None,
    where: pc.Expression | None = None,
) -> tuple[pa.Table, list[dict[str, Any]]]:
    """Return rows of a record as a table, and the entries of the ledger in the files' footers.

    Parameters
    ----------
    files : Files
    record : Record
    since, until : datetime, optional
        The first time, and the first one after the rows.
    columns : sequence of str, optional
        Columns to read; all by default.
    where : pyarrow.compute.Expression, optional
        A further condition.
    """
    conditions = [] if where is None else [where]
    kind = pa.timestamp("us", tz="UTC")
    if since is not None:
        conditions.append(pc.field("fetched_at") >= pa.scalar(since, kind))
    if until is not None:
        conditions.append(pc.field("fetched_at") < pa.scalar(until, kind))
    limit = reduce(operator.and_, conditions) if conditions else None

    def read(stored: list[ArchiveFile]) -> tuple[pa.Table, list[dict[str, Any]]]:
        dataset, entries = open_dataset(files, record, stored)
        if columns is not None:
            checked_columns(columns, dataset.schema.names, record)
        return read_dataset(files, stored, dataset, columns=columns, filter=limit), entries

    return with_current_files(files, record.name, read, since, until)


def read_dataset(
    files: Files, stored: Iterable[ArchiveFile], dataset: ds.FileSystemDataset, **options: Any
) -> pa.Table:
    """Return the rows of a dataset; ArchiveUnusable names the damaged one of its files."""
    try:
        return dataset.to_table(**options)
    except FileNotFoundError:
        raise
    except files.errors as error:
        for file in stored:
            files.read(file)
        files.fail("read", error)


def id_filter(record: Record, ids: Any) -> pc.Expression:
    """Return the condition of rows with one of these ids; of comments also ids of their posts.

    Raises
    ------
    InvalidArgument
        They are no ids, or the record has none.
    """
    types = {field.name: field.dtype for field in record.fields}
    if "id" not in types:
        refuse("ids", f"None: a {record.name} has no id", ids)
    ids = bounded(ids)
    if types["id"] == "str":
        return pc.field("id").isin(pa.array(collect_ids(ids)[0], pa.large_string()))
    with contextlib.suppress(InvalidArgument):
        numbers = [int(number) for number in collect_comment_ids(ids)[0]]
        return pc.field("id").isin(pa.array(numbers, pa.int64()))
    if "post_id" not in types:
        refuse("ids", f"numbers, as each {record.name} has one", ids)
    return pc.field("post_id").isin(pa.array(collect_ids(ids)[0], pa.large_string()))


def bounded(ids: Any) -> Any:
    """Return ids that can be read twice; of an iterator at most one more than is taken."""
    return list(itertools.islice(ids, MAX_IDS + 1)) if hasattr(ids, "__next__") else ids


def checked_columns(columns: Any, known: Sequence[str] | None, record: Record) -> list[str]:
    """Return a list of columns; InvalidArgument names one that is not among those known."""
    if not isinstance(columns, _LISTS) or not all(isinstance(name, str) for name in columns):
        refuse("columns", "a list of column names", columns)
    names = list(dict.fromkeys(columns))
    for name in names:
        if known is not None and name not in known:
            raise InvalidArgument(
                f"columns must be of imd.schema({record.name!r}); got {shown(name)}."
                f"{did_you_mean(name, known)}"
            )
    return names


def ledger_of(
    files: Files, since: dt.datetime | None = None, until: dt.datetime | None = None
) -> pa.Table:
    """Return the ledger: the entries in the footers, and those of snapshots without rows."""
    return ledger_table(ledger_entries(files, since, until))


def ledger_entries(
    files: Files,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    records: Iterable[str] | None = None,
) -> list[dict[str, Any]]:
    """Return the entries of the ledger of some records, by default of all."""
    entries: list[dict[str, Any]] = []

    def of_record(stored: list[ArchiveFile]) -> list[dict[str, Any]]:
        with ThreadPoolExecutor(_READERS) as pool:
            footers = pool.map(files.footer, stored)
            return [entry for footer in footers for entry in footer["snapshots"]]

    names = list(files.records() if records is None else records)
    if not names:
        files.note_missing()  # else Files.current() does, where a record has no files
    for name in names:
        entries += with_current_files(files, name, of_record, since, until)
    return [
        entry
        for entry in entries
        if (since is None or dt.datetime.fromisoformat(entry["fetched_at"]) >= since)
        and (until is None or dt.datetime.fromisoformat(entry["fetched_at"]) < until)
    ]
