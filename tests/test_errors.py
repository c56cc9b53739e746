"""Errors: the tree that the docstring draws, pickling, and what is taken out of texts."""

from __future__ import annotations

import copy
import datetime as dt
import inspect
import multiprocessing
import pickle
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgurdata import errors
from imgurdata.errors import ImgurDataError, redact

CLASSES = {
    name: kind
    for name, kind in vars(errors).items()
    if inspect.isclass(kind) and issubclass(kind, ImgurDataError)
}
HASH = "Ab3dEf6hIj9kLm2"
TOKEN = "0123456789abcdef0123456789abcdef01234567"


def drawn() -> dict[str, tuple[str, set[str]]]:
    """Each class of the docstring's tree with its parent there, and what it also is."""
    tree: dict[str, tuple[str, set[str]]] = {}
    above: list[tuple[int, str]] = []
    lines = (errors.__doc__ or "").split("::")[1].split("All of them")[0].splitlines()
    for line in lines:
        if found := re.match(r"([\s│├└─]*)(\w+)(?: \(also (\w+)\))?", line):
            depth, name = len(found[1]), found[2]
            above = [(d, n) for d, n in above if d < depth]
            tree[name] = (above[-1][1] if above else "Exception", {found[3]} - {None})
            above.append((depth, name))
    return tree


def example(kind: type[ImgurDataError]) -> ImgurDataError:
    """An error with a value in every argument."""
    values = {
        "status": 404,
        "reason": "Not here",
        "request": "/3/gallery/abcdefg",
        "body": '{"data":null}',
        "limit": "client",
        "reset_at": dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC),
        "partial": pd.DataFrame({"id": pd.Series(["a", "b"], dtype="str")}),
    }
    taken = inspect.signature(kind.__init__).parameters
    return kind("It is so.", **{name: value for name, value in values.items() if name in taken})


def test_the_classes_are_those_of_the_tree() -> None:
    tree = drawn()
    assert set(tree) == set(CLASSES)
    for name, (parent, also) in tree.items():
        bases = {base.__name__ for base in CLASSES[name].__bases__}
        assert bases == {parent, *also}, name


def test_all_are_public_and_nothing_else_is_but_redact() -> None:
    assert set(errors.__all__) == {*CLASSES, "keep_secret", "redact"}
    assert errors.__all__ == sorted(errors.__all__, key=lambda name: (name.islower(), name))


@pytest.mark.parametrize("kind", CLASSES.values(), ids=CLASSES)
@pytest.mark.parametrize("way", [*range(pickle.HIGHEST_PROTOCOL + 1), "copy", "deepcopy"])
def test_errors_pickle_with_every_attribute(kind: type[ImgurDataError], way: int | str) -> None:
    error = example(kind)
    error.partial.attrs["imgurdata"] = {"complete": False}
    error.add_note("while reading page 3")
    if isinstance(way, int):
        back = pickle.loads(pickle.dumps(error, protocol=way))
    else:
        back = getattr(copy, way)(error)
    assert type(back) is kind
    assert back.args == error.args
    assert (str(back), repr(back), back.message) == (str(error), repr(error), "It is so.")
    mine, theirs = dict(vars(error)), dict(vars(back))
    pd.testing.assert_frame_equal(theirs.pop("partial"), mine.pop("partial"))
    assert back.partial.attrs == error.partial.attrs
    assert theirs == mine
    assert back.__notes__ == ["while reading page 3"]
    for name in ("msg", "name", "path"):  # ImportError's own slots
        assert getattr(back, name, None) == getattr(error, name, None)


def test_an_error_crosses_the_border_of_a_process() -> None:
    with (
        multiprocessing.get_context("spawn").Pool(1) as pool,
        pytest.raises(errors.InvalidArgument, match="There is no id in") as caught,
    ):
        pool.apply(_refuse)
    assert caught.value.partial is None


def _refuse() -> None:
    raise errors.InvalidArgument("There is no id in it.")


def test_what_they_also_are() -> None:
    with pytest.raises(ValueError, match="window"):
        raise errors.InvalidArgument("window means nothing here")
    with pytest.raises(ImportError, match="pip"):
        raise errors.MissingExtra("pip install imgurdata[notebook]")


def test_without_a_message_there_is_none() -> None:
    error = ImgurDataError.__new__(ImgurDataError)
    assert error.message == ""


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f'{{"deletehash":"{HASH}"}}', HASH),
        (f'{{"deletehash" : "{HASH}", "id":"x"}}', HASH),
        (f'{{\\"deletehash\\":\\"{HASH}\\"}}', HASH),
        (f"<deletehash>{HASH}</deletehash>", HASH),
        (f"/3/image/{HASH}", HASH),
        (f"\\/3\\/album\\/{HASH}\\/add", HASH),
        (f"https://imgur.com/delete/{HASH}", HASH),
        (f"Album not found{HASH}", HASH),
        (f"Unable to find an album with the id, {HASH}.", HASH),
        (f"access_token={TOKEN}&expires_in=1", TOKEN),
        (f"the token {TOKEN} is no good", TOKEN),
        ('{"refresh_token":"shorterthan40"}', "shorterthan40"),
        ("client_secret=s3cr3t&x=1", "s3cr3t"),
        ('{"password": "open-sesame"}', "open-sesame"),
        ("<email>who@example.org</email>", "who@example.org"),
        ("write to some.one+imgur@mail.example.org!", "some.one+imgur@mail.example.org"),
        ("Authorization: Bearer abc.def-ghi", "abc.def-ghi"),
        ("Authorization: Client-ID 0a1b2c3d4e5f6a7", "0a1b2c3d4e5f6a7"),
        ('{"X-RapidAPI-Key": "kkkk"}', "kkkk"),
        ("X-Mashape-Key: kkkk", "kkkk"),
    ],
)
def test_redact_takes_secrets_out(text: str, secret: str) -> None:
    told = redact(text)
    assert secret not in told
    assert "***" in told
    assert redact(told) == told
    error = errors.ApiError(told, reason=text, request=text, body=text)
    assert secret not in f"{error!r} {vars(error)}"
    assert secret not in errors.BadResponse(told, body=text).body


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Unable to find an image with the id, abcdefg",
        "/3/gallery/hot/viral/day/0",
        "https://i.imgur.com/abcdefg.jpg",
        '{"title":"extraordinarily","views":123456789012345}',
        "Authentication required",
    ],
)
def test_redact_leaves_the_rest(text: str) -> None:
    assert redact(text) == text


@given(st.text())
def test_redact_takes_any_text(text: str) -> None:
    assert isinstance(redact(text), str)
