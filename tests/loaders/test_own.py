"""Settings, notifications and trophies: never cached where they concern one person only."""

from __future__ import annotations

import pandas as pd
import pytest

import imgurdata as imd
from imgurdata.errors import AuthenticationRequired, InvalidArgument, NotFound

PRIVATE = [("account_settings", {}), ("notifications", {}), ("notifications", {"new": False})]


@pytest.fixture
def mine(standing, connect) -> imd.ImgurSession:
    """A session of somebody signed in."""
    return connect(standing, token=standing.issue_token(standing.account))


@pytest.fixture
def as_me(standing, raw):
    token = standing.issue_token(standing.account)
    return lambda path, **params: raw(standing, path, token=token, **params)


def test_load_account_settings_masks_mail(mine, as_me, as_declared, as_sent) -> None:
    frame = imd.load_account_settings(session=mine)
    row = as_me("/3/account/me/settings")
    as_declared(frame, "account_settings")
    as_sent(frame, [row], "account_settings", "username", "album_privacy", "show_mature")
    assert frame["email"].tolist() == [f"{row['email'][0]}***@***"]
    assert frame["active_emails"].tolist() == [len(row["active_emails"])]
    assert row["email"] not in f"{frame.to_csv()} {frame.attrs}"


def test_load_notifications_holds_replies_and_messages(mine, as_me, as_declared) -> None:
    for new in (True, False):
        frame = imd.load_notifications(new, session=mine)
        as_declared(frame, "notification")
        said = as_me("/3/notification", new=str(new).lower())
        rows = [*said["replies"], *said["messages"]]
        assert frame["id"].tolist() == [int(row["id"]) for row in rows]
        kinds = ["reply"] * len(said["replies"]) + ["message"] * len(said["messages"])
        assert frame["kind"].tolist() == kinds
        if new:
            assert not frame["viewed"].any()
    assert len(frame)


def test_private_answers_are_asked_for_each_time(standing, mine) -> None:
    for load, arguments in PRIVATE:
        requested, known = len(standing.requests), len(mine.credits.history())
        frames = [
            getattr(imd, f"load_{load}")(**arguments, max_age=age, session=mine)
            for age in (None, "1 day", 0)
        ]
        pd.testing.assert_frame_equal(frames[0], frames[1], check_flags=False)
        assert len(standing.requests) - requested == 3
        history = mine.credits.history().iloc[known:]
        assert history["endpoint"].tolist() == [load] * 3
        assert history["cost"].tolist() == [1] * 3
    assert mine.cache_info().entries == 0
    plan = imd.Pull("account_settings").plan(mine)
    assert (plan.to_fetch, plan.cached_fresh, plan.credits_needed) == (1, 0, 1)


def test_load_trophies_rows_are_as_sent(standing, connect, raw, twice, as_sent) -> None:
    session = connect(standing)
    who = standing.account
    frame = twice(session, "trophies", who, record="trophy")
    as_sent(frame, raw(standing, f"/3/account/{who}/gallery_profile")["trophies"], "trophy")
    story = frame.attrs["imgurdata"]
    assert (story["endpoint"], story["params"]) == (
        "account/{username}/gallery_profile", {"username": who},
    )  # fmt: skip
    with pytest.raises(NotFound, match="no account 'no_such_one'"):
        imd.load_trophies("no_such_one", session=session)


def test_trophies_of_somebody_without_any_are_an_empty_frame(
    standing, connect, raw, as_declared
) -> None:
    session = connect(standing)
    names = imd.load_gallery("user", "time", pages=5, session=session)["username"].dropna()
    for name in names.unique():
        if not raw(standing, f"/3/account/{name}/gallery_profile")["trophies"]:
            break
    else:
        raise AssertionError("everybody has a trophy")
    frame = imd.load_trophies(name, session=session)
    as_declared(frame, "trophy")
    assert frame.empty
    assert frame.attrs["imgurdata"]["complete"]


def test_own_loaders_need_a_sign_in(standing, connect) -> None:
    session = connect(standing)
    before = len(standing.requests)
    for load, arguments in [*PRIVATE, ("trophies", {})]:
        with pytest.raises(AuthenticationRequired, match="needs a sign-in") as caught:
            getattr(imd, f"load_{load}")(**arguments, session=session)
        assert caught.value.partial.empty
    assert len(standing.requests) == before


def test_own_loaders_refuse_wrong_values_before_any_request(standing, mine) -> None:
    before = len(standing.requests)
    for new in ("yes", 1, "true"):
        with pytest.raises(InvalidArgument, match="new must be True or False"):
            imd.load_notifications(new, session=mine)
    with pytest.raises(InvalidArgument, match="username must be a user name"):
        imd.load_trophies("../me", session=mine)
    assert len(standing.requests) == before
