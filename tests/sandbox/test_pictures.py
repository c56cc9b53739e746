"""Pictures and pages for people."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from imgurdata.sandbox.pictures import _plain, draw


def opened(answer):
    assert answer.status_code == 200
    image = Image.open(io.BytesIO(answer.content))
    image.load()
    return image


@pytest.fixture
def images(look):
    rows = [row for page in range(10) for row in look.data(f"/3/gallery/user/time/{page}")]
    return [image for row in rows for image in row.get("images", [row])]


def test_every_link_that_is_no_film_loads(look, still, images):
    by_type = {image["type"]: image for image in images}
    for kind in ("image/jpeg", "image/png", "image/gif"):
        image = by_type[kind]
        answer = look(image["link"].removeprefix(still.url))
        assert answer.headers["Content-Type"] == kind
        drawn = opened(answer)
        assert max(drawn.size) <= 1024
        assert drawn.width / drawn.height == pytest.approx(
            image["width"] / image["height"], rel=0.05
        )


def test_gifs_move(look, images):
    gif = next(image for image in images if image["type"] == "image/gif")
    moving = opened(look(f"/{gif['id']}.gif"))
    assert moving.n_frames > 1
    assert opened(look(f"/{gif['id']}h.gif")).n_frames == 1


@pytest.mark.parametrize(
    ("suffix", "longest", "square"),
    [("s", 90, True), ("b", 160, True), ("t", 160, False), ("m", 320, False), ("l", 640, False)],
)
def test_thumbnails(look, images, suffix, longest, square):
    image = next(i for i in images if i["type"] == "image/jpeg" and i["width"] > 2 * 640)
    drawn = opened(look(f"/{image['id']}{suffix}.jpg"))
    assert max(drawn.size) == longest
    assert (drawn.width == drawn.height) is square or image["width"] == image["height"]


def test_same_id_same_picture_other_id_another():
    assert draw("aaaaaaa", "a", 300, 200) == draw("aaaaaaa", "a", 300, 200)
    assert draw("aaaaaaa", "a", 300, 200) != draw("aaaaaab", "a", 300, 200)


@pytest.mark.parametrize("size", [(1, 1), (3, 5000), (5000, 3), (10_000, 10_000)])
@pytest.mark.parametrize("kind", ["jpg", "png", "gif"])
def test_odd_shapes(size, kind):
    image = Image.open(io.BytesIO(draw("abc", "a title \U0001f600 " * 30, *size, "", kind)))
    assert max(image.size) <= 1024
    assert min(image.size) >= 1


def test_pictures_and_pages_cost_nothing_and_ask_for_no_key(sandbox, asker):
    nobody = asker(sandbox, "")
    post = sandbox._app.world.posts[0]
    for path in ("/", f"/{post.cover}.jpg", f"/a/{post.id}", f"/gallery/{post.id}"):
        assert nobody(path).status_code == 200
    assert sandbox.spent == 0
    assert {row.kind for row in sandbox.requests} == {"file"}


def test_backgrounds_of_tags_are_drawn_too(look):
    tag = next(iter(look.sandbox._app.world.tags.values()))
    assert opened(look(f"/{tag.background_hash}.jpg")).width == 1024


def test_pages_escape_what_people_wrote(look):
    world = look.sandbox._app.world
    post = next(p for p in world.posts if "&" in p.title or "'" in p.title or '"' in p.title)
    page = look(f"/gallery/some-words-{post.id}")
    assert page.headers["Content-Type"].startswith("text/html")
    title = page.text.partition("<title>")[2].partition("</title>")[0]
    assert "&" in title
    assert "&amp;#039;" not in title
    assert f"/{post.images[0].id}." in page.text


def test_a_title_cannot_become_markup():
    from imgurdata.sandbox.pages import _shown

    assert _shown('<script>"x"</script>') == "&lt;script&gt;&quot;x&quot;&lt;/script&gt;"
    assert _shown("&lt;b&gt; it&#039;s") == "&lt;b&gt; it&#x27;s"


@pytest.mark.parametrize(
    "path",
    ["/zzzzzzz.jpg", "/zzzzzzz.mp4", "/abc.jpg", "/a/zzzzzzz", "/nothing/here", "/user/no_one_is"],
)
def test_what_is_not_there(look, path):
    answer = look(path)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


def test_films_say_why_they_are_missing(look, images):
    film = next(image for image in images if image["type"] == "video/mp4")
    answer = look(f"/{film['id']}.mp4")
    assert answer.status_code == 404
    assert "stills and GIFs only" in answer.text


def test_a_picture_can_be_revalidated(look, images):
    still = next(image for image in images if image["type"] == "image/jpeg")
    etag = look(f"/{still['id']}.jpg").headers["ETag"]
    assert look(f"/{still['id']}.jpg", headers={"If-None-Match": etag}).status_code == 304
    assert look("/", "POST").status_code == 405


def test_captions_are_put_into_what_the_font_has():
    assert (
        _plain("K\u00e4tzchen \U0001f600\n\u2019s Z\u00fcge \u2014 \u2026")
        == "Katzchen 's Zuge - ..."
    )
