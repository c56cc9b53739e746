"""``imd.sign_in()``: a cell that waits for the person, while the page must stay of use."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest
from imgurs import Imgur
from jupyter_servers import JupyterServer
from leaks import found, places
from notebook_pages import NotebookPage, answer, callback_says, history, until
from tabs import Tabs

pytestmark = pytest.mark.browser
Open = Callable[..., NotebookPage]


def blocking(imgur: Imgur) -> str:
    return (
        f"imd.sign_in(300, session, redirect_url={imgur.sandbox.redirect_url!r})\n"
        "print('came back:', session.identity.kind, session.username)"
    )


def test_the_cell_waits(notebook: Open, imgur: Imgur) -> None:
    page = notebook(blocking(imgur))
    page.widget.shows("waiting")
    tab = page.widget.open("Open Imgur")
    answer(tab)
    callback_says(tab, "Signed in")
    page.output(f"came back: account {imgur.sandbox.account}")
    page.widget.shows("signed_in", f"Signed in as {imgur.sandbox.account}")


def test_a_bad_paste_while_the_cell_waits(notebook: Open, imgur: Imgur) -> None:
    """Needs a kernel that hears the page while it runs a cell: subshells."""
    page = notebook(blocking(imgur))
    page.widget.shows("waiting")
    page.widget.paste("hello")
    page.widget.shows("waiting", "That address did not work.")
    answer(page.widget.open("Open Imgur"))
    page.output(f"came back: account {imgur.sandbox.account}")


def test_without_subshells(notebook: Open, imgur: Imgur, lab: JupyterServer) -> None:
    """As older kernels and front ends: nothing of the page is heard until the cell ends, which
    the page says; the receiver works."""
    off: dict[str, object] = {"commsOverSubshells": "disabled"}
    with lab.setting("@jupyterlab/apputils-extension", "kernels-settings", off):
        page = notebook(blocking(imgur))
        page.widget.shows("waiting")
        page.widget.paste("hello")
        page.widget.root.get_by_text("The kernel is busy, and takes this when").wait_for()
        answer(page.widget.open("Open Imgur"))
        page.output(f"came back: account {imgur.sandbox.account}")
        # The clicks that waited for the cell have come by now, and begin nothing.
        page.ask("pass")
        page.widget.shows("signed_in", f"Signed in as {imgur.sandbox.account}")
        assert page.ask("print(session.username)") == f"{imgur.sandbox.account}\n"


def test_a_port_in_use_asks_in_the_cell(
    notebook: Open, imgur: Imgur, lab: JupyterServer, tabs: Tabs
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", imgur.port))
        page = notebook(blocking(imgur))
        page.widget.shows("pasting", f"Port {imgur.port} is in use")
        requests = page.page.locator("input.jp-Stdin-input")
        requests.fill("hello")
        requests.press("Enter")
        page.output("That address did not work. There is no token in it")
        tab = page.widget.open("Open Imgur")
        with tab.expect_event("requestfailed"):
            answer(tab)
        tab.wait_for_url("chrome-error://**")
        address = history(tab)[-1]
        tab.close()
        # The field that was used goes, the next one comes, in either order.
        empty = "them => them.length === 1 && them[0].value === ''"
        until(lambda: requests.evaluate_all(empty), "the next prompt", page.page)
        assert requests.get_attribute("type") == "password"
        requests.fill(address)
        requests.press("Enter")
        page.output(f"came back: account {imgur.sandbox.account}")
    page.save()
    assert found(imgur.secrets, places(lab, tabs, imgur.home)) == {}


def test_stopping_the_cell_stops_the_sign_in(notebook: Open, imgur: Imgur) -> None:
    page = notebook(blocking(imgur))
    page.widget.shows("waiting")
    page.execute("notebook:interrupt-kernel")
    page.widget.shows("failed", "Sign-in stopped.")
    page.output("KeyboardInterrupt")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", imgur.port), 10)
