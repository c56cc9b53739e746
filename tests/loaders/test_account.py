"""Accounts, their counts and lists: who may see what, pages, and what a sign-in changes."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests

import imgurdata as imd
from imgurdata.errors import (
    AuthenticationRequired,
    ImgurDataError,
    InvalidArgument,
    NotFound,
    OverCapacity,
)
from imgurdata.sandbox import Sandbox

TREE = ["root_id", "depth", "position", "n_children"]
LISTS = ["submissions", "comments", "albums", "images"]
RECORD = {"submissions": "post", "comments": "comment", "albums": "album", "images": "image"}
#: The path of a list's first page, behind the account's name.
FIRST = {
    "submissions": "submissions/0/newest", "comments": "comments/newest/0", "albums": "albums/0",
    "images": "images/0",
}  # fmt: skip
#: Of a post's columns, those that are keys of the answer as well.
POST = ("id", "title", "datetime", "link", "account_url", "account_id", "ups", "downs", "points",
        "score", "views", "comment_count", "is_album", "images_count", "in_most_viral")  # fmt: skip


@pytest.fixture(scope="session")
def who(standing: Sandbox) -> str:
    return standing.account


@pytest.fixture
def mine(standing: Sandbox, connect, who: str) -> imd.ImgurSession:
    """A session of somebody signed in."""
    return connect(standing, token=standing.issue_token(who))


@pytest.fixture(scope="session")
def private(standing: Sandbox, reading) -> str:
    """An account whose submissions and comments are private."""
    posts = imd.load_gallery("user", "time", pages=12, session=reading)
    headers = {"Authorization": f"Client-ID {standing.client_id}"}
    for name in posts["account_url"].dropna().unique():
        url = f"{standing.url}/3/account/{name}/comments/count"
        if requests.get(url, headers=headers, timeout=30).status_code == 403:
            return str(name)
    raise AssertionError("nobody is private")


# Accounts ---------------------------------------------------------------------------------------


def test_load_account_row_is_as_sent(standing, connect, raw, twice, as_sent, who) -> None:
    frame = twice(connect(standing), "account", who, record="account")
    row = raw(standing, f"/3/account/{who}")
    as_sent(frame, [row], "account")
    assert frame["user_follow_status"].tolist() == [row["user_follow"]["status"]]
    story = frame.attrs["imgurdata"]
    assert (story["endpoint"], story["params"]) == ("account/{username}", {"usernames": who})


def test_load_account_takes_every_form_of_names(standing, connect, raw, twice, as_sent) -> None:
    session = connect(standing)
    posts = imd.load_gallery("user", "time", session=session).head(5)
    posts.loc[1, "username"] = None  # as of who posts without an account
    posts.loc[4, "username"] = posts.loc[0, "username"]
    names = list(dict.fromkeys(posts["username"].dropna()))
    assert 2 <= len(names) <= 3
    frame = twice(session, "account", posts, record="account")
    assert frame["url"].tolist() == names
    as_sent(frame, [raw(standing, f"/3/account/{name}") for name in names], "account")
    forms = [
        names,
        iter(names),
        posts["username"],
        frame,
        [f"https://imgur.com/user/{name}" for name in names],
        [f"imgur.com/user/{names[0]}/favorites?x=1", *names],
        pd.DataFrame({"author": [*names, None]}),
    ]
    before = len(standing.requests)
    for form in forms:
        assert imd.load_account(form, session=session)["url"].tolist() == names
    assert len(standing.requests) == before
    # No one's images name no one.
    nobody = pd.DataFrame({"account_url": pd.array([None, None], "str")})
    assert imd.load_account(nobody, session=session).empty


def test_load_account_names_missing_accounts(standing, connect, who, twice) -> None:
    session = connect(standing)
    with pytest.raises(NotFound, match="no_such_one"):
        imd.load_account("no_such_one", session=session)
    frame = twice(session, "account", ["no_such_one", who, "nor_this"], record="account")
    assert frame["url"].tolist() == [who]
    assert frame.attrs["imgurdata"]["missing"] == ["no_such_one", "nor_this"]
    with pytest.raises(NotFound, match="nor_this"):
        imd.load_account(["no_such_one", "nor_this"], session=session)


def test_account_loaders_raise_not_found(subtests: pytest.Subtests, standing, mine) -> None:
    for load in ["account_counts", *(f"account_{what}" for what in LISTS)]:
        with subtests.test(load=load):
            with pytest.raises(NotFound, match="no_such_one") as caught:
                getattr(imd, f"load_{load}")("no_such_one", session=mine)
            assert caught.value.status == 404
            assert caught.value.partial.empty


# Several accounts ---------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["submissions", "comments", "albums"])
def test_account_lists_of_several_accounts_are_joined(
    standing, connect, who, private, what
) -> None:
    session = connect(standing)
    authors = imd.load_gallery("user", pages=3, session=session)["account_url"].dropna()
    load, alone = getattr(imd, f"load_account_{what}"), {}
    for name in dict.fromkeys([who, *authors]):
        with suppress(AuthenticationRequired):  # there are private ones among them
            alone[name] = load(name, pages=2, session=session)
        if len(alone) == 3:
            break
    names, alone = list(alone), list(alone.values())
    before = len(standing.requests)
    plan = imd.Pull(f"account_{what}", username=names, pages=2).plan(session)
    assert (plan.requests, plan.cached_fresh) == (0, sum(map(pages_of, alone)))
    together = load(pd.Series(names), pages=2, session=session)
    assert len(standing.requests) == before
    pd.testing.assert_frame_equal(together, pd.concat(alone, ignore_index=True))
    assert together.groupby("listing")["rank"].min().eq(0).all()
    story = together.attrs["imgurdata"]
    assert (story["params"]["username"], story["params"]["pages"]) == (names, 2)
    assert story["pages"] == story["from_cache"] == sum(map(pages_of, alone))
    # Who is not there, or shows nothing, is missing; the rest comes.
    mixed = load(["no_such_one", who, private], pages=2, session=session)
    hidden = [] if what == "albums" else [private]
    shown = mixed[mixed["listing"] == alone[0]["listing"].iloc[0]]
    assert shown["id"].tolist() == alone[0]["id"].tolist()
    assert (len(shown) < len(mixed)) == (what == "albums")
    story = mixed.attrs["imgurdata"]
    assert story["missing"] == ["no_such_one", *hidden]
    assert story["complete"]
    assert story["missing_reasons"]["no_such_one"].startswith("not found (404)")
    if hidden:
        assert story["missing_reasons"][private].startswith("refused (403)")
    with pytest.raises(NotFound, match=r"'no_such_one', 'nor_this' \(none of these\)"):
        load(["no_such_one", "nor_this"], session=session)
    assert load([], session=session).empty


def pages_of(frame: pd.DataFrame) -> int:
    pages: int = frame.attrs["imgurdata"]["pages"]
    return pages


def test_account_lists_keep_a_partial_of_earlier_accounts(sandbox, connect) -> None:
    session = connect(sandbox)
    posts = imd.load_gallery("user", session=session)
    names = posts["account_url"].dropna().unique().tolist()[:3]
    first = imd.load_account_submissions(names[0], session=session)
    sandbox.fail("over_capacity", 9)
    with pytest.raises(OverCapacity) as caught:
        imd.load_account_submissions(names, session=session)
    assert caught.value.partial["id"].tolist() == first["id"].tolist()


def test_account_lists_raise_on_a_useless_answer(sandbox, connect) -> None:
    session = connect(sandbox)
    posts = imd.load_gallery("user", session=session)
    names = posts["account_url"].dropna().unique().tolist()[:2]
    first = imd.load_account_submissions(names[0], session=session)
    sandbox.fail("html", 9)
    with pytest.raises(ImgurDataError) as caught:
        imd.load_account_submissions(names, session=session)
    assert caught.value.partial["id"].tolist() == first["id"].tolist()
    assert caught.value.partial.attrs["imgurdata"]["missing"] == []


def test_account_lists_stop_at_known_ids_for_each_account(standing, connect, who) -> None:
    session = connect(standing)
    posts = imd.load_gallery("user", session=session)
    names = [who, next(name for name in posts["account_url"].dropna() if name != who)]
    known = imd.load_account_submissions(names, session=session)
    frame = imd.load_account_submissions(names, pages=None, until_known=known, session=session)
    info = frame.attrs["imgurdata"]["until_known"]
    assert info == {"given": len(known), "met": len(known), "stopped": True}
    # What can be read only once is known to each list.
    again = imd.load_account_submissions(
        iter(names), pages=None, until_known=iter(known["id"]), session=session
    )
    assert again.attrs["imgurdata"]["until_known"] == info


# Signed in or not -------------------------------------------------------------------------------


ME_NEEDS_A_SIGN_IN = ["account", "account_counts", *(f"account_{what}" for what in LISTS)]


def test_me_needs_a_sign_in(subtests: pytest.Subtests, standing, connect) -> None:
    session = connect(standing)
    for load in ME_NEEDS_A_SIGN_IN:
        for names in [(), ("me",), ("Me",), ("https://imgur.com/user/me",)]:
            with subtests.test(load=load, names=names):
                before = len(standing.requests)
                with pytest.raises(AuthenticationRequired, match="sign-in"):
                    getattr(imd, f"load_{load}")(*names, session=session)
                argument = {
                    "usernames" if load == "account" else "username": name for name in names
                }
                with pytest.raises(AuthenticationRequired, match="sign-in"):
                    imd.Pull(load, **argument).plan(session)
                assert len(standing.requests) == before


def test_sandbox_says_how_to_sign_in_there() -> None:
    with imd.connect(sandbox=True, default=False) as session:
        with pytest.raises(AuthenticationRequired) as error:
            imd.load_account_counts(session=session)
        sign_in = re.search(r"session\.sign_in\(\S+\)", error.value.message)
        assert sign_in is not None
        eval(sign_in[0], {"session": session})
        # Who signs in has a name, and the row has it.
        counts = imd.load_account_counts(session=session)
        assert counts["username"].tolist() == [session.sandbox.account]


def test_load_account_me_among_others_needs_a_sign_in(standing, connect, mine, who) -> None:
    before = len(standing.requests)
    with pytest.raises(AuthenticationRequired):
        imd.load_account([who, "me"], session=connect(standing))
    assert len(standing.requests) == before
    assert imd.load_account(["me", who], session=mine)["url"].tolist() == [who, who]


def test_load_account_names_that_contain_me_are_not_me(
    subtests: pytest.Subtests, standing, connect
) -> None:
    session = connect(standing)
    for name in ["james", "me_too", "somebodymean", "MEadow"]:
        with subtests.test(name=name), pytest.raises(NotFound, match=name):
            imd.load_account(name, session=session)


def test_load_account_images_needs_the_owner(standing, connect, mine, who) -> None:
    before = len(standing.requests)
    with pytest.raises(AuthenticationRequired, match="owner only") as caught:
        imd.load_account_images(who, session=connect(standing))
    assert len(standing.requests) == before
    assert "name somebody" not in str(caught.value)  # it would not help
    assert imd.load_account_images(who, session=mine)["id"].notna().all()
    somebody = imd.load_gallery(session=mine)["account_url"].dropna()
    other = somebody[somebody != who].iloc[0]
    with pytest.raises(AuthenticationRequired) as caught:
        imd.load_account_images(other, session=mine)
    assert (caught.value.status, caught.value.partial.empty) == (403, True)


def test_load_account_me_is_the_signed_in_account(standing, mine, raw, twice, as_sent, who) -> None:
    frame = twice(mine, "account", record="account")
    assert frame["url"].tolist() == [who]
    token = standing.issue_token(who)
    as_sent(frame, [raw(standing, "/3/account/me", token=token)], "account")
    assert frame.attrs["imgurdata"]["params"] == {"usernames": "me"}
    assert standing.requests[-2].kind == "bearer"


# Counts -----------------------------------------------------------------------------------------


def test_load_account_counts_rows_are_as_sent(standing, connect, mine, raw, twice, who) -> None:
    token = standing.issue_token(who)
    seen: dict[str, Any] = {}
    for session, name, key, kinds in (
        (connect(standing), who, "", ["albums", "comments"]),
        (mine, "me", token, ["images", "albums", "comments"]),
    ):
        frame = twice(session, "account_counts", name, record="account_counts")
        assert frame.attrs["imgurdata"]["requests"] == len(kinds)
        result = {k: raw(standing, f"/3/account/{name}/{k}/count", token=key) for k in kinds}
        row = frame.iloc[0].to_dict()
        assert {kind: row[kind] for kind in kinds} == result
        assert row["account_url"] == name
        seen[name] = row
    assert pd.isna(seen[who]["images"])
    assert seen["me"]["images"] > 0
    assert seen["me"]["albums"] > seen[who]["albums"]  # hidden and secret ones
    assert seen["me"]["comments"] == seen[who]["comments"]
    link = f"https://imgur.com/user/{who}"
    again = imd.load_account_counts(link, session=connect(standing))
    assert again.attrs["imgurdata"]["requests"] == 0


def test_load_account_counts_keeps_a_partial(sandbox, connect) -> None:
    session = connect(sandbox)
    sandbox.fail("over_capacity", path=f"/3/account/{sandbox.account}/comments")
    with pytest.raises(OverCapacity) as caught:
        imd.load_account_counts(sandbox.account, session=session)
    assert caught.value.partial.attrs["imgurdata"]["complete"] is False
    frame = imd.load_account_counts(sandbox.account, session=session)
    assert frame.attrs["imgurdata"]["from_cache"] == 1
    assert frame[["albums", "comments"]].notna().all(axis=None)


# Lists ------------------------------------------------------------------------------------------


def check_rows(frame: pd.DataFrame, rows: list[dict[str, Any]], what: str, as_sent) -> None:
    as_sent(frame, rows, RECORD[what], *(POST if what == "submissions" else ()))
    assert frame["rank"].tolist() == list(range(len(rows)))
    assert len(rows) > 0


@pytest.mark.parametrize("what", LISTS)
def test_account_list_page_is_as_sent(
    standing, connect, mine, raw, twice, as_sent, who, what: str
) -> None:
    token = standing.issue_token(who) if what == "images" else ""
    session = mine if token else connect(standing)
    frame = twice(session, f"account_{what}", who, record=RECORD[what])
    rows = raw(standing, f"/3/account/{who}/{FIRST[what]}", token=token)
    check_rows(frame, rows, what, as_sent)
    listing = f"account/{who}/{what}" + ("/newest" if what in ("submissions", "comments") else "")
    assert frame["listing"].unique().tolist() == [listing]
    assert frame.attrs["imgurdata"]["endpoint"] == listing
    assert frame.attrs["imgurdata"]["params"] == {
        "username": who, "pages": 1, **({"sort": "newest"} if listing.endswith("newest") else {})
    }  # fmt: skip


@pytest.mark.parametrize("what", LISTS)
def test_account_list_of_me_is_as_sent(standing, mine, raw, twice, as_sent, who, what: str) -> None:
    frame = twice(mine, f"account_{what}", record=RECORD[what])
    token = standing.issue_token(who)
    check_rows(frame, raw(standing, f"/3/account/me/{FIRST[what]}", token=token), what, as_sent)
    assert frame["listing"].str.startswith(f"account/me/{what}").all()
    if what == "images":
        assert frame["account_url"].dropna().isin([who]).all()


def test_account_lists_are_sorted(subtests: pytest.Subtests, standing, connect, raw, who) -> None:
    session = connect(standing)
    for sort in ["newest", "oldest", "best", "worst"]:
        for what in ["submissions", "comments"]:
            with subtests.test(sort=sort, what=what):
                load = getattr(imd, f"load_account_{what}")
                frame = load(who, sort=sort, session=session)
                path = FIRST[what].replace("newest", sort)
                assert standing.requests[-1].path == f"/3/account/{who}/{path}"
                rows = raw(standing, f"/3/account/{who}/{path}")
                assert frame["id"].tolist() == [row["id"] for row in rows]
                by = frame["points"] if sort in ("best", "worst") else frame["datetime"]
                down = sort in ("best", "newest")
                assert by.is_monotonic_decreasing if down else by.is_monotonic_increasing
                assert by.nunique() > 2


def test_load_account_comments_has_no_places_in_trees(
    subtests: pytest.Subtests, standing, connect, who
) -> None:
    session = connect(standing)
    for sort in ["newest", "oldest", "best", "worst"]:
        with subtests.test(sort=sort):
            for count in (1, 2, 5, 100):  # whether all of them are tops or not
                frame = imd.load_account_comments(who, sort=sort, per_page=count, session=session)
                assert len(frame) >= min(count, 5)
                assert frame[TREE].isna().all(axis=None)
            assert frame["parent_id"].isna().any()
            assert frame["parent_id"].notna().any()


@pytest.mark.parametrize("what", LISTS)
def test_account_list_is_read_to_its_end(
    standing, connect, mine, raw, twice, as_declared, who, what
) -> None:
    session = mine if what == "images" else connect(standing)
    token = standing.issue_token(who) if what == "images" else ""
    load = getattr(imd, f"load_account_{what}")
    whole = twice(session, f"account_{what}", who, pages=None, record=RECORD[what])
    size = 60 if what == "submissions" else 50
    story = whole.attrs["imgurdata"]
    assert story["pages"] == story["requests"] == -(-len(whole) // size) + 1  # the last is empty
    assert story["params"]["pages"] is None
    assert whole["id"].is_unique
    assert whole["rank"].tolist() == list(range(len(whole)))
    if what != "submissions":
        count = raw(standing, f"/3/account/{who}/{what}/count", token=token)
        assert len(whole) == count
    some = load(who, pages=range(1, 3), session=session)
    assert some["id"].tolist() == whole["id"].tolist()[size : 3 * size]
    behind = load(who, pages=[9], session=session)
    assert behind.empty
    as_declared(behind, RECORD[what])
    assert behind.attrs["imgurdata"]["complete"]


@pytest.mark.parametrize("per_page", [1, 7, 100])
@pytest.mark.parametrize("what", ["comments", "albums", "images"])
def test_account_list_per_page_is_sent(standing, mine, twice, what: str, per_page: int) -> None:
    before = len(standing.requests)
    load = f"account_{what}"
    frame = twice(mine, load, pages=2, per_page=per_page, record=RECORD[what])
    whole = getattr(imd, f"load_{load}")(pages=None, session=mine)
    assert frame["id"].tolist() == whole["id"].tolist()[: 2 * per_page]
    sent = [(row.path, dict(row.query)) for row in standing.requests[before : before + 2]]
    first = f"/3/account/me/{FIRST[what]}"
    # The second goes out all the same: which page is the last is not known before.
    assert sent == [(first[:-1] + page, {"perPage": str(per_page)}) for page in "01"]
    assert frame.attrs["imgurdata"]["params"]["per_page"] == per_page


WRONG_VALUES = [
    ("account", {"usernames": "two words"}, "two words"),
    ("account", {"usernames": ["fine", None]}, "None"),
    ("account", {"usernames": 7}, "username must be a user name.*got 7"),
    ("account", {"usernames": None}, "None"),
    ("account", {"usernames": b"somebody"}, "user name"),
    ("account", {"usernames": pd.DataFrame({"name": ["a"]})}, "'username' or 'account_url'"),
    ("account_counts", {"username": "../me"}, "must be a user name"),
    ("account_counts", {"username": ["a", "b"]}, "must be a user name"),
    ("account_submissions", {"sort": "newst"}, "'newest'.*'worst'.*Did you mean 'newest'"),
    ("account_submissions", {"username": ""}, "must be a user name"),
    ("account_comments", {"sort": "top"}, "'newest', 'oldest', 'best', 'worst'"),
    ("account_comments", {"per_page": 0}, "from 1 to 100"),
    ("account_albums", {"per_page": 101}, "from 1 to 100"),
    ("account_images", {"per_page": True}, "from 1 to 100"),
    ("account_albums", {"per_page": "50"}, "from 1 to 100"),
    ("account_albums", {"pages": 0}, "pages must be .*; got 0"),
    ("account_comments", {"pages": [1, 1]}, "pages"),
    ("account_images", {"pages": "all"}, "pages"),
    ("account_submissions", {"pages": -1}, "pages"),
]


def test_account_loaders_refuse_wrong_values_before_any_request(
    subtests: pytest.Subtests, standing, mine
) -> None:
    for load, arguments, words in WRONG_VALUES:
        with subtests.test(load=load):
            before = len(standing.requests)
            with pytest.raises(InvalidArgument, match=words):
                getattr(imd, f"load_{load}")(**arguments, session=mine)
            assert len(standing.requests) == before


def test_account_lists_of_private_accounts_are_refused(standing, connect, private: str) -> None:
    session = connect(standing)
    assert imd.load_account(private, session=session)["url"].tolist() == [private]
    for what in ("submissions", "comments"):
        load = getattr(imd, f"load_account_{what}")
        with pytest.raises(AuthenticationRequired, match=private) as caught:
            load(private, session=session)
        assert (caught.value.status, caught.value.partial.empty) == (403, True)
        before = len(standing.requests)
        with pytest.raises(AuthenticationRequired):  # a refusal is not kept
            load(private, session=session)
        assert len(standing.requests) == before + 1
        own = connect(standing, token=standing.issue_token(private))
        assert load(session=own).attrs["imgurdata"]["complete"]


# What is kept -----------------------------------------------------------------------------------


def test_me_is_never_shared_by_two_accounts(sandbox, connect) -> None:
    names = [sandbox.account]
    posts = imd.load_gallery(session=connect(sandbox, cache="memory"))["account_url"].dropna()
    names.append(posts[posts != names[0]].iloc[0])
    first, second = (connect(sandbox, token=sandbox.issue_token(name)) for name in names)
    assert first.cache.db_path == second.cache.db_path
    before = len(sandbox.requests)
    for load in ("account", "account_counts", *(f"account_{what}" for what in LISTS)):
        for session in (first, second, first, second):
            frame = getattr(imd, f"load_{load}")("me", session=session)
            if load == "account":
                assert frame["url"].tolist() == [names[session is second]]
            if load == "account_submissions":
                assert frame["account_url"].unique().tolist() == [names[session is second]]
    new = [(row.path, row.identity) for row in sandbox.requests[before:]]
    assert len(new) == len(set(new)) == 2 * 8  # each once by each: three counts
    # Nor does somebody without a sign-in get what the owner saw.
    hidden = set(imd.load_account_albums(names[0], session=first)["id"])
    seen = set(imd.load_account_albums(names[0], session=connect(sandbox))["id"])
    assert seen < hidden


def test_delete_hashes_are_in_no_frame_log_or_file(
    sandbox, connect, raw, tmp_path: Path, caplog
) -> None:
    caplog.set_level("DEBUG", logger="imgurdata")
    token = sandbox.issue_token(sandbox.account)
    rows = raw(sandbox, "/3/account/me/images/0", token=token)
    rows += raw(sandbox, "/3/account/me/albums/0", token=token)
    rows += [raw(sandbox, f"/3/album/{rows[-1]['id']}", token=token)]
    rows += [raw(sandbox, f"/3/image/{rows[0]['id']}", token=token)]
    secrets = {row["deletehash"] for row in rows}
    assert len(secrets) > 50
    session = connect(sandbox, token=token, max_age=0)
    shown = []
    for _ in range(2):  # the second time confirmed by a 304
        images = imd.load_account_images(session=session)
        albums = imd.load_account_albums(session=session)
        few = [
            images,
            albums,
            imd.load_images(images["id"].head(2), session=session),
            imd.load_albums(albums["id"].tail(1), session=session),
            imd.load_album_images(albums["id"].head(1), session=session),
        ]
        for frame in few:
            assert "deletehash" not in frame
            shown += [frame.to_csv(), repr(frame.attrs), repr(frame)]
    assert images["name"].notna().any(), "the owner's view it is"
    shown += [repr(session), repr(session.fetch("/3/account/me/images/0")), caplog.text]
    assert not [secret for secret in secrets if any(secret in text for text in shown)]
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    stored = [session.cache.responses[key].content for key in session.cache.responses]
    assert len(stored) >= 6
    for secret in secrets:
        assert not any(secret.encode() in data for data in (*files, *stored))


@pytest.mark.parametrize(
    ("what", "tails"),
    [
        ("submissions", ["", "/0", "/newest", "/0/newest.json", ".json"]),
        ("comments", ["", "/newest", "/newest/0.json", "/0", ".json?client_id=x"]),
        ("albums", ["", "/", "/0", "/0.json"]),
    ],
)
def test_account_list_paths_in_old_forms_share_the_cache(
    sandbox, connect, what: str, tails: list[str]
) -> None:
    session = connect(sandbox)
    load = getattr(imd, f"load_account_{what}")
    load(sandbox.account, session=session)
    for tail in tails:
        path = f"/3/account/{sandbox.account}/{what}{tail}"
        assert session.get(path).from_cache, tail
        other = connect(sandbox, cache="memory")
        other.get(path)
        story = load(sandbox.account, session=other).attrs["imgurdata"]
        assert story["from_cache"] == 1, tail
    assert not session.get(f"/3/account/{sandbox.account}/{what}/1").from_cache
    assert not session.get(f"/3/account/{sandbox.account}/{what}/0?perPage=7").from_cache


def test_load_account_comments_goes_on_after_a_failure(sandbox, connect, as_declared) -> None:
    session = connect(sandbox)
    path = f"/3/account/{sandbox.account}/comments/newest/3"
    sandbox.fail("over_capacity", path=path)
    arguments: dict[str, Any] = {"pages": 6, "per_page": 10, "session": session}
    with pytest.raises(OverCapacity) as caught:
        imd.load_account_comments(sandbox.account, **arguments)
    partial = caught.value.partial
    as_declared(partial, "comment")
    assert partial["rank"].tolist() == list(range(30))
    assert partial.attrs["imgurdata"]["complete"] is False
    assert partial[TREE].isna().all(axis=None)
    frame = imd.load_account_comments(sandbox.account, **arguments)
    assert len(frame) == 60
    good = [row.path for row in sandbox.requests if row.status == 200]
    assert len(good) == len(set(good)) == 6
    assert frame.attrs["imgurdata"]["credits_spent"] < 6


def test_load_account_comments_changes_over_time(sandbox, connect) -> None:
    session = connect(sandbox)
    before = imd.load_account_comments(sandbox.account, session=session)
    sandbox.advance("5 days")
    after = imd.load_account_comments(sandbox.account, session=session)
    assert after.attrs["imgurdata"]["changed"] == 1
    assert after["id"].tolist() != before["id"].tolist()
    assert (after["fetched_at"] == sandbox.now).all()
