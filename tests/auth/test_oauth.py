"""Renewing and verifying tokens, over real HTTP."""

from __future__ import annotations

import datetime as dt
import logging
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from tracebacks import shown_by

import imgurdata as imd
from imgurdata.auth import Secret, Token, refresh, verify
from imgurdata.errors import (
    ApiError,
    BadResponse,
    ConnectionFailed,
    InvalidArgument,
    InvalidClient,
    InvalidToken,
    MissingClientId,
    OverCapacity,
)
from imgurdata.sandbox import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def issued(sandbox: Sandbox) -> Token:
    # The stricter kind: the old refresh token ends when a new one is issued.
    sandbox.refresh_rotates = True
    access, renewal = sandbox.issue_tokens(sandbox.account)
    return Token(access, refresh_token=renewal)


@pytest.fixture
def token(sandbox: Sandbox) -> Token:
    return issued(sandbox)


def renewed(sandbox: Sandbox, token: Token, **options: object) -> Token:
    given = {"client_id": sandbox.client_id, "client_secret": sandbox.client_secret,
             "base_url": sandbox.url}  # fmt: skip
    return refresh(token, **(given | options))  # type: ignore[arg-type]


def test_refresh_returns_new_token_without_credits(sandbox: Sandbox, token: Token) -> None:
    now = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    new = renewed(sandbox, token, now=now)
    assert new.access_token != token.access_token
    assert new.username == sandbox.account
    assert new.expires_at == now + dt.timedelta(seconds=315360000)
    assert isinstance(new.account_id, int)
    assert verify(new, base_url=sandbox.url)
    assert sandbox.spent == 0


def test_refresh_ends_old_refresh_token(sandbox: Sandbox, token: Token) -> None:
    new = renewed(sandbox, token)
    assert new.refresh_token != token.refresh_token
    with pytest.raises(InvalidToken, match="sign in again"):
        renewed(sandbox, token)
    assert renewed(sandbox, new).refresh_token != new.refresh_token


def test_refresh_refuses_token_of_another_account(sandbox: Sandbox, token: Token) -> None:
    token = renewed(sandbox, token)
    assert renewed(sandbox, replace(token, username="renamed")).username == sandbox.account
    assert isinstance(token.account_id, int)
    with pytest.raises(InvalidToken, match="another account"):
        renewed(sandbox, replace(issued(sandbox), account_id=token.account_id + 1))


def test_refresh_checks_arguments_before_request(sandbox: Sandbox, token: Token) -> None:
    with pytest.raises(MissingClientId, match="client_id="):
        renewed(sandbox, token, client_id=None)
    with pytest.raises(InvalidArgument, match=r"client secret.*sign in again"):
        renewed(sandbox, token, client_secret=None)
    with pytest.raises(InvalidArgument, match="no refresh token"):
        renewed(sandbox, Token.of("x" * 40))
    assert sandbox.requests == []


def test_refresh_sends_environment_secrets_to_imgur_only(
    sandbox: Sandbox, token: Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMGUR_CLIENT_ID", sandbox.client_id)
    monkeypatch.setenv("IMGUR_CLIENT_SECRET", sandbox.client_secret)
    with pytest.raises(MissingClientId):
        refresh(token, base_url=sandbox.url)


def test_refresh_failures_have_right_error_without_secrets(
    subtests: pytest.Subtests, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for fault, error in [
        (503, OverCapacity),
        ("over_capacity", OverCapacity),
        ("reset", ConnectionFailed),
        ("html", BadResponse),
        ("empty", BadResponse),
        ("truncated", ConnectionFailed),
        ("bad_json", BadResponse),
        (500, ApiError),
    ]:
        with subtests.test(fault=fault, error=error):
            # New tokens each time: a truncated response may have ended the old ones.
            token = issued(sandbox)
            sandbox.fail(fault, path="/oauth2/token")
            with pytest.raises(error) as caught:
                renewed(sandbox, token)
            shown = shown_by(caught.value) + caplog.text
            secrets = [Secret(sandbox.client_secret), token.access_token, token.refresh_token]
            assert not [secret for secret in secrets if secret.reveal() in shown]


def test_refresh_interrupted_shows_no_secret(
    sandbox: Sandbox, token: Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", interrupted)
    with pytest.raises(KeyboardInterrupt) as caught:
        renewed(sandbox, token)
    shown = "".join(
        traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
    )
    assert token.refresh_token is not None
    assert token.refresh_token.reveal() not in shown
    assert "sessions.py" not in shown


def test_refresh_refuses_wrong_client(sandbox: Sandbox, token: Token) -> None:
    for options in ({"client_secret": "0" * 40}, {"client_id": "unknown"}):
        with pytest.raises((InvalidClient, InvalidToken)):
            renewed(sandbox, token, **options)
    other = sandbox.add_client()
    with pytest.raises((InvalidToken, InvalidClient)):
        renewed(sandbox, token, client_id=other)


def test_verify_returns_whether_token_is_accepted(sandbox: Sandbox, token: Token) -> None:
    text = token.access_token.reveal()
    assert verify(text, base_url=sandbox.url)
    sandbox.revoke_token(text)
    assert verify(token, base_url=sandbox.url) is False
    assert verify("no token at all".replace(" ", ""), base_url=sandbox.url) is False
    sandbox.fail(503, path="/oauth2/secret")
    with pytest.raises(OverCapacity):
        verify(token, base_url=sandbox.url)
    sandbox.fail("over_capacity", path="/oauth2/secret")
    with pytest.raises(OverCapacity):
        verify(token, base_url=sandbox.url)
    assert sandbox.spent == 0


@pytest.mark.recorded
def test_refresh_reads_recorded_responses(subtests: pytest.Subtests, payloads: Path, peer) -> None:
    old = Token("old-old-old", refresh_token="renewal-renewal")
    recorded = sorted((payloads / "oauth2-token").glob("*.json"))
    assert len(recorded) >= 3
    for path in recorded:
        with subtests.test(path.name):
            peer.answers["/oauth2/token"] = (200, {}, path.read_bytes())
            new = refresh(old, client_id="a", client_secret="b", base_url=peer.url)
            assert new.username
            assert new.access_token == Secret("REDACTED")


def test_refresh_reads_a_wrapped_response(peer) -> None:
    old = Token("old-old-old", refresh_token="renewal-renewal")
    peer.says("/oauth2/token", {"access_token": "new-new-new", "account_username": "ann"})
    new = refresh(old, client_id="a", client_secret="b", base_url=peer.url)
    assert (new.access_token, new.username) == (Secret("new-new-new"), "ann")


def test_refresh_without_certificates_is_our_error(
    token: Token, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "missing.pem"))
    with pytest.raises(
        ConnectionFailed, match=r"OSError. Look at .*\$REQUESTS_CA_BUNDLE"
    ) as caught:
        refresh(token, client_id="a", client_secret="b" * 40, base_url="https://127.0.0.1:9")
    shown = shown_by(caught.value)
    assert not [text for text in (token.refresh_token.reveal(), "b" * 40) if text in shown]


def test_auth_exports_names_for_scripts() -> None:
    assert dir(imd.auth) == imd.auth.__all__
    assert imd.auth.refresh is refresh
    assert {"authorize_url", "parse_redirect", "refresh", "verify", "Token", "Secret"} <= set(
        imd.auth.__all__
    )
