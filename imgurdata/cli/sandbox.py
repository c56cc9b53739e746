"""Commands that run the embedded Imgur: ``demo`` and ``sandbox``."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import threading
from pathlib import Path

import imgurdata as imd
from imgurdata._format import plural
from imgurdata._validate import refuse
from imgurdata.cli.options import Commands, Parser, add_command
from imgurdata.cli.signals import orderly_end

__all__ = ["add_commands"]


def add_commands(commands: Commands[Parser]) -> None:
    """Add the commands of this module."""
    demo = add_command(commands, "demo", "the whole tour, on an Imgur on this machine", _demo)
    demo.add_argument(
        "--out", type=Path, default=Path("imgurdata-demo"), metavar="DIR",
        help="folder for charts and frames (%(default)s)",
    )  # fmt: skip
    text = "an Imgur on this machine, until Ctrl-C"
    sandbox = add_command(commands, "sandbox", text, _sandbox)
    sandbox.add_argument("--port", default="0", help="where it listens (any free one)")


def _demo(options: argparse.Namespace) -> None:
    from imgurdata.cli.demo import run_demo  # imports matplotlib

    with orderly_end():
        run_demo(options.out, (lambda _: None) if options.quiet else print)


def _sandbox(options: argparse.Namespace) -> None:
    port = options.port
    if not (port.isascii() and port.isdigit() and len(port) < 6 and int(port) < 65_536):
        refuse("--port", "a whole number from 0 (any free port) to 65,535", port)
    with imd.sandbox.Sandbox(port=int(port), ticking=True) as sandbox:
        stop = threading.Event()
        # Shells let background processes ignore Ctrl-C; these are ended by SIGTERM.
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        with contextlib.suppress(KeyboardInterrupt):
            print(f"An Imgur on this machine: {sandbox.url}")
            print(f"  client id      {sandbox.client_id}")
            print(f"  for curl       curl -H 'Authorization: Client-ID {sandbox.client_id}' "
                  f"{sandbox.url}/3/gallery/hot/viral/day/0")  # fmt: skip
            print("Ctrl-C ends it.")
            sys.stdout.flush()
            stop.wait()
        requests = plural(len(sandbox.requests), "request")
        print(f"\n{requests}, {plural(sandbox.spent, 'credit')}.")
