"""Signing a session in and out, and the renewal of a token that Imgur refuses."""

from __future__ import annotations

import logging
import sqlite3
import stat
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tracebacks import shown_by

import imgurdata as imd
from imgurdata.auth import Secret, Token
from imgurdata.errors import (
    AuthenticationRequired,
    CacheUnusable,
    ConnectionFailed,
    ImgurDataError,
    InvalidArgument,
    InvalidClient,
    InvalidToken,
    MissingClientId,
    OverCapacity,
    RateLimited,
)
from imgurdata.http.auth import Authenticator, Credentials
from imgurdata.sandbox import Sandbox

ME = "/3/account/me"


@pytest.fixture
def token(sandbox: Sandbox) -> Token:
    # The stricter kind: the old refresh token ends when a new one is issued.
    sandbox.refresh_rotates = True
    access, renewal = map(Secret, sandbox.issue_tokens(sandbox.account))
    return Token(access, refresh_token=renewal, username=sandbox.account)


def oauth(sandbox: Sandbox) -> list[int]:
    """How renewals were answered."""
    return [row.status for row in sandbox.requests if row.path == "/oauth2/token"]


def token_of(session: imd.ImgurSession) -> Token | None:
    """Return the current token of a session."""
    with session.running() as authenticator:
        return authenticator.token


# In and out --------------------------------------------------------------------------------------


def test_session_signs_in_place_and_out(sandbox: Sandbox, connect, token: Token) -> None:
    session = connect()
    before = session.identity
    with pytest.raises(AuthenticationRequired):
        session.fetch(ME)
    assert session.sign_in(token) == sandbox.account
    assert session.username == sandbox.account
    assert session.identity.kind == "account"
    assert session.identity.application == before.application
    assert session.fetch(ME)["url"] == sandbox.account
    imd.sign_out(session)
    assert session.identity == before
    assert session.username is None
    with pytest.raises(AuthenticationRequired):
        session.fetch(ME)


def test_sign_in_costs_one_credit_of_the_account(sandbox: Sandbox, connect, token) -> None:
    session = connect()
    session.get("/3/gallery")
    session.sign_in(token)
    rows = session.credits.history()
    assert rows["endpoint"].tolist() == ["gallery", "account"]
    assert rows["cost"].tolist() == [1, 1]
    assert rows["identity"].nunique() == 2
    assert rows["user_limit"].tolist() == [500, 2000]
    assert sandbox.spent == 2
    assert session.credits.remaining("user") == 1999


def test_sign_in_uses_name_from_imgur(sandbox: Sandbox, connect, token: Token) -> None:
    import dataclasses

    session = connect()
    assert session.sign_in(dataclasses.replace(token, username="Somebody")) == sandbox.account
    assert session.username == sandbox.account


def test_sign_in_accepts_token_in_any_form(
    subtests: pytest.Subtests, sandbox: Sandbox, connect
) -> None:
    for given in ["text", "secret", "token"]:
        with subtests.test(given=given):
            text = sandbox.issue_token(sandbox.account)
            forms: dict[str, Any] = {"text": text, "secret": Secret(text), "token": Token.of(text)}
            assert connect().sign_in(forms[given]) == sandbox.account


def test_sign_in_with_invalid_token_changes_nothing(
    sandbox: Sandbox, connect, token: Token
) -> None:
    session = connect()
    before = session.identity
    with pytest.raises(InvalidToken):
        session.sign_in("0" * 40)
    assert session.identity == before
    session.sign_in(token)
    signed_in = session.identity
    with pytest.raises(InvalidToken):
        session.sign_in("0" * 40)
    sandbox.fail(403)
    with pytest.raises(InvalidToken, match="does not accept this token for a sign-in"):
        session.sign_in(token)
    assert session.identity == signed_in


def test_sign_in_with_name_passes_while_imgur_is_down(
    subtests: pytest.Subtests, connect, no_waiting, caplog
) -> None:
    for fault in [503, "over_capacity", "reset", "rate_limited"]:
        with subtests.test(fault=fault), Sandbox() as sandbox:
            caplog.clear()
            token = Token(sandbox.issue_token(sandbox.account), username=sandbox.account)
            session = connect(sandbox=sandbox, cache="memory")
            sandbox.fail(fault, times=9, path=ME)
            with pytest.raises((OverCapacity, ConnectionFailed, RateLimited)):
                session.sign_in(token.access_token)
            assert session.identity.kind == "client"
            assert session.sign_in(token) == sandbox.account
            assert "could not be verified" in caplog.text
            assert session.identity.kind == "account"


def test_sign_in_is_refused_offline(connect, token: Token) -> None:
    with pytest.raises(InvalidArgument, match="offline"):
        connect(offline=True).sign_in(token)


def test_sign_out_needs_client_id(sandbox: Sandbox, connect) -> None:
    session = imd.connect(
        base_url=sandbox.url, token=sandbox.issue_token(sandbox.account), default=False
    )
    with session, pytest.raises(MissingClientId, match="client id"):
        session.sign_out()


@pytest.mark.decision("one-identity-per-pull")
def test_request_in_flight_keeps_its_identity(sandbox: Sandbox, connect, token: Token) -> None:
    """Somebody signs in between the look into the cache and the request itself."""
    session = connect(cache="memory")
    path = f"/3/account/{sandbox.account}/submissions/0"
    real, entered, go_on = session.store.lookup, threading.Event(), threading.Event()

    def slowly(keys, **options):
        found = real(keys, **options)
        entered.set()
        assert go_on.wait(20)
        return found

    session.store.lookup = slowly
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(session.get, path)
        assert entered.wait(20)
        session.store.lookup = real
        session.sign_in(token)
        go_on.set()
        answer.result()
    requests = [row.kind for row in sandbox.requests if row.path == path]
    assert requests == ["client"], "it was asked as whoever asked"
    assert not session.get(path).from_cache, "and is not the account's answer"
    session.sign_out()
    assert session.get(path).from_cache, "but the application's"


@pytest.mark.decision("one-identity-per-pull")
def test_pull_keeps_its_identity(sandbox: Sandbox, connect, token: Token, monkeypatch) -> None:
    session = connect(workers=1)
    pages = 0
    real = type(session).fetch_resolved

    def answer(self, resolved):
        nonlocal pages
        pages += 1
        if pages == 3:
            type(session).sign_in(self, token)
        return real(self, resolved)

    monkeypatch.setattr(type(session), "fetch_resolved", answer)
    frame = imd.load_gallery(pages=4, session=session)
    requests = [row.kind for row in sandbox.requests if row.path.startswith("/3/gallery")]
    assert requests == ["client"] * 4
    assert frame.attrs["imgurdata"]["identity"] != session.identity.key
    assert frame.attrs["imgurdata"]["credits_left"] == 496


# Renewal -----------------------------------------------------------------------------------------


def test_refused_token_is_renewed_and_request_retried(
    subtests: pytest.Subtests, sandbox: Sandbox, connect
) -> None:
    for number, refusal in enumerate([403, 401, 429], start=1):
        with subtests.test(refusal=refusal):
            sandbox.token_refusal = refusal
            access, renewal = sandbox.issue_tokens(sandbox.account)
            token = Token(access, refresh_token=renewal, username=sandbox.account)
            session = connect(token=token, client_secret=sandbox.client_secret, cache="memory")
            assert session.fetch(ME)["url"] == sandbox.account
            identity = session.identity
            sandbox.revoke_token(token.access_token.reveal())
            assert session.fetch("/3/account/me/settings")["account_url"] == sandbox.account
            assert oauth(sandbox) == [200] * number
            assert session.identity == identity
            assert session.get(ME).from_cache, "what was cached before is still this account's"


@pytest.mark.decision("renewed-when-refused")
def test_token_is_not_renewed_before_refusal(sandbox: Sandbox, connect) -> None:
    sandbox.token_lifetime = "1h"
    access, renewal = map(Secret, sandbox.issue_tokens(sandbox.account))
    session = connect(token=Token(access, refresh_token=renewal),
                      client_secret=sandbox.client_secret)  # fmt: skip
    session.get("/3/credits")
    sandbox.advance("59min")
    session.get("/3/credits")
    assert oauth(sandbox) == []
    sandbox.advance("2min")
    session.get("/3/credits")
    assert oauth(sandbox) == [200]


@pytest.mark.decision("renewed-when-refused")
def test_threads_share_one_renewal(sandbox: Sandbox, connect, token: Token) -> None:
    session = connect(token=token, client_secret=sandbox.client_secret, workers=16)
    sandbox.revoke_token(token.access_token.reveal())
    start = threading.Barrier(16)

    def ask(number: int) -> int:
        start.wait(30)
        return int(session.get(f"/3/account/me/comments/newest/{number}").status_code)

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(ask, range(16))) == {200}
    assert oauth(sandbox) == [200]


def test_threads_share_one_failed_renewal(
    sandbox: Sandbox, connect, token: Token, no_waiting
) -> None:
    session = connect(token=token, client_secret=sandbox.client_secret, workers=8)
    sandbox.revoke_token(token.access_token.reveal())
    assert token.refresh_token is not None
    sandbox.revoke_token(token.refresh_token.reveal())
    start = threading.Barrier(8)

    def ask(number: int) -> ImgurDataError:
        start.wait(30)
        with pytest.raises(InvalidToken, match="sign in again") as caught:
            session.get(f"/3/account/me/comments/newest/{number}")
        return caught.value

    with ThreadPoolExecutor(8) as pool:
        errors = list(pool.map(ask, range(8)))
    assert len({id(error) for error in errors}) == 8, "each thread has an error of its own"
    assert 1 <= len(oauth(sandbox)) <= 8


def test_token_is_renewed_during_pull(sandbox: Sandbox, connect, token: Token, monkeypatch) -> None:
    session = connect(token=token, client_secret=sandbox.client_secret, workers=1)
    whole = imd.load_gallery("user", sort="time", pages=4, session=session)
    session.cache.clear()
    count = 0
    real = Authenticator.sign

    def sign(self, headers):
        nonlocal count
        count += 1
        if count == 3:
            sandbox.revoke_token(token.access_token.reveal())
        return real(self, headers)

    monkeypatch.setattr(Authenticator, "sign", sign)
    again = imd.load_gallery("user", sort="time", pages=4, session=session)
    assert again["id"].tolist() == whole["id"].tolist()
    assert again.attrs["imgurdata"]["complete"] is True
    assert oauth(sandbox) == [200]
    assert again.attrs["imgurdata"]["credits_spent"] == 4


def test_renewal_needs_client_secret(sandbox: Sandbox, connect, token: Token) -> None:
    session = connect(token=token)
    sandbox.revoke_token(token.access_token.reveal())
    with pytest.raises(InvalidToken, match=r"client secret.*sign in again"):
        session.get(ME)
    assert oauth(sandbox) == []


def test_renewal_needs_refresh_token(sandbox: Sandbox, connect) -> None:
    text = sandbox.issue_token(sandbox.account)
    session = connect(token=text, client_secret=sandbox.client_secret)
    sandbox.revoke_token(text)
    with pytest.raises(InvalidToken, match=r"without a refresh token: sign in again"):
        session.get(ME)


def test_rate_limit_stays_without_renewal(sandbox: Sandbox, connect) -> None:
    session = connect(token=sandbox.issue_token(sandbox.account))
    sandbox.fail("rate_limited")
    with pytest.raises(RateLimited):
        session.get(ME)


def test_token_refused_after_renewal_is_not_renewed_again(
    subtests: pytest.Subtests, connect
) -> None:
    for remember in (False, True):
        with subtests.test(remember=remember), Sandbox() as sandbox:
            access, renewal = sandbox.issue_tokens(sandbox.account)
            session = connect(sandbox=sandbox, client_secret=sandbox.client_secret, cache="memory")
            session.sign_in(Token(access, refresh_token=renewal), remember=remember)
            for times in (2, 1):
                sandbox.fail("invalid_token", times=times, path=ME)
                with pytest.raises(InvalidToken):
                    session.get(ME)
            assert oauth(sandbox) == [200], "it is not renewed again and again"
            assert session.fetch(ME)["url"] == sandbox.account, "accepted once, it is valid"
            sandbox.fail("invalid_token", path="/3/account/me/settings")
            session.get("/3/account/me/settings")
            assert oauth(sandbox) == [200, 200]


def test_other_refusals_do_not_renew(sandbox: Sandbox, connect, token: Token) -> None:
    session = connect(token=token, client_secret=sandbox.client_secret)
    for fault, error in (("over_capacity", OverCapacity), (403, AuthenticationRequired)):
        sandbox.fail(fault, path=ME)
        with pytest.raises(error):
            session.get(ME)
    nobody = connect()
    sandbox.fail(401, path="/3/gallery")
    with pytest.raises(AuthenticationRequired):
        nobody.get("/3/gallery")
    assert oauth(sandbox) == []


def test_failed_renewal_is_retried_later(
    sandbox: Sandbox, connect, token: Token, no_waiting
) -> None:
    session = connect(token=token, client_secret=sandbox.client_secret)
    sandbox.revoke_token(token.access_token.reveal())
    sandbox.fail("reset", path="/oauth2/token")
    with pytest.raises(ConnectionFailed):
        session.get(ME)
    assert session.fetch(ME)["url"] == sandbox.account, "the next try renews it"


def test_renewal_with_wrong_client_secret_fails(sandbox: Sandbox, connect, token: Token) -> None:
    session = connect(token=token, client_secret="0" * 40)
    sandbox.revoke_token(token.access_token.reveal())
    with pytest.raises((InvalidClient, InvalidToken)):
        session.get(ME)


# Remembered --------------------------------------------------------------------------------------


def test_remembered_sign_in_is_used_by_name(
    sandbox: Sandbox, connect, token: Token, own_home: Path
) -> None:
    first = connect(client_secret=sandbox.client_secret)
    first.sign_in(token, remember=True)
    (kept,) = own_home.glob("sign-ins*")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert token.access_token.reveal() not in kept.read_text()
    first.close()
    before = len(sandbox.requests)
    later = connect(client_secret=sandbox.client_secret, account=sandbox.account.upper())
    assert len(sandbox.requests) == before, "connecting asks nothing"
    assert later.identity.kind == "account"
    assert later.fetch(ME)["url"] == sandbox.account
    assert oauth(sandbox) == [200]


@pytest.mark.decision("renewed-when-refused")
def test_refresh_token_is_stored_before_token_is_used(
    sandbox: Sandbox, connect, token: Token, monkeypatch
) -> None:
    first = connect(client_secret=sandbox.client_secret)
    first.sign_in(token, remember=True)
    order: list[str] = []
    store = type(first.credentials.store())
    write, sign = store._write, Authenticator.sign

    def writing(self, kept):
        order.append("kept")
        write(self, kept)

    def recorded_sign(self, headers):
        used = sign(self, headers)
        order.append("used")
        return used

    monkeypatch.setattr(store, "_write", writing)
    monkeypatch.setattr(Authenticator, "sign", recorded_sign)
    later = connect(client_secret=sandbox.client_secret, account=sandbox.account)
    later.get("/3/credits")
    assert order == ["kept", "used"]
    # The first refresh token has ended with this; the kept one has not.
    again = connect(client_secret=sandbox.client_secret, account=sandbox.account)
    assert again.fetch(ME)["url"] == sandbox.account


def test_sign_out_deletes_remembered_sign_in(
    sandbox: Sandbox, connect, token: Token, own_home: Path
) -> None:
    session = connect(client_secret=sandbox.client_secret)
    session.sign_in(token, remember=True)
    session.sign_out()
    assert not list(own_home.glob("sign-ins*"))
    with pytest.raises(AuthenticationRequired, match="No sign-in of"):
        connect(client_secret=sandbox.client_secret, account=sandbox.account)


def test_unusable_sign_in_is_not_remembered(sandbox: Sandbox, connect, token) -> None:
    session = connect()
    with pytest.raises(InvalidArgument, match="client secret"):
        session.sign_in(token, remember=True)
    assert session.identity.kind == "client"
    bare = connect(client_secret=sandbox.client_secret)
    with pytest.raises(InvalidArgument, match="refresh token"):
        bare.sign_in(token.access_token, remember=True)
    assert sandbox.requests == []


def test_remembered_sign_in_needs_client_secret(sandbox: Sandbox, connect, token: Token) -> None:
    connect(client_secret=sandbox.client_secret).sign_in(token, remember=True)
    with pytest.raises(AuthenticationRequired, match="client secret"):
        connect(account=sandbox.account)
    with pytest.raises(AuthenticationRequired, match="No sign-in of"):
        connect(account="nobody_here", client_secret=sandbox.client_secret)
    with pytest.raises(InvalidArgument, match="not both"):
        connect(account=sandbox.account, token="x" * 40)


def test_sign_out_during_renewal_stores_nothing(
    sandbox: Sandbox, connect, token: Token, own_home: Path
) -> None:
    session = connect(client_secret=sandbox.client_secret)
    session.sign_in(token, remember=True)
    with session.running() as under_way:
        session.sign_out()
        sandbox.revoke_token(token.access_token.reveal())
        with pytest.raises(InvalidToken, match="signed out"):
            session.get(ME)
    assert under_way.identity.kind == "account"
    assert not list(own_home.glob("sign-ins*"))


def test_sessions_use_newest_stored_refresh_token(
    connect, token: Token, own_home: Path, sandbox: Sandbox
) -> None:
    first = connect(client_secret=sandbox.client_secret)
    first.sign_in(token, remember=True)
    others = [connect(client_secret=sandbox.client_secret, account=sandbox.account)
              for _ in range(3)]  # fmt: skip
    for _ in range(2):
        for session in (first, *others):
            now = token_of(session)
            with suppress(InvalidArgument):  # a renewal by another may have ended it already
                sandbox.revoke_token(now.access_token.reveal() if now else "")
            assert session.fetch("/3/account/me/settings")["account_url"] == sandbox.account
    assert set(oauth(sandbox)) == {200}


def test_sessions_renew_one_after_another(connect, token: Token, sandbox: Sandbox) -> None:
    connect(client_secret=sandbox.client_secret).sign_in(token, remember=True)
    sessions = [connect(client_secret=sandbox.client_secret, account=sandbox.account)
                for _ in range(3)]  # fmt: skip
    start = threading.Barrier(3)

    def ask(session: imd.ImgurSession) -> str:
        start.wait(30)
        return str(session.fetch("/3/account/me/settings")["account_url"])

    # In the sandbox a renewal ends the access token of the one before, also of another session.
    with ThreadPoolExecutor(3) as pool:
        assert set(pool.map(ask, sessions)) == {sandbox.account}
    assert set(oauth(sandbox)) == {200}


def test_renewal_after_sign_out_elsewhere_stores_nothing(
    connect, token: Token, own_home: Path, sandbox: Sandbox
) -> None:
    first = connect(client_secret=sandbox.client_secret)
    first.sign_in(token, remember=True)
    second = connect(client_secret=sandbox.client_secret, account=sandbox.account)
    first.sign_out()
    assert second.fetch("/3/account/me/settings")["account_url"] == sandbox.account
    assert oauth(sandbox) == [200]
    assert not list(own_home.glob("sign-ins*"))


def test_renewal_fails_where_the_kept_sign_in_is_refused_or_cannot_be_read(
    connect, token: Token, sandbox: Sandbox, own_home: Path
) -> None:
    session = connect(client_secret=sandbox.client_secret)
    unknown = Token(token.access_token, refresh_token=Secret("x" * 40), username=sandbox.account)
    session.sign_in(unknown, remember=True)
    sandbox.revoke_token(token.access_token.reveal())
    with pytest.raises(InvalidToken):
        session.get("/3/account/me/settings")
    assert len(oauth(sandbox)) == 1
    fresh = connect(client_secret=sandbox.client_secret)
    access = sandbox.issue_token(sandbox.account)
    fresh.sign_in(Token(access, refresh_token=token.refresh_token, username=sandbox.account),
                  remember=True)  # fmt: skip
    (kept,) = own_home.glob("sign-ins*.json")
    kept.unlink()
    kept.mkdir()
    sandbox.revoke_token(access)
    with pytest.raises(CacheUnusable):
        fresh.get("/3/account/me/settings")
    assert len(oauth(sandbox)) == 1  # nothing was renewed that could not be kept


def test_renewal_that_cannot_be_stored_is_used(
    connect, token: Token, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog
) -> None:
    session = connect(client_secret=sandbox.client_secret)
    session.sign_in(token, remember=True)
    with monkeypatch.context() as patch:
        patch.setattr("imgurdata.auth.store.write_private", _full)
        sandbox.revoke_token(token.access_token.reveal())
        assert session.fetch("/3/account/me/settings")["account_url"] == sandbox.account
    assert "could not be kept" in caplog.text
    # What is kept is older now than what the session has.
    renewed = token_of(session)
    assert renewed is not None
    sandbox.revoke_token(renewed.access_token.reveal())
    session.clear_cache()
    assert session.fetch(ME)["url"] == sandbox.account


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")


# What Imgur says of a new token ------------------------------------------------------------------


def test_sign_in_refuses_malformed_account(subtests: pytest.Subtests, peer, connect) -> None:
    session = connect(client_id="abc", base_url=peer.url)
    for named in [True, False]:
        for body in [
            b'{"data":{"url":5},"success":true}',
            b'{"data":[],"success":true}',
            b'{"data":null,"success":true}',
            b'{"data":"","success":true}',
            b'{"data":{},"success":true}',
            b'{"data":{"url":null},"success":true}',
            b'{"data":{"url":"a\\u001b[31m"},"success":true}',
            b'{"data":{"url":["x"]},"success":true}',
            b"<html>",
            b"",
            b"5",
            b"[1]",
            b"\xff\xfe",
            b'{"data":{"url":"' + b"x" * 100_000 + b'"},"success":true}',
            b"[" * 50_000,
            b'{"data":{"url":"\xff"},"success":true}',
        ]:
            with subtests.test(body=body, named=named):
                peer.answers[ME] = (200, {"Content-Type": "application/json"}, body)
                token = Token("t" * 40, username="ann" if named else None)
                with pytest.raises(ImgurDataError) as caught:
                    session.sign_in(token)
                assert len(caught.value.message) < 500
                assert "t" * 40 not in shown_by(caught.value)
                assert session.identity.kind == "client"


# Secrets -----------------------------------------------------------------------------------------


def test_no_file_log_or_traceback_holds_a_token(
    sandbox: Sandbox, connect, token: Token, tmp_path: Path, own_home: Path, caplog
) -> None:
    caplog.set_level(logging.DEBUG)
    session = connect(client_secret=sandbox.client_secret)
    session.sign_in(token)
    session.get(ME)
    sandbox.revoke_token(token.access_token.reveal())
    session.get("/3/account/me/settings")
    assert token.refresh_token is not None
    now = token_of(session)
    assert now is not None
    assert now.refresh_token is not None
    secrets = [s.reveal() for s in (token.access_token, token.refresh_token, now.access_token,
                                    now.refresh_token)] + [sandbox.client_secret]  # fmt: skip
    assert len(set(secrets)) == 5
    sandbox.fail("invalid_token", times=2, path="/3/gallery")
    shown = ""
    try:
        session.get("/3/gallery")
    except ImgurDataError as error:
        shown = "".join(
            traceback.TracebackException.from_exception(error, capture_locals=True).format()
        )
    session.close()
    shown = shown[shown.index("http/session.py") :]
    everything = caplog.text + shown + repr(vars(session)) + repr(session)
    for folder in (tmp_path, own_home):
        for path in folder.rglob("*"):
            everything += path.read_bytes().decode("latin-1") if path.is_file() else ""
    assert [secret for secret in secrets if secret in everything] == []


def test_interrupt_shows_no_token(sandbox: Sandbox, connect, token: Token, monkeypatch) -> None:
    import requests.adapters

    session = connect(token=token)

    def interrupted(self, request, **_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", interrupted)
    try:
        session.get(ME)
    except KeyboardInterrupt as error:
        shown = "".join(
            traceback.TracebackException.from_exception(error, capture_locals=True).format()
        )
    assert "transport.py" in shown
    assert token.access_token.reveal() not in shown


def test_credentials_repr_shows_no_secret(sandbox: Sandbox, connect) -> None:
    session = connect(client_secret=sandbox.client_secret)
    assert isinstance(session.credentials, Credentials)
    assert sandbox.client_secret not in repr(session.credentials)


def test_ledger_holds_no_name(sandbox: Sandbox, connect, token: Token, tmp_path) -> None:
    session = connect()
    session.sign_in(token)
    session.close()
    (path,) = tmp_path.rglob("ledger*.sqlite")
    with sqlite3.connect(path) as connection:
        text = "\n".join(connection.iterdump())
    connection.close()
    assert "account" in text
    assert sandbox.account not in text
