"""``Archive``: snapshots over time in plain Parquet files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from imgurdata._clock import SystemClock
from imgurdata._validate import boolean, instant, refuse
from imgurdata.archive import compact as maintenance
from imgurdata.archive.engines import dask_frame, polars_frame, run_sql
from imgurdata.archive.export import export
from imgurdata.archive.files import Files
from imgurdata.archive.history import history_of
from imgurdata.archive.info import ArchiveInfo, archive_info
from imgurdata.archive.read import checked_columns, id_filter, ledger_of, read_rows
from imgurdata.archive.table import in_order, record_of, row_order, to_frame
from imgurdata.archive.write import store_snapshot
from imgurdata.model.records import SNAPSHOT, find_table
from imgurdata.model.schema import Record

if TYPE_CHECKING:
    import os

    import dask.dataframe as dd
    import polars as pl

__all__ = ["Archive"]

_EPOCH = dt.datetime.fromtimestamp(0, dt.UTC)


class Archive:
    """Snapshots of Imgur over time, in plain Parquet files.

    A frame of a loader is one snapshot, and one immutable file. Many processes may append at once;
    a reader sees each snapshot whole and once, also while :meth:`compact` runs.

    Parameters
    ----------
    url : str or path
        A folder, or any URL that fsspec knows (``s3://bucket/folder``, with
        ``pip install fsspec``). It is made with the first snapshot; one that is not there
        is read as empty, with a warning in the log that names the folder.

    Notes
    -----
    Files are ``record=post/day=2026-03-01/...parquet``: other tools read them, too, but see rows
    twice for a moment while a compaction runs; the methods here do not.

    Examples
    --------
    >>> import tempfile
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True) as session, tempfile.TemporaryDirectory() as folder:
    ...     archive = imd.Archive(folder)
    ...     for _ in range(3):
    ...         name = archive.append(imd.load_gallery())
    ...         now = session.sandbox.advance("1h")
    ...     len(archive.load("post")), len(archive.latest()) < 180
    (180, True)
    """

    def __init__(self, url: str | os.PathLike[str]) -> None:
        self._files = Files(url)

    @property
    def url(self) -> str:
        """Folder or URL."""
        return self._files.url

    def __repr__(self) -> str:
        return str(self.info())

    def _repr_html_(self) -> str:
        return self.info()._repr_html_()

    def __reduce__(self) -> tuple[Any, ...]:
        return (Archive, (self.url,))

    # Writing ------------------------------------------------------------------------------------

    def append(self, frame: pd.DataFrame, *, record: str | None = None) -> str:
        """Store a snapshot: a frame of a loader.

        Parameters
        ----------
        frame : pandas.DataFrame
            Frame of a loader, unchanged; ``attrs`` are kept, too.
        record : str, optional
            What a row is, where ``attrs`` are lost.

        Returns
        -------
        str
            Name of the snapshot. A snapshot is known by endpoint, parameters, ``fetched_at`` and
            ids; appending the same one again changes nothing.

        Raises
        ------
        InvalidArgument
            It is no frame of a loader, its columns or dtypes differ from ``imd.schema``, or rows
            have no ``fetched_at``.
        ArchiveUnusable
            It cannot be written; the message says why. Nothing of it is stored then.

        Examples
        --------
        >>> import tempfile
        >>> import imgurdata as imd
        >>> with imd.connect(sandbox=True), tempfile.TemporaryDirectory() as folder:
        ...     archive, posts = imd.Archive(folder), imd.load_gallery()
        ...     archive.append(posts) == archive.append(posts), len(archive.load("post"))
        (True, 60)
        """
        kind = record_of(frame, record)
        attrs = frame.attrs.get("imgurdata") or {}
        status = "ok" if attrs.get("complete", True) else "partial"
        return store_snapshot(self._files, frame, kind, attrs, status=status)

    # Reading ------------------------------------------------------------------------------------

    def load(
        self,
        record: str = "post",
        since: Any = None,
        until: Any = None,
        columns: Sequence[str] | None = None,
        ids: Any = None,
    ) -> pd.DataFrame:
        """Return rows as they were appended, of all snapshots.

        Parameters
        ----------
        record : str, default "post"
            As in ``imd.schema``; ``"snapshot"`` is the ledger, a row a snapshot.
        since, until : str, datetime.datetime, pandas.Timestamp or pandas.Timedelta, optional
            Rows whose ``fetched_at`` is at or after ``since`` and before ``until``: a time (in UTC
            unless it names a zone), or a duration back from the newest snapshot.
        columns : list of str, optional
            Columns to read; all by default.
        ids : str, list, Series or DataFrame, optional
            Rows of these ids only, as in :func:`imgurdata.load_posts`; for comments, numbers of
            comments or ids of their posts.

        Returns
        -------
        pandas.DataFrame
            Columns and dtypes as the loaders give them (columns that an older version did not have
            are NA), in order of ``fetched_at``, ``listing``, ``rank`` and id, whether compacted or
            not.

        Raises
        ------
        InvalidArgument
            No such record or column, or no such time.
        ArchiveUnusable
            A file is damaged, was written by something else, or its columns do not fit: the message
            names it. Times and records without that file can still be loaded.

        Examples
        --------
        >>> import tempfile
        >>> import imgurdata as imd
        >>> with imd.connect(sandbox=True), tempfile.TemporaryDirectory() as folder:
        ...     archive = imd.Archive(folder)
        ...     name = archive.append(imd.load_gallery())
        ...     archive.load("post", since="2026-03-01", columns=["id", "points"]).shape
        (60, 2)
        """
        kind = find_table(record)
        begin, end = self._times(kind.name, since, until)
        if kind is SNAPSHOT:
            if ids is not None:
                refuse("ids", "None for the ledger", ids)
            table = ledger_of(self._files, begin, end)
            names = table.column_names if columns is None else columns
            return to_frame(table.select(checked_columns(names, table.column_names, kind)))
        where = None if ids is None else id_filter(kind, ids)
        wanted = None if columns is None else checked_columns(columns, None, kind)
        table = self._in_order(kind, wanted, since=begin, until=end, where=where)
        return to_frame(table if wanted is None else table.select(wanted))

    def _in_order(self, record: Record, wanted: list[str] | None, **limits: Any) -> pa.Table:
        """Return rows in order; the columns by which they are ordered are always there."""
        if wanted is not None:
            keys = (key for key, _ in row_order(record.columns))
            wanted = list(dict.fromkeys([*wanted, *keys]))
        table, _ = read_rows(self._files, record, columns=wanted, **limits)
        return in_order(table)

    def history(
        self, ids: Any = None, values: Sequence[str] | None = None, changes: bool = False
    ) -> pd.DataFrame:
        """Return how the counts of posts grew: a row a post and snapshot.

        Parameters
        ----------
        ids : str, list, Series or DataFrame, optional
            Posts, as in :func:`imgurdata.load_posts`; all by default.
        values : list of str, optional
            Columns of posts in place of the counts.
        changes : bool, default False
            Only rows in which one of the values differs from the post's row before in that list.

        Returns
        -------
        pandas.DataFrame
            ``id, fetched_at, listing, rank`` and, unless ``values`` names others, ``points, score,
            views, ups, downs, comment_count``; in order of id, time and list. A snapshot noted as
            unchanged has rows here, with the values that it confirmed. ``attrs["imgurdata"]`` has
            ``"spans"``: for each list the end of its first snapshot and the beginning of its last,
            by which :func:`imgurdata.lifetimes` knows what it cannot see; and ``"missing"``: posts
            that Imgur answered were gone, with the time.

        Examples
        --------
        >>> import tempfile
        >>> import imgurdata as imd
        >>> with imd.connect(sandbox=True) as session, tempfile.TemporaryDirectory() as folder:
        ...     archive = imd.Archive(folder)
        ...     for _ in range(3):
        ...         name = archive.append(imd.load_gallery())
        ...         now = session.sandbox.advance("1h")
        ...     post = archive.load("post")["id"].iloc[0]
        ...     len(archive.history(post))
        3
        """
        return history_of(self._files, ids, values, changes=boolean("changes", changes))

    def latest(self, record: str = "post", columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return the newest row of each id.

        Parameters
        ----------
        record : str, default "post"
        columns : list of str, optional
            Columns to read; all by default.

        Returns
        -------
        pandas.DataFrame
            As :meth:`load`, each id once.
        """
        kind = find_table(record)
        if "id" not in kind.columns:
            refuse("record", "one with an id, such as 'post' or 'comment'", record)
        wanted = None if columns is None else checked_columns(columns, kind.columns, kind)
        table = self._in_order(kind, wanted)
        ids = to_frame(table.select(["id"]))["id"]
        rows = ids.drop_duplicates(keep="last").dropna().index
        table = table.take(pa.array(rows, pa.int64()))
        return to_frame(table if wanted is None else table.select(wanted))

    def _times(
        self, record: str, since: Any, until: Any
    ) -> tuple[dt.datetime | None, dt.datetime | None]:
        """Return times of arguments; a duration is counted back from the newest snapshot."""
        if since is None and until is None:
            return None, None
        newest = self._files.newest(*([] if record == SNAPSHOT.name else [record]))
        now = SystemClock().now() if newest is None else newest.timestamp()
        return _time("since", since, now), _time("until", until, now)

    # Upkeep -------------------------------------------------------------------------------------

    def compact(self) -> pd.DataFrame:
        """Merge the snapshots of each day into one file, and remove what killed processes left.

        Rows, dtypes and the ledger stay as they are; files become a few, and a tenth of the size.
        May run beside collectors and readers; killed at any moment, it leaves nothing double.

        Returns
        -------
        pandas.DataFrame
            ``record, day, files, bytes_before, bytes_after``: a row a day that was compacted.

        Raises
        ------
        ArchiveUnusable
            A file is damaged (the other days are compacted), or the folder is not there or cannot
            be written.
        """
        return maintenance.compact(self._files)

    def forget(self, ids: Any = None, authors: Any = None) -> pd.DataFrame:
        """Remove everything of some posts, comments or people, from all files.

        Parameters
        ----------
        ids : str, list, Series or DataFrame, optional
            Ids of posts, images, albums or comments; comments of a post go with it.
        authors : str or list of str, optional
            User names.

        Returns
        -------
        pandas.DataFrame
            ``file, record, rows``: a row a file that was rewritten, with the rows it lost.

        Raises
        ------
        InvalidArgument
            Neither is given.
        ArchiveUnusable
            There is no such folder, or a file cannot be read or written; call it again when that is
            mended.

        Notes
        -----
        Names that others wrote into titles or comments stay. A forgotten snapshot that is appended
        again stays forgotten. Copies and exports made before are not changed.
        """
        return maintenance.forget(self._files, ids, authors)

    def info(self) -> ArchiveInfo:
        """Return what the archive holds, what was collected and when, and its gaps.

        Never raises for a damaged file: the description lists it.
        """
        return archive_info(self._files)

    # Engines ------------------------------------------------------------------------------------

    def sql(self, query: str) -> pd.DataFrame:
        """Return the result of a query, run by DuckDB.

        Parameters
        ----------
        query : str
            SQL of DuckDB. Views: one a record (``post``, ``image``, ``comment``, ``account`` ...;
            with a DATE column ``day``, that of the snapshot in UTC), ``snapshot`` (the ledger), and
            ``post_latest`` (the newest row of each post).

        Returns
        -------
        pandas.DataFrame
            In the dtypes of our frames; other types as DuckDB gives them.

        Raises
        ------
        MissingExtra
            DuckDB is not installed; the message has the pip line.
        InvalidArgument
            DuckDB refuses the query; the message says why.
        """
        if not isinstance(query, str) or not query.strip():
            refuse("query", "SQL as text", query)
        return run_sql(self._files, query)

    def to_dask(self, record: str = "post", columns: Sequence[str] | None = None) -> dd.DataFrame:
        """Return a Dask frame of a record, a partition a file.

        Parameters
        ----------
        record : str, default "post"
        columns : list of str, optional
            Columns to read; all by default.

        Raises
        ------
        MissingExtra
            Dask is not installed; the message has the pip line.

        Notes
        -----
        It names the files of this moment. Take it again after :meth:`compact`. Rows are in no
        order.
        """
        frame: dd.DataFrame = dask_frame(self._files, find_table(record), columns)
        return frame

    def to_polars(self, record: str = "post") -> pl.LazyFrame:
        """Return a lazy Polars frame of a record.

        Parameters
        ----------
        record : str, default "post"

        Raises
        ------
        MissingExtra
            Polars is not installed; the message has the pip line.

        Notes
        -----
        It names the files of this moment. Take it again after :meth:`compact`. Rows are in no
        order.
        """
        frame: pl.LazyFrame = polars_frame(self._files, find_table(record))
        return frame

    def export(self, path: str | os.PathLike[str], *, ids_only: bool = False) -> Path:
        """Write the archive for others: one Parquet file a record, and ``datapackage.json``.

        Parameters
        ----------
        path : str or path
            A folder that does not exist or is empty.
        ids_only : bool, default False
            Only ids and times, for sharing without what people wrote: whoever has the export loads
            what still exists with ``imd.load_posts(ids)``.

        Returns
        -------
        pathlib.Path
            The folder.

        Raises
        ------
        InvalidArgument
            The folder is not empty.
        ArchiveUnusable
            It cannot be written.
        """
        return export(self._files, path, ids_only=boolean("ids_only", ids_only))


def _time(name: str, value: Any, now: float) -> dt.datetime | None:
    """Return the time that an argument names, or None."""
    if value is None:
        return None
    seconds = instant(name, value, now=now)
    try:
        return _EPOCH + dt.timedelta(seconds=seconds)
    except OverflowError:
        refuse(name, "a time of the years 1 to 9999", value)
