"""Which process opened something: what a fork inherits must not be used in the child.

A forked child shares its parent's sockets and SQLite handles, but none of its threads, and a lock
that a thread held at the fork stays locked for ever. So everything that owns such things checks
the process first, before it takes any lock, and refuses.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from imgurdata.errors import ImgurDataError

if TYPE_CHECKING:
    from _thread import RLock as Lock

__all__ = ["OwningProcess"]


class OwningProcess:
    """The process in which an object was made.

    Parameters
    ----------
    what : str
        Subject of the message: ``"This session"``.
    remedy : str
        What to do in the worker.
    """

    __slots__ = ("_lock", "_pid", "_remedy", "_what")

    def __init__(self, what: str, remedy: str = "call imgurdata.connect() in the worker") -> None:
        self._lock = threading.RLock()
        self._pid = os.getpid()
        self._what = what
        self._remedy = remedy

    @property
    def is_current(self) -> bool:
        """Whether the running process is that one."""
        return os.getpid() == self._pid

    @property
    def lock(self) -> Lock:
        """A reentrant lock for the threads of that process.

        A forked child is refused before it waits: nobody there would release what a thread of the
        parent held at the fork. It is entered as the lock itself, since an interrupt could come
        between the steps of an ``__enter__`` in Python.

        Raises
        ------
        ImgurDataError
            The running process is another one.
        """
        self.check()
        return self._lock

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
