"""Searching: indices, operators, advanced fields, and whatever people type."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgurdata.sandbox.search import Search
from imgurdata.sandbox.tables import world_folder
from imgurdata.sandbox.world import load_world

WORLD = load_world(world_folder())
POSTS = (*WORLD.posts[::7], *WORLD.forums.post_by_id.values())


def found(query="", **advanced):
    search = Search.of({"q": query, **advanced})
    matches = search.matcher(WORLD)
    return {post.id for post in POSTS if matches(post)}


def test_indices_and_operators_are_understood(subtests):
    cats, dogs = found("tag:cats"), found("tag: dogs")
    assert cats
    assert dogs
    assert cats == {post.id for post in POSTS if "cats" in post.tags}
    author = WORLD.accounts[max(POSTS, key=lambda post: post.account_id).account_id]
    for query, wanted in [
        ("tag: cats OR tag: dogs", cats | dogs),
        ("tag: cats dogs", cats & dogs),
        ("tag: cats AND dogs", cats & dogs),
        ("tag: cats NOT dogs", cats - dogs),
        ("NOT tag:cats", {post.id for post in POSTS} - cats),
        ("subreddit:catsinboxes", {p.id for p in POSTS if p.section == "CatsInBoxes"}),
        (f"user:{author.url.upper()}", {p.id for p in POSTS if p.account_id == author.id}),
        ("subreddit:nowhere", set()), ("meme: cat", found("cat") & found("tag:memes")),
        ("album: cat", found("cat") & {p.id for p in POSTS if p.is_album}),
        ("ext: gif", {p.id for p in POSTS if "image/gif" in {i.type for i in p.images}}),
        ("title:zzzzz", set()), ("", set()), ("OR", set()), ("title:", set()),
    ]:  # fmt: skip
        with subtests.test(query=query):
            assert found(query) == wanted


def test_words_are_whole_and_phrases_are_parts(subtests):
    for query in ["cat", "CAT", '"cat"']:
        with subtests.test(query=query):
            assert found(query) == found(q_all="cat") > set()
    assert found("ca") == set()
    assert found(q_exactly="ca") > found(q_exactly="cat") > set()
    # Scripts without spaces between words.
    assert found("猫")
    for name in found("猫"):
        assert "猫" in WORLD.forums.post_by_id[name].title


def test_advanced_fields_all_hold_and_the_simple_query_is_ignored(subtests):
    cat, box = found(q_all="cat"), found(q_all="box")
    for fields, wanted in [
        ({"q_all": "cat box"}, cat & box), ({"q_any": "cat box"}, cat | box),
        ({"q_all": "cat", "q_not": "box"}, cat - box), ({"q": "zzzzz", "q_all": "cat"}, cat),
        ({"q_type": "anigif"}, {p.id for p in POSTS if any(i.animated for i in p.images)}),
        ({"q_type": "album"}, {p.id for p in POSTS if p.is_album}), ({"q_type": "pdf"}, set()),
        ({"q_size_px": "tiny"}, set()),
    ]:  # fmt: skip
        with subtests.test(fields=fields):
            query = fields.pop("q", "")
            assert found(query, **fields) == wanted
    sizes = [found(q_size_px=size) for size in ("small", "med", "big", "lrg", "huge")]
    assert set.union(*sizes) == {post.id for post in POSTS}
    assert sum(map(len, sizes)) == len(POSTS)


WORDS = st.sampled_from(
    [
        "cat",
        "AND",
        "OR",
        "NOT",
        "tag:",
        "tag:cats",
        "user:",
        "title:",
        "ext:",
        "gif",
        '"',
        "猫",
        ":",
    ]
)


@given(st.lists(WORDS | st.text(max_size=4), max_size=6).map(" ".join))
@settings(max_examples=60, deadline=None)
def test_any_text_is_a_query(query):
    some = POSTS[::40]
    matches = Search.of({"q": query}).matcher(WORLD)
    assert all(matches(post) in (True, False) for post in some)


@pytest.mark.parametrize("path", ["/3/gallery/search/sideways/0?q=cat", "/3/gallery/search?q="])
def test_odd_searches_are_answered(api, path):
    assert api(path).status_code == 200


def test_forums_are_searched_where_one_is_named(api):
    rows = api.data("/3/gallery/search?q=subreddit:catsinboxes")
    assert {row["section"] for row in rows} == {"CatsInBoxes"}
    assert False in {row["in_gallery"] for row in rows}
