"""Any mixture of what answers may hold gives the declared frame; all forms give the same."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from functools import cache
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import imgurdata as imd
from imgurdata.errors import ImgurDataError
from imgurdata.model.records import RECORDS
from imgurdata.sandbox.wire import to_json, to_jsonp, to_xml

EVERY = pytest.mark.parametrize("name", RECORDS)
#: Text that XML can carry and that its reader leaves as it is ("null" and "" are nothing there).
TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), min_size=1, max_size=8
).filter(lambda text: text != "null")
NUMBER = st.integers(0, 2**53)
PART = {
    "images": st.fixed_dictionaries(
        {"id": TEXT}, optional={"type": TEXT, "width": NUMBER, "animated": st.booleans()}
    ),
    "tags": st.fixed_dictionaries({"name": TEXT}, optional={"followers": NUMBER}),
}
PROPER: dict[str, st.SearchStrategy[Any]] = {
    "str": TEXT,
    "Int64": st.integers(-(2**63), 2**63 - 1),
    "Float64": st.floats(allow_nan=False, allow_infinity=False),
    "boolean": st.booleans(),
    "datetime64[us, UTC]": st.integers(0, 4_000_000_000),
}
#: What real answers hold in place of the declared type, and worse.
ODD = st.one_of(
    st.none(),
    st.just(""),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.integers(-(2**70), 2**70).map(str),
    st.floats(),
    st.floats().map(str),
    st.text(max_size=5),
    st.sampled_from(["0", "1", "true", "null", "2013-05-15 08:33:28", "\ud83d", "[deleted]"]),
    st.lists(st.none() | st.text(max_size=2) | st.integers() | st.dictionaries(TEXT, NUMBER)),
    st.dictionaries(st.sampled_from(["id", "status", "name", "width"]), st.text(max_size=3)),
)


def needed(name: str) -> dict[str, st.SearchStrategy[Any]]:
    """The keys without which an object is no such record."""
    record = RECORDS[name]
    keys = [key for key in (record.id_key, *record.any_of[:1]) if key]
    dtypes = {f.wire_key or f.name: f.dtype for f in record.fields}
    return {key: TEXT if dtypes[key] == "str" else NUMBER for key in keys}


# Built once a record: building strategies anew for each example takes longer than the examples.
@cache
def proper_row(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """A row as the declaration says, any key of it missing or null."""
    record = RECORDS[name]
    keys = {f.wire_key: st.none() | PROPER[f.dtype] for f in record.fields if f.wire_key}
    if "tags" in record.known_keys:
        keys["tags"] = st.lists(PART["tags"], max_size=3)
    if record.name == "post":
        keys["images"] = st.lists(PART["images"], max_size=3)
        keys["type"] = st.none() | TEXT
        keys["width"] = st.none() | NUMBER
    keys = {key: values for key, values in keys.items() if key not in needed(name)}
    return st.fixed_dictionaries(needed(name), optional=keys)


@cache
def odd_row(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """A row in which any key, known or not, holds anything."""
    record = RECORDS[name]
    # Trees have a property test of their own.
    # So many are known that the unknown ones are not the most: that would be something else.
    known: dict[str, Any] = dict.fromkeys([f.wire_key for f in record.fields if f.wire_key][:4])
    unknown = ["brand_new", "", "\ud83d"][: len(known.keys() - {record.id_key})]
    keys = [*sorted(record.known_keys - {record.children}), *unknown]
    result = st.dictionaries(st.sampled_from(keys), ODD, max_size=12)
    rows = st.tuples(result, st.fixed_dictionaries(needed(name)))
    return rows.map(lambda row: {**known, **row[0], **row[1]})


@cache
def mixed_row(name: str) -> st.SearchStrategy[dict[str, Any]]:
    return odd_row(name) | proper_row(name)


@cache
def telling_row(name: str) -> st.SearchStrategy[dict[str, Any]]:
    return proper_row(name).filter(bool)


@cache
def lists(rows: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(rows, max_size=4)


def assert_same(got: pd.DataFrame, want: pd.DataFrame) -> None:
    """As assert_frame_equal, but exact, and its column-by-column report only where they differ."""
    if not (got.columns.equals(want.columns) and got.dtypes.equals(want.dtypes)):
        assert_frame_equal(got, want)
    if not got.equals(want):
        assert_frame_equal(got, want, check_exact=True, check_index_type=False)
        pytest.fail("the frames differ")


@EVERY
@settings(max_examples=12)
@given(data=st.data())
def test_read_response_any_mixture_gives_the_declared_frame(
    name: str, data: st.DataObject, as_declared: Callable[..., None]
) -> None:
    record = RECORDS[name]
    rows = data.draw(lists(mixed_row(name)))
    frame = imd.read_response(json.dumps({"data": rows, "success": True, "status": 200}), name)
    as_declared(frame, name)
    assert len(frame) == len(rows)
    info = frame.attrs["imgurdata"]
    unknown = {key.replace("\ud83d", "\ufffd") for row in rows for key in row} - record.known_keys
    assert set(info.get("unknown_fields", [])) == unknown
    json.dumps(info)
    frame.to_parquet()
    assert_same(pickle.loads(pickle.dumps(frame)), frame)


@EVERY
@settings(max_examples=10)
@given(data=st.data())
def test_read_response_text_for_values_changes_nothing(name: str, data: st.DataObject) -> None:
    rows = data.draw(lists(proper_row(name)))
    want = imd.read_response(rows, name)

    def say(value: Any) -> Any:
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int | float):
            return str(value)
        return value

    said = [{key: say(value) for key, value in row.items()} for row in rows]
    assert_same(imd.read_response(said, name), want)
    # A value of another type sends its whole page the tolerant way, where all must be as before.
    odd: dict[str, Any] = dict.fromkeys(needed(name), "7")
    key = next(f.wire_key for f in RECORDS[name].fields if f.wire_key and f.wire_key not in odd)
    tolerant = imd.read_response([*rows, {**odd, key: []}], name)
    assert tolerant.attrs["imgurdata"]["unreadable"]
    assert_same(tolerant.iloc[:-1], want)


@EVERY
@settings(max_examples=8)
@given(data=st.data())
def test_read_response_gives_one_frame_for_all_forms(name: str, data: st.DataObject) -> None:
    # A row without any key is an empty element in XML, which says the same as "".
    rows = data.draw(lists(telling_row(name)))
    answer = {"data": rows, "success": True, "status": 200}
    want = imd.read_response(to_json(answer), name)
    assert len(want) == len(rows)
    jsonp = to_jsonp(answer, "show")
    assert jsonp is not None
    for form in (jsonp, to_xml(answer), answer, rows, json.dumps(answer, indent=1)):
        assert_same(imd.read_response(form, name), want)


@settings(max_examples=15)
@given(rows=lists(proper_row("post")))
def test_explode_gives_every_part_once(rows: list[dict[str, Any]]) -> None:
    posts = imd.read_response(rows, "post", nested=True).assign(
        images_count=pd.Series([0] * len(rows), dtype="Int64")
    )
    images, tags = imd.explode_images(posts), imd.explode_tags(posts)
    assert len(images) == posts["images_shown"].sum()
    assert len(tags) == sum(len(row.get("tags", [])) for row in rows)


BODY = st.binary() | st.recursive(ODD, st.lists, max_leaves=20).map(
    lambda v: json.dumps(v).encode()
)


# To make up bytes takes longer than to read them: every record reads each.
@settings(max_examples=40)
@given(body=BODY)
def test_read_response_handles_any_bytes(body: bytes) -> None:
    for name in RECORDS:
        try:
            frame = imd.read_response(body, name, nested=True)
        except ImgurDataError as error:
            assert pickle.loads(pickle.dumps(error)).args == error.args  # noqa: PT017
        else:
            assert isinstance(frame, pd.DataFrame)
