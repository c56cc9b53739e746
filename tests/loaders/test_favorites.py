"""load_account_favorites and load_account_gallery_favorites: who may see what, and folders."""

from __future__ import annotations

import pytest

import imgurdata as imd
from imgurdata.errors import AuthenticationRequired, InvalidArgument, NotFound

POST = ("id", "title", "username", "datetime", "points", "views", "comment_count", "link")


@pytest.fixture
def mine(standing, connect) -> imd.ImgurSession:
    """A session of somebody signed in."""
    return connect(standing, token=standing.issue_token(standing.account))


def test_load_account_favorites_pages_are_as_sent(standing, mine, raw, twice, as_sent) -> None:
    frame = twice(mine, "account_favorites", record="post")
    token = standing.issue_token(standing.account)
    rows = raw(standing, "/3/account/me/favorites/0/newest", token=token)
    as_sent(frame, rows, "post", *POST)
    assert frame["listing"].unique().tolist() == ["account/me/favorites/newest"]
    oldest = imd.load_account_favorites(sort="oldest", pages=None, session=mine)
    whole = imd.load_account_favorites(pages=None, session=mine)
    assert oldest["id"].tolist() == whole["id"].tolist()[::-1]
    assert len(whole) > 1


def test_load_account_gallery_favorites_are_public(standing, connect, raw, twice, as_sent) -> None:
    session = connect(standing)
    who = standing.account
    frame = twice(session, "account_gallery_favorites", who, record="post")
    as_sent(frame, raw(standing, f"/3/account/{who}/gallery_favorites/0/newest"), "post", *POST)
    assert len(frame) > 1
    assert frame["listing"].unique().tolist() == [f"account/{who}/gallery_favorites/newest"]
    known = imd.load_account_gallery_favorites(
        who, pages=None, until_known=frame, session=session
    ).attrs["imgurdata"]["until_known"]
    assert known["stopped"]


def test_favorites_need_a_sign_in_where_imgur_does(standing, connect) -> None:
    session = connect(standing)
    before = len(standing.requests)
    for call in (
        lambda: imd.load_account_favorites(session=session),
        lambda: imd.load_account_favorites(standing.account, session=session),
        lambda: imd.load_account_favorites("me", folder=1, session=session),
        lambda: imd.load_account_gallery_favorites(session=session),
    ):
        with pytest.raises(AuthenticationRequired, match="needs a sign-in"):
            call()
    assert len(standing.requests) == before


def test_favorites_of_others_are_refused_or_missing(standing, mine) -> None:
    names = imd.load_gallery(session=mine)["username"].dropna()
    other = next(name for name in names if name != standing.account)
    with pytest.raises(AuthenticationRequired):
        imd.load_account_favorites(other, session=mine)
    for load in ("account_favorites", "account_gallery_favorites"):
        with pytest.raises(NotFound, match="no account 'no_such_one'"):
            getattr(imd, f"load_{load}")("no_such_one", session=mine)


WRONG = [
    ("account_favorites", {"sort": "best"}, "'newest', 'oldest'; got 'best'"),
    ("account_favorites", {"username": ["a", "b"]}, "username must be a user name"),
    ("account_favorites", {"folder": "cats"}, "folder must be the number of a folder"),
    ("account_favorites", {"folder": True}, "folder must be .*; got True"),
    ("account_favorites", {"folder": 0}, "folder must be .*; got 0"),
    (
        "account_favorites",
        {"username": "other", "folder": "https://imgur.com/user/somebody/favorites/folder/12"},
        "folder is one of 'somebody', and username names 'other'",
    ),
    ("account_gallery_favorites", {"sort": "viral"}, "got 'viral'"),
    ("account_gallery_favorites", {"pages": 0}, "pages"),
]


def test_favorites_refuse_wrong_values_before_any_request(
    subtests: pytest.Subtests, standing, mine
) -> None:
    before = len(standing.requests)
    for load, arguments, words in WRONG:
        with subtests.test(arguments=arguments), pytest.raises(InvalidArgument, match=words):
            getattr(imd, f"load_{load}")(**arguments, session=mine)
    for load in ("account_favorites", "account_gallery_favorites"):
        with pytest.raises(InvalidArgument, match="no argument 'per_page'"):
            imd.Pull(load, per_page=50)
    with pytest.raises(InvalidArgument, match="load must be one of"):
        imd.Pull("account_folder_favorites", folder=1)
    assert len(standing.requests) == before


@pytest.fixture(scope="session")
def folder(standing, reading) -> tuple[str, int]:
    """A public folder that holds something, and whose it is."""
    names = imd.load_gallery("user", "time", pages=10, session=reading)["username"].dropna()
    for name in names.unique():
        for one in reading.fetch(f"/3/account/{name}/folders"):
            if one["item_count"]:
                return str(name), int(one["id"])
    raise AssertionError("no folder holds anything")


def test_load_account_favorites_of_a_folder(
    standing, connect, folder, raw, as_declared, as_sent
) -> None:
    session = connect(standing)
    name, number = folder
    frame = imd.load_account_favorites(name, folder=number, pages=None, session=session)
    as_declared(frame, "post")
    rows = raw(standing, f"/3/account/{name}/folders/{number}/favorites", page=0)
    assert frame["id"].tolist() == [row["id"] for row in rows]
    listing = f"account/{name}/folders/{number}/favorites"
    assert frame["listing"].unique().tolist() == [listing]
    story = frame.attrs["imgurdata"]
    assert story["params"]["folder"] == str(number)
    assert not {"unknown_fields", "unreadable"} & story.keys()
    before = len(standing.requests)
    link = f"https://imgur.com/user/{name}/favorites/folder/{number}/public"
    again = imd.load_account_favorites(folder=link, pages=None, session=session)
    assert again["id"].tolist() == frame["id"].tolist()
    assert len(standing.requests) == before
    oldest = imd.load_account_favorites(name, folder=number, sort="oldest", session=session)
    assert oldest["id"].tolist() == frame["id"].tolist()[::-1]
    assert dict(standing.requests[-1].query) == {"page": "0", "sort": "oldest"}


def test_load_account_favorites_names_a_missing_folder(standing, connect, folder) -> None:
    session = connect(standing)
    words = f"no folder 987654 of favorites of the account '{folder[0]}'"
    with pytest.raises(NotFound, match=words) as caught:
        imd.load_account_favorites(folder[0], folder=987654, session=session)
    assert caught.value.partial.empty
    pull = imd.Pull("account_favorites", username=folder[0], folder=folder[1])
    assert imd.Pull.from_dict(pull.to_dict()) == pull
    assert pull.load == "account_favorites"
