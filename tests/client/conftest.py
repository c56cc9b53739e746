"""Sandboxes and sessions on them; a tiny server for what a sandbox never says."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import imgurdata as imd
from imgurdata.client.clock import SystemClock
from imgurdata.sandbox import Sandbox

Connect = Callable[..., imd.ImgurSession]


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
    """The machine's clock does not wait; what it would have waited."""
    waits: list[float] = []

    def sleep(_clock: SystemClock, seconds: float, stop: object = None) -> None:
        waits.append(seconds)

    monkeypatch.setattr(SystemClock, "sleep", sleep)
    return waits


class Peer:
    """A server that answers what it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                told = {name.lower(): value for name, value in self.headers.items()}
                peer.seen.append((self.command, self.path, told))
                status, headers, body = peer.answers.get(
                    self.path.partition("?")[0],
                    (404, {}, b'{"data":{"error":"?"},"success":false}'),
                )
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_CONNECT = answer  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing is printed."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def says(self, path: str, data: Any, status: int = 200, **headers: str) -> None:
        """Answer a path with data in Imgur's envelope."""
        body = json.dumps({"data": data, "success": status < 400, "status": status}).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = (status, {"Content-Type": "application/json", **named}, body)

    def close(self) -> None:
        """Stop; a second call does nothing."""
        if not self._thread.is_alive():
            return
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def peer() -> Iterator[Peer]:
    server = Peer()
    yield server
    server.close()


@pytest.fixture
def other() -> Iterator[Peer]:
    server = Peer()
    yield server
    server.close()
