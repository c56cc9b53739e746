"""Errors: the tree that the docstring draws, pickling, and what is taken out of texts."""

from __future__ import annotations

import copy
import datetime as dt
import gc
import inspect
import json
import multiprocessing
import pickle
import re
from urllib.parse import quote, quote_plus

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgurdata import errors
from imgurdata._secret import Secret, redact_exactly
from imgurdata.errors import ImgurDataError, redact

CLASSES = {
    name: kind
    for name, kind in vars(errors).items()
    if inspect.isclass(kind) and issubclass(kind, ImgurDataError)
}
HASH = "Ab3dEf6hIj9kLm2"
TOKEN = "0123456789abcdef0123456789abcdef01234567"


def drawn() -> dict[str, tuple[str, set[str]]]:
    """Return each class of the docstring's tree with its parent there, and what it also is."""
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
    """Return an error with a value in every argument."""
    values = {
        "status": 404,
        "reason": "Not here",
        "request": "/3/gallery/abcdefg",
        "body": '{"data":null}',
        "limit": "client",
        "reset_at": dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC),
        "budget": 7,
        "spent": 6,
        "retryable": False,
    }
    taken = inspect.signature(kind.__init__).parameters
    error = kind("It is so.", **{name: value for name, value in values.items() if name in taken})
    error.partial = pd.DataFrame({"id": pd.Series(["a", "b"], dtype="str")})
    return error


def test_error_classes_are_those_of_the_tree() -> None:
    tree = drawn()
    assert set(tree) == set(CLASSES)
    for name, (parent, also) in tree.items():
        bases = {base.__name__ for base in CLASSES[name].__bases__}
        assert bases == {parent, *also}, name


def test_errors_all_names_every_class() -> None:
    assert set(errors.__all__) == {*CLASSES, "keep_secret", "redact"}
    assert set(dir(errors)) == set(CLASSES)
    assert errors.__all__ == sorted(errors.__all__, key=lambda name: (name.islower(), name))


COPIES = [
    *((p, lambda error, p=p: pickle.loads(pickle.dumps(error, protocol=p)))
      for p in range(pickle.HIGHEST_PROTOCOL + 1)),
    ("copy", copy.copy), ("deepcopy", copy.deepcopy),
]  # fmt: skip


def test_errors_pickle_and_copy_with_every_attribute(subtests) -> None:
    for name, kind in CLASSES.items():
        for way, copied in COPIES:
            with subtests.test(kind=name, way=way):
                error = example(kind)
                error.partial.attrs["imgurdata"] = {"complete": False}
                error.add_note("while reading page 3")
                back = copied(error)
                assert type(back) is kind
                assert back.args == error.args
                assert (str(back), repr(back)) == (str(error), repr(error))
                assert back.message == "It is so."
                before, after = dict(vars(error)), dict(vars(back))
                pd.testing.assert_frame_equal(after.pop("partial"), before.pop("partial"))
                assert back.partial.attrs == error.partial.attrs
                assert after == before
                assert back.__notes__ == ["while reading page 3"]
                for slot in ("msg", "name", "path"):  # of ImportError
                    assert getattr(back, slot, None) == getattr(error, slot, None)


def test_errors_cross_process_borders() -> None:
    with (
        multiprocessing.get_context("spawn").Pool(1) as pool,
        pytest.raises(errors.InvalidArgument, match="There is no id in") as caught,
    ):
        pool.apply(_refuse)
    assert caught.value.partial is None


def _refuse() -> None:
    raise errors.InvalidArgument("There is no id in it.")


def test_errors_are_builtin_errors_too() -> None:
    with pytest.raises(ValueError, match="window"):
        raise errors.InvalidArgument("window means nothing here")
    with pytest.raises(ImportError, match="pip"):
        raise errors.MissingExtra("pip install imgurdata[notebook]")


def test_message_is_empty_without_arguments() -> None:
    error = ImgurDataError.__new__(ImgurDataError)
    assert error.message == ""


SECRET_TEXTS = [
    (f'{{"deletehash":"{HASH}"}}', HASH),
    (f'{{"deletehash" : "{HASH}", "id":"x"}}', HASH),
    (f'{{\\"deletehash\\":\\"{HASH}\\"}}', HASH),
    (f"<deletehash>{HASH}</deletehash>", HASH),
    (f"<deletehash><![CDATA[{HASH}]]></deletehash>", HASH),
    (f'<deletehash type="text">{HASH}</deletehash>', HASH),
    (f"deletehashes[]={HASH}&title=x", HASH),
    (f"deletehashes%5B%5D={HASH}&title=x", HASH),
    (f'"deletehashes": ["{HASH}"]', HASH),
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
]


def test_redact_removes_secrets(subtests) -> None:
    for text, secret in SECRET_TEXTS:
        with subtests.test(text=text):
            result = redact(text)
            assert secret not in result
            assert "***" in result
            assert redact(result) == result
            error = errors.ApiError(result, reason=text, request=text, body=text)
            assert secret not in f"{error!r} {vars(error)}"
            assert secret not in errors.BadResponse(result, body=text).body


PLAIN_TEXTS = [
    "",
    "Unable to find an image with the id, abcdefg",
    "/3/gallery/hot/viral/day/0",
    "https://i.imgur.com/abcdefg.jpg",
    '{"title":"extraordinarily","views":123456789012345}',
    "Authentication required",
]


def test_redact_keeps_other_texts(subtests) -> None:
    for text in PLAIN_TEXTS:
        with subtests.test(text=text):
            assert redact(text) == text


@given(st.text())
def test_redact_accepts_any_text(text: str) -> None:
    assert isinstance(redact(text), str)


def test_redact_removes_kept_secrets_in_any_form(subtests) -> None:
    class Owner:
        pass

    owner, secret = Owner(), 'a/b+c="d\\e~f'
    errors.keep_secret(owner, [secret, "short"])
    forms = {
        "plain": secret,
        "query": quote_plus(secret),
        "path": quote(secret, safe=""),
        "twice": quote(quote(secret, safe=""), safe=""),
        "JSON": json.dumps(secret)[1:-1],
        "JSON of PHP": json.dumps(secret)[1:-1].replace("/", "\\/"),
    }
    for name, form in forms.items():
        with subtests.test(form=name):
            assert redact(f"a {form} b short") == "a *** b short"
            assert redact_exactly(f"a {form} b", [Secret(secret), None]) == "a *** b"
    assert redact_exactly("a b short", [Secret("short")]) == "a b short"
    del owner
    gc.collect()
    assert redact(secret) == secret


def test_redact_shows_no_beginning_of_a_secret_at_the_cut() -> None:
    class Owner:
        pass

    secret = "k3y" * 74
    errors.keep_secret(owner := Owner(), [secret])
    # What stands before it becomes short, so that the end of what is read would be shown.
    assert secret[:12] not in redact(secret * 9, longest=100)
    del owner
