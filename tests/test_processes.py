"""A forked script does what it does in a fresh interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from processes import run

#: With what they show: the arguments, the environment, the folder, the end.
SCRIPTS = [
    "import sys; print(sys.argv[1:], __name__); print('é \\ud800', file=sys.stderr); sys.exit(3)",
    "import os; print(os.environ['HOME'], os.getcwd(), os.environ.get('OPENBLAS_NUM_THREADS'))",
    "import atexit; atexit.register(print, 'end', flush=True); 1 / 0",
    "import os, signal; print('lost'); os.kill(os.getpid(), signal.SIGTERM)",
    "import os, signal; os.kill(os.getpid(), signal.SIGINT)",
    "import os, sys; print(sorted(map(int, os.listdir('/proc/self/fd')))[:4], sys.stdin.closed)",
    "import signal, threading; print(signal.getsignal(signal.SIGCHLD), threading.active_count())",
]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere they are fresh interpreters")
def test_a_forked_script_is_as_one_in_a_fresh_interpreter(
    subtests: pytest.Subtests, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("pass")  # what they are forked from began elsewhere, and with another environment
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "elsewhere")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    for script in SCRIPTS:
        with subtests.test(script):
            fresh = subprocess.run(
                [sys.executable, "-c", script, "a b", "é"],
                stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                env=dict(os.environ),
            )  # fmt: skip
            forked = run(script, "a b", "é")
            assert (forked.returncode, forked.stdout) == (fresh.returncode, fresh.stdout)
            assert forked.stderr.splitlines()[-1:] == fresh.stderr.splitlines()[-1:]
