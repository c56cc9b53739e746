"""load_comments, load_comment, load_replies: trees as rows, single ones, branches."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

import imgurdata as imd
from imgurdata.errors import InvalidArgument, NotFound, OverCapacity
from imgurdata.sandbox import Sandbox

TREE = ["root_id", "depth", "position", "n_children"]


def walk(
    rows: list[dict[str, Any]], root: int | None = None, depth: int = 0
) -> Iterator[tuple[dict[str, Any], int, int]]:
    """Every row of a tree before its replies, with the top of its thread and its depth."""
    for row in rows:
        top = row["id"] if root is None else root
        yield row, top, depth
        yield from walk(row["children"], top, depth + 1)


def places(frame: pd.DataFrame) -> list[tuple[int, ...]]:
    return [tuple(row) for row in frame[TREE].astype(int).to_numpy().tolist()]


def places_in(tree: list[dict[str, Any]]) -> list[tuple[int, ...]]:
    return [
        (root, depth, place, len(row["children"]))
        for place, (row, root, depth) in enumerate(walk(tree))
    ]


@pytest.fixture(scope="module")
def ids(standing: Sandbox, raw) -> list[str]:
    """Posts much talked about, the most first."""
    posts = raw(standing, "/3/gallery/top/top/week/0")
    posts.sort(key=lambda post: -post["comment_count"])
    return [post["id"] for post in posts[:8]]


@pytest.fixture(scope="module")
def quiet(standing: Sandbox, raw) -> str:
    """A post that nobody has said anything about."""
    posts = raw(standing, "/3/gallery/user/time/day/0")
    silent = (post["id"] for post in posts if not post["comment_count"])
    return next(i for i in silent if raw(standing, f"/3/gallery/{i}/comments") == [])


def test_load_comments_rows_are_as_sent(standing, connect, raw, twice, as_sent, ids) -> None:
    session = connect(standing)
    frame = twice(session, "comments", ids[0], record="comment")
    tree = raw(standing, f"/3/gallery/{ids[0]}/comments")
    as_sent(frame, [row for row, _, _ in walk(tree)], "comment")
    assert places(frame) == places_in(tree)
    assert frame["depth"].max() >= 2
    assert frame["listing"].isna().all()
    assert frame["rank"].isna().all()
    assert (frame["post_id"] == ids[0]).all()
    story = frame.attrs["imgurdata"]
    assert story["endpoint"] == "gallery/{id}/comments/{sort}"
    assert story["params"] == {"ids": ids[0], "sort": "best"}
    assert standing.requests[-2].path == f"/3/gallery/{ids[0]}/comments/best"


def test_load_comments_places_are_consistent(standing, connect, ids) -> None:
    frame = imd.load_comments(ids, session=connect(standing))
    assert frame["id"].is_unique
    by_id = frame.set_index("id")
    replies = frame[frame["parent_id"].notna()]
    parents = by_id.loc[replies["parent_id"]]
    assert (parents["depth"].to_numpy() + 1 == replies["depth"].to_numpy()).all()
    assert (parents["position"].to_numpy() < replies["position"].to_numpy()).all()
    assert (parents["root_id"].to_numpy() == replies["root_id"].to_numpy()).all()
    counted = replies["parent_id"].value_counts()
    assert (by_id["n_children"] == counted.reindex(by_id.index, fill_value=0)).all()
    tops = frame[frame["parent_id"].isna()]
    assert (tops["depth"] == 0).all()
    assert (tops["root_id"] == tops["id"]).all()


def test_load_comments_joins_trees_of_several_posts(
    standing, connect, raw, twice, as_sent, ids
) -> None:
    posts = imd.load_gallery("top", "top", "week", session=connect(standing, cache="memory"))
    posts = posts[posts["id"].isin(ids)]
    frame = twice(connect(standing), "comments", posts, "new", record="comment")
    trees = [raw(standing, f"/3/gallery/{post}/comments/new") for post in posts["id"]]
    as_sent(frame, [row for tree in trees for row, _, _ in walk(tree)], "comment")
    assert places(frame) == [place for tree in trees for place in places_in(tree)]
    assert frame["post_id"].unique().tolist() == posts["id"].tolist()


def test_load_comments_requests_in_parallel(standing, connect, ids) -> None:
    session = connect(standing, workers=3)
    together = threading.Barrier(3)
    get = session.get

    def met(path: str, **options: Any) -> Any:
        if ids[0] not in path:  # the first goes alone: it tells the credits
            together.wait(20)
        return get(path, **options)

    session.get = met
    frame = imd.load_comments(ids[:4], session=session)
    assert frame["post_id"].unique().tolist() == ids[:4]


def test_load_comments_sorts(subtests: pytest.Subtests, standing, connect, raw, ids) -> None:
    session = connect(standing)
    for sort in ["best", "top", "new"]:
        with subtests.test(sort=sort):
            frame = imd.load_comments(ids[0], sort, session=session)
            assert standing.requests[-1].path == f"/3/gallery/{ids[0]}/comments/{sort}"
            tree = raw(standing, f"/3/gallery/{ids[0]}/comments/{sort}")
            assert frame["id"].tolist() == [row["id"] for row, _, _ in walk(tree)]
            tops = frame[frame["depth"] == 0]
            if sort == "new":
                assert tops["datetime"].is_monotonic_decreasing
            if sort == "top":
                assert tops["points"].is_monotonic_decreasing
            assert len(tops) > 2


def test_load_comments_sort_none_is_the_default(standing, connect, ids) -> None:
    session = connect(standing)
    best = imd.load_comments(ids[0], session=session)
    again = imd.load_comments(ids[0], None, session=session)
    assert again.attrs["imgurdata"]["requests"] == 0
    assert again["id"].tolist() == best["id"].tolist()


def test_load_comments_deleted_authors_are_na(standing, connect) -> None:
    session = connect(standing)
    posts = imd.load_gallery("top", "top", "week", session=session)
    comments = imd.load_comments(posts, session=session)
    deleted = comments[comments["deleted"]]
    assert len(deleted) > 0
    assert deleted[["author", "author_id", "vote"]].isna().all(axis=None)
    assert deleted["comment"].unique().tolist() == ["[deleted]"]
    kept = comments[~comments["deleted"]]
    assert kept[["author", "author_id", "comment"]].notna().all(axis=None)
    # Nobody is asked for who is nobody.
    few = pd.concat([deleted.head(2), kept.head(2)])
    accounts = imd.load_account(few, session=session)
    assert accounts["url"].tolist() == list(dict.fromkeys(few["author"].dropna()))


def test_load_comments_of_quiet_post_gives_no_row(
    standing, connect, as_declared, quiet: str
) -> None:
    session = connect(standing)
    frame = imd.load_comments(quiet, session=session)
    assert frame.empty
    as_declared(frame, "comment")
    # It is there, though it gives no row: who is missing beside it is no error.
    frame = imd.load_comments([quiet, "nobody1"], session=session)
    assert frame.empty
    assert frame.attrs["imgurdata"]["missing"] == ["nobody1"]


def test_load_comments_names_missing_posts(standing, connect, twice, ids) -> None:
    session = connect(standing)
    with pytest.raises(NotFound, match="nobody1") as caught:
        imd.load_comments("nobody1", session=session)
    assert caught.value.partial.attrs["imgurdata"]["missing"] == ["nobody1"]
    frame = twice(session, "comments", ["nobody1", ids[7], "nobody2"], record="comment")
    assert frame["post_id"].unique().tolist() == [ids[7]]
    assert frame.attrs["imgurdata"]["missing"] == ["nobody1", "nobody2"]
    with pytest.raises(NotFound, match=r"nobody1, nobody2"):
        imd.load_comments(["nobody1", "nobody2"], session=session)


WRONG_VALUES = [
    ("comments", ("abcdefg", "bset"), "'best', 'top', 'new'.*Did you mean 'best'"),
    ("comments", ("abcdefg", 3), "sort must be"),
    ("comments", (["abcdefg", "a b"],), "a b"),
    ("comments", (1938489503,), "ids must be an id"),
    ("comments", (pd.DataFrame({"number": ["abcdefg"]}),), "a column '"),
    ("comment", ("abc",), "abc"),
    ("comment", ([1, 0],), "number of a comment.*got 0"),
    ("comment", (b"123",), "number of a comment"),
    ("comment", (None,), "None"),
    ("comment", (1.0,), r"1\.0"),
    ("comment", (True,), "True"),
    ("comment", (pd.DataFrame({"number": [1]}),), "a column '"),
    ("replies", ([1, 2],), "number of a comment"),
    ("replies", ("",), "number of a comment"),
]


def test_comment_loaders_refuse_wrong_values_before_any_request(
    subtests: pytest.Subtests, standing, connect
) -> None:
    session = connect(standing)
    for load, arguments, words in WRONG_VALUES:
        with subtests.test(load=load):
            before = len(standing.requests)
            with pytest.raises(InvalidArgument, match=words):
                getattr(imd, f"load_{load}")(*arguments, session=session)
            assert len(standing.requests) == before


# Single ones ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def some(standing: Sandbox, raw, ids) -> list[dict[str, Any]]:
    """Three comments of one post: one at the top with replies, a reply, a leaf at the top."""
    rows = [row for row, _, _ in walk(raw(standing, f"/3/gallery/{ids[0]}/comments"))]
    top = next(row for row in rows if row["children"] and not row["parent_id"])
    leaf = next(row for row in rows if not row["children"] and not row["parent_id"])
    return [top, top["children"][0], leaf]


def test_load_comment_rows_are_as_sent(standing, connect, raw, twice, as_sent, some) -> None:
    numbers = [row["id"] for row in some]
    frame = twice(connect(standing), "comment", numbers, record="comment")
    as_sent(frame, [raw(standing, f"/3/comment/{n}") for n in numbers], "comment")
    assert frame["id"].tolist() == numbers
    assert frame["parent_id"].isna().tolist() == [True, False, True]
    assert frame.attrs["imgurdata"]["params"] == {"ids": [str(n) for n in numbers]}


def test_load_comment_has_no_places_in_trees(
    subtests: pytest.Subtests, standing, connect, some
) -> None:
    """Imgur leaves the replies out: a top with some must not pass for one without."""
    session = connect(standing)
    for which in [[0], [0, 1, 2], [0, 2], [1]]:
        with subtests.test(which=which):
            numbers = [some[n]["id"] for n in which]
            frame = imd.load_comment(numbers, session=session)
            assert len(frame) == len(which)
            assert frame[TREE].isna().all(axis=None)
            assert (frame[TREE].dtypes == "Int64").all()


def test_load_comment_takes_every_form_of_id(standing, connect, some) -> None:
    session = connect(standing)
    one, other, _ = (row["id"] for row in some)
    link = f"https://imgur.com/gallery/{some[0]['image_id']}/comment/{one}"
    both = [one, other]
    for form in (one, str(one), link, f" {one}\n", pd.Series(both).iloc[0]):
        assert imd.load_comment(form, session=session)["id"].tolist() == [one]
    for form in (
        both,
        tuple(both),
        iter(both),
        [link, str(other)],
        pd.Series([*both, None], dtype="Int64"),
        pd.Series(both).to_numpy(),
        pd.DataFrame({"id": pd.array(both, "Int64")}),
        [one, other, link],
    ):
        assert imd.load_comment(form, session=session)["id"].tolist() == both
    before = len(standing.requests)
    assert imd.load_comment([], session=session).empty
    assert len(standing.requests) == before


def test_load_comment_missing_is_an_error_and_remembered(sandbox, connect, raw) -> None:
    """Imgur says so with status 200 and a sentence: that is an error, and is remembered as one."""
    said = raw(sandbox, "/3/comment/77")
    assert isinstance(said, str)
    session = connect(sandbox)
    for _ in range(2):
        with pytest.raises(NotFound, match="77"):
            imd.load_comment(77, session=session)
        assert len(sandbox.requests) == 2
    with pytest.raises(NotFound, match="77"):
        imd.load_replies(77, session=session)
    post = raw(sandbox, "/3/gallery/top/top/week/0")[0]["id"]
    there = raw(sandbox, f"/3/gallery/{post}/comments")[0]["id"]
    frame = imd.load_comment([77, there, 78], session=session)
    assert frame["id"].tolist() == [there]
    assert frame.attrs["imgurdata"]["missing"] == ["77", "78"]


# Branches ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", [0, 1])
def test_load_replies_rows_are_as_sent(
    standing, connect, raw, twice, as_sent, some, which: int
) -> None:
    number = some[which]["id"]
    frame = twice(connect(standing), "replies", number, record="comment")
    branch = [raw(standing, f"/3/comment/{number}/replies")]
    as_sent(frame, [row for row, _, _ in walk(branch)], "comment")
    assert places(frame) == places_in(branch)
    assert (frame["root_id"] == number).all()
    assert frame["parent_id"].isna().tolist()[0] == (which == 0)


def test_load_replies_of_a_leaf_gives_one_row(standing, connect, raw, some) -> None:
    session = connect(standing)
    frame = imd.load_replies(some[2]["id"], session=session)
    assert places(frame) == [(some[2]["id"], 0, 0, 0)]
    # One that is a reply itself, too: it looks like a row of a flat list, and is none.
    rows = [row for row, _, _ in walk(raw(standing, f"/3/gallery/{some[0]['image_id']}/comments"))]
    leaf = next(row["id"] for row in rows if row["parent_id"] and not row["children"])
    frame = imd.load_replies(str(leaf), session=session)
    assert places(frame) == [(leaf, 0, 0, 0)]
    assert frame["parent_id"].notna().all()


# Over time, half way, old spellings -------------------------------------------------------------


def test_load_comments_grows_over_time(sandbox, connect, raw) -> None:
    session = connect(sandbox)
    posts = raw(sandbox, "/3/gallery/hot/time/0")
    young = next(post["id"] for post in posts if post["comment_count"] >= 5)
    before = imd.load_comments(young, session=session)
    sandbox.advance("3 days")
    after = imd.load_comments(young, session=session)
    assert after.attrs["imgurdata"]["changed"] == 1
    assert len(after) > len(before)
    assert set(before["id"]) < set(after["id"])
    assert (after["fetched_at"] == sandbox.now).all()
    as_before = after.set_index("id").loc[before["id"], "datetime"]
    assert as_before.tolist() == before["datetime"].tolist()


def test_load_comments_goes_on_after_a_failure(sandbox, connect, raw, as_declared) -> None:
    posts = [row["id"] for row in raw(sandbox, "/3/gallery/top/top/week/0")[:7]]
    session = connect(sandbox)
    before = len(sandbox.requests)
    sandbox.fail("over_capacity", path=f"/3/gallery/{posts[4]}/comments")
    with pytest.raises(OverCapacity) as caught:
        imd.load_comments(posts, session=session)
    partial = caught.value.partial
    as_declared(partial, "comment")
    assert partial["post_id"].unique().tolist() == posts[:4]
    assert partial.attrs["imgurdata"]["complete"] is False
    frame = imd.load_comments(posts, session=session)
    assert frame["post_id"].unique().tolist() == posts
    pd.testing.assert_frame_equal(frame.head(len(partial)), partial, check_flags=False)
    good = [row.path for row in sandbox.requests[before:] if row.status == 200]
    assert len(good) == len(set(good)) == len(posts)


@pytest.mark.parametrize("tail", ["", "/", "/best", ".json", "/best.json", "?client_id=abc"])
def test_comment_paths_in_old_forms_share_the_cache(sandbox, connect, raw, tail: str) -> None:
    post = raw(sandbox, "/3/gallery/top/top/week/0")[0]["id"]
    session = connect(sandbox)
    imd.load_comments(post, session=session)
    before = len(sandbox.requests)
    assert session.get(f"/3/gallery/{post}/comments{tail}").from_cache
    other = connect(sandbox, cache="memory")
    other.get(f"/3/gallery/{post}/comments{tail}")
    assert imd.load_comments(post, session=other).attrs["imgurdata"]["from_cache"] == 1
    assert len(sandbox.requests) == before + 1
    # Another sort is another answer.
    assert not session.get(f"/3/gallery/{post}/comments/new").from_cache
