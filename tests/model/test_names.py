"""User names and numbers of comments out of text, links, Series and frames."""

from __future__ import annotations

import contextlib
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from imgurdata.endpoints import ENDPOINTS, find
from imgurdata.errors import InvalidArgument
from imgurdata.model.names import (
    collect_comment_ids,
    collect_usernames,
    parse_comment_id,
    parse_conversation,
    parse_folder,
    parse_subreddit,
    parse_tag,
    parse_topic,
    parse_username,
)


def named(value: Any) -> str:
    """A short name of a test."""
    return "a very large number" if isinstance(value, int) and value > 10**99 else repr(value)[:40]


USERNAMES = [
    ("somebody", "somebody"), ("  some_body\n", "some_body"), ("a", "a"), ("x" * 63, "x" * 63),
    ("Old-Name", "Old-Name"), ("007", "007"), ("me", "me"), ("Me", "me"), ("ME", "me"),
    ("Meadow", "Meadow"), ("https://imgur.com/user/Some_Body", "Some_Body"),
    ("http://imgur.com/user/somebody/", "somebody"),
    ("https://imgur.com/user/somebody/favorites/folder", "somebody"),
    ("https://imgur.com/user/somebody?tab=x#y", "somebody"), ("imgur.com/user/me", "me"),
    ("m.imgur.com/user/somebody", "somebody"),
    ("https://api.imgur.com/3/account/somebody/images", "somebody"),
    ("http://127.0.0.1:8080/user/user", "user"),
]  # fmt: skip


def test_parse_username_reads_names_and_links(subtests: pytest.Subtests) -> None:
    for text, name in USERNAMES:
        with subtests.test(text=text):
            assert parse_username(text) == name


NO_USERNAME = [
    "", "  ", "two words", "x" * 64, "../me", "a/b", "me?x=1", "a%20b", "naïve", "[deleted]",
    "a.b", "a\nb", "https://imgur.com/user/", "https://imgur.com/gallery/2YxRdEi",
    "https://imgur.com/user/a b", "https://imgur.com/user/a.b",
    "https://imgur.com/account/settings", "https://api.imgur.com/3/account/",
    "https://example.com/user/somebody", "https://imgur.com.example.com/user/somebody",
    "https://imgur.com@example.com/user/somebody", "a." * 30_000, "/user/" * 20_000,
    "٣٤٥", None, 7, 1.5, True,
    b"somebody", pd.NA, float("nan"), ["somebody"],
]  # fmt: skip


def test_parse_username_refuses_other_values(subtests: pytest.Subtests) -> None:
    for text in NO_USERNAME:
        refused = pytest.raises(InvalidArgument, match=r"^username must be a user name of")
        with subtests.test(text=text), refused:
            parse_username(text)


def test_collect_usernames_returns_each_name_once_in_order() -> None:
    names = ["some_body", "Other"]
    for form in (
        names,
        tuple(names),
        iter(names),
        {"url": names},
        [{"url": names[0]}, {"account_url": names[1]}],
        np.array(names),
        [*names, names[0], "https://imgur.com/user/some_body"],
        pd.Series(names),
        pd.Series([names[0], None, names[1]], dtype="str"),
        pd.Series([names[0], pd.NA, names[1]], dtype="string"),
        pd.Index(names),
        pd.DataFrame({"author": names}),
        pd.DataFrame({"author": ["x", "y"], "account_url": names}),
        pd.DataFrame({"url": ["x", "y"], "username": names}),
    ):
        assert collect_usernames(form) == (names, False)
    assert collect_usernames("some_body") == (["some_body"], True)
    assert collect_usernames(["some_body"]) == (["some_body"], False)
    assert collect_usernames([]) == ([], False)
    assert collect_usernames(["me", "ME"]) == (["me"], False)
    assert collect_usernames(["Some_Body", "x", "some_body"]) == (["Some_Body", "x"], False)


NO_USERNAMES = [
    (None, "got None"), (7, "got 7"), (["a", None], "got None"),
    (["a", 7], "got 7"), (b"ab", "got b'ab'"), ([["a"]], "got ..a"),
    (pd.DataFrame({"name": ["a"]}), "column 'username' or .*; got columns 'name'"),
    (dict.fromkeys("ab"), "'username' or 'account_url' or 'author'"),
    (pd.Series([1]), "1"),
]  # fmt: skip


def test_collect_usernames_refuses_other_values(subtests: pytest.Subtests) -> None:
    for names, words in NO_USERNAMES:
        with subtests.test(names=names), pytest.raises(InvalidArgument, match=words):
            collect_usernames(names)


COMMENT_IDS = [
    (1938489503, "1938489503"), ("1938489503", "1938489503"), (" 77\n", "77"), (1, "1"),
    (np.int64(5), "5"), (2**62, str(2**62)),
    ("https://imgur.com/gallery/2YxRdEi/comment/1938489503", "1938489503"),
    ("https://imgur.com/gallery/some-words-2YxRdEi/comment/77/", "77"),
    ("imgur.com/gallery/2YxRdEi/comment/77?nested=1#x", "77"), ("/3/comment/77", "77"),
    ("/3/comment/77/replies", "77"), ("/3/comment/77.json", "77"),
]  # fmt: skip


def test_parse_comment_id_reads_numbers_and_links(subtests: pytest.Subtests) -> None:
    for value, number in COMMENT_IDS:
        with subtests.test(value=value):
            assert parse_comment_id(value) == number


NO_COMMENT_ID = [
    0, -1, "0", "007", "-5", "+5", "", "abc", "2YxRdEi", 1.0, 5.5, True, False, None, pd.NA,
    float("nan"), b"77", [77], (77,), {77}, "7 7", "1e3", "10" * 10, 10**30, "٣٤٥", "1٢",
    "https://imgur.com/gallery/2YxRdEi", "https://imgur.com/comment/", "/comment/0",
    "/comment/٣", "/comment/77a", "/comment/" + "9" * 30,
    "https://example.com/gallery/2YxRdEi/comment/77", "/comment/" * 20_000,
    10**5000, ["/comment/77/"],
]  # fmt: skip


def test_parse_comment_id_refuses_other_values(subtests: pytest.Subtests) -> None:
    for value in NO_COMMENT_ID:
        with (
            subtests.test(value=value),
            pytest.raises(InvalidArgument, match=r"^ids must be the number of a comment such as"),
        ):
            parse_comment_id(value)


def test_collect_comment_ids_returns_each_id_once_in_order() -> None:
    numbers = [1938489503, 77]
    for form in (
        numbers,
        tuple(numbers),
        iter(numbers),
        map(str, numbers),
        np.array(numbers),
        [*numbers, "77", "https://imgur.com/gallery/2YxRdEi/comment/77"],
        pd.Series(numbers),
        pd.Series([numbers[0], None, numbers[1]], dtype="Int64"),
        pd.Series(numbers).astype("str"),
        pd.Index(numbers),
        pd.DataFrame({"id": numbers, "parent_id": [1, 2]}),
    ):
        assert collect_comment_ids(form) == (["1938489503", "77"], False)
    for one in (77, "77", np.int64(77), "/gallery/2YxRdEi/comment/77"):
        assert collect_comment_ids(one) == (["77"], True)
    assert collect_comment_ids([]) == ([], False)


NO_COMMENT_IDS = [
    (None, "got None"), (b"77", "got b'77'"), ([77, None], "got None"), ([77, "x"], "got 'x'"),
    (pd.Series([7.0, float("nan")]), r"got 7\.0"), ([[77]], "got .77"),
    (pd.DataFrame({"number": [77]}), "column 'id'; got columns 'number'"),
]  # fmt: skip


def test_collect_comment_ids_refuses_other_values(subtests: pytest.Subtests) -> None:
    for ids, words in NO_COMMENT_IDS:
        with subtests.test(ids=ids), pytest.raises(InvalidArgument, match=words):
            collect_comment_ids(ids)


@given(st.text(max_size=80) | st.integers() | st.binary(max_size=20) | st.floats() | st.none())
def test_parsed_names_and_ids_fit_in_a_path(value: Any) -> None:
    with contextlib.suppress(InvalidArgument):
        name = parse_username(value)
        assert name.isascii()
        assert name.replace("-", "").replace("_", "").isalnum() or set(name) <= {"-", "_"}
    with contextlib.suppress(InvalidArgument):
        number = parse_comment_id(value)
        assert number.isascii()
        assert number.isdigit()
        assert 0 < int(number) < 10**19


@given(st.integers(1, 2**63 - 1))
def test_parse_comment_id_reads_every_number(number: int) -> None:
    for form in (number, str(number), f"https://imgur.com/gallery/2YxRdEi/comment/{number}"):
        assert parse_comment_id(form) == str(number)


NAMES = [("tag", parse_tag), ("topic", parse_topic), ("subreddit", parse_subreddit)]
anything = st.text() | st.text("ab. _-/#?%'&", max_size=12) | st.sampled_from([
    "..", ".", "a.json", "a.XML", "../x", "a b", "#a", "/t/a", "r/a_b", "caf\u00e9", "\u732b",
])  # fmt: skip


@given(text=anything, which=st.sampled_from(NAMES))
def test_names_are_refused_or_lead_to_their_own_path(text: str, which: Any) -> None:
    load, parse = which
    name = ""
    with contextlib.suppress(InvalidArgument):
        name = parse(text)
    if not name:
        with pytest.raises(InvalidArgument, match=f"{load} must be"):
            parse(text)
        return
    path = ENDPOINTS[load].build(**{load: name})
    sent = urlsplit(requests.Request("GET", f"https://imgur.example{path}").prepare().url).path
    assert sent == path
    found = find(sent)
    assert found is not None
    assert (found[0].name, found[1][load]) == (load, name)
    assert parse(name) == name


def test_refused_folders_are_shown_as_they_were_given() -> None:
    for form in ["a/b", "https://imgur.com/user/somebody", "https://x.org/favorites/folder/12"]:
        with pytest.raises(InvalidArgument, match=rf"^folder must be .*; got '{form}'"):
            parse_folder(form)


def test_names_are_taken_from_links(subtests: pytest.Subtests) -> None:
    for parse, form, name in [
        (parse_tag, "https://imgur.com/t/caturday/viral", "caturday"),
        (parse_tag, "imgur.com/t/caturday", "caturday"),
        (parse_tag, "/gallery/t/caturday", "caturday"),
        (parse_tag, " wait for it ", "wait_for_it"),
        (parse_subreddit, "https://imgur.com/r/aww/top", "aww"),
        (parse_topic, "https://imgur.com/topic/Current_Events", "Current_Events"),
        (parse_topic, 17, "17"),
        (parse_folder, "https://imgur.com/user/somebody/favorites/folder/12/public", "12"),
        (parse_folder, 12, "12"),
        (parse_conversation, np.int64(34), "34"),
    ]:
        with subtests.test(form=form):
            assert parse(form) == name
    for parse, form in [
        (parse_tag, "https://imgur.com/r/aww"), (parse_tag, 7), (parse_subreddit, "a b"),
        (parse_subreddit, "https://reddit.com/r/aww"), (parse_topic, 0), (parse_topic, True),
        (parse_folder, "https://imgur.com/user/somebody"), (parse_conversation, "x"),
        (parse_conversation, 10**30), (parse_tag, "x" * 200),
    ]:  # fmt: skip
        with subtests.test(form=form), pytest.raises(InvalidArgument):
            parse(form)
