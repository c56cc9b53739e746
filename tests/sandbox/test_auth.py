"""Who is let in, and what the others are told."""

from __future__ import annotations

import re

import pytest

from imgurdata.errors import InvalidArgument
from imgurdata.sandbox import Sandbox

HOT = "/3/gallery/hot/viral/day/0"


@pytest.mark.parametrize(
    ("authorization", "status", "text"),
    [
        ("", 401, "Authentication required"),
        ("Client-ID 0123456789abcde", 403, "Invalid client_id"),
        ("Client-ID", 403, "Malformed auth header"),
        ("Client-ID{id}", 403, "Malformed auth header"),
        ("{id}", 403, "Malformed auth header"),
        ("Client-ID {id} x", 403, "Malformed auth header"),
        ("Basic {id}", 403, "Malformed auth header"),
        ("Bearer " + "0" * 40, 403, "The access token provided is invalid."),
        ("Bearer {id}", 403, "The access token provided is invalid."),
    ],
)
def test_refusals(sandbox, asker, authorization, status, text):
    answer = asker(sandbox, authorization.format(id=sandbox.client_id))(HOT)
    assert answer.status_code == status
    assert answer.json() == {
        "data": {"error": text, "request": HOT, "method": "GET"},
        "success": False,
        "status": status,
    }
    assert not [name for name in answer.headers if "ratelimit" in name.lower()]
    assert sandbox.spent == 0
    assert (sandbox.requests[-1].kind, sandbox.requests[-1].cost) == ("none", 0)


def test_client_id_in_the_query(sandbox, asker):
    nobody = asker(sandbox, "")
    assert nobody(f"{HOT}?client_id={sandbox.client_id}").status_code == 200
    assert nobody(f"{HOT}?client_id=wrong").status_code == 403
    assert sandbox.client_id not in str(sandbox.requests)


def test_more_applications(sandbox, asker):
    other = sandbox.add_client()
    assert other != sandbox.client_id
    assert asker(sandbox, f"client-id {other}")(HOT).status_code == 200


def test_tokens(sandbox, asker):
    token = sandbox.issue_token(sandbox.account.swapcase())
    assert re.fullmatch("[0-9a-f]{40}", token)
    me = asker(sandbox, f"Bearer {token}")
    assert me.data("/3/account/me")["url"] == sandbox.account
    assert me.data("/3/account")["url"] == sandbox.account
    assert me("/3/credits").headers["x-ratelimit-userlimit"] == "2000"
    sandbox.revoke_token(token)
    assert me("/3/account/me").status_code == 403
    with pytest.raises(InvalidArgument):
        sandbox.revoke_token(token)
    with pytest.raises(InvalidArgument, match="no_such_person"):
        sandbox.issue_token("no_such_person")


def test_me_needs_a_token(ask):
    answer = ask("/3/account/me")
    assert answer.status_code == 403
    assert answer.json()["data"]["error"] == "This method requires authentication"


def test_keys_are_new_each_time_and_never_shown():
    with Sandbox() as one, Sandbox() as two:
        assert re.fullmatch("[0-9a-f]{15}", one.client_id)
        assert re.fullmatch("[0-9a-f]{40}", one.client_secret)
        assert one.client_id != two.client_id
        assert one.client_secret != two.client_secret
        assert one.client_secret not in repr(one)
