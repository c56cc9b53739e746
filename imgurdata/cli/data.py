"""Commands that load a frame: ``gallery``, ``comments``, ``account`` and ``credits``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import imgurdata as imd
from imgurdata._format import clock_time, duration_text, plural
from imgurdata._validate import duration, one_of, refuse
from imgurdata.cli.messages import report_error
from imgurdata.cli.options import CONNECTION, OUTPUT, Commands, Parser, add_command
from imgurdata.cli.output import check_output, save
from imgurdata.cli.sign_in import client_secret
from imgurdata.cli.signals import orderly_end
from imgurdata.cli.terminal import one_line, print_error, table, terminal_width
from imgurdata.endpoints import ENDPOINTS
from imgurdata.errors import ImgurDataError, InvalidArgument

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["add_commands"]

#: Number of missing ids that are named.
_MAX_NAMED = 20
_LISTS = ("base", "submissions", "comments", "albums", "counts")


def add_commands(commands: Commands[Parser]) -> None:
    """Add the commands of this module."""
    parents = OUTPUT, CONNECTION
    text = "posts of the gallery, to a file"
    gallery = add_command(commands, "gallery", text, _gallery, *parents)
    params = {param.name: param for param in ENDPOINTS["gallery"].params}
    for name in ("section", "sort"):
        param = params[name]
        gallery.add_argument(
            name, nargs="?", default=param.default, metavar=name.upper(),
            help=f"{', '.join(param.allowed)} ({param.default})",
        )  # fmt: skip
    gallery.add_argument("--window", help="day, week, month, year, all; for section top")
    gallery.add_argument("--pages", default="1", help="how many, or all (%(default)s)")
    gallery.add_argument("--mature", action="store_true", default=None, help="mature posts, too")

    text = "comments of posts, to a file"
    comments = add_command(commands, "comments", text, _comments, *parents)
    comments.add_argument("ids", nargs="+", metavar="ID", help="a post's id or link")
    comments.add_argument("--sort", default="best", help="best, top, new (%(default)s)")

    text = "accounts, or lists and counts of theirs, to a file"
    account = add_command(commands, "account", text, _account, *parents)
    account.add_argument("usernames", nargs="+", metavar="NAME", help="a user name or link")
    account.add_argument(
        "--what", default="base", metavar="LIST",
        help=f"{', '.join(_LISTS)}; counts for one account only (%(default)s)",
    )  # fmt: skip
    account.add_argument("--pages", default="1", help="of a list: how many, or all (%(default)s)")

    add_command(commands, "credits", "credits that are left, asked of Imgur", _credits, *parents)


def _gallery(options: argparse.Namespace) -> int:
    pull = imd.Pull(
        "gallery",
        section=options.section,
        sort=options.sort,
        window=options.window,
        pages=_pages(options.pages),
        mature=options.mature,
    )
    return _run(pull, options)


def _comments(options: argparse.Namespace) -> int:
    return _run(imd.Pull("comments", ids=options.ids, sort=options.sort), options)


def _account(options: argparse.Namespace) -> int:
    kind, names = one_of("--what", options.what, _LISTS), options.usernames
    if kind == "base":
        return _run(imd.Pull("account", usernames=names), options)
    if kind == "counts":
        if len(names) > 1:
            raise InvalidArgument(f"--what counts is of one account; {len(names)} are named.")
        return _run(imd.Pull("account_counts", username=names[0]), options)
    username = names if len(names) > 1 else names[0]
    pull = imd.Pull(f"account_{kind}", username=username, pages=_pages(options.pages))
    return _run(pull, options)


def _credits(options: argparse.Namespace) -> int:
    return _load(lambda session: imd.load_credits(session=session), _credits_text, options)


def _pages(text: str) -> int | None:
    if text == "all":
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) >= 1):
        refuse("--pages", "a whole number from 1, or all", text)
    return int(text)


def _credits_text(frame: pd.DataFrame) -> str:
    import pandas as pd

    now = frame["fetched_at"].iloc[0]
    lines = {}
    for name, value in frame.iloc[0].items():
        if pd.isna(value):
            text = "-"
        elif str(name).endswith("reset_at"):
            # By the server's clock, which may differ from this machine's.
            text = f"{clock_time(value, now)} (in {duration_text((value - now).total_seconds())})"
        else:
            text = f"{value:%Y-%m-%d %H:%M:%S} UTC" if name == "fetched_at" else str(value)
        lines[str(name)] = text
    return pd.Series(lines).to_string()


def _run(pull: imd.Pull, options: argparse.Namespace) -> int:
    """Run a pull; print the head of its frame, and write the frame to the output file."""

    def load(session: imd.ImgurSession) -> pd.DataFrame:
        return pull.run(session, progress=False if options.quiet else None)

    return _load(load, lambda frame: table(frame.head(20), terminal_width()), options)


def _connect(options: argparse.Namespace) -> imd.ImgurSession:
    limits: dict[str, Any] = {}
    if options.max_wait is not None:
        max_wait = duration("--max-wait", options.max_wait, example="30min")
        limits = {"on_limit": "wait", "max_wait": max_wait}
    return imd.connect(
        options.client_id,
        account=options.account,
        sandbox=options.sandbox,
        client_secret=client_secret() if options.account else None,
        base_url=options.base_url,
        offline=options.offline,
        **limits,
    )


def _load(
    load: Callable[[imd.ImgurSession], pd.DataFrame],
    text: Callable[[pd.DataFrame], str],
    options: argparse.Namespace,
) -> int:
    """Load a frame, print and write it; after an error or Ctrl-C, the rows that have arrived."""
    check_output(options.output)
    session = _connect(options)
    # Closing the session waits for requests in flight: they are paid for, and are cached.
    with orderly_end(), session:
        try:
            frame = load(session)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - all are reported
            return _finish_incomplete(error, text, options)
        if options.output is not None:
            save(frame, options.output)
        _print_summary(frame, text, options)
    if missing := frame.attrs["imgurdata"]["missing"]:
        more = f" and {len(missing) - _MAX_NAMED:,} more" if len(missing) > _MAX_NAMED else ""
        print_error(one_line(f"not found: {', '.join(missing[:_MAX_NAMED])}{more}"))
    return 0


def _finish_incomplete(
    error: BaseException, text: Callable[[pd.DataFrame], str], options: argparse.Namespace
) -> int:
    """Print and write the rows that arrived before an error, and report the error."""
    partial: pd.DataFrame | None = getattr(error, "partial", None)
    more = ""
    if partial is None:
        return report_error(error, verbose=options.verbose)
    if partial.empty:
        if options.output:
            more = f"No row arrived: {options.output} was not written."
        return report_error(error, more, verbose=options.verbose)
    more = f"Incomplete: {plural(len(partial), 'row')} arrived before that"
    if options.output is not None:
        try:
            save(partial, options.output)
            more += f", written to {options.output}"
        except ImgurDataError as write_error:
            more += f". {write_error.message.rstrip('.')}"
    more += "."
    # The cache of a sandbox that this command has started ends with it.
    if not options.sandbox:
        more += " The rows so far are in the cache: the same command goes on from there."
    try:
        _print_summary(partial, text, options)
        sys.stdout.flush()
    finally:
        code = report_error(error, more, verbose=options.verbose)
    return code


def _print_summary(
    frame: pd.DataFrame, text: Callable[[pd.DataFrame], str], options: argparse.Namespace
) -> None:
    """Print the head of a frame, its cost, and the path of the output file."""
    if options.quiet:
        return
    report = frame.attrs["imgurdata"]
    parts = [plural(len(frame), "row")] if len(frame) > 1 else []
    cost = f"{plural(report['requests'], 'request')}, {plural(report['credits_spent'], 'credit')}"
    left = report["credits_left"]
    # The table of credits has this number already.
    if left is not None and report["record"] != "credits":
        cost += f", {left:,} left this hour"
    print(text(frame))
    print("; ".join([*parts, cost]))
    if options.output is not None and report["complete"]:
        print(f"wrote {options.output}")
