"""What listens for the redirect: for the right page only, once, and without a word."""

from __future__ import annotations

import http.client
import json
import logging
import re
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from imgurdata.auth.callback import CallbackAddress, CallbackPage, Receiver
from imgurdata.auth.token import Token
from imgurdata.errors import CannotListen, Denied, SignInError, StateMismatch


def has_ipv6() -> bool:
    """Return whether this machine has the address ::1."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


STATE = "the-state"
ACCESS = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"
GOOD = f"?state={STATE}#access_token={ACCESS}"


class Answers(list[Any]):
    """What the receiver handed over."""

    def __call__(self, answer: Token | SignInError) -> CallbackPage:
        self.append(answer)
        return CallbackPage("Signed in", "Done.")


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def receiver(port: int, answers: Answers) -> Iterator[Receiver]:
    address = address_at(port)
    running = Receiver(address, STATE, answers)
    yield running
    running.close()
    assert running.closed.wait(10)


def address_at(port: int) -> CallbackAddress:
    address = CallbackAddress.from_url(f"http://localhost:{port}/callback")
    assert address is not None
    return address


def ask(
    receiver: Receiver, method: str, path: str = "/callback", body: bytes = b"", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """One request on a connection of its own; a header given as "" is left out."""
    port = receiver.address.port
    told = {"Host": f"localhost:{port}"}
    if method == "POST":
        told |= {"Origin": f"http://localhost:{port}", "Content-Type": "application/json",
                 "Content-Length": str(len(body))}  # fmt: skip
    told |= {name.readdress("_", "-"): value for name, value in headers.items()}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in told.items():
            if value:
                connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def post(receiver: Receiver, answer: str, **headers: str) -> tuple[int, Any]:
    """What the page would send."""
    status, _, body = ask(receiver, "POST", body=json.dumps({"answer": answer}).encode(), **headers)
    return status, json.loads(body) if body else None


def is_open(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether a server listens on the port."""
    try:
        socket.create_connection((host, port), timeout=5).close()
    except OSError:
        return False
    return True


def test_the_page_and_its_headers(receiver: Receiver) -> None:
    status, headers, page = ask(receiver, "GET", "/callback?state=x&access_token=in-the-query")
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
    again = ask(receiver, "GET")[1]["content-security-policy"]
    assert again != policy, "each page has a nonce of its own"


@pytest.mark.decision("one-answer")
def test_a_token_is_handed_over_once(receiver: Receiver, answers: Answers) -> None:
    assert post(receiver, GOOD) == (200, {"title": "Signed in", "text": "Done.", "keep": False})
    assert [answer.access_token.reveal() for answer in answers] == [ACCESS]
    assert receiver.closed.wait(10)
    assert not is_open(receiver.address.port)


@pytest.mark.decision("one-answer")
def test_of_several_right_answers_at_once_one_counts(port: int) -> None:
    entered, go_on, got = threading.Event(), threading.Event(), []

    def slowly(answer: Token | SignInError) -> CallbackPage:
        got.append(answer)
        entered.set()
        go_on.wait(10)
        return CallbackPage("Signed in", "Done.")

    address = address_at(port)
    receiver = Receiver(address, STATE, slowly)
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(post, receiver, GOOD)
        assert entered.wait(10)
        others = [pool.submit(post, receiver, GOOD) for _ in range(5)]
        assert {other.result()[0] for other in others} == {410}
        go_on.set()
        assert first.result()[0] == 200
    assert len(got) == 1
    assert receiver.closed.wait(10)


def test_deny_ends_it(receiver: Receiver, answers: Answers) -> None:
    assert post(receiver, f"?state={STATE}#error=access_denied")[0] == 200
    assert [type(answer) for answer in answers] == [Denied]
    assert receiver.closed.wait(10)


def test_an_answer_of_another_sign_in_is_sent_back(receiver: Receiver, answers: Answers) -> None:
    for _ in range(4):
        status, said = post(receiver, f"?state=other#access_token={ACCESS}")
        assert status == 400
        assert said["keep"] is True
        assert said["title"] == "This sign-in was not started here"
        assert ACCESS not in json.dumps(said)
    assert answers == []
    assert post(receiver, GOOD)[0] == 200


def test_five_of_them_end_it(receiver: Receiver, answers: Answers) -> None:
    for _ in range(5):
        post(receiver, "?state=ö#access_token=guess-guess")
    assert [type(answer) for answer in answers] == [StateMismatch]
    assert receiver.closed.wait(10)


def test_no_token_keeps_waiting(receiver: Receiver, answers: Answers) -> None:
    assert post(receiver, "?nothing=here")[0] == 400
    assert answers == []
    assert is_open(receiver.address.port)


@pytest.mark.decision("receiver-of-its-own-page")
def test_what_is_not_from_the_page_is_turned_away(
    subtests: pytest.Subtests, receiver: Receiver, answers: Answers
) -> None:
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
        with subtests.test(headers=headers, status=status):
            got, told, body = ask(
                receiver, "POST", body=json.dumps({"answer": GOOD}).encode(), **headers
            )
            assert (got, body) == (status, b"")
            assert not [name for name in told if name.startswith("access-control")]
            assert answers == []
    assert post(receiver, GOOD)[0] == 200, "it still waits"


def test_junk_is_turned_away(
    subtests: pytest.Subtests, receiver: Receiver, answers: Answers
) -> None:
    for body in [b"", b"{", b"[]", b"7", b'{"answer": 1}', b'{"other": "x"}', b"\xff", b"[" * 9000]:
        with subtests.test(body=body):
            assert ask(receiver, "POST", body=body)[0] == 400
            assert answers == []


def test_other_paths_are_not_there(subtests: pytest.Subtests, receiver: Receiver) -> None:
    for path in ["/", "/callback/", "/favicon.ico", "/%63allback"]:
        with subtests.test(path=path):
            assert ask(receiver, "GET", path)[0] == 404
            assert ask(receiver, "POST", path, b"{}")[0] == 404


def test_another_host_does_not_get_the_page(receiver: Receiver) -> None:
    assert ask(receiver, "GET", Host="evil.example")[0] == 421
    for host in (f"127.0.0.1:{receiver.address.port}", f"[::1]:{receiver.address.port}"):
        assert ask(receiver, "GET", Host=host)[0] == 200


def test_other_methods_are_not_there(subtests: pytest.Subtests, receiver: Receiver) -> None:
    for method in ["OPTIONS", "PUT", "DELETE", "HEAD", "TRACE"]:
        with subtests.test(method=method):
            status, headers, _ = ask(receiver, method)
            assert status == 501
            assert not [name for name in headers if name.startswith("access-control")]


def test_it_listens_on_the_loopback_only(receiver: Receiver) -> None:
    port = receiver.address.port
    assert is_open(port)
    assert is_open(port, "::1") is has_ipv6()
    # On Linux all of 127.0.0.0/8 is this machine, but not the address that is listened on.
    assert not is_open(port, "127.0.0.2")


def test_no_name_is_looked_up(port: int, answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    # http.server asks for the machine's name when it binds: slow where DNS is.
    monkeypatch.setattr("socket.getfqdn", lambda *_: pytest.fail("asked for a name"))
    monkeypatch.setattr("socket.gethostbyaddr", lambda *_: pytest.fail("asked for a name"))
    Receiver(address_at(port), STATE, answers).close()


def test_a_taken_port_is_told(receiver: Receiver, answers: Answers) -> None:
    with pytest.raises(CannotListen, match=f"Port {receiver.address.port} is in use: .*pasting"):
        Receiver(receiver.address, STATE, answers)


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")
def test_half_a_port_is_no_port(port: int, answers: Answers) -> None:
    address = address_at(port)
    with socket.socket(socket.AF_INET6) as theirs:
        theirs.bind(("::1", port))
        theirs.listen()
        with pytest.raises(CannotListen):
            Receiver(address, STATE, answers)
    assert not is_open(port), "the other half was let go"


def test_the_port_can_be_taken_again_at_once(port: int, answers: Answers) -> None:
    address = address_at(port)
    for _ in range(3):
        receiver = Receiver(address, STATE, answers)
        assert post(receiver, GOOD)[0] == 200
        assert receiver.closed.wait(10)
    assert len(answers) == 3


def test_closing_frees_the_port_from_any_thread(receiver: Receiver) -> None:
    receiver.close()
    receiver.close()
    assert receiver.closed.wait(10)
    assert not is_open(receiver.address.port)


def test_nothing_is_printed_or_logged(
    receiver: Receiver, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    ask(receiver, "GET", f"/callback?access_token={ACCESS}")
    ask(receiver, "GET", f"/{ACCESS}")
    post(receiver, f"?state=other#access_token={ACCESS}")
    raw = socket.create_connection(("127.0.0.1", receiver.address.port), timeout=10)
    raw.sendall(f"NONSENSE {ACCESS}\r\n\r\n".encode())
    raw.recv(1000)
    raw.close()
    post(receiver, GOOD)
    assert receiver.closed.wait(10)
    assert capfd.readouterr() == ("", "")
    assert caplog.text == ""


def test_a_failure_behind_it_shows_nothing(port: int, capfd: pytest.CaptureFixture[str]) -> None:
    def fail(_answer: Token | SignInError) -> CallbackPage:
        raise RuntimeError(ACCESS)

    address = address_at(port)
    receiver = Receiver(address, STATE, fail)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        post(receiver, GOOD)
    assert receiver.closed.wait(10)
    assert capfd.readouterr() == ("", "")
