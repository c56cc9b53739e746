"""The browser of posts without a web browser: what travels, and what is picked."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import imgurdata as imd
from imgurdata.errors import InvalidArgument
from imgurdata.widgets import GalleryBrowser
from imgurdata.widgets.gallery_browser import _thumbnail

POSTS = pd.DataFrame(
    {
        "id": ["aaaaa11", "bbbbb22", "ccccc33"],
        "title": ["<img src=x onerror=alert(1)>", None, "Third"],
        "link": [
            "https://imgur.com/a/aaaaa11",
            "https://i.imgur.com/bbbbb22.png",
            "javascript:alert(1)",
        ],
        "cover": ["ddddd44", None, "eeeee55"],
        "is_album": pd.array([True, False, True], dtype="boolean"),
        "points": pd.array([5, None, -3], dtype="Int64"),
        "datetime": pd.to_datetime(["2024-03-05", None, "2024-03-07"], utc=True).as_unit("us"),
        "tags": ["cats funny", None, "cats"],
    },
    index=[10, 10, 12],
)


def test_browser_shows_a_dozen_columns() -> None:
    columns = GalleryBrowser(POSTS).columns
    assert columns["id"] == list(POSTS["id"])
    assert columns["points"] == [5.0, None, -3.0]
    assert columns["time"] == [1709596800.0, None, 1709769600.0]
    assert columns["link"][2] is None
    assert columns["picture"] == [
        "https://i.imgur.com/ddddd44m.jpg", "https://i.imgur.com/bbbbb22m.jpg", None,
    ]  # fmt: skip
    assert columns["views"] == [None] * 3
    assert len(columns) == 12
    json.dumps(columns, allow_nan=False)
    assert GalleryBrowser(POSTS[["id"]]).columns["title"] == [None] * 3


def test_browser_selected_is_in_the_order_of_the_frame() -> None:
    browser = GalleryBrowser(POSTS)
    assert browser.selected.empty
    browser.selected_ids = ["ccccc33", "aaaaa11", "ccccc33"]
    assert browser.selected_ids == ["ccccc33", "aaaaa11"]
    pd.testing.assert_frame_equal(browser.selected, POSTS.iloc[[0, 2]])
    picked = browser.selected
    picked["title"] = "changed"
    assert "changed" not in set(browser.selected["title"])
    with pytest.raises(InvalidArgument, match="selected_ids must be ids of these posts; got 'zz'"):
        browser.selected_ids = ["zz"]


def test_browser_visible_is_what_the_page_shows() -> None:
    browser = GalleryBrowser(POSTS)
    pd.testing.assert_frame_equal(browser.visible, POSTS)
    browser.set_state({"visible_rows": [2, 0, 7, -1]})
    pd.testing.assert_frame_equal(browser.visible, POSTS.iloc[[2, 0]])


THUMBNAILS = [
    ("https://imgur.com/a/aaaaa11", "ddddd44", "https://i.imgur.com/ddddd44m.jpg"),
    ("http://i.imgur.com/bbbbb22.gif", "bbbbb22", "https://i.imgur.com/bbbbb22m.jpg"),
    ("http://127.0.0.1:8000/a/aaaaa11", "ddddd44", "http://127.0.0.1:8000/ddddd44m.jpg"),
    ("https://example.org/a/aaaaa11", "ddddd44", None),
    ("https://imgur.com/a/aaaaa11", "../../x", None),
    (None, "ddddd44", None),
    ("https://imgur.com/a/aaaaa11", None, None),
]


def test_thumbnails_are_those_of_imgur_or_the_sandbox(subtests: pytest.Subtests) -> None:
    for link, image, expected in THUMBNAILS:
        with subtests.test(link=link, image=image):
            assert _thumbnail(link, image) == expected


def test_browser_has_a_text_and_a_static_view() -> None:
    posts = POSTS.assign(tags=["cats " + 60 * "x", None, "cats"])
    browser = GalleryBrowser(posts)
    browser.selected_ids = ["ccccc33"]
    assert repr(browser) == "GalleryBrowser: 3 posts, 1 picked; .selected is their DataFrame"
    bundle = browser._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    html = data["text/html"]
    assert "<img" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html
    assert html.index("Third") < html.index("&lt;img")
    assert f">cats {24 * 'x'}…<" in html
    # A narrow page breaks long texts, but no ids.
    assert f"overflow-wrap:anywhere'>cats {24 * 'x'}" in html
    assert "white-space:nowrap'>Post<" in html


def test_browser_takes_frames_of_the_loaders() -> None:
    with imd.connect(sandbox=True) as session:
        posts = imd.load_gallery(session=session, progress=False)
        browser = GalleryBrowser(posts, page_size=5)
        address = next(url for url in browser.columns["picture"] if url)
        assert address.startswith(session.base_url)
    assert browser.page_size == 5
    assert repr(GalleryBrowser(posts.iloc[:0])).startswith("GalleryBrowser: 0 posts")


BAD = [
    ((None,), {}, "posts must be a DataFrame"),
    ((POSTS.drop(columns="id"),), {}, "posts must have the column 'id'"),
    ((POSTS,), {"page_size": 0}, "page_size must be a whole number from 1 to 500"),
    ((POSTS.iloc[[0] * 20_001],), {}, "posts must have at most 20,000 rows; got 20,001"),
]


def test_browser_refuses_bad_arguments(subtests: pytest.Subtests) -> None:
    for given, named, message in BAD:
        with subtests.test(message), pytest.raises(InvalidArgument, match=message):
            GalleryBrowser(*given, **named)
