"""From bytes to rows: the fast way, the tolerant way, and what is noted on either."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from imgurdata.errors import BadResponse
from imgurdata.model.decode import decode_page
from imgurdata.model.frames import FrameBuilder
from imgurdata.model.records import ACCOUNT, CREDITS, IMAGE, POST, RECORDS, TAG
from imgurdata.model.schema import Record


def cell(column: str, payload: object, record: Record = POST) -> tuple[Any, dict[str, Any]]:
    """One value through the whole of decoding, and what was noted."""
    builder = FrameBuilder(record)
    builder.add(json.dumps([{"id": "abcdefg", column: payload}]).encode())
    value = builder.frame()[column].iloc[0]
    return None if pd.isna(value) else value, builder.notes.to_dict()


WHOLE_NUMBERS = [
    (7, 7),
    ("7", 7),
    (" 7 ", 7),
    (7.0, 7),
    ("7.0", 7),
    ("1e3", 1000),
    (1e18, 10**18),
    (-0.0, 0),
    ("+7", 7),
    (-3, -3),
    ("-3", -3),
    ("", None),
    (None, None),
    ("null", None),
    ("false", 0),
    (0, 0),
    ("9007199254740993", 9007199254740993),
    (2**63 - 1, 2**63 - 1),
    (-(2**63), -(2**63)),
]


def test_decode_reads_whole_numbers(subtests: pytest.Subtests) -> None:
    for payload, value in WHOLE_NUMBERS:
        with subtests.test(payload=payload):
            assert cell("views", payload) == (value, {})


UNREADABLE = [
    ("views", 2**63),
    ("views", True),
    ("width", True),
    ("views", str(2**64)),
    ("views", -(2**63) - 1),
    ("views", 10**400),
    ("views", 1e300),
    ("views", "many"),
    ("views", "301.43 GB"),
    ("views", [1]),
    ("views", {}),
    ("views", "inf"),
    ("views", "²"),
    ("views", 3.5),
    ("views", -0.5),
    ("views", "3.5"),
    ("views", "1_000"),
    ("views", "nan"),
    ("views", "9" * 5000),
    ("views", 2**64 - 1),
    ("nsfw", 2),
    ("nsfw", "maybe"),
    ("nsfw", []),
    ("title", ["a"]),
    ("title", {}),
    ("datetime", "yesterday"),
    ("datetime", -5),
    ("datetime", 10**16),
    ("datetime", 10**400),
    ("datetime", "0000-00-00 00:00:00"),
]


def test_decode_unreadable_value_is_na_and_counted(subtests: pytest.Subtests) -> None:
    for column, payload in UNREADABLE:
        with subtests.test(column=column):
            assert cell(column, payload) == (None, {"unreadable": {column: 1}})


BOOLEANS = [
    (True, True),
    ("true", True),
    (1, True),
    ("1", True),
    (1.0, True),
    (False, False),
    ("False", False),
    (0, False),
    ("0", False),
    ("", None),
    (None, None),
]


def test_decode_reads_booleans(subtests: pytest.Subtests) -> None:
    for payload, value in BOOLEANS:
        with subtests.test(payload=payload):
            assert cell("nsfw", payload) == (value, {})


TEXTS = [("a", "a"), ("", None), (None, None), (5, "5"), (5.0, "5"), (0.5, "0.5"), (True, "true")]


def test_decode_reads_texts(subtests: pytest.Subtests) -> None:
    for payload, value in TEXTS:
        with subtests.test(payload=payload):
            assert cell("title", payload) == (value, {})


TIMES = [
    (1_400_000_000, "2014-05-13 16:53:20"),
    ("1400000000", "2014-05-13 16:53:20"),
    (1_400_000_000_500, "2014-05-13 16:53:20.5"),
    ("1400000000500", "2014-05-13 16:53:20.5"),
    (1_400_000_000.5, "2014-05-13 16:53:20.5"),
    ("2014-05-13 16:53:20", "2014-05-13 16:53:20"),
    ("2014-05-13T18:53:20+02:00", "2014-05-13 16:53:20"),
    (1, "1970-01-01 00:00:01"),
    (0, None),
    ("0", None),
    ("", None),
    (None, None),
    (False, None),
]


def test_decode_reads_times(subtests: pytest.Subtests) -> None:
    for payload, value in TIMES:
        with subtests.test(payload=payload):
            want = None if value is None else pd.Timestamp(value, tz="UTC")
            assert cell("datetime", payload) == (want, {})


def test_decode_tolerant_keeps_fraction_of_second() -> None:
    rows = decode_page(b'[{"id":5,"datetime":1400000000.5}]', POST).rows
    assert (rows[0].id, rows[0].datetime) == ("5", 1400000000.5)


def test_decode_zero_account_is_na(subtests: pytest.Subtests) -> None:
    for payload in [0, "0", "", None]:
        with subtests.test(payload=payload):
            assert cell("account_id", payload) == (None, {})
            assert cell("topic_id", payload) == (None, {})


def test_decode_notes_unknown_keys_on_both_paths() -> None:
    for first in ("abcdefg", 5):
        body = json.dumps(
            [{"id": first, "zeta": 1, "ups": 1}, {"id": "b", "alpha": {}, "views": 1}]
        )
        page = decode_page(body.encode(), POST)
        assert len(page.rows) == 2
        assert page.notes.to_dict() == {"unknown_fields": ["alpha", "zeta"]}


def test_decode_notes_nothing_for_declared_keys() -> None:
    page = decode_page(b'[{"id":"a","ad_config":{"x":[1]},"deletehash":"x","webm":null}]', POST)
    assert page.notes.to_dict() == {}


CONTAINERS = [
    (b"[]", POST, []),
    (b'{"items":""}', POST, []),
    (b'{"items":{}}', POST, []),
    (b' [{"id":"a"}] ', POST, ["a"]),
    (b'{"id":"a"}', POST, ["a"]),
    (b'{"items":[{"id":"a"},{"id":"b"}],"name":"x"}', POST, ["a", "b"]),
    (b'{"id":"a","images":[{"id":"b"},{"id":"c"}]}', IMAGE, ["b", "c"]),
    (b'{"id":"a","images":[]}', IMAGE, []),
    (b'{"id":"a","images":null}', IMAGE, ["a"]),
]


def test_decode_reads_lists_single_records_and_containers(subtests: pytest.Subtests) -> None:
    for data, record, ids in CONTAINERS:
        with subtests.test(data=data):
            assert [row.id for row in decode_page(data, record).rows] == ids


OTHER_DATA = [
    b"7",
    b'"word"',
    b"true",
    b"null",
    b"",
    b'["a","b"]',
    b"[1,2]",
    b"[null]",
    b"[[]]",
    b"{}",
    b"{ }",
    b'{"items":null}',
]


def test_decode_refuses_other_data(subtests: pytest.Subtests) -> None:
    for data in OTHER_DATA:
        for record in RECORDS.values():
            refused = pytest.raises(BadResponse, match=f"holds no {record.name}")
            with subtests.test(data=data, record=record), refused:
                decode_page(data, record)


BROKEN = [
    (b'{"id":"b","title":"x\ny\x01"}', "x\ny\x01"),
    (b'{"id":"b","title":"x\\ud83d"}', "x\ufffd"),
    (b'{"id":"b","title":"x\xff"}', "x\ufffd"),
    (b'{"id":"b","title":"x","views":NaN}', "x"),
    (b'{"id":"b","title":"x","views":1e999}', "x"),
    (b'{"id":"b","title":"x","views":' + b"9" * 5000 + b"}", "x"),
]


def test_decode_repairs_json_on_every_path(subtests: pytest.Subtests) -> None:
    for before in [b'{"id":"a"}', b'{"id":"a","ups":1,"new":1}', b'{"id":5}']:
        for row, title in BROKEN:
            with subtests.test(before=before, row=row, title=title):
                rows = decode_page(b"[" + before + b"," + row + b"]", POST).rows
                assert [row.title for row in rows] == [None, title]
                nested = decode_page(b"[" + before + b"," + row + b"]", POST, nested=True).columns
                assert {key: len(texts) for key, texts in nested.items()} == {
                    "images_json": 2,
                    "tags_json": 2,
                }


def test_decode_refuses_deep_nesting(subtests: pytest.Subtests) -> None:
    for before in [b"", b'{"id":"a","new":1},', b'{"id":5},']:
        with subtests.test(before=before):
            deep = b"[" + before + b'{"id":"b","zz":' + b"[" * 200_000 + b"]" * 200_000 + b"}]"
            with pytest.raises(BadResponse, match="nested too deep"):
                decode_page(deep, POST)
            with pytest.raises(BadResponse):
                decode_page(b"[" * 200_000, POST)


def test_decode_refuses_truncated_data(subtests: pytest.Subtests) -> None:
    for data in [b'[{"id":"a"}', b"[{]", b'{"id":', b'[{"id":5},', b"[,]"]:
        with subtests.test(data=data), pytest.raises(BadResponse):
            decode_page(data, POST)


PARTS = [
    ({"images": [{"id": "x", "width": ""}]}, {}),
    ({"images": [{"id": "x", "width": "wide"}]}, {"images.width": 1}),
    ({"images": [7]}, {"images": 1}),
    ({"images": {"0": {}}}, {"images": 1}),
    ({"images": "", "tags": "", "processing": ""}, {}),
    ({"processing": []}, {}),
    ({"processing": "done"}, {"processing": 1}),
    ({"tags": ["a", {"name": "b"}]}, {}),
    ({"tags": [{"name": ["b"]}]}, {"tags.name": 1}),
]


def test_decode_counts_unreadable_parts_of_rows(subtests: pytest.Subtests) -> None:
    for post, unreadable in PARTS:
        with subtests.test(post=post):
            page = decode_page(json.dumps([{"id": 5, **post}]).encode(), POST)
            assert dict(page.notes.unreadable) == unreadable


NESTED = [
    ('[{"id":"x", "title":"é"}]', '[{"id":"x", "title":"é"}]'),
    ("[]", "[]"),
    ("null", None),
    ('""', "[]"),
    ("{}", None),
    ("7", None),
    ('[{"deletehash":"Ab3dEf6hIj9kLm2","id":"x"}]', '[{"deletehash":"","id":"x"}]'),
    ('[{"deletehash": ["Ab3dEf6hIj9kLm2"],"id":"x"}]', '[{"deletehash": "","id":"x"}]'),
    (r'[{"deletehash":"a\"b","id":"x"}]', '[{"deletehash":"","id":"x"}]'),
]


def test_nested_json_is_as_sent_without_delete_hashes(subtests: pytest.Subtests) -> None:
    for payload, text in NESTED:
        with subtests.test(payload=payload):
            data = f'[{{"id":"a","images":{payload}}},{{"id":"b"}}]'.encode()
            nested = decode_page(data, POST, nested=True).columns
            assert {key: texts.to_pylist() for key, texts in nested.items()} == {
                "images_json": [text, None],
                "tags_json": [None, None],
            }
    data = b'[{"id":"a","images":[{"id":"b"}]},{"title":"c"}]'
    page = decode_page(data, POST, nested=True)
    assert [row.id for row in page.rows] == ["a"]
    assert page.columns["images_json"].to_pylist() == ['[{"id":"b"}]']
    assert page.notes.unreadable == {"post": 1}


RESETS = [
    (3600, True, "2026-01-01 01:00"),
    (0, True, "2026-01-01 00:00"),
    (3600, False, None),
    (1_767_229_200, True, "2026-01-01 01:00"),
    (1_767_229_200, False, "2026-01-01 01:00"),
    (1_767_229_200_000, False, "2026-01-01 01:00"),
    (None, True, None),
]


def test_credits_reset_is_epoch_seconds_or_seconds_to_go(subtests: pytest.Subtests) -> None:
    for payload, now, want in RESETS:
        with subtests.test(payload=payload):
            builder = FrameBuilder(CREDITS)
            fetched = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) if now else None
            builder.add(
                json.dumps({"UserLimit": 500, "UserReset": payload}).encode(), fetched_at=fetched
            )
            got = builder.frame()["user_reset_at"].iloc[0]
            assert pd.isna(got) if want is None else got == pd.Timestamp(want, tz="UTC")
            assert builder.notes.to_dict() == {}


def test_decode_reads_tags_from_their_container_only() -> None:
    for key in ("tags", "galleries"):
        data = json.dumps({key: [{"name": "a"}, {"name": "b"}]}).encode()
        if key == "tags":
            assert len(decode_page(data, TAG).rows) == 2
        else:
            with pytest.raises(BadResponse, match="holds no tag"):
                decode_page(data, TAG)


def test_decode_counts_numbers_that_json_readers_refuse(subtests: pytest.Subtests) -> None:
    for payload in [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"9" * 5000]:
        with subtests.test(payload=payload):
            builder = FrameBuilder(POST)
            builder.add(b'[{"id":"a","views":%s,"points":3}]' % payload)
            frame = builder.frame()
            assert (frame["points"][0], pd.isna(frame["views"][0])) == (3, True)
            assert builder.notes.to_dict() == {"unreadable": {"views": 1}}


def test_frame_rounds_reputation() -> None:
    frame = FrameBuilder(ACCOUNT)
    frame.add(b'{"url":"ada","id":1,"reputation":15303.84}')
    assert frame.frame()["reputation"].tolist() == [15304]
    assert frame.notes.to_dict() == {}


#: Values of any kind, also as text, and near the edges of what types hold.
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([2**53 + 1, 2**63 - 1, 2**63, -(2**63), 10**11, 10**12, 253_402_300_800]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(10**6), 10**13).map(float),
    st.integers().map(str),
    st.floats(-1e15, 1e15).map(str),
    st.sampled_from(
        ["", "null", "true", "False", "1", "0", "nan", "inf", "1e3", "007", " 7 ", "+1", "-0", "²"]
    ),
    st.sampled_from(
        ["2013-05-15 08:33:28", "2013-05-15T08:33:28.5Z", "1_000", "yes", "1.0", "a-b", "-1"]
    ),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=1),
)


@settings(max_examples=40)
@example({"cover_width": 2**63})  # another column is computed from it
@given(st.dictionaries(st.sampled_from([f.wire_key for f in POST.fields if f.wire_key]), VALUES))
def test_decode_strict_and_tolerant_paths_agree(payload: dict[str, Any]) -> None:
    row = json.dumps({**payload, "id": "abcdefg"})
    quick, tolerant = FrameBuilder(POST), FrameBuilder(POST)
    quick.add(f"[{row}]".encode())
    # An id that is a number is no text, which sends the whole page the tolerant way.
    tolerant.add(f'[{row},{{"id":5}}]'.encode())
    assert_frame_equal(quick.frame(), tolerant.frame().iloc[:1])
    assert quick.notes == tolerant.notes


OTHER_OBJECTS = [
    ("post", {"maintenance": True}),
    ("post", {"id": None, "title": "x"}),
    ("post", {"id": "", "title": "x"}),
    ("post", {"title": "x"}),
    ("post", {"id": True, "title": "x"}),
    ("post", {"id": "abcdef", "name": "x", "values": [], "_postman_variable_scope": "x"}),
    ("post", {"id": "abc12", "title": "x", "created_utc": 1, "ups": 3, "downs": 0}),
    ("post", {"id": 1, "text": "x", "created_at": "2024-01-01"}),
    ("post", {"id": "abc12", "type": "gif", "title": "x", "embed_url": "x", "images": []}),
    ("album", {"id": "aaaaa11", "datetime": 1, "type": "image/png", "bandwidth": 1}),
    ("comment", {"id": True, "comment": "x"}),
    ("post", {"id": 7, "comment": "hello", "author": "ada", "ups": 1}),
    ("post", {"id": "x", "node_id": 1, "full_name": 2, "owner": 3}),
    ("image", {"id": "abc12", "images_count": 3, "title": "x"}),
    ("comment", {"id": "abc1234", "title": "x", "points": 3}),
    ("comment", {"id": 1, "title": "x", "points": 3}),
    ("account", {"id": 1}),
    ("account", {"url": "x", "login": 1, "node_id": 2, "gravatar_id": 3}),
    ("account_settings", {"first_party": True}),
    ("tag", {"followers": 3}),
    ("tag", {"name": "x", "name_clean": "x", "id": 1}),
    ("trophy", {"id": 1, "title": "x"}),
    ("notification", {"viewed": True}),
    ("notification", {"id": 5, "comment": "x", "author": "ada", "ups": 1}),
    ("vote", {"status": 1}),
    ("credits", {"access_token": "x"}),
]


def test_decode_refuses_objects_of_another_kind(subtests: pytest.Subtests) -> None:
    for record, row in OTHER_OBJECTS:
        with subtests.test(record=record):
            for data in (row, [row], [row, row], {"maintenance": True, **row}):
                with pytest.raises(BadResponse, match=f"holds no {record}"):
                    decode_page(json.dumps(data).encode(), RECORDS[record])


def test_decode_leaves_out_and_counts_other_entries() -> None:
    rows = [{"id": "a", "tags": []}, {"title": "x"}, None, 7, {"id": "b", "images": []}]
    for more in ({}, {"new": 1}, {"views": []}):
        builder = FrameBuilder(POST, nested=True)
        assert builder.add(json.dumps([{**rows[0], **more}, *rows[1:]]).encode()) == 2
        frame = builder.frame()
        assert frame["id"].tolist() == ["a", "b"]
        assert frame["tags_json"].isna().tolist() == [False, True]
        assert builder.notes.to_dict()["unreadable"]["post"] == 3


def test_notes_of_unknown_keys_are_bounded() -> None:
    data = [{"id": "a", "views": 1, "k" * 10_000: 1}] + [
        {"id": "b", "views": 1, f"key{n}": 1} for n in range(1000)
    ]
    notes = decode_page(json.dumps(data).encode(), POST).notes
    assert len(notes.unknown) == 200
    assert max(map(len, notes.unknown)) <= 80
