"""What reaches a terminal: any encoding, any width, and no text that steers it."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_at import command, start

import imgurdata as imd
from imgurdata.cli.main import main
from imgurdata.cli.terminal import one_line, table
from imgurdata.sandbox import Sandbox

#: Sets the title, copies to the clipboard, colours, clears, C1's CSI, overrides the direction.
NASTY = "a\x1b]0;owned\x07\x1b]52;c;eA==\x1b\\\x1b[31mred\x9b1mb\u202egpj\u2066\r\nnew\u2028\ttab"
STEERS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
EMOJI = "cat \N{CAT FACE} Ж 猫 naïve…"


class Nasty(BaseHTTPRequestHandler):
    """Answers whatever is asked with texts that steer a terminal."""

    def do_GET(self) -> None:
        post = {"id": "aaaaaa1", "title": self.server.text, "account_url": "u", "datetime": 1}
        comment = {
            "id": 1,
            "image_id": "aaaaaa1",
            "comment": NASTY,
            "author": NASTY,
            "children": [],
        }
        account = {"id": 1, "url": NASTY, "bio": NASTY, "reputation": 1, "reputation_name": NASTY}
        status, data = 200, [post]
        if "comments" in self.path:
            data = [comment]
        elif "account" in self.path:
            data = account
        elif "top" in self.path:
            status, data = 400, {"error": NASTY, "request": NASTY, "method": "GET"}
        body = json.dumps({"data": data, "success": status == 200, "status": status}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Sunset", "soon \x1b]0;owned\x07")
        self.send_header("X-RateLimit-UserRemaining", "\x1b[31m5")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


@pytest.fixture
def there() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Nasty) as server:
        server.text = NASTY
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def asking(server: ThreadingHTTPServer) -> list[str]:
    return ["--client-id", "abc", "--base-url", f"http://127.0.0.1:{server.server_port}"]


def test_output_has_no_control_characters(
    subtests: pytest.Subtests, there: ThreadingHTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    for words, code in [
        (["gallery"], 0),
        (["gallery", "-v"], 0),
        (["gallery", "top", "--window", "week"], 1),
        (["comments", "aaaaaa1", "-v"], 0),
        (["account", "somebody"], 0),
        (["account", "\x1b[31m"], 2),
        (["gallery", "\x1b[31m"], 2),
        (["gallery", "--\x1b[31m"], 2),
    ]:
        with subtests.test(words=words, code=code):
            try:
                assert main([*words, *asking(there)]) == code
            except SystemExit as stop:
                assert stop.code == code  # noqa: PT017 - argparse's own way out
            captured = capsys.readouterr()
            assert captured.out or captured.err
            assert not STEERS.search(captured.out + captured.err)


def test_the_path_of_a_written_file_cannot_steer_either(
    there: ThreadingHTTPServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a\x1b[31mb.csv"
    assert main(["gallery", "-o", str(path), *asking(there)]) == 0
    assert path.exists()
    assert not STEERS.search("".join(capsys.readouterr()))


def test_files_keep_text_as_sent(there: ThreadingHTTPServer, tmp_path: Path) -> None:
    path = tmp_path / "posts.json"
    assert main(["gallery", "-q", "-o", str(path), *asking(there)]) == 0
    (row,) = json.loads(path.read_text(encoding="utf-8"))
    assert row["title"] == NASTY


def test_output_suits_any_encoding(
    subtests: pytest.Subtests, there: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for words in [["gallery"], ["account", "no\N{CAT FACE}body"]]:
        for encoding in ["ascii", "cp1252", "latin-1", "cp437", "utf-8", "utf-16"]:
            with subtests.test(encoding=encoding, words=words):
                there.text = EMOJI
                written = {name: io.BytesIO() for name in ("stdout", "stderr")}
                for name, file in written.items():
                    monkeypatch.setattr(
                        sys, name, io.TextIOWrapper(file, encoding, errors="strict")
                    )
                code = main([*words, *asking(there)])
                for name in written:
                    getattr(sys, name).flush()
                text = {name: file.getvalue().decode(encoding) for name, file in written.items()}
                if words == ["gallery"]:
                    assert code == 0
                    assert "aaaaaa1  cat ? " in text["stdout"] or EMOJI in text["stdout"]
                else:
                    assert code == 2
                    assert text["stderr"].startswith("imgurdata: ")


def of(sandbox: Sandbox) -> list[str]:
    """Return the options of a sandbox that runs in this process."""
    return ["--base-url", sandbox.url, "--client-id", sandbox.client_id]


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX closes the streams")
def test_closed_streams_swallow_output(
    subtests: pytest.Subtests, tmp_path: Path, sandbox: Sandbox
) -> None:
    running = {}
    for number, closed in enumerate([">&-", "<&- >&- 2>&-"]):
        path = tmp_path / f"{number}.csv"
        words = command("gallery", "-o", str(path), *of(sandbox))
        shell = ["sh", "-c", f'exec "$@" {closed}', "sh", *words]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        running[closed] = path, subprocess.Popen(shell, **pipes)
    for closed, (path, process) in running.items():
        with subtests.test(closed=closed), process:
            _, err = process.communicate(timeout=60)
            assert process.returncode == 0
            assert "Traceback" not in err
            assert len(pd.read_csv(path)) == 60


@pytest.mark.skipif(sys.platform == "win32", reason="its pipes break in another way")
def test_closed_pipe_ends_command_quietly(tmp_path: Path, sandbox: Sandbox) -> None:
    path = tmp_path / "posts.csv"
    with start("gallery", "-o", str(path), *of(sandbox)) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 141
    assert len(pd.read_csv(path)) == 60


def test_full_disk_is_reported_in_one_line(sandbox: Sandbox) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no /dev/full on this platform")
    with full.open("w") as out:
        # What help prints, Python itself would write at the end of the process.
        how = {"stdout": out, "env": {**os.environ, "PYTHONUNBUFFERED": ""}}
        running = [start(*words, **how) for words in (("gallery", *of(sandbox)), ("help",))]
        for process in running:
            _, err = process.communicate(timeout=60)
            assert err.endswith("No space left on device.\n")
            assert err.count("\n") == 1
            assert process.returncode == 1


def test_full_disk_is_reported_without_a_buffer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], subtests: pytest.Subtests
) -> None:
    # As with PYTHONUNBUFFERED=1: argparse ignores that help and version were not written.
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no /dev/full on this platform")
    for word in ("help", "--help", "--version"):
        unbuffered = io.TextIOWrapper(full.open("wb", buffering=0), write_through=True)
        with subtests.test(word), unbuffered, monkeypatch.context() as at:
            at.setattr("sys.stdout", unbuffered)
            assert main([word]) == 1
            err = capsys.readouterr().err
            assert err.endswith("No space left on device.\n")
            assert err.count("\n") == 1


def test_table_fits_width(subtests: pytest.Subtests) -> None:
    with imd.connect(sandbox=True, default=False) as session:
        posts = imd.load_gallery(session=session)
    posts.loc[1, "title"] = "猫" * 70  # each takes two columns
    posts.loc[2, "title"] = "e\u0301" * 70  # an accent takes none
    columns = {}
    for width in [5, 20, 40, 80, 200]:
        with subtests.test(width=width):
            lines = table(posts.head(20), width).splitlines()
            assert len(lines) == 21
            assert (
                max(len(line) + line.count("猫") - line.count("\u0301") for line in lines) <= width
            )
            assert lines[1].split()[0][:4] == posts["id"][0][:4]
            columns[width] = lines[0].split()
            assert table(posts.head(0), width) == "no rows"
    assert columns[40] == ["id", "title", "points"]
    assert columns[80] == ["id", "title", "points", "views", "comment_count", "media_type"]
    assert columns[200] == [*columns[80], "images_count"]


def test_table_without_a_terminal_is_whole(sandbox: Sandbox) -> None:
    with imd.connect(sandbox=sandbox, default=False) as session:
        posts = imd.load_gallery(session=session)
    posts.loc[0, "title"] = "word " * 100
    lines = table(posts.head(2)).splitlines()
    assert posts["title"][0].strip() in lines[1]
    assert len(lines[0].split()) == 7


@given(st.text())
def test_one_line_has_no_control_characters(text: str) -> None:
    line = one_line(text)
    assert not STEERS.search(line)
    assert "\n" not in line
    line.encode()


def test_log_lines_speak_of_options(
    there: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*_: object, **__: object) -> pd.DataFrame:
        logging.getLogger("imgurdata.http.odd").warning("Slow. Use on_limit='wait'.\nNext\x1b[1m")
        failure = ValueError("odd value\x1b[1m")
        logging.getLogger("imgurdata.http.odd").debug("each request", exc_info=failure)
        raise imd.errors.ImgurDataError("Stopped. Ask with offline=True.")

    monkeypatch.setattr(imd.Pull, "run", run)
    assert main(["gallery", *asking(there)]) == 1
    assert capsys.readouterr().err == (
        "warning: Slow. Use --max-wait DURATION. Next\N{REPLACEMENT CHARACTER}[1m\n"
        "imgurdata: Stopped. Ask with --offline.\n"
    )
    assert main(["gallery", "-v", *asking(there)]) == 1
    assert (
        "imgurdata: each request\nValueError: odd value\N{REPLACEMENT CHARACTER}[1m\n"
        in capsys.readouterr().err
    )
    assert main(["gallery", "-q", *asking(there)]) == 1
    assert "warning" not in capsys.readouterr().err


def test_unexpected_error_has_traceback_if_verbose(
    subtests: pytest.Subtests,
    there: ThreadingHTTPServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for error in [TypeError("x\x1b[31m" * 1000), MemoryError(), KeyError("k")]:
        with subtests.test(error=error):

            def run(*_: object, error: Exception = error, **__: object) -> pd.DataFrame:
                raise error

            monkeypatch.setattr(imd.Pull, "run", run)
            assert main(["gallery", *asking(there)]) == 1
            err = capsys.readouterr().err
            assert err.startswith(f"imgurdata: unexpected {type(error).__name__}")
            assert err.count("\n") == 1
            assert len(err) < 600
            assert "-v" in err
            assert main(["gallery", "-v", *asking(there)]) == 1
            err = capsys.readouterr().err
            assert "Traceback" in err
            assert not STEERS.search(err)
