"""Progress bars in notebooks, without one: what is displayed, and what is left of it."""

from __future__ import annotations

import io
import sys
from typing import Any
from unittest import mock

import pytest
from tqdm.notebook import tqdm_notebook

from imgurdata._progress import _notebook_bar, progress_bar


class Output:
    """An output of a notebook."""

    def __init__(self) -> None:
        self.shown: list[Any] = []

    def display(self, what: Any, *, display_id: bool) -> Output:
        assert display_id
        self.shown.append(what)
        return self

    def update(self, what: dict[str, str], *, raw: bool) -> None:
        assert raw
        assert what["text/plain"] == what["text/html"]
        self.shown.append(what["text/html"])


@pytest.fixture
def output(monkeypatch: pytest.MonkeyPatch) -> Output:
    made = Output()
    monkeypatch.setattr("IPython.display.display", made.display)
    _notebook_bar.cache_clear()
    return made


def bar(**options: Any) -> Any:
    made = _notebook_bar(tqdm_notebook)
    return made(display=False, total=2, unit="page", leave=False, **options)


def test_bar_leaves_nothing_when_it_is_over(output: Output) -> None:
    with bar(mininterval=0) as shown:
        shown.update()
        assert output.shown == [shown.container]
        shown.update()
    assert output.shown[1:] == [""]
    shown.close()
    assert len(output.shown) == 2


def test_bar_has_a_static_view_while_it_runs(
    output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    static = Output()
    published: list[tuple[str, str]] = []

    def publish(html: str, model_id: str) -> Output:
        published.append((html, model_id))
        return static

    monkeypatch.setattr("imgurdata._progress.publish_static_view", publish)
    monkeypatch.setattr("tqdm.auto.tqdm", tqdm_notebook)
    with progress_bar(total=2, unit="page", delay=0, mininterval=0) as shown:
        shown.update()
        assert published == [
            (
                "<em>This was still running when the notebook was saved.</em>",
                shown.container.model_id,
            )
        ]
        assert static.shown == []
    assert static.shown == [""]


def test_bar_says_where_it_ended(output: Output) -> None:
    with bar(mininterval=0) as shown:
        shown.update()
    assert output.shown[1:] == ["Ended at 1 of 2 pages."]


def test_bar_of_a_short_pull_is_not_shown(output: Output) -> None:
    with bar(delay=60, mininterval=0) as shown:
        shown.update(2)
    assert output.shown == []


def test_bar_in_a_terminal_is_text() -> None:
    with progress_bar(total=2, unit="page", file=io.StringIO()) as made:
        assert not isinstance(made, tqdm_notebook)


def test_variable_of_tqdm_hides_a_bar_that_was_not_asked_for(monkeypatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for value, asked_for, hidden in ((None, None, False), ("1", None, True), ("1", True, False)):
        if value:
            monkeypatch.setenv("TQDM_DISABLE", value)
        with progress_bar(total=2, unit="page", progress=asked_for, file=Terminal()) as bar:
            assert bool(bar.disable) is hidden


def test_without_a_bar_tqdm_is_not_needed() -> None:
    with mock.patch.dict(sys.modules, {"tqdm.auto": None}):
        with progress_bar(total=3, unit="page", progress=False) as bar:
            assert bar is None
        with pytest.raises(ImportError):
            progress_bar(total=3, unit="page")
