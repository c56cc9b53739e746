"""Snapshots of a sandbox whose clock moves, and archives of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import imgurdata as imd
from imgurdata.sandbox import Sandbox

#: Rows of an archive come in this order, however they are stored.
ORDER = ["fetched_at", "listing", "rank", "id"]


@pytest.fixture(scope="session")
def snapshots() -> Iterator[list[pd.DataFrame]]:
    """Six snapshots of two pages, 5 hours apart, over two days."""
    with Sandbox() as sandbox, imd.connect(sandbox=sandbox, default=False) as session:
        frames = []
        for _ in range(6):
            frames.append(imd.load_gallery(pages=2, session=session))
            sandbox.advance("5h")
        yield frames


@pytest.fixture(scope="session")
def comments(snapshots: list[pd.DataFrame]) -> pd.DataFrame:
    with Sandbox() as sandbox, imd.connect(sandbox=sandbox, default=False) as session:
        return imd.load_comments(snapshots[0]["id"].iloc[:3], session=session)


@pytest.fixture
def archive(tmp_path: Path) -> imd.Archive:
    return imd.Archive(tmp_path / "archive")


@pytest.fixture(scope="session")
def stored(snapshots: list[pd.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an archive of the snapshots, which is copied for each test."""
    folder = tmp_path_factory.mktemp("stored") / "archive"
    archive = imd.Archive(folder)
    for frame in snapshots:
        archive.append(frame)
    return folder


@pytest.fixture
def filled(archive: imd.Archive, stored: Path) -> imd.Archive:
    shutil.copytree(stored, archive.url)
    return archive


@pytest.fixture(scope="session")
def expected(snapshots: list[pd.DataFrame]) -> pd.DataFrame:
    """All rows of the snapshots in an archive's order."""
    rows = pd.concat(snapshots, ignore_index=True)
    return rows.sort_values(ORDER, kind="stable", ignore_index=True)
