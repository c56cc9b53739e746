"""One run of one variant, in a process of its own.

    python -m benchmarks.worker VARIANT CASE [profile]

``VARIANT`` is ``module:function`` in :mod:`benchmarks.variants`, ``CASE`` the JSON of a
:class:`~benchmarks.trial.Case`. What was measured is the last line printed, as JSON.
"""

from __future__ import annotations

import cProfile
import gc
import importlib
import json
import pstats
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from benchmarks.server import Remote
from benchmarks.trial import Case, Measured, Trial, peak_memory, used_memory

#: Functions of a profile that are told.
_TOLD = 8


def measure(variant: str, case: Case, *, profile: bool = False) -> Measured:
    """Prepare, run, check the result and close; only the run is timed, or profiled."""
    module, _, function = variant.partition(":")
    trial: Trial = getattr(importlib.import_module(f"benchmarks.variants.{module}"), function)(case)
    server = Remote(case.url)
    server.counts(case.client_id)
    gc.collect()
    imported = used_memory()
    cpu, clock = time.process_time(), time.perf_counter()
    told: dict[str, Any] = {}
    result = profiled(trial.run, told) if profile else trial.run()
    seconds, used = time.perf_counter() - clock, time.process_time() - cpu
    peak = peak_memory()
    requests = server.counts(case.client_id)
    facts = trial.facts(result)
    del result
    trial.close()
    return Measured(seconds, used, peak, peak - imported, facts | told | trial.after(), requests)


def profiled(run: Callable[[], Any], told: dict[str, Any]) -> Any:
    """Run something, and tell in which functions all threads spent their CPU time.

    ``told["profile"]`` is a list of name, calls, and seconds without the functions it called.
    """
    profiles = [cProfile.Profile(time.thread_time)]
    run_thread = threading.Thread.run

    def run_profiled(thread: threading.Thread) -> None:
        profiles.append(own := cProfile.Profile(time.thread_time))
        own.runcall(run_thread, thread)

    threading.Thread.run = run_profiled  # type: ignore[method-assign, assignment]
    try:
        result = profiles[0].runcall(run)
    finally:
        threading.Thread.run = run_thread  # type: ignore[method-assign]
    for thread in threading.enumerate():
        if thread.name == "imgurdata-columns":
            thread.join()  # its profile ends with it
    stats = pstats.Stats(profiles[0])
    for more in profiles[1:]:
        stats.add(more)
    every: dict[Any, Any] = stats.stats  # type: ignore[attr-defined]
    rows = sorted(
        ((_name_of(*function), calls, own) for function, (_, calls, own, _, _) in every.items()),
        key=lambda row: -row[2],
    )
    told["profile"] = [["all", 1, sum(row[2] for row in rows)], *rows[:_TOLD]]
    return result


def _name_of(file: str, _: int, function: str) -> str:
    if file == "~":
        return function.strip("<>").removeprefix("built-in ").removeprefix("method ")
    for folder in ("site-packages/", "imgurdata/", "lib/"):
        place = file.rfind(folder)
        if place >= 0:
            return f"{file[place + len(folder) * (folder != 'imgurdata/') :]}: {function}"
    return function


if __name__ == "__main__":
    case = Case(**json.loads(sys.argv[2]))
    print(json.dumps(measure(sys.argv[1], case, profile="profile" in sys.argv[3:]).to_dict()))
