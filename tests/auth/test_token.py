"""Secrets do not show, and do not travel."""

from __future__ import annotations

import copy
import dataclasses
import logging
import pickle

import pytest

from imgurdata.auth import Secret, Token
from imgurdata.errors import ImgurDataError

TEXT = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"


@pytest.mark.decision("secrets-do-not-show")
def test_secret_shows_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(TEXT)
    token = Token(secret, refresh_token=Secret("r" * 40), username="Ann")
    caplog.set_level(logging.DEBUG)
    logging.getLogger("x").debug("%s %r %s", secret, secret, token)
    shown = [
        repr(secret), str(secret), f"{secret}", f"{secret:>50}", "%s" % secret,  # noqa: UP031
        repr([secret]), repr(token), str(token), repr(vars), caplog.text, secret.fingerprint(),
    ]  # fmt: skip
    assert not any(TEXT in text or "rrrr" in text for text in shown)
    assert secret.reveal() == TEXT
    assert not hasattr(secret, "__dict__")


@pytest.mark.decision("secrets-do-not-show")
def test_secret_and_token_do_not_pickle_or_copy(subtests: pytest.Subtests) -> None:
    for what in [Secret(TEXT), Token.of(TEXT)]:
        for travel in [pickle.dumps, copy.copy, copy.deepcopy]:
            with (
                subtests.test(travel=travel, what=what),
                pytest.raises(ImgurDataError, match=r"connect\(\) in the worker"),
            ):
                travel(what)


def test_secrets_compare_by_text() -> None:
    assert Secret(TEXT) == Secret(Secret(TEXT))
    assert hash(Secret(TEXT)) == hash(Secret(TEXT))
    assert Secret(TEXT) != Secret("x")
    assert Secret(TEXT) != TEXT
    assert Secret("x")
    assert not Secret("")
    assert len(Secret(TEXT).fingerprint()) == 16


def test_token_of_accepts_token_secret_and_text() -> None:
    token = Token.of(TEXT)
    assert Token.of(token) is token
    assert Token.of(Secret(TEXT)) == token
    with pytest.raises(dataclasses.FrozenInstanceError):
        token.username = "Bob"
    assert dataclasses.replace(token, username="Bob").access_token == token.access_token


def test_token_wraps_text_in_secrets() -> None:
    token = Token("0123456789", refresh_token="abcdefghij")
    assert "0123456789" not in repr(token)
    assert "abcdefghij" not in f"{token} {token.refresh_token}"
    assert token == Token(Secret("0123456789"), refresh_token=Secret("abcdefghij"))
    assert token.access_token.reveal() == "0123456789"
