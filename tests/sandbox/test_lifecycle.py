"""Starting and stopping, connections, and requests that no client should send."""

from __future__ import annotations

import gc
import logging
import socket
import subprocess
import sys
import threading

import pytest
import requests

from imgurdata.errors import ImgurDataError, InvalidArgument
from imgurdata.sandbox import Sandbox

HOT = "/3/gallery/hot/viral/day/0"


def port_of(sandbox):
    return int(sandbox.url.rpartition(":")[2])


def talk(sandbox, data):
    """Send raw bytes, and read until the server closes or an answer is whole."""
    with socket.create_connection(("127.0.0.1", port_of(sandbox)), timeout=10) as line:
        line.sendall(data)
        line.shutdown(socket.SHUT_WR)
        out = b""
        while more := line.recv(65_536):
            out += more
    return out


def test_it_listens_from_the_constructor_on(asker):
    sandbox = Sandbox()
    try:
        assert sandbox.url.startswith("http://127.0.0.1:")
        assert not sandbox.url.endswith("/")
        assert asker(sandbox)(HOT).status_code == 200
        assert sandbox.start() is sandbox
        with sandbox as same:
            assert same is sandbox
    finally:
        sandbox.close()
    assert sandbox.closed
    sandbox.close()
    with pytest.raises(InvalidArgument):
        sandbox.start()
    with pytest.raises(requests.ConnectionError):
        asker(sandbox)(HOT)
    assert "closed" in repr(sandbox)


def test_close_ends_connections_and_threads(asker):
    before = set(threading.enumerate())
    with Sandbox() as sandbox:
        ask = asker(sandbox)
        assert ask("/3/credits").status_code == 200
        mine = set(threading.enumerate()) - before
        assert len(mine) == 2, "the server's thread and one connection's"
    for thread in mine:
        thread.join(timeout=5)
        assert not thread.is_alive()


def test_a_dropped_sandbox_stops_by_itself():
    sandbox = Sandbox()
    port, thread = port_of(sandbox), sandbox._thread
    del sandbox
    gc.collect()
    thread.join(timeout=5)
    assert not thread.is_alive()
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        pass


def test_a_sandbox_dropped_in_another_thread_stops_too():
    box = [Sandbox()]
    thread = box[0]._thread
    dropper = threading.Thread(target=box.clear)
    dropper.start()
    dropper.join(timeout=5)
    thread.join(timeout=5)
    assert not thread.is_alive()


def test_the_interpreter_ends_quietly_with_one_running():
    code = (
        "import urllib.request as u\n"
        "from imgurdata.sandbox import Sandbox\n"
        "s = Sandbox()\n"
        "u.urlopen(s.url + '/').close()\n"
        "print(s.url)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.startswith("http://127.0.0.1:")
    assert done.stderr == ""


def test_importing_is_cheap():
    code = (
        "import sys, imgurdata.sandbox\n"
        "sys.exit(' '.join({'werkzeug', 'PIL', 'html', 'http.server'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stderr.strip() == ""


def test_a_port_of_ones_own_and_one_that_is_taken(asker):
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(ImgurDataError, match=str(taken)):
            Sandbox(port=taken)
    with Sandbox(port=taken) as sandbox:
        assert sandbox.url == f"http://127.0.0.1:{taken}"
        assert asker(sandbox)("/").status_code == 200


@pytest.mark.parametrize(
    "options",
    [
        {"port": -1},
        {"port": 65_536},
        {"port": "80"},
        {"seed": 1.5},
        {"seed": True},
        {"now": "soon"},
        {"reset_form": "minutes"},
        {"header_case": "UPPER"},
    ],
)
def test_arguments_that_are_of_no_use(options):
    with pytest.raises(InvalidArgument):
        Sandbox(**options)


def test_one_connection_serves_many_requests(sandbox, ask):
    for _ in range(5):
        ask(HOT)
    ask(HOT, "POST", data={"a": "b"})
    ask(HOT, data={"a": "b"})
    ask(HOT, "POST", data=iter([b"chunk", b"ed"]))
    assert ask("/3/credits").status_code == 200
    (pool,) = ask.http.get_adapter(sandbox.url).poolmanager.pools._container.values()
    assert pool.num_connections == 1


def test_nothing_is_logged_above_debug(sandbox, ask, caplog, capfd):
    with caplog.at_level(logging.DEBUG):
        ask(HOT)
        talk(sandbox, b"NONSENSE\r\n\r\n")
    assert not [r for r in caplog.records if r.levelno > logging.DEBUG and "imgurdata" in r.name]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "line",
    [
        b"GET /3/gallery/%ff%fe%zz HTTP/1.1",
        b"GET /3/gallery/\xc3\xa9\xff HTTP/1.1",
        b"GET /%00%0d%0aX-Evil:%201 HTTP/1.1",
        b"GET /" + b"a" * 60_000 + b" HTTP/1.1",
        b"GET /3/gallery?" + b"a=b&" * 15_000 + b" HTTP/1.1",
        b"GET /3/gallery?%ff=%zz&&=&a HTTP/1.1",
        b"GET http://[ HTTP/1.1",
        b"GET //[ HTTP/1.1",
        b"GET * HTTP/1.1",
        b"GET / HTTP/1.0",
        b"BREW /3/gallery HTTP/1.1",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1",
        b"NONSENSE",
    ],
)
def test_odd_requests_are_answered(sandbox, line):
    out = talk(sandbox, line + b"\r\nHost: x\r\n\r\n")
    assert out.startswith((b"HTTP/1.1 ", b"HTTP/1.0 ", b"<!DOCTYPE"))
    assert b"Traceback" not in out
    assert b"HTTP/1.1 500" not in out
    assert b"\r\nX-Evil" not in out
    assert talk(sandbox, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: x",
        b"Content-Length: -1",
        b"Content-Length: 99999999999",
        b"Content-Length: 50000000",
        b"Transfer-Encoding: chunked\r\n\r\nzz",
    ],
)
def test_bodies_that_are_nonsense_are_refused(sandbox, headers):
    out = talk(sandbox, b"POST /3/gallery HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n\r\n")
    assert out.startswith(b"HTTP/1.1 413")
    assert b"Server: cat factory 1.0" in out
    assert b"Date: Sun, 01 Mar 2026 18:00:00 GMT" in out


def test_a_defect_never_shows_its_traceback(sandbox, ask, monkeypatch, caplog):
    def broken(call):
        raise RuntimeError("the innermost secret")

    monkeypatch.setattr(sandbox._app._api, "find", broken)
    answer = ask(HOT)
    assert answer.status_code == 500
    assert answer.json()["data"]["error"] == "An error occurred"
    assert "secret" not in answer.text
    assert "the innermost secret" in caplog.text


def test_latency_is_real_time_before_each_answer(sandbox, ask, monkeypatch):
    slept = []
    monkeypatch.setattr("imgurdata.sandbox.app.time.sleep", slept.append)
    ask("/3/credits")
    sandbox.latency = 0.25
    ask("/3/credits")
    assert slept == [0.25]
    for bad in (-1, float("inf"), float("nan")):
        with pytest.raises(InvalidArgument):
            sandbox.latency = bad
