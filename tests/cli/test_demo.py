"""The demo: what it leaves, and what it says."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

import imgurdata as imd
from imgurdata.cli.main import main
from imgurdata.cli.sandbox import _next_steps, run_demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    out = tmp_path_factory.mktemp("demo") / "deep" / "folder"
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        written = run_demo(out)
    assert sorted(written) == sorted(out.iterdir())
    return out, printed.getvalue()


def test_demo_writes_charts(demo: tuple[Path, str]) -> None:
    charts = sorted(demo[0].glob("*.png"))
    assert len(charts) >= 3
    for chart in charts:
        with Image.open(chart) as image:
            assert image.width >= 1000
            # A blank figure has one colour; a drawn one has many.
            assert len(image.convert("RGB").getcolors(maxcolors=1 << 24) or ()) > 20


def test_demo_writes_frames(demo: tuple[Path, str]) -> None:
    frames = {path.stem: pd.read_parquet(path) for path in demo[0].glob("*.parquet")}
    assert len(frames) >= 3
    declared = imd.schema("post").query("dtype != 'dropped'").set_index("name")["dtype"]
    gallery = frames["gallery"].drop(columns=["images_json", "tags_json"])
    assert {name: str(dtype) for name, dtype in gallery.dtypes.items()} == declared.to_dict()
    assert gallery["id"].is_unique
    assert frames["credits"]["cost"].sum() > 100


def test_demo_prints_credits_and_savings(demo: tuple[Path, str]) -> None:
    printed = demo[1]
    assert "limit is 100 credits an hour here" in printed
    assert re.search(r"\d+ of 12500 left today, resets 2026-03-02 18:00 UTC", printed)
    assert re.search(r"8 pages from the cache, 0 credits", printed)
    assert re.search(r"20 unchanged \(304\), 0 changed; 0 bytes came instead of [\d.]+ kB", printed)
    assert re.search(r"(\d+) requests in all; \1 credits spent", printed)
    assert max(map(len, printed.splitlines())) <= 130


def test_demo_says_where_to_go_on(demo: tuple[Path, str], monkeypatch, tmp_path) -> None:
    out, printed = demo
    for chart in out.glob("*.png"):
        assert f"\n  {chart.name} " in printed
    assert f"Look at            {out / 'score_distribution.png'}" in printed
    (command,) = re.findall(r"Ask in a terminal\s+(\S+) gallery", printed)
    assert shutil.which(command)
    assert "jupyter" in printed  # these tests run in a clone
    monkeypatch.chdir(tmp_path)
    assert "jupyter" not in _next_steps(out)


def test_demo_names_commands_from_where_it_was_started(monkeypatch, tmp_path) -> None:
    scripts = tmp_path / ".venv" / "bin"
    monkeypatch.setattr("sys.executable", str(scripts / "python"))
    monkeypatch.chdir(tmp_path)
    assert f"  {Path('.venv', 'bin')}{os.sep}imgurdata gallery top" in _next_steps(Path("out"))
    # Where the shell finds it, its name is enough.
    monkeypatch.setattr("shutil.which", lambda name: str(scripts / name))
    assert re.search(r"Ask in a terminal +imgurdata gallery top", _next_steps(Path("out")))


def test_demo_is_quiet_on_request(monkeypatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("imgurdata.cli.sandbox.run_demo", lambda out: print("written:", out))
    assert main(["demo", "-q"]) == 0
    assert capsys.readouterr() == ("", "")
    assert main(["demo"]) == 0
    assert "written:" in capsys.readouterr().out
