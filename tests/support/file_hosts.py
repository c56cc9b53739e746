"""A host of pictures that sends what it is told, byte by byte."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

__all__ = ["GIF", "JPEG", "PNG", "FileHost", "answer"]

JPEG = b"\xff\xd8\xff\xe0" + b"a picture " * 400 + b"\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n" + b"another one" * 300
GIF = b"GIF89a" + b"moves" * 500

Rule = Callable[[socket.socket], None] | bytes


def answer(
    body: bytes = JPEG, status: str = "200 OK", *headers: str, length: object = None
) -> bytes:
    """An answer; its Content-Length is true unless another one is given, "" for none."""
    lines = [f"HTTP/1.1 {status}", *headers]
    if length != "":
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join([*lines, "", ""]).encode() + body


class FileHost:
    """A host that has a JPEG under every name, but for what ``rules`` says.

    Attributes
    ----------
    rules : dict of str to bytes, callable, or list of these
        What is sent for a name, or who sends it; of a list, one a request, the last for the rest.
    seen : list of (str, str)
        Names that were asked for, with the request's headers in lower case.
    """

    def __init__(self) -> None:
        self.rules: dict[str, Rule | list[Rule]] = {}
        self.seen: list[tuple[str, str]] = []
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def names(self) -> list[str]:
        """Return the names that were asked for."""
        return [name for name, _ in self.seen]

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines:
            try:
                while line := lines.readline():
                    name = line.split()[1].decode().removeprefix("/")
                    head = b"".join(iter(lines.readline, b"\r\n"))
                    self.seen.append((name, head.decode().lower()))
                    if b"content-length:" in head.lower():
                        lines.read(int(head.lower().split(b"content-length:")[1].split()[0]))
                    rule = self.rules.get(name, answer())
                    if isinstance(rule, list):
                        rule = rule.pop(0) if len(rule) > 1 else rule[0]
                    if isinstance(rule, bytes):
                        connection.sendall(rule)
                    else:
                        rule(connection)
            except (OSError, ValueError):
                return

    def close(self) -> None:
        for one in (self._socket, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._thread.join(10)
