"""Speed and lifetimes, beside the sandbox's growth, which is known exactly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tracebacks import shown_by

import imgurdata as imd
from imgurdata.errors import InvalidArgument
from imgurdata.model.records import RECORDS
from imgurdata.sandbox import Sandbox
from imgurdata.sandbox.growth import share_reached
from imgurdata.sandbox.world import WORLD_NOW

START = pd.Timestamp("2026-03-01 18:00", tz="UTC")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Sixty hours of the newest posts, once an hour; and the world behind them."""
    folder = tmp_path_factory.mktemp("study") / "archive"
    with Sandbox(now=START) as sandbox, imd.connect(sandbox=sandbox, default=False) as session:
        archive = imd.Archive(folder)
        pull = imd.Pull("gallery", section="user", sort="time")
        imd.collect(archive, [pull], "1h", "60h", session=session)
        posts = sandbox._app.store.world.posts
        yield {
            "archive": archive,
            "history": archive.history(),
            "posts": posts if isinstance(posts, dict) else {post.id: post for post in posts},
            "origin": START - pd.Timedelta(seconds=WORLD_NOW),
        }


def test_velocity_is_that_of_the_growth_curve(study):
    history, posts = study["history"], study["posts"]
    found = imd.velocity(history)
    assert found["hours"].min() == 1.0
    assert len(found) == len(history) - history["id"].nunique()
    for row in found.sample(200, random_state=1).itertuples():
        post = posts[row.id]
        begin = row.fetched_at - pd.Timedelta(hours=row.hours)
        at = [(t - study["origin"]).total_seconds() - post.created for t in (begin, row.fetched_at)]
        gained = share_reached(at[1], post.half_life) - share_reached(at[0], post.half_life)
        assert row.views_per_hour * row.hours == pytest.approx(post.views * gained, abs=1.01)
        points = (post.ups - post.downs) * gained
        assert row.points_per_hour * row.hours == pytest.approx(points, abs=2.02)


def test_half_life_of_attention_is_found_again(study):
    lives = imd.lifetimes(study["history"])
    true = np.array([study["posts"][post].half_life / 3600 for post in lives["id"]])
    result = lives["half_life"].notna().to_numpy()
    assert result.sum() > 50
    ratio = lives["half_life"][result].to_numpy(dtype=float) / true[result]
    assert np.median(ratio) == pytest.approx(1.0, abs=0.01)
    # A few were seen for a short part of their life only.
    assert np.quantile(ratio, [0.05, 0.95]) == pytest.approx([1.0, 1.0], abs=0.15)


def test_lifetimes_are_from_the_first_sight_to_the_last(study):
    history = study["history"]
    lives = imd.lifetimes(history).set_index("id")
    times = sorted(history["fetched_at"].unique())
    for post, rows in history.groupby("id"):
        life = lives.loc[post]
        assert life["first_seen"] == rows["fetched_at"].min()
        assert (
            life["hours"] == (rows["fetched_at"].max() - life["first_seen"]).total_seconds() / 3600
        )
        assert life["snapshots"] == len(rows)
        assert life["best_rank"] == rows["rank"].min()
        assert life["censored_start"] == (rows["fetched_at"].min() == times[0])
        assert life["censored_end"] == (rows["fetched_at"].max() == times[-1])
    assert lives["censored_start"].sum() == lives["censored_end"].sum() == 60
    # Newest first: a post enters at the top and leaves at the bottom.
    inside = lives[~lives["censored_start"] & ~lives["censored_end"]]
    assert len(inside) > 10
    assert (inside["hours_to_best_rank"] == 0).all()
    # Some posts alone are not taken for the whole list, whose snapshots attrs name.
    part = study["archive"].history(inside.index[:3])
    again = imd.lifetimes(part)
    assert not again["censored_end"].any()
    # Without attrs the rows tell.
    bare = history.copy()
    bare.attrs = {}
    pd.testing.assert_frame_equal(imd.lifetimes(bare), lives.reset_index())


def test_pages_of_one_snapshot_are_one_moment():
    base = pd.Timestamp("2026-03-01", tz="UTC")
    rows = [
        (post, base + pd.Timedelta(hours=hour, seconds=second), "list")
        for hour in range(3)
        for second, post in enumerate(("first", "second"))
    ]
    history = pd.DataFrame(rows, columns=["id", "fetched_at", "listing"])
    lives = imd.lifetimes(history)
    assert lives["censored_start"].tolist() == lives["censored_end"].tolist() == [True, True]
    lives = imd.lifetimes(history.iloc[:-2])
    assert lives["censored_end"].tolist() == [True, True]
    lives = imd.lifetimes(history.iloc[:-1])
    assert lives["censored_end"].tolist() == [True, False]
    # One snapshot is the first and the last one.
    lives = imd.lifetimes(history.iloc[:1])
    assert lives[["censored_start", "censored_end"]].iloc[0].tolist() == [True, True]
    # What gains the same each hour has no half-life.
    steady = history[history["id"] == "first"].assign(views=[0, 500, 1000])
    steady = pd.concat([steady, steady.assign(
        fetched_at=steady["fetched_at"] + pd.Timedelta("3h"), views=steady["views"] + 1500
    )])  # fmt: skip
    assert imd.lifetimes(steady)["half_life"].isna().all()


def test_deleted_posts_are_known_from_asking_for_them(tmp_path, connect, sandbox):
    session = connect()
    archive = imd.Archive(tmp_path / "archive")
    posts = imd.load_gallery(session=session)
    archive.append(posts)
    sandbox.advance("1h")
    gone = posts["id"].iloc[3]
    sandbox.fail(404, path=f"/3/gallery/{gone}")
    session.clear_cache()
    archive.append(imd.load_posts(posts["id"].iloc[:5], session=session))
    lives = imd.lifetimes(archive.history())
    assert len(lives) == 60  # those that were asked for by id are in no list
    missing = lives[lives["missing_since"].notna()]
    assert set(missing["id"]) == {gone}
    assert missing["missing_since"].iloc[0] == sandbox.now


def test_histories_without_rows_keep_columns(study, subtests):
    empty = study["history"].iloc[:0]
    for call in (imd.velocity, imd.lifetimes):
        with subtests.test(call.__name__):
            full = call(study["history"])
            assert call(empty).dtypes.to_dict() == full.dtypes.to_dict()
            with pytest.raises(InvalidArgument, match="history must be a DataFrame"):
                call([1])
            with pytest.raises(InvalidArgument, match="'fetched_at'"):
                call(empty.drop(columns="fetched_at"))
            with pytest.raises(InvalidArgument, match="times with a zone; got 'int64'"):
                call(empty.assign(fetched_at=1))
            with pytest.raises(InvalidArgument, match="each column once"):
                call(pd.concat([study["history"], study["history"]], axis=1))
    with pytest.raises(InvalidArgument, match="views are numbers"):
        imd.velocity(empty.assign(views="many"))


def test_every_column_of_user_names_has_pseudonyms(subtests):
    for record in RECORDS:
        table = imd.schema(record)
        names = table.loc[table["meaning"].str.match("user name|requested user|the other"), "name"]
        for name in names:
            with subtests.test(f"{record}.{name}"):
                # As accounts have them, by which these are known.
                frame = pd.DataFrame({"reputation": ["1"], "url": "some_body", name: "some_body"})
                hidden = imd.pseudonymise(frame.astype("str"), "a key of this test")
                assert hidden[name].iloc[0].startswith("u_")
    lists = ["account/some_body/submissions/newest", "gallery/hot/viral", None]
    frame = pd.DataFrame({"username": "some_body", "listing": lists}, dtype="str")
    hidden = imd.pseudonymise(frame, "a key of this test")
    lists[0] = f"account/{hidden['username'].iloc[0]}/submissions/newest"
    assert hidden["listing"].equals(pd.Series(lists, dtype="str"))


def test_pseudonyms_do_not_depend_on_the_dtype(subtests: pytest.Subtests) -> None:
    """CSV files, merges and categories give other dtypes, and numbers must not stay for that."""
    key = "a key of this test"
    frame = pd.DataFrame({"username": ["some_body", None], "account_id": [5, None]})
    frame = frame.astype({"username": "str", "account_id": "Int64"})
    hidden = imd.pseudonymise(frame, key)
    for name, dtype in [
        ("username", object), ("username", "category"), ("account_id", object),
        ("account_id", "float64"), ("account_id", "category"), ("account_id", "str"),
    ]:  # fmt: skip
        with subtests.test(name=name, dtype=dtype):
            assert imd.pseudonymise(frame.astype({name: dtype}), key).equals(hidden)
    half = pd.DataFrame({"username": pd.Series(["a\ud800", None], dtype=object)})
    assert imd.pseudonymise(half, key)["username"].isna().tolist() == [False, True]
    numbers = pd.DataFrame({"account_id": [5]})
    small = imd.pseudonymise(numbers.astype("int32"), key)["account_id"]
    assert small.tolist() == hidden["account_id"].iloc[:1].tolist()
    for odd in [numbers + 0.5, frame.assign(account_id="x"), pd.concat([frame, frame], axis=1)]:
        with pytest.raises(InvalidArgument) as caught:
            imd.pseudonymise(odd, key)
        assert key not in shown_by(caught.value)
    with pytest.raises(InvalidArgument) as caught:
        imd.pseudonymise(frame, b"short key")
    assert "short key" not in shown_by(caught.value)


def test_pseudonyms_hide_people_and_keep_them_apart(tmp_path, connect):
    session = connect()
    posts = imd.load_gallery(session=session)
    comments = imd.load_comments(posts["id"].iloc[:3], session=session)
    accounts = imd.load_account(posts["account_url"].dropna().iloc[:3], session=session)
    key = "a long key for this test"
    hidden = [imd.pseudonymise(frame, key) for frame in (posts, comments, accounts)]
    people = set(posts["account_url"].dropna()) | set(comments["author"].dropna())
    people |= set(accounts["url"])
    for before, after in zip((posts, comments, accounts), hidden, strict=True):
        assert after.dtypes.equals(before.dtypes)
        for name in {"account_url", "author", "username"} & set(after):
            assert not set(after[name].dropna()) & people
        if before is accounts:
            assert not set(after["url"]) & people
            assert after[["avatar", "cover", "bio"]].isna().all(axis=None)
        assert "params" not in after.attrs["imgurdata"]
        assert "params" in before.attrs["imgurdata"]
    first = hidden[0]
    assert first["account_url"].nunique() == posts["account_url"].nunique()
    assert first["account_url"].isna().equals(posts["account_url"].isna())
    assert first["account_id"].nunique() == posts["account_id"].nunique()
    assert not set(first["account_id"].dropna()) & set(posts["account_id"].dropna())
    # The same person in another frame, and another key.
    author = accounts["url"].iloc[0]
    in_posts = first["account_url"][posts["account_url"] == author].iloc[0]
    assert hidden[2]["url"].iloc[0] == in_posts
    assert imd.pseudonymise(posts, key + "!")["account_url"].iloc[0] != first["account_url"].iloc[0]
    assert imd.pseudonymise(posts, key.encode()).equals(first)
    with pytest.raises(InvalidArgument, match="at least 16 characters") as error:
        imd.pseudonymise(posts, "too short")
    assert "too short" not in str(error.value)
