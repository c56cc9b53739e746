"""A host of pictures, and sessions that ask it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from file_hosts import FileHost

import imgurdata as imd


@pytest.fixture
def asking(host: FileHost, connect: Callable[..., imd.ImgurSession]) -> imd.ImgurSession:
    """A signed-in session whose Imgur is the host."""
    return connect(client_id="0123456789abcde", token="t" * 40, base_url=host.url, timeout=5)


@pytest.fixture
def into(tmp_path: Path) -> Path:
    """An empty folder."""
    folder = tmp_path / "files"
    folder.mkdir()
    return folder
