"""Uploads: what is checked before, what is sent, and the secret that comes back."""

from __future__ import annotations

import copy
import io
import logging
import os
import pickle
import socket
import traceback
from collections.abc import Callable
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from file_hosts import FileHost, answer
from matplotlib.figure import Figure
from peer import Peer
from PIL import Image

import imgurdata as imd
from imgurdata import errors
from imgurdata.files import share as sharing
from imgurdata.sandbox import Sandbox

Connect = Callable[..., imd.ImgurSession]

CLIENT, TOKEN = "0123456789abcde", "t" * 40
HASH = "Zq7RtB2xKd9LmP4"
LINK = "/aBcDe12.png"


def png(side: int = 8, frames: int = 1, kind: str = "PNG") -> bytes:
    shades = [Image.new("L", (side, side), shade * 40) for shade in range(frames)]
    out = io.BytesIO()
    more = {"save_all": True, "append_images": shades[1:]} if frames > 1 else {}
    shades[0].save(out, kind, **more)
    return out.getvalue()


@pytest.fixture
def imgur(peer: Peer) -> Peer:
    """An Imgur that takes every picture."""
    data = {"id": "aBcDe12", "link": peer.url + LINK, "deletehash": HASH, "size": 9}
    peer.says("/3/image", data)
    peer.says(f"/3/image/{HASH}", True)
    return peer


@pytest.fixture
def session(imgur: Peer, connect: Connect) -> imd.ImgurSession:
    return connect(client_id=CLIENT, base_url=imgur.url)


def test_what_is_shared_is_there_until_it_is_deleted(
    sandbox: Sandbox, connect: Connect, tmp_path: Path
) -> None:
    path = tmp_path / "p.png"
    path.write_bytes(png(300))
    who = sandbox.account
    account = connect(token=sandbox.issue_token(who))
    for session in (connect(), account):
        spent = sandbox.spent
        shared = imd.share(path, title="A title", description="And more", session=session)
        image = imd.load_images(shared.id, session=session).iloc[0]
        assert (image["title"], image["description"]) == ("A title", "And more")
        assert image["link"] == shared.link
        files = imd.download_images(shared.link, tmp_path / "a", session=session)
        assert files["status"].tolist() == ["new"]
        assert Path(files["path"][0]).read_bytes() == path.read_bytes()
        owned = set(imd.load_account_images(session=account, max_age=0)["id"])
        assert (shared.id in owned) == (session is account)
        imd.unshare(shared, session=session)
        gone = imd.download_images(shared.link, tmp_path / "b", session=session)
        assert gone["status"].tolist() == ["placeholder"]
        with pytest.raises(errors.NotFound):
            imd.unshare(shared, session=session)
        # The upload, the image, the list of the account's images (by the account), two deletions.
        assert sandbox.spent - spent == 10 + 1 + 1 + 2


def test_a_figure_and_its_axes_are_sent_as_png(imgur: Peer, session: imd.ImgurSession) -> None:
    figure, ax = plt.subplots(figsize=(2, 1), dpi=50)
    sent = []
    for chart in (figure, ax):
        shared = imd.share(chart, title="Käse \N{CHEESE WEDGE}", description="", session=session)
        assert (shared.link, shared.id) == (imgur.url + LINK, "aBcDe12")
        sent.append(imgur.bodies[-1])
    plt.close(figure)
    for body in sent:
        start = body.index(b"\x89PNG")
        picture = Image.open(io.BytesIO(body[start:]))
        assert picture.size == (100, 50)
        assert "Käse \N{CHEESE WEDGE}".encode() in body
        assert b'name="type"\r\n\r\nfile' in body
        assert b'name="description"\r\n\r\n\r\n' in body
    history = session.credits.history()
    assert history[["method", "status", "cost"]].values.tolist() == [["POST", 200, 10]] * 2


def test_a_file_goes_up_as_it_is_without_its_name(
    imgur: Peer, connect: Connect, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    account = connect(client_id=CLIENT, token=TOKEN, base_url=imgur.url)
    for kind in ("PNG", "GIF", "TIFF", "BMP", "WEBP", "JPEG"):
        with subtests.test(kind=kind):
            path = tmp_path / "my own name.png"
            content = png(kind=kind) if kind != "JPEG" else _jpeg()
            path.write_bytes(content)
            imd.share(path, session=account)
            assert content in imgur.bodies[-1]
            assert f"Content-Type: image/{kind.lower()}".encode() in imgur.bodies[-1]
            assert b"my own name" not in imgur.bodies[-1]
            assert imgur.seen[-1][2]["authorization"] == f"Bearer {TOKEN}"
    anonymous = connect(client_id=CLIENT, base_url=imgur.url)
    imd.share(str(path), session=anonymous)
    assert imgur.seen[-1][2]["authorization"] == f"Client-ID {CLIENT}"


def _jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG")
    return out.getvalue()


def test_what_imgur_would_refuse_is_never_sent(
    imgur: Peer, session: imd.ImgurSession, connect: Connect, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests,
) -> None:  # fmt: skip
    monkeypatch.setattr(sharing, "LARGEST_STILL", 2_000_000)
    monkeypatch.setattr(sharing, "LARGEST_ANIMATED", 3_000_000)
    noise = io.BytesIO()
    Image.frombytes("RGB", (900, 900), os.urandom(900 * 900 * 3)).save(noise, "BMP")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    files = {
        "page.png": b"<!doctype html>" * 99,
        "empty.png": b"",
        "cut.png": png(200)[:-30],
        "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "still.bmp": noise.getvalue(),
        "moves.gif": png(200, 3, "GIF") + bytes(3_000_000),
        "film.mp4": b"\0\0\0\x20ftypisom" + bytes(99),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    good = tmp_path / "good.png"
    good.write_bytes(png())
    for what, words in [
        (tmp_path / "nowhere.png", "cannot be read: No such file"),
        (tmp_path, "is no file"),
        (pipe, "is no file"),
        ("/proc/self/mem", "mem cannot be read: "),  # a file whose reading fails
        (tmp_path / "page.png", "holds none that can be read"),
        (tmp_path / "empty.png", "holds none that can be read"),
        (tmp_path / "cut.png", "holds none that can be read"),
        (tmp_path / "drawing.svg", "JPEG, PNG, GIF, WebP, TIFF or BMP"),
        (tmp_path / "film.mp4", "JPEG, PNG, GIF, WebP, TIFF or BMP"),
        (tmp_path / "still.bmp", r"a picture of at most 2 MB; .* has 2\.4 MB"),
        (tmp_path / "moves.gif", "at most 2 MB, or 3 MB if it is animated"),
        ("a\0b", "no file can have this name|null byte"),
        (3, "a matplotlib figure, or the path"),
        (None, "a matplotlib figure, or the path"),
        (b"bytes", "a matplotlib figure, or the path"),
        (Figure(figsize=(1e5, 1e5)), "The figure cannot be drawn: Image size"),
    ]:
        with subtests.test(what=what), pytest.raises(errors.InvalidArgument, match=words):
            imd.share(what, session=session)
    offline = connect(client_id=CLIENT, base_url=imgur.url, offline=True)
    for options in ({"title": 3}, {"description": "\ud800"}, {"title": "x" * 10_001}):
        with pytest.raises(errors.InvalidArgument, match="must be a text"):
            imd.share(good, session=session, **options)  # type: ignore[arg-type]
    with pytest.raises(errors.InvalidArgument, match="offline"):
        imd.share(good, session=offline)
    assert not imgur.seen
    # An animation may be larger than a still.
    moves = png(200, 3, "GIF")
    (tmp_path / "moves.gif").write_bytes(moves + bytes(2_000_009))
    imd.share(tmp_path / "moves.gif", session=session)
    assert len(imgur.seen) == 1


def test_an_upload_is_paid_before_it_is_sent(imgur: Peer, connect: Connect, tmp_path: Path) -> None:
    path = tmp_path / "p.png"
    path.write_bytes(png())
    limits = {"X_RateLimit_UserLimit": "500", "X_RateLimit_UserReset": "3000"}
    session = connect(client_id=CLIENT, base_url=imgur.url, cache=tmp_path / "a" / "a.sqlite")
    imgur.says("/3/credits", {}, X_RateLimit_UserRemaining="9", **limits)
    session.get("/3/credits")
    with pytest.raises(errors.CreditsExhausted) as caught:
        imd.share(path, session=session)
    assert (caught.value.limit, len(imgur.seen)) == ("user", 1)
    other = connect(client_id="another-client-id", base_url=imgur.url)
    with other.credits.budget(15):
        imd.share(path, session=other)
        with pytest.raises(errors.BudgetExceeded):
            imd.share(path, session=other)
    assert len(imgur.seen) == 2
    status, headers, body = imgur.answers["/3/image"]
    spent = {"X-Post-Rate-Limit-Limit": "1250", "X-Post-Rate-Limit-Remaining": "0",
             "X-Post-Rate-Limit-Reset": "3000"}  # fmt: skip
    imgur.answers["/3/image"] = (status, headers | spent, body)
    imd.share(path, session=other)
    with pytest.raises(errors.CreditsExhausted) as caught:
        imd.share(path, session=other)
    assert (caught.value.limit, len(imgur.seen)) == ("post", 3)


def test_an_upload_that_the_hour_cannot_pay_names_its_limit(
    connect: Connect, tmp_path: Path
) -> None:
    """Not known before, but told by the 429."""
    path = tmp_path / "p.png"
    path.write_bytes(png())
    with Sandbox(limits={"user": 9}) as sandbox:
        session = connect(sandbox=sandbox)
        with pytest.raises(errors.CreditsExhausted, match=r"9 credits left.*costs 10") as caught:
            imd.share(path, session=session)
    assert caught.value.limit == "user"


@pytest.mark.decision("uploads-once")
def test_an_upload_is_not_repeated(
    imgur: Peer, session: imd.ImgurSession, host: FileHost, connect: Connect, tmp_path: Path,
    no_waiting: list[float],
) -> None:  # fmt: skip
    path = tmp_path / "p.png"
    path.write_bytes(png())

    def hang_up(connection: socket.socket) -> None:
        connection.shutdown(socket.SHUT_RDWR)

    host.rules["3/image"] = hang_up
    broken = connect(client_id=CLIENT, base_url=host.url)
    with pytest.raises(errors.ConnectionFailed, match="arrived is not known; it is not sent again"):
        imd.share(path, session=broken)
    host.rules["3/image"] = answer(b"", "503 Over capacity")
    with pytest.raises(errors.OverCapacity):
        imd.share(path, session=broken)
    assert len(host.seen) == 2
    assert no_waiting == []


def test_the_delete_hash_shows_nowhere(
    imgur: Peer, session: imd.ImgurSession, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    path = tmp_path / "p.png"
    path.write_bytes(png())
    shared = imd.share(path, session=session)
    assert repr(shared) == str(shared) == f"Shared(link='{imgur.url}{LINK}', id='aBcDe12')"
    assert shared._repr_html_().count(imgur.url + LINK) == 2
    assert shared.delete_hash is not None
    assert shared.delete_hash.reveal() == HASH
    texts = [repr(shared.delete_hash), f"{shared.delete_hash}"]
    texts.append(repr(sharing._Uploaded("aBcDe12", LINK, HASH)))
    for attempt in (vars, pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises((errors.ImgurDataError, TypeError)) as caught:
            attempt(shared)
        texts.append(str(caught.value))
    said = f"Not found{HASH} and the hash {HASH}, {HASH[:-1]}%{ord(HASH[-1]):x}"
    imgur.says(f"/3/image/{HASH}", {"error": said, "request": f"/3/image/{HASH}"}, 404)
    with pytest.raises(errors.NotFound) as gone:
        imd.unshare(shared, session=session)
    texts += ["".join(traceback.format_exception(gone.value)), repr(vars(gone.value))]
    imgur.says("/3/image", {"id": "x/y", "link": "nowhere", "deletehash": HASH})
    with pytest.raises(errors.BadResponse, match="does not tell its id and link") as odd:
        imd.share(path, session=session)
    frames = [frame for frame, _ in traceback.walk_tb(odd.value.__traceback__)]
    texts += [repr(frame.f_locals) for frame in frames if frame.f_code.co_filename != __file__]
    assert len(frames) > 1
    texts += [record.getMessage() for record in caplog.records]
    texts += [str(session.credits.history().to_dict()), repr(session)]
    session.close()
    kept = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    assert not [text for text in texts if HASH in text]
    assert not [content for content in kept if HASH.encode() in content]


def test_unshare_deletes(
    imgur: Peer, session: imd.ImgurSession, connect: Connect, tmp_path: Path
) -> None:
    (tmp_path / "p.png").write_bytes(png())
    shared = imd.share(tmp_path / "p.png", session=session)
    imd.unshare(shared, session=session)
    assert imgur.seen[-1][:2] == ("DELETE", f"/3/image/{HASH}")
    assert session.credits.history()["cost"].tolist() == [10, 1]
    again = imd.Shared(shared.link, shared.id, HASH)
    assert again == shared
    imd.unshare(again, session=session)
    without = imd.Shared(shared.link, shared.id)
    before = len(imgur.seen)
    with pytest.raises(errors.AuthenticationRequired, match="no delete hash"):
        imd.unshare(without, session=session)
    elsewhere = imd.Shared("https://i.imgur.com/aBcDe12.png", "aBcDe12", HASH)
    with pytest.raises(errors.InvalidArgument, match="of the Imgur that the session asks"):
        imd.unshare(elsewhere, session=session)
    real = connect(client_id=CLIENT, base_url="https://api.imgur.com")
    with pytest.raises(errors.InvalidArgument, match="of the Imgur that the session asks"):
        imd.unshare(shared, session=real)
    with pytest.raises(errors.InvalidArgument, match=r"what imd\.share"):
        imd.unshare(HASH, session=session)  # type: ignore[arg-type]
    for bad in ("", "short", "with/slash/in/it", "x" * 41, 3):
        with pytest.raises(errors.InvalidArgument) as caught:
            imd.Shared(shared.link, shared.id, bad)  # type: ignore[arg-type]
        assert "not shown" in str(caught.value)
    assert len(imgur.seen) == before
    imgur.says("/3/image/aBcDe12", True)
    imd.unshare(without, session=connect(client_id=CLIENT, token=TOKEN, base_url=imgur.url))
    assert imgur.seen[-1][2]["authorization"] == f"Bearer {TOKEN}"
    imgur.says(f"/3/image/{HASH}", False)
    with pytest.raises(errors.BadResponse, match="does not say that aBcDe12 was deleted"):
        imd.unshare(shared, session=session)
