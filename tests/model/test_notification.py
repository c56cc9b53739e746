"""Notifications: two lists, numbers as text, and what each is about."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import imgurdata as imd
from imgurdata.sandbox.wire import to_jsonp, to_xml

REPLY: dict[str, Any] = {
    "id": 4511,
    "account_id": 384_077,
    "viewed": False,
    "content": {
        "id": 3_616_000_123,
        "image_id": "posting",
        "comment": "A fine cat",
        "author": "ada",
        "author_id": 1_698_510,
        "on_album": False,
        "album_cover": None,
        "ups": 1,
        "downs": 0,
        "points": 1,
        "datetime": 1_400_000_000,
        "parent_id": 3_616_000_001,
        "deleted": False,
        "vote": None,
        "platform": "2",
        "children": [],
    },
}
MESSAGE: dict[str, Any] = {
    "id": "95572642",
    "account_id": "384077",
    "viewed": "0",
    "content": {
        "id": "188",
        "from": "grace",
        "with_account": "384078",
        "last_message": "About that cat",
        "message_num": "12",
        "spam": "0",
        "datetime": "1400000060",
    },
}


def read(*rows: dict[str, Any]) -> pd.DataFrame:
    frame = imd.read_response(list(rows), "notification")
    assert len(frame) == len(rows)
    return frame


def row(payload: dict[str, Any]) -> dict[str, Any]:
    frame = read(payload)
    assert not {"unknown_fields", "unreadable"} & frame.attrs["imgurdata"].keys()
    return {c: frame[c].iloc[0] for c in frame if pd.notna(frame[c].iloc[0])}


def about(payload: dict[str, Any], **content: Any) -> dict[str, Any]:
    return {**payload, "content": {**payload["content"], **content}}


def test_reply_columns_are_those_of_its_content() -> None:
    assert row(REPLY) == {
        "id": 4511,
        "account_id": 384_077,
        "kind": "reply",
        "viewed": False,
        "content_id": 3_616_000_123,
        "datetime": pd.Timestamp(1_400_000_000, unit="s", tz="UTC"),
        "username": "ada",
        "from_user": "ada",
        "author_id": 1_698_510,
        "text": "A fine cat",
        "post_id": "posting",
        "parent_id": 3_616_000_001,
        "ups": 1,
        "downs": 0,
        "points": 1,
        "deleted": False,
        "platform": "2",
    }


def test_message_with_numbers_as_text_is_read() -> None:
    assert row(MESSAGE) == {
        "id": 95_572_642,
        "account_id": 384_077,
        "kind": "message",
        "viewed": False,
        "content_id": 188,
        "datetime": pd.Timestamp(1_400_000_060, unit="s", tz="UTC"),
        "username": "grace",
        "from_user": "grace",
        "with_account": 384_078,
        "text": "About that cat",
        "message_num": 12,
        "spam": False,
    }


def test_notification_tolerant_path_loses_nothing_else(subtests: pytest.Subtests) -> None:
    for payload in [REPLY, MESSAGE]:
        with subtests.test(payload=payload):
            want = read(payload).drop(columns="points")
            odd = read(about(payload, points=[]))
            assert odd.attrs["imgurdata"]["unreadable"] == {"content.points": 1}
            pd.testing.assert_frame_equal(odd.drop(columns="points"), want)


def test_notifications_are_read_from_both_lists_in_every_form(
    as_declared: Callable[..., None],
) -> None:
    data = {"replies": [REPLY, about(REPLY, id=7)], "messages": [MESSAGE]}
    answer = {"data": data, "success": True, "status": 200}
    for source in (answer, json.dumps(data), to_jsonp(answer, "show"), to_xml(answer)):
        frame = imd.read_response(source, "notification")
        as_declared(frame, "notification")
        assert frame["kind"].tolist() == ["reply", "reply", "message"]
        assert frame["content_id"].tolist() == [3_616_000_123, 7, 188]
        assert frame["from_user"].tolist() == ["ada", "ada", "grace"]
        assert frame["datetime"].dt.second.tolist() == [20, 20, 20]
        assert frame["datetime"].dt.year.tolist() == [2014] * 3
        assert not {"unknown_fields", "unreadable"} & frame.attrs["imgurdata"].keys()


def test_notifications_of_empty_lists_give_no_row(
    subtests: pytest.Subtests, as_declared: Callable[..., None]
) -> None:
    for replies in [[], None, "", {}, [REPLY]]:
        for messages in [[], None, "", {}, [MESSAGE]]:
            with subtests.test(replies=replies, messages=messages):
                answer = {
                    "data": {"replies": replies, "messages": messages},
                    "success": True,
                    "status": 200,
                }
                want = ["reply"] * (replies == [REPLY]) + ["message"] * (messages == [MESSAGE])
                for source in (answer, to_xml(answer)):
                    frame = imd.read_response(source, "notification")
                    as_declared(frame, "notification")
                    assert frame["kind"].tolist() == want
                    assert "unknown_fields" not in frame.attrs["imgurdata"]


KINDS = [
    ({"comment": "", "last_message": None}, "reply"),
    ({"comment": None, "image_id": "posting"}, "reply"),
    ({"last_message": ""}, "message"),
    ({"from": "grace"}, "message"),
    ({"id": 7}, None),
    ({}, None),
    (None, None),
    ("", None),
    ([], None),
]


def test_notification_kind_depends_on_its_content(subtests: pytest.Subtests) -> None:
    for content, kind in KINDS:
        with subtests.test(content=content):
            assert row({"id": 1, "content": content}).get("kind") == kind


def test_notification_of_nobody_has_na() -> None:
    got = row(about(REPLY, author="[deleted]", author_id=0, parent_id="0", deleted=True))
    assert got["deleted"]
    assert not {"from_user", "author_id", "parent_id"} & got.keys()
    assert "from_user" not in row(about(MESSAGE, **{"from": ""}))


def test_notification_invalid_time_is_counted(subtests: pytest.Subtests) -> None:
    for time in [10**16, -5]:
        with subtests.test(time=time):
            frame = read(about(REPLY, datetime=time))
            assert frame["datetime"].isna().all()
            assert frame.attrs["imgurdata"]["unreadable"] == {"datetime": 1}


def test_notification_time_may_have_milliseconds() -> None:
    for payload in (1_400_000_000_500, 1_400_000_000.5):
        assert row(about(REPLY, datetime=payload))["datetime"].microsecond == 500_000


NUMBER = st.integers(1, 2**53)
CONTENT = st.fixed_dictionaries(
    {"id": NUMBER},
    optional={
        "from": st.sampled_from(["ada", "grace"]),
        "with_account": NUMBER,
        "message_num": NUMBER,
        "ups": NUMBER,
        "points": st.integers(-(2**40), 2**40),
        "parent_id": NUMBER,
        "datetime": st.integers(10**9, 4 * 10**9),
        "spam": st.booleans(),
    },
)


@settings(max_examples=25)
@given(contents=st.lists(CONTENT, max_size=4))
def test_notification_numbers_as_text_change_nothing(contents: list[dict[str, Any]]) -> None:
    def say(value: Any) -> Any:
        return str(int(value)) if isinstance(value, bool | int) else value

    rows = [{"id": 1, "viewed": True, "content": content} for content in contents]
    said = [
        {"id": "1", "viewed": "1", "content": {k: say(v) for k, v in content.items()}}
        for content in contents
    ]
    want = read(*rows)
    pd.testing.assert_frame_equal(read(*said), want)
    odd = read(*said, {"id": 2, "viewed": []}).iloc[:-1]
    pd.testing.assert_frame_equal(odd, want, check_index_type=False)
    assert want["content_id"].tolist() == [content["id"] for content in contents]
