"""Where rows go: files of every format, standard output, pipes whose reader has gone."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pandas as pd
import pytest
from typing_at import start

import imgurdata as imd
from imgurdata.cli.main import main
from imgurdata.sandbox import Sandbox

READ = {
    "csv": pd.read_csv,
    "json": pd.read_json,
    "jsonl": lambda source: pd.read_json(source, lines=True),
    "parquet": pd.read_parquet,
}


def test_every_format_goes_to_files_and_standard_output(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], subtests: pytest.Subtests
) -> None:
    with imd.connect(sandbox=True, default=False) as session:
        ids = imd.load_gallery(session=session)["id"].tolist()
    for form, read in READ.items():
        with subtests.test(form=form):
            assert main(["gallery", "--sandbox", "-q", "-o", str(tmp_path / f"rows.{form}")]) == 0
            odd = tmp_path / f"{form} without an ending"
            words = ["gallery", "--sandbox", "--format", form]
            assert main([*words, "-o", str(odd)]) == 0
            assert b"60 rows; 1 request" in capsysbinary.readouterr().out
            assert main([*words, "-o", "-"]) == 0
            out, err = capsysbinary.readouterr()
            assert err == b"60 rows; 1 request, 1 credit, 499 left this hour\n"
            for source in (tmp_path / f"rows.{form}", odd, io.BytesIO(out)):
                assert read(source)["id"].tolist() == ids
            assert main([*words, "-q"]) == 0  # a format alone is for standard output
            again, err = capsysbinary.readouterr()
            assert (len(read(io.BytesIO(again))), err) == (60, b"")
    assert main(["gallery", "--sandbox", "-q", "-o", "-"]) == 0
    assert capsysbinary.readouterr().out.startswith(b"id,title,")


def test_wrong_outputs_are_refused_before_a_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    subtests: pytest.Subtests,
) -> None:  # fmt: skip
    monkeypatch.setattr(imd, "connect", lambda *_, **__: pytest.fail("asked all the same"))
    for words, says in [
        (["-o", "rows.xlsx"], "-o must be a file that ends in .csv, .json, .jsonl, .parquet"),
        (["-o", "-", "--format", "xml"], "--format must be one of 'csv', 'json', 'jsonl', 'par"),
        (["--format", "cvs"], "Did you mean 'csv'?"),
        (["-o", str(tmp_path), "--format", "csv"], "-o must be a file, not a folder"),
        (["-o", f"{'x' * 300}.csv"], "-o must be a file that can be written (File name too long)"),
        (["-o", "x\0.csv"], "-o must be the path of a file"),
    ]:
        with subtests.test(words=words):
            assert main(["tag", "cats", "--sandbox", *words]) == 2
            assert says in capsys.readouterr().err
    with monkeypatch.context() as patch:
        patch.setattr("os.access", lambda *_: False)
        assert main(["tag", "cats", "--sandbox", "-o", str(tmp_path / "rows.csv")]) == 2
    assert f"(no right to write {tmp_path.name})" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert main(["tag", "cats", "--sandbox", "--format", "parquet"]) == 2
    assert "--format parquet is no text" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal")
def test_a_reader_that_has_gone_ends_the_command_quietly(subtests: pytest.Subtests) -> None:
    with Sandbox() as sandbox:
        there = ["--base-url", sandbox.url, "--client-id", sandbox.client_id]
        for form in ("csv", "parquet"):  # as text and as bytes
            words = ("gallery", "--format", form, *there)
            with subtests.test(form=form), start(*words) as process:
                assert process.stdout is not None
                assert process.stderr is not None
                # At once: how much a pipe holds that nobody reads differs.
                process.stdout.close()
                assert process.stderr.read() == ""
                assert process.wait(20) == 141  # as a program that SIGPIPE ended


def test_rows_that_arrived_reach_standard_output(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    with Sandbox(limits={"user": 3}) as sandbox:
        there = ["--base-url", sandbox.url, "--client-id", sandbox.client_id]
        assert main(["gallery", "--pages", "9", "--format", "jsonl", *there]) == 1
        out, err = capsysbinary.readouterr()
    rows = [json.loads(line) for line in out.splitlines()]
    assert len(rows) in {60, 120, 180}
    result = (
        f"Incomplete: {len(rows)} rows arrived before that, written to standard output.".encode()
    )
    assert result in err
    assert b"--max-wait" in err or b"--wait" in err


def test_wait_waits_for_credits(capsys: pytest.CaptureFixture[str]) -> None:
    with Sandbox(limits={"user": 2}) as sandbox:
        there = ["--base-url", sandbox.url, "--client-id", sandbox.client_id, "-q"]
        assert main(["gallery", "--pages", "4", "--wait", *there]) == 1
        assert "To wait 60 min is more than --max-wait" in capsys.readouterr().err
        assert main(["gallery", "--pages", "4", "--max-wait", "30min", *there]) == 1
        assert "--max-wait 30min is too short to wait for them" in capsys.readouterr().err
        assert main(["gallery", "--pages", "2", "--wait", "--format", "csv", *there]) == 0
        assert capsys.readouterr().out.count("\n") > 120
