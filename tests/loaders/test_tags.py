"""load_tags: the site's tags."""

from __future__ import annotations

import pytest

import imgurdata as imd
from imgurdata.errors import InvalidArgument, OverCapacity


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
    asked = len(standing.requests)
    with pytest.raises(InvalidArgument, match="argument"):
        imd.Pull("tags", pages=1)
    assert len(standing.requests) == asked


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
