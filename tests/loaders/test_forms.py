"""Every record in every form of answer: JSON, JSONP, XML, and the website's own API."""

from __future__ import annotations

import warnings
from typing import Any

import pandas as pd
import pytest

import imgurdata as imd
from imgurdata.model.records import RECORDS


@pytest.fixture
def mine(standing, connect) -> imd.ImgurSession:
    return connect(standing, token=standing.issue_token(standing.account))


@pytest.fixture
def answers(standing, mine) -> dict[str, tuple[str, str, pd.DataFrame]]:
    """Of each record: its path, and the frame that its loader gives."""
    who = standing.account
    posts = imd.load_gallery(session=mine)
    album = posts.loc[posts["is_album"], "id"].iloc[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        topics = imd.load_topics(session=mine)
        conversations = imd.load_conversations(session=mine)
        talk = conversations["id"].iloc[0]
        messages = imd.load_messages(talk, session=mine)
    comments = imd.load_comments(album, session=mine)
    return {
        "/3/gallery/hot/viral/day/0": ("post", posts),
        f"/3/gallery/{album}": ("post", imd.load_posts(album, session=mine)),
        f"/3/album/{album}": ("album", imd.load_albums(album, session=mine)),
        f"/3/album/{album}/images": ("image", imd.load_album_images(album, session=mine)),
        f"/3/gallery/{album}/comments/best": ("comment", comments),
        f"/3/gallery/{album}/votes": ("vote", imd.load_votes(album, session=mine)),
        f"/3/account/{who}": ("account", imd.load_account(who, session=mine)),
        "/3/account/me/settings": ("account_settings", imd.load_account_settings(session=mine)),
        f"/3/account/{who}/gallery_profile": ("trophy", imd.load_trophies(who, session=mine)),
        "/3/notification": ("notification", imd.load_notifications(session=mine)),
        "/3/tags": ("tag", imd.load_tags(session=mine)),
        "/3/topics/defaults": ("topic", topics),
        "/3/conversations": ("conversation", conversations),
        f"/3/conversations/{talk}/1/0": ("message", messages),
    }


#: Columns that no answer holds.
FROM_PULL = ["listing", "rank", "fetched_at"]


def test_answers_in_every_form_give_the_loaders_frame(
    subtests: pytest.Subtests, mine, answers
) -> None:
    callback = {"callback": "show.it"}
    for path, (record, frame) in answers.items():
        # Whose votes they are stands in the path only.
        left_out = {*FROM_PULL, "post_id"} if record == "vote" else {*FROM_PULL}
        own = [name for name in RECORDS[record].columns if name not in left_out]
        forms: dict[str, Any] = {
            "JSON": lambda path=path: mine.get(path),
            "fetched": lambda path=path: mine.fetch(path),
            "JSONP": lambda path=path: mine.get(path, params=callback),
            "JSONP fetched": lambda path=path: mine.fetch(path, **callback),
            "XML": lambda path=path: mine.get(f"{path}.xml"),
            "XML fetched": lambda path=path: mine.fetch(f"{path}.xml"),
        }
        if record in {"tag", "topic", "trophy", "comment"}:  # others take a POST for a change
            forms["JSONP by POST"] = lambda path=path: mine.post(path, data=callback)
        for form, ask in forms.items():
            with subtests.test(path=path, form=form):
                read = imd.read_response(ask(), record)
                assert len(frame) > 0
                pd.testing.assert_frame_equal(read[own], frame[own], check_flags=False)
                assert read[[n for n in FROM_PULL if n in read]].isna().all(axis=None)


def test_answers_of_the_website_give_the_same_columns(standing, connect) -> None:
    session = connect(standing)
    posts = imd.load_gallery(session=session)
    post = posts[posts["is_album"] & (posts["images_count"] > 1)].head(1)
    (number,) = post["id"]
    said = session.fetch(f"/post/v1/posts/{number}", include="media,tags,account")
    read = imd.read_response(said, "post", nested=True)
    want = imd.load_posts(number, session=session)
    columns = ["id", "title", "username", "datetime", "points", "views", "comment_count", "tags",
               "ups", "downs", "favorite_count", "is_album", "images_count", "images_shown",
               "account_id", "cover", "media_type", "width", "height", "size"]  # fmt: skip
    pd.testing.assert_frame_equal(read[columns], want[columns], check_flags=False)
    # The website names a kind of file by the end of its media type.
    assert [one["ext"] for one in said["media"]] == [
        one["mime_type"].split("/")[1] for one in said["media"]
    ]
    images = imd.load_album_images(number, session=session)
    pictures = imd.read_response(said, "image")
    same = ["id", "datetime", "type", "width", "height", "size", "animated"]
    pd.testing.assert_frame_equal(pictures[same], images[same], check_flags=False)
    assert imd.explode_images(read)["id"].tolist() == images["id"].tolist()
    assert imd.explode_tags(read)["name"].tolist() == want["tags"].item().split()
    album = imd.read_response(session.fetch(f"/post/v1/albums/{number}"), "album")
    assert album["images_count"].tolist() == want["images_count"].tolist()
