"""What every test gets: a home of its own, no credentials, no network but the loopback."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from file_hosts import FileHost
from hypothesis import given, settings
from hypothesis import strategies as st
from peer import Peer

import imgurdata as imd
from imgurdata._clock import SystemClock
from imgurdata.sandbox import Sandbox

#: The name is a text: pandas is imported by those who run tests, not by the one who deals them out.
Connect = Callable[..., "imd.ImgurSession"]

pytest_plugins = ["parts"]

# One profile for all property tests: examples take what they take (2 busy cores in CI). CI draws
# the same ones each time, so that it judges the change; people at work meet new ones. It runs them
# a second time with more, and with new ones.
settings.register_profile(
    "imgurdata",
    deadline=None,
    print_blob=True,
    derandomize="CI" in os.environ,
    max_examples=int(os.environ.get("IMGURDATA_EXAMPLES", "40")),
)
settings.load_profile("imgurdata")

# While tests are imported there is no garbage. Later there is little, and what a test leaves is
# collected by the tests that look for it: ten times the usual number of objects may wait.
gc.disable()
gc.set_threshold(10 * gc.get_threshold()[0], *gc.get_threshold()[1:])

# A shell without job control starts what runs in the background with interrupts ignored, and what
# the tests start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# SQLite waits for the disk a dozen times for each new file. What tests write need not outlast the
# machine: it goes into memory where there is room, also that of the processes they start.
_DISK = os.environ.setdefault("IMGURDATA_DISK", tempfile.gettempdir())
_MEMORY = Path("/dev/shm")
if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > 2**30:
    os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)

_LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(autouse=True, scope="session")
def imports_are_no_garbage() -> None:
    """Collecting garbage, as many tests do, passes over what the imports have made."""
    # At its first example Hypothesis looks for what refers to its generator: older ones warn if
    # that cannot be found any more.
    given(st.none())(lambda _: None)()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def numbered_homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Names of folders; pytest itself would look at all there are before it makes the next one."""
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def own_home(numbered_homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Cache and ledger of this test alone, no credentials from the environment, and no session."""
    if connected := sys.modules.get("imgurdata._connect"):
        vars(connected)["_default"] = None
    home = next(numbered_homes)
    home.mkdir()
    monkeypatch.setenv("IMGURDATA_HOME", str(home))
    for name in list(os.environ):
        if name.startswith("IMGUR_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    return home


@pytest.fixture
def on_disk() -> Iterator[Path]:
    """A folder on the disk, where a new file may get the number of a deleted one."""
    with tempfile.TemporaryDirectory(dir=_DISK) as folder:
        yield Path(folder)


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


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def connect(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connect]:
    """Sessions on the test's sandbox, all on one cache file unless told otherwise."""
    opened: list[imd.ImgurSession] = []

    def make(**options: Any) -> imd.ImgurSession:
        given: dict[str, Any] = {"cache": tmp_path / "cache" / "answers.sqlite", "default": False}
        if "base_url" not in options and "sandbox" not in options:
            given["sandbox"] = request.getfixturevalue("sandbox")
        session = imd.connect(**given | options)
        opened.append(session)
        return session

    yield make
    for session in opened:
        session.close()


@pytest.fixture
def names(sandbox: Sandbox, connect: Connect) -> list[str]:
    """Accounts of the sandbox whose tokens can be had."""
    rows = connect(cache="memory").fetch("/3/gallery/user/time/day/0")
    return sorted({row["account_url"] for row in rows if row["account_url"]})


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The machine's clock does not wait, it moves on; what it would have waited."""
    waits: list[float] = []

    def sleep(_clock: SystemClock, seconds: float, stop: object = None) -> None:
        waits.append(seconds)

    monkeypatch.setattr(SystemClock, "sleep", sleep)
    # Who waits for a moment would look at the clock without a pause until it has come.
    monkeypatch.setattr(SystemClock, "now", lambda _clock: time.time() + sum(waits))
    return waits


@pytest.fixture
def peer() -> Iterator[Peer]:
    server = Peer()
    yield server
    server.close()


@pytest.fixture
def host() -> Iterator[FileHost]:
    host = FileHost()
    yield host
    host.close()


@pytest.fixture
def other() -> Iterator[Peer]:
    server = Peer()
    yield server
    server.close()
