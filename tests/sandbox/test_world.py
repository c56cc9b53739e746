"""Finding and reading the world, in a checkout and in a wheel."""

from __future__ import annotations

import gzip
import json
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from imgurdata.errors import ImgurDataError
from imgurdata.sandbox.growth import Growth, share_reached
from imgurdata.sandbox.tables import LazyTable, world_folder
from imgurdata.sandbox.world import WORLD_NOW, load_world


def test_world_folder_is_in_the_wheel_or_beside_the_checkout(tmp_path):
    package = tmp_path / "imgurdata" / "sandbox"
    beside, inside = tmp_path / "data" / "world", package / "world_data"
    package.mkdir(parents=True)
    with pytest.raises(ImgurDataError, match="make_world"):
        world_folder(package)
    beside.mkdir(parents=True)
    (beside / "manifest.json").write_text("{}")
    assert world_folder(package) == beside
    inside.mkdir()
    (inside / "manifest.json").write_text("{}")
    assert world_folder(package) == inside


def test_world_is_read_once():
    assert load_world(world_folder()) is load_world(world_folder())


def test_copy_of_a_world_shares_what_nobody_changes():
    world = load_world(world_folder())
    ours = world.copy()
    assert ours.trophies is world.trophies
    assert ours.comments is not world.comments
    assert ours.comments.by_id == world.comments.by_id
    assert ours.copy().topics is world.topics


def test_world_indexes_posts_and_pictures():
    world = load_world(world_folder())
    assert list(world.posts) == sorted(world.posts, key=lambda post: post.created)
    for post in world.posts[::50]:
        assert world.post_by_id[post.id] is post
        assert post.account_id in world.accounts
        assert set(post.tags) <= set(world.tags)
        for image in post.images:
            assert world.picture_by_id[image.id] == (image, post)
    assert world.posts[0].created < WORLD_NOW < world.posts[-1].created


@pytest.fixture
def copy(tmp_path):
    return shutil.copytree(world_folder(), tmp_path / "world")


def test_damaged_manifest_is_an_error(copy):
    (copy / "manifest.json").write_text("{")
    with pytest.raises(ImgurDataError, match="cannot be read"):
        load_world(copy)


def test_damaged_table_is_an_error(copy):
    (copy / "posts.jsonl.gz").write_bytes(b"no gzip")
    with pytest.raises(ImgurDataError, match="cannot be read"):
        load_world(copy)


def test_invalid_row_is_an_error(subtests, copy):
    for line in [b"{}", b"[1", b'{"id":"x"}']:
        with subtests.test(line=line):
            (copy / "accounts.jsonl.gz").write_bytes(gzip.compress(line))
            with pytest.raises(ImgurDataError, match="cannot be read"):
                load_world(copy)


def test_another_format_is_an_error(copy):
    manifest = json.loads((copy / "manifest.json").read_text())
    key = next(key for key in ("format", "format_version", "version") if key in manifest)
    manifest[key] = 99
    (copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ImgurDataError, match="99"):
        load_world(copy)


def test_unknown_fields_of_a_newer_world_are_ignored(copy):
    rows = gzip.decompress((copy / "accounts.jsonl.gz").read_bytes()).splitlines()
    more = [json.dumps({**json.loads(row), "shoe_size": 42}).encode() for row in rows]
    (copy / "accounts.jsonl.gz").write_bytes(gzip.compress(b"\n".join(more)))
    assert len(load_world(copy).people) == len(rows)


def test_row_that_goes_on_is_an_error(copy):
    (copy / "tags.jsonl.gz").write_bytes(gzip.compress(b'{"name":"x"} {"name":"y"}'))
    with pytest.raises(ImgurDataError, match="goes on"):
        load_world(copy)


def test_further_tables_are_read_on_first_use(subtests, copy):
    for table in ["comments", "uploads", "trophies"]:
        with subtests.test(table=table):
            file = {"uploads": "albums"}.get(table, table)
            (copy / f"{file}.jsonl.gz").write_bytes(b"no gzip")
            world = load_world(copy)
            with pytest.raises(ImgurDataError, match=file):
                getattr(world, table)
            shutil.copy(world_folder() / f"{file}.jsonl.gz", copy)
            assert getattr(world, table) is getattr(world, table)


def test_lazy_table_is_read_once_by_many_threads():
    made, together = [], threading.Barrier(8)

    class Home:
        original = None
        table = LazyTable(lambda home: made.append(home) or object())

    home = Home()

    def get(_):
        together.wait()
        return home.table

    with ThreadPoolExecutor(8) as pool:
        tables = list(pool.map(get, range(8)))
    assert made == [home]
    assert {id(table) for table in tables} == {id(home.table)}


def test_every_comment_uploaded_picture_and_trophy_has_a_home():
    world = load_world(world_folder())
    for comment in list(world.comments.by_id.values())[::29]:
        assert comment.post in world.post_by_id
        assert comment.account_id in world.accounts
        siblings = world.comments.of_post(comment.post, comment.created)
        assert comment in siblings
        if comment.parent:
            assert comment in world.comments.replies(comment.parent, comment.created)
    assert set(world.trophies) <= set(world.accounts)
    for account in world.accounts.values():
        for image, upload in world.uploads.images_of(account, WORLD_NOW):
            assert image in upload.images
            assert image.id not in world.picture_by_id


def test_share_reached_is_half_after_one_half_life():
    assert share_reached(0, 600) == 0
    assert share_reached(-5, 600) == 0
    assert share_reached(600, 600) == 0.5
    assert share_reached(1200, 600) == 0.75


def test_seed_0_is_the_world_as_written_and_others_are_lognormal():
    world = load_world(world_folder())
    assert {Growth(0).factor(post) for post in world.posts} == {1.0}
    growth = Growth(5)
    factors = sorted(growth.factor(post) for post in world.posts)
    assert [growth.factor(post) for post in world.posts[:9]] == [
        Growth(5).factor(post) for post in world.posts[:9]
    ]
    # The median of a lognormal with mu = 0 is 1, and about two thirds lie within half to double.
    assert 0.9 < factors[len(factors) // 2] < 1.1
    inside = sum(0.5 < factor < 2 for factor in factors) / len(factors)
    assert 0.6 < inside < 0.75


def test_score_is_the_floor_of_points_times_factor():
    world = load_world(world_folder())
    growth = Growth()
    for post in world.posts[::40]:
        counts = growth.counts(post, WORLD_NOW)
        assert counts.points == counts.ups - counts.downs == growth.points(post, WORLD_NOW)
        assert counts.score == (counts.points * post.score_factor) // 1
