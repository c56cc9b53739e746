"""Albums and images outside the gallery, by their own paths: who gets to see them, and how."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from imgurdata.sandbox.upload_json import UPLOAD_HALF_LIFE
from imgurdata.sandbox.world import WORLD_NOW


@pytest.fixture
def albums(world):
    """One album with images of each privacy."""
    out = {}
    for account in world.accounts.values():
        for album in world.uploads.albums_of(account, account, WORLD_NOW):
            if album.images_at(WORLD_NOW):
                out.setdefault(album.privacy, album)
    assert set(out) == {"public", "hidden", "secret"}
    return out


@pytest.mark.parametrize("privacy", ["public", "hidden"])
def test_albums_that_everybody_with_the_address_may_see(look, albums, privacy):
    album = albums[privacy]
    whole = look.data(f"/3/album/{album.id}")
    assert whole["privacy"] == privacy
    assert whole["in_gallery"] is False
    assert whole["images"] == look.data(f"/3/album/{album.id}/images")
    assert "deletehash" not in whole
    for image in whole["images"]:
        assert not {"deletehash", "name"} & set(image)
        alone = look.data(f"/3/image/{image['id']}")
        assert alone == look.data(f"/3/album/{album.id}/image/{image['id']}")
        assert {name: alone[name] for name in image if name != "nsfw"} == {
            name: value for name, value in image.items() if name != "nsfw"
        }
    assert look.data(f"/3/album/{album.id}/comments") == []
    assert look.data(f"/3/image/{whole['images'][0]['id']}/comments") == []
    assert look(f"/3/gallery/{album.id}").status_code == 404


def test_a_secret_album_is_its_owners_alone(look, signed_in, world, albums):
    album = albums["secret"]
    image = album.images[0].id
    owner = signed_in(world.accounts[album.account_id].url)
    stranger = signed_in(next(a.url for a in world.accounts.values() if a.id != album.account_id))
    paths = [
        f"/3/album/{album.id}",
        f"/3/album/{album.id}/images",
        f"/3/album/{album.id}/image/{image}",
        f"/3/album/{album.id}/comments",
        f"/3/image/{image}",
    ]
    for path in paths:
        assert owner(path).status_code == 200
        for asker in (look, stranger):
            answer = asker(path)
            assert (answer.status_code, answer.json()["data"]["error"]) == (403, "Unauthorized")
    assert look(f"/a/{album.id}").status_code == 404


def test_only_owners_see_names_and_delete_hashes(look, signed_in, world, albums):
    album = albums["public"]
    owner = signed_in(world.accounts[album.account_id].url)
    mine = owner.data(f"/3/album/{album.id}")
    assert len(mine["deletehash"]) == 15
    assert [image["name"] for image in mine["images"]] == [image.name for image in album.images]
    theirs = look.data(f"/3/album/{album.id}")
    hidden = {"deletehash", "name"}
    shown = [{k: v for k, v in image.items() if k not in hidden} for image in mine["images"]]
    assert theirs["images"] == shown
    post = next(p for p in world.posts if p.is_album and p.created <= WORLD_NOW)
    author = signed_in(world.accounts[post.account_id].url)
    assert len(author.data(f"/3/album/{post.id}")["deletehash"]) == 15
    assert "deletehash" in author.data(f"/3/image/{post.images[0].id}")
    assert "deletehash" not in owner.data(f"/3/image/{post.images[0].id}")
    assert b"deletehash" not in author(f"/3/gallery/{post.id}").content


def test_views_grow_slowly(sandbox, ask):
    world = sandbox._app.world
    album = max(
        (
            album
            for account in world.accounts.values()
            for album in world.uploads.albums_of(account, None, WORLD_NOW)
            if album.created > WORLD_NOW - UPLOAD_HALF_LIFE
        ),
        key=lambda album: album.views,
    )
    before = ask.data(f"/3/album/{album.id}")["views"]
    sandbox.advance("10d")
    after = ask.data(f"/3/album/{album.id}")["views"]
    age = WORLD_NOW + 10 * 86_400 - album.created
    assert after == int(album.views * (1 - 2 ** (-age / UPLOAD_HALF_LIFE))) > before


def test_an_album_appears_and_fills_with_the_clock(sandbox, ask):
    world = sandbox._app.world
    album = next(
        album
        for account in world.accounts.values()
        for album in world.uploads.albums_of(account, None, 60 * 86_400)
        if album.created > WORLD_NOW and album.images
    )
    name = world.accounts[album.account_id].url
    assert ask(f"/3/album/{album.id}").status_code == 404
    count = ask.data(f"/3/account/{name}/albums/count")
    sandbox.advance(album.created - WORLD_NOW)
    record = ask.data(f"/3/album/{album.id}")
    assert record["images_count"] == len(album.images_at(album.created))
    assert ask.data(f"/3/account/{name}/albums/count") > count


def test_an_empty_album(look, world):
    empty = next(
        album
        for account in world.accounts.values()
        for album in world.uploads.albums_of(account, None, WORLD_NOW)
        if not album.images
    )
    record = look.data(f"/3/album/{empty.id}")
    assert [record[name] for name in ("cover", "cover_width", "cover_height")] == [None] * 3
    assert (record["images"], record["images_count"]) == ([], 0)
    assert look.data(f"/3/album/{empty.id}/images") == []


def test_their_pictures_are_drawn(look, albums):
    for album in albums.values():
        image = album.images[0]
        extension = "gif" if image.type == "image/gif" else "jpg"
        drawn = look(f"/{image.id}.{extension}")
        assert drawn.status_code == 200
        width, height = Image.open(io.BytesIO(drawn.content)).size
        assert width / height == pytest.approx(image.width / image.height, rel=0.05)
    page = look(f"/a/{albums['hidden'].id}")
    assert albums["hidden"].images[0].id in page.text


def test_a_loose_image(look, signed_in, world):
    image, upload = next(
        (image, upload)
        for account in world.accounts.values()
        for image, upload in world.uploads.images_of(account, WORLD_NOW)
        if upload.id is None and upload.privacy != "secret"
    )
    assert look.data(f"/3/image/{image.id}")["id"] == image.id
    owner = signed_in(world.accounts[upload.account_id].url)
    assert owner.data(f"/3/image/{image.id}")["name"] == image.name
