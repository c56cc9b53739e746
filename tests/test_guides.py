"""Code of the guides that needs other people's clients, and dlt.

What is run elsewhere is left out there (`<!-- skip: next ... -->` before a block).
"""

from __future__ import annotations

import importlib
import re
import sys
import types
from pathlib import Path
from typing import Any

import pytest
import requests

import imgurdata as imd
from imgurdata.sandbox import Sandbox

DOCS = Path(__file__).resolve().parents[1] / "docs"


def pairs(title: str) -> list[tuple[str, str]]:
    """Return the blocks of a section that belong together: theirs and ours."""
    page = (DOCS / "coming-from.md").read_text(encoding="utf-8")
    section = page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```python\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert blocks
    return list(zip(blocks[::2], blocks[1::2], strict=True))


@pytest.fixture
def session(sandbox: Sandbox, connect) -> imd.ImgurSession:
    opened: imd.ImgurSession = connect(default=True)
    return opened


def run_pairs(title: str, session: imd.ImgurSession) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    sandbox = session.sandbox
    assert sandbox is not None
    theirs: dict[str, Any] = {
        "client_id": sandbox.client_id, "client_secret": sandbox.client_secret,
    }  # fmt: skip
    ours: dict[str, Any] = {"imd": imd}
    both = []
    for their_code, our_code in pairs(title):
        exec(compile(their_code, "coming-from.md", "exec"), theirs)  # the page's own code
        exec(compile(our_code, "coming-from.md", "exec"), ours)
        both.append((dict(theirs), dict(ours)))
    return both


def test_imgurpython_finds_the_same(session: imd.ImgurSession, monkeypatch) -> None:
    module = importlib.import_module("imgurpython.client")
    monkeypatch.setattr(module, "API_URL", session.sandbox.url + "/")
    lists, comments = run_pairs("imgurpython", session)
    assert lists[0]["posts"]["id"].tolist() == lists[1]["posts"]["id"].tolist()
    assert len(lists[1]["posts"]) == 120
    theirs, ours = comments[0]["comments"], comments[1]["comments"]
    assert theirs.to_numpy().tolist() == ours.to_numpy().tolist()
    assert len(ours)


def test_pyimgur_finds_the_same(session: imd.ImgurSession, monkeypatch) -> None:
    monkeypatch.setattr(importlib.import_module("pyimgur"), "IMGUR_BASE", session.sandbox.url)
    ((theirs, ours),) = run_pairs("PyImgur", session)
    assert theirs["posts"]["id"].tolist() == ours["posts"]["id"].tolist()
    assert set(theirs["comments"]["id"]) == set(ours["top_level"]["id"])
    assert len(ours["comments"]) >= len(ours["top_level"]) > 0


def on_sandbox(ask, session: imd.ImgurSession):
    """Let a function that asks Imgur's API ask the session's sandbox."""

    def asked(url: str, **options):
        return ask(url.replace("https://api.imgur.com", session.sandbox.url), **options)

    return asked


def test_gallery_dl_finds_the_same_files(session: imd.ImgurSession, tmp_path, monkeypatch) -> None:
    module = pytest.importorskip("gallery_dl.extractor.imgur")
    posts = imd.load_gallery("hot", session=session)
    album = posts[posts["is_album"] & posts["images_count"].between(4, 9)].iloc[0]
    extractor = module.ImgurAlbumExtractor.from_url(f"https://imgur.com/a/{album['id']}")
    extractor.initialize()
    monkeypatch.setattr(extractor, "request_json", on_sandbox(extractor.request_json, session))
    extractor.api.headers["Authorization"] = f"Client-ID {session.sandbox.client_id}"
    theirs = [media["id"] for media in extractor.api.album(album["id"])["media"]]
    ours = imd.download_images(f"https://imgur.com/a/{album['id']}", tmp_path, session=session)
    assert theirs == ours["id"].tolist()
    assert len(ours) == album["images_count"]


@pytest.mark.dlt
def test_dlt_with_frames_keeps_types(session: imd.ImgurSession, tmp_path, monkeypatch) -> None:
    import duckdb

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    monkeypatch.setattr(requests, "get", on_sandbox(requests.get, session))
    recipe = types.ModuleType("recipe")  # dlt looks for the module of a resource
    monkeypatch.setitem(sys.modules, "recipe", recipe)
    vars(recipe).update(imd=imd, client_id=session.sandbox.client_id)
    for code in (block for pair in pairs("dlt") for block in pair):
        exec(compile(code, "coming-from.md", "exec"), vars(recipe))  # the page's own code
    tables = {}
    for name in ("plain", "frames"):
        with duckdb.connect(f"{name}.duckdb") as connection:
            shown = connection.sql("select table_name from information_schema.tables").df()
            tables[name] = {one for one in shown["table_name"] if not one.startswith("_dlt")}
            kind = connection.sql("select typeof(datetime) from gallery.posts limit 1").df()
            assert kind.iloc[0, 0].startswith("BIGINT" if name == "plain" else "TIMESTAMP")
            assert len(connection.sql("select id from gallery.posts").df()) == 120
    assert tables["frames"] == {"posts"}
    assert {"posts", "posts__tags", "posts__images"} <= tables["plain"]
