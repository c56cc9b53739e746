"""The state machine of a sign-in: what is shown, what ends it, and what does not."""

from __future__ import annotations

import socket
import threading
import traceback
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from imgurdata.auth import Secret, Token
from imgurdata.auth.flow import SignInFlow, View
from imgurdata.errors import (
    Denied,
    ImgurDataError,
    InvalidToken,
    SignInError,
    StateMismatch,
    TimedOut,
)

ACCESS = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"


class Person:
    """Whoever is signed in, or why not."""

    def __init__(self) -> None:
        self.tokens: list[Token] = []
        self.refuses: ImgurDataError | None = None

    def __call__(self, token: Token) -> str:
        self.tokens.append(token)
        if self.refuses is not None:
            raise self.refuses
        return "invented_name"


@pytest.fixture
def person() -> Person:
    return Person()


@pytest.fixture
def flow(person: Person, port: int, timers: Any) -> Iterator[SignInFlow]:
    made = SignInFlow(
        "client", person, redirect_url=f"http://localhost:{port}/callback", timer=timers
    )
    yield made
    made.cancel()


def state_of(flow: SignInFlow) -> str:
    return parse_qs(urlsplit(flow.view.url).query)["state"][0]


def address(flow: SignInFlow, more: str = f"access_token={ACCESS}") -> str:
    return f"https://h/?state={state_of(flow)}#{more}"


def post(port: int, answer: str) -> requests.Response:
    origin = f"http://localhost:{port}"
    return requests.post(
        f"{origin}/callback", json={"answer": answer}, headers={"Origin": origin}, timeout=10
    )


def test_flow_has_link_from_the_beginning(flow: SignInFlow) -> None:
    view = flow.view
    assert (view.status, view.text) == ("idle", "")
    assert view.url.startswith("https://api.imgur.com/oauth2/authorize?client_id=client&")
    flow.start()
    assert flow.view == View("waiting", "Waiting for you to allow access on Imgur…", view.url)
    flow.start()
    assert flow.view.url == view.url, "a second click changes nothing"


def test_flow_signs_in_by_redirect(
    flow: SignInFlow, person: Person, port: int, timers: Any
) -> None:
    seen: list[View] = []
    flow.observe(seen.append)
    flow.start()
    answer = post(port, address(flow)).json()
    assert answer["title"] == "Signed in"
    flow.wait()
    assert flow.view == View("signed_in", "Signed in as invented_name")
    assert flow.error is None
    assert [token.access_token for token in person.tokens] == [Secret(ACCESS)]
    assert [view.status for view in seen] == ["waiting", "signed_in"]
    assert timers.running == []


@pytest.mark.decision("paste-always")
def test_flow_signs_in_by_pasted_address(flow: SignInFlow, person: Person) -> None:
    flow.start()
    assert flow.submit(address(flow))
    assert flow.view.status == "signed_in"
    assert len(person.tokens) == 1


def test_flow_reports_bad_address_and_keeps_waiting(
    subtests: pytest.Subtests, flow: SignInFlow, person: Person
) -> None:
    flow.start()
    url = flow.view.url
    for text, message in [
        ("hello", "no token in it"),
        ("", "no token in it"),
        ("x" * 99_999, "no token in it"),
        (f"?state=older#access_token={ACCESS}", "not from this sign-in"),
    ]:
        with subtests.test(text=text, message=message):
            assert not flow.submit(text)
            assert flow.view.status == "waiting"
            assert flow.view.text.startswith("That address did not work. ")
            assert message in flow.view.text
            assert flow.view.url == url
            assert person.tokens == []
    assert flow.submit(address(flow))


def test_flow_signs_in_after_denial(flow: SignInFlow, person: Person, port: int) -> None:
    flow.start()
    first = state_of(flow)
    answer = post(port, address(flow, "error=access_denied")).json()
    assert answer == {
        "title": "Access was not granted", "text": "Access was not granted on Imgur.",
        "keep": False,
    }  # fmt: skip
    flow.wait()
    assert flow.view.status == "failed"
    assert type(flow.error) is Denied
    assert state_of(flow) != first, "the next try has a state of its own"
    flow.start()
    assert flow.view.status == "waiting", "the port was waited for"
    assert flow.error is None
    assert post(port, address(flow)).status_code == 200
    assert flow.view.status == "signed_in"


def test_flow_refuses_address_of_earlier_attempt(flow: SignInFlow) -> None:
    flow.start()
    old = address(flow)
    flow.cancel()
    assert flow.view.status == "failed"
    assert flow.view.text == "Sign-in stopped."
    flow.start()
    assert not flow.submit(old)
    assert "not from this sign-in" in flow.view.text


def test_flow_times_out(flow: SignInFlow, timers: Any, port: int) -> None:
    flow.start()
    assert timers.running[0].seconds == 300
    timers.fire()
    assert flow.view.status == "failed"
    assert type(flow.error) is TimedOut
    assert "no answer from Imgur" in flow.view.text
    assert "What still works: a client id alone" in flow.view.text
    flow.wait()
    flow.start()
    assert flow.submit(address(flow))


@pytest.mark.decision("paste-always")
def test_flow_asks_for_address_when_port_is_taken(person: Person, port: int, timers: Any) -> None:
    with socket.create_server(("127.0.0.1", port)):
        flow = SignInFlow(
            "client", person, redirect_url=f"http://localhost:{port}/callback", timer=timers
        )
        flow.start()
        assert flow.view.status == "pasting"
        assert f"Port {port} is in use: finish by pasting the address" in flow.view.text
        assert not flow.submit("junk")
        assert flow.view.status == "pasting"
        assert flow.submit(address(flow))
        assert flow.view.status == "signed_in"


@pytest.mark.decision("paste-always")
def test_flow_asks_for_address_when_redirect_goes_elsewhere(person: Person, timers: Any) -> None:
    flow = SignInFlow("client", person, redirect_url="https://imgur.com/", timer=timers)
    flow.start()
    assert flow.view.status == "pasting"
    assert "copy the whole address" in flow.view.text
    assert flow.submit(address(flow))


def test_flow_fails_with_refused_token(flow: SignInFlow, person: Person, port: int) -> None:
    person.refuses = InvalidToken("Imgur does not take this token.")
    flow.start()
    answer = post(port, address(flow)).json()
    assert answer["title"] == "Signing in did not work"
    assert flow.view.status == "failed"
    assert flow.view.text == "Imgur does not take this token."
    assert flow.error is person.refuses


def test_flow_ends_after_five_wrong_states(flow: SignInFlow, port: int) -> None:
    flow.start()
    for _ in range(5):
        post(port, f"?state=guess#access_token={ACCESS}")
    flow.wait()
    assert type(flow.error) is StateMismatch


def test_flow_accepts_one_of_pasted_and_received_address(port: int, timers: Any) -> None:
    entered, go_on, names = threading.Event(), threading.Event(), []

    def slowly(token: Token) -> str:
        names.append(token.access_token)
        entered.set()
        go_on.wait(10)
        return "invented_name"

    flow = SignInFlow(
        "client", slowly, redirect_url=f"http://localhost:{port}/callback", timer=timers
    )
    flow.start()
    text = address(flow)
    thread = threading.Thread(target=flow.submit, args=(text,))
    thread.start()
    assert entered.wait(10)
    flow.submit(text)
    flow.cancel()
    assert post(port, text).status_code == 410
    go_on.set()
    thread.join(10)
    assert len(names) == 1
    assert flow.view.status == "signed_in"


def test_flow_ignores_address_before_start(flow: SignInFlow, person: Person) -> None:
    assert not flow.submit(address(flow))
    flow.cancel()
    assert flow.view.status == "idle"
    assert person.tokens == []


def test_flow_can_be_reset(flow: SignInFlow) -> None:
    flow.start()
    flow.submit(address(flow))
    flow.reset()
    assert flow.view.status == "idle"
    flow.start()
    assert flow.submit(address(flow))


def test_flow_shows_account_that_is_signed_in(person: Person) -> None:
    flow = SignInFlow("client", person, signed_in_as="ann")
    assert flow.view == View("signed_in", "Signed in as ann")


def test_flow_shows_token_nowhere(flow: SignInFlow, person: Person) -> None:
    seen: list[View] = []
    flow.observe(seen.append)
    person.refuses = InvalidToken("no")
    flow.start()
    text = Secret(address(flow))
    flow.submit(Secret("x"))
    flow.submit(text)
    assert ACCESS not in repr(seen) + repr(flow) + repr(vars(flow))
    assert isinstance(flow.error, InvalidToken)
    try:
        raise flow.error
    except SignInError:
        raise AssertionError from None
    except ImgurDataError as error:
        shown = "".join(
            traceback.TracebackException.from_exception(error, capture_locals=True).format()
        )
    assert ACCESS not in shown
    assert "flow.py" in shown
