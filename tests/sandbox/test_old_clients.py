"""Imgur's own old client and PyImgur list the sandbox, with only their base address changed.

Two readings of the wire that are nobody's here: what they can read is what Imgur sends.
"""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    # Both ask through bare `requests`, which heeds the environment.
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def imgurpython(sandbox, monkeypatch):
    client = pytest.importorskip("imgurpython.client")
    monkeypatch.setattr(client, "API_URL", sandbox.url + "/")
    return client.ImgurClient(sandbox.client_id, sandbox.client_secret)


@pytest.fixture
def pyimgur(sandbox, monkeypatch):
    module = pytest.importorskip("pyimgur")
    monkeypatch.setattr(module, "IMGUR_BASE", sandbox.url)
    return module.Imgur(sandbox.client_id)


def test_imgurpython_lists_the_gallery(sandbox, imgurpython, ask):
    rows = [item for page in range(3) for item in imgurpython.gallery("hot", "viral", page)]
    direct = [row for page in range(3) for row in ask.data(f"/3/gallery/hot/viral/{page}")]
    assert [item.id for item in rows] == [row["id"] for row in direct]
    assert [item.points for item in rows] == [row["points"] for row in direct]
    top = imgurpython.gallery("top", "time", 0, "week", show_viral=False)
    assert [item.id for item in top] == [r["id"] for r in ask.data("/3/gallery/top/time/week/0")]
    assert imgurpython.credits["UserLimit"] == "500"


def test_imgurpython_reads_items_and_accounts(sandbox, imgurpython):
    row = next(item for item in imgurpython.gallery() if item.is_album)
    album = imgurpython.get_album(row.id)
    images = imgurpython.get_album_images(row.id)
    assert len(images) == album.images_count
    assert imgurpython.get_image(images[0].id).link.startswith(sandbox.url)
    assert imgurpython.gallery_item(row.id).title == row.title
    account = imgurpython.get_account(sandbox.account)
    assert account.url == sandbox.account


def test_imgurpython_meets_errors_as_it_does_at_imgur(sandbox, imgurpython):
    from imgurpython.helpers.error import ImgurClientError, ImgurClientRateLimitError

    with pytest.raises(ImgurClientError, match="Unable to find an image"):
        imgurpython.get_image("nosuch")
    sandbox.fail("rate_limited")
    with pytest.raises(ImgurClientRateLimitError):
        imgurpython.gallery()
    sandbox.fail("varnish")
    with pytest.raises(ImgurClientError, match="JSON decoding"):
        imgurpython.gallery()


def test_pyimgur_lists_the_gallery(sandbox, pyimgur, ask):
    rows = pyimgur.get_gallery(limit=150)
    direct = [row for page in range(3) for row in ask.data(f"/3/gallery/hot/viral/day/{page}")]
    assert [item.id for item in rows] == [row["id"] for row in direct[:150]]
    # It keeps the headers that begin with lower-case "x-ratelimit", as they are since 2024.
    assert pyimgur.ratelimit_userlimit == 500
    assert pyimgur.ratelimit_clientlimit == 12_500


def test_pyimgur_reads_items(sandbox, pyimgur, ask):
    listed = ask.data("/3/gallery/hot/viral/day/0")
    row = next(row for row in listed if row["is_album"])
    assert pyimgur.get_gallery_album(row["id"]).title == row["title"]
    album = pyimgur.get_album(row["id"])
    assert len(album.images) == row["images_count"]
    assert pyimgur.get_image(album.images[0].id).link == album.images[0].link
    assert pyimgur.get_user(sandbox.account).name == sandbox.account
