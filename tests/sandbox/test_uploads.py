"""Albums and images outside the gallery, by their own paths: who gets to see them, and how."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from imgurdata.sandbox.album_json import UPLOAD_HALF_LIFE
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


def test_public_and_hidden_albums_are_open_to_everybody(subtests, api, albums):
    for privacy in ["public", "hidden"]:
        with subtests.test(privacy=privacy):
            album = albums[privacy]
            whole = api.data(f"/3/album/{album.id}")
            assert whole["privacy"] == privacy
            assert whole["in_gallery"] is False
            assert whole["images"] == api.data(f"/3/album/{album.id}/images")
            assert "deletehash" not in whole
            for image in whole["images"]:
                assert not {"deletehash", "name"} & set(image)
                alone = api.data(f"/3/image/{image['id']}")
                assert alone == api.data(f"/3/album/{album.id}/image/{image['id']}")
                assert {name: alone[name] for name in image if name != "nsfw"} == {
                    name: value for name, value in image.items() if name != "nsfw"
                }
            assert api.data(f"/3/album/{album.id}/comments") == []
            assert api.data(f"/3/image/{whole['images'][0]['id']}/comments") == []
            assert api(f"/3/gallery/{album.id}").status_code == 404


def test_secret_album_is_open_to_its_owner_only(api, signed_in, world, albums):
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
        for new_client in (api, stranger):
            answer = new_client(path)
            assert (answer.status_code, answer.json()["data"]["error"]) == (403, "Unauthorized")
    assert api(f"/a/{album.id}").status_code == 404
    listed = owner("/post/v1/accounts/me/hidden_albums").json()
    kept = {one.id for one in world.uploads.of_account(album.account_id) if one.privacy != "public"}
    assert album.id in {row["id"] for row in listed} <= kept
    assert stranger("/post/v1/accounts/me/hidden_albums?page=99").json() == []


def test_only_owners_see_names_and_delete_hashes(api, signed_in, world, albums):
    album = albums["public"]
    owner = signed_in(world.accounts[album.account_id].url)
    mine = owner.data(f"/3/album/{album.id}")
    assert len(mine["deletehash"]) == 15
    assert [image["name"] for image in mine["images"]] == [image.name for image in album.images]
    theirs = api.data(f"/3/album/{album.id}")
    hidden = {"deletehash", "name"}
    public = [{k: v for k, v in image.items() if k not in hidden} for image in mine["images"]]
    assert theirs["images"] == public
    post = next(p for p in world.posts if p.is_album and p.created <= WORLD_NOW)
    author = signed_in(world.accounts[post.account_id].url)
    assert len(author.data(f"/3/album/{post.id}")["deletehash"]) == 15
    assert "deletehash" in author.data(f"/3/image/{post.images[0].id}")
    assert "deletehash" not in owner.data(f"/3/image/{post.images[0].id}")
    assert b"deletehash" not in author(f"/3/gallery/{post.id}").content


def test_album_views_grow_slowly(sandbox, client):
    world = sandbox._app.store.world
    album = max(
        (
            album
            for account in world.accounts.values()
            for album in world.uploads.albums_of(account, None, WORLD_NOW)
            if album.created > WORLD_NOW - UPLOAD_HALF_LIFE
        ),
        key=lambda album: album.views,
    )
    before = client.data(f"/3/album/{album.id}")["views"]
    sandbox.advance("10d")
    after = client.data(f"/3/album/{album.id}")["views"]
    age = WORLD_NOW + 10 * 86_400 - album.created
    assert after == int(album.views * (1 - 2 ** (-age / UPLOAD_HALF_LIFE))) > before


def test_album_appears_with_the_clock(sandbox, client):
    world = sandbox._app.store.world
    album = next(
        album
        for account in world.accounts.values()
        for album in world.uploads.albums_of(account, None, 60 * 86_400)
        if album.created > WORLD_NOW and album.images
    )
    name = world.accounts[album.account_id].url
    assert client(f"/3/album/{album.id}").status_code == 404
    count = client.data(f"/3/account/{name}/albums/count")
    sandbox.advance(album.created - WORLD_NOW)
    record = client.data(f"/3/album/{album.id}")
    assert record["images_count"] == len(album.images_at(album.created))
    assert client.data(f"/3/account/{name}/albums/count") > count


def test_empty_album_has_no_cover(api, world):
    empty = next(
        album
        for account in world.accounts.values()
        for album in world.uploads.albums_of(account, None, WORLD_NOW)
        if not album.images
    )
    record = api.data(f"/3/album/{empty.id}")
    assert [record[name] for name in ("cover", "cover_width", "cover_height")] == [None] * 3
    assert (record["images"], record["images_count"]) == ([], 0)
    assert api.data(f"/3/album/{empty.id}/images") == []


def test_pictures_of_albums_are_drawn(api, albums):
    for album in albums.values():
        image = album.images[0]
        extension = "gif" if image.type == "image/gif" else "jpg"
        drawn = api(f"/{image.id}.{extension}")
        assert drawn.status_code == 200
        width, height = Image.open(io.BytesIO(drawn.content)).size
        assert width / height == pytest.approx(image.width / image.height, rel=0.05)
    page = api(f"/a/{albums['hidden'].id}")
    assert albums["hidden"].images[0].id in page.text


def test_image_without_an_album_is_found(api, signed_in, world):
    image, upload = next(
        (image, upload)
        for account in world.accounts.values()
        for image, upload in world.uploads.images_of(account, WORLD_NOW)
        if upload.id is None and upload.privacy != "secret"
    )
    assert api.data(f"/3/image/{image.id}")["id"] == image.id
    owner = signed_in(world.accounts[upload.account_id].url)
    assert owner.data(f"/3/image/{image.id}")["name"] == image.name
