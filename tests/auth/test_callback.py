"""Server that receives the redirect: for its own page only, once, and without a log."""

from __future__ import annotations

import contextlib
import errno
import http.client
import json
import logging
import os
import re
import socket
import stat
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from socketserver import TCPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from processes import run
from typing_at import until

from imgurdata.auth.callback import CallbackAddress
from imgurdata.auth.flow import SignInFlow
from imgurdata.auth.token import Token
from imgurdata.errors import Denied, InvalidArgument, StateMismatch

ACCESS = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"
OTHER = f"?state=other#access_token={ACCESS}"


class Waiting:
    """Sign-in that waits for its redirect, and the tokens that it has received."""

    def __init__(self, port: int, timers: Any) -> None:
        self.port = port
        self.tokens: list[Token] = []
        self.flow = SignInFlow(
            "client", self.accept, redirect_url=f"http://localhost:{port}/callback", timer=timers
        )

    def accept(self, token: Token) -> str:
        self.tokens.append(token)
        return "ann"

    def start(self) -> None:
        self.flow.start()
        assert self.flow.view.status == "waiting", self.flow.view.text
        self.state = parse_qs(urlsplit(self.flow.view.url).query)["state"][0]
        self.good = f"?state={self.state}#access_token={ACCESS}"

    def request(
        self, method: str, path: str = "/callback", body: bytes = b"", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Send a request as the callback page would; a header given as "" is left out."""
        sent = {"Host": f"localhost:{self.port}"}
        if method == "POST":
            sent |= {
                "Origin": f"http://localhost:{self.port}",
                "Content-Type": "application/json",
                "Content-Length": str(len(body)),
            }
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in sent.items():
                if value:
                    connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def post(self, url: str, **headers: str) -> tuple[int, Any]:
        """Post a redirect URL; return the status and the content of the page."""
        body = json.dumps({"answer": url}).encode()
        status, _, body = self.request("POST", body=body, **headers)
        return status, json.loads(body) if body else None


@pytest.fixture
def waiting(port: int, timers: Any) -> Iterator[Waiting]:
    made = Waiting(port, timers)
    made.start()
    yield made
    made.flow.cancel()


def is_open(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether a server listens on the port."""
    try:
        socket.create_connection((host, port), timeout=5).close()
    except OSError:
        return False
    return True


def until_closed(port: int) -> None:
    """Wait until the port is free."""
    until(lambda: not is_open(port))


def has_ipv6() -> bool:
    """Return whether this machine has the address ::1."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def test_callback_page_and_its_headers(waiting: Waiting) -> None:
    status, headers, page = waiting.request("GET", "/callback?state=x&access_token=in-the-query")
    assert status == 200
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "server" not in headers or "Python" not in headers["server"]
    policy = headers["content-security-policy"]
    nonce = re.search(r"script-src 'nonce-([\w-]+)'", policy)
    assert nonce is not None
    assert page.count(f'nonce="{nonce[1]}"'.encode()) == 2
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy
    assert b"in-the-query" not in page
    again = waiting.request("GET")[1]["content-security-policy"]
    assert again != policy, "each page has a nonce of its own"


@pytest.mark.decision("one-answer")
def test_receiver_accepts_one_token_and_frees_port(waiting: Waiting) -> None:
    status, page = waiting.post(waiting.good)
    assert (status, page["title"], page["keep"]) == (200, "Signed in", False)
    assert [token.access_token.reveal() for token in waiting.tokens] == [ACCESS]
    until_closed(waiting.port)
    # The port can be bound again at once.
    for number in (2, 3):
        waiting.start()
        assert waiting.post(waiting.good)[0] == 200
        assert len(waiting.tokens) == number


@pytest.mark.decision("one-answer")
def test_receiver_accepts_one_of_several_redirects_at_once(port: int, timers: Any) -> None:
    entered, go_on = threading.Event(), threading.Event()

    class Slow(Waiting):
        def accept(self, token: Token) -> str:
            entered.set()
            go_on.wait(10)
            return super().accept(token)

    waiting = Slow(port, timers)
    waiting.start()
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(waiting.post, waiting.good)
        assert entered.wait(10)
        others = [pool.submit(waiting.post, waiting.good) for _ in range(5)]
        assert {other.result()[0] for other in others} == {410}
        go_on.set()
        assert first.result()[0] == 200
    assert len(waiting.tokens) == 1
    until_closed(port)


def test_denied_redirect_ends_sign_in(waiting: Waiting) -> None:
    assert waiting.post(f"?state={waiting.state}#error=access_denied")[0] == 200
    assert type(waiting.flow.error) is Denied
    assert waiting.tokens == []
    until_closed(waiting.port)


def test_redirect_of_another_sign_in_is_refused(waiting: Waiting) -> None:
    for _ in range(4):
        status, page = waiting.post(OTHER)
        assert status == 400
        assert page["keep"] is True
        assert page["title"] == "This sign-in was not started here"
        assert ACCESS not in json.dumps(page)
    assert waiting.tokens == []
    assert waiting.post(waiting.good)[0] == 200


def test_five_redirects_of_other_sign_ins_end_sign_in(waiting: Waiting) -> None:
    for _ in range(5):
        waiting.post("?state=ö#access_token=guess-guess")
    assert type(waiting.flow.error) is StateMismatch
    assert waiting.tokens == []
    until_closed(waiting.port)


@pytest.mark.decision("receiver-of-its-own-page")
def test_receiver_refuses_what_is_not_from_its_page(
    subtests: pytest.Subtests, waiting: Waiting
) -> None:
    body = json.dumps({"answer": waiting.good}).encode()
    for headers, status in [
        ({"Host": "evil.example:80"}, 421),
        ({"Host": ""}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content_Type": ""}, 415),
        ({"Content_Length": ""}, 411),
        ({"Content_Length": "-1"}, 411),
        ({"Content_Length": "1e3"}, 411),
        ({"Content_Length": "16385"}, 413),
        ({"Content_Length": "9" * 30}, 413),
    ]:
        with subtests.test(headers=headers):
            answered, sent, page = waiting.request("POST", body=body, **headers)
            assert (answered, page) == (status, b"")
            assert not [name for name in sent if name.startswith("access-control")]
    for junk in (b"", b"{", b"[]", b"7", b'{"answer": 1}', b'{"x": "x"}', b"\xff", b"[" * 9000):
        with subtests.test(junk=junk):
            assert waiting.request("POST", body=junk)[0] == 400
    for path in ("/", "/callback/", "/favicon.ico", "/%63allback"):
        with subtests.test(path=path):
            assert waiting.request("GET", path)[0] == 404
            assert waiting.request("POST", path, b"{}")[0] == 404
    for method in ("OPTIONS", "PUT", "DELETE", "HEAD", "TRACE"):
        with subtests.test(method=method):
            status, sent, _ = waiting.request(method)
            assert status == 501
            assert not [name for name in sent if name.startswith("access-control")]
    assert waiting.post("?nothing=here")[0] == 400
    assert waiting.request("GET", Host="evil.example")[0] == 421
    for host in (f"127.0.0.1:{waiting.port}", f"[::1]:{waiting.port}"):
        assert waiting.request("GET", Host=host)[0] == 200
    assert waiting.tokens == []
    assert waiting.post(waiting.good)[0] == 200, "it still waits"


def test_receiver_listens_on_loopback_only(waiting: Waiting) -> None:
    assert is_open(waiting.port)
    assert is_open(waiting.port, "::1") is has_ipv6()
    # On Linux all of 127.0.0.0/8 is this machine.
    assert not is_open(waiting.port, "127.0.0.2")


def test_receiver_looks_up_no_name(port: int, timers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # http.server asks for the machine's name when it binds, which is slow where DNS is.
    monkeypatch.setattr("socket.getfqdn", lambda *_: pytest.fail("asked for a name"))
    monkeypatch.setattr("socket.gethostbyaddr", lambda *_: pytest.fail("asked for a name"))
    waiting = Waiting(port, timers)
    waiting.start()
    waiting.flow.cancel()


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")
def test_receiver_needs_both_loopbacks(port: int, timers: Any) -> None:
    with socket.socket(socket.AF_INET6) as theirs:
        theirs.bind(("::1", port))
        theirs.listen()
        flow = Waiting(port, timers).flow
        flow.start()
        assert flow.view.status == "pasting"
        assert f"Port {port} is in use" in flow.view.text
    assert not is_open(port), "the other half is closed again"


def test_receiver_is_content_with_one_loopback_without_ipv6(
    port: int, timers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
        bind = TCPServer.server_bind

        def without_ipv6(server: TCPServer, number: int = number, bind: Any = bind) -> None:
            if server.address_family == socket.AF_INET6:
                raise OSError(number, "no IPv6")
            bind(server)

        with monkeypatch.context() as patch:
            patch.setattr(TCPServer, "server_bind", without_ipv6)
            signing_in = Waiting(port, timers)
            signing_in.start()
        assert signing_in.request("GET")[0] == 200
        signing_in.flow.cancel()
        until_closed(port)


def test_sign_in_that_ends_with_the_interpreter_frees_port(port: int) -> None:
    """In a process of its own: the server's thread goes on, and would read others' descriptors."""
    script = """
import atexit, socket, sys, threading
from imgurdata.auth.flow import SignInFlow

port = int(sys.argv[1])
flow = SignInFlow("client", print, redirect_url=f"http://localhost:{port}/callback")
flow.start()
assert flow.view.status == "waiting", flow.view.text

def end():
    def start(_):
        raise RuntimeError("can't create new thread at interpreter shutdown")
    threading.Thread.start = start  # as Python 3.12 does by itself
    flow.cancel()
    assert socket.socket().connect_ex(("127.0.0.1", port))
    print(flow.view.status, flow._receiver.closed.is_set())

atexit.register(end)
"""
    ended = run(script, port)
    assert (ended.returncode, ended.stdout) == (0, "failed True\n"), ended.stderr


def test_cancelled_sign_in_frees_port(waiting: Waiting) -> None:
    waiting.flow.cancel()
    waiting.flow.cancel()
    until_closed(waiting.port)


def copies_of_listening_sockets(port: int) -> list[socket.socket]:
    """Return copies of the sockets of this process that listen on a port."""
    copies = []
    for name in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            if stat.S_ISSOCK(name.stat().st_mode):
                copy = socket.socket(fileno=os.dup(int(name.name)))
                listens = copy.family != socket.AF_UNIX and copy.getsockname()[1] == port
                copies.append(copy) if listens else copy.close()
    return copies


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's list of open files")
def test_cancelled_sign_in_frees_port_though_a_copy_of_its_socket_is_open(waiting: Waiting) -> None:
    """As in a forked child that has not closed its own yet."""
    copies = copies_of_listening_sockets(waiting.port)
    assert copies
    receiver = waiting.flow._receiver
    try:
        waiting.flow.cancel()
        assert receiver.closed.wait(20)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", waiting.port), timeout=5)
    finally:
        for copy in copies:
            copy.close()


def test_receiver_prints_and_logs_nothing(
    waiting: Waiting, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    waiting.request("GET", f"/callback?access_token={ACCESS}")
    waiting.request("GET", f"/{ACCESS}")
    waiting.post(OTHER)
    raw = socket.create_connection(("127.0.0.1", waiting.port), timeout=10)
    raw.sendall(f"NONSENSE {ACCESS}\r\n\r\n".encode())
    raw.recv(1000)
    raw.close()
    waiting.post(waiting.good)
    until_closed(waiting.port)
    assert capfd.readouterr() == ("", "")
    assert caplog.text == ""


def test_failure_of_receiver_prints_nothing(
    port: int, timers: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    class Failing(Waiting):
        def accept(self, token: Token) -> str:
            raise RuntimeError(ACCESS)

    waiting = Failing(port, timers)
    waiting.start()
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        waiting.post(waiting.good)
    until_closed(port)
    assert capfd.readouterr() == ("", "")


def test_callback_address_of_redirect_url(subtests: pytest.Subtests) -> None:
    for url, port, path in [
        ("http://localhost:28080/callback", 28080, "/callback"),
        ("http://127.0.0.1:5000", 5000, "/"),
        ("http://[::1]:5000/a/b", 5000, "/a/b"),
        ("https://hub.example.org/user/ann/proxy/28080/callback", 28080, "/callback"),
        ("https://hub.example.org/user/ann/proxy/28080", 28080, "/"),
        ("http://localhost:8888/proxy/28080/callback", 28080, "/callback"),
        ("https://h/x/proxy/absolute/7000/callback", 7000, "/x/proxy/absolute/7000/callback"),
    ]:
        with subtests.test(url=url):
            address = CallbackAddress.from_url(url)
            assert address is not None
            assert (address.port, address.path) == (port, path)
            assert f"127.0.0.1:{port}" in address.hosts
            assert f"http://localhost:{port}" in address.origins
    address = CallbackAddress.from_url("https://Hub.example.org/user/ann/proxy/28080/callback")
    assert address is not None
    assert "hub.example.org" in address.hosts
    assert "https://hub.example.org" in address.origins


def test_callback_address_is_none_where_only_pasting_works(subtests: pytest.Subtests) -> None:
    for url in (
        "https://imgur.com/",
        "http://localhost/callback",
        "https://localhost:1/callback",
        "https://h/proxy/99999/callback",
        "https://h/proxy/x/callback",
    ):
        with subtests.test(url=url):
            assert CallbackAddress.from_url(url) is None


def test_callback_address_refuses_invalid_urls(subtests: pytest.Subtests) -> None:
    for url in ("", "localhost:28080", "ftp://localhost:1/", "http://", "http://[",
                "http://h:99999/", "http://h/#x", "http://a:pw@localhost:1/", None, 7):  # fmt: skip
        with subtests.test(url=url):
            with pytest.raises(InvalidArgument, match="redirect_url") as caught:
                CallbackAddress.from_url(url)  # type: ignore[arg-type]
            assert "pw" not in caught.value.message
