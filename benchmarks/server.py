"""Minimal Imgur server: prepared answers, ETags and 304s, credits, and a configurable latency.

    python -m benchmarks.server

Prints its port on the first line and serves until its standard input is closed. It does a small
part of what the sandbox does, with as little work of its own as Python allows: beside clients that
run on the same cores, the server's time would otherwise be measured along.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import sys
import time
import urllib.request
from collections import Counter, defaultdict
from email.utils import formatdate
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit

from benchmarks.payload import gallery_page, tree, tree_id

__all__ = ["Remote"]

#: Enough credits that no ledger refuses a request.
_CREDITS = 100_000_000
_LAST_PAGE = 1_000


class Shelf:
    """Answers, made on first use and kept."""

    def __init__(self) -> None:
        self.newer = 0
        self.edition = 0
        self.tree_size = 2_000
        self._trees: dict[str, int] = {}
        self._kept: dict[tuple[object, ...], tuple[bytes, bytes]] = {}

    def answer(self, path: str) -> tuple[bytes, bytes] | None:
        """Return body and ETag, or None for an unknown path."""
        parts = path.strip("/").split("/")
        if parts[1:2] != ["gallery"]:
            return None
        key: tuple[object, ...]
        if parts[3:4] == ["comments"]:
            if not self._trees:
                self._trees = {tree_id(number): number for number in range(2_000)}
            if (number := self._trees.get(parts[2])) is None:
                return None
            key = ("tree", number, self.tree_size)
        else:
            page = int(parts[-1]) if parts[-1].isdigit() else 0
            # Unchanged pages are the same object, to save memory.
            key = ("page", page, self.newer, self.edition if page == 0 else 0)
        if key not in self._kept:
            body = self._make(key)
            self._kept[key] = body, f'"{hashlib.sha1(body).hexdigest()}"'.encode()
        return self._kept[key]

    def _make(self, key: tuple[object, ...]) -> bytes:
        kind, number, *rest = key
        assert isinstance(number, int)
        if kind == "tree":
            return tree(number, self.tree_size)
        if number > _LAST_PAGE:
            return b'{"data":[],"success":true,"status":200}'
        newer, edition = rest
        assert isinstance(newer, int)
        assert isinstance(edition, int)
        return gallery_page(number, newer=newer, edition=edition)

    def forget(self) -> None:
        """Delete all answers."""
        self._kept.clear()


class State:
    """State shared by the connections: answers, latency, number of requests."""

    def __init__(self) -> None:
        self.shelf = Shelf()
        self.latency = 0.0
        self.spent = 0
        self.counts: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def control(self, path: str, options: dict[str, str]) -> bytes:
        """Change or report the state for the parent process."""
        if path == "/-/set":
            self.latency = float(options.get("latency", self.latency))
            self.shelf.newer = int(options.get("newer", self.shelf.newer))
            self.shelf.edition = int(options.get("edition", self.shelf.edition))
            self.shelf.tree_size = int(options.get("tree_size", self.shelf.tree_size))
        elif path == "/-/prepare":
            for page in range(int(options["pages"])):
                self.shelf.answer(f"/3/gallery/hot/viral/day/{page}")
        elif path == "/-/forget":
            self.shelf.forget()
        elif path == "/-/counts":
            return json.dumps(self.counts.pop(options["of"], {})).encode()
        return b"{}"


@lru_cache(maxsize=4)
def _http_date(second: int) -> str:
    return formatdate(second, usegmt=True)


class Connection(asyncio.Protocol):
    """HTTP/1.1 connection of one client, kept open, with one request after the other."""

    def __init__(self, state: State, loop: asyncio.AbstractEventLoop) -> None:
        self._state = state
        self._loop = loop
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        # A page is sent in one write; asyncio's default limit would split it.
        transport.set_write_buffer_limits(high=4 * 2**20)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Note that the client has closed the connection."""
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Answer every complete request; GETs have no body."""
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            answer, delay = self._answer(head)
            if delay:
                self._loop.call_later(delay, self._write, answer)
            else:
                self._write(answer)

    def _write(self, answer: tuple[bytes, bytes]) -> None:
        if self._transport is not None:
            self._transport.writelines(answer)

    def _answer(self, head: bytes) -> tuple[tuple[bytes, bytes], float]:
        first, *lines = head.split(b"\r\n")
        target = urlsplit(first.split(b" ")[1].decode())
        if target.path.startswith("/-/"):
            body = self._state.control(target.path, dict(parse_qsl(target.query)))
            return (self._head(200, len(body)), body), 0.0
        headers = {
            name.lower(): value for name, _, value in (line.partition(b": ") for line in lines)
        }
        known = headers.get(b"if-none-match")
        counts = self._state.counts[headers.get(b"authorization", b"").decode().split(" ")[-1]]
        kind = "comments" if "/comments" in target.path else target.path.split("/")[2]
        if kind == "credits":
            body, etag = _credits(), b""
        elif (found := self._state.shelf.answer(target.path)) is None:
            body = b'{"data":{"error":"Not Found","method":"GET"},"success":false,"status":404}'
            counts[f"{kind} 404"] += 1
            return (self._head(404, len(body)), body), self._state.latency
        else:
            body, etag = found
        status = 304 if known and known == etag else 200
        counts[f"{kind} {status}"] += 1
        self._state.spent += 1
        sent = b"" if status == 304 else body
        return (self._head(status, len(sent), etag), sent), self._state.latency

    def _head(self, status: int, length: int, etag: bytes = b"") -> bytes:
        now = int(time.time())
        left = _CREDITS - self._state.spent
        named = f"ETag: {etag.decode()}\r\n" if etag else ""
        sized = "" if status == 304 else f"Content-Length: {length}\r\n"
        return (
            f"HTTP/1.1 {status} {_REASONS[status]}\r\n"
            f"Date: {_http_date(now)}\r\n"
            "Content-Type: application/json\r\n"
            "Cache-Control: no-store, no-cache, must-revalidate, post-check=0, pre-check=0\r\n"
            f"{named}{sized}"
            f"X-RateLimit-ClientLimit: {_CREDITS}\r\nX-RateLimit-ClientRemaining: {left}\r\n"
            f"X-RateLimit-UserLimit: {_CREDITS}\r\nX-RateLimit-UserRemaining: {left}\r\n"
            f"X-RateLimit-UserReset: {now + 3600}\r\n\r\n"
        ).encode()


_REASONS = {200: "OK", 304: "Not Modified", 404: "Not Found"}


def _credits() -> bytes:
    left = {"UserLimit": _CREDITS, "UserRemaining": _CREDITS, "UserReset": 4_000_000_000,
            "ClientLimit": _CREDITS, "ClientRemaining": _CREDITS}  # fmt: skip
    return json.dumps({"data": left, "success": True, "status": 200}).encode()


class Remote:
    """Server process, controlled by its parent process."""

    def __init__(self, url: str) -> None:
        self.url = url
        # The proxies of the machine do not lead to the loopback.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def set(self, **options: float) -> None:
        """Set ``latency`` (seconds), ``newer``, ``edition`` or ``tree_size``."""
        self._ask(f"set?{urlencode(options)}")

    def prepare(self, pages: int) -> None:
        """Make the first pages now, so that no request waits for it."""
        self._ask(f"prepare?pages={pages}")

    def forget(self) -> None:
        """Delete the answers."""
        self._ask("forget")

    def counts(self, client_id: str) -> dict[str, int]:
        """Return the numbers of requests since the last call, by kind and status."""
        counted: dict[str, int] = json.loads(self._ask(f"counts?of={client_id}"))
        return counted

    def _ask(self, what: str) -> bytes:
        with self._opener.open(f"{self.url}/-/{what}", timeout=120) as answer:
            body: bytes = answer.read()
            return body


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    state = State()
    server = await loop.create_server(lambda: Connection(state, loop), "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        # It ends with the parent process in any case.
        await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve())
