"""Whatever is refused is refused unseen, and odd arguments are refused in plain words."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd
import pytest
from tracebacks import shown_by

import imgurdata as imd
from imgurdata import auth
from imgurdata.auth import Secret, Token
from imgurdata.errors import (
    BadResponse,
    ConnectionFailed,
    ImgurDataError,
    InvalidArgument,
    InvalidToken,
)

MARK = "hunter2"
LOOPBACK = "http://127.0.0.1:9"


class Server:
    """Answers every request with what a test says; remembers the bodies it was sent."""

    def __init__(self) -> None:
        self.status, self.body, self.sent = 200, b"", b""
        server = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                server.sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                body = server.body.replace(b"ECHO", server.sent)
                self.send_response(server.status)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Location", "http://127.0.0.1:1/")
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = answer  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:
                """Print nothing."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


def refresh(server: Server, **options: Any) -> Token:
    given = {"client_id": "c1i2e3n4t5id6", "client_secret": "s3cret/of+the=app",
             "base_url": server.url}  # fmt: skip
    old = Token("a" * 40, refresh_token=Secret("r3fresh.t0ken/x"), username="ann")
    return auth.refresh(old, **(given | options))


def connected(**options: Any) -> Any:
    return imd.connect(**({"client_id": "abc", "cache": "memory", "default": False} | options))


def session_sign_in(token: Any) -> None:
    with connected() as session:
        session.sign_in(token)


BAD = [
    f"{MARK}\nX-Evil: 1", f"{MARK} {MARK}", f"{MARK}\x00", f"{MARK}é", f"{MARK}\ud800", MARK * 2000,
    MARK.encode(), [MARK], {"token": MARK},
]  # fmt: skip
ARGUMENTS: dict[str, Callable[[Any], Any]] = {
    "connect token": lambda bad: connected(token=bad),
    "connect client_id": lambda bad: connected(client_id=bad),
    "connect client_secret": lambda bad: connected(client_secret=bad),
    "connect gateway_key": lambda bad: connected(gateway_key=bad),
    "connect base_url": lambda bad: connected(base_url=bad),
    "session.sign_in": session_sign_in,
    "Token": Token,
    "Token refresh_token": lambda bad: Token("a" * 40, refresh_token=bad),
    "Token.of": Token.of,
    "verify": lambda bad: auth.verify(bad, base_url=LOOPBACK),
    "verify base_url": lambda bad: auth.verify("a" * 40, base_url=bad),
    "refresh": lambda bad: auth.refresh(bad, client_id="a", client_secret="b", base_url=LOOPBACK),
    "refresh client_id": lambda bad: auth.refresh(Token("a", "b"), client_id=bad),
    "refresh client_secret": lambda bad: auth.refresh(
        Token("a", "b"), client_id="c", client_secret=bad
    ),
    "authorize_url client_id": lambda bad: auth.authorize_url(bad, "state"),
    "authorize_url base_url": lambda bad: auth.authorize_url("a", "state", base_url=bad),
}


def test_malformed_secret_is_refused_unseen(subtests: pytest.Subtests) -> None:
    for argument in ARGUMENTS:
        for bad in BAD:
            with subtests.test(bad=bad, argument=argument):
                with pytest.raises(InvalidArgument) as caught:
                    ARGUMENTS[argument](bad)
                shown = shown_by(caught.value)
                assert MARK not in shown
                assert len(caught.value.message) < 400


def test_malformed_secret_of_environment_is_refused_unseen(
    subtests: pytest.Subtests, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [
        "IMGUR_ACCESS_TOKEN",
        "IMGUR_REFRESH_TOKEN",
        "IMGUR_CLIENT_ID",
        "IMGUR_CLIENT_SECRET",
    ]:
        with subtests.test(name=name):
            with monkeypatch.context() as patch:
                patch.setenv(name, f"{MARK} {MARK}")
                with pytest.raises(InvalidArgument, match=name) as caught:
                    imd.connect(default=False)
            assert MARK not in shown_by(caught.value)


def test_white_space_around_secret_is_removed(subtests: pytest.Subtests) -> None:
    for space in ["\n", "\r\n", " ", "\t"]:
        with subtests.test(space=space):
            assert Token(f"{space}abc{space}", f"d{space}") == Token("abc", "d")
            assert Token.of(Secret(f"abc{space}")).access_token == Secret("abc")
            url = auth.authorize_url(f"abc{space}", "s")
            assert "client_id=abc&" in url


def test_unsafe_base_url_is_refused(subtests: pytest.Subtests) -> None:
    for call in [
        lambda url: connected(base_url=url),
        lambda url: auth.verify("a" * 40, base_url=url),
        lambda url: auth.refresh(Token("a", "b"), client_id="c", client_secret="d", base_url=url),
        lambda url: auth.authorize_url("a", "state", base_url=url),
    ]:
        for url in [
            "http://api.imgur.com",
            "http://10.0.0.1",
            "http://localhost.evil.example",
            f"https://me:{MARK}@api.imgur.com",
            f"https://{MARK}@api.imgur.com",
            "ftp://127.0.0.1",
            f"https://api.imgur.com/?key={MARK}",
            f"https://api.imgur.com/#{MARK}",
            "https://h:x",
            f"https://api.imgur.com/{MARK}",
            "https://[::1",
            "https://",
            "",
            "api.imgur.com",
            f"https://{MARK}\ud800",
            f"https://{MARK * 1000}",
            "https://a b",
        ]:
            with subtests.test(url=url, call=call):
                with pytest.raises(InvalidArgument, match="base_url") as caught:
                    call(url)
                assert MARK not in shown_by(caught.value)


def test_echoed_secrets_are_redacted(subtests: pytest.Subtests, server: Server) -> None:
    for form in ["{}", '{{"data":{{"error":"{}"}},"success":false}}', "<p>{}"]:
        for status in [400, 401, 403, 500, 503]:
            with subtests.test(status=status, form=form):
                secrets = ["c1i2e3n4t5id6", "s3cret/of+the=app", "r3fresh.t0ken/x"]
                echo = " ".join(
                    f"{one} {quote(one, safe='')} {json.dumps(one)[1:-1]}".replace('"', "")
                    for one in secrets
                )
                server.status, server.body = status, form.format(f"bad: {echo} ECHO").encode()
                with pytest.raises(ImgurDataError) as caught:
                    refresh(server)
                assert server.sent
                shown = shown_by(caught.value)
                assert [
                    one for one in secrets if one in shown or quote(one, safe="") in shown
                ] == []


_REFUSED = b'{"data":{"error":"Invalid refresh token"},"success":false,"status":400}'


def test_refresh_handles_malformed_responses(subtests: pytest.Subtests, server: Server) -> None:
    for status, body, error in [
        (200, b"", BadResponse),
        (200, b"[]", BadResponse),
        (200, b"<html>", BadResponse),
        (200, b'{"access_token":5}', BadResponse),
        (200, b'{"access_token":""}', BadResponse),
        (200, b'{"access_token":"hunter2\\nX: 1"}', BadResponse),
        (204, b"", BadResponse),
        (200, b'{"access_token":"hunter2\xff"}', BadResponse),
        (302, b"", BadResponse),
        (200, b"x" * 10**6, BadResponse),
        (500, b"x" * 10**6, ImgurDataError),
        (200, b"[" * 50_000, BadResponse),
        (400, _REFUSED, InvalidToken),
    ]:
        with subtests.test(status=status, body=body, error=error):
            server.status, server.body = status, body
            with pytest.raises(error) as caught:
                refresh(server)
            assert MARK not in shown_by(caught.value)
            assert len(caught.value.message) < 500


def test_refresh_ignores_malformed_fields(server: Server) -> None:
    odd = {"access_token": "new\n", "refresh_token": "a b", "account_username": "a\x1b[31m",
           "account_id": -5, "expires_in": "soon"}  # fmt: skip
    server.body = json.dumps(odd).encode()
    new = refresh(server)
    assert (new.access_token, new.refresh_token) == (Secret("new"), Secret("r3fresh.t0ken/x"))
    assert (new.username, new.account_id, new.expires_at) == ("ann", None, None)


def test_verify_refuses_redirect(server: Server) -> None:
    server.status = 302
    with pytest.raises(BadResponse):
        auth.verify("a" * 40, base_url=server.url)


def test_verify_reports_invalid_network_settings(
    subtests: pytest.Subtests, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ["REQUESTS_CA_BUNDLE", "https_proxy"]:
        with subtests.test(name=name):
            value = f"/no/{MARK}.pem" if name.isupper() else f"socks5://u:{MARK}@127.0.0.1:9"
            with monkeypatch.context() as patch:
                patch.setenv(name, value)
                with pytest.raises(ConnectionFailed) as caught:
                    auth.verify("a" * 40, base_url="https://imgur.invalid")
            assert MARK not in caught.value.message


NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
ODD: list[Any] = [
    None, 5, -1, 1.5, True, "", "x", "x" * 10**7, b"x", [], {}, float("nan"), float("inf"), pd.NA,
    pd.NaT, np.int64(3), np.array([1, 2]), pd.Series([1]), object(), NOW, "\ud800", "...", 10**400,
    dt.timedelta(1), Secret("x"), Secret, ..., Token("a", "b"),
]  # fmt: skip
CALLS: dict[str, Callable[[Any], Any]] = {
    "Secret": Secret,
    "Token": Token,
    "Token refresh_token": lambda odd: Token("a", odd),
    "Token username": lambda odd: Token("a", username=odd),
    "Token account_id": lambda odd: Token("a", account_id=odd),
    "Token expires_at": lambda odd: Token("a", expires_at=odd),
    "authorize_url client_id": lambda odd: auth.authorize_url(odd, "s"),
    "authorize_url state": lambda odd: auth.authorize_url("c", odd),
    "authorize_url base_url": lambda odd: auth.authorize_url("c", "s", base_url=odd),
    "parse_redirect text": lambda odd: auth.parse_redirect(odd, "s"),
    "parse_redirect state": lambda odd: auth.parse_redirect("#access_token=x", odd),
    "parse_redirect now": lambda odd: auth.parse_redirect(
        "?state=s#access_token=x&expires_in=5", "s", now=odd
    ),
    "refresh token": lambda odd: auth.refresh(odd, client_id="c", client_secret="d"),
    "refresh client_id": lambda odd: auth.refresh(Token("a"), client_id=odd, client_secret="d"),
    "refresh client_secret": lambda odd: auth.refresh(Token("a"), client_id="c", client_secret=odd),
    "refresh base_url": lambda odd: auth.refresh(Token("a"), base_url=odd),
    "refresh timeout": lambda odd: auth.refresh(Token("a"), client_id="c", timeout=odd),
    "refresh now": lambda odd: auth.refresh(Token("a"), client_id="c", now=odd),
    "verify token": lambda odd: auth.verify(odd, base_url=LOOPBACK, timeout=5),
    "verify base_url": lambda odd: auth.verify(Token("", "b"), base_url=odd),
    "verify timeout": lambda odd: auth.verify("a", base_url=LOOPBACK, timeout=odd),
}


def test_odd_arguments_have_short_errors(subtests: pytest.Subtests) -> None:
    for call in CALLS:
        with subtests.test(call=call):
            messages: list[str] = []
            for odd in ODD:
                try:
                    CALLS[call](odd)
                except ImgurDataError as error:
                    messages.append(error.message)
            assert max(map(len, messages)) < 400
            assert "is not possible" not in "".join(messages)
