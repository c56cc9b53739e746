"""Downloads from the sandbox, and from hosts that send what no host should."""

from __future__ import annotations

import errno
import gzip
import hashlib
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests
from file_hosts import GIF, JPEG, PNG, FileHost, answer
from hypothesis import given
from hypothesis import strategies as st
from processes import start
from typing_at import until

import imgurdata as imd
from imgurdata import errors
from imgurdata.files import folder as folders
from imgurdata.files.kinds import media_type_of
from imgurdata.files.wanted import files_named
from imgurdata.http import files as client
from imgurdata.sandbox import Sandbox

Connect = Callable[..., imd.ImgurSession]

DTYPES = {
    "id": "str", "post_id": "str", "url": "str", "path": "str", "bytes": "Int64", "sha256": "str",
    "media_type": "str", "status": "str",
}  # fmt: skip

PAGE = b"<!doctype html><title>Imgur</title>" * 9


def images(*ids: str, kind: str = "image/jpeg") -> pd.DataFrame:
    return pd.DataFrame({"id": ids, "type": kind}, dtype="str")


def in_folder(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.iterdir())


# Frames and ids -----------------------------------------------------------------------------------


def test_files_of_posts_cost_nothing_and_come_once(
    sandbox: Sandbox, connect: Connect, into: Path
) -> None:
    session = connect()
    posts = imd.load_gallery("top", window="month", session=session)
    stills = posts[posts["media_type"].isin(["image/jpeg", "image/png"])]
    stills = stills[stills["images_count"].fillna(1) == 1].head(12)
    left, before = session.credits.remaining(), len(sandbox.requests)
    files = imd.download_images(stills, into, session=session)
    assert {name: str(dtype) for name, dtype in files.dtypes.items()} == DTYPES
    assert files["post_id"].tolist() == stills["id"].tolist()
    assert files["id"].tolist() == stills["cover"].fillna(stills["id"]).tolist()
    assert set(files["status"]) == {"new"}
    assert files["media_type"].tolist() == stills["media_type"].tolist()
    for row in files.itertuples():
        drawn = requests.get(row.url, timeout=20).content
        assert Path(row.path).read_bytes() == drawn
        assert (row.bytes, row.sha256) == (len(drawn), hashlib.sha256(drawn).hexdigest())
        assert Path(row.path).stem == row.id
    new = sandbox.requests[before : before + 12]
    assert {(row.kind, row.cost, row.identity) for row in new} == {("file", 0, "")}
    assert session.credits.remaining() == left
    before = len(sandbox.requests)
    again = imd.download_images(stills, into, session=session)
    assert set(again["status"]) == {"kept"}
    pd.testing.assert_frame_equal(again.drop(columns="status"), files.drop(columns="status"))
    assert len(sandbox.requests) == before
    info = again.attrs["imgurdata"]
    assert json.loads(json.dumps(info)) == info
    assert (info["complete"], info["credits_spent"], info["missing"]) == (True, 0, [])


@pytest.mark.decision("frames-cost-nothing")
def test_albums_show_their_nested_images_else_their_cover(connect: Connect, into: Path) -> None:
    session = connect()
    posts = imd.load_gallery("top", window="month", nested=True, session=session)
    short = posts["images_count"] > posts["images_shown"]
    album = posts[(posts["images_shown"] == 3) & ~short].head(1)
    shown = imd.explode_images(album)
    files = imd.download_images(album, into / "shown", session=session)
    assert files["id"].tolist() == shown["id"].tolist()
    assert set(files["post_id"]) == set(album["id"])
    of_images = imd.download_images(shown, into / "shown", session=session)
    assert of_images["post_id"].tolist() == files["post_id"].tolist()
    with pytest.warns(imd.PreviewWarning, match="A post has more images than the frame tells"):
        cover = imd.download_images(
            album.drop(columns="images_json"), into / "cover", session=session
        )
    assert cover["id"].tolist() == album["cover"].tolist()
    assert cover.attrs["imgurdata"]["images_truncated"] == 1
    albums = imd.load_albums(album["id"], session=session)
    with pytest.warns(imd.PreviewWarning):
        again = imd.download_images(albums, into / "cover", session=session)
    assert again["id"].tolist() == cover["id"].tolist()


def test_no_rows_give_the_same_columns(connect: Connect, into: Path) -> None:
    session = connect()
    posts = imd.load_gallery(session=session)
    for empty in (posts.head(0), images(), pd.DataFrame({"id": []})):
        files = imd.download_images(empty, into / "f", session=session)
        assert {name: str(dtype) for name, dtype in files.dtypes.items()} == DTYPES
        assert files.empty
    assert in_folder(into / "f") == []


def test_ids_are_loaded_first_and_files_are_not(connect: Connect, into: Path) -> None:
    session = connect()
    posts = imd.load_gallery("top", window="month", nested=True, session=session)
    shown = imd.explode_images(posts[posts["images_count"] <= posts["images_shown"]])
    stills = shown[shown["type"] == "image/jpeg"].drop_duplicates("post_id")
    (post, inner), (_, file), (album, _) = stills[["post_id", "id"]].head(3).values.tolist()
    session.clear_cache()
    left = session.credits.remaining()
    assert left is not None
    wanted = [
        post,
        f"https://i.imgur.com/{file}m.jpg",
        inner,
        f"https://imgur.com/a/{album}",
        "gone5",
    ]
    files = imd.download_images(wanted, into, session=session)
    info = files.attrs["imgurdata"]
    whole = imd.load_album_images(album, session=session)["id"].tolist()
    first = imd.explode_images(imd.load_posts(post, nested=True, session=session))["id"].tolist()
    assert files["id"].tolist() == [*first, file, *whole]
    assert files["post_id"].fillna("").tolist() == [*[post] * len(first), "", *[album] * len(whole)]
    # Three ids that may be posts, the two that are none of them once more as images, and the album.
    assert info["credits_spent"] == info["requests"] == 3 + 2 + 1
    assert session.credits.remaining() == left - 6
    assert info["missing"] == ["gone5"]
    with pytest.raises(errors.NotFound, match=r"no post, album or image gone5"):
        imd.download_images(["gone5"], into, session=session)


def test_images_have_the_kind_they_are(
    host: FileHost, asking: imd.ImgurSession, into: Path
) -> None:
    mp4 = b"\x00\x00\x00\x20ftypisom" + bytes(99)
    host.rules = {"aaaaa.jpg": answer(PNG), "bbbbb.gif": answer(GIF), "ccccc.mp4": answer(mp4)}
    frame = pd.DataFrame(
        {
            "id": ["aaaaa", "bbbbb", "ccccc", "ddddd", "eeeee"],
            "type": ["image/jpeg", "image/gif", "video/mp4", None, None],
            "link": [
                None,
                "http://i.imgur.com/bbbbbh.gif",
                None,
                "http://else.example/ddddd.gif",
                3,
            ],
        }
    )
    files = imd.download_images(frame, into, session=asking)
    assert in_folder(into) == ["aaaaa.png", "bbbbb.gif", "ccccc.mp4", "ddddd.jpg", "eeeee.jpg"]
    assert sorted(host.names()) == [
        "aaaaa.jpg", "bbbbb.gif", "ccccc.mp4", "ddddd.gif", "eeeee.jpg"
    ]  # fmt: skip
    assert files["media_type"].tolist()[:3] == ["image/png", "image/gif", "video/mp4"]
    again = imd.download_images(files, into, session=asking)
    assert set(again["status"]) == {"kept"}


def test_thumbnails_stand_beside_originals(
    host: FileHost, asking: imd.ImgurSession, into: Path
) -> None:
    films = images("aaaaa", "aaaaam", kind="video/mp4")
    files = imd.download_images(films, into, size="m", session=asking)
    assert sorted(host.names()) == ["aaaaam.jpg", "aaaaamm.jpg"]
    assert files["url"].tolist() == [f"{host.url}/aaaaam.jpg", f"{host.url}/aaaaamm.jpg"]
    imd.download_images(images("aaaaa", "aaaaam"), into, session=asking)
    assert in_folder(into) == ["aaaaa.jpg", "aaaaa_m.jpg", "aaaaam.jpg", "aaaaam_m.jpg"]


def test_the_kind_is_told_however_a_file_is_cut(
    host: FileHost, asking: imd.ImgurSession, into: Path
) -> None:
    tiny = GIF[:14]
    for name, content in (("aaaaa", PNG[:200]), ("bbbbb", PAGE[:20]), ("ccccc", tiny)):
        pieces = b"".join(b"1\r\n%c\r\n" % one for one in content)
        host.rules[f"{name}.jpg"] = (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + pieces + b"0\r\n\r\n"
        )
    with pytest.raises(errors.BadResponse, match="bbbbb"):
        imd.download_images(images("aaaaa", "bbbbb", "ccccc"), into, session=asking)
    assert (into / "aaaaa.png").read_bytes() == PNG[:200]
    assert (into / "ccccc.gif").read_bytes() == tiny
    assert len(in_folder(into)) == 2


def test_the_kind_is_told_by_the_first_bytes(subtests: pytest.Subtests) -> None:
    for head, kind in [
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"), (b"RIFF\x10\0\0\0WAVEfmt ", None),
        (b"BM\x36\x05\0\0" + bytes(4), "image/bmp"), (b"BMW and others", None),
    ]:  # fmt: skip
        with subtests.test(head=head):
            assert media_type_of(head) == kind


def test_rows_and_posts_in_every_form_name_their_files(
    host: FileHost, asking: imd.ImgurSession, into: Path
) -> None:
    host.rules |= {f"{name}.jpg": answer(PNG) for name in ("aaaaa", "bbbbb")}
    posts = pd.DataFrame({"id": ["aaaaa", None, "bbbbb"], "is_album": [False, False, False]})
    for source in (posts, posts.dropna().set_index("id")):
        assert imd.download_images(source, into, session=asking)["id"].tolist() == [
            "aaaaa", "bbbbb",
        ]  # fmt: skip
    assert len(host.seen) == 2


@given(st.lists(st.from_regex(r"[A-Ca-c]{5}[0-9]{0,2}", fullmatch=True), max_size=12))
def test_names_are_one_file_each_on_every_file_system(
    tmp_path_factory: pytest.TempPathFactory, ids: list[str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "names"
    folder = folders.Folder(path)
    names = {(one, size): folder.stem(one, size) for one in ids for size in (None, "m")}
    assert len({name.casefold() for name in names.values()}) == len(names)
    for (one, size), name in names.items():
        assert name.startswith(one)
        assert folder.stem(one, size) == name
        assert (path / f"{name}.jpg").parent == path


@pytest.mark.decision("names-differ-in-more-than-case")
def test_names_differ_in_more_than_case(
    host: FileHost, asking: imd.ImgurSession, into: Path
) -> None:
    ids = ["AbCdE", "aBcDe", "abcde"]
    host.rules = {f"{one}.jpg": answer(JPEG + one.encode()) for one in ids}
    first = imd.download_images(images(*ids[:2]), into, session=asking)
    before = len(host.seen)
    for _ in range(2):
        files = imd.download_images(images(*ids[::-1]), into, session=asking)
        assert len({name.casefold() for name in in_folder(into)}) == 3
        for row in files.itertuples():
            assert Path(row.path).read_bytes().endswith(row.id.encode())
    assert len(host.seen) == before + 1
    assert set(first["path"]) <= set(files["path"])
    Path(first["path"][0]).unlink()
    again = imd.download_images(images("aBcDe"), into, session=asking)
    assert (again["status"][0], again["path"][0]) == ("kept", first["path"][1])


@pytest.mark.decision("files-unsigned")
def test_nothing_is_sent_to_the_file_host_but_the_name(
    host: FileHost, asking: imd.ImgurSession, into: Path
) -> None:
    asking.cookies.set("who", "me")
    imd.download_images(images("aaaaa"), into, session=asking)
    ((_, head),) = host.seen
    names = {line.partition(":")[0] for line in head.splitlines()}
    assert names == {"host", "user-agent", "accept", "accept-encoding"}
    assert "0123456789abcde" not in head
    assert "tttttttt" not in head


# What is there already ----------------------------------------------------------------------------


def test_nothing_is_overwritten_unless_asked(
    host: FileHost, asking: imd.ImgurSession, into: Path
) -> None:
    mine = into / "aaaaa.png"
    mine.write_bytes(PNG)
    (into / "bbbbb.jpg").touch()  # left by a run that was killed while it named a file
    (into / "notes.txt").write_text("mine")
    files = imd.download_images(images("aaaaa", "bbbbb"), into, session=asking)
    assert files["status"].tolist() == ["kept", "new"]
    assert files["sha256"][0] == hashlib.sha256(PNG).hexdigest()
    assert (mine.read_bytes(), host.names()) == (PNG, ["bbbbb.jpg"])
    host.rules["aaaaa.jpg"] = [answer(PNG + b"new"), answer(b"", "404 Gone")]
    for status in ("new", "missing"):
        files = imd.download_images(images("aaaaa"), into, overwrite=True, session=asking)
        assert files["status"].tolist() == [status]
        assert mine.read_bytes() == PNG + b"new"
    assert in_folder(into) == ["aaaaa.png", "bbbbb.jpg", "notes.txt"]


def test_a_file_system_without_links_gets_whole_files(
    host: FileHost, asking: imd.ImgurSession, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    host.rules["bbbbb.jpg"] = meanwhile = answer()

    def other_run(connection: socket.socket) -> None:
        (into / "bbbbb.jpg").write_bytes(JPEG + b"of the other")
        connection.sendall(meanwhile)

    host.rules["bbbbb.jpg"] = other_run
    files = imd.download_images(images("aaaaa", "bbbbb"), into, session=asking)
    assert files["status"].tolist() == ["new", "kept"]
    assert files["bytes"].tolist() == [len(JPEG), len(JPEG) + 12]
    assert in_folder(into) == ["aaaaa.jpg", "bbbbb.jpg"]


@pytest.mark.decision("files-are-whole")
def test_two_runs_share_a_folder(host: FileHost, asking: imd.ImgurSession, into: Path) -> None:
    ids = [f"img{number:02d}" for number in range(24)]

    def slow(connection: socket.socket) -> None:
        whole = answer()
        connection.sendall(whole[:2000])
        time.sleep(0.01)
        connection.sendall(whole[2000:])

    host.rules = dict.fromkeys([f"{one}.jpg" for one in ids], slow)
    found: list[pd.DataFrame] = []

    def run() -> None:
        found.append(imd.download_images(images(*ids), into, session=asking, progress=False))

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    statuses = pd.concat([frame.set_index("id")["status"] for frame in found], axis=1)
    assert statuses.shape == (24, 3)
    assert ((statuses == "new").sum(axis=1) == 1).all()
    assert ((statuses == "kept").sum(axis=1) == 2).all()
    assert all((into / f"{one}.jpg").read_bytes() == JPEG for one in ids)
    assert len(in_folder(into)) == 24


_RUN = """
import sys, pandas as pd, imgurdata as imd
session = imd.connect("0123456789abcde", base_url=sys.argv[1], cache="memory")
imd.download_images(pd.DataFrame({"id": ["aaaaa", "bbbbb"], "type": "image/jpeg"}), sys.argv[2])
"""


@pytest.mark.decision("files-are-whole")
def test_a_killed_run_goes_on(host: FileHost, asking: imd.ImgurSession, into: Path) -> None:
    def stall(connection: socket.socket) -> None:
        connection.sendall(answer()[:2000])
        time.sleep(60)

    host.rules["bbbbb.jpg"] = [stall, answer()]
    with start(_RUN, host.url, into) as process:
        until(lambda: (into / "aaaaa.jpg").exists() and "bbbbb.jpg" in host.names())
        # A run beside it leaves what is being written alone.
        imd.download_images(images("aaaaa"), into, session=asking)
        assert len(in_folder(into)) == 2
        process.kill()
    assert len(in_folder(into)) == 2
    files = imd.download_images(images("aaaaa", "bbbbb"), into, session=asking)
    assert files["status"].tolist() == ["kept", "new"]
    assert in_folder(into) == ["aaaaa.jpg", "bbbbb.jpg"]
    assert (into / "bbbbb.jpg").read_bytes() == JPEG


def test_what_the_file_system_refuses_is_named(
    host: FileHost, asking: imd.ImgurSession, into: Path, monkeypatch: pytest.MonkeyPatch,
    subtests: pytest.Subtests,
) -> None:  # fmt: skip
    def broken(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with subtests.test("no locks"), monkeypatch.context() as patch:
        patch.setattr(folders.fcntl, "flock", broken)
        files = imd.download_images(images("aaaaa"), into, session=asking)
        assert files["status"].tolist() == ["new"]
    with subtests.test("no name"), monkeypatch.context() as patch:
        patch.setattr(folders.os, "link", broken)
        with pytest.raises(errors.ImgurDataError, match="cannot be written: Input/output"):
            imd.download_images(images("bbbbb"), into, session=asking)
    assert in_folder(into) == ["aaaaa.jpg"]
    folder = folders.Folder(into)
    (into / "aaaaa.jpg").unlink()
    with subtests.test("gone"), pytest.raises(errors.ImgurDataError, match="cannot be read: No"):
        folders.read_file(into / "aaaaa.jpg")
    into.rmdir()
    with subtests.test("no folder"), pytest.raises(errors.ImgurDataError, match="be written: No"):
        folder.part()


def test_a_full_disk_ends_the_run(
    asking: imd.ImgurSession, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync, calls = os.fsync, []

    def full(number: int) -> None:
        calls.append(number)
        if len(calls) > 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(number)

    monkeypatch.setattr(folders.os, "fsync", full)
    ids = [f"img{number:02d}" for number in range(50)]
    with pytest.raises(errors.ImgurDataError, match="No space left on device") as caught:
        imd.download_images(images(*ids), into, workers=1, session=asking)
    assert caught.value.partial is not None
    assert caught.value.partial["id"].tolist() == ids[:2]
    assert in_folder(into) == ["img00.jpg", "img01.jpg"]
    assert len(calls) <= 4  # the others are not tried
    monkeypatch.undo()
    files = imd.download_images(images(*ids), into, session=asking)
    assert files["status"].value_counts().to_dict() == {"kept": 2, "new": 48}


# What hosts send ----------------------------------------------------------------------------------

SHORT = answer(JPEG[:-9], length=len(JPEG))
#: What is sent instead of a file, how often it is asked for, and the error.
BAD: dict[str, tuple[bytes, int, type[Exception], str]] = {
    "a page": (answer(PAGE, "200 OK", "Content-Type: image/png"), 1, errors.BadResponse, "neither"),
    "cut off": (SHORT, 3, errors.ConnectionFailed, "cut off"),
    "longer than it says": (answer(length=99), 1, errors.BadResponse, "behind its end"),
    "without a length": (answer(length=""), 1, errors.BadResponse, "no length"),
    "empty": (answer(b""), 1, errors.BadResponse, "empty"),
    "of a negative length": (answer(length=-4), 1, errors.BadResponse, "no length"),
    "too large": (answer(length=10**12), 3, errors.ConnectionFailed, "cut off"),
    "half a file": (answer(JPEG, "206 Partial Content"), 1, errors.BadResponse, "206"),
    "nothing": (answer(b"", "204 No Content"), 1, errors.BadResponse, "204"),
    "refused": (answer(b"", "403 Forbidden"), 1, errors.ApiError, "403"),
    "broken": (answer(b"", "500 Oops"), 3, errors.ApiError, "500"),
    "over capacity": (answer(b"", "503 Oops", "Retry-After: 0"), 3, errors.OverCapacity, "503"),
    "no HTTP": (b"SSH-2.0-host\r\n\r\n", 1, errors.ConnectionFailed, "not valid HTTP"),
    "a page of the host": (
        answer(b"", "302 Found", "Location: /bbbbb"), 1, errors.BadResponse, "not followed",
    ),
    "without end": (
        answer(b"", "302 Found", "Location: /bbbbb.png"), 1, errors.BadResponse, "without end",
    ),
    "nowhere": (answer(b"", "302 Found"), 1, errors.BadResponse, "cannot be used"),
    "an odd address": (
        answer(b"", "302 Found", "Location: http://[::1/bbbbb.jpg"), 1, errors.BadResponse, "used",
    ),
}  # fmt: skip


def send_and_close(content: bytes, connection: socket.socket) -> None:
    connection.sendall(content)
    connection.shutdown(socket.SHUT_WR)


@pytest.mark.decision("files-by-content")
def test_what_is_no_file_is_an_error_and_the_others_come(
    host: FileHost, asking: imd.ImgurSession, into: Path, no_waiting: list[float],
    subtests: pytest.Subtests,
) -> None:  # fmt: skip
    for number, (kind, (bad, times, error, words)) in enumerate(BAD.items()):
        with subtests.test(kind=kind):
            folder, before = into / str(number), len(host.seen)
            host.rules = {"bbbbb.jpg": partial(send_and_close, bad), "bbbbb.png": bad}
            with pytest.raises(error, match=words) as caught:
                imd.download_images(images("aaaaa", "bbbbb", "ccccc"), folder, session=asking)
            assert isinstance(caught.value, errors.ImgurDataError)  # for the type checker
            assert "1 file of 3 did not come (bbbbb)" in str(caught.value)
            assert caught.value.partial is not None
            assert caught.value.partial["id"].tolist() == ["aaaaa", "ccccc"]
            assert caught.value.partial.attrs["imgurdata"]["complete"] is False
            assert in_folder(folder) == ["aaaaa.jpg", "ccccc.jpg"]
            requested = host.names()[before:].count("bbbbb.jpg")
            assert requested == times
            host.rules = {}
            files = imd.download_images(images("aaaaa", "bbbbb", "ccccc"), folder, session=asking)
            assert files["status"].tolist() == ["kept", "new", "kept"]


@pytest.mark.decision("files-by-id")
def test_redirects_stay_on_the_host(host: FileHost, asking: imd.ImgurSession, into: Path) -> None:
    other = FileHost()
    try:
        for place in (other.url, other.url.replace("127.0.0.1", "localhost"), "//a@127.0.0.1"):
            host.rules["aaaaa.jpg"] = answer(b"", "301 Moved", f"Location: {place}/aaaaa.jpg")
            with pytest.raises(errors.BadResponse, match="not followed"):
                imd.download_images(images("aaaaa"), into, session=asking)
        links = pd.DataFrame(
            {"id": ["bbbbb"], "type": "image/png", "link": f"{other.url}/bbbbb.png"}
        )
        imd.download_images(links, into, session=asking)
        assert not other.seen
    finally:
        other.close()
    host.rules["aaaaa.jpg"] = answer(b"", "301 Moved", f"Location: {host.url}/aaaaa.png")
    files = imd.download_images(images("aaaaa"), into, session=asking)
    assert files["status"].tolist() == ["new"]
    assert host.names()[-2:] == ["aaaaa.jpg", "aaaaa.png"]


def test_removed_pictures_are_told_from_real_ones(
    host: FileHost, asking: imd.ImgurSession, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = PNG[:503]
    monkeypatch.setattr(client, "_REMOVED_MD5", hashlib.md5(shown).hexdigest())
    host.rules = {
        "aaaaa.jpg": answer(b"", "302 Found", "Location: /removed.png"),
        "bbbbb.jpg": answer(shown),
        "ccccc.jpg": answer(b"", "404 Not Found"),
        "ddddd.jpg": answer(PAGE, "410 Gone"),
        "removed.png": answer(shown),
    }
    files = imd.download_images(
        images("aaaaa", "bbbbb", "ccccc", "ddddd", "eeeee"), into, session=asking
    )
    assert files["status"].tolist() == ["placeholder", "placeholder", "missing", "missing", "new"]
    assert files[["path", "bytes", "sha256", "media_type"]].head(4).isna().all(axis=None)
    assert in_folder(into) == ["eeeee.jpg"]
    assert "removed.png" not in host.names()


def test_the_host_is_given_the_time_it_asks_for(
    host: FileHost, asking: imd.ImgurSession, into: Path, no_waiting: list[float],
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    waited = 0.0

    def sleep(seconds: float, stop: threading.Event | None = None) -> None:
        nonlocal waited
        waited += seconds

    monkeypatch.setattr(asking.clock, "now", lambda: 1_772_388_000.0 + waited)
    monkeypatch.setattr(asking.clock, "sleep", sleep)
    slow = answer(b"", "429 Too Many Requests", "Retry-After: 240")
    host.rules["bbbbb.jpg"] = [slow, answer()]
    ids = [f"img{number:02d}" for number in range(20)]
    files = imd.download_images(images("bbbbb", *ids), into, session=asking)
    assert set(files["status"]) == {"new"}
    assert 240 <= waited <= 242 * 8  # each of eight threads waits
    assert len([r for r in caplog.records if "too many requests" in r.getMessage()]) == 1
    host.rules["ccccc.jpg"] = answer(b"", "429 Too Many Requests", "Retry-After: 7200")
    with pytest.raises(errors.RateLimited, match=r"asks to wait 2\.0 h") as caught:
        imd.download_images(images("aaaaa", "ccccc", "ddddd"), into, workers=1, session=asking)
    assert caught.value.partial is not None
    assert caught.value.partial["id"].tolist() == ["aaaaa"]
    assert "and 1 were not tried" in str(caught.value)


def test_a_host_that_fails_throughout_is_left_alone(
    host: FileHost, asking: imd.ImgurSession, into: Path
) -> None:
    ids = [f"img{number:02d}" for number in range(60)]
    host.rules = dict.fromkeys([f"{one}.jpg" for one in ids], answer(PAGE))
    with pytest.raises(errors.BadResponse, match="8 files of 60 did not come"):
        imd.download_images(images(*ids), into, session=asking)
    assert len(host.seen) < 30


def trickle(connection: socket.socket) -> None:
    connection.sendall(answer()[:1000])
    while True:
        connection.sendall(b"a")
        time.sleep(0.02)


def test_a_trickle_is_bounded_in_time(
    host: FileHost, connect: Connect, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client._FileResponse, "times_timeout", 2)
    session = connect(client_id="0123456789abcde", base_url=host.url, timeout=0.2)
    host.rules["aaaaa.jpg"] = trickle
    start = time.monotonic()
    with pytest.raises(errors.ConnectionFailed, match="did not come to its end"):
        imd.download_images(images("aaaaa"), into, session=session)
    assert time.monotonic() - start < 5
    assert in_folder(into) == []


def test_a_file_is_bounded_in_size(
    host: FileHost, asking: imd.ImgurSession, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client._FileResponse, "largest", 100_000)

    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"%x\r\n%s\r\n" % (len(JPEG), JPEG))

    packed = answer(gzip.compress(PNG + bytes(10**6)), "200 OK", "Content-Encoding: gzip")
    for rule in (endless, packed):
        host.rules["aaaaa.jpg"] = rule
        with pytest.raises(errors.BadResponse, match=r"larger than 100\.0 kB"):
            imd.download_images(images("aaaaa"), into, session=asking)
        assert in_folder(into) == []


def test_another_attempt_begins_anew(
    host: FileHost, asking: imd.ImgurSession, into: Path, no_waiting: list[float]
) -> None:
    longer = answer(PNG * 90, length=10**6)  # more than is read at once
    host.rules["aaaaa.jpg"] = [partial(send_and_close, longer), answer()]
    files = imd.download_images(images("aaaaa"), into, session=asking)
    assert files["media_type"].tolist() == ["image/jpeg"]
    assert (into / "aaaaa.jpg").read_bytes() == JPEG
    assert files["sha256"][0] == hashlib.sha256(JPEG).hexdigest()


def test_ctrl_c_keeps_what_came(host: FileHost, asking: imd.ImgurSession, into: Path) -> None:
    host.rules = {"bbbbb.jpg": trickle, "ddddd.jpg": lambda _: time.sleep(60)}

    def interrupt() -> None:
        until(lambda: len(host.seen) == 4 and (into / "ccccc.jpg").exists())
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt, match="in the folder") as caught:
        imd.download_images(images("aaaaa", "bbbbb", "ccccc", "ddddd"), into, session=asking)
    ended = time.monotonic()
    thread.join()
    kept: Any = caught.value.partial  # type: ignore[attr-defined]
    assert kept["id"].tolist() == ["aaaaa", "ccccc"]
    assert in_folder(into) == ["aaaaa.jpg", "ccccc.jpg"]

    def under_way() -> list[str]:
        names = [one.name for one in threading.enumerate()]
        return [name for name in names if name.startswith("imgurdata-files")]

    until(lambda: not under_way())
    assert time.monotonic() - ended < 2


# Arguments ----------------------------------------------------------------------------------------


def test_arguments_are_checked_before_any_request(
    host: FileHost, asking: imd.ImgurSession, into: Path, subtests: pytest.Subtests
) -> None:
    frame, file = images("aaaaa"), into / "file"
    file.touch()
    nested = pd.DataFrame({"id": ["aaaaa"], "is_album": True})
    for source, folder, options, words in [
        (frame, into, {"size": "x"}, "size must be one of 's', 'b', 't', 'm', 'l', 'h'; got"),
        (frame, into, {"workers": 0}, "workers must be a whole number from 1 to 32; got 0"),
        (frame, into, {"workers": True}, "workers must be"),
        (frame, into, {"overwrite": "no"}, "overwrite must be True or False"),
        (frame, into, {"progress": 3}, "progress must be True or False"),
        (frame, file, {}, "folder must be a folder that files can be written to"),
        (["aaaaa"], file, {}, "folder must be a folder that files can be written to"),
        (frame, file / "in", {}, "folder must be"),
        (frame, "", {}, "folder must be the path of a folder"),
        (frame, 7, {}, "folder must be the path of a folder"),
        (frame, "a\0b", {}, "folder must be"),
        (frame, "~nobody-of-this-name/x", {}, "folder must be the path of a folder"),
        (images("../aaaaa"), into, {}, "ids must be"),
        (images("aaaaa/../../b"), into, {}, "ids must be"),
        (images("abc"), into, {}, "ids must be"),
        (images("x" * 15), into, {}, "ids must be"),
        (pd.DataFrame({"id": [12345], "type": "image/png"}), into, {}, "ids must be"),
        (nested.assign(images_json='[{"id":"../x"}]'), into, {}, "ids must be"),
        (nested.assign(images_json="[3"), into, {}, "images_json"),
        (nested.assign(images_json="[3]"), into, {}, "images_json"),
        (pd.DataFrame([[1, 2]], columns=["id", "id"]), into, {}, "one name each"),
        (pd.DataFrame({"name": ["x"]}), into, {}, "a column 'id'"),
        (["https://else.example/aaaaa.jpg"], into, {}, "frame_or_ids|ids must be"),
        (None, into, {}, "must be"),
        (3, into, {}, "must be"),
    ]:  # fmt: skip
        with subtests.test(words=words, options=options):
            with pytest.raises(errors.InvalidArgument, match=words):
                imd.download_images(source, folder, session=asking, **options)
            assert not host.seen
    with pytest.raises(errors.InvalidArgument, match="session must be"):
        imd.download_images(frame, into, session="x")  # type: ignore[arg-type]


@pytest.mark.decision("files-by-id")
def test_ids_of_a_sandbox_are_not_asked_of_imgur(connect: Connect, into: Path) -> None:
    session = connect(client_id="0123456789abcde", base_url="https://api.imgur.com")
    gateway = imd.connect("0123456789abcde", gateway_key="a-key-of-the-gateway", default=False)
    with gateway:
        origins = client.file_origin(session), client.file_origin(gateway)
    assert origins == ("https://i.imgur.com", "https://i.imgur.com")
    frame = images("aaaaa").assign(link="http://127.0.0.1:5000/aaaaa.jpg")
    odd = images("aaaaa").assign(link="http://[::1/aaaaa.jpg")
    assert len(files_named(odd, session)[0].files) == 1
    for source in (frame, ["http://localhost:5000/a/aaaaa"]):
        with pytest.raises(errors.InvalidArgument, match="links to a sandbox"):
            imd.download_images(source, into, session=session)


def test_an_offline_session_gives_what_is_there(
    host: FileHost, connect: Connect, asking: imd.ImgurSession, into: Path
) -> None:
    imd.download_images(images("aaaaa"), into, session=asking)
    offline = connect(client_id="0123456789abcde", base_url=host.url, offline=True)
    files = imd.download_images(images("aaaaa"), into, session=offline)
    assert files["status"].tolist() == ["kept"]
    with pytest.raises(errors.NotCached, match=r"bbbbb\.jpg is not in the folder") as caught:
        imd.download_images(images("aaaaa", "bbbbb"), into, session=offline)
    assert caught.value.partial is not None
    assert caught.value.partial["id"].tolist() == ["aaaaa"]
    assert len(host.seen) == 1
