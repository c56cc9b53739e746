"""Command ``completion``, and the completion of a command line that a shell asks for."""

from __future__ import annotations

import argparse
import os
from typing import Any

from imgurdata.cli.options import Commands, OneOf, Parser, add_command
from imgurdata.errors import MissingExtra, missing_extra

__all__ = ["add_commands", "answer_shell"]

_SHELLS = ("bash", "zsh", "fish", "tcsh", "powershell")
#: Set by the shell that asks what a word may become.
_ASKED = "_ARGCOMPLETE"


def add_commands(commands: Commands[Parser]) -> None:
    """Add the command of this module."""
    parser = add_command(
        commands, "completion", "Print what lets a shell complete commands and options",
        _completion,
        usage="SHELL",
        more="For bash and zsh, the example belongs into ~/.bashrc or ~/.zshrc.",
        examples='eval "$(imgurdata completion bash)"',
    )  # fmt: skip
    parser.add_argument(
        "shell", metavar="SHELL", action=OneOf, words=_SHELLS, help=", ".join(_SHELLS)
    )


def _completion(options: argparse.Namespace) -> None:
    print(_argcomplete().shellcode(["imgurdata"], shell=options.shell))


def answer_shell(parser: Parser) -> None:
    """Answer a shell that asks for completions, and end the process; else return."""
    if _ASKED in os.environ:
        try:
            _argcomplete().autocomplete(parser)
        except MissingExtra:
            raise SystemExit(1) from None  # a message would be taken for a word


def _argcomplete() -> Any:
    try:
        import argcomplete
    except ImportError:
        raise missing_extra("argcomplete", "completion", what="Completion") from None
    return argcomplete
