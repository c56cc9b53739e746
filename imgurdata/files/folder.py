"""A folder of downloaded files: names by ids, whole files only, nothing overwritten.

A file is written under a temporary name and gets its own when it is complete, so that whatever
ends a run (a signal, a full disk, a power cut) leaves no half file under an id. Two runs may share
a folder.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from imgurdata._format import path_text
from imgurdata.errors import BadResponse, ImgurDataError, InvalidArgument
from imgurdata.files.kinds import media_type_of
from imgurdata.model.media_types import EXTENSIONS

if sys.platform != "win32":
    import fcntl

__all__ = ["Folder", "PartFile", "StoredFile", "read_file"]

_PREFIX, _SUFFIX = ".imgurdata-", ".part"
_KNOWN = {**{ext: ext for ext in EXTENSIONS.values()}, "jpeg": "jpg"}
#: Names that this module gives: id, mark of upper-case letters, size letter, extension.
_NAME = re.compile(
    r"(?P<stem>[A-Za-z0-9]{5,10}(?:~[0-9a-f]{1,3})?(?:_[sbtmlh])?)\.(?P<extension>[a-z0-9]{3,4})"
)
_READ = 2**20
#: Bytes at the beginning of a file that tell its type.
_TELLING = 16
#: What file systems without links answer.
_NO_LINKS = frozenset({errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK})


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Facts of a file in the folder.

    Attributes
    ----------
    path : Path
    bytes : int
    sha256 : str
        In hexadecimal digits.
    media_type : str or None
        By its first bytes; None if it is no picture or video.
    """

    path: Path
    bytes: int
    sha256: str
    media_type: str | None


def read_file(path: Path) -> StoredFile:
    """Read a file that is there already."""
    digest, size, head = hashlib.sha256(), 0, b""
    try:
        with path.open("rb") as file:
            while piece := file.read(_READ):
                head = head or piece[:64]
                size += len(piece)
                digest.update(piece)
    except OSError as error:
        raise _unusable(path, error, "read") from None
    return StoredFile(path, size, digest.hexdigest(), media_type_of(head))


class PartFile:
    """File that is being written, under a temporary name; a context manager that deletes it.

    The name is locked while its process lives, so that another run deletes only what a killed one
    has left.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.path, self._file = self._create()
        self._begin()

    def _create(self) -> tuple[Path, IO[bytes]]:
        while True:
            path = self._folder / f"{_PREFIX}{secrets.token_hex(6)}{_SUFFIX}"
            file = path.open("xb")
            # Another run may have deleted it before it was locked.
            if _lock(file) and path.exists():
                return path, file
            file.close()
            path.unlink(missing_ok=True)

    def _begin(self) -> None:
        self.size = 0
        self.media_type: str | None = None
        self._head = b""
        self._digest = hashlib.sha256()

    def restart(self) -> None:
        """Forget what was written: another attempt begins."""
        with self._errors():
            self._file.seek(0)
            self._file.truncate()
        self._begin()

    def write(self, piece: bytes) -> None:
        """Write the next bytes; raise BadResponse if the file begins as no picture does."""
        if self.media_type is None:
            # The first piece may be shorter than what tells the type.
            self._head += piece
            if len(self._head) >= _TELLING:
                self._write_head()
            return
        self._write(piece)

    def _write_head(self) -> None:
        self.media_type = media_type_of(self._head)
        if self.media_type is None:
            raise BadResponse(
                "The answer is neither a picture nor a video.",
                body=self._head[:500].decode("utf-8", "replace"),
            )
        self._write(self._head)

    def _write(self, piece: bytes) -> None:
        with self._errors():
            self._file.write(piece)
        self._digest.update(piece)
        self.size += len(piece)

    def keep(self, stem: str, *, overwrite: bool) -> tuple[StoredFile, bool]:
        """Name the complete file; return what is there then, and whether it is new.

        A file that has the name is kept, unless it is to be overwritten. Raises BadResponse if
        what came is no picture.
        """
        if self.media_type is None:
            self._write_head()
        target = self._folder / f"{stem}.{EXTENSIONS[str(self.media_type)]}"
        with self._errors():
            self._file.flush()
            os.fsync(self._file.fileno())
            if sys.platform == "win32":
                self._file.close()  # an open file cannot be renamed there
            is_new = _rename(self.path, target, overwrite=overwrite)
        if not is_new:
            return read_file(target), False
        return StoredFile(target, self.size, self._digest.hexdigest(), self.media_type), True

    def __enter__(self) -> PartFile:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _errors(self) -> Any:
        try:
            yield
        except OSError as error:
            raise _unusable(self._folder, error, "written") from None


class Folder:
    """Folder that files are downloaded to; used by several threads.

    Parameters
    ----------
    path : Path
        Made if it is not there.

    Raises
    ------
    InvalidArgument
        It is no folder that can be written to.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        #: Name of each file by its stem; and the stem that each name without case belongs to.
        self._files: dict[str, str] = {}
        self._taken: dict[str, str] = {}
        try:
            path.mkdir(parents=True, exist_ok=True)
            PartFile(path).__exit__()
            self._scan()
        except OSError as error:
            reason = error.strerror or type(error).__name__
        except ValueError:
            reason = "no folder can have this name"
        else:
            return
        raise InvalidArgument(
            f"folder must be a folder that files can be written to; {path_text(path)} is not "
            f"({reason})."
        )

    def _scan(self) -> None:
        with os.scandir(self.path) as entries:
            for entry in entries:
                if entry.name.startswith(_PREFIX) and entry.name.endswith(_SUFFIX):
                    _delete_abandoned(Path(entry.path))
                elif (match := _NAME.fullmatch(entry.name)) and match["extension"] in _KNOWN:
                    self._taken.setdefault(match["stem"].casefold(), match["stem"])
                    # An empty file is what a run leaves that was killed while it named a file.
                    if entry.is_file() and entry.stat().st_size:
                        self._files.setdefault(match["stem"], entry.name)

    def stem(self, id: str, size: str | None) -> str:
        """Return the name of an image's file, without extension.

        It is the id, and the size letter of a thumbnail. Where a file of another id has that name
        but for upper and lower case, which many file systems do not tell apart, a mark of the
        upper-case letters follows the id.
        """
        end = f"_{size}" if size else ""
        plain, marked = f"{id}{end}", f"{id}~{_case_mark(id)}{end}"
        with self._lock:
            if marked in self._files:
                return marked
            if self._taken.setdefault(plain.casefold(), plain) == plain:
                return plain
            self._taken.setdefault(marked.casefold(), marked)
            return marked

    def find(self, stem: str) -> Path | None:
        """Return the file of a stem, if it was there when the folder was read."""
        name = self._files.get(stem)
        return None if name is None else self.path / name

    def part(self) -> PartFile:
        """Return a new file under a temporary name."""
        try:
            return PartFile(self.path)
        except OSError as error:
            raise _unusable(self.path, error, "written") from None


def _case_mark(id: str) -> str:
    """Return which letters of an id are upper case, in hexadecimal digits."""
    return f"{sum(1 << place for place, letter in enumerate(id) if letter.isupper()):x}"


def _lock(file: IO[bytes]) -> bool:
    """Return whether a file could be locked; where no file can be, it counts as locked."""
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _delete_abandoned(path: Path) -> None:
    """Delete a temporary file if the process that wrote it has ended."""
    with contextlib.suppress(OSError):
        if sys.platform != "win32":
            with path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
        else:
            path.unlink()  # refused while it is open


def _rename(source: Path, target: Path, *, overwrite: bool) -> bool:
    """Rename a file; return False if the target is there and must stay. Never half of one."""
    if overwrite:
        source.replace(target)
        return True
    try:
        if sys.platform == "win32":
            source.rename(target)  # refuses a target that is there
        else:
            os.link(source, target)  # as rename() would not
    except FileExistsError:
        return _replace_empty(source, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        try:
            # An empty file takes the name first.
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        except FileExistsError:
            return _replace_empty(source, target)
        source.replace(target)
    return True


def _replace_empty(source: Path, target: Path) -> bool:
    """Replace an empty file: a run was killed that had taken the name. Others must stay."""
    if target.stat().st_size:
        return False
    source.replace(target)
    return True


def _unusable(path: Path, error: OSError, what: str) -> ImgurDataError:
    reason = error.strerror or type(error).__name__
    return ImgurDataError(
        f"{path_text(path)} cannot be {what}: {reason}. Files that came before are whole; the same "
        "call goes on from there."
    )
