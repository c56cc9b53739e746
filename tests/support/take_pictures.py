"""Pictures of every state of the sign-in, in the light and the dark theme, to be looked at.

Run as ``PYTHONPATH=. python tests/support/take_pictures.py FOLDER``; nothing compares them.
"""

from __future__ import annotations

import shutil
import socket
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from imgurs import Imgur
from jupyter_servers import JupyterServer, running
from notebook_pages import PATIENCE, NotebookPage, Widget, answer, callback_says
from ports import a_free_port
from tabs import ARGUMENTS

from imgurdata.sandbox import Sandbox

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

_THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


class Album:
    """Takes the pictures of one theme."""

    def __init__(self, folder: Path, theme: str, context: BrowserContext) -> None:
        self.folder, self.theme, self.context = folder, theme, context

    def take(self, page: Page, name: str) -> None:
        """The whole page."""
        page.screenshot(path=self.folder / f"{self.theme}-{name}.png")

    def widget(self, widget: Widget, name: str) -> None:
        """The widget, with a little of what is around it."""
        box = widget.root.bounding_box()
        assert box is not None
        widget.page.screenshot(
            path=self.folder / f"{self.theme}-widget-{name}.png",
            clip={
                "x": max(box["x"] - 90, 0), "y": max(box["y"] - 20, 0),
                "width": min(box["width"] + 160, 820), "height": box["height"] + 40,
            },
        )  # fmt: skip


def widget_and_callback(album: Album, lab: JupyterServer, imgur: Imgur) -> None:
    """What a person sees from the first click to signing out."""
    page = NotebookPage(album.context, lab, [imgur.connect(), imgur.widget()])
    widget = page.widget
    widget.shows("idle")
    album.take(page.page, "lab")
    album.widget(widget, "1-idle")
    widget.link().focus()
    page.page.keyboard.press("Shift+Tab")
    page.page.keyboard.press("Tab")
    album.widget(widget, "1-idle-focused")
    tab = widget.open()
    album.take(tab, "authorize")
    widget.shows("waiting")
    album.widget(widget, "2-waiting")
    widget.root.locator("summary").click()
    album.widget(widget, "2-waiting-opened")
    page.page.set_viewport_size({"width": 620, "height": 720})
    album.widget(widget, "2-waiting-narrow")
    page.page.set_viewport_size({"width": 1280, "height": 720})
    widget.paste("http://localhost/?state=x#access_token=0123456789abcdef")
    widget.shows("waiting", "That address did not work.")
    album.widget(widget, "3-bad-paste")
    imgur.sandbox.wrong_state = True
    answer(tab)
    callback_says(tab, "This sign-in was not started here")
    album.take(tab, "callback-not-started-here")
    album.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.get_by_role("button", name="Copy the address").click()
    tab.get_by_text("Copied.").wait_for()
    album.take(tab, "callback-copied")
    imgur.sandbox.wrong_state = False
    widget.button("Cancel").click()
    widget.shows("failed", "Sign-in stopped.")
    album.widget(widget, "4-stopped")
    tab = widget.open("Try again")
    answer(tab, "Deny")
    callback_says(tab, "Access was not granted")
    album.take(tab, "callback-denied")
    widget.shows("failed")
    album.widget(widget, "4-denied")
    tab = widget.open("Try again")
    widget.shows("waiting")
    answer(tab)
    callback_says(tab, "Signed in")
    album.take(tab, "callback-signed-in")
    widget.shows("signed_in")
    album.widget(widget, "5-signed-in")
    album_other_callbacks(album, imgur)
    widget.button("Sign out").click()
    widget.shows("idle")
    with socket.create_server(("127.0.0.1", imgur.port)):
        widget.open()
        widget.shows("pasting")
        album.widget(widget, "2-port-in-use")
    page.shut_down()


def album_other_callbacks(album: Album, imgur: Imgur) -> None:
    """The callback page before it knows, without an answer, and without a notebook."""

    from imgurdata.auth.flow import SignInFlow

    flow = SignInFlow("client", lambda _token: "", redirect_url=imgur.sandbox.redirect_url)
    flow.start()
    state = parse_qs(urlsplit(flow.view.url).query)["state"][0]
    tab = album.context.new_page()
    tab.goto(imgur.sandbox.redirect_url)
    callback_says(tab, "Nothing to do here")
    album.take(tab, "callback-nothing")
    tab.goto(imgur.sandbox.redirect_url + f"?state={state}")
    callback_says(tab, "Imgur sent no token")
    album.take(tab, "callback-no-token")
    tab.route(
        "**/callback",
        lambda route: route.abort() if route.request.method == "POST" else route.continue_(),
    )
    tab.goto(imgur.sandbox.redirect_url + "?state=other")
    callback_says(tab, "Could not reach the notebook")
    album.take(tab, "callback-unreachable")
    tab.close()
    flow.cancel()


def timed_out(album: Album, lab: JupyterServer, imgur: Imgur) -> None:
    """Nobody answers."""
    page = NotebookPage(album.context, lab, [imgur.connect(), imgur.widget(timeout=0.2)])
    page.widget.shows("idle")
    page.widget.open()
    page.widget.shows("failed", "Timed out")
    album.widget(page.widget, "4-timed-out")
    page.shut_down()


def sandbox_pages(album: Album, imgur: Imgur) -> None:
    """Imgur's side, as the sandbox plays it."""
    tab = album.context.new_page()
    tab.goto(f"{imgur.sandbox.url}/oauth2/addclient")
    album.take(tab, "addclient")
    tab.get_by_label("Application name").fill("Meme study")
    tab.get_by_label("Authorization callback URL").fill("ftp://example.org/")
    tab.get_by_role("button", name="Register").click()
    album.take(tab, "addclient-wrong")
    tab.get_by_label("Authorization callback URL").fill("http://localhost:28080/callback")
    tab.get_by_role("button", name="Register").click()
    album.take(tab, "addclient-registered")
    tab.goto(
        f"{imgur.sandbox.url}/oauth2/authorize?client_id={imgur.sandbox.client_id}"
        "&response_type=token&state=s"
    )
    tab.get_by_label("Account that signs in").fill("nobody_at_all")
    tab.get_by_role("button", name="Allow").click()
    album.take(tab, "authorize-wrong-name")
    tab.goto(f"{imgur.sandbox.url}/oauth2/authorize?client_id=x&response_type=token")
    album.take(tab, "authorize-bad-client")


def main(folder: Path) -> None:
    """Take them all."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp())
    (work / "lab").mkdir()
    with sync_playwright() as playwright, running("lab", work / "lab") as lab:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        for theme, name in _THEMES.items():
            themes: dict[str, object] = {"theme": name}
            (work / theme).mkdir()
            with (
                lab.setting("@jupyterlab/apputils-extension", "themes", themes),
                Sandbox(redirect_url=f"http://localhost:{a_free_port()}/callback") as sandbox,
            ):
                context = browser.new_context(color_scheme=theme)  # type: ignore[arg-type]
                context.set_default_timeout(PATIENCE)
                album, imgur = Album(folder, theme, context), Imgur(sandbox, work / theme)
                widget_and_callback(album, lab, imgur)
                timed_out(album, lab, imgur)
                sandbox_pages(album, imgur)
                context.close()
        browser.close()
    shutil.rmtree(work)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
