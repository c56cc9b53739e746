"""Ports that stay free between two uses of a test."""

from __future__ import annotations

import contextlib
import os
import random
import socket

__all__ = ["a_free_port"]


def a_free_port() -> int:
    """A port that nobody listens on, and that no outgoing connection is given meanwhile.

    The system's own choice (port 0) is of the range that connections of other tests come from.
    Each process of a parallel run has ports of its own.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 8
    while True:
        port = random.SystemRandom().randrange(15_000 + 2000 * worker, 17_000 + 2000 * worker)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
