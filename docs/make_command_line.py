"""Make the second half of docs/command-line.md from the parser of the command line.

``python docs/make_command_line.py`` writes it; what stands above the mark is written by hand.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from imgurdata.cli.main import build_parser
from imgurdata.cli.options import Parser

__all__ = ["MARK", "PAGE", "main", "page"]

PAGE = Path(__file__).with_name("command-line.md")
MARK = "<!-- From here on made by docs/make_command_line.py: do not edit. -->\n"
#: Groups of options that many commands share.
_SHARED = ("output", "connection", "messages")


def page() -> str:
    """Return the whole page."""
    by_hand = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    return by_hand + MARK + "\n" + "\n".join(_lines())


def _lines() -> Iterator[str]:
    commands = _commands(build_parser())
    yield "## Every command\n"
    for name, parser in commands.items():
        yield from _command(name, parser)
    for title in _SHARED:
        yield f"## Options of {title}\n"
        (group,) = _groups(commands["gallery"], title)
        yield from _table(group._group_actions)


def _command(name: str, parser: Parser) -> Iterator[str]:
    yield f"### imgurdata {name}\n"
    yield f"{' '.join((parser.description or '').split())}\n"
    usage = " ".join(parser.format_usage().removeprefix("usage: ").split())
    examples = "\n".join(line.strip() for line in (parser.epilog or "").splitlines()[1:])
    yield f"```\n{usage}\n```\n\nFor example:\n\n```\n{examples}\n```\n"
    shared = [title for title in _SHARED if _groups(parser, title)]
    own = [
        action
        for group in parser._action_groups
        if group.title not in shared
        for action in group._group_actions
        if not isinstance(action, argparse._HelpAction)
    ]
    if own:
        yield from _table(own)
    links = [f"[{title}](#options-of-{title})" for title in shared]
    yield f"Also the options of {', '.join(links)}.\n"


def _commands(parser: Parser) -> dict[str, Parser]:
    (action,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    return dict(action.choices)


def _groups(parser: Parser, title: str) -> list[argparse._ArgumentGroup]:
    return [group for group in parser._action_groups if group.title == title]


def _table(actions: list[argparse.Action]) -> Iterator[str]:
    yield "| | |\n|---|---|"
    for action in actions:
        words = ", ".join(action.option_strings)
        value = str(action.metavar or "") if action.nargs != 0 else ""
        if not words:
            value += " ..." if action.nargs in {"*", "+"} else ""
        elif action.nargs is None:
            value = value or action.dest.upper()
        meaning = (action.help or "") % vars(action)
        yield f"| `{f'{words} {value}'.strip()}` | {meaning.replace('|', chr(92) + '|')} |"
    yield ""


def main() -> None:
    """Write the page, or say with ``--check`` whether it is up to date."""
    text = page()
    if "--check" in sys.argv[1:]:
        if PAGE.read_text(encoding="utf-8") != text:
            raise SystemExit("docs/command-line.md: run python docs/make_command_line.py")
        return
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
