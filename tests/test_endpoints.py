"""Paths of comments, accounts, albums, images, tags: their names, one key each; their pulls."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import imgurdata as imd
from imgurdata.endpoints import (
    ENDPOINTS,
    Endpoint,
    Param,
    canonical,
    endpoint_of,
    find,
    is_private,
)
from imgurdata.errors import InvalidArgument
from imgurdata.pulls.requests import build_requests
from imgurdata.sandbox import Sandbox

NAMES = {
    "/3/gallery/2YxRdEi": "posts",
    "/3/gallery/2YxRdEi/comments": "comments",
    "/3/gallery/2YxRdEi/comments/new.json": "comments",
    "/3/comment/1938489503": "comment",
    "/3/comment/1938489503/replies": "replies",
    "/3/account/somebody": "account",
    "/3/account/me.json": "account",
    "/3/account/somebody/submissions": "account_submissions",
    "/3/account/somebody/submissions/2/oldest": "account_submissions",
    "/3/account/somebody/comments": "account_comments",
    "/3/account/somebody/comments/best/7": "account_comments",
    "/3/account/somebody/albums/1": "account_albums",
    "/3/account/me/images": "account_images",
    "/3/account/random/comments/newest/0": "account_comments",
    "/3/account/search/submissions": "account_submissions",
    "/3/account/me/images/count": "account_counts",
    "/3/account/somebody/albums/count": "account_counts",
    "/3/account/somebody/comments/count": "account_counts",
    "/3/album/2YxRdEi": "albums",
    "/3/album/2YxRdEi/images": "album_images",
    "/3/image/pKcuQYF": "images",
    "/3/tags": "tags",
    "/3/credits": "credits",
    "/3/gallery/search": "search_gallery",
    "/3/gallery/search/0": "search_gallery",
    "/3/gallery/search//top/month/1": "search_gallery",
    "/3/gallery/search/time/1/": "search_gallery",
    "/3/gallery/r/aww": "subreddit",
    "/3/gallery/r/aww/time//0": "subreddit",
    "/3/gallery/r/aww/top/day/3": "subreddit",
    "/3/gallery/t/cats": "tag",
    "/3/gallery/t/comments/top/week/2": "tag",
    "/3/gallery/tag_info/cats": "tag_info",
    "/3/gallery/2YxRdEi/votes": "votes",
    "/3/account/me/favorites": "account_favorites",
    "/3/account/me/favorites/2/oldest": "account_favorites",
    "/3/account/somebody/gallery_favorites/0": "account_gallery_favorites",
    "/3/account/somebody/folders/7/favorites": "account_folder_favorites",
    "/3/account/me/settings": "account_settings",
    "/3/account/somebody/gallery_profile": "trophies",
    "/3/notification": "notifications",
    "/3/topics/defaults": "topics",
    "/3/topics/Funny": "topic",
    "/3/topics/2/time/week/1": "topic",
    "/3/g/memes": "memes",
    "/3/g/custom/viral/week/0": "custom_gallery",
    "/3/conversations": "conversations",
    "/3/conversations/7": "messages",
    "/3/conversations/7/2/0": "messages",
    # Not in the table: by their first words, and never by a name or an id.
    "/3/account/somebody/settings": "account/settings",
    "/3/gallery/r/aww/2YxRdEi": "gallery",
    "/3/gallery/t/cats/2YxRdEi": "gallery",
    "/3/account/somebody/albums/ids/0": "account/albums",
    "/3/account/somebody/comments/ids/newest/0": "account/comments",
    "/3/album/2YxRdEi/image/pKcuQYF": "album",
    "/3/image/pKcuQYF/comments": "image",
    "/3/comment/1938489503/vote/up": "comment",
}


def test_names(subtests: pytest.Subtests) -> None:
    for path, name in NAMES.items():
        with subtests.test(path=path, name=name):
            assert endpoint_of(path) == name


SAME = {
    "/3/gallery/2YxRdEi/comments/best": ["", "/", ".json", "/best/", "/best.json"],
    "/3/gallery/2YxRdEi/comments/new": ["/new", "/new/", "/new.json"],
    "/3/account/somebody/comments/newest/0": ["", "/newest", "/0", "/newest/0.json", ".json", "/"],
    "/3/account/somebody/comments/best/3": ["/best/3", "/best/3.json"],
    "/3/account/somebody/submissions/0/newest": ["", "/0", "/newest", "/0/newest.json"],
    "/3/account/somebody/submissions/2/worst": ["/2/worst", "/2/worst/"],
    "/3/account/somebody/albums/0": ["", "/", "/0", "/0.json"],
    "/3/account/somebody/images/0": ["", "/", "/0", "/0.json"],
    "/3/comment/1938489503": ["", "/", ".json"],
    "/3/comment/1938489503/replies": ["/replies", "/replies.json"],
    "/3/album/2YxRdEi/images": ["/images", "/images/", "/images.json"],
    "/3/tags": ["", "/", ".json"],
}
STEMS = ("/comments", "/submissions", "/albums", "/images", "/1938489503", "/2YxRdEi", "/tags")


def spellings(path: str, tails: list[str]) -> list[str]:
    """A path's stem (as far as every spelling has it) with each tail."""
    for stem in STEMS:
        head, found, _ = path.partition(stem)
        if found and not any(tail.startswith(stem) for tail in tails):
            return [head + stem + tail for tail in tails]
    raise AssertionError(path)


def test_all_spellings_are_one(subtests: pytest.Subtests) -> None:
    for path, tails in SAME.items():
        with subtests.test(path=path, tails=tails):
            for spelt in [path, *spellings(path, tails)]:
                assert canonical(spelt, "") == path
                assert canonical(spelt, "client_id=abc&access_token=x") == path
                assert canonical(spelt, "perPage=7") == f"{path}?perPage=7"
            assert canonical(f"{path}.xml", "") == f"{path}?_format=xml"


def test_what_is_another_answer_has_another_key() -> None:
    paths = [*SAME, "/3/account/other/comments/newest/0", "/3/account/somebody/comments/newest/1",
             "/3/account/somebody/comments/count", "/3/account/somebody/albums/count",
             "/3/account/somebody/images/count", "/3/account/somebody/comments/ids/newest/0",
             "/3/album/2YxRdEi", "/3/image/2YxRdEi", "/3/gallery/2YxRdEi",
             "/3/gallery/album/2YxRdEi", "/3/account/somebody"]  # fmt: skip
    assert len({canonical(path, "") for path in paths}) == len(paths)


FILL = {"id": "2YxRdEi", "username": "somebody", "conversation": "7", "folder": "7"}
lookups = sorted(name for name, one in ENDPOINTS.items() if one.subject)


@given(name=st.sampled_from(lookups), pick=st.data())
def test_what_is_built_is_found_again(name: str, pick: st.DataObject) -> None:
    endpoint = ENDPOINTS[name]
    values: dict[str, Any] = {
        param.name: pick.draw(
            st.sampled_from(param.allowed) if param.allowed else st.integers(0, 999)
        )
        for param in endpoint.params
        if not param.in_query
    }
    subject = "id" if endpoint.subject == "comment" else endpoint.subject
    named = {subject: FILL.get(subject, "cats")}
    path = endpoint.build(**values, **named)
    found = find(path)
    assert found is not None
    assert found[0] is endpoint
    assert found[1] == named | {k: str(v) for k, v in values.items()}
    assert canonical(path, "") == path


def test_own_lists_are_kept_but_settings_are_not() -> None:
    for what in ("images", "albums/0", "comments/newest/0", "submissions", "images/count"):
        assert not is_private(f"/3/account/me/{what}")
    for what in ("settings", "notifications", "verifyemail", "block"):
        assert is_private(f"/3/account/me/{what}")
        assert is_private(f"/3/account/me%2F{what}")
        assert is_private(f"/3/account%2fme/{what}")
    assert is_private("/3/image/Q1w2E3r4T5y6U7i")
    assert not is_private("/3/image/Q1w2E3r")


# Pulls ------------------------------------------------------------------------------------------


def pulls_of(session: imd.ImgurSession) -> list[imd.Pull]:
    posts = imd.load_gallery(session=session)
    albums = posts[posts["is_album"]]
    comments = imd.load_comments(albums.head(1), session=session)
    names = posts["account_url"].dropna()
    return [
        imd.Pull("comments", ids=posts.iloc[1:5]),
        imd.Pull("comment", ids=comments.head(3)),
        imd.Pull("replies", id=comments["id"].iloc[0]),
        imd.Pull("account", usernames=comments["author"].head(4)),
        imd.Pull("account"),
        imd.Pull("account_counts"),
        imd.Pull("account_counts", username=names.iloc[0]),
        *(imd.Pull(f"account_{what}", pages=2) for what in ("submissions", "comments", "images")),
        imd.Pull("account_albums", per_page=3, pages=[0, 1]),
        imd.Pull("albums", ids=albums.head(2)),
        imd.Pull("album_images", ids=albums.head(3)),
        imd.Pull("images", ids=posts["cover"].dropna().head(2)),
        imd.Pull("tags"),
    ]


@pytest.mark.decision("plan-spends-nothing")
def test_running_takes_what_the_plan_says(sandbox: Sandbox, connect) -> None:
    session = connect(token=sandbox.issue_token(sandbox.account))
    for pull in pulls_of(session):
        for advance in ("0s", "5min", "11min"):
            sandbox.advance(advance)
            requested, spent = len(sandbox.requests), sandbox.spent
            plan = pull.plan(session)
            assert len(sandbox.requests) == requested, "a plan asks nothing"
            story = pull.run(session, progress=False).attrs["imgurdata"]
            assert len(sandbox.requests) - requested == plan.requests == story["requests"]
            assert story["credits_spent"] == plan.credits_needed == sandbox.spent - spent
            assert story["from_cache"] == plan.cached_fresh
            assert story["revalidated"] + story["changed"] == plan.to_revalidate
            assert (plan.requests == 0) == (advance == "5min"), pull
            assert not plan.open_ended


@pytest.mark.decision("plan-spends-nothing")
def test_a_list_to_its_end_is_planned_once_it_is_known(sandbox: Sandbox, connect) -> None:
    session = connect()
    pull = imd.Pull("account_comments", username=sandbox.account, pages=None, per_page=30)
    plan = pull.plan(session)
    assert (plan.requests, plan.open_ended) == (1, True)
    frame = pull.run(session, progress=False)
    plan = pull.plan(session)
    pages = -(-len(frame) // 30) + 1  # the empty one tells the end
    assert (plan.requests, plan.cached_fresh, plan.open_ended) == (0, pages, False)


def test_the_ledger_names_each(sandbox: Sandbox, connect) -> None:
    session = connect(token=sandbox.issue_token(sandbox.account))
    pulls = pulls_of(session)
    session.cache.clear()
    known = len(session.credits.history())
    frames = [pull.run(session, progress=False) for pull in pulls]
    history = session.credits.history().iloc[known:]
    spent = dict.fromkeys(history["endpoint"].unique(), 0)
    for pull, frame in zip(pulls, frames, strict=True):
        spent[pull.load] += frame.attrs["imgurdata"]["credits_spent"]
    assert history.groupby("endpoint")["cost"].sum().to_dict() == spent


def test_lists_of_any_subject_are_built_from_the_table() -> None:
    endpoint = Endpoint(
        name="colours", path="/3/colours/{colour}/{page}", record="post", paging="page",
        source="made up", params=(Param("page", "0"),), subject="colour", noun="colour",
    )  # fmt: skip
    ((requests,), given) = build_requests(endpoint, {"colour": " deep blue ", "pages": 2})
    assert [spec.path for spec in requests.specs()] == [
        "/3/colours/deep%20blue/0", "/3/colours/deep%20blue/1",
    ]  # fmt: skip
    assert requests.listing == "colours/deep blue"
    assert given == {"colour": "deep blue", "pages": 2}
    for odd in (None, "", "  ", 7, "a\nb", "\ud800", "x" * 2000):
        with pytest.raises(InvalidArgument, match="colour must be a text"):
            build_requests(endpoint, {"colour": odd})
