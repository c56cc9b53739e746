"""Comment trees: rows tell the whole tree, at any depth and width that can be read."""

from __future__ import annotations

import datetime as dt
import inspect
import json
import sys
from collections.abc import Callable
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
    told = {"id": number, "image_id": "posting", "parent_id": parent, "author": "ada"}
    return {**told, "children": [], **more}


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Any tree: each comment replies to an earlier one or to none; ids in no order."""
    parents = draw(st.lists(st.integers(0, 30), min_size=1, max_size=30))
    numbers = draw(st.permutations(range(FIRST, FIRST + len(parents))))
    tops: Tree = []
    nodes: Tree = []
    for place, (number, told) in enumerate(zip(numbers, parents, strict=True)):
        above = nodes[told % place] if place and told < 24 else None
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


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=15)
@given(tops=trees(), seed=st.integers(0, 99))
def test_any_tree_comes_back_from_its_rows(
    form: str, tops: Tree, seed: int, as_declared: Callable[..., None]
) -> None:
    frame = imd.read_response(FORMS[form](tops), "comment")
    as_declared(frame, "comment")
    assert rebuilt(frame.sample(frac=1, random_state=seed)) == shape(tops)
    # The other columns, counted from the tree itself.
    assert frame["position"].tolist() == list(range(len(frame)))
    want: list[tuple[int, int, int, int]] = []

    def walk(rows: Tree, root: int, depth: int) -> None:
        for row in rows:
            want.append((row["id"], root or row["id"], depth, len(row["children"])))
            walk(row["children"], root or row["id"], depth + 1)

    walk(tops, 0, 0)
    told = frame[["id", "root_id", "depth", "n_children"]]
    assert list(told.itertuples(index=False, name=None)) == want


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


@pytest.mark.parametrize(("depth", "calls"), [(400, 50), (6_000, 0)])
@pytest.mark.parametrize("form", DEEP)
def test_trees_of_any_depth_are_read(form: str, depth: int, calls: int) -> None:
    text = DEEP[form](depth)
    frame = from_a_stack_of(calls, lambda: imd.read_response(text, "comment"))
    assert frame["depth"].tolist() == list(range(depth))
    assert frame["id"].tolist() == list(range(1, depth + 1))
    assert frame["parent_id"].dropna().tolist() == list(range(1, depth))
    assert frame["root_id"].eq(1).all()
    assert frame["n_children"].tolist() == [1] * (depth - 1) + [0]
    told = frame.attrs["imgurdata"]
    assert told.get("unknown_fields", []) == (["zeta"] if form == "unknown key" else [])
    assert told.get("unreadable", {}) == ({"ups": 1} if form.startswith("odd") else {})


@pytest.mark.parametrize(
    "text",
    [
        '[{"id":1,"children":' * 5_000 + "[7]" + "}]" * 5_000,
        '[{"id":1,"children":' * 5_000 + "[]" + "}]" * 4_999,
        '[{"id":1,"zeta":' + "[" * 100_000 + "]" * 100_000 + "}]",
        "[" * 100_000 + "]" * 100_000,
        '{"data":' * 100_000 + "1" + "}" * 100_000,
    ],
    ids=["no comment at the bottom", "cut off", "deep elsewhere", "lists", "objects"],
)
def test_what_is_deep_and_no_tree_is_a_bad_response(text: str) -> None:
    with pytest.raises(BadResponse) as caught:
        imd.read_response(text, "comment")
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("form", DEEP)
def test_at_the_edge_of_the_stack_trees_are_read_too(form: str) -> None:
    text = DEEP[form](400)

    def is_read() -> bool:
        return len(imd.read_response(text, "comment")) == 400

    # A level takes two calls; below the edge of that, some are left for the way down to it.
    edge = sys.getrecursionlimit() - 2 * 400 - len(inspect.stack(0))
    assert all(from_a_stack_of(calls, is_read) for calls in range(edge - 20, edge + 2, 3))


def test_a_decoded_answer_may_be_as_deep() -> None:
    rows: Tree = []
    for number in range(5_000, 0, -1):
        rows = [{"id": number, "children": rows}]
    frame = imd.read_response(rows, "comment")
    assert frame["id"].tolist() == list(range(1, 5_001))


# Width ------------------------------------------------------------------------------------------

MANY = 100_000


@pytest.mark.parametrize(("under_one", "odd"), [(False, False), (True, True)])
def test_a_hundred_thousand_wide(under_one: bool, odd: bool) -> None:
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
    told = frame[list(TREE_COLUMNS)].notna()
    assert told.all(axis=None) or not told.any(axis=None)
    return bool(told.all(axis=None))


def untold(number: int) -> dict[str, Any]:
    row = comment(number)
    del row["children"]
    return row


@pytest.mark.parametrize(
    ("rows", "is_tree"),
    [
        ([comment(1), comment(2)], True),
        ([comment(1)], True),
        ([comment(1, 7)], False),
        ([comment(1), comment(2, 7)], False),
        ([comment(1), comment(2, image_id="another")], False),
        ([untold(1), untold(2)], False),
        ([comment(1, 7, children=[comment(2, 1)])], True),
        ([comment(1, children=[comment(2, 1)]), comment(3, image_id="another")], True),
        ([comment(1, children=None), comment(2)], True),
    ],
)
@pytest.mark.parametrize("odd", [False, True])
def test_what_is_a_tree(rows: Tree, is_tree: bool, odd: bool) -> None:
    frame = imd.read_response([{**rows[0], "ups": []}, *rows[1:]] if odd else rows, "comment")
    assert has_places(frame) is is_tree


def test_who_asked_knows_better_than_the_rows() -> None:
    for tree in (True, False):
        builder = FrameBuilder(COMMENT, tree=tree)
        for rows in ([comment(1), comment(2)], [comment(3, 9), untold(4)]):
            assert builder.add(json.dumps(rows).encode()) == 2
        assert has_places(builder.frame()) is tree
    # But no reply is ever lost.
    builder = FrameBuilder(COMMENT, tree=False)
    builder.add(json.dumps([comment(1, children=[comment(2, 1)])]).encode())
    assert builder.frame()["depth"].tolist() == [0, 1]


def test_each_answer_is_counted_by_itself() -> None:
    builder = FrameBuilder(COMMENT, tree=True)
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    first = [comment(1, children=[comment(2, 1, children=[comment(3, 2)])]), comment(4)]
    second = [comment(5, children=[comment(3, 5), comment(6, 5)])]
    assert builder.add(json.dumps(first).encode(), fetched_at=now, unique=("id",)) == 4
    assert builder.add(json.dumps(second).encode(), fetched_at=now, unique=("id",)) == 3
    frame = builder.frame()
    assert frame["id"].tolist() == [1, 2, 3, 4, 5, 6]
    assert builder.duplicates == 1
    assert frame["position"].tolist() == [0, 1, 2, 3, 0, 2]
    assert frame["root_id"].tolist() == [1, 1, 1, 4, 5, 5]
    assert (frame["fetched_at"] == pd.Timestamp(now)).all()


@pytest.mark.parametrize("parent", [0, None, "", "0"])
def test_a_reply_that_names_no_parent_has_the_one_above_it(parent: object) -> None:
    rows = [comment(1, children=[comment(2, parent_id=parent, children=[comment(3, 2)])])]
    frame = imd.read_response(rows, "comment")
    assert frame["parent_id"].isna().tolist() == [True, False, False]
    assert frame["parent_id"].tolist()[1:] == [1, 2]


@pytest.mark.parametrize(
    ("children", "rows", "lost"),
    [
        (None, 1, 0),
        ("", 1, 0),
        ({}, 1, 0),
        ([], 1, 0),
        ([None], 1, 1),
        ([7, comment(2, 1), "x"], 2, 2),
        ("many", 1, 1),
        ({"0": comment(2, 1)}, 1, 1),
    ],
)
def test_children_that_are_none_are_counted(children: object, rows: int, lost: int) -> None:
    top = comment(1, children=children)
    frame = imd.read_response([top, comment(9)], "comment")
    assert len(frame) == rows + 1
    told = {"children": lost} if lost else {}
    assert frame.attrs["imgurdata"].get("unreadable", {}) == told


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("odd", [None, []])
def test_unknown_keys_are_noted_at_every_level(indent: int | None, odd: object) -> None:
    low = comment(3, 2, omega=1)
    rows = [comment(1, alpha=1, ups=odd, children=[comment(2, 1, beta=1, children=[low])])]
    frame = imd.read_response(json.dumps(rows, indent=indent), "comment")
    assert frame.attrs["imgurdata"]["unknown_fields"] == ["alpha", "beta", "omega"]
