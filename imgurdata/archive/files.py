"""Files of an archive: names, listing, and writing that is whole or not at all.

A snapshot is one immutable file, ``record=post/day=2026-03-01/s-FIRST-LAST-DIGEST.parquet``: the
times of its first and last answer, and a digest of what makes it this snapshot. Compaction writes
``c-...`` files, whose footer lists the files that they replace. :meth:`Files.current` is the only
place that decides which files count.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import logging
import os
import re
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet as pq

from imgurdata._format import path_text
from imgurdata._home import expanded
from imgurdata._validate import refuse, shown
from imgurdata.archive.table import fingerprint
from imgurdata.errors import ArchiveUnusable, InvalidArgument, MissingExtra, missing_extra, redact
from imgurdata.model.records import find_table

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

    from imgurdata.model.schema import Record

__all__ = ["FORMAT", "ArchiveFile", "Files", "file_name", "without_replaced"]

logger = logging.getLogger(__name__)

#: Version of layout and footers.
FORMAT = 1
#: Key of our JSON in a file's footer.
FOOTER_KEY = b"imgurdata"

_TIME = "%Y%m%dT%H%M%S%fZ"
_PATH = re.compile(
    r"/day=(?P<day>\d{4}-\d\d-\d\d)/(?P<name>(?P<kind>[sc])-(?P<first>\d{8}T\d{12}Z)"
    r"-(?P<last>\d{8}T\d{12}Z)-[0-9a-f]{16})\.parquet\Z"
)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_TEMPORARY = ".tmp-"
#: Columns by which parts of files are passed over.
_SEARCHED = ("id", "post_id", "fetched_at")
#: Temporary files older than this were left by a process that was killed; in seconds.
_LEFT_BEHIND = 3600.0
_MAX_LISTINGS = 100
#: Compaction of a large day takes minutes.
_LOCK_WAIT = 600.0


@dataclass(frozen=True)
class ArchiveFile:
    """File of an archive.

    Attributes
    ----------
    path : str
    name : str
        Its name without ending, by which compacted files know it.
    compacted : bool
    first, last : datetime.datetime
        Times of its first and last answer.
    day : str
    size : int
    """

    path: str
    name: str
    compacted: bool
    first: dt.datetime
    last: dt.datetime
    day: str
    size: int

    @classmethod
    def of(cls, path: str, size: int) -> ArchiveFile | None:
        """Return the file at a path, or None for one that no archive writes."""
        match = _PATH.search(path)
        if match is None:
            return None
        first, last = (
            dt.datetime.strptime(match[key], _TIME).replace(tzinfo=dt.UTC)
            for key in ("first", "last")
        )
        return cls(path, match["name"], match["kind"] == "c", first, last, match["day"], size)


def file_name(first: dt.datetime, last: dt.datetime, digest: str, *, compacted: bool) -> str:
    """Return the name of a file; ``digest`` is cut to 16 hex characters."""
    kind = "c" if compacted else "s"
    times = "-".join(time.astimezone(dt.UTC).strftime(_TIME) for time in (first, last))
    return f"{kind}-{times}-{digest[:16]}"


class Files:
    """Files below one URL.

    Parameters
    ----------
    url : str or path
        Folder, or a URL that fsspec knows.
    """

    def __init__(self, url: str | os.PathLike[str]) -> None:
        if not isinstance(url, (str, os.PathLike)) or not os.fspath(url):
            refuse("url", "a folder or a URL such as 's3://bucket/folder'", url)
        text = os.fsdecode(url) if isinstance(url, os.PathLike) else url
        is_url = _URL.match(text) is not None
        if text.startswith("file://"):
            text, is_url = text.removeprefix("file://"), False
        self.is_local = not is_url
        #: What reading and writing may raise: libraries of stores have errors of their own.
        self.errors: tuple[type[Exception], ...] = (
            (OSError, ValueError, pa.ArrowException) if self.is_local else (Exception,)
        )
        #: What a message calls the archive; a URL may hold a key.
        self.shown = path_text(redact(text)) if is_url else path_text(text)
        self.url = text if is_url else str(expanded(text, "archive", ArchiveUnusable).absolute())

    @cached_property
    def fs(self) -> FileSystem:
        """File system of pyarrow."""
        if self.is_local:
            return pyarrow.fs.LocalFileSystem()
        return pyarrow.fs.PyFileSystem(pyarrow.fs.FSSpecHandler(self.fsspec[0]))

    @cached_property
    def root(self) -> str:
        """Path of the archive in its file system."""
        return Path(self.url).as_posix() if self.is_local else self.fsspec[1]

    @cached_property
    def fsspec(self) -> tuple[Any, str]:
        """File system of fsspec and the path in it, of a URL.

        Raises
        ------
        MissingExtra
            fsspec, or its part for this protocol, is not installed.
        InvalidArgument
            No such protocol.
        """
        try:
            import fsspec
        except ImportError:
            raise missing_extra("fsspec", "archive", what=f"An archive at {self.shown}") from None
        try:
            fs, root = fsspec.core.url_to_fs(self.url)
        except ImportError as error:
            raise MissingExtra(
                f"An archive at {self.shown} needs another package: {redact(str(error))}."
            ) from None
        except ValueError as error:
            refuse("url", f"a folder or a URL that fsspec knows ({redact(str(error))})", self.shown)
        except self.errors as error:
            self.fail("opened", error)
        # Listings are not cached: other processes write, too.
        fs.use_listings_cache = False
        if getattr(fs, "dircache", None) is not None:
            fs.dircache.use_listings_cache = False
            fs.dircache.clear()
        return fs, str(root).rstrip("/")

    def engine_path(self, path: str) -> str:
        """Return a path as DuckDB, Dask and Polars take it."""
        return path if self.is_local else str(self.fsspec[0].unstrip_protocol(path))

    def fail(self, action: str, error: BaseException, path: str = "") -> NoReturn:
        """Raise ArchiveUnusable for an error of the file system."""
        number = getattr(error, "errno", None) if self.is_local else None
        # Arrow puts long paths before what the system says.
        text = os.strerror(number) if number else str(getattr(error, "strerror", None) or error)
        reason = redact(text.partition("\n")[0], 200)
        what = f"The file {path_text(path)} of the archive" if path else "The archive"
        raise ArchiveUnusable(
            f"{what} {self.shown} cannot be {action}: {reason or type(error).__name__}."
        ) from None

    # Listing ------------------------------------------------------------------------------------

    def missing(self) -> str | None:
        """Return that no archive is there, in words, or None: only a writer makes a new one.

        An empty folder is an archive without snapshots, one of other files is none.
        """
        names = [info.base_name for info in self._list(self.root, recursive=False)]
        names = [name for name in names if not name.startswith(".")]
        try:
            found = self.fs.get_file_info(self.root).type
        except self.errors as error:
            self.fail("listed", error)
        is_other = names and not any(name.startswith("record=") for name in names)
        if not is_other and found != pyarrow.fs.FileType.NotFound:
            return None
        where = path_text(self.url) if self.is_local else self.shown
        return (
            f"There is no archive at {where}. Check the path; append() or collect() makes a new "
            "archive."
        )

    def must_exist(self) -> None:
        """Raise ArchiveUnusable if no archive is there."""
        if reason := self.missing():
            raise ArchiveUnusable(reason)

    def note_missing(self) -> None:
        """Log a warning if no archive is there: it reads like one without snapshots."""
        if reason := self.missing():
            logger.warning("%s", reason)

    def records(self) -> list[str]:
        """Return the names of the records that the archive has files of."""
        infos = self._list(self.root, recursive=False)
        found = (i.base_name for i in infos if i.type == pyarrow.fs.FileType.Directory)
        return sorted(n.removeprefix("record=") for n in found if n.startswith("record="))

    def declared(self, record: str) -> Record:
        """Return the declaration of a record that the archive has a folder of."""
        try:
            return find_table(record)
        except InvalidArgument:
            raise ArchiveUnusable(
                f"The folder {path_text('record=' + record)} of the archive {self.shown} holds a "
                "record that this version of imgurdata does not know. Install a newer one, or move "
                "the folder out of the archive."
            ) from None

    def newest(self, *records: str) -> dt.datetime | None:
        """Return the time of the newest snapshot, by default of any record."""
        names = records or self.records()
        return max((file.last for name in names for file in self.all(name)), default=None)

    def current(
        self, record: str, since: dt.datetime | None = None, until: dt.datetime | None = None
    ) -> list[ArchiveFile]:
        """Return the files that hold a record, each row once, oldest first.

        Files that a compacted file replaces are left out, whether or not they are still there.
        ``since`` and ``until`` leave out files with no row of that time.
        """
        files = [
            file
            for file in self.all(record)
            if (since is None or file.last >= since) and (until is None or file.first < until)
        ]
        if not files:
            self.note_missing()
        # Days are compacted one by one: a file that is alone in its day is replaced by none, and
        # its footer, of megabytes when it is read, need not be.
        number = Counter(file.day for file in files)
        return without_replaced(files, self.replaced(f for f in files if number[f.day] > 1))

    def replaced(self, files: Iterable[ArchiveFile]) -> dict[str, frozenset[str]]:
        """Return, for each compacted file, the names of the files that it replaces."""
        return {
            file.name: frozenset(self.footer(file).get("replaces", ()))
            for file in files
            if file.compacted
        }

    def all(self, record: str) -> list[ArchiveFile]:
        """Return all files of a record, replaced ones too, oldest first.

        Raises
        ------
        ArchiveUnusable
            There is a Parquet file that no archive wrote.
        """
        # A listing is not atomic: compaction may publish a file behind it and remove, before it,
        # what that file replaces. A second, equal listing began after all that the first missed.
        previous = self._scan(record)
        for _ in range(_MAX_LISTINGS):
            listed = self._scan(record)
            if listed == previous:
                return listed
            previous = listed
        raise ArchiveUnusable(
            f"The archive {self.shown} changes faster than it can be listed. Try again."
        )

    def _scan(self, record: str) -> list[ArchiveFile]:
        found = []
        for info in self._list(f"{self.root}/record={record}", recursive=True):
            if info.type != pyarrow.fs.FileType.File or not info.base_name.endswith(".parquet"):
                continue
            if info.base_name.startswith((".", "_")):
                continue  # temporary files, and those that other tools keep
            file = ArchiveFile.of(info.path, int(info.size or 0))
            if file is None:
                raise ArchiveUnusable(
                    f"The file {path_text(info.path)} in the archive {self.shown} was not written "
                    "by an archive. Move it out of the folder; append() takes frames."
                )
            found.append(file)
        return sorted(found, key=lambda file: (file.first, file.name))

    def _list(self, folder: str, *, recursive: bool) -> list[Any]:
        selector = pyarrow.fs.FileSelector(folder, allow_not_found=True, recursive=recursive)
        try:
            if not self.is_local:
                # Arrow takes a folder that the store refuses to list for one that is not there.
                self.fsspec[0].ls(folder, detail=False)
            return list(self.fs.get_file_info(selector))
        except FileNotFoundError:
            return []  # a folder that went away meanwhile
        except self.errors as error:
            self.fail("listed", error)

    def day_files(self, record: str, day: str, prefix: str = "") -> list[ArchiveFile]:
        """Return the files of one day, listed once and without their sizes: for writers.

        Only names that begin with ``prefix`` are read, since a day may have a thousand.
        """
        folder = self.folder(record, day)
        if self.is_local:
            # Arrow would ask for the size of each: an append would take longer with each file.
            try:
                names = [path.name for path in Path(folder).iterdir()]
            except (FileNotFoundError, NotADirectoryError):
                return []
            except OSError as error:
                self.fail("listed", error)
        else:
            names = [info.base_name for info in self._list(folder, recursive=False)]
        found = (ArchiveFile.of(f"{folder}/{n}", 0) for n in names if n.startswith(prefix))
        return [file for file in found if file is not None]

    def folder(self, record: str, day: str) -> str:
        """Return the folder of a record and day."""
        return f"{self.root}/record={record}/day={day}"

    # Reading ------------------------------------------------------------------------------------

    def footer(self, file: ArchiveFile, metadata: pq.FileMetaData | None = None) -> dict[str, Any]:
        """Return our part of a file's footer, out of its metadata if they have been read.

        Raises
        ------
        ArchiveUnusable
            The file is damaged, or of a newer format.
        """
        metadata = self.metadata(file) if metadata is None else metadata
        try:
            footer = json.loads((metadata.metadata or {})[FOOTER_KEY])
            version = footer["format"]
        except (KeyError, ValueError, TypeError):
            self.damaged(file.path, "its footer does not say which snapshots it holds")
        if version != FORMAT:
            raise ArchiveUnusable(
                f"The file {path_text(file.path)} of the archive {self.shown} has format "
                f"{shown(version)}, and this version of imgurdata reads format {FORMAT}. Install a "
                "newer one."
            )
        return dict(footer)

    def metadata(self, file: ArchiveFile) -> pq.FileMetaData:
        """Return the metadata of a file; ArchiveUnusable names a damaged one."""
        try:
            return pq.read_metadata(file.path, filesystem=self.fs)
        except self.errors as error:
            self.damaged(file.path, error)

    def read(self, file: ArchiveFile) -> pa.Table:
        """Return all rows of a file; ArchiveUnusable names a damaged one."""
        try:
            return pq.read_table(
                file.path, filesystem=self.fs, partitioning=None, page_checksum_verification=True
            )
        except self.errors as error:
            self.damaged(file.path, error)

    def damaged(self, path: str, error: object) -> NoReturn:
        """Raise ArchiveUnusable for a file that cannot be read; FileNotFoundError if it has gone.

        Arrow's errors say what is wrong with the content; those of the system, and of a store's
        library, say nothing of it.
        """
        if isinstance(error, (ArchiveUnusable, FileNotFoundError)):
            raise error
        is_content = isinstance(error, (str, pa.ArrowException)) or (
            type(error) in {OSError, ValueError} and getattr(error, "errno", None) is None
        )
        if isinstance(error, Exception) and not is_content:
            self.fail("read", error, path)
        reason = redact(str(error).partition("\n")[0].rstrip("."), 200)
        raise ArchiveUnusable(
            f"The file {path_text(path)} of the archive {self.shown} is damaged: {reason}. Bring "
            "it back from a copy, or move it away: the other files are whole."
        ) from None

    # Writing ------------------------------------------------------------------------------------

    def make(self) -> None:
        """Make the folder of a new archive; raise ArchiveUnusable if it cannot be made."""
        if self.is_local:  # object stores have no folders
            try:
                self.fs.create_dir(self.root, recursive=True)
            except self.errors as error:
                self.fail("written", error)

    def write(self, path: str, table: pa.Table, footer: Mapping[str, Any], **options: Any) -> None:
        """Write a file under a temporary name, and move it to its own.

        Raises
        ------
        ArchiveUnusable
            It cannot be written; nothing is left behind.
        """
        folder, _, name = path.rpartition("/")
        temporary = f"{folder}/{_TEMPORARY}{secrets.token_hex(8)}-{name}"
        columns = fingerprint(table.schema)
        text = json.dumps({**footer, "format": FORMAT, "columns": columns}).encode()
        metadata = {**(table.schema.metadata or {}), FOOTER_KEY: text}
        try:
            self.fs.create_dir(folder, recursive=True)
            try:
                pq.write_table(
                    table.replace_schema_metadata(metadata), temporary, filesystem=self.fs,
                    compression="zstd", write_page_checksum=True,
                    write_statistics=[n for n in _SEARCHED if n in table.column_names], **options,
                )  # fmt: skip
                self._sync(temporary)
                self.fs.move(temporary, path)
            except BaseException:
                with contextlib.suppress(*self.errors):
                    self.fs.delete_file(temporary)
                raise
        except self.errors as error:
            self.fail("written", error)

    def _sync(self, path: str) -> None:
        """Let a file reach the disk before it gets its name, so that no name holds half a file."""
        if self.is_local:
            descriptor = os.open(path, os.O_RDWR)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def remove(self, path: str) -> None:
        """Remove a file, if it is still there."""
        try:
            self.fs.delete_file(path)
        except FileNotFoundError:
            pass
        except self.errors as error:
            self.fail("removed", error, path)

    def sweep(self, record: str) -> None:
        """Remove temporary files that killed processes left."""
        now = dt.datetime.now(dt.UTC)
        for info in self._list(f"{self.root}/record={record}", recursive=True):
            if info.base_name.startswith(_TEMPORARY) and (
                info.mtime is None or (now - info.mtime).total_seconds() > _LEFT_BEHIND
            ):
                self.remove(info.path)

    @contextlib.contextmanager
    def maintenance(self) -> Iterator[None]:
        """Exclude other compactions and forgettings of a local archive.

        Raises
        ------
        ArchiveUnusable
            There is no archive, another process is at it, or the folder cannot be written.
        """
        self.must_exist()
        # Late, since signing in brings requests, which no reader needs.
        from imgurdata.auth.private_file import locked

        with contextlib.ExitStack() as stack:
            if self.is_local:  # object stores have no locks; readers bear two compactions at once
                try:
                    stack.enter_context(locked(Path(self.url) / "archive", _LOCK_WAIT))
                except OSError as error:
                    self.fail("changed", error)
            yield


def without_replaced(
    files: Iterable[ArchiveFile], replaced: Mapping[str, frozenset[str]]
) -> list[ArchiveFile]:
    """Return the files that no compacted file replaces.

    Of two compacted files with the same content, or of which one holds all of the other, one is
    returned: two processes compacted at once, or one was killed.
    """
    dead: set[str] = set()
    for names in replaced.values():
        dead |= names
    alive = sorted(name for name in replaced if name not in dead)
    for name in alive:
        for other in alive:
            if name == other or other in dead or name in dead:
                continue
            mine, theirs = replaced[name], replaced[other]
            if mine < theirs or (mine == theirs and name < other):
                dead.add(name)
            elif not (theirs <= mine or mine.isdisjoint(theirs)):
                raise ArchiveUnusable(
                    f"The files {name} and {other} hold some of the same snapshots. Move one of "
                    "them away, and append its other snapshots again."
                )
    return [file for file in files if file.name not in dead]
