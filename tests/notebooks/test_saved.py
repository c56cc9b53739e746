"""Saved notebooks: complete and clean, and what their first line promises."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import nbformat
import pytest

import imgurdata as imd
from imgurdata.sandbox import Sandbox

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
CHECKED = "nbval-check-output"

#: Notebooks that wait for days where there is no sandbox, and how they say so.
WAIT = {
    "03-trends": "the cells that collect then take as long as they say",
    "07-at-scale": "the cell that collects takes five real days",
}


def cells(path: Path, kind: str) -> list[Any]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


def sources(path: Path, kind: str) -> str:
    return "\n".join(cell.source for cell in cells(path, kind))


def test_notebooks_are_numbered_without_a_gap() -> None:
    assert [int(path.name[:2]) for path in NOTEBOOKS] == list(range(1, len(NOTEBOOKS) + 1))


def test_notebooks_are_saved_complete_and_clean(subtests) -> None:
    for path in NOTEBOOKS:
        with subtests.test(notebook=path.stem):
            notebook = nbformat.read(path, as_version=4)
            nbformat.validate(notebook)
            assert "widgets" not in notebook.metadata, "widget state is saved"
            code = cells(path, "code")
            assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
            for output in (output for cell in code for output in cell.outputs):
                assert output.output_type != "error"
                assert output.get("name") != "stderr", output
                # The view of a widget that is gone is an error in JupyterLab.
                assert "application/vnd.jupyter.widget-view+json" not in output.get("data", {})
            text = path.read_text()
            assert not re.search(r"Bearer |_token=[^*\"\\\\]|/tmp/|/home/|/root/", text)
            assert path.stat().st_size < 1_000_000


def test_notebooks_have_outputs_that_nbval_checks(subtests) -> None:
    for path in NOTEBOOKS:
        with subtests.test(notebook=path.stem):
            code = cells(path, "code")
            checked = [cell for cell in code if CHECKED in cell.metadata.get("tags", [])]
            assert len(checked) >= 5
            assert "nbval" not in sources(path, "code").lower(), "marks are tags"
            # A port or a temporary folder differs in each run.
            for output in (output for cell in checked for output in cell.outputs):
                assert not re.search(r"127\.0\.0\.1|0x[0-9a-f]{6}", str(output))


@pytest.fixture
def person(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], object]]:
    """``connect(sandbox=True)`` knows of no sandbox, as a session with Imgur; somebody signs in."""
    connect, opened = imd.connect, []

    def connect_by_client_id(*arguments: Any, **options: Any) -> imd.ImgurSession:
        if options.get("sandbox") is True:
            options = {"client_id": sandbox.client_id, "base_url": sandbox.url}
        opened.append(connect(*arguments, **options))
        return opened[-1]

    def sign_in() -> object:
        return imd.current_session().sign_in(sandbox.issue_token(sandbox.account))

    monkeypatch.setattr(imd, "connect", connect_by_client_id)
    monkeypatch.setattr(imd, "sign_in", sign_in)
    monkeypatch.setitem(plt.rcParams, "backend", "Agg")
    yield sign_in
    for session in opened:
        session.close()
    plt.close("all")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_first_line_may_be_replaced_by_a_client_id(path, person, sandbox) -> None:
    """No cell after the first needs the sandbox, but where the text says so."""
    first, *rest = cells(path, "code")
    assert "session = imd.connect(sandbox=True)" in first.source
    text = sources(path, "markdown")
    assert 'imd.connect(client_id="...")' in text
    if path.stem in WAIT:
        assert WAIT[path.stem] in text
        return
    names: dict[str, Any] = {}
    for cell in (first, *rest):
        exec(compile(cell.source, path.name, "exec"), names)
        assert cell is not first or names["session"].sandbox is None
        if cell.source.endswith("\nbutton"):
            person()
    if costs := re.search(r"costs some (\d+) credits", text):
        assert abs(sandbox.spent - int(costs[1])) <= 5
