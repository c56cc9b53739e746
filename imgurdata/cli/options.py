"""Options that several commands share, in parents of their parsers."""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from imgurdata._addresses import IMGUR
from imgurdata._validate import nearest, one_of, refuse
from imgurdata.cli.terminal import one_line, print_error
from imgurdata.errors import InvalidArgument

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

__all__ = [
    "APPLICATION", "CONNECTION", "OUTPUT", "Commands", "OneOf", "Parser", "add_command",
    "as_int", "paragraph",
]  # fmt: skip

#: Longest line of a help text, and longest number of an option.
_MAX_LINE, _MAX_DIGITS = 100, 20

#: Options in a help text: the long name of each.
_OPTION = re.compile(r"^  (?:-\w[^,\n]*, )?--([a-z-]+)", re.MULTILINE)


class Parser(argparse.ArgumentParser):
    """Parser that takes options in full, and reports a wrong one in a line without the usage."""

    #: Parsers of its commands.
    commands: dict[str, Parser]

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        """Report a wrong option, and exit with status 2."""
        text = one_line(message)
        end = "" if text.endswith((".", "?")) else "."
        print_error(f"imgurdata: {text}{end} See {self.prog} --help.")
        self.exit(2)

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        """Print help or version; argparse ignores it when they cannot be written."""
        (file or sys.stderr).write(message)

    def refuse(self, unknown: Sequence[str]) -> NoReturn:
        """Report words of a command line that this command does not take."""
        option = next((word for word in unknown if word.startswith("-")), None)
        if option is None:
            self.error(f"unexpected {', '.join(unknown)}")
        option = option.partition("=")[0]
        name, known = option.lstrip("-"), _OPTION.findall(self.format_help())
        if option.startswith("--") and name in known:
            self.error(f"{option} belongs behind the command")
        near = nearest(name, known)
        self.error(f"there is no option {option}{f'. Did you mean --{near}?' if near else ''}")


Commands = argparse._SubParsersAction


class OneOf(argparse.Action):
    """Option or argument that is one of some words (without any, any text): a shell completes it.

    They are not argparse's ``choices``, whose messages don't say which one was meant.
    """

    def __init__(self, *args: Any, words: Sequence[str], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._words = words
        self.completer = lambda **_: words

    def __call__(self, _parser: Any, options: Any, value: Any, name: str | None = None) -> None:
        """Keep a value; an error waits, since a value may belong to an unknown option."""
        setattr(options, self.dest, value)
        if self._words and value is not self.default:
            try:
                one_of(name or str(self.metavar), value, self._words)
            except InvalidArgument as error:
                options.invalid = options.invalid or error


def as_int(option: str, text: str, least: int, most: int, allowed: str) -> int:
    """Return the whole number of an option; refuse what is none, or not within bounds."""
    is_number = text.isascii() and text.isdigit() and len(text) < _MAX_DIGITS
    if not is_number or not least <= int(text) <= most:
        refuse(option, f"a whole number {allowed}", text)
    return int(text)


_BASE_URL: dict[str, Any] = {
    "default": IMGUR,
    "metavar": "URL",
    "help": "address of Imgur, or of 'imgurdata sandbox' (%(default)s)",
}

_VERBOSITY = Parser(add_help=False)
_group = _VERBOSITY.add_argument_group("messages")
_group.add_argument("-v", "--verbose", action="store_true", help="log each request, too")
_group.add_argument("-q", "--quiet", action="store_true", help="print neither tables nor bars")

#: Where the rows go.
OUTPUT = Parser(add_help=False)
_group = OUTPUT.add_argument_group("output")
_group.add_argument(
    "-o", "--output", type=Path, metavar="FILE",
    help="write all rows and columns to FILE.csv, .json, .jsonl or .parquet; - is standard output",
)  # fmt: skip
_group.add_argument(
    "--format", metavar="FORMAT", action=OneOf, words=("csv", "json", "jsonl", "parquet"),
    help="csv, json, jsonl or parquet, whatever FILE ends in (csv for -)",
)  # fmt: skip

#: How to connect to Imgur.
CONNECTION = Parser(add_help=False)
_group = CONNECTION.add_argument_group("connection")
_group.add_argument("--sandbox", action="store_true",
                    help="ask an invented Imgur on this machine")  # fmt: skip
_group.add_argument("--client-id", metavar="ID", help="client id of your application; "
                    "else $IMGUR_CLIENT_ID")  # fmt: skip
_group.add_argument("--account", metavar="NAME", help="ask as this account, after "
                    "'imgurdata sign-in'")  # fmt: skip
_group.add_argument("--base-url", **_BASE_URL)
_group.add_argument("--offline", action="store_true", help="use only what is cached")
_group.add_argument("--wait", action="store_true", help="when credits are used up, wait for new "
                    "ones, 15min at most; otherwise stop")  # fmt: skip
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
    summary: str,
    run: Callable[[argparse.Namespace], int | None],
    *parents: Parser,
    usage: str = "",
    more: str = "",
    examples: str,
) -> Parser:
    """Add a command with the options of its parents.

    Parameters
    ----------
    commands : Commands
    name : str
    summary : str
        What it does, in one line, for the list of all commands.
    run : callable
        Runs it with the parsed options; returns its exit code.
    *parents : Parser
        Shared options.
    usage : str
        Its arguments, before the options.
    more : str
        Sentences that follow the summary in the command's own help.
    examples : str
        Command lines, one a line.
    """
    lines = textwrap.dedent(examples).strip()
    parser = commands.add_parser(
        name,
        help=summary,
        usage=f"%(prog)s {usage} [options]" if usage else "%(prog)s [options]",
        description=paragraph(f"{summary}. {more}"),
        epilog=f"examples:\n{textwrap.indent(lines, '  ')}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[*parents, _VERBOSITY],
    )
    parser.set_defaults(run=run, parser=parser, invalid=None)
    return parser


def paragraph(text: str) -> str:
    """Return a text in lines that fit the terminal."""
    width = min(shutil.get_terminal_size().columns - 2, _MAX_LINE)
    return textwrap.fill(text, width, break_on_hyphens=False)
