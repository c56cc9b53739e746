"""The token endpoint, `/oauth2/secret`, and how long tokens live."""

from __future__ import annotations

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

#: As recorded: without an envelope, in this order.
FIELDS = ["access_token", "expires_in", "token_type", "scope", "refresh_token", "account_id",
          "account_username"]  # fmt: skip


@pytest.fixture
def nobody(sandbox, asker):
    return asker(sandbox, "")


@pytest.fixture
def tokens(sandbox):
    return sandbox.issue_tokens(sandbox.account)


def fields(sandbox, refresh, **more):
    given = {
        "refresh_token": refresh, "client_id": sandbox.client_id,
        "client_secret": sandbox.client_secret, "grant_type": "refresh_token",
    } | more  # fmt: skip
    return {name: value for name, value in given.items() if value is not None}


def works(asker, sandbox, access):
    return asker(sandbox, f"Bearer {access}")("/3/account/me").status_code == 200


# Good answers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["data", "json", "files"])
def test_in_each_form_that_clients_use(sandbox, nobody, asker, tokens, form):
    asked = fields(sandbox, tokens[1])
    if form == "files":
        asked = {name: (None, value) for name, value in asked.items()}
    answer = nobody("/oauth2/token", "POST", **{form: asked})
    assert answer.status_code == 200
    told = answer.json()
    assert list(told) == FIELDS
    assert re.fullmatch("[0-9a-f]{40}", told["access_token"])
    assert re.fullmatch("[0-9a-f]{40}", told["refresh_token"])
    assert (told["expires_in"], told["token_type"], told["scope"]) == (315_360_000, "bearer", None)
    assert told["account_username"] == sandbox.account
    assert works(asker, sandbox, told["access_token"])
    assert not works(asker, sandbox, tokens[0]), "the old one is swapped, not kept"
    assert sandbox.requests[0].cost == 0
    assert not [name for name in answer.headers if "ratelimit" in name.lower()]


@pytest.mark.parametrize("rotates", [True, False])
def test_the_refresh_token_afterwards(sandbox, nobody, asker, tokens, rotates):
    sandbox.refresh_rotates = rotates
    first = nobody("/oauth2/token", "POST", data=fields(sandbox, tokens[1])).json()
    assert (first["refresh_token"] != tokens[1]) is rotates
    again = nobody("/oauth2/token", "POST", data=fields(sandbox, tokens[1]))
    assert again.status_code == (400 if rotates else 200)
    assert works(asker, sandbox, first["access_token"]) is rotates
    next_one = nobody("/oauth2/token", "POST", data=fields(sandbox, first["refresh_token"]))
    assert works(asker, sandbox, next_one.json()["access_token"])


def test_of_many_at_once_one_wins(sandbox, asker, tokens):
    asks = [asker(sandbox, "") for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(
            lambda ask: ask("/oauth2/token", "POST", data=fields(sandbox, tokens[1])), asks
        ))  # fmt: skip
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 7


# Refusals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "status", "text"),
    [
        # Recorded.
        ({"refresh_token": "0" * 40}, 400, "Invalid refresh token"),
        ({"grant_type": "pin", "pin": "123456"}, 400, "Invalid Pin"),
        ({"client_id": None}, 400, "No client id supplied"),
        ({"client_id": "0" * 15}, 403, "Invalid client_id"),
        # Those of the library whose texts the recorded ones are.
        ({"client_secret": "0" * 40}, 400, "The client credentials are invalid"),
        ({"client_secret": None}, 400, "The client credentials are invalid"),
        ({"client_secret": "ä\udcff".encode("utf-8", "replace").decode()}, 400,
         "The client credentials are invalid"),
        ({"refresh_token": None}, 400, 'Missing parameter: "refresh_token" is required'),
        ({"grant_type": None}, 400, "The grant type was not specified"),
        ({"grant_type": "password"}, 400, 'Grant type "password" not supported'),
        # Deprecated.
        ({"grant_type": "authorization_code", "code": "x"}, 400,
         "The grant type authorization_code is deprecated; the supported one is refresh_token"),
        ({"grant_type": "pin"}, 400,
         "The grant type pin is deprecated; the supported one is refresh_token"),
    ],
)  # fmt: skip
def test_refusals(sandbox, nobody, asker, tokens, changed, status, text):
    answer = nobody("/oauth2/token", "POST", data=fields(sandbox, tokens[1], **changed))
    assert answer.status_code == status
    assert answer.json() == {
        "data": {"error": text, "request": "/oauth2/token", "method": "POST"},
        "success": False,
        "status": status,
    }
    assert works(asker, sandbox, tokens[0]), "nothing is ended by a try that failed"
    assert nobody("/oauth2/token", "POST", data=fields(sandbox, tokens[1])).status_code == 200


def test_another_applications_refresh_token(sandbox, nobody):
    other = sandbox.add_client()
    refresh = sandbox.issue_tokens(sandbox.account, client_id=other)[1]
    answer = nobody("/oauth2/token", "POST", data=fields(sandbox, refresh))
    assert answer.status_code == 400
    text = "Refresh token doesn't exist or is invalid for the client"
    assert answer.json()["data"]["error"] == text
    mine = fields(sandbox, refresh, client_id=other, client_secret=sandbox.secret_of(other))
    assert nobody("/oauth2/token", "POST", data=mine).status_code == 200


def test_it_is_only_posted_to(nobody):
    for method in ("GET", "PUT", "DELETE"):
        assert nobody("/oauth2/token", method).status_code == 405


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
def test_whatever_is_posted_is_refused_with_an_envelope(sandbox, nobody, body, kind):
    answer = nobody("/oauth2/token", "POST", data=body, headers={"Content-Type": kind})
    told = answer.json()
    assert answer.status_code in (400, 403)
    assert told["status"] == answer.status_code
    assert told["success"] is False
    assert told["data"]["error"] != "An error occurred"


# Beside recorded answers -------------------------------------------------------------------------


def recorded(pattern):
    folder = os.environ.get("IMGURDATA_PAYLOADS")
    if not folder:
        pytest.skip("$IMGURDATA_PAYLOADS names no folder of recorded answers")
    found = sorted(Path(folder).glob(pattern))
    assert found
    return [json.loads(path.read_bytes()) for path in found]


@pytest.mark.recorded
def test_good_answers_as_recorded(sandbox, nobody, tokens):
    told = nobody("/oauth2/token", "POST", data=fields(sandbox, tokens[1])).json()
    for theirs in recorded("oauth2-token/*.json"):
        # 2014's has no account_id; some recorders sorted the names.
        assert theirs.keys() | {"account_id"} == told.keys()
        for name, value in theirs.items():
            assert type(value) is type(told[name]), name
        assert (theirs["scope"], theirs["token_type"]) == (told["scope"], told["token_type"])
    lives = {theirs["expires_in"] for theirs in recorded("oauth2-token/*.json")}
    assert told["expires_in"] == max(lives)


@pytest.mark.recorded
def test_the_refusals_as_recorded(sandbox, nobody):
    answer = nobody("/oauth2/token", "POST", data=fields(sandbox, "0" * 40))
    for theirs in recorded("error/*invalid*refresh*.json"):
        assert answer.json() == theirs
    refused = nobody("/3/account/me", headers={"Authorization": "Bearer " + "0" * 40}).json()
    (theirs,) = recorded("error/issue-403-invalid-token.json")
    assert refused["data"].pop("request") != theirs["data"].pop("request")
    assert refused["data"].pop("method") != theirs["data"].pop("method")
    assert refused == theirs


# How long tokens live ----------------------------------------------------------------------------


def test_tokens_end_by_the_clock_and_are_renewed(sandbox, nobody, asker):
    sandbox.token_lifetime = "28 days"
    access, refresh = sandbox.issue_tokens(sandbox.account)
    sandbox.advance("27 days 23 hours")
    assert works(asker, sandbox, access)
    sandbox.advance("1h")
    assert not works(asker, sandbox, access)
    told = nobody("/oauth2/token", "POST", data=fields(sandbox, refresh)).json()
    assert told["expires_in"] == 2_419_200
    assert works(asker, sandbox, told["access_token"])


def test_revoked_tokens(sandbox, nobody, asker, tokens):
    access, refresh = tokens
    sandbox.revoke_token(access)
    assert not works(asker, sandbox, access)
    new = nobody("/oauth2/token", "POST", data=fields(sandbox, refresh)).json()
    sandbox.revoke_token(new["refresh_token"])
    assert works(asker, sandbox, new["access_token"])
    assert (
        nobody("/oauth2/token", "POST", data=fields(sandbox, new["refresh_token"])).status_code
        == 400
    )
    sandbox.revoke_account(sandbox.account)
    assert not works(asker, sandbox, new["access_token"])


# /oauth2/secret ----------------------------------------------------------------------------------


def test_secret(sandbox, nobody, asker, tokens):
    for answer in (
        asker(sandbox, f"Bearer {tokens[0]}")("/oauth2/secret"),
        nobody(f"/oauth2/secret?access_token={tokens[0]}"),
    ):
        assert answer.status_code == 200
        told = answer.json()
        assert (told["success"], told["status"]) == (True, 200)
        assert told["data"]["account_username"] == sandbox.account
    assert sandbox.spent == 0


@pytest.mark.parametrize(
    ("authorization", "status", "text"),
    [
        ("", 401, "Authentication required"),
        ("Client-ID {id}", 403, "This method requires authentication"),
        ("Bearer " + "0" * 40, 403, "The access token provided is invalid."),
        ("Bearer", 403, "Malformed auth header"),
    ],
)
def test_secret_of_none(sandbox, asker, authorization, status, text):
    answer = asker(sandbox, authorization.format(id=sandbox.client_id))("/oauth2/secret")
    assert answer.status_code == status
    assert answer.json()["data"]["error"] == text


@pytest.mark.parametrize("status", [401, 403, 429])
def test_a_token_is_refused_in_each_known_way(sandbox, asker, status):
    sandbox.token_refusal = status
    ask = asker(sandbox, "Bearer " + "0" * 40)
    assert ask("/oauth2/secret").status_code == status
    assert ask("/3/account/me").status_code == status
