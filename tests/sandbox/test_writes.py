"""What is written is there afterwards, counts follow, and what is wrong is refused."""

from __future__ import annotations

import base64
import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import requests
from PIL import Image

from imgurdata.sandbox import Sandbox
from imgurdata.sandbox import upload_routes as uploads
from imgurdata.sandbox.films import film
from imgurdata.sandbox.routes import ROUTES
from imgurdata.sandbox.store import Store
from imgurdata.sandbox.votes import FIRST_COMMENT


def picture(kind="PNG", size=(40, 30), **options):
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **options)
    return out.getvalue()


def moving():
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("teal", "red")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    return out.getvalue()


@pytest.fixture
def me(sandbox, new_client):
    return new_client(sandbox, f"Bearer {sandbox.issue_token(sandbox.account)}")


@pytest.fixture
def other(sandbox, new_client):
    world = sandbox._app.store.world
    name = next(one.url for one in world.people if one.url != sandbox.account)
    return new_client(sandbox, f"Bearer {sandbox.issue_token(name)}")


def post(client, path, **form):
    answer = client(path, "POST", data=form)
    assert answer.status_code == 200, answer.text[:300]
    return answer.json()["data"]


def delete(client, path):
    answer = client(path, "DELETE")
    assert answer.status_code == 200, answer.text[:300]
    return answer.json()["data"]


# Uploads ------------------------------------------------------------------------------------------


def test_upload_takes_each_form_and_gives_the_bytes_back(subtests, sandbox, me, client):
    raw = picture()
    encoded = base64.b64encode(raw).decode()
    data = me.data("/3/gallery/user/time/0")
    link = next(row["link"] for row in data if not row["is_album"] and row["type"] == "image/jpeg")
    forms = [
        ("multipart", raw, {"files": {"image": ("a cat.png", raw)}}),
        ("base64", raw, {"data": {"image": encoded, "type": "base64"}}),
        ("base64 guessed", raw, {"data": {"image": encoded}}),
        ("data URI", raw, {"data": {"image": f"data:image/png;base64,{encoded}"}}),
        ("JSON", raw, {"json": {"image": encoded, "title": "T"}}),
        ("URL", requests.get(link, timeout=20).content, {"data": {"image": link, "type": "url"}}),
    ]
    for path in ("/3/image", "/3/upload"):
        for name, content, form in forms:
            for sender in (me, client):
                with subtests.test(path=path, form=name, sender=sender is me):
                    spent = sandbox.spent
                    answer = sender(path, "POST", **form)
                    assert answer.status_code == 200, answer.text[:300]
                    row = answer.json()["data"]
                    assert sandbox.spent == spent + 10
                    assert (row["size"], row["views"], row["bandwidth"]) == (len(content), 0, 0)
                    assert (len(row["id"]), len(row["deletehash"])) == (7, 15)
                    assert requests.get(row["link"], timeout=20).content == content
                    assert (row["account_id"] != 0) is (sender is me)
                    shown = client.data(f"/3/image/{row['id']}")
                    assert "deletehash" not in shown
                    assert shown["width"] == row["width"]
    newest = me.data("/3/account/me/images/0")
    assert len([row for row in newest if row["datetime"] == int(sandbox.clock())]) == 12


def test_uploads_have_titles_names_types_and_thumbnails(subtests, sandbox, me):
    kinds = [
        (picture("JPEG"), "image/jpeg", False), (picture("GIF"), "image/gif", False),
        (moving(), "image/gif", True), (picture("TIFF"), "image/png", False),
        (b"\0\0\0\x18ftypmp42" + bytes(40), "video/mp4", True),
    ]  # fmt: skip
    for content, kind, animated in kinds:
        with subtests.test(kind=kind, animated=animated):
            form = {"title": "A title", "description": "Words"}
            row = me("/3/image", "POST", files={"image": ("one.two.x", content)}, data=form).json()
            row = row["data"]
            assert (row["type"], row["animated"], row["name"]) == (kind, animated, "one.two")
            assert (row["title"], row["description"]) == ("A title", "Words")
            assert ("mp4" in row) is animated
            if animated:
                assert requests.get(row["mp4"], timeout=20).content[4:8] == b"ftyp"
    row = post(me, "/3/image", image=base64.b64encode(picture(size=(800, 600))))
    small = requests.get(row["link"].replace(row["id"], row["id"] + "s"), timeout=20).content
    with Image.open(io.BytesIO(small)) as thumbnail:
        assert thumbnail.size == (90, 90)
    content = film("a1b2c3d", "A film", 64, 48)
    row = me("/3/image", "POST", files={"video": ("a film.mp4", content)}).json()["data"]
    assert (row["width"], row["height"], row["size"]) == (64, 48, len(content))
    assert requests.get(f"{sandbox.url}/{row['id']}s.jpg", timeout=20).status_code == 404


def test_wrong_uploads_are_refused_as_recorded(subtests, sandbox, client, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_STILL", 2000)
    monkeypatch.setattr(uploads, "MAX_MOVING", 3000)
    invalid = {
        "code": 1003, "message": "File type invalid (1)", "type": "ImgurException",
        "exception": [],
    }  # fmt: skip
    nothing, large = "No image data was sent to the upload api", "File is over the size limit"
    noise = Image.effect_noise((60, 60), 90)
    out = io.BytesIO()
    noise.save(out, "PNG")
    for form, error in [
        ({"data": {}}, nothing),
        ({"data": {"title": "T"}}, nothing),
        ({"data": {"image": " "}}, nothing),
        ({"files": {"image": b""}}, nothing),
        ({"data": {"image": "not base64!"}}, invalid),
        ({"data": {"image": base64.b64encode(b"plain text")}}, invalid),
        ({"files": {"image": b"%PDF-1.7"}}, invalid),
        ({"files": {"image": out.getvalue()}}, large),
        ({"files": {"image": b"\0\0\0\x18ftyp" + bytes(4000)}}, large),
        ({"data": {"image": "http://192.0.2.1/a.png", "type": "url"}},
         "Invalid URL (http://192.0.2.1/a.png)"),
        ({"data": {"image": f"{sandbox.url}/nosuch1.png"}},
         f"Invalid URL ({sandbox.url}/nosuch1.png)"),
        ({"json": ["a list"]}, nothing),
    ]:  # fmt: skip
        with subtests.test(form=str(form)[:60]):
            answer = client("/3/image", "POST", **form)
            assert answer.status_code == 400
            wanted = {"error": error, "request": "/3/image", "method": "POST"}
            assert answer.json() == {"data": wanted, "success": False, "status": 400}


def test_posts_of_an_address_have_a_limit(new_client):
    with Sandbox(limits={"post": 2}) as sandbox:
        client = new_client(sandbox)
        raw = base64.b64encode(picture())
        statuses = [client("/3/image", "POST", data={"image": raw}).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
        assert sandbox.spent == 20


def test_upload_needs_ten_credits(new_client):
    with Sandbox(limits={"user": 12}) as sandbox:
        client = new_client(sandbox)
        raw = base64.b64encode(picture())
        assert client("/3/image", "POST", data={"image": raw}).status_code == 200
        assert client("/3/image", "POST", data={"image": raw}).status_code == 429
        assert client("/3/tags").status_code == 200


# Images and albums --------------------------------------------------------------------------------


def test_delete_hash_or_owner_may_change_an_image_and_nobody_else(sandbox, me, other, client):
    row = post(me, "/3/image", image=base64.b64encode(picture()))
    path, by_hash = f"/3/image/{row['id']}", f"/3/image/{row['deletehash']}"
    for stranger in (other, client):
        assert stranger(path, "DELETE").status_code == 403
        assert stranger(path, "POST", data={"title": "Theirs"}).status_code == 403
    assert post(me, path, title="Mine") is True
    assert post(client, by_hash, description="Also mine") is True
    shown = client.data(path)
    assert (shown["title"], shown["description"]) == ("Mine", "Also mine")
    etag = client(path).headers["ETag"]
    assert delete(client, by_hash) is True
    assert client(path, headers={"If-None-Match": etag}).status_code == 404
    assert row["id"] not in me.data("/3/account/me/images/ids/0")
    # Its file redirects to one of Imgur's own.
    gone = requests.get(row["link"], timeout=20)
    assert gone.url == f"{sandbox.url}/removed.png"
    assert gone.headers["Content-Type"] == "image/png"
    assert me("/3/image", "POST", data={"image": row["link"]}).status_code == 400
    assert me(path, "DELETE").status_code == 404
    own = me("/3/account/me/image/" + row["deletehash"], "DELETE")
    assert (own.status_code, own.json()["success"]) == (200, True)
    assert own.json()["data"]["error"] == "Unauthorized"


def test_albums_hold_what_they_are_given(sandbox, me, client):
    one, two, three = (
        post(me, "/3/image", image=base64.b64encode(picture()))["id"] for _ in range(3)
    )
    count = me.data("/3/account/me/images/count")
    made = post(me, "/3/album", **{"ids[]": [one, two], "title": "T", "cover": two})
    path = f"/3/album/{made['id']}"

    def ids():
        return [row["id"] for row in client.data(f"{path}/images")]

    album = client.data(path)
    assert (album["title"], album["cover"], album["images_count"]) == ("T", two, 2)
    assert post(me, f"{path}/add", ids=f"{three},{one}") is True
    assert ids() == [one, two, three]
    assert post(me, f"{path}/remove_images", ids=two) is True
    assert ids() == [one, three]
    assert client.data(path)["cover"] == one
    assert me.data("/3/account/me/images/count") == count
    assert me(path, "PUT", data={"title": "New", "privacy": "secret"}).json()["data"] is True
    assert client(path).status_code == 403
    assert me.data(path)["title"] == "New"
    assert post(me, path, **{"ids[]": two}) is True
    assert [row["id"] for row in me.data(f"{path}/images")] == [two]
    into = me("/3/image", "POST", data={"image": base64.b64encode(picture()), "album": made["id"]})
    assert [row["id"] for row in me.data(f"{path}/images")] == [two, into.json()["data"]["id"]]
    assert delete(me, path) is True
    assert me(path).status_code == 404
    # The pictures stay in the account.
    assert me.data("/3/account/me/images/count") == count + 1
    assert client.data(f"/3/image/{two}")["id"] == two
    again = me(f"/3/account/me/album/{made['deletehash']}", "DELETE").json()
    assert again["success"] is True
    assert again["data"]["error"].startswith("Album not found")
    # One picture may be in two albums, and is loose only when both are gone.
    first, second = (post(me, "/3/album", ids=one)["id"] for _ in range(2))
    assert delete(me, f"/3/account/me/album/{second}") is True
    assert [row["id"] for row in me.data(f"/3/album/{first}/images")] == [one]
    assert me.data(f"/3/image/{one}")["id"] == one
    assert me.data("/3/account/me/images/count") == count + 1
    assert delete(me, f"/3/album/{first}") is True
    assert me.data(f"/3/image/{one}")["id"] == one


def test_loose_pictures_of_the_world_are_put_into_albums_one_by_one(sandbox, new_client):
    world = sandbox._app.store.world
    home = next(one for one in world.uploads.all() if one.id is None and len(one.images) > 3)
    owner = world.accounts[home.account_id]
    client = new_client(sandbox, f"Bearer {sandbox.issue_token(owner.url)}")
    ids = client.data("/3/account/me/images/ids/0")
    first = home.images[0].id
    album = post(client, "/3/album", ids=first)["id"]
    assert [row["id"] for row in client.data(f"/3/album/{album}/images")] == [first]
    assert client.data("/3/account/me/images/ids/0") == ids
    for image in home.images[:2]:
        assert client.data(f"/3/image/{image.id}")["id"] == image.id


def test_anonymous_albums_are_made_of_delete_hashes(client, other):
    rows = [post(client, "/3/image", image=base64.b64encode(picture())) for _ in range(2)]
    made = post(client, "/3/album", **{"deletehashes[]": [row["deletehash"] for row in rows]})
    album = client.data(f"/3/album/{made['id']}")
    assert [row["id"] for row in album["images"]] == [row["id"] for row in rows]
    assert (album["account_url"], album["account_id"]) == (None, None)
    assert other(f"/3/album/{made['id']}", "DELETE").status_code == 403
    assert delete(client, f"/3/album/{made['deletehash']}") is True


# The gallery --------------------------------------------------------------------------------------


def test_shared_posts_are_listed_searched_commented_and_removed(sandbox, me, other, client):
    image = post(me, "/3/image", image=base64.b64encode(picture()))["id"]
    album = post(me, "/3/album", **{"ids[]": image, "title": "Private title"})["id"]
    form = {"title": "Zylophon quux", "tags": "cats,brand new", "terms": 1}
    assert me(f"/3/gallery/album/{album}", "POST", data={"terms": 1}).status_code == 400
    assert other(f"/3/gallery/album/{album}", "POST", data=form).status_code == 403
    before = client.data("/3/gallery/t/cats/time/0")["items"]
    assert post(me, f"/3/gallery/album/{album}", **form) is True
    assert me(f"/3/gallery/album/{album}", "POST", data=form).status_code == 409
    row = client.data("/3/gallery/user/time/0")[0]
    assert (row["id"], row["title"], row["ups"]) == (album, "Zylophon quux", 1)
    assert [tag["name"] for tag in row["tags"]] == ["cats", "brand_new"]
    assert client.data("/3/gallery/search?q=zylophon")[0]["id"] == album
    assert client.data("/3/gallery/t/cats/time/0")["items"][0]["id"] == album
    assert client.data("/3/gallery/t/cats/time/0")["items"][1:] == before[:-1]
    assert me.data("/3/account/me/submissions/0")[0]["id"] == album
    assert client.data(f"/3/gallery/{album}/votes") == {"ups": 1, "downs": 0}
    number = post(other, f"/3/gallery/{album}/comment", comment="First")["id"]
    assert client.data(f"/3/gallery/{album}")["comment_count"] == 1
    assert me(f"/3/gallery/tags/{album}", "POST", data={"tags": "dogs"}).status_code == 200
    assert client.data(f"/3/gallery/{album}")["tags"][0]["name"] == "dogs"
    assert other(f"/3/gallery/{album}", "DELETE").status_code == 403
    assert delete(me, f"/3/gallery/{album}") is True
    assert client(f"/3/gallery/{album}").status_code == 404
    assert client.data(f"/3/album/{album}")["title"] == "Private title"
    assert client.data(f"/3/comment/{number}")["comment"] == "First"


def test_shared_images_follow_their_image(me, client):
    image = post(me, "/3/image", image=base64.b64encode(picture()))["id"]
    post(me, f"/3/gallery/image/{image}", title="Shared")
    row = client.data(f"/3/gallery/{image}")
    assert (row["is_album"], row["title"], row["description"]) == (False, "Shared", None)
    post(me, f"/3/image/{image}", description="Later")
    shown = client.data(f"/3/image/{image}")
    assert (shown["in_gallery"], shown["title"]) == (True, "Shared")
    assert client.data(f"/3/gallery/image/{image}")["id"] == image
    # A client that cannot send DELETE says so in a field.
    assert post(me, f"/3/image/{image}?_method=delete") is True
    assert client(f"/3/gallery/{image}").status_code == 404


def test_shared_albums_follow_their_album(me, client):
    images = [post(me, "/3/image", image=base64.b64encode(picture()))["id"] for _ in range(2)]
    album, emptied = (post(me, "/3/album", ids=",".join(images))["id"] for _ in range(2))
    for name in (album, emptied):
        post(me, f"/3/gallery/album/{name}", title="Shared")
    post(me, f"/3/album/{album}/remove_images", ids=images[0])
    assert [row["id"] for row in client.data(f"/3/gallery/{album}")["images"]] == [images[1]]
    post(me, f"/3/album/{emptied}/remove_images", ids=",".join(images))
    assert client(f"/3/gallery/{emptied}").status_code == 404
    assert client.data(f"/3/album/{emptied}")["images"] == []
    assert delete(me, f"/3/account/me/album/{album}") is True
    assert client(f"/3/gallery/{album}").status_code == 404


def test_votes_count_once_and_can_be_taken_back(sandbox, me, other, client):
    rows = me.data("/3/gallery/hot/viral/day/0")
    item = next(row for row in rows if row["vote"] is None)["id"]
    start = client.data(f"/3/gallery/{item}/votes")
    for choice, ups, downs, shown in [
        ("up", 1, 0, "up"), ("up", 1, 0, "up"), ("down", 0, 1, "down"), ("veto", 0, 0, None),
    ]:  # fmt: skip
        assert post(me, f"/3/gallery/{item}/vote/{choice}") is True
        votes = client.data(f"/3/gallery/{item}/votes")
        assert votes == {"ups": start["ups"] + ups, "downs": start["downs"] + downs}
        row = me.data(f"/3/gallery/{item}")
        assert (row["vote"], row["points"]) == (shown, votes["ups"] - votes["downs"])
        assert client.data(f"/3/gallery/{item}")["vote"] is None
    assert me(f"/3/gallery/{item}/vote/sideways", "POST").status_code == 400
    assert client(f"/3/gallery/{item}/vote/up", "POST").status_code == 403
    assert me("/3/gallery/nosuch1/vote/up", "POST").status_code == 404
    tagged = next(row for row in rows if row["tags"])
    name = tagged["tags"][0]["name"]
    before = client.data(f"/3/gallery/{tagged['id']}/tags")["tags"][0]["ups"]
    post(me, f"/3/gallery/{tagged['id']}/vote/tag/{name}/up")
    post(me, f"/3/gallery/{tagged['id']}/vote/tag/{name}/up")
    assert client.data(f"/3/gallery/{tagged['id']}/tags")["tags"][0]["ups"] == before + 1


def test_what_clients_write_has_no_votes_that_nobody_cast(sandbox):
    store = sandbox._app.store
    account, post = store.world.default_account, store.world.posts[0]
    comment = next(iter(store.world.comments.by_id.values()))
    new = [replace(comment, id=FIRST_COMMENT + number) for number in range(200)]
    new += [replace(post, id=f"new{number}") for number in range(200)]
    assert {store.votes.vote(account, thing) for thing in new} == {None}


def test_favorites_toggle_and_are_counted(sandbox, me, other, client):
    rows = me.data("/3/gallery/hot/viral/day/0")
    item = next(row for row in rows if not row["favorite"] and row["is_album"])
    path = f"/3/album/{item['id']}/favorite"
    sandbox.advance(1)
    assert post(me, path) == "favorited"
    assert me.data(f"/3/gallery/{item['id']}")["favorite"] is True
    count = client.data(f"/3/gallery/{item['id']}")["favorite_count"]
    assert me.data("/3/account/me/favorites/0")[0]["id"] == item["id"]
    assert client.data(f"/3/account/{sandbox.account}/gallery_favorites")[0]["id"] == item["id"]
    assert post(me, path) == "unfavorited"
    assert client.data(f"/3/gallery/{item['id']}")["favorite_count"] == count - 1
    assert me.data("/3/account/me/favorites/0")[0]["id"] != item["id"]
    # What is not in the gallery is seen by the owner alone, without counts of votes.
    image = post(me, "/3/image", image=base64.b64encode(picture()))["id"]
    assert post(me, f"/3/image/{image}/favorite") == "favorited"
    row = me.data("/3/account/me/favorites/0")[0]
    assert (row["id"], row["in_gallery"], row["ups"]) == (image, False, None)
    public = client.data(f"/3/account/{sandbox.account}/gallery_favorites")
    assert image not in {row["id"] for row in public}
    assert me("/3/image/nosuch1/favorite", "POST").status_code == 404
    album, meme = post(me, "/3/album", ids=image)["id"], me.data("/3/memegen/defaults")[0]["id"]
    sandbox.advance(1)
    for path in (f"/3/album/{album}/favorite", f"/3/image/{meme}/favorite"):
        assert post(me, path) == "favorited"
    rows = {row["id"]: row["is_album"] for row in me.data("/3/account/me/favorites/0")[:3]}
    assert rows == {album: True, meme: False, image: False}
    # What is deleted is no favourite any more.
    delete(me, f"/3/image/{image}")
    assert image not in {row["id"] for row in me.data("/3/account/me/favorites/0")}


# Comments and notifications -----------------------------------------------------------------------


def test_comments_are_in_the_tree_and_notify(sandbox, me, other, client):
    item = me.data("/3/gallery/hot/viral/day/0")[0]["id"]
    count = client.data(f"/3/gallery/{item}")["comment_count"]
    total = client.data(f"/3/gallery/{item}/comments/count")
    root = post(me, "/3/comment", image_id=item, comment="A root")["id"]
    sandbox.advance(1)
    reply = post(other, f"/3/comment/{root}", image_id=item, comment="A reply")["id"]
    assert client.data(f"/3/gallery/{item}/comments/count") == total + 2
    tree = client.data(f"/3/gallery/{item}/comments/new")
    assert (tree[0]["id"], tree[0]["children"][0]["id"]) == (root, reply)
    row = me.data(f"/3/comment/{root}")
    assert (row["ups"], row["vote"], row["platform"]) == (1, "up", "api")
    assert me.data("/3/account/me/comments")[0]["id"] == root
    (note,) = [n for n in me.data("/3/notification")["replies"] if n["content"]["id"] == reply]
    assert post(me, f"/3/notification/{note['id']}") is True
    assert note["id"] not in {n["id"] for n in me.data("/3/notification")["replies"]}
    assert me.data(f"/3/notification/{note['id']}")["viewed"] is True
    assert post(me, f"/3/comment/{reply}/vote/down") is True
    assert client.data(f"/3/comment/{reply}")["points"] == 0
    refused = other(f"/3/comment/{root}", "DELETE").json()
    assert (refused["success"], refused["data"]["error"]) == (True, "Comment not found")
    assert delete(me, f"/3/account/me/comment/{root}") is True
    assert client.data(f"/3/comment/{root}")["comment"] == "[deleted]"
    assert client.data(f"/3/gallery/{item}/comments/count") == total + 1
    assert client.data(f"/3/gallery/{item}")["comment_count"] - count in (1, 2)
    for form, status in [
        ({"image_id": item}, 400), ({"image_id": item, "comment": "x" * 501}, 400),
        ({"comment": "Where?"}, 400), ({"image_id": "nosuch1", "comment": "x"}, 404),
        ({"image_id": item, "comment": "x", "parent_id": root}, 404),
    ]:  # fmt: skip
        assert me("/3/comment", "POST", data=form).status_code == status
    assert client("/3/comment", "POST", data={"image_id": item, "comment": "x"}).status_code == 403


# Accounts -----------------------------------------------------------------------------------------


def test_settings_change_and_a_new_name_is_kept_by_the_token(sandbox, me, other, client):
    form = {"bio": "New <bio>", "show_mature": "1", "album_privacy": "public", "unknown": "x"}
    assert me("/3/account/me/settings", "PUT", data=form).json()["data"] is True
    settings = me.data("/3/account/me/settings")
    assert (settings["show_mature"], settings["album_privacy"]) == (True, "public")
    assert any(row["nsfw"] for page in range(5) for row in me.data(f"/3/gallery/user/time/{page}"))
    assert client.data(f"/3/account/{sandbox.account}")["bio"] == "New <bio>"
    old, people = sandbox.account, sandbox._app.store.world.people
    taken = next(one.url for one in people if one.url.isalnum() and one.url != old)
    for name, status in [("x", 400), ("with space", 400), (taken, 409)]:
        assert me("/3/account/me/settings", "POST", data={"username": name}).status_code == status
    assert post(me, "/3/account/me/settings", username="brandnew") is True
    assert me.data("/3/account/me")["url"] == client.data("/3/account/BrandNew")["url"]
    assert client(f"/3/account/{old}").status_code == 404
    assert other("/3/account/brandnew/settings", "PUT", data=form).status_code == 403


def test_followed_tags_show_and_count(me, client):
    tag = client.data("/3/gallery/tag_info/cats")
    assert me("/3/account/me/follow/tag/cats", "DELETE").status_code == 409
    assert me("/3/account/me/follow/tag/nosuchtag", "POST").status_code == 404
    assert post(me, "/3/account/me/follow/tag/cats") is True
    followed = me.data("/3/gallery/tag_info/cats")
    assert (followed["following"], followed["followers"]) == (True, tag["followers"] + 1)
    assert client.data("/3/gallery/tag_info/cats")["following"] is False
    assert all("post" in item for item in me.data("/3/feed")["items"])
    assert delete(me, "/3/account/me/follow/tag/cats") is True
    assert me.data("/3/gallery/tag_info/cats") == tag


def test_blocks_and_messages(sandbox, me, other):
    name = other.data("/3/account/me")["url"]
    blocked = me(f"/account/v1/{name}/block", "POST").json()
    assert blocked == {"data": {"blocked": True}}
    assert {"url": name} in me.data("/3/account/me/block")["items"]
    assert me.data(f"/3/account/{name}")["is_blocked"] is True
    mine = f"/3/conversations/{sandbox.account}"
    assert other(mine, "POST", data={"body": "Hi"}).status_code == 403
    assert delete(me, f"/account/v1/{name}/block") == {"blocked": False}
    assert other(mine, "POST", data={}).status_code == 400
    assert post(other, mine, body="Hi") is True
    row = me.data("/3/conversations")[0]
    assert (row["with_account"], row["last_message_preview"]) == (name, "Hi")
    note = me.data("/3/notification")["messages"][0]
    assert (note["content"]["from"], note["content"]["last_message"]) == (name, "Hi")
    assert delete(me, f"/3/conversations/{row['id']}") is True
    assert row["id"] not in {one["id"] for one in me.data("/3/conversations")}
    assert row["id"] in {one["id"] for one in other.data("/3/conversations")}


def test_custom_galleries_are_made_of_tags(me, other):
    made = post(me, "/3/g", name="Mine", tags="cats")
    path = f"/3/g/{made['id']}"
    cats = me.data(f"{path}/time/all/0")
    assert {"cats"} <= {tag["name"] for tag in cats["items"][0]["tags"]}
    assert cats["item_count"] == len(cats["items"]) == 60
    assert me(f"{path}/add_tags", "PUT", data={"tags": "dogs"}).json()["data"] is None
    assert me(f"{path}/remove_tags", "DELETE", params={"tags": "cats"}).status_code == 200
    assert me.data(f"{path}/time/all/0")["tags"] == ["dogs"]
    assert other(path).status_code == 404
    assert delete(me, path) is True
    assert me(path).status_code == 404
    post(me, "/3/g/block_tag", tag="space")
    assert "space" in me.data("/3/g/filtered_out")["tags"]


# All writes ---------------------------------------------------------------------------------------


def test_wrong_requests_are_refused_with_their_reason(subtests, sandbox, me):
    world = sandbox._app.store.world
    rows = me.data("/3/gallery/hot/viral/day/0")
    item = next(row for row in rows if row["is_album"])["id"]
    elsewhere = me.data("/3/gallery/user/time/0")[0]["id"]
    comment = post(me, "/3/comment", image_id=elsewhere, comment="On another post")["id"]
    empty, shared = (post(me, "/3/album", title="T")["id"] for _ in range(2))
    image = post(me, "/3/image", image=base64.b64encode(picture()), album=shared)["id"]
    post(me, f"/3/gallery/album/{shared}", title="Shared")
    unread = next(name for name in world.tags if name not in world.post_by_id[item].tags)
    forum = next(post for post in world.forums.post_by_id.values() if post.created < 0)
    mine = next(one.id for one in world.conversations.values() if sandbox.account in
                {world.accounts[who].url for who in one.accounts})  # fmt: skip
    missing, no_image_ids, own = "Not Found", "No image IDs were sent", "/3/account/me"
    for method, path, form, status, error in [
        ("PUT", f"{own}/settings", {"album_privacy": "open"}, 400, "Invalid album privacy"),
        ("PUT", f"{own}/settings", {"bio": "b" * 2001}, 400, "The bio is too long"),
        ("PUT", f"{own}/settings", {"avatar": "nobody's"}, 400, "Invalid avatar"),
        ("POST", f"{own}/delete", {}, 400, "A password is required"),
        ("POST", "/3/notification/5", {}, 404, missing),
        ("POST", f"/3/album/{empty}/add", {}, 400, no_image_ids),
        ("POST", f"/3/album/{empty}/remove_images", {}, 400, no_image_ids),
        ("PUT", "/3/album/zzzzzzz", {}, 404, "Unable to find an album with the id, zzzzzzz."),
        ("DELETE", f"{own}/album/zzzzzzz", {}, 200, "Album not foundzzzzzzz"),
        ("POST", f"/3/gallery/{item}/comment/{comment}", {"comment": "x"}, 404,
         "Comment not found"),
        ("POST", f"/3/gallery/{item}/vote/tag/{unread}/up", {}, 404, "Tag does not exist"),
        ("POST", f"/3/gallery/{item}/report", {"reason": "9"}, 400, "Invalid report reason"),
        ("POST", f"/3/comment/{comment}/report", {"reason": "9"}, 400, "Invalid report reason"),
        ("POST", f"/3/gallery/tags/{shared}", {}, 400, "No tags were sent"),
        ("POST", "/3/gallery/image/zzzzzzz", {"title": "T"}, 404, missing),
        ("POST", f"/3/gallery/album/{image}", {"title": "T"}, 404, missing),
        ("POST", f"/3/gallery/{empty}", {"title": "T"}, 400, "An empty album cannot be shared"),
        ("PUT", "/3/g/custom/add_tags", {}, 400, "No tags were sent"),
        ("POST", f"/3/conversations/{sandbox.account}", {"body": "Hi"}, 400,
         "Nobody can write to oneself"),
        ("GET", "/3/gallery/r/nowhere/time/0", {}, 404, missing),
        ("GET", f"/3/gallery/r/nowhere/{forum.id}", {}, 404, missing),
        ("GET", f"/3/g/memes/{shared}", {}, 404, missing),
        ("GET", "/3/topics/nothing/0", {}, 404, missing),
        ("GET", f"/3/topics/2/{shared}", {}, 404, missing),
        ("GET", f"/3/g/custom/{shared}", {}, 404, missing),
        ("GET", "/3/conversations/5", {}, 404, missing),
        ("GET", f"/3/conversations/{mine}/first", {}, 404, missing),
    ]:  # fmt: skip
        with subtests.test(method=method, path=path):
            answer = me(path, method, data=form)
            assert (answer.status_code, answer.json()["status"]) == (status, status)
            assert answer.json()["data"] == {"error": error, "request": path, "method": method}
    oneself = me(f"/account/v1/{sandbox.account}/block", "POST")
    assert oneself.status_code == 400
    assert oneself.json()["errors"][0]["detail"] == "Nobody can block oneself"


def test_mail_is_sent_until_the_address_is_verified(sandbox, new_client):
    answers = {}
    for person in sandbox._app.store.world.people[:20]:
        client = new_client(sandbox, f"Bearer {sandbox.issue_token(person.url)}")
        answer = client("/3/account/me/verifyemail", "POST")
        answers[client.data("/3/account/me/verifyemail")] = answer.json()["data"]
    assert answers[False] is True
    assert answers[True]["error"] == "User Previously Verified"


def test_writes_of_accounts_need_a_token(subtests, client):
    anonymous = {"W1", "W2", "W3", "W5", "W6", "W7", "W9", "W10", "W11"}
    for route in ROUTES:
        if route.reference.startswith("W") and route.reference not in anonymous:
            path = route.path.replace("{user}", "me").replace("{kind?=album|image}/", "")
            with subtests.test(reference=route.reference):
                assert client(path, route.method).status_code == 403


def test_two_sandboxes_share_nothing(me, sandbox, new_client):
    item = me.data("/3/gallery/hot/viral/day/0")[0]["id"]
    post(me, "/3/comment", image_id=item, comment="Here")
    with Sandbox() as second:
        there = new_client(second)
        here = new_client(sandbox).data(f"/3/gallery/{item}/comments/count")
        assert there.data(f"/3/gallery/{item}/comments/count") == here - 1


@pytest.mark.decision("sandbox-store")
def test_many_threads_write_and_read(sandbox, new_client, monkeypatch):
    number_of = Store.new_comment_number

    def slow(store):
        version = store.version
        time.sleep(0.002)  # other threads run, and must not write meanwhile
        assert store.version == version
        return number_of(store)

    monkeypatch.setattr(Store, "new_comment_number", slow)
    token = sandbox.issue_token(sandbox.account)
    item = new_client(sandbox).data("/3/gallery/hot/viral/day/0")[0]["id"]
    start = new_client(sandbox).data(f"/3/gallery/{item}/comments/count")
    raw, errors = base64.b64encode(picture()), []
    barrier = threading.Barrier(8)
    clients = [new_client(sandbox, f"Bearer {token}") for _ in range(8)]

    def work(number):
        client = clients[number]
        barrier.wait()
        numbers = []
        for _ in range(6):
            if number % 2:
                numbers.append(post(client, "/3/comment", image_id=item, comment="x")["id"])
                image = post(client, "/3/image", image=raw)["id"]
                post(client, f"/3/gallery/image/{image}", title="T", tags=f"new{number},cats")
            else:
                for path in (
                    f"/3/gallery/{item}/comments", "/3/gallery/user/time/0", "/3/tags",
                    "/3/account/me/images/0", "/3/gallery/t/cats/time/0",
                ):  # fmt: skip
                    answer = client(path)
                    if answer.status_code != 200:
                        errors.append(answer.text)
        return numbers

    with ThreadPoolExecutor(8) as pool:
        written = [number for some in pool.map(work, range(8)) for number in some]
    assert not errors
    assert len(set(written)) == 24
    client = new_client(sandbox)
    assert client.data(f"/3/gallery/{item}/comments/count") == start + 24
    assert set(written) <= set(client.data(f"/3/gallery/{item}/comments/ids"))
    mine = clients[0].data("/3/account/me/submissions/0")
    assert sum(row["title"] == "T" for row in mine) == 24
