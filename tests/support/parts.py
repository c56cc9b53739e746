"""Parts of the machine that some tests need: a browser, a Redis server.

A test marked with a part's name is left out where the part is not there, and one printed line says
so. ``IMGURDATA_REQUIRE=browser,redis`` makes a missing one an error instead: CI has them all.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.util import find_spec

import pytest

REQUIRE = "IMGURDATA_REQUIRE"


@dataclass(frozen=True)
class Part:
    """What a part is made of: programs on the path, and modules of this Python."""

    programs: tuple[str, ...]
    modules: tuple[str, ...]

    def lacks(
        self,
        which: Callable[[str], object] = shutil.which,
        find: Callable[[str], object] = find_spec,
    ) -> list[str]:
        """What of it is not there."""
        programs = [f"the program {name}" for name in self.programs if not which(name)]
        return programs + [f"the module {name}" for name in self.modules if not find(name)]


PARTS = {
    "browser": Part(
        programs=("chromium",),
        modules=("playwright", "jupyterlab", "notebook", "voila", "jupyter_server_proxy"),
    ),
    "dlt": Part(programs=(), modules=("dlt", "duckdb")),
    "engines": Part(programs=(), modules=("dask", "distributed", "duckdb", "fsspec", "polars")),
    "redis": Part(programs=("redis-server",), modules=("redis",)),
    "s3": Part(programs=(), modules=("boto3", "duckdb", "dask", "flask_cors", "moto", "s3fs")),
}


def required(text: str, known: Iterable[str] = PARTS) -> set[str]:
    """The parts that must be there.

    Raises
    ------
    ValueError
        A name that no part has: a misspelt one would require nothing.
    """
    names = {name.strip() for name in text.split(",") if name.strip()}
    if unknown := names - set(known):
        raise ValueError(f"{REQUIRE}: {', '.join(sorted(unknown))} is none of {', '.join(known)}")
    return names


def line(missing: dict[str, list[str]]) -> str:
    """What is missing, in one line."""
    return "; ".join(f"{name} ({', '.join(lacks)})" for name, lacks in missing.items())


def pytest_configure(config: pytest.Config) -> None:
    """Look for the parts; refuse to run where a required one is missing."""
    missing = {name: lacks for name, part in PARTS.items() if (lacks := part.lacks())}
    try:
        wanted = required(os.environ.get(REQUIRE, ""))
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None
    if failing := {name: lacks for name, lacks in missing.items() if name in wanted}:
        raise pytest.UsageError(f"{REQUIRE} asks for what is missing here: {line(failing)}")
    config.stash[_MISSING] = missing


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests of parts that are missing."""
    missing = config.stash[_MISSING]
    out = {
        item: names
        for item in items
        if (names := [name for name in missing if item.get_closest_marker(name)])
    }
    if out:
        config.hook.pytest_deselected(items=list(out))
        items[:] = [item for item in items if item not in out]
    config.stash[_LEFT_OUT] = {name for names in out.values() for name in names}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out."""
    stash = terminalreporter.config.stash
    missing = stash[_MISSING]
    # Where xdist's workers collect, this process has not seen the tests: all parts are named.
    left_out = stash.get(_LEFT_OUT, set(missing))
    if missing := {name: lacks for name, lacks in missing.items() if name in left_out}:
        terminalreporter.write_line(f"tests left out, since their part is missing: {line(missing)}")


_MISSING = pytest.StashKey[dict[str, list[str]]]()
_LEFT_OUT = pytest.StashKey[set[str]]()
