"""Entry point of the command line.

What a command needs is imported when it runs, so that ``--help`` and a wrong option are quick.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence

import imgurdata as imd
from imgurdata._validate import did_you_mean, shown
from imgurdata.cli import collect, completion, data, images, sandbox, sign_in
from imgurdata.cli.messages import logging_to, report_error
from imgurdata.cli.options import OneOf, Parser, add_command, paragraph
from imgurdata.cli.terminal import discard_stdout, prepare_streams, print_error

__all__ = ["main"]

_EPILOG = """\
Without -o, the first rows are printed as a table.
'imgurdata help COMMAND' says what a command takes.

examples:
  imgurdata demo
  imgurdata gallery top --window week --sandbox
  imgurdata tag cats --pages 3 -o cats.parquet

exit codes:
    0  complete; ids that Imgur does not have are named on standard error.
       Also of collect and sandbox when Ctrl-C or SIGTERM ends them.
    1  an error of Imgur, the network, the disk or the sign-in;
       rows that arrived before it are written
    2  wrong arguments; nothing was requested
  130  ended by Ctrl-C, 143 by SIGTERM; rows that arrived are written
  141  the reader of standard output has gone, as in: imgurdata ... | head
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command of the arguments (by default, of this process) and return its exit code.

    0 for success, 1 for an error of Imgur or the network, 2 for invalid arguments, 130 after
    Ctrl-C, 143 after SIGTERM, 141 if the reader of the output has gone.
    """
    prepare_streams()
    code = 0
    try:
        try:
            code = _run(arguments)
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        print_error("imgurdata: interrupted.")
        return 130
    except BrokenPipeError:
        discard_stdout()
        return 128 + 13  # as if ended by SIGPIPE, which Python ignores
    except OSError as error:
        discard_stdout()
        if code == 0:  # else the first error is reported, and may be this one
            print_error(f"imgurdata: the output cannot be written: {error.strerror}.")
        return code or 1
    return code


def _run(arguments: Sequence[str] | None) -> int:
    parser = _parser()
    completion.answer_shell(parser)
    words = sys.argv[1:] if arguments is None else list(arguments)
    command = next((word for word in words if not word.startswith("-")), None)
    if command is not None and command not in parser.commands:
        hint = did_you_mean(command, parser.commands)
        parser.error(f"there is no command {shown(command)}.{hint}")
    options, unknown = parser.parse_known_args(words)
    if unknown:
        options.parser.refuse(unknown)
    level = logging.WARNING
    if options.verbose:
        level = logging.DEBUG
    elif options.quiet:
        level = logging.ERROR
    with logging_to(sys.stderr, level, verbose=options.verbose):
        try:
            if options.invalid:
                raise options.invalid
            return options.run(options) or 0
        except BrokenPipeError:
            raise
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - all are reported
            return report_error(error, verbose=options.verbose)


def _parser() -> Parser:
    """Return the parser of all commands."""
    parser = Parser(
        prog="imgurdata",
        description=paragraph("Imgur, as DataFrames: load posts, comments and accounts into "
            "tables and files, and count what that costs."),
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument(
        "-V", "--version", action="version", version=f"imgurdata {imd.__version__}",
        help="print the version",
    )  # fmt: skip
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, prog="imgurdata"
    )
    for group in (data, collect, images, sign_in, sandbox, completion):
        group.add_commands(commands)

    def print_help(options: argparse.Namespace) -> None:
        if options.command is None:
            parser.print_help()
        else:
            commands.choices[options.command].print_help()

    helper = add_command(
        commands, "help", "Print this help, or that of a command", print_help,
        usage="[COMMAND]",
        examples="imgurdata help gallery",
    )  # fmt: skip
    helper.add_argument(
        "command", nargs="?", metavar="COMMAND", action=OneOf, words=tuple(commands.choices),
        help="name of a command",
    )  # fmt: skip
    parser.commands = commands.choices
    return parser
