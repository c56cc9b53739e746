"""load_credits: always asked, never kept."""

from __future__ import annotations

import datetime as dt

import pytest

import imgurdata as imd
from imgurdata.sandbox import Sandbox


@pytest.mark.parametrize("reset_form", ["seconds", "epoch"])
def test_load_credits_is_one_row_and_never_cached(
    sandbox: Sandbox, connect, reset_form: str
) -> None:
    sandbox.reset_form = reset_form
    session = connect(sandbox, max_age="10 days")
    for number in (1, 2, 3):
        row = imd.load_credits(session=session)
        assert row.shape[0] == 1
        assert row["user_remaining"].item() == 500 - number
        assert row["user_limit"].item() == 500
        assert row["user_reset_at"].item() == sandbox.now + dt.timedelta(hours=1)
        assert row["fetched_at"].item() == sandbox.now
        assert session.credits.remaining() == 500 - number
    table = imd.schema("credits")
    table = table[table["dtype"] != "dropped"]
    assert list(row.columns) == table["name"].tolist()
    assert [str(dtype) for dtype in row.dtypes] == table["dtype"].tolist()
    story = row.attrs["imgurdata"]
    assert (story["endpoint"], story["requests"], story["credits_spent"]) == ("credits", 1, 1)
    assert len(session.cache.responses) == 0


def test_credits_now_knows_without_a_request(sandbox: Sandbox, connect) -> None:
    session = connect(sandbox)
    assert session.credits.now().isna().all(axis=None)
    result = imd.load_credits(session=session)
    known = session.credits.now()
    for name in ("user_limit", "user_remaining", "user_reset_at", "client_limit"):
        assert known[name].item() == result[name].item()
    assert len(sandbox.requests) == 1
