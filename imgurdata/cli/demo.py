"""The tour of ``imgurdata demo``, on a sandbox."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

import imgurdata as imd
from imgurdata._format import plural
from imgurdata.cli.terminal import table
from imgurdata.sandbox import Sandbox

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["run_demo"]

Print = Callable[[str], object]


def run_demo(out: Path, say: Print = print) -> list[Path]:
    """Load, plan, revalidate and draw with an Imgur on this machine.

    Parameters
    ----------
    out : Path
        Folder for the charts (PNG) and frames (Parquet); created if needed.
    say : callable
        Prints a line.

    Returns
    -------
    list of Path
        Paths of the written files.
    """
    out.mkdir(parents=True, exist_ok=True)
    # A fifth of Imgur's 500 credits an hour, so that the chart of credits shows their use.
    sandbox = Sandbox(limits={"user": 100})
    with sandbox, imd.connect(sandbox=sandbox) as session:
        say(f"An Imgur on this machine: {sandbox.url}\n")
        gallery = _gallery(say)
        posts = _posts(sandbox, say)
        comments = _comments(gallery, say)
        accounts = _accounts(comments, say)
        tags = imd.explode_tags(gallery)
        _some_hours(sandbox, say)
        history = session.credits.history()
        say(f"Credits: {session.credits!r}")
        say(
            f"  {plural(len(history), 'request')} in all; "
            f"{plural(int(history['cost'].sum()), 'credit')} spent\n"
        )
        frames = {
            "gallery": gallery,
            "posts": posts,
            "tags": tags,
            "comments": comments,
            "accounts": accounts,
            "credits": history,
        }
        return _write(out, frames, say)


def _gallery(say: Print) -> pd.DataFrame:
    pull = imd.Pull("gallery", section="user", sort="time", pages=8, nested=True)
    say(f"What would it take?\n{pull.plan()}\n")
    gallery = pull.run()
    report = gallery.attrs["imgurdata"]
    say(f"{len(gallery)} posts, {report['credits_spent']} credits:\n{table(gallery.head(6))}\n")
    again = pull.run().attrs["imgurdata"]
    say(f"The same again: {again['from_cache']} pages from the cache, "
        f"{again['credits_spent']} credits.\n")  # fmt: skip
    return gallery


def _posts(sandbox: Sandbox, say: Print) -> pd.DataFrame:
    """Load old posts twice: they hardly change, which shows the use of ETags."""
    best = imd.load_gallery("top", window="all")
    old = best.sort_values("datetime").head(20)
    posts = imd.load_posts(old, nested=True)
    full = sum(row.bytes for row in sandbox.requests[-len(posts) :])
    sandbox.advance("15min")
    again = imd.load_posts(old, nested=True)
    report = again.attrs["imgurdata"]
    sent = sum(row.bytes for row in sandbox.requests[-report["requests"] :])
    say(
        f"A quarter of an hour later, {len(posts)} old posts asked again with their ETags:\n"
        f"  {report['revalidated']} unchanged (304), {report['changed']} changed; "
        f"{sent / 1000:,.0f} kB came instead of {full / 1000:,.0f} kB, "
        f"{report['credits_spent']} credits (a 304 costs one, too).\n"
    )
    return again


def _comments(gallery: pd.DataFrame, say: Print) -> pd.DataFrame:
    """Load comments of the posts with the most comments."""
    comments = imd.load_comments(gallery.nlargest(15, "comment_count"))
    report = comments.attrs["imgurdata"]
    say(
        f"{plural(len(comments), 'comment')} of 15 posts, down to {comments['depth'].max()} levels "
        f"below the top, {int(comments['deleted'].sum())} deleted, {report['credits_spent']} "
        "credits:"
    )
    best = comments[comments["depth"] > 0].nlargest(4, "points")
    best.attrs = comments.attrs
    say(f"{table(best)}\n")
    return comments


def _accounts(comments: pd.DataFrame, say: Print) -> pd.DataFrame:
    """Load the accounts with the most comments."""
    busiest = comments["author"].value_counts().head(5)
    accounts = imd.load_account(busiest.index)
    say(f"Who says most of it:\n{table(accounts)}\n")
    return accounts


def _some_hours(sandbox: Sandbox, say: Print) -> None:
    """Load pages over some hours, so that the credits have a history."""
    for pages in (9, 6, 3, 10, 4, 9, 3):
        imd.load_gallery("hot", pages=pages)
        sandbox.advance("24min")
    imd.load_gallery("hot", pages=6)
    say("Three hours of work went by (on the sandbox's clock).")


def _write(out: Path, frames: dict[str, pd.DataFrame], say: Print) -> list[Path]:
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
    for path in written:
        say(f"  wrote {path}")
    return written
