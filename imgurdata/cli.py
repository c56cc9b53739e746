"""The command line: ``imgurdata demo | gallery | comments | account | credits | sign-in ...``."""

from __future__ import annotations

import argparse
import contextlib
import logging
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

import imgurdata as imd
from imgurdata._format import plural
from imgurdata._validate import one_of
from imgurdata.cli_sign_in import (
    base_url_option,
    client_secret,
    run_sign_in,
    run_sign_out,
    sign_in_options,
    sign_out_options,
)
from imgurdata.client.endpoints import GALLERY
from imgurdata.errors import ImgurDataError, InvalidArgument
from imgurdata.terminal import table

__all__ = ["main"]

_FORMATS = (".parquet", ".csv", ".json")
_LISTS = ("base", "submissions", "comments", "albums", "counts")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments
        Words after ``imgurdata``; those of this process by default.

    Returns
    -------
    int
        0; 1 for what Imgur or the network would not give; 2 for what cannot be asked; 130 for
        Ctrl-C.
    """
    options = _parser().parse_args(arguments)
    level = (
        logging.DEBUG if options.verbose else logging.ERROR if options.quiet else logging.WARNING
    )
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("imgurdata").setLevel(level)
    try:
        options.run(options)
    except ImgurDataError as error:
        print(f"imgurdata: {error.message}", file=sys.stderr)
        return 2 if isinstance(error, InvalidArgument) else 1
    except KeyboardInterrupt:
        print("imgurdata: interrupted; what arrived is in the cache.", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="imgurdata", description="Imgur, as DataFrames.")
    parser.add_argument("--version", action="version", version=f"imgurdata {imd.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    demo = _command(commands, "demo", "the whole tour, on an Imgur on this machine", _demo)
    demo.add_argument(
        "--out", type=Path, default=Path("imgurdata-demo"), metavar="DIR",
        help="folder for charts and frames (%(default)s)",
    )  # fmt: skip

    gallery = _command(commands, "gallery", "posts of the gallery, to a file", _gallery)
    slots = {slot.name: slot for slot in GALLERY.slots}
    for name in ("section", "sort"):
        slot = slots[name]
        gallery.add_argument(
            name, nargs="?", default=slot.default, metavar=name.upper(),
            help=f"{', '.join(slot.allowed or ())} ({slot.default})",
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
        help=f"{', '.join(_LISTS)}; other than base for one account (%(default)s)",
    )  # fmt: skip
    account.add_argument("--pages", default="1", help="of a list: how many, or all (%(default)s)")
    _output(account)
    _connection(account)

    credit = _command(commands, "credits", "what is left, asked of Imgur", _credits)
    _output(credit)
    _connection(credit)

    text = "sign in, and remember it on this machine"
    sign_in_options(_command(commands, "sign-in", text, run_sign_in))
    text = "forget a remembered sign-in"
    sign_out_options(_command(commands, "sign-out", text, run_sign_out))

    sandbox = _command(commands, "sandbox", "an Imgur on this machine, until Ctrl-C", _sandbox)
    sandbox.add_argument("--port", type=int, default=0, help="where it listens (any free one)")
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    text: str,
    run: Callable[[argparse.Namespace], None],
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
    base_url_option(group)
    group.add_argument("--offline", action="store_true", help="only what is cached")


def _output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="FILE.parquet, FILE.csv or FILE.json"
    )


def _connect(options: argparse.Namespace) -> imd.ImgurSession:
    return imd.connect(
        options.client_id, account=options.account, sandbox=options.sandbox,
        client_secret=client_secret() if options.account else None,
        base_url=options.base_url, offline=options.offline,
    )  # fmt: skip


def _demo(options: argparse.Namespace) -> None:
    from imgurdata.demo import run_demo  # brings the charts

    run_demo(options.out, (lambda _: None) if options.quiet else print)


def _gallery(options: argparse.Namespace) -> None:
    pull = imd.Pull(
        "gallery",
        section=options.section,
        sort=options.sort,
        window=options.window,
        pages=_pages(options.pages),
        mature=options.mature,
    )
    _run(pull, options)


def _comments(options: argparse.Namespace) -> None:
    _run(imd.Pull("comments", ids=options.ids, sort=options.sort), options)


def _account(options: argparse.Namespace) -> None:
    what, names = one_of("--what", options.what, _LISTS), options.usernames
    if what == "base":
        return _run(imd.Pull("account", usernames=names), options)
    if len(names) > 1:
        raise InvalidArgument(f"--what {what} is of one account; {len(names)} are named.")
    pages = {} if what == "counts" else {"pages": _pages(options.pages)}
    return _run(imd.Pull(f"account_{what}", username=names[0], **pages), options)


def _run(pull: imd.Pull, options: argparse.Namespace) -> None:
    """Load, show the head of it, and write it where asked."""
    _check_output(options.output)
    with _connect(options) as session:
        frame = pull.run(session, progress=False if options.quiet else None)
    _give(frame, options, table(frame.head(20)))
    if missing := frame.attrs["imgurdata"]["missing"]:
        print(f"not there: {', '.join(missing)}", file=sys.stderr)


def _credits(options: argparse.Namespace) -> None:
    _check_output(options.output)
    with _connect(options) as session:
        credits_now = imd.load_credits(session=session)
    _give(credits_now, options, credits_now.T.to_string(header=False, na_rep="-"))


def _sandbox(options: argparse.Namespace) -> None:
    from imgurdata.sandbox import Sandbox

    with Sandbox(port=options.port, ticking=True) as sandbox:
        print(f"An Imgur on this machine: {sandbox.url}")
        print(f"  client id      {sandbox.client_id}")
        print(f"  for curl       curl -H 'Authorization: Client-ID {sandbox.client_id}' "
              f"{sandbox.url}/3/gallery/hot/viral/day/0")  # fmt: skip
        print("Ctrl-C ends it.", flush=True)
        stop = threading.Event()
        # A server in the background is ended by SIGTERM: shells let those ignore Ctrl-C.
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        with contextlib.suppress(KeyboardInterrupt):
            stop.wait()
        asked = plural(len(sandbox.requests), "request")
        print(f"\n{asked}, {plural(sandbox.spent, 'credit')}.")


def _pages(text: str) -> int | None:
    if text == "all":
        return None
    if not text.isdigit():
        raise InvalidArgument(f"--pages {text} is not possible: a whole number from 1, or all.")
    return int(text)


def _check_output(path: Path | None) -> None:
    """Refuse a file that cannot be written before a credit is spent on it."""
    if path is None:
        return
    if path.suffix not in _FORMATS:
        raise InvalidArgument(f"-o {path} is not possible: it ends in {', '.join(_FORMATS)}.")
    if not path.absolute().parent.is_dir():
        raise InvalidArgument(f"-o {path} is not possible: there is no folder {path.parent}.")


def _give(frame: pd.DataFrame, options: argparse.Namespace, text: str) -> None:
    """Print what came, and write it where asked."""
    told = frame.attrs["imgurdata"]
    if not options.quiet:
        print(text)
        if len(frame) > 1:
            print(f"{len(frame)} rows; ", end="")
        print(f"{plural(told['requests'], 'request')}, {plural(told['credits_spent'], 'credit')}",
              end="")  # fmt: skip
        left = told["credits_left"]
        print(f", {left} left this hour" if left is not None else "")
    if options.output is not None:
        _write(frame, options.output)
        if not options.quiet:
            print(f"wrote {options.output}")


def _write(frame: pd.DataFrame, path: Path) -> None:
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_json(path, orient="records", date_format="iso", indent=1)
