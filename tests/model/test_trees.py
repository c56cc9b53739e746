"""Comment trees: rows tell the whole tree, at any depth and width that can be read."""

from __future__ import annotations

import datetime as dt
import inspect
import json
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import imgurdata as imd
from imgurdata.errors import BadResponse
from imgurdata.model.frames import FrameBuilder
from imgurdata.model.records import COMMENT
from imgurdata.sandbox.wire import to_jsonp, to_xml

TREE_COLUMNS = ["root_id", "depth", "position", "n_children"]
Tree = list[dict[str, Any]]
FIRST = 2**53 + 1  # beyond 32 bits, and beyond what a float can hold


def comment(number: int, parent: int = 0, **more: Any) -> dict[str, Any]:
    result = {"id": number, "image_id": "posting", "parent_id": parent, "author": "ada"}
    return {**result, "children": [], **more}


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Any tree: each comment replies to an earlier one or to none; ids in no order."""
    parents = draw(st.lists(st.integers(0, 30), min_size=1, max_size=30))
    numbers = draw(st.permutations(range(FIRST, FIRST + len(parents))))
    tops: Tree = []
    nodes: Tree = []
    for place, (number, payload) in enumerate(zip(numbers, parents, strict=True)):
        above = nodes[payload % place] if place and payload < 24 else None
        node = comment(number, above["id"] if above else 0)
        nodes.append(node)
        (above["children"] if above else tops).append(node)
    return tops


def shape(tops: Tree) -> list[Any]:
    return [(row["id"], shape(row["children"])) for row in tops]


def rebuilt(frame: pd.DataFrame) -> list[Any]:
    """The tree by ``id``, ``parent_id`` and ``position`` alone, whatever the rows' order."""
    tops: list[Any] = []
    below: dict[int, list[Any]] = {}
    by_place = frame.sort_values("position")
    for number, parent in zip(by_place["id"], by_place["parent_id"], strict=True):
        below[number] = []
        (tops if pd.isna(parent) else below[parent]).append((number, below[number]))
    return tops


def envelope(tops: Tree) -> dict[str, Any]:
    return {"data": tops, "success": True, "status": 200}


def oddly(tops: Tree) -> Tree:
    """One value of another type, at the very bottom: the whole answer goes the tolerant way."""
    copy: Tree = json.loads(json.dumps(tops))
    row = copy[-1]
    while row["children"]:
        row = row["children"][-1]
    row["ups"] = []
    return copy


FORMS: dict[str, Callable[[Tree], Any]] = {
    "json": lambda tops: json.dumps(envelope(tops)),
    "indented": lambda tops: json.dumps(tops, indent=2),
    "decoded": envelope,
    "jsonp": lambda tops: to_jsonp(envelope(tops), "show"),
    "xml": lambda tops: to_xml(envelope(tops)),
    "tolerant": oddly,
    "tolerant xml": lambda tops: to_xml(envelope(oddly(tops))),
}


@settings(max_examples=15)
@given(tops=trees(), seed=st.integers(0, 99))
def test_trees_in_every_form_come_back_from_their_rows(
    tops: Tree, seed: int, as_declared: Callable[..., None]
) -> None:
    # The columns, counted from the tree itself.
    want: list[tuple[int, int, int, int]] = []

    def walk(rows: Tree, root: int, depth: int) -> None:
        for row in rows:
            want.append((row["id"], root or row["id"], depth, len(row["children"])))
            walk(row["children"], root or row["id"], depth + 1)

    walk(tops, 0, 0)
    for form in FORMS.values():
        frame = imd.read_response(form(tops), "comment")
        as_declared(frame, "comment")
        assert rebuilt(frame.sample(frac=1, random_state=seed)) == shape(tops)
        assert frame["position"].tolist() == list(range(len(frame)))
        found = frame[["id", "root_id", "depth", "n_children"]]
        assert list(found.itertuples(index=False, name=None)) == want


# Depth ------------------------------------------------------------------------------------------


def chain(depth: int, last: str = "") -> str:
    """Replies to replies; ``last`` goes into the deepest."""
    start = "".join(
        f'{{"id":{n},"parent_id":{n - 1},"image_id":"p","children":[' for n in range(1, depth)
    )
    return f'[{start}{{"id":{depth},"parent_id":{depth - 1}{last},"children":[]}}' + (
        "]}" * (depth - 1) + "]"
    )


def chain_xml(depth: int, last: str = "") -> str:
    start = "".join(
        f"<item><id>{n}</id><parent_id>{n - 1}</parent_id><children>" for n in range(1, depth)
    )
    bottom = f"<item><id>{depth}</id><parent_id>{depth - 1}</parent_id>{last}<children/></item>"
    return (
        f'<data type="array" success="1" status="200">{start}{bottom}'
        + "</children></item>" * (depth - 1)
        + "</data>"
    )


DEEP: dict[str, Callable[[int], str]] = {
    "bare": chain,
    "single": lambda depth: chain(depth)[1:-1],
    "enveloped": lambda depth: f'{{"data":{chain(depth)},"success":true,"status":200}}',
    "enveloped single": lambda depth: f'{{"data":{chain(depth)[1:-1]},"success":true}}',
    "unknown key": lambda depth: chain(depth, ',"zeta":1'),
    "odd value": lambda depth: chain(depth, ',"ups":[]'),
    "half an emoji": lambda depth: chain(depth, ',"comment":"\\ud83d"'),
    "jsonp": lambda depth: f'show({{"data":{chain(depth)},"success":true,"status":200}});',
    "xml": chain_xml,
    "odd xml": lambda depth: chain_xml(depth, "<ups>many</ups>"),
}


def from_a_stack_of(calls: int, call: Callable[[], Any]) -> Any:
    return from_a_stack_of(calls - 1, call) if calls else call()


def test_trees_of_any_depth_are_read(subtests: pytest.Subtests) -> None:
    for depth, calls in [(400, 50), (6_000, 0)]:
        for form in DEEP:
            with subtests.test(depth=depth, calls=calls, form=form):
                text = DEEP[form](depth)
                frame = from_a_stack_of(calls, partial(imd.read_response, text, "comment"))
                assert frame["depth"].tolist() == list(range(depth))
                assert frame["id"].tolist() == list(range(1, depth + 1))
                assert frame["parent_id"].dropna().tolist() == list(range(1, depth))
                assert frame["root_id"].eq(1).all()
                assert frame["n_children"].tolist() == [1] * (depth - 1) + [0]
                info = frame.attrs["imgurdata"]
                assert info.get("unknown_fields", []) == (["zeta"] if form == "unknown key" else [])
                assert info.get("unreadable", {}) == ({"ups": 1} if form.startswith("odd") else {})


def test_deep_trees_with_something_else_among_the_replies_are_read() -> None:
    ad = '{"promoted":true,"title":"x","children":[{"id":-1}]}'
    text = '[{"id":1,"children":[' + f'{ad},{{"id":2,"children":[' * 2_000 + "]}" * 2_000 + "]}]"
    frame = imd.read_response(text, "comment")
    assert frame["id"].tolist() == [1] + [2] * 2_000
    assert frame["n_children"].tolist() == [1] * 2_000 + [0]
    assert frame.attrs["imgurdata"]["unreadable"] == {"comment": 2_000}


DEEP_AND_NO_TREE = [
    '[{"id":1,"children":' * 5_000 + "[7]" + "}]" * 5_000,
    '[{"id":1,"children":' * 5_000 + "[]" + "}]" * 4_999,
    '[{"id":1,"zeta":' + "[" * 100_000 + "]" * 100_000 + "}]",
    "[" * 100_000 + "]" * 100_000,
    '{"data":' * 100_000 + "1" + "}" * 100_000,
]


def test_deep_json_that_is_no_tree_is_refused(subtests: pytest.Subtests) -> None:
    for text in DEEP_AND_NO_TREE:
        with subtests.test(text=text):
            with pytest.raises(BadResponse) as caught:
                imd.read_response(text, "comment")
            assert len(str(caught.value)) < 300


def test_trees_are_read_at_the_edge_of_the_stack(subtests: pytest.Subtests) -> None:
    for form in DEEP:
        with subtests.test(form=form):
            read = partial(imd.read_response, DEEP[form](400), "comment")
            # Each level takes two calls, and some calls must be left to get to the reader.
            edge = sys.getrecursionlimit() - 2 * 400 - len(inspect.stack(0))
            for calls in range(edge - 20, edge + 2, 3):
                assert len(from_a_stack_of(calls, read)) == 400


def test_decoded_trees_of_any_depth_are_read() -> None:
    rows: Tree = []
    for number in range(5_000, 0, -1):
        rows = [{"id": number, "children": rows}]
    frame = imd.read_response(rows, "comment")
    assert frame["id"].tolist() == list(range(1, 5_001))


# Width ------------------------------------------------------------------------------------------

MANY = 30_000


@pytest.mark.parametrize(("under_one", "odd"), [(False, False), (True, True)])
def test_wide_trees_are_read_whole(under_one: bool, odd: bool) -> None:
    rows = [comment(n, int(under_one)) for n in range(2, MANY + 1)]
    rows = [comment(1, children=rows)] if under_one else [comment(1), *rows]
    if odd:
        rows[-1]["ups"] = {}
    frame = imd.read_response(json.dumps(rows), "comment")
    assert frame["id"].tolist() == frame["position"].add(1).tolist() == list(range(1, MANY + 1))
    assert frame["depth"].sum() == (MANY - 1 if under_one else 0)
    assert frame["n_children"].iloc[0] == (MANY - 1 if under_one else 0)
    assert frame.attrs["imgurdata"].get("unreadable", {}) == ({"ups": 1} if odd else {})


# Lists that are no trees ------------------------------------------------------------------------


def has_places(frame: pd.DataFrame) -> bool:
    result = frame[list(TREE_COLUMNS)].notna()
    assert result.all(axis=None) or not result.any(axis=None)
    return bool(result.all(axis=None))


def untold(number: int) -> dict[str, Any]:
    row = comment(number)
    del row["children"]
    return row


LISTS = [
    ([comment(1), comment(2)], True),
    ([comment(1)], True),
    ([comment(1, 7)], False),
    ([comment(1), comment(2, 7)], False),
    ([comment(1), comment(2, image_id="another")], False),
    ([untold(1), untold(2)], False),
    ([comment(1, 7, children=[comment(2, 1)])], True),
    ([comment(1, children=[comment(2, 1)]), comment(3, image_id="another")], True),
    ([comment(1, children=None), comment(2)], True),
]


def test_flat_lists_have_no_places(subtests: pytest.Subtests) -> None:
    for rows, is_tree in LISTS:
        for odd in [False, True]:
            with subtests.test(rows=rows, is_tree=is_tree, odd=odd):
                frame = imd.read_response(
                    [{**rows[0], "ups": []}, *rows[1:]] if odd else rows, "comment"
                )
                assert has_places(frame) is is_tree


def test_builder_tree_argument_overrules_the_rows() -> None:
    for tree in (True, False):
        builder = FrameBuilder(COMMENT, tree=tree)
        for rows in ([comment(1), comment(2)], [comment(3, 9), untold(4)]):
            assert builder.add(json.dumps(rows).encode()) == 2
        assert has_places(builder.frame()) is tree
    # But no reply is ever lost.
    builder = FrameBuilder(COMMENT, tree=False)
    builder.add(json.dumps([comment(1, children=[comment(2, 1)])]).encode())
    assert builder.frame()["depth"].tolist() == [0, 1]


def test_places_count_from_each_answer() -> None:
    builder = FrameBuilder(COMMENT, tree=True)
    builder.begin_list(unique=("id",))
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    first = [comment(1, children=[comment(2, 1, children=[comment(3, 2)])]), comment(4)]
    second = [comment(5, children=[comment(3, 5), comment(6, 5)])]
    assert builder.add(json.dumps(first).encode(), fetched_at=now) == 4
    assert builder.add(json.dumps(second).encode(), fetched_at=now) == 3
    frame = builder.frame()
    assert frame["id"].tolist() == [1, 2, 3, 4, 5, 6]
    assert builder.duplicates == 1
    assert frame["position"].tolist() == [0, 1, 2, 3, 0, 2]
    assert frame["root_id"].tolist() == [1, 1, 1, 4, 5, 5]
    assert (frame["fetched_at"] == pd.Timestamp(now)).all()


def test_reply_without_parent_id_gets_the_one_above(subtests: pytest.Subtests) -> None:
    for parent in [0, None, "", "0"]:
        with subtests.test(parent=parent):
            rows = [comment(1, children=[comment(2, parent_id=parent, children=[comment(3, 2)])])]
            frame = imd.read_response(rows, "comment")
            assert frame["parent_id"].isna().tolist() == [True, False, False]
            assert frame["parent_id"].tolist()[1:] == [1, 2]


INVALID_CHILDREN = [
    (None, 1, 0),
    ("", 1, 0),
    ({}, 1, 0),
    ([], 1, 0),
    ([None], 1, 1),
    ([7, comment(2, 1), "x"], 2, 2),
    ("many", 1, 1),
    ({"0": comment(2, 1)}, 1, 1),
]


def test_invalid_children_are_counted(subtests: pytest.Subtests) -> None:
    for children, rows, lost in INVALID_CHILDREN:
        with subtests.test(children=children):
            top = comment(1, children=children)
            frame = imd.read_response([top, comment(9)], "comment")
            assert len(frame) == rows + 1
            result = {"children": lost} if lost else {}
            assert frame.attrs["imgurdata"].get("unreadable", {}) == result


def test_unknown_keys_are_noted_at_every_level(subtests: pytest.Subtests) -> None:
    for indent in [None, 2]:
        for odd in [None, []]:
            with subtests.test(indent=indent, odd=odd):
                low = comment(3, 2, omega=1)
                rows = [
                    comment(1, alpha=1, ups=odd, children=[comment(2, 1, beta=1, children=[low])])
                ]
                frame = imd.read_response(json.dumps(rows, indent=indent), "comment")
                assert frame.attrs["imgurdata"]["unknown_fields"] == ["alpha", "beta", "omega"]
