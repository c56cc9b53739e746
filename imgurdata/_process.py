"""Which process opened something: what a fork inherits must not be used in the child.

A forked child shares its parent's sockets and SQLite handles, but none of its threads, and a lock
that a thread held at the fork stays locked for ever. So everything that owns such things checks
the process first, before it takes any lock, and refuses.
"""

from __future__ import annotations

import os

from imgurdata.errors import ImgurDataError

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
