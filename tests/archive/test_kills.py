"""A collector in a process of its own, killed and started again, in simulated time."""

from __future__ import annotations

import signal
from pathlib import Path

import pandas as pd
import pytest
from typing_at import start

import imgurdata as imd
from benchmarks.collectors import kill_at_random
from imgurdata.cli.main import main
from imgurdata.sandbox import Sandbox


def test_killed_collector_loses_nothing_and_pays_nothing_twice(tmp_path: Path) -> None:
    """Eight kills in three simulated hours, at random moments."""
    rounds, kills = 12, 8
    left = kill_at_random(tmp_path, rounds, kills, seed=4)
    assert left.log == ""
    ledger = left.archive.load("snapshot")
    slots = pd.date_range("2026-03-01 18:00", periods=rounds, freq="15min", tz="UTC")
    assert ledger["slot"].tolist() == list(slots)
    assert ledger["rows"].tolist() == [180] * rounds
    assert (left.lost, left.doubled) == (0, 0)
    # A page that is under way at a kill is paid for, and lost.
    assert left.undisturbed <= left.requests <= left.undisturbed + kills


def test_collector_stops_at_a_signal_and_tells_its_status(tmp_path: Path, capsys) -> None:
    settings = tmp_path / "study.toml"
    settings.write_text('archive = "snapshots"\nevery = "1h"\n[[pull]]\nload = "tags"\n')
    with Sandbox() as sandbox:
        options = ["--client-id", sandbox.client_id, "--base-url", sandbox.url]
        process = start("collect", str(settings), *options, stdout=None)
        assert process.stderr is not None
        assert process.stderr.readline() == "imgurdata: Collecting 1 pull every 1h\n"
        assert process.stderr.readline().startswith("imgurdata: Round 18:00 UTC: ")
        assert main(["collect", str(settings), "--status"]) == 0
        printed = capsys.readouterr().out
        assert "a collector is running" in printed
        assert "collected every 1h: tags: 1 round, 0 unchanged, 0 gaps" in printed
        assert main(["collect", str(settings), *options]) == 1
        assert "Another process on this machine is collecting tags" in capsys.readouterr().err
        process.send_signal(signal.SIGTERM)
        rest = process.stderr.read()
        assert process.wait() == 0
        process.stderr.close()
        assert rest == "imgurdata: stopped; the same command goes on from here.\n"
    assert len(imd.Archive(tmp_path / "snapshots").load("snapshot")) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("archive = ", "must be TOML"),
        ('[[pull]]\nload = "tags"', "must have archive"),
        ('archive = "a"', "must have [[pull]]"),
        ('archive = "a"\npulls = 3', "Did you mean 'pull'?"),
        ('archive = "a"\n[pull]\nload = "tags"', "tables that begin with [[pull]]"),
        ('archive = "a"\n[[pull]]\nload = "tug"', "[[pull]] 1: load must be one of"),
        ('archive = "a"\n[[pull]]\nload = "gallery"\npages = 0', "[[pull]] 1: pages must be"),
        ('archive = "a"\n[[pull]]\nload = "posts"\nids = []', "must ask for something"),
        ('archive = "a"\nevery = ' + "9" * 5000, "must be TOML"),
        ("a = " + "[" * 5000, "must be TOML"),
        ('archive = 3\n[[pull]]\nload = "tags"', "archive must be a folder or a URL"),
        (None, "cannot be read"),
    ],
)
def test_wrong_settings_are_explained(tmp_path, text, message, capsys) -> None:
    settings = tmp_path / "study.toml"
    if text is not None:
        settings.write_text(text)
    assert main(["collect", str(settings), "--sandbox", "--until", "1h"]) == 2
    assert message in capsys.readouterr().err


def test_command_collects_on_its_own_sandbox(tmp_path, capsys) -> None:
    settings = tmp_path / "study.toml"
    text = 'archive = "a"\nevery = "15min"\n[[pull]]\nload = "gallery"\n'
    settings.write_text(text, "utf-8-sig")
    assert main(["collect", str(settings), "--sandbox", "--until", "1h"]) == 0
    assert capsys.readouterr().err.count("imgurdata: Round ") == 4
    assert main(["collect", str(settings), "--status"]) == 0
    printed = capsys.readouterr().out
    assert "post: 240 rows of 4 snapshots" in printed
    assert printed.endswith("  no collector runs\n")
    gone = next((tmp_path / "a" / "record=post" / "day=2026-03-01").glob("s-*T1815*"))
    gone.unlink()
    assert main(["collect", str(settings), "--status"]) == 0
    assert "  gap: 2026-03-01 18:15 UTC, not running\n" in capsys.readouterr().out
    assert main(["collect", str(settings), "--sandbox"]) == 2
    settings.write_text(f'until = "1s"\n{text}')
    assert main(["collect", str(settings), "--sandbox", "--until", ""]) == 2


def test_only_a_relative_archive_is_in_the_folder_of_its_settings(
    tmp_path, capsys, monkeypatch, subtests
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    settings = tmp_path / "study.toml"
    for archive, shown in [
        ("a", str(tmp_path / "a")),
        ("~/a", "~/a"),
        (f"file://{tmp_path}/b", str(tmp_path / "b")),
    ]:
        with subtests.test(archive=archive):
            settings.write_text(f'archive = "{archive}"\n[[pull]]\nload = "tags"\n')
            assert main(["collect", str(settings), "--status"]) == 0
            assert capsys.readouterr().out.startswith(f"Archive {shown}\n")
