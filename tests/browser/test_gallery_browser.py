"""The gallery browser in JupyterLab, Notebook 7 and Voila: sort, filter, page, pick, keyboard."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from imgurs import Imgur
from jupyter_servers import TOKEN, JupyterServer
from nbformat.sign import NotebookNotary
from notebook_pages import PATIENCE, NotebookPage, until
from tabs import Tabs

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser
Open = Callable[..., NotebookPage]

SHOW = """posts = imd.load_gallery("user", pages=3, session=session, progress=False)
posts.loc[0, "title"] = "<img src=x onerror=window.hacked=1><b>bold</b>"
posts.loc[[1, 2], "nsfw"] = True
browser = imd.widgets.GalleryBrowser(posts, page_size=20)
browser"""

FOCUSED = """() => {
  const it = document.activeElement;
  return it.dataset.id ? "card" : it.closest("label")?.firstChild.textContent ?? it.textContent;
}"""


def cards(page: Page) -> Locator:
    return page.locator(".imgurdata-browser-card")


def ids(page: Page) -> list[str]:
    return [str(card.get_attribute("data-id")) for card in cards(page).all()]


def kernel(page: NotebookPage, code: str) -> Any:
    return json.loads(page.ask(f"import json; print(json.dumps({code}))"))


def shows(page: Page, text: str) -> None:
    status = page.locator(".imgurdata-browser-status", has_text=text)
    status.first.wait_for(timeout=PATIENCE)


def test_sort_filter_page_and_pick(notebook: Open, tabs: Tabs) -> None:
    made = notebook(SHOW)
    page = made.page
    shows(page, "1 to 20 of 180 posts; 0 picked")
    frame = kernel(made, "posts['id'].tolist()")
    assert ids(page) == frame[:20]
    # What a stranger wrote is text.
    assert page.locator(".imgurdata-browser b").count() == 0
    assert page.evaluate("window.hacked ?? 0") == 0
    assert "<b>bold</b>" in (cards(page).first.text_content() or "")

    page.get_by_role("combobox", name="Sort").select_option("points")
    by_points = "posts.sort_values('points', ascending=False, kind='stable')['id'].tolist()"
    expected = kernel(made, by_points)
    until(lambda: ids(page) == expected[:20], "the order by points", page)
    page.get_by_role("button", name="Next").click()
    until(lambda: ids(page) == expected[20:40], "the second page", page)
    cards(page).nth(3).locator(".imgurdata-browser-title").click()
    cards(page).nth(0).locator(".imgurdata-browser-title").click()
    shows(page, "2 picked")
    picked = {expected[20], expected[23]}
    until(lambda: set(kernel(made, "browser.selected_ids")) == picked, "what is picked", page)
    in_frame = [name for name in frame if name in picked]
    assert kernel(made, "browser.selected['id'].tolist()") == in_frame

    tag = kernel(made, "posts['tags'].dropna().str.split().explode().mode()[0]")
    page.get_by_role("combobox", name="Tag").fill(tag)
    words = "(' ' + posts['tags'].fillna('') + ' ')"
    has_tag = f"posts[{words}.str.contains({f' {tag} '!r}, regex=False)]"
    tagged = kernel(made, by_points.replace("posts", has_tag, 1))
    until(lambda: kernel(made, "browser.visible['id'].tolist()") == tagged, "the tag", page)
    page.get_by_role("combobox", name="Tag").fill("")
    day = kernel(made, "str(posts['datetime'].dt.date.mode()[0])")
    for label in ("From", "To"):
        page.get_by_label(label, exact=True).fill(day)
    count = kernel(made, f"int((posts['datetime'].dt.date.astype(str) == {day!r}).sum())")
    until(lambda: kernel(made, "len(browser.visible)") == count, "the day", page)
    page.get_by_role("searchbox", name="Title").fill("no post has this title")
    page.get_by_text("No post passes these filters.").wait_for(timeout=PATIENCE)
    shows(page, "0 of 180 posts")
    # A pick from Python shows.
    page.get_by_role("searchbox", name="Title").fill("")
    made.ask("browser.selected_ids = posts['id'][:1].tolist()")
    shows(page, "1 picked")
    page.get_by_role("button", name="Clear picks").click()
    until(lambda: kernel(made, "browser.selected_ids") == [], "no picks", page)


def test_the_keyboard_alone(notebook: Open, tabs: Tabs) -> None:
    made = notebook(SHOW)
    page = made.page
    shows(page, "0 picked")
    order: list[str] = []
    page.get_by_role("searchbox", name="Title").focus()
    while "card" not in order:
        name = page.evaluate(FOCUSED)
        order += [name] if order[-1:] != [name] else []  # a date has several parts
        page.keyboard.press("Tab")
        assert len(order) < 10, order
    assert order == ["Title", "Tag", "From", "To", "Sort", "Next", "card"]
    count = page.locator(".jp-Cell").count()
    cards(page).first.focus()
    keys = page.keyboard
    keys.press("ArrowRight")
    keys.press("Space")
    keys.press("End")
    keys.press("Space")
    shows(page, "2 picked")
    first = ids(page)
    assert kernel(made, "browser.selected_ids") == [first[1], first[19]]
    keys.press("ArrowRight")
    shows(page, "21 to 40 of 180")
    focused = "document.activeElement.dataset.id"
    assert page.evaluate(focused) == ids(page)[0]
    keys.press("ArrowLeft")
    shows(page, "1 to 20 of 180")
    assert page.evaluate(focused) == first[19]
    # Letters that are commands in a notebook: cut a cell, delete it, insert one.
    keys.type("xddba")
    assert page.locator(".jp-Cell").count() == count
    with page.context.expect_page() as opened:
        keys.press("Enter")
    assert first[19] in opened.value.url


def test_pictures_are_loaded_when_they_come_into_view(notebook: Open, imgur: Imgur) -> None:
    big = SHOW.replace("page_size=20", "page_size=180")
    made = notebook(big)
    page = made.page
    shows(page, "1 to 180")
    images = "[...document.querySelectorAll('.imgurdata-browser img')]"
    loaded = f"{images}.filter(it => it.complete && it.naturalWidth).length"
    until(lambda: page.evaluate(loaded) >= 4, "the first pictures", page)
    assert page.evaluate(loaded) < 120
    mature = cards(page).nth(1).locator(".imgurdata-browser-picture")
    assert "blur" in mature.locator("img").evaluate("it => getComputedStyle(it).filter")
    mature.click()
    assert mature.locator("img").evaluate("it => getComputedStyle(it).filter") == "none"
    shows(page, "0 picked")
    # The keys mean the card that was clicked, though the click uncovered it only.
    page.keyboard.press("Space")
    shows(page, "1 picked")
    assert cards(page).nth(1).get_attribute("aria-selected") == "true"
    # By the keyboard alone.
    page.keyboard.press("ArrowRight")
    other = cards(page).nth(2).locator("img")
    assert "blur" in other.evaluate("it => getComputedStyle(it).filter")
    page.keyboard.press("m")
    assert other.evaluate("it => getComputedStyle(it).filter") == "none"


@pytest.mark.parametrize("on", ["notebook_7", "voila"])
def test_it_works_elsewhere(notebook: Open, on: str) -> None:
    page = notebook(SHOW, on=on).page
    shows(page, "1 to 20 of 180")
    cards(page).nth(2).locator(".imgurdata-browser-title").click()
    shows(page, "1 picked")


def test_cards_fit_a_page_of_400_pixels(notebook: Open) -> None:
    page = notebook(SHOW.replace('"<img', '"Averylongword" * 9 + "<img'), on="notebook_7").page
    shows(page, "1 to 20 of 180")
    page.set_viewport_size({"width": 400, "height": 900})
    first, second = cards(page).nth(0), cards(page).nth(1)

    def side_by_side() -> bool:
        left, right = first.bounding_box(), second.bounding_box()
        return bool(
            left and right and left["y"] == right["y"] and right["x"] + right["width"] < 400
        )

    until(side_by_side, "two cards in a row", page)
    wider = "it => it.scrollWidth - it.clientWidth"
    for part in (".imgurdata-browser", ".imgurdata-browser-bar", ".imgurdata-browser-grid"):
        assert page.locator(part).evaluate(wider) <= 0, part


def without_state(server: JupyterServer, made: NotebookPage, name: str, *, trusted: bool) -> str:
    """Write the notebook as it is saved where widgets' state is not, which is the default."""
    saved = made.save()
    del saved["metadata"]["widgets"]
    saved["metadata"]["name"] = name  # or one signature would be good for both
    (server.root / f"{name}.ipynb").write_text(json.dumps(saved))
    if trusted:
        notary = NotebookNotary(data_dir=str(server.folder / "data"))
        notary.sign(nbformat.from_dict(saved))
        notary.store.close()
    return f"{server.url}/lab/workspaces/{name}/tree/{name}.ipynb?token={TOKEN}&reset"


@pytest.mark.decision("static-when-reopened")
def test_a_reopened_notebook_shows_a_static_view(
    notebook: Open, lab: JupyterServer, tabs: Tabs
) -> None:
    bar = 'more = imd.load_gallery("top", pages=2, session=session, progress=True)\nprint("loaded")'
    running = (
        "from imgurdata._progress import progress_bar\n"
        "running = progress_bar(total=8, unit='page', delay=0)"
    )
    shown = "imd.widgets.CreditMeter(session)", "imd.widgets.SignIn(session)", running
    made = notebook(SHOW, *shown, bar)
    made.output("loaded")
    shows(made.page, "1 to 20 of 180")
    made.page.locator(".imgurdata-meter-row").first.wait_for(timeout=PATIENCE)
    for name, trusted in (("own", True), ("foreign", False)):
        page = tabs.context.new_page()
        page.goto(without_state(lab, made, name, trusted=trusted))
        page.get_by_text("180 posts, 0 picked").wait_for(timeout=PATIENCE)
        page.get_by_text("Credits, Client-ID").first.wait_for(timeout=PATIENCE)
        gone = page.get_by_text("model not found")
        until(lambda gone=gone: gone.count() == 0, "the errors to go", page)
        # In a trusted notebook the errors were there, and were replaced.
        assert page.locator("[data-imgurdata=static]").count() == (4 if trusted else 0)
        page.get_by_text("Run the cell to sign in.").wait_for(timeout=PATIENCE)
        unfinished = page.get_by_text("This was still running when the notebook was saved.")
        assert unfinished.count() == (1 if trusted else 0)
        assert page.locator(".jp-OutputArea b").count() == 0
        assert page.evaluate("window.hacked ?? 0") == 0
