"""A tiny server for what a sandbox never says."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Peer"]


class Peer:
    """A server that answers what it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        self.bodies: list[bytes] = []
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                fields = {name.lower(): value for name, value in self.headers.items()}
                peer.seen.append((self.command, self.path, fields))
                # A body that is not read would reset the connection before the answer is.
                peer.bodies.append(self.rfile.read(int(fields.get("content-length", 0))))
                status, headers, body = peer.answers.get(
                    self.path.partition("?")[0],
                    (404, {}, b'{"data":{"error":"?"},"success":false}'),
                )
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_DELETE = do_CONNECT = answer  # noqa: N815

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
