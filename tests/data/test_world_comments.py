"""The world's comments, trophies and own albums: whole, in order, shaped like recorded ones."""

from __future__ import annotations

import gzip
import math
import re
import statistics
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    Row = dict[str, Any]

SPAN = 60 * 86_400
DEFAULT_CLOCK = 4_039_200
PAGE = 50
PLATFORMS = {"desktop", "android", "iphone", "api", "mweb", "unknown"}
ADDRESS = re.compile(r"@|://|www\.|\b[\w-]+\.(com|net|org|io|de|co|uk)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def post_of(posts: list[Row]) -> dict[str, Row]:
    return {post["id"]: post for post in posts}


@pytest.fixture(scope="module")
def comment_of(comments: list[Row]) -> dict[int, Row]:
    return {row["id"]: row for row in comments}


@pytest.fixture(scope="module")
def made(accounts: list[Row]) -> dict[int, int]:
    return {row["id"]: row["created"] for row in accounts}


@pytest.fixture(scope="module")
def trees(comments: list[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = {}
    for row in comments:
        grouped.setdefault(row["post"], []).append(row)
    return grouped


@pytest.fixture(scope="module")
def depth(comments: list[Row]) -> dict[int, int]:
    known = {0: -1}
    for row in comments:
        known[row["id"]] = known[row["parent"]] + 1
    return known


def points(row: Row) -> int:
    return int(row["ups"] - row["downs"] + row["fuzz"])


# Comments


def test_comments_are_in_order_with_parents_first(
    comments: list[Row], posts: list[Row], comment_of: dict[int, Row]
) -> None:
    place = {post["id"]: number for number, post in enumerate(posts)}
    keys = [(place[row["post"]], row["created"]) for row in comments]
    assert keys == sorted(keys)
    seen = {0}
    for row in comments:
        assert row["parent"] in seen
        seen.add(row["id"])
        if row["parent"]:
            parent = comment_of[row["parent"]]
            assert parent["post"] == row["post"]
            assert parent["created"] < row["created"]


def test_comments_are_within_their_ranges(
    comments: list[Row], post_of: dict[str, Row], made: dict[int, int]
) -> None:
    for row in comments:
        assert row["account_id"] in made
        post = post_of[row["post"]]
        assert 0 < row["created"] - post["created"] <= 14 * post["half_life"] + 90 + 1_000
        assert 1 <= len(row["text"]) <= 500
        assert 2_020_000_000 <= row["id"] <= 2_750_000_000
        assert row["ups"] >= 1
        assert row["downs"] >= 0
        assert abs(row["fuzz"]) <= 12
        assert row["platform"] in PLATFORMS


def test_comment_ids_grow_with_time_and_mostly_exceed_32_bits(comments: list[Row]) -> None:
    by_number = sorted(comments, key=lambda row: row["id"])
    times = [row["created"] for row in by_number]
    assert times == sorted(times)
    assert len({row["id"] for row in comments}) == len(comments)
    assert sum(row["id"] > 2**31 for row in comments) > len(comments) / 2


def test_post_totals_are_close_to_the_tree_sizes(
    posts: list[Row], trees: dict[str, list[Row]]
) -> None:
    off = 0
    for post in posts:
        there = len(trees.get(post["id"], ()))
        assert abs(post["comments"] - there) <= 1 + 0.06 * there
        off += post["comments"] != there
    assert 50 <= off <= 400
    assert abs(sum(post["comments"] for post in posts) - 30_000) <= 600


def test_post_totals_correlate_with_votes_and_views(posts: list[Row]) -> None:
    viral = [post for post in posts if post["viral_at"] is not None]
    talk = [math.log1p(post["comments"]) for post in viral]
    for name in ("ups", "views"):
        counts = [math.log1p(post[name]) for post in viral]
        assert statistics.correlation(talk, counts) > 0.35


def test_comments_arrive_along_the_curve_of_their_post(
    trees: dict[str, list[Row]], post_of: dict[str, Row]
) -> None:
    for name, tree in trees.items():
        if len(tree) < 100:
            continue
        post = post_of[name]
        for lives in (0.5, 1, 2, 4):
            clock = post["created"] + lives * post["half_life"]
            share = sum(row["created"] <= clock for row in tree) / len(tree)
            assert share == pytest.approx(1 - 2**-lives, abs=0.02)


def test_comments_continue_after_the_default_clock(comments: list[Row]) -> None:
    later = sum(row["created"] > DEFAULT_CLOCK for row in comments)
    assert 0.1 * len(comments) < later < 0.3 * len(comments)


def test_trees_are_shaped_like_recorded_ones(
    comments: list[Row], trees: dict[str, list[Row]], depth: dict[int, int]
) -> None:
    assert max(len(tree) for tree in trees.values()) >= 200
    for tree in trees.values():
        if len(tree) >= 100:
            assert 0.2 <= sum(row["parent"] == 0 for row in tree) / len(tree) <= 0.5
            assert max(depth[row["id"]] for row in tree) >= 3
    deepest = Counter(
        max(depth[row["id"]] for row in tree) for tree in trees.values() if len(tree) >= 10
    )
    assert 15 <= max(deepest) <= 25
    assert 1 <= sum(number for level, number in deepest.items() if level > 10) <= 60
    assert statistics.median(deepest.elements()) <= 5


def test_comments_answer_each_other(
    comments: list[Row], posts: list[Row], post_of: dict[str, Row], comment_of: dict[int, Row]
) -> None:
    own = [row for row in comments if row["account_id"] == post_of[row["post"]]["account_id"]]
    assert 0.03 < len(own) / len(comments) < 0.15
    back = 0
    for row in comments:
        above = comment_of.get(row["parent"])
        first = comment_of.get(above["parent"]) if above else None
        back += first is not None and first["account_id"] == row["account_id"]
    assert back > 1_000
    counts = [number for _, number in Counter(row["account_id"] for row in comments).most_common()]
    assert counts[0] > 10 * statistics.median(counts)


def test_comment_votes_are_spread_and_some_points_fuzzy(comments: list[Row]) -> None:
    ranked = sorted(points(row) for row in comments)
    assert ranked[0] < -5
    assert ranked[len(ranked) // 2] <= 10
    assert ranked[-1] > 800
    assert 0.005 < sum(row["fuzz"] != 0 for row in comments) / len(comments) < 0.06
    assert 0.005 < sum(one < 0 for one in ranked) / len(ranked) < 0.05


def test_comments_deleted_are_few_and_after_their_last_reply(
    comments: list[Row], comment_of: dict[int, Row]
) -> None:
    deleted = [row for row in comments if row["deleted_at"] is not None]
    assert 0.002 < len(deleted) / len(comments) < 0.02
    assert all(row["deleted_at"] > row["created"] for row in deleted)
    answered = 0
    for row in comments:
        parent = comment_of.get(row["parent"])
        if parent and parent["deleted_at"] is not None:
            answered += 1
            assert row["created"] < parent["deleted_at"]
    assert answered >= 20


def test_comment_texts_are_invented_and_as_awkward_as_real_ones(
    comments: list[Row], images: list[Row], post_of: dict[str, Row]
) -> None:
    texts = [row["text"] for row in comments]
    for text in texts:
        assert not ADDRESS.search(text), text
        assert "{" not in text, text
        assert text == text.strip(), text
    assert sum("&#039;" in text for text in texts) >= 100
    assert sum("\n" in text for text in texts) >= 100
    assert any("\r\n" in text for text in texts)
    assert sum(any(ord(letter) > 0xFFFF for letter in text) for text in texts) >= 300
    assert max(len(text) for text in texts) > 300
    assert len(set(texts)) > 0.5 * len(texts)
    uploaded = {image["id"]: image["created"] for image in images}
    named = 0
    for row in comments:
        for word in re.findall(r"\b[A-Za-z0-9]{7}\b", row["text"]):
            if word in uploaded:
                named += 1
                assert uploaded[word] < row["created"]
    assert named >= 100


# Trophies


def test_trophies_are_within_their_ranges(trophies: list[Row], made: dict[int, int]) -> None:
    assert 300 <= len(trophies) <= 2_500
    assert len({row["id"] for row in trophies}) == len(trophies)
    for row in trophies:
        assert row.keys() == {
            *("account_id", "id", "name", "name_clean", "description", "data", "created")
        }
        assert row["id"] >= 1
        assert made[row["account_id"]] <= row["created"] <= SPAN + 86_400 + 36_000
        assert re.fullmatch(r"[A-Za-z0-9]+", row["name_clean"])
        assert row["name"]
        assert row["description"].endswith(".")
        assert not ADDRESS.search(row["description"])
    counts = sorted(Counter(row["account_id"] for row in trophies).values())
    assert counts[-1] >= 20
    assert counts[len(counts) // 2] <= 4


def test_trophies_name_what_earned_them(
    trophies: list[Row], post_of: dict[str, Row], comment_of: dict[int, Row]
) -> None:
    earned = [row for row in trophies if row["data"] is not None]
    assert len(earned) >= 200
    kinds = set()
    for row in earned:
        source = post_of.get(row["data"]) or comment_of[int(row["data"])]
        assert source["account_id"] == row["account_id"]
        assert source["created"] < row["created"]
        kinds.add("post" in source)
        if "post" in source:
            assert source["deleted_at"] is None
    assert kinds == {True, False}


def test_trophies_for_outshining_are_earned_by_then(
    trophies: list[Row], comment_of: dict[int, Row], post_of: dict[str, Row]
) -> None:
    outshone = [row for row in trophies if row["name_clean"] == "Outshone" and row["data"]]
    assert outshone
    for row in outshone:
        reply = comment_of[int(row["data"])]
        parent = comment_of[reply["parent"]]
        half_life = post_of[reply["post"]]["half_life"]

        def ups(one: Row, clock: int = row["created"], half_life: int = half_life) -> int:
            return int(one["ups"] * (1 - 2 ** (-(clock - one["created"]) / half_life)))

        assert ups(reply) >= ups(parent)


# Own albums


def test_albums_are_within_their_ranges(albums: list[Row], made: dict[int, int]) -> None:
    for row in albums:
        assert row["privacy"] in {"public", "hidden", "secret"}
        assert made[row["account_id"]] <= row["created"] < SPAN
        assert row["views"] >= 0
        assert 0 <= row["order"] <= 40
        ids = {image["id"] for image in row["images"]}
        if row["id"] is None:
            assert ids
            assert row["cover"] is None
            times = [image["created"] for image in row["images"]]
            assert times == sorted(times)
            assert times[0] == row["created"]
        else:
            assert len(row["id"]) in (5, 7)
            assert (row["cover"] is None) is (not ids)
            assert not ids or row["cover"] in ids
            assert len(ids) <= 60
        for image in row["images"]:
            assert made[row["account_id"]] <= image["created"] < SPAN
            assert row["id"] is None or image["created"] <= row["created"]


def test_album_images_have_the_fields_of_posted_ones(albums: list[Row], images: list[Row]) -> None:
    own = [image for row in albums for image in row["images"]]
    assert {frozenset(image) for image in own} == {frozenset({*images[0], "name"})}
    for image in own:
        assert image["name"] is None or "." not in image["name"]
        assert 80 <= image["width"] <= 10_000
        assert 80 <= image["height"] <= 10_000
        assert image["size"] >= 9_000
        assert image["animated"] is (image["type"] in ("image/gif", "video/mp4"))


def test_album_ids_are_unique(albums: list[Row], posts: list[Row], images: list[Row]) -> None:
    own = [row["id"] for row in albums if row["id"] is not None]
    own += [image["id"] for row in albums for image in row["images"]]
    assert len(set(own)) == len(own)
    assert not set(own) & ({post["id"] for post in posts} | {image["id"] for image in images})
    assert {len(one) for one in own} == {5, 7}
    assert all(re.fullmatch(r"[A-Za-z0-9]+", one) for one in own)


def test_albums_have_one_row_of_loose_pictures_an_account(albums: list[Row]) -> None:
    counts = Counter(row["account_id"] for row in albums if row["id"] is None)
    assert max(counts.values()) == 1


def test_albums_fill_more_than_a_page_for_some_accounts(albums: list[Row]) -> None:
    kept: Counter[int] = Counter()
    pictures: Counter[int] = Counter()
    for row in albums:
        kept[row["account_id"]] += row["id"] is not None and row["created"] <= DEFAULT_CLOCK
        there = sum(image["created"] <= DEFAULT_CLOCK for image in row["images"])
        pictures[row["account_id"]] += there
    assert sum(number > PAGE for number in kept.values()) >= 5
    assert sum(number > PAGE for number in pictures.values()) >= 20
    assert any(not row["images"] for row in albums)


def test_album_texts_contain_no_address(albums: list[Row]) -> None:
    for row in (*albums, *(image for album in albums for image in album["images"])):
        for name in ("title", "description", "name"):
            if row.get(name) is not None:
                assert not ADDRESS.search(row[name]), row[name]
                assert "{" not in row[name], row[name]


# Chance


def test_make_world_draws_each_table_independently(
    maker: ModuleType,
    unpack: Callable[[bytes], list[Row]],
    monkeypatch: pytest.MonkeyPatch,
    tables: dict[str, list[Row]],
) -> None:
    monkeypatch.setattr("world_maker.comments.COMMENTS", 3_000)
    monkeypatch.setattr(maker, "_compress", partial(gzip.compress, compresslevel=1))
    fewer = maker.build(0)
    made = {name: unpack(fewer[f"{name}.jsonl.gz"]) for name in tables}
    for name in ("accounts", "tags", "albums"):
        assert made[name] == tables[name]

    def without_totals(posts: list[Row]) -> list[Row]:
        return [{**row, "comments": 0} for row in posts]

    assert without_totals(made["posts"]) == without_totals(tables["posts"])
