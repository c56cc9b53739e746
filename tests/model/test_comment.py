"""A comment's own columns: what Imgur means by 0, "" and [deleted]."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import imgurdata as imd

PLAIN: dict[str, Any] = {
    "id": 2_246_637_289,
    "image_id": "posting",
    "comment": "What a cat",
    "author": "ada",
    "author_id": 77,
    "on_album": True,
    "album_cover": "covered",
    "ups": 10,
    "downs": 4,
    "points": 8,
    "datetime": 1_660_000_000,
    "parent_id": 2_246_637_000,
    "deleted": False,
    "vote": None,
    "platform": "android",
    "has_admin_badge": False,
    "children": [],
}


def row(**payload: Any) -> dict[str, Any]:
    """The one row of a comment; None for NA. Whichever way it is read."""
    frame = imd.read_response([{**PLAIN, **payload}], "comment")
    # "vote" is read as text, so a list there sends the row the tolerant way.
    tolerant = imd.read_response([{**PLAIN, **payload, "vote": []}], "comment")
    values = [
        {name: None if pd.isna(f[name].iloc[0]) else f[name].iloc[0] for name in f}
        for f in (frame, tolerant)
    ]
    assert values[0] | {"vote": None} == values[1]
    assert "unreadable" not in frame.attrs["imgurdata"]
    return values[0]


def test_comment_columns_are_the_keys() -> None:
    assert row() == {
        "post_id": "posting",
        "id": 2_246_637_289,
        "parent_id": 2_246_637_000,
        "root_id": None,
        "depth": None,
        "position": None,
        "n_children": None,
        "username": "ada",
        "author": "ada",
        "author_id": 77,
        "comment": "What a cat",
        "datetime": pd.Timestamp(1_660_000_000, unit="s", tz="UTC"),
        "ups": 10,
        "downs": 4,
        "points": 8,
        "deleted": False,
        "platform": "android",
        "vote": None,
        "on_album": True,
        "album_cover": "covered",
        "has_admin_badge": False,
        "listing": None,
        "rank": None,
        "fetched_at": None,
    }


AUTHORS = [
    ("ada", False, ("ada", False)),
    ("ada", True, ("ada", True)),
    ("ada", None, ("ada", None)),
    ("[deleted]", True, (None, True)),
    ("[deleted]", False, (None, True)),
    ("[deleted]", None, (None, True)),
    ("", False, (None, False)),
    (None, None, (None, None)),
    ("deleted", False, ("deleted", False)),
]


def test_comment_author_deleted_sets_the_flag(subtests: pytest.Subtests) -> None:
    for author, deleted, want in AUTHORS:
        with subtests.test(author=author):
            got = row(author=author, deleted=deleted)
            assert (got["author"], got["deleted"]) == want


ZERO_IDS = [
    (0, None),
    ("0", None),
    (None, None),
    ("", None),
    ("5", 5),
    (2**53 + 1,) * 2,
]


def test_comment_zero_ids_are_na(subtests: pytest.Subtests) -> None:
    for column in ["author_id", "parent_id"]:
        for payload, want in ZERO_IDS:
            with subtests.test(column=column, payload=payload, want=want):
                assert row(**{column: payload})[column] == want


def test_comment_ids_are_exact(subtests: pytest.Subtests) -> None:
    for number in [2**31, 2**32 + 1, 2**53 + 1, 2**63 - 1]:
        with subtests.test(number=number):
            for payload in (number, str(number)):
                got = row(id=payload, parent_id=payload)
                assert (got["id"], got["parent_id"]) == (number, number)


POINTS_ARE_AS_SENT = [(861, 1, 863), (591, 2, 590), (0, 0, 0), (1, 9, -8), (3, 1, None)]


def test_comment_points_are_as_sent(subtests: pytest.Subtests) -> None:
    for ups, downs, points in POINTS_ARE_AS_SENT:
        with subtests.test(ups=ups):
            got = row(ups=ups, downs=downs, points=points)
            assert (got["ups"], got["downs"], got["points"]) == (ups, downs, points)


def test_comment_deleted_keeps_text_time_and_replies() -> None:
    gone = {"author": "[deleted]", "comment": "[deleted]", "author_id": 0, "deleted": True}
    answer = {**PLAIN, **gone, "parent_id": 0, "children": [PLAIN | {"parent_id": PLAIN["id"]}]}
    frame = imd.read_response([answer], "comment")
    assert frame["comment"].tolist() == ["[deleted]", "What a cat"]
    assert frame["deleted"].tolist() == [True, False]
    assert frame["author_id"].isna().tolist() == [True, False]
    assert frame["datetime"].notna().all()
    assert frame["depth"].tolist() == [0, 1]


def test_comment_keys_missing_in_old_answers_are_na() -> None:
    """Before 2015 no platform, before 2019 no badge, in 2013 no children; a new one is its id."""
    frame = imd.read_response({"id": "196257706"}, "comment")
    assert frame["id"].tolist() == [196_257_706]
    assert frame.drop(columns="id").isna().all(axis=None)
    assert "unknown_fields" not in frame.attrs["imgurdata"]
