"""The sandbox's records beside recorded ones: same fields, same order, no other types.

Runs where ``$IMGURDATA_PAYLOADS`` names a folder of recorded answers; they are not part of the
project.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

pytestmark = pytest.mark.recorded

# Types that are documented, though not every kind of record at hand happens to hold them.
ALLOWED = {
    ("thumbnail_hash", "str"),
    ("accent", "NoneType"),
    ("description", "NoneType"),
    ("description", "str"),
    ("title", "str"),
}


def answer(pattern):
    """The bytes of the one recorded answer that fits."""
    folder = os.environ.get("IMGURDATA_PAYLOADS")
    if not folder:
        pytest.skip("$IMGURDATA_PAYLOADS names no folder of recorded answers")
    (found,) = Path(folder).glob(pattern)
    return found.read_bytes()


def recorded(pattern):
    value = json.loads(answer(pattern))
    return value["data"] if isinstance(value, dict) else value


def kind(row):
    return row.get("type", "album"), row.get("animated")


def by_kind(rows):
    """For each kind of record: the order of its fields, and the types each was seen with."""
    out = {}
    for row in rows:
        order, types = out.setdefault(kind(row), (list(row), {}))
        assert list(row) == order
        for name, value in row.items():
            types.setdefault(name, set()).add(type(value).__name__)
    return out


def assert_alike(mine, theirs):
    shared = mine.keys() & theirs.keys()
    assert shared
    for each in shared:
        order, types = mine[each]
        their_order, their_types = theirs[each]
        assert order == their_order
        for name, seen in types.items():
            unknown = {(name, one) for one in seen - their_types[name]} - ALLOWED
            assert not unknown, each
    return shared


@pytest.fixture(scope="module")
def their_rows():
    return recorded("gallery/*-mock-2023.json")


def test_rows_of_2023(newest, their_rows):
    shared = assert_alike(by_kind(newest), by_kind(their_rows))
    assert {("album", None), ("image/jpeg", False)} <= shared


def test_inner_images_of_2023(newest, their_rows):
    def inner(some):
        return by_kind(image for row in some for image in row.get("images", []))

    shared = assert_alike(inner(newest), inner(their_rows))
    assert {each[0] for each in shared} == {"image/jpeg", "image/png", "image/gif", "video/mp4"}


def test_tags_and_ad_config_of_rows_of_2023(newest, their_rows):
    def tags(some):
        return by_kind(tag for row in some for tag in row["tags"])

    def ad_configs(some):
        configs = [row["ad_config"] for row in some]
        return by_kind(config for config in configs if "nsfw_score" not in config)

    assert_alike(tags(newest), tags(their_rows))
    assert_alike(ad_configs(newest), ad_configs(their_rows))


def test_account_of_2022(api, shared):
    mine = api.data(f"/3/account/{shared.account}")
    theirs = recorded("account-base/*-account-real.json")
    assert mine.keys() == theirs.keys()
    assert {n for n in mine if type(mine[n]) is not type(theirs[n])} <= {"bio"}


def test_credits_as_recorded(api):
    theirs = recorded("credits/*-credit_resp.json")
    assert list(api.data("/3/credits")) == list(theirs)


def test_album_of_2020(api, newest):
    theirs = recorded("album/*-get-album-2020.json")
    album = next(row["id"] for row in newest if row["is_album"])
    mine = api.data(f"/3/album/{album}")
    # It is an answer to the owner, who also sees these.
    owners = {"deletehash", "name"}
    assert list(mine) == [name for name in theirs if name not in owners]
    still_image = next(
        image
        for row in newest
        for image in api.data(f"/3/album/{row['id']}/images" if row["is_album"] else "/3/none")
        if image["type"] == "image/jpeg"
    )
    (their_image,) = theirs["images"]
    assert list(still_image) == [name for name in their_image if name not in owners]


def test_comments_as_recorded(api, shared):
    theirs = recorded("comment/*-rs-comment.json")
    flat = api.data(f"/3/account/{shared.account}/comments")
    assert {tuple(row) for row in flat} == {tuple(theirs)}
    # Only what their one comment happens to leave empty may be of another type.
    open_to_all = {"vote", "album_cover"}
    for row in flat:
        unknown = {name for name in row if type(row[name]) is not type(theirs[name])}
        assert unknown <= open_to_all
    tree = api.data(f"/3/comment/{flat[0]['id']}/replies")
    assert list(tree) == list(theirs)


def test_gallery_profile_of_2016(api, world):
    theirs = recorded("gallery-profile/*-get-gallery-profile-2016.json")
    account = max(world.accounts.values(), key=lambda a: len(world.trophies.get(a.id, ())))
    mine = api.data(f"/3/account/{account.url}/gallery_profile")
    assert list(mine) == list(theirs)
    assert {tuple(row) for row in mine["trophies"]} == {tuple(row) for row in theirs["trophies"]}
    assert isinstance(mine["trophies"][0]["id"], int)


def test_settings_of_2016(signed_in, shared):
    mine = signed_in(shared.account).data("/3/account/me/settings")
    theirs = recorded("account-settings/*-get-account-settings-2016-2.json")
    assert list(mine) == [*theirs, "first_party"]
    assert {name for name in theirs if type(mine[name]) is not type(theirs[name])} == set()


def test_tags_of_2021(api):
    # A bare object, without the envelope.
    theirs = json.loads(answer("tags/*-mocktags-2021.json"))
    mine = api.data("/3/tags")
    assert mine.keys() == theirs.keys()
    assert {frozenset(tag) for tag in mine["tags"]} == {frozenset(tag) for tag in theirs["tags"]}
    assert {tag["is_whitelisted"] for tag in theirs["tags"]} == {True}
    assert [row["id"] for row in mine["galleries"]] == [row["id"] for row in theirs["galleries"]]


def test_tag_votes_of_2016(api, newest):
    theirs = recorded("tag/*-get-gallery-item-tags-2016.json")
    tagged = next(row["id"] for row in newest if row["tags"])
    mine = api.data(f"/3/gallery/{tagged}/tags")
    assert {tuple(row) for row in mine["tags"]} == {tuple(row) for row in theirs["tags"]}


def test_notifications_of_2016(signed_in, shared):
    theirs = recorded("notification/*-get-notifications-2016-2.json")
    mine = signed_in(shared.account).data("/3/notification?new=false")
    assert list(mine) == list(theirs)
    assert list(mine["replies"][0]) == list(theirs["replies"][0])
    assert list(mine["replies"][0]["content"]) == list(theirs["replies"][0]["content"])


def test_own_favorites_of_2021(signed_in, shared):
    theirs = recorded("gallery/*-imgur_post_list.json")
    mine = signed_in(shared.account).data("/3/account/me/favorites")
    assert {tuple(row) for row in mine} == {tuple(row) for row in theirs}


def test_public_favorites_of_2016(api, shared):
    theirs = recorded("account-favorites/*-get-account-gallery-favorites-2016.json")
    omitted = {name for row in theirs for name in row if row[name] is None}
    mine = api.data(f"/3/account/{shared.account}/gallery_favorites")
    albums = [row for row in mine if row["is_album"]]
    silent = {"comment_preview", "description", "topic", "topic_id"}
    assert omitted - silent <= {name for name in albums[0] if albums[0][name] is None}


def test_own_images_of_2022(signed_in, world):
    (theirs,) = recorded("account-images/*-account-images-real.json")
    account = max(world.accounts.values(), key=lambda a: len(world.uploads.images_of(a, 0)))
    mine = signed_in(account.url).data("/3/account/me/images")
    stills = [image for image in mine if not image["animated"]]
    assert stills
    assert {frozenset(image) for image in stills} == {frozenset(theirs)}


def test_unauthorized_of_2015(api, world):
    theirs = json.loads(answer("error/*-get-images-error-2015.json"))
    name = next(iter(world.accounts.values())).url
    mine = api(f"/3/account/{name}/images/").json()
    assert mine["data"].pop("request") == f"/3/account/{name}/images/"
    del theirs["data"]["request"]
    assert mine == theirs


def test_errors_are_the_recorded_bytes(subtests, api):
    for path, name in [
        ("/3/gallery/invalid_id", "error/*-invalid_gallery.json"),
        ("/3/image/not_an_image", "error/*-invalid_image_id.json"),
        ("/3/album/not_an_album", "error/*-invalid_album_id.json"),
    ]:
        with subtests.test(path=path, name=name):
            assert api(path).content == answer(name).strip()


def test_forum_rows_of_2024(api):
    rows = [recorded("gallery-subreddit/*-gallery-subreddit-image-2024.json")]
    rows += recorded("gallery-subreddit/*-gallery-subreddit-2024.json")
    mine = [row for row in api.data("/3/gallery/r/CatsInBoxes") if row.get("type") == "image/jpeg"]
    assert {frozenset(row) for row in mine} == {frozenset(row) for row in rows}
    null = {name for name in rows[0] if all(row[name] is None for row in rows)}
    for row in mine:
        assert {name for name in row if row[name] is None} == null


@pytest.fixture
def talker(shared, signed_in):
    """A client of an account with a conversation, and the number of that."""
    one = next(one for one in shared._app.store.world.conversations.values() if one.until(0))
    name = shared._app.store.world.accounts[one.accounts[0]].url
    return signed_in(name), one.id


def test_conversations_of_2014_and_2016(talker):
    me, number = talker
    listed = recorded("conversation/*-conversations.json")
    assert {tuple(row) for row in me.data("/3/conversations")} == {tuple(listed[0])}
    theirs = recorded("conversation/*-get-conversation-2016.json")
    mine = me.data(f"/3/conversations/{number}/1/0")
    assert list(mine) == list(theirs)
    assert {tuple(row) for row in mine["messages"]} == {tuple(theirs["messages"][0])}
    notified = recorded("notification/*-get-notifications-2016-2.json")["messages"][0]
    row = me.data("/3/notification?new=false")["messages"][0]
    assert list(row) == list(notified)
    assert list(row["content"]) == list(notified["content"])


def test_topics_and_custom_galleries_of_2016(api, talker):
    me, _ = talker
    theirs = recorded("topics/*-get-default-topics-2016-4.json")
    assert {tuple(row) for row in api.data("/3/topics/defaults")} == {tuple(theirs[0])}
    custom = recorded("custom-gallery/*-get-custom-gallery-2016.json")
    assert list(me.data("/3/g/custom/viral/week/0")) == list(custom)
    filtered = recorded("custom-gallery/*-get-filtered-out-gallery-2016.json")
    mine = me.data("/3/g/filtered/viral/week/0")
    assert mine.keys() == filtered.keys()
    assert mine["datetime"] is filtered["datetime"] is None
    old = {"comment_preview"}
    memes = recorded("memegen/*-get-default-memes-2016.json")
    assert {*memes[0]} - old <= {*api.data("/3/memegen/defaults")[0]}
    row = recorded("gallery-memes/*-get-memes-sub-gallery-2016.json")[0]
    assert {*row} - old <= {
        name for row in api.data("/3/g/memes/top/all/0") for name in row
    } | {"size"}  # fmt: skip


def test_writes_as_recorded(subtests, sandbox, new_client, client):
    me = new_client(sandbox, f"Bearer {sandbox.issue_token(sandbox.account)}")
    theirs = recorded("write/*-successfuluploadresponse.json")
    image = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
    for sender in (me, client):
        mine = sender.data("/3/image", method="POST", data={"image": image})
        assert {*theirs} <= {*mine} <= {*theirs, "mp4", "hls", "gifv"}
    created = recorded("write/*-create-album-2016.json")
    assert list(me.data("/3/album", method="POST", data={})) == list(created)
    follow = "/3/account/me/follow/tag/cats"
    for path, method, form, name in [
        ("/3/image", "POST", {}, "error/*-no-image-data.json"),
        ("/3/image", "POST", {"image": "AAAA"}, "error/*-file-type-invalid.json"),
        (follow, "POST", {}, "write/official*-follow-tag-follow-tag-success.json"),
        (follow, "DELETE", {}, "write/*unfollow-tag-success.json"),
    ]:
        with subtests.test(path=path, method=method, name=name):
            assert me(path, method, data=form).json() == json.loads(answer(name))
