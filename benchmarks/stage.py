"""Environment of the benchmarks: server, folders, worker processes."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Self

from benchmarks.server import Remote
from benchmarks.trial import Case, Measured

__all__ = ["RunFailed", "Stage"]

_ROOT = Path(__file__).resolve().parent.parent
_LONGEST = 900


class RunFailed(Exception):
    """A worker ended without a result; the message is the last line of its output."""


class Stage:
    """Server and temporary folder of the benchmarks; a context manager."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="imgurdata-benchmarks-"))
        self._numbers = itertools.count(1)
        self._filled: dict[str, Measured] = {}
        self._environment = _environment()
        self._server = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.server"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=_ROOT,
            env=self._environment,
        )  # fmt: skip
        assert self._server.stdout is not None
        port = self._server.stdout.readline().strip()
        if not port:
            raise RunFailed("The benchmark's server did not start.")
        self.server = Remote(f"http://127.0.0.1:{port}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # It ends when its pipe is closed.
        self._server.communicate(timeout=30)
        shutil.rmtree(self._folder, ignore_errors=True)

    def run(
        self, variant: str, *, seed: str | None = None, profile: bool = False, **sizes: Any
    ) -> Measured:
        """Run a variant once, in a new process with a new home.

        Parameters
        ----------
        variant
            ``module:function``.
        seed
            Name of a filled folder (:meth:`fill`) that the run finds a copy of.
        profile
            Whether to tell in which functions the CPU time went; then it takes longer.
        **sizes
            Of the :class:`~benchmarks.trial.Case`.

        Raises
        ------
        RunFailed
            It broke; nobody has measured anything.
        """
        folder = self._folder / f"run-{next(self._numbers)}"
        try:
            if seed is not None:
                shutil.copytree(self._folder / seed, folder)
            return self._run(variant, folder, sizes, profile=profile)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def fill(self, name: str, variant: str, **sizes: Any) -> Measured:
        """Run a variant whose cache files later runs find a copy of, by ``seed=name``.

        Of that name and filled already: nothing is done again.
        """
        if name not in self._filled:
            self._filled[name] = self._run(variant, self._folder / name, sizes)
        return self._filled[name]

    def _run(
        self, variant: str, folder: Path, sizes: dict[str, Any], *, profile: bool = False
    ) -> Measured:
        folder.mkdir(exist_ok=True)
        # The ledger is kept by identity, so each run has a new one, like a new user.
        who = f"{next(self._numbers):015x}"
        case = Case(url=self.server.url, folder=str(folder), client_id=who, **sizes)
        command = [sys.executable, "-m", "benchmarks.worker", variant]
        try:
            done = subprocess.run(
                [*command, json.dumps(dataclasses.asdict(case)), *(["profile"] if profile else [])],
                capture_output=True, text=True, cwd=_ROOT, check=False, timeout=_LONGEST,
                env=self._environment | {"IMGURDATA_HOME": str(folder / "home")},
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise RunFailed(f"no end after {_LONGEST} s") from None
        if done.returncode:
            said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
            raise RunFailed(said[-1][:300])
        return Measured(**json.loads(done.stdout.strip().splitlines()[-1]))


def _environment() -> dict[str, str]:
    """Return the environment of this process without anything that leads to other hosts."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("IMGUR_", "IMGURDATA_")) and not name.lower().endswith("_proxy")
    }
    # Bytecode is written, so that a second import takes as long as for users.
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept | {"NO_PROXY": "127.0.0.1"}
