"""The sandbox's records beside recorded ones: same fields, same order, no other types.

Runs where ``$IMGURDATA_PAYLOADS`` names a folder of recorded answers; they are not part of the
project.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

pytestmark = pytest.mark.recorded

# Types that are documented, though not every kind of record at hand happens to hold them.
ALLOWED = {
    ("thumbnail_hash", "str"),
    ("accent", "NoneType"),
    ("description", "NoneType"),
    ("description", "str"),
    ("title", "str"),
}


def answer(pattern):
    """The bytes of the one recorded answer that fits."""
    folder = os.environ.get("IMGURDATA_PAYLOADS")
    if not folder:
        pytest.skip("$IMGURDATA_PAYLOADS names no folder of recorded answers")
    (found,) = Path(folder).glob(pattern)
    return found.read_bytes()


def recorded(pattern):
    value = json.loads(answer(pattern))
    return value["data"] if isinstance(value, dict) else value


def kind(row):
    return row.get("type", "album"), row.get("animated")


def by_kind(rows):
    """For each kind of record: the order of its fields, and the types each was seen with."""
    out = {}
    for row in rows:
        order, types = out.setdefault(kind(row), (list(row), {}))
        assert list(row) == order
        for name, value in row.items():
            types.setdefault(name, set()).add(type(value).__name__)
    return out


def assert_alike(mine, theirs):
    shared = mine.keys() & theirs.keys()
    assert shared
    for each in shared:
        order, types = mine[each]
        their_order, their_types = theirs[each]
        assert order == their_order
        for name, seen in types.items():
            strange = {(name, one) for one in seen - their_types[name]} - ALLOWED
            assert not strange, each
    return shared


@pytest.fixture
def rows(look):
    return [row for page in range(20) for row in look.data(f"/3/gallery/user/time/{page}")]


@pytest.fixture
def their_rows():
    return recorded("gallery/*-mock-2023.json")


def test_rows_of_2023(rows, their_rows):
    shared = assert_alike(by_kind(rows), by_kind(their_rows))
    assert {("album", None), ("image/jpeg", False)} <= shared


def test_inner_images_of_2023(rows, their_rows):
    def inner(some):
        return by_kind(image for row in some for image in row.get("images", []))

    shared = assert_alike(inner(rows), inner(their_rows))
    assert {each[0] for each in shared} == {"image/jpeg", "image/png", "image/gif", "video/mp4"}


@pytest.mark.parametrize("part", ["tags", "ad_config"])
def test_parts_of_rows_of_2023(rows, their_rows, part):
    def parts(some):
        found = [row[part] for row in some]
        flat = [tag for tags in found for tag in tags] if part == "tags" else found
        return by_kind(row for row in flat if "nsfw_score" not in row)

    assert_alike(parts(rows), parts(their_rows))


def test_account_of_2022(look, still):
    mine = look.data(f"/3/account/{still.account}")
    theirs = recorded("account-base/*-account-real.json")
    assert mine.keys() == theirs.keys()
    assert {n for n in mine if type(mine[n]) is not type(theirs[n])} <= {"bio"}


def test_credits(look):
    theirs = recorded("credits/*-credit_resp.json")
    assert list(look.data("/3/credits")) == list(theirs)


def test_album_of_2020(look, rows):
    theirs = recorded("album/*-get-album-2020.json")
    album = next(row["id"] for row in rows if row["is_album"])
    mine = look.data(f"/3/album/{album}")
    # The owner asked there, who also sees these.
    owners = {"deletehash", "name"}
    assert list(mine) == [name for name in theirs if name not in owners]
    still_image = next(
        image
        for row in rows
        for image in look.data(f"/3/album/{row['id']}/images" if row["is_album"] else "/3/none")
        if image["type"] == "image/jpeg"
    )
    (their_image,) = theirs["images"]
    assert list(still_image) == [name for name in their_image if name not in owners]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/3/gallery/invalid_id", "error/*-invalid_gallery.json"),
        ("/3/image/not_an_image", "error/*-invalid_image_id.json"),
        ("/3/album/not_an_album", "error/*-invalid_album_id.json"),
    ],
)
def test_errors_byte_by_byte(look, path, name):
    assert look(path).content == answer(name).strip()
