"""Threads and processes on one cache file; ``python -m benchmarks.stress`` is the long one."""

from __future__ import annotations

import pytest

from benchmarks.stress import stress


@pytest.mark.decision("threads")
def test_8_threads_in_each_of_2_processes_get_right_answers_only(
    capfd: pytest.CaptureFixture[str],
) -> None:
    payload = stress(1600, threads=8, processes=2, timeout=90)
    payload.pop("seconds")
    assert payload == {"right": 1600}
    assert "could not be kept" not in capfd.readouterr().err
