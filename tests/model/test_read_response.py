"""Saved answers: every kind of source and form gives the one frame."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import imgurdata as imd
from imgurdata.errors import BadResponse, InvalidArgument, NotFound
from imgurdata.sandbox.wire import to_jsonp, to_xml

ROWS: list[dict[str, Any]] = [
    {
        "id": "album11",
        "title": "Two <cats> & a dog",
        "description": None,
        "datetime": 1_400_000_000,
        "is_album": True,
        "images_count": 2,
        "cover": "image11",
        "account_id": 0,
        "account_url": "",
        "nsfw": False,
        "views": 12,
        "points": -3,
        "images": [{"id": "image11", "type": "image/png", "width": 5, "animated": False}],
        "tags": [{"name": "cats"}, {"name": "dogs"}],
        "ad_config": {"safeFlags": ["a", "b"], "showsAds": True},
    },
    {"id": "image22", "is_album": False, "type": "video/mp4", "size": 7, "tags": [], "edited": "0"},
]
WRAPPED: dict[str, Any] = {"data": ROWS, "success": True, "status": 200}
TEXT = json.dumps(WRAPPED)


@pytest.fixture
def want(as_declared: Callable[..., None]) -> pd.DataFrame:
    frame = imd.read_response(TEXT.encode(), "post")
    as_declared(frame, "post")
    assert frame["id"].tolist() == ["album11", "image22"]
    assert frame["tags"].tolist() == ["cats dogs", ""]
    assert frame["media_type"].tolist() == ["image/png", "video/mp4"]
    return frame


@pytest.mark.parametrize(
    "source",
    [
        TEXT,
        "  \n" + TEXT,
        "\ufeff" + TEXT,
        TEXT.encode(),
        bytearray(TEXT.encode()),
        memoryview(TEXT.encode()),
        b"\xef\xbb\xbf" + TEXT.encode(),
        WRAPPED,
        ROWS,
        tuple(ROWS),
        {"data": ROWS},
        {"items": ROWS, "name": "cats"},
        json.dumps(ROWS),
        json.dumps({"items": ROWS}),
        [TEXT],
        [{**WRAPPED, "data": ROWS[:1]}, {**WRAPPED, "data": ROWS[1]}],
        [json.dumps(ROWS[0]), ROWS[1]],
        [ROWS[:1], ROWS[1:]],
        [[], ROWS],
        f"show({TEXT});",
        f"/**/ my.show ( {TEXT} )",
        to_jsonp(WRAPPED, "show"),
        to_xml(WRAPPED),
        to_xml(WRAPPED).decode(),
        TEXT + "\n" + TEXT,
    ],
    ids=lambda source: f"{type(source).__name__} {str(source)[:12]!r}",
)
def test_every_source_gives_the_same_frame(source: Any, want: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(imd.read_response(source, "post"), want)


def test_files(tmp_path: Path, want: pd.DataFrame) -> None:
    json_file, xml_file = tmp_path / "page (1).json", tmp_path / "page)"
    json_file.write_text("\ufeff" + TEXT, "utf-8")
    xml_file.write_bytes(to_xml(WRAPPED))
    for source in (json_file, str(json_file), xml_file, str(xml_file), [str(json_file)]):
        pd.testing.assert_frame_equal(imd.read_response(source, "post"), want)
    both = imd.read_response([json_file, str(xml_file)], "post")
    pd.testing.assert_frame_equal(both, pd.concat([want, want], ignore_index=True))
    assert both.attrs["imgurdata"]["answers"] == 2


def test_nested(as_declared: Callable[..., None]) -> None:
    frame = imd.read_response(WRAPPED, "post", nested=True)
    as_declared(frame, "post", "images_json", "tags_json")
    assert json.loads(frame["images_json"][0]) == ROWS[0]["images"]
    assert frame["images_json"].isna().tolist() == [False, True]
    assert frame["tags_json"][1] == "[]"
    as_declared(imd.read_response([], "post", nested=True), "post", "images_json", "tags_json")


@pytest.mark.parametrize("source", [[], b"[]", "[]", {}, {"data": [], "success": True}, "{}"])
@pytest.mark.parametrize("record", ["post", "image", "tag", "credits"])
def test_no_rows(source: Any, record: str, as_declared: Callable[..., None]) -> None:
    frame = imd.read_response(source, record)
    as_declared(frame, record)
    assert len(frame) == 0


def test_attrs_are_json() -> None:
    rows = [{**ROWS[0], "views": "many", "brand_new": 1}]
    told = imd.read_response(rows, "post").attrs["imgurdata"]
    assert json.loads(json.dumps(told)) == {
        "record": "post",
        "schema_version": 1,
        "answers": 1,
        "unknown_fields": ["brand_new"],
        "unreadable": {"views": 1},
    }


def test_half_an_emoji_in_a_dict_or_text_is_marked() -> None:
    for source in ({"id": "a", "title": "x\ud83d"}, '{"id":"a","title":"x\ud83d"}'):
        assert imd.read_response(source, "post")["title"].tolist() == ["x\ufffd"]


def test_of_two_documents_the_first_counts() -> None:
    for text in ('{"id":"aaaaa"}{"id":"bbbbb"}', '{"data":[{"id":"aaaaa"}]}\n{"data":[]}'):
        assert imd.read_response(text, "post")["id"].tolist() == ["aaaaa"]


def test_an_error_is_an_error(tmp_path: Path) -> None:
    answer = {"data": {"error": "Not Found", "request": "/3/x"}, "success": False, "status": 404}
    for source in (answer, json.dumps(answer), [WRAPPED, answer], to_xml(answer), answer["data"]):
        with pytest.raises(NotFound):
            imd.read_response(source, "post")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "cut.json"
    broken.write_text('{"data":[')
    for source in (broken, [TEXT, broken]):
        with pytest.raises(BadResponse, match=r"^cut\.json: "):
            imd.read_response(source, "post")


@pytest.mark.parametrize(
    "source",
    [
        "no such file.json",
        Path("no such file.json"),
        "",
        ".",
        "a\0b",
        "x" * 5000,
        None,
        7,
        2.5,
        {1, 2},
        [None],
        {"data": object(), "success": True},
        pd.DataFrame({"id": ["a"]}),
    ],
    ids=lambda source: repr(source)[:20],
)
def test_what_is_no_source(source: Any) -> None:
    with pytest.raises(InvalidArgument):
        imd.read_response(source, "post")


def test_a_source_that_holds_itself_is_refused() -> None:
    circle: dict[str, Any] = {"success": True}
    circle["data"] = circle
    with pytest.raises(InvalidArgument, match="no decoded answer"):
        imd.read_response(circle, "post")


def test_there_is_no_such_record() -> None:
    with pytest.raises(InvalidArgument, match="There is no record"):
        imd.read_response(TEXT, "posts")
