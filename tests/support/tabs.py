"""A browser window: its tabs, what they wrote on their consoles, and pictures of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage

#: How Chromium is started: quiet, and as root in a container, too.
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage",
]  # fmt: skip
#: Takes what must not be seen off a page before its picture is taken.
_MASK = """secrets => {
  const masked = text => secrets.reduce((text, secret) => text.replaceAll(secret, "***"), text);
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) walker.currentNode.nodeValue = masked(walker.currentNode.nodeValue);
  for (const box of document.querySelectorAll("input, textarea")) box.value = masked(box.value);
  return [...document.querySelectorAll(".imgurdata-sign-in")].map(it => masked(it.outerHTML));
}"""


class Tabs:
    """The tabs of one browser window.

    Attributes
    ----------
    context
        Playwright's.
    console
        What was written on the consoles.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.console: list[str] = []
        context.on("console", self._heard)
        context.on("weberror", lambda error: self.console.append(str(error.error)))

    def _heard(self, message: ConsoleMessage) -> None:
        self.console.append(f"{message.type}: {message.text} ({message.location['url']})")

    def picture(self, folder: Path, secrets: Iterable[str]) -> list[Path]:
        """Pictures of all tabs, and the widgets' HTML; secrets are masked."""
        from playwright.sync_api import Error

        folder.mkdir(parents=True, exist_ok=True)
        made: list[Path] = []
        for number, page in enumerate(self.context.pages):
            path = folder / f"tab-{number}.png"
            try:
                widgets = page.evaluate(_MASK, list(secrets))
                page.screenshot(path=path, timeout=10_000)
            except Error:  # a tab in the middle of going somewhere: the others still tell
                continue
            made.append(path)
            for widget, html in enumerate(widgets):
                path.with_suffix(f".{widget}.html").write_text(html)
        return made
