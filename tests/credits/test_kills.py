"""Killed in mid-pull: what was answered is kept, what was asked is counted, the next run goes on.

A zygote has everything imported, and forks a process for each run: a kill costs a tenth of a second
instead of two. ``IMGURDATA_KILLS=50`` kills that often.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

import imgurdata as imd
from imgurdata.http.cache import FORMAT
from imgurdata.sandbox import Sandbox

KILLS = int(os.environ.get("IMGURDATA_KILLS", "8"))
WORKERS = 4

ZYGOTE = f"""
import os, sys
import imgurdata as imd
import imgurdata.loaders, imgurdata.pulls.pull
client_id, url, ids = sys.argv[1], sys.argv[2], sys.argv[3].split(",")
for line in sys.stdin:
    child = os.fork()
    if not child:
        with imd.connect(client_id, base_url=url, max_age="1 day", workers={WORKERS}) as session:
            imd.load_posts(ids, session=session)
        os._exit(0)
    print(child, flush=True)
    _, status = os.waitpid(child, 0)
    print(status, flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.timeout(300)
@pytest.mark.decision("asked-before-answered")
def test_kills_during_a_pull_lose_nothing(own_home: Path, connect) -> None:
    dice = random.Random()
    with Sandbox(now=dt.datetime.now(dt.UTC), limits={"user": 10_000}) as sandbox:
        with imd.connect(sandbox=sandbox, default=False, cache="memory") as scout:
            posts = imd.load_gallery("user", "time", pages=4 + KILLS // 2, session=scout)
        # So many that no run comes to its end before it is killed.
        ids = list(posts["id"].unique()[: 40 + 25 * KILLS])
        assert len(ids) == 40 + 25 * KILLS
        before, sandbox.latency = len(sandbox.requests), 0.01
        began = sandbox.spent
        with zygote(sandbox, ids, own_home) as run:
            killed = sum(run.killed_after(dice) for _ in range(KILLS))
            assert killed == KILLS
            time.sleep(0.2)  # the sandbox ends what it has begun
            assert run.to_its_end() == 0
        requests = Counter(row.path for row in sandbox.requests[before:])
        charged = sandbox.spent - began
        # What counts as lost is older than ten minutes.
        sandbox.advance("20min")
        ours = connect(cache=own_home / f"answers-v{FORMAT}.sqlite", sandbox=sandbox,
                       max_age="1 day")  # fmt: skip
        ledger = int(ours.credits.history()["cost"].sum())
        lost = int(ours.credits.history()["status"].isna().sum())
        again = sum(requests.values()) - len(requests)
        print(f"{KILLS} kills, {len(ids)} posts: charged {charged}, ledger {ledger}")
        print(f"{lost} without an answer, {again} asked twice")
        # Nothing lost: all are there, free of charge.
        frame = imd.load_posts(ids, session=ours)
        assert list(frame["id"]) == ids
        assert frame.attrs["imgurdata"]["credits_spent"] == 0
        assert set(requests) == {f"/3/gallery/{one}" for one in ids}
        # At most what was under way was asked again.
        assert again <= WORKERS * KILLS
        # All that was charged is in the ledger; per kill at most one that was not charged.
        assert charged <= ledger <= charged + KILLS


class Runs:
    """Processes that pull, one after another."""

    def __init__(self, zygote: subprocess.Popen[str], sandbox: Sandbox) -> None:
        self._zygote = zygote
        self._sandbox = sandbox

    def killed_after(self, dice: random.Random) -> bool:
        """Whether a run was killed in the middle, after some answers."""
        enough = len(self._sandbox.requests) + dice.randint(1, 12)
        child = self._start()
        deadline = time.monotonic() + 60
        while len(self._sandbox.requests) < enough and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(dice.uniform(0, 0.02))
        os.kill(child, signal.SIGKILL)
        return os.WTERMSIG(self._status()) == signal.SIGKILL

    def to_its_end(self) -> int:
        """Exit status of a run that is left in peace."""
        self._start()
        return self._status()

    def _start(self) -> int:
        assert self._zygote.stdin is not None
        self._zygote.stdin.write("go\n")
        self._zygote.stdin.flush()
        return self._status()

    def _status(self) -> int:
        assert self._zygote.stdout is not None
        return int(self._zygote.stdout.readline())


@contextlib.contextmanager
def zygote(sandbox: Sandbox, ids: list[str], home: Path):
    process = subprocess.Popen(
        # A library's threads that stand idle are no danger to the child: Python warns of any.
        [
            sys.executable, "-W", "ignore::DeprecationWarning",
            "-c", ZYGOTE, sandbox.client_id, sandbox.url, ",".join(ids),
        ],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "IMGURDATA_HOME": str(home)},
    )  # fmt: skip
    try:
        yield Runs(process, sandbox)
    finally:
        process.kill()
        process.communicate()
