"""Tests that need a browser or a Redis are left out aloud, or required."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from parts import PARTS, REQUIRE, Part, line, required

SUPPORT = Path(__file__).parent / "support"
LACKS = [
    ({"a", "b"}, {"m"}, []),
    ({"a"}, {"m"}, ["the program b"]),
    (set(), set(), ["the program a", "the program b", "the module m"]),
]


def test_part_names_what_it_lacks(subtests) -> None:
    for programs, modules, lacks in LACKS:
        with subtests.test(lacks=lacks):
            part = Part(programs=("a", "b"), modules=("m",))
            assert part.lacks(programs.__contains__, modules.__contains__) == lacks


def test_required_parts_are_named() -> None:
    assert required("") == required(" , ") == set()
    assert required("redis, browser, engines, dlt, s3") == set(PARTS)
    with pytest.raises(ValueError, match="radis is none of browser, dlt, engines, redis"):
        required("radis")
    assert line({"redis": ["the program r"]}) == "redis (the program r)"


@pytest.mark.parametrize(
    ("require", "status", "words"),
    [
        ("", 0, ["1 passed, 1 deselected", "left out", "redis (the program redis-server"]),
        ("redis", 4, [REQUIRE, "missing here: redis (the program redis-server"]),
        ("radis", 4, ["radis is none of"]),
    ],
)
def test_run_without_redis(tmp_path: Path, require: str, status: int, words: list[str]) -> None:
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["parts"]\n')
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n  redis: r\n")
    (tmp_path / "test_it.py").write_text(
        "import pytest\n\ndef test_a(): pass\n\n@pytest.mark.redis\ndef test_b(): assert 0\n"
    )
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        env=os.environ
        | {"PATH": str(tmp_path), "PYTHONPATH": str(SUPPORT), REQUIRE: require}
        | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    assert run.returncode == status, run.stdout + run.stderr
    for word in words:
        assert word in run.stdout + run.stderr
