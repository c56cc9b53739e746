"""Comments: trees, branches, single ones; how they grow and what is left of deleted ones."""

from __future__ import annotations

import pytest

from imgurdata.sandbox import Sandbox
from imgurdata.sandbox.comment_json import wilson_lower_bound
from imgurdata.sandbox.world import WORLD_NOW

COMMENT = [
    "id", "image_id", "comment", "author", "author_id", "on_album", "album_cover", "ups", "downs",
    "points", "datetime", "parent_id", "deleted", "vote", "platform", "has_admin_badge", "children",
]  # fmt: skip
MISSING = "An error occurred while fetching the comment"


def walk(rows):
    """All comments of a tree, each after its parent."""
    rows = list(rows)
    for row in rows:
        rows += row["children"]
    return rows


def levels(rows):
    """All lists of siblings."""
    out = [rows]
    for siblings in out:
        out += [row["children"] for row in siblings if row["children"]]
    return out


@pytest.fixture
def album(world):
    """The album with the most comments."""
    albums = [post for post in world.posts if post.is_album and post.created <= WORLD_NOW]
    return max(albums, key=lambda post: len(world.comments.of_post(post.id, WORLD_NOW)))


@pytest.fixture
def tree(api, album):
    return api.data(f"/3/gallery/{album.id}/comments")


def test_tree_holds_every_comment_below_its_parent(tree, album, world):
    rows = walk(tree)
    known = world.comments.of_post(album.id, WORLD_NOW)
    assert {row["id"] for row in rows} == {comment.id for comment in known}
    assert len(rows) == len(known) > 200
    assert all(list(row) == COMMENT for row in rows)
    assert all(row["parent_id"] == 0 for row in tree)
    assert all(child["parent_id"] == row["id"] for row in rows for child in row["children"])
    assert any(row["children"] for row in walk(child for r in tree for child in r["children"]))
    assert {(row["image_id"], row["on_album"], row["album_cover"]) for row in rows} == {
        (album.id, True, album.cover)
    }
    assert max(row["id"] for row in walk(tree)) > 2**31


def test_tree_has_texts_authors_and_votes_of_the_world(tree, album, world, shared):
    origin = shared.clock() - WORLD_NOW
    for row in walk(tree)[::7]:
        comment = world.comments.by_id[row["id"]]
        share = 1 - 2 ** (-(WORLD_NOW - comment.created) / album.half_life)
        assert row["datetime"] == origin + comment.created
        assert (row["vote"], row["has_admin_badge"]) == (None, False)
        if row["deleted"]:
            continue
        assert row["comment"] == comment.text
        assert row["author_id"] == comment.account_id
        assert row["author"] == world.accounts[comment.account_id].url
        assert row["platform"] == comment.platform
        assert (row["ups"], row["downs"]) == (int(comment.ups * share), int(comment.downs * share))
        assert row["points"] == row["ups"] - row["downs"] + comment.fuzz


def test_points_are_fuzzed_on_some(api, world):
    fuzzed = next(c for c in world.comments.by_id.values() if c.fuzz and c.created < WORLD_NOW / 2)
    row = api.data(f"/3/comment/{fuzzed.id}")
    assert row["points"] == row["ups"] - row["downs"] + fuzzed.fuzz != row["ups"] - row["downs"]


def test_tree_is_sorted_at_every_level(subtests, api, album):
    for sort, key in [
        ("top", lambda row: -row["points"]),
        ("new", lambda row: -row["datetime"]),
    ]:
        with subtests.test(sort=sort, key=key):
            for siblings in levels(api.data(f"/3/gallery/{album.id}/comments/{sort}")):
                assert siblings == sorted(siblings, key=key)


def test_best_is_sorted_by_wilson_bound(api, album, tree):
    top = api.data(f"/3/gallery/{album.id}/comments/top")
    best_ids, top_ids = [row["id"] for row in tree], [row["id"] for row in top]
    assert sorted(best_ids) == sorted(top_ids)
    assert best_ids != top_ids
    # Many votes, all of them up, beat fewer; an equal share of many beats that of few.
    assert (
        wilson_lower_bound(100, 0)
        > wilson_lower_bound(10, 0)
        > wilson_lower_bound(10, 5)
        > wilson_lower_bound(0, 0)
        == 0
    )


def test_tree_paths_of_the_same_tree(api, album, tree):
    base = f"/3/gallery/{album.id}/comments"
    new = api.data(f"{base}/new")
    assert api.data(f"{base}/best") == tree
    assert api.data(f"{base}/best/0") == tree
    assert api.data(f"{base}/no_such_sort") == tree
    assert api.data(f"{base}?sort=new") == new
    assert api.data(f"{base}/new.json") == new
    assert api.data(f"/3/gallery/album/{album.id}/comments") == tree
    assert api.data(f"/3/album/{album.id}/comments?sort=new") == new
    # PyImgur asks for more pages until one is empty.
    assert api.data(f"{base}/best/1") == []


def test_only_images_that_are_posts_have_comments(api, world, album):
    post = next(
        post
        for post in world.posts
        if not post.is_album and world.comments.of_post(post.id, WORLD_NOW)
    )
    tree = api.data(f"/3/gallery/image/{post.id}/comments")
    assert (
        tree
        == api.data(f"/3/image/{post.id}/comments")
        == api.data(f"/3/gallery/{post.id}/comments")
    )
    assert {(row["on_album"], row["album_cover"]) for row in walk(tree)} == {(False, None)}
    assert api.data(f"/3/image/{album.images[0].id}/comments") == []


def test_ids_include_deleted_comments_and_count_does_not(api, album, tree):
    rows = walk(tree)
    ids = api.data(f"/3/gallery/{album.id}/comments/ids")
    assert sorted(ids) == sorted(row["id"] for row in rows)
    # Recorded: ids count the deleted ones, count does not.
    count = api.data(f"/3/gallery/{album.id}/comments/count")
    assert count == sum(not row["deleted"] for row in rows)


def test_single_comments_and_branches_match_the_tree(api, album, tree):
    root = max(tree, key=lambda row: len(walk([row])))
    alone = {**root, "children": []}
    assert api.data(f"/3/comment/{root['id']}") == alone
    assert api.data(f"/3/gallery/{album.id}/comment/{root['id']}") == alone
    branch = api.data(f"/3/comment/{root['id']}/replies")
    assert branch == root
    leaf = next(row for row in walk(tree) if not row["children"])
    assert api.data(f"/3/comment/{leaf['id']}/replies") == leaf


def test_missing_comment_is_a_success_with_a_text(subtests, api, album):
    for number in ["1", "x", "99999999999999999999", "\u00b2", "-3", "0"]:
        with subtests.test(number=number):
            paths = [
                f"/3/comment/{number}",
                f"/3/comment/{number}/replies",
                f"/3/gallery/{album.id}/comment/{number}",
                f"/3/account/{api.sandbox.account}/comment/{number}",
            ]
            for path in paths:
                answer = api(path)
                assert answer.status_code == 200
                assert answer.json() == {"data": MISSING, "success": True, "status": 200}


def test_comment_of_another_post_is_missing(api, world, album):
    other = next(c for c in world.comments.by_id.values() if c.post != album.id)
    assert api.data(f"/3/gallery/{album.id}/comment/{other.id}") == MISSING


def test_comments_of_missing_posts_are_404(api, world):
    future = next(post for post in world.posts if post.created > WORLD_NOW)
    expected = {
        "/3/gallery/zzzzzzz/comments": "Not Found",
        "/3/gallery/zzzzzzz/comments/ids": "Not Found",
        "/3/gallery/zzzzzzz/comment/1": "Not Found",
        f"/3/gallery/{future.id}/comments/count": "Not Found",
        "/3/album/zzzzzzz/comments": "Unable to find an album with the id, zzzzzzz.",
        "/3/image/zzzzzzz/comments": "Unable to find an image with the id, zzzzzzz",
        "/3/gallery/zzzzzzz/comments/a/b": "Not Found",
        "/3/comment": "Not Found",
    }
    for path, text in expected.items():
        answer = api(path)
        assert (answer.status_code, answer.json()["data"]["error"]) == (404, text)


def test_deleted_comment_stays_without_text_and_author(sandbox, client):
    world = sandbox._app.store.world
    table = world.comments
    comment = next(
        comment
        for comment in table.by_id.values()
        if comment.deleted_at is not None
        and comment.deleted_at > WORLD_NOW
        and table.replies(comment.id, comment.deleted_at - 1)
        and not world.accounts[comment.account_id].private
    )
    sandbox.advance(comment.deleted_at - WORLD_NOW - 1)
    path = f"/3/comment/{comment.id}/replies"
    before = client.data(path)
    assert (before["deleted"], before["comment"]) == (False, comment.text)
    author = world.accounts[comment.account_id].url
    listed = f"/3/account/{author}/comments/ids?perPage=100"
    assert comment.id in client.data(listed)
    count = client.data(f"/3/gallery/{comment.post}/comments/count")
    ids = client.data(f"/3/gallery/{comment.post}/comments/ids")
    sandbox.advance(1)
    after = client.data(path)
    gone = {
        "comment": "[deleted]",
        "author": "[deleted]",
        "author_id": 0,
        "ups": 0,
        "downs": 0,
        "points": 0,
        "deleted": True,
        "vote": None,
    }
    unchanged = ("id", "image_id", "datetime", "parent_id", "platform", "on_album", "album_cover")
    assert after == {
        **{name: before[name] for name in (*unchanged, "has_admin_badge")},
        **gone,
        "children": after["children"],
    }
    assert {row["id"] for row in before["children"]} <= {row["id"] for row in after["children"]}
    assert client(f"/3/account/{author}/comment/{comment.id}").json()["data"] == MISSING
    assert comment.id not in client.data(listed)
    assert client.data(f"/3/gallery/{comment.post}/comments/count") == count - 1
    assert client.data(f"/3/gallery/{comment.post}/comments/ids") == ids


def test_comment_exists_from_its_second_on(sandbox, client):
    table = sandbox._app.store.world.comments
    comment = min(
        (c for c in table.by_id.values() if c.created > WORLD_NOW), key=lambda c: c.created
    )
    path = f"/3/comment/{comment.id}"
    sandbox.advance(comment.created - WORLD_NOW - 1)
    assert client.data(path) == MISSING
    sandbox.advance(1)
    row = client.data(path)
    assert row["id"] == comment.id
    assert row["datetime"] == sandbox.clock()
    assert (row["ups"], row["downs"]) == (0, 0)


def test_tree_grows_with_the_clock(sandbox, client):
    world = sandbox._app.store.world
    post = max(
        (p for p in world.posts if p.created <= WORLD_NOW),
        key=lambda p: (
            len(world.comments.of_post(p.id, WORLD_NOW + 86_400))
            - len(world.comments.of_post(p.id, WORLD_NOW))
        ),
    )
    path = f"/3/gallery/{post.id}/comments"
    before = {row["id"]: row for row in walk(client.data(path))}
    sandbox.advance("1d")
    after = {row["id"]: row for row in walk(client.data(path))}
    assert before.keys() < after.keys()
    assert sum(row["ups"] for row in after.values()) > sum(row["ups"] for row in before.values())


def test_tree_shows_votes_of_a_signed_in_account(signed_in, shared, album):
    mine = walk(signed_in(shared.account).data(f"/3/gallery/{album.id}/comments"))
    assert {row["vote"] for row in mine} >= {None, "up"}
    assert all(row["vote"] is None for row in mine if row["deleted"])


def test_seed_decides_about_votes_of_comments(new_client, album):
    def ups(seed):
        with Sandbox(seed=seed) as sandbox:
            rows = walk(new_client(sandbox).data(f"/3/gallery/{album.id}/comments"))
        return {row["id"]: row["ups"] for row in rows}

    assert ups(0) != ups(3) == ups(3)


def test_tree_costs_one_credit_and_revalidates(sandbox, client):
    world = sandbox._app.store.world
    path = f"/3/gallery/{world.posts[1].id}/comments"
    first = client(path)
    assert sandbox.spent == 1
    assert first.headers["x-ratelimit-userremaining"] == "499"
    again = client(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content, sandbox.spent) == (304, b"", 2)


def test_tree_may_be_xml(api, album, tree):
    import xml.etree.ElementTree as ET

    root = ET.fromstring(api(f"/3/gallery/{album.id}/comments.xml").content)
    assert root.attrib["type"] == "array"
    assert [item.findtext("id") for item in root] == [str(row["id"]) for row in tree]
    inner = [item.findtext("parent_id") for item in root.iterfind("item/children/item")]
    assert inner == [str(row["parent_id"]) for top in tree for row in top["children"]]
