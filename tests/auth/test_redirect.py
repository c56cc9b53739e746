"""The address that comes back: read wherever Imgur puts things, and never repeated in a message."""

from __future__ import annotations

import datetime as dt
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgurdata.auth import Secret, Token, authorize_url, new_state, parse_redirect
from imgurdata.auth.redirect import expiry
from imgurdata.errors import Denied, InvalidArgument, NoToken, SignInError, StateMismatch

STATE = "s-1_x"
ACCESS, RENEWAL = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567", "f" * 40
TOKEN = (
    f"access_token={ACCESS}&expires_in=315360000&token_type=bearer&refresh_token={RENEWAL}"
    "&account_username=invented_name&account_id=4711"
)
NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


@pytest.mark.decision("state-proves")
def test_parse_redirect_finds_token(subtests: pytest.Subtests) -> None:
    for address in [
        f"http://localhost:28080/callback?state={STATE}#{TOKEN}",
        f"http://localhost:28080/callback#{TOKEN}&state={STATE}",
        f"http://localhost:28080/callback?state={STATE}#{TOKEN}&state={STATE}",
        f"https://imgur.com/?state={STATE}#{TOKEN}",
        f"https://example.org/a/b?x=1&state={STATE}#{TOKEN}&unknown=2",
        f"?state={STATE}#{TOKEN}",
        f"#{TOKEN}&state={STATE}",
        f"{TOKEN}&state={STATE}",
        f"  http://localhost/?state={STATE}\n#{TOKEN[:60]}\n{TOKEN[60:]}  ",
        f"http://localhost/?state={STATE}#{TOKEN.replace('bearer', 'Bearer')}",
    ]:
        with subtests.test(address=address):
            token = parse_redirect(address, STATE, now=NOW)
            assert token == Token(
                Secret(ACCESS),
                refresh_token=Secret(RENEWAL),
                username="invented_name",
                account_id=4711,
                expires_at=NOW + dt.timedelta(days=3650),
            )


def test_parse_redirect_needs_token_only() -> None:
    token = parse_redirect(Secret(f"?state={STATE}#access_token={ACCESS}"), STATE)
    assert token == Token(Secret(ACCESS))
    odd = f"?state={STATE}#access_token={ACCESS}&expires_in=soon&account_id=x&refresh_token=%01"
    assert parse_redirect(odd, STATE) == Token(Secret(ACCESS))


def test_parse_redirect_decodes_percent_encoding() -> None:
    state = "ä/+ &=#?%"
    url = authorize_url("id", state)
    assert url.isascii()
    query = url.partition("state=")[2]
    assert parse_redirect(f"http://h/?state={query}#access_token={ACCESS}", state).access_token


def test_parse_redirect_raises_right_error(subtests: pytest.Subtests) -> None:
    for address, error in [
        ("", NoToken),
        ("hello", NoToken),
        ("http://localhost:28080/callback", NoToken),
        ("http://[", NoToken),
        ("http://localhost/?x=1#y=2", NoToken),
        ("&".join("a=1" for _ in range(99)), NoToken),
        ("x" * 20_000, NoToken),
        (f"?state={STATE}", NoToken),
        (f"?state={STATE}#access_token=", NoToken),
        (f"?state={STATE}#access_token={ACCESS}%00", NoToken),
        (f"?state={STATE}#access_token={ACCESS}&token_type=mac", NoToken),
        (f"?state={STATE}#access_token={ACCESS}&access_token={RENEWAL}", NoToken),
        (f"?state={STATE}#error=server_error", NoToken),
        (f"?state={STATE}#error=access_denied", Denied),
        (f"?state={STATE}&error=access_denied", Denied),
        (f"#error=access_denied&state={STATE}", Denied),
        ("#error=access_denied", StateMismatch),
        ("?state=other#error=access_denied", StateMismatch),
        (f"?state=other#{TOKEN}", StateMismatch),
        (f"#{TOKEN}", StateMismatch),
        (f"?state={STATE}#{TOKEN}&state=other", StateMismatch),
        (f"?state=é#{TOKEN}", StateMismatch),
        (f"?state={STATE.upper()}#{TOKEN}", StateMismatch),
        (f"?state={STATE}x#{TOKEN}", StateMismatch),
    ]:
        with subtests.test(address=address, error=error):
            with pytest.raises(error) as caught:
                parse_redirect(address, STATE)
            assert type(caught.value) is error
            assert caught.value.__context__ is None
            assert len(caught.value.message) > 20


def test_parse_redirect_traceback_shows_no_token(subtests: pytest.Subtests) -> None:
    for address in [
        f"http://h/?state=other#{TOKEN}",
        f"http://h/?state={STATE}#{TOKEN}&token_type=x",
    ]:
        with subtests.test(address=address):
            text = Secret(address)
            del address
            try:
                parse_redirect(text, STATE)
            except SignInError as error:
                shown = "".join(traceback.TracebackException.from_exception(
                    error, capture_locals=True).format())  # fmt: skip
            assert ACCESS not in shown
            assert "redirect.py" in shown


@given(st.text(max_size=300), st.text(min_size=1, max_size=40))
def test_parse_redirect_handles_any_text(text: str, state: str) -> None:
    message = ""
    try:
        parse_redirect(text, state)
    except SignInError as error:
        message = error.message
    assert not any(word in message for word in text.split() if len(word) > 12)


_FIELDS = st.sampled_from(["state", "error", "access_token", "token_type", "expires_in", "x", ""])
_VALUES = st.sampled_from(["", STATE, "other", "access_denied", ACCESS, "bearer", "1", "%zz", "é"])


@pytest.mark.decision("state-proves")
@given(st.lists(st.tuples(st.sampled_from("?&#"), _FIELDS, _VALUES), max_size=12))
def test_parse_redirect_accepts_only_matching_state(parts: list[tuple[str, str, str]]) -> None:
    address = "http://h/" + "".join(f"{mark}{name}={value}" for mark, name, value in parts)
    try:
        token = parse_redirect(address, STATE)
    except SignInError:
        return
    assert f"state={STATE}" in address
    assert f"access_token={token.access_token.reveal()}" in address


def test_parse_redirect_refuses_other_types(subtests: pytest.Subtests) -> None:
    for text in [None, 1, b"http://h/", ["x"]]:
        with (
            subtests.test(text=text),
            pytest.raises(InvalidArgument, match=r"text must be an address as text; got \w+\."),
        ):
            parse_redirect(text, STATE)  # type: ignore[arg-type]


def test_empty_state_is_refused() -> None:
    with pytest.raises(InvalidArgument):
        parse_redirect(f"?state=#{TOKEN}", "")
    for client_id, state in (("", "s"), ("id", "")):
        with pytest.raises(InvalidArgument):
            authorize_url(client_id, state)


def test_new_state_is_unique() -> None:
    states = {new_state() for _ in range(100)}
    assert len(states) == 100
    assert min(map(len, states)) >= 43


def test_authorize_url_encodes_parameters() -> None:
    url = authorize_url("a+b", "s s", base_url="http://127.0.0.1:1/")
    assert url == (
        "http://127.0.0.1:1/oauth2/authorize?client_id=a%2Bb&response_type=token&state=s+s"
    )


def test_expiry_reads_valid_seconds_only(subtests: pytest.Subtests) -> None:
    for value, seconds in [
        ("3600", 3600),
        (2419200, 2419200),
        (None, None),
        ("", None),
        (0, None),
        (True, None),
        ("-5", None),
        ("1.5", None),
        ("9" * 15, None),
        ("9" * 99, None),
    ]:
        with subtests.test(value=value, seconds=seconds):
            ends = expiry(value, NOW)
            assert ends == (None if seconds is None else NOW + dt.timedelta(seconds=seconds))
