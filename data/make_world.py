"""Make the sample world that the sandbox serves.

Run ``python data/make_world.py`` to write ``data/world``, with ``--describe`` to print its
distributions instead. Only the standard library is needed, and the same seed gives the same
bytes each time.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from world_maker.albums import make_albums
from world_maker.comments import make_comments, settle_totals
from world_maker.describe import statistics_of
from world_maker.describe_talk import kept_of, talk_of
from world_maker.labels import make_tags
from world_maker.people import make_people
from world_maker.posts import make_posts
from world_maker.serial import pack, unpack
from world_maker.trophies import make_trophies

if TYPE_CHECKING:
    from collections.abc import Sequence

WORLD = Path(__file__).resolve().parent / "world"


def build(seed: int = 0) -> dict[str, bytes]:
    """Build the world.

    Parameters
    ----------
    seed : int
        Seed of all chance in it. The world that comes with imgurdata has seed 0.

    Returns
    -------
    dict
        File name to content: the tables as gzipped JSON lines, and ``manifest.json``.

    Examples
    --------
    >>> files = build(0)
    >>> sorted(name for name in files if name.startswith("a"))
    ['accounts.jsonl.gz', 'albums.jsonl.gz']
    """
    people = make_people(seed)
    posts = make_posts(seed, people)
    sizes = settle_totals(seed, posts)
    comments = make_comments(seed, people, posts, sizes)
    taken = {post["id"] for post in posts}
    taken.update(picture["id"] for post in posts for picture in post["images"])
    tables = {
        "accounts": [person.row for person in people],
        "tags": make_tags(seed),
        "posts": posts,
        "comments": comments,
        "trophies": make_trophies(seed, people, posts, comments),
        "albums": make_albums(seed, people, taken),
    }
    return pack(seed, tables)


def describe(seed: int = 0) -> list[tuple[str, str]]:
    """Measure a world as README.md tells it.

    Parameters
    ----------
    seed : int
        Seed of the world.

    Returns
    -------
    list of tuple
        Statistic and value, both as text.
    """
    files = build(seed)
    names = ("posts", "comments", "trophies", "albums")
    posts, comments, trophies, albums = (unpack(files[f"{name}.jsonl.gz"]) for name in names)
    return [*statistics_of(posts), *talk_of(posts, comments), *kept_of(trophies, albums)]


def write(folder: Path, files: dict[str, bytes]) -> None:
    """Write the files of a world into a folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the script.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line without the program's name.
    """
    parser = argparse.ArgumentParser(description="Make the sample world that the sandbox serves.")
    parser.add_argument("--out", type=Path, default=WORLD, help="folder to write to")
    parser.add_argument("--seed", type=int, default=0, help="seed of all chance in the world")
    parser.add_argument(
        "--describe", action="store_true", help="print the world's distributions and write nothing"
    )
    options = parser.parse_args(arguments)
    if options.describe:
        for name, value in describe(options.seed):
            print(f"{name} | {value}")
        return
    files = build(options.seed)
    write(options.out, files)
    print(f"{options.out}: {sum(len(content) for content in files.values()):,} bytes")


if __name__ == "__main__":
    main()
