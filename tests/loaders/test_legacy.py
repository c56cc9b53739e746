"""What Imgur has left behind: it is loaded, and a DeprecationWarning says what is known."""

from __future__ import annotations

import warnings

import pytest

import imgurdata as imd
from imgurdata.endpoints import ENDPOINTS
from imgurdata.errors import AuthenticationRequired, InvalidArgument, NotFound

POST = ("id", "title", "username", "datetime", "points", "views", "comment_count", "tags", "score")
LISTS = {
    "memes": ("g/memes/viral", "/3/g/memes/viral/week/0"),
    "custom_gallery": ("g/custom/viral", "/3/g/custom/viral/week/0"),
}
quiet = pytest.mark.filterwarnings("ignore:load_.* asks for:DeprecationWarning")


@pytest.fixture
def mine(standing, connect) -> imd.ImgurSession:
    """A session of somebody signed in."""
    return connect(standing, token=standing.issue_token(standing.account))


@pytest.fixture
def as_me(standing, raw):
    token = standing.issue_token(standing.account)
    return lambda path, **params: raw(standing, path, token=token, **params)


def test_legacy_loaders_warn_where_they_are_called(mine) -> None:
    legacy = [name for name, endpoint in ENDPOINTS.items() if endpoint.legacy_note]
    assert legacy == ["topics", "topic", "memes", "custom_gallery", "conversations", "messages"]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        topics = imd.load_topics(session=mine)
        imd.load_topic(topics["name"].iloc[0], session=mine)
        imd.load_memes(session=mine)
        imd.load_custom_gallery(session=mine)
        imd.load_messages(imd.load_conversations(session=mine)["id"].iloc[0], session=mine)
        imd.Pull("topics").run(mine)
        imd.Pull("topics").plan(mine)
    assert [warning.category for warning in caught] == [DeprecationWarning] * 7
    assert {warning.filename for warning in caught} == {__file__}
    texts = [str(warning.message) for warning in caught]
    assert texts[0].startswith("load_topics asks for /3/topics/defaults, which may end")
    assert "no topic since 2021" in texts[0]
    assert "read-only since December 2016" in texts[4]
    for current in (imd.load_tags, imd.load_account_settings):
        current(session=mine)  # warnings are errors here


@quiet
def test_load_topics_and_topic_are_as_sent(standing, connect, raw, twice, as_sent) -> None:
    session = connect(standing)
    topics = twice(session, "topics", record="topic")
    rows = raw(standing, "/3/topics/defaults")
    as_sent(topics, rows, "topic", "id", "name", "description", "ephemeral", "readonly", "css")
    assert topics["top_post_id"].tolist() == [(row.get("topPost") or {})["id"] for row in rows]
    assert topics["is_hero"].tolist() == [row["isHero"] for row in rows]
    name = next(name for name in topics["name"] if " " in name)
    posts = twice(session, "topic", name, record="post")
    under = name.replace(" ", "_")
    as_sent(posts, raw(standing, f"/3/topics/{under}/viral/week/0"), "post", *POST)
    assert posts["listing"].unique().tolist() == [f"topics/{under}/viral"]
    number = topics.set_index("name").loc[name, "id"]
    assert imd.load_topic(number, session=session)["id"].tolist() == posts["id"].tolist()
    with pytest.raises(NotFound, match="no topic 'No_such_one'"):
        imd.load_topic("No such one", session=session)


@quiet
@pytest.mark.parametrize("load", LISTS)
def test_legacy_lists_are_as_sent(mine, as_me, twice, as_sent, load: str) -> None:
    listing, path = LISTS[load]
    frame = twice(mine, load, record="post")
    said = as_me(path)
    as_sent(frame, said["items"] if isinstance(said, dict) else said, "post", *POST)
    assert frame["listing"].unique().tolist() == [listing]
    assert len(frame) > 30
    top = getattr(imd, f"load_{load}")("top", "all", pages=2, session=mine)
    assert top.attrs["imgurdata"]["params"] == {"sort": "top", "window": "all", "pages": 2}


@quiet
def test_conversations_and_messages_are_asked_for_each_time(
    standing, mine, as_me, as_declared, as_sent
) -> None:
    frame = imd.load_conversations(session=mine)
    as_declared(frame, "conversation")
    as_sent(frame, as_me("/3/conversations"), "conversation", "id", "username", "datetime",
            "last_message_preview", "message_count", "with_account_id")  # fmt: skip
    longest = frame.nlargest(1, "message_count")["id"].item()
    messages = imd.load_messages(longest, session=mine)
    as_declared(messages, "message")
    rows = as_me(f"/3/conversations/{longest}/1/0")["messages"]
    as_sent(messages, rows, "message", "id", "username", "datetime", "body", "sender_id")
    assert messages["from_user"].tolist() == [row["from"] for row in rows]
    assert messages["listing"].unique().tolist() == [f"conversations/{longest}"]
    whole = imd.load_messages(longest, pages=None, session=mine)
    assert len(whole) == frame["message_count"].max() > 25
    assert whole["id"].is_unique
    known = imd.load_messages(longest, pages=None, until_known=messages, session=mine)
    assert known.attrs["imgurdata"]["pages"] == 1
    before = len(standing.requests)
    for _ in range(2):
        imd.load_conversations(session=mine)
        imd.load_messages(longest, session=mine)
    assert len(standing.requests) - before == 4
    assert mine.cache_info().entries == 0
    with pytest.raises(NotFound, match="no conversation '7'"):
        imd.load_messages(7, session=mine)


@quiet
def test_legacy_loaders_need_a_sign_in_where_imgur_does(standing, connect) -> None:
    session = connect(standing)
    before = len(standing.requests)
    for call in (
        lambda: imd.load_custom_gallery(session=session),
        lambda: imd.load_conversations(session=session),
        lambda: imd.load_messages(5, session=session),
    ):
        with pytest.raises(AuthenticationRequired, match="needs a sign-in"):
            call()
    assert len(standing.requests) == before


WRONG = [
    ("topic", {"topic": None}, "topic must be the name or number of a topic"),
    ("topic", {"topic": ""}, "topic must be"),
    ("topic", {"topic": "Funny", "window": "day"}, "ignored by Imgur for sort='viral'"),
    ("memes", {"sort": "best"}, "'viral', 'top', 'time'; got 'best'"),
    ("custom_gallery", {"pages": -1}, "pages"),
    ("messages", {"conversation": "grace"}, "conversation must be the number of a conversation"),
    ("messages", {"conversation": 1.5}, "got 1.5"),
]


def test_legacy_loaders_refuse_wrong_values_before_any_request(
    subtests: pytest.Subtests, standing, mine
) -> None:
    before = len(standing.requests)
    for load, arguments, words in WRONG:
        with subtests.test(arguments=arguments), pytest.raises(InvalidArgument, match=words):
            getattr(imd, f"load_{load}")(**arguments, session=mine)
    assert len(standing.requests) == before
