"""The file of a bundle: what was changed, is something else, or was made to do harm, is refused."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import random
import struct
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import imgurdata as imd
from imgurdata.bundle import file
from imgurdata.bundle.file import BundledAnswer, BundleFile, Manifest, write
from imgurdata.errors import CacheUnusable, ImgurDataError
from imgurdata.sandbox import Sandbox

BODIES = [b'{"data":[],"success":true,"status":200}', b'{"data":1}' + b" " * 3000, b""]


def manifest_of(held: list[BundledAnswer], **changed: Any) -> Manifest:
    given = Manifest(
        format="imgurdata-bundle", version=1, base_url="https://api.imgur.com", schema_version=1,
        versions={}, first_fetched_at=None, last_fetched_at=None, pulls=[], answers=held,
        absent=[], left_out={},
    )  # fmt: skip
    return msgspec.structs.replace(given, **changed)


def held(number: int, body: bytes, **changed: Any) -> BundledAnswer:
    digest = hashlib.sha256(body).hexdigest()
    one = BundledAnswer(
        asked=f"/3/gallery/a{number}", sha256=digest, length=len(body), checked_at=1.0
    )
    return msgspec.structs.replace(one, **changed)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small bundle."""
    path = tmp_path_factory.mktemp("good") / "bundle"
    with write(path) as writer:
        for body in BODIES:
            writer.add(body)
        writer.finish(manifest_of([held(n, body) for n, body in enumerate(BODIES)]))
    return path.read_bytes()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "bundle"


def sealed(content: bytes) -> bytes:
    """The checksum at the end made to fit, as one does who means harm."""
    head, mark = content[:-90], content[-90:-64]
    return head + mark + hashlib.sha256(head).hexdigest().encode()


def built(
    entries: list[tuple[Any, bytes]], *, method: int = zipfile.ZIP_DEFLATED, front: bytes = b""
) -> bytes:
    """A sealed archive of any entries."""
    file = io.BytesIO(front)
    file.seek(0, io.SEEK_END)
    with zipfile.ZipFile(file, "a", method) as archive:
        for name, body in entries:
            archive.writestr(name, body)
        archive.comment = b"imgurdata-bundle-1 sha256=" + 64 * b"0"
    return sealed(file.getvalue())


def entries_of(
    answers: list[bytes] = BODIES, manifest: bytes | Manifest | None = None
) -> list[tuple[Any, bytes]]:
    """What a good bundle holds, with another manifest perhaps."""
    text = manifest or manifest_of([held(n, body) for n, body in enumerate(answers)])
    text = text if isinstance(text, bytes) else msgspec.json.encode(text)
    names = [f"answers/{hashlib.sha256(body).hexdigest()}" for body in answers]
    return [*zip(names, answers, strict=True), ("manifest.json", text)]


def refused(place: Path, content: bytes, why: str = "cannot be used") -> None:
    place.write_bytes(content)
    with pytest.raises(CacheUnusable, match=why) as error:
        BundleFile(place)
    assert str(place) in str(error.value)
    # Nothing is left open: Windows would not let go of the file.
    place.unlink()


def opened(place: Path, content: bytes) -> BundleFile:
    place.write_bytes(content)
    return BundleFile(place)


def test_what_was_written_is_read(good: bytes, place: Path) -> None:
    bundle = opened(place, good)
    assert [bundle.body(one) for one in bundle.manifest.answers] == BODIES
    assert bundle.size == len(good)
    bundle.close()
    assert built(entries_of()) != good
    opened(place, built(entries_of())).close()


def test_a_plain_zip_for_everybody_else(good: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        assert archive.testzip() is None
        assert json.loads(archive.read("manifest.json"))["format"] == "imgurdata-bundle"
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.decision("bundle-any-byte")
@given(data=st.data())
def test_any_changed_byte_is_refused(
    good: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    place = tmp_path_factory.getbasetemp() / "changed"
    at = data.draw(st.integers(0, len(good) - 1))
    bit = data.draw(st.integers(0, 7))
    refused(place, good[:at] + bytes([good[at] ^ (1 << bit)]) + good[at + 1 :])


def test_every_single_byte_of_it(good: bytes, place: Path) -> None:
    for at in range(len(good)):
        refused(place, good[:at] + bytes([good[at] ^ 0xFF]) + good[at + 1 :])


@pytest.mark.parametrize("change", [0x01, 0x04, 0xFF])
def test_every_single_byte_with_a_new_checksum(good: bytes, place: Path, change: int) -> None:
    """What is left unnoticed is in the archive's heads, of which nothing is read."""
    unnoticed = 0
    for at in range(len(good) - 90):
        place.write_bytes(sealed(good[:at] + bytes([good[at] ^ change]) + good[at + 1 :]))
        try:
            bundle = BundleFile(place)
        except CacheUnusable:
            continue
        unnoticed += 1
        assert sorted(bundle.body(one) for one in bundle.manifest.answers) == sorted(BODIES)
        bundle.close()
    assert 0 < unnoticed < 200


@given(data=st.data())
def test_cut_off_prolonged_or_shifted(
    good: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    place = tmp_path_factory.getbasetemp() / "cut"
    start = data.draw(st.integers(0, len(good)))
    stop = data.draw(st.integers(start, len(good)))
    more = data.draw(st.binary(max_size=5))
    content = good[:start] + more + good[stop:]
    if content == good:
        return
    refused(place, content)


@given(data=st.data())
def test_a_changed_byte_with_a_new_checksum_does_no_harm(
    good: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Somebody who makes the checksum fit can write a bundle anyway: only not another one's."""
    place = tmp_path_factory.getbasetemp() / "sealed"
    at = data.draw(st.integers(0, len(good) - 91))
    value = data.draw(st.integers(0, 255))
    place.write_bytes(sealed(good[:at] + bytes([value]) + good[at + 1 :]))
    try:
        bundle = BundleFile(place)
    except CacheUnusable:
        return
    assert sorted(bundle.body(one) for one in bundle.manifest.answers) == sorted(BODIES)
    bundle.close()


@given(st.binary(max_size=400))
@example(b"")
@example(b"PK\5\6" + bytes(18))
def test_anything_else_is_no_bundle(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    refused(tmp_path_factory.getbasetemp() / "foreign", content, "no bundle of imgurdata")


def test_foreign_files(place: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("manifest.json", "{}")
    refused(place, place.read_bytes(), "no bundle of imgurdata")
    with pytest.raises(CacheUnusable, match="No such file"):
        BundleFile(tmp_path / "nowhere")
    with pytest.raises(CacheUnusable, match="cannot be used"):
        BundleFile(tmp_path)


def test_of_a_later_version(good: bytes, place: Path) -> None:
    content = good.replace(b"imgurdata-bundle-1 sha256", b"imgurdata-bundle-2 sha256")
    refused(place, content, "its format is 2, and this version of imgurdata reads 1")


# With a checksum that fits ------------------------------------------------------------------------


ODD_NAMES = [
    "../evil", "/etc/passwd", "answers/../../evil", "answers\\evil", "C:evil", "answers/",
    "answers/" + "g" * 64, "answers/" + "A" * 64, "manifest.json/x", "answers/" + "a" * 63,
    "a" * 72, "answers/" + "a" * 64 + "\n",
]  # fmt: skip


def test_names_that_are_not_a_bundles(place: Path, subtests: pytest.Subtests) -> None:
    for name in ODD_NAMES:
        with subtests.test(name=name):
            refused(place, built([*entries_of(), (name, b"x")]))
            assert not (place.parent.parent / "evil").exists()


def link() -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("answers/" + hashlib.sha256(b"/etc/passwd").hexdigest())
    entry.external_attr = 0o120777 << 16
    return entry


NOT_OURS = [
    (lambda: built(entries_of()[:-1]), "table of contents|entries"),
    (lambda: built([]), "table of contents"),
    (lambda: built([*entries_of(), ("answers/" + "0" * 64, b"more")]), "manifest names"),
    (lambda: built(entries_of()[1:]), "manifest names"),
    (lambda: built(entries_of(), front=b"#!/bin/sh\n"), "more in it|between"),
    (lambda: built(entries_of(), method=zipfile.ZIP_STORED), "not"),
    (lambda: built(entries_of(), method=zipfile.ZIP_LZMA), "not"),
    (lambda: built([*entries_of(), (link(), b"/etc/passwd")]), "not|names"),
    (lambda: built(entries_of(manifest=b"{}")), "manifest cannot be read"),
    (lambda: built(entries_of(manifest=b"[" * 100_000)), "manifest cannot be read"),
    (lambda: built(entries_of(manifest=b'{"pulls":' + b'{"a":' * 50_000)), "cannot be read"),
    (lambda: built(entries_of(manifest=b"\xff")), "manifest cannot be read"),
]  # fmt: skip


def test_what_is_not_written_by_us(place: Path, subtests: pytest.Subtests) -> None:
    for number, (content, why) in enumerate(NOT_OURS):
        with subtests.test(number=number, why=why):
            refused(place, content(), why)


ALL = [held(n, body) for n, body in enumerate(BODIES)]


LIES = [
    ({"format": "other"}, "not that of a bundle"),
    ({"version": 2}, "not that of a bundle"),
    ({"answers": [*ALL, ALL[0]]}, "twice"),
    ({"answers": [held(0, BODIES[0], asked="3/tags"), *ALL[1:]]}, "no bundle holds"),
    ({"answers": [held(0, BODIES[0], asked="https://x/"), *ALL[1:]]}, "no bundle holds"),
    ({"answers": [held(0, BODIES[0], asked="/3/credits"), *ALL[1:]]}, "no bundle holds"),
    ({"answers": [held(0, BODIES[0], asked="/3/account/me/settings"), *ALL[1:]]},
     "no bundle holds"),
    ({"answers": [held(0, BODIES[0], length=5), *ALL[1:]]}, "another length"),
    ({"answers": [held(0, BODIES[0], length=-1), *ALL[1:]]}, "another length"),
    ({"answers": [held(0, BODIES[0], sha256="../../etc/passwd"), *ALL[1:]]}, "manifest names"),
    ({"answers": ALL[1:]}, "manifest names"),
    ({"answers": [held(0, BODIES[0], checked_at=1e300), *ALL[1:]]}, "a time that was not"),
    ({"answers": [held(0, BODIES[0], checked_at=-1), *ALL[1:]]}, "a time that was not"),
    ({"answers": [held(0, BODIES[0], date="\x1b[2J"), *ALL[1:]]}, "can't be shown"),
    ({"answers": [held(0, BODIES[0], asked="/3/a\nb"), *ALL[1:]]}, "can't be shown"),
    ({"absent": [file.Absent("/3/a", "\x1b]0;x\x07")]}, "can't be shown"),
    ({"left_out": {"\x1b[2J": 3}}, "can't be shown"),
    ({"versions": {"python": "\x1b[2J"}}, "can't be shown"),
]  # fmt: skip


def test_manifests_that_lie(place: Path, subtests: pytest.Subtests) -> None:
    for changed, why in LIES:
        with subtests.test(changed=changed, why=why):
            refused(place, built(entries_of(manifest=manifest_of(ALL, **changed))), why)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9)
    | st.sampled_from(["/3/gallery/hot/viral/day/0", "/3/credits", "gallery", "load"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)  # fmt: skip


@given(data=st.data())
def test_any_other_manifest_is_refused_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Whatever somebody writes into one, people meet our errors only."""
    place = tmp_path_factory.getbasetemp() / "manifest"
    table = json.loads(msgspec.json.encode(manifest_of(ALL)))
    table["pulls"] = [
        {"pull": {"load": "tags"}, "endpoint": "tags", "fetched_at": None, "pages": 1}
    ]
    table["absent"] = [{"asked": "/3/gallery/b", "message": "gone"}]
    spot = table
    while True:
        names = list(spot) if isinstance(spot, dict) else list(range(len(spot)))
        name = data.draw(st.sampled_from(names))
        if not isinstance(spot[name], (dict, list)) or not spot[name] or data.draw(st.booleans()):
            break
        spot = spot[name]
    spot[name] = data.draw(JSON)
    text = json.dumps(table).encode("utf-8", "surrogatepass")
    place.write_bytes(built(entries_of(manifest=text)))
    try:
        session = imd.connect(bundle=place, default=False)
    except CacheUnusable:
        return
    with session:
        assert str(session.bundle)
        assert len(list(session.cache.responses)) == len(BODIES)
        for load in (
            lambda: imd.load_gallery(session=session),
            lambda: imd.load_posts(["a0", "b"], session=session),
            lambda: [imd.Pull.from_dict(t).run(session) for t in session.bundle.tables],  # type: ignore[union-attr]
            lambda: session.fetch("/3/gallery/a0"),
        ):
            with contextlib.suppress(ImgurDataError):
                load()


def test_a_body_under_anothers_name(place: Path) -> None:
    (name, _), *rest = entries_of()
    refused(place, built([(name, BODIES[0].replace(b"true", b"fals")), *rest]), "checksum")


def test_bombs(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = b" " * 20_000_000
    refused(place, built(entries_of([bomb])), "trap")
    huge = entries_of(manifest=b" " * 20_000_000)
    refused(place, built(huge), "trap")
    monkeypatch.setattr(file, "_LARGEST_BODY", 1000)
    refused(place, built(entries_of()), "more than an answer may")
    monkeypatch.undo()
    monkeypatch.setattr(file, "_LARGEST_WHOLE", 1000)
    refused(place, built(entries_of()), "more than a bundle may")
    monkeypatch.undo()
    monkeypatch.setattr(file, "_MOST_ENTRIES", 3)
    refused(place, built(entries_of()), "table of contents")
    monkeypatch.undo()
    monkeypatch.setattr(file, "_LARGEST_FILE", 1000)
    refused(place, built(entries_of()), "larger than a bundle may")


def lying(content: bytes, length: int) -> bytes:
    """The first entry's unpacked length, in both places where an archive says it."""
    table = content.index(b"PK\1\2")
    changed = bytearray(content)
    changed[22:26] = struct.pack("<L", length)
    changed[table + 24 : table + 28] = struct.pack("<L", length)
    return sealed(bytes(changed))


def test_lengths_that_lie(place: Path, subtests: pytest.Subtests) -> None:
    """What an entry unpacks to is bounded by what it says, and what it says is checked."""
    for length in [0, 38, 40, 2**20, 2**32 - 1]:
        with subtests.test(length=length):
            refused(place, lying(built(entries_of()), length))


def test_an_answer_shorter_than_archive_and_manifest_say(place: Path) -> None:
    one = held(0, BODIES[0], length=40)
    refused(
        place,
        lying(
            built(
                entries_of(manifest=manifest_of([one]))[:1]
                + entries_of(manifest=manifest_of([one]))[-1:]
            ),
            40,
        ),
        "shorter than it says",
    )


def test_twice_the_same_name(place: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = built([entries_of()[0], *entries_of()])
    refused(place, content, "entries are not")


def test_an_encrypted_entry(place: Path) -> None:
    content = bytearray(built(entries_of()))
    table = content.index(b"PK\1\2")
    content[6] |= 1
    content[table + 8] |= 1
    refused(place, sealed(bytes(content)), "written as a bundle's is not")


def test_changed_while_it_is_open(place: Path) -> None:
    body = random.Random(0).randbytes(100_000)
    bundle = opened(place, built(entries_of([body])))
    assert bundle.body(bundle.manifest.answers[0]) == body
    with place.open("rb+") as file:
        file.seek(50_000)
        file.write(b"changed")
    with pytest.raises(CacheUnusable, match="changed while it was open"):
        bundle.body(bundle.manifest.answers[0])
    bundle.close()


NOWHERE = ["http://example.com", "https://user:word@api.imgur.com", "file:///etc", "", "https://"]


def test_answers_of_nowhere(place: Path, subtests: pytest.Subtests) -> None:
    for base_url in NOWHERE:
        with subtests.test(base_url=base_url):
            place.write_bytes(built(entries_of(manifest=manifest_of(ALL, base_url=base_url))))
            with pytest.raises(CacheUnusable, match="not from Imgur's address"):
                imd.connect(bundle=place)


def test_a_broken_write_leaves_what_was_there(good: bytes, place: Path) -> None:
    place.write_bytes(good)

    def break_off() -> None:
        with write(place) as writer:
            writer.add(b"x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert place.read_bytes() == good
    assert [entry.name for entry in place.parent.iterdir()] == [place.name]


def test_an_interrupt_while_it_is_opened_closes_the_file(
    good: bytes, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: list[Any] = []

    def interrupted(opened: Any) -> None:
        files.append(opened)
        raise KeyboardInterrupt

    monkeypatch.setattr(file, "_checked_layout", interrupted)
    with pytest.raises(KeyboardInterrupt):
        opened(place, good)
    assert files[0].closed


def test_a_bundle_is_a_mapping_as_requests_cache_wants_it(good: bytes, place: Path) -> None:
    place.write_bytes(good)
    session = imd.connect(bundle=place, default=False)
    table = session.cache.responses
    first, *_ = keys = list(table)
    assert len(keys) == len(table) == len(BODIES)
    assert first in table
    assert table[first].content == BODIES[0]
    assert "k" not in table
    with pytest.raises(KeyError):
        table["k"]
    session.close()
    session.cache.close()


def test_through_connect(place: Path) -> None:
    """The same refusal where people meet it."""
    with Sandbox() as sandbox, imd.connect(sandbox=sandbox, default=False) as session:
        imd.load_gallery(session=session)
        imd.export_bundle(place, session)
    content = bytearray(place.read_bytes())
    content[len(content) // 2] ^= 1
    place.write_bytes(bytes(content))
    with pytest.raises(CacheUnusable, match="it was changed after it was written"):
        imd.connect(bundle=place)


def test_bundle_with_more_values_than_one_may_name_is_refused(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "_MOST_VALUES", 2000)
    pull = file.BundledPull(
        pull={"a": [[] for _ in range(2001)]}, endpoint="", fetched_at=None, pages=1
    )
    manifest = manifest_of([held(n, body) for n, body in enumerate(BODIES)], pulls=[pull])
    decoded = []
    monkeypatch.setattr(file.msgspec.json, "decode", lambda *_, **__: decoded.append(1))
    refused(place, built(entries_of(manifest=manifest)), "names more than a bundle may")
    assert not decoded  # not one object was made of it
    with pytest.raises(CacheUnusable, match="more answers and pulls"), write(place) as writer:
        writer.finish(manifest)
    assert not place.exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_bundle_that_is_a_pipe_is_refused_at_once(place: Path) -> None:
    os.mkfifo(place)
    with pytest.raises(CacheUnusable, match="no regular file"):
        imd.connect(bundle=place)


@pytest.mark.parametrize("name", ["a\0b", "a\ud800b", "x" * 5000, "~nosuchuser/b"])
def test_bundle_of_an_impossible_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CacheUnusable) as caught:
        imd.connect(bundle=name if name.startswith("~") else f"{tmp_path}/{name}")
    assert len(str(caught.value)) < 700
