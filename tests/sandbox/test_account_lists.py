"""An account's albums, images and comments: pages of 50, who sees which, and single ones."""

from __future__ import annotations

import pytest

from imgurdata.sandbox.world import WORLD_NOW

ALBUM = [
    "id",
    "title",
    "description",
    "datetime",
    "cover",
    "cover_edited",
    "cover_width",
    "cover_height",
    "account_url",
    "account_id",
    "privacy",
    "layout",
    "views",
    "link",
    "favorite",
    "nsfw",
    "section",
    "images_count",
    "in_gallery",
    "is_ad",
    "include_album_ads",
    "is_album",
]
IMAGE = [
    "id",
    "title",
    "description",
    "datetime",
    "type",
    "animated",
    "width",
    "height",
    "size",
    "views",
    "bandwidth",
    "vote",
    "favorite",
    "nsfw",
    "section",
    "account_url",
    "account_id",
    "is_ad",
    "in_most_viral",
    "has_sound",
    "tags",
    "ad_type",
    "ad_url",
    "edited",
    "in_gallery",
    "deletehash",
    "name",
    "link",
]


@pytest.fixture(scope="module")
def owner(world):
    """The account with the most albums."""
    return max(
        world.accounts.values(),
        key=lambda account: len(world.uploads.albums_of(account, account, WORLD_NOW)),
    )


@pytest.fixture(scope="module")
def image_owner(world):
    """The account with the most images."""
    return max(
        world.accounts.values(),
        key=lambda account: len(world.uploads.images_of(account, WORLD_NOW)),
    )


@pytest.fixture(scope="module")
def commenter(world):
    """The account with the most comments that everybody may read."""
    return max(
        (account for account in world.accounts.values() if not account.private),
        key=lambda account: len(world.comments.by_author(account.id, WORLD_NOW)),
    )


# Albums ------------------------------------------------------------------------------------------


def test_albums_of_others_are_the_public_ones(api, signed_in, owner):
    base = f"/3/account/{owner.url}/albums"
    mine = signed_in(owner.url).pages(base + "/{}")
    theirs = api.pages(base + "/{}")
    assert len(mine) > 50
    assert {album["privacy"] for album in mine} == {"public", "hidden", "secret"}
    assert [a["id"] for a in theirs] == [a["id"] for a in mine if a["privacy"] == "public"]
    assert all(list(album) == [*ALBUM, "order"] for album in theirs)
    assert all(list(album) == [*ALBUM, "deletehash", "order"] for album in mine)
    assert all(len(album["deletehash"]) == 15 for album in mine)
    assert len({album["deletehash"] for album in mine}) == len(mine)
    assert {album["account_url"] for album in theirs} == {owner.url}


def test_album_pages_ids_and_count_match(signed_in, owner):
    mine = signed_in(owner.url)
    base = "/3/account/me/albums"
    rows = mine.pages(base + "/{}")
    first = mine.data(base)
    assert first == rows[:50] == mine.data(f"{base}/0")
    assert [album["id"] for album in rows] == mine.pages(base + "/ids/{}")
    assert mine.data(f"{base}/count") == len(rows)
    assert mine.data(f"{base}/999999999") == []


def test_album_of_an_account_is_the_album(api, signed_in, owner):
    mine = signed_in(owner.url)
    rows = mine.data(f"/3/account/{owner.url}/albums?perPage=100")[::3]
    assert {row["privacy"] for row in rows} == {"public", "hidden", "secret"}
    for row in rows:
        path = f"/3/account/{owner.url}/album/{row['id']}"
        whole = mine.data(path)
        assert whole == mine.data(f"/3/album/{row['id']}")
        assert list(whole) == [*ALBUM, "deletehash", "images", "ad_config"]
        assert len(whole["images"]) == whole["images_count"] == row["images_count"]
        expected = 403 if row["privacy"] == "secret" else 200
        assert api(path).status_code == expected


def test_album_of_another_account_is_404(api, signed_in, world, owner):
    album = api.data(f"/3/account/{owner.url}/albums")[0]["id"]
    other = next(account for account in world.accounts.values() if account is not owner)
    answer = api(f"/3/account/{other.url}/album/{album}")
    assert answer.status_code == 404
    assert answer.json()["data"]["error"] == f"Unable to find an album with the id, {album}."


# Images ------------------------------------------------------------------------------------------


def test_images_have_names_and_delete_hashes(signed_in, image_owner):
    mine = signed_in(image_owner.url)
    rows = mine.pages("/3/account/me/images/{}")
    assert len(rows) > 50
    dates = [row["datetime"] for row in rows]
    assert dates == sorted(dates, reverse=True)
    for row in rows:
        moving = [name for name in row if name not in IMAGE]
        assert list(row)[: len(IMAGE)] == IMAGE
        assert bool(moving) is row["animated"]
        assert (row["account_url"], row["account_id"]) == (image_owner.url, image_owner.id)
        assert len(row["deletehash"]) == 15
        assert row["in_gallery"] is False
    assert any(row["name"] for row in rows)
    assert [row["id"] for row in rows] == mine.pages("/3/account/me/images/ids/{}")
    assert mine.data("/3/account/me/images/count") == len(rows)


def test_image_of_an_account_is_open_to_its_owner_only(api, signed_in, image_owner, world):
    mine = signed_in(image_owner.url)
    row = mine.data("/3/account/me/images")[0]
    single = mine.data(f"/3/account/me/image/{row['id']}")
    assert single == mine.data(f"/3/image/{row['id']}")
    assert single["name"] == row["name"]
    assert (single["account_url"], single["account_id"]) == (None, None)
    assert api(f"/3/account/{image_owner.url}/image/{row['id']}").status_code == 403
    assert mine("/3/account/me/image/zzzzzzz").status_code == 404


# Comments ----------------------------------------------------------------------------------------


def test_comments_of_an_account_are_flat(api, commenter):
    base = f"/3/account/{commenter.url}/comments"
    rows = api.pages(base + "/newest/{}")
    assert len(rows) > 100
    assert {row["author_id"] for row in rows} == {commenter.id}
    assert [row["children"] for row in rows] == [[]] * len(rows)
    assert any(row["parent_id"] for row in rows)
    assert api.data(base) == api.data(f"{base}/newest/0") == rows[:50]
    assert api.data(f"{base}/no_such_sort/0") == rows[:50]
    assert api.data(f"{base}/1") == rows[50:100]
    assert api.data(f"{base}/count") == len(rows)
    assert api.pages(base + "/ids/newest/{}") == [row["id"] for row in rows]
    assert api.data(f"/3/account/{commenter.url}/comment/{rows[0]['id']}") == rows[0]
    assert not any(row["deleted"] for row in rows)


def test_comments_of_an_account_are_sorted(api, commenter):
    base = f"/3/account/{commenter.url}/comments"
    newest = api.pages(base + "/newest/{}")
    oldest = api.pages(base + "/oldest/{}")
    assert oldest == newest[::-1]
    best = [row["points"] for row in api.pages(base + "/best/{}")]
    worst = [row["points"] for row in api.pages(base + "/worst/{}")]
    assert best == sorted(best, reverse=True)
    assert worst == best[::-1]


# perPage and page --------------------------------------------------------------------------------


def test_per_page_and_page_override_the_path(subtests, signed_in, owner, image_owner, commenter):
    def listed(path):
        return [row["id"] for row in mine.data(base + path)]

    for kind, account in {"albums": owner, "images": image_owner, "comments": commenter}.items():
        mine = signed_in(account.url)
        base = f"/3/account/me/{kind}"
        with subtests.test(kind=kind):
            ids = mine.pages(base + "/ids/{}")
            assert listed("?perPage=7") == ids[:7]
            assert listed("?perPage=7&page=2") == ids[14:21]
            assert listed("?page=1") == ids[50:100]
            assert listed("?perPage=500") == listed("?perPage=100") == ids[:100]
            for invalid in ("0", "-1", "x", ""):
                assert listed(f"?perPage={invalid}") == ids[:50]
            # In Imgur's own example the path says page 0 and the query another.
            assert listed("/0.json?perPage=5&page=3") == ids[15:20]
            assert mine.data(f"{base}/ids?perPage=3&page=1") == ids[3:6]
            assert listed("?perPage=100&page=9999") == []


# Folders of favourites ---------------------------------------------------------------------------


def test_folders_share_out_the_favorites(shared, api, signed_in):
    me, name = signed_in(shared.account), shared.account
    everything = [row["id"] for row in api.pages(f"/3/account/{name}/gallery_favorites/{{}}")]
    seen = []
    for folder in me.data(f"/3/account/{name}/folders"):
        path = f"/3/account/{name}/folders/{folder['id']}/favorites"
        ids = [row["id"] for row in api.pages(path + "?page={}")] if not folder["is_private"] else [
            row["id"] for row in me.pages(path + "?page={}")
        ]  # fmt: skip
        assert len(ids) == folder["item_count"] > 0
        assert ids == [item for item in everything if item in ids]
        seen += ids
        oldest = me.data(path + "?sort=oldest")
        assert [row["id"] for row in oldest] == ids[::-1]
        if folder["is_private"]:
            assert api(path).status_code == 403
    assert len(seen) == len(set(seen)) < len(everything)
    public = {folder["id"] for folder in api.data(f"/3/account/{name}/folders")}
    assert public < {folder["id"] for folder in me.data(f"/3/account/{name}/folders")}
    assert api(f"/3/account/{name}/folders/1/favorites").status_code == 404
