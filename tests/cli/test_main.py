"""The command line, run as people run it."""

from __future__ import annotations

import json
import re
import runpy
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests
from typing_at import start

import imgurdata as imd
from imgurdata.cli.main import main
from imgurdata.cli.messages import in_options
from imgurdata.cli.output import Output, save
from imgurdata.sandbox import Sandbox


def test_gallery_writes_a_file(
    subtests: pytest.Subtests, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for suffix in ["parquet", "csv", "json"]:
        with subtests.test(suffix=suffix):
            path = tmp_path / f"posts.{suffix}"
            assert main(["gallery", "top", "--window", "week", "--sandbox", "-o", str(path)]) == 0
            read = {"parquet": pd.read_parquet, "csv": pd.read_csv, "json": pd.read_json}[suffix]
            posts = read(path)
            assert len(posts) == 60
            assert (
                list(posts.columns)
                == imd.schema("post").query("dtype != 'dropped'")["name"].tolist()
            )
            out = capsys.readouterr().out
            assert "60 rows; 1 request, 1 credit, 499 left this hour" in out
            assert str(path) in out


def test_python_m_is_the_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["account", "me", "--sandbox"]
    code = main(words)
    said = capsys.readouterr().err
    assert "a sandbox that ends with its command has none; or name somebody" in said
    monkeypatch.setattr(sys, "argv", ["__main__.py", *words])
    with pytest.raises(SystemExit) as end:
        runpy.run_module("imgurdata", run_name="__main__")
    assert end.value.code == code == 1
    assert capsys.readouterr().err == said


def test_gallery_suggests_section(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gallery", "hott", "--sandbox"]) == 2
    assert "Did you mean 'hot'?" in capsys.readouterr().err


def test_gallery_refuses_invalid_pages(
    subtests: pytest.Subtests, capsys: pytest.CaptureFixture[str]
) -> None:
    for pages in ["0", "-1", "x", "1.5", "²", "1e3", "", "9" * 5000]:
        with subtests.test(pages=pages):
            assert main(["gallery", f"--pages={pages}", "--sandbox"]) == 2
            assert "--pages must be a whole number from 1, or all" in capsys.readouterr().err


def test_output_is_checked_before_requests(
    subtests: pytest.Subtests,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ["posts.xlsx", "posts", "nowhere/posts.csv"]:
        with subtests.test(name=name):
            monkeypatch.setattr(imd, "connect", lambda *_, **__: pytest.fail("asked all the same"))
            assert main(["gallery", "--sandbox", "-o", str(tmp_path / name)]) == 2
            assert capsys.readouterr().err.startswith("imgurdata: -o must be ")


def test_gallery_without_client_id(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gallery"]) == 1
    err = capsys.readouterr().err
    assert "IMGUR_CLIENT_ID" in err
    assert "--client-id ID" in err
    assert "--sandbox" in err


def test_gallery_offline_without_cache(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gallery", "--offline"]) == 1
    assert "not in the cache" in capsys.readouterr().err


def test_credits_prints_limits(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["credits", "--sandbox"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"user_limit\s+500", out)


def test_comments_writes_file_and_reports_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    post = _best_post()
    path = tmp_path / "comments.parquet"
    assert main(["comments", post, "zzzzzzz", "--sandbox", "-o", str(path)]) == 0
    comments = pd.read_parquet(path)
    assert set(comments["post_id"]) == {post}
    captured = capsys.readouterr()
    assert f"{len(comments)} rows; 2 requests, 2 credits, 498 left this hour" in captured.out
    assert captured.err == "not found: zzzzzzz\n"


def _best_post() -> str:
    with imd.connect(sandbox=True, default=False) as session:
        return str(imd.load_gallery("top", window="month", session=session)["id"].iloc[0])


def test_account_prints_lists(
    subtests: pytest.Subtests, capsys: pytest.CaptureFixture[str]
) -> None:
    for words, columns in [
        ([], ["url", "reputation", "reputation_name", "created", "bio"]),
        (["--what", "submissions"], ["id", "title", "points"]),
        (["urchin54", "--what", "submissions"], ["id", "title", "points"]),
        (["--what", "comments", "--pages", "all"], ["id", "depth", "comment"]),
        (["--what", "albums"], ["no", "rows"]),
        (["--what", "counts"], ["account_url", "images", "albums", "comments"]),
    ]:
        with subtests.test(words=words, columns=columns):
            assert main(["account", "viaduct68", *words, "--sandbox"]) == 0
            head = capsys.readouterr().out.splitlines()[0].split()
            assert [name for name in columns if name in head] == columns


def test_account_refuses_invalid_names(
    subtests: pytest.Subtests, capsys: pytest.CaptureFixture[str]
) -> None:
    for words, says in [
        (["viaduct68", "--what", "commments"], "Did you mean 'comments'?"),
        (["viaduct68", "urchin54", "--what", "counts"], "of one account; 2 are named"),
        (["viaduct68", "--pages", "2"], "--pages is for lists"),
        (["viaduct68", "--what", "counts", "--pages=x"], "--pages is for lists"),
        (["not a name"], "NAME must be a user name"),
        (["me"], "needs a sign-in"),
        (
            ["nobody_is_called_this"],
            "Imgur knows no account 'nobody_is_called_this': deleted",
        ),
    ]:
        with subtests.test(words=words, says=says):
            assert main(["account", *words, "--sandbox"]) in {1, 2}
            assert says in capsys.readouterr().err


def test_quiet_prints_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gallery", "-q", "--sandbox", "-o", str(tmp_path / "a.json")]) == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")
    assert len(json.loads((tmp_path / "a.json").read_text())) == 60


def test_sandbox_serves_until_signal(subtests: pytest.Subtests) -> None:
    for end in [signal.SIGINT, signal.SIGTERM]:
        with subtests.test(end=end), start("sandbox", stderr=subprocess.STDOUT) as process:
            assert process.stdout is not None
            url = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
            client = re.search(r"[0-9a-f]{15}", process.stdout.readline())
            secret = re.search(r"secret +[0-9a-f]{40}", process.stdout.readline())
            assert url is not None
            assert client is not None
            assert secret is not None
            headers = {"Authorization": f"Client-ID {client[0]}"}
            answer = requests.get(f"{url[0]}/3/gallery", headers=headers, timeout=20)
            assert len(answer.json()["data"]) == 60
            while "Ctrl-C" not in process.stdout.readline():
                pass
            process.send_signal(end)
            rest, _ = process.communicate(timeout=20)
            assert "1 request, 1 credit." in rest
            assert process.returncode == 0


def test_sandbox_takes_its_options() -> None:
    words = ["--client-id", "mine", "--limits", "user=2", "--seed", "5", "--gateway"]
    words += ["--clock", "2020-05-01T12:00", "--refresh-rotates"]
    with start("sandbox", *words, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        printed = ""
        while "Ctrl-C" not in printed:
            printed += process.stdout.readline()
        url = re.search(r"http://127\.0\.0\.1:\d+", printed)
        key = re.search(r"gateway key +([0-9a-f]{50})", printed)
        assert url is not None
        assert key is not None
        assert "2020-05-01 12:00 UTC" in printed
        assert f"-H 'X-RapidAPI-Key: {key[1]}' {url[0]}/3/" in printed
        headers = {"Authorization": "Client-ID mine", "X-RapidAPI-Key": key[1]}
        answer = requests.get(f"{url[0]}/3/credits", headers=headers, timeout=20)
        assert answer.json()["data"]["UserLimit"] == 2
        process.terminate()


#: What only Python understands.
PYTHON = re.compile(r"imd\.|imgurdata\.\w|connect\(|\w+=|\bNone\b|\brange\(|Timedelta|Pull\(")


def test_messages_speak_of_options(
    subtests: pytest.Subtests, capsys: pytest.CaptureFixture[str]
) -> None:
    for words, code, says in [
        (["gallery"], 1, "--client-id ID, or set $IMGUR_CLIENT_ID"),
        (["gallery", "--offline"], 1, "Ask once without --offline"),
        (["gallery", "hot", "--window", "week", "--sandbox"], 2, "--window week"),
        (["gallery", "top", "--window", "wek", "--sandbox"], 2, "--window must be one of"),
        (["gallery", "--base-url", "http://x.org", "--client-id", "abc"], 2, "--base-url"),
        (["gallery", "--max-wait", "soon", "--sandbox"], 2, "--max-wait must be a duration"),
        (["search", "cats", "--sort", "tpo", "--sandbox"], 2, "--sort must be one of 'time'"),
        (["comments", "2YxRdEi", "--sort", "x", "--sandbox"], 2, "--sort must be one of 'best'"),
        (["account", "me", "--client-id", "abcdefg"], 1, "imgurdata sign-in, then --account NAME"),
        (["sign-in", "--wait", "x"], 2, "--wait must be a duration"),
        (["sign-in", "--wait", "0"], 2, "--wait must be more than 0 seconds"),
        (["sandbox", "--port", "99999"], 2, "--port must be a whole number"),
        (["sandbox", "--port", "x"], 2, "--port must be a whole number"),
        (["sandbox", "--port", "\u00b2"], 2, "--port must be a whole number"),
        (["sandbox", "--seed", "-1"], 2, "--seed"),
        (["sandbox", "--seed", "x"], 2, "--seed must be a whole number"),
        (["sandbox", "--clock", "soon"], 2, "--clock must be a time"),
        (["sandbox", "--limits", "users=1"], 2, "Did you mean 'user'?"),
        (["sandbox", "--limits", "user"], 2, "--limits user must be a whole number"),
        (["demo", "--out", __file__], 1, "File exists"),
    ]:
        with subtests.test(words=words, code=code, says=says):
            assert main(words) == code
            captured = capsys.readouterr()
            assert captured.out == ""
            assert captured.err.startswith("imgurdata: ")
            assert captured.err.count("\n") == 1
            assert says in captured.err
            assert not PYTHON.search(captured.err), captured.err


def test_in_options_translates_python_to_options(
    subtests: pytest.Subtests,
) -> None:
    for message, words in [
        (
            'Spent. What is cached stays free: offline=True; on_limit="wait" waits.',
            "Spent. What is cached stays free: --offline; --max-wait DURATION waits.",
        ),
        ("Spent; max_wait='45min' would do.", "Spent; --max-wait 45min would do."),
        (
            'Spent; connect(on_limit="wait", max_wait="1h") waits.',
            "Spent; --max-wait 1h waits.",
        ),
        (
            "No key (connect(client_secret=...), $IMGUR_CLIENT_SECRET): sign in.",
            "No key ($IMGUR_CLIENT_SECRET): sign in.",
        ),
        (
            "In a notebook: imd.sign_in(x=True); in a terminal: imgurdata sign-in; in a script: n",
            "Sign in with: imgurdata sign-in",
        ),
        ("Or: imd.sign_in_with_tokens().", "Or: imgurdata sign-in --tokens."),
        ("It took too long (timeout=...).", "It took too long."),
        ("Locked. Go without: remember=False.", "Locked."),
        (
            "Many days. Ask for less (a longer max_age, until_known=, a budget), or later.",
            "Many days. Ask for less, or later.",
        ),
        (
            "Open https://a.b/authorize?client_id=1&token=2 now.",
            "Open https://a.b/authorize?client_id=1&token=2 now.",
        ),
        (
            "None. In a script, give a token: imd.connect(token=...) or $IMGUR_ACCESS_TOKEN.",
            "None. In a script, give a token: $IMGUR_ACCESS_TOKEN.",
        ),
        ("imd.load_tags() is gone.", "imd.load_tags() is gone."),
    ]:
        with subtests.test(message=message, words=words):
            assert in_options(message) == words
            assert in_options(in_options(message)) == words


def test_in_options_takes_linear_time(subtests: pytest.Subtests) -> None:
    for text in ["connect(" * 50_000, "(" * 100_000, " (a" * 50_000, "x=" * 50_000]:
        with subtests.test(text=text):
            in_options(text)  # a quadratic one takes minutes; the test's timeout ends it


def test_incomplete_pull_writes_rows_that_arrived(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "posts.csv"
    with Sandbox(limits={"user": 5}) as sandbox:
        words = ["gallery", "--pages", "9", "-o", str(path), "--base-url", sandbox.url]
        assert main([*words, "--client-id", sandbox.client_id]) == 1
        captured = capsys.readouterr()
        rows = len(pd.read_csv(path))
        # Which of the pages under way got the last credits is not known beforehand.
        assert rows in range(60, 301, 60)
        assert captured.err.startswith("imgurdata: This user's credits of the hour are used up")
        assert f"Incomplete: {rows} rows arrived before that, written to {path}." in captured.err
        assert "--max-wait" in captured.err
        assert captured.out.splitlines()[-1].startswith(f"{rows} rows; ")
        path.write_text("of yesterday")
        words[1:1] = ["top"]
        assert main([*words, "--client-id", sandbox.client_id, "--window", "all"]) == 1
        assert f"No row arrived: {path} was not written." in capsys.readouterr().err
        assert path.read_text() == "of yesterday"


def test_unwritable_output_is_written_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, spare = tmp_path / "folder", tmp_path / "spare"
    folder.mkdir()
    spare.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(spare))
    run = imd.Pull.run

    def running(*words: Any, **more: Any) -> pd.DataFrame:
        frame = run(*words, **more)
        folder.rename(tmp_path / "moved")
        return frame

    monkeypatch.setattr(imd.Pull, "run", running)
    words = ["gallery", "--sandbox", "-o", str(folder / "posts.csv")]
    assert main(words) == 1
    err = capsys.readouterr().err
    assert "posts.csv cannot be written: " in err
    (there,) = spare.glob("imgurdata-*/*.csv")
    assert str(there) in err
    assert len(pd.read_csv(there)) == 60

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(imd.errors.ImgurDataError, match="another -o"):
        save(pd.DataFrame(), Output(folder / "posts.csv", "csv"))


def test_rows_that_arrived_are_written_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    run = imd.Pull.run

    def running(*words: Any, **more: Any) -> pd.DataFrame:
        error = imd.errors.OverCapacity("Imgur is over capacity.")
        error.partial = run(*words, **more)
        folder.rmdir()
        raise error

    monkeypatch.setattr(imd.Pull, "run", running)
    assert main(["gallery", "--sandbox", "-o", str(folder / "posts.csv")]) == 1
    err = capsys.readouterr().err
    (there,) = tmp_path.glob("imgurdata-*/*.csv")
    assert err.startswith("imgurdata: Imgur is over capacity. Incomplete: 60 rows arrived before")
    assert "posts.csv cannot be written: " in err
    # The sandbox and its cache end with the command: nothing goes on.
    assert err.endswith(f"The rows are in {there} instead.\n")
    assert len(pd.read_csv(there)) == 60


def test_interrupt_before_a_command_runs_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("imgurdata.cli.completion.answer_shell", interrupt)
    assert main(["help"]) == 130
    assert capsys.readouterr() == ("", "imgurdata: interrupted.\n")


def test_command_runs_in_any_thread(capsys: pytest.CaptureFixture[str]) -> None:
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(main, ["gallery", "--sandbox", "-q", "--format", "csv"]).result() == 0
    assert capsys.readouterr().out.count("\n") > 60


def test_output_is_replaced_when_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, link = tmp_path / "posts.json", tmp_path / "link.JSON"
    path.write_text("of yesterday")
    link.symlink_to(path)

    def half(_: pd.DataFrame, where: Path, **__: object) -> None:
        where.write_text("half")
        raise TypeError("odd")

    with monkeypatch.context() as patch:
        patch.setattr(pd.DataFrame, "to_json", half)
        assert main(["gallery", "--sandbox", "-o", str(link)]) == 1
    assert "unexpected TypeError" in capsys.readouterr().err
    assert path.read_text() == "of yesterday"
    assert main(["gallery", "--sandbox", "-o", str(link)]) == 0
    assert link.is_symlink()
    assert len(json.loads(path.read_text())) == 60
    assert sorted(file.name for file in tmp_path.iterdir()) == ["link.JSON", "posts.json"]


def test_credits_uses_clock_of_server(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Sandbox(now="2020-05-01T12:00:00Z") as sandbox:
        there = ["--base-url", sandbox.url, "--client-id", sandbox.client_id]
        assert main(["credits", *there]) == 0
        out = capsys.readouterr().out
    assert re.search(r"user_remaining +499\n", out)
    assert re.search(r"user_reset_at +13:00 UTC \(in 60 min\)", out)
    assert max(map(len, out.splitlines())) <= 40
    assert "left" not in out


def test_sandbox_reports_taken_port(capsys: pytest.CaptureFixture[str]) -> None:
    with Sandbox() as other:
        port = other.url.rpartition(":")[2]
        assert main(["sandbox", "--port", port]) == 1
    assert capsys.readouterr().err == (
        f"imgurdata: The sandbox cannot listen on port {port}: it is taken. Choose another port, "
        "or 0 for any free one.\n"
    )
