"""until_known: where the known begins, in lists that move while they are walked."""

from __future__ import annotations

import json
import pickle

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import World, in_any_order

import imgurdata as imd
from imgurdata.errors import BadResponse, InvalidArgument
from imgurdata.model.records import RECORDS
from imgurdata.pulls.answers import KnownRows, ids_in
from imgurdata.sandbox import Sandbox

COMMENT, POST = RECORDS["comment"], RECORDS["post"]
BY_TIME = {"section": "user", "sort": "time"}


def ids(*numbers: int) -> list[str]:
    return [f"id{n:05d}" for n in numbers]


def run(pages: list[list[str]], known: object, *, workers: int = 4, count: int | None = None):
    world = World(pages, workers, credits_left=999)
    pull = imd.Pull("gallery", **BY_TIME, pages=count, until_known=known)
    with in_any_order([]):
        return pull.run(world, progress=False), world.asked


def paged(listed: list[str], size: int = 10) -> list[list[str]]:
    return [listed[n : n + size] for n in range(0, len(listed), size)]


OLD = ids(*range(1000, 1300))

WALKS = {
    "nothing new": (OLD, 1),
    "one new": (ids(1) + OLD, 1),
    "half a page new": (ids(*range(5)) + OLD, 1),
    "most of a page new": (ids(*range(8)) + OLD, 2),
    "a page new": (ids(*range(10)) + OLD, 2),
    "two pages and a half new": (ids(*range(25)) + OLD, 3),
    # Pinned rows stand before new ones and do not end the walk.
    "pinned": (OLD[50:53] + ids(*range(12)) + OLD, 2),
    "one known among new ones": (ids(1, 2) + OLD[7:8] + ids(*range(3, 20)) + OLD, 3),
    "swapped with its neighbour": (ids(1) + OLD[1:2] + OLD[:1] + OLD[2:], 1),
    "known ones deleted meanwhile": (ids(*range(8)) + OLD[::3], 2),
}


@pytest.mark.decision("until-known")
def test_a_walk_ends_where_the_known_begins(subtests: pytest.Subtests) -> None:
    for case, (listed, cost) in WALKS.items():
        with subtests.test(case=case):
            frame, requested = run(paged(listed), OLD)
            assert requested == list(range(cost))
            new = [one for one in listed if one not in set(OLD)]
            assert [one for one in frame["id"] if one not in set(OLD)] == new
            story = frame.attrs["imgurdata"]["until_known"]
            assert story == {"given": len(OLD), "met": frame["id"].isin(OLD).sum(), "stopped": True}
            assert frame.attrs["imgurdata"]["complete"]


@pytest.mark.decision("until-known")
@given(new=st.integers(0, 60), size=st.integers(4, 20), kept=st.integers(1, 300),
       gone=st.sets(st.integers(0, 299), max_size=5), workers=st.integers(1, 8))  # fmt: skip
def test_everything_new_comes_and_little_is_overshot(new, size, kept, gone, workers) -> None:
    # Of the known, the newest `kept` are given, and a few were deleted since.
    known = OLD[:kept]
    listed = ids(*range(new)) + [one for n, one in enumerate(OLD) if n not in gone]
    frame, requested = run(paged(listed, size), known, workers=workers)
    assert set(ids(*range(new))) <= set(frame["id"])
    if not gone and kept >= size:
        first_known = new // size
        # The page where the known begins, one more where half of it is new, and the allowance.
        assert len(requested) <= first_known + 2 + min(workers - 1, (first_known + 1) // 4)


@pytest.mark.decision("until-known")
def test_rows_that_shift_over_a_page_count_once() -> None:
    # Three known rows stand at the end of one page and again at the beginning of the next.
    known = KnownRows(POST, OLD)
    result = [known.look_at(rows(page)) for page in (
        ids(*range(7)) + OLD[:3], OLD[:3] + ids(*range(20, 27)), ids(*range(30, 40)),
    )]  # fmt: skip
    assert result == [False, False, False]
    assert len(known.met) == 3
    assert not known.reached


def rows(page: list[str]) -> bytes:
    return json.dumps([{"id": one} for one in page]).encode()


def test_a_page_of_nothing_but_known_rows_is_the_end() -> None:
    known = KnownRows(POST, OLD)
    assert not known.look_at(rows(ids(*range(60))))
    assert known.look_at(rows(OLD[:4]))
    assert known.reached


def test_a_single_known_id_is_a_mark() -> None:
    frame, requested = run(paged(ids(*range(100))), ids(34))
    assert requested == [0, 1, 2, 3]
    assert len(frame) == 40


def test_nothing_known_yet_is_the_whole_list() -> None:
    for nothing in ([], pd.DataFrame({"id": pd.Series([], dtype="str")})):
        frame, _ = run(paged(ids(*range(33))), nothing)
        assert len(frame) == 33
        assert frame.attrs["imgurdata"]["until_known"]["stopped"] is False


def test_a_number_of_pages_bounds_the_walk() -> None:
    frame, requested = run(paged(ids(*range(100)) + OLD), OLD, count=3)
    assert requested == [0, 1, 2]
    assert frame.attrs["imgurdata"]["until_known"]["stopped"] is False


REFUSED = [
    ("gallery", {}, "sort='time'; got 'viral'"),
    ("gallery", {"section": "user", "sort": "rising"}, "sort='time'; got 'rising'"),
    ("gallery", {"section": "top", "sort": "top"}, "sort='time'; got 'top'"),
    ("account_comments", {"username": "somebody", "sort": "oldest"}, "'newest'; got 'oldest'"),
    ("account_submissions", {"username": "somebody", "sort": "best"}, "'newest'; got 'best'"),
    ("gallery", {"sort": "time", "pages": [3, 0]}, "pages must be"),
    ("gallery", {"sort": "time", "pages": [0, 2]}, "until_known"),
    ("posts", {"ids": "abcde"}, "until_known"),
    ("gallery", {"sort": "time", "until_known": 3}, "ids must be"),
    ("gallery", {"sort": "time", "until_known": ["?"]}, r"\?"),
    ("gallery", {"sort": "time", "until_known": pd.DataFrame({"x": []})}, "a column 'id'"),
]


def test_where_it_cannot_work_it_is_refused(subtests: pytest.Subtests) -> None:
    for load, params, words in REFUSED:
        with (
            subtests.test(load=load, params=params, words=words),
            pytest.raises(InvalidArgument, match=words),
        ):
            imd.Pull(load, **{"until_known": ["abcde"], **params})


def test_ids_in_every_form() -> None:
    given = ["2YxRdEi", "abcde"]
    for form in (given, tuple(given), pd.Series(given), pd.DataFrame({"id": given}),
                 ["https://imgur.com/gallery/2YxRdEi", "abcde"]):  # fmt: skip
        assert imd.Pull("gallery", sort="time", until_known=form).params["until_known"] == given
    numbers = pd.DataFrame({"id": pd.Series([1938489503, 7], dtype="Int64")})
    pull = imd.Pull("account_comments", username="somebody", until_known=numbers)
    assert pull.params["until_known"] == ["1938489503", "7"]


def test_a_pull_that_knows_travels_and_prints() -> None:
    pull = imd.Pull("gallery", sort="time", until_known=OLD)
    assert repr(pull) == "Pull('gallery', sort='time', until_known=[... 300 ids])"
    few = imd.Pull("gallery", sort="time", until_known=OLD[:2])
    assert eval(repr(few), {"Pull": imd.Pull}) == few
    for one in (pull, few):
        assert imd.Pull.from_dict(json.loads(json.dumps(one.to_dict()))) == one
        assert pickle.loads(pickle.dumps(one)) == one
        assert hash(imd.Pull.from_dict(one.to_dict())) == hash(one)


def test_ids_of_whatever_form_an_answer_has() -> None:
    assert ids_in(b'[{"id":"a","images":[{"id":"b"}]},{"id":7}]', POST) == ["a", "7"]
    assert ids_in(b'{"name":"cats","items":[{"id":"a"}]}', POST) == ["a"]
    assert ids_in(b'[{"id":"a","title":"\x01"},null,{"id":null}]', POST) == ["a"]
    assert ids_in(b"[]", POST) == []
    deep = b'[{"id":"1","children":[]},{"id":2,"children":' + b'[{"id":3,"children":' * 3000
    assert ids_in(deep + b"[]" + b"}]" * 3000 + b"}]", COMMENT) == ["1", "2"]
    with pytest.raises(BadResponse):
        ids_in(b'[{"id":' + b"[" * 100_000 + b"]" * 100_000 + b"}]", POST)


# Over real HTTP --------------------------------------------------------------------------------


@pytest.mark.decision("until-known")
def test_on_the_sandbox_little_news_costs_little(sandbox: Sandbox, connect) -> None:
    session, patient = connect(max_age="0s"), connect()
    old = imd.load_gallery("user", "time", pages=8, session=session)
    for hours in (0, 1, 3):
        sandbox.advance(f"{hours}h")
        before = len(sandbox.requests)
        plan = imd.Pull("gallery", **BY_TIME, pages=None, until_known=old).plan(session)
        assert (plan.requests, plan.open_ended) == (1, True)
        new = imd.load_gallery("user", "time", pages=None, until_known=old, session=session)
        story = new.attrs["imgurdata"]
        assert len(sandbox.requests) - before == story["credits_spent"] <= 3
        assert story["until_known"]["stopped"]
        whole = imd.load_gallery("user", "time", pages=8, session=session)
        fresh = set(whole["id"]) - set(old["id"])
        assert fresh == set(new["id"]) - set(old["id"])
        assert bool(fresh) == (hours > 0)
        walk = imd.Pull("gallery", **BY_TIME, pages=None, until_known=old)
        plan = walk.plan(patient)  # whose answers are fresh: the last one reaches the known
        assert (plan.requests, plan.open_ended) == (0, False)
        assert new["id"].tolist() == whole["id"].tolist()[: len(new)]
        old = whole


@pytest.mark.decision("until-known")
def test_a_walk_ends_in_answers_whose_columns_are_kept(connect) -> None:
    session = connect()
    session.store.columns.smallest = 0
    old = imd.load_gallery("user", "time", pages=8, session=session)
    session.store.columns.finish()
    new = imd.load_gallery("user", "time", pages=None, until_known=old, session=session)
    story = new.attrs["imgurdata"]
    assert (story["until_known"]["stopped"], story["pages"], story["requests"]) == (True, 1, 0)


def test_every_list_of_an_account_takes_it(sandbox: Sandbox, connect) -> None:
    token = sandbox.issue_token(sandbox.account)
    session = connect(token=token)
    for what in ("submissions", "comments", "albums", "images"):
        load = getattr(imd, f"load_account_{what}")
        whole = load(pages=None, session=session)
        assert len(whole)
        session.cache.clear()
        before = len(sandbox.requests)
        again = load(pages=None, until_known=whole, session=session)
        assert len(sandbox.requests) - before == 1
        assert again["id"].tolist() == whole["id"].tolist()[: len(again)]
