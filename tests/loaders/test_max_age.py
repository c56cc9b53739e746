"""max_age= of a loader: how fresh a cached answer must be, for one pull."""

from __future__ import annotations

import inspect

import pandas as pd
import pytest

import imgurdata as imd
from imgurdata import loaders
from imgurdata.errors import InvalidArgument


def test_every_loader_takes_what_all_take() -> None:
    for name in loaders.NAMES:
        parameters = inspect.signature(getattr(imd, name)).parameters
        for argument in ("session", "progress", "max_age"):
            assert parameters[argument].default is None, (name, argument)
            assert parameters[argument].kind is inspect.Parameter.KEYWORD_ONLY


@pytest.mark.decision("max-age-of-a-run")
def test_max_age_counts_for_one_pull_only(sandbox, connect) -> None:
    session = connect(sandbox)
    posts = imd.load_gallery(pages=2, session=session)
    again = imd.load_gallery(pages=2, max_age=0, session=session).attrs["imgurdata"]
    # Nothing has changed: two 304s, which cost a credit each.
    assert (again["revalidated"], again["from_cache"], again["credits_spent"]) == (2, 0, 2)
    sandbox.advance("20min")
    old = imd.load_gallery(pages=2, max_age="1h", session=session)
    assert old.attrs["imgurdata"]["from_cache"] == 2
    pd.testing.assert_frame_equal(old, posts, check_flags=False)
    assert imd.load_gallery(session=session).attrs["imgurdata"]["requests"] == 1
    assert session.max_age == 600


def test_max_age_of_zero_asks_once_more_for_each_thread(sandbox, connect) -> None:
    session = connect(sandbox)
    ids = imd.load_gallery(session=session)["id"].head(12)
    imd.load_posts(ids, session=session)
    before = len(sandbox.requests)
    imd.load_posts(ids, max_age=0, session=session)
    assert len(sandbox.requests) - before == 12
    imd.load_posts(ids, session=session)
    assert len(sandbox.requests) - before == 12


def test_max_age_of_a_plan_is_that_of_its_run(sandbox, connect) -> None:
    session = connect(sandbox)
    pull = imd.Pull("gallery", pages=3)
    pull.run(session)
    assert pull.plan(session).cached_fresh == 3
    plan = pull.plan(session, max_age=0)
    assert (plan.cached_fresh, plan.to_revalidate) == (0, 3)
    sandbox.advance("20min")
    assert pull.plan(session, max_age=pd.Timedelta("1h")).credits_needed == 0
    story = pull.run(session, max_age=pd.Timedelta("1h")).attrs["imgurdata"]
    assert story["credits_spent"] == 0


def test_max_age_remembers_what_is_missing_for_as_long(sandbox, connect) -> None:
    session = connect(sandbox)
    missing = ["zzzzz", "yyyyy"]
    posts = imd.load_gallery(session=session)["id"].head(1).tolist()
    imd.load_posts([*missing, *posts], session=session)
    before = len(sandbox.requests)
    imd.load_posts([*missing, *posts], session=session)
    assert len(sandbox.requests) == before
    imd.load_posts([*missing, *posts], max_age=0, session=session)
    assert len(sandbox.requests) - before == 3


def test_wrong_max_age_is_refused_before_any_request(sandbox, connect) -> None:
    session = connect(sandbox)
    for odd in ("soon", -1, True, [], "2020-01-01"):
        with pytest.raises(InvalidArgument, match="max_age must be a duration"):
            imd.load_gallery(max_age=odd, session=session)
        with pytest.raises(InvalidArgument, match="max_age must be a duration"):
            imd.Pull("gallery").plan(session, max_age=odd)
    with pytest.raises(InvalidArgument, match=r"max_age must be an argument of run\(\)"):
        imd.Pull("gallery", max_age=0)
    assert sandbox.requests == []
