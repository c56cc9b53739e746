"""What a session has used so far: the answers behind its frames, and the pulls that made them.

A bundle is filled from here, not from the cache, which holds other studies' answers too.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from imgurdata.errors import NotFound

__all__ = ["MOST", "PullRecord", "SessionLog", "UsedAnswer"]

#: Answers (and pulls) that are remembered; a collector that runs for a year must not fill memory.
MOST = 60_000


@dataclass(slots=True)
class UsedAnswer:
    """An answer that was used.

    Attributes
    ----------
    date
        Imgur's ``Date`` of its last confirmation when it was used last.
    again
        Whether it was used before with another ``Date``: Imgur was asked anew in between.
    missing
        What Imgur said instead, where there is no such thing.
    """

    date: str | None = None
    again: bool = False
    missing: NotFound | None = None


@dataclass(frozen=True, slots=True)
class PullRecord:
    """A pull that was run to its end: its table, and what its frame's ``attrs`` told."""

    pull: dict[str, Any]
    endpoint: str
    fetched_at: str | None
    pages: int


class SessionLog:
    """Answers by who asked (the scope of an identity) and what; pulls; safe for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used: dict[tuple[str, str], UsedAnswer] = {}
        self._ran: dict[str, tuple[str, PullRecord]] = {}
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """Answers that were forgotten since there were more than :data:`MOST`."""
        return self._dropped

    def used(self, scope: str, url: str, date: str | None) -> None:
        """Note that an answer was used."""
        with self._lock:
            known = self._used.pop((scope, url), None)
            again = known is not None and (known.again or known.date not in {None, date})
            self._keep((scope, url), UsedAnswer(date, again))

    def missing(self, scope: str, url: str, error: NotFound) -> None:
        """Note that there is no such thing, says Imgur."""
        # A copy without traceback and frame: those would keep a pull's whole memory.
        told = NotFound(
            error.message, status=error.status, reason=error.reason, request=error.request
        )
        with self._lock:
            self._used.pop((scope, url), None)
            self._keep((scope, url), UsedAnswer(missing=told))

    def _keep(self, which: tuple[str, str], used: UsedAnswer) -> None:
        # At the end: what was used longest ago is forgotten first.
        self._used[which] = used
        if len(self._used) > MOST:
            del self._used[next(iter(self._used))]
            self._dropped += 1

    def ran(self, scope: str, pull: dict[str, Any], told: Mapping[str, Any]) -> None:
        """Note that a pull was run to its end; the same one again takes its place."""
        name = json.dumps([scope, pull], sort_keys=True, default=str)
        row = PullRecord(pull, told["endpoint"], told["fetched_at"], told["pages"])
        with self._lock:
            self._ran[name] = (scope, row)
            if len(self._ran) > MOST:
                del self._ran[next(iter(self._ran))]

    def answers(self) -> dict[tuple[str, str], UsedAnswer]:
        """What was used, by scope and URL."""
        with self._lock:
            return dict(self._used)

    def pulls(self) -> list[tuple[str, PullRecord]]:
        """The pulls with the scope that they were asked in, in the order of their first run."""
        with self._lock:
            return list(self._ran.values())
