"""Records field by field: names, order and types of recorded answers of 2020 to 2024."""

from __future__ import annotations

from imgurdata.sandbox.world import WORLD_NOW

ALBUM_ROW = [
    "id", "title", "description", "datetime", "cover", "cover_width", "cover_height", "account_url",
    "account_id", "privacy", "layout", "views", "link", "ups", "downs", "points", "score",
    "is_album", "vote", "favorite", "nsfw", "section", "comment_count", "favorite_count", "topic",
    "topic_id", "images_count", "in_gallery", "is_ad", "tags", "ad_type", "ad_url", "in_most_viral",
    "include_album_ads", "images", "ad_config",
]  # fmt: skip
IMAGE = [
    "id", "title", "description", "datetime", "type", "animated", "width", "height", "size",
    "views", "bandwidth", "vote", "favorite", "nsfw", "section", "account_url", "account_id",
    "is_ad", "in_most_viral", "has_sound", "tags", "ad_type", "ad_url", "edited", "in_gallery",
    "link",
]  # fmt: skip
COUNTS = [
    "comment_count", "favorite_count", "ups", "downs", "points", "score",
]  # fmt: skip
GIF = [
    "mp4", "gifv", "hls", "mp4_size", "looping", "processing",
]  # fmt: skip
FILM = [
    "mp4_size", "mp4", "gifv", "hls", "processing",
]  # fmt: skip
TAG = [
    "name", "display_name", "followers", "total_items", "following", "is_whitelisted",
    "background_hash", "thumbnail_hash", "accent", "background_is_animated",
    "thumbnail_is_animated", "is_promoted", "description", "logo_hash", "logo_destination_url",
    "description_annotations",
]  # fmt: skip
ALBUM = [
    "id", "title", "description", "datetime", "cover", "cover_edited", "cover_width",
    "cover_height", "account_url", "account_id", "privacy", "layout", "views", "link", "favorite",
    "nsfw", "section", "images_count", "in_gallery", "is_ad", "include_album_ads", "is_album",
    "images", "ad_config",
]  # fmt: skip
ACCOUNT = [
    "id", "url", "bio", "avatar", "avatar_name", "cover", "cover_name", "reputation",
    "reputation_name", "created", "pro_expiration", "user_follow", "is_blocked",
]  # fmt: skip
EXTENSION = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "video/mp4": "mp4"}


def moving(kind):
    return {"image/gif": GIF, "video/mp4": FILM}.get(kind, [])


def test_gallery_rows_of_albums_have_the_recorded_fields(newest):
    albums = [row for row in newest if row["is_album"]]
    assert albums
    for row in albums:
        assert list(row) == ALBUM_ROW
        assert (row["vote"], row["favorite"], row["topic"], row["topic_id"]) == (
            None,
            False,
            None,
            None,
        )
        assert row["points"] == row["ups"] - row["downs"]
        assert row["privacy"] == "hidden"
        for image in row["images"]:
            extra = moving(image["type"]) if image["animated"] else []
            assert list(image) == IMAGE + extra + COUNTS
            assert image["edited"] == "0"
            assert image["nsfw"] is None
            assert [image[name] for name in COUNTS] == [None] * 6


def test_gallery_rows_of_images_have_the_recorded_fields(newest):
    images = [row for row in newest if not row["is_album"]]
    assert images
    for row in images:
        extra = moving(row["type"]) if row["animated"] else []
        assert list(row) == [
            *IMAGE[:-1],
            "topic",
            "topic_id",
            "link",
            *extra,
            "ad_config",
            *COUNTS,
            "is_album",
        ]
        assert row["edited"] == 0
        assert isinstance(row["edited"], int)
        assert (row["topic"], row["topic_id"]) == (None, 0)
        assert isinstance(row["account_id"], int)
        assert row["bandwidth"] == row["views"] * row["size"]


def test_tags_have_sixteen_fields(newest):
    tags = [tag for row in newest for tag in row["tags"]]
    assert tags
    for tag in tags:
        assert list(tag) == TAG
        assert tag["description_annotations"] == {}
        assert tag["following"] is False
        # False on all 658 recorded ones, though the list of tags says true of the same tags.
        assert tag["is_whitelisted"] is False


def test_links_point_at_the_sandbox_and_those_of_big_gifs_at_thumbnails(newest, shared):
    images = [image for row in newest for image in row.get("images", [row])]
    big = 0
    for image in images:
        link, kind = image["link"], image["type"]
        if kind == "image/gif" and image["animated"] and image["size"] > 20_000_000:
            big += 1
            assert link == f"{shared.url}/{image['id']}h.gif"
        else:
            assert link == f"{shared.url}/{image['id']}.{EXTENSION[kind]}"
    assert {image["type"] for image in images} == set(EXTENSION)
    assert all(row["link"] == f"{shared.url}/a/{row['id']}" for row in newest if row["is_album"])


def test_counts_follow_the_known_curve(newest, world):
    for row in newest[::37]:
        post = world.post_by_id[row["id"]]
        share = 1 - 2 ** (-(WORLD_NOW - post.created) / post.half_life)
        assert row["ups"] == int(post.ups * share)
        assert row["downs"] == int(post.downs * share)
        assert row["views"] == int(post.views * share)
        assert row["comment_count"] == int(post.comments * share)
        assert row["favorite_count"] == int(post.favorites * share)


def test_album_item_has_all_its_images(api, newest):
    row = max((row for row in newest if row["is_album"]), key=lambda row: row["images_count"])
    assert row["images_count"] > 3
    whole = api.data(f"/3/gallery/{row['id']}")
    assert list(whole) == ALBUM_ROW
    assert len(whole["images"]) == row["images_count"]
    assert whole["images"][:3] == row["images"]
    assert api.data(f"/3/gallery/album/{row['id']}") == whole

    album = api.data(f"/3/album/{row['id']}")
    assert list(album) == ALBUM
    images = api.data(f"/3/album/{row['id']}/images")
    assert album["images"] == images
    assert len(images) == row["images_count"]
    last = images[-1]["id"]
    one = api.data(f"/3/album/{row['id']}/image/{last}")
    assert one == api.data(f"/3/image/{last}")
    assert list(one)[-1] == "ad_config"
    assert one["nsfw"] is False
    assert not set(COUNTS) & set(one)


def test_image_item_is_its_row(api, newest):
    row = next(row for row in newest if not row["is_album"])
    assert api.data(f"/3/gallery/{row['id']}") == row
    assert api.data(f"/3/gallery/image/{row['id']}") == row
    image = api.data(f"/3/image/{row['id']}")
    assert image["title"] == row["title"]
    assert image["in_gallery"] is True
    assert image["edited"] == "0"


def test_missing_items_are_404_in_imgurs_words(api, newest):
    album = next(row["id"] for row in newest if row["is_album"])
    image = next(row["id"] for row in newest if not row["is_album"])
    no_album, no_image = (
        "Unable to find an album with the id, ",
        "Unable to find an image with the id, ",
    )
    expected = {
        "/3/gallery/zzzzzzz": "Not Found",
        f"/3/gallery/image/{album}": "Not Found",
        f"/3/gallery/album/{image}": "Not Found",
        "/3/album/not_an_album": no_album + "not_an_album.",
        f"/3/album/{image}": no_album + f"{image}.",
        "/3/album/not_an_album/images": no_album + "not_an_album.",
        f"/3/album/{album}/image/{image}": no_image + image,
        "/3/image/not_an_image": no_image + "not_an_image",
        f"/3/image/{album}": no_image + album,
    }
    for path, text in expected.items():
        answer = api(path)
        assert answer.status_code == 404, path
        assert answer.json() == {
            "data": {"error": text, "request": path, "method": "GET"},
            "success": False,
            "status": 404,
        }


def test_posts_of_the_future_are_404(sandbox, client):
    world = sandbox._app.store.world
    post = next(post for post in world.posts if post.created > WORLD_NOW + 60)
    paths = [f"/3/gallery/{post.id}", f"/3/image/{post.images[0].id}", f"/gallery/{post.id}"]
    assert [client(path).status_code for path in paths] == [404, 404, 404]
    sandbox.advance(post.created - WORLD_NOW)
    assert [client(path).status_code for path in paths] == [200, 200, 200]


def test_account_has_the_recorded_fields(api, shared):
    account = api.data(f"/3/account/{shared.account}")
    assert list(account) == ACCOUNT
    assert account["pro_expiration"] is False
    assert account["user_follow"] == {"status": False}
    assert api.data(f"/3/account/{shared.account.upper()}") == account
    assert api.data(f"/3/account/me?account_id={account['id']}") == account
    assert api("/3/account/no_one_has_this_name").status_code == 404
    assert api("/3/account/me?account_id=12x").status_code == 404
    assert api(account["avatar"].removeprefix(shared.url)).headers["Content-Type"] == "image/jpeg"


def test_reputation_names_follow_the_points(shared, api, world):
    scale = {a.reputation: a.url for a in world.accounts.values()}
    names = {}
    for reputation in sorted(scale)[:: max(1, len(scale) // 40)]:
        names[reputation] = api.data(f"/3/account/{scale[reputation]}")["reputation_name"]
    assert all(name == "Neutral" for rep, name in names.items() if rep < 400)
    assert all(name != "Neutral" for rep, name in names.items() if rep >= 400)


def test_gallery_rows_show_votes_of_a_signed_in_account(newest, shared, new_client):
    signed_in = new_client(shared, f"Bearer {shared.issue_token(shared.account)}")
    pages = [f"/3/gallery/user/time/{page}" for page in range(10)]
    mine = [row for path in pages for row in signed_in.data(path)]
    assert {row["vote"] for row in mine} == {None, "up", "down"}
    assert {row["favorite"] for row in mine} == {True, False}
    assert {row["vote"] for row in newest} == {None}
    assert [row["id"] for row in mine] == [row["id"] for row in newest[:600]]
