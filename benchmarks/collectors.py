"""A collector that is killed at random and started again, in simulated time.

For the benchmark of the archive, and for the tests.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

import imgurdata as imd
from imgurdata.sandbox import Sandbox

__all__ = ["Killed", "kill_at_random"]

_PAGES = 3
_ROWS = 60
_BEGIN = pd.Timestamp("2026-03-01 18:00")

#: Forks a collector for each line that it reads, and prints the child's pid: what it imports is
#: imported once.
_FORKER = """
import logging, os, sys
import imgurdata as imd
from imgurdata.archive.collector import collect
import pyarrow.dataset, pyarrow.parquet, pandas
url, client_id, folder, until, pages = sys.argv[1:]
pull = imd.Pull("gallery", pages=int(pages))
for line in sys.stdin:
    pid = os.fork()
    if pid:
        print(pid, flush=True)
        os.waitpid(pid, 0)
        print("gone", flush=True)
        continue
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    session = imd.connect(client_id, base_url=url, workers=1)
    collect(imd.Archive(folder), [pull], "15min", until, session=session)
    os._exit(0)
"""


@dataclass(frozen=True)
class Killed:
    """What is left after all kills.

    Attributes
    ----------
    archive : imgurdata.Archive
    requests, undisturbed : int
        Requests sent, and those of a run that nobody kills.
    log : str
        What the collectors printed: warnings and tracebacks.
    """

    archive: imd.Archive
    requests: int
    undisturbed: int
    log: str

    @property
    def lost(self) -> int:
        """Rows that are missing."""
        rows = self.archive.load(columns=["id", "fetched_at", "listing"])
        return self.undisturbed * _ROWS - len(rows.drop_duplicates())

    @property
    def doubled(self) -> int:
        """Rows that are there twice."""
        rows = self.archive.load(columns=["id", "fetched_at", "listing"])
        return int(rows.duplicated().sum())


class _Collectors:
    """Starts collectors on a sandbox, and moves its clock on when a round is stored."""

    def __init__(self, forker: subprocess.Popen[str], sandbox: Sandbox, folder: Path) -> None:
        self._forker = forker
        self._sandbox = sandbox
        self._folder = folder

    def stored(self) -> int:
        """Return the number of snapshots."""
        return sum(1 for _ in self._folder.glob("record=*/day=*/s-*.parquet"))

    def run(self, rounds: int, kill_after: float | None = None) -> None:
        """Run a collector until so many rounds are stored, or until it is killed."""
        assert self._forker.stdin is not None
        assert self._forker.stdout is not None
        print("go", file=self._forker.stdin, flush=True)
        pid = int(self._forker.stdout.readline())
        ends = time.monotonic() + (100 if kill_after is None else kill_after)
        seen = self.stored()
        while time.monotonic() < ends and seen < rounds:
            time.sleep(0.005)
            if self.stored() > seen:
                seen += 1
                self._sandbox.advance("15min")
        if kill_after is not None:
            os.kill(pid, signal.SIGKILL)
        assert self._forker.stdout.readline() == "gone\n"
        if self.stored() > seen:  # between the last look and the kill
            self._sandbox.advance("15min")


@contextmanager
def _collectors(sandbox: Sandbox, folder: Path, rounds: int) -> Iterator[_Collectors]:
    """Collectors of one archive; what they print goes into the file ``log`` beside it."""
    until = _BEGIN + rounds * pd.Timedelta("15min")
    command = [sys.executable, "-c", _FORKER, sandbox.url, sandbox.client_id, str(folder),
               str(until), str(_PAGES)]  # fmt: skip
    environment = os.environ | {"IMGURDATA_HOME": str(folder.parent / "home")}
    with (folder.parent / "log").open("w") as log:
        forker = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            env=environment,
        )  # fmt: skip
        try:
            yield _Collectors(forker, sandbox, folder)
        finally:
            forker.communicate()


def kill_at_random(folder: Path, rounds: int, kills: int, seed: int) -> Killed:
    """Collect three pages a round, and kill the collector so many times on the way.

    Parameters
    ----------
    folder : pathlib.Path
        Empty folder.
    rounds : int
        Rounds of a quarter of an hour.
    kills : int
    seed : int
        Of the random moments.
    """
    chance = random.Random(seed)
    longest = 0.35
    with Sandbox(now=_BEGIN) as sandbox:
        with _collectors(sandbox, folder / "archive", rounds) as runs:
            for number in range(1, kills + 1):
                runs.run(rounds - 1, kill_after=chance.uniform(0.02, longest))
                # Kills are spread over all rounds, however fast this machine is.
                longest *= 0.9 if runs.stored() / rounds > number / kills else 1.1
            runs.run(rounds)
        requests = sum(row.path.startswith("/3/") for row in sandbox.requests)
    log = (folder / "log").read_text()
    return Killed(imd.Archive(folder / "archive"), requests, _PAGES * rounds, log)
