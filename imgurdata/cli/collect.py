"""Command that collects: ``imgurdata collect FILE.toml``."""

from __future__ import annotations

import argparse
import logging
import tomllib
from pathlib import Path
from typing import Any

import imgurdata as imd
from imgurdata._validate import did_you_mean, refuse, shown
from imgurdata.cli.options import CONNECTION, Commands, Parser, add_command
from imgurdata.cli.run import connect
from imgurdata.cli.signals import orderly_end
from imgurdata.cli.terminal import print_error
from imgurdata.errors import InvalidArgument

__all__ = ["add_commands"]

_KEYS = ("archive", "every", "until", "reserve", "pull")


def add_commands(commands: Commands[Parser]) -> None:
    """Add the commands of this module."""
    collect = add_command(
        commands, "collect", "Take snapshots at regular times, into an archive", _collect,
        CONNECTION,
        usage="FILE.toml",
        more="Runs until Ctrl-C or SIGTERM; the same command goes on from there.",
        examples="""
            imgurdata collect gallery.toml
            imgurdata collect gallery.toml --sandbox --until "2 days"
            imgurdata collect gallery.toml --status
        """,
    )  # fmt: skip
    collect.add_argument(
        "file", type=Path, metavar="FILE.toml", help="names archive, every, and [[pull]] tables"
    )
    collect.add_argument(
        "--until", metavar="TIME", help="when to stop, or for how long to run, such as '2 days'"
    )
    collect.add_argument("--once", action="store_true", help="run the present round only, for cron")
    collect.add_argument("--status", action="store_true", help="print what was collected, and gaps")


def _collect(options: argparse.Namespace) -> int:
    table = _read(options.file)
    archive = imd.Archive(_archive_url(table["archive"], options.file))
    pulls = [_pull(number, pull) for number, pull in enumerate(table["pull"], 1)]
    if options.status:
        return _status(archive, pulls)
    until = table.get("until") if options.until is None else options.until
    if options.sandbox and until is None and not options.once:
        raise InvalidArgument("With --sandbox give --until: its days pass in seconds.")
    rounds = {key: table[key] for key in ("every", "reserve") if key in table}
    logging.getLogger("imgurdata.archive").setLevel(
        logging.ERROR if options.quiet else logging.INFO
    )
    # One request at a time: a process that is killed has at most one page under way.
    with orderly_end(), connect(options, workers=1) as session:
        try:
            imd.collect(archive, pulls, until=until, once=options.once, session=session, **rounds)
        except KeyboardInterrupt:  # or SIGTERM
            print_error("imgurdata: stopped; the same command goes on from here.")
    return 0


def _read(path: Path) -> dict[str, Any]:
    """Return the table of a file."""
    try:
        # Some editors put a byte order mark before the text.
        table = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise InvalidArgument(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:  # a number too long is a ValueError
        raise InvalidArgument(f"{path} must be TOML: {error}.") from None
    for key in table:
        if key not in _KEYS:
            raise InvalidArgument(
                f"{path} may have {', '.join(_KEYS)}; got {shown(key)}.{did_you_mean(key, _KEYS)}"
            )
    for key in ("archive", "pull"):
        if key not in table:
            raise InvalidArgument(f"{path} must have {'[[pull]]' if key == 'pull' else key}.")
    pulls = table["pull"]
    if not isinstance(pulls, list) or not all(isinstance(pull, dict) for pull in pulls):
        refuse("pull", "tables that begin with [[pull]]", pulls)
    return table


def _pull(number: int, table: dict[str, Any]) -> imd.Pull:
    """Return the pull of a table; an error names the table."""
    try:
        return imd.Pull.from_dict(table)
    except InvalidArgument as error:
        raise InvalidArgument(f"[[pull]] {number}: {error.message}") from None


def _archive_url(url: Any, file: Path) -> str:
    """Return an archive's URL; a path is relative to the file's folder."""
    if not isinstance(url, str) or not url:
        refuse("archive", "a folder or a URL", url)
    if "://" in url or url.startswith("~"):
        return url
    return str(file.parent / url)


def _status(archive: imd.Archive, pulls: list[imd.Pull]) -> int:
    """Print what was collected, the newest gaps, and whether a collector runs."""
    from imgurdata.archive.collector import is_collecting

    info = archive.info()
    print(info)
    gaps = info.gaps
    for gap in gaps.tail(10).itertuples():
        print(f"  gap: {gap.slot:%Y-%m-%d %H:%M} UTC, {gap.reason}")
    print("  a collector is running" if is_collecting(archive, pulls) else "  no collector runs")
    return 0
