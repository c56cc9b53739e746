"""Imgur's own old client and PyImgur list the sandbox, with only their base address changed.

Two clients by other people: what they can parse is what Imgur sends.
"""

from __future__ import annotations

import pytest

from imgurdata.sandbox.world import WORLD_NOW


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


def test_imgurpython_lists_the_gallery(sandbox, imgurpython, client):
    rows = [item for page in range(3) for item in imgurpython.gallery("hot", "viral", page)]
    direct = [row for page in range(3) for row in client.data(f"/3/gallery/hot/viral/{page}")]
    assert [item.id for item in rows] == [row["id"] for row in direct]
    assert [item.points for item in rows] == [row["points"] for row in direct]
    top = imgurpython.gallery("top", "time", 0, "week", show_viral=False)
    assert [item.id for item in top] == [r["id"] for r in client.data("/3/gallery/top/time/week/0")]
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


def test_imgurpython_raises_its_errors(sandbox, imgurpython):
    from imgurpython.helpers.error import ImgurClientError, ImgurClientRateLimitError

    with pytest.raises(ImgurClientError, match="Unable to find an image"):
        imgurpython.get_image("nosuch")
    sandbox.fail("rate_limited")
    with pytest.raises(ImgurClientRateLimitError):
        imgurpython.gallery()
    sandbox.fail("varnish")
    with pytest.raises(ImgurClientError, match="JSON decoding"):
        imgurpython.gallery()


def test_pyimgur_lists_the_gallery(sandbox, pyimgur, client):
    rows = pyimgur.get_gallery(limit=150)
    direct = [row for page in range(3) for row in client.data(f"/3/gallery/hot/viral/day/{page}")]
    assert [item.id for item in rows] == [row["id"] for row in direct[:150]]
    # It keeps the headers that begin with lower-case "x-ratelimit", as they are since 2024.
    assert pyimgur.ratelimit_userlimit == 500
    assert pyimgur.ratelimit_clientlimit == 12_500


def test_pyimgur_reads_items(sandbox, pyimgur, client):
    listed = client.data("/3/gallery/hot/viral/day/0")
    row = next(row for row in listed if row["is_album"])
    assert pyimgur.get_gallery_album(row["id"]).title == row["title"]
    album = pyimgur.get_album(row["id"])
    assert len(album.images) == row["images_count"]
    assert pyimgur.get_image(album.images[0].id).link == album.images[0].link
    assert pyimgur.get_user(sandbox.account).name == sandbox.account


# Comments, accounts, albums ----------------------------------------------------------------------


@pytest.fixture
def commented(client):
    """The row with the most comments of the first page."""
    return max(client.data("/3/gallery/hot/viral/day/0"), key=lambda row: row["comment_count"])


@pytest.fixture
def owner(sandbox):
    """Name of an account with more than a page of albums, which not all are public."""
    world = sandbox._app.store.world
    accounts = world.accounts.values()
    return max(accounts, key=lambda a: len(world.uploads.albums_of(a, a, WORLD_NOW))).url


def size(comments, replies):
    """How many comments a tree of client objects holds."""
    return len(comments) + sum(size(getattr(one, replies), replies) for one in comments)


def test_imgurpython_reads_comments(imgurpython, client, commented):
    tree = imgurpython.gallery_item_comments(commented["id"])
    ids = imgurpython.gallery_comment_ids(commented["id"])
    assert size(tree, "children") == len(ids) >= imgurpython.gallery_comment_count(commented["id"])
    direct = client.data(f"/3/gallery/{commented['id']}/comments")
    assert [one.id for one in tree] == [row["id"] for row in direct]
    parent = next(one for one in tree if one.children)
    branch = imgurpython.get_comment_replies(parent.id)
    assert {one.id for one in branch.children} == {one.id for one in parent.children}
    assert imgurpython.get_comment(parent.id).comment == parent.comment
    newest = imgurpython.gallery_item_comments(commented["id"], sort="new")
    assert newest[0].datetime == max(one.datetime for one in newest)


def test_imgurpython_reads_an_account(sandbox, imgurpython, owner):
    shared = imgurpython.get_account_submissions(sandbox.account, 0)
    assert len(shared) == 60
    assert {one.account_url for one in shared} == {sandbox.account}
    assert imgurpython.get_gallery_favorites(sandbox.account)
    albums = [one for page in range(3) for one in imgurpython.get_account_albums(owner, page)]
    ids = [one for page in range(3) for one in imgurpython.get_account_album_ids(owner, page)]
    assert [album.id for album in albums] == ids
    assert len(ids) == imgurpython.get_account_album_count(owner)
    filled = next(album for album in albums if album.images_count)
    assert len(imgurpython.get_album_images(filled.id)) == filled.images_count
    comments = imgurpython.get_account_comments(sandbox.account, sort="best")
    assert [one.id for one in comments] == imgurpython.get_account_comment_ids(
        sandbox.account, sort="best"
    )
    assert imgurpython.get_account_comment_count(sandbox.account) >= len(comments)


def test_imgurpython_reads_private_data(sandbox, imgurpython):
    imgurpython.set_user_auth(sandbox.issue_token(sandbox.account), "not used")
    settings = imgurpython.get_account_settings("me")
    assert settings.email.endswith("@example.com")
    images = imgurpython.get_account_images("me")
    assert [image.id for image in images] == imgurpython.get_account_image_ids("me")
    assert all(image.deletehash for image in images)
    assert imgurpython.get_account_favorites("me")
    notified = imgurpython.get_notifications(new=False)
    assert notified["replies"][0].content.author != sandbox.account


def test_imgurpython_reads_tags(imgurpython, client):
    row = next(row for row in client.data("/3/gallery/hot/viral/day/0") if row["tags"])
    name = row["tags"][0]["name"]
    tag = imgurpython.gallery_tag(name, sort="top", window="all")
    direct = client.data(f"/3/gallery/t/{name}/top/all/0")
    assert [item.id for item in tag.items] == [item["id"] for item in direct["items"]]
    assert (tag.followers, tag.total_items) == (direct["followers"], direct["total_items"])
    assert imgurpython.gallery_tag_image(name, row["id"]).title == row["title"]
    votes = imgurpython.gallery_item_tags(row["id"])
    assert [vote.name for vote in votes] == [tag["name"] for tag in row["tags"]]


def test_pyimgur_reads_comments(pyimgur, client, commented):
    getters = {True: pyimgur.get_gallery_album, False: pyimgur.get_gallery_image}
    post = getters[commented["is_album"]](commented["id"])
    tree = post.get_comments(limit=1000)
    direct = client.data(f"/3/gallery/{commented['id']}/comments/new")
    assert [one.id for one in tree] == [row["id"] for row in direct]
    assert size(tree, "replies") == len(client.data(f"/3/gallery/{commented['id']}/comments/ids"))
    parent = next(one for one in tree if one.replies)
    assert {r.id for r in parent.get_replies()} == {reply.id for reply in parent.replies}
    assert pyimgur.get_comment(parent.id).text == parent.text


def test_pyimgur_reads_an_account(sandbox, pyimgur, owner, client):
    albums = pyimgur.get_user(owner).get_albums(limit=120)
    assert len(albums) == client.data(f"/3/account/{owner}/albums/count")
    assert {album.privacy for album in albums} == {"public"}
    assert len(next(a for a in albums if a.cover is not None).images) > 0
    person = pyimgur.get_user(sandbox.account)
    assert len(person.get_submissions(limit=65)) == 65
    assert person.get_gallery_favorites(sort="oldest")
    assert person.get_gallery_profile()["total_gallery_submissions"] >= 65
    comments = person.get_comments(sort="worst", limit=60)
    assert len(comments) == 60
    assert {one.author.name for one in comments} == {sandbox.account}


def test_pyimgur_reads_private_data(sandbox, pyimgur, owner):
    pyimgur.change_authentication(access_token=sandbox.issue_token(owner))
    albums = pyimgur.get_user("me").get_albums(limit=120)
    assert len(albums) > 50
    assert {album.privacy for album in albums} == {"public", "hidden", "secret"}
    pyimgur.change_authentication(access_token=sandbox.issue_token(sandbox.account))
    me = pyimgur.get_user("me")
    assert me.name == sandbox.account
    images = me.get_images(limit=60)
    assert all(image.deletehash for image in images)
    assert len(images) > 50
    assert me.get_favorites()
    assert me.get_settings()["account_url"] == sandbox.account
    assert me.get_replies(new=False)[0]["content"]["author"] != sandbox.account


# Tokens ------------------------------------------------------------------------------------------


def test_imgurpython_refreshes_a_token(subtests, sandbox, imgurpython):
    for rotates in [True, False]:
        with subtests.test(rotates=rotates):
            sandbox.refresh_rotates = rotates
            access, refresh = sandbox.issue_tokens(sandbox.account)
            imgurpython.set_user_auth(access, refresh)
            sandbox.revoke_token(access)
            # It refreshes on a 403, and retries.
            assert imgurpython.get_account("me").url == sandbox.account
            new = imgurpython.auth.get_current_access_token()
            assert new != access
            assert [row.path for row in sandbox.requests][-3:] == [
                "/3/account/me", "/oauth2/token", "/3/account/me"]  # fmt: skip
            assert imgurpython.get_account_settings("me").email.endswith("@example.com")
            # It keeps the first refresh token for ever.
            sandbox.revoke_token(new)
            if rotates:
                from imgurpython.helpers.error import ImgurClientError

                with pytest.raises(ImgurClientError, match="Error refreshing access token"):
                    imgurpython.get_account("me")
            else:
                assert imgurpython.get_account("me").url == sandbox.account


def test_imgurpython_signs_in_by_pin_and_code(sandbox, imgurpython):
    from imgurpython.helpers.error import ImgurClientError

    with pytest.raises(ImgurClientError, match="Invalid Pin"):
        imgurpython.authorize("123456", "pin")
    for kind, grant in [("pin", "pin"), ("code", "authorization_code")]:
        tokens = imgurpython.authorize(sandbox.issue_code(sandbox.account, kind), grant)
        imgurpython.set_user_auth(tokens["access_token"], tokens["refresh_token"])
        assert imgurpython.get_account("me").url == sandbox.account


def test_pyimgur_refreshes_a_token(subtests, sandbox, pyimgur):
    for refusal in [401, 429]:
        with subtests.test(refusal=refusal):
            sandbox.token_refusal = refusal
            access, refresh = sandbox.issue_tokens(sandbox.account)
            pyimgur.change_authentication(
                client_id=sandbox.client_id, client_secret=sandbox.client_secret,
                access_token=access, refresh_token=refresh,
            )  # fmt: skip
            sandbox.revoke_token(access)
            assert pyimgur.get_user("me").name == sandbox.account
            assert pyimgur.access_token != access


def test_pyimgur_refreshes_on_demand(sandbox, pyimgur):
    access, refresh = sandbox.issue_tokens(sandbox.account)
    pyimgur.change_authentication(
        client_id=sandbox.client_id, client_secret=sandbox.client_secret,
        access_token=access, refresh_token=refresh,
    )  # fmt: skip
    assert pyimgur.refresh_access_token() == pyimgur.access_token != access
    assert pyimgur.get_user("me").get_settings()["account_url"] == sandbox.account
    address = pyimgur.authorization_url("token", "a-state")
    assert address.startswith(sandbox.url + "/oauth2/authorize?")
