"""Somebody allows access, or does not, and what the widget and the callback page say then."""

from __future__ import annotations

import socket
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from imgurs import Imgur
from notebook_pages import NotebookPage, answer, callback_says, history

pytestmark = pytest.mark.browser
Open = Callable[..., NotebookPage]

BAD = {
    "http://localhost:28080/callback": "There is no token in it: copy the whole address",
    "http://localhost/?state=x#access_token=0123456789abcdef": "This address is not from this",
    "javascript:alert(1) <b>é</b>": "There is no token in it: copy the whole address",
}


@pytest.mark.parametrize("place", ["query", "fragment"])
def test_allowed(notebook: Open, imgur: Imgur, place: str) -> None:
    imgur.sandbox.state_in = place
    page = notebook()
    page.widget.shows("idle")
    tab = page.widget.open()
    page.widget.shows("waiting", "Waiting for you to allow access on Imgur")
    answer(tab)
    callback_says(tab, "Signed in")
    page.widget.shows("signed_in", f"Signed in as {imgur.sandbox.account}")
    assert page.ask("print(session.identity.kind, session.username)") == (
        f"account {imgur.sandbox.account}\n"
    )
    assert imgur.asked("/3/account/me") == [200]
    assert history(tab)[-1] == tab.url == imgur.sandbox.redirect_url


def test_denied_then_allowed(notebook: Open, imgur: Imgur) -> None:
    page = notebook()
    tab = page.widget.open()
    answer(tab, "Deny")
    callback_says(tab, "Access was not granted")
    page.widget.shows("failed", "Access was not granted on Imgur.")
    assert page.ask("print(session.identity.kind)") == "client\n"
    again = page.widget.open("Try again")
    assert _state(again.url) != _state(history(tab)[0])
    answer(again)
    page.widget.shows("signed_in", f"Signed in as {imgur.sandbox.account}")


def test_an_answer_of_another_sign_in(notebook: Open, imgur: Imgur) -> None:
    imgur.sandbox.wrong_state = True
    page = notebook()
    tab = page.widget.open()
    answer(tab)
    callback_says(tab, "This sign-in was not started here")
    assert tab.url == imgur.sandbox.redirect_url
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.get_by_role("button", name="Copy the address").click()
    tab.get_by_text("Copied. Paste it into the box in the notebook.").wait_for()
    address = tab.evaluate("navigator.clipboard.readText()")
    assert address.startswith(imgur.sandbox.redirect_url + "?state=")
    assert imgur.secrets["access token 1"] in address

    page.widget.paste(address)
    page.widget.shows("waiting", "That address did not work. This address is not from this sign-in")
    assert page.widget.box.input_value() == ""
    assert page.ask("print(session.identity.kind)") == "client\n"

    imgur.sandbox.wrong_state = False
    answer(page.widget.open("Open Imgur"))
    page.widget.shows("signed_in", f"Signed in as {imgur.sandbox.account}")


def test_nobody_answers(notebook: Open, imgur: Imgur) -> None:
    page = notebook(imgur.widget(timeout=0.5))
    tab = page.widget.open()
    page.widget.shows("failed", "Timed out: no answer from Imgur.")
    page.widget.shows("failed", "What still works: a client id alone")
    assert _state(page.widget.link("Try again").get_attribute("href")) != _state(tab.url)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", imgur.port), 10)


def test_a_port_in_use_then_paste(notebook: Open, imgur: Imgur) -> None:
    # Bound but not listening: the browser meets an error page, as when a notebook has gone.
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", imgur.port))
        page = notebook()
        tab = page.widget.open()
        page.widget.shows("pasting", f"Port {imgur.port} is in use")
        assert page.widget.box.is_visible()
        with tab.expect_event("requestfailed"):
            answer(tab)
        tab.wait_for_url("chrome-error://**")
        page.widget.paste(history(tab)[-1])
        page.widget.shows("signed_in", f"Signed in as {imgur.sandbox.account}")
    assert page.ask("print(session.identity.kind)") == "account\n"


def test_bad_pastes_then_a_good_one(notebook: Open, imgur: Imgur) -> None:
    imgur.sandbox.redirect_url = "https://imgur.invalid/"  # an application registered elsewhere
    page = notebook()
    tab = page.widget.open()
    page.widget.shows("pasting", "copy the whole address of that page")
    for text, payload in BAD.items():
        page.widget.paste(text)
        page.widget.shows("pasting", f"That address did not work. {payload}")
        assert page.widget.box.input_value() == ""
    with tab.expect_event("requestfailed"):
        answer(tab)
    tab.wait_for_url("chrome-error://**")
    page.widget.paste(history(tab)[-1])
    page.widget.shows("signed_in", f"Signed in as {imgur.sandbox.account}")


def test_cancelled_and_signed_out(notebook: Open, imgur: Imgur) -> None:
    page = notebook()
    page.widget.open()
    page.widget.button("Cancel").click()
    page.widget.shows("failed", "Sign-in stopped.")
    answer(page.widget.open("Try again"))
    page.widget.shows("signed_in")
    page.widget.button("Sign out").click()
    page.widget.shows("idle")
    assert page.ask("print(session.identity.kind, session.username)") == "client None\n"
    answer(page.widget.open())
    page.widget.shows("signed_in", f"Signed in as {imgur.sandbox.account}")


def _state(url: str | None) -> list[str]:
    return parse_qs(urlsplit(url or "").query)["state"]
