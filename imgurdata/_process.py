"""Process that opened something: a forked child must not use what it inherits.

A forked child shares its parent's sockets and SQLite handles, but none of its threads, and a lock
that a thread held at the fork stays locked for ever. Everything that owns such things checks the
process first, before it takes any lock.
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
    """Process in which an object was made.

    Parameters
    ----------
    subject : str
        Subject of the message: ``"This session"``.
    remedy : str
        What to do in the worker.
    """

    __slots__ = ("_lock", "_pid", "_remedy", "_subject")

    def __init__(
        self, subject: str, remedy: str = "call imgurdata.connect() in the worker"
    ) -> None:
        self._lock = threading.RLock()
        self._pid = os.getpid()
        self._subject = subject
        self._remedy = remedy

    @property
    def is_current(self) -> bool:
        """Whether the running process is that one."""
        return os.getpid() == self._pid

    @property
    def lock(self) -> Lock:
        """Reentrant lock for the threads of that process; a forked child is refused.

        It is entered as the lock itself: an interrupt could come between the steps of an
        ``__enter__`` in Python.
        """
        if os.getpid() != self._pid:
            self.check()
        return self._lock

    def check(self) -> None:
        """Raise ImgurDataError in a forked child."""
        if os.getpid() != self._pid:
            raise ImgurDataError(
                f"{self._subject} was opened in another process (pid {self._pid}), and a forked "
                f"process cannot share its connections: {self._remedy}."
            )
