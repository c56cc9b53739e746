"""Plans: exact, free, readable; and pulls that plainly cannot be paid."""

from __future__ import annotations

import datetime as dt
import pickle
import re
from typing import Any

import pytest

import imgurdata as imd
from imgurdata.errors import CreditsExhausted
from imgurdata.pulls.plan import refusal
from imgurdata.sandbox import Sandbox

NOW = 1_772_388_000.0


def reset(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(NOW + seconds, dt.UTC)


#: Needed, what the user's hour and the application's day have, max_wait -> the limit that refuses.
CASES = {
    "enough": (5, (500, 5, reset(60)), (12500, 900, reset(60)), None, None),
    "nothing told": (5, (None, None, None), (None, None, None), None, None),
    "told without a reset": (5, (500, 2, None), (12500, 9, None), None, None),
    "too little": (6, (500, 5, reset(60)), (12500, 900, reset(60)), None, "user"),
    "nothing left": (1, (500, 0, reset(60)), (12500, 900, reset(60)), None, "user"),
    "the application's day": (99, (500, 400, reset(60)), (12500, 9, reset(60)), None, "client"),
    "comes back in time": (6, (500, 5, reset(60)), (12500, 900, reset(60)), 900, None),
    "not within the wait": (6, (500, 5, reset(1000)), (12500, 900, reset(60)), 900, "user"),
    "more than one filling": (600, (500, 5, reset(60)), (12500, 900, reset(60)), 900, "user"),
    "waits for hours": (600, (500, 5, reset(60)), (12500, 900, reset(60)), 7200, None),
    "waits for hours, not days": (2000, (500, 5, reset(60)), (12500, 900, reset(80_000)), 7200,
                                  "client"),
}  # fmt: skip


@pytest.mark.decision("plan-refuses")
def test_what_is_refused(subtests: pytest.Subtests) -> None:
    for case, (needed, user, client, max_wait, limit) in CASES.items():
        with subtests.test(case=case):
            error = refusal(needed, {"user": user, "client": client}, now=NOW, max_wait=max_wait)
            assert (error.limit if error else None) == limit
            if error:
                left = (user if limit == "user" else client)[1]
                assert f"needs {needed:,} credit" in error.message
                assert f"{left:,} are left" in error.message
                assert "at 18:" in error.message or "at 2026-03-02" in error.message
                assert ('on_limit="wait"' in error.message) == (max_wait is None)
                enough = re.findall('"([0-9]+)h"', error.message)
                # With what it names, there is no refusal.
                result = {"user": user, "client": client}
                assert refusal(needed, result, now=NOW, max_wait=int(enough[-1]) * 3600.0) is None
                assert error.reset_at == (user if limit == "user" else client)[2]


@pytest.mark.decision("plan-refuses")
def test_what_cannot_be_paid_is_refused_before_its_first_request(connect) -> None:
    with Sandbox(limits={"user": 10}) as small:
        session = connect(sandbox=small)
        imd.load_gallery(pages=2, session=session)
        before = len(small.requests)
        with pytest.raises(CreditsExhausted) as caught:
            imd.load_gallery(pages=20, session=session)
        assert len(small.requests) == before
        error = caught.value
        assert "needs 18 credits, and 8 are left of this user's hour" in error.message
        assert "19:00 UTC (in 60 min)" in error.message
        assert "Nothing was asked." in error.message
        assert (error.limit, error.reset_at) == ("user", dt.datetime(2026, 3, 1, 19, tzinfo=dt.UTC))
        assert error.partial.empty
        assert len(pickle.loads(pickle.dumps(error)).partial) == 0
        # What is in the cache already need not be paid: eight more can.
        assert len(imd.load_gallery(pages=10, session=session)) == 600
        assert session.credits.remaining("user") == 0
        # And nothing is refused that costs nothing.
        assert len(imd.load_gallery(pages=10, session=session)) == 600
        with pytest.raises(CreditsExhausted):
            imd.load_gallery(pages=11, session=session)
        small.advance("61min")
        assert len(imd.load_gallery("user", pages=10, session=session)) == 600


@pytest.mark.decision("plan-refuses")
def test_ids_without_number_are_refused_too(connect) -> None:
    with Sandbox(limits={"user": 10}) as small:
        session = connect(sandbox=small)
        ids = imd.load_gallery(session=session)["id"]
        before = len(small.requests)
        with pytest.raises(CreditsExhausted, match="needs 60 credits, and 9"):
            imd.load_comments(ids, session=session)
        assert len(small.requests) == before
        comments = imd.load_comments(ids[:9], session=session)
        assert comments["post_id"].nunique() <= 9


@pytest.mark.decision("plan-refuses")
def test_waiting_is_allowed_where_it_is_asked_for(connect) -> None:
    with Sandbox(limits={"user": 10}) as small:
        session = connect(sandbox=small, on_limit="wait", max_wait="2h")
        imd.load_gallery(session=session)
        posts = imd.load_gallery("user", "time", pages=15, session=session)
        assert len(posts) + posts.attrs["imgurdata"]["duplicates"] == 900
        assert small.now > dt.datetime(2026, 3, 1, 19, tzinfo=dt.UTC)
        # But not beyond the wait that was set.
        impatient = connect(sandbox=small, on_limit="wait", max_wait="1min")
        before = len(small.requests)
        with pytest.raises(CreditsExhausted, match='max_wait="1min" is too short'):
            imd.load_gallery(sort="top", pages=15, session=impatient)
        assert len(small.requests) == before


def test_an_open_end_is_not_refused_for_what_it_might_cost(connect) -> None:
    with Sandbox(limits={"user": 10}) as small:
        session = connect(sandbox=small)
        imd.load_gallery(pages=8, session=session)
        assert session.credits.remaining("user") == 2
        assert len(imd.load_gallery("top", pages=None, session=session)) == 17


def test_what_was_the_end_may_be_it_no_more(sandbox: Sandbox, connect) -> None:
    session = connect()
    pull = imd.Pull("gallery", section="top", pages=None)
    pages = pull.run(session).attrs["imgurdata"]["pages"]
    sandbox.advance("11min")
    plan = pull.plan(session)
    assert (plan.requests, plan.to_revalidate, plan.open_ended) == (pages, pages, True)
    assert pull.run(session).attrs["imgurdata"]["requests"] == pages


def test_it_reads_well(sandbox: Sandbox, connect) -> None:
    session = connect()
    imd.load_gallery(pages=2, session=session)
    plan = imd.Pull("gallery", pages=5).plan(session)
    assert str(plan).splitlines() == [
        "Pull('gallery', pages=5)",
        "  from the cache, free  2",
        "  ask again (ETag)      0",
        "  fetch                 3",
        "  credits needed        3",
        "  left this hour        498, filled up at 19:00 UTC",
    ]
    page = plan._repr_html_()
    assert page.startswith("<table>")
    assert "<code>Pull(&#x27;gallery&#x27;, pages=5)</code>" in page
    for word in ("from the cache, free", "498, filled up at 19:00 UTC"):
        assert word in page
    odd = imd.Pull("account_comments", username="a_b").plan(connect())
    assert "<b" not in odd._repr_html_()


def test_plan_does_not_count_stored_answers_of_no_use(peer, connect) -> None:
    session = connect(client_id="abc", base_url=peer.url)
    peer.says("/3/image/aaaaa", {})
    peer.says("/3/gallery/hot/viral/day/1", {"maintenance": True})
    for path in ("/3/image/aaaaa", "/3/gallery/hot/viral/day/1"):
        session.get(path)
    assert imd.Pull("images", ids=["aaaaa", "bbbbb"]).plan(session).to_fetch == 2
    assert imd.Pull("gallery", pages=[1, 0]).plan(session).to_fetch == 2


def test_plan_does_not_look_up_what_is_far_behind_the_stored(
    connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imgurdata.pulls.plan._NOT_STORED", 3)
    session, stored = connect(), [0, 1, 2, 3, 4, 8]
    imd.load_gallery("user", pages=stored, session=session)
    looked_up: list[Any] = []
    resolve = session.resolve
    monkeypatch.setattr(
        session, "resolve", lambda specs: (looked_up.append(one) or one for one in resolve(specs))
    )
    plan = imd.Pull("gallery", section="user", pages=40_000).plan(session)
    assert (plan.requests, plan.cached_fresh, plan.to_fetch) == (39_994, 6, 39_994)
    assert len(looked_up) == 2, "batches: what is stored ends in the second"
    # Pages in another order may be stored anywhere.
    plan = imd.Pull("gallery", section="user", pages=range(19, -1, -1)).plan(session)
    assert (plan.cached_fresh, plan.to_fetch) == (6, 14)
