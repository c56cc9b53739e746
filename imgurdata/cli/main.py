"""The command line: ``imgurdata demo | gallery | comments | account | credits | sign-in ...``.

What a command needs is imported when it runs, so that ``--help`` and a wrong option are quick.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import imgurdata as imd
from imgurdata._addresses import IMGUR, REDIRECT_URL
from imgurdata._format import clock_time, duration_text, plural
from imgurdata._validate import duration, one_of, refuse
from imgurdata.cli.output import check_output, discard_unfinished, save
from imgurdata.cli.signals import Terminated, orderly_end
from imgurdata.cli.terminal import (
    drop_output,
    logging_to,
    one_line,
    prepare_streams,
    say,
    table,
    tell,
    terminal_width,
    trace,
)
from imgurdata.cli.words import in_options
from imgurdata.endpoints import ENDPOINTS
from imgurdata.errors import ImgurDataError, InvalidArgument, redact

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["main"]

#: How many missing ids are named.
_NAMED = 20
_LISTS = ("base", "submissions", "comments", "albums", "counts")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after ``imgurdata``; those of this process by default.

    Returns
    -------
    int
        0; 1 for what Imgur or the network would not give; 2 for what cannot be asked; 130 after
        Ctrl-C, 143 after SIGTERM, 141 where nobody reads the output any more.
    """
    prepare_streams()
    try:
        try:
            return _main(arguments)
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        tell("imgurdata: interrupted.")
        return 130
    except BrokenPipeError:
        drop_output()
        return 128 + 13  # as if by SIGPIPE, which Python ignores
    except OSError as error:
        drop_output()
        tell(f"imgurdata: the output cannot be written: {error.strerror}.")
        return 1


def _main(arguments: Sequence[str] | None) -> int:
    options = _parser().parse_args(arguments)
    level = (
        logging.DEBUG if options.verbose else logging.ERROR if options.quiet else logging.WARNING
    )
    with logging_to(sys.stderr, level, in_options, verbose=options.verbose):
        try:
            return options.run(options) or 0
        except BrokenPipeError:
            raise
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - all are reported
            return _report(error, options)


def _report(error: BaseException, options: argparse.Namespace, more: str = "") -> int:
    """Tell what ended a command, in a line, and return its exit code."""
    code, unexpected = 1, False
    if isinstance(error, Terminated):
        code, text = 143, "terminated."
    elif isinstance(error, KeyboardInterrupt):
        code, text = 130, "interrupted."
    elif isinstance(error, ImgurDataError):
        code, text = 2 if isinstance(error, InvalidArgument) else 1, in_options(error.message)
    elif isinstance(error, OSError) and error.strerror:
        text = f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror}."
    else:
        unexpected = True
        text = (
            f"unexpected {type(error).__name__}: {redact(str(error)[:300])}. This is a fault of "
            "imgurdata: please report it with what -v shows."
        )
    if unexpected and options.verbose:
        tell(trace(error))
    tell(f"imgurdata: {one_line(f'{text} {more}')}")
    return code


class _Parser(argparse.ArgumentParser):
    """Tells a wrong option in one line; the usage is a ``--help`` away."""

    def error(self, message: str) -> NoReturn:
        tell(f"imgurdata: {one_line(message)}. See {self.prog} --help.")
        self.exit(2)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="imgurdata", description="Imgur, as DataFrames.")
    parser.add_argument("--version", action="version", version=f"imgurdata {imd.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    demo = _command(commands, "demo", "the whole tour, on an Imgur on this machine", _demo)
    demo.add_argument(
        "--out", type=Path, default=Path("imgurdata-demo"), metavar="DIR",
        help="folder for charts and frames (%(default)s)",
    )  # fmt: skip

    gallery = _command(commands, "gallery", "posts of the gallery, to a file", _gallery)
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
    _output(gallery)
    _connection(gallery)

    comments = _command(commands, "comments", "comments of posts, to a file", _comments)
    comments.add_argument("ids", nargs="+", metavar="ID", help="a post's id or link")
    comments.add_argument("--sort", default="best", help="best, top, new (%(default)s)")
    _output(comments)
    _connection(comments)

    account = _command(commands, "account", "accounts, or what is theirs, to a file", _account)
    account.add_argument("usernames", nargs="+", metavar="NAME", help="a user name or link")
    account.add_argument(
        "--what", default="base", metavar="LIST",
        help=f"{', '.join(_LISTS)}; counts for one account only (%(default)s)",
    )  # fmt: skip
    account.add_argument("--pages", default="1", help="of a list: how many, or all (%(default)s)")
    _output(account)
    _connection(account)

    credit = _command(commands, "credits", "what is left, asked of Imgur", _credits)
    _output(credit)
    _connection(credit)

    text = "sign in, and remember it on this machine"
    _sign_in_options(_command(commands, "sign-in", text, _sign_in))
    text = "forget a remembered sign-in"
    _sign_out_options(_command(commands, "sign-out", text, _sign_out))

    sandbox = _command(commands, "sandbox", "an Imgur on this machine, until Ctrl-C", _sandbox)
    sandbox.add_argument("--port", default="0", help="where it listens (any free one)")
    return parser


def _command(
    commands: argparse._SubParsersAction[_Parser],
    name: str,
    text: str,
    run: Callable[[argparse.Namespace], int | None],
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    parser.add_argument("-v", "--verbose", action="store_true", help="each request, too")
    parser.add_argument("-q", "--quiet", action="store_true", help="no tables, no bars")
    return parser


def _connection(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("connection")
    group.add_argument("--sandbox", action="store_true", help="an Imgur on this machine")
    group.add_argument("--client-id", metavar="ID", help="else $IMGUR_CLIENT_ID")
    group.add_argument("--account", metavar="NAME", help="ask as this account (imgurdata sign-in)")
    _base_url_option(group)
    group.add_argument("--offline", action="store_true", help="only what is cached")
    group.add_argument("--max-wait", metavar="DURATION", help="wait so long at most for new "
                       "credits, such as 30min; otherwise stop")  # fmt: skip


def _sign_in_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``sign-in``."""
    parser.add_argument("--redirect-url", default=REDIRECT_URL, metavar="URL",
                        help="the address registered with Imgur (%(default)s)")  # fmt: skip
    parser.add_argument("--paste", action="store_true", help="ask for the address, don't listen")
    parser.add_argument("--tokens", action="store_true", help="ask for tokens that you have")
    parser.add_argument("--wait", default="300", metavar="SECONDS",
                        help="how long you have (%(default)s; 10min, too)")  # fmt: skip
    group = _application(parser)
    group.add_argument("--sandbox", action="store_true", help="try it, on an Imgur on this machine")


def _sign_out_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``sign-out``."""
    parser.add_argument("username", metavar="NAME", help="the account's name")
    _application(parser)


def _application(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    group = parser.add_argument_group("application")
    group.add_argument("--client-id", metavar="ID", help="else $IMGUR_CLIENT_ID; its secret is "
                       "$IMGUR_CLIENT_SECRET, or is asked for")  # fmt: skip
    _base_url_option(group)
    return group


def _base_url_option(group: argparse._ArgumentGroup) -> None:
    """Add ``--base-url``, the same for all commands."""
    group.add_argument("--base-url", default=IMGUR, metavar="URL", help="where Imgur is: that of "
                       "'imgurdata sandbox', say (%(default)s)")  # fmt: skip


def _output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="FILE.parquet, FILE.csv or FILE.json"
    )


def _connect(options: argparse.Namespace) -> imd.ImgurSession:
    patience: dict[str, Any] = {}
    if options.max_wait is not None:
        seconds = duration("--max-wait", options.max_wait, example="30min")
        patience = {"on_limit": "wait", "max_wait": seconds}
    secret = None
    if options.account:
        from imgurdata.cli.sign_in import client_secret

        secret = client_secret()
    return imd.connect(
        options.client_id, account=options.account, sandbox=options.sandbox, client_secret=secret,
        base_url=options.base_url, offline=options.offline, **patience,
    )  # fmt: skip


def _sign_in(options: argparse.Namespace) -> None:
    from imgurdata.cli.sign_in import run_sign_in

    run_sign_in(options)


def _sign_out(options: argparse.Namespace) -> None:
    from imgurdata.cli.sign_in import run_sign_out

    run_sign_out(options)


def _demo(options: argparse.Namespace) -> None:
    from imgurdata.cli.demo import run_demo  # brings the charts

    with orderly_end(_end_at_once):
        run_demo(options.out, (lambda _: None) if options.quiet else say)


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
    what, names = one_of("--what", options.what, _LISTS), options.usernames
    if what == "base":
        return _run(imd.Pull("account", usernames=names), options)
    if what != "counts":
        who = names if len(names) > 1 else names[0]
        pull = imd.Pull(f"account_{what}", username=who, pages=_pages(options.pages))
        return _run(pull, options)
    if len(names) > 1:
        raise InvalidArgument(f"--what counts is of one account; {len(names)} are named.")
    return _run(imd.Pull("account_counts", username=names[0]), options)


def _run(pull: imd.Pull, options: argparse.Namespace) -> int:
    """Run a pull, show the head of what came, and write it where asked."""

    def load(session: imd.ImgurSession) -> pd.DataFrame:
        return pull.run(session, progress=False if options.quiet else None)

    return _load(load, lambda frame: table(frame.head(20), terminal_width()), options)


def _credits(options: argparse.Namespace) -> int:
    return _load(lambda session: imd.load_credits(session=session), _credits_text, options)


def _credits_text(frame: pd.DataFrame) -> str:
    import pandas as pd

    now = frame["fetched_at"].iloc[0]
    lines = {}
    for name, value in frame.iloc[0].items():
        if pd.isna(value):
            text = "-"
        elif str(name).endswith("reset_at"):
            # By the clock of whoever answered, which need not be this machine's.
            text = f"{clock_time(value, now)} (in {duration_text((value - now).total_seconds())})"
        else:
            text = f"{value:%Y-%m-%d %H:%M:%S} UTC" if name == "fetched_at" else str(value)
        lines[str(name)] = text
    return pd.Series(lines).to_string()


def _load(
    load: Callable[[imd.ImgurSession], pd.DataFrame],
    text: Callable[[pd.DataFrame], str],
    options: argparse.Namespace,
) -> int:
    """Load a frame and give it out; what came before an error or Ctrl-C is given out as well."""
    check_output(options.output)
    session = _connect(options)
    # Closing the session waits for what is under way: it is paid for, and goes into the cache.
    with orderly_end(_end_at_once), session:
        try:
            frame = load(session)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - all are reported
            return _broken_off(error, text, options)
        if options.output is not None:
            save(frame, options.output)
        if not options.quiet:
            _show(frame, text, options)
    if missing := frame.attrs["imgurdata"]["missing"]:
        more = f" and {len(missing) - _NAMED:,} more" if len(missing) > _NAMED else ""
        tell(one_line(f"not there: {', '.join(missing[:_NAMED])}{more}"))
    return 0


def _broken_off(
    error: BaseException, text: Callable[[pd.DataFrame], str], options: argparse.Namespace
) -> int:
    """Give out what came before a pull ended too early, and tell why it did."""
    partial: pd.DataFrame | None = getattr(error, "partial", None)
    if partial is None:
        return _report(error, options)
    if partial.empty:
        more = f"Nothing came: {options.output} was not written." if options.output else ""
        return _report(error, options, more)
    rows = f"Incomplete: {plural(len(partial), 'row')} came before that"
    where = "."
    if options.output is not None:
        try:
            save(partial, options.output)
            where = f", written to {options.output}."
        except ImgurDataError as unwritten:
            where = f". {unwritten.message}"
    # A sandbox of this command's own ends with it, and its cache, too.
    again = "" if options.sandbox else (
        " What came is in the cache: the same command goes on from there."
    )  # fmt: skip
    try:
        if not options.quiet:
            _show(partial, text, options)
            sys.stdout.flush()
    finally:
        code = _report(error, options, f"{rows}{where}{again}")
    return code


def _show(frame: pd.DataFrame, text: Callable[[pd.DataFrame], str], options: Any) -> None:
    """Print the head of what came, what it cost, and where it was written."""
    story = frame.attrs["imgurdata"]
    parts = [plural(len(frame), "row")] if len(frame) > 1 else []
    cost = f"{plural(story['requests'], 'request')}, {plural(story['credits_spent'], 'credit')}"
    left = story["credits_left"]
    # The table of credits has that number, as Imgur tells it.
    if left is not None and story["record"] != "credits":
        cost += f", {left:,} left this hour"
    say(text(frame))
    say("; ".join([*parts, cost]))
    if options.output is not None and story["complete"]:
        say(f"wrote {options.output}")


def _end_at_once() -> None:
    discard_unfinished()
    tell("imgurdata: ended at once; answers under way are lost.")


def _sandbox(options: argparse.Namespace) -> None:
    from imgurdata.sandbox import Sandbox

    port = options.port
    if not (port.isascii() and port.isdigit() and len(port) < 6 and int(port) < 65_536):
        refuse("--port", "a whole number from 0 (any free port) to 65,535", port)
    with Sandbox(port=int(port), ticking=True) as sandbox:
        stop = threading.Event()
        # A server in the background is ended by SIGTERM: shells let those ignore Ctrl-C.
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        with contextlib.suppress(KeyboardInterrupt):
            say(f"An Imgur on this machine: {sandbox.url}")
            say(f"  client id      {sandbox.client_id}")
            say(f"  for curl       curl -H 'Authorization: Client-ID {sandbox.client_id}' "
                f"{sandbox.url}/3/gallery/hot/viral/day/0")  # fmt: skip
            say("Ctrl-C ends it.")
            sys.stdout.flush()
            stop.wait()
        requests = plural(len(sandbox.requests), "request")
        say(f"\n{requests}, {plural(sandbox.spent, 'credit')}.")


def _pages(text: str) -> int | None:
    if text == "all":
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) >= 1):
        refuse("--pages", "a whole number from 1, or all", text)
    return int(text)
