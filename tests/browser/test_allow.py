"""Somebody allows access, or does not, and what the widget and the callback page say then."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from imgurs import Imgur
from notebook_pages import NotebookPage, answer, callback_says, history

pytestmark = pytest.mark.browser
Open = Callable[..., NotebookPage]


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
    assert history(tab)[-2:] == [imgur.sandbox.redirect_url] * 2
