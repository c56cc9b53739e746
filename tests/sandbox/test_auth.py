"""Authentication by Client-ID and token."""

from __future__ import annotations

import re

import pytest

from imgurdata.errors import InvalidArgument
from imgurdata.sandbox import Sandbox

HOT = "/3/gallery/hot/viral/day/0"


def test_authorization_is_refused(subtests, sandbox, new_client):
    for authorization, status, text in [
        ("", 401, "Authentication required"),
        ("Client-ID 0123456789abcde", 403, "Invalid client_id"),
        ("Client-ID", 403, "Malformed auth header"),
        ("Client-ID{id}", 403, "Malformed auth header"),
        ("{id}", 403, "Malformed auth header"),
        ("Client-ID {id} x", 403, "Malformed auth header"),
        ("Basic {id}", 403, "Malformed auth header"),
        ("Bearer " + "0" * 40, 403, "The access token provided is invalid."),
        ("Bearer {id}", 403, "The access token provided is invalid."),
    ]:
        with subtests.test(authorization=authorization):
            answer = new_client(sandbox, authorization.format(id=sandbox.client_id))(HOT)
            assert answer.status_code == status
            assert answer.json() == {
                "data": {"error": text, "request": HOT, "method": "GET"},
                "success": False,
                "status": status,
            }
            assert not [name for name in answer.headers if "ratelimit" in name.lower()]
            assert sandbox.spent == 0
            assert (sandbox.requests[-1].kind, sandbox.requests[-1].cost) == ("none", 0)


def test_client_id_works_in_the_query(sandbox, new_client):
    anonymous = new_client(sandbox, "")
    assert anonymous(f"{HOT}?client_id={sandbox.client_id}").status_code == 200
    assert anonymous(f"{HOT}?client_id=wrong").status_code == 403
    assert sandbox.client_id not in str(sandbox.requests)


def test_client_ids_of_further_applications_work(sandbox, new_client):
    other = sandbox.add_client()
    assert other != sandbox.client_id
    assert new_client(sandbox, f"client-id {other}")(HOT).status_code == 200


def test_tokens_work_until_they_are_revoked(sandbox, new_client):
    token = sandbox.issue_token(sandbox.account.swapcase())
    assert re.fullmatch("[0-9a-f]{40}", token)
    me = new_client(sandbox, f"Bearer {token}")
    assert me.data("/3/account/me")["url"] == sandbox.account
    assert me.data("/3/account")["url"] == sandbox.account
    assert me("/3/credits").headers["x-ratelimit-userlimit"] == "2000"
    sandbox.revoke_token(token)
    assert me("/3/account/me").status_code == 403
    with pytest.raises(InvalidArgument):
        sandbox.revoke_token(token)
    with pytest.raises(InvalidArgument, match="no_such_person"):
        sandbox.issue_token("no_such_person")


def test_keys_are_new_each_time_and_never_shown():
    with Sandbox() as one, Sandbox() as two:
        assert re.fullmatch("[0-9a-f]{15}", one.client_id)
        assert re.fullmatch("[0-9a-f]{40}", one.client_secret)
        assert one.client_id != two.client_id
        assert one.client_secret != two.client_secret
        assert one.client_secret not in repr(one)
