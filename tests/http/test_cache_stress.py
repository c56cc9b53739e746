"""Threads and processes on one cache file; ``python -m benchmarks.stress`` is the long one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

_STRESS = Path(__file__).parents[2] / "benchmarks" / "stress.py"


@pytest.mark.decision("threads")
def test_8_threads_in_each_of_2_processes_get_right_answers_only() -> None:
    script = (
        f"import sys, json; sys.path.insert(0, {str(_STRESS.parent)!r}); import stress; "
        "print(json.dumps(stress.stress(1600, threads=8, processes=2, timeout=90)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True, timeout=110
    )
    assert done.returncode == 0, done.stderr
    payload = json.loads(done.stdout)
    payload.pop("seconds")
    assert payload == {"right": 1600}
    assert "could not be kept" not in done.stderr
