"""Tags: the list of them, one of them, its posts, and who tagged a post."""

from __future__ import annotations

import pytest

from imgurdata.sandbox.world import WORLD_NOW

TAG = [
    "name", "display_name", "followers", "total_items", "following", "is_whitelisted",
    "background_hash", "thumbnail_hash", "accent", "background_is_animated",
    "thumbnail_is_animated", "is_promoted", "description", "logo_hash", "logo_destination_url",
    "description_annotations",
]  # fmt: skip


@pytest.fixture
def busy(world):
    """The tag with the most posts."""
    counts = {}
    for post in world.posts:
        if post.created <= WORLD_NOW:
            for name in post.tags:
                counts[name] = counts.get(name, 0) + 1
    return max(counts, key=counts.get)


def limit_headers(answer):
    return [name for name in answer.headers if "ratelimit" in name.lower()]


def test_tags_lists_tags_and_galleries(api, world):
    answer = api("/3/tags")
    data = answer.json()["data"]
    assert list(data) == ["tags", "featured", "galleries"]
    assert all(list(tag) == TAG and tag["is_whitelisted"] for tag in data["tags"])
    listed = {tag["name"] for tag in data["tags"]}
    assert listed == {tag.name for tag in world.tags.values() if tag.is_whitelisted}
    assert data["featured"] in listed
    assert [gallery["name"] for gallery in data["galleries"]][:2] == [
        "Most Viral",
        "User Submitted",
    ]
    viral = data["galleries"][0]["topPost"]
    assert viral["id"] == api.data("/3/gallery/hot/viral/day/0")[0]["id"]
    tops = [gallery["topPost"] for gallery in data["galleries"]]
    assert all("images" not in top for top in tops)
    assert {top["favorite"] for top in tops if top["is_album"]} == {None}


def test_tags_comes_from_the_edge_cache(api):
    answer = api("/3/tags")
    assert not limit_headers(answer)
    assert answer.headers["Cache-Control"].startswith("max-age=600")
    assert answer.headers["Cache-Control"].endswith("public")
    assert api.sandbox.requests[-1].cost == 1
    again = api("/3/tags", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert api("/3/tags/x").status_code == 404


def test_tag_info_is_one_tag(api, world, busy):
    answer = api(f"/3/gallery/tag_info/{busy}")
    tag = answer.json()["data"]
    assert list(tag) == TAG
    assert tag["total_items"] == world.tags[busy].total_items
    assert not limit_headers(answer)
    assert "no-store" in answer.headers["Cache-Control"]
    assert api.data(f"/3/gallery/tag_info/{busy.upper()}") == tag


def test_unknown_tag_is_404(subtests, api):
    for path in ["/3/gallery/tag_info/no_such_tag", "/3/gallery/t/no_such_tag"]:
        with subtests.test(path=path):
            answer = api(path)
            assert answer.status_code == 404
            assert answer.json()["data"]["error"] == "Tag does not exist"


def test_tag_pages_end_empty(api, world, busy):
    first = api.data(f"/3/gallery/t/{busy}")
    assert list(first) == [*TAG, "items"]
    seen, page = [], 0
    while items := api.data(f"/3/gallery/t/{busy}/viral/week/{page}")["items"]:
        seen += items
        page += 1
    assert first["items"] == seen[:60]
    expected = {
        post.id
        for post in world.posts
        if post.created <= WORLD_NOW and busy in post.tags and not post.nsfw
    }
    assert len(seen) == len(expected) > 60
    assert {row["id"] for row in seen} == expected


def test_tag_paths_of_the_same_list(subtests, api, busy):
    for path in ["/viral", "/viral/0", "/0", "/viral/week/0", "/no_such_sort"]:
        with subtests.test(path=path):
            assert api.data(f"/3/gallery/t/{busy}{path}") == api.data(f"/3/gallery/t/{busy}")


def test_tag_is_sorted_within_its_window(api, busy):
    newest = [row["datetime"] for row in api.data(f"/3/gallery/t/{busy}/time/0")["items"]]
    assert newest == sorted(newest, reverse=True)
    best = api.data(f"/3/gallery/t/{busy}/top/all/0")["items"]
    points = [row["points"] for row in best]
    assert points == sorted(points, reverse=True)
    week = api.data(f"/3/gallery/t/{busy}/top/0")["items"]
    assert week == api.data(f"/3/gallery/t/{busy}/top/week/0")["items"]
    assert {row["id"] for row in week} != {row["id"] for row in best}
    assert all(row["datetime"] > api.sandbox.clock() - 7 * 86_400 for row in week)


def test_tag_has_mature_posts_only_on_request(api, world):
    post = next(p for p in world.posts if p.nsfw and p.tags and p.created <= WORLD_NOW)

    def ids(query):
        found, page = set(), 0
        while items := api.data(f"/3/gallery/t/{post.tags[0]}/time/{page}{query}")["items"]:
            found |= {row["id"] for row in items}
            page += 1
        return found

    assert post.id not in ids("")
    assert post.id in ids("?mature=true")


def test_tag_item_is_the_post(api, world, busy):
    row = api.data(f"/3/gallery/t/{busy}")["items"][0]
    assert api.data(f"/3/gallery/t/{busy}/{row['id']}") == api.data(f"/3/gallery/{row['id']}")
    stranger = next(p for p in world.posts if busy not in p.tags and p.created <= WORLD_NOW)
    future = next(p for p in world.posts if busy in p.tags and p.created > WORLD_NOW)
    for item in (stranger.id, future.id, "zzzzzzz"):
        assert api(f"/3/gallery/t/{busy}/{item}").status_code == 404
    assert api(f"/3/gallery/t/{busy}/a/b/c").status_code == 404
    assert api("/3/gallery/t").status_code == 404


def test_tag_votes_name_who_tagged_a_post(api, world):
    post = next(post for post in world.posts if len(post.tags) > 5)
    votes = api.data(f"/3/gallery/{post.id}/tags")
    assert list(votes) == ["tags"]
    assert [vote["name"] for vote in votes["tags"]] == list(post.tags)
    for vote in votes["tags"]:
        assert list(vote) == ["name", "ups", "downs", "author"]
        assert vote["ups"] >= 1
        assert vote["author"].lower() in world.account_by_name


def test_votes_are_ups_and_downs_of_the_post(api):
    row = api.data("/3/gallery/hot")[0]
    assert api.data(f"/3/gallery/{row['id']}/votes") == {
        "ups": row["ups"],
        "downs": row["downs"],
    }
    assert api("/3/gallery/zzzzzzz/votes").status_code == 404
