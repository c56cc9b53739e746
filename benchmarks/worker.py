"""One run of one variant, in a process of its own.

    python -m benchmarks.worker VARIANT CASE

``VARIANT`` is ``module:function`` in :mod:`benchmarks.variants`, ``CASE`` the JSON of a
:class:`~benchmarks.trial.Case`. What was measured is the last line printed, as JSON.
"""

from __future__ import annotations

import gc
import importlib
import json
import sys
import time

from benchmarks.server import Remote
from benchmarks.trial import Case, Measured, Trial, peak_memory, used_memory


def measure(variant: str, case: Case) -> Measured:
    """Prepare, run, check the result and close; only the run is timed."""
    module, _, function = variant.partition(":")
    trial: Trial = getattr(importlib.import_module(f"benchmarks.variants.{module}"), function)(case)
    server = Remote(case.url)
    server.counts(case.client_id)
    gc.collect()
    imported = used_memory()
    cpu, clock = time.process_time(), time.perf_counter()
    result = trial.run()
    seconds, used = time.perf_counter() - clock, time.process_time() - cpu
    peak = peak_memory()
    requests = server.counts(case.client_id)
    facts = trial.facts(result)
    del result
    trial.close()
    return Measured(seconds, used, peak, peak - imported, facts | trial.after(), requests)


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], Case(**json.loads(sys.argv[2]))).to_dict()))
