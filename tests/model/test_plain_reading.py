"""The fast decoder beside a slow, plain reading with json: the same cells, pages and places.

The plain reading takes what answers of posts and comments properly hold, one row after the other,
without Arrow, msgspec, chunks or generated code: what it gives is what a person would write down.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import imgurdata as imd
from imgurdata.model import frames
from imgurdata.model.frames import FrameBuilder
from imgurdata.model.records import COMMENT, IMAGE, POST, TAG
from imgurdata.model.schema import Record

Row = dict[str, Any]
TIMES = [dt.datetime(2026, 3, 1, 12, 0, second, 500_000, tzinfo=dt.UTC) for second in range(50)]
ZERO_IS_NOBODY = {"account_id", "topic_id", "author_id", "parent_id"}


# The plain reading ------------------------------------------------------------------------------


def plain_cell(payload: Any, column: str, dtype: str) -> Any:
    if payload is None or payload == "" or (payload == 0 and column in ZERO_IS_NOBODY):
        return None
    if dtype.startswith("datetime"):
        if isinstance(payload, dt.datetime):
            return pd.Timestamp(payload)
        return None if payload == 0 else pd.Timestamp(payload, unit="s", tz="UTC")
    return payload


def plain_post(post: Row) -> Row:
    images = post.get("images") or []
    named = [image for image in images if image.get("id") == post.get("cover")]
    cover = (named or [{}])[0] if post.get("cover") else (images or [{}])[0]
    own = {"type", "width", "height", "size", "animated", "has_sound"}
    row = {key: value for key, value in post.items() if key not in own}
    for key in own:
        row["media_type" if key == "type" else key] = (
            cover.get(key) if post.get(key) is None else post[key]
        )
    for key in ("width", "height"):
        row[key] = row[key] or post.get(f"cover_{key}")
    row["images_shown"] = len(images) or int(post.get("is_album") is False)
    row["tags"] = None
    if post.get("tags") is not None:
        # The one text that is told where it is empty: a post without tags has none.
        row["tags"] = " ".join(tag["name"] for tag in post["tags"])
    row["images_json"] = json.dumps(post["images"]) if "images" in post else None
    row["tags_json"] = json.dumps(post["tags"]) if "tags" in post else None
    return row


def plain_tree(tops: list[Row]) -> Iterator[Row]:
    def below(row: Row, root: int, depth: int, parent: int | None) -> Iterator[Row]:
        result = {**row, "root_id": root, "depth": depth, "n_children": len(row["children"])}
        gone = row["author"] == "[deleted]"
        yield {
            **result,
            "post_id": row["image_id"],
            "parent_id": row["parent_id"] or parent,
            "username": None if gone else row["author"],
            "author": None if gone else row["author"],
            "deleted": gone or row["deleted"],
        }
        for child in row["children"]:
            yield from below(child, root, depth + 1, row["id"])

    rows = (row for top in tops for row in below(top, top["id"], 0, None))
    for position, row in enumerate(rows):
        yield {**row, "position": position}


def plain_frame(record: Record, rows: list[Row], extra: tuple[str, ...] = ()) -> list[Row]:
    dtypes = {field.name: str(field.dtype) for field in record.fields}
    return [
        {
            name: row.get(name) if name == "tags" else plain_cell(row.get(name), name, dtype)
            for name, dtype in {**dtypes, **dict.fromkeys(extra, "str")}.items()
        }
        for row in rows
    ]


def cells(frame: pd.DataFrame) -> list[Row]:
    columns = {
        name: [None if gone else v for v, gone in zip(frame[name], frame[name].isna(), strict=True)]
        for name in frame
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


# Beside it --------------------------------------------------------------------------------------

WORD = st.text('abc\u00e9\u4e16/"\\ \n\U0001f600', min_size=1, max_size=6)
COUNT = st.integers(0, 2**53)
TIME = st.integers(0, 4_000_000_000) | st.integers(0, 2**31).map(lambda quarters: quarters / 4)
PICTURE: dict[str, st.SearchStrategy[Any]] = {
    "type": WORD,
    "width": st.integers(1, 9_999),
    "height": st.integers(1, 9_999),
    "size": st.integers(1, 2**40),
    "animated": st.booleans(),
    "has_sound": st.booleans(),
}
IMAGES = st.lists(
    st.fixed_dictionaries({"id": st.sampled_from("pqr")}, optional=PICTURE), max_size=3,
    unique_by=lambda image: image["id"],
)  # fmt: skip
TAGS = st.lists(st.fixed_dictionaries({"name": st.text("abc_", min_size=1)}), max_size=3)
POSTS = st.lists(
    st.fixed_dictionaries(
        {"id": st.sampled_from([f"post{n}" for n in range(20)]), "is_album": st.booleans()},
        optional={
            **PICTURE,
            "title": WORD | st.just("") | st.none(),
            "datetime": TIME,
            "account_id": COUNT | st.none(),
            "cover": st.sampled_from("pqrs") | st.none(),
            "cover_width": st.integers(1, 9_999),
            "images": IMAGES,
            "tags": TAGS | st.none(),
            "views": COUNT | st.none(),
            "nsfw": st.booleans() | st.none(),
            "topic_id": st.just(0),
        },
    ),
    max_size=8,
    unique_by=lambda post: post["id"],
)


#: Rows (of _SMALL: bytes) at which a builder goes another way.
SIZES = st.fixed_dictionaries({
    "_CHUNK": st.sampled_from([1, 3, 10, 3_000]), "_JOINED": st.sampled_from([1, 50_000]),
    "_LARGE": st.sampled_from([0, 20_000]), "_SMALL": st.sampled_from([0, 2**20]),
})  # fmt: skip


@pytest.mark.decision("columns-in-chunks")
@settings(max_examples=30)
@given(pages=st.lists(POSTS, max_size=5), sizes=SIZES)
def test_builder_agrees_with_plain_reading_of_posts(
    pages: list[list[Row]], sizes: dict[str, int]
) -> None:
    want: list[Row] = []
    with pytest.MonkeyPatch.context() as patched:
        for name, size in sizes.items():
            patched.setattr(frames, name, size)
        builder = FrameBuilder(POST, nested=True, owner="asked")
        builder.begin_list("gallery/hot", unique=("id",))
        for number, posts in enumerate(pages):
            known = {row["id"] for row in want}
            more = {
                "listing": "gallery/hot",
                "fetched_at": TIMES[number],
                "asked": f"page {number}",
            }
            for post in posts:
                if post["id"] not in known:
                    want.append({**plain_post(post), **more, "rank": len(want)})
            held = builder.add(
                json.dumps(posts).encode(),
                fetched_at=TIMES[number],
                owner=f"page {number}",
            )
            assert held == len(posts)
            assert builder.rows == len(want)
            if number == 1:
                builder.frame()  # what was given away changes nothing of what follows
        frame = builder.frame()
    requests = frame.pop("asked")
    assert requests.tolist() == [row["asked"] for row in want]
    plain = plain_frame(POST, want, ("images_json", "tags_json"))
    assert [
        {**row, **{k: row[k] and json.loads(row[k]) for k in ("images_json", "tags_json")}}
        for row in cells(frame)
    ] == [
        {**row, **{k: row[k] and json.loads(row[k]) for k in ("images_json", "tags_json")}}
        for row in plain
    ]
    assert builder.duplicates == sum(map(len, pages)) - len(want)
    assert builder.notes.to_dict() == {}


@st.composite
def trees(draw: st.DrawFn, post: int) -> list[Row]:
    tops: list[Row] = []
    nodes: list[Row] = []
    for place in range(draw(st.integers(1, 15))):
        above = draw(st.none() | st.sampled_from(nodes)) if nodes else None
        node = {
            "id": 1_000 * post + place + 2**40,
            "image_id": f"post{post}",
            "parent_id": draw(st.sampled_from([0, above["id"]])) if above else 0,
            "author": draw(st.sampled_from(["ada", "[deleted]"])),
            "comment": draw(WORD),
            "datetime": draw(TIME),
            "deleted": draw(st.booleans()),
            "ups": draw(COUNT),
            "children": [],
        }
        nodes.append(node)
        (above["children"] if above else tops).append(node)
    return tops


@settings(max_examples=25)
@given(data=st.data(), sizes=SIZES)
def test_builder_agrees_with_plain_reading_of_trees(
    data: st.DataObject, sizes: dict[str, int]
) -> None:
    answers = [data.draw(trees(post)) for post in range(data.draw(st.integers(0, 4)))]
    with pytest.MonkeyPatch.context() as patched:
        for name, size in sizes.items():
            patched.setattr(frames, name, size)
        builder = FrameBuilder(COMMENT, tree=True)
        builder.begin_list(unique=("id",))
        for number, tops in enumerate(answers):
            builder.add(json.dumps(tops).encode(), fetched_at=TIMES[number])
        frame = builder.frame()
    want = [
        {**row, "fetched_at": TIMES[number]}
        for number, tops in enumerate(answers)
        for row in plain_tree(tops)
    ]
    assert cells(frame) == plain_frame(COMMENT, want)


@pytest.mark.decision("columns-in-chunks")
def test_frame_can_be_written_to_without_changing_the_builder() -> None:
    builder = FrameBuilder(POST)
    builder.add(b'[{"id":"a","views":1,"title":"x"}]')
    first = builder.frame()
    first.loc[0, ["views", "title"]] = [99, "y"]
    first["score"] = 5
    builder.add(b'[{"id":"b","views":2}]')
    assert builder.frame()["views"].tolist() == [1, 2]
    assert builder.frame()["title"].tolist()[0] == "x"
    assert builder.frame()["score"].isna().all()


def test_text_columns_are_one_arrow_chunk() -> None:
    builder = FrameBuilder(POST, nested=True)
    for number in range(200):
        builder.add(json.dumps([{"id": f"{number}x{n}", "tags": []} for n in range(60)]).encode())
    frame = builder.frame()
    texts = [name for name, dtype in frame.dtypes.items() if str(dtype) == "str"]
    assert {frame[name].dtype.storage for name in texts} == {"pyarrow"}
    assert {frame[name].array.__arrow_array__().num_chunks for name in texts} == {1}


@settings(max_examples=25)
@given(posts=POSTS)
def test_explode_agrees_with_plain_reading(posts: list[Row]) -> None:
    frame = imd.read_response(posts, "post", nested=True).assign(
        images_count=pd.Series([0] * len(posts), dtype="Int64")
    )
    tags = [{**tag, "post_id": post["id"]} for post in posts for tag in post.get("tags") or ()]
    got = imd.explode_tags(frame)
    assert got.pop("post_id").tolist() == [tag["post_id"] for tag in tags]
    assert cells(got) == plain_frame(TAG, tags)
    images = [
        {**image, "post_id": post["id"]}
        for post in posts
        for image in post.get("images") or ([] if post["is_album"] else [plain_picture(post)])
    ]
    got = imd.explode_images(frame)
    assert got.pop("post_id").tolist() == [image["post_id"] for image in images]
    assert cells(got) == plain_frame(IMAGE, images)


def plain_picture(post: Row) -> Row:
    """A single-image post as an image; its width may be its cover's."""
    row = plain_post(post)
    known = {field.name for field in IMAGE.fields} - {"name"}
    return {**{key: row[key] for key in known if key in row}, "type": row["media_type"]}


@pytest.mark.decision("msgspec-decodes")
def test_digits_as_text_stay_on_the_fast_path(
    caplog: pytest.LogCaptureFixture,
) -> None:
    images = [{"id": f"image{n}", "edited": "0" if n % 2 else 0} for n in range(100)]
    with caplog.at_level("DEBUG", logger="imgurdata.model"):
        frame = imd.read_response(images, "image")
    assert frame["edited"].tolist() == [0] * 100
    # Digits as text are so usual that they must not take the slow way.
    assert not caplog.messages
