"""One table of costs: what the sandbox charges is what the library's ledger books."""

from __future__ import annotations

import base64
import contextlib
import io

import pytest
import requests
from PIL import Image

import imgurdata as imd
from imgurdata.endpoints import cost_of
from imgurdata.errors import ImgurDataError
from imgurdata.sandbox import Sandbox, costs
from imgurdata.sandbox.faults import FAULTS
from imgurdata.sandbox.request import Request

HOT = "/3/gallery/hot/viral/day/0"


@pytest.mark.decision("sandbox-costs-like-the-ledger")
def test_sandbox_and_ledger_have_the_same_table():
    """The sandbox knows nothing of the library, so the rules are written twice."""
    for path in [HOT, "/3/image", "/3/upload", "/3/image/abcdefg", "/3/upload.json", "/3/album"]:
        for method in ["GET", "POST", "PUT", "DELETE"]:
            for status in [200, 304, 400, 401, 403, 404, 405, 409, 429, 500, 503]:
                for reported in [True, False]:
                    segments = tuple(path.removesuffix(".json").strip("/").split("/"))
                    request = Request(method, path, segments)
                    charged = costs.charged(request, status, reported=reported)
                    booked = cost_of(method, path, status, reported=reported)
                    assert charged == booked, (method, path, status, reported)
    token = Request("POST", "/oauth2/token", ("oauth2", "token"))
    assert costs.charged(token, 200, reported=False) == cost_of("POST", token.path, 200) == 0


@pytest.fixture
def connected():
    with Sandbox(limits={"user": 5000}) as sandbox, imd.connect(sandbox=sandbox) as session:
        yield sandbox, session


def booked(session):
    return int(session.credits.history()["cost"].sum())


def test_fault_costs_nothing_where_nothing_is_left():
    """Imgur refuses before it errs: what cannot be charged is a 429."""
    with (
        Sandbox(limits={"user": 1}, limit_headers=False) as sandbox,
        imd.connect(sandbox=sandbox, default=False) as session,
    ):
        session.get(HOT)
        sandbox.fail("error_in_success", 1)
        with pytest.raises(ImgurDataError, match="429"):
            session.get("/3/gallery/user")
        assert booked(session) == sandbox.spent == 1


def png():
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def test_refused_and_accepted_writes_are_booked_as_they_are_charged(subtests, connected):
    sandbox, session = connected
    for method, path, form in [
        ("POST", "/3/image", {"image": png()}), ("POST", "/3/upload", {"image": png()}),
        ("POST", "/3/image", {"image": "no picture"}), ("POST", "/3/image", {}),
        ("POST", "/3/album", {"title": "T"}), ("DELETE", "/3/image/nosuch1", {}),
        ("POST", "/3/comment", {"image_id": "x"}), ("POST", HOT, {}), ("PUT", "/3/nosuch", {}),
        ("POST", "/3/account/me/follow/tag/nosuch", {}), ("GET", "/3/account/me/settings", {}),
        ("GET", "/3/account/me/block", {}), ("GET", "/account/v1/somebody/block", {}),
    ]:  # fmt: skip
        with subtests.test(method=method, path=path, form=form):
            spent, was = sandbox.spent, booked(session)
            with contextlib.suppress(ImgurDataError):
                session.request(method, path, data=form)
            assert booked(session) - was == sandbox.spent - spent > 0


@pytest.mark.parametrize("gateway", [True, False])
def test_refusal_that_tells_no_credits_is_free(gateway):
    limits = {"user": 2, "client": 2, "requests": 2}
    with Sandbox(limits=limits, limit_headers=False, gateway=gateway) as sandbox:
        headers = {"Authorization": f"Client-ID {sandbox.client_id}"}
        headers["X-RapidAPI-Key"] = str(sandbox.gateway_key)
        for path, status, spent in [
            ("/3/account/me", 403, 0), (HOT, 200, 1), ("/3/account/me", 403, 1),
            ("/3/tags", 200, 2), (HOT, 429, 2),
        ]:  # fmt: skip
            assert requests.get(sandbox.url + path, headers=headers).status_code == status
            assert (sandbox.spent, sandbox.requests[-1].cost) == (spent, int(status == 200))


def test_faults_are_booked_as_they_are_charged(subtests, connected):
    sandbox, session = connected
    for fault in [400, 401, 403, 404, 405, 409, 418, 429, 500, 503, *FAULTS]:
        with subtests.test(fault=fault):
            spent, was = sandbox.spent, booked(session)
            # A POST is not tried again.
            sandbox.fail(fault)
            with contextlib.suppress(ImgurDataError):
                session.request("POST", "/3/gallery/nosuch1/vote/up")
            assert booked(session) - was == sandbox.spent - spent
