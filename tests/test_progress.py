"""Progress bars in notebooks, without one: what is displayed, and what is left of it."""

from __future__ import annotations

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

    def update(self, what: Any) -> None:
        self.shown.append(what.data)


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


def test_bar_says_where_it_ended(output: Output) -> None:
    with bar(mininterval=0) as shown:
        shown.update()
    assert output.shown[1:] == ["Ended at 1 of 2 pages."]


def test_bar_of_a_short_pull_is_not_shown(output: Output) -> None:
    with bar(delay=60, mininterval=0) as shown:
        shown.update(2)
    assert output.shown == []


def test_bar_in_a_terminal_is_text() -> None:
    with progress_bar(total=2, disable=True) as made:
        assert not isinstance(made, tqdm_notebook)


def test_without_a_bar_tqdm_is_not_needed() -> None:
    with mock.patch.dict(sys.modules, {"tqdm.auto": None}):
        with progress_bar(disable=True, total=3, unit="page") as bar:
            bar.update(3)
            bar.set_description_str("waiting", False)
        with pytest.raises(ImportError):
            progress_bar(total=3)
    assert bar.disable
