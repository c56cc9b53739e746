"""Ports that stay free between two uses of a test."""

from __future__ import annotations

import errno
import os
import random
import socket
from collections.abc import Iterator

__all__ = ["a_free_port"]


def a_free_port() -> int:
    """A port that nobody listens on, and that no outgoing connection is given meanwhile.

    The system's own choice (port 0) is of the range that connections of other tests come from.
    Each process of a parallel run has ports of its own, and gives none twice: the server that had
    it may still be closing.
    """
    return next(port for port in _PORTS if _is_free(port))


def _shuffled() -> Iterator[int]:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 8
    ports = list(range(15_000 + 2000 * worker, 17_000 + 2000 * worker))
    random.SystemRandom().shuffle(ports)
    yield from ports


def _is_free(port: int) -> bool:
    """Return whether both loopbacks have the port; a machine without IPv6 has one."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
        if socket.has_ipv6:
            socket.create_server(("::1", port), family=socket.AF_INET6).close()
    except OSError as error:
        return error.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
    return True


_PORTS = _shuffled()
