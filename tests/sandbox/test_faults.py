"""Every fault by its name."""

from __future__ import annotations

import json

import pytest
import requests

from imgurdata.errors import InvalidArgument
from imgurdata.sandbox.faults import FAULTS

HOT = "/3/gallery/hot/viral/day/0"
CAPACITY = "Imgur is temporarily over capacity. Please try again later."


@pytest.mark.parametrize(
    ("fault", "status", "kind", "begins"),
    [
        (404, 404, "application/json", '{"data":{"error":"Not Found","request":"\\/3\\/gallery'),
        (500, 500, "application/json", '{"data":{"error":"An error occurred"'),
        (418, 418, "application/json", '{"data":{"error":"Bad Request"'),
        ("over_capacity", 403, "application/json", f'{{"data":{{"error":"{CAPACITY}"}},'),
        ("over_capacity_500", 500, "application/json", f'{{"data":{{"error":"{CAPACITY}"}},'),
        ("over_capacity_page", 503, "text/html", "<!DOCTYPE html>"),
        ("varnish", 503, "text/html", "\n<?xml"),
        ("nginx_405", 405, "text/html", "<html>"),
        ("rate_limited", 429, "application/vnd.imgur.v1+json", '{"errors":[{"id":"legacy-api-'),
        ("rate_limited_page", 429, "text/html", "<!DOCTYPE html>"),
        ("error_1024", 500, "text/html", "<!DOCTYPE html>"),
        ("two_documents", 429, "application/json", '{"errors":['),
        ("error_object", 400, "application/json", '{"data":{"error":{"code":429,"message":"You'),
        ("gateway", 401, "application/json", '{"message":"'),
        ("invalid_token", 403, "application/json", '{"data":{"error":"The access token provided'),
        ("empty", 200, "application/json", ""),
        ("html", 200, "text/html", "<!DOCTYPE html>"),
        ("error_in_success", 200, "application/json", '{"data":{"error":"Item not found"'),
        ("bad_json", 200, "application/json", '{"data":[{"id":'),
    ],
)
def test_answers(sandbox, ask, fault, status, kind, begins):
    sandbox.fail(fault)
    answer = ask(HOT)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith(kind)
    assert answer.text.startswith(begins)
    assert answer.headers["Date"] == "Sun, 01 Mar 2026 18:00:00 GMT"
    cost = int(fault in ("error_in_success", "bad_json"))
    row = sandbox.requests[-1]
    assert (row.status, row.cost, row.fault) == (status, cost, str(fault))
    assert sandbox.spent == cost
    assert ask(HOT).status_code == 200


def test_every_fault_is_told_about_and_tested():
    from imgurdata.sandbox import Sandbox

    tested = {mark[0] for mark in test_answers.pytestmark[0].args[1]} | {"reset", "truncated"}
    assert set(FAULTS) <= tested
    for name in FAULTS:
        assert f"``{name}``" in Sandbox.fail.__doc__


def test_reset(sandbox, ask):
    sandbox.fail("reset")
    with pytest.raises(requests.ConnectionError, match=r"[Rr]eset"):
        ask(HOT)
    assert (sandbox.requests[-1].status, sandbox.requests[-1].cost) == (0, 0)
    assert ask(HOT).status_code == 200


def test_truncated(sandbox, ask):
    whole = len(ask(HOT, headers={"Accept-Encoding": "identity"}).content)
    sandbox.fail("truncated")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        ask(HOT, headers={"Accept-Encoding": "identity"})
    row = sandbox.requests[-1]
    assert row.bytes == whole // 2
    assert row.cost == 1
    assert ask(HOT).status_code == 200


def test_what_spoils_a_body_is_not_spent_on_a_304(sandbox, ask):
    etag = ask(HOT).headers["ETag"]
    sandbox.fail("bad_json")
    spoiled = ask(HOT, headers={"If-None-Match": etag})
    assert spoiled.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(spoiled.text)


def test_bad_json_is_complete_as_http_goes(sandbox, ask):
    sandbox.fail("bad_json")
    answer = ask(HOT)
    assert len(answer.content) == int(answer.headers["Content-Length"])
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.text)


def test_two_documents_one_per_line(sandbox, ask):
    sandbox.fail("two_documents")
    first, second = (json.loads(line) for line in ask(HOT).text.split("\n"))
    assert first["errors"][0]["code"] == "429"
    assert second["status"] == 429


def test_rate_limited_with_credits_left(sandbox, ask):
    sandbox.fail("rate_limited")
    headers = ask(HOT).headers
    assert headers["x-ratelimit-userremaining"] == "500"
    assert headers["x-ratelimit-clientremaining"] == "12500"


def test_pages_of_the_edge_have_no_headers_of_the_api(sandbox, ask):
    for name in ("varnish", "nginx_405", "html", "empty", "gateway"):
        sandbox.fail(name)
        headers = ask(HOT).headers
        assert "ETag" not in headers
        assert "x-ratelimit-userremaining" not in headers
        assert headers.get("Retry-After") == ("0" if name == "varnish" else None)


def test_error_object_disagrees_with_itself(sandbox, ask):
    sandbox.fail("error_object")
    answer = ask(HOT)
    assert answer.status_code == answer.json()["status"] == 400
    assert answer.json()["data"]["error"]["code"] == 429


def test_times_path_and_order(sandbox, ask):
    sandbox.fail(500, times=2, path="/3/gallery")
    sandbox.fail(503)
    assert [ask(path).status_code for path in ("/3/credits", HOT, HOT, HOT)] == [
        503,
        500,
        500,
        200,
    ]


def test_pictures_fail_only_when_named(sandbox, ask):
    sandbox.fail(500)
    link = "/"
    assert ask(link).status_code == 200
    assert ask(HOT).status_code == 500
    sandbox.fail("varnish", path="/")
    assert ask(link).status_code == 503


def test_a_fault_is_never_a_304(sandbox, ask):
    etag = ask(HOT).headers["ETag"]
    sandbox.fail("error_in_success")
    assert ask(HOT, headers={"If-None-Match": "*"}).status_code == 200
    assert ask(HOT, headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize("fault", [200, 304, 600, True, "over_capasity", "", None])
def test_faults_that_do_not_exist(sandbox, fault):
    with pytest.raises(InvalidArgument) as caught:
        sandbox.fail(fault)
    if fault == "over_capasity":
        assert "Did you mean 'over_capacity'?" in str(caught.value)
        assert "two_documents" in str(caught.value)


@pytest.mark.parametrize("times", [0, -1, True, 1.5])
def test_times_that_are_none(sandbox, times):
    with pytest.raises(InvalidArgument):
        sandbox.fail(500, times=times)
