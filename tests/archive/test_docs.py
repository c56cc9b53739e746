"""The code of docs/over-time.md, run on the sandbox in the order of the page."""

from __future__ import annotations

import contextlib
import io
import re
import sys
import tomllib
import types
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import pytest

import imgurdata as imd
from benchmarks.archive import lines_of, studies
from imgurdata.cli.main import main

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "over-time.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def inside(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))
    monkeypatch.setitem(plt.rcParams, "backend", "Agg")
    return tmp_path


@pytest.mark.engines
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_code_of_the_page_runs_and_every_engine_tells_the_same(inside, monkeypatch) -> None:
    # It would look for this machine's address by opening a socket to a server elsewhere.
    monkeypatch.setattr("distributed.utils._get_ip", lambda *_, **__: "127.0.0.1")
    names: dict[str, object] = {}
    results = []
    measured = studies().values()  # by the benchmark
    code = [b for b in blocks("python") if b not in measured and "import dlt" not in b]
    for block in code:
        # A cluster in this process, without a dashboard, starts at once.
        text = block.replace('client_id="..."', "sandbox=True")
        text = text.replace("n_workers=2", "n_workers=1, processes=False, dashboard_address=None")
        lines = text.rstrip().splitlines()
        exec(compile(text, "over-time.md", "exec"), names)  # the page's own code
        if "group" in text:
            last = "by_day" if "by_day" in text else "\n".join(lines[_last_statement(lines) :])
            results.append(eval(last, names))  # what the notebook would show
    plt.close("all")
    frames = [result.to_pandas() if hasattr(result, "to_pandas") else result for result in results]
    scores = [
        frame["score"].astype(float).tolist() if isinstance(frame, pd.DataFrame) else
        frame.sort_index().astype(float).tolist()
        for frame in frames
    ]  # fmt: skip
    assert len(scores) == 4
    for score in scores[1:]:
        assert score == pytest.approx(scores[0])
    session = names["session"]
    assert isinstance(session, imd.ImgurSession)
    session.close()


def _last_statement(lines: list[str]) -> int:
    """Where the last statement of a block begins."""
    return max(number for number, line in enumerate(lines) if re.match(r"[a-z]", line))


def test_lines_beside_dlt_are_counted() -> None:
    codes = studies()
    ours, theirs = lines_of(codes["imgurdata"]), lines_of(codes["dlt"])
    assert f"| lines of code | {ours} | {theirs} |" in PAGE


def test_settings_of_the_page_are_read(inside, capsys) -> None:
    (settings,) = blocks("toml")
    (inside / "gallery.toml").write_text(settings)
    assert set(tomllib.loads(settings)) == {"archive", "every", "reserve", "pull"}
    assert main(["collect", "gallery.toml", "--sandbox", "--until", "30min"]) == 0
    assert (inside / "gallery" / "record=tag").is_dir()


@pytest.mark.dlt
@pytest.mark.filterwarnings("ignore")
def test_recipe_for_dlt_takes_each_row_once(inside, connect, monkeypatch) -> None:
    import duckdb

    (block,) = (block for block in blocks("python") if "@dlt.resource" in block)
    archive = imd.Archive("gallery")
    session = connect()
    recipe = types.ModuleType("recipe")
    vars(recipe).update(archive=archive)
    monkeypatch.setitem(sys.modules, "recipe", recipe)
    for _ in range(2):
        imd.collect(archive, [imd.Pull("gallery")], "15min", "30min", session=session)
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(block, "over-time.md", "exec"), vars(recipe))  # the page's own code
    with duckdb.connect("warehouse.duckdb") as connection:
        rows = connection.sql("select * from gallery.posts").df()
    loaded = archive.load()
    assert len(rows) == len(loaded)
    assert set(rows["id"]) == set(loaded["id"])
    assert str(rows["fetched_at"].dtype).startswith("datetime64")
    assert sorted(rows["points"]) == sorted(loaded["points"])
