"""The HTTP server that receives the redirect of a sign-in: once, from the right page, silently.

A page of ours reads the token out of the address (a fragment never reaches a server), takes it out
of the address bar, and hands it over. Only the loopback is listened on; what has another ``Host``
(DNS rebinding) or comes from another page (``Origin``) is turned away; nothing is logged.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import socket
import sys
import threading
from collections.abc import Callable
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from socketserver import TCPServer
from typing import Any

from imgurdata._process import OwningProcess
from imgurdata._secret import Secret
from imgurdata.auth.callback_address import Place
from imgurdata.auth.callback_page import Said
from imgurdata.auth.redirect import parse_redirect
from imgurdata.auth.token import Token
from imgurdata.errors import CannotListen, Denied, SignInError, StateMismatch

__all__ = ["Receiver"]

_LONGEST = 16 * 1024
#: So many answers of other sign-ins, and somebody is guessing.
_MOST_MISMATCHES = 5
#: An idle connection (browsers open them in advance) is let go after so many seconds.
_IDLE = 10


_NOT_OURS = Said(
    "This sign-in was not started here",
    "Another notebook may be waiting for it. Copy the address and paste it into the box there.",
    keep=True, status=400,
)  # fmt: skip
_NO_TOKEN = Said(
    "Imgur sent no token",
    "Go back to the notebook and try again.",
    keep=True, status=400,
)  # fmt: skip
_LATE = Said("This sign-in is over", "The notebook has its answer already.", status=410)


class Receiver:
    """Server that listens until one answer was accepted, or :meth:`close`.

    Parameters
    ----------
    place : Place
        Where to listen (:func:`~imgurdata.auth.callback_address.place_of`).
    state : str
        Of the sign-in.
    on_answer : callable
        Called once, in a thread of the receiver, with the token, or with the error that ends this
        sign-in; what it returns is shown in the browser.

    Raises
    ------
    CannotListen
        The port is taken, or not ours to take, on IPv4 or (where the machine has it) IPv6.
    """

    def __init__(
        self, place: Place, state: str, on_answer: Callable[[Token | SignInError], Said]
    ) -> None:
        self.place = place
        self._owner = OwningProcess("This sign-in")
        self._state = state
        self._on_answer = on_answer
        self._lock = threading.Lock()
        self._claimed = False
        self._mismatches = 0
        self._servers = _listen(place.port, self)
        #: Set when the port is free again.
        self.closed = threading.Event()
        self._serving = [
            threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
            for server in self._servers
        ]
        for thread in self._serving:
            thread.start()

    def close(self) -> None:
        """Stop listening; may be called from any thread, also from a handler's.

        In a forked child nothing happens: the server is its parent's.
        """
        if not self._owner.is_current:
            return
        with self._lock:
            self._claimed = True
        try:
            threading.Thread(target=self._shut, daemon=True).start()
        except RuntimeError:  # Python is ending: there are no new threads, and no old ones to wait
            self._close_sockets()

    def _shut(self) -> None:
        for server in self._servers:
            server.shutdown()
        self._close_sockets()

    def _close_sockets(self) -> None:
        for server in self._servers:
            server.server_close()
        self.closed.set()

    def take(self, answer: Secret) -> Said:
        """Take an address from the callback page; return what the page shows."""
        try:
            outcome: Token | SignInError = parse_redirect(answer, self._state)
        except (StateMismatch, Denied) as error:
            outcome = error.with_traceback(None)
        except SignInError:
            return _NO_TOKEN
        if isinstance(outcome, StateMismatch) and not self._too_many_mismatches():
            return _NOT_OURS
        # Claimed before it is answered: of several right answers at once, one counts.
        if not self._claim():
            return _LATE
        try:
            return self._on_answer(outcome)
        finally:
            self.close()

    def _too_many_mismatches(self) -> bool:
        with self._lock:
            self._mismatches += 1
            return self._mismatches >= _MOST_MISMATCHES

    def _claim(self) -> bool:
        with self._lock:
            mine, self._claimed = not self._claimed, True
        return mine

    def __repr__(self) -> str:
        return f"<Receiver on port {self.place.port}{', closed' if self.closed.is_set() else ''}>"


class _Server(ThreadingHTTPServer):
    """One listening socket."""

    daemon_threads = True
    # POSIX: the port of a sign-in that has just ended can be taken again at once. On Windows the
    # same option would let another program listen on it, too.
    allow_reuse_address = os.name == "posix"

    def __init__(self, address: tuple[str, int], receiver: Receiver) -> None:
        self.receiver = receiver
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        if sys.platform == "win32":
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        # Not HTTPServer's: it looks its own name up, which can take seconds.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def handle_error(self, *_: Any) -> None:
        """Print nothing of an error: it could show what came."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _IDLE
    server_version, sys_version = "imgurdata", ""

    def do_GET(self) -> None:
        """Send the page; the server reads nothing of its address."""
        if self._is_for_us():
            nonce = secrets.token_urlsafe(16)
            page = _page().replace("{nonce}", nonce)
            policy = (
                f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
                "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            )
            self._send(200, page, "text/html; charset=utf-8", policy)

    def do_POST(self) -> None:
        """Take what the page read in its address."""
        if not self._is_for_us():
            return
        if refused := self._refused():
            self._refuse(refused)
            return
        answer = _answer_in(self.rfile.read(int(self.headers["Content-Length"])))
        if answer is None:
            self._refuse(400)
            return
        said = self.server.receiver.take(answer)
        shown = {"title": said.title, "text": said.text, "keep": said.keep}
        self._send(said.status, json.dumps(shown), "application/json")

    def _refused(self) -> int:
        """Return the status with which a POST is refused before it is read, or 0."""
        if self.headers.get("Origin", "").lower() not in self.server.receiver.place.origins:
            return 403
        if self.headers.get_content_type() != "application/json":
            return 415
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            return 411
        return 413 if len(length) > 9 or int(length) > _LONGEST else 0

    def _is_for_us(self) -> bool:
        place = self.server.receiver.place
        if self.headers.get("Host", "").lower() not in place.hosts:
            self._refuse(421)
        elif self.path.partition("?")[0] != place.path:
            self._refuse(404)
        else:
            return True
        return False

    def _refuse(self, status: int) -> None:
        self.close_connection = True  # its body, if it has one, was not read
        self._send(status, "", "text/plain")

    def _send(self, status: int, text: str, kind: str, policy: str = "default-src 'none'") -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in (
            ("Content-Type", kind),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", "DENY"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Content-Security-Policy", policy),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Print and log nothing: an address may hold a token."""


def _answer_in(body: bytes) -> Secret | None:
    try:
        answer = json.loads(body)["answer"]
        return Secret(answer) if isinstance(answer, str) else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


@cache
def _page() -> str:
    return files("imgurdata.auth").joinpath("callback.html").read_text("utf-8")


def _listen(port: int, receiver: Receiver) -> list[_Server]:
    """Return servers on both loopbacks: whoever holds only one would get half the answers."""
    servers: list[_Server] = []
    try:
        servers.append(_Server(("127.0.0.1", port), receiver))
        if _has_ipv6():
            servers.append(_Server(("::1", port), receiver))
    except (OSError, OverflowError) as error:
        for server in servers:
            server.server_close()
        # Windows reserves ranges of ports: then it is not "taken" but not permitted.
        taken = getattr(error, "errno", None) == errno.EADDRINUSE
        why = "in use" if taken else "not available on this machine"
        raise CannotListen(
            f"Port {port} is {why}: finish by pasting the address, or give another redirect_url "
            "(registered with Imgur)."
        ) from None
    return servers


def _has_ipv6() -> bool:
    """Return whether the machine has ``::1``."""
    if not socket.has_ipv6:
        return False
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
