"""For pytest with nbval: what the notebooks need of the machine, and how they are compared."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest_plugins = ["parts"]

#: Parts of the machine that notebooks need. Without, they are left out, in one printed line.
NEEDS = {"07-at-scale.ipynb": "engines"}
HERE = Path(__file__).parent

# The kernels' bars: they show in slow runs only, so that outputs would differ.
os.environ["TQDM_DISABLE"] = "1"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the notebooks that need a part."""
    for item in items:
        if item.path.parent == HERE and (part := NEEDS.get(item.path.name)):
            item.add_marker(part)
