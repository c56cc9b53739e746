"""load_posts: by id, link, Series or frame; who is missing is named."""

from __future__ import annotations

import pandas as pd
import pytest

import imgurdata as imd
from imgurdata.errors import InvalidArgument, NotFound, OverCapacity
from imgurdata.sandbox import Sandbox


@pytest.fixture
def ids(sandbox: Sandbox, connect) -> list[str]:
    listed = imd.load_gallery(session=connect(sandbox, cache="memory"))
    return listed["id"].tolist()[:6]


def test_load_posts_keeps_the_order_of_ids(sandbox: Sandbox, connect, ids: list[str]) -> None:
    session = connect(sandbox)
    posts = imd.load_posts(ids[::-1], session=session)
    assert posts["id"].tolist() == ids[::-1]
    table = imd.schema("post")
    table = table[table["dtype"] != "dropped"]
    assert [str(dtype) for dtype in posts.dtypes] == table["dtype"].tolist()
    assert posts["rank"].isna().all()
    assert posts["listing"].isna().all()
    assert (posts["fetched_at"] == sandbox.now).all()
    assert (posts["images_shown"] == posts["images_count"].fillna(1)).all()
    story = posts.attrs["imgurdata"]
    assert story["params"] == {"ids": ids[::-1]}
    assert (story["requests"], story["credits_spent"], story["images_truncated"]) == (6, 6, 0)
    again = imd.load_posts(ids[::-1], session=session)
    assert again.attrs["imgurdata"]["requests"] == 0


def test_load_posts_counts_304_as_revalidated(sandbox: Sandbox, connect) -> None:
    session = connect(sandbox, max_age=0)
    old = imd.load_gallery("top", "top", "all", session=session)["id"][0]
    imd.load_posts(old, session=session)
    story = imd.load_posts(old, session=session).attrs["imgurdata"]
    assert (story["requests"], story["revalidated"], story["credits_spent"]) == (1, 1, 1)


def test_load_posts_takes_every_form_of_ids(sandbox: Sandbox, connect, ids: list[str]) -> None:
    session = connect(sandbox)
    frame = imd.load_posts(ids[:2], session=session)
    forms = [
        frame,
        frame["id"],
        tuple(ids[:2]),
        [*ids[:2], ids[0]],
        [f"https://imgur.com/gallery/{ids[0]}", f"https://imgur.com/gallery/cats-at-sea-{ids[1]}"],
        (one for one in ids[:2]),
    ]
    for form in forms:
        assert imd.load_posts(form, session=session)["id"].tolist() == ids[:2]
    assert imd.load_posts(ids[0], session=session)["id"].tolist() == ids[:1]
    assert len([row for row in sandbox.requests if row.path.count("/") == 3]) == 2


def test_load_posts_names_missing_ids(sandbox: Sandbox, connect, ids: list[str]) -> None:
    session = connect(sandbox)
    posts = imd.load_posts([ids[0], "nobody1", ids[1], "nobody2"], session=session)
    assert posts["id"].tolist() == ids[:2]
    story = posts.attrs["imgurdata"]
    assert story["missing"] == ["nobody1", "nobody2"]
    assert story["complete"]
    assert story["credits_spent"] == 4  # a 404 costs a credit as well


def test_load_posts_single_missing_id_is_an_error(sandbox: Sandbox, connect) -> None:
    session = connect(sandbox)
    with pytest.raises(NotFound, match="nobody1") as caught:
        imd.load_posts("nobody1", session=session)
    assert caught.value.status == 404
    assert caught.value.partial.attrs["imgurdata"]["missing"] == ["nobody1"]
    with pytest.raises(NotFound, match="none of these"):
        imd.load_posts(["nobody1", "nobody2"], session=session)


def test_load_posts_of_no_ids_gives_no_row(sandbox: Sandbox, connect) -> None:
    session = connect(sandbox)
    for nothing in ([], pd.Series([], dtype="str"), pd.DataFrame({"id": []})):
        assert imd.load_posts(nothing, session=session).empty
    assert sandbox.requests == []


NO_IDS = [
    None, 7, 1.5, "", "a b", "abc", "https://imgur.com/", ["abcde", None], ["abcde", 7],
    b"abcde", pd.DataFrame({"name": ["abcde"]}), pd.Series([1, 2]), "Q1w2E3r4T5y6U7i",
    "../../account/me", "abcde?x=1", ["abcde", ["fghij"]],
]  # fmt: skip


def test_load_posts_refuses_other_ids_before_any_request(
    subtests: pytest.Subtests, standing: Sandbox, connect
) -> None:
    session = connect(standing)
    before = len(standing.requests)
    for ids in NO_IDS:
        with subtests.test(ids=ids):
            with pytest.raises(InvalidArgument):
                imd.load_posts(ids, session=session)
            assert len(standing.requests) == before


def test_load_posts_keeps_a_partial(sandbox: Sandbox, connect, ids: list[str]) -> None:
    session = connect(sandbox)
    sandbox.fail("over_capacity", path=f"/3/gallery/{ids[3]}")
    with pytest.raises(OverCapacity) as caught:
        imd.load_posts(ids, session=session)
    assert caught.value.partial["id"].tolist() == ids[:3]
    assert imd.load_posts(ids, session=session)["id"].tolist() == ids
    good = [row.path for row in sandbox.requests if row.status == 200]
    assert len(good) == len(set(good))


def test_load_posts_nested_can_be_exploded(sandbox: Sandbox, connect, ids: list[str]) -> None:
    posts = imd.load_posts(ids, nested=True, session=connect(sandbox))
    images = imd.explode_images(posts)
    assert len(images) == posts["images_shown"].sum()
    assert images["post_id"].unique().tolist() == ids
    with pytest.raises(InvalidArgument, match="nested=True"):
        imd.explode_images(imd.load_posts(ids, session=connect(sandbox)))


def test_load_votes_rows_are_as_sent(sandbox: Sandbox, connect, raw, twice, ids) -> None:
    session = connect(sandbox)
    requests = [ids[0], "zzzzz", *ids[1:]]
    frame = twice(session, "votes", requests, record="vote")
    assert frame["post_id"].tolist() == ids
    want = [raw(sandbox, f"/3/gallery/{one}/votes") for one in ids]
    saved = imd.read_response(want[0], "vote")
    assert saved.dtypes.equals(frame.dtypes)
    assert saved["post_id"].isna().all()
    assert frame[["ups", "downs"]].to_dict("records") == want
    assert frame.attrs["imgurdata"]["missing"] == ["zzzzz"]
    with pytest.raises(NotFound, match="The gallery has no post zzzzz: deleted"):
        imd.load_votes("zzzzz", session=session)
    spent = len(sandbox.requests)
    with pytest.raises(InvalidArgument, match="ids must be an id"):
        imd.load_votes(None, session=session)
    assert len(sandbox.requests) == spent
