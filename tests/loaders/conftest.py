"""A sandbox per module where only reading is done, and sessions on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import imgurdata as imd
from imgurdata.sandbox import Sandbox


@pytest.fixture(scope="module")
def standing() -> Iterator[Sandbox]:
    """One whose clock nobody moves."""
    with Sandbox(limits={"user": 100_000, "client": 100_000}) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Callable[..., imd.ImgurSession]]:
    opened: list[imd.ImgurSession] = []

    def make(sandbox: Sandbox, **options: Any) -> imd.ImgurSession:
        given = {"cache": tmp_path / "answers.sqlite", "default": False, **options}
        opened.append(imd.connect(sandbox=sandbox, **given))
        return opened[-1]

    yield make
    for session in opened:
        session.close()
