"""Processes of their own for scripts, forked from one that has the imports behind it.

A fresh interpreter takes most of a second to import pandas and the package. ``start`` forks one
that has done so and has done nothing else: what is asked of signals, kills, locks and the end of an
interpreter is the same. What the imports, options of Python or closed streams do needs a fresh one.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

#: Forks twice for each message: the process between tells the number and the status of the script's
#: and waits for nothing else. The script is run where this one ends: so does its interpreter.
_ZYGOTE = """
import gc, json, os, signal, socket, sys
import pandas, pyarrow.parquet
import imgurdata as imd
import imgurdata.archive, imgurdata.cli.main, imgurdata.loaders, imgurdata.pulls.pull
import imgurdata.files, imgurdata.sandbox
signal.signal(signal.SIGINT, signal.default_int_handler)
gc.freeze()  # what the imports made is no garbage: nobody looks at it at each end
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
control = socket.socket(fileno=int(sys.argv[1]))
while True:
    message, descriptors, *_ = socket.recv_fds(control, 1 << 20, 4)
    if not message:
        os._exit(0)
    if os.fork():
        for descriptor in descriptors:
            os.close(descriptor)
        continue
    control.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    told = descriptors.pop()
    child = os.fork()
    if not child:
        os.close(told)
        break
    for descriptor in (0, 1, 2, *descriptors):
        os.close(descriptor)
    os.write(told, b"%d\\n" % child)
    os.write(told, b"%d\\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    os._exit(0)
for number, descriptor in enumerate(descriptors):
    os.dup2(descriptor, number)
    os.close(descriptor)
code, sys.argv[1:], environment, folder = json.loads(message)
os.chdir(folder)
os.environ.clear()
os.environ.update(environment)
# The old ones know what the old descriptors could.
how = {"encoding": sys.stdout.encoding, "closefd": False}
sys.stdin = open(0, errors=sys.stdin.errors, **how)
lines = 1 if "PYTHONUNBUFFERED" in environment else -1
sys.stdout = open(1, "w", lines, errors=sys.stdout.errors, **how)
sys.stderr = open(2, "w", 1, errors="backslashreplace", **how)
sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr
exec(compile(code, "<string>", "exec"), globals())
"""


@functools.cache
def _zygote() -> socket.socket:
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with its:
        process = subprocess.Popen(
            [sys.executable, "-c", _ZYGOTE, str(its.fileno())],
            pass_fds=[its.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            # Python warns of a fork beside threads, even if they are a library's and idle.
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


class Forked:
    """What of ``subprocess.Popen`` is used here, on a process that is no child of this one."""

    def __init__(self, code: str, arguments: list[str], streams: list[Any], env: Any) -> None:
        environment = dict(os.environ if env is None else env)
        message = json.dumps([code, arguments, environment, str(Path.cwd())]).encode()
        self.returncode: int | None = None
        pipes, theirs = [], []
        for number, stream in enumerate(streams):
            pipe = None
            if stream == subprocess.PIPE:
                read, write = os.pipe()
                mine, its = (write, read) if number == 0 else (read, write)
                pipe = os.fdopen(mine, "r" if number else "w", encoding="utf-8")
            elif stream == subprocess.STDOUT:
                its = os.dup(theirs[1])
            else:
                its = os.dup(number if stream is None else stream.fileno())
            pipes.append(pipe)
            theirs.append(its)
        self.stdin, self.stdout, self.stderr = pipes
        told, its = socket.socketpair()
        with its:
            socket.send_fds(_zygote(), [message], [*theirs, its.fileno()])
        for descriptor in theirs:
            os.close(descriptor)
        self._told = told
        self.pid = self._number(60)

    def _number(self, seconds: float | None) -> int:
        self._told.settimeout(seconds)
        line = b""
        while not line.endswith(b"\n"):
            if not (got := self._told.recv(1)):
                raise ChildProcessError("the process was not started, or nobody waits for it")
            line += got
        return int(line)

    def poll(self) -> int | None:
        """Return the status, or None while the process runs."""
        try:
            return self.wait(0.0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float | None = None) -> int:
        """Return the status as soon as there is one."""
        if self.returncode is None:
            try:
                self.returncode = self._number(timeout)
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired("a script", timeout or 0) from None
            self._told.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Read what comes until the process ends."""
        if self.stdin is not None:
            self.stdin.close()
        read: dict[str, str] = {}

        def take(name: str, pipe: IO[str]) -> None:
            read[name] = pipe.read()
            pipe.close()

        open_ones = [
            (name, pipe)
            for name in ("stdout", "stderr")
            if (pipe := getattr(self, name)) is not None and not pipe.closed
        ]
        threads = [threading.Thread(target=take, args=one, daemon=True) for one in open_ones]
        for thread in threads:
            thread.start()
        try:
            self.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        for thread in threads:
            thread.join(timeout)
        return read.get("stdout", ""), read.get("stderr", "")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        if kind is not None:
            self.kill()
        for pipe in (self.stdin, self.stdout, self.stderr):
            if pipe is not None:
                pipe.close()
        self.wait()


Process = Forked | subprocess.Popen[str]


def start(
    code: str, *arguments: object, stdin: Any = None, stdout: Any = None, stderr: Any = None,
    env: Any = None,
) -> Process:  # fmt: skip
    """Start a script, as ``subprocess.Popen([sys.executable, "-c", code, ...])`` would."""
    words = [str(argument) for argument in arguments]
    if sys.platform == "linux":
        return Forked(code, words, [stdin, stdout, stderr], env)
    return subprocess.Popen(
        [sys.executable, "-c", code, *words],
        stdin=stdin, stdout=stdout, stderr=stderr, env=env, text=True,
    )  # fmt: skip


def run(
    code: str, *arguments: object, timeout: float = 100, env: Any = None
) -> subprocess.CompletedProcess[str]:
    """Run a script to its end, and return its status and what it printed."""
    with start(
        code, *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env
    ) as process:
        out, err = process.communicate(timeout=timeout)
    assert process.returncode is not None
    return subprocess.CompletedProcess(code, process.returncode, out, err)
