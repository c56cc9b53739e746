"""What Imgur does not give for one id of several: named with its reason, the rest comes."""

from __future__ import annotations

import json
from typing import Any

import pytest

import imgurdata as imd
from imgurdata.errors import (
    AuthenticationRequired,
    BadResponse,
    CreditsExhausted,
    ImgurDataError,
    InvalidClient,
    InvalidToken,
    NotCached,
    NotFound,
    OverCapacity,
)
from imgurdata.sandbox import Sandbox

IDS = ["aaaaa", "bbbbb", "ccccc"]
#: Loader to the record's path of an id, and an answer's data for it.
ROWS = {
    "posts": ("/3/gallery/{}", lambda i: {"id": i, "title": "t", "is_album": False}),
    "albums": ("/3/album/{}", lambda i: {"id": i, "title": "t", "privacy": "public"}),
    "images": ("/3/image/{}", lambda i: {"id": i, "type": "image/png"}),
    "album_images": ("/3/album/{}/images", lambda i: [{"id": f"{i}1"}, {"id": f"{i}2"}]),
    "comments": ("/3/gallery/{}/comments/best", lambda i: [{"id": 7, "image_id": i}]),
    "account": ("/3/account/{}", lambda i: {"id": 7, "url": i}),
}
MANY = {"album_images", "comments"}


@pytest.fixture
def ask(peer, connect):
    """A session on a server of its own, and a loader whose second id is answered as told."""

    sessions: list[imd.ImgurSession] = []

    def make(load: str, data: Any = None, status: int = 200, **options: Any) -> tuple[Any, Any]:
        path, row = ROWS[load]
        for one in IDS:
            peer.says(path.format(one), row(one))
        if status != 200 or data != "good":
            peer.says(path.format("bbbbb"), data, status)
        if options or not sessions:
            sessions.insert(0, connect(client_id="abc", base_url=peer.url, **options))
        session = sessions[0]
        session.clear_cache()  # of the cases before
        return session, lambda ids=IDS, s=session: getattr(imd, f"load_{load}")(ids, session=s)

    return make


def error(text: str) -> dict[str, Any]:
    return {"error": text, "request": "/3/x", "method": "GET"}


REFUSED = {
    "404": (404, error("Unable to find an image with the id, bbbbb"), "not found (404): Unable"),
    "403": (403, error("Unauthorized"), "refused (403): Unauthorized"),
    "401": (401, error("Authentication required"), "refused (401)"),
    "403 object": (403, {"error": {"code": 403, "message": "Forbidden"}}, "refused (403)"),
    "403 without a word": (403, {}, "refused (403)"),
}


@pytest.mark.decision("missing-with-reason")
@pytest.mark.parametrize("load", ROWS)
def test_one_refused_id_is_missing_and_the_rest_comes(peer, ask, load, subtests):
    for case, (status, data, reason) in REFUSED.items():
        with subtests.test(case=case):
            _, run = ask(load, data, status)
            first = run()
            story = first.attrs["imgurdata"]
            assert story["missing"] == ["bbbbb"]
            assert list(story["missing_reasons"]) == ["bbbbb"]
            assert story["missing_reasons"]["bbbbb"].startswith(reason)
            assert (story["complete"], len(first)) == (True, 4 if load == "album_images" else 2)
            assert json.loads(json.dumps(story)) == story
            # A 404 is remembered, a refusal is not.
            requested, again = len(peer.seen), run()
            assert len(peer.seen) - requested == (status != 404)
            assert again.attrs["imgurdata"]["missing_reasons"] == story["missing_reasons"]
            # Alone it is an error.
            with pytest.raises(NotFound if status == 404 else AuthenticationRequired) as caught:
                run("bbbbb")
            assert caught.value.partial.empty
            assert caught.value.partial.attrs["imgurdata"]["missing"] == ["bbbbb"]


@pytest.mark.decision("missing-with-reason")
@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (403, error("Imgur is temporarily over capacity. Please try again later."), OverCapacity),
        (500, error("Imgur is temporarily over capacity. Please try again later."), OverCapacity),
        (403, error("Invalid client_id"), InvalidClient),
        (403, error("The access token provided is invalid."), InvalidToken),
        (429, error("User requests exceeded"), CreditsExhausted),
        (403, b"<html><head><title>403 Forbidden</title></head></html>", AuthenticationRequired),
        (403, b"", AuthenticationRequired),
        (403, b'{"message":"Forbidden"}', AuthenticationRequired),
    ],
)
def test_what_meets_everybody_ends_the_pull(peer, ask, status, body, kind) -> None:
    _, run = ask("images", body if isinstance(body, dict) else None, status)
    if isinstance(body, bytes):
        peer.answers["/3/image/bbbbb"] = (status, {}, body)
    with pytest.raises(kind) as caught:
        run()
    assert caught.value.partial["id"].tolist() == ["aaaaa"]
    assert caught.value.partial.attrs["imgurdata"]["complete"] is False


def test_all_refused_is_the_refusal(peer, connect) -> None:
    for one in IDS:
        peer.says(f"/3/album/{one}", error("Authentication required"), 401)
    with pytest.raises(AuthenticationRequired, match="Authentication required") as caught:
        imd.load_albums(IDS, session=connect(client_id="abc", base_url=peer.url))
    assert caught.value.partial.attrs["imgurdata"]["missing"] == IDS
    peer.says("/3/album/ccccc", error("no"), 404)
    with pytest.raises(NotFound, match="aaaaa, bbbbb, ccccc"):
        imd.load_albums(IDS, session=connect(client_id="abc", base_url=peer.url))


USELESS = [
    None, False, "x", [1], [None], {"maintenance": True}, [{"title": "t"}], [], {},
    {"id": None}, {"id": ""},
]  # fmt: skip


@pytest.mark.decision("useless-is-not-kept")
@pytest.mark.parametrize("load", ROWS)
def test_an_id_without_a_row_is_missing(peer, ask, load: str, subtests: pytest.Subtests) -> None:
    for data in USELESS:
        with subtests.test(data=data):
            session, run = ask(load, data)
            frame = run()
            story = frame.attrs["imgurdata"]
            if load in MANY and data == []:
                # None is an answer, too.
                assert (story["missing"], story["missing_reasons"]) == ([], {})
                assert run("bbbbb").empty
                continue
            assert (story["missing"], story["missing_reasons"]) == (["bbbbb"], {"bbbbb": "no row"})
            assert frame.notna().any(axis=1).all()
            assert len(frame) == (4 if load == "album_images" else 2)
            # It is neither kept nor remembered.
            pull = imd.Pull(load, **{"usernames" if load == "account" else "ids": IDS})
            assert pull.plan(session).requests == 1
            with pytest.raises(BadResponse, match="bbbbb without a row") as caught:
                run("bbbbb")
            assert caught.value.partial.empty
            peer.says(ROWS[load][0].format("bbbbb"), ROWS[load][1]("bbbbb"))
            assert run().attrs["imgurdata"]["missing"] == []


def test_a_row_of_another_id_is_kept_as_it_is(peer, ask) -> None:
    _, run = ask("posts", {"id": "BBBBB", "title": "moved"})
    frame = run()
    assert frame["id"].tolist() == ["aaaaa", "BBBBB", "ccccc"]
    assert frame.attrs["imgurdata"]["missing"] == []


# Remembered 404s --------------------------------------------------------------------------------


@pytest.mark.decision("404-remembered")
@pytest.mark.parametrize("cache", ["file", "memory"])
def test_a_404_is_remembered_for_max_age(sandbox, connect, cache: str) -> None:
    options = {"cache": "memory"} if cache == "memory" else {}
    session = connect(**options)
    there = imd.load_gallery(session=session)["id"].tolist()[:2]
    ids = ["nobody1", *there, "nobody2"]
    frame = imd.load_posts(ids, session=session)
    assert frame.attrs["imgurdata"]["missing"] == ["nobody1", "nobody2"]
    before = len(sandbox.requests)
    plan = imd.Pull("posts", ids=ids).plan(session)
    assert (plan.requests, plan.cached_fresh) == (0, 4)
    again = imd.load_posts(ids, session=session).attrs["imgurdata"]
    assert (again["from_cache"], again["credits_spent"], again["requests"]) == (4, 0, 0)
    assert again["missing_reasons"] == frame.attrs["imgurdata"]["missing_reasons"]
    with pytest.raises(NotFound, match="nobody1"):
        imd.load_posts("nobody1", session=session)
    # It is one memory for loaders and for session.get.
    with pytest.raises(NotFound, match=r"ago \(status 404\).*max_age=0") as caught:
        session.get("/3/gallery/nobody1")
    assert (caught.value.status, caught.value.request) == (404, "/3/gallery/nobody1")
    assert len(sandbox.requests) == before
    sandbox.advance("9min")
    with pytest.raises(NotFound):
        session.get("/3/gallery/nobody1")  # being told again does not make it younger
    assert len(sandbox.requests) == before
    sandbox.advance("2min")
    assert imd.Pull("posts", ids=ids).plan(session).requests == 4
    imd.load_posts(ids, session=session)
    assert len(sandbox.requests) == before + 4
    session.clear_cache()
    assert imd.Pull("posts", ids=ids).plan(session).requests == 4


@pytest.mark.decision("404-remembered")
def test_a_404_is_remembered_across_sessions_and_offline(sandbox, connect) -> None:
    with pytest.raises(NotFound):
        connect().get("/3/gallery/nobody1")
    before = len(sandbox.requests)
    for options in ({}, {"offline": True}):
        with pytest.raises(NotFound, match="nobody1"):
            imd.load_posts("nobody1", session=connect(**options))
    sandbox.advance("9 days")
    with pytest.raises(NotFound, match="nobody1"):
        imd.load_posts("nobody1", session=connect(offline=True))
    with pytest.raises(NotCached):
        imd.load_posts("nobody2", session=connect(offline=True))
    assert len(sandbox.requests) == before
    for _ in range(2):  # max_age=0 asks each time
        with pytest.raises(NotFound):
            imd.load_posts("nobody1", session=connect(max_age=0))
    assert len(sandbox.requests) == before + 2


@pytest.mark.decision("404-remembered")
@pytest.mark.parametrize("cache", ["file", "memory"])
def test_what_came_after_a_404_and_what_went(peer, connect, cache: str) -> None:
    options = {"cache": "memory"} if cache == "memory" else {}
    session = connect(client_id="abc", base_url=peer.url, **options)
    anew = {"force_refresh": True}
    path = "/3/gallery/aaaaa"
    with pytest.raises(NotFound):
        session.get(path)
    peer.says(path, {"id": "aaaaa"})
    session.get(path, **anew)
    assert imd.load_posts("aaaaa", session=session)["id"].tolist() == ["aaaaa"]
    del peer.answers[path]
    with pytest.raises(NotFound):
        session.get(path, **anew)
    # The newer word counts, though an answer is stored still.
    with pytest.raises(NotFound):
        imd.load_posts("aaaaa", session=session)
    assert len(peer.seen) == 3


def test_bundles_know_what_was_missing_and_why(peer, connect, tmp_path) -> None:
    peer.says("/3/album/aaaaa", {"id": "aaaaa"})
    peer.says("/3/album/bbbbb", error("Unauthorized"), 403)
    peer.says("/3/album/ccccc", None)
    for _ in range(2):  # the second time the 404 is remembered, and is the study's all the same
        session = connect(client_id="abc", base_url=peer.url)
        frame = imd.load_albums([*IDS, "ddddd"], session=session)
    imd.export_bundle(tmp_path / "a.zip", session)
    with imd.connect(bundle=tmp_path / "a.zip", default=False) as replay:
        again = imd.load_albums([*IDS, "ddddd"], session=replay)
    story, payload = again.attrs["imgurdata"], frame.attrs["imgurdata"]
    assert story["missing"] == payload["missing"] == ["bbbbb", "ccccc", "ddddd"]
    assert story["missing_reasons"] == payload["missing_reasons"]
    assert again["id"].tolist() == ["aaaaa"]


# Lists ------------------------------------------------------------------------------------------


USELESS_PAGES = [
    None, "", 0, False, 7, {"maintenance": True}, [1, 2], [[]], [{"title": "t"}] * 5,
    {"id": "aaaaa"},
]  # fmt: skip


@pytest.mark.decision("useless-is-not-kept")
@pytest.mark.parametrize("pages", [2, None])
def test_a_useless_page_is_an_error_and_not_kept(peer, connect, pages, subtests) -> None:
    for data in USELESS_PAGES:
        with subtests.test(data=data):
            path = "/3/gallery/hot/viral/day/"
            peer.says(f"{path}0", [{"id": "aaaaa"}])
            peer.says(f"{path}1", data)
            peer.says(f"{path}2", [])
            session = connect(client_id="abc", base_url=peer.url)
            session.clear_cache()  # of the cases before
            for _ in range(2):
                before = len(peer.seen)
                with pytest.raises(BadResponse, match="no post") as caught:
                    imd.load_gallery(pages=pages, session=session)
                assert caught.value.partial["id"].tolist() == ["aaaaa"]
            assert len(peer.seen) == before + 1
            peer.says(f"{path}1", [{"id": "bbbbb"}])
            frame = imd.load_gallery(pages=pages, session=session)
            assert frame["id"].tolist() == ["aaaaa", "bbbbb"]


@pytest.mark.decision("ends-nobody-knows")
@pytest.mark.parametrize("rows", [
    [{"id": "aaaaa"}], [{"id": "aaaaa"}, {"title": "no id"}], [{"id": "aaaaa"}, {"id": None}],
    [{"id": "aaaaa", "is_album": True}, {"id": "aaaaa", "is_album": False}],
], ids=repr)  # fmt: skip
@pytest.mark.parametrize("pages", [None, 50])
def test_a_list_that_repeats_for_ever_ends_and_says_so(peer, connect, rows, pages, caplog) -> None:
    for number in range(60):
        peer.says(f"/3/gallery/hot/viral/day/{number}", rows)
    frame = imd.load_gallery(pages=pages, session=connect(client_id="abc", base_url=peer.url))
    story = frame.attrs["imgurdata"]
    assert (story["complete"], story["pages"]) == (True, 2)
    (warning,) = story["warnings"]
    assert "Page 1 of gallery/hot/viral" in warning
    assert warning in caplog.text
    assert len(peer.seen) <= 12
    assert set(frame["id"].dropna()) == {"aaaaa"}


@pytest.mark.decision("moving-list-no-duplicates")
def test_an_album_and_an_image_of_one_id_are_two_posts(peer, connect) -> None:
    for number, is_album in enumerate([True, False, True]):
        peer.says(
            f"/3/gallery/hot/viral/day/{number}",
            [{"id": "abcde12", "is_album": is_album}, {"id": f"other{number}"}],
        )
    frame = imd.load_gallery(pages=3, session=connect(client_id="abc", base_url=peer.url))
    assert frame.loc[frame["id"] == "abcde12", "is_album"].tolist() == [True, False]
    assert (len(frame), frame.attrs["imgurdata"]["duplicates"]) == (5, 1)


def test_the_account_of_a_list_that_is_unknown_is_named(peer, connect) -> None:
    session = connect(client_id="abc", base_url=peer.url)
    for load in ("submissions", "comments", "albums", "counts"):
        with pytest.raises(NotFound, match="no account 'nobody'") as caught:
            getattr(imd, f"load_account_{load}")("nobody", session=session)
        assert (caught.value.status, caught.value.partial.empty) == (404, True)
    # One that has rows is known, whatever its later pages say.
    peer.says("/3/account/some/submissions/0/newest", [{"id": "aaaaa"}])
    with pytest.raises(ImgurDataError, match="/3/account/some/submissions/1") as caught:
        imd.load_account_submissions("some", pages=2, session=session)
    assert len(caught.value.partial) == 1


@pytest.mark.parametrize(("given", "hinted"), [("2YxRdEih", True), ("2YxRdEi", False)])
def test_a_single_missing_id_has_the_hint_about_thumbnails(peer, connect, given, hinted) -> None:
    peer.says(f"/3/image/{given}", error("Unable to find an image"), 404)
    session = connect(client_id="abc", base_url=peer.url)
    with pytest.raises(NotFound) as caught:
        imd.load_images(given, session=session)
    assert ("the name of a thumbnail of '2YxRdEi'" in str(caught.value)) is hinted


def test_a_missing_account_of_the_cache_counts_as_cached(sandbox: Sandbox, connect) -> None:
    session = connect()
    names = [sandbox.account, "nobodyatall"]
    first = imd.load_account_submissions(names, session=session).attrs["imgurdata"]
    again = imd.load_account_submissions(names, session=session).attrs["imgurdata"]
    assert (first["requests"], first["from_cache"]) == (2, 0)
    assert (again["requests"], again["from_cache"], again["pages"]) == (0, 2, 2)


def test_a_useless_answer_behind_a_redirect_is_not_kept(peer, connect) -> None:
    session = connect(client_id="abc", base_url=peer.url)
    path = "/3/gallery/hot/viral/day/"
    peer.answers[path + "0"] = (302, {"Location": f"{peer.url}{path}5"}, b"")
    peer.says(path + "5", {"maintenance": True})
    with pytest.raises(BadResponse):
        imd.load_gallery(session=session)
    peer.says(path + "5", [{"id": "aaaaaa1", "title": "t"}])
    assert imd.load_gallery(session=session)["id"].tolist() == ["aaaaaa1"]
    attrs = imd.load_gallery(session=session).attrs["imgurdata"]
    assert (attrs["requests"], attrs["from_cache"]) == (1, 0)  # the redirect is paid again
