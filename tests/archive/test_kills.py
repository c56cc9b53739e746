"""A collector in a process of its own, killed and started again, in simulated time."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

import imgurdata as imd
from imgurdata.sandbox import Sandbox

#: Forks a collector for each line that it reads, and prints the child's pid: what it imports is
#: imported once.
FORKER = """
import os, sys, logging
import imgurdata as imd
from imgurdata.archive.collector import collect
import pyarrow.dataset, pyarrow.parquet, pandas
url, client_id, folder, until = sys.argv[1:]
for line in sys.stdin:
    pid = os.fork()
    if pid:
        print(pid, flush=True)
        os.waitpid(pid, 0)
        print("gone", flush=True)
        continue
    logging.getLogger("imgurdata").setLevel(logging.INFO)
    logging.basicConfig(stream=sys.stderr)
    session = imd.connect(client_id, base_url=url, workers=1)
    collect(imd.Archive(folder), [imd.Pull("gallery", pages=3)], "15min", until, session=session)
    os._exit(0)
"""


class Collectors:
    """Starts collectors on a sandbox, and moves its clock on when a round is stored."""

    def __init__(self, forker: subprocess.Popen[str], sandbox: Sandbox, folder: Path) -> None:
        self._forker = forker
        self._sandbox = sandbox
        self._folder = folder

    def stored(self) -> int:
        return sum(1 for _ in self._folder.glob("record=*/day=*/s-*.parquet"))

    def run(self, rounds: int, kill_after: float | None = None) -> None:
        """Run a collector until so many rounds are stored, or until it is killed."""
        assert self._forker.stdin is not None
        assert self._forker.stdout is not None
        print("go", file=self._forker.stdin, flush=True)
        pid = int(self._forker.stdout.readline())
        ends = time.monotonic() + (60 if kill_after is None else kill_after)
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
def collectors(sandbox: Sandbox, folder: Path, until: str) -> Iterator[Collectors]:
    command = [sys.executable, "-c", FORKER, sandbox.url, sandbox.client_id, str(folder), until]
    with (folder.parent / "log").open("w") as log:
        forker = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        )
        try:
            yield Collectors(forker, sandbox, folder)
        finally:
            forker.communicate()


def test_killed_collector_loses_nothing_and_pays_nothing_twice(tmp_path: Path) -> None:
    """Eight kills in three simulated hours, at random moments."""
    chance = random.Random(4)
    rounds, kills = 12, 8
    archive = imd.Archive(tmp_path / "archive")
    with Sandbox() as sandbox:
        with collectors(sandbox, tmp_path / "archive", "2026-03-01 21:00") as runs:
            for _ in range(kills):
                runs.run(rounds - 1, kill_after=chance.uniform(0.02, 0.25))
            runs.run(rounds)
        requests = [row for row in sandbox.requests if row.path.startswith("/3/")]
    assert "Error" not in (tmp_path / "log").read_text()
    ledger = archive.load("snapshot")
    slots = pd.date_range("2026-03-01 18:00", periods=rounds, freq="15min", tz="UTC")
    assert ledger["slot"].tolist() == list(slots)
    assert ledger["rows"].tolist() == [180] * rounds
    rows = archive.load()
    assert len(rows) == 180 * rounds
    assert not rows.duplicated(["id", "fetched_at", "listing"]).any()
    # A page that is under way at a kill is paid for, and lost.
    assert 3 * rounds <= len(requests) <= 3 * rounds + kills


def test_collector_stops_at_a_signal_and_tells_its_status(tmp_path: Path) -> None:
    settings = tmp_path / "study.toml"
    settings.write_text('archive = "snapshots"\nevery = "1h"\n[[pull]]\nload = "tags"\n')
    with Sandbox() as sandbox:
        main = "import sys; from imgurdata.cli.main import main; sys.exit(main())"
        command = [sys.executable, "-c", main, "collect", str(settings)]
        options = ["--client-id", sandbox.client_id, "--base-url", sandbox.url]
        process = subprocess.Popen([*command, *options], stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        first = process.stderr.readline()
        assert first.startswith("imgurdata: Round 18:00 UTC: ")
        done = subprocess.run([*command, "--status"], capture_output=True, text=True, check=True)
        assert "a collector is running" in done.stdout
        assert "collected every 1h: tags: 1 round, 0 unchanged, 0 gaps" in done.stdout
        second = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
        assert second.returncode == 1
        assert "Another process on this machine is collecting tags" in second.stderr
        process.send_signal(signal.SIGTERM)
        rest = process.stderr.read()
        assert process.wait() == 0
        process.stderr.close()
        assert rest == "imgurdata: stopped; the same command goes on from here.\n"
    assert len(imd.Archive(tmp_path / "snapshots").load("snapshot")) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("archive = ", "must be TOML"),
        ('[[pull]]\nload = "tags"', "must have archive"),
        ('archive = "a"', "must have [[pull]]"),
        ('archive = "a"\npulls = 3', "Did you mean 'pull'?"),
        ('archive = "a"\n[pull]\nload = "tags"', "tables that begin with [[pull]]"),
        ('archive = "a"\n[[pull]]\nload = "tug"', "load must be one of"),
        (None, "cannot be read"),
    ],
)
def test_wrong_settings_are_explained(tmp_path, text, message, capsys) -> None:
    from imgurdata.cli.main import main

    settings = tmp_path / "study.toml"
    if text is not None:
        settings.write_text(text)
    assert main(["collect", str(settings), "--sandbox", "--until", "1h"]) == 2
    assert message in capsys.readouterr().err


def test_command_collects_on_its_own_sandbox(tmp_path, capsys) -> None:
    from imgurdata.cli.main import main

    settings = tmp_path / "study.toml"
    settings.write_text('archive = "a"\nevery = "15min"\n[[pull]]\nload = "gallery"\n')
    assert main(["collect", str(settings), "--sandbox", "--until", "1h"]) == 0
    assert capsys.readouterr().err.count("imgurdata: Round ") == 4
    assert main(["collect", str(settings), "--status"]) == 0
    assert "post: 240 rows of 4 snapshots" in capsys.readouterr().out
    assert main(["collect", str(settings), "--sandbox"]) == 2
