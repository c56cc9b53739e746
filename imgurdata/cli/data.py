"""Commands that load a frame of posts, comments, accounts or credits."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

import imgurdata as imd
from imgurdata._format import clock_time, duration_text
from imgurdata.cli.options import CONNECTION, OUTPUT, Commands, OneOf, Parser, add_command, as_int
from imgurdata.cli.run import run_pull
from imgurdata.endpoints import LOADS
from imgurdata.errors import InvalidArgument

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["add_commands"]

_LISTS = ("base", "submissions", "comments", "albums", "counts")
#: Options of a search by the argument that each is.
_SEARCH = {
    "q_all": ("--all", "WORDS", "all of these words"),
    "q_any": ("--any", "WORDS", "any of these words"),
    "q_exactly": ("--exactly", "WORDS", "exactly this phrase"),
    "q_not": ("--not", "WORDS", "none of these words"),
    "q_type": ("--type", "TYPE", "kind of picture"),
    "q_size_px": ("--size", "SIZE", "size of picture"),
}


def add_commands(commands: Commands[Parser]) -> None:
    """Add the commands of this module."""
    parents = OUTPUT, CONNECTION
    gallery = add_command(
        commands, "gallery", "Load posts of the gallery", _gallery, *parents,
        usage="[SECTION] [SORT]",
        more="A page has 60 posts and costs one credit, or none while it is cached.",
        examples="""
            imgurdata gallery --sandbox
            imgurdata gallery top --window week --pages 3 -o posts.parquet
        """,
    )  # fmt: skip
    params = LOADS["gallery"].by_name
    for name in ("section", "sort"):
        param = params[name]
        gallery.add_argument(
            name, nargs="?", default=param.default, metavar=name.upper(),
            action=OneOf, words=param.allowed,
            help=f"{', '.join(param.allowed)} ({param.default})",
        )  # fmt: skip
    _add_list_options(gallery, "gallery", sort=False)
    text = "ask for mature posts, too"
    gallery.add_argument("--mature", action="store_true", default=None, help=text)

    search = add_command(
        commands, "search", "Search the posts of the gallery", _search, *parents,
        usage="[QUERY ...]",
        more="Give words, or the fields of Imgur's advanced search.",
        examples="""
            imgurdata search black cats --sort top --window all --pages all -o cats.csv
            imgurdata search --any "cat dog" --type gif -o moving.jsonl
        """,
    )  # fmt: skip
    search.add_argument(
        "query", nargs="*", metavar="QUERY", help="words to find, or else the options below"
    )
    fields = LOADS["search_gallery"].by_name
    for name, (option, metavar, meaning) in _SEARCH.items():
        words = fields[name].allowed
        search.add_argument(
            option, dest=name, metavar=metavar, action=OneOf, words=words,
            help=f"{meaning}{': ' * bool(words)}{', '.join(words)}",
        )  # fmt: skip
    _add_list_options(search, "search_gallery")

    tag = add_command(
        commands, "tag", "Load posts with a tag", _tag, *parents,
        usage="NAME",
        examples="""
            imgurdata tag cats --nested -o cats.parquet
            imgurdata tag cats --format jsonl | jq -r .title
        """,
    )  # fmt: skip
    tag.add_argument("tag", metavar="NAME", help="name of the tag")
    _add_list_options(tag, "tag")

    subreddit = add_command(
        commands, "subreddit", "Load posts of a subreddit", _subreddit, *parents,
        usage="NAME",
        examples="imgurdata subreddit aww --sort top --window month -o aww.csv",
    )  # fmt: skip
    subreddit.add_argument("subreddit", metavar="NAME", help="name of the subreddit, without r/")
    _add_list_options(subreddit, "subreddit")

    comments = add_command(
        commands, "comments", "Load comments of posts", _comments, *parents,
        usage="ID ...",
        more="Each post costs one credit; replies are rows of their own.",
        examples="""
            imgurdata comments 2YxRdEi -o comments.json
            imgurdata comments https://imgur.com/gallery/words-3ZyQeFj -o c.csv
        """,
    )  # fmt: skip
    comments.add_argument("ids", nargs="+", metavar="ID", help="id or link of a post")
    sorts = LOADS["comments"].by_name["sort"].allowed
    comments.add_argument(
        "--sort", default="best", metavar="SORT", action=OneOf, words=sorts,
        help=f"{', '.join(sorts)} (%(default)s)",
    )  # fmt: skip

    account = add_command(
        commands, "account", "Load accounts, or lists and counts of theirs", _account, *parents,
        usage="NAME ...",
        more="Your own is 'me', with --account and after 'imgurdata sign-in'.",
        examples="""
            imgurdata account isotope89 --sandbox
            imgurdata account somebody --what submissions --pages all -o theirs.csv
        """,
    )  # fmt: skip
    account.add_argument(
        "usernames", nargs="+", metavar="NAME", help="user name, or link of an account"
    )
    account.add_argument(
        "--what", default="base", metavar="LIST", action=OneOf, words=_LISTS,
        help=f"{', '.join(_LISTS)}; counts for one account only (%(default)s)",
    )  # fmt: skip
    account.add_argument("--pages", help="pages of a list: how many, or all (1)")

    add_command(
        commands, "credits", "Ask Imgur how many credits are left", _credits, *parents,
        more="To ask costs one credit, too.",
        examples="imgurdata credits",
    )  # fmt: skip


def _add_list_options(parser: Parser, load: str, *, sort: bool = True) -> None:
    """Add the options of a list of posts."""
    params = LOADS[load].by_name
    if sort:
        sorts = params["sort"].allowed
        text = f"{', '.join(sorts)} ({params['sort'].default})"
        parser.add_argument("--sort", metavar="SORT", action=OneOf, words=sorts, help=text)
    windows = params["window"].allowed
    ((needs, value),) = params["window"].applies_when.values()
    text = f"{', '.join(windows)}; for {needs} {value}"
    parser.add_argument("--window", metavar="WINDOW", action=OneOf, words=windows, help=text)
    parser.add_argument("--pages", default="1", help="how many pages, or all (%(default)s)")
    text = "add columns of JSON that hold images and tags"
    parser.add_argument("--nested", action="store_true", default=None, help=text)


def _gallery(options: argparse.Namespace) -> int:
    return _list(options, "gallery", section=options.section, mature=options.mature)


def _search(options: argparse.Namespace) -> int:
    fields = {name: getattr(options, name) for name in _SEARCH}
    query = " ".join(options.query) or None
    return _list(options, "search_gallery", query=query, **fields)


def _tag(options: argparse.Namespace) -> int:
    return _list(options, "tag", tag=options.tag)


def _subreddit(options: argparse.Namespace) -> int:
    return _list(options, "subreddit", subreddit=options.subreddit)


def _list(options: argparse.Namespace, load: str, **params: Any) -> int:
    """Run the pull of a list of posts."""
    params |= {name: getattr(options, name) for name in ("sort", "window", "nested")}
    return run_pull(imd.Pull(load, **params, pages=_pages(options.pages)), options)


def _comments(options: argparse.Namespace) -> int:
    return run_pull(imd.Pull("comments", ids=options.ids, sort=options.sort), options)


def _account(options: argparse.Namespace) -> int:
    kind, names = options.what, options.usernames
    if kind in {"base", "counts"} and options.pages is not None:
        raise InvalidArgument(f"--pages is for lists (--what {', '.join(_LISTS[1:-1])}).")
    if kind == "base":
        return run_pull(imd.Pull("account", usernames=names), options)
    if kind == "counts":
        if len(names) > 1:
            raise InvalidArgument(f"--what counts is of one account; {len(names)} are named.")
        return run_pull(imd.Pull("account_counts", username=names[0]), options)
    username = names if len(names) > 1 else names[0]
    pages = 1 if options.pages is None else _pages(options.pages)
    pull = imd.Pull(f"account_{kind}", username=username, pages=pages)
    return run_pull(pull, options)


def _credits(options: argparse.Namespace) -> int:
    return run_pull(imd.Pull("credits"), options, _credits_text)


def _pages(text: str) -> int | None:
    return None if text == "all" else as_int("--pages", text, 1, 10**9, "from 1, or all")


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
            text = f"{value:%Y-%m-%d %H:%M} UTC" if name == "fetched_at" else str(value)
        lines[str(name)] = text
    widest = max(map(len, lines))
    return "\n".join(f"{name:{widest}}  {text}" for name, text in lines.items())
