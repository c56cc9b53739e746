"""The widget without a browser: what travels to the page, and what it does with its messages."""

from __future__ import annotations

import io
import json
import math
import os
import re
import signal
import socket
import threading
import warnings
from collections.abc import Iterator
from functools import partial
from getpass import GetPassWarning
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
import requests
from ports import a_free_port
from processes import run
from typing_at import no_terminal, until

import imgurdata as imd
from imgurdata import _sign_in as sign_in_module
from imgurdata.auth import Secret
from imgurdata.auth.flow import SignInFlow
from imgurdata.errors import (
    Denied,
    InvalidArgument,
    InvalidToken,
    MissingClientId,
    NoToken,
    SignInError,
    TimedOut,
)
from imgurdata.sandbox import Sandbox
from imgurdata.widgets import SignIn


@pytest.fixture
def port() -> int:
    return a_free_port()


@pytest.fixture
def sandbox(port: int) -> Iterator[Sandbox]:
    with Sandbox(redirect_url=f"http://localhost:{port}/callback") as running:
        yield running


@pytest.fixture
def session(sandbox: Sandbox) -> Iterator[imd.ImgurSession]:
    with imd.connect(sandbox=sandbox, client_secret=sandbox.client_secret) as made:
        yield made


@pytest.fixture
def widget(session: imd.ImgurSession, sandbox: Sandbox) -> Iterator[SignIn]:
    made = SignIn(session, sandbox.redirect_url)
    yield made
    made.close()


def send(widget: SignIn, text: str | None = None, **content: Any) -> None:
    """What the page would send; a text that was pasted, in a buffer."""
    content.setdefault("url", widget.view["url"])
    widget._handle_custom_msg(content, [] if text is None else [memoryview(text.encode())])


def allow(url: str, button: str = "allow") -> str:
    """What a person does on Imgur's page; the address that the browser is sent to."""
    page = requests.get(url, timeout=10)
    (name,) = re.findall(r'name="username"[^>]*value="([^"]*)"', page.text)
    data = {"username": name, button: button.title()}
    answer = requests.post(url, data=data, allow_redirects=False, timeout=10)
    return str(answer.headers["Location"])


@pytest.mark.decision("link-from-the-beginning")
def test_widget_state_has_link(widget: SignIn, session: imd.ImgurSession) -> None:
    state = widget.get_state()
    assert state["view"]["status"] == "idle"
    assert state["view"]["url"].startswith(session.base_url + "/oauth2/authorize?")
    assert set(state["view"]) == {"status", "text", "url"}
    synced = {name for name in state if not name.startswith("_")}
    assert synced <= {"view", "layout", "tabbable", "tooltip"}


def test_widget_signs_in_and_out(
    widget: SignIn, session: imd.ImgurSession, sandbox: Sandbox, port: int
) -> None:
    assert widget.session is session
    url = widget.view["url"]
    send(widget, type="start")
    assert widget.view["status"] == "waiting"
    address = allow(url)
    assert address.startswith(sandbox.redirect_url)
    origin = f"http://localhost:{port}"
    requests.post(
        f"{origin}/callback",
        json={"answer": address.partition("callback")[2]}, headers={"Origin": origin}, timeout=10,
    )  # fmt: skip
    widget.flow.wait()
    assert widget.view == {"status": "signed_in", "text": f"Signed in as {sandbox.account}",
                           "url": ""}  # fmt: skip
    assert repr(widget) == f"SignIn: signed in as {sandbox.account}"
    assert session.identity.kind == "account"
    assert SignIn(session).view["status"] == "signed_in"
    send(widget, type="sign_out")
    assert widget.view["status"] == "idle"
    assert session.identity.kind == "client"
    assert (
        parse_qs(urlsplit(widget.view["url"]).query)["state"]
        != parse_qs(urlsplit(url).query)["state"]
    )


@pytest.mark.decision("paste-is-no-state")
def test_widget_keeps_pasted_address_nowhere(widget: SignIn, session: imd.ImgurSession) -> None:
    send(widget, type="start")
    address = allow(widget.view["url"])
    token = re.search("access_token=([0-9a-f]{40})", address)
    assert token is not None
    send(widget, type="paste", text=address)
    assert session.identity.kind == "account"
    assert token[1] not in json.dumps(widget.get_state(), default=repr) + repr(vars(widget))


@pytest.mark.decision("paste-in-a-buffer")
def test_widget_does_not_log_pasted_address(
    widget: SignIn, session: imd.ImgurSession, caplog: pytest.LogCaptureFixture
) -> None:
    send(widget, type="start")
    address = allow(widget.view["url"])
    content = {"type": "paste", "url": widget.view["url"]}
    message = {
        "content": {"data": {"method": "custom", "content": content}},
        "buffers": [memoryview(address.encode())],
    }
    with caplog.at_level("DEBUG"):
        widget.comm.handle_msg(message)
    assert session.identity.kind == "account"
    assert "handle_msg" in caplog.text  # the message itself was logged
    assert address.partition("access_token=")[2][:40] not in caplog.text


def test_widget_reports_bad_address(subtests: pytest.Subtests, widget: SignIn) -> None:
    for text in ["", "junk", "http://localhost/?state=x#access_token=" + "a" * 40]:
        with subtests.test(text=text):
            send(widget, type="start")
            send(widget, type="paste", text=text)
            assert widget.view["status"] == "waiting"
            assert widget.view["text"].startswith("That address did not work.")


def test_widget_signs_in_after_cancel(widget: SignIn, session: imd.ImgurSession) -> None:
    send(widget, type="start")
    send(widget, type="cancel")
    assert (widget.view["status"], widget.view["text"]) == ("failed", "Sign-in stopped.")
    send(widget, type="start")
    send(widget, type="paste", text=allow(widget.view["url"]))
    assert session.identity.kind == "account"


def test_late_click_of_an_ended_sign_in_changes_nothing(widget: SignIn) -> None:
    """It waited for a cell to end; the sign-in that it was about is over."""
    url = widget.view["url"]
    send(widget, type="start")
    send(widget, type="cancel")
    send(widget, type="start")
    before = widget.view
    send(widget, type="cancel", url=url)
    assert widget.view == before
    url = widget.view["url"]
    send(widget, type="paste", text=allow(url))
    before = widget.view
    assert before["status"] == "signed_in"
    send(widget, type="start", url=url)
    assert widget.view == before


def test_widget_reports_undecodable_buffer(widget: SignIn) -> None:
    send(widget, type="start")
    widget._handle_custom_msg({"type": "paste"}, [memoryview(b"\xff\xfe")])
    assert widget.view["text"].startswith("That address did not work.")


def test_widget_ignores_odd_messages(subtests: pytest.Subtests, widget: SignIn) -> None:
    for content in [{}, {"type": "unknown"}, {"type": 7}, {"type": "paste"}]:
        with subtests.test(content=content):
            send(widget, **content)
            assert widget.view["status"] == "idle"
    widget._handle_custom_msg("cancel", [])
    assert widget.view["status"] == "idle"


def test_widget_says_why_it_cannot_sign_out(
    widget: SignIn, session: imd.ImgurSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise InvalidToken("Imgur refused the token.")

    monkeypatch.setattr(session, "sign_out", refuse)
    send(widget, type="sign_out")
    assert widget.view == {"status": "signed_in", "text": "Imgur refused the token.", "url": ""}


def test_widget_refuses_unusable_session(sandbox: Sandbox, session: imd.ImgurSession) -> None:
    with pytest.raises(InvalidArgument, match="redirect_url"):
        SignIn(session, "localhost")
    bare = imd.connect(sandbox=sandbox, default=False)
    with bare, pytest.raises(InvalidArgument, match="client secret"):
        SignIn(bare, remember=True)
    token = sandbox.issue_token(sandbox.account)
    tokens = imd.connect(base_url=sandbox.url, token=token, default=False)
    with tokens, pytest.raises(MissingClientId):
        SignIn(tokens)
    with pytest.raises(InvalidArgument, match=r"imgurdata.connect"):
        SignIn("session")  # type: ignore[arg-type]


def test_widget_has_text_form(widget: SignIn) -> None:
    assert "imd.sign_in(paste=True)" in repr(widget)
    bundle = widget._repr_mimebundle_()
    shown = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "imd.sign_in(paste=True)" in shown["text/plain"]
    assert "Run the cell to sign in." in shown["text/html"]
    assert widget.view["url"] not in shown["text/html"]


# In a terminal -----------------------------------------------------------------------------------


class Typed:
    """What a person types at the prompts, in order; a function is asked for it then."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.prompts: list[str] = []

    def __call__(self, prompt: str) -> str:
        self.prompts.append(prompt)
        answer = self.answers.pop(0)
        return str(answer() if callable(answer) else answer)


class Screen:
    """What was printed so far."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture
        self._text = ""

    @property
    def text(self) -> str:
        self._text += self._capture.readouterr().err
        return self._text

    @property
    def url(self) -> str:
        return re.findall(r"http\S+/oauth2/authorize\S+", self.text)[-1]


@pytest.fixture
def screen(capsys: pytest.CaptureFixture[str]) -> Screen:
    return Screen(capsys)


def test_terminal_sign_in_by_pasted_address(
    session: imd.ImgurSession, sandbox: Sandbox, screen: Screen, monkeypatch
) -> None:
    typed = Typed("hello", lambda: allow(screen.url))
    monkeypatch.setattr(sign_in_module, "getpass", typed)
    assert imd.sign_in(wait=60, redirect_url=sandbox.redirect_url, paste=True) is session
    assert session.username == sandbox.account
    assert "That address did not work. There is no token in it" in screen.text
    assert len(typed.prompts) == 2
    assert "access_token" not in screen.text


def test_terminal_sign_in_stops_at_empty_input(
    session: imd.ImgurSession, screen, monkeypatch
) -> None:
    monkeypatch.setattr(sign_in_module, "getpass", Typed(" "))
    with pytest.raises(SignInError, match="stopped"):
        imd.sign_in(wait=60, paste=True)


def test_terminal_sign_in_denied(session: imd.ImgurSession, sandbox, screen, monkeypatch) -> None:
    monkeypatch.setattr(sign_in_module, "getpass", Typed(lambda: allow(screen.url, "deny")))
    with pytest.raises(Denied):
        imd.sign_in(wait=60, redirect_url=sandbox.redirect_url, paste=True)
    assert session.identity.kind == "client"


def test_terminal_sign_in_asks_for_address_when_port_is_taken(
    session, sandbox, port: int, screen, monkeypatch
) -> None:
    monkeypatch.setattr(sign_in_module, "getpass", Typed(lambda: allow(screen.url)))
    with socket.create_server(("127.0.0.1", port)):
        imd.sign_in(wait=60, redirect_url=sandbox.redirect_url)
    assert f"Port {port} is in use" in screen.text
    assert session.identity.kind == "account"


def test_terminal_sign_in_asks_for_address_after_ctrl_c(
    session, sandbox, screen, monkeypatch
) -> None:
    real, waits = SignInFlow.wait, []

    def wait(flow: SignInFlow) -> None:
        waits.append(flow)
        if len(waits) == 1:
            raise KeyboardInterrupt
        real(flow)

    monkeypatch.setattr(SignInFlow, "wait", wait)
    monkeypatch.setattr(sign_in_module, "getpass", Typed(lambda: allow(screen.url)))
    imd.sign_in(wait=60, redirect_url=sandbox.redirect_url)
    assert session.identity.kind == "account"


def test_sign_in_times_out(session, sandbox, screen) -> None:
    with pytest.raises(TimedOut, match="What still works"):
        imd.sign_in(wait=0.05, redirect_url=sandbox.redirect_url)


def test_sign_in_refuses_invalid_wait(subtests: pytest.Subtests, session) -> None:
    for wait in [0, -1, None, "x", "1" * 300, True, math.nan, math.inf, 1e300, pd.NaT, []]:
        with subtests.test(wait=wait):
            with pytest.raises(InvalidArgument, match="wait must be") as caught:
                imd.sign_in(wait=wait)
            assert len(caught.value.message) < 300


_ODD_ADDRESSES: list[dict[str, Any]] = [
    {"redirect_url": 5}, {"redirect_url": None}, {"redirect_url": "x" * 10**6},
    {"redirect_url": "http://u:hunter2@localhost:1/"}, {"redirect_url": "http://\ud800/"},
]  # fmt: skip
_ODD: list[dict[str, Any]] = [
    {"session": 5}, {"session": "x"}, {"remember": pd.NA}, {"remember": "yes"}, {"remember": []},
]  # fmt: skip


def test_sign_in_refuses_odd_arguments(subtests: pytest.Subtests, session, monkeypatch) -> None:
    for call, odd in [
        *((call, odd) for call in (imd.sign_in, SignIn) for odd in _ODD + _ODD_ADDRESSES),
        *((imd.sign_in_with_tokens, odd) for odd in _ODD),
        (SignIn, {"timeout": 0}),
        (SignIn, {"timeout": math.inf}),
        (SignIn, {"timeout": "x"}),
        (imd.sign_in, {"paste": pd.NA}),
        (imd.sign_out, {"session": 5}),
    ]:
        with subtests.test(call=call, odd=odd):
            monkeypatch.setattr(sign_in_module, "getpass", Typed())
            with pytest.raises(InvalidArgument) as caught:
                call(**odd)
            assert len(caught.value.message) < 400
            assert "hunter2" not in caught.value.message
            assert "is not possible" not in caught.value.message


class NoStdin(NotImplementedError, RuntimeError):
    """Like ``ipykernel.comm.StdinNotImplementedError``."""


def test_sign_in_without_terminal_says_what_to_do(
    subtests: pytest.Subtests, session, sandbox, monkeypatch
) -> None:
    errors = {"kernel": NoStdin("no stdin"), "ended": EOFError()}
    calls = (
        imd.sign_in_with_tokens,
        lambda: imd.sign_in(wait=60, paste=True, redirect_url=sandbox.redirect_url),
    )
    for case in ["empty", "closed", "none", "kernel", "warning as error", "ended"]:
        with subtests.test(case=case), monkeypatch.context() as patch, warnings.catch_warnings():
            if case != "warning as error":
                warnings.simplefilter("ignore", GetPassWarning)
            stdin = io.StringIO("hidden?\n" if case == "warning as error" else "")
            if case == "closed":
                stdin.close()
            no_terminal(patch, None if case == "none" else stdin)
            if case in errors:
                patch.setattr(
                    sign_in_module, "getpass", Typed(*[partial(_raise, errors[case])] * 2)
                )
            for call in calls:
                with pytest.raises(SignInError, match=r"IMGUR_ACCESS_TOKEN.*notebook") as caught:
                    call()
                assert caught.value.__context__ is None
    assert _is_free(sandbox)


def _raise(error: Exception) -> str:
    raise error


def _is_free(sandbox: Sandbox) -> bool:
    """Whether nothing listens on the port of the redirect, at the latest after a moment."""
    port = urlsplit(sandbox.redirect_url).port

    def is_free() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) != 0

    until(is_free)
    return True


def test_interrupted_sign_in_closes_port(session, sandbox, monkeypatch) -> None:
    def stop(_prompt: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(sign_in_module, "getpass", stop)
    for number in range(13):
        timer = threading.Timer(number * 0.008, os.kill, (os.getpid(), signal.SIGINT))
        try:
            timer.start()
            try:
                imd.sign_in(wait=60, redirect_url=sandbox.redirect_url)
            finally:
                timer.join()
        except KeyboardInterrupt:
            pass
        assert _is_free(sandbox)
    assert session.identity.kind == "client"


_FORKED = """
import gc, os, signal, socket, sys, threading
import imgurdata as imd
from imgurdata.widgets import SignIn

def no_thread(_):
    raise RuntimeError("can't create new thread at interpreter shutdown")

port = int(sys.argv[1])
session = imd.connect("abc", cache="memory")
widget = SignIn(session, f"http://localhost:{port}/callback")
widget.flow.start()
child = os.fork()
if child == 0:
    signal.alarm(60)  # ends a child that hangs
    try:
        widget.flow.start()
    except imd.errors.ImgurDataError as error:
        assert "connect() in the worker" in str(error)
    else:
        os._exit(2)
    threading.Thread.start = no_thread  # as where the child's interpreter ends
    widget.flow.cancel()
    widget.close()
    del widget
    gc.collect()
    os._exit(0)
_, status = os.waitpid(child, 0)
assert os.waitstatus_to_exitcode(status) == 0, status
assert widget.flow.view.status == "waiting"
socket.create_connection(("127.0.0.1", port), 5).close()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks are POSIX's")
def test_forked_child_neither_uses_nor_ends_sign_in(port: int) -> None:
    done = run(f"import warnings; warnings.simplefilter('ignore')\n{_FORKED}", port)
    assert (done.returncode, done.stderr) == (0, "")


def test_sign_in_with_tokens(session, sandbox, monkeypatch) -> None:
    access, renewal = sandbox.issue_tokens(sandbox.account)
    typed = Typed(f" {access} ", renewal)
    monkeypatch.setattr(sign_in_module, "getpass", typed)
    assert imd.sign_in_with_tokens() is session
    assert session.username == sandbox.account
    sandbox.revoke_token(access)
    assert session.fetch("/3/account/me/settings")["account_url"] == sandbox.account
    assert [prompt for prompt in typed.prompts if "token" in prompt] == typed.prompts


def test_sign_in_with_refresh_token_alone(session, sandbox, monkeypatch) -> None:
    _, renewal = sandbox.issue_tokens(sandbox.account)
    monkeypatch.setattr(sign_in_module, "getpass", Typed("", renewal))
    imd.sign_in_with_tokens()
    assert session.username == sandbox.account


def test_sign_in_with_tokens_refuses_invalid_tokens(
    subtests: pytest.Subtests, session, monkeypatch
) -> None:
    for access, renewal, error in [
        ("", "", NoToken),
        ("a b", "", InvalidArgument),
        ("é" * 40, "", InvalidArgument),
        ("0" * 40, "", InvalidToken),
    ]:
        with subtests.test(access=access, renewal=renewal, error=error):
            monkeypatch.setattr(sign_in_module, "getpass", Typed(access, renewal))
            with pytest.raises(error) as caught:
                imd.sign_in_with_tokens()
            assert "é" not in str(caught.value)
            assert session.identity.kind == "client"


def test_in_kernel_is_false_here() -> None:
    assert not sign_in_module.in_kernel()
    assert Secret("x")
