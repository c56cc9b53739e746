"""Benchmarks of imgurdata beside other clients and the physical minimum.

    python -m benchmarks                  all works; writes its table into docs/speed.md
    python -m benchmarks --quick          small sizes, one round: shows that it works
    python -m benchmarks --only comments  one work (more than once: several)
    python -m benchmarks --only journey   the functions and SELECTs of one call
    python -m benchmarks --only archive   the archive beside pyarrow, pandas and dlt

Needs the ``bench`` extra. Run it on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import time
from pathlib import Path

from benchmarks import archive, journey, report
from benchmarks.rounds import Outcome, run_work
from benchmarks.stage import Stage
from benchmarks.works import FULL, QUICK, TINY, WORKS, Scale, Work

_DOCS = Path(__file__).resolve().parent.parent / "docs" / "speed.md"


def main(arguments: list[str] | None = None) -> int:
    """Run the given works; return 1 if ``--check`` finds a missed goal."""
    options = _parser().parse_args(arguments)
    if options.list:
        for work in WORKS:
            goals = "; ".join(goal.what for goal in work.goals)
            print(f"{work.name:<14} {report.title_of(Outcome(work, FULL))}\n{'':<15}{goals}")
        return 0
    scale = TINY if options.tiny else QUICK if options.quick else FULL
    if "journey" in (options.only or []):
        print(journey.report())
    reached = True
    if "archive" in (options.only or []):
        size = archive.TINY if options.tiny else archive.QUICK if options.quick else archive.FULL
        print(f"On {report.machine()}\n", flush=True)
        reached = archive.run(size, lambda line: print(line, flush=True))
    if options.only and not set(options.only) - {"journey", "archive"}:
        return int(options.check and not reached)
    works = [work for work in WORKS if not options.only or work.name in options.only]
    begin = time.monotonic()
    print(f"On {report.machine()}\n", flush=True)
    with Stage() as stage:
        outcomes = [_one(stage, work, scale, begin) for work in works]
    page = options.write or (_DOCS if scale is FULL and not options.only else None)
    if page is not None:
        today = dt.datetime.now(dt.UTC).date()
        text = report.as_markdown(outcomes, on=today, where=report.machine())
        report.write_into(page, text)
        print(f"The table is in {page.name}.")
    print(f"{(time.monotonic() - begin) / 60:.1f} minutes in all.")
    return int(options.check and not all(_good(outcome) for outcome in outcomes))


def _one(stage: Stage, work: Work, scale: Scale, begin: float) -> Outcome:
    passed = time.monotonic() - begin
    print(f"{work.name}: {report.title_of(Outcome(work, scale))}  ({passed:.0f} s so far)")
    outcome = run_work(stage, work, scale, lambda line: print(line, flush=True))
    print(report.summary(outcome) + "\n", flush=True)
    return outcome


def _good(outcome: Outcome) -> bool:
    return not outcome.failures and all(verdict.good for verdict in outcome.verdicts)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="small sizes, one round")
    size.add_argument("--tiny", action="store_true", help="sizes for the test of the benchmarks")
    parser.add_argument("--only", action="append", metavar="NAME",
        choices=[*(work.name for work in WORKS), "journey", "archive"],
        help="one work; may be given several times")  # fmt: skip
    parser.add_argument("--list", action="store_true", help="the works and their goals")
    parser.add_argument("--check", action="store_true", help="exit with 1 where a goal is missed")
    parser.add_argument("--write", type=Path, metavar="PAGE",
        help="write the table between the marks of this page")  # fmt: skip
    return parser


if __name__ == "__main__":
    sys.exit(main())
