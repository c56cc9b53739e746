"""Entry point of the command line.

What a command needs is imported when it runs, so that ``--help`` and a wrong option are quick.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

import imgurdata as imd
from imgurdata.cli import collect, completion, data, images, sandbox, sign_in
from imgurdata.cli.messages import logging_to, report_error
from imgurdata.cli.options import Parser
from imgurdata.cli.terminal import discard_stdout, prepare_streams, print_error

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command of the arguments (by default, of this process) and return its exit code.

    0 for success, 1 for an error of Imgur or the network, 2 for invalid arguments, 130 after
    Ctrl-C, 143 after SIGTERM, 141 if the reader of the output has gone.
    """
    prepare_streams()
    try:
        try:
            return _run(arguments)
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
        print_error(f"imgurdata: the output cannot be written: {error.strerror}.")
        return 1


def _run(arguments: Sequence[str] | None) -> int:
    parser = _parser()
    completion.answer_shell(parser)
    options = parser.parse_args(arguments)
    level = logging.WARNING
    if options.verbose:
        level = logging.DEBUG
    elif options.quiet:
        level = logging.ERROR
    with logging_to(sys.stderr, level, verbose=options.verbose):
        try:
            return options.run(options) or 0
        except BrokenPipeError:
            raise
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - all are reported
            return report_error(error, verbose=options.verbose)


def _parser() -> Parser:
    parser = Parser(prog="imgurdata", description="Imgur, as DataFrames.")
    parser.add_argument("--version", action="version", version=f"imgurdata {imd.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for group in (data, collect, images, sign_in, sandbox, completion):
        group.add_commands(commands)
    return parser
