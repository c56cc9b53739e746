"""Import time of a session and a loader beside their heavy dependencies, in new interpreters.

    python benchmarks/import_cost.py [pairs]

Interleaved pairs; the median of the ratios of CPU time is the figure. Bytecode is compiled first.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys

OURS = "import imgurdata; imgurdata.connect; imgurdata.load_gallery"
PARTS = "import pandas, requests_cache, msgspec, pyarrow"


def cpu_seconds(statement: str) -> float:
    """Return the CPU time of a new interpreter that runs a statement."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", statement], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    cpu_seconds(OURS)
    cpu_seconds(PARTS)
    measured = [(cpu_seconds(OURS), cpu_seconds(PARTS)) for _ in range(pairs)]
    ratios = sorted(ours / parts for ours, parts in measured)
    print(f"imports of imgurdata / their heavy parts, CPU, {pairs} pairs:")
    print(f"  ratio   median {statistics.median(ratios):.3f}  "
          f"(min {ratios[0]:.3f}, max {ratios[-1]:.3f})")  # fmt: skip
    print(f"  seconds median {statistics.median(o for o, _ in measured):.3f} "
          f"and {statistics.median(p for _, p in measured):.3f}")  # fmt: skip


if __name__ == "__main__":
    main()
