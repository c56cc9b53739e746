"""The declarations: whole, consistent, and the only place that knows a dtype."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pandas as pd
import pytest

import imgurdata as imd
from imgurdata.errors import InvalidArgument
from imgurdata.model.records import POST, RECORDS, find_record
from imgurdata.model.schema import DTYPES, SCHEMA_VERSION


def test_schema_has_five_columns_of_text(subtests: pytest.Subtests) -> None:
    for name, record in RECORDS.items():
        with subtests.test(name=name):
            table = imd.schema(record.name)
            assert list(table.columns) == ["name", "dtype", "unit", "meaning", "source"]
            assert {str(dtype) for dtype in table.dtypes} == {"str"}
            assert table["name"].is_unique
            assert set(table["dtype"]) <= {*DTYPES, "dropped"}
            for column in ("name", "meaning", "source"):
                assert table[column].str.len().gt(0).all(), column


def test_schema_lists_columns_first_in_frame_order(subtests: pytest.Subtests) -> None:
    for name, record in RECORDS.items():
        with subtests.test(name=name):
            table = imd.schema(record.name)
            is_dropped = table["dtype"] == "dropped"
            assert is_dropped.is_monotonic_increasing
            assert table["name"][~is_dropped].tolist() == record.columns
            assert record.columns[-1] == "fetched_at"


def test_schema_names_every_decoded_key(subtests: pytest.Subtests) -> None:
    for name, record in RECORDS.items():
        with subtests.test(name=name):
            table = imd.schema(record.name)
            renamed = set(table["source"].str.extract(r"\((\w+)\)$")[0].dropna())
            assert record.known_keys <= {*table["name"], *renamed}


def test_delete_hash_is_never_a_column(subtests: pytest.Subtests) -> None:
    for name, record in RECORDS.items():
        with subtests.test(name=name):
            assert "deletehash" not in record.columns


DROPPED = ["ad_config", "deletehash", "comment_preview", "images", "type"]


def test_schema_of_posts_names_dropped_keys(subtests: pytest.Subtests) -> None:
    for name in DROPPED:
        with subtests.test(name=name):
            table = imd.schema("post").set_index("name")
            assert table.loc[name, "dtype"] == "dropped"


def test_empty_frame_is_the_declared_one(
    as_declared: Callable[..., None], subtests: pytest.Subtests
) -> None:
    for name, record in RECORDS.items():
        with subtests.test(name=name):
            as_declared(record.empty(), record.name)
            extra = tuple(record.nested.values())
            as_declared(record.empty(extra), record.name, *extra)
            assert len(record.empty()) == 0


def test_listed_records_have_listing_and_rank() -> None:
    for name in ("post", "image"):
        assert {"listing", "rank"} <= set(RECORDS[name].columns)


DTYPES_OF_POSTS = [
    ("id", "str"),
    ("datetime", "datetime64[us, UTC]"),
    ("account_id", "Int64"),
    ("is_album", "boolean"),
    ("media_type", "str"),
    ("width", "Int64"),
    ("has_sound", "boolean"),
    ("tags", "str"),
    ("images_shown", "Int64"),
    ("rank", "Int64"),
    ("fetched_at", "datetime64[us, UTC]"),
]


def test_schema_of_posts_gives_dtypes(subtests: pytest.Subtests) -> None:
    for column, dtype in DTYPES_OF_POSTS:
        with subtests.test(column=column):
            assert imd.schema("post").set_index("name").loc[column, "dtype"] == dtype


def test_find_record_refuses_other_names(subtests: pytest.Subtests) -> None:
    for name in ["posts", "", "POST", None, 3, "images_json"]:
        with subtests.test(name=name):
            with pytest.raises(InvalidArgument, match="record must be one of") as caught:
                find_record(name)  # type: ignore[arg-type]
            for known in RECORDS:
                assert repr(known) in str(caught.value)


def test_schema_suggests_the_nearest_record() -> None:
    with pytest.raises(InvalidArgument, match="Did you mean 'post'"):
        imd.schema("posts")


def test_schema_leaves_out_nested_columns() -> None:
    assert not set(POST.nested.values()) & set(imd.schema("post")["name"])


def test_schema_returns_a_new_frame_each_time() -> None:
    first = imd.schema("post")
    first.loc[0, "name"] = "changed"
    pd.testing.assert_frame_equal(imd.schema("post"), POST.describe())


def test_schema_version_changes_with_columns_and_dtypes() -> None:
    columns = [(name, record.columns, [f.dtype for f in record.fields]) for name, record in
               sorted(RECORDS.items())]  # fmt: skip
    digest = hashlib.sha256(repr(columns).encode()).hexdigest()[:12]
    assert (SCHEMA_VERSION, digest) == (3, "ecc188f2a1ef"), "add 1, and write both here"


#: Columns that people look for first.
FIRST = {
    "post": "id title username datetime points views comment_count tags",
    "image": "id title datetime views type width height",
    "album": "id title username datetime views images_count",
    "comment": "post_id id parent_id root_id depth position n_children username comment datetime",
    "account": "id username reputation",
    "message": "id username datetime body",
    "notification": "id kind viewed datetime username text",
    "tag": "name display_name followers total_items",
}


def test_schema_begins_with_what_people_look_for() -> None:
    for name, first in FIRST.items():
        assert " ".join(imd.schema(name)["name"]).startswith(f"{first} "), name
        assert RECORDS[name].columns[-1] == "fetched_at"


@pytest.mark.decision("one-name-for-people")
def test_username_is_in_every_record_that_names_a_person() -> None:
    recorded = {"account_url", "author", "from_user"}
    for name, record in RECORDS.items():
        named = recorded | ({"url"} if name == "account" else set())
        named |= {"with_account"} if name == "conversation" else set()
        has = named & set(record.columns)
        repeats = [field.same_as for field in record.fields if field.name == "username"]
        assert set(repeats) == has, name
        assert len(has) <= 1


def test_username_repeats_the_recorded_name() -> None:
    row = {"id": "abcde", "account_url": "somebody", "is_album": True}
    nobody = {"id": "fghij", "account_url": "", "is_album": True}
    posts = imd.read_response([{"data": [row, nobody], "success": True, "status": 200}], "post")
    assert posts["username"].equals(posts["account_url"])
    assert posts["username"].isna().tolist() == [False, True]
    posts.loc[0, "username"] = "changed"
    assert posts["account_url"][0] == "somebody"
