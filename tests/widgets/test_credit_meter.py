"""The meter without a browser: what travels to the page, and that it moves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from typing_at import until

import imgurdata as imd
from imgurdata.errors import CacheUnusable, InvalidArgument
from imgurdata.sandbox import Sandbox
from imgurdata.widgets import CreditMeter


@pytest.fixture
def session() -> Iterator[imd.ImgurSession]:
    with (
        Sandbox(limits={"user": 10}) as sandbox,
        imd.connect(sandbox=sandbox, client_secret=sandbox.client_secret) as made,
    ):
        yield made


@pytest.fixture
def meter(session: imd.ImgurSession) -> Iterator[CreditMeter]:
    made = CreditMeter(session, every=0.01)
    yield made
    made.close()


def limits(meter: CreditMeter) -> dict[str, tuple[int, int, str]]:
    return {it["limit"]: (it["left"], it["total"], it["level"]) for it in meter.view["limits"]}


def test_meter_moves_after_a_pull(session: imd.ImgurSession, meter: CreditMeter) -> None:
    assert meter.view["limits"] == []
    assert repr(meter) == "CreditMeter: nothing known yet"
    imd.load_gallery(pages=3, session=session, progress=False)
    until(lambda: limits(meter).get("user") == (7, 10, "good"))
    assert limits(meter)["client"] == (12_497, 12_500, "good")
    assert repr(meter).startswith("CreditMeter: 7 of 10 left this hour, resets ")
    imd.load_gallery("user", pages=range(10, 16), session=session, progress=False)
    until(lambda: limits(meter)["user"] == (1, 10, "low"))
    imd.load_gallery("top", session=session, progress=False)
    until(lambda: limits(meter)["user"] == (0, 10, "empty"))
    left = next(it for it in meter.view["limits"] if it["limit"] == "user")
    assert 0 < left["reset_at"] - session.clock.now() <= 3600
    session.sandbox.advance("61min")
    until(lambda: limits(meter)["user"] == (10, 10, "good"))


def test_meter_sends_nothing_if_nothing_changed(
    session: imd.ImgurSession, meter: CreditMeter
) -> None:
    imd.load_gallery(session=session, progress=False)
    meter.refresh()
    before = meter.view
    meter.refresh()
    assert meter.view is before


def test_meter_ends_with_its_session_and_when_closed(session: imd.ImgurSession) -> None:
    assert CreditMeter(session, every=60).session is session
    meter, other = CreditMeter(session, every=0.01), CreditMeter(session, every=0.01)
    other.close()
    session.close()
    until(lambda: meter.view["closed"])
    assert repr(meter) == "CreditMeter: the session is closed"
    assert not other.view["closed"]
    meter.close()


def test_meter_state_holds_no_secret(session: imd.ImgurSession, meter: CreditMeter) -> None:
    imd.load_gallery(session=session, progress=False)
    meter.refresh()
    state = json.dumps({name: str(value) for name, value in meter.get_state().items()})
    secrets = (session.sandbox.client_id, session.sandbox.client_secret)
    assert [secret for secret in secrets if secret in state] == []


def test_meter_bears_a_session_that_is_closed_while_it_looks(
    session: imd.ImgurSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    meter = CreditMeter(session, every=60)
    state = session.credits.state
    unreadable = CacheUnusable("the ledger cannot be read")

    def closing(limit: str) -> Any:
        session.close()
        return state(limit)

    def broken(limit: str) -> Any:
        raise unreadable

    monkeypatch.setattr(session.credits, "state", broken)
    with pytest.raises(CacheUnusable):
        meter.refresh()
    monkeypatch.setattr(session.credits, "state", closing)
    meter.refresh()
    assert meter.view["closed"]
    meter.close()


def test_meter_has_a_static_view(session: imd.ImgurSession, meter: CreditMeter) -> None:
    def shown() -> dict[str, str]:
        meter.refresh()
        bundle = meter._repr_mimebundle_()
        return dict(bundle[0] if isinstance(bundle, tuple) else bundle)

    assert "Nothing known yet. Run the cell to see them live." in shown()["text/html"]
    imd.load_gallery(pages=9, session=session, progress=False)
    data = shown()
    assert "1 of 10, low" in data["text/html"]
    assert "As of 2026-03-01 18:00 UTC." in data["text/html"]
    assert data["text/plain"].startswith("CreditMeter: 1 of 10")
    session.close()
    assert "The session is closed." in shown()["text/html"]


def test_meter_refuses_bad_arguments(session: imd.ImgurSession) -> None:
    for every in (0, -1, "soon", None):
        with pytest.raises(InvalidArgument, match="every must be"):
            CreditMeter(session, every=every)
