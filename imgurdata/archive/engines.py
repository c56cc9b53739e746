"""Other engines on an archive: DuckDB, Dask and Polars.

All of them are given the list of files that count; none searches the folder itself.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Sequence
from importlib import import_module
from itertools import groupby
from operator import attrgetter
from typing import Any

import pandas as pd
import pyarrow as pa

from imgurdata.archive.files import ArchiveFile, Files
from imgurdata.archive.read import checked_columns, ledger_of, open_dataset, with_current_files
from imgurdata.archive.table import to_frame
from imgurdata.errors import ArchiveUnusable, InvalidArgument, missing_extra, redact
from imgurdata.model.records import RECORDS, SNAPSHOT, find_table
from imgurdata.model.schema import TIME, Record

__all__ = ["dask_frame", "polars_frame", "run_sql"]

#: Type of each dtype in DuckDB, for views of records without files.
_SQL_TYPES = {
    "str": "VARCHAR", "Int64": "BIGINT", "Float64": "DOUBLE", "boolean": "BOOLEAN",
    TIME: "TIMESTAMP WITH TIME ZONE",
}  # fmt: skip
_ATTEMPTS = 20


def _engine(module: str, package: str, extra: str) -> Any:
    """Return a module; MissingExtra with the pip line if it is not installed."""
    try:
        return import_module(module)
    except ImportError:
        raise missing_extra(package, extra) from None


# DuckDB -------------------------------------------------------------------------------------------


def run_sql(files: Files, query: str) -> pd.DataFrame:
    """Return the result of a query; see :meth:`Archive.sql`."""
    # DuckDB has given its memory back when the frame is made.
    return _result(_query(files, query))


def _query(files: Files, query: str) -> pa.Table:
    duckdb = _engine("duckdb", "duckdb", "sql")
    reason = "its files vanish while they are read"
    for _ in range(_ATTEMPTS):
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET parquet_metadata_cache = true")
            # One query reads each part once: there is nothing to keep.
            connection.execute("SET enable_external_file_cache = false")
            # Rows without ORDER BY come in any order, which takes less memory.
            connection.execute("SET preserve_insertion_order = false")
            if not files.is_local:
                connection.register_filesystem(files.fsspec[0])
            try:
                _make_views(connection, files, query)
                relation = connection.sql(query)
                if relation is None:
                    raise InvalidArgument("query must return rows, as SELECT does.")
                return relation.to_arrow_table()
            except FileNotFoundError:
                continue  # compacted meanwhile
            except (duckdb.IOException, duckdb.InvalidInputException) as error:
                reason = redact(str(error).partition("\n")[0], 300)
                if not _vanished(reason):
                    break
            except duckdb.Error as error:
                raise InvalidArgument(
                    f"query must be SQL that DuckDB runs; it says: {redact(str(error), 500)}"
                ) from None
    raise ArchiveUnusable(f"DuckDB cannot read the archive {files.shown}: {reason}.")


def _vanished(message: str) -> bool:
    """Return whether a file went away between its listing and its use."""
    return "No such file" in message or "No files found" in message or "does not exist" in message


def _make_views(connection: Any, files: Files, query: str) -> None:
    """Make the views that a query may name; the footers of other records are not read."""
    words = query.lower()
    for name, record in RECORDS.items():
        if name not in words:
            continue
        stored = files.current(name)
        connection.execute(f'CREATE VIEW "{name}" AS {_select(connection, files, record, stored)}')
        if "id" in record.columns:
            keys = [key for key in ("fetched_at", "listing", "rank") if key in record.columns]
            newest = ", ".join(f"{key} DESC NULLS LAST" for key in keys)
            connection.execute(
                f'CREATE VIEW "{name}_latest" AS SELECT * FROM "{name}" WHERE id IS NOT NULL '
                f"QUALIFY row_number() OVER (PARTITION BY id ORDER BY {newest}) = 1"
            )
    if SNAPSHOT.name in words:
        connection.register("__ledger", ledger_of(files))
        connection.execute(
            f"CREATE VIEW {SNAPSHOT.name} AS SELECT *, CAST(fetched_at AS DATE) AS day "
            "FROM __ledger"
        )


def _select(connection: Any, files: Files, record: Record, stored: Sequence[ArchiveFile]) -> str:
    """Return the query of a record's rows; columns that no file has are NULL."""
    declared = {field.name: _SQL_TYPES[field.dtype] for field in record.fields}
    source, held = "(SELECT 1)", dict[str, str]()
    if stored:
        source = _source([files.engine_path(file.path) for file in stored], record.name)
        described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        held = {name: kind for name, kind, *_ in described}
        if any(held[name] != kind for name, kind in declared.items() if name in held):
            open_dataset(files, record, stored)  # raises: it names the file and the column
    missing = [
        f'CAST(NULL AS {kind}) AS "{name}"'
        for name, kind in {**declared, "day": "DATE"}.items()
        if name not in held
    ]
    columns = ["*"] if stored else []
    return f"SELECT {', '.join([*columns, *missing])} FROM {source}" + (
        "" if stored else " WHERE false"
    )


def _source(paths: Sequence[str], record: str) -> str:
    """Return the query of the rows of some files, with their day."""
    exact = (re.sub(r"([*?\[])", r"[\1]", path) for path in paths)  # not patterns
    listed = ", ".join("'" + path.replace("'", "''") + "'" for path in exact)
    root = paths[0].rpartition(f"record={record}/day=")[0]
    if "=" not in root:
        return (
            f"(SELECT * EXCLUDE (record) FROM read_parquet([{listed}], union_by_name = true, "
            "hive_partitioning = true, hive_types = {'day': DATE, 'record': VARCHAR}))"
        )
    # Folders above the archive would be taken for columns. This is slower.
    begin = len(f"{root}record={record}/day=") + 1
    return (
        f"(SELECT * EXCLUDE (__path), CAST(substr(__path, {begin}, 10) AS DATE) AS day FROM "
        f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false, "
        "filename = '__path'))"
    )


def _result(table: pa.Table) -> pd.DataFrame:
    """Return a result in the dtypes of our frames; other types as Arrow gives them to pandas."""
    # By number, since a result may have a name twice.
    kinds = [(str(number), _frame_type(field.type)) for number, field in enumerate(table.schema)]
    plain = table.rename_columns([number for number, _ in kinds])
    with contextlib.suppress(pa.ArrowInvalid):  # a sum beyond 64 bits stays as it is
        plain = plain.cast(pa.schema(kinds))
    frame = _any_frame(plain)
    frame.columns = pd.Index(table.column_names)
    return frame


def _frame_type(kind: pa.DataType) -> pa.DataType:
    """Return the type of our frames for one of DuckDB's, or the same one where we have none."""
    if pa.types.is_string(kind):
        return pa.large_string()
    if pa.types.is_integer(kind):
        return pa.int64()
    if pa.types.is_floating(kind):
        return pa.float64()
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", tz="UTC" if kind.tz else None)
    if pa.types.is_date(kind):
        return pa.timestamp("us")
    if pa.types.is_decimal(kind):  # sums of integers
        return pa.int64() if kind.scale == 0 else pa.float64()
    return kind


def _any_frame(table: pa.Table) -> pd.DataFrame:
    columns = {}
    for name in table.column_names:
        try:
            columns[name] = to_frame(table.select([name]))[name]
        except KeyError:
            columns[name] = table.column(name).to_pandas()
    return pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows))


# Dask and Polars ----------------------------------------------------------------------------------


def dask_frame(files: Files, record: Record, columns: Sequence[str] | None) -> Any:
    """Return a Dask frame; see :meth:`Archive.to_dask`."""
    dd = _engine("dask.dataframe", "dask[dataframe]", "dask")
    if record is SNAPSHOT:
        return dd.from_pandas(to_frame(ledger_of(files)), npartitions=1)
    stored, schema = _described(files, record)
    known = [*schema.names, "day"]
    names = checked_columns(known if columns is None else columns, known, record)
    meta = _with_day(schema.empty_table(), "1970-01-01")[names]
    if not stored:
        return dd.from_pandas(meta, npartitions=1)
    return dd.from_map(
        _read_part, [(file.path, file.day) for file in stored],
        url=files.url, record=record.name, schema=schema, names=names,
        meta=meta, enforce_metadata=False,
    )  # fmt: skip


def _described(files: Files, record: Record) -> tuple[list[ArchiveFile], pa.Schema]:
    """Return the files that hold a record, and the schema of their rows."""

    def described(stored: list[ArchiveFile]) -> tuple[list[ArchiveFile], pa.Schema]:
        return stored, open_dataset(files, record, stored)[0].schema

    return with_current_files(files, record.name, described)


def _with_day(table: pa.Table, day: str) -> pd.DataFrame:
    frame = to_frame(table)
    frame["day"] = pd.Series(pd.Timestamp(day), index=frame.index, dtype="datetime64[us]")
    return frame


def _read_part(
    part: tuple[str, str], url: str, record: str, schema: pa.Schema, names: list[str]
) -> pd.DataFrame:
    """Return some columns of one file, in a worker; ``schema`` is that of all files."""
    path, day = part
    files = Files(url)
    stored = [file for file in files.day_files(record, day) if file.path == path]
    if not stored:
        raise ArchiveUnusable(
            f"The file {path} has gone since to_dask(): the archive was compacted. Call "
            "to_dask() again."
        )
    dataset, _ = open_dataset(files, find_table(record), stored)
    # Columns that only other files have are NA.
    dataset = dataset.replace_schema(schema)
    table = dataset.to_table(columns=[name for name in names if name != "day"])
    return _with_day(table, day)[names]


def polars_frame(files: Files, record: Record) -> Any:
    """Return a lazy frame; see :meth:`Archive.to_polars`."""
    pl = _engine("polars", "polars", "polars")
    if record is SNAPSHOT:
        return pl.from_arrow(ledger_of(files)).lazy()
    stored, schema = _described(files, record)
    empty = pl.from_arrow(schema.empty_table())
    if not stored:
        return empty.with_columns(pl.lit(None, pl.Date).alias("day")).lazy()
    if not files.is_local:
        # Polars knows few protocols, and would look for credentials of its own.
        dataset = with_current_files(
            files, record.name, lambda found: open_dataset(files, record, found, with_day=True)[0]
        )
        return pl.scan_pyarrow_dataset(dataset)
    # Not by their folders' names: those above the archive would be taken for columns, too.
    by_day = [
        pl.scan_parquet(
            [file.path for file in group], schema=dict(empty.schema), missing_columns="insert",
            hive_partitioning=False, glob=False,
        ).with_columns(pl.lit(dt.date.fromisoformat(day)).alias("day"))
        for day, group in groupby(sorted(stored, key=attrgetter("day")), key=attrgetter("day"))
    ]  # fmt: skip
    return pl.concat(by_day)
