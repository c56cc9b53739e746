"""What every test gets: a home of its own, no credentials, no network but the loopback."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["parts"]

# One profile for all property tests: examples take what they take (2 busy cores in CI). CI draws
# the same ones each time, so that it judges the change; people at work meet new ones.
settings.register_profile(
    "imgurdata", deadline=None, print_blob=True, derandomize="CI" in os.environ
)
settings.load_profile("imgurdata")

# A shell without job control starts what runs in the background with interrupts ignored, and what
# the tests start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(autouse=True, scope="session")
def imports_are_no_garbage() -> None:
    """Collecting garbage, as many tests do, passes over what the imports have made."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Cache and ledger of this test alone, no credentials from the environment, and no session."""
    if connected := sys.modules.get("imgurdata.client.connect"):
        vars(connected)["_default"] = None
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("IMGURDATA_HOME", str(home))
    for name in list(os.environ):
        if name.startswith("IMGUR_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    return home


@pytest.fixture(autouse=True, scope="session")
def loopback_only() -> Iterator[None]:
    """A stray request to the real Imgur is a failure, not a hang."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else None
        if host is not None and not str(host).startswith(_LOOPBACK):
            raise AssertionError(f"a test wants to connect to {host}")
        return connect(self, address)  # type: ignore[arg-type]

    socket.socket.connect = guarded  # type: ignore[method-assign,assignment]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]
