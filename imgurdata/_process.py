"""Process that opened something: a forked child must not use what it inherits.

A forked child shares its parent's sockets and SQLite handles, but none of its threads, and a lock
that a thread held at the fork stays locked for ever. Everything that owns such things checks the
process first, before it takes any lock.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from imgurdata.errors import ImgurDataError

if TYPE_CHECKING:
    from _thread import RLock as Lock

__all__ = ["OwningProcess"]


@dataclass(eq=False, repr=False, slots=True)
class OwningProcess:
    """Process in which an object was made.

    Parameters
    ----------
    subject : str
        Subject of the message: ``"This session"``.
    remedy : str
        What to do in the worker.
    """

    _subject: str
    _remedy: str = "call imgurdata.connect() in the worker"
    _lock: Lock = field(default_factory=threading.RLock, init=False)
    _pid: int = field(default_factory=os.getpid, init=False)

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
