"""Many threads of several processes on one cache file: nothing wrong, nothing failed, no hang."""

from __future__ import annotations

import multiprocessing
import threading
import time
import urllib.request
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import imgurdata as imd
from benchmarks.trial import Case, Trial

__all__ = ["stampede", "stress"]

_PROCESSES = 2
_THREADS = 32
_STAMPEDE = 16
#: A call takes this long, in seconds, only in a deadlock.
_HUNG = 600.0


def stress(case: Case) -> Trial:
    """``session.get`` of a few pages by all threads at once, some fresh and some to confirm."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(_PROCESSES, mp_context=context)

    def run() -> Counter[str]:
        share = case.calls // _PROCESSES
        jobs = [pool.submit(_process, case, share) for _ in range(_PROCESSES)]
        outcome: Counter[str] = Counter()
        for job in jobs:
            outcome.update(job.result())
        if outcome["calls"] != share * _PROCESSES and not outcome["hung"]:
            raise RuntimeError(f"{outcome['calls']} calls of {share * _PROCESSES}")
        return outcome

    def facts(outcome: Counter[str]) -> dict[str, Any]:
        counts = {name: outcome[name] for name in ("calls", "wrong", "failed", "hung")}
        return counts | {"errors": [name for name in outcome if name not in counts]}

    return Trial(run, facts, pool.shutdown)


def stampede(case: Case) -> Trial:
    """Sixteen threads ask for the same new page at the same moment, one page after the other."""
    session = imd.connect(
        case.client_id, base_url=case.url, cache=case.place / "ours.sqlite", max_age=case.max_age
    )
    together = threading.Barrier(_STAMPEDE)

    def ask(_: int) -> int:
        size = 0
        for page in range(case.pages):
            together.wait(_HUNG)
            size += len(session.get(f"/3/gallery/user/time/day/{page}").content)
        return size

    def run() -> int:
        with ThreadPoolExecutor(_STAMPEDE) as pool:
            return sum(pool.map(ask, range(_STAMPEDE)))

    return Trial(run, lambda size: {"bytes": size}, session.close)


def _process(case: Case, calls: int) -> Counter[str]:
    """One process: its own session on the shared file, its threads, what they met."""
    paths = [f"/3/gallery/user/time/day/{page}" for page in range(case.pages)]
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    expected = [opener.open(case.url + path).read() for path in paths]
    outcome: Counter[str] = Counter()
    counting = threading.Lock()
    session = imd.connect(
        case.client_id, base_url=case.url, cache=case.place / "ours.sqlite",
        workers=case.workers, max_age=case.max_age, default=False,
    )  # fmt: skip

    def ask(first: int) -> None:
        met: Counter[str] = Counter()
        for number in range(first, calls, _THREADS):
            # Neighbouring threads use the same page, and each thread uses all pages.
            which = number // 8 % len(paths)
            met["calls"] += 1
            try:
                content = session.get(paths[which]).content
            except Exception as error:  # noqa: BLE001 - counted and named
                met["failed"] += 1
                met[f"{type(error).__name__}: {error}"[:200]] += 1
            else:
                met["wrong"] += content != expected[which]
        with counting:
            outcome.update(met)

    threads = [threading.Thread(target=ask, args=(n,), daemon=True) for n in range(_THREADS)]
    for thread in threads:
        thread.start()
    end = time.monotonic() + _HUNG
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    outcome["hung"] = sum(thread.is_alive() for thread in threads)
    if not outcome["hung"]:
        session.close()
    return outcome
