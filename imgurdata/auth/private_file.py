"""Small files that only their owner may read, shared by all processes of a machine."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

__all__ = ["locked", "read_private", "write_private"]

logger = logging.getLogger(__name__)

#: Longer files are not ours.
_LONGEST = 1 << 20
#: Seconds between two tries for a lock.
_PAUSE = 0.02
#: Errors of a lock that another process holds; others mean that the file system has no locks.
_HELD = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK})


def read_private(path: Path) -> bytes | None:
    """Return what is in the file, or None where there is none.

    A file that others may read is made the owner's alone, with a warning.

    Raises
    ------
    OSError
        It cannot be read, is no regular file, belongs to somebody else or is far too long.
    """
    # Without waiting: a FIFO would block until somebody writes into it.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        if sys.platform != "win32":
            if status.st_uid != os.getuid():
                raise OSError(errno.EPERM, "it belongs to somebody else")
            if stat.S_IMODE(status.st_mode) & 0o077:
                os.fchmod(file.fileno(), 0o600)
                logger.warning(
                    "Others could read %s. It is yours alone now; if this machine has other "
                    "users, sign in again.", path,
                )  # fmt: skip
        data = file.read(_LONGEST + 1)
    if len(data) > _LONGEST:
        raise OSError(errno.EFBIG, "it is far too long")
    return data


def write_private(path: Path, data: bytes) -> None:
    """Replace the file in one step; nobody else can read it at any moment.

    To be called inside :func:`locked`: what a killed process left half written is removed.

    Raises
    ------
    OSError
        It cannot be written; what was there before stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    prefix = f".{path.stem}-"
    for left in path.parent.glob(f"{prefix}*.new"):
        with contextlib.suppress(OSError):
            left.unlink()
    # mkstemp makes it 0600 from its first moment; the name changes when all is written.
    descriptor, name = tempfile.mkstemp(prefix=prefix, suffix=".new", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


@contextlib.contextmanager
def locked(path: Path, wait: float) -> Iterator[None]:
    """Hold the lock that belongs to a file: between threads and processes, one at a time.

    The lock is a file of its own beside it and ends with its process, however that ends. Where
    the file system has no locks, the block runs all the same.

    Parameters
    ----------
    path : Path
        The file; it need not exist.
    wait : float
        Seconds to wait for the lock at most.

    Raises
    ------
    TimeoutError
        Somebody else held it all the time.
    OSError
        The lock's file cannot be made.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    place = path.with_name(f".{path.stem}.lock")
    # Each holder opens the file anew: locks exclude open files, also those of one process.
    with open(place, "r+b", opener=lambda name, _: os.open(name, flags, 0o600)) as file:
        deadline = time.monotonic() + wait
        while not _take(file):
            if time.monotonic() >= deadline:
                raise TimeoutError(errno.ETIMEDOUT, f"another process has held it for {wait:.0f} s")
            time.sleep(_PAUSE)
        try:
            yield
        finally:
            # Explicitly: a forked child may have inherited the open file.
            _release(file)


def _take(file: IO[bytes]) -> bool:
    """Try to lock an open file; return whether to go on."""
    try:
        if sys.platform == "win32":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in _HELD
    return True


def _release(file: IO[bytes]) -> None:
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
        else:
            fcntl.flock(file.fileno(), fcntl.LOCK_UN)
