"""Killed in mid-pull: what was answered is kept, what was asked is counted, the next run goes on.

``IMGURDATA_KILLS=50`` kills that often.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
from processes import Process, start

import imgurdata as imd
from imgurdata.http.cache import FORMAT
from imgurdata.sandbox import Sandbox

KILLS = int(os.environ.get("IMGURDATA_KILLS", "8"))
WORKERS = 4

PULL = f"""
import os, sys
import imgurdata as imd
client_id, url, ids = sys.argv[1], sys.argv[2], sys.argv[3].split(",")
with imd.connect(client_id, base_url=url, max_age="1 day", workers={WORKERS}) as session:
    imd.load_posts(ids, session=session)
os._exit(0)
"""


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
        arguments = (PULL, sandbox.client_id, sandbox.url, ",".join(ids))
        for _ in range(KILLS):
            assert killed_in_the_middle(start(*arguments), sandbox, dice)
        time.sleep(0.2)  # the sandbox ends what it has begun
        sandbox.latency = 0
        assert start(*arguments).wait(100) == 0
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


def killed_in_the_middle(run: Process, sandbox: Sandbox, dice: random.Random) -> bool:
    """Whether a run was killed after some answers, before its end."""
    enough = len(sandbox.requests) + dice.randint(1, 12)
    deadline = time.monotonic() + 60
    while len(sandbox.requests) < enough and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(dice.uniform(0, 0.02))
    run.kill()
    return run.wait() == -signal.SIGKILL
