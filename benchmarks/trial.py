"""Single run of one variant of one work, in a worker process."""

from __future__ import annotations

import hashlib
import resource
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

__all__ = ["Case", "Measured", "Trial", "peak_memory", "sum_of", "used_memory"]

_MB = 1e6


@dataclass(frozen=True, kw_only=True)
class Case:
    """Sizes of a work, and the server and folder of this run.

    Attributes
    ----------
    url
        Of the server.
    folder
        The run's own: its cache files lie in it.
    pages, trees, tree_size, calls, workers
        How much.
    max_age
        For how long a cached answer counts as fresh, in seconds.
    client_id
        Who asks; the server counts by it. Of nobody: it does not look.
    """

    url: str
    folder: str
    pages: int = 0
    trees: int = 0
    tree_size: int = 2_000
    calls: int = 0
    workers: int = 8
    max_age: float = 0.0
    client_id: str = "0123456789abcde"

    @property
    def authorization(self) -> dict[str, str]:
        """Authorization header."""
        return {"Authorization": f"Client-ID {self.client_id}"}

    @property
    def place(self) -> Path:
        """Folder as a path."""
        return Path(self.folder)

    def page_urls(self) -> list[str]:
        """Addresses of the gallery's pages."""
        return [f"{self.url}/3/gallery/user/time/day/{page}" for page in range(self.pages)]


def _nothing(_: Any) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Trial:
    """Variant ready to run: imported, connected, its files open.

    Attributes
    ----------
    run
        What is timed.
    facts
        What its result says (rows, a sum over ids), so that nothing is fast by being wrong.
    close
        Closes files and connections.
    after
        What is known when everything is closed: file sizes, for example.
    """

    run: Callable[[], Any]
    facts: Callable[[Any], dict[str, Any]] = _nothing
    close: Callable[[], object] = lambda: None
    after: Callable[[], dict[str, Any]] = dict


@dataclass(frozen=True)
class Measured:
    """Time and memory of one run.

    Attributes
    ----------
    seconds, cpu
        On the clock; of all threads of the process.
    peak, over_imports
        Peak memory of the process in MB; what it exceeds that after the imports by.
    facts
        Of the result.
    requests
        Requests that the server had meanwhile, by kind and status.
    """

    seconds: float
    cpu: float
    peak: float
    over_imports: float
    facts: dict[str, Any] = field(default_factory=dict)
    requests: dict[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the run as JSON."""
        return asdict(self)


def used_memory() -> float:
    """Return the resident memory of this process now, in MB."""
    return float(psutil.Process().memory_info().rss / _MB)


def peak_memory() -> float:
    """Return the peak of the resident memory, in MB."""
    try:
        # getrusage is the last resort: on Linux a child starts with the peak of its parent.
        status = Path("/proc/self/status").read_text()
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / _MB
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / _MB


def sum_of(ids: Iterable[Any]) -> str:
    """Return a checksum of ids that does not depend on their order."""
    digest = hashlib.sha256()
    for one in sorted(map(str, ids)):
        digest.update(one.encode() + b"\n")
    return digest.hexdigest()[:16]
