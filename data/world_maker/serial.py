"""From rows to the files of the world, the same bytes each time."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FORMAT = 1
LICENSE = "CC0-1.0"


def lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Write rows as compact JSON, one a line, keys in order."""
    return "".join(
        json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"
        for row in rows
    ).encode()


def squeeze(content: bytes) -> bytes:
    """Compress with gzip, without a time and a name in the header.

    ``GzipFile`` writes its header itself; ``gzip.compress`` leaves it to zlib, which writes the
    operating system into it.
    """
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=buffer, mtime=0) as file:
        file.write(content)
    return buffer.getvalue()


def pack(seed: int, tables: Mapping[str, list[dict[str, Any]]]) -> dict[str, bytes]:
    """Make the files of the world and their manifest.

    Parameters
    ----------
    seed : int
        Seed of the world.
    tables : mapping
        Name of each table to its rows.

    Returns
    -------
    dict
        File name to content. ``manifest.json`` counts the rows and has the SHA-256 of each
        file's uncompressed bytes.
    """
    contents = {f"{name}.jsonl.gz": lines(rows) for name, rows in tables.items()}
    manifest = {
        "format": FORMAT,
        "seed": seed,
        "license": LICENSE,
        "counts": {name: len(rows) for name, rows in tables.items()},
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
    }
    files = {name: squeeze(content) for name, content in contents.items()}
    files["manifest.json"] = (json.dumps(manifest, indent=2, sort_keys=True) + "\n").encode()
    return files


def unpack(content: bytes) -> list[dict[str, Any]]:
    """Read the rows of a compressed table."""
    return [json.loads(line) for line in gzip.decompress(content).splitlines()]
