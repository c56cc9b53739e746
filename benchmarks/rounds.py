"""Rounds of a work, with all variants in each, and their comparison with the goals."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from benchmarks.stage import RunFailed, Stage
from benchmarks.trial import Measured
from benchmarks.works import Goal, Scale, Variant, Work

__all__ = ["Outcome", "Verdict", "differing", "judge", "run_work", "unexpected"]

#: Tolerance for a noisy machine.
_SLACK = 0.1
#: Rounds of variants that are in no goal.
_SHOWN_ROUNDS = 3
#: Sizes that the server needs, not the variant.
_SERVER = ("edition", "newer")

Say = Callable[[str], None]


@dataclass(frozen=True)
class Verdict:
    """Goal beside the measured figure.

    Attributes
    ----------
    figures
        One of each round.
    reached
        ``"yes"``, ``"within 10 %"``, ``"no"`` or ``"not measured"``.
    """

    goal: Goal
    figures: tuple[float, ...]
    reached: str

    @property
    def median(self) -> float:
        """Median of the rounds, or NaN without any."""
        return statistics.median(self.figures) if self.figures else math.nan

    @property
    def good(self) -> bool:
        """Whether the goal is reached."""
        return self.reached in {"yes", "within 10 %"}


@dataclass
class Outcome:
    """Results of a work.

    Attributes
    ----------
    rounds
        Of each round the runs, by variant; who failed is not in it.
    failures
        What went wrong, by variant.
    verdicts
        One for each goal.
    profiles
        Name, calls and CPU seconds of the functions that take most, by variant; all of them first.
    """

    work: Work
    scale: Scale
    rounds: list[dict[str, Measured]] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    profiles: dict[str, list[tuple[str, int, float]]] = field(default_factory=dict)

    def of(self, variant: str) -> list[Measured]:
        """Return the runs of one variant."""
        return [runs[variant] for runs in self.rounds if variant in runs]


def judge(goal: Goal, figures: Sequence[float]) -> Verdict:
    """Return whether the median of the figures meets a goal.

    >>> judge(Goal("time", lambda runs, scale: 0.0, 0.5), [0.4, 0.52, 0.53]).reached
    'within 10 %'
    """
    known = tuple(figure for figure in figures if not math.isnan(figure))
    if not known:
        return Verdict(goal, (), "not measured")
    median = statistics.median(known)
    slack = 0 if goal.exact else _SLACK
    if goal.at_least:
        good, close = median >= goal.limit, median >= goal.limit * (1 - slack)
    else:
        good, close = median <= goal.limit, median <= goal.limit * (1 + slack)
    return Verdict(goal, known, "yes" if good else "within 10 %" if close else "no")


def differing(runs: Mapping[str, Measured], names: Sequence[str]) -> str | None:
    """Return the first fact that differs between variants, or None."""
    for name in names:
        values = {who: run.facts[name] for who, run in runs.items() if name in run.facts}
        if len(set(values.values())) > 1:
            return f"{name} differ: " + ", ".join(f"{who} {value}" for who, value in values.items())
    return None


def unexpected(runs: Mapping[str, Measured], variants: Sequence[Variant]) -> str | None:
    """Return the first fact that differs from the expected result, or None."""
    for variant in variants:
        for name, value in variant.expect.items():
            if variant.name in runs and runs[variant.name].facts.get(name) != value:
                found = runs[variant.name].facts.get(name)
                return f"{variant.name}: {name} is {found}, not {value}"
    return None


def run_work(stage: Stage, work: Work, scale: Scale, say: Say) -> Outcome:
    """Run all rounds of a work.

    Who fails is left out of the rounds that follow; the others go on.
    """
    outcome = Outcome(work, scale)
    stage.server.set(latency=0, newer=0, edition=0, tree_size=scale.tree_size)
    sizes = work.sizes(scale)
    seeds = _fill(stage, work, sizes, outcome, say)
    stage.server.prepare(pages=sizes.get("pages", 0))
    rounds = 1 if work.once else scale.rounds
    for number in range(rounds):
        runs: dict[str, Measured] = {}
        for group in _groups(work.variants, number):
            going = [
                variant
                for variant in group
                if variant.name not in outcome.failures
                and not (variant.shown and number >= _SHOWN_ROUNDS)
            ]
            _set_server(stage, going, work.latency(scale), sizes)
            with ThreadPoolExecutor(max(1, len(going))) as pool:
                jobs = [(v, pool.submit(_run, stage, v, seeds, sizes)) for v in going]
            for variant, job in jobs:
                try:
                    runs[variant.name] = job.result()
                except RunFailed as error:
                    outcome.failures[variant.name] = str(error)
                    say(f"  round {number + 1}/{rounds}  {variant.name}: FAILED: {error}")
                else:
                    say(f"  round {number + 1}/{rounds}  {_line(variant, runs[variant.name])}")
        if wrong := differing(runs, work.same) or unexpected(runs, work.variants):
            outcome.failures["results"] = wrong
            say(f"  round {number + 1}/{rounds}  WRONG RESULTS: {wrong}")
        outcome.rounds.append(runs)
    for variant in work.variants:
        if variant.name in work.profiled and variant.name not in outcome.failures:
            _set_server(stage, [variant], work.latency(scale), sizes)
            try:
                run = _run(stage, variant, seeds, sizes, profile=True)
            except RunFailed as error:
                outcome.failures[variant.name] = f"profile: {error}"
            else:
                outcome.profiles[variant.name] = run.facts["profile"]
    for goal in work.goals:
        outcome.verdicts.append(judge(goal, [_figure(goal, r, scale) for r in outcome.rounds]))
    return outcome


def _figure(goal: Goal, runs: Mapping[str, Measured], scale: Scale) -> float:
    try:
        return goal.figure(runs, scale)
    except KeyError:  # a compared variant has failed, which is reported already
        return math.nan


def _fill(
    stage: Stage, work: Work, sizes: Mapping[str, Any], outcome: Outcome, say: Say
) -> dict[str, str]:
    """Fill the caches that variants start with; return the folder of each one that succeeded."""
    folders = {}
    for seed, variant in work.seeds.items():
        name = f"{seed}-{sizes.get('pages', 0)}-{sizes.get('trees', 0)}"
        try:
            stage.fill(name, variant, **sizes)
        except RunFailed as error:
            why = f"no cache to start with: {error}"
            outcome.failures |= {v.name: why for v in work.variants if v.seed == seed}
            say(f"  filling {seed}: FAILED: {error}")
        folders[seed] = name
    return folders


def _groups(variants: Sequence[Variant], number: int) -> list[list[Variant]]:
    """Return the order of the variants: one by one, or together if they may run in parallel.

    Each round begins with another, so that nobody always runs on a machine just come to rest.
    """
    beside = [variant for variant in variants if variant.beside]
    groups = [[variant] for variant in variants if not variant.beside]
    groups += [beside] if beside else []
    first = number % len(groups)
    return groups[first:] + groups[:first]


def _set_server(
    stage: Stage, group: Sequence[Variant], latency: float, sizes: Mapping[str, Any]
) -> None:
    settings = dict.fromkeys(_SERVER, 0)
    for variant in group:
        settings |= {name: variant.more[name] for name in _SERVER if name in variant.more}
    stage.server.set(**settings)
    # The changed pages are made before a request needs them.
    stage.server.prepare(pages=sizes.get("pages", 0))
    stage.server.set(latency=latency)


def _run(
    stage: Stage,
    variant: Variant,
    seeds: Mapping[str, str],
    sizes: Mapping[str, Any],
    *,
    profile: bool = False,
) -> Measured:
    more = {name: value for name, value in variant.more.items() if name not in _SERVER}
    seed = seeds[variant.seed] if variant.seed else None
    return stage.run(variant.runs, seed=seed, profile=profile, **{**sizes, **more})


def _line(variant: Variant, run: Measured) -> str:
    counts = ", ".join(f"{count} {what}" for what, count in sorted(run.requests.items()))
    return (
        f"{variant.name:<48} {run.seconds:8.3f} s  {run.cpu:7.3f} s CPU  {run.peak:6.0f} MB"
        f"{'  ' + counts if counts else ''}"
    )
