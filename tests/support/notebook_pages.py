"""Notebooks in a browser, as a person sees them: opened, run, saved; and the widget in them."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import nbformat
from jupyter_servers import TOKEN, JupyterServer

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

#: How long a page may take on a busy machine, in milliseconds.
PATIENCE = 60_000

_OPENED = {
    "lab": "/lab/workspaces/{unique}/tree/{name}?token={token}&reset",
    "notebook": "/notebooks/{name}?token={token}",
    "voila": "/voila/render/{name}",
}
_CONNECTED = """() => {
  const app = window.jupyterapp;
  const panel = app?.shell?.currentWidget;
  return panel?.sessionContext?.session?.kernel?.connectionStatus === "connected"
    && panel.content?.widgets?.length > 0;
}"""
# Braces without a value: the promise would wait for the cell, which may be waiting for us.
_RUN = """index => {
  window.jupyterapp.shell.currentWidget.content.activeCellIndex = index;
  window.jupyterapp.commands.execute("notebook:run-cell");
}"""
_SETTLED = """async () => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const reply = await kernel.requestExecute({ code: "pass", silent: true }).done;
  return reply.content.status === "ok";
}"""
_SHUT_DOWN = "async () => { await window.jupyterapp.shell.currentWidget.sessionContext.shutdown() }"
_ASK = """async code => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const future = kernel.requestExecute({ code, store_history: false });
  let printed = "";
  future.onIOPub = message => {
    const { text, traceback } = message.content;
    printed += text ?? traceback?.join("\\n") ?? "";
  };
  await future.done;
  return printed;
}"""


def until(true: Callable[[], Any], what: str, page: Page) -> Any:
    """Look again and again until it is so; what it gave then."""
    ends = time.monotonic() + PATIENCE / 1000
    while not (found := true()):
        assert time.monotonic() < ends, f"waited for: {what}"
        page.wait_for_timeout(50)
    return found


class NotebookPage:
    """One notebook, open in one tab.

    Parameters
    ----------
    context
        The browser's.
    server
        What shows it.
    cells
        Its code, run at once.
    later
        Code of the cells below, which are run by :meth:`run`.
    """

    def __init__(
        self,
        context: BrowserContext,
        server: JupyterServer,
        cells: Sequence[str],
        later: Sequence[str] = (),
    ) -> None:
        self.server = server
        self.page = context.new_page()
        unique = uuid.uuid4().hex[:8]
        self.path = server.root / f"{unique}.ipynb"
        made = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in (*cells, *later)],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        nbformat.write(made, self.path)
        where = _OPENED[server.kind].format(unique=unique, name=self.path.name, token=TOKEN)
        self.page.goto(server.url + where)
        if server.kind != "voila":
            self.page.wait_for_function(_CONNECTED, timeout=PATIENCE)
            for index in range(len(cells)):
                self.run(index)

    def run(self, index: int) -> None:
        """Run one of its cells."""
        self.page.evaluate(_RUN, index)

    def ask(self, code: str) -> str:
        """What code prints in the kernel, run beside the cells; nothing of it is saved."""
        return str(self.page.evaluate(_ASK, code))

    def settle(self) -> None:
        """Wait until a cell that failed is over: what is run at once after it gets dropped."""
        until(lambda: self.page.evaluate(_SETTLED), "a kernel that takes cells", self.page)

    def execute(self, command: str) -> None:
        """A command of Lab or Notebook; not waited for, since a blocking cell would block it."""
        self.page.evaluate("name => { window.jupyterapp.commands.execute(name) }", command)

    def save(self) -> dict[str, Any]:
        """Save it; the notebook as it is on disk then."""
        before = self.path.stat().st_mtime_ns
        self.execute("docmanager:save")
        until(lambda: self.path.stat().st_mtime_ns != before, "the notebook's file", self.page)
        return dict(until(self._read, "a whole file", self.page))

    def _read(self) -> dict[str, Any] | None:
        try:
            return dict(json.loads(self.path.read_text("utf-8")))
        except ValueError:  # in the middle of being written
            return None

    def shut_down(self) -> None:
        """End its kernel."""
        if self.server.kind != "voila" and not self.page.is_closed():
            self.page.evaluate(_SHUT_DOWN)

    @property
    def widget(self) -> Widget:
        """The sign-in in it."""
        return Widget(self.page)

    def output(self, text: str) -> Locator:
        """An output that holds a text; waited for."""
        found = self.page.locator(".jp-OutputArea-output", has_text=text).first
        found.wait_for(timeout=PATIENCE)
        return found


class Widget:
    """The sign-in on a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator(".imgurdata-sign-in").first
        self.status = self.root.get_by_role("status").first
        self.box = self.root.get_by_label("Address of the page that Imgur sent you to")

    def link(self, name: str = "Sign in to Imgur") -> Locator:
        """The link to Imgur, under the name it has now."""
        return self.root.get_by_role("link", name=name)

    def button(self, name: str) -> Locator:
        """One of its buttons."""
        return self.root.get_by_role("button", name=name)

    def open(self, name: str = "Sign in to Imgur") -> Page:
        """Click the link; the tab with Imgur's page."""
        with self.page.context.expect_page(timeout=PATIENCE) as opened:
            self.link(name).click()
        opened.value.wait_for_load_state()
        return opened.value

    def shows(self, status: str, text: str = "") -> None:
        """Wait until this is what it shows."""
        self.page.locator(f".imgurdata-sign-in[data-status={status}]").first.wait_for(
            timeout=PATIENCE
        )
        if text:
            self.status.filter(has_text=text).wait_for(timeout=PATIENCE)

    def paste(self, text: str) -> None:
        """Put an address into the box and send it, as a person would."""
        if not self.box.is_visible():
            self.root.locator("summary").click()
        self.box.fill(text)
        self.button("Finish").click()


def saved_views(saved: dict[str, Any]) -> list[dict[str, str]]:
    """What the sign-ins showed, in the widgets' state that a saved notebook holds."""
    widgets = saved["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    return [one["state"]["view"] for one in widgets.values() if "view" in one["state"]]


def saved_outputs(saved: dict[str, Any]) -> str:
    """All that the cells of a saved notebook put out, as one text."""
    return json.dumps([cell["outputs"] for cell in saved["cells"]])


def answer(tab: Page, button: str = "Allow") -> None:
    """Press a button of Imgur's page."""
    tab.get_by_role("button", name=button).click()


def callback_says(tab: Page, title: str) -> None:
    """Wait until the page that Imgur sent the browser to says this."""
    tab.get_by_role("heading", name=title).wait_for(timeout=PATIENCE)


def history(tab: Page) -> list[str]:
    """The addresses in a tab's history, also of pages that failed to load."""
    return [str(entry["url"]) for entry in history_entries(tab)]


def history_entries(tab: Page) -> list[dict[str, Any]]:
    """A tab's history as the browser keeps it."""
    session = tab.context.new_cdp_session(tab)
    entries = session.send("Page.getNavigationHistory")["entries"]
    session.detach()
    return list(entries)


_FOCUSED = """() => {
  const it = document.activeElement;
  return (it?.labels?.[0] ?? it)?.textContent.trim().replace(/ ↗$/, "") ?? "";
}"""
#: More presses of Tab than any page here has things to reach.
_MOST_TABS = 120


def focused(page: Page) -> str:
    """The name of what has the focus."""
    return str(page.evaluate(_FOCUSED))


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has this name has the focus."""
    for _ in range(_MOST_TABS):
        if focused(page) == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {name!r}")
