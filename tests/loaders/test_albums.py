"""load_albums, load_images, load_album_images: by id, in the gallery or not, secret or not."""

from __future__ import annotations

import pandas as pd
import pytest

import imgurdata as imd
from imgurdata.errors import AuthenticationRequired, InvalidArgument, NotFound, OverCapacity
from imgurdata.sandbox import Sandbox


@pytest.fixture(scope="module")
def posts(reading) -> pd.DataFrame:
    return imd.load_gallery(pages=2, session=reading)


@pytest.fixture(scope="module")
def ids(posts: pd.DataFrame) -> list[str]:
    """Albums of the gallery, the longest first."""
    albums = posts[posts["is_album"]].sort_values("images_count", ascending=False)
    return albums["id"].tolist()[:5]


def signed_in(standing: Sandbox, name: str) -> imd.ImgurSession:
    token = standing.issue_token(name)
    return imd.connect(sandbox=standing, cache="memory", token=token, default=False)


@pytest.fixture(scope="module")
def own(standing: Sandbox) -> pd.DataFrame:
    """All albums of one account, as the owner's list has them."""
    with signed_in(standing, standing.account) as session:
        return imd.load_account_albums(pages=None, session=session)


@pytest.fixture(scope="module")
def secret(standing: Sandbox, reading) -> tuple[str, str]:
    """A secret album with images, and the name of its owner."""
    posts = imd.load_gallery("user", "time", pages=8, session=reading)
    for name in posts["account_url"].dropna().unique():
        with signed_in(standing, name) as session:
            albums = imd.load_account_albums(session=session)
        found = albums[(albums["privacy"] == "secret") & (albums["images_count"] > 0)]
        if len(found):
            return found["id"].iloc[0], name
    raise AssertionError("nobody has a secret")


def test_load_albums_rows_are_as_sent(standing, connect, raw, twice, as_sent, ids) -> None:
    frame = twice(connect(standing), "albums", ids, record="album")
    rows = [raw(standing, f"/3/album/{album}") for album in ids]
    as_sent(frame, rows, "album")
    assert frame["images_shown"].tolist() == [len(row["images"]) for row in rows]
    assert (frame["images_shown"] == frame["images_count"]).all()
    assert frame["listing"].isna().all()
    story = frame.attrs["imgurdata"]
    assert (story["endpoint"], story["params"]) == ("album/{id}", {"ids": ids})
    assert story["images_truncated"] == 0


def test_load_albums_reads_albums_of_an_account(
    standing, connect, raw, twice, as_sent, own
) -> None:
    names = own["id"].tolist()
    assert {"hidden", "public"} <= set(own["privacy"])
    frame = twice(connect(standing), "albums", own, record="album")
    as_sent(frame, [raw(standing, f"/3/album/{album}") for album in names], "album")
    assert frame["account_url"].unique().tolist() == [standing.account]
    empty = frame[frame["images_count"] == 0]
    assert empty["cover"].isna().all()


def test_load_albums_takes_every_form_of_id(standing, connect, ids) -> None:
    session = connect(standing)
    for form in (
        ids[0],
        f"https://imgur.com/a/{ids[0]}",
        f"https://imgur.com/gallery/some-words-{ids[0]}",
        [ids[0]],
        pd.Series([ids[0], None, ids[0]]),
        pd.DataFrame({"id": ids[:1]}),
    ):
        assert imd.load_albums(form, session=session)["id"].tolist() == ids[:1]
        assert imd.load_album_images(form, session=session)["post_id"].unique() == ids[:1]
    assert [row.path for row in standing.requests[-2:]] == [
        f"/3/album/{ids[0]}", f"/3/album/{ids[0]}/images"
    ]  # fmt: skip


def test_load_album_images_rows_are_as_sent(standing, connect, raw, twice, as_sent, ids) -> None:
    frame = twice(connect(standing), "album_images", ids, record="image", first=("post_id",))
    rows = {album: raw(standing, f"/3/album/{album}/images") for album in ids}
    as_sent(frame.drop(columns="post_id"), [r for each in rows.values() for r in each], "image")
    assert frame["post_id"].tolist() == [album for album in ids for _ in rows[album]]
    assert len(rows[ids[0]]) > 3, "a list would show 3"
    assert frame["rank"].isna().all()
    account = frame[["account_url", "account_id"]]
    assert account.isna().all(axis=None)  # Imgur writes null, or 0


def test_load_images_rows_are_as_sent(standing, connect, raw, twice, as_sent, posts) -> None:
    covers = posts["cover"].dropna().head(3)
    singles = posts.loc[~posts["is_album"], "id"].head(2)
    wanted = [*covers, *singles]
    frame = twice(connect(standing), "images", wanted, record="image")
    rows = [raw(standing, f"/3/image/{image}") for image in wanted]
    as_sent(frame, rows, "image")
    session = connect(standing)
    before = len(standing.requests)
    for form in (rows[0]["link"], f"https://i.imgur.com/{wanted[0]}h.jpg", covers.head(1)):
        assert imd.load_images(form, session=session)["id"].tolist() == wanted[:1]
    assert len(standing.requests) == before


def test_load_images_reads_animations(standing, connect, raw, twice, as_sent) -> None:
    session = connect(standing)
    posts = imd.load_gallery("top", "top", "all", pages=3, session=session)
    moving = posts[posts["animated"].fillna(value=False) & ~posts["is_album"]].head(3)
    frame = twice(session, "images", moving, record="image")
    rows = [raw(standing, f"/3/image/{image}") for image in moving["id"]]
    as_sent(frame, rows, "image")
    assert frame["animated"].all()
    assert frame["processing_status"].tolist() == [row["processing"]["status"] for row in rows]


def test_load_album_images_of_empty_album_gives_no_row(standing, connect, own, as_declared) -> None:
    empty = own.loc[own["images_count"] == 0, "id"].iloc[0]
    session = connect(standing)
    frame = imd.load_album_images(empty, session=session)
    assert frame.empty
    as_declared(frame, "image", "post_id")
    # It is there, though it gives no row: who is missing beside it is no error.
    frame = imd.load_album_images([empty, "nobody1"], session=session)
    assert frame.attrs["imgurdata"]["missing"] == ["nobody1"]
    assert frame.attrs["imgurdata"]["complete"]
    with pytest.raises(NotFound, match="nobody1, nobody2"):
        imd.load_album_images(["nobody1", "nobody2"], session=session)


@pytest.mark.parametrize("load", ["albums", "images", "album_images"])
def test_album_loaders_name_missing_ids(standing, connect, twice, ids, posts, load: str) -> None:
    session = connect(standing)
    loader = getattr(imd, f"load_{load}")
    with pytest.raises(NotFound, match="nobody1") as caught:
        loader("nobody1", session=session)
    assert caught.value.status == 404
    there = posts["cover"].dropna().iloc[0] if load == "images" else ids[4]
    record, first = ("album", ()) if load == "albums" else ("image", ("post_id",))
    frame = twice(
        session, load, ["nobody1", there, "nobody2"], record=record,
        first=first if load == "album_images" else (),
    )  # fmt: skip
    assert len(frame) >= 1
    assert frame.attrs["imgurdata"]["missing"] == ["nobody1", "nobody2"]
    with pytest.raises(NotFound, match="none of"):
        loader(["nobody1", "nobody2"], session=session)
    assert loader([], session=session).empty


def test_load_albums_of_single_image_raises_not_found(standing, connect, posts) -> None:
    single = posts.loc[~posts["is_album"], "id"].iloc[0]
    with pytest.raises(NotFound, match=single):
        imd.load_albums(single, session=connect(standing))


NO_IDS = [
    None, 7, "", "a b", ["abcde", 7], b"abcde", pd.DataFrame({"number": ["abcde"]}),
    "https://imgur.com/user/somebody", "Q1w2E3r4T5y6U7i",
]  # fmt: skip


def test_album_loaders_refuse_other_ids_before_any_request(
    subtests: pytest.Subtests, standing, connect
) -> None:
    session = connect(standing)
    for load in ["albums", "images", "album_images"]:
        for ids in NO_IDS:
            with subtests.test(load=load, ids=ids):
                before = len(standing.requests)
                with pytest.raises(InvalidArgument) as caught:
                    getattr(imd, f"load_{load}")(ids, session=session)
                assert "Q1w2E3r4T5y6U7i" not in str(caught.value)  # it may be a delete hash
                assert len(standing.requests) == before


def test_secret_albums_need_the_owner(standing, connect, secret) -> None:
    album, owner = secret
    session = connect(standing)
    for load in (imd.load_albums, imd.load_album_images):
        with pytest.raises(AuthenticationRequired, match=album) as caught:
            load(album, session=session)
        assert (caught.value.status, caught.value.partial.empty) == (403, True)
    mine = connect(standing, token=standing.issue_token(owner))
    assert imd.load_albums(album, session=mine)["privacy"].tolist() == ["secret"]
    images = imd.load_album_images(album, session=mine)
    assert len(images) > 0
    # What the owner was shown, on the same cache file, is nobody else's.
    for load, wanted in ((imd.load_albums, album), (imd.load_images, images["id"].iloc[0])):
        with pytest.raises(AuthenticationRequired):
            load(wanted, session=session)
    assert album not in set(imd.load_account_albums(owner, pages=None, session=session)["id"])


@pytest.mark.decision("missing-with-reason")
def test_load_albums_secret_among_others_is_missing(standing, connect, secret, ids) -> None:
    session = connect(standing)
    for _ in range(2):
        before = len(standing.requests)
        frame = imd.load_albums([*ids[:2], secret[0], ids[2]], session=session)
        assert frame["id"].tolist() == ids[:3]
        story = frame.attrs["imgurdata"]
        assert (story["missing"], story["complete"]) == ([secret[0]], True)
        assert story["missing_reasons"][secret[0]].startswith("refused (403)")
    assert len(standing.requests) == before + 1  # a refusal is not remembered


def test_load_album_images_goes_on_after_a_failure(sandbox, connect, as_declared) -> None:
    posts = imd.load_gallery(session=connect(sandbox, cache="memory"))
    albums = posts.loc[posts["is_album"], "id"].tolist()[:6]
    session = connect(sandbox)
    before = len(sandbox.requests)
    sandbox.fail("over_capacity", path=f"/3/album/{albums[3]}/images")
    with pytest.raises(OverCapacity) as caught:
        imd.load_album_images(albums, session=session)
    partial = caught.value.partial
    as_declared(partial, "image", "post_id")
    assert partial["post_id"].unique().tolist() == albums[:3]
    frame = imd.load_album_images(albums, session=session)
    assert frame["post_id"].unique().tolist() == albums
    good = [row.path for row in sandbox.requests[before:] if row.status == 200]
    assert len(good) == len(set(good)) == 6


@pytest.mark.parametrize("tail", ["", ".json", "/", "?client_id=x"])
def test_album_paths_in_old_forms_share_the_cache(sandbox, connect, tail: str) -> None:
    session = connect(sandbox)
    posts = imd.load_gallery(session=session)
    album = posts.loc[posts["is_album"], "id"].iloc[0]
    imd.load_albums(album, session=session)
    imd.load_album_images(album, session=session)
    cover = imd.load_images(posts["cover"].dropna().iloc[0], session=session)["id"].iloc[0]
    for path in (f"/3/album/{album}", f"/3/album/{album}/images", f"/3/image/{cover}"):
        assert session.get(path + tail).from_cache
    assert not session.get(f"/3/gallery/album/{album}").from_cache  # another record
