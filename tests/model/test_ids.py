"""Ids out of links, Series and frames."""

from __future__ import annotations

import contextlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgurdata.errors import InvalidArgument
from imgurdata.model.ids import collect_ids, parse_id


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2YxRdEi", "2YxRdEi"),
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
        ("https://imgur.com/gallery/t/funny/2YxRdEi", "2YxRdEi"),
        ("http://127.0.0.1:8080/gallery/some-words-2YxRdEi", "2YxRdEi"),
    ],
)
def test_ids_and_links(text: str, found: str) -> None:
    assert parse_id(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "abc",
        "with space",
        "some-words-2YxRdEi/",
        "https://imgur.com",
        "https://imgur.com/",
        "https://imgur.com/gallery",
        "https://imgur.com/gallery/",
        "https://imgur.com/t/funny",
        "https://imgur.com/r/birdpics",
        "https://imgur.com/user/SomeOne",
        "https://imgur.com/user/SomeOne/favorites",
        "https://imgur.com/a/Ab3dEf6hIj9kLm2",
        "https://imgur.com/delete/Ab3dEf6hIj9kLm2",
        "Ab3dEf6hIj9kLm2",
        "http://[::1/abcdefg",
        "https://imgur.com/gallery/äöüßxyz",
    ],
)
def test_there_is_none(text: str) -> None:
    with pytest.raises(InvalidArgument, match="There is no id in"):
        parse_id(text)


@pytest.mark.parametrize("value", [None, 5, 2.5, b"2YxRdEi", pd.NA, float("nan"), ["2YxRdEi"]])
def test_what_is_no_text_is_no_id(value: object) -> None:
    with pytest.raises(InvalidArgument, match="is no id"):
        parse_id(value)


def test_a_delete_hash_is_never_taken_for_an_id() -> None:
    for text in ("Ab3dEf6hIj9kLm2", "https://imgur.com/delete/Ab3dEf6hIj9kLm2"):
        with pytest.raises(InvalidArgument) as caught:
            collect_ids(["2YxRdEi", text])
        assert "Ab3dEf6hIj9kLm2" not in str(caught.value)


IDS = ["aaaaa11", "bbbbb22"]


@pytest.mark.parametrize(
    "source",
    [
        IDS,
        tuple(IDS),
        iter([*IDS, "aaaaa11"]),
        np.array(IDS),
        pd.Series(IDS, index=[9, 9]),
        pd.Series([*IDS, None, "aaaaa11"], dtype="str"),
        pd.Index(IDS),
        pd.DataFrame({"id": IDS}),
        {"aaaaa11": 1, "bbbbb22": 2},
        ["https://imgur.com/a/aaaaa11", "https://imgur.com/gallery/x-bbbbb22"],
    ],
    ids=lambda source: type(source).__name__,
)
def test_many_ids_each_once_in_order(source: object) -> None:
    assert collect_ids(source) == (IDS, False)


def test_one_id_is_single_a_list_of_one_is_not() -> None:
    assert collect_ids("aaaaa11") == (["aaaaa11"], True)
    assert collect_ids(["aaaaa11"]) == (["aaaaa11"], False)
    assert collect_ids([]) == ([], False)


@pytest.mark.parametrize(
    "source",
    [5, None, 2.5, [None], [["aaaaa11"]], pd.Series([1, 2]), pd.DataFrame({"x": [1]}), b"aaaaa11"],
    ids=repr,
)
def test_no_ids(source: object) -> None:
    with pytest.raises(InvalidArgument):
        collect_ids(source)


def test_a_frame_without_ids_says_what_it_has() -> None:
    with pytest.raises(InvalidArgument, match=r"no column 'id'.*'name'"):
        collect_ids(pd.DataFrame({"name": ["x"]}))


LETTERS = st.text("abcXYZ019", min_size=7, max_size=7)


@given(LETTERS, st.lists(st.text("abcdef", min_size=1), max_size=3))
def test_every_form_of_link_gives_the_id_back(name: str, words: list[str]) -> None:
    slug = "-".join([*words, name])
    for link in (name, f"https://imgur.com/gallery/{slug}", f"imgur.com/a/{slug}", f"/{name}"):
        assert parse_id(link) == name
    assert parse_id(f"https://i.imgur.com/{name}.jpeg") == name


@given(st.text())
def test_any_text_is_an_id_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidArgument):
        assert 5 <= len(parse_id(text)) <= 10
