"""Run what a command asks for: connect, load, print, write; keep what came if it breaks."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import imgurdata as imd
from imgurdata._format import plural, printable
from imgurdata._validate import duration
from imgurdata.cli.messages import report_error
from imgurdata.cli.output import Output, check_output, save
from imgurdata.cli.sign_in import secret_of_account
from imgurdata.cli.signals import orderly_end
from imgurdata.cli.terminal import one_line, print_error, table, terminal_width
from imgurdata.errors import ImgurDataError, InvalidArgument

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["connect", "head", "run", "run_pull"]

#: Number of missing ids that are named.
_MAX_NAMED = 20
#: Rows of the printed table.
_HEAD = 20
#: Records whose frames hold the credits that are left.
_TELLS_CREDITS = "credits"


def head(frame: pd.DataFrame) -> str:
    """Return the first rows of a frame as a table."""
    return table(frame.head(_HEAD), terminal_width())


def run_pull(
    pull: imd.Pull, options: argparse.Namespace, text: Callable[[pd.DataFrame], str] = head
) -> int:
    """Run a pull; print its frame, by default the head, and write it to the output."""

    def load(session: imd.ImgurSession) -> pd.DataFrame:
        return pull.run(session, progress=False if options.quiet else None)

    return run(load, text, options)


def run(
    load: Callable[[imd.ImgurSession], pd.DataFrame],
    text: Callable[[pd.DataFrame], str],
    options: argparse.Namespace,
) -> int:
    """Load a frame, print and write it; after an error or Ctrl-C, the rows that have arrived.

    Parameters
    ----------
    load : callable
        Returns the frame; its errors have ``.partial``.
    text : callable
        Returns what is printed of a frame.
    options : argparse.Namespace

    Returns
    -------
    int
        Exit code: 0 only if the frame is complete.
    """
    output = check_output(options.output, options.format)
    session = connect(options)
    # Closing the session waits for requests in flight: they are paid for, and are cached.
    with orderly_end(), session:
        try:
            frame = load(session)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - all are reported
            return _finish_incomplete(error, text, output, options)
        if output is not None:
            save(frame, output)
        _print_summary(frame, text, output, options)
    if missing := frame.attrs["imgurdata"]["missing"]:
        more = f" and {len(missing) - _MAX_NAMED:,} more" if len(missing) > _MAX_NAMED else ""
        print_error(one_line(f"not found: {', '.join(missing[:_MAX_NAMED])}{more}"))
    return 0


def connect(options: argparse.Namespace, **more: Any) -> imd.ImgurSession:
    """Return a session as the options of a connection say."""
    if options.account and options.sandbox:
        raise InvalidArgument(
            "--account is of no use with --sandbox: a sandbox begins and ends with its command, "
            "and so does a sign-in to it. Leave one of them out."
        )
    limits: dict[str, Any] = {"on_limit": "wait"} if options.wait else {}
    if options.max_wait is not None:
        max_wait = duration("--max-wait", options.max_wait, example="30min")
        limits = {"on_limit": "wait", "max_wait": max_wait}
    return imd.connect(
        options.client_id,
        account=options.account,
        sandbox=options.sandbox,
        client_secret=secret_of_account(options) if options.account else None,
        base_url=options.base_url,
        offline=options.offline,
        **limits,
        **more,
    )


def _finish_incomplete(
    error: BaseException,
    text: Callable[[pd.DataFrame], str],
    output: Output | None,
    options: argparse.Namespace,
) -> int:
    """Print and write the rows that arrived before an error, and report the error."""
    partial: pd.DataFrame | None = getattr(error, "partial", None)
    if partial is None:
        return report_error(error, verbose=options.verbose)
    if partial.empty:
        more = f"No row arrived: {output} was not written." if output and output.path else ""
        return report_error(error, more, verbose=options.verbose)
    more = f"Incomplete: {plural(len(partial), 'row')} arrived before that"
    code = 1
    try:
        if output is not None:
            try:
                save(partial, output)
                more += f", written to {output}"
            except ImgurDataError as write_error:
                more += f". {write_error.message.rstrip('.')}"
        _print_summary(partial, text, output, options)
        sys.stdout.flush()
    finally:
        code = report_error(error, f"{more}. {_goes_on(partial, options)}", verbose=options.verbose)
    return code


def _goes_on(partial: pd.DataFrame, options: argparse.Namespace) -> str:
    """Return how a command that was broken off goes on."""
    if partial.attrs["imgurdata"]["record"] == "file":
        return "The same command goes on from there."
    if options.sandbox:
        return ""  # its cache ends with this command
    return "The rows so far are in the cache: the same command goes on from there."


def _print_summary(
    frame: pd.DataFrame,
    text: Callable[[pd.DataFrame], str],
    output: Output | None,
    options: argparse.Namespace,
) -> None:
    """Print the head of a frame, its cost, and the path of the output file."""
    if options.quiet:
        return
    report = frame.attrs["imgurdata"]
    parts = [plural(len(frame), "row")] if len(frame) > 1 else []
    cost = f"{plural(report['requests'], 'request')}, {plural(report['credits_spent'], 'credit')}"
    left = report["credits_left"]
    # The table of credits has this number already.
    if left is not None and report["record"] != _TELLS_CREDITS:
        cost += f", {left:,} left this hour"
    summary = "; ".join([*parts, cost])
    if output is not None and output.path is None:
        print_error(summary)  # standard output has the rows
        return
    print(text(frame))
    print(summary)
    if output is None and len(frame) and report["record"] != _TELLS_CREDITS:
        print(f"-o FILE writes all rows, with all {len(frame.columns)} columns.")
    if output is not None and report["complete"]:
        print(printable(f"wrote {output}"))
