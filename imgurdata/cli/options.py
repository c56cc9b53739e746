"""Options that several commands share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from imgurdata._addresses import IMGUR
from imgurdata.cli.terminal import one_line, print_error

__all__ = [
    "Commands",
    "Parser",
    "add_application_options",
    "add_base_url_option",
    "add_command",
    "add_connection_options",
    "add_output_option",
]


class Parser(argparse.ArgumentParser):
    """Parser that reports a wrong option in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        """Report a wrong option, and exit with status 2."""
        print_error(f"imgurdata: {one_line(message)}. See {self.prog} --help.")
        self.exit(2)


Commands = argparse._SubParsersAction


def add_command(
    commands: Commands[Parser],
    name: str,
    text: str,
    run: Callable[[argparse.Namespace], int | None],
) -> Parser:
    """Add a command with the options of all commands."""
    parser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    parser.add_argument("-v", "--verbose", action="store_true", help="each request, too")
    parser.add_argument("-q", "--quiet", action="store_true", help="no tables, no bars")
    return parser


def add_output_option(parser: Parser) -> None:
    """Add ``--output``."""
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="FILE.parquet, FILE.csv or FILE.json"
    )


def add_connection_options(parser: Parser) -> None:
    """Add the options of a connection to Imgur."""
    group = parser.add_argument_group("connection")
    group.add_argument("--sandbox", action="store_true", help="an Imgur on this machine")
    group.add_argument("--client-id", metavar="ID", help="else $IMGUR_CLIENT_ID")
    group.add_argument("--account", metavar="NAME", help="ask as this account (imgurdata sign-in)")
    add_base_url_option(group)
    group.add_argument("--offline", action="store_true", help="only what is cached")
    group.add_argument("--max-wait", metavar="DURATION", help="wait so long at most for new "
                       "credits, such as 30min; otherwise stop")  # fmt: skip


def add_application_options(parser: Parser) -> argparse._ArgumentGroup:
    """Add the options of an application that accounts sign in to."""
    group = parser.add_argument_group("application")
    group.add_argument("--client-id", metavar="ID", help="else $IMGUR_CLIENT_ID; its secret is "
                       "$IMGUR_CLIENT_SECRET, or is asked for")  # fmt: skip
    add_base_url_option(group)
    return group


def add_base_url_option(group: argparse._ArgumentGroup) -> None:
    """Add ``--base-url``."""
    group.add_argument("--base-url", default=IMGUR, metavar="URL", help="where Imgur is: that of "
                       "'imgurdata sandbox', say (%(default)s)")  # fmt: skip
