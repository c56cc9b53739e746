"""load_gallery: shape, story, pages, arguments, and what breaks half way."""

from __future__ import annotations

import datetime as dt
import json
import pickle

import pandas as pd
import pytest

import imgurdata as imd
from imgurdata.errors import BadResponse, ImgurDataError, InvalidArgument, OverCapacity
from imgurdata.sandbox import Sandbox

#: Fixed by the design: what attrs["imgurdata"] holds.
KEYS = {
    "record", "schema_version", "version", "endpoint", "params", "identity", "fetched_at", "pages",
    "requests", "from_cache", "revalidated", "changed", "credits_spent", "credits_left",
    "duplicates", "missing", "missing_reasons", "images_truncated", "complete",
}  # fmt: skip


def declared(record: str) -> dict[str, str]:
    table = imd.schema(record)
    table = table[table["dtype"] != "dropped"]
    return dict(zip(table["name"], table["dtype"], strict=True))


def dtypes(frame: pd.DataFrame) -> dict[str, str]:
    return {name: str(dtype) for name, dtype in frame.dtypes.items()}


def test_load_gallery_joins_pages(standing: Sandbox, connect) -> None:
    session = connect(standing)
    posts = imd.load_gallery(pages=2, session=session)
    assert posts.shape == (120, len(declared("post")))
    assert dtypes(posts) == declared("post")
    assert type(posts) is pd.DataFrame
    assert posts["id"].is_unique
    assert posts.index.equals(pd.RangeIndex(120))
    assert posts["rank"].tolist() == list(range(120))
    assert posts["listing"].unique().tolist() == ["gallery/hot/viral"]
    assert (posts["fetched_at"] == standing.now).all()
    raw = [row["id"] for page in (0, 1) for row in session.fetch(f"/3/gallery/hot/viral/{page}")]
    assert posts["id"].tolist() == raw


def test_load_gallery_attrs_are_json(sandbox: Sandbox, connect) -> None:
    session = connect(sandbox)
    story = imd.load_gallery("top", window="week", pages=2, session=session).attrs["imgurdata"]
    assert set(story) == KEYS
    assert json.loads(json.dumps(story)) == story
    assert story["record"] == "post"
    assert story["version"] == imd.__version__
    assert story["endpoint"] == "gallery/top/viral"
    assert story["params"] == {"section": "top", "sort": "viral", "window": "week", "pages": 2}
    assert story["identity"] == session.identity.key
    assert session.identity.key not in (sandbox.client_id, "")
    assert dt.datetime.fromisoformat(story["fetched_at"]) == sandbox.now
    numbers = ["pages", "requests", "from_cache", "revalidated", "changed", "credits_spent"]
    assert [story[name] for name in numbers] == [2, 2, 0, 0, 0, 2]
    assert story["credits_left"] == 498
    assert (story["missing"], story["complete"]) == ([], True)


def test_load_gallery_second_call_is_free(sandbox: Sandbox, connect) -> None:
    session = connect(sandbox)
    first = imd.load_gallery(pages=3, session=session)
    second = imd.load_gallery(pages=3, session=session)
    pd.testing.assert_frame_equal(first, second, check_flags=False)
    story = second.attrs["imgurdata"]
    assert (story["requests"], story["from_cache"], story["credits_spent"]) == (0, 3, 0)
    assert len(sandbox.requests) == 3
    # nested=True is the same answers, so it is free too.
    assert imd.load_gallery(nested=True, session=session).attrs["imgurdata"]["requests"] == 0


def test_load_gallery_counts_changed_pages(sandbox: Sandbox, connect) -> None:
    session = connect(sandbox)
    imd.load_gallery(pages=2, session=session)
    sandbox.advance("1h")
    posts = imd.load_gallery(pages=3, session=session)
    story = posts.attrs["imgurdata"]
    assert (story["requests"], story["changed"], story["revalidated"]) == (3, 2, 0)
    assert (posts["fetched_at"] == sandbox.now).all()


def test_load_gallery_pages_may_be_a_range_or_list(
    subtests: pytest.Subtests, standing: Sandbox, connect
) -> None:
    session = connect(standing)
    for pages in [range(1, 3), [1, 2], (1, 2)]:
        with subtests.test(pages=pages):
            posts = imd.load_gallery(pages=pages, session=session)
            whole = imd.load_gallery(pages=3, session=session)
            assert posts["id"].tolist() == whole["id"].tolist()[60:]
            assert posts.attrs["imgurdata"]["params"]["pages"] == [1, 2]


def test_load_gallery_pages_none_reads_to_the_end(sandbox: Sandbox, connect) -> None:
    session = connect(sandbox)
    posts = imd.load_gallery("top", pages=None, session=session)
    story = posts.attrs["imgurdata"]
    assert story["complete"]
    assert story["params"]["pages"] is None
    assert story["requests"] == story["pages"] == -(-len(posts) // 60) + 1  # and the empty one
    assert imd.load_gallery("top", pages=None, session=session).attrs["imgurdata"]["requests"] == 0


def test_load_gallery_behind_the_end_gives_no_row(standing, connect) -> None:
    posts = imd.load_gallery(pages=[400], session=connect(standing))
    assert posts.empty
    assert dtypes(posts) == declared("post")
    assert posts.attrs["imgurdata"]["complete"]
    nested = imd.load_gallery(pages=[400], nested=True, session=connect(standing))
    assert dtypes(nested) == {**declared("post"), "images_json": "str", "tags_json": "str"}


def test_load_gallery_reads_on_after_a_page_behind_the_end(standing, connect) -> None:
    posts = imd.load_gallery(pages=[400, 0], session=connect(standing))
    assert len(posts) == 60


@pytest.mark.decision("moving-list-no-duplicates")
def test_load_gallery_of_a_moving_list_has_no_duplicates(sandbox: Sandbox, connect) -> None:
    session = connect(sandbox, workers=1, max_age="1 day")

    def people_post(*_: object, **__: object) -> None:
        sandbox.advance("40min")  # while we turn the page

    session.hooks["response"] = people_post
    posts = imd.load_gallery("user", "time", pages=4, session=session)
    story = posts.attrs["imgurdata"]
    assert story["duplicates"] > 0
    assert len(posts) == 240 - story["duplicates"]
    assert posts["id"].is_unique
    assert posts["rank"].tolist() == list(range(len(posts)))
    assert posts["fetched_at"].is_monotonic_increasing
    assert posts["fetched_at"].nunique() == 4


def test_load_gallery_goes_on_after_a_failure(sandbox: Sandbox, connect) -> None:
    session = connect(sandbox)
    sandbox.fail("over_capacity", path="/3/gallery/hot/viral/day/3")
    with pytest.raises(OverCapacity) as caught:
        imd.load_gallery(pages=6, session=session)
    partial = caught.value.partial
    assert dtypes(partial) == declared("post")
    assert partial["rank"].tolist() == list(range(180))
    story = partial.attrs["imgurdata"]
    assert set(story) == KEYS
    assert (story["complete"], story["pages"]) == (False, 3)
    assert len(pickle.loads(pickle.dumps(caught.value)).partial) == 180
    # The same call again goes on, and nothing is paid twice.
    paid = [row.path for row in sandbox.requests if row.status == 200]
    posts = imd.load_gallery(pages=6, session=session)
    assert posts.attrs["imgurdata"]["complete"]
    assert len(posts) == 360
    paid_in_all = [row.path for row in sandbox.requests if row.status == 200]
    assert len(paid_in_all) == len(set(paid_in_all)) == 6
    assert posts.attrs["imgurdata"]["requests"] == 6 - len(paid)
    assert posts.attrs["imgurdata"]["from_cache"] == len(paid)


@pytest.mark.parametrize("fault", ["reset", "html", "bad_json", 500, 429, "error_in_success"])
def test_load_gallery_failures_have_a_partial(sandbox: Sandbox, connect, fault) -> None:
    sandbox.fail(fault, times=3, path="/3/gallery/hot/viral/day/1")
    with pytest.raises(ImgurDataError) as caught:
        imd.load_gallery(pages=2, session=connect(sandbox))
    assert len(caught.value.partial) == 60


@pytest.mark.decision("useless-is-not-kept")
@pytest.mark.parametrize("data", [b"[1,2]", b"null", b'""', b"0", b'{"maintenance":true}', b"[[]]"])
def test_load_gallery_requests_useless_stored_answers_again(sandbox, connect, data) -> None:
    session = connect(sandbox)
    first = imd.load_gallery(session=session)
    table = session.cache.responses
    response = table[next(iter(table))]
    response._content = b'{"data":%b,"success":true,"status":200}' % data
    table[next(iter(table))] = response
    with pytest.raises(BadResponse, match="no post") as caught:
        imd.load_gallery(session=connect(sandbox, offline=True))
    assert caught.value.partial.empty
    assert imd.Pull("gallery").plan(session).to_fetch == 1
    again = imd.load_gallery(session=session)
    assert again["id"].tolist() == first["id"].tolist()
    assert imd.Pull("gallery").plan(session).cached_fresh == 1


WRONG_VALUES = [
    ({"section": "warm"}, "hot"), ({"section": 3}, "section"), ({"sort": "best"}, "viral"),
    ({"section": "top", "window": "hour"}, "day"), ({"window": "week"}, "ignored"),
    ({"section": "user", "window": "day"}, "ignored"), ({"sort": "rising"}, "rising"),
    ({"section": "top", "sort": "rising"}, "rising"), ({"show_viral": True}, "ignored"),
    ({"section": "top", "show_viral": False}, "ignored"),
    ({"section": "user", "show_viral": "yes"}, "show_viral"), ({"mature": 1}, "mature"),
    ({"nested": "yes"}, "nested"), ({"pages": 0}, "pages"), ({"pages": -1}, "pages"),
    ({"pages": []}, "pages"), ({"pages": [1, 1]}, "pages"), ({"pages": [-1]}, "pages"),
    ({"pages": 1.5}, "pages"), ({"pages": True}, "pages"), ({"pages": "all"}, "pages"),
    ({"pages": [0, True]}, "pages"), ({"pages": {0, 1}}, "pages"),
    ({"pages": range(0)}, "pages"),
]  # fmt: skip


def test_load_gallery_refuses_wrong_values_before_any_request(
    subtests: pytest.Subtests, standing: Sandbox, connect
) -> None:
    session = connect(standing)
    for arguments, words in WRONG_VALUES:
        with subtests.test(arguments=arguments):
            before = len(standing.requests)
            with pytest.raises(InvalidArgument, match=words):
                imd.load_gallery(**arguments, session=session)
            assert len(standing.requests) == before


def test_load_gallery_suggests_the_nearest_value(standing: Sandbox, connect) -> None:
    with pytest.raises(InvalidArgument, match="Did you mean 'viral'"):
        imd.load_gallery(sort="virall", session=connect(standing))


def test_load_gallery_none_is_the_default(standing: Sandbox, connect) -> None:
    session = connect(standing)
    posts = imd.load_gallery(None, None, None, session=session)
    assert posts["listing"].unique().tolist() == ["gallery/hot/viral"]
    assert posts["id"].tolist() == imd.load_gallery(session=session)["id"].tolist()


def test_load_gallery_sends_path_and_query(sandbox: Sandbox, connect) -> None:
    session = connect(sandbox)
    imd.load_gallery("user", "rising", show_viral=False, mature=True, session=session)
    imd.load_gallery("top", window="all", pages=[2], session=session)
    sent = [(row.path, dict(row.query)) for row in sandbox.requests]
    assert sent == [
        ("/3/gallery/user/rising/day/0", {"showViral": "false", "mature": "true"}),
        ("/3/gallery/top/viral/all/2", {}),
    ]


def test_load_gallery_mature_is_another_list(standing: Sandbox, connect) -> None:
    session = connect(standing)
    tame = imd.load_gallery("user", "time", pages=30, session=session)
    all_of_it = imd.load_gallery("user", "time", pages=30, mature=True, session=session)
    assert not tame["nsfw"].any()
    assert all_of_it["nsfw"].any()


def test_load_gallery_mature_is_refused_for_accounts(sandbox: Sandbox, connect) -> None:
    session = connect(sandbox, token=sandbox.issue_token(sandbox.account))
    with pytest.raises(InvalidArgument, match="show_mature"):
        imd.load_gallery(mature=True, session=session)
    assert sandbox.requests == []
    posts = imd.load_gallery(session=session)
    assert len(posts) == 60
    assert posts.attrs["imgurdata"]["credits_left"] == 1999
    assert {row.kind for row in sandbox.requests} == {"bearer"}


def test_load_gallery_nested_keeps_json(standing: Sandbox, connect) -> None:
    session = connect(standing)
    posts = imd.load_gallery(nested=True, session=session)
    raw = session.fetch("/3/gallery/hot/viral/day/0")
    assert [json.loads(text) for text in posts["tags_json"]] == [row["tags"] for row in raw]
    images = [None if pd.isna(text) else json.loads(text) for text in posts["images_json"]]
    assert images == [row.get("images") for row in raw]
    assert "images_json" not in imd.load_gallery(session=session)
    assert posts.attrs["imgurdata"]["images_truncated"] == int(
        (posts["images_count"] > posts["images_shown"]).sum()
    )


def test_load_gallery_progress_shows_a_bar(sandbox: Sandbox, connect, capsys) -> None:
    session = connect(sandbox)
    imd.load_gallery(pages=2, session=session, progress=False)
    imd.load_gallery(pages=2, session=session)  # quick: no bar
    assert capsys.readouterr().err == ""
    imd.load_gallery(pages=2, session=session, progress=True)
    assert "/2" in capsys.readouterr().err


def test_load_gallery_uses_the_default_session(sandbox: Sandbox) -> None:
    with imd.connect(sandbox=sandbox):
        assert len(imd.load_gallery()) == 60
        assert len(imd.Pull("gallery").run()) == 60
        assert imd.Pull("gallery").plan().cached_fresh == 1
    assert len(sandbox.requests) == 1
