"""Pictures and pages for people."""

from __future__ import annotations

import html
import io

import pytest
from PIL import Image

from imgurdata.sandbox.pictures import draw


def opened(answer):
    assert answer.status_code == 200
    image = Image.open(io.BytesIO(answer.content))
    image.load()
    return image


@pytest.fixture(scope="module")
def images(newest):
    return [image for row in newest for image in row.get("images", [row])]


def test_links_of_stills_and_gifs_load(api, shared, images):
    by_type = {image["type"]: image for image in images}
    for kind in ("image/jpeg", "image/png", "image/gif"):
        image = by_type[kind]
        answer = api(image["link"].removeprefix(shared.url))
        assert answer.headers["Content-Type"] == kind
        drawn = opened(answer)
        assert max(drawn.size) <= 1024
        assert drawn.width / drawn.height == pytest.approx(
            image["width"] / image["height"], rel=0.05
        )


def test_gifs_are_animated_except_as_thumbnails(api, images):
    gif = next(image for image in images if image["type"] == "image/gif")
    moving = opened(api(f"/{gif['id']}.gif"))
    assert moving.n_frames > 1
    assert opened(api(f"/{gif['id']}h.gif")).n_frames == 1


def test_thumbnails_have_their_size_and_shape(subtests, api, images):
    for suffix, longest, square in [
        ("s", 90, True),
        ("b", 160, True),
        ("t", 160, False),
        ("m", 320, False),
        ("l", 640, False),
    ]:
        with subtests.test(suffix=suffix):
            image = next(i for i in images if i["type"] == "image/jpeg" and i["width"] > 2 * 640)
            drawn = opened(api(f"/{image['id']}{suffix}.jpg"))
            assert max(drawn.size) == longest
            assert (drawn.width == drawn.height) is square or image["width"] == image["height"]


def test_picture_follows_from_the_id():
    assert draw("aaaaaaa", "a", 300, 200) == draw("aaaaaaa", "a", 300, 200)
    assert draw("aaaaaaa", "a", 300, 200) != draw("aaaaaab", "a", 300, 200)


def test_pictures_of_odd_shapes_are_drawn(subtests):
    for size in [(1, 1), (3, 5000), (5000, 3), (10_000, 10_000)]:
        for kind in ["jpg", "png", "gif"]:
            with subtests.test(size=size, kind=kind):
                image = Image.open(
                    io.BytesIO(draw("abc", "a title \U0001f600 " * 30, *size, "", kind))
                )
                assert max(image.size) <= 1024
                assert min(image.size) >= 1


def test_pictures_and_pages_need_no_credits_or_client_id(sandbox, new_client):
    anonymous = new_client(sandbox, "")
    post = sandbox._app.store.world.posts[0]
    for path in ("/", f"/{post.cover}.jpg", f"/a/{post.id}", f"/gallery/{post.id}"):
        assert anonymous(path).status_code == 200
    assert sandbox.spent == 0
    assert {row.kind for row in sandbox.requests} == {"file"}


def test_page_of_an_account_shows_its_bio(api, world):
    person = next(one for one in world.people if one.bio and one.bio.isascii())
    page = api(f"/user/{person.url}")
    assert page.status_code == 200
    assert html.escape(person.bio) in page.text


def test_backgrounds_of_tags_are_drawn(api):
    tag = next(iter(api.sandbox._app.store.world.tags.values()))
    assert opened(api(f"/{tag.background_hash}.jpg")).width == 1024


def test_pages_escape_titles(api):
    world = api.sandbox._app.store.world
    post = next(p for p in world.posts if "&" in p.title or "'" in p.title or '"' in p.title)
    page = api(f"/gallery/some-words-{post.id}")
    assert page.headers["Content-Type"].startswith("text/html")
    title = page.text.partition("<title>")[2].partition("</title>")[0]
    assert "&" in title
    assert "&amp;#039;" not in title
    assert f"/{post.images[0].id}." in page.text


def test_escape_entities_leaves_no_markup():
    from imgurdata.sandbox.pages import escape_entities

    assert escape_entities('<script>"x"</script>') == "&lt;script&gt;&quot;x&quot;&lt;/script&gt;"
    assert escape_entities("&lt;b&gt; it&#039;s") == "&lt;b&gt; it&#x27;s"


def test_unknown_pictures_and_pages_are_404(subtests, api):
    for path in [
        "/zzzzzzz.jpg",
        "/zzzzzzz.mp4",
        "/abc.jpg",
        "/a/zzzzzzz",
        "/nothing/here",
        "/user/no_one_is",
    ]:
        with subtests.test(path=path):
            answer = api(path)
            assert answer.status_code == 404
            assert answer.headers["Content-Type"].startswith("text/html")


def test_only_moving_pictures_are_films(subtests, api, images):
    for kind, status in [("image/gif", 200), ("image/jpeg", 404), ("image/png", 404)]:
        with subtests.test(kind=kind):
            image = next(image for image in images if image["type"] == kind)
            assert api(f"/{image['id']}.mp4").status_code == status


def test_videos_are_mp4_files_of_drawn_pictures(api, images):
    film = next(image for image in images if image["type"] == "video/mp4")
    answer = api(f"/{film['id']}.mp4")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "video/mp4")
    boxes, rest = {}, answer.content
    while rest:
        length = int.from_bytes(rest[:4], "big")
        assert 8 <= length <= len(rest)
        boxes[rest[4:8]], rest = rest[8:length], rest[length:]
    assert list(boxes) == [b"ftyp", b"moov", b"mdat"]
    # The table of frames points at JPEGs within the file, one behind the other.
    moov = boxes[b"moov"]
    begin = int.from_bytes(moov[moov.index(b"stco") + 12 :][:4], "big")
    table = moov[moov.index(b"stsz") + 12 :]
    count = int.from_bytes(table[:4], "big")
    for frame in range(count):
        size = int.from_bytes(table[4 + 4 * frame :][:4], "big")
        picture = answer.content[begin : begin + size]
        with Image.open(io.BytesIO(picture)) as drawn:
            assert drawn.format == "JPEG"
        begin += size
    assert begin == len(answer.content)


def test_pictures_are_revalidated(api, images):
    image = next(image for image in images if image["type"] == "image/jpeg")
    etag = api(f"/{image['id']}.jpg").headers["ETag"]
    assert api(f"/{image['id']}.jpg", headers={"If-None-Match": etag}).status_code == 304
    assert api("/", "POST").status_code == 405


def test_captions_are_drawn_with_what_the_font_has():
    odd = draw("abc", "K\u00e4tzchen \U0001f600\n\u2019s Z\u00fcge \u2014 \u2026", 600, 400)
    assert odd == draw("abc", "Katzchen 's Zuge - ...", 600, 400)
