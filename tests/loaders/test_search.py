"""search_gallery and load_subreddit: what is sent, what comes, and what is refused."""

from __future__ import annotations

import pytest

import imgurdata as imd
from imgurdata.errors import InvalidArgument, NotFound

#: Of a post's columns, those that are keys of the answer as well.
POST = ("id", "title", "username", "datetime", "points", "views", "comment_count", "tags", "score",
        "link", "section")  # fmt: skip


def check_story(frame, listing: str, pages: int) -> None:
    assert frame["listing"].unique().tolist() == [listing]
    assert frame["rank"].tolist() == list(range(len(frame)))
    story = frame.attrs["imgurdata"]
    assert (story["endpoint"], story["pages"], story["complete"]) == (listing, pages, True)
    assert not {"unknown_fields", "unreadable"} & story.keys()


def test_search_gallery_joins_pages_as_sent(standing, connect, raw, as_declared, as_sent) -> None:
    session = connect(standing)
    spent = standing.spent
    frame = imd.search_gallery("cat", pages=2, session=session)
    assert standing.spent - spent == frame.attrs["imgurdata"]["credits_spent"] == 2
    as_declared(frame, "post")
    rows = [
        row
        for page in (0, 1)
        for row in raw(standing, f"/3/gallery/search/time/all/{page}", q="cat")
    ]
    as_sent(frame, rows, "post", *POST)
    assert len(frame) > 100
    check_story(frame, "gallery/search/time?q=cat", 2)
    history = session.credits.history()
    assert set(history["endpoint"]) == {"search_gallery"}
    before = len(standing.requests)
    again = imd.search_gallery("cat", pages=2, session=session)
    assert len(standing.requests) == before
    assert again["id"].tolist() == frame["id"].tolist()
    # Old clients leave words out; it is the same answer.
    assert session.get("/3/gallery/search?q=cat").from_cache
    assert session.get("/3/gallery/search/1", params={"q": "cat"}).from_cache


def test_search_gallery_sends_every_field(standing, connect, raw, as_sent) -> None:
    session = connect(standing)
    fields = {"q_all": "cat", "q_any": "dog box", "q_not": "snow", "q_type": "album",
              "q_size_px": "med"}  # fmt: skip
    frame = imd.search_gallery(**fields, sort="top", window="year", session=session)
    as_sent(frame, raw(standing, "/3/gallery/search/top/year/0", **fields), "post", *POST)
    sent = standing.requests[-2]
    assert (sent.path, dict(sent.query)) == ("/3/gallery/search/top/year/0", fields)
    listing = "gallery/search/top?q_all=cat&q_any=dog+box&q_not=snow&q_type=album&q_size_px=med"
    assert frame["listing"].unique().tolist() == [listing]
    exact = imd.search_gallery(q_exactly="cat tax", session=session)
    both = imd.search_gallery(q_all="cat box", session=session)
    assert 0 < len(both) < len(imd.search_gallery(q_any="cat box", session=session))
    assert len(exact)


def test_search_gallery_that_finds_nothing_is_an_empty_frame(
    standing, connect, as_declared
) -> None:
    frame = imd.search_gallery("xyzzyxyzzy", pages=None, nested=True, session=connect(standing))
    as_declared(frame.drop(columns=["images_json", "tags_json"]), "post")
    assert frame.empty
    assert frame.attrs["imgurdata"]["complete"]


def test_searches_of_other_words_are_other_pulls_and_answers(standing, connect) -> None:
    session = connect(standing)
    cats = imd.search_gallery("cat", session=session)
    before = len(standing.requests)
    dogs = imd.search_gallery("dog", session=session)
    assert len(standing.requests) - before == 1
    assert set(cats["id"]) != set(dogs["id"])
    pull = imd.Pull("search_gallery", query="tag: cats", pages=2)
    assert imd.Pull.from_dict(pull.to_dict()) == pull != imd.Pull("search_gallery", query="cats")
    new = imd.search_gallery("cat", pages=None, until_known=cats, max_age=0, session=session)
    assert new.attrs["imgurdata"]["pages"] == 1


def test_load_subreddit_rows_are_as_sent(standing, connect, raw, twice, as_sent) -> None:
    session = connect(standing)
    frame = twice(session, "subreddit", "CatsInBoxes", pages=2, record="post")
    rows = [
        row
        for page in (0, 1)
        for row in raw(standing, f"/3/gallery/r/CatsInBoxes/time/week/{page}")
    ]
    as_sent(frame, rows, "post", *POST)
    check_story(frame, "gallery/r/CatsInBoxes/time", 2)
    assert frame[["username", "points", "ups", "downs", "comment_count"]].isna().all(axis=None)
    assert frame["score"].notna().all()
    assert set(frame["section"]) == {"CatsInBoxes"}
    for form in ("r/CatsInBoxes", "/r/CatsInBoxes", "https://imgur.com/r/CatsInBoxes/top"):
        again = imd.load_subreddit(form, pages=2, session=session)
        assert again.attrs["imgurdata"]["credits_spent"] == 0
        assert again["id"].tolist() == frame["id"].tolist()


def test_load_subreddit_names_a_missing_one(standing, connect) -> None:
    with pytest.raises(NotFound, match="no subreddit 'NoSuchForum'") as caught:
        imd.load_subreddit("NoSuchForum", session=connect(standing))
    assert caught.value.partial.empty


WRONG = [
    ("search_gallery", {}, "needs at least one of query, q_all"),
    ("search_gallery", {"query": None}, "needs at least one of query"),
    ("search_gallery", {"query": "cats", "q_not": "dogs"}, "query is ignored by Imgur beside q_no"),
    ("search_gallery", {"query": "cats", "q_type": "png"}, "beside q_type"),
    ("search_gallery", {"query": "   "}, "query must be a text that is not blank"),
    ("search_gallery", {"query": "a\0b"}, "query must be a text of at most 1,000 char.*printable"),
    ("search_gallery", {"q_any": "cats " * 300}, "q_any must be a text of at most 1,000"),
    ("search_gallery", {"query": 7}, "got 7"),
    ("search_gallery", {"q_any": ["cats"]}, "q_any must be a text"),
    ("search_gallery", {"q_type": "jpeg"}, "'jpg', 'png'.*Did you mean 'jpg'"),
    ("search_gallery", {"q_size_px": "large"}, "'small', 'med', 'big', 'lrg', 'huge'"),
    ("search_gallery", {"query": "cats", "sort": "new"}, "'time', 'viral', 'top'"),
    ("search_gallery", {"query": "cats", "window": "week"}, "ignored by Imgur for sort='time'"),
    ("search_gallery", {"query": "cats", "pages": 0}, "pages"),
    ("load_subreddit", {"subreddit": "two words"}, "subreddit must be the name of a subreddit"),
    ("load_subreddit", {"subreddit": None}, "got None"),
    ("load_subreddit", {"subreddit": "a/b"}, "got 'a/b'"),
    ("load_subreddit", {"subreddit": "aww", "sort": "viral"}, "'time', 'top'; got 'viral'"),
    ("load_subreddit", {"subreddit": "aww", "window": "day"}, "for sort='top' only"),
]


def test_search_loaders_refuse_wrong_values_before_any_request(
    subtests: pytest.Subtests, standing, connect
) -> None:
    session = connect(standing)
    before = len(standing.requests)
    for load, arguments, words in WRONG:
        with subtests.test(arguments=arguments), pytest.raises(InvalidArgument, match=words):
            getattr(imd, load)(**arguments, session=session)
    with pytest.raises(InvalidArgument, match="no argument 'per_page'"):
        imd.Pull("search_gallery", query="cats", per_page=50)
    assert len(standing.requests) == before
