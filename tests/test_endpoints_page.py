"""docs/endpoints.md is what the command makes, and names every endpoint of the API reference."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import pytest

import imgurdata as imd
from imgurdata.endpoints import ENDPOINTS
from imgurdata.sandbox.routes import ROUTES, find_route

DOCS = Path(__file__).resolve().parents[1] / "docs"


@pytest.fixture(scope="module")
def made() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_endpoints", DOCS / "make_endpoints.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_page_is_up_to_date(made: ModuleType) -> None:
    assert (DOCS / "endpoints.md").read_text() == made.page(), "run python docs/make_endpoints.py"


def test_page_names_every_endpoint_once(made: ModuleType) -> None:
    numbers = [row.number for row in made.rows()]
    known = {route.reference for route in ROUTES if route.reference} | {"O1", "O2", "O3", "O4"}
    assert len(numbers) == len(set(numbers)) == 72 + 34
    assert set(numbers) == known


def test_paths_of_the_page_are_those_of_the_sandbox(made: ModuleType) -> None:
    for row in made.rows():
        if row.path.startswith("/oauth2/"):
            continue
        segments = tuple(part for part in row.sample.split("/") if part)
        requests = cast("Any", SimpleNamespace(method=row.method, segments=segments, query={}))
        route, _ = find_route(requests)
        assert route.method == row.method
        # Another form of the same endpoint has no number of its own.
        assert route.reference in {row.number, ""}, row


def test_page_names_every_loader_with_its_state(made: ModuleType) -> None:
    loaders = {}
    for row in made.rows():
        assert row.state in {"current", "legacy", "dead"}
        assert row.cost == (0 if "oauth2" in row.path else 10 if row.number == "W1" else 1)
        if row.endpoint is not None:
            loaders[row.endpoint.name] = row.endpoint
            assert callable(getattr(imd, row.endpoint.loader_name))
            if row.endpoint.legacy_note:
                assert row.state == "legacy"
            assert row.state != "dead"
    assert loaders == ENDPOINTS
