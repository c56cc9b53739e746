"""The command line, run as people run it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import requests

import imgurdata as imd
from imgurdata.cli import main


@pytest.mark.parametrize("suffix", ["parquet", "csv", "json"])
def test_gallery_writes_a_file(
    tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"posts.{suffix}"
    assert main(["gallery", "top", "--window", "week", "--sandbox", "-o", str(path)]) == 0
    read = {"parquet": pd.read_parquet, "csv": pd.read_csv, "json": pd.read_json}[suffix]
    posts = read(path)
    assert len(posts) == 60
    assert list(posts.columns) == imd.schema("post").query("dtype != 'dropped'")["name"].tolist()
    out = capsys.readouterr().out
    assert "60 rows; 1 request, 1 credit, 499 left this hour" in out
    assert str(path) in out


def test_gallery_says_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gallery", "hott", "--sandbox"]) == 2
    assert "Did you mean 'hot'?" in capsys.readouterr().err


@pytest.mark.parametrize("pages", ["0", "-1", "x", "1.5", "²", "1e3", "", "9" * 5000])
def test_pages_that_cannot_be(pages: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gallery", f"--pages={pages}", "--sandbox"]) == 2
    assert "--pages must be a whole number from 1, or all" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["posts.xlsx", "posts", "nowhere/posts.csv"])
def test_output_is_refused_before_anything_is_asked(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(imd, "connect", lambda *_, **__: pytest.fail("asked all the same"))
    assert main(["gallery", "--sandbox", "-o", str(tmp_path / name)]) == 2
    assert capsys.readouterr().err.startswith("imgurdata: -o must be ")


def test_without_a_client_id(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gallery"]) == 1
    err = capsys.readouterr().err
    assert "IMGUR_CLIENT_ID" in err
    assert "--client-id ID" in err
    assert "--sandbox" in err


def test_offline_without_a_cache(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gallery", "--offline"]) == 1
    assert "not in the cache" in capsys.readouterr().err


def test_credits(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["credits", "--sandbox"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"user_limit\s+500", out)


def test_comments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    post = _best_post()
    path = tmp_path / "comments.parquet"
    assert main(["comments", post, "zzzzzzz", "--sandbox", "-o", str(path)]) == 0
    comments = pd.read_parquet(path)
    assert set(comments["post_id"]) == {post}
    captured = capsys.readouterr()
    assert f"{len(comments)} rows; 2 requests, 2 credits, 498 left this hour" in captured.out
    assert captured.err == "not there: zzzzzzz\n"


def _best_post() -> str:
    with imd.connect(sandbox=True, default=False) as session:
        return str(imd.load_gallery("top", window="month", session=session)["id"].iloc[0])


@pytest.mark.parametrize(
    ("words", "columns"),
    [
        ([], ["url", "reputation", "reputation_name", "created", "bio"]),
        (["--what", "submissions"], ["id", "title", "points"]),
        (["--what", "comments", "--pages", "all"], ["id", "depth", "comment"]),
        (["--what", "albums"], ["no", "rows"]),
        (["--what", "counts"], ["account_url", "images", "albums", "comments"]),
    ],
)
def test_account(words: list[str], columns: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["account", "viaduct68", *words, "--sandbox"]) == 0
    head = capsys.readouterr().out.splitlines()[0].split()
    assert [name for name in columns if name in head] == columns


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["viaduct68", "--what", "commments"], "Did you mean 'comments'?"),
        (["viaduct68", "urchin54", "--what", "albums"], "of one account; 2 are named"),
        (["not a name"], "no user name"),
        (["me"], "needs a sign-in"),
        (["nobody_is_called_this"], "There is no account nobody_is_called_this"),
    ],
)
def test_accounts_that_cannot_be(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["account", *words, "--sandbox"]) in {1, 2}
    assert says in capsys.readouterr().err


def test_quiet_is_quiet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gallery", "-q", "--sandbox", "-o", str(tmp_path / "a.json")]) == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")
    assert len(json.loads((tmp_path / "a.json").read_text())) == 60


@pytest.mark.parametrize(
    "command", ["", "demo", "gallery", "comments", "account", "credits", "sandbox"]
)
def test_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([*([command] if command else []), "--help"])
    assert stop.value.code == 0
    assert "usage: imgurdata" in capsys.readouterr().out


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_sandbox_serves_other_clients_until_ended(end: signal.Signals) -> None:
    # A shell that runs the tests in the background has its children ignore Ctrl-C.
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from imgurdata.cli import main; raise SystemExit(main())"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(
        [*command, "sandbox"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        url = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        client = re.search(r"[0-9a-f]{15}", process.stdout.readline())
        assert url is not None
        assert client is not None
        headers = {"Authorization": f"Client-ID {client[0]}"}
        answer = requests.get(f"{url[0]}/3/gallery", headers=headers, timeout=20)
        assert len(answer.json()["data"]) == 60
        while "Ctrl-C" not in process.stdout.readline():
            pass
        process.send_signal(end)
        rest, _ = process.communicate(timeout=20)
        assert "1 request, 1 credit." in rest
        assert process.returncode == 0
