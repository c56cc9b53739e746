"""Wrappers and errors: one table of cases; no secret gets through."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgurdata.errors import (
    ApiError,
    AuthenticationRequired,
    BadResponse,
    CreditsExhausted,
    ImgurDataError,
    InvalidClient,
    InvalidToken,
    NotFound,
    OverCapacity,
    RateLimited,
)
from imgurdata.model.envelope import error_in, error_of, unwrap, unwrap_checked
from imgurdata.model.frames import FrameBuilder
from imgurdata.model.records import RECORDS

HASH = "Ab3dEf6hIj9kLm2"
OVER = "Imgur is temporarily over capacity. Please try again later."
XHTML = b'\n<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN">\n'
TOKEN = "0123456789abcdef0123456789abcdef01234567"


def error(payload: object, status: int = 400, *, success: bool = False) -> bytes:
    data = {"error": payload, "request": "/3/gallery/abcdefg", "method": "GET"}
    return json.dumps({"data": data, "success": success, "status": status}).encode()


def too_fast(minutes: int) -> dict[str, object]:
    text = f"You are uploading too fast. Please wait {minutes} more minutes."
    return {"code": 429, "message": text, "type": "ImgurException", "exception": []}


GOOD_ANSWERS = [
    (b'{"data":[1,2],"success":true,"status":200}', [1, 2]),
    (b'{"status":200,"success":true,"data":{"id":"a"}}', {"id": "a"}),
    (b'{"data":7,"success":true,"status":200}', 7),
    (b'{"data":true,"success":true,"status":200}', True),
    (b'{"data":null,"success":true,"status":200}', None),
    (b'{"data":"favorited","success":true,"status":200}', "favorited"),
    (b'{"data":[],"success":true,"status":200,"errors":[]}', []),
    (b'{"data":[],"success":null,"status":"200"}', []),
    (
        b'{"data":{"error":null,"id":"a"},"success":true,"status":200}',
        {"error": None, "id": "a"},
    ),
    (b'{"data":{"error":"","id":"a"},"success":true,"status":200}', {"error": "", "id": "a"}),
    (b'{"data":[3]}', [3]),
    (b"[4]", [4]),
    (b'{"id":"a","title":"b"}', {"id": "a", "title": "b"}),
    (b'{"id":1,"name":"trophy","data":"123","data_link":null}', None),
    (b'{"id":1,"message":"mail from a person"}', None),
    (b'\xef\xbb\xbf\n{"data":[5],"success":true,"status":200}', [5]),
    (b'show({"data":[6],"success":true,"status":200});', [6]),
    (b'<data type="array" success="1" status="200"><item>7</item></data>', ["7"]),
    (
        b'{"data":[8],"success":true,"status":200}\n{"data":[9],"success":true,"status":200}',
        [8],
    ),
    (b'{"data":[10]}{"data":[11]}', [10]),
]


def test_unwrap_returns_data_of_good_answers(subtests: pytest.Subtests) -> None:
    for body, data in GOOD_ANSWERS:
        with subtests.test(body=body):
            got = json.loads(unwrap(body))
            assert got == (json.loads(body) if data is None and b"id" in body else data)
            assert error_in(body) is None


ERRORS = [
    # 1: data.error is a text
    (error("Unable to find an image with the id, abcdefg", 404), NotFound, 404),
    (error("Not Found", 404), NotFound, 404),
    (error("Tag does not exist", 404), NotFound, 404),
    (error("Comment not found", 200, success=True), NotFound, 200),
    (error("Authentication required", 401), AuthenticationRequired, 401),
    (error("This method requires authentication", 403), AuthenticationRequired, 403),
    (error("Unauthorized", 403), AuthenticationRequired, 403),
    (error("Unauthorized", 200, success=True), AuthenticationRequired, 200),
    (error("Invalid client_id", 403), InvalidClient, 403),
    (error("No client id supplied", 400), InvalidClient, 400),
    (error("Malformed auth header", 403), InvalidClient, 403),
    (error("The access token provided is invalid.", 403), InvalidToken, 403),
    (error("Invalid refresh token", 400), InvalidToken, 400),
    (error("Refresh token doesn't exist or is invalid for the client", 400), InvalidToken, 400),
    (error("Invalid access_token", 401), InvalidToken, 401),
    (error("Expired token", 401), InvalidToken, 401),
    (error(OVER, 403), OverCapacity, 403),
    (error(OVER, 500), OverCapacity, 500),
    (error("Imgur is over capacity. Please try again.", 1203), OverCapacity, 1203),
    (error("Daily client requests exceeded", 429), CreditsExhausted, None),
    (error("User requests exceeded", 429), CreditsExhausted, None),
    (error("Banned Country Attempt (XX)", 403), ApiError, 403),
    (error("Not following tag", 409), ApiError, 409),
    (error("oops !", 404), NotFound, 404),
    # 2: data.error is an object
    (error(too_fast(37), 400), RateLimited, 400),
    (error({"code": 1003, "message": "File type invalid (1)", "exception": {}}), ApiError, 400),
    (error({"code": 429, "type": "ImgurException"}), RateLimited, 400),
    (error({"code": 404}), ApiError, 400),
    (error({}), ApiError, 400),
    # 3: errors, code as text, no envelope
    (b'{"errors":[{"id":"a/b","code":"429","status":"Too Many Requests","detail":"Slow"}]}',
     RateLimited, 429),
    (b'{"errors":[{"id":"","code":"429","status":"Too Many Requests"}]}', RateLimited, 429),
    (b'{"errors":[{"code":404,"title":"Nothing here"}]}', NotFound, 404),
    (b'{"errors":[{"status":"503"}]}', OverCapacity, 503),
    (b'{"errors":["Too Many Requests"]}', RateLimited, None),
    (b'{"errors":"Too Many Requests"}', RateLimited, None),
    (b'{"errors":{"detail":"Not Found"}}', NotFound, None),
    (b'{"errors":[{"detail":"a"},{"detail":"b"}],"data":null}', ApiError, None),
    (b'{"errors":[{"code":"429","detail":"Slow"}]}\n{"errors":[{"code":"429"}]}',
     RateLimited, 429),
    # 4: the gateway's message
    (b'{"message":"Missing Mashape application key."}', InvalidClient, None),
    (b'{"message":"You are not subscribed to this API."}', InvalidClient, None),
    (b'{"message":"You have exceeded the MONTHLY quota"}', RateLimited, None),
    (b'{"message":"Too many requests","info":"slow down"}', RateLimited, None),
    (b'{"message":"x"}{"message":"y"}', ApiError, None),
    # envelopes that say no without an error
    (b'{"data":{},"success":false,"status":200}', ApiError, 200),
    (b'{"data":false,"success":false,"status":400}', ApiError, 400),
    (b'{"success":false,"status":404}', NotFound, 404),
    (b'{"data":[],"success":true,"status":"503"}', OverCapacity, 503),
    (b'{"data":"An error occurred","success":false,"status":500}', ApiError, 500),
    (b'{"data":"An error occurred while fetching the comment","success":true,"status":200}',
     NotFound, 200),
    # an error that lost its envelope
    (b'{"error":"Invalid client_id","request":"/3/x","method":"GET"}', InvalidClient, None),
    # JSONP and XML
    (b"show(" + error("Not Found", 404) + b");", NotFound, 404),
    (b'<data success="0" status="404"><error>Not Found</error><method>GET</method></data>',
     NotFound, 404),
    # pages
    (b"<html><head><title>405 Not Allowed</title></head></html>", ApiError, 405),
    (b"<!DOCTYPE html>\n<title>  The most awesome 429 page</title>", RateLimited, 429),
    (XHTML + b"<html><head><title>503 client read error</title></html>", OverCapacity, 503),
    (b"<html><title>Imgur</title><p>Imgur is over capacity!</p></html>", OverCapacity, None),
]  # fmt: skip


def test_unwrap_raises_the_error_of_each_shape(subtests: pytest.Subtests) -> None:
    for body, kind, status in ERRORS:
        with subtests.test(body=body):
            with pytest.raises(ImgurDataError) as caught:
                unwrap(body)
            assert type(caught.value) is kind
            assert getattr(caught.value, "status", None) == status
            # The same body under a status of success, and under one of failure, is the same error.
            assert type(error_in(body)) is kind
            if kind is not ApiError:
                assert type(error_of(status if status and status >= 400 else 400, body)) is kind


STATUSES = [
    (400, ApiError),
    (401, AuthenticationRequired),
    (403, AuthenticationRequired),
    (404, NotFound),
    (405, ApiError),
    (410, NotFound),
    (429, RateLimited),
    (500, ApiError),
    (502, OverCapacity),
    (503, OverCapacity),
    (504, OverCapacity),
]

UNKNOWN_BODIES = [
    b"",
    b"  \n",
    b"<html><body>no title",
    b"<xml",
    b"no answer",
    b"\x00\xff",
    b'{"data":[]',
    b'{"data":[],"success":true,"status":200}',
    b"[]",
]


def test_error_of_uses_status_for_unknown_bodies(subtests: pytest.Subtests) -> None:
    for status, kind in STATUSES:
        for body in UNKNOWN_BODIES:
            with subtests.test(status=status, kind=kind, body=body):
                result = error_of(status, body, request="/3/gallery/hot")
                assert type(result) is kind
                assert result.status == status
                assert result.request == "/3/gallery/hot"
                assert "/3/gallery/hot" in result.message


BROKEN = [
    b"",
    b"<html><title>Imgur: The magic of the Internet</title></html>",
    b'{"success":true,"status":200}',
    b'{"data":[1,2',
    b"[" * 200_000,
    b'{"data":' + b"[" * 200_000,
    b'{"a":' * 200_000,
    b'{"data":{"error":' + b"[" * 200_000 + b"]" * 200_000 + b"}}",
]


def test_error_in_finds_broken_answers(subtests: pytest.Subtests) -> None:
    for body in BROKEN:
        with subtests.test(body=body):
            found = error_in(body)
            if body.startswith(b"["):
                assert found is None  # a bare list: whoever decodes its rows refuses it
            else:
                assert type(found) is BadResponse


def test_error_of_prefers_body_over_status() -> None:
    body = error("Imgur is temporarily over capacity. Please try again later.", 403)
    assert type(error_of(403, body)) is OverCapacity
    assert type(error_of(429, error("The access token provided is invalid.", 403))) is InvalidToken
    assert type(error_of(200, error("Not Found", 404))) is NotFound


SPENT_LIMITS = [
    ("Daily client requests exceeded", "client"),
    ("User requests exceeded", "user"),
]


def test_error_of_names_the_spent_limit(subtests: pytest.Subtests) -> None:
    for text, limit in SPENT_LIMITS:
        with subtests.test(text=text):
            result = error_of(429, error(text, 429))
            assert isinstance(result, CreditsExhausted)
            assert result.limit == limit
            assert text in result.message


REFUSALS = [
    (b"", True),
    (b"Forbidden", True),
    (b"<html><head><title>403 Forbidden</title></head></html>", True),
    (error("Unauthorized", 403), False),
    (b'{"data":[],"success":false,"status":403}', False),
]


def test_error_of_advises_on_a_block_for_foreign_bodies(subtests: pytest.Subtests) -> None:
    for status in [401, 403]:
        for body, blocked in REFUSALS:
            with subtests.test(status=status, body=body, blocked=blocked):
                result = error_of(status, body)
                assert type(result) is AuthenticationRequired
                assert ("VPN or proxy" in result.message) is blocked
                assert ("Sign in" in result.message) is not blocked


def test_error_holds_reason_request_and_body() -> None:
    result = error_of(404, error("Unable to find an image with the id, abcdefg", 404))
    assert isinstance(result, NotFound)
    assert result.reason == "Unable to find an image with the id, abcdefg"
    assert result.request == "/3/gallery/abcdefg"  # the answer names it where we don't
    assert error_of(404, error("Not Found", 404), request="/3/x").request == "/3/x"
    assert result.body.startswith('{"data"')
    assert "may have been deleted" in result.message
    over = error_of(503, b"")
    assert "status.imgur.com" in over.message
    assert "VPN" in over.message


BODIES_WITH_SECRETS = [
    lambda s: error(f"The token {s} is no good: https://imgur.com/delete/{s}"),
    lambda s: error("no", 400).replace(b"abcdefg", f"x?deletehash={s}&email={s}".encode()),
    lambda s: json.dumps({"errors": [{"detail": f"email={s}"}]}).encode(),
    lambda s: json.dumps({"message": f"access_token={s}"}).encode(),
    lambda s: f"<html><title>password: {s}</title></html>".encode(),
    lambda s: f"<data success='0'><error>x</error><email>{s}</email></data>".encode(),
    lambda s: f'{{"deletehash":"{s}"'.encode(),
    lambda s: (" " * 10 + f'nonsense deletehash="{s}" ' + "x" * 500).encode(),
    lambda s: (f'{{"id":"{"x" * 270}","email":"{s}","a":').encode(),
]


def test_error_holds_no_secret(subtests: pytest.Subtests) -> None:
    for secret in [HASH, TOKEN, "some.one@example.org"]:
        for make in BODIES_WITH_SECRETS:
            with subtests.test(secret=secret, make=make):
                body = make(secret)  # type: ignore[operator]
                if secret == HASH and b"The token" in body:
                    body = body.replace(b"The token " + HASH.encode(), b"It")
                for payload in (error_in(body), error_of(400, body, request=f"/3/album/{HASH}")):
                    assert payload is not None
                    shown = f"{payload} {payload!r} {vars(payload)}"
                    assert secret not in shown
                    assert secret[:12] not in shown
                    assert HASH not in shown


@given(st.binary())
def test_error_in_handles_any_bytes(body: bytes) -> None:
    assert isinstance(error_in(body), ImgurDataError | None)
    assert isinstance(error_of(500, body), ImgurDataError)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda part: (
        st.lists(part, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "message", "code", "detail", "status", "id"]),
            part,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(["data", "success", "status", "errors", "message", "error", "method"]),
        VALUES,
    )
)
def test_error_in_handles_any_envelope(answer: dict[str, object]) -> None:
    body = json.dumps(answer).encode()
    found = error_in(body)
    assert isinstance(found, ImgurDataError | None)
    if answer.get("success") is False or answer.get("errors"):
        assert found is not None


@given(
    st.lists(st.integers() | st.text(max_size=3), max_size=4),
    st.sampled_from(["", " ", ","]),
    st.sampled_from(
        [{"status": 200, "success": True}, {"success": True, "status": 200}, {"status": 200}]
    ),
)
def test_unwrap_checked_agrees_with_unwrap(data, space, rest) -> None:
    body = json.dumps({"data": data, **rest}, separators=(",", ":")).encode()
    assert unwrap_checked(body, status=200, request="") == unwrap(body)
    if space.isspace():
        spaced = json.dumps({"data": data, **rest}).encode()
        assert unwrap_checked(spaced, status=200, request="") == unwrap(spaced)


def test_unwrap_checked_leaves_rows_to_the_decoder(subtests: pytest.Subtests) -> None:
    for inside in ["}", "1,", "[1}", '"a']:
        with subtests.test(inside=inside):
            body = f'{{"data":[{inside}],"success":true,"status":200}}'.encode()
            data = unwrap_checked(body, status=200, request="")
            with pytest.raises(BadResponse):
                FrameBuilder(RECORDS["post"]).add(data)
