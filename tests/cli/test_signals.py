"""Ctrl-C and SIGTERM, sent to a command line that runs in a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from typing_at import start, until

from imgurdata.cli.main import main
from imgurdata.sandbox import Sandbox

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")


def test_signal_writes_rows_that_arrived_and_command_resumes(
    subtests: pytest.Subtests, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for sent, code, word in [
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, 143, "terminated"),
    ]:
        with subtests.test(sent=sent, code=code, word=word):
            path = tmp_path / f"{word}.csv"
            with Sandbox() as sandbox:
                words = ("gallery", "--pages", "12", "-o", str(path), "--base-url", sandbox.url)
                words = (*words, "--client-id", sandbox.client_id)
                sandbox.latency = 0.3
                with start(*words) as process:
                    until(lambda: len(sandbox.requests) >= 5)
                    process.send_signal(sent)
                    out, err = process.communicate(timeout=60)
                assert process.returncode == code, err
                posts = pd.read_csv(path)
                assert 0 < len(posts) < 12 * 60
                assert len(posts) % 60 == 0
                rows = f"{len(posts)} rows arrived before that"
                assert f"imgurdata: {word}. Incomplete: {rows}, written to {path}" in err
                assert "the same command goes on from there" in err
                assert f"{len(posts)} rows; " in out
                assert "Traceback" not in err
                assert not list(tmp_path.glob(".*")), "a half-written file is left"
                sandbox.latency = 0
                assert main([*words, "-q"]) == 0
                assert capsys.readouterr() == ("", "")
                assert len(pd.read_csv(path)) == 12 * 60
                assert sandbox.spent == 12, "a page was paid for twice"


SLOW_END = """
import contextlib, signal, sys, time
from pathlib import Path
from types import SimpleNamespace
from imgurdata._interrupts import defer_sigint
from imgurdata.cli.output import _write_file
from imgurdata.cli.signals import orderly_end
signal.signal(signal.SIGINT, {before})
def to_csv(path, **_):
    path.write_text("half of a row")
    try:
        print("ready", flush=True)
        time.sleep(60)
    except KeyboardInterrupt as end:
        print(type(end).__name__, flush=True)
        time.sleep(60)
with orderly_end(), {inside}:
    _write_file(SimpleNamespace(to_csv=to_csv), "csv", Path(sys.argv[1]), Path("nowhere"))
"""


def slow_end(before: str, inside: str, unfinished: Path) -> subprocess.Popen[str]:
    """Start a process that writes a file, and takes a minute to end after its first signal."""
    script = SLOW_END.format(before=before, inside=inside)
    return subprocess.Popen(
        [sys.executable, "-c", script, str(unfinished)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_second_signal_ends_process_at_once(subtests: pytest.Subtests, tmp_path: Path) -> None:
    cases = [
        (inside, *signals)
        for inside in ("defer_sigint()", "contextlib.nullcontext()")
        for signals in (
            (signal.SIGINT, signal.SIGINT, 130),
            (signal.SIGTERM, signal.SIGINT, 130),
            (signal.SIGINT, signal.SIGTERM, 143),
        )
    ]
    running = [
        slow_end("signal.default_int_handler", inside, tmp_path / str(number))
        for number, (inside, *_) in enumerate(cases)
    ]
    for (_, first, *_), process in zip(cases, running, strict=True):
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(first)
    for case, process in zip(cases, running, strict=True):
        with subtests.test(case=case), process:
            _, _, second, code = case
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.1)
            process.send_signal(second)
            rest, _ = process.communicate(timeout=20)
            assert process.returncode == code
            assert rest.endswith("imgurdata: ended at once; responses in flight are lost.\n")
    assert not list(tmp_path.iterdir()), "a half-written file is left"


def test_ctrl_c_stays_ignored_in_background(tmp_path: Path) -> None:
    with slow_end("signal.SIG_IGN", "defer_sigint()", tmp_path / "rows") as process:
        assert process.stdout is not None
        process.stdout.readline()
        for _ in range(3):
            process.send_signal(signal.SIGINT)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.1)
        process.kill()
