"""Ids out of links, Series and frames."""

from __future__ import annotations

import contextlib
import io
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgurdata.errors import InvalidArgument
from imgurdata.model import ids as module
from imgurdata.model.ids import collect_ids, hint_for_missing, parse_id

LINKS = [
    ("2YxRdEi", "2YxRdEi"),
    ("https://i.imgur.com/2YxRdEih", "2YxRdEi"),
    ("i.imgur.com/abc12s", "abc12"),
    ("https://imgur.com:443/a/2YxRdEi", "2YxRdEi"),
    ("  2YxRdEi\n", "2YxRdEi"),
    ("abc12", "abc12"),
    ("https://imgur.com/gallery/2YxRdEi", "2YxRdEi"),
    ("https://imgur.com/gallery/some-words-2YxRdEi", "2YxRdEi"),
    ("http://imgur.com/gallery/2YxRdEi/", "2YxRdEi"),
    ("https://imgur.com/gallery/2YxRdEi/new", "2YxRdEi"),
    ("https://imgur.com/gallery/2YxRdEi/comment/1234567", "2YxRdEi"),
    ("https://imgur.com/gallery/2YxRdEi/comment/1234567?nested=1#x", "2YxRdEi"),
    ("https://imgur.com/a/abc12", "abc12"),
    ("https://imgur.com/a/some-title-abc12#3", "abc12"),
    ("https://imgur.com/a/abc12/layout/grid", "abc12"),
    ("https://imgur.com/t/funny/2YxRdEi", "2YxRdEi"),
    ("https://imgur.com/r/birdpics/2YxRdEi", "2YxRdEi"),
    ("https://imgur.com/topic/Aww/2YxRdEi", "2YxRdEi"),
    ("https://imgur.com/2YxRdEi", "2YxRdEi"),
    ("imgur.com/2YxRdEi", "2YxRdEi"),
    ("//imgur.com/2YxRdEi", "2YxRdEi"),
    ("/gallery/2YxRdEi", "2YxRdEi"),
    ("m.imgur.com/gallery/2YxRdEi?ref=x", "2YxRdEi"),
    ("https://i.imgur.com/2YxRdEi.jpg", "2YxRdEi"),
    ("https://i.imgur.com/2YxRdEi.gifv", "2YxRdEi"),
    ("https://i.imgur.com/2YxRdEih.gif", "2YxRdEi"),
    ("https://i.imgur.com/2YxRdEi_d.webp?maxwidth=760&fidelity=grand", "2YxRdEi"),
    ("https://i.imgur.com/abc12.png", "abc12"),
    ("https://i.imgur.com/abc12s.png", "abc12"),
    ("/3/gallery/2YxRdEi", "2YxRdEi"),
    ("/3/gallery/album/2YxRdEi", "2YxRdEi"),
    ("https://api.imgur.com/3/image/2YxRdEi", "2YxRdEi"),
    ("https://api.imgur.com/3/gallery/image/2YxRdEi.json", "2YxRdEi"),
    ("/3/album/2YxRdEi.xml", "2YxRdEi"),
    ("https://imgur.com/gallery/t/funny/2YxRdEi", "2YxRdEi"),
    ("http://127.0.0.1:8080/gallery/some-words-2YxRdEi", "2YxRdEi"),
    ("http://localhost:8080/2YxRdEih.gif", "2YxRdEi"),
    ("http://[::1]:8080/a/abc12", "abc12"),
    ("HTTPS://WWW.IMGUR.COM/gallery/2YxRdEi", "2YxRdEi"),
    ("https://imgur.com:443/a/abc12", "abc12"),
    ("https://imgur.com./a/abc12", "abc12"),
    ("https://imgur.com//a//abc12", "abc12"),
    ("https://imgur.io/zxaY6", "zxaY6"),
    ("https://i.imgur.io/21yMxCS.png", "21yMxCS"),
    ("i.imgur.com/abc12h.jpg?1", "abc12"),
    ("https://i.imgur.com/2YxRdEi", "2YxRdEi"),
    ("<https://imgur.com/a/abc12>", "abc12"),
    ("(https://imgur.com/a/abc12).", "abc12"),
    ("https://imgur.com/gallery/2YxRdEi,", "2YxRdEi"),
    ("https://imgur.com/gallery/caf%C3%A9-2YxRdEi", "2YxRdEi"),
    ("https://imgur.com/%32YxRdEi", "2YxRdEi"),
    ("gallery/2YxRdEi", "2YxRdEi"),
    ("https://imgur.com/a/abc12/all", "abc12"),
    ("https://imgur.com/2YxRdEi/embed", "2YxRdEi"),
    ("https://imgur.com/gallery/r/birdpics/2YxRdEi", "2YxRdEi"),
    ("https://imgur.com/user/somebody/favorites/folder/765/bikes/2YxRdEi", "2YxRdEi"),
    ("https://imgur.com/user/somebody/favorites/2YxRdEi", "2YxRdEi"),
    ("/3/account/somebody/album/abc12", "abc12"),
    ("https://api.imgur.com/post/v1/albums/abc12?include=media", "abc12"),
    ("https://imgur-apiv3.p.rapidapi.com/3/image/2YxRdEi", "2YxRdEi"),
]


def test_parse_id_reads_ids_and_links(subtests: pytest.Subtests) -> None:
    for text, found in LINKS:
        with subtests.test(text=text):
            assert parse_id(text) == found


#: Texts without an id, and links to others.
NONE = [
    *("imgur.com/robots.txt", "imgur.com/sitemap.xml", "imgur.com/favicon.ico"),
    *("imgur.com/manifest.json", "imgur.com/meme-generator", "imgur.com/staff-picks"),
    *("imgur.com/Search", "imgur.com/PRIVACY", "imgur.com/mature", "imgur.com/pricing"),
    *("imgur.com/wallet", "imgur.com/imgur", "https://imgur.com:8080/a/2YxRdEi"),
    "",
    "   ",
    "abc",
    "with space",
    "some-words-2YxRdEi/",
    "Ab3dEf6hIj9kLm2",
    "imgur.com",
    *(
        f"https://imgur.com{path}"
        for path in (
            *("", "/", "/gallery", "/gallery/", "/t/funny", "/r/birdpics", "/user/SomeOne"),
            *("/user/SomeOne/favorites", "/user/SomeOne/posts/hidden", "/user/me/hidden"),
            *("/user/SomeOne/favorites/folder/11896741/private", "/user/SomeOne/favorites/newest"),
            *("/a/Ab3dEf6hIj9kLm2", "/delete/Ab3dEf6hIj9kLm2", "/gallery/äöüßxyz"),
            *("/search", "/search/score/all?q=cats", "/signin", "/register", "/upload", "/privacy"),
            *("/rules", "/about", "/account/settings", "/memegen", "/topics", "/removalrequest"),
            *("/hot/viral", "/new/time", "/random", "/gallery/random", "/t/funny/viral"),
            *("/r/birdpics/top/week", "/topic/Funny/viral", "/abcde12/elsewhere", "/../a/abc12"),
            *("/a/ab\tc12", "/a/abc12%2F", "/a/%ff%fe", "/abcde12.", "/removed.png"),
        )
        if path != "/abcde12."
    ),
    "https://i.imgur.com/removed.png",
    "https://i.imgur.com/abcde12x.jpg",
    "https://i.imgur.com/abcdef.jpg",
    "/3/gallery/hot/viral/day/0",
    "https://api.imgur.com/3/credits",
    "http://[::1/abcdefg",
    "https://imgur.com:99999/a/abc12",
    "https://i.redd.it/8m1n2ab.jpg",
    "https://www.reddit.com/r/pics/comments/abc1234/",
    "https://i.stack.imgur.com/AbCdE.png",
    "https://blog.imgur.com/2YxRdEi",
    "https://imgur.com.example.com/a/abc12",
    "https://notimgur.com/a/abc12",
    "https://imgur.com@example.com/a/abc12",
    "https://somebody@imgur.com/a/abc12",
    "https://example.com\\@imgur.com/a/abc12",
    "https://example.com/?u=https://imgur.com/a/abc12",
    "https://example.com/a/abc12#imgur.com",
    "https://\u0131mgur.com/a/abc12",
    "https://127.0.0.1.example.com/a/abc12",
    "https:///imgur.com/a/abc12",
    "///abcde.com",
    "abcde.com//",
    "example.com/abcde12",
    "ftp://imgur.com/a/abc12",
    "javascript:alert(1)//imgur.com/a/abc12",
]


def test_parse_id_refuses_other_texts_and_links(subtests: pytest.Subtests) -> None:
    for text in NONE:
        with (
            subtests.test(text=text),
            pytest.raises(InvalidArgument, match=r"^ids must be an id such as '2YxRdEi' or a link"),
        ):
            parse_id(text)


OTHER_TYPES = [None, 5, 2.5, b"2YxRdEi", pd.NA, float("nan"), ["2YxRdEi"]]


def test_parse_id_refuses_other_types(subtests: pytest.Subtests) -> None:
    for value in OTHER_TYPES:
        refused = pytest.raises(InvalidArgument, match=r"ids must be an id .*; got ")
        with subtests.test(value=value), refused:
            parse_id(value)


HOSTILE_TEXTS = [
    "a." * 30_000,
    "/" * 100_000,
    "https://imgur.com/" + "a/" * 50_000,
    "a-" * 900 + "/",
    "x" * 10**7,
]


def test_parse_id_message_for_long_texts_is_short(subtests: pytest.Subtests) -> None:
    for text in HOSTILE_TEXTS:
        with subtests.test(text=text):
            with pytest.raises(InvalidArgument) as caught:
                parse_id(text)
            assert len(str(caught.value)) < 400


def test_collect_ids_refuses_delete_hashes_without_showing_them() -> None:
    for text in ("Ab3dEf6hIj9kLm2", "https://imgur.com/delete/Ab3dEf6hIj9kLm2"):
        with pytest.raises(InvalidArgument) as caught:
            collect_ids(["2YxRdEi", text])
        assert "Ab3dEf6hIj9kLm2" not in str(caught.value)


THUMBNAILS = [
    ("2YxRdEih", "2YxRdEi"),
    ("abc12s", "abc12"),
    ("2YxRdEix", ""),
    ("2YxRdEi", ""),
    ("abc12", ""),
]


def test_hint_for_missing_knows_names_of_thumbnails(subtests: pytest.Subtests) -> None:
    for name, base in THUMBNAILS:
        with subtests.test(name=name):
            assert parse_id(name) == name
            hint = hint_for_missing(name)
            assert (f"{base!r}" in hint) if base else hint == ""


IDS = ["aaaaa11", "bbbbb22"]


SOURCES = [
    IDS,
    tuple(IDS),
    iter([*IDS, "aaaaa11"]),
    np.array(IDS),
    pd.Series(IDS, index=[9, 9]),
    pd.Series([*IDS, None, "aaaaa11"], dtype="str"),
    pd.Index(IDS),
    pd.DataFrame({"id": IDS}),
    pd.DataFrame({"id": IDS}).set_index("id"),
    pd.DataFrame({"id": IDS}, index=pd.MultiIndex.from_product([[1], [2, 3]])),
    pd.DataFrame({"post_id": IDS, "id": [1, 2]}),
    pd.DataFrame({"post_id": IDS, "id": ["1", "2"], "parent_id": [None, 1]}),
    pd.DataFrame({"post_id": ["x", "y"], "id": IDS}),
    pd.DataFrame({"post_id": IDS}),
    pd.Series(IDS, dtype="category"),
    pd.Series([*IDS, None], dtype=pd.ArrowDtype(pa.string())),
    pd.Series([IDS[0], pd.NA, IDS[1], float("nan")], dtype="object"),
    pd.Series([*IDS, None], dtype="str").unique(),
    pd.Series([*IDS, None], dtype="category").unique(),
    pa.chunked_array([IDS]),
    set(IDS),
    io.StringIO("aaaaa11\n\n https://imgur.com/a/bbbbb22\r\n"),
    [{"id": "aaaaa11", "title": "x"}, {"id": "bbbbb22"}],
    [{"post_id": "aaaaa11", "id": 7, "parent_id": None}, "bbbbb22"],
    {"id": IDS},
    ["https://imgur.com/a/aaaaa11", "https://imgur.com/gallery/x-bbbbb22"],
]


def test_collect_ids_returns_each_id_once_in_order(subtests: pytest.Subtests) -> None:
    for source in SOURCES:
        with subtests.test(source=source):
            assert collect_ids(source) == (IDS, False)


def test_collect_ids_tells_one_id_from_a_list_of_one() -> None:
    one: Any
    for one in (
        "aaaaa11",
        {"id": "aaaaa11", "title": "x"},
        np.array("aaaaa11"),
        np.str_("aaaaa11"),
    ):
        assert collect_ids(one) == (["aaaaa11"], True)
    assert collect_ids(["aaaaa11"]) == (["aaaaa11"], False)
    assert collect_ids([]) == ([], False)
    # Of comments, whose own ids are numbers or missing, the posts.
    for own in (5, None):
        assert collect_ids({"id": own, "post_id": "aaaaa11"}) == (["aaaaa11"], True)
        frame = pd.DataFrame({"id": [own], "post_id": ["aaaaa11"]})
        assert collect_ids(frame) == (["aaaaa11"], False)


class NoSequence:
    """A value of no dimension, as arrays of other packages have them."""

    def __iter__(self) -> Iterator[str]:
        raise TypeError("iteration over a 0-d array")


SOURCES_WITHOUT_IDS = [
    NoSequence(),
    *(5, None, 2.5, b"aaaaa11", object(), str, pd.NA, float("nan"), range(3)),
    *([None], [float("nan")], [["aaaaa11"]], [b"aaaaa11"], np.array([IDS]), np.array([1])),
    *(pd.Series([1, 2]), pd.DataFrame({"x": [1]}), pd.DataFrame([IDS], columns=["id", "id"])),
    *(pd.DataFrame({("id", "x"): IDS}), pd.MultiIndex.from_product([IDS, IDS])),
    *({"title": "abcde"}, dict.fromkeys(IDS), {}, itertools.count(), io.BytesIO(b"aaaaa11")),
    io.StringIO("a" * 100_000),
]


def test_collect_ids_refuses_sources_without_ids(subtests: pytest.Subtests) -> None:
    for source in SOURCES_WITHOUT_IDS:
        with subtests.test(source=source):
            with pytest.raises(InvalidArgument, match=r"^ids must be .*; got ") as caught:
                collect_ids(source)
            assert len(str(caught.value)) < 600


def test_collect_ids_refuses_frames_without_any_id() -> None:
    tags = pd.DataFrame({"name": ["cats", "dogs"], "id": pd.array([pd.NA, pd.NA], "Int64")})
    with pytest.raises(InvalidArgument, match="column 'id' holds ids; got a frame of 2 rows"):
        collect_ids(tags)
    assert collect_ids(tags.head(0)) == ([], False)


def test_collect_ids_refuses_endless_iterators(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_IDS", 100)
    with pytest.raises(InvalidArgument, match="at most 100 at once"):
        collect_ids(itertools.cycle(IDS))
    assert collect_ids(itertools.islice(itertools.cycle(IDS), 100)) == (IDS, False)


def test_collect_ids_names_the_columns_of_a_frame_without_ids() -> None:
    with pytest.raises(InvalidArgument, match=r"a column 'id'; got columns 'name'"):
        collect_ids(pd.DataFrame({"name": ["x"]}))
    with pytest.raises(InvalidArgument, match=r"and 2,980 more") as caught:
        collect_ids(pd.DataFrame({str(number): [1] for number in range(3000)}))
    assert len(str(caught.value)) < 300


LETTERS = st.text("abcXYZ019", min_size=7, max_size=7)


@given(LETTERS, st.lists(st.text("abcdef", min_size=1), max_size=3))
def test_parse_id_finds_the_id_in_every_form_of_link(name: str, words: list[str]) -> None:
    slug = "-".join([*words, name])
    for link in (name, f"https://imgur.com/gallery/{slug}", f"imgur.com/a/{slug}", f"/{name}"):
        assert parse_id(link) == name
    assert parse_id(f"https://i.imgur.com/{name}.jpeg") == name


@given(st.text())
def test_parse_id_handles_any_text(text: str) -> None:
    with contextlib.suppress(InvalidArgument):
        assert 5 <= len(parse_id(text)) <= 10
