"""Lists: sections, sorts, windows, pages and what Imgur fills in."""

from __future__ import annotations

from imgurdata.sandbox import Sandbox
from imgurdata.sandbox.lists import ListKey

HOT = "/3/gallery/hot/viral/day/0"


def ids(rows):
    return [row["id"] for row in rows]


def test_gallery_paths_of_the_same_list(subtests, api):
    for path in [
        "/3/gallery",
        "/3/gallery/",
        "/3/gallery.json",
        "/3/gallery/0",
        "/3/gallery/hot",
        "/3/gallery/hot/0",
        "/3/gallery/hot/viral",
        "/3/gallery/hot/viral/0",
        "/3/gallery/hot/viral/0.json",
        "/3/gallery/hot/viral/day",
        "/3/gallery/hot/viral/day/0",
        "/3/gallery/hot/viral/week/0",
        "/3/gallery/hot/rising/0",
        "/3/gallery/hot/no_such_sort/no_such_window/0",
        "/3//gallery//hot",
    ]:
        with subtests.test(path=path):
            assert ids(api.data(path)) == ids(api.data(HOT))


def test_gallery_pages_are_60_rows_without_overlap_and_end_empty(api):
    seen, page = [], 0
    while rows := api.data(f"/3/gallery/hot/viral/day/{page}"):
        assert len(rows) == 60 or api.data(f"/3/gallery/hot/viral/day/{page + 1}") == []
        seen += ids(rows)
        page += 1
    assert page >= 10
    assert len(seen) == len(set(seen))
    assert api.data("/3/gallery/hot/viral/day/999999999") == []


def test_gallery_ignores_invalid_pages(subtests, api):
    for page in ["-1", "1e3", "99999999999999999999", "\u00b2"]:
        with subtests.test(page=page):
            assert ids(api.data(f"/3/gallery/hot/viral/{page}")) == ids(api.data(HOT))


def test_hot_holds_only_most_viral_posts(api):
    rows = api.data(HOT)
    assert all(row["in_most_viral"] and row["in_gallery"] and not row["nsfw"] for row in rows)


def test_hot_and_top_are_sorted(api):
    by_points = api.data("/3/gallery/hot/top/day/0")
    points = [row["points"] for row in by_points]
    assert points == sorted(points, reverse=True)
    newest = [row["datetime"] for row in api.data("/3/gallery/top/time/all/0")]
    assert newest == sorted(newest, reverse=True)
    assert ids(api.data("/3/gallery/top/viral/all/0")) == ids(api.data("/3/gallery/top/top/all"))


def test_user_is_sorted(api):
    newest = [row["datetime"] for row in api.data("/3/gallery/user/time/0")]
    assert newest == sorted(newest, reverse=True)
    assert max(newest) <= api.sandbox.clock()
    points = [row["points"] for row in api.data("/3/gallery/user/top/0")]
    assert points == sorted(points, reverse=True)
    assert not any(row["in_most_viral"] for row in api.data("/3/gallery/user/rising/0"))
    lists = {tuple(ids(api.data(f"/3/gallery/user/{s}/0"))) for s in ("viral", "top", "time")}
    assert len(lists) == 3


def test_top_holds_only_posts_of_the_window(api):
    now = api.sandbox.clock()
    counts = []
    for window, days in {"day": 1, "week": 7, "month": 30, "year": 365, "all": 10_000}.items():
        rows = api.pages(f"/3/gallery/top/top/{window}/{{}}?album_previews=false")
        assert all(row["datetime"] > now - days * 86_400 for row in rows)
        counts.append(len(rows))
    assert 0 < counts[0] < counts[1] < counts[2] <= counts[3] == counts[4]


def test_show_viral_false_drops_most_viral_from_section_user_only(api):
    mixed = api.data("/3/gallery/user/time/0")
    assert any(row["in_most_viral"] for row in api.data("/3/gallery/user/top/0"))
    fresh = api.data("/3/gallery/user/top/0?showViral=false")
    assert len(fresh) == 60
    assert not any(row["in_most_viral"] for row in fresh)
    assert ids(api.data("/3/gallery/hot?showViral=false")) == ids(api.data(HOT))
    # Only the lower-case words are booleans.
    assert ids(api.data("/3/gallery/user/time/0?showViral=False")) == ids(mixed)


def test_mature_posts_come_only_on_request(api, newest):
    everything = api.pages("/3/gallery/user/time/all/{}?mature=true&album_previews=false")
    assert not any(row["nsfw"] for row in newest)
    mature = sum(row["nsfw"] for row in everything)
    assert mature > 0
    assert len(everything) == len(newest) + mature


def test_mature_posts_follow_the_setting_of_a_signed_in_account(api, world, signed_in):
    mature = next(a.url for a in world.accounts.values() if a.shows_mature)
    for name, shown in {api.sandbox.account: False, mature: True}.items():
        path = "/3/gallery/user/time/{}?mature=true&album_previews=false"
        rows = signed_in(name).pages(path)
        assert any(row["nsfw"] for row in rows) is shown


def test_album_previews_are_three_or_none(api):
    assert not any("images" in row for row in api.data(HOT + "?album_previews=false"))
    albums = [row for row in api.data(HOT) if row["is_album"]]
    assert albums
    for row in albums:
        assert len(row["images"]) == min(3, row["images_count"])


def test_gallery_changes_as_the_clock_moves(sandbox, client):
    before = client.data("/3/gallery/user/time/0")
    sandbox.advance("6h")
    after = client.data("/3/gallery/user/time/0")
    assert after[0]["datetime"] > before[0]["datetime"]
    assert after[0]["datetime"] <= sandbox.clock()


def test_seed_decides_about_popularity(new_client):
    def order(seed):
        with Sandbox(seed=seed) as sandbox:
            rows = new_client(sandbox).data("/3/gallery/top/top/all/0")
        return [(row["id"], row["points"]) for row in rows]

    assert order(0) == order(0)
    assert order(7) == order(7)
    assert order(0) != order(7)
    assert order(7) != order(8)


def test_unknown_paths_are_404(subtests, api):
    for path in [
        "/3/gallery/hot/viral/day/0/1",
        "/3/gallery/nosuch/viral/day/0",
        "/3/gallery/album/a/b",
        "/3/nosuch",
        "/3/",
        "/3",
        "/3/credits/now",
        "/3/account/a/b/c",
        "/3/image",
        "/3/image/a/b",
    ]:
        with subtests.test(path=path):
            answer = api(path)
            assert answer.status_code == 404
            body = answer.json()
            assert body["status"] == 404
            assert body["success"] is False
            assert body["data"]["error"] == "Not Found"


def test_list_key_fills_in_defaults(subtests):
    for slots, expected in [
        ((), ListKey()),
        (("top",), ListKey("top")),
        (("top", "time", "week"), ListKey("top", "time", "week")),
        (("top", "rising", "eon"), ListKey("top", "viral", "day")),
        (("user", "rising", "week"), ListKey("user", "rising", "day")),
        (("hot", "time", "all"), ListKey("hot", "time", "day")),
        (("HOT", "TIME"), ListKey("hot", "viral", "day")),
    ]:
        with subtests.test(slots=slots):
            assert ListKey.from_path(slots) == expected
