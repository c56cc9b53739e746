"""Answers below HTTP: what follows one is never taken for the next; time and size are bounded."""

from __future__ import annotations

import contextlib
import gc
import gzip
import itertools
import json
import socket
import threading
import weakref
import zlib
from collections.abc import Callable, Iterator

import pytest
import urllib3

from imgurdata.errors import ApiError, BadResponse, ConnectionFailed, ImgurDataError
from imgurdata.http import wire

Rule = Callable[[socket.socket, int], None]


class Raw:
    """A server that sends what a rule says: it is given the connection and the page's number."""

    def __init__(self) -> None:
        self.rule: Rule = lambda connection, page: connection.sendall(answer(page))
        self.seen: list[str] = []
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines:
            try:
                while line := lines.readline():
                    path = line.split()[1].decode()
                    head = b"".join(iter(lines.readline, b"\r\n"))
                    self.seen.append(head.decode())
                    self.rule(connection, int(path.rsplit("/", 1)[-1]))
            except (OSError, ValueError):
                return

    def close(self) -> None:
        for one in (self._socket, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._thread.join(10)


@pytest.fixture
def raw() -> Iterator[Raw]:
    server = Raw()
    yield server
    server.close()


def body(page: int) -> bytes:
    return json.dumps({"data": {"page": page}, "success": True, "status": 200}).encode()


def answer(page: int, headers: bytes = b"", content: bytes | None = None) -> bytes:
    content = body(page) if content is None else content
    return b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n" % (headers, len(content)) + content


def chunked(page: int, headers: bytes = b"") -> bytes:
    content = body(page)
    head = b"HTTP/1.1 200 OK\r\n%sTransfer-Encoding: chunked\r\n\r\n" % headers
    return head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(content), content)


EVIL = answer(666)
PASSED_OVER = (
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
    b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
)

#: What is sent for a page, and whether its answer is good.
ANSWERS: dict[str, tuple[Callable[[int], list[bytes]], bool]] = {
    "as it should be": (lambda page: [answer(page)], True),
    "informational first": (lambda page: [PASSED_OVER, answer(page)], True),
    "101": (lambda page: [b"HTTP/1.1 101 Switching\r\n\r\n", answer(page)], False),
    "199": (lambda page: [b"HTTP/1.1 199 Odd\r\n\r\n", answer(page)], False),
    "informational without end": (lambda _: [PASSED_OVER * 40], False),
    "twice": (lambda page: [answer(page) + EVIL], True),
    "chunked and twice": (lambda page: [chunked(page) + EVIL], True),
    "shorter than it is": (lambda page: [answer(page, content=body(page)[:-9]) + b"x" * 99], False),
    "chunked and of a length": (
        lambda page: [chunked(page, b"Content-Length: 5\r\n") + EVIL], True,
    ),
    "of two lengths": (lambda page: [answer(page, b"Content-Length: 7\r\n")], False),
    "204 whose body may come yet": (
        lambda _: [b"HTTP/1.1 204 Nothing\r\nContent-Length: 9\r\n\r\n"], False,
    ),
    "304 whose body may come yet": (
        lambda _: [b"HTTP/1.1 304 Same\r\nContent-Length: 9\r\n\r\n"], False,
    ),
    "of negative chunks": (
        lambda _: [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabc"], False,
    ),
    "garbage": (lambda _: [b"\x00\xff\r\n\r\n"], False),
    "of a thousand headers": (
        lambda _: [b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n"], False,
    ),
    "broken gzip": (
        lambda page: [answer(page, b"Content-Encoding: gzip\r\n", b"\x1f\x8bx")], False,
    ),
}  # fmt: skip

#: Those that end where they say, with nothing behind.
WHOLE = ("as it should be", "informational first", "broken gzip")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_no_page_gets_the_answer_of_another(
    connect, no_waiting, method, subtests, tmp_path
) -> None:
    for number, name in enumerate(ANSWERS):
        with subtests.test(name=name), contextlib.closing(Raw()) as raw:
            session = connect(client_id="abcdefgh", base_url=raw.url, workers=1,
                              cache=tmp_path / f"{number}.sqlite")  # fmt: skip
            assert_no_page_gets_the_answer_of_another(raw, session, name, method)
            session.close()


def assert_no_page_gets_the_answer_of_another(raw, session, name, method) -> None:
    pieces, good = ANSWERS[name]

    def rule(connection: socket.socket, page: int) -> None:
        for piece in pieces(page):
            # Behind a head that was asked for alone, a body may come yet.
            end = len(piece) if method == "GET" else piece.rindex(b"\r\n\r\n") + 4
            connection.sendall(piece[:end])

    raw.rule = rule
    refused: list[ImgurDataError] = []
    for page in range(4):
        try:
            response = session.request(method, f"/3/x/{page}")
        except ImgurDataError as error:
            refused.append(error)
            continue
        if method == "GET":
            assert good
            assert response.json()["data"] == {"page": page}
    assert bool(refused) is not good or method == "HEAD"
    assert [error.__context__ for error in refused] == [None] * len(refused)
    # What follows an answer may come late: no connection that had anything else is used again.
    ends_well = method == "GET" and name in WHOLE
    assert raw.connections == (1 if ends_well else len(raw.seen))
    with session.credits.budget(100):
        raw.rule = lambda connection, page: connection.sendall(answer(page))
        assert session.fetch("/3/x/77") == {"page": 77}  # no reservation and no connection is held


def test_a_good_connection_is_used_again(raw, connect) -> None:
    session = connect(client_id="abcdefgh", base_url=raw.url, workers=1)
    for page in range(5):
        session.fetch(f"/3/x/{page}")
    raw.rule = lambda connection, page: connection.sendall(PASSED_OVER + chunked(page))
    for page in range(5, 10):
        session.fetch(f"/3/x/{page}")
    assert raw.connections == 1
    # Another server on the way may have read such an answer to another end.
    raw.rule = lambda connection, page: connection.sendall(chunked(page, b"Content-Length: 5\r\n"))
    for page in range(10, 13):
        session.fetch(f"/3/x/{page}")
    assert raw.connections == 3


HEADS = {
    "200 headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    "long header": b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    "status 099": b"HTTP/1.1 099 X\r\n\r\n",
    "status 000": b"HTTP/1.1 000 X\r\n\r\n",
    "status 1000": b"HTTP/1.1 1000 X\r\n\r\n",
    "HTTP/2.0": b"HTTP/2.0 200 OK\r\n\r\n",
    "no HTTP": b"hello\r\n\r\n",
}


@pytest.mark.parametrize("name", HEADS)
def test_a_refused_head_is_counted_and_not_retried(raw, connect, no_waiting, name) -> None:
    raw.rule = lambda connection, _: connection.sendall(HEADS[name])
    session = connect(client_id="abcdefgh", base_url=raw.url)
    with pytest.raises(ConnectionFailed, match="the response is not valid HTTP") as caught:
        session.get("/3/x/0")
    assert not caught.value.retryable
    assert len(raw.seen) == len(session.credits.history()) == 1
    assert not no_waiting


def test_a_connection_that_ends_without_an_answer_is_retried(raw, connect, no_waiting) -> None:
    raw.rule = lambda connection, _: connection.shutdown(socket.SHUT_RDWR)
    session = connect(client_id="abcdefgh", base_url=raw.url)
    with pytest.raises(ConnectionFailed, match="the connection failed or was closed"):
        session.get("/3/x/0")
    assert len(raw.seen) == 3
    assert session.credits.history().empty


def test_no_log_shows_headers_that_urllib3_cannot_parse(raw, connect, caplog) -> None:
    token = "t0kEn+t0kEn/t0kEn=t0kEn~1"
    odd = f"no header\r\nSet-Cookie: secret-cookie\r\nX-Echo: {token}\r\n".encode()
    raw.rule = lambda connection, page: connection.sendall(
        answer(page).replace(b"\r\n\r\n", b"\r\n" + odd + b"\r\n")
    )
    session = connect(token=token, base_url=raw.url, timeout=2)
    assert session.fetch("/3/x/0") == {"page": 0}
    (record,) = [one for one in caplog.records if "Failed to parse headers" in one.getMessage()]
    assert record.exc_info is None
    assert "secret-cookie" not in caplog.text
    assert token not in caplog.text


TRICKLES = {
    "status": (b"", b"HTTP/1.1 200 OK and so on and on" * 99),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 99),
    "informational": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 20),
    "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b" " * 999),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 99),
}


@pytest.mark.parametrize("what", TRICKLES)
def test_a_trickle_ends_after_ten_times_the_time_out(raw, connect, monkeypatch, what) -> None:
    clock = itertools.count(0, 7)  # so many seconds go by from one look to the next
    monkeypatch.setattr(wire, "monotonic", lambda: float(next(clock)))
    begin, rest = TRICKLES[what]

    def rule(connection: socket.socket, page: int) -> None:
        connection.sendall(begin)
        for letter in rest:
            connection.sendall(bytes([letter]))
            threading.Event().wait(0.002)

    raw.rule = rule
    session = connect(client_id="abcdefgh", base_url=raw.url, timeout=20)
    with pytest.raises(ConnectionFailed, match=r"within 3 min \(10 times timeout\)") as caught:
        session.get("/3/x/0")
    assert not caught.value.retryable
    assert len(raw.seen) == 1  # it is not tried again
    assert len(session.credits.history()) == 1  # and Imgur has counted it


def test_silence_ends_after_the_time_out_or_what_is_left(
    raw, connect, monkeypatch, no_waiting
) -> None:
    def rule(connection: socket.socket, page: int) -> None:
        connection.sendall(answer(page)[:-5])

    raw.rule = rule
    session = connect(client_id="abcdefgh", base_url=raw.url, timeout=0.05)
    with pytest.raises(ConnectionFailed, match="timeout") as caught:
        session.get("/3/x/0")
    assert caught.value.retryable
    monkeypatch.setattr(wire.BoundedResponse, "times_timeout", 0.9)
    with pytest.raises(ConnectionFailed, match="did not come to its end") as caught:
        session.get("/3/x/0")
    assert not caught.value.retryable


def test_an_answer_that_was_read_is_freed_at_once(raw, connect) -> None:
    session = connect(client_id="abcdefgh", base_url=raw.url)
    made: list[weakref.ref[wire.BoundedResponse]] = []

    def response(*args, **options) -> wire.BoundedResponse:
        one = wire.BoundedResponse(*args, **options)
        made.append(weakref.ref(one))
        return one

    session.get_adapter(f"{raw.url}/3").responses = response
    gc.disable()
    try:
        for page in range(3):
            session.get(f"/3/x/{page}")
        assert [one() for one in made[:2]] == [None, None]
    finally:
        gc.enable()


def bomb(encoding: str) -> bytes:
    content = b" " * 3_000_000
    packed = {
        "gzip": lambda: gzip.compress(content),
        "deflate": lambda: zlib.compress(content),
        "gzip, gzip": lambda: gzip.compress(gzip.compress(content)),
        "identity": lambda: content,
    }[encoding]()
    return answer(0, f"Content-Encoding: {encoding}\r\n".encode(), packed)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "gzip, gzip", "identity"])
def test_an_answer_that_is_too_large_is_left(raw, connect, monkeypatch, encoding) -> None:
    monkeypatch.setattr(wire.BoundedResponse, "largest", 1_000_000)
    unpacked: list[int] = []
    stream = urllib3.HTTPResponse.stream

    def counted(self, *args, **kwargs):
        for piece in stream(self, *args, **kwargs):
            unpacked.append(len(piece))
            yield piece

    monkeypatch.setattr(urllib3.HTTPResponse, "stream", counted)
    monkeypatch.setattr(wire, "_OVERHEAD", 1_000)
    raw.rule = lambda connection, _: connection.sendall(bomb(encoding))
    session = connect(client_id="abcdefgh", base_url=raw.url)
    with pytest.raises(BadResponse, match="larger than"):
        session.get("/3/x/0")
    assert sum(unpacked) < 2_000_000  # the rest was never unpacked
    assert len(raw.seen) == 1
    assert len(session.cache.responses) == 0


#: Head and repeated part of bodies without end; of the second, nothing is unpacked.
ENDLESS = {
    "spaces": (b"\r\n", b" " * 65_536),
    "empty blocks": (
        b"Content-Encoding: deflate\r\n\r\n" + zlib.compress(b"")[:2],
        b"\x00\x00\x00\xff\xff" * 13_000,
    ),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_an_endless_body_is_left(raw, connect, monkeypatch, what) -> None:
    begin, rest = ENDLESS[what]
    monkeypatch.setattr(wire.BoundedResponse, "largest", 1_000_000)

    def rule(connection: socket.socket, page: int) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + begin)
        for _ in range(500):  # long enough for a test
            connection.sendall(rest)
        connection.shutdown(socket.SHUT_RDWR)

    raw.rule = rule
    with pytest.raises(BadResponse, match="larger than"):
        connect(client_id="abcdefgh", base_url=raw.url).get("/3/x/0")


TAGS = {
    '"one"': True, 'W/"one"': True, None: True, '"two"': False, 'W/"two"': False, "one": False,
}  # fmt: skip


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("stored", ['"one"', 'W/"one"'])
def test_a_304_confirms_what_was_asked_about_only(peer, connect, tag, stored) -> None:
    path = "/3/image/abcdefg"
    session = connect(client_id="abcdefgh", base_url=peer.url, max_age=0)
    peer.says(path, {"views": 1}, ETag=stored)
    session.get(path)
    new = {**({"ETag": tag} if tag else {})}
    whole, requested = (200, {"ETag": '"two"'}, body(2)), []

    class Answers(dict):
        def get(self, path, usual=None):
            requested.append("if-none-match" in peer.seen[-1][2])
            return (304, new, b"") if requested[-1] else whole

    peer.answers = Answers()
    response = session.get(path)
    assert response.json()["data"] == ({"views": 1} if TAGS[tag] else {"page": 2})
    assert requested == ([True] if TAGS[tag] else [True, False])
    assert len(session.credits.history()) == 1 + len(requested)
    peer.answers = {path: (304, {}, b"")}
    assert session.get(path).content == response.content


def test_a_304_by_date_confirms_that_date_only(peer, connect) -> None:
    path, old = "/3/image/abcdefg", "Sun, 01 Mar 2026 18:00:00 GMT"
    session = connect(client_id="abcdefgh", base_url=peer.url, max_age=0)
    peer.says(path, {"views": 1}, Last_Modified=old)
    session.get(path)
    peer.answers[path] = (304, {"Last-Modified": old}, b"")
    assert session.get(path).revalidated
    peer.answers[path] = (304, {"Last-Modified": "Mon, 02 Mar 2026 18:00:00 GMT"}, b"")
    with pytest.raises(BadResponse, match="had no validator"):  # also as a whole: it is no answer
        session.get(path)
    with pytest.raises(BadResponse, match="had no validator"):
        session.get("/3/image/abcdefg", force_refresh=True)
    with pytest.raises(ApiError):
        session.get("/3/image/other")
