"""The HTTP server: Werkzeug's threaded one, with keep-alive and one write per answer.

Werkzeug's own handler closes the connection after each answer, since it cannot know whether the
application has read the whole request. This one reads the request itself before it calls the
application, so that a client's connection pool works as it does with Imgur.
"""

from __future__ import annotations

import contextlib
import errno
import io
import logging
import os
import socket
import struct
import threading
import weakref
from typing import TYPE_CHECKING, Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from imgurdata.errors import ImgurDataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIApplication

    from imgurdata._process import OwningProcess

__all__ = ["DropConnection", "Server", "abandon", "listen"]

logger = logging.getLogger(__name__)

#: A longer request body is refused: Imgur takes films of 200 MB, and base64 is longer by a third.
_LONGEST_BODY = 280_000_000

#: The servers of this process.
_running: weakref.WeakSet[Server] = weakref.WeakSet()


class DropConnection(Exception):
    """Raised by the application to reset the connection without an answer."""


class Handler(WSGIRequestHandler):
    """Answers the requests of one connection, one after another."""

    protocol_version = "HTTP/1.1"
    # Without this, an answer in several segments waits up to 40 ms for a delayed ACK.
    disable_nagle_algorithm = True
    server: Server

    def setup(self) -> None:
        """Register the connection, so that the server can close it."""
        super().setup()
        self.server.add_connection(self.connection)

    def finish(self) -> None:
        """Unregister the connection."""
        self.server.remove_connection(self.connection)
        super().finish()

    def version_string(self) -> str:
        """Return the name of Imgur's server, for responses that http.server writes itself."""
        return "cat factory 1.0"

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the sandbox's time, for responses that http.server writes itself."""
        return super().date_time_string(self.server.clock() if timestamp is None else timestamp)

    def run_wsgi(self) -> None:
        """Read the whole request, call the application, respond in one write."""
        try:
            environ = self.make_environ()
        except ValueError:
            # An invalid address, such as "http://[".
            self.send_error(400)
            return
        body = self._read_body(environ)
        if body is None:
            self.close_connection = True
            self.send_error(413)
            return
        environ["wsgi.input"] = io.BytesIO(body)
        started: list[tuple[str, list[tuple[str, str]]]] = []
        answer = io.BytesIO()

        def start_response(
            status: str, headers: list[tuple[str, str]], _exc_info: Any = None
        ) -> Callable[[bytes], object]:
            started.append((status, headers))
            return answer.write

        try:
            answer.writelines(self.server.app(environ, start_response))
        except DropConnection:
            self._reset()
            return
        self._send(*started[-1], answer.getvalue())

    def _read_body(self, environ: dict[str, Any]) -> bytes | None:
        """Return the request's body; None if it is too long or its length is invalid."""
        if environ.get("wsgi.input_terminated"):
            stream = environ["wsgi.input"]
            try:
                body = bytes(stream.read(_LONGEST_BODY + 1))
            except OSError:
                return None
            return body if len(body) <= _LONGEST_BODY else None
        length = environ.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdigit()) or len(length) > 9:
            return None
        return self.rfile.read(int(length)) if int(length) <= _LONGEST_BODY else None

    def _send(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        names = {name.lower(): value for name, value in headers}
        announced = int(names.get("content-length", len(body)))
        # A body that is shorter than announced ends with the connection.
        short = announced > len(body) and self.command != "HEAD" and not status.startswith("304")
        if short or names.get("connection", "").lower() == "close":
            self.close_connection = True
        elif self.close_connection:
            headers = [*headers, ("Connection", "close")]
        else:
            headers = [*headers, ("Connection", "keep-alive")]
        head = [f"{self.protocol_version} {status}", *(f"{key}: {text}" for key, text in headers)]
        data = "\r\n".join(head).encode("latin-1", "replace") + b"\r\n\r\n"
        self.wfile.write(data if self.command == "HEAD" else data + body)

    def _reset(self) -> None:
        """Close the connection by RST, as a broken middlebox does, not by an orderly FIN."""
        self.close_connection = True
        self.server.remove_connection(self.connection)
        # Windows has shorts for the two numbers of this option.
        linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        # rfile and wfile share the descriptor; only closing it underneath them sends the RST now.
        socket.close(self.connection.detach())

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log a response that http.server writes itself; Werkzeug would parse the address again."""
        logger.debug("%r was answered %s (%s bytes)", self.requestline, code, size)

    def log(self, _type: str, message: str, *args: Any) -> None:
        """Log at debug, with this module's logger."""
        logger.debug(message, *args)


class Server(ThreadedWSGIServer):
    """A server on the loopback that starts a thread per connection.

    Parameters
    ----------
    app : WSGI application
    clock : callable
        Returns the epoch seconds of the sandbox.
    listener : socket.socket
        From `listen`; the server has a copy, so the caller closes it.
    """

    daemon_threads = True

    def __init__(
        self, app: WSGIApplication, clock: Callable[[], float], listener: socket.socket
    ) -> None:
        self.clock = clock
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._closing = False
        super().__init__("127.0.0.1", 0, app, Handler, fd=listener.fileno())
        self._thread = threading.Thread(
            target=self.serve_forever,
            # Upper limit of the time that a stop takes; such polling costs nothing measurable.
            kwargs={"poll_interval": 0.05},
            name=f"imgurdata-sandbox-{self.port}",
            daemon=True,
        )
        _running.add(self)

    def start(self) -> None:
        """Start to serve, in a daemon thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening, close all connections and wait for the server's thread."""
        # Of a forked child's copy too, which it may not have closed yet.
        _shut_down(self.socket)
        self.shutdown()
        # The connections that clients keep alive; their threads end with them.
        with self._lock:
            self._closing = True
            connections = list(self._connections)
        for connection in connections:
            _shut_down(connection)
        self._thread.join(timeout=5)

    def add_connection(self, connection: socket.socket) -> None:
        """Register a new connection."""
        with self._lock:
            self._connections.add(connection)
            closing = self._closing
        if closing:
            _shut_down(connection)

    def remove_connection(self, connection: socket.socket) -> None:
        """Unregister a connection."""
        with self._lock:
            self._connections.discard(connection)

    def close_copies(self) -> None:
        """In a forked child, close the copies of the parent's sockets; no lock is taken.

        Otherwise the port would stay open, with nobody to answer, after the parent has closed it.
        """
        for sock in (self.socket, *list(self._connections)):
            with contextlib.suppress(OSError):
                os.close(sock.detach())

    def handle_error(self, _request: Any, client_address: Any) -> None:
        """Log that a connection or its handler failed; nothing goes to the screen."""
        # socketserver calls this where it handles the exception.
        logger.debug("Connection from %s broke", client_address, exc_info=True)  # noqa: LOG014


def _shut_down(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        logger.debug("The connection was closed already", exc_info=True)


def listen(port: int) -> socket.socket:
    """Return a socket that listens on the loopback.

    Werkzeug would bind one itself, but where the port is taken it prints a message and leaves the
    interpreter.

    Raises
    ------
    ImgurDataError
        The port is taken or not ours to take.
    """
    try:
        return socket.create_server(("127.0.0.1", port), backlog=128)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        why = "it is taken" if taken else error.strerror or str(error)
        raise ImgurDataError(
            f"The sandbox cannot listen on port {port}: {why}. Choose another port, or 0 for any "
            "free one."
        ) from None


def _after_fork() -> None:
    for server in list(_running):
        server.close_copies()
    _running.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def abandon(server: Server, owner: OwningProcess) -> None:
    """Stop a server whose sandbox was dropped, or whose interpreter ends.

    In a forked child there is nothing to stop: the server's thread does not exist there.
    """
    if not owner.is_current:
        return
    main = threading.main_thread()
    if threading.current_thread() is main or not main.is_alive():
        server.stop()
    else:
        # The garbage collector may run this in one of the server's own threads, which must not
        # wait for itself.
        threading.Thread(target=server.stop, daemon=True).start()
