"""The world of the checkout, read once, and the script that makes it."""

from __future__ import annotations

import gzip
import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    Row = dict[str, Any]

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture(scope="session")
def scripts_on_path() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(DATA))
        yield


@pytest.fixture(scope="session")
def maker(scripts_on_path: None) -> ModuleType:
    return importlib.import_module("make_world")


@pytest.fixture(scope="session")
def unpack() -> Callable[[bytes], list[Row]]:
    """Read the rows of a compressed table."""

    def read(content: bytes) -> list[Row]:
        return [json.loads(line) for line in gzip.decompress(content).splitlines()]

    return read


@pytest.fixture(scope="session")
def tables(unpack: Callable[[bytes], list[Row]]) -> dict[str, list[Row]]:
    paths = (DATA / "world").glob("*.jsonl.gz")
    return {path.name.removesuffix(".jsonl.gz"): unpack(path.read_bytes()) for path in paths}


@pytest.fixture(scope="session")
def accounts(tables: dict[str, list[Row]]) -> list[Row]:
    return tables["accounts"]


@pytest.fixture(scope="session")
def tags(tables: dict[str, list[Row]]) -> list[Row]:
    return tables["tags"]


@pytest.fixture(scope="session")
def posts(tables: dict[str, list[Row]]) -> list[Row]:
    return tables["posts"]


@pytest.fixture(scope="session")
def comments(tables: dict[str, list[Row]]) -> list[Row]:
    return tables["comments"]


@pytest.fixture(scope="session")
def trophies(tables: dict[str, list[Row]]) -> list[Row]:
    return tables["trophies"]


@pytest.fixture(scope="session")
def albums(tables: dict[str, list[Row]]) -> list[Row]:
    return tables["albums"]


@pytest.fixture(scope="session")
def images(posts: list[Row]) -> list[Row]:
    return [image for post in posts for image in post["images"]]
