"""What importing costs, in a fresh interpreter each."""

from __future__ import annotations

from benchmarks.import_cost import OURS, PARTS, cpu_seconds
from benchmarks.trial import Case, Trial

__all__ = ["ours", "parts"]


def ours(_: Case) -> Trial:
    """``import imgurdata``."""
    return _of(OURS)


def parts(_: Case) -> Trial:
    """The heavy libraries that it needs."""
    return _of(PARTS)


def _of(statement: str) -> Trial:
    cpu_seconds(statement)  # compiles the bytecode first
    return Trial(lambda: cpu_seconds(statement), lambda cpu: {"import_cpu": cpu})
