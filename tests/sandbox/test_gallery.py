"""Lists: sections, sorts, windows, pages and what Imgur fills in."""

from __future__ import annotations

import pytest

from imgurdata.sandbox import Sandbox
from imgurdata.sandbox.lists import ListKey

HOT = "/3/gallery/hot/viral/day/0"


def ids(rows):
    return [row["id"] for row in rows]


@pytest.mark.parametrize(
    "path",
    [
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
    ],
)
def test_short_long_and_odd_forms_are_the_same_list(look, path):
    assert ids(look.data(path)) == ids(look.data(HOT))


def test_pages_are_60_rows_without_overlap_and_end_empty(look):
    seen, page = [], 0
    while rows := look.data(f"/3/gallery/hot/viral/day/{page}"):
        assert len(rows) == 60 or look.data(f"/3/gallery/hot/viral/day/{page + 1}") == []
        seen += ids(rows)
        page += 1
    assert page >= 10
    assert len(seen) == len(set(seen))
    assert look.data("/3/gallery/hot/viral/day/999999999") == []


@pytest.mark.parametrize("page", ["-1", "1e3", "99999999999999999999", "\u00b2"])
def test_a_page_that_is_no_number_counts_as_not_given(look, page):
    assert ids(look.data(f"/3/gallery/hot/viral/{page}")) == ids(look.data(HOT))


def test_hot_holds_only_most_viral(look):
    rows = look.data(HOT)
    assert all(row["in_most_viral"] and row["in_gallery"] and not row["nsfw"] for row in rows)


def test_hot_and_top_sorts(look):
    by_points = look.data("/3/gallery/hot/top/day/0")
    points = [row["points"] for row in by_points]
    assert points == sorted(points, reverse=True)
    newest = [row["datetime"] for row in look.data("/3/gallery/top/time/all/0")]
    assert newest == sorted(newest, reverse=True)
    assert ids(look.data("/3/gallery/top/viral/all/0")) == ids(look.data("/3/gallery/top/top/all"))


def test_user_sorts(look):
    newest = [row["datetime"] for row in look.data("/3/gallery/user/time/0")]
    assert newest == sorted(newest, reverse=True)
    assert max(newest) <= look.sandbox.clock()
    points = [row["points"] for row in look.data("/3/gallery/user/top/0")]
    assert points == sorted(points, reverse=True)
    assert not any(row["in_most_viral"] for row in look.data("/3/gallery/user/rising/0"))
    lists = {tuple(ids(look.data(f"/3/gallery/user/{s}/0"))) for s in ("viral", "top", "time")}
    assert len(lists) == 3


def test_windows_of_top(look):
    now = look.sandbox.clock()
    lengths = {"day": 1, "week": 7, "month": 30, "year": 365, "all": 10_000}
    counts = []
    for window, days in lengths.items():
        rows, page = [], 0
        while more := look.data(f"/3/gallery/top/top/{window}/{page}"):
            rows += more
            page += 1
        assert all(row["datetime"] > now - days * 86_400 for row in rows)
        counts.append(len(rows))
    assert 0 < counts[0] < counts[1] < counts[2] <= counts[3] == counts[4]


def test_show_viral_false_drops_most_viral_from_section_user_only(look):
    mixed = look.data("/3/gallery/user/time/0")
    assert any(row["in_most_viral"] for row in look.data("/3/gallery/user/top/0"))
    fresh = look.data("/3/gallery/user/top/0?showViral=false")
    assert len(fresh) == 60
    assert not any(row["in_most_viral"] for row in fresh)
    assert ids(look.data("/3/gallery/hot?showViral=false")) == ids(look.data(HOT))
    # Only the lower-case words are booleans.
    assert ids(look.data("/3/gallery/user/time/0?showViral=False")) == ids(mixed)


def test_mature_posts_come_only_when_asked_for(look):
    def mature(query):
        rows, page = [], 0
        while more := look.data(f"/3/gallery/user/time/all/{page}{query}"):
            rows += more
            page += 1
        return len(rows), sum(row["nsfw"] for row in rows)

    plain, hidden = mature("")
    everything, shown = mature("?mature=true")
    assert hidden == 0
    assert shown > 0
    assert everything == plain + shown


def test_with_a_token_the_accounts_setting_decides_about_mature(look, asker):
    world = look.sandbox._app.world
    open_minded = next(a.url for a in world.accounts.values() if a.shows_mature)
    seen = {}
    for name in (look.sandbox.account, open_minded):
        signed_in = asker(look.sandbox, f"Bearer {look.sandbox.issue_token(name)}")
        rows = [
            row
            for page in range(30)
            for row in signed_in.data(f"/3/gallery/user/time/{page}?mature=true")
        ]
        seen[name] = any(row["nsfw"] for row in rows)
    assert seen == {look.sandbox.account: False, open_minded: True}


def test_album_previews(look):
    assert not any("images" in row for row in look.data(HOT + "?album_previews=false"))
    albums = [row for row in look.data(HOT) if row["is_album"]]
    assert albums
    for row in albums:
        assert len(row["images"]) == min(3, row["images_count"])


def test_lists_change_as_the_clock_moves(sandbox, ask):
    before = ask.data("/3/gallery/user/time/0")
    sandbox.advance("6h")
    after = ask.data("/3/gallery/user/time/0")
    assert after[0]["datetime"] > before[0]["datetime"]
    assert after[0]["datetime"] <= sandbox.clock()


def test_same_sandbox_same_answer_other_seed_other_popularity(asker):
    def order(seed):
        with Sandbox(seed=seed) as sandbox:
            rows = asker(sandbox).data("/3/gallery/top/top/all/0")
        return [(row["id"], row["points"]) for row in rows]

    assert order(0) == order(0)
    assert order(7) == order(7)
    assert order(0) != order(7)
    assert order(7) != order(8)


@pytest.mark.parametrize(
    "path",
    [
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
    ],
)
def test_paths_that_are_no_route(look, path):
    answer = look(path)
    assert answer.status_code == 404
    body = answer.json()
    assert body["status"] == 404
    assert body["success"] is False
    assert body["data"]["error"] == "Not Found"


@pytest.mark.parametrize(
    ("slots", "expected"),
    [
        ((), ListKey()),
        (("top",), ListKey("top")),
        (("top", "time", "week"), ListKey("top", "time", "week")),
        (("top", "rising", "eon"), ListKey("top", "viral", "day")),
        (("user", "rising", "week"), ListKey("user", "rising", "day")),
        (("hot", "time", "all"), ListKey("hot", "time", "day")),
        (("HOT", "TIME"), ListKey("hot", "viral", "day")),
    ],
)
def test_defaults(slots, expected):
    assert ListKey.of(slots) == expected
