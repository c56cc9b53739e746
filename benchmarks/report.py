"""Results as a table, on the screen and between two marks of a page of the docs."""

from __future__ import annotations

import datetime as dt
import os
import platform
import statistics
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.rounds import Outcome, Verdict
from benchmarks.trial import Measured
from benchmarks.works import FULL

__all__ = ["BEGIN", "END", "as_markdown", "machine", "summary", "title_of", "write_into"]

BEGIN = "<!-- benchmarks: from here on written by python -m benchmarks -->"
END = "<!-- benchmarks: to here -->"

_SMALL = (
    "**Small sizes: this shows that the benchmarks work, not how fast anything is.** The goals are "
    "meant for the full sizes."
)
_PROFILES = (
    "Where the CPU time of imgurdata goes: the functions that take most, without those that they "
    "call, in all threads; calls and seconds of one run under cProfile, which makes each call of "
    "Python dearer than it is."
)
_PACKAGES = ("imgurdata", "pandas", "pyarrow", "requests", "requests-cache", "urllib3", "msgspec",
             "orjson", "imgurpython", "pyimgur", "gallery-dl")  # fmt: skip


def machine() -> str:
    """Return processor, cores, system, Python and packages, without host names."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    packages = ", ".join(f"{name} {_version(name)}" for name in _PACKAGES)
    return (
        f"{cores} cores ({_processor()}), {platform.system()}, "
        f"{platform.python_implementation()} {platform.python_version()}; {packages}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.machine())


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def title_of(outcome: Outcome) -> str:
    """Return the title of a work, with its sizes."""
    scale = outcome.scale
    return outcome.work.title.format(
        pages=scale.pages,
        latency=1000 * scale.latency,
        reload_latency=1000 * scale.reload_latency,
        cached_pages=f"{scale.cached_pages:,}",
        comments=f"{scale.trees * scale.tree_size:,}",
        calls=f"{scale.calls:,}",
    )


def summary(outcome: Outcome) -> str:
    """Return the goals of one work as lines of text."""
    lines = []
    for verdict in outcome.verdicts:
        goal, measured, spread = _goal(verdict), _measured(verdict), _spread(verdict)
        lines.append(f"  {verdict.goal.what:<46} {goal:<16} {measured:>10} {spread:<20} "
                     f"{verdict.reached}")  # fmt: skip
    return "\n".join(lines)


def as_markdown(outcomes: Sequence[Outcome], *, on: dt.date, where: str) -> str:
    """Return the goals, the times of all variants, and the failures."""
    number = max((outcome.scale.rounds for outcome in outcomes), default=0)
    rounds = f"{number} interleaved {'round' if number == 1 else 'rounds'}"
    lines = [
        f"Measured on {on.day} {on:%B %Y} on {where}.",
        "",
        f"Medians of {rounds}, the least and the most in brackets; sizes and counts once.",
        "",
        *([] if all(outcome.scale == FULL for outcome in outcomes) else [_SMALL, ""]),
        "| work | what | goal | measured | spread | reached |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{outcome.work.name}`: {title_of(outcome)} | {verdict.goal.what} "
        f"| {_goal(verdict)} | {_measured(verdict)} | {_spread(verdict)} | {verdict.reached} |"
        for outcome in outcomes
        for verdict in outcome.verdicts
    ]
    lines += [
        "",
        "What each took:",
        "",
        "| work | who | runs | s | CPU s | peak MB | over imports MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for outcome in outcomes:
        if outcome.work.name == "import":
            continue  # its seconds are those of the parent process
        for variant in outcome.work.variants:
            if runs := outcome.of(variant.name):
                lines.append(f"| `{outcome.work.name}` | {variant.name} | {_row(runs)} |")
    lines += _profiles(outcomes)
    failures = [
        f"- `{outcome.work.name}`, {who}: {what}"
        for outcome in outcomes
        for who, what in outcome.failures.items()
    ]
    if failures:
        lines += ["", "What went wrong:", "", *failures]
    return "\n".join(lines) + "\n"


def _profiles(outcomes: Sequence[Outcome]) -> list[str]:
    if not any(outcome.profiles for outcome in outcomes):
        return []
    lines = [
        "",
        _PROFILES,
        "",
        "| work | who | all, s | functions: s (calls) |",
        "|---|---|---|---|",
    ]
    for outcome in outcomes:
        for who, ((_, _, whole), *functions) in outcome.profiles.items():
            told = "; ".join(
                f"`{name}` {seconds:.2g} ({calls:,})" for name, calls, seconds in functions
            )
            lines.append(f"| `{outcome.work.name}` | {who} | {whole:.2f} | {told} |")
    return lines


def write_into(page: Path, text: str) -> None:
    """Replace the text between the marks of a page.

    Raises
    ------
    ValueError
        The page has no marks.
    """
    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page.name} has no marks to write between: {BEGIN} and {END}.")
    page.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}")


def _goal(verdict: Verdict) -> str:
    goal = verdict.goal
    if goal.exact and goal.limit == 0:
        return "none"
    return f"{'at least' if goal.at_least else 'at most'} {goal.limit:g}{goal.unit}"


def _measured(verdict: Verdict) -> str:
    return f"{_number(verdict.median)}{verdict.goal.unit}" if verdict.figures else "-"


def _spread(verdict: Verdict) -> str:
    if len(verdict.figures) < 2:
        return ""
    return f"[{_number(min(verdict.figures))} to {_number(max(verdict.figures))}]"


def _number(value: float) -> str:
    """Return a number with three significant digits."""
    if value == int(value):
        return f"{value:.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _row(runs: Sequence[Measured]) -> str:
    seconds = [run.seconds for run in runs]
    spread = f" [{min(seconds):.3g} to {max(seconds):.3g}]" if len(runs) > 1 else ""
    median = statistics.median
    return " | ".join(
        [
            f"{len(runs)}",
            f"{median(seconds):.3g}{spread}",
            f"{median(run.cpu for run in runs):.2f}",
            f"{median(run.peak for run in runs):.0f}",
            f"{max(0.0, median(run.over_imports for run in runs)):.0f}",
        ]
    )
