"""Benchmarks of the archive beside pyarrow, pandas and dlt: ``--only archive``.

Each part prints what it measured and the goal. Parts that compare run all their variants in the
same process or in fresh ones, one after the other, so that ratios mean something.
"""

from __future__ import annotations

import gc
import json
import math
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import imgurdata as imd
from benchmarks.collectors import kill_at_random
from imgurdata.sandbox import Sandbox

__all__ = ["FULL", "QUICK", "TINY", "Scale", "run"]

_BEGIN = pd.Timestamp("2026-03-01", tz="UTC")


@dataclass(frozen=True)
class Scale:
    """Sizes: rows of a snapshot, snapshots, rows of the large archive, rounds and kills."""

    rows: int
    appends: int
    snapshots: int
    large: tuple[int, ...]
    large_rows: int
    hours: int
    kills: int


FULL = Scale(6_000, 1_000, 340, (5_000_000, 20_000_000), 60_000, 24, 50)
QUICK = Scale(6_000, 60, 40, (600_000, 1_200_000), 60_000, 6, 5)
TINY = Scale(240, 12, 4, (2_400, 4_800), 1_200, 1, 1)


@dataclass(frozen=True)
class Figure:
    """Measured figure beside its goal."""

    what: str
    value: float
    limit: float
    detail: str = ""

    @property
    def good(self) -> bool:
        """Whether the goal is reached."""
        return self.value <= self.limit

    def __str__(self) -> str:
        reached = "" if math.isinf(self.limit) else "yes" if self.good else "NO"
        goal = "" if math.isinf(self.limit) else f"at most {self.limit:g}"
        return f"  {self.what:<58} {goal:<16} {self.value:>9.3g}  {reached:<4} {self.detail}"


def run(scale: Scale, say: Callable[[str], None] = print) -> bool:
    """Run all parts; return whether all goals are reached."""
    figures: list[Figure] = []
    parts = (appending, searching, counting, collecting, killing)
    for part in parts:
        begin = time.monotonic()
        say(f"archive, {part.__name__}:")
        with tempfile.TemporaryDirectory(prefix="imgurdata-bench-") as folder:
            found = part(scale, Path(folder))
        for figure in found:
            say(str(figure))
        say(f"  ({time.monotonic() - begin:.0f} s)")
        figures += found
    return all(figure.good for figure in figures)


# Snapshots ----------------------------------------------------------------------------------------


class Snapshots:
    """Snapshots of posts whose counts grow, made from the sandbox's world.

    Parameters
    ----------
    rows : int
        Rows of each.
    """

    def __init__(self, rows: int) -> None:
        with imd.connect(sandbox=Sandbox(limits={"user": 10**6}), default=False) as session:
            assert session.sandbox is not None
            with session.sandbox:
                base = imd.load_gallery("user", "time", pages=min(rows // 60, 45), session=session)
        attrs = base.attrs
        copies = -(-rows // len(base))
        frame = pd.concat([base] * copies, ignore_index=True).iloc[:rows]
        number = np.arange(rows) // len(base)
        frame["id"] = frame["id"].str[:5] + pd.Series(number).astype("str").str.zfill(2)
        frame["rank"] = pd.array(np.arange(rows), dtype="Int64")
        # The sandbox's world is no part of what is measured.
        gc.collect()
        gc.freeze()
        self._frame = frame
        self._attrs = attrs
        self._random = np.random.default_rng(1)
        self._speed = self._random.lognormal(1.0, 1.5, rows)

    def at(self, number: int) -> pd.DataFrame:
        """Return the snapshot of a quarter of an hour."""
        frame = self._frame.copy()
        when = _BEGIN + pd.Timedelta(minutes=15 * number)
        frame["fetched_at"] = when.as_unit("us")
        order = self._random.permutation(len(frame)) if number % 3 == 0 else None
        for name, share in (("views", 100), ("points", 1), ("score", 1), ("ups", 1)):
            gained = (self._speed * share * number * 0.25).astype("int64")
            frame[name] = frame[name].fillna(0) + gained
        if order is not None:
            frame["rank"] = pd.array(order, dtype="Int64")
        frame.attrs["imgurdata"] = self._attrs["imgurdata"] | {"fetched_at": when.isoformat()}
        return frame


def _fill(folder: Path, rows: int, snapshots: int) -> imd.Archive:
    archive = imd.Archive(folder)
    source = Snapshots(rows)
    for number in range(snapshots):
        archive.append(source.at(number))
    return archive


def _write(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame with pyarrow alone."""
    bare = frame.copy(deep=False)
    bare.attrs = {}
    pq.write_table(pa.Table.from_pandas(bare, preserve_index=False), path, compression="zstd")


def _timed(call: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def _best(call: Callable[[], Any], rounds: int = 5) -> float:
    return statistics.median(_timed(call) for _ in range(rounds))


# Parts --------------------------------------------------------------------------------------------


def appending(scale: Scale, folder: Path) -> list[Figure]:
    """Append snapshots, beside pyarrow's own write of the same tables."""
    source = Snapshots(scale.rows)
    archive = imd.Archive(folder / "archive")
    (folder / "plain").mkdir()
    ours: list[float] = []
    ratios: list[float] = []
    for number in range(scale.appends):
        frame = source.at(number % 90)  # all into one day: the worst case
        frame.attrs["imgurdata"]["params"] = {"number": number}
        path = folder / "plain" / f"{number}.parquet"
        # Whoever is first finds the frame cold: they take turns.
        compared = number % max(scale.appends // 60, 1) == 0
        calls: dict[str, Callable[[], Any]] = {
            "ours": partial(archive.append, frame),
            "theirs": partial(_write, frame, path),
        }
        names = ["ours", "theirs"] if len(ratios) % 2 else ["theirs", "ours"]
        times = {n: _timed(calls[n]) for n in names if compared or n == "ours"}
        ours.append(times["ours"])
        if compared:
            ratios.append(times["ours"] / times["theirs"])
    window = max(scale.appends // 20, 3)
    early = statistics.median(ours[2 : 2 + window])
    late = statistics.median(ours[-window:])
    return [
        Figure(f"append of {scale.rows:,} rows / pyarrow's write", statistics.median(ratios), 1.5,
               f"median {statistics.median(ours) * 1000:.1f} ms"),
        Figure(f"the last of {scale.appends:,} appends / the first ones", late / early, 1.2,
               f"{early * 1000:.1f} and {late * 1000:.1f} ms"),
    ]  # fmt: skip


def searching(scale: Scale, folder: Path) -> list[Figure]:
    """Read the history of 100 posts, before and after compaction, and compare the size."""
    archive = _fill(folder / "archive", scale.rows, scale.snapshots)
    total = scale.rows * scale.snapshots
    ids = archive.load(columns=["id"], until=_BEGIN + pd.Timedelta("1min"))["id"].sample(
        min(100, scale.rows), random_state=2
    )
    before = _best(lambda: archive.history(ids), 3)
    full = _timed(archive.load)
    report = archive.compact()
    after = _best(lambda: archive.history(ids), 3)
    table = pa.Table.from_pandas(
        archive.load().sort_values(["id", "fetched_at"], kind="stable"), preserve_index=False
    )
    pq.write_table(table, folder / "one.parquet", compression="zstd")
    sizes = {name: int(report[name].sum()) for name in ("bytes_before", "bytes_after")}
    size = sizes["bytes_after"] / (folder / "one.parquet").stat().st_size
    detail = " -> ".join(f"{number / 1e6:.0f} MB" for number in sizes.values())
    return [
        Figure(
            f"history of 100 posts of {total:,} rows / a full load",
            before / full,
            0.1,
            f"{before:.2f} and {full:.2f} s",
        ),
        Figure("the same after compact()", after / full, 0.1, f"{after:.2f} s; {detail}"),
        Figure("disk after compact() / one sorted Parquet file", size, 1.1),
    ]


_COUNT = """
import sys, json, time, resource
engine, folder = sys.argv[1:]
if engine == "pandas":
    import pandas as pd
    begin = time.perf_counter()
    frame = pd.read_parquet(folder + "/record=post", columns=["day", "score"])
    result = frame.groupby("day", observed=True)["score"].mean()
    rows = len(frame)
elif engine == "sql":
    import imgurdata as imd
    archive = imd.Archive(folder)
    begin = time.perf_counter()
    result = archive.sql("select day, avg(score) as score, count(*) as n from post group by day")
    rows = int(result["n"].sum())
    result = result.set_index("day")["score"]
elif engine == "polars":
    import imgurdata as imd, polars as pl
    archive = imd.Archive(folder)
    begin = time.perf_counter()
    lazy = archive.to_polars().group_by("day").agg(pl.col("score").mean(), n=pl.len())
    found = lazy.collect(engine="streaming")
    rows, result = int(found["n"].sum()), found.to_pandas().set_index("day")["score"]
def memory():
    status = open("/proc/self/status").read()
    return int(next(l for l in status.splitlines() if l.startswith("VmHWM")).split()[1]) / 1024
workers = []
if engine == "dask":
    import imgurdata as imd
    from dask.distributed import Client, LocalCluster
    archive = imd.Archive(folder)
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        begin = time.perf_counter()
        scores = archive.to_dask(columns=["day", "score"]).groupby("day")["score"]
        result = scores.agg(["mean", "size"]).compute()
        end = time.perf_counter()
        workers = client.run(memory).values()
    rows, result = int(result["size"].sum()), result["mean"]
else:
    end = time.perf_counter()
seconds = end - begin
peak = memory() + sum(workers)
print(json.dumps({"seconds": seconds, "peak": peak, "rows": rows,
                  "sum": round(float(result.astype(float).sum()), 3)}))
"""


def _count(engine: str, folder: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", _COUNT, engine, str(folder)], check=True, capture_output=True,
        text=True,
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def counting(scale: Scale, folder: Path) -> list[Figure]:
    """Mean score by day: DuckDB beside pandas, and memory over rows."""
    figures: list[Figure] = []
    peaks: list[float] = []
    path = folder / "archive"
    archive = imd.Archive(path)
    source = Snapshots(scale.large_rows)
    done = 0
    for large in scale.large:
        while done * scale.large_rows < large:
            archive.append(source.at(done))
            done += 1
            if done % 96 == 0:
                archive.compact()
        archive.compact()
        runs = {e: [_count(e, path) for _ in range(3)] for e in ("pandas", "sql", "polars")}
        if find_spec("distributed") is not None:
            runs["dask"] = [_count("dask", path)]  # its peak is that of three processes
        middle = {
            e: {k: statistics.median(run[k] for run in r) for k in r[0]} for e, r in runs.items()
        }
        rows = {run["rows"] for run in middle.values()}
        sums = {run["sum"] for run in middle.values()}
        if len(rows) > 1 or len(sums) > 1:
            raise ValueError(f"engines differ: {middle}")
        sql, pandas = middle["sql"], middle["pandas"]
        peaks.append(sql["peak"])
        detail = "; ".join(
            f"{e} {r['seconds']:.2f} s, {r['peak']:.0f} MB" for e, r in middle.items()
        )
        size = f"{int(sql['rows']):,} rows by day"
        figures += [
            Figure(f"{size}: sql / pandas, time", sql["seconds"] / pandas["seconds"], 0.6, detail),
            Figure(f"{size}: sql / pandas, peak memory", sql["peak"] / pandas["peak"], 0.15),
        ]
        if large < scale.large[-1]:  # the goals are those of the most rows
            figures = [replace(figure, limit=math.inf) for figure in figures]
    figures.append(Figure("peak memory of sql, most rows / fewest", peaks[-1] / peaks[0], 1.2))
    return figures


# Collecting ---------------------------------------------------------------------------------------

_PAGE = Path(__file__).resolve().parent.parent / "docs" / "over-time.md"

#: Before dlt's study: what it imports is imported already, and it waits for the sandbox's clock.
_BEFORE_DLT = """
import sys, time
import dlt
from dlt.sources.rest_api import rest_api_source
def advance(seconds):
    print("advance", flush=True)
    sys.stdin.readline()
begin = time.perf_counter()
"""
_AFTER_DLT = """
print("seconds", time.perf_counter() - begin, flush=True)
"""


def studies() -> dict[str, str]:
    """Return the code of one study with imgurdata and with dlt, as docs/over-time.md has it."""
    section = _PAGE.read_text(encoding="utf-8").partition("## The same study with dlt\n")[2]
    ours, theirs = re.findall(r"^```python\n(.*?)^```", section, re.MULTILINE | re.DOTALL)[:2]
    return {"imgurdata": ours, "dlt": theirs}


def lines_of(code: str) -> int:
    """Return the number of lines that are not blank nor a comment."""
    return sum(
        bool(line.strip()) and not line.lstrip().startswith("#") for line in code.split("\n")
    )


def _changed(code: str, **changes: tuple[str, str]) -> str:
    """Return code in which each word was replaced; ValueError if it is not there once."""
    for what, (old, new) in changes.items():
        if code.count(old) != 1:
            raise ValueError(f"the study in {_PAGE.name} has no {what} to replace: {old}")
        code = code.replace(old, new)
    return code


def collecting(scale: Scale, folder: Path) -> list[Figure]:
    """Collect a day every quarter of an hour, beside dlt on a sandbox of the same kind."""
    rounds = scale.hours * 4
    codes = studies()
    # Before the first import of a loader, which is no part of what is measured.
    imd.load_gallery  # noqa: B018
    with Sandbox(limits={"user": 10**5, "client": 10**6}) as sandbox:
        code = _changed(
            codes["imgurdata"],
            session=('client_id="..."', "sandbox=sandbox"),
            archive=('"gallery")', "folder)"),
            end=('"24h"', f'"{scale.hours}h"'),
        )
        begin = time.perf_counter()
        exec(compile(code, _PAGE.name, "exec"), {"sandbox": sandbox, "folder": folder / "archive"})
        ours = time.perf_counter() - begin
        session = imd.current_session()
        requests, spent = _api_calls(sandbox), sandbox.spent
        rows = len(imd.Archive(folder / "archive").load(columns=["id"]))
        if session is not None:
            session.close()
    detail = f"{ours:.1f} s, {rows:,} rows, {requests:,} requests, {spent:,} credits"
    figures = [
        Figure(f"rows missing after {rounds} rounds", rounds * 180 - rows, 0, detail),
        Figure(f"requests of {rounds} rounds", requests, 3 * rounds),
    ]
    theirs = _run_dlt(scale, folder, codes["dlt"])
    if theirs is not None:
        seconds, their_requests, their_spent = theirs
        numbers = {name: lines_of(code) for name, code in codes.items()}
        detail = f"dlt {seconds:.1f} s, {their_requests:,} requests, {their_spent:,} credits"
        figures += [
            Figure("wall time / dlt's", ours / seconds, 0.2, detail),
            Figure("requests / dlt's", requests / their_requests, 1.0),
            Figure("credits / dlt's", spent / their_spent, 1.0),
            Figure("lines of code / dlt's", numbers["imgurdata"] / numbers["dlt"], 1.0,
                   f"{numbers['imgurdata']} and {numbers['dlt']} lines"),
        ]  # fmt: skip
    return figures


def _api_calls(sandbox: Sandbox) -> int:
    return sum(row.path.startswith("/3/") for row in sandbox.requests)


def _run_dlt(scale: Scale, folder: Path, code: str) -> tuple[float, int, int] | None:
    """Return seconds, requests and credits of dlt, or None where it is not installed."""
    try:
        import dlt  # noqa: F401
    except ImportError:
        print("  dlt is not installed: not compared")
        return None
    (folder / "dlt").mkdir()
    # Into a file: dlt warns so much that nobody's reading of a pipe would stop it.
    log = folder / "dlt.log"
    with Sandbox(limits={"user": 10**5, "client": 10**6}) as sandbox, log.open("w") as errors:
        code = _changed(
            code,
            address=("https://api.imgur.com", sandbox.url),
            client_id=("Client-ID ...", f"Client-ID {sandbox.client_id}"),
            rounds=("range(96)", f"range({scale.hours * 4})"),
            pause=("time.sleep(900)", "advance(900)"),
        )
        command = [sys.executable, "-c", _BEFORE_DLT + code + _AFTER_DLT]
        environment = os.environ | {"RUNTIME__DLTHUB_TELEMETRY": "false", "HOME": str(folder)}
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            text=True, env=environment, cwd=folder / "dlt",
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stdin is not None
        seconds = None
        with process, process.stdin, process.stdout:
            for line in process.stdout:
                if line.startswith("advance"):
                    sandbox.advance("15min")
                    print("on", file=process.stdin, flush=True)
                elif line.startswith("seconds"):
                    seconds = float(line.split()[1])
        if seconds is None:
            raise RuntimeError(f"dlt failed: {log.read_text()[-2000:]}")
        return seconds, _api_calls(sandbox), sandbox.spent


def killing(scale: Scale, folder: Path) -> list[Figure]:
    """Kill a collector at random, start it again, and count what is lost, doubled and paid."""
    rounds = scale.hours * 4
    left = kill_at_random(folder, rounds, scale.kills, seed=7)
    ledger = left.archive.load("snapshot")
    detail = (
        f"{scale.kills} kills in {rounds} rounds; {left.requests} requests, undisturbed "
        f"{left.undisturbed}"
    )
    return [
        Figure("rows lost", left.lost, 0, detail),
        Figure("rows twice", left.doubled, 0),
        Figure("rounds missing", rounds - ledger["slot"].nunique(), 0),
        Figure("pages paid twice / kills", (left.requests - left.undisturbed) / scale.kills, 1.0),
    ]
