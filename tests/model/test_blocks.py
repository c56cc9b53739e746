"""Blocks of columns: kept and read again, they give the frame that decoding gives, cell by cell."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import imgurdata as imd
from imgurdata.errors import BadResponse
from imgurdata.http.columns import ColumnStore
from imgurdata.model import frames
from imgurdata.model.blocks import PLACE, ROWS, recipe_of
from imgurdata.model.decode import DECODING
from imgurdata.model.frames import FrameBuilder
from imgurdata.model.records import COMMENT, POST, RECORDS
from imgurdata.model.schema import Record

START = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
PURE = [name for name, record in RECORDS.items() if recipe_of(record).is_pure]

WORDS = st.sampled_from(["a", "bb", "ccc", "dddd", "é\u2028", "[deleted]", "", None])
#: What real answers hold in place of the declared type, and worse.
ODD = st.one_of(
    WORDS, st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.integers().map(str),
    st.sampled_from(["0", "true", "2013-05-15 08:33:28", "\ud83d", [], {}, [None], [{"name": 5}]]),
    st.lists(st.fixed_dictionaries({"id": WORDS, "name": WORDS}, optional={"width": st.integers(),
             "new": st.none(), "datetime": st.integers(0, 2**60)}), max_size=2),
)  # fmt: skip


@st.composite
def answers_of(draw: st.DrawFn, record: Record) -> list[bytes]:
    """Answers whose rows have ids of a few, so that many come again, and some odd values."""
    ids = st.integers(0, 6) if record.fields[0].dtype == "Int64" else st.sampled_from("abcdefg")
    keys = sorted(key for key in record.known_keys if key != record.children)
    odd = st.dictionaries(st.sampled_from([*keys, "brand_new"]), ODD, max_size=3)
    usual = {"comment": "x", "author": "ada"} if record is COMMENT else {}
    base = dict.fromkeys([f.wire_key for f in record.fields if f.wire_key][:4]) | usual
    base |= dict.fromkeys(record.any_of[:1], 1)
    of_id = {record.id_key: ids.filter(bool)} if record.id_key else {}
    row = st.tuples(odd, st.fixed_dictionaries(of_id)).map(lambda two: {**base, **two[0], **two[1]})
    if record.children:
        row = st.recursive(
            row,
            lambda below: st.tuples(row, st.lists(below, max_size=3)).map(
                lambda two: {**two[0], record.children: two[1]}
            ),
            max_leaves=6,
        )
    return [json.dumps(rows).encode() for rows in draw(st.lists(st.lists(row, max_size=4)))]


#: Keys by which rows are recognised, where there are any.
UNIQUE = {"post": ("id", "is_album"), "comment": ("id",)}


def options_of(number: int) -> dict[str, Any]:
    """Arguments for an answer: another time each."""
    time = START + dt.timedelta(seconds=number // 2)
    return {"fetched_at": time, "owner": f"n{number % 3}"}


def plain(record: Record, answers: list[bytes], **made: Any) -> tuple[FrameBuilder, list[int]]:
    """The answers one by one; stops where a list would."""
    builder, unique = FrameBuilder(record, owner="owner", **made), UNIQUE.get(record.name, ())
    builder.begin_list("a/list", unique=unique)
    used = []
    for number, answer in enumerate(answers):
        before = builder.new_rows
        count = builder.add(answer, **options_of(number))
        used.append(number)
        if not count or (unique and builder.new_rows == before):
            break
    return builder, used


def in_blocks(
    record: Record, answers: list[bytes], store: ColumnStore, cuts: list[int], **made: Any
) -> FrameBuilder:
    """The same, where columns that are kept take the place of the answers of a block."""
    builder = FrameBuilder(record, owner="owner", in_blocks=True, **made)
    recipe, unique = builder.recipe, UNIQUE.get(record.name, ())
    builder.begin_list("a/list", unique=unique)
    first = 0
    for cut in [*cuts, len(answers)]:
        numbers = range(first, cut)
        named = [(str(n), hashlib.sha256(answers[n]).digest()[:16]) for n in numbers]
        first = cut
        known = store.load(recipe, named)
        options = [options_of(number) for number in numbers]
        if known is not None:
            use = builder.add_block(
                known, [one["fetched_at"] for one in options],
                owners=[one["owner"] for one in options], may_end=True,
            )  # fmt: skip
            if use.end:
                return builder
            continue
        for number, one in zip(numbers, options, strict=True):
            before = builder.new_rows
            count = builder.add(answers[number], **one)
            if not count or (unique and builder.new_rows == before):
                return builder
        block = builder.end_block()
        if block is not None:
            store.keep(recipe, named, block)
            store.finish()
    return builder


def all_of(builder: FrameBuilder) -> tuple[Any, ...]:
    notes = builder.notes.to_dict()
    return notes, builder.duplicates, builder.new_rows, builder.rows


def readable(answer: bytes, record: Record) -> bool:
    try:
        FrameBuilder(record).add(answer)
    except BadResponse:
        return False
    return True


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Stores that keep whatever they are given; each name a file of its own."""
    folder = tmp_path_factory.mktemp("columns")
    opened: dict[str, ColumnStore] = {}

    def named(name: str) -> ColumnStore:
        if name not in opened:
            opened[name] = ColumnStore(folder / f"{name}.sqlite", max_bytes=10**9)
        return opened[name]

    yield named
    for store in opened.values():
        store.close()


@pytest.mark.decision("columns-are-a-pure-function")
@pytest.mark.parametrize("name", PURE)
@settings(max_examples=12)
@given(data=st.data())
def test_kept_columns_give_the_frame_that_decoding_gives(stores: Any, name: str, data: Any) -> None:
    logging.disable(logging.WARNING)
    record = RECORDS[name]
    answers = [one for one in data.draw(answers_of(record)) if readable(one, record)]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(answers)), max_size=2)))
    made = {"nested": data.draw(st.booleans()), "tree": data.draw(st.sampled_from([None, True]))}
    want, _ = plain(record, answers, **made)
    frame = want.frame()
    store = stores(name)
    store.clear()
    for _ in range(3):  # decoded; partly or wholly kept
        builder = in_blocks(record, answers, store, cuts, **made)
        got = builder.frame()
        pd.testing.assert_frame_equal(got, frame, check_exact=True)
        assert got.equals(frame)
        assert all_of(builder) == all_of(want)
    logging.disable(logging.NOTSET)


ALBUM = {
    "id": "alb", "is_album": True, "images_count": 2, "title": "t",
    "images": [
        {"id": "one", "type": "image/png", "datetime": 1_400_000_000, "tags": [{"name": "x"}]},
        {"id": "two", "width": "7"},
    ],
    "tags": [{"name": "cats", "followers": 3}, {"name": "dogs"}],
}  # fmt: skip
SINGLE = {"id": "one", "is_album": False, "title": "u", "type": "image/gif", "tags": ["birds"]}
BARE = {"id": "non", "is_album": True, "images_count": 0, "images": None, "tags": []}


def test_nested_rows_need_no_json_and_give_the_same(
    stores: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "_CHUNK", 4)  # a block is converted in several pieces
    pages = [[{**row, "id": f"{row['id']}{n}"} for row in (ALBUM, SINGLE, BARE)] for n in range(5)]
    pages[3][0] = pages[1][0]  # comes again
    answers = [json.dumps(page).encode() for page in pages]
    builders = [plain(POST, answers, nested=True)[0]]
    store = stores("nested")
    builders += [in_blocks(POST, answers, store, [2], nested=True) for _ in range(2)]
    for builder in builders:
        posts = builder.frame()
        again = posts.assign(images_json=posts["images_json"].str.slice(), tags_json=[
            *posts["tags_json"]])  # fmt: skip
        for explode in (imd.explode_images, imd.explode_tags):
            found, read = explode(posts), explode(again)
            assert len(found) == 13
            pd.testing.assert_frame_equal(found, read, check_exact=True)


def test_nested_rows_are_those_of_the_column_as_it_is_now() -> None:
    posts = imd.read_response([ALBUM, SINGLE, BARE], "post", nested=True)
    assert imd.explode_images(posts)["id"].tolist() == ["one", "two", "one"]
    for same in (posts.copy(), posts.copy(deep=False), posts[[*posts.columns]]):
        assert imd.explode_images(same)["id"].tolist() == ["one", "two", "one"]
    assert imd.explode_images(posts[1:])["id"].tolist() == ["one"]
    assert imd.explode_images(posts[::-1])["post_id"].tolist() == ["one", "alb", "alb"]
    renamed = posts.assign(id=["x", "y", "z"])
    assert imd.explode_images(renamed)["post_id"].tolist() == ["x", "x", "y"]
    changed = posts.copy()
    changed.loc[0, "images_json"] = '[{"id":"new"}]'
    assert imd.explode_images(changed)["id"].tolist() == ["new", "one"]
    assert imd.explode_images(posts)["id"].tolist() == ["one", "two", "one"]
    swapped = posts.assign(images_json=posts["tags_json"], tags_json=posts["images_json"])
    with pytest.raises(BadResponse):
        imd.explode_images(swapped)


def test_odd_nested_rows_are_read_from_their_json() -> None:
    odd = [
        {"images": [{"id": "a", "brand_new": 1}, {"id": "b"}]},
        {"images": [{"id": "a", "width": "wide"}, {"nothing": 1}]},
        {"images": [{"hash": "a", "title": "x"}]},
        {"tags": [{"name": "a"}, "b"]},
        {"tags": ["a", "b"]},
        {"tags": "", "images": ""},
    ]
    for one in odd:
        posts = imd.read_response([{**ALBUM, "images_count": 0, **one}], "post", nested=True)
        texts = posts.assign(**{c: list(posts[c]) for c in ("images_json", "tags_json")})
        for explode in (imd.explode_images, imd.explode_tags):
            pd.testing.assert_frame_equal(explode(posts), explode(texts), check_exact=True)


def test_one_odd_list_makes_all_of_its_block_be_read_from_json(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(frames, "_CHUNK", 1)  # each answer is converted by itself
    odd = {**ALBUM, "id": "odd", "tags": [{"name": "x", "followers": 3, "brand_new": 1}]}
    for rows in ([odd, ALBUM], [ALBUM, odd]):
        builder = FrameBuilder(POST, nested=True, in_blocks=True)
        for row in rows:
            builder.add(json.dumps([row]).encode())
        block = builder.end_block()
        assert block is not None
        assert block.tables.keys() == {ROWS}
        names = imd.explode_tags(builder.frame())["name"]
        assert sorted(names) == ["cats", "dogs", "x"]


#: Golden answers, and what their columns were when DECODING was last raised. A change of this
#: digest without another DECODING would leave columns in caches that nobody decodes so any more.
GOLDEN: dict[str, list[Any]] = {
    "post": [[ALBUM, SINGLE, BARE, {**ALBUM, "cover": "two", "type": "", "size": 0, "width": 0},
              {"id": 5, "datetime": "1400000000.5", "views": "7", "nsfw": "yes", "account_id": 0},
              {"hash": "old", "datetime": "2013-05-15 08:33:28", "views": 1e99, "score": "x"},
              {"id": "big", "bandwidth": 2**63, "datetime": -5, "favorite": 1, "is_album": 0},
              {"id": "mix", "images": [{"id": "i"}], "tags": ["a", {"name": "b"}], "new": 1}]],
    "comment": [[{"id": 1, "image_id": "p", "comment": "a", "author": "ada", "parent_id": 0,
                  "children": [{"id": 2, "comment": "[deleted]", "author": "[deleted]",
                                "children": [{"id": 3, "comment": "", "author": ""}]},
                               {"id": "4", "comment": "c", "ups": "1", "deleted": False}]},
                 {"id": 5, "comment": "e", "author": "bob", "datetime": 1_400_000_000_000}]],
    "account": [[{"id": 7, "url": "ada", "reputation": -3.0, "pro_expiration": False,
                  "created": 1_300_000_000}]],
}  # fmt: skip
COLUMNS = {
    "post": ["id", "title", "datetime", "account_id", "is_album", "images_count", "images_shown",
             "cover", "media_type", "width", "height", "size", "animated", "has_sound", "tags",
             "views", "bandwidth", "score", "favorite", "nsfw", "images_json", "tags_json"],
    "comment": ["id", "post_id", "parent_id", "root_id", "depth", "position", "n_children",
                "author", "comment", "datetime", "ups", "deleted"],
    "account": ["id", "reputation", "pro_expiration"],
}  # fmt: skip
PINNED = {1: "ff5b9d9f3ed9be55"}


def test_golden_answers_are_decoded_as_this_version_of_decoding_says() -> None:
    payload: list[Any] = []
    for name, answers in GOLDEN.items():
        builder = FrameBuilder(RECORDS[name], nested=name == "post")
        for answer in answers:
            builder.add(json.dumps(answer).encode())
        block = builder.end_block()
        assert block is not None
        builder.frame()  # takes nothing out of the block, which may still wait to be kept
        payload += [block.tables[ROWS][column].to_pylist() for column in COLUMNS[name]]
        payload += [notes.to_dict() for notes in block.notes]
    builder = FrameBuilder(POST, nested=True)
    builder.add(json.dumps([ALBUM, SINGLE, BARE]).encode())
    block = builder.end_block()
    assert block is not None
    assert block.tables.keys() == {ROWS, "images", "tags"}
    parts = (block.tables["images"], block.tables["tags"])
    payload += [part[n].to_pylist() for part in parts for n in (PLACE, "id")]
    digest = hashlib.sha256(repr(payload).encode()).hexdigest()[:16]
    assert digest == PINNED.get(DECODING), "the same bytes give other columns: raise DECODING"


def test_the_recipe_tells_apart_what_gives_other_columns() -> None:
    recipes = [recipe_of(POST), recipe_of(POST, nested=True), recipe_of(RECORDS["image"])]
    recipes += [recipe_of(COMMENT, tree=tree) for tree in (None, True, False)]
    assert len({recipe.digest for recipe in recipes}) == len(recipes)
    assert recipe_of(POST).digest == recipe_of(POST).digest
    assert not recipe_of(RECORDS["credits"]).is_pure  # its reset may be counted from the answer
