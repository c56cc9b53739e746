"""Frames: derived columns, pages, ranks, and the same shape with no rows and with many."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from imgurdata.model.frames import FrameBuilder
from imgurdata.model.records import IMAGE, POST, RECORDS, VOTE
from imgurdata.model.schema import Record

FIRST = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
LATER = dt.datetime(2026, 3, 1, 12, 0, 5, 250_000, tzinfo=dt.UTC)


def built(rows: list[dict[str, Any]], record: Record = POST, **options: Any) -> pd.DataFrame:
    builder = FrameBuilder(record, nested=options.pop("nested", False))
    builder.add(json.dumps(rows).encode(), **options)
    return builder.frame()


def picture(name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "type": "video/mp4",
        "width": 640,
        "height": 480,
        "size": 1000,
        "animated": True,
        "has_sound": True,
        **more,
    }


NONE = dict.fromkeys(["media_type", "width", "height", "size", "animated", "has_sound"])
OF_B = {
    "media_type": "video/mp4",
    "width": 640,
    "height": 480,
    "size": 1000,
    "animated": True,
    "has_sound": True,
}
STILL = {"type": "image/png", "width": 1, "height": 2, "size": 3, "animated": False}
OF_STILL = {**NONE, "media_type": "image/png", "width": 1, "height": 2, "size": 3}


COVERS = [
    ({"cover": "bbbbb", "images": [picture("aaaaa", width=9), picture("bbbbb")]}, OF_B),
    ({"cover": "bbbbb", "images": [picture("bbbbb")]}, OF_B),
    ({"cover": None, "images": [picture("bbbbb"), picture("aaaaa", width=9)]}, OF_B),
    ({"cover": "", "images": [picture("bbbbb")]}, OF_B),
    # a preview that doesn't show the cover says nothing of it but what the album says
    (
        {"cover": "zzzzz", "cover_width": 10, "cover_height": 20, "images": [picture("aaaaa")]},
        {**NONE, "width": 10, "height": 20},
    ),
    ({"cover": "zzzzz", "cover_width": 10}, {**NONE, "width": 10}),
    ({"cover": "zzzzz", "images": []}, NONE),
    ({"cover": None, "images": None}, NONE),
    # the post's own comes first
    ({**STILL, "is_album": False}, {**OF_STILL, "animated": False}),
    ({**STILL, "images": [picture("a")]}, {**OF_STILL, "animated": False, "has_sound": True}),
    ({**STILL, "size": 0, "is_album": False}, {**OF_STILL, "size": 0, "animated": False}),
    (
        {**STILL, "size": 0, "is_album": False, "images": [picture("a")]},
        {**OF_STILL, "size": 0, "animated": False, "has_sound": True},
    ),
    # favorites say "" and 0 of an album, which has neither
    (
        {"is_album": True, "type": "", "size": 0, "width": 0, "images": [picture("bbbbb")]},
        OF_B,
    ),
    ({"is_album": True, "type": "", "size": 0}, {**NONE, "size": 0}),
    ({"cover": "b", "images": [picture("b", type="", width=0)], "cover_width": 7},
     {**OF_B, "media_type": None, "width": 7}),
]  # fmt: skip


def test_post_takes_media_columns_from_itself_or_its_cover(subtests: pytest.Subtests) -> None:
    for post, want in COVERS:
        with subtests.test(post=post):
            row = built([{"id": "a", **post}])[list(want)].iloc[0]
            assert {name: None if pd.isna(value) else value for name, value in row.items()} == want


IMAGES_SHOWN_ARE_COUNTED = [
    ({"is_album": True, "images": [picture("a"), picture("b")], "images_count": 9}, 2),
    ({"is_album": True, "images": []}, 0),
    ({"is_album": True}, 0),
    ({"is_album": False}, 1),
    ({"is_album": False, "images": None}, 1),
    ({}, 0),
]


def test_post_images_shown_are_counted(subtests: pytest.Subtests) -> None:
    for post, shown in IMAGES_SHOWN_ARE_COUNTED:
        with subtests.test(post=post):
            assert built([{"id": "a", **post}])["images_shown"].tolist() == [shown]


TAGS_ARE_JOINED = [
    ([{"name": "cats"}, {"name": "sleepy_dogs"}], "cats sleepy_dogs"),
    (["cats", "dogs"], "cats dogs"),
    ([{"name": ""}, {"name": None}, {"name": "cats"}, {}], "cats"),
    ([], ""),
    (None, None),
]


def test_tags_are_joined_by_spaces(subtests: pytest.Subtests) -> None:
    for tags, want in TAGS_ARE_JOINED:
        for record in [POST, IMAGE]:
            with subtests.test(tags=tags, want=want, record=record):
                got = built([{"id": "a", "tags": tags}], record)["tags"].iloc[0]
                assert pd.isna(got) if want is None else got == want


def test_processing_status_is_inside_processing() -> None:
    result = [{"status": "completed"}, {"status": ""}, None]
    got = built([{"id": "a", "processing": one} for one in result])["processing_status"]
    assert got.isna().tolist() == [False, True, True]
    assert got[0] == "completed"


def test_builder_joins_pages(as_declared: Callable[..., None]) -> None:
    builder = FrameBuilder(POST)
    builder.begin_list("gallery/hot/viral", unique=("id",))
    one = b'[{"id":"aaaaa"},{"id":"bbbbb"}]'
    two = b'[{"id":"bbbbb"},{"id":"ccccc"},{"id":null},{"id":"aaaaa"},{"id":"ddddd"}]'
    assert builder.add(one, fetched_at=FIRST) == 2
    assert builder.add(two, fetched_at=LATER) == 4
    assert builder.add(b"[]", fetched_at=LATER) == 0
    frame = builder.frame()
    as_declared(frame, "post")
    assert frame["id"].tolist() == ["aaaaa", "bbbbb", "ccccc", "ddddd"]
    assert frame["rank"].tolist() == [0, 1, 2, 3]
    assert set(frame["listing"]) == {"gallery/hot/viral"}
    assert frame["fetched_at"].tolist() == [pd.Timestamp(FIRST)] * 2 + [pd.Timestamp(LATER)] * 2
    assert (builder.duplicates, builder.rows, builder.new_rows) == (2, 4, 4)
    assert builder.notes.to_dict() == {"unreadable": {"post": 1}}


def test_builder_keeps_repeats_within_a_page() -> None:
    builder = FrameBuilder(POST)
    builder.begin_list(unique=("id",))
    assert builder.add(b'[{"id":"a"},{"id":"a"}]') == 2
    assert len(builder.frame()) == 2
    assert builder.duplicates == 0


def test_builder_keeps_repeats_without_unique() -> None:
    builder = FrameBuilder(POST)
    for _ in range(2):
        builder.add(b'[{"id":"a"}]')
    assert builder.frame()["id"].tolist() == ["a", "a"]


def test_builder_keeps_nested_json_with_its_rows() -> None:
    builder = FrameBuilder(POST, nested=True)
    builder.begin_list(unique=("id",))
    builder.add(b'[{"id":"a","images":[{"id":"x"}]}]')
    builder.add(b'[{"id":"a","images":[]},{"id":"b","images":[{"id":"y"}]}]')
    frame = builder.frame()
    assert dict(zip(frame["id"], frame["images_json"], strict=True)) == {
        "a": '[{"id":"x"}]',
        "b": '[{"id":"y"}]',
    }


def test_builder_stays_whole_after_a_refused_page(as_declared: Callable[..., None]) -> None:
    builder = FrameBuilder(POST, nested=True)
    builder.begin_list(unique=("id",))
    builder.add(b'[{"id":"a"}]')
    with pytest.raises(Exception, match="holds no post"):
        builder.add(b'[{"title":"b"},7]')
    builder.add(b'[{"id":"b"}]')
    as_declared(builder.frame(), "post", "images_json", "tags_json")
    assert builder.frame()["id"].tolist() == ["a", "b"]


def test_builder_goes_on_after_frame() -> None:
    builder = FrameBuilder(POST)
    assert len(builder.frame()) == 0
    builder.add(b'[{"id":"a"}]')
    assert len(builder.frame()) == 1
    builder.add(b'[{"id":"b"}]')
    assert len(builder.frame()) == 2


def test_frame_columns_do_not_depend_on_row_count(
    subtests: pytest.Subtests, as_declared: Callable[..., None]
) -> None:
    for record in RECORDS.values():
        for count in [0, 1, 1000]:
            with subtests.test(record=record, count=count):
                keys = (record.id_key, *record.any_of)
                frame = built([{key: "7" for key in keys if key}] * count, record)
                as_declared(frame, record.name)
                assert len(frame) == count


def test_frame_without_pull_has_no_place_and_time() -> None:
    frame = built([{"id": "a"}])
    assert frame[["listing", "rank", "fetched_at"]].isna().all(axis=None)


def test_cover_number_beyond_64_bits_is_counted() -> None:
    builder = FrameBuilder(POST)
    builder.add(
        json.dumps([{"id": "a", "images": [{"width": 2**70}]}, {"id": "b", "width": 5}]).encode()
    )
    assert builder.frame()["width"].fillna(-1).tolist() == [-1, 5]
    assert builder.notes.to_dict() == {"unreadable": {"images.width": 1}}


def test_owner_comes_first_unless_it_is_a_column_of_the_record() -> None:
    for record, names in ((POST, ["of", "id", "title"]), (VOTE, ["post_id", "ups", "downs"])):
        builder = FrameBuilder(record, owner=names[0])
        builder.add(b'[{"id":"a","ups":1}]', owner="one")
        frame = builder.frame()
        assert list(frame.columns[:3]) == names
        assert frame[names[0]].tolist() == ["one"]
        assert frame.columns.equals(record.empty(owner=names[0]).columns)
