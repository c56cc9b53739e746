"""What a session remembers of a study."""

from __future__ import annotations

import gc
import weakref

import pytest

from imgurdata.errors import NotFound
from imgurdata.http import session_log
from imgurdata.http.session_log import SessionLog

TOLD = {"endpoint": "gallery/hot/viral", "fetched_at": None, "pages": 1}


def test_the_last_use_counts() -> None:
    one = SessionLog()
    one.note_answer("", "/a", "Mon")
    one.note_answer("", "/a", "Mon")
    assert not one.answers()["", "/a"].again
    one.note_answer("", "/a", "Tue")
    one.note_answer("", "/a", "Tue")
    used = one.answers()["", "/a"]
    assert (used.date, used.again, used.missing) == ("Tue", True, None)
    one.note_answer("ann", "/a", "Mon")
    assert len(one.answers()) == 2, "as somebody else it is another answer"


def test_missing_and_found() -> None:
    one = SessionLog()
    one.note_missing("", "/a", NotFound("gone", status=404, reason="Unable to find", request="/a"))
    result = one.answers()["", "/a"].missing
    assert result is not None
    assert (result.message, result.status, result.reason) == ("gone", 404, "Unable to find")
    one.note_answer("", "/a", "Mon")
    used = one.answers()["", "/a"]
    assert (used.missing, used.again) == (None, False)


def test_an_error_that_is_remembered_keeps_nothing_alive() -> None:
    class Large:
        """Stands for a pull's pages."""

    def fail(large: Large) -> None:
        raise NotFound("gone", status=404)

    one, large = SessionLog(), Large()
    try:
        fail(large)
    except NotFound as error:
        one.note_missing("", "/a", error)
    alive = weakref.ref(large)
    del large
    gc.collect()
    assert alive() is None
    assert one.answers()


def test_it_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_log, "MOST", 3)
    one = SessionLog()
    for name in "abcda":
        one.note_answer("", name, None)
        one.note_pull("", {"load": name}, TOLD)
    assert [url for _, url in one.answers()] == ["c", "d", "a"]
    assert one.dropped == 2
    assert len(one.pulls()) == 3


def test_a_pull_again_takes_its_place() -> None:
    one = SessionLog()
    one.note_pull("", {"load": "gallery", "pages": 2}, TOLD)
    one.note_pull("", {"load": "tags"}, TOLD)
    one.note_pull("", {"pages": 2, "load": "gallery"}, TOLD | {"pages": 7})
    assert [(ran.pull["load"], ran.pages) for _, ran in one.pulls()] == [
        ("gallery", 7),
        ("tags", 1),
    ]
