"""load_tags, load_tag, load_tag_info: the site's tags, and the posts that carry one."""

from __future__ import annotations

import pytest

import imgurdata as imd
from imgurdata.errors import InvalidArgument, NotFound, OverCapacity

#: Of a post's columns, those that are keys of the answer as well.
POST = ("id", "title", "username", "datetime", "points", "views", "comment_count", "tags", "ups",
        "downs", "score", "link")  # fmt: skip


@pytest.fixture(scope="session")
def tag(reading) -> str:
    return str(imd.load_tags(session=reading)["name"].iloc[0])


def test_load_tags_rows_are_as_sent(standing, connect, raw, twice, as_sent) -> None:
    session = connect(standing)
    frame = twice(session, "tags", record="tag")
    said = raw(standing, "/3/tags")
    as_sent(frame, said["tags"], "tag")
    assert len(frame) > 10
    assert frame["name"].is_unique
    assert frame["is_whitelisted"].all()
    story = frame.attrs["imgurdata"]
    assert (story["endpoint"], story["params"]) == ("tags", {})
    assert story["credits_left"] is None  # the answer's headers tell nothing about credits
    history = session.credits.history()
    assert history["user_remaining"].isna().all()
    assert history["endpoint"].tolist() == ["tags"]


def test_tag_paths_in_old_forms_share_the_cache(sandbox, connect) -> None:
    session = connect(sandbox)
    imd.load_tags(session=session)
    for path in ("/3/tags.json", "/3/tags/", "/3/tags?client_id=x"):
        assert session.get(path).from_cache
    assert len(sandbox.requests) == 1


def test_load_tags_takes_no_arguments(standing) -> None:
    before = len(standing.requests)
    with pytest.raises(InvalidArgument, match="argument"):
        imd.Pull("tags", pages=1)
    assert len(standing.requests) == before


def test_load_tags_keeps_an_empty_partial(sandbox, connect, as_declared) -> None:
    sandbox.fail("over_capacity")
    with pytest.raises(OverCapacity) as caught:
        imd.load_tags(session=connect(sandbox))
    as_declared(caught.value.partial, "tag")
    assert caught.value.partial.empty
    assert len(imd.load_tags(session=connect(sandbox))) > 10


def test_load_tags_subtracts_its_cost_from_credits_left(sandbox, connect) -> None:
    session = connect(sandbox)
    imd.load_gallery(session=session)
    story = imd.load_tags(session=session).attrs["imgurdata"]
    assert (story["credits_spent"], sandbox.spent) == (1, 2)
    assert story["credits_left"] == 498


# Posts of a tag ---------------------------------------------------------------------------------


def test_load_tag_joins_pages_as_sent(standing, connect, raw, twice, as_sent, tag) -> None:
    session = connect(standing)
    frame = twice(session, "tag", tag, "time", pages=2, record="post")
    pages = [raw(standing, f"/3/gallery/t/{tag}/time/week/{n}")["items"] for n in (0, 1)]
    as_sent(frame, pages[0] + pages[1], "post", *POST)
    assert len(pages[0]) > 50
    assert frame["rank"].tolist() == list(range(len(frame)))
    assert frame["listing"].unique().tolist() == [f"gallery/t/{tag}/time"]
    story = frame.attrs["imgurdata"]
    assert story["endpoint"] == f"gallery/t/{tag}/time"
    assert story["params"] == {"tag": tag, "sort": "time", "pages": 2}
    # What an old client asked for is the same answer.
    assert session.get(f"/3/gallery/t/{tag}/time/1.json").from_cache


def test_load_tag_takes_links_and_hashes(standing, connect, tag) -> None:
    session = connect(standing)
    first = imd.load_tag(tag, session=session)
    before = len(standing.requests)
    for form in (f"#{tag}", f"https://imgur.com/t/{tag}", f"imgur.com/t/{tag}/top", f" {tag} "):
        assert imd.load_tag(form, session=session)["id"].tolist() == first["id"].tolist()
    assert len(standing.requests) == before


def test_load_tag_reads_to_the_end_and_until_known(standing, connect, tag, as_declared) -> None:
    session = connect(standing)
    whole = imd.load_tag(tag, "time", pages=None, nested=True, session=session)
    as_declared(whole.drop(columns=["images_json", "tags_json"]), "post")
    assert imd.explode_tags(whole)["name"].eq(tag).sum() == len(whole)
    assert imd.load_tag(tag, pages=[900], session=session).empty
    new = imd.load_tag(tag, "time", pages=None, until_known=whole, max_age=0, session=session)
    assert new.attrs["imgurdata"]["pages"] == 1


def test_load_tag_names_a_missing_tag(standing, connect) -> None:
    session = connect(standing)
    with pytest.raises(NotFound, match="no tag 'no_such_one'") as caught:
        imd.load_tag("no such one", session=session)
    assert caught.value.partial.empty
    before = len(standing.requests)
    with pytest.raises(NotFound, match="no_such_one"):
        imd.load_tag("no_such_one", session=session)
    assert len(standing.requests) == before  # that it is missing is remembered


# Tags by name -----------------------------------------------------------------------------------


def test_load_tag_info_rows_are_as_sent(standing, connect, raw, twice, as_sent) -> None:
    session = connect(standing)
    some = imd.load_tags(session=session).head(3)
    frame = twice(session, "tag_info", some, record="tag")
    rows = [raw(standing, f"/3/gallery/tag_info/{name}") for name in some["name"]]
    as_sent(frame, rows, "tag")
    before = len(standing.requests)
    for form in (list(some["name"]), some["name"], [f"imgur.com/t/{n}" for n in some["name"]]):
        assert imd.load_tag_info(form, session=session)["name"].tolist() == frame["name"].tolist()
    assert len(standing.requests) == before


def test_load_tag_info_lists_missing_tags(standing, connect, tag) -> None:
    session = connect(standing)
    frame = imd.load_tag_info([tag, "no such one"], session=session)
    assert frame["name"].tolist() == [tag]
    assert frame.attrs["imgurdata"]["missing"] == ["no_such_one"]
    with pytest.raises(NotFound, match="no tag no_such_one"):
        imd.load_tag_info("no_such_one", session=session)


WRONG = [
    ("tag", {"tag": ""}, "tag must be the name of a tag"),
    ("tag", {"tag": None}, "got None"),
    ("tag", {"tag": ["cats"]}, "tag must be the name of a tag"),
    ("tag", {"tag": "cats/top"}, "got 'cats/top'"),
    ("tag", {"tag": "https://example.org/t/cats"}, "tag must be"),
    ("tag", {"tag": "cats", "sort": "best"}, "'viral', 'top', 'time'"),
    ("tag", {"tag": "cats", "window": "week"}, "window='week' is ignored .* sort='viral'"),
    ("tag", {"tag": "cats", "until_known": ["abcde"]}, "sort='time'"),
    ("tag_info", {"tags": ["cats", 7]}, "got 7"),
    ("tag_info", {"tags": None}, "got None"),
]


def test_tag_loaders_refuse_wrong_values_before_any_request(
    subtests: pytest.Subtests, standing, connect
) -> None:
    session = connect(standing)
    before = len(standing.requests)
    for load, arguments, words in WRONG:
        with subtests.test(arguments=arguments), pytest.raises(InvalidArgument, match=words):
            getattr(imd, f"load_{load}")(**arguments, session=session)
    with pytest.raises(InvalidArgument, match="argument"):
        imd.Pull("tag", tag="cats", per_page=50)
    assert len(standing.requests) == before
