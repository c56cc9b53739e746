"""Commands that run the embedded Imgur: ``demo`` and ``sandbox``."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import imgurdata as imd
from imgurdata._format import bytes_text, plural
from imgurdata._validate import one_of, refuse
from imgurdata.cli.options import Commands, Parser, add_command, as_int
from imgurdata.cli.signals import orderly_end
from imgurdata.cli.terminal import table, terminal_width
from imgurdata.errors import InvalidArgument

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from imgurdata.sandbox import Sandbox

__all__ = ["add_commands", "run_demo"]

#: What each chart of the demo shows.
_CHARTS = {
    "gallery_trend": "what posts earn, over time",
    "score_distribution": "who earns much, and who nothing",
    "comment_activity": "when people comment",
    "comment_depth": "how deep they answer each other",
    "credit_usage": "credits spent, and whether they last",
}
_TOUR = Path("notebooks") / "01-tour.ipynb"


def add_commands(commands: Commands[Parser]) -> None:
    """Add the commands of this module."""
    demo = add_command(
        commands, "demo", "Run the whole tour on an invented Imgur on this machine", _demo,
        more="Needs no account and no network; writes charts (PNG) and frames (Parquet).",
        examples="imgurdata demo --out tour",
    )  # fmt: skip
    demo.add_argument(
        "--out", type=Path, default=Path("imgurdata-demo"), metavar="DIR",
        help="folder for charts and frames (%(default)s)",
    )  # fmt: skip
    sandbox = add_command(
        commands, "sandbox", "Serve an invented Imgur on this machine until Ctrl-C", _sandbox,
        more="Clients in any language work against it.",
        examples="""
            imgurdata sandbox --port 8080
            imgurdata sandbox --limits user=50 --clock 2026-03-01T18:00
        """,
    )  # fmt: skip
    sandbox.add_argument("--port", default="0", help="where it listens (any free one)")
    sandbox.add_argument("--client-id", metavar="ID", help="id of its application (a new one)")
    sandbox.add_argument(
        "--limits", default="", metavar="LIMITS",
        help="credits and POSTs, such as user=50,client=1000,post=20",
    )  # fmt: skip
    sandbox.add_argument("--seed", default="0", metavar="N", help="which posts are popular (0)")
    sandbox.add_argument(
        "--clock", metavar="TIME", help="where its clock starts, such as 2026-03-01T18:00"
    )
    sandbox.add_argument(
        "--refresh-rotates", action="store_true", help="let refresh tokens work once"
    )
    sandbox.add_argument(
        "--gateway", action="store_true", help="play the commercial gateway, and print its key"
    )


def _demo(options: argparse.Namespace) -> None:
    with contextlib.ExitStack() as stack:
        stack.enter_context(orderly_end())
        if options.quiet:
            stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        run_demo(options.out)


def _sandbox(options: argparse.Namespace) -> None:
    with imd.sandbox.Sandbox(
        port=as_int("--port", options.port, 0, 65_535, "from 0 (any free port) to 65,535"),
        client_id=options.client_id,
        limits=_limits(options.limits),
        seed=as_int("--seed", options.seed, 0, 2**63 - 1, "from 0 up"),
        now=_clock(options.clock),
        refresh_rotates=options.refresh_rotates,
        gateway=options.gateway,
        ticking=True,
    ) as sandbox:
        stop = threading.Event()
        # Shells let background processes ignore Ctrl-C; these are ended by SIGTERM.
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        with contextlib.suppress(KeyboardInterrupt):
            print(f"An Imgur on this machine: {sandbox.url}")
            print(f"  client id      {sandbox.client_id}")
            print(f"  client secret  {sandbox.client_secret}")
            key = ""
            if sandbox.gateway_key is not None:
                print(f"  gateway key    {sandbox.gateway_key}")
                key = f"-H 'X-RapidAPI-Key: {sandbox.gateway_key}' "
            print(f"  its clock      {sandbox.now:%Y-%m-%d %H:%M} UTC")
            print(f"  for curl       curl -H 'Authorization: Client-ID {sandbox.client_id}' {key}"
                  f"{sandbox.url}/3/gallery/hot/viral/day/0")  # fmt: skip
            print("Ctrl-C ends it.")
            sys.stdout.flush()
            stop.wait()
        requests = plural(len(sandbox.requests), "request")
        print(f"\n{requests}, {plural(sandbox.spent, 'credit')}.")


def _clock(text: str | None) -> str | None:
    from imgurdata.sandbox.clock import parse_instant  # only where a sandbox is started

    try:
        parse_instant(text)
    except InvalidArgument:
        refuse("--clock", "a time such as 2026-03-01T18:00, of the years 1971 to 2999", text)
    return text


def _limits(text: str) -> dict[str, int]:
    limits = {}
    for part in filter(None, text.split(",")):
        name, _, number = part.partition("=")
        name = one_of("--limits", name.strip(), ("user", "client", "post", "requests"))
        limits[name] = as_int(f"--limits {name}", number.strip(), 0, 10**9, "from 0 up")
    return limits


def run_demo(out: Path) -> list[Path]:
    """Load, plan, revalidate and draw with an Imgur on this machine.

    Charts (PNG) and frames (Parquet) are written to a folder; their paths are returned.
    """
    out.mkdir(parents=True, exist_ok=True)
    sandbox = imd.sandbox.Sandbox(limits={"user": 100})
    with sandbox, imd.connect(sandbox=sandbox) as session:
        print(
            f"An Imgur on this machine: {sandbox.url}\n"
            "Its limit is 100 credits an hour here (Imgur's is 500), so that the chart of credits "
            "shows their use.\n"
        )
        gallery = _gallery()
        posts = _posts(sandbox)
        comments = _comments(gallery)
        accounts = imd.load_account(comments["author"].value_counts().head(5).index)
        print(f"Who says most of it:\n{table(accounts, terminal_width())}\n")
        # Some hours of work, so that the credits have a history.
        for pages in (9, 6, 3, 10, 4, 9, 3):
            imd.load_gallery("hot", pages=pages)
            sandbox.advance("24min")
        imd.load_gallery("hot", pages=6)
        print("Three hours of work went by (on the sandbox's clock).")
        history = session.credits.history()
        print(f"Credits: {session.credits!r}")
        print(
            f"  {plural(len(history), 'request')} in all; "
            f"{plural(int(history['cost'].sum()), 'credit')} spent\n"
        )
        frames = {
            "gallery": gallery,
            "posts": posts,
            "tags": imd.explode_tags(gallery),
            "comments": comments,
            "accounts": accounts,
            "credits": history,
        }
        return _write(out, frames)


def _gallery() -> pd.DataFrame:
    pull = imd.Pull("gallery", section="user", sort="time", pages=8, nested=True)
    print(f"What would it take?\n{pull.plan()}\n")
    gallery = pull.run()
    report = gallery.attrs["imgurdata"]
    print(f"{len(gallery)} posts, {report['credits_spent']} credits:")
    print(f"{table(gallery.head(6), terminal_width())}\n")
    again = pull.run().attrs["imgurdata"]
    print(f"The same again: {again['from_cache']} pages from the cache, "
        f"{again['credits_spent']} credits.\n")  # fmt: skip
    return gallery


def _posts(sandbox: Sandbox) -> pd.DataFrame:
    """Load old posts twice: they hardly change, which shows the use of ETags."""
    best = imd.load_gallery("top", window="all")
    old = best.sort_values("datetime").head(20)
    posts = imd.load_posts(old, nested=True)
    full = sum(row.bytes for row in sandbox.requests[-len(posts) :])
    sandbox.advance("15min")
    again = imd.load_posts(old, nested=True)
    report = again.attrs["imgurdata"]
    sent = sum(row.bytes for row in sandbox.requests[-report["requests"] :])
    print(
        f"A quarter of an hour later, {len(posts)} old posts asked again with their ETags:\n"
        f"  {report['revalidated']} unchanged (304), {report['changed']} changed; "
        f"{bytes_text(sent)} came instead of {bytes_text(full)}, "
        f"{report['credits_spent']} credits (a 304 costs one, too).\n"
    )
    return again


def _comments(gallery: pd.DataFrame) -> pd.DataFrame:
    """Load comments of the posts with the most comments."""
    comments = imd.load_comments(gallery.nlargest(15, "comment_count"))
    report = comments.attrs["imgurdata"]
    print(
        f"{plural(len(comments), 'comment')} of 15 posts, down to {comments['depth'].max()} levels "
        f"below the top, {int(comments['deleted'].sum())} deleted, {report['credits_spent']} "
        "credits:"
    )
    best = comments[comments["depth"] > 0].nlargest(4, "points")
    best.attrs = comments.attrs
    print(f"{table(best, terminal_width())}\n")
    return comments


def _write(out: Path, frames: dict[str, pd.DataFrame]) -> list[Path]:
    written = []
    for name, frame in frames.items():
        path = out / f"{name}.parquet"
        frame.to_parquet(path)
        written.append(path)
    gallery, comments, history = frames["gallery"], frames["comments"], frames["credits"]
    charts: dict[str, Callable[[Axes], Axes]] = {
        "gallery_trend": lambda ax: imd.plot.gallery_trend(gallery, freq="6h", ax=ax),
        "score_distribution": lambda ax: imd.plot.score_distribution(gallery, ax=ax),
        "comment_activity": lambda ax: imd.plot.comment_activity(comments, ax=ax),
        "comment_depth": lambda ax: imd.plot.comment_depth(comments, ax=ax),
        "credit_usage": lambda ax: imd.plot.credit_usage(history, ax=ax),
    }
    from matplotlib.figure import Figure  # unlike pyplot, opens no window

    for name, draw in charts.items():
        figure = Figure(figsize=(8, 4.5), layout="constrained")
        draw(figure.subplots())
        path = out / f"{name}.png"
        figure.savefig(path, dpi=130)
        written.append(path)
    print(f"{len(charts)} charts and {len(frames)} frames are in {out}:")
    for name in charts:
        print(f"  {name + '.png':<24}{_CHARTS[name]}")
    print(f"  {'*.parquet':<24}{', '.join(frames)}: for pandas.read_parquet\n")
    print(_next_steps(out))
    return written


def _next_steps(out: Path) -> str:
    """Return what to do after the demo, as commands that work where it was started."""
    scripts = Path(sys.executable).parent
    if shutil.which("imgurdata") == str(scripts / "imgurdata"):
        bin_ = ""
    else:
        here = Path.cwd()
        shown = scripts.relative_to(here) if scripts.is_relative_to(here) else scripts
        bin_ = f"{shown}{os.sep}"
    steps = [
        ("Look at", str(out / "score_distribution.png")),
        ("Ask in a terminal", f"{bin_}imgurdata gallery top --window week --sandbox"),
    ]
    if _TOUR.exists():  # the clone
        steps += [
            ("Take the tour", f'{bin_}pip install ".[notebook]" && {bin_}jupyter lab {_TOUR}'),
            ("Read", "docs/quickstart.md"),
        ]
    else:
        steps += [("Ask in Python", "imd.connect(sandbox=True); posts = imd.load_gallery()")]
    return "Where to go on:\n" + "\n".join(f"  {what:<19}{how}" for what, how in steps)
