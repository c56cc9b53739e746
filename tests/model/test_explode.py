"""One row per image and per tag of posts."""

from __future__ import annotations

import json
import warnings
from typing import Any

import pandas as pd
import pytest

import imgurdata as imd
from imgurdata import PreviewWarning
from imgurdata.errors import BadResponse, InvalidArgument

ALBUM = {
    "id": "album11",
    "is_album": True,
    "images_count": 2,
    "cover": "image11",
    "images": [
        {"id": "image11", "type": "image/png", "datetime": 1_400_000_000, "width": 5, "tags": []},
        {"id": "image22", "type": "video/mp4", "processing": {"status": "completed"}},
    ],
    "tags": [{"name": "cats", "followers": 7}, {"name": "dogs", "display_name": "Dogs"}],
}
SINGLE = {
    "id": "image33",
    "is_album": False,
    "title": "Alone",
    "datetime": 1_400_000_100,
    "type": "image/jpeg",
    "width": 640,
    "height": 480,
    "size": 1234,
    "animated": False,
    "views": 10,
    "account_id": 77,
    "nsfw": False,
    "tags": [{"name": "birds"}, {"name": "big_birds"}],
    "processing": {"status": "pending"},
    "ups": 3,
}
EMPTY = {"id": "empty11", "is_album": True, "images_count": 0, "images": [], "tags": []}


def posts(*rows: dict[str, Any], nested: bool = True) -> pd.DataFrame:
    return imd.read_response(list(rows), "post", nested=nested)


def declared(record: str) -> dict[str, str]:
    table = imd.schema(record)
    table = table[table["dtype"] != "dropped"]
    return {"post_id": "str"} | dict(zip(table["name"], table["dtype"], strict=True))


def check(frame: pd.DataFrame, record: str) -> None:
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == declared(record)
    assert list(frame.columns) == list(declared(record))


def test_explode_images_of_albums_and_single_posts() -> None:
    frame = posts(ALBUM, SINGLE, EMPTY)
    images = imd.explode_images(frame)
    check(images, "image")
    assert len(images) == frame["images_shown"].sum() == 3
    assert images["post_id"].tolist() == ["album11", "album11", "image33"]
    assert images["id"].tolist() == ["image11", "image22", "image33"]
    assert images["type"].tolist() == ["image/png", "video/mp4", "image/jpeg"]
    assert images["datetime"][0] == pd.Timestamp(1_400_000_000, unit="s", tz="UTC")
    assert images["processing_status"].fillna("-").tolist() == ["-", "completed", "pending"]


def test_explode_images_single_post_is_its_own_image() -> None:
    image = imd.explode_images(posts(SINGLE)).iloc[0]
    result = imd.read_response(SINGLE, "image").iloc[0]
    pd.testing.assert_series_equal(image.drop("post_id"), result, check_names=False)
    assert image["post_id"] == "image33"


def test_explode_tags_gives_a_row_per_tag() -> None:
    tags = imd.explode_tags(posts(ALBUM, EMPTY, SINGLE))
    check(tags, "tag")
    assert tags["post_id"].tolist() == ["album11", "album11", "image33", "image33"]
    assert tags["name"].tolist() == ["cats", "dogs", "birds", "big_birds"]
    assert tags["followers"].fillna(-1).tolist() == [7, -1, -1, -1]


def test_explode_tags_reads_bare_names() -> None:
    tags = imd.explode_tags(posts({"id": "abcdefg", "tags": ["cats", {"name": "dogs"}]}))
    assert tags["name"].tolist() == ["cats", "dogs"]
    # And in a frame that was filtered or read from a file.
    saved = posts({"id": "abcdefg"}).assign(tags_json='["cats", {"name": "dogs"}]')
    for frame in (saved, saved.astype(object), saved.astype("category")):
        assert imd.explode_tags(frame)["name"].tolist() == ["cats", "dogs"]
    # And beside a tag that cannot be read, wherever the bare names stand.
    for text in ('["cats", {}, {"name": "dogs"}]', '[{"name": "cats"}, {}, "dogs"]'):
        odd = saved.assign(tags_json=text)
        assert imd.explode_tags(odd)["name"].tolist() == ["cats", "dogs"]
    with pytest.raises(BadResponse, match="not whole JSON"):
        imd.explode_tags(saved.assign(tags_json='["cats"'))


NOTHING_TO_EXPLODE = [[], [EMPTY], [{"id": "a", "is_album": True}], [{"id": "a"}]]


def test_explode_without_parts_gives_no_row(subtests: pytest.Subtests) -> None:
    for rows in NOTHING_TO_EXPLODE:
        with subtests.test(rows=rows):
            frame = posts(*rows)
            for explode, record in ((imd.explode_images, "image"), (imd.explode_tags, "tag")):
                exploded = explode(frame)
                check(exploded, record)
                assert len(exploded) == 0


def test_explode_takes_listing_rank_and_time_from_the_post() -> None:
    frame = posts(ALBUM, SINGLE)
    now = pd.Timestamp("2026-03-01 12:00", tz="UTC")
    frame["fetched_at"] = frame["fetched_at"].fillna(now)
    frame["rank"] = pd.array([4, 9], "Int64")
    frame["listing"] = pd.Series(["gallery/hot/viral"] * 2, dtype="str")
    images = imd.explode_images(frame)
    check(images, "image")
    assert images["rank"].tolist() == [4, 4, 9]
    assert (images["fetched_at"] == now).all()
    assert (images["listing"] == "gallery/hot/viral").all()
    assert (imd.explode_tags(frame)["fetched_at"] == now).all()


def test_explode_images_warns_once_of_previews() -> None:
    short = [{**ALBUM, "id": f"short{n}", "images_count": 9} for n in range(3)]
    with pytest.warns(PreviewWarning, match=r"3 of 4 posts.*load_album_images") as caught:
        images = imd.explode_images(posts(*short, ALBUM))
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert len(images) == 8


def test_explode_does_not_warn_of_whole_albums() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        imd.explode_images(posts(ALBUM, SINGLE, EMPTY))
        imd.explode_tags(posts({**ALBUM, "images_count": 9}))


def test_explode_without_nested_json_says_what_to_do(subtests: pytest.Subtests) -> None:
    for explode in [imd.explode_images, imd.explode_tags]:
        refused = pytest.raises(InvalidArgument, match="nested=True")
        with subtests.test(explode=explode), refused:
            explode(posts(ALBUM, nested=False))


def test_explode_refuses_other_values(subtests: pytest.Subtests) -> None:
    for other in [None, [ALBUM], "posts", pd.DataFrame({"x": [1]})]:
        for explode in [imd.explode_images, imd.explode_tags]:
            refused = pytest.raises(InvalidArgument, match="frame of posts")
            with subtests.test(other=other, explode=explode), refused:
                explode(other)


WRONG_COLUMNS = [
    ("images_json", 5, "text in its column 'images_json'"),
    ("id", 5, "text in its column 'id'"),
    ("images_count", "many", "numbers in its column 'images_count'"),
    ("images_shown", "many", "numbers in its column 'images_shown'"),
]


def test_explode_refuses_columns_of_another_type(subtests: pytest.Subtests) -> None:
    for column, value, said in WRONG_COLUMNS:
        with subtests.test(column=column):
            frame = posts(ALBUM).assign(**{column: value})
            with pytest.raises(InvalidArgument, match=said):
                imd.explode_images(frame)
    with pytest.raises(InvalidArgument, match="dtype Int64 in its column 'width'"):
        imd.explode_images(posts(SINGLE).assign(width="wide"))


def test_explode_refuses_duplicate_columns() -> None:
    frame = posts(ALBUM)
    for odd in (pd.concat([frame, frame], axis=1), pd.concat({"x": frame}, axis=1)):
        with pytest.raises(InvalidArgument, match="one name each"):
            imd.explode_images(odd)
    with pytest.raises(InvalidArgument, match="frame of posts"):
        imd.explode_tags(frame["id"])


def test_explode_takes_any_rows_and_few_columns() -> None:
    frame = pd.concat([posts(ALBUM), posts(SINGLE, EMPTY)]).iloc[[1, 0, 1]]
    assert imd.explode_images(frame)["id"].tolist() == ["image33", "image11", "image22", "image33"]
    few = frame[["id", "is_album", "images_count", "images_shown", "images_json", "media_type"]]
    assert imd.explode_images(few)["type"].tolist()[0] == "image/jpeg"
    assert imd.explode_tags(frame[["tags_json", "id"]])["name"].tolist()[:2] == [
        "birds",
        "big_birds",
    ]


def test_explode_leaves_out_delete_hashes() -> None:
    image = {"id": "image11", "deletehash": "Ab3dEf6hIj9kLm2"}
    frame = posts({**ALBUM, "deletehash": "Ab3dEf6hIj9kLm2", "images": [image]})
    for shown in (frame, imd.explode_images(frame.assign(images_count=1))):
        assert "Ab3dEf6hIj9kLm2" not in shown.to_csv()


def test_explode_reads_xml_like_json() -> None:
    xml = (
        "<data><id>album11</id><is_album>true</is_album><images_count>2</images_count>"
        "<images><item><id>image11</id><width>5</width></item><item><id>image22</id><width/></item>"
        "</images><tags><item><name>cats</name></item></tags></data>"
    )
    answer = {
        "id": "album11",
        "is_album": True,
        "images_count": 2,
        "images": [{"id": "image11", "width": 5}, {"id": "image22", "width": None}],
        "tags": [{"name": "cats"}],
    }
    for explode in (imd.explode_images, imd.explode_tags):
        pd.testing.assert_frame_equal(
            explode(imd.read_response(xml, "post", nested=True)),
            explode(imd.read_response(json.dumps(answer), "post", nested=True)),
        )
