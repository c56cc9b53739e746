"""The meter of credits in JupyterLab: it moves, also while a cell runs, and warns in words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from imgurs import Imgur
from notebook_pages import PATIENCE, NotebookPage, until

pytestmark = pytest.mark.browser
Open = Callable[..., NotebookPage]

PULL = 'posts = imd.load_gallery("user", pages=3, session=session, progress=False)'
LIMITED = """import imgurdata as imd
session = imd.connect(sandbox=imd.sandbox.Sandbox(limits={"user": 10}))"""


def says(page: NotebookPage, limit: str, text: str) -> None:
    row = page.page.locator(f".imgurdata-meter-row[data-limit={limit}]")
    row.locator(".imgurdata-meter-number", has_text=text).wait_for(timeout=PATIENCE)


def test_the_meter_moves_after_a_pull(notebook: Open, imgur: Imgur) -> None:
    page = notebook(
        "imd.widgets.CreditMeter(session, every=0.1)",
        later=[PULL, f"import time\n{PULL.replace('user', 'top')}\ntime.sleep(8)"],
    )
    page.page.get_by_text("Nothing known yet").wait_for(timeout=PATIENCE)
    page.run(2)
    says(page, "user", "497 of 500 left")
    meter = page.page.get_by_role("meter", name="This user's hour")
    assert meter.get_attribute("aria-valuenow") == "497"
    page.page.get_by_text("full again in").first.wait_for(timeout=PATIENCE)
    # While a cell runs.
    page.run(3)
    until(lambda: "497" not in (meter.get_attribute("aria-valuetext") or ""), "a move", page.page)
    assert page.page.locator(".jp-InputPrompt", has_text="[*]").count() == 1


def test_the_meter_warns_in_words(notebook: Open) -> None:
    meter = "imd.widgets.CreditMeter(session, every=0.1)"
    more = PULL.replace("pages=3", "pages=range(3, 9)"), PULL.replace("pages=3", "pages=[20]")
    page = notebook(meter, connect=LIMITED, later=[PULL, *more])
    page.page.get_by_text("Nothing known yet").wait_for(timeout=PATIENCE)
    for index, text in (
        (2, "7 of 10 left"),
        (3, "1 of 10 left, low"),
        (4, "0 of 10 left, used up"),
    ):
        page.run(index)
        says(page, "user", text)
    warning = page.page.locator(".imgurdata-meter-warning")
    assert warning.text_content() == "This user's hour: 0 of 10 left, used up"
    page.ask("session.sandbox.advance('61min')")
    says(page, "user", "10 of 10 left")
    assert warning.text_content() == ""
