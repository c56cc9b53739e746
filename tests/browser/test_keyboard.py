"""The sign-in without a mouse, and for people who hear it instead of seeing it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from imgurs import Imgur
from notebook_pages import NotebookPage, Widget, callback_says, focused, tab_to, until

pytestmark = pytest.mark.browser
Open = Callable[..., NotebookPage]


def test_the_keyboard_alone(notebook: Open, imgur: Imgur) -> None:
    page = notebook()
    widget, keys = page.widget, page.page.keyboard
    widget.shows("idle")
    tab_to(page.page, "Sign in to Imgur")
    with page.page.context.expect_page() as opened:
        keys.press("Enter")
    widget.shows("waiting")
    page.page.bring_to_front()

    tab_to(page.page, "Cancel")
    keys.press("Space")
    widget.shows("failed", "Sign-in stopped.")
    # What was focused has gone; the focus is on what comes next, not lost.
    until(lambda: focused(page.page) == "Try again", "the focus on Try again", page.page)
    with page.page.context.expect_page() as opened:
        keys.press("Enter")
    widget.shows("waiting")
    tab = opened.value
    page.page.bring_to_front()

    tab_to(page.page, "The tab shows an error, or nothing happened here?")
    keys.press("Enter")
    tab_to(page.page, "Address of the page that Imgur sent you to")
    # Letters that are commands in a notebook: cut a cell, delete it, insert one.
    cells = page.page.locator(".jp-Cell").count()
    keys.type("xddba")
    keys.press("Enter")
    widget.shows("waiting", "That address did not work.")
    assert page.page.locator(".jp-Cell").count() == cells
    assert focused(page.page) == "Address of the page that Imgur sent you to"
    assert widget.box.input_value() == ""
    tab_to(page.page, "Finish")

    tab.bring_to_front()
    tab_to(tab, "Allow")
    tab.keyboard.press("Enter")
    callback_says(tab, "Signed in")
    page.page.bring_to_front()
    widget.shows("signed_in")
    until(lambda: focused(page.page) == "Sign out", "the focus on Sign out", page.page)
    keys.press("Enter")
    widget.shows("idle")
    until(lambda: focused(page.page) == "Sign in to Imgur", "the focus on the link", page.page)


IDLE = """\
- group "Sign in to Imgur":
  - link "Sign in to Imgur":
    - /url: URL
  - status
  - status"""
#: What is on screen while somebody waits, with the paste box opened.
WAITING = (
    'link "Open Imgur ↗"',
    'button "Cancel"',
    "status: Waiting for you to allow access on Imgur…",
    'textbox "Address of the page that Imgur sent you to"',
    'button "Finish"',
)


def test_what_a_screen_reader_meets(notebook: Open, imgur: Imgur) -> None:
    page = notebook()
    widget = page.widget
    widget.shows("idle")
    # The live regions are there, empty, before anything is said in them.
    assert spoken(widget) == IDLE
    widget.open()
    widget.shows("waiting")
    widget.root.locator("summary").click()
    heard = spoken(widget)
    assert [name for name in WAITING if name not in heard] == []
    assert widget.box.get_attribute("aria-describedby") == widget.root.locator(
        "details p"
    ).get_attribute("id")


def spoken(widget: Widget) -> str:
    """Roles and names as a screen reader gets them."""
    return re.sub(r"/url: \S+", "/url: URL", widget.root.aria_snapshot())
