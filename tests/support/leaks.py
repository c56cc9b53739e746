"""Whether a secret can be found anywhere after a sign-in: one check for all the places."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pyarrow as pa
from notebook_pages import history_entries

if TYPE_CHECKING:
    from jupyter_servers import JupyterServer
    from tabs import Tabs

_ZSTD = b"\x28\xb5\x2f\xfd"
_SQLITE = b"SQLite format 3\x00"


def found(secrets: Mapping[str, str], places: Mapping[str, bytes]) -> dict[str, set[str]]:
    """By place, the secrets that are in it; places without any are left out."""
    seen = {
        place: {
            name
            for name, secret in secrets.items()
            if secret.encode() in content or quote(secret, safe="").encode() in content
        }
        for place, content in places.items()
    }
    return {place: names for place, names in seen.items() if names}


def places(server: JupyterServer, tabs: Tabs, *folders: Path) -> dict[str, bytes]:
    """Everything that was written down: by the server, its kernels, the session, the browser.

    Parameters
    ----------
    server
        All its files: notebooks, logs, history, checkpoints, settings, workspaces.
    tabs
        Their consoles, addresses, histories, cookies and stored data.
    folders
        Others with files, such as a session's home.
    """
    written = {
        "the console": "\n".join(tabs.console).encode(),
        "the browser's storage": json.dumps(tabs.context.storage_state(indexed_db=True)).encode(),
    }
    for number, tab in enumerate(tabs.context.pages):
        seen = [tab.url, tab.title(), *map(json.dumps, history_entries(tab))]
        written[f"tab {number}'s addresses"] = "\n".join(seen).encode()
    return written | written_in(server.folder, *folders)


def written_in(*folders: Path) -> dict[str, bytes]:
    """All files of some folders; what is packed in them is unpacked."""
    return {
        f"{folder.name}/{path.relative_to(folder)}": b"\n".join(_layers(path))
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _layers(path: Path) -> Iterator[bytes]:
    """A file as it is, and what is packed in it: a token may hide in a compressed answer."""
    raw = path.read_bytes()
    yield raw
    if raw.startswith(_SQLITE):
        # With the connection that reads, so is what is still in the write-ahead log.
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as base:
            tables = base.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (table,) in tables:
                for row in base.execute(f'SELECT * FROM "{table}"'):
                    yield from map(_unpacked, row)


def _unpacked(cell: object) -> bytes:
    if not isinstance(cell, bytes):
        return str(cell).encode()
    if not cell.startswith(_ZSTD):
        return cell
    with pa.CompressedInputStream(io.BytesIO(cell), "zstd") as stream:
        return bytes(stream.read())
