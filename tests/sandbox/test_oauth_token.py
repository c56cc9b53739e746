"""The token endpoint, `/oauth2/secret`, and how long tokens live."""

from __future__ import annotations

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imgurdata.errors import InvalidArgument
from imgurdata.sandbox import Sandbox

#: As recorded: without an envelope, in this order.
FIELDS = [
    "access_token", "expires_in", "token_type", "scope", "refresh_token", "account_id",
    "account_username",
]  # fmt: skip


@pytest.fixture
def browser(sandbox, new_client):
    return new_client(sandbox, "")


@pytest.fixture
def tokens(sandbox):
    return sandbox.issue_tokens(sandbox.account)


def fields(sandbox, refresh, **more):
    values = {
        "refresh_token": refresh, "client_id": sandbox.client_id,
        "client_secret": sandbox.client_secret, "grant_type": "refresh_token",
    } | more  # fmt: skip
    return {name: value for name, value in values.items() if value is not None}


def works(new_client, sandbox, access):
    return new_client(sandbox, f"Bearer {access}")("/3/account/me").status_code == 200


# Good answers ------------------------------------------------------------------------------------


def test_token_is_refreshed_in_each_form_that_clients_use(subtests, sandbox, browser, new_client):
    for form in ["data", "json", "files"]:
        with subtests.test(form=form):
            access, refresh = sandbox.issue_tokens(sandbox.account)
            body = fields(sandbox, refresh)
            if form == "files":
                body = {name: (None, value) for name, value in body.items()}
            answer = browser("/oauth2/token", "POST", **{form: body})
            assert answer.status_code == 200
            token = answer.json()
            assert list(token) == FIELDS
            assert re.fullmatch("[0-9a-f]{40}", token["access_token"])
            assert re.fullmatch("[0-9a-f]{40}", token["refresh_token"])
            assert (token["expires_in"], token["token_type"]) == (315_360_000, "bearer")
            assert token["scope"] is None
            assert token["account_username"] == sandbox.account
            assert sandbox.requests[-1].cost == 0
            assert works(new_client, sandbox, token["access_token"])
            assert not works(new_client, sandbox, access), "the old one is replaced, not kept"
            assert not [name for name in answer.headers if "ratelimit" in name.lower()]


def test_refresh_token_stays_unless_it_rotates(subtests, sandbox, browser, new_client):
    assert sandbox.refresh_rotates is False
    for rotates in [False, True]:
        with subtests.test(rotates=rotates):
            sandbox.refresh_rotates = rotates
            _, refresh = sandbox.issue_tokens(sandbox.account)
            first = browser("/oauth2/token", "POST", data=fields(sandbox, refresh)).json()
            assert (first["refresh_token"] != refresh) is rotates
            again = browser("/oauth2/token", "POST", data=fields(sandbox, refresh))
            assert again.status_code == (400 if rotates else 200)
            assert works(new_client, sandbox, first["access_token"]) is rotates
            third = browser("/oauth2/token", "POST", data=fields(sandbox, first["refresh_token"]))
            assert works(new_client, sandbox, third.json()["access_token"])


def test_simultaneous_refreshes_succeed_once_if_the_token_rotates(subtests, sandbox, new_client):
    clients = [new_client(sandbox, "") for _ in range(8)]
    for rotates in [False, True]:
        with subtests.test(rotates=rotates):
            sandbox.refresh_rotates = rotates
            body = fields(sandbox, sandbox.issue_tokens(sandbox.account)[1])
            with ThreadPoolExecutor(8) as pool:
                jobs = [
                    pool.submit(client, "/oauth2/token", "POST", data=body) for client in clients
                ]
                answers = [job.result() for job in jobs]
            statuses = sorted(answer.status_code for answer in answers)
            assert statuses == ([200] + [400] * 7 if rotates else [200] * 8)
            working = [answer.json().get("access_token") for answer in answers]
            assert sum(works(new_client, sandbox, token) for token in working) == 1


# Codes and pins, which are deprecated -------------------------------------------------------------


def test_code_and_pin_are_swapped_for_tokens_once(subtests, sandbox, browser, new_client):
    for kind, grant in [("code", "authorization_code"), ("pin", "pin")]:
        with subtests.test(kind=kind):
            query = {"client_id": sandbox.client_id, "response_type": kind}
            assert browser("/oauth2/authorize", params=query).status_code == 200
            form = {"username": sandbox.account, "allow": "Allow"}
            page = browser(
                "/oauth2/authorize", "POST", params=query, data=form, allow_redirects=False
            )
            if kind == "code":
                # All of it is in the query, and so is an empty state.
                address = urlsplit(page.headers["Location"])
                assert address.fragment == ""
                (_, state), (name, value) = parse_qsl(address.query, keep_blank_values=True)
                assert (state, name) == ("", "code")
            else:
                value = re.search(r'id="pin">([0-9a-f]+)<', page.text)[1]
            wanted = {"grant_type": grant, kind: value, "refresh_token": None}
            other = sandbox.add_client()
            theirs = {**wanted, "client_id": other, "client_secret": sandbox.secret_of(other)}
            refused = browser("/oauth2/token", "POST", data=fields(sandbox, "", **theirs))
            assert refused.status_code == 400
            answer = browser("/oauth2/token", "POST", data=fields(sandbox, "", **wanted))
            tokens = answer.json()
            assert tokens["account_username"] == sandbox.account
            mine = new_client(sandbox, f"Bearer {tokens['access_token']}")
            assert mine.data("/3/account/me")["url"] == sandbox.account
            again = browser("/oauth2/token", "POST", data=fields(sandbox, "", **wanted))
            assert again.status_code == 400
            late = sandbox.issue_code(sandbox.account, kind)
            sandbox.advance("10min")
            wanted[kind] = late
            assert browser(
                "/oauth2/token", "POST", data=fields(sandbox, "", **wanted)
            ).status_code == 400  # fmt: skip


def test_denied_code_says_so_in_the_query(sandbox, browser):
    query = {"client_id": sandbox.client_id, "response_type": "code", "state": "x y"}
    page = browser(
        "/oauth2/authorize", "POST", params=query, data={"deny": "Deny"}, allow_redirects=False
    )
    assert page.headers["Location"].endswith("?state=x%20y&error=access_denied")


def test_token_answers_have_the_headers_of_posts(sandbox, browser):
    _, refresh = sandbox.issue_tokens(sandbox.account)
    for changed, left in [({}, "1249"), ({"refresh_token": "0" * 40}, "1248")]:
        answer = browser("/oauth2/token", "POST", data=fields(sandbox, refresh, **changed))
        assert answer.headers["x-post-rate-limit-remaining"] == left
        assert "x-ratelimit-userremaining" not in answer.headers
    assert sandbox.spent == 0


# Refusals ----------------------------------------------------------------------------------------


def test_token_is_refused(subtests, sandbox, browser, new_client):
    secret = "The client credentials are invalid"
    for changed, status, text in [
        # Recorded.
        ({"refresh_token": "0" * 40}, 400, "Invalid refresh token"),
        ({"grant_type": "pin", "pin": "123456"}, 400, "Invalid Pin"),
        ({"client_id": None}, 400, "No client id supplied"),
        ({"client_id": "0" * 15}, 403, "Invalid client_id"),
        # Those of the library whose texts the recorded ones are.
        ({"client_secret": "0" * 40}, 400, secret),
        ({"client_secret": None}, 400, secret),
        ({"client_secret": "ä\udcff".encode("utf-8", "replace").decode()}, 400, secret),
        ({"refresh_token": None}, 400, 'Missing parameter: "refresh_token" is required'),
        ({"grant_type": None}, 400, "The grant type was not specified"),
        ({"grant_type": "password"}, 400, 'Grant type "password" not supported'),
        ({"grant_type": "authorization_code", "code": "x"}, 400,
         "Authorization code doesn't exist or is invalid for the client"),
        ({"grant_type": "pin"}, 400, 'Missing parameter: "pin" is required'),
    ]:  # fmt: skip
        with subtests.test(changed=changed):
            access, refresh = sandbox.issue_tokens(sandbox.account)
            answer = browser("/oauth2/token", "POST", data=fields(sandbox, refresh, **changed))
            assert answer.status_code == status
            assert answer.json() == {
                "data": {"error": text, "request": "/oauth2/token", "method": "POST"},
                "success": False,
                "status": status,
            }
            assert works(new_client, sandbox, access), "a failed attempt revokes nothing"
            again = browser("/oauth2/token", "POST", data=fields(sandbox, refresh))
            assert again.status_code == 200


def test_token_refuses_another_applications_refresh_token(sandbox, browser):
    other = sandbox.add_client()
    refresh = sandbox.issue_tokens(sandbox.account, client_id=other)[1]
    answer = browser("/oauth2/token", "POST", data=fields(sandbox, refresh))
    assert answer.status_code == 400
    text = "Refresh token doesn't exist or is invalid for the client"
    assert answer.json()["data"]["error"] == text
    mine = fields(sandbox, refresh, client_id=other, client_secret=sandbox.secret_of(other))
    assert browser("/oauth2/token", "POST", data=mine).status_code == 200


def test_tokens_count_against_the_posts_of_an_address(new_client):
    with Sandbox(limits={"post": 1}) as sandbox:
        body = fields(sandbox, sandbox.issue_tokens(sandbox.account)[1])
        browser = new_client(sandbox, "")
        first, second = (browser("/oauth2/token", "POST", data=body) for _ in range(2))
        assert (first.status_code, second.status_code) == (200, 429)
        assert first.headers["x-post-rate-limit-remaining"] == "0"
        assert second.json()["errors"][0]["code"] == "429"


def test_token_accepts_only_post(browser):
    for method in ("GET", "PUT", "DELETE"):
        assert browser("/oauth2/token", method).status_code == 405


@settings(
    max_examples=80, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(
    body=st.binary(max_size=300) | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["grant_type", "client_id", "refresh_token"]), inner),
        max_leaves=6,
    ).map(lambda value: json.dumps(value).encode()),
    kind=st.sampled_from([
        "application/json", "application/x-www-form-urlencoded", "text/plain", "",
        "multipart/form-data; boundary=x", "multipart/form-data",
    ]),
)  # fmt: skip
def test_token_refuses_any_body_with_an_envelope(sandbox, browser, body, kind):
    answer = browser("/oauth2/token", "POST", data=body, headers={"Content-Type": kind})
    error = answer.json()
    assert answer.status_code in (400, 403)
    assert error["status"] == answer.status_code
    assert error["success"] is False
    assert error["data"]["error"] != "An error occurred"


# Beside recorded answers -------------------------------------------------------------------------


def recorded(pattern):
    folder = os.environ.get("IMGURDATA_PAYLOADS")
    if not folder:
        pytest.skip("$IMGURDATA_PAYLOADS names no folder of recorded answers")
    found = sorted(Path(folder).glob(pattern))
    assert found
    return [json.loads(path.read_bytes()) for path in found]


@pytest.mark.recorded
def test_token_has_the_recorded_fields(sandbox, browser, tokens):
    token = browser("/oauth2/token", "POST", data=fields(sandbox, tokens[1])).json()
    for theirs in recorded("oauth2-token/*.json"):
        # 2014's has no account_id; some recorders sorted the names.
        assert theirs.keys() | {"account_id"} == token.keys()
        for name, value in theirs.items():
            assert type(value) is type(token[name]), name
        assert (theirs["scope"], theirs["token_type"]) == (token["scope"], token["token_type"])
    lives = {theirs["expires_in"] for theirs in recorded("oauth2-token/*.json")}
    assert token["expires_in"] == max(lives)


@pytest.mark.recorded
def test_refusals_are_the_recorded_ones(sandbox, browser):
    answer = browser("/oauth2/token", "POST", data=fields(sandbox, "0" * 40))
    for theirs in recorded("error/*invalid*refresh*.json"):
        assert answer.json() == theirs
    refused = browser("/3/account/me", headers={"Authorization": "Bearer " + "0" * 40}).json()
    (theirs,) = recorded("error/issue-403-invalid-token.json")
    assert refused["data"].pop("request") != theirs["data"].pop("request")
    assert refused["data"].pop("method") != theirs["data"].pop("method")
    assert refused == theirs


# How long tokens live ----------------------------------------------------------------------------


def test_tokens_expire_by_the_clock_and_are_refreshed(sandbox, browser, new_client):
    with pytest.raises(InvalidArgument, match="more than 0 seconds"):
        sandbox.token_lifetime = 0
    sandbox.token_lifetime = "28 days"
    access, refresh = sandbox.issue_tokens(sandbox.account)
    sandbox.advance("27 days 23 hours")
    assert works(new_client, sandbox, access)
    sandbox.advance("1h")
    assert not works(new_client, sandbox, access)
    token = browser("/oauth2/token", "POST", data=fields(sandbox, refresh)).json()
    assert token["expires_in"] == 2_419_200
    assert works(new_client, sandbox, token["access_token"])


def test_revoked_tokens_are_refused(sandbox, browser, new_client, tokens):
    access, refresh = tokens
    sandbox.revoke_token(access)
    assert not works(new_client, sandbox, access)
    new = browser("/oauth2/token", "POST", data=fields(sandbox, refresh)).json()
    sandbox.revoke_token(new["refresh_token"])
    assert works(new_client, sandbox, new["access_token"])
    refused = browser("/oauth2/token", "POST", data=fields(sandbox, new["refresh_token"]))
    assert refused.status_code == 400
    sandbox.revoke_account(sandbox.account)
    assert not works(new_client, sandbox, new["access_token"])


# /oauth2/secret ----------------------------------------------------------------------------------


def test_secret_names_the_account_of_a_token(sandbox, browser, new_client, tokens):
    for answer in (
        new_client(sandbox, f"Bearer {tokens[0]}")("/oauth2/secret"),
        browser(f"/oauth2/secret?access_token={tokens[0]}"),
    ):
        assert answer.status_code == 200
        token = answer.json()
        assert (token["success"], token["status"]) == (True, 200)
        assert token["data"]["account_username"] == sandbox.account
    assert sandbox.spent == 0


def test_secret_is_refused_without_a_token(subtests, sandbox, new_client):
    for authorization, status, text in [
        ("", 401, "Authentication required"),
        ("Client-ID {id}", 403, "This method requires authentication"),
        ("Bearer " + "0" * 40, 403, "The access token provided is invalid."),
        ("Bearer", 403, "Malformed auth header"),
    ]:
        with subtests.test(authorization=authorization):
            client = new_client(sandbox, authorization.format(id=sandbox.client_id))
            answer = client("/oauth2/secret")
            assert answer.status_code == status
            assert answer.json()["data"]["error"] == text


def test_invalid_token_is_refused_with_the_chosen_status(subtests, sandbox, new_client):
    for status in [401, 403, 429]:
        with subtests.test(status=status):
            sandbox.token_refusal = status
            client = new_client(sandbox, "Bearer " + "0" * 40)
            assert client("/oauth2/secret").status_code == status
            assert client("/3/account/me").status_code == status
