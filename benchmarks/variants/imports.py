"""What importing costs, in a fresh interpreter each."""

from __future__ import annotations

import statistics

from benchmarks.import_cost import OURS, PARTS, cpu_seconds
from benchmarks.trial import Case, Trial

__all__ = ["help_text", "ours", "package", "parts"]

_HELP = """
import sys
sys.argv = ["imgurdata", "--help"]
from imgurdata.cli.main import main
main()
"""
#: Runs of one figure: a start takes some hundredths of a second.
_STARTS = 5


def package(_: Case) -> Trial:
    """``import imgurdata`` alone, beyond what an empty program takes."""
    cpu_seconds("import imgurdata")
    return Trial(
        lambda: _median("import imgurdata") - _median("pass"), lambda cpu: {"import_cpu": cpu}
    )


def help_text(_: Case) -> Trial:
    """``imgurdata --help``, the interpreter included."""
    cpu_seconds(_HELP)
    return Trial(lambda: _median(_HELP), lambda cpu: {"import_cpu": cpu})


def _median(statement: str) -> float:
    return statistics.median(cpu_seconds(statement) for _ in range(_STARTS))


def ours(_: Case) -> Trial:
    """A session's and a loader's modules."""
    return _of(OURS)


def parts(_: Case) -> Trial:
    """The heavy libraries that it needs."""
    return _of(PARTS)


def _of(statement: str) -> Trial:
    cpu_seconds(statement)  # compiles the bytecode first
    return Trial(lambda: cpu_seconds(statement), lambda cpu: {"import_cpu": cpu})
