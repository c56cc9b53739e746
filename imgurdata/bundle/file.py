"""The file of a bundle: a zip of Imgur's answers with a manifest, and how one is read warily.

It may come from anybody. So: nothing is extracted, names are compared with what they must be, all
that is read is bounded by what was declared and declared sizes are bounded, and the file ends with
the checksum of all of it. Checksums tell damage and tampering by accident; they don't tell who
wrote it.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import stat
import struct
import threading
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from imgurdata._clock import LATEST
from imgurdata._format import path_text
from imgurdata.endpoints import is_private
from imgurdata.errors import CacheUnusable

__all__ = [
    "VERSION",
    "Absent",
    "BundleFile",
    "BundledAnswer",
    "BundledPull",
    "Manifest",
    "is_bundle",
    "write",
]

#: Goes up when the file changes in a way that older versions can't read.
VERSION = 1

_MANIFEST = "manifest.json"
_BODY = re.compile(r"answers/([0-9a-f]{64})")
_COMMENT = re.compile(rb"imgurdata-bundle-(\d) sha256=([0-9a-f]{64})")
_COMMENT_LENGTH = len(f"imgurdata-bundle-{VERSION} sha256=") + 64
#: Of a zip: where its table of contents is, and how long its entries' heads are without names.
_END = struct.Struct("<4s4H2LH")
_HEAD, _ROW = 30, 46
#: All entries have one date, so that the same content makes the same bytes.
_DATE = (1980, 1, 1, 0, 0, 0)
#: No study is larger; more than a zip without extensions holds is not even looked at.
_MOST_ENTRIES = 65_000
_LARGEST_FILE = 2**31 - 1
_LARGEST_BODY = 256 * 2**20
_LARGEST_MANIFEST = 64 * 2**20
#: Values of a manifest, as far as commas and opening brackets tell: each takes memory when read.
_MOST_VALUES = 1_500_000
_LARGEST_WHOLE = 16 * 2**30
#: Imgur's JSON shrinks to a tenth; what shrinks more than this, and is not small, is a trap.
_RATIO, _SMALL = 250, 2**20
_CHUNK = 2**20
#: What zipfile raises of archives that are none, or are damaged.
_BROKEN = (
    OSError, ValueError, RuntimeError, EOFError, struct.error, zlib.error, zipfile.BadZipFile,
)  # fmt: skip


class BundledAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer that a bundle holds; ``asked`` is path and query in their one form."""

    asked: str
    sha256: str
    length: int
    checked_at: float
    date: str | None = None
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None

    def headers(self) -> dict[str, str]:
        """Return the answer's headers."""
        named = {
            "Content-Type": self.content_type, "ETag": self.etag,
            "Last-Modified": self.last_modified, "Date": self.date,
        }  # fmt: skip
        return {name: value for name, value in named.items() if value is not None}


class Absent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What Imgur said that it has not (404)."""

    asked: str
    message: str
    reason: str = ""


class BundledPull(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pull that the study ran: the table of ``Pull.from_dict``, and what it came to."""

    pull: dict[str, Any]
    endpoint: str
    fetched_at: str | None
    pages: int


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a bundle says of itself."""

    format: str
    version: int
    base_url: str
    schema_version: int
    versions: dict[str, str]
    first_fetched_at: str | None
    last_fetched_at: str | None
    pulls: list[BundledPull]
    answers: list[BundledAnswer]
    absent: list[Absent]
    left_out: dict[str, int]


# Writing ------------------------------------------------------------------------------------------


class Writer:
    """Takes up bodies, then the manifest; of :func:`write`."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._known: set[str] = set()

    def add(self, body: bytes) -> str:
        """Write a body, once however often it comes; returns its checksum."""
        digest = hashlib.sha256(body).hexdigest()
        if digest not in self._known:
            self._known.add(digest)
            self._entry(f"answers/{digest}", body)
        return digest

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest, last of all."""
        text = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
        if len(text) > _LARGEST_MANIFEST or _values(text) > _MOST_VALUES:
            raise CacheUnusable(
                "The bundle cannot be written: the study used more answers and pulls than a bundle "
                "may name. Export the sessions of its parts, one by one."
            )
        self._entry(_MANIFEST, text)

    def _entry(self, name: str, body: bytes) -> None:
        entry = zipfile.ZipInfo(name, _DATE)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.create_system = 3
        entry.external_attr = (stat.S_IFREG | 0o644) << 16
        self._archive.writestr(entry, body, compresslevel=6)


@contextmanager
def write(path: Path) -> Iterator[Writer]:
    """Write a bundle beside its place, and move it there when it is whole.

    Raises
    ------
    CacheUnusable
        It can't be written, or is larger than a bundle may be.
    """
    # Not named after the path, whose name may be as long as one can be.
    beside = path.with_name(f".imgurdata-{secrets.token_hex(4)}")
    try:
        with beside.open("xb+") as file:
            with zipfile.ZipFile(file, "w", allowZip64=False) as archive:
                archive.comment = b"?" * _COMMENT_LENGTH
                yield Writer(archive)
            _seal(file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except (OSError, zipfile.LargeZipFile) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CacheUnusable(f"The bundle {path_text(path)} cannot be written: {reason}.") from None
    finally:
        beside.unlink(missing_ok=True)


def _seal(file: BinaryIO) -> None:
    length = file.seek(0, os.SEEK_END) - _COMMENT_LENGTH
    mark = f"imgurdata-bundle-{VERSION} sha256={_sum(file, length)}".encode()
    file.seek(length)
    file.write(mark)


def _sum(file: BinaryIO, length: int) -> str:
    """SHA-256 of the first bytes of a file."""
    file.seek(0)
    digest = hashlib.sha256()
    while length > 0 and (piece := file.read(min(_CHUNK, length))):
        digest.update(piece)
        length -= len(piece)
    return digest.hexdigest()


# Reading ------------------------------------------------------------------------------------------


def is_bundle(path: Path) -> bool:
    """Return whether a file ends as a bundle does; it may be damaged all the same."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            file.seek(-_COMMENT_LENGTH, os.SEEK_END)
            return _COMMENT.fullmatch(file.read()) is not None
    except OSError:
        return False


class _Wrong(Exception):
    """Why a file is no good bundle, in a person's words."""


class BundleFile:
    """A bundle, open and checked from the first byte to the last; safe for many threads.

    Parameters
    ----------
    path
        Of the file.

    Attributes
    ----------
    manifest : Manifest
    size : int
        Bytes of the file.

    Raises
    ------
    CacheUnusable
        It is none, was changed, or is made to do harm.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        try:
            if path.exists() and not path.is_file():  # opening a pipe would wait for its other end
                raise self._refused("it is no regular file")
            self._file = path.open("rb")
        except OSError as error:
            raise self._refused(error.strerror or str(error)) from None
        try:
            self._sizes = _checked_layout(self._file)
            self.size = self._file.seek(0, os.SEEK_END)
            self._archive = zipfile.ZipFile(self._file)
            self.manifest = self._read_manifest()
            for name, length in {(one.sha256, one.length) for one in self.manifest.answers}:
                if self._sizes.get(f"answers/{name}") != length:
                    raise _Wrong("an answer has another length than its manifest says")
                for _ in self._pieces(f"answers/{name}", length, name):
                    pass
        except _Wrong as wrong:
            self._file.close()
            raise self._refused(str(wrong)) from None
        except _BROKEN as error:
            self._file.close()
            raise self._refused(f"it is damaged ({str(error) or type(error).__name__})") from None
        except BaseException:
            self._file.close()
            raise

    def body(self, held: BundledAnswer) -> bytes:
        """Return the body of an answer; checked again, since the file may have changed."""
        try:
            return b"".join(self._pieces(f"answers/{held.sha256}", held.length, held.sha256))
        except (_Wrong, *_BROKEN) as error:
            raise self._refused(f"it was changed while it was open ({error})") from None

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._archive.close()
            self._file.close()

    def _read_manifest(self) -> Manifest:
        names = set(self._sizes)
        text = b"".join(self._pieces(_MANIFEST, self._sizes[_MANIFEST]))
        # Looked at before it is decoded: a megabyte of "[]," would become fifty.
        if _values(text) > _MOST_VALUES:
            raise _Wrong("its manifest names more than a bundle may")
        try:
            manifest = msgspec.json.decode(text, type=Manifest)
        except (msgspec.DecodeError, RecursionError) as error:
            raise _Wrong(f"its manifest cannot be read ({error})") from None
        _check_manifest(manifest)
        if {f"answers/{held.sha256}" for held in manifest.answers} | {_MANIFEST} != names:
            raise _Wrong("it does not hold what its manifest names")
        return manifest

    def _pieces(self, name: str, length: int, digest: str = "") -> Iterator[bytes]:
        """Yield an entry, not a byte more than it declared, and compare it with its checksum."""
        found, left = hashlib.sha256(), length + 1
        with self._lock, self._archive.open(name) as entry:
            while left > 0 and (piece := entry.read(min(_CHUNK, left))):
                found.update(piece)
                left -= len(piece)
                yield piece
        if left != 1:
            raise _Wrong("an answer is longer or shorter than it says")
        if digest and found.hexdigest() != digest:
            raise _Wrong("an answer was changed: its checksum is another one")

    def _refused(self, reason: str) -> CacheUnusable:
        return CacheUnusable(f"The bundle {path_text(self.path)} cannot be used: {reason}.")


def _checked_layout(file: BinaryIO) -> dict[str, int]:
    """Lengths of the entries by name, after the file was found to be a bundle and nothing else."""
    size = file.seek(0, os.SEEK_END)
    if size < _END.size + _COMMENT_LENGTH:
        raise _Wrong("it is no bundle of imgurdata")
    file.seek(size - _COMMENT_LENGTH)
    found = _COMMENT.fullmatch(file.read(_COMMENT_LENGTH))
    if found is None:
        raise _Wrong("it is no bundle of imgurdata, or its end was changed or cut off")
    if int(found[1]) != VERSION:
        raise _Wrong(
            f"its format is {int(found[1])}, and this version of imgurdata reads {VERSION}"
        )
    if size > _LARGEST_FILE:
        raise _Wrong("it is larger than a bundle may be")
    if _sum(file, size - _COMMENT_LENGTH) != found[2].decode():
        raise _Wrong("it was changed after it was written: its checksum is another one")
    return _checked_entries(file, size)


def _checked_entries(file: BinaryIO, size: int) -> dict[str, int]:
    # Looked at before zipfile reads the table of contents into memory.
    file.seek(size - _COMMENT_LENGTH - _END.size)
    end = _END.unpack(file.read(_END.size))
    magic, disk, first_disk, here, count, length, start, comment = end
    names = (count - 1) * len("answers/" + 64 * "x") + len(_MANIFEST)
    good = magic == b"PK\5\6" and disk == first_disk == 0 and here == count
    fits = length == count * _ROW + names and comment == _COMMENT_LENGTH
    if not (good and fits and 0 < count <= _MOST_ENTRIES):
        raise _Wrong("its table of contents is not a bundle's")
    if start + length + _END.size + _COMMENT_LENGTH != size:
        raise _Wrong("there is more in it than its table of contents names")
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
    sizes = {entry.filename: entry.file_size for entry in entries}
    if len(sizes) != count or not all(n == _MANIFEST or _BODY.fullmatch(n) for n in sizes):
        raise _Wrong("its entries are not a bundle's")
    if sum(_HEAD + len(e.filename) + e.compress_size for e in entries) != start:
        raise _Wrong("its entries overlap, or there is something between them")
    for entry in entries:
        _check_entry(entry)
    if sum(sizes.values()) > _LARGEST_WHOLE:
        raise _Wrong("it would unpack to more than a bundle may")
    return sizes


def _check_entry(entry: zipfile.ZipInfo) -> None:
    most = _LARGEST_MANIFEST if entry.filename == _MANIFEST else _LARGEST_BODY
    if entry.flag_bits or entry.compress_type != zipfile.ZIP_DEFLATED or entry.extra:
        raise _Wrong("an entry is written as a bundle's is not")
    if entry.file_size > most:
        raise _Wrong("an entry would unpack to more than an answer may")
    if entry.file_size > max(_SMALL, _RATIO * entry.compress_size):
        raise _Wrong("an entry unpacks to so much that it is a trap")


def _values(text: bytes) -> int:
    """Return the number of values of a JSON text, or more."""
    return text.count(b",") + text.count(b"[") + text.count(b"{")


def _check_manifest(manifest: Manifest) -> None:
    """Check that the texts of a manifest are what they seem to be."""
    if (manifest.format, manifest.version) != ("imgurdata-bundle", VERSION):
        raise _Wrong("its manifest is not that of a bundle")
    asked = [held.asked for held in manifest.answers]
    asked += [absent.asked for absent in manifest.absent]
    if len(set(asked)) != len(asked):
        raise _Wrong("its manifest names an answer twice")
    for one in asked:
        if not one.startswith("/") or is_private(one.partition("?")[0]):
            raise _Wrong("its manifest names an answer that no bundle holds")
    if not all(0 <= held.checked_at < LATEST for held in manifest.answers):
        raise _Wrong("its manifest names a time that was not")
    if not all(text.isprintable() for text in _texts(manifest)):
        raise _Wrong("its manifest holds what can't be shown")


def _texts(manifest: Manifest) -> Iterator[str]:
    for held in manifest.answers:
        yield from (held.asked, *held.headers().values())
    for absent in manifest.absent:
        yield from (absent.asked, absent.message, absent.reason)
    for texts in (manifest.versions, manifest.left_out):
        yield from texts
    yield from manifest.versions.values()
