"""The sample world: rebuilt the same each time, whole, and within what its dictionary declares."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import runpy
import statistics
import zlib
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    Row = dict[str, Any]

DATA = Path(__file__).resolve().parents[2] / "data"
WORLD = DATA / "world"
DRAWN = ("accounts", "tags", "posts", "comments", "trophies", "albums")
TABLES = (*DRAWN, "forums", "memes", "topics", "folders", "conversations", "guests")
SPAN = 60 * 86_400
DEFAULT_CLOCK = 4_039_200
PAGE = 60
MIB = 1024 * 1024
LETTERS = re.compile(r"[A-Za-z0-9]+")


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((WORLD / "manifest.json").read_bytes())
    return loaded


# The files


def content_of(name: str, content: bytes) -> bytes:
    # zlib-ng packs the same rows into other bytes; there, what is packed must be the same.
    if "ng" in zlib.ZLIB_RUNTIME_VERSION and name.endswith(".gz"):
        return gzip.decompress(content)
    return content


def test_make_world_gives_the_files_of_the_checkout(maker: ModuleType, tmp_path: Path) -> None:
    maker.main(["--out", str(tmp_path / "made" / "here")])
    made = {path.name: path.read_bytes() for path in (tmp_path / "made" / "here").iterdir()}
    kept = {path.name: path.read_bytes() for path in WORLD.iterdir() if path.name != ".keep"}
    assert made.keys() == kept.keys()
    for name, content in made.items():
        assert content_of(name, content) == content_of(name, kept[name]), name


def test_make_world_of_another_seed_has_the_same_form(
    maker: ModuleType,
    unpack: Callable[[bytes], list[Row]],
    tables: dict[str, list[Row]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # All comments, well compressed, would take twice as long.
    monkeypatch.setattr("world_maker.comments.COMMENTS", 3_000)
    monkeypatch.setattr(maker, "_compress", partial(gzip.compress, compresslevel=1))
    other = maker.build(7)
    assert other.keys() == {path.name for path in WORLD.iterdir() if path.name != ".keep"}
    for table in TABLES:
        mine = unpack(other[f"{table}.jsonl.gz"])
        kept = tables[table]
        # Topics are written, not drawn.
        assert (mine != kept) is (table != "topics")
        if table in ("accounts", "tags", "posts"):
            assert len(mine) == len(kept)
        elif table in DRAWN:
            expected = 3_000 if table == "comments" else len(kept)
            assert 0.4 * expected <= len(mine) <= 2.5 * expected
        assert mine[0].keys() == kept[0].keys()
    assert json.loads(other["manifest.json"])["seed"] == 7


def test_gzip_headers_hold_neither_time_nor_name() -> None:
    for table in TABLES:
        header = (WORLD / f"{table}.jsonl.gz").read_bytes()[:10]
        assert header[3] == 0, "no flag, so no name"
        assert header[4:8] == bytes(4), "no time"


def test_manifest_has_the_counts_and_digests(manifest: dict[str, Any]) -> None:
    assert (manifest["format"], manifest["seed"], manifest["license"]) == (1, 0, "CC0-1.0")
    assert manifest["sha256"].keys() == {f"{table}.jsonl.gz" for table in TABLES}
    for name, digest in manifest["sha256"].items():
        content = gzip.decompress((WORLD / name).read_bytes())
        assert hashlib.sha256(content).hexdigest() == digest
        assert content.count(b"\n") == manifest["counts"][name.removesuffix(".jsonl.gz")]
    assert manifest["counts"]["accounts"] == 800
    assert manifest["counts"]["posts"] == 3_000
    assert 29_400 <= manifest["counts"]["comments"] <= 30_600
    assert 280 <= manifest["counts"]["tags"] <= 330


def test_tables_are_compact_lines_with_sorted_keys(
    tables: dict[str, list[Row]], subtests: pytest.Subtests
) -> None:
    encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
    for table in TABLES:
        with subtests.test(table):
            content = gzip.decompress((WORLD / f"{table}.jsonl.gz").read_bytes()).decode()
            assert content == "".join(f"{encode(row)}\n" for row in tables[table])


def test_data_stays_small() -> None:
    files = [path for path in DATA.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert sum(path.stat().st_size for path in files) < 4 * MIB
    assert sum(path.stat().st_size for path in WORLD.iterdir()) < 3 * MIB


# References


def test_ids_are_unique(accounts: list[Row], tags: list[Row], posts: list[Row]) -> None:
    assert len({row["id"] for row in accounts}) == len(accounts)
    assert len({row["url"].lower() for row in accounts}) == len(accounts)
    assert len({row["name"] for row in tags}) == len(tags)
    ids = Counter(post["id"] for post in posts)
    ids.update(image["id"] for post in posts if post["is_album"] for image in post["images"])
    assert max(ids.values()) == 1


def test_references_resolve(accounts: list[Row], tags: list[Row], posts: list[Row]) -> None:
    people = {row["id"] for row in accounts}
    names = {row["name"] for row in tags}
    for post in posts:
        assert post["account_id"] in people
        assert names.issuperset(post["tags"])
        assert post["cover"] in {image["id"] for image in post["images"]}


def test_accounts_are_older_than_the_world(accounts: list[Row]) -> None:
    assert all(-12 * 365 * 86_400 - 3_600 <= row["created"] <= -3_600 for row in accounts)


# Ranges


def test_accounts_are_within_their_ranges(accounts: list[Row]) -> None:
    for row in accounts:
        assert row.keys() == {"id", "url", "bio", "created", "reputation", "avatar", "private"}
        assert 100_000 <= row["id"] <= 999_999_999
        assert re.fullmatch(r"[A-Za-z0-9_]{3,40}", row["url"])
        assert row["bio"] is None or 1 <= len(row["bio"]) <= 120
        assert -100_000 <= row["reputation"] <= 900_000
        assert row["avatar"] is None or re.fullmatch(r"flavor/[a-z]+", row["avatar"])
        assert isinstance(row["private"], bool)
    assert any(row["reputation"] < 0 for row in accounts)
    assert 0.015 <= sum(row["private"] for row in accounts) / len(accounts) <= 0.05


def test_tags_are_within_their_ranges(tags: list[Row]) -> None:
    for row in tags:
        assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", row["name"])
        assert row["display_name"].lower().replace(" ", "_") == row["name"]
        assert 0 <= row["followers"] <= 6_800_000
        assert 0 <= row["total_items"] <= 6_800_000
        for name in ("background_hash", "thumbnail_hash"):
            assert row[name] is None or re.fullmatch(r"[A-Za-z0-9]{7}", row[name])
        assert row["background_hash"] is not None
        assert row["accent"] is None or re.fullmatch(r"[0-9A-F]{6}", row["accent"])
        assert isinstance(row["description"], str)
        assert isinstance(row["is_whitelisted"], bool)


def test_posts_are_within_their_ranges(posts: list[Row]) -> None:
    times = [post["created"] for post in posts]
    assert times == sorted(set(times))
    assert 0 <= times[0] < times[-1] < SPAN
    for post in posts:
        assert LETTERS.fullmatch(post["id"])
        assert len(post["id"]) in (5, 7)
        assert 2 <= len(post["title"]) <= 160
        assert len(post["tags"]) == len(set(post["tags"])) <= 10
        assert 1 <= len(post["images"]) <= 60
        assert min(post[name] for name in ("ups", "downs", "comments", "favorites")) >= 0
        assert post["views"] >= post["ups"] + post["downs"]
        assert 600 <= post["half_life"] <= 200_000
        assert 1 <= post["score_factor"] <= 6
        if post["viral_at"] is not None:
            assert 900 <= post["viral_at"] - post["created"] <= 50_000
        if not post["is_album"]:
            (image,) = post["images"]
            assert image["id"] == post["id"] == post["cover"]
            assert (image["title"], image["views"]) == (post["title"], post["views"])
            assert image["description"] == post["description"]


def test_images_are_within_their_ranges(posts: list[Row], images: list[Row]) -> None:
    for image in images:
        assert LETTERS.fullmatch(image["id"])
        moving = image["type"] in ("image/gif", "video/mp4")
        assert moving or image["type"] in ("image/jpeg", "image/png")
        assert image["animated"] is moving
        assert not image["has_sound"] or image["type"] == "video/mp4"
        assert 80 <= image["width"] <= 10_000
        assert 80 <= image["height"] <= 10_000
        assert 9_000 <= image["size"] <= (200_000_000 if moving else 5_000_000)
        assert image["views"] >= 0
    for post in posts:
        uploads = [image["created"] for image in post["images"]]
        assert uploads == sorted(uploads)
        assert post["created"] >= uploads[-1]
        assert post["created"] - uploads[0] <= 3_600


def texts(posts: list[Row], accounts: list[Row], tags: list[Row]) -> Iterator[str]:
    for row in (*posts, *(image for post in posts for image in post["images"])):
        yield from (row[name] for name in ("title", "description") if row[name] is not None)
    yield from (row["bio"] for row in accounts if row["bio"] is not None)
    yield from (row["description"] for row in tags)


def test_texts_contain_no_address_and_no_open_slot(
    posts: list[Row], accounts: list[Row], tags: list[Row]
) -> None:
    address = re.compile(r"@|://|www\.|\b[\w-]+\.(com|net|org|io|de|co|uk)\b", re.IGNORECASE)
    for text in texts(posts, accounts, tags):
        assert not address.search(text), text
        assert "{" not in text, text
        assert text == text.strip(), text


def test_texts_are_as_awkward_as_real_ones(posts: list[Row]) -> None:
    titles = [post["title"] for post in posts]
    assert sum("&#039;" in title for title in titles) >= 5
    assert sum(any(ord(letter) > 0xFFFF for letter in title) for title in titles) >= 30
    described = [post["description"] for post in posts if post["description"]]
    assert sum("\n" in text for text in described) >= 20
    assert any("\r\n" in text for text in described)
    assert len(set(titles)) > 2_000


# What is to be found in it


def share_viral(members: list[Row]) -> float:
    return sum(post["viral_at"] is not None for post in members) / len(members)


def test_most_viral_has_ten_pages_at_the_default_clock(posts: list[Row]) -> None:
    assert 0.45 <= share_viral(posts) <= 0.55
    shown = [
        post
        for post in posts
        if post["viral_at"] is not None and post["viral_at"] <= DEFAULT_CLOCK and not post["nsfw"]
    ]
    assert len(shown) >= 10 * PAGE
    assert any(post["created"] > DEFAULT_CLOCK for post in posts)


def test_posts_go_viral_more_in_the_evening(posts: list[Row]) -> None:
    def made(hours: range) -> list[Row]:
        return [post for post in posts if post["created"] % 86_400 // 3_600 in hours]

    assert share_viral(made(range(19, 24))) > 1.4 * share_viral(made(range(6, 12)))


def test_albums_with_more_pictures_get_more_favorites(posts: list[Row]) -> None:
    def saved(low: int, high: int) -> float:
        shares: list[float] = [
            post["favorites"] / post["ups"]
            for post in posts
            if low <= len(post["images"]) <= high and post["viral_at"] is not None
        ]
        return statistics.median(shares)

    assert saved(1, 1) < saved(2, 9) < saved(10, 60)


def test_posts_with_moving_covers_get_more_views(posts: list[Row]) -> None:
    def seen(moving: bool) -> float:
        shares: list[float] = [
            post["views"] / post["ups"] for post in posts if post["images"][0]["animated"] is moving
        ]
        return statistics.median(shares)

    assert seen(moving=True) > 1.05 * seen(moving=False)


def test_tags_follow_the_calendar(posts: list[Row]) -> None:
    def days(tag: str) -> list[int]:
        return [post["created"] // 86_400 for post in posts if tag in post["tags"]]

    assert {(2 + day) % 7 for day in days("caturday")} == {5}
    assert set(days("eclipse")) == {41, 42}
    assert {day for day, _ in Counter(days("snow")).most_common(2)} == {23, 24}


def test_posts_are_mostly_of_a_few_accounts(posts: list[Row]) -> None:
    counts = sorted(Counter(post["account_id"] for post in posts).values(), reverse=True)
    assert sum(counts[: len(counts) // 10]) > 0.35 * len(posts)
    assert counts[len(counts) // 2] <= 4


def test_posts_have_some_points_below_zero(posts: list[Row]) -> None:
    assert sum(post["ups"] < post["downs"] for post in posts) >= 5


def test_describe_world_prints_what_the_readme_says(
    scripts_on_path: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["describe_world.py"])
    runpy.run_module("describe_world", run_name="__main__")
    printed = dict(line.split(" | ", 1) for line in capsys.readouterr().out.splitlines())
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (DATA / "README.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("|")
    ]
    documented = {row[0]: row[2] for row in cells if len(row) == 3}
    assert "albums of exactly 50" in printed
    for statistic, value in printed.items():
        assert documented[statistic] == value


# What was added for old clients


def test_forums_have_albums_videos_and_titles_in_other_scripts(
    tables: dict[str, list[Row]],
) -> None:
    forums, posts = tables["forums"], tables["posts"]
    ids = {row["id"] for post in posts for row in (post, *post["images"])}
    assert {row["id"] for post in forums for row in (post, *post["images"])}.isdisjoint(ids)
    assert [row["created"] for row in forums] == sorted(row["created"] for row in forums)
    by_forum = Counter(row["section"] for row in forums)
    assert len(by_forum) == 27
    assert min(by_forum.values()) >= 20
    assert sum(count > PAGE for count in by_forum.values()) >= 5
    for name in by_forum:
        rows = [row for row in forums if row["section"] == name]
        assert {row["is_album"] for row in rows} == {True, False}, name
    kinds = Counter(image["type"] for row in forums for image in row["images"])
    assert kinds["video/mp4"] > 50
    assert sum(not row["title"].isascii() for row in forums) > 60
    for row in forums:
        assert row["cover"] in {image["id"] for image in row["images"]}
        assert 0 <= row["score"] <= row["views"]


def test_conversations_and_folders_are_of_people(tables: dict[str, list[Row]]) -> None:
    people = {row["id"]: row["created"] for row in tables["accounts"]}
    assert len({row["id"] for row in tables["conversations"]}) == len(tables["conversations"])
    lengths = [len(row["messages"]) for row in tables["conversations"]]
    assert min(lengths) == 1
    assert sum(length > 25 for length in lengths) >= 5, "more than one page"
    for row in tables["conversations"]:
        times = [message["created"] for message in row["messages"]]
        assert times == sorted(times)
        assert times[0] >= max(people[account] for account in row["accounts"])
        assert {message["sender"] for message in row["messages"]} <= set(row["accounts"])
    assert len({row["id"] for row in tables["folders"]}) == len(tables["folders"])
    assert {row["account_id"] for row in tables["folders"]} <= set(people)


def test_guest_has_the_pages_of_the_documented_example(tables: dict[str, list[Row]]) -> None:
    (guest,) = tables["guests"]
    assert guest["account"]["url"] == "imgur"
    assert len(guest["images"]) >= 7 * 42
    assert guest["account"]["id"] not in {row["id"] for row in tables["accounts"]}
