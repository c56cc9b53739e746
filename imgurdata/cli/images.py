"""Command ``images``: download the files behind posts and images."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import imgurdata as imd
from imgurdata._format import bytes_text, plural
from imgurdata._validate import refuse
from imgurdata.cli.options import CONNECTION, OUTPUT, Commands, OneOf, Parser, add_command, as_int
from imgurdata.cli.output import FORMATS
from imgurdata.cli.run import head, run
from imgurdata.errors import InvalidArgument
from imgurdata.files.kinds import SIZES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["add_commands"]

#: Columns that tell which files stand behind a row; others are not read.
_COLUMNS = (
    "id", "post_id", "parent_id", "is_album", "cover", "type", "media_type", "link", "images_json",
    "images_count",
)  # fmt: skip


def add_commands(commands: Commands[Parser]) -> None:
    """Add the command of this module."""
    images = add_command(
        commands, "images", "Download the files behind posts and images", _images,
        OUTPUT, CONNECTION,
        usage="[ID ...] [--from FILE]",
        more="What is in the folder already is not asked for again. One row is a file.",
        examples="""
            imgurdata images --from cats.parquet --to pictures -o files.csv
            imgurdata images https://imgur.com/a/3ZyQeFj --size m
        """,
    )  # fmt: skip
    images.add_argument(
        "ids", nargs="*", metavar="ID",
        help="id or link of a post, an album or an image; an id costs a credit or two",
    )  # fmt: skip
    images.add_argument(
        "--from", dest="source", type=Path, metavar="FILE",
        help="posts or images that another command wrote (-o FILE), which costs nothing",
    )  # fmt: skip
    images.add_argument(
        "--to", default="imgurdata-images", metavar="DIR", help="folder of the files (%(default)s)"
    )
    text = "get thumbnails: 90 (s) or 160 (b) pixels square, 160 (t), 320 (m), 640 (l), 1024 (h)"
    images.add_argument("--size", metavar="SIZE", action=OneOf, words=SIZES, help=text)
    images.add_argument("--workers", default="8", help="files under way at once (%(default)s)")
    text = "download again what is there"
    images.add_argument("--overwrite", action="store_true", help=text)


def _images(options: argparse.Namespace) -> int:
    if bool(options.ids) == (options.source is not None):
        raise InvalidArgument("images needs ids or links, or --from FILE; give one of them.")
    workers = as_int("--workers", options.workers, 1, 32, "from 1 to 32")
    source = options.ids or _read(options.source)

    def load(session: imd.ImgurSession) -> pd.DataFrame:
        return imd.download_images(
            source,
            options.to,
            size=options.size,
            workers=workers,
            overwrite=options.overwrite,
            session=session,
            progress=False if options.quiet else None,
        )

    return run(load, _text, options)


def _text(files: pd.DataFrame) -> str:
    counts = ", ".join(
        f"{count:,} {name}" for name, count in files["status"].value_counts().items()
    )
    if not counts:
        return "no files"
    size = bytes_text(int(files["bytes"].sum()))
    return f"{head(files)}\n{plural(len(files), 'file')} ({counts}), {size}"


def _read(path: Path) -> pd.DataFrame:
    """Return what tells files of a frame that a command has written."""
    import pandas as pd

    ending = path.suffix.lower().removeprefix(".")
    allowed = f"a file of rows that ends in {', '.join(f'.{name}' for name in FORMATS)}"
    if ending not in FORMATS:
        refuse("--from", allowed, str(path))
    try:
        if ending == "parquet":
            frame = pd.read_parquet(path)
        elif ending == "csv":
            # As text: an id of digits alone is no number.
            frame = pd.read_csv(path, dtype="str", usecols=lambda name: name in _COLUMNS)
        else:
            text = path.read_text(encoding="utf-8")
            rows: Any = [json.loads(line) for line in text.splitlines()]
            frame = pd.DataFrame.from_records(rows if ending == "jsonl" else json.loads(text))
        if ending == "csv" and "is_album" in frame:
            frame["is_album"] = frame["is_album"].map({"True": True, "False": False})
        if ending == "csv" and "images_count" in frame:
            frame["images_count"] = pd.to_numeric(frame["images_count"]).astype("Int64")
    except OSError as error:
        refuse(
            "--from", f"{allowed} and can be read ({error.strerror or 'no such rows'})", str(path)
        )
    except (ValueError, TypeError, AttributeError, RecursionError):
        refuse("--from", f"{allowed}, as the other commands write it", str(path))
    if "id" not in frame and "post_id" not in frame:
        refuse("--from", f"{allowed} and has a column id", str(path))
    return frame[[name for name in _COLUMNS if name in frame]]
