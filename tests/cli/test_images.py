"""The command that downloads files."""

from __future__ import annotations

import re
import signal
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from file_hosts import FileHost
from typing_at import start, until

import imgurdata as imd
from imgurdata.cli.main import main
from imgurdata.sandbox import Sandbox

#: What only Python understands.
PYTHON = re.compile(r"imd\.|imgurdata\.\w|connect\(|\w+=|\bNone\b|\brange\(|Series|Pull\(")


@pytest.fixture
def there(sandbox: Sandbox) -> list[str]:
    return ["--base-url", sandbox.url, "--client-id", sandbox.client_id]


@pytest.fixture
def stills(sandbox: Sandbox) -> pd.DataFrame:
    with imd.connect(sandbox=sandbox, default=False) as session:
        posts = imd.load_gallery("user", pages=5, session=session)
    posts = posts[posts["media_type"].isin(["image/jpeg", "image/png"])]
    albums = posts[posts["is_album"] & (posts["images_count"] == 1)].head(4)
    return pd.concat([albums, posts[~posts["is_album"]].head(2)])


def test_files_of_what_a_command_wrote_cost_nothing(
    sandbox: Sandbox, there: list[str], stills: pd.DataFrame, tmp_path: Path,
    capsys: pytest.CaptureFixture[str], subtests: pytest.Subtests,
) -> None:  # fmt: skip
    spent = sandbox.spent
    images = stills["cover"].fillna(stills["id"]).tolist()
    for form in ("csv", "json", "jsonl", "parquet"):
        with subtests.test(form=form):
            source = tmp_path / f"posts.{form}"
            if form == "csv":
                stills.to_csv(source, index=False)
            elif form == "parquet":
                stills.to_parquet(source)
            else:
                stills.to_json(source, orient="records", lines=form == "jsonl", date_format="iso")
            to, written = tmp_path / form, tmp_path / f"files-{form}.csv"
            words = ["images", "--from", str(source), "--to", str(to), "-o", str(written), *there]
            assert main(words) == 0
            out = capsys.readouterr().out
            assert "6 files (6 new)" in out
            assert f"wrote {written}" in out
            files = pd.read_csv(written)
            assert files["id"].tolist() == images
            assert files["post_id"].tolist() == stills["id"].tolist()
            assert sorted(path.stem for path in to.iterdir()) == sorted(images)
            assert main([*words, "--size", "s", "-q"]) == 0
            assert len(list(to.iterdir())) == 12
            assert main(words) == 0
            assert "6 files (6 kept)" in capsys.readouterr().out
    assert sandbox.spent == spent


def test_ids_of_digits_are_ids(host: FileHost, tmp_path: Path) -> None:
    for ending, text in [
        ("csv", "id,type\n00123,image/png\n"),
        ("jsonl", '{"id": "00123", "type": "image/png"}\n'),
    ]:
        source = tmp_path / f"images.{ending}"
        source.write_text(text)
        words = ["--base-url", host.url, "--client-id", "0123456789abcde", "-q"]
        assert main(["images", "--from", str(source), "--to", str(tmp_path / ending), *words]) == 0
    assert host.names() == ["00123.png"] * 2


def test_no_rows_are_no_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "none.csv").write_text("id,type\n")
    words = ["--from", str(tmp_path / "none.csv"), "--to", str(tmp_path / "files")]
    assert main(["images", *words, "--client-id", "0123456789abcde"]) == 0
    assert capsys.readouterr().out.startswith("no files\n")


def test_ids_and_links_are_loaded(
    there: list[str], stills: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    post, album = stills["id"].iloc[0], stills[stills["is_album"]]["id"].iloc[-1]
    words = ["images", post, f"https://imgur.com/a/{album}", "zzzzz", "--to", str(tmp_path)]
    assert main([*words, *there]) == 0
    captured = capsys.readouterr()
    assert "2 files (2 new)" in captured.out
    assert "4 requests, 4 credits" in captured.out
    assert captured.err == "not found: zzzzz\n"


def test_what_is_wrong_is_said_in_words_of_the_command_line(
    there: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str],
    subtests: pytest.Subtests,
) -> None:  # fmt: skip
    (tmp_path / "file.csv").write_text("name\nx\n")
    (tmp_path / "odd.json").write_text("{")
    (tmp_path / "odd.parquet").write_text("PAR1")
    bad = tmp_path / "ids.jsonl"
    bad.write_text('{"id": "../x", "type": "image/png"}\n')
    for words, says in [
        ([], "images needs ids or links, or --from FILE"),
        (["abcde", "--from", "x.csv"], "give one of them"),
        (["abcde", "--size", "q"], "--size must be one of 's', 'b', 't'"),
        (["abcde", "--workers", "0"], "--workers must be a whole number from 1 to 32"),
        (["abcde", "--workers", "x"], "--workers must be a whole number from 1 to 32"),
        (["abcde", "--to", str(tmp_path / "file.csv")], "--to must be a folder"),
        (["https://x.example/abcde.jpg"], "ID must be"),
        (["--from", str(tmp_path / "nowhere.csv")], "--from must be a file of rows"),
        (["--from", str(tmp_path / "file.txt")], "--from must be a file of rows that ends in"),
        (["--from", str(tmp_path / "file.csv")], "and has a column id; got"),
        (["--from", str(tmp_path / "odd.json")], "--from must be a file of rows"),
        (["--from", str(tmp_path / "odd.parquet")], "--from must be a file of rows"),
        (["--from", str(bad)], "must be an id"),
    ]:
        with subtests.test(words=words):
            to = [] if "--to" in words else ["--to", str(tmp_path / "to")]
            assert main(["images", *words, *to, *there]) == 2
            captured = capsys.readouterr()
            assert captured.out == ""
            assert says in captured.err
            assert captured.err.count("\n") == 1
            assert not PYTHON.search(captured.err), captured.err


def test_what_came_is_written_when_it_breaks(
    sandbox: Sandbox, there: list[str], stills: pd.DataFrame, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    source, written = tmp_path / "posts.csv", tmp_path / "files.csv"
    stills.to_csv(source, index=False)
    broken = stills["cover"].fillna(stills["id"]).iloc[2]
    for ending in ("jpg", "png"):
        sandbox.fail("html", times=9, path=f"/{broken}.{ending}")
    words = ["images", "--from", str(source), "--to", str(tmp_path / "to"), "-o", str(written)]
    assert main([*words, *there]) == 1
    err = capsys.readouterr().err
    assert f"1 file of 6 did not come ({broken})" in err
    assert f"Incomplete: 5 rows arrived before that, written to {written}." in err
    assert "The same command goes on from there." in err
    assert broken not in pd.read_csv(written)["id"].tolist()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_a_signal_writes_what_came(host: FileHost, tmp_path: Path) -> None:
    host.rules["bbbbb.jpg"] = lambda _: time.sleep(60)
    source = tmp_path / "images.csv"
    source.write_text("id,type\naaaaa,image/jpeg\nbbbbb,image/jpeg\n")
    to, written = tmp_path / "pictures", tmp_path / "written.csv"
    words = ["images", "--from", str(source), "--to", str(to), "-o", str(written)]
    with start(*words, "--base-url", host.url, "--client-id", "0123456789abcde") as process:
        until(lambda: (to / "aaaaa.jpg").exists())
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 143
    assert "terminated. Incomplete: 1 row arrived before that, written to" in err
    assert "Traceback" not in err
    assert pd.read_csv(written)["id"].tolist() == ["aaaaa"]
    assert [path.name for path in to.iterdir()] == ["aaaaa.jpg"]
