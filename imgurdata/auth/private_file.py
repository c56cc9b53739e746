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

_MAX_SIZE = 1 << 20
#: Seconds between two tries for a lock.
_POLL_INTERVAL = 0.02
#: Errors of a lock that another process holds; others mean that the file system has no locks.
_LOCK_HELD = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK})
#: No link is followed, and a FIFO does not block until somebody writes into it.
_SAFE_OPEN = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def read_private(path: Path) -> bytes | None:
    """Return the content of a file, or None if it does not exist.

    If others may read it, it is made readable by its owner only, with a warning. Raise OSError if
    it cannot be read, is not a regular file, belongs to another user or is too long.
    """
    flags = os.O_RDONLY | _SAFE_OPEN | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        if sys.platform != "win32":
            if status.st_uid != os.getuid():
                raise OSError(errno.EPERM, "it belongs to somebody else")
            if stat.S_IMODE(status.st_mode) & 0o077:
                os.fchmod(file.fileno(), 0o600)
                logger.warning(
                    "Others could read %s. Only you can now; if this machine has other users, "
                    "sign in again.", path,
                )  # fmt: skip
        data = file.read(_MAX_SIZE + 1)
    if len(data) > _MAX_SIZE:
        raise OSError(errno.EFBIG, "it is too long")
    return data


def write_private(path: Path, data: bytes) -> None:
    """Replace a file atomically, readable by its owner only at any moment.

    Must be called inside :func:`locked`: it removes what a killed process left half written. If it
    raises OSError, the old content stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    prefix = f".{path.stem}-"
    for leftover in path.parent.glob(f"{prefix}*.new"):
        with contextlib.suppress(OSError):
            leftover.unlink()
    # mkstemp creates the file with mode 0600.
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
    """Hold the lock of a file, between threads and between processes.

    The lock is a file of its own beside it, and is released when its process ends. The block also
    runs where the file system has no locks. Raise TimeoutError if another thread or process holds
    the lock for so many seconds, and OSError if the lock file cannot be created.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    flags = os.O_RDWR | os.O_CREAT | _SAFE_OPEN
    lock_path = path.with_name(f".{path.stem}.lock")
    # Each holder opens the file anew: locks exclude open files, also those of the same process.
    with open(lock_path, "r+b", opener=lambda name, _: os.open(name, flags, 0o600)) as file:
        deadline = time.monotonic() + wait
        while _set_lock(file, True) in _LOCK_HELD:
            if time.monotonic() >= deadline:
                raise TimeoutError(errno.ETIMEDOUT, f"another process has held it for {wait:.0f} s")
            time.sleep(_POLL_INTERVAL)
        try:
            yield
        finally:
            # Explicitly: a forked child may have inherited the open file.
            _set_lock(file, False)


def _set_lock(file: IO[bytes], locked: bool) -> int | None:
    """Lock or unlock an open file without waiting; return the error number, if any."""
    try:
        if sys.platform == "win32":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK if locked else msvcrt.LK_UNLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB if locked else fcntl.LOCK_UN)
    except OSError as error:
        return error.errno
    return None
