"""Functions of imgurdata that one call runs, and its SELECTs; without the sandbox.

    python -m benchmarks --only journey

A cold ``load_gallery("hot", pages=5)`` and the same call again, answered from the cache. Every
function is counted once, however often it is called; generator expressions and the like are part
of the function in which they stand.
"""

from __future__ import annotations

import gc
import sqlite3
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Any
from unittest import mock

import imgurdata as imd

__all__ = ["Journey", "journeys", "report"]

_PACKAGE = Path(imd.__file__).parent
#: Code that Python compiles as a function without a ``def``.
_PARTS = {"<genexpr>", "<listcomp>", "<setcomp>", "<dictcomp>", "<lambda>", "<module>"}


@dataclass(frozen=True)
class Journey:
    """Functions and SELECTs of one call.

    Attributes
    ----------
    calls : Counter
        Calls by ``(file, function)``, files relative to the package.
    selects : int
        SELECT statements of the cache and the ledger.
    """

    calls: Counter[tuple[str, str]]
    selects: int

    @property
    def functions(self) -> int:
        """Number of functions."""
        return len(self.calls)

    @property
    def files(self) -> int:
        """Number of files with these functions."""
        return len({file for file, _ in self.calls})


class _Selects:
    """SELECTs of all connections that are opened inside the block."""

    def __init__(self) -> None:
        self.count = 0
        self._patch = mock.patch("sqlite3.connect", self._connect)
        self._original = sqlite3.connect

    def _connect(self, *args: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = self._original(*args, **options)
        connection.set_trace_callback(self._take)
        return connection

    def _take(self, statement: str) -> None:
        self.count += statement.lstrip().upper().startswith("SELECT")

    def __enter__(self) -> _Selects:
        self._patch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._patch.stop()


def _follow(
    action: Callable[[], object], finish: Callable[[], object], selects: _Selects
) -> Journey:
    """Run an action and return its functions and SELECTs, in any thread.

    ``finish`` waits for the thread that writes columns, which counts, too.
    """
    seen: Counter[CodeType] = Counter()
    before = selects.count
    gc.collect()  # what the session before has left would be closed on the way

    def profile(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            seen[frame.f_code] += 1

    threading.setprofile(profile)
    sys.setprofile(profile)
    try:
        action()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    finish()
    calls: Counter[tuple[str, str]] = Counter()
    for code, count in seen.items():
        file = Path(code.co_filename)
        if _PACKAGE in file.parents and code.co_name not in _PARTS:
            name = file.relative_to(_PACKAGE).as_posix()
            if not name.startswith("sandbox/"):
                calls[name, code.co_qualname] += count
    return Journey(calls, selects.count - before)


def journeys() -> dict[str, Journey]:
    """Return the journeys of a cold and of a cached ``load_gallery("hot", pages=5)``."""
    with (
        imd.sandbox.Sandbox() as sandbox,
        tempfile.TemporaryDirectory() as folder,
        _Selects() as selects,
    ):
        # Another session runs first, so that imports and first reads do not count.
        with imd.connect(sandbox=sandbox, default=False) as session:
            imd.load_gallery("top", session=session, progress=False)
        cache = Path(folder) / "answers.sqlite"
        found: dict[str, Journey] = {}
        with imd.connect(sandbox=sandbox, default=False, cache=cache) as session:
            columns = session.store.columns
            for kind in ("cold", "cached"):
                found[kind] = _follow(
                    lambda: imd.load_gallery("hot", pages=5, session=session, progress=False),
                    lambda: columns.finish() if columns is not None else None,
                    selects,
                )
    return found


def report() -> str:
    """Return the journeys as a table."""
    found = journeys()
    lines = ["load_gallery('hot', pages=5)  functions  files  calls  SELECTs"]
    for kind, one in found.items():
        lines.append(
            f"{kind:<30}{one.functions:>9}{one.files:>7}{sum(one.calls.values()):>7}"
            f"{one.selects:>9}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(report())
