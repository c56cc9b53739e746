"""Saved answers: every kind of source and form gives the one frame."""

from __future__ import annotations

import gzip
import io
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import requests
from pandas.testing import assert_frame_equal

import imgurdata as imd
from imgurdata.errors import BadResponse, InvalidArgument, NotFound, OverCapacity
from imgurdata.model.records import RECORDS
from imgurdata.model.schema import SCHEMA_VERSION
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


SOURCES = [
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
]


def test_read_response_gives_one_frame_for_every_source(
    subtests: pytest.Subtests, want: pd.DataFrame
) -> None:
    for source in SOURCES:
        with subtests.test(source=source):
            pd.testing.assert_frame_equal(imd.read_response(source, "post"), want)


def test_read_response_reads_files(tmp_path: Path, want: pd.DataFrame) -> None:
    json_file, xml_file = tmp_path / "page (1).json", tmp_path / "page)"
    json_file.write_text("\ufeff" + TEXT, "utf-8")
    xml_file.write_bytes(to_xml(WRAPPED))
    for source in (json_file, str(json_file), xml_file, str(xml_file), [str(json_file)]):
        pd.testing.assert_frame_equal(imd.read_response(source, "post"), want)
    both = imd.read_response([json_file, str(xml_file)], "post")
    pd.testing.assert_frame_equal(both, pd.concat([want, want], ignore_index=True))
    assert both.attrs["imgurdata"]["answers"] == 2


def test_read_response_nested_keeps_json(as_declared: Callable[..., None]) -> None:
    frame = imd.read_response(WRAPPED, "post", nested=True)
    as_declared(frame, "post", "images_json", "tags_json")
    assert json.loads(frame["images_json"][0]) == ROWS[0]["images"]
    assert frame["images_json"].isna().tolist() == [False, True]
    assert frame["tags_json"][1] == "[]"
    as_declared(imd.read_response([], "post", nested=True), "post", "images_json", "tags_json")


def test_read_response_of_empty_lists_gives_no_row(
    subtests: pytest.Subtests, as_declared: Callable[..., None]
) -> None:
    for source in [[], b"[]", "[]", {"data": [], "success": True}]:
        for record in ["post", "image", "tag", "credits"]:
            with subtests.test(source=source, record=record):
                frame = imd.read_response(source, record)
                as_declared(frame, record)
                assert len(frame) == 0


def test_read_response_attrs_are_json() -> None:
    rows = [{**ROWS[0], "views": "many", "brand_new": 1}]
    info = imd.read_response(rows, "post").attrs["imgurdata"]
    assert json.loads(json.dumps(info)) == {
        "record": "post",
        "schema_version": SCHEMA_VERSION,
        "answers": 1,
        "unknown_fields": ["brand_new"],
        "unreadable": {"views": 1},
    }


def test_read_response_replaces_lone_surrogates() -> None:
    for source in ({"id": "a", "title": "x\ud83d"}, '{"id":"a","title":"x\ud83d"}'):
        assert imd.read_response(source, "post")["title"].tolist() == ["x\ufffd"]


LINES = [{"id": f"aaaaaa{n}", "title": "a{\n"} for n in range(3)]
PAGES = [{"data": [row], "success": True, "status": 200} for row in LINES]


def test_read_response_reads_several_documents(subtests: pytest.Subtests, tmp_path: Path) -> None:
    for joint in ["\n", "\r\n", "\n\n", "", " ", "\n\x1e", "\n\ufeff"]:
        for indent in [None, 1]:
            for documents, answers in [(LINES, 1), (PAGES, 3), ([LINES, LINES], 2)]:
                with subtests.test(joint=joint, indent=indent, documents=documents):
                    text = joint.join(json.dumps(one, indent=indent) for one in documents) + joint
                    if "\x1e" in joint:
                        text = joint[-1] + text  # RFC 7464 writes it before the first document, too
                    want = imgurdata_rows(documents)
                    for source in (
                        text,
                        text.encode(),
                        gzip.compress(text.encode()),
                        text.encode("utf-16"),
                    ):
                        frame = imd.read_response(source, "post")
                        assert frame["id"].tolist() == want
                        assert frame.attrs["imgurdata"]["answers"] == answers
                    file = tmp_path / "saved.jsonl"
                    file.write_text(text, "utf-8", newline="")
                    assert imd.read_response(file, "post")["id"].tolist() == want


def imgurdata_rows(documents: list[Any]) -> list[str]:
    """The ids in documents that are rows, envelopes of rows or lists of rows."""
    found = []
    for one in documents:
        rows = one if isinstance(one, list) else one.get("data", [one])
        found += [row["id"] for row in rows]
    return found


def test_read_response_reads_lines_of_comments_as_one_list() -> None:
    rows = [{"id": n, "image_id": f"abcde{n}", "comment": "x", "author": "a"} for n in (1, 2)]
    text = "\n".join(map(json.dumps, rows))
    assert_frame_equal(imd.read_response(text, "comment"), imd.read_response(rows, "comment"))


BROKEN_LINES = [
    ('{"id":"aaaaa"}\n{"id":"bbbbb"}\n{"id":"cc', 3),
    ('{"id":"aaaaa"}\n{"id":"bbbbb"', 2),
    ('{"id":"aaaaa"}\nbroken\n{"id":"bbbbb"}', 2),
    ('{"id":"aaaaa"} trailing', 1),
    ('{"id":"aaaaa"}\n\n5', 3),
    ('{"data":[', 1),
    ('\n\n[{"id":"aaaaa"}', 3),
]


def test_read_response_names_the_line_of_a_broken_document(
    subtests: pytest.Subtests, tmp_path: Path
) -> None:
    for text, line in BROKEN_LINES:
        with subtests.test(text=text):
            file = tmp_path / "cut.jsonl"
            file.write_text(text)
            with pytest.raises(BadResponse, match=rf"(?i)\bline {line}\b"):
                imd.read_response(text, "post")
            with pytest.raises(BadResponse, match=rf"(?i)^cut\.jsonl\b.*\bline {line}\b"):
                imd.read_response(file, "post")


def test_read_response_names_the_line_of_another_answer() -> None:
    text = "\n".join(map(json.dumps, [*PAGES, {"data": {"maintenance": True}, "success": True}]))
    with pytest.raises(BadResponse, match=r"^line 4: .*holds no post"):
        imd.read_response(text, "post")


def packed(data: bytes, name: str) -> bytes:
    return gzip.compress(data) if name.endswith(".gz") else data


ENCODINGS_AND_GZIP = list(
    itertools.product(
        ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"],
        ["page.json", "page.json.gz"],
    )
)


def test_read_response_reads_encodings_and_gzip(
    subtests: pytest.Subtests, tmp_path: Path, want: pd.DataFrame
) -> None:
    for encoding, name in ENCODINGS_AND_GZIP:
        with subtests.test(encoding=encoding):
            file = tmp_path / name
            for text in (TEXT, to_xml(WRAPPED).decode()):
                file.write_bytes(packed(text.encode(encoding), name))
                for source in (file, str(file), file.read_bytes()):
                    assert_frame_equal(imd.read_response(source, "post"), want)
                with file.open("rb") as binary:
                    assert_frame_equal(imd.read_response(binary, "post"), want)


def test_read_response_reads_open_files(tmp_path: Path, want: pd.DataFrame) -> None:
    file = tmp_path / "page.json"
    file.write_text(TEXT)
    with file.open() as text, file.open("rb") as binary:
        assert_frame_equal(imd.read_response([text, binary], "post").iloc[:2], want)
    for source in (io.StringIO(TEXT), io.BytesIO(TEXT.encode())):
        assert_frame_equal(imd.read_response(source, "post"), want)
    with pytest.raises(InvalidArgument, match=r"closed file\.$"):
        imd.read_response(text, "post")
    for odd in (io.StringIO(), io.BytesIO()):
        with pytest.raises(BadResponse, match="empty"):
            imd.read_response(odd, "post")


def answered(body: bytes, status: int = 200) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response._content = body
    return response


def test_read_response_reads_responses(want: pd.DataFrame) -> None:
    assert_frame_equal(imd.read_response(answered(TEXT.encode()), "post"), want)
    both = imd.read_response([answered(TEXT.encode()), answered(b"[]")], "post")
    assert both.attrs["imgurdata"]["answers"] == 2
    with pytest.raises(NotFound):
        imd.read_response(answered(b"<html><title>404</title></html>", 404), "post")
    with pytest.raises(OverCapacity):
        imd.read_response(answered(b"", 503), "post")


def test_read_response_refuses_damaged_gzip(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = gzip.compress(TEXT.encode())
    for damaged in (whole[:-20], whole[:15], b"\x1f\x8b", whole[:20] + b"x" + whole[21:]):
        with pytest.raises(BadResponse):
            imd.read_response(damaged, "post")
    monkeypatch.setattr("imgurdata.model.read.LARGEST", 100)
    with pytest.raises(BadResponse, match="holds more than 100 bytes"):
        imd.read_response(whole, "post")


HAR = {"log": {"version": "1.2", "entries": [{"request": {}, "response": {}}]}}
POSTMAN = {"info": {"name": "Imgur API", "schema": "v2"}, "item": [{"name": "x"}], "auth": {}}
OEMBED = {"version": "1.0", "type": "rich", "provider_name": "Imgur", "width": 540, "html": "x"}
TOKEN = {"access_token": "x", "expires_in": 1, "token_type": "bearer", "account_username": "a"}
COMMENT = {"id": 5, "image_id": "abcde", "comment": "x", "author": "a", "ups": 1, "points": 1}


OTHER_RECORDS = [
    *itertools.product([HAR, POSTMAN, OEMBED, TOKEN, {"data": {"maintenance": True}}], RECORDS),
    *itertools.product([{"data": None}, {"data": ""}, {"data": 0}, {"data": True}], RECORDS),
    *itertools.product([{}, "{}", {"data": {}}, {"data": {"items": None}}], RECORDS),
    (ROWS, "comment"),
    (WRAPPED, "comment"),
    (WRAPPED, "account"),
    (WRAPPED, "trophy"),
    (COMMENT, "post"),
    ([COMMENT, COMMENT], "image"),
    ([COMMENT], "account"),
]


def test_read_response_refuses_other_records(subtests: pytest.Subtests) -> None:
    for source, record in OTHER_RECORDS:
        refused = pytest.raises(BadResponse, match=f"holds no {record}")
        with subtests.test(source=source), refused:
            imd.read_response(source, record)


def test_read_response_reads_old_keys_of_comments() -> None:
    row = {"id": 1, "hash": "abcde", "caption": "hello", "author": "u", "children": []}
    for source in (row, [row, {**row, "id": 2}], {**row, "ups": "many"}, {**row, "new": 1}):
        frame = imd.read_response(source, "comment")
        assert set(frame["comment"]) == {"hello"}
        assert set(frame["post_id"]) == {"abcde"}
    reply = {"id": 3, "hash": "abcde", "caption": "a reply", "author": "v"}
    frame = imd.read_response({**row, "children": [reply]}, "comment")
    assert frame["comment"].tolist() == ["hello", "a reply"]
    assert "unknown_fields" not in frame.attrs["imgurdata"]


def test_read_response_reads_posts_of_the_website_api() -> None:
    picture = {
        "id": "pic1234", "mime_type": "image/png", "type": "image", "url": "https://i.imgur.com/p",
        "width": 5, "height": 6, "size": 7, "created_at": "2024-05-01T12:00:00Z",
        "metadata": {"title": "t", "description": "", "is_animated": False, "has_sound": None},
    }  # fmt: skip
    result = {
        "id": "abc1234", "title": "A post", "account": {"id": 9, "username": "ada"},
        "account_id": 9, "view_count": 1, "upvote_count": 5, "downvote_count": 2, "point_count": 3,
        "image_count": 4, "is_album": True, "is_mature": False, "cover_id": "pic1234",
        "created_at": "2024-05-01T12:00:00Z", "url": "https://imgur.com/a/abc1234",
        "media": [picture], "tags": [{"tag": "cats", "display": "Cats"}], "virality": 0.5,
        "mood": 1,
    }  # fmt: skip
    frame = imd.read_response(result, "post", nested=True)
    row = frame.iloc[0]
    assert (row["views"], row["ups"], row["downs"], row["points"]) == (1, 5, 2, 3)
    assert (row["images_count"], row["images_shown"], row["cover"]) == (4, 1, "pic1234")
    assert (row["account_url"], row["tags"], row["media_type"]) == ("ada", "cats", "image/png")
    assert row["datetime"] == pd.Timestamp("2024-05-01 12:00", tz="UTC")
    assert json.loads(row["images_json"])[0]["type"] == "image/png"
    assert frame.attrs["imgurdata"]["unknown_fields"] == ["mood"]
    images = imd.read_response(result, "image")
    assert images[["id", "type", "title"]].to_numpy().tolist() == [["pic1234", "image/png", "t"]]
    albums = imd.read_response({**result, "updated_at": None, "display": []}, "album")
    assert albums["images_count"].tolist() == [4]
    assert albums.attrs["imgurdata"]["unknown_fields"] == ["mood"]
    (tag,) = imd.explode_tags(frame).to_dict("records")
    assert (tag["post_id"], tag["name"], tag["display_name"]) == ("abc1234", "cats", "Cats")


def test_read_response_takes_media_types_of_the_website_from_extensions() -> None:
    for kind, ext, want in [
        ("image", "jpeg", "image/jpeg"), ("video", "MP4", "video/mp4"), ("image", "odd", None),
        ("image", None, None),
    ]:  # fmt: skip
        media = {"id": "pic1234", "type": kind, "ext": ext, "created_at": "2021-12-10T04:23:52Z"}
        post = {"id": "abc1234", "cover_id": "pic1234", "is_album": True, "media": [media],
                "cover": {"id": "pic1234", "width": 8, "height": 6}}  # fmt: skip
        images = imd.read_response(post, "image")
        assert images["type"].astype(object).where(images["type"].notna(), None).tolist() == [want]
        posts = imd.read_response(post, "post")
        assert posts[["cover", "cover_width", "cover_height"]].to_numpy().tolist() == [
            ["pic1234", 8, 6]
        ]
        assert posts["media_type"].fillna("").tolist() == [want or ""]
        assert "unknown_fields" not in posts.attrs["imgurdata"]


def test_read_response_replaces_bad_utf8() -> None:
    body = b'{"data":[{"id":"aaaaa","title":"a\xffb"}],"success":true,"status":200}'
    assert imd.read_response(body, "post")["title"].tolist() == ["a\ufffdb"]


def test_read_response_raises_saved_errors(tmp_path: Path) -> None:
    answer = {"data": {"error": "Not Found", "request": "/3/x"}, "success": False, "status": 404}
    for source in (answer, json.dumps(answer), [WRAPPED, answer], to_xml(answer), answer["data"]):
        with pytest.raises(NotFound):
            imd.read_response(source, "post")
    file = tmp_path / "saved.jsonl"
    file.write_text(f"{json.dumps(WRAPPED)}\n{json.dumps(answer)}\n")
    with pytest.raises(NotFound, match=r"^saved\.jsonl, line 2: Imgur says 'Not Found'"):
        imd.read_response(file, "post")


def test_read_response_names_the_broken_file(tmp_path: Path) -> None:
    broken = tmp_path / "cut.json"
    broken.write_text('{"data":[')
    for source in (broken, [TEXT, broken]):
        with pytest.raises(BadResponse, match=r"^cut\.json: "):
            imd.read_response(source, "post")


OTHER_SOURCES = [
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
    object(),
    SimpleNamespace(read=lambda: 7),
    int,
    pd.NA,
    [None],
    {"data": object(), "success": True},
    pd.DataFrame({"id": ["a"]}),
]


def test_read_response_refuses_other_sources(subtests: pytest.Subtests) -> None:
    for source in OTHER_SOURCES:
        with subtests.test(source=source), pytest.raises(InvalidArgument):
            imd.read_response(source, "post")


def test_read_response_refuses_circular_sources() -> None:
    circle: dict[str, Any] = {"success": True}
    circle["data"] = circle
    with pytest.raises(InvalidArgument, match="holds itself"):
        imd.read_response(circle, "post")


def test_read_response_refuses_unknown_records() -> None:
    with pytest.raises(InvalidArgument, match="record must be one of"):
        imd.read_response(TEXT, "posts")


def test_record_argument_is_checked(subtests: pytest.Subtests) -> None:
    for name in [5, None, "posts", [], object(), "x" * 10_000]:
        with subtests.test(name=name):
            for call in (imd.schema, lambda record: imd.read_response(TEXT, record)):
                with pytest.raises(InvalidArgument, match="record must be one of") as caught:
                    call(name)
                assert len(str(caught.value)) < 500


def test_read_response_bounds_nested_lists() -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(InvalidArgument, match="nested at most 20 levels"):
        imd.read_response(circle, "post")
    with pytest.raises(InvalidArgument, match="nested must be True or False"):
        imd.read_response(TEXT, "post", nested=pd.Series([True]))
