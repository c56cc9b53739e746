"""Make the sample world that the sandbox serves.

Run ``python data/make_world.py`` to write ``data/world``. Only the standard library is needed, and
the same seed gives the same bytes each time.
"""

import argparse
import gzip
import hashlib
import io
import json
from collections.abc import Sequence
from pathlib import Path

from world_maker import legacy, unlisted
from world_maker.comments import make_comments, settle_totals
from world_maker.people import make_people
from world_maker.posts import make_posts
from world_maker.tags import make_tags
from world_maker.trophies import make_trophies
from world_maker.words import LEGACY

WORLD = Path(__file__).resolve().parent / "world"


def build(seed: int = 0) -> dict[str, bytes]:
    """Build the files of a world.

    Parameters
    ----------
    seed : int
        Seed of all random numbers. The world that comes with imgurdata has seed 0.

    Returns
    -------
    dict
        File name to content: the tables as gzipped JSON lines, and ``manifest.json`` with the
        number of their rows and the SHA-256 of their uncompressed bytes.
    """
    people, taken = make_people(seed), set[str]()
    posts = make_posts(seed, people, taken)
    comments = list(make_comments(seed, people, posts, settle_totals(seed, posts)))
    tables = {
        "accounts": [person.row for person in people],
        "tags": make_tags(seed),
        "posts": posts,
        "comments": comments,
        "trophies": make_trophies(seed, people, posts, comments),
        "albums": list(unlisted.make_albums(seed, people, taken)),
        "forums": unlisted.make_forums(seed, taken),
        "memes": list(legacy.make_memes(seed, taken)),
        "topics": LEGACY["topics"],
        "folders": legacy.make_folders(seed, people),
        "conversations": legacy.make_conversations(seed, people),
        "guests": unlisted.make_guests(seed, taken),
    }
    encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
    contents = {
        f"{name}.jsonl.gz": "".join(f"{encode(row)}\n" for row in rows).encode()
        for name, rows in tables.items()
    }
    manifest = {
        "format": 1,
        "seed": seed,
        "license": "CC0-1.0",
        "counts": {name: len(rows) for name, rows in tables.items()},
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
    }
    files = {name: _compress(content) for name, content in contents.items()}
    files["manifest.json"] = f"{json.dumps(manifest, indent=2, sort_keys=True)}\n".encode()
    return files


def _compress(content: bytes) -> bytes:
    """Compress with gzip, without a time and a name in the header."""
    buffer = io.BytesIO()
    # gzip.compress uses the header of zlib, which contains the operating system.
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=buffer, mtime=0) as file:
        file.write(content)
    return buffer.getvalue()


def main(arguments: Sequence[str] | None = None) -> None:
    """Write a world, with these arguments or those of the command line."""
    parser = argparse.ArgumentParser(description="Make the sample world that the sandbox serves.")
    parser.add_argument("--out", type=Path, default=WORLD, help="folder to write to")
    parser.add_argument("--seed", type=int, default=0, help="seed of all random numbers")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    files = build(options.seed)
    for name, content in files.items():
        (options.out / name).write_bytes(content)
    print(f"{options.out}: {sum(map(len, files.values())):,} bytes")


if __name__ == "__main__":
    main()
