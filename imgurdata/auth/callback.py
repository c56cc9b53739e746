"""The HTTP server that receives the redirect of a sign-in.

The token is in the fragment of the redirect URL, which never reaches a server. So the callback page
reads it in the browser, removes it from the address bar, and posts it back. The server listens on
the loopback only, refuses requests with another ``Host`` (DNS rebinding) or from another page
(``Origin``), and logs nothing.
"""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from socketserver import TCPServer
from typing import Any
from urllib.parse import SplitResult, urlsplit

from imgurdata._network import LOOPBACK
from imgurdata._process import OwningProcess
from imgurdata._secret import Secret, seal
from imgurdata.errors import CannotListen, InvalidArgument

__all__ = ["CallbackAddress", "CallbackPage", "Receiver"]

_HTML = files("imgurdata.auth").joinpath("callback.html").read_text("utf-8")
_MAX_BODY = 16 * 1024
_MAX_URL = 2000
#: Seconds after which idle connections are closed; browsers open some in advance.
_IDLE_TIMEOUT = 10

#: jupyter-server-proxy: ``.../proxy/28080/callback`` reaches port 28080 of the kernel's machine as
#: ``/callback``; ``.../proxy/absolute/28080/callback`` keeps the whole path.
_PROXIED = re.compile(r"/proxy/(?P<absolute>absolute/)?(?P<port>[0-9]{1,5})(?P<rest>/.*)?$")


@dataclass(frozen=True, slots=True)
class CallbackAddress:
    """Port and path of the callback page, and the valid headers of requests for it."""

    port: int
    path: str
    hosts: frozenset[str]
    origins: frozenset[str]

    @classmethod
    def from_url(cls, redirect_url: str) -> CallbackAddress | None:
        """Return the address of a registered redirect URL, or None if nothing here can receive it.

        Examples
        --------
        >>> CallbackAddress.from_url("http://localhost:28080/callback").port
        28080
        >>> CallbackAddress.from_url("https://hub.example.org/user/ann/proxy/28080/callback").path
        '/callback'
        >>> CallbackAddress.from_url("https://imgur.com/") is None
        True
        """
        # Sealed: somebody may give the redirected URL, with its token.
        sealed = seal(redirect_url)
        del redirect_url
        parts, port = _split_url(sealed)
        if parts is None:
            raise InvalidArgument(
                "redirect_url must be the http:// or https:// address that is registered with "
                "Imgur, such as http://localhost:28080/callback, without a user name and without "
                "what follows a #."
            )
        path = parts.path or "/"
        proxied = _PROXIED.search(parts.path)
        if proxied is not None and 0 < int(proxied["port"]) < 65_536:
            port = int(proxied["port"])
            if not proxied["absolute"]:
                path = proxied["rest"] or "/"
        # A URL without a port is the web server's, on which this process cannot listen.
        elif parts.hostname not in LOOPBACK or parts.scheme != "http" or not port:
            return None
        local = [f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}"]
        public = parts.netloc.lower()
        return cls(
            port=port,
            path=path,
            hosts=frozenset({*local, public}),
            origins=frozenset(
                {*(f"http://{host}" for host in local), f"{parts.scheme}://{public}"}
            ),
        )


def _split_url(sealed: Secret | None) -> tuple[SplitResult | None, int | None]:
    """Return the parts of a URL and its port, or None if it is not valid; raises nothing."""
    text = sealed.reveal() if sealed is not None else None
    if not isinstance(text, str) or len(text) > _MAX_URL or not text.isascii():
        return None, None
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None, None
    valid = parts.scheme in {"http", "https"} and parts.hostname and not parts.fragment
    return (parts, port) if valid and parts.username is None else (None, None)


@dataclass(frozen=True, slots=True)
class CallbackPage:
    """Content of the callback page, which holds nothing of the redirect URL."""

    title: str
    text: str
    #: Whether the page offers to copy the redirect URL, for pasting.
    keep: bool = False
    status: int = 200


class Receiver:
    """HTTP server that receives redirects until :meth:`close`.

    ``on_redirect`` is called with each redirect URL, in a thread, and returns the page to show.
    Raise CannotListen if the port is taken or not permitted.
    """

    def __init__(
        self, address: CallbackAddress, on_redirect: Callable[[Secret], CallbackPage]
    ) -> None:
        self.address = address
        self.on_redirect = on_redirect
        self._owner = OwningProcess("This sign-in")
        self._servers = _listen(address.port, self)
        #: Set when the port is free again.
        self.closed = threading.Event()
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()

    def close(self) -> None:
        """Stop listening; can be called from any thread, also from a handler's.

        Does nothing in a forked child: the server is its parent's.
        """
        if not self._owner.is_current:
            return
        try:
            threading.Thread(target=self._shut_down, daemon=True).start()
        except RuntimeError:  # the interpreter is shutting down: no thread can start or is served
            self._shut_down(wait=False)

    def _shut_down(self, wait: bool = True) -> None:
        for server in self._servers:
            if wait:
                server.shutdown()
            server.server_close()
        self.closed.set()


class _Server(ThreadingHTTPServer):
    """One listening socket."""

    daemon_threads = True
    # On POSIX, the port of a sign-in that has just ended can be bound again at once. On Windows the
    # same option would let another program listen on it as well.
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
        # HTTPServer's own method looks up the host name, which can take seconds.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def server_close(self) -> None:
        # For all copies of the socket: a child that was forked a moment ago still has one.
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        super().server_close()

    def handle_error(self, *_: Any) -> None:
        """Print nothing: a traceback could show the token."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _IDLE_TIMEOUT
    server_version, sys_version = "imgurdata", ""

    def do_GET(self) -> None:
        """Send the callback page; the server reads nothing of the query."""
        if status := self._address_fault():
            self._refuse(status)
            return
        nonce = secrets.token_urlsafe(16)
        policy = (
            f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
            "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        self._send(200, _HTML.replace("{nonce}", nonce), "text/html; charset=utf-8", policy)

    def do_POST(self) -> None:
        """Receive the redirect URL that the callback page has read."""
        if status := self._address_fault() or self._post_fault():
            self._refuse(status)
            return
        try:
            # Not in a variable: frames may be printed.
            url = Secret(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["answer"])
        except (ValueError, KeyError, TypeError, RecursionError):  # InvalidArgument is a ValueError
            self._refuse(400)
            return
        page = self.server.receiver.on_redirect(url)
        content = {"title": page.title, "text": page.text, "keep": page.keep}
        self._send(page.status, json.dumps(content), "application/json")

    def _address_fault(self) -> int:
        """Return the status with which a request for another host or path is refused, or 0."""
        address = self.server.receiver.address
        if self.headers.get("Host", "").lower() not in address.hosts:
            return 421
        return 404 if self.path.partition("?")[0] != address.path else 0

    def _post_fault(self) -> int:
        """Return the status with which a POST is refused before its body is read, or 0."""
        if self.headers.get("Origin", "").lower() not in self.server.receiver.address.origins:
            return 403
        if self.headers.get_content_type() != "application/json":
            return 415
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            return 411
        return 413 if len(length) > 9 or int(length) > _MAX_BODY else 0

    def _refuse(self, status: int) -> None:
        self.close_connection = True  # the body, if any, was not read
        self._send(status, "", "text/plain")

    def _send(
        self, status: int, text: str, content_type: str, policy: str = "default-src 'none'"
    ) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in (
            ("Content-Type", content_type),
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
        """Log nothing: the URL may hold a token."""


def _listen(port: int, receiver: Receiver) -> list[_Server]:
    """Return servers on both loopbacks: a program that held one would get some of the redirects."""
    servers: list[_Server] = []
    for host in ("127.0.0.1", "::1"):
        try:
            servers.append(_Server((host, port), receiver))
        except (OSError, OverflowError) as error:
            number = getattr(error, "errno", None)
            if host == "::1" and number in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
                continue  # this machine has no IPv6
            for server in servers:
                server.server_close()
            # Windows reserves ranges of ports; binding one of these is not permitted.
            reason = "in use" if number == errno.EADDRINUSE else "not available on this machine"
            raise CannotListen(
                f"Port {port} is {reason}: finish by pasting the address, or give another "
                "redirect_url (registered with Imgur)."
            ) from None
    return servers
