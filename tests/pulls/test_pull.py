"""A pull: what it is, what it would take, and that it takes just that."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import tomllib
from collections.abc import Iterator
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import imgurdata as imd
from imgurdata.errors import BadResponse, InvalidArgument
from imgurdata.sandbox import Sandbox

PULLS = [
    imd.Pull("comments", ids="2YxRdEi"),
    imd.Pull("comments", ids=["2YxRdEi", "https://imgur.com/gallery/words-abcde"], sort="new"),
    imd.Pull("comment", ids=1938489503),
    imd.Pull("comment", ids=[1938489503, "https://imgur.com/gallery/2YxRdEi/comment/77"]),
    imd.Pull("replies", id="1938489503"),
    imd.Pull("account"),
    imd.Pull("account", usernames="https://imgur.com/user/somebody"),
    imd.Pull("account", usernames=("somebody", "me")),
    imd.Pull("account_counts", username="somebody"),
    imd.Pull("account_submissions", username="somebody", sort="worst", pages=None),
    imd.Pull("account_comments", per_page=100, pages=range(2, 4)),
    imd.Pull("account_albums", username="somebody", per_page=1),
    imd.Pull("account_images"),
    imd.Pull("albums", ids=["2YxRdEi"]),
    imd.Pull("album_images", ids="2YxRdEi"),
    imd.Pull("images", ids=["2YxRdEi", "https://i.imgur.com/pKcuQYFh.gif"]),
    imd.Pull("tags"),
    imd.Pull("search_gallery", query="title: cats", sort="top", window="week", pages=2),
    imd.Pull("search_gallery", q_any="cats dogs", q_type="png", q_size_px="big", nested=True),
    imd.Pull("subreddit", subreddit="r/aww", until_known=["abcde"]),
    imd.Pull("tag", tag="#cat tax", sort="time", pages=None),
    imd.Pull("tag_info", tags=["cats", "https://imgur.com/t/dogs"]),
    imd.Pull("votes", ids="2YxRdEi"),
    imd.Pull("account_favorites", sort="oldest"),
    imd.Pull("account_favorites", username="somebody", folder=11896757),
    imd.Pull("account_gallery_favorites", username="somebody", pages=[0, 2]),
    imd.Pull("account_settings"),
    imd.Pull("trophies", username="somebody"),
    imd.Pull("notifications", new=False),
    imd.Pull("topics"),
    imd.Pull("topic", topic="Current Events"),
    imd.Pull("memes", sort="top", window="all"),
    imd.Pull("custom_gallery"),
    imd.Pull("conversations"),
    imd.Pull("messages", conversation=34361981, pages=2),
    imd.Pull("gallery"),
    imd.Pull("gallery", section="top", sort="time", window="week", pages=3, mature=True),
    imd.Pull("gallery", section="user", show_viral=False, pages=range(2, 5), nested=True),
    imd.Pull("gallery", pages=[7, 0]),
    imd.Pull("posts", ids="2YxRdEi"),
    imd.Pull("posts", ids=["https://imgur.com/gallery/some-words-2YxRdEi", "abcde"], nested=True),
    imd.Pull("credits"),
]


def toml(table: dict[str, object]) -> str:
    """JSON's literals are TOML's, for what a pull holds."""
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items())


def test_it_survives_every_way_of_travelling(subtests: pytest.Subtests) -> None:
    for pull in PULLS:
        with subtests.test(pull=pull):
            table = pull.to_dict()
            assert table["load"] == pull.load
            ways = [
                imd.Pull.from_dict(table),
                imd.Pull.from_dict(json.loads(json.dumps(table))),
                eval(repr(pull), {"Pull": imd.Pull}),
                pickle.loads(pickle.dumps(pull)),
                copy.deepcopy(pull),
            ]
            if None not in table.values():  # TOML has none
                ways.append(imd.Pull.from_dict(tomllib.loads(toml(table))))
            for other in ways:
                assert other == pull
                assert hash(other) == hash(pull)
                assert repr(other) == repr(pull)
    assert len(set(PULLS)) == len(PULLS)


def test_tables_hold_what_will_be_asked() -> None:
    tables = [pull.to_dict() for pull in PULLS]
    assert tables[1]["ids"] == ["2YxRdEi", "abcde"]
    assert tables[3]["ids"] == ["1938489503", "77"]
    assert tables[5] == {"load": "account", "usernames": "me"}
    assert tables[6]["usernames"] == "somebody"
    assert tables[10] == {
        "load": "account_comments", "username": "me", "pages": [2, 3], "per_page": 100
    }  # fmt: skip
    assert tables[15]["ids"] == ["2YxRdEi", "pKcuQYF"]
    assert repr(PULLS[16]) == "Pull('tags')"
    assert tables[20]["tag"] == "cat_tax"
    assert tables[24] == {"load": "account_favorites", "username": "somebody", "folder": "11896757"}
    assert tables[28] == {"load": "notifications", "new": False}
    # Its name in tables and bundles of before.
    assert imd.Pull.from_dict({"load": "replies", "ids": "7"}) == imd.Pull("replies", id=7)


def test_repr_and_table() -> None:
    pull = imd.Pull("gallery", section="hot", pages=3)
    assert repr(pull) == "Pull('gallery', section='hot', pages=3)"
    assert pull.to_dict() == {"load": "gallery", "section": "hot", "pages": 3}
    assert imd.Pull("gallery", section=None, sort=None) == imd.Pull("gallery")
    assert imd.Pull("gallery", pages=None) != imd.Pull("gallery")


def test_the_order_of_arguments_makes_no_other_pull() -> None:
    one = imd.Pull("gallery", section="hot", pages=3)
    two = imd.Pull("gallery", pages=3, section="hot")
    assert one == two
    assert len({one, two}) == 1
    assert one != imd.Pull("gallery", section="hot", pages=4)
    assert one != "Pull('gallery', section='hot', pages=3)"


def test_it_is_frozen() -> None:
    pull = imd.Pull("posts", ids=["abcde"])
    with pytest.raises(dataclasses.FrozenInstanceError):
        pull.load = "gallery"
    pull.params["ids"].append("fghij")
    pull.to_dict()["ids"].append("fghij")
    assert pull == imd.Pull("posts", ids=["abcde"])
    ids = ["abcde"]
    pull = imd.Pull("posts", ids=ids)
    ids.append("fghij")
    assert pull.params["ids"] == ["abcde"]


NO_PULLS = [
    ("galery", {}, "Did you mean 'gallery'"), (None, {}, "load must be"),
    ("load", {}, "load must be"),
    ("gallery", {"pagez": 1}, "pages"), ("gallery", {"ids": "abcde"}, "argument"),
    ("credits", {"pages": 1}, "argument"), ("posts", {}, "ids must be .* got None"),
    ("comment", {}, "ids must be the number of a comment"),
    ("replies", {"id": 1, "sort": "best"}, "argument"),
    ("account_submissions", {"per_page": 50}, "argument"),
    ("account_albums", {"sort": "newest"}, "argument"),
    ("replies", {"ids": 1}, "load_replies has no argument 'ids'. Did you mean 'id'"),
    ("gallery", {"per_page": 50}, "load_gallery has no argument 'per_page'"),
    ("album_images", {"ids": "2YxRdEi", "per_page": 50}, "no argument 'per_page'"),
    ("gallery", {"progress": True}, r"progress must be an argument of run\(\)"),
    ("account_images", {"username": ["a", "b"]}, "username must be a user name"),
    ("acount", {}, "Did you mean 'account'"),
    ("album", {}, "Did you mean 'albums'"),
]  # fmt: skip


def test_what_is_no_pull(subtests: pytest.Subtests) -> None:
    for load, params, words in NO_PULLS:
        with (
            subtests.test(load=load, params=params, words=words),
            pytest.raises(InvalidArgument, match=words),
        ):
            imd.Pull(load, **params)


def test_pages_in_every_form(subtests: pytest.Subtests) -> None:
    for pages, first, count, from_start in [
        (3, 0, 3, True), (pd.RangeIndex(3), 0, 3, True), (pd.RangeIndex(2, 5), 2, 3, False),
        (range(0, 6, 2), 0, 3, False), (range(2, -1, -1), 2, 3, False), ([7, 0], 7, 2, False),
        (range(5_000_000), 0, 5_000_000, True),
        # As unique() of a column gives them.
        (pd.Series([7, 7, 0], dtype="Int64").unique(), 7, 2, False),
    ]:  # fmt: skip
        with subtests.test(pages=pages):
            pull = imd.Pull("gallery", pages=pages)
            numbers = pull.lists[0].items
            assert numbers is not None
            assert (numbers[0], len(numbers)) == (first, count)
            assert pull.params["pages"] == (count if from_start else list(numbers))
    for odd in (range(1, 5_000_000), range(10**15, 10**15 + 2), range(-2, 3), range(0), [], [1, 1]):
        with subtests.test(odd=odd), pytest.raises(InvalidArgument, match="pages must be how many"):
            imd.Pull("gallery", pages=odd)


def test_a_count_that_is_no_number_is_an_error(peer, connect) -> None:
    session = connect(client_id="abc", base_url=peer.url)
    for what in ("albums", "images", "comments", "submissions", "favorites"):
        peer.says(f"/3/account/somebody/{what}/count", "many")
    with pytest.raises(BadResponse, match='The answer is no number: "many"') as caught:
        imd.Pull("account_counts", username="somebody").run(session)
    assert len(caught.value.partial) == 0
    assert len(session.cache.responses) == 0


def test_an_interrupt_before_the_first_request_has_a_partial_frame(
    sandbox: Sandbox, connect
) -> None:
    session = connect()
    with (
        mock.patch("imgurdata.pulls.run.check_affordable", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt, match=r"0 rows in \.partial") as caught,
    ):
        imd.load_gallery(session=session)
    assert caught.value.partial.empty
    assert caught.value.partial.attrs["imgurdata"]["complete"] is False
    assert not sandbox.requests


def test_a_table_without_load() -> None:
    for odd in ([("load", "gallery")], {1: 2}, None):
        with pytest.raises(InvalidArgument, match="table must be a mapping"):
            imd.Pull.from_dict(odd)
    with pytest.raises(InvalidArgument, match="load ="):
        imd.Pull.from_dict({"section": "hot"})
    with pytest.raises(InvalidArgument, match="argument"):
        imd.Pull.from_dict({"load": "gallery", "sektion": "hot"})


@pytest.mark.decision("plan-spends-nothing")
def test_a_plan_spends_nothing_and_reads_well(sandbox: Sandbox, connect) -> None:
    session = connect()
    plan = imd.Pull("gallery", pages=3).plan(session)
    assert (plan.requests, plan.cached_fresh, plan.to_revalidate, plan.to_fetch) == (3, 0, 0, 3)
    assert plan.credits_left is None
    assert "not reported yet" in repr(plan)
    assert sandbox.requests == []
    imd.load_gallery(pages=2, session=session)
    plan = imd.Pull("gallery", pages=3).plan(session)
    assert (plan.requests, plan.cached_fresh, plan.credits_left) == (1, 2, 498)
    assert "19:00 UTC" in str(plan)
    sandbox.advance("20min")
    plan = imd.Pull("gallery", pages=3).plan(session)
    assert (plan.requests, plan.cached_fresh, plan.to_revalidate, plan.to_fetch) == (3, 0, 2, 1)
    assert len(sandbox.requests) == 2
    plan = imd.Pull("credits").plan(session)
    assert (plan.requests, plan.credits_needed) == (1, 1)


@pytest.mark.decision("plan-spends-nothing")
def test_a_plan_to_the_end_knows_the_end_when_it_is_cached(sandbox: Sandbox, connect) -> None:
    session = connect()
    session.store.columns.smallest = 0
    pull = imd.Pull("gallery", section="top", pages=None)
    plan = pull.plan(session)
    assert (plan.requests, plan.open_ended) == (1, True)
    assert "at least 1" in str(plan)
    pages = pull.run(session).attrs["imgurdata"]["pages"]
    plan = pull.plan(session)
    assert (plan.requests, plan.cached_fresh, plan.open_ended) == (0, pages, False)
    before = len(sandbox.requests)
    pull.run(session)
    # Nor does a number of pages ask behind an end that is known.
    ten = imd.Pull("gallery", section="top", pages=10)
    assert ten.plan(session).requests == 0
    session.store.columns.finish()
    assert len(ten.run(session)) > 0
    assert len(sandbox.requests) == before


@pytest.fixture(scope="module")
def endless() -> Iterator[Sandbox]:
    with Sandbox(limits={"user": 10**6, "client": 10**6}) as sandbox:
        yield sandbox


steps = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 5, 9, 11, 31, 61]),
        st.sampled_from([0, 60, 600, 1800, 3600]),
        st.sampled_from(
            [
                {"load": "gallery", "pages": 2},
                {"load": "gallery", "pages": [1, 0]},
                {"load": "gallery", "section": "user", "pages": 3},
                {"load": "posts", "which": 3},
                {"load": "posts", "which": 5},
            ]
        ),
    ),
    min_size=1,
    max_size=5,
)


@pytest.mark.decision("plan-spends-nothing")
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_running_takes_what_the_plan_says(endless: Sandbox, steps) -> None:
    with imd.connect(sandbox=endless, cache="memory", default=False) as session:
        ids = [row["id"] for row in session.fetch("/3/gallery/user/top/day/0")]
        for minutes, max_age, what in steps:
            endless.advance(minutes * 60)
            session.max_age = max_age
            params = {k: v for k, v in what.items() if k != "which"}
            if "which" in what:
                params["ids"] = ids[: what["which"]]
            pull = imd.Pull.from_dict(params)
            before = len(endless.requests)
            plan = pull.plan(session)
            assert len(endless.requests) == before
            story = pull.run(session, progress=False).attrs["imgurdata"]
            assert len(endless.requests) - before == plan.requests == story["requests"]
            assert story["credits_spent"] == plan.credits_needed
            assert story["from_cache"] == plan.cached_fresh
            assert story["revalidated"] + story["changed"] == plan.to_revalidate
            assert story["pages"] == plan.cached_fresh + plan.to_revalidate + plan.to_fetch


def test_ids_in_every_form() -> None:
    ids = ["2YxRdEi", "abcde"]
    forms = [
        ids,
        tuple(ids),
        iter(ids),
        pd.Series(ids),
        pd.Series([*ids, None]),
        pd.DataFrame({"id": ids}),
        np.array(ids, dtype=object),
        [*ids, ids[0]],
        ["https://imgur.com/gallery/two-words-2YxRdEi", "https://i.imgur.com/abcde.jpg"],
    ]
    for form in forms:
        assert imd.Pull("posts", ids=form).params["ids"] == ids
    assert imd.Pull("posts", ids="https://imgur.com/a/abcde").params["ids"] == "abcde"


def test_a_load_inside_of_another_has_a_freshness_of_its_own(connect, sandbox) -> None:
    session = connect(workers=1)
    imd.load_gallery(session=session)
    imd.load_tags(session=session)
    sandbox.advance("1m")
    inside: list[Any] = []

    def hook(response: Any, **_: Any) -> None:
        if "/gallery/hot" in response.url:
            inside.append(imd.load_tags(session=session).attrs["imgurdata"]["from_cache"])
            inside.append(imd.Pull("tags").plan(session).cached_fresh)

    session.hooks["response"].append(hook)
    assert imd.load_gallery(session=session, max_age=0).attrs["imgurdata"]["requests"] == 1
    assert inside == [1, 1]
