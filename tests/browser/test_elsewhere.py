"""The same sign-in in other front ends, through a proxy, and in two notebooks at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from imgurs import Imgur
from jupyter_servers import JupyterServer
from leaks import found, places
from notebook_pages import NotebookPage, answer, callback_says
from tabs import Tabs

pytestmark = pytest.mark.browser
Open = Callable[..., NotebookPage]


@pytest.mark.parametrize("server", ["notebook_7", "voila"])
def test_other_front_ends(
    notebook: Open, imgur: Imgur, tabs: Tabs, server: str, request: pytest.FixtureRequest
) -> None:
    page = notebook(on=server)
    page.widget.shows("idle")
    tab = page.widget.open()
    answer(tab)
    callback_says(tab, "Signed in")
    page.widget.shows("signed_in", f"Signed in as {imgur.sandbox.account}")
    page.widget.button("Sign out").click()
    page.widget.shows("idle")
    written = places(request.getfixturevalue(server), tabs, imgur.home)
    assert found(imgur.secrets, written) == {}


def test_through_jupyter_server_proxy(
    notebook: Open, imgur: Imgur, lab: JupyterServer, tabs: Tabs
) -> None:
    """As on a hub: the browser never reaches the kernel's port itself."""
    imgur.sandbox.redirect_url = f"{lab.url}/proxy/{imgur.port}/callback"
    page = notebook()
    tab = page.widget.open()
    answer(tab)
    callback_says(tab, "Signed in")
    assert tab.url == imgur.sandbox.redirect_url
    page.widget.shows("signed_in", f"Signed in as {imgur.sandbox.account}")
    assert "/callback" in lab.log.read_text()
    assert found(imgur.secrets, places(lab, tabs, imgur.home)) == {}


def test_two_notebooks_on_one_port(notebook: Open, imgur: Imgur) -> None:
    first, second = notebook(), notebook()
    tab_of_first = first.widget.open()
    first.widget.shows("waiting")
    tab = second.widget.open()
    second.widget.shows("pasting", f"Port {imgur.port} is in use")
    answer(tab)
    # The answer lands at the first notebook, which turns it away and goes on waiting.
    callback_says(tab, "This sign-in was not started here")
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.get_by_role("button", name="Copy the address").click()
    tab.get_by_text("Copied.").wait_for()
    second.widget.paste(tab.evaluate("navigator.clipboard.readText()"))
    second.widget.shows("signed_in", f"Signed in as {imgur.sandbox.account}")
    first.widget.shows("waiting")
    assert first.ask("print(session.identity.kind)") == "client\n"

    answer(tab_of_first)
    callback_says(tab_of_first, "Signed in")
    first.widget.shows("signed_in", f"Signed in as {imgur.sandbox.account}")
