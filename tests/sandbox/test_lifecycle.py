"""Starting and stopping, connections, and requests that no client should send."""

from __future__ import annotations

import gc
import logging
import os
import pickle
import socket
import subprocess
import sys
import threading

import numpy as np
import pandas as pd
import processes
import pytest
import requests

import imgurdata.sandbox
from imgurdata.errors import ImgurDataError, InvalidArgument
from imgurdata.sandbox import Sandbox

HOT = "/3/gallery/hot/viral/day/0"


def port_of(sandbox):
    return int(sandbox.url.rpartition(":")[2])


def send_raw(sandbox, data):
    """Send raw bytes, and read until the server closes or an answer is whole."""
    with socket.create_connection(("127.0.0.1", port_of(sandbox)), timeout=10) as line:
        line.sendall(data)
        line.shutdown(socket.SHUT_WR)
        out = b""
        while more := line.recv(65_536):
            out += more
    return out


def test_sandbox_listens_until_it_is_closed(new_client):
    sandbox = Sandbox()
    try:
        assert sandbox.url.startswith("http://127.0.0.1:")
        assert not sandbox.url.endswith("/")
        assert new_client(sandbox)(HOT).status_code == 200
        assert sandbox.start() is sandbox
        with sandbox as same:
            assert same is sandbox
    finally:
        sandbox.close()
    assert sandbox.closed
    sandbox.close()
    with pytest.raises(ImgurDataError, match="closed"):
        sandbox.start()
    with pytest.raises(requests.ConnectionError):
        new_client(sandbox)(HOT)
    assert "closed" in repr(sandbox)


def test_close_ends_connections_and_threads(new_client):
    before = set(threading.enumerate())
    with Sandbox() as sandbox:
        client = new_client(sandbox)
        assert client("/3/credits").status_code == 200
        mine = set(threading.enumerate()) - before
        assert len(mine) == 2, "the server's thread and one connection's"
    for thread in mine:
        thread.join(timeout=5)
        assert not thread.is_alive()


def test_dropped_sandbox_stops_by_itself():
    threads = set(threading.enumerate())
    sandbox = Sandbox()
    port = port_of(sandbox)
    (thread,) = set(threading.enumerate()) - threads
    del sandbox
    gc.collect()
    thread.join(timeout=5)
    assert not thread.is_alive()
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        pass


def test_sandbox_dropped_in_another_thread_stops_too():
    threads = set(threading.enumerate())
    box = [Sandbox()]
    (thread,) = set(threading.enumerate()) - threads
    dropper = threading.Thread(target=box.clear)
    dropper.start()
    dropper.join(timeout=5)
    thread.join(timeout=5)
    assert not thread.is_alive()


def test_interpreter_ends_quietly_with_a_running_sandbox():
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


def test_defect_of_the_server_itself_is_only_logged(sandbox, client, monkeypatch, caplog, capfd):
    def broken(_environ, _start_response):
        raise RuntimeError("out of order")

    monkeypatch.setattr(sandbox._server, "app", broken)
    caplog.set_level("DEBUG", "imgurdata.sandbox")
    with pytest.raises(requests.ConnectionError):
        client(HOT)
    assert {record.levelname for record in caplog.records} == {"DEBUG"}
    assert "out of order" in caplog.text
    assert capfd.readouterr() == ("", "")


def test_connection_of_a_closing_server_is_closed(sandbox):
    sandbox.close()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sandbox._server.add_connection(ours)
        assert theirs.recv(1) == b""
    # One that is closed already does no harm.
    sandbox._server.add_connection(ours)


def test_package_shows_its_public_names():
    assert dir(imgurdata.sandbox) == ["RequestRow", "Sandbox"]


def test_import_leaves_out_the_server():
    code = (
        "import sys, imgurdata.sandbox\n"
        "sys.exit(' '.join({'werkzeug', 'PIL', 'html', 'http.server'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stderr.strip() == ""


def test_port_may_be_chosen_unless_it_is_taken(new_client):
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(ImgurDataError, match=str(taken)):
            Sandbox(port=taken)
    with Sandbox(port=taken) as sandbox:
        assert sandbox.url == f"http://127.0.0.1:{taken}"
        assert new_client(sandbox)("/").status_code == 200


#: Values that may be passed for anything by mistake.
ODD = [
    None, True, -1, 1.5, float("nan"), 10**30, 10**5000, "", "x", "²", "a" * 100_000, b"x", [], {},
    {"user": -1}, {"user": "5"}, {"hour": 5}, {5: 5}, {"user": 10**30}, object(), set(), pd.NaT,
    pd.NA, pd.Series([1, 2]), np.array([1, 2]), np.float64("inf"), type, lambda: 0, range(3),
]  # fmt: skip
#: The valid ones among them, by argument.
VALID = {
    "seed": [-1],
    "now": [None],
    "limits": [None, {}],
    "port": [],
    "token_lifetime": [None, 1.5],
    "client_id": [None, "x"],
    "redirect_url": [],
    **{key: [True] for key in ["ticking", "limit_headers", "wrong_state", "refresh_rotates"]},
    **{key: [] for key in ["reset_form", "header_case", "state_in", "token_refusal"]},
}


def is_valid(value, valid):
    """Whether a value is in a list of valid ones, of the same type."""
    return any(value is one or (type(one) is type(value) and one == value) for one in valid)


def test_sandbox_refuses_odd_arguments(subtests, monkeypatch):
    def accepted(*_, **__):
        raise RuntimeError("accepted")

    monkeypatch.setattr("imgurdata.sandbox.serving.listen", accepted)
    for name, valid in VALID.items():
        with subtests.test(name=name):
            for value in ODD:
                expected = RuntimeError if is_valid(value, valid) else InvalidArgument
                with pytest.raises(expected) as refused:
                    Sandbox(**{name: value})
                assert len(str(refused.value)) < 400


def test_sandbox_methods_refuse_odd_arguments(subtests, shared):
    methods = {
        "advance": shared.advance,
        "fail": shared.fail,
        "times": lambda value: shared.fail(500, value),
        "path": lambda value: shared.fail(500, path=value),
        "issue_token": shared.issue_token,
        "client_id": lambda value: shared.issue_token(shared.account, client_id=value),
        "secret_of": shared.secret_of,
        "revoke_token": shared.revoke_token,
        "revoke_account": shared.revoke_account,
        "add_client": lambda value: shared.add_client(name=value),
        "latency": lambda value: setattr(shared, "latency", value),
    }
    valid = {
        "advance": [1.5], "latency": [1.5], "add_client": [None, "x", "²"],
        "client_id": [None, "x"], "path": [None], "secret_of": [None], "times": [10**30, 10**5000],
    }  # fmt: skip
    for name, call in methods.items():
        with subtests.test(name=name):
            for value in ODD:
                if not is_valid(value, valid.get(name, [])):
                    with pytest.raises(InvalidArgument) as refused:
                        call(value)
                    assert len(refused.value.message) < 600


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a copy keeps the port open")
def test_port_closes_though_a_copy_of_its_socket_is_open():
    """As in a forked child that has not closed its own yet."""
    with Sandbox() as sandbox:
        copy = os.dup(sandbox._server.socket.fileno())
    try:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", int(sandbox.url.rpartition(":")[2])), 5)
    finally:
        os.close(copy)


FORKS = """
import faulthandler, os, signal, sys, threading, time, urllib.request, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 on: of a fork with threads
from imgurdata.errors import ImgurDataError
from imgurdata.sandbox import Sandbox

sandbox = Sandbox(limits={"user": 10**6, "client": 10**6})

def ask():
    request = urllib.request.Request(sandbox.url + "/3/credits")
    request.add_header("Authorization", "Client-ID " + sandbox.client_id)
    return urllib.request.urlopen(request, timeout=20).status

def load(over):
    while not over.is_set():
        ask()

def child(do):
    pid = os.fork()
    if pid == 0:
        faulthandler.dump_traceback_later(15, exit=True)
        do()
        sys.exit(7)  # with all that runs at an interpreter's end
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7, do.__name__

def used():
    assert sandbox.url in repr(sandbox) and sandbox.client_id and sandbox.client_secret
    for use in (lambda: sandbox.now, lambda: sandbox.spent, lambda: sandbox.requests,
                lambda: sandbox.advance(1), lambda: sandbox.fail(500), sandbox.start,
                lambda: sandbox.issue_token("x"), lambda: setattr(sandbox, "latency", 1)):
        try:
            use()
        except ImgurDataError as refused:
            assert "another process" in refused.message and "base_url=" in refused.message
        else:
            raise AssertionError("not refused")
    assert ask() == 200  # over HTTP the worker may ask

def nothing():
    pass

def closed_and_dropped():
    global sandbox
    assert sandbox.url in repr(sandbox)
    sandbox.close()
    sandbox = None

over = threading.Event()
threads = [threading.Thread(target=load, args=(over,)) for _ in range(2)]
for thread in threads:
    thread.start()
try:
    # Locks that a thread holds at this moment are locked in the child for ever.
    for lock in (sandbox._clock._lock, sandbox._app.ledger._lock, sandbox._server._lock):
        with lock:
            child(nothing)
            child(closed_and_dropped)
finally:
    over.set()
    for thread in threads:
        thread.join()
child(used)
assert ask() == 200, "a child has closed the parent's sandbox"

# The port closes with the parent's sandbox, though a child that has inherited it lives on.
pid = os.fork()
if pid == 0:
    time.sleep(60)
    os._exit(0)
try:
    sandbox.close()
    import socket
    try:
        socket.create_connection(("127.0.0.1", int(sandbox.url.rpartition(":")[2])), 5).close()
        raise AssertionError("somebody still listens")
    except ConnectionRefusedError:
        pass
finally:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
print("done")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this platform")
def test_forked_children_are_refused_and_close_nothing():
    done = processes.run(FORKS, timeout=110)
    assert (done.returncode, done.stdout.strip()) == (0, "done"), done.stderr


def test_sandbox_does_not_pickle(shared):
    with pytest.raises(ImgurDataError, match="base_url=url"):
        pickle.dumps(shared)


def test_one_connection_serves_many_requests(sandbox, client):
    for _ in range(5):
        client(HOT)
    client(HOT, "POST", data={"a": "b"})
    client(HOT, data={"a": "b"})
    client(HOT, "POST", data=iter([b"chunk", b"ed"]))
    assert client("/3/credits").status_code == 200
    (pool,) = client.http.get_adapter(sandbox.url).poolmanager.pools._container.values()
    assert pool.num_connections == 1


def test_server_logs_nothing_above_debug(sandbox, client, caplog, capfd):
    with caplog.at_level(logging.DEBUG):
        client(HOT)
        send_raw(sandbox, b"NONSENSE\r\n\r\n")
    assert not [r for r in caplog.records if r.levelno > logging.DEBUG and "imgurdata" in r.name]
    assert capfd.readouterr() == ("", "")


def test_server_answers_odd_requests(subtests, sandbox):
    for line in [
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
    ]:
        with subtests.test(line=line):
            out = send_raw(sandbox, line + b"\r\nHost: x\r\n\r\n")
            assert out.startswith((b"HTTP/1.1 ", b"HTTP/1.0 ", b"<!DOCTYPE"))
            assert b"Traceback" not in out
            assert b"HTTP/1.1 500" not in out
            assert b"\r\nX-Evil" not in out
            again = send_raw(sandbox, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert again.startswith(b"HTTP/1.1 200 OK")


def test_server_refuses_invalid_bodies(subtests, sandbox):
    for headers in [
        b"Content-Length: x",
        b"Content-Length: -1",
        b"Content-Length: \xb2",
        b"Content-Length: 99999999999",
        b"Content-Length: 500000000",
        b"Transfer-Encoding: chunked\r\n\r\nzz",
    ]:
        with subtests.test(headers=headers):
            out = send_raw(
                sandbox, b"POST /3/gallery HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n\r\n"
            )
            assert out.startswith(b"HTTP/1.1 413")
            assert b"Server: cat factory 1.0" in out
            assert b"Date: Sun, 01 Mar 2026 18:00:00 GMT" in out


def test_defect_is_a_500_without_its_traceback(sandbox, client, monkeypatch, caplog):
    def broken(request):
        raise RuntimeError("the innermost secret")

    monkeypatch.setattr("imgurdata.sandbox.app.find_route", broken)
    answer = client(HOT)
    assert answer.status_code == 500
    assert answer.json()["data"]["error"] == "An error occurred"
    assert "secret" not in answer.text
    assert "the innermost secret" in caplog.text


def test_latency_is_real_time_before_each_answer(sandbox, client, monkeypatch):
    slept = []
    monkeypatch.setattr("imgurdata.sandbox.app.time.sleep", slept.append)
    client("/3/credits")
    sandbox.latency = 0.25
    client("/3/credits")
    assert slept == [0.25]
    for bad in (-1, float("inf"), float("nan")):
        with pytest.raises(InvalidArgument):
            sandbox.latency = bad
