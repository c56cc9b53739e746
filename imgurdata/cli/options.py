"""Options that several commands share, in parents of their parsers."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from imgurdata._addresses import IMGUR
from imgurdata.cli.terminal import one_line, print_error

__all__ = ["APPLICATION", "CONNECTION", "OUTPUT", "Commands", "Parser", "add_command", "complete"]


class Parser(argparse.ArgumentParser):
    """Parser that reports a wrong option in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        """Report a wrong option, and exit with status 2."""
        print_error(f"imgurdata: {one_line(message)}. See {self.prog} --help.")
        self.exit(2)


Commands = argparse._SubParsersAction


def complete(action: argparse.Action, *words: str) -> argparse.Action:
    """Let the shell complete an option's values.

    They are not argparse's ``choices``, whose messages don't say which one was meant.
    """
    action.completer = lambda **_: words  # type: ignore[attr-defined]
    return action


_BASE_URL: dict[str, Any] = {
    "default": IMGUR,
    "metavar": "URL",
    "help": "address of Imgur, or of 'imgurdata sandbox' (%(default)s)",
}

_VERBOSITY = Parser(add_help=False)
_VERBOSITY.add_argument("-v", "--verbose", action="store_true", help="each request, too")
_VERBOSITY.add_argument("-q", "--quiet", action="store_true", help="no tables, no bars")

OUTPUT = Parser(add_help=False)
OUTPUT.add_argument(
    "-o", "--output", type=Path, metavar="FILE",
    help="FILE.csv, FILE.json, FILE.jsonl or FILE.parquet; - for standard output",
)  # fmt: skip
complete(
    OUTPUT.add_argument(
        "--format", metavar="FORMAT",
        help="csv, json, jsonl or parquet, whatever FILE ends in (csv for -)",
    ),
    "csv", "json", "jsonl", "parquet",
)  # fmt: skip

#: How to connect to Imgur.
CONNECTION = Parser(add_help=False)
_group = CONNECTION.add_argument_group("connection")
_group.add_argument("--sandbox", action="store_true", help="an Imgur on this machine")
_group.add_argument("--client-id", metavar="ID", help="else $IMGUR_CLIENT_ID")
_group.add_argument("--account", metavar="NAME", help="ask as this account (imgurdata sign-in)")
_group.add_argument("--base-url", **_BASE_URL)
_group.add_argument("--offline", action="store_true", help="only what is cached")
_group.add_argument("--wait", action="store_true", help="wait for new credits, 15min at most; "
                    "otherwise stop")  # fmt: skip
_group.add_argument("--max-wait", metavar="DURATION", help="wait so long at most, such as 2h")

#: The application that an account signs in to.
APPLICATION = Parser(add_help=False)
_group = APPLICATION.add_argument_group("application")
_group.add_argument("--client-id", metavar="ID", help="else $IMGUR_CLIENT_ID; its secret is "
                    "$IMGUR_CLIENT_SECRET, or is asked for")  # fmt: skip
_group.add_argument("--base-url", **_BASE_URL)


def add_command(
    commands: Commands[Parser],
    name: str,
    text: str,
    run: Callable[[argparse.Namespace], int | None],
    *parents: Parser,
) -> Parser:
    """Add a command with the options of its parents."""
    parser = commands.add_parser(name, help=text, description=text, parents=[_VERBOSITY, *parents])
    parser.set_defaults(run=run)
    return parser
