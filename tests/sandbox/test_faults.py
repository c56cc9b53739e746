"""Every fault by its name."""

from __future__ import annotations

import json

import pytest
import requests

from imgurdata.errors import InvalidArgument
from imgurdata.sandbox import Sandbox
from imgurdata.sandbox.faults import FAULTS

HOT = "/3/gallery/hot/viral/day/0"
CAPACITY = "Imgur is temporarily over capacity. Please try again later."


ANSWERS = [
    (404, 404, "application/json", '{"data":{"error":"Not Found","request":"\\/3\\/gallery'),
    (500, 500, "application/json", '{"data":{"error":"An error occurred"'),
    (599, 599, "application/json", '{"data":{"error":"An error occurred"'),
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
]


def test_fail_answers_with_the_fault(subtests, sandbox, client):
    for fault, status, content_type, beginning in ANSWERS:
        with subtests.test(fault=fault):
            spent = sandbox.spent
            sandbox.fail(fault)
            answer = client(HOT)
            assert answer.status_code == status
            assert answer.headers["Content-Type"].startswith(content_type)
            assert answer.text.startswith(beginning)
            assert answer.headers["Date"] == "Sun, 01 Mar 2026 18:00:00 GMT"
            # What was refused without being done is free; see imgurdata/sandbox/costs.py.
            cost = int(status < 429 and status not in (401, 403))
            row = sandbox.requests[-1]
            assert (row.status, row.cost, row.fault) == (status, cost, str(fault))
            assert sandbox.spent - spent == cost
            assert client(HOT).status_code == 200


def test_every_fault_is_documented_and_tested():
    assert set(FAULTS) <= {fault for fault, *_ in ANSWERS} | {"reset", "truncated"}
    for name in FAULTS:
        assert f"``{name}``" in Sandbox.fail.__doc__


def test_reset_ends_the_connection(sandbox, client):
    sandbox.fail("reset")
    with pytest.raises(requests.ConnectionError, match=r"[Rr]eset"):
        client(HOT)
    assert (sandbox.requests[-1].status, sandbox.requests[-1].cost) == (0, 0)
    assert client(HOT).status_code == 200


def test_truncated_ends_within_the_body(sandbox, client):
    whole = len(client(HOT, headers={"Accept-Encoding": "identity"}).content)
    sandbox.fail("truncated")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        client(HOT, headers={"Accept-Encoding": "identity"})
    row = sandbox.requests[-1]
    assert row.bytes == whole // 2
    assert row.cost == 1
    assert client(HOT).status_code == 200


def test_bad_json_is_never_a_304(sandbox, client):
    etag = client(HOT).headers["ETag"]
    sandbox.fail("bad_json")
    spoiled = client(HOT, headers={"If-None-Match": etag})
    assert spoiled.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(spoiled.text)


def test_bad_json_is_complete_as_http_goes(sandbox, client):
    sandbox.fail("bad_json")
    answer = client(HOT)
    assert len(answer.content) == int(answer.headers["Content-Length"])
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.text)


def test_two_documents_are_one_per_line(sandbox, client):
    sandbox.fail("two_documents")
    first, second = (json.loads(line) for line in client(HOT).text.split("\n"))
    assert first["errors"][0]["code"] == "429"
    assert second["status"] == 429


def test_rate_limited_has_credits_left(sandbox, client):
    sandbox.fail("rate_limited")
    headers = client(HOT).headers
    assert headers["x-ratelimit-userremaining"] == "500"
    assert headers["x-ratelimit-clientremaining"] == "12500"


def test_edge_faults_have_no_headers_of_the_api(sandbox, client):
    for name in ("varnish", "nginx_405", "html", "empty", "gateway"):
        sandbox.fail(name)
        headers = client(HOT).headers
        assert "ETag" not in headers
        assert "x-ratelimit-userremaining" not in headers
        assert headers.get("Retry-After") == ("0" if name == "varnish" else None)


def test_faults_are_free_for_a_client_that_is_not_known(sandbox, new_client):
    sandbox.fail("error_object")
    answer = new_client(sandbox, "Client-ID nosuch")(HOT)
    assert (answer.status_code, sandbox.spent) == (400, 0)
    assert "x-ratelimit-userremaining" not in answer.headers


def test_error_object_says_429_inside_a_400(sandbox, client):
    sandbox.fail("error_object")
    answer = client(HOT)
    assert answer.status_code == answer.json()["status"] == 400
    assert answer.json()["data"]["error"]["code"] == 429


def test_fail_keeps_times_path_and_order(sandbox, client):
    sandbox.fail(500, times=2, path="/3/gallery")
    sandbox.fail(503)
    statuses = [client(path).status_code for path in ("/3/credits", HOT, HOT, HOT)]
    assert statuses == [503, 500, 500, 200]


def test_pictures_fail_only_when_named(sandbox, client):
    sandbox.fail(500)
    link = "/"
    assert client(link).status_code == 200
    assert client(HOT).status_code == 500
    sandbox.fail("varnish", path="/")
    assert client(link).status_code == 503


def test_error_in_success_is_never_a_304(sandbox, client):
    etag = client(HOT).headers["ETag"]
    sandbox.fail("error_in_success")
    assert client(HOT, headers={"If-None-Match": "*"}).status_code == 200
    assert client(HOT, headers={"If-None-Match": etag}).status_code == 304


def test_fail_refuses_invalid_arguments(subtests, sandbox):
    for fault in [200, 304, 600, True, "over_capasity", "", None]:
        with subtests.test(fault=fault), pytest.raises(InvalidArgument):
            sandbox.fail(fault)
    with pytest.raises(InvalidArgument, match=r"two_documents.*Did you mean 'over_capacity'\?"):
        sandbox.fail("over_capasity")
    for times in [0, -1, True, 1.5]:
        with subtests.test(times=times), pytest.raises(InvalidArgument):
            sandbox.fail(500, times=times)
