"""The command line in a process of its own, for what happens to processes: signals, streams."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

import processes
import pytest

#: A shell that runs the tests in the background has its children ignore Ctrl-C.
_CODE = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from imgurdata.cli.main import main; raise SystemExit(main())"
)


def command(*words: str) -> list[str]:
    """Return the command line that runs ``imgurdata`` with these words."""
    return [sys.executable, "-c", _CODE, *words]


def start(*words: str, **how: Any) -> processes.Process:
    """Start ``imgurdata`` with these words."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return processes.start(_CODE, *words, **{**pipes, **how})


def no_terminal(patch: pytest.MonkeyPatch, stdin: TextIO | None) -> None:
    """Take the terminal of whoever runs the tests away; getpass then reads from stdin."""
    real = os.open

    def opened(path: Any, *arguments: Any, **options: Any) -> int:
        if path == "/dev/tty":
            raise OSError(6, "No such device or address")
        return real(path, *arguments, **options)

    patch.setattr(os, "open", opened)
    patch.setattr(sys, "stdin", stdin)


def until(true: Callable[[], object], seconds: float = 60) -> None:
    """Wait for something; how long it takes says nothing about the program."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)
