"""Which process opened something: what a fork inherits must not be used in the child.

A forked child shares its parent's sockets and SQLite handles, but none of its threads, and a lock
that a thread held at the fork stays locked for ever. So everything that owns such things checks
the process first, before it takes any lock, and refuses.
"""

from __future__ import annotations

import os
import threading

from imgurdata.errors import ImgurDataError

__all__ = ["OwnedLock", "OwningProcess"]


class OwningProcess:
    """The process in which an object was made.

    Parameters
    ----------
    what : str
        Subject of the message: ``"This session"``.
    remedy : str
        What to do in the worker.
    """

    __slots__ = ("_pid", "_remedy", "_what")

    def __init__(self, what: str, remedy: str = "call imgurdata.connect() in the worker") -> None:
        self._pid = os.getpid()
        self._what = what
        self._remedy = remedy

    @property
    def is_current(self) -> bool:
        """Whether the running process is that one."""
        return os.getpid() == self._pid

    def check(self) -> None:
        """Refuse use in a forked child.

        Raises
        ------
        ImgurDataError
            The running process is another one.
        """
        if os.getpid() != self._pid:
            raise ImgurDataError(
                f"{self._what} was opened in another process (pid {self._pid}), and a forked "
                f"process cannot share its connections: {self._remedy}."
            )


class OwnedLock:
    """A reentrant lock that is never waited for in a forked child; a context manager.

    A thread of the parent may hold it at the fork, and in the child nobody would release it.

    Parameters
    ----------
    owner : OwningProcess
        The process to which the lock belongs, checked first.
    """

    __slots__ = ("_lock", "owner")

    def __init__(self, owner: OwningProcess) -> None:
        self.owner = owner
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self.owner.check()
        self._lock.acquire()

    def __exit__(self, *exception: object) -> None:
        self._lock.release()
