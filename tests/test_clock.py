"""The clock of a session on a server of this machine, over real HTTP."""

from __future__ import annotations

import time
from types import SimpleNamespace

import requests
from peer import Peer

from imgurdata._clock import LoopbackClock
from imgurdata.sandbox import Sandbox

HOUR = 3600.0


def test_clock_follows_a_sandbox_forward_only() -> None:
    with Sandbox(now="2020-05-01T12:00:00Z") as sandbox:
        begin = sandbox.now.timestamp()
        clock = LoopbackClock(sandbox.url)
        clock(requests.get(sandbox.url, timeout=20))
        assert not clock.follows, "nobody asked it to"
        clock.synchronize()
        assert clock.follows
        assert abs(clock.now() - begin) < 60
        earlier = requests.get(sandbox.url, timeout=20)
        sandbox.advance(HOUR)
        clock(requests.get(sandbox.url, timeout=20))
        for response in (earlier, SimpleNamespace(headers={"Date": "whenever"})):
            clock(response)
            assert abs(clock.now() - begin - HOUR) < 60
        # The date of an error is a date, too.
        sandbox.advance(HOUR)
        sandbox.fail(503, path="/")
        clock.synchronize()
        assert abs(clock.now() - begin - 2 * HOUR) < 60


def test_clock_of_a_server_without_one_is_the_machines(peer: Peer) -> None:
    clock = LoopbackClock(peer.url)
    for _ in range(2):
        clock.synchronize()
        assert not clock.follows
        assert abs(clock.now() - time.time()) < 60
        peer.close()  # without an answer nothing changes
