"""Log of a session: the answers behind its frames, and the pulls that made them.

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
    """Answer that was used.

    Attributes
    ----------
    date : str or None
        Imgur's ``Date`` of its last confirmation when it was used last.
    again : bool
        Whether it was used before with another ``Date``, that is, an older confirmation.
    missing : NotFound or None
        Error of a request that Imgur has no answer to.
    """

    date: str | None = None
    again: bool = False
    missing: NotFound | None = None


@dataclass(frozen=True, slots=True)
class PullRecord:
    """Pull that ran to its end: its table, and parts of its frame's ``attrs``."""

    pull: dict[str, Any]
    endpoint: str
    fetched_at: str | None
    pages: int


class SessionLog:
    """Answers by the scope of an identity and URL, and pulls; safe for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[tuple[str, str], UsedAnswer] = {}
        self._pulls: dict[str, tuple[str, PullRecord]] = {}
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """Answers that were forgotten since there were more than :data:`MOST`."""
        return self._dropped

    def note_answer(
        self, scope: str, url: str, date: str | None, missing: NotFound | None = None
    ) -> None:
        """Note that an answer was used, or that there is none."""
        with self._lock:
            known = self._answers.pop((scope, url), None)
            again = known is not None and (known.again or known.date not in {None, date})
            # What was used longest ago stands first, and is forgotten first.
            self._answers[scope, url] = UsedAnswer(date, again, missing)
            if len(self._answers) > MOST:
                del self._answers[next(iter(self._answers))]
                self._dropped += 1

    def note_missing(self, scope: str, url: str, error: NotFound) -> None:
        """Note that Imgur does not have an answer."""
        # A copy without traceback: its frames would keep the memory of a whole pull.
        error = NotFound(
            error.message, status=error.status, reason=error.reason, request=error.request
        )
        self.note_answer(scope, url, None, error)

    def note_pull(self, scope: str, pull: dict[str, Any], attrs: Mapping[str, Any]) -> None:
        """Note that a pull was run to its end; the same one again takes its place."""
        name = json.dumps([scope, pull], sort_keys=True, default=str)
        row = PullRecord(pull, attrs["endpoint"], attrs["fetched_at"], attrs["pages"])
        with self._lock:
            self._pulls[name] = (scope, row)
            if len(self._pulls) > MOST:
                del self._pulls[next(iter(self._pulls))]

    def answers(self) -> dict[tuple[str, str], UsedAnswer]:
        """Return the answers that were used, by scope and URL."""
        with self._lock:
            return dict(self._answers)

    def pulls(self) -> list[tuple[str, PullRecord]]:
        """Return the pulls with the scope they ran in, in the order of their first run."""
        with self._lock:
            return list(self._pulls.values())
