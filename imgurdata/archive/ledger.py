"""Ledger of an archive: what was collected, when and with what result.

Each snapshot's entry is in its own file's footer, so that the one cannot be without the other.
Snapshots without rows of their own (unchanged, skipped, failed) are files of the record
``snapshot``. The ledger is therefore always recoverable from the folder.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import pyarrow as pa

from imgurdata.archive.table import tuples, typed_frame
from imgurdata.model.records import SNAPSHOT
from imgurdata.model.schema import TIME

__all__ = ["DONE", "entry_of", "gaps_of", "ledger_table"]

#: Statuses after which a slot is not asked for again.
DONE = frozenset({"ok", "unchanged"})

_TIMES = [field.name for field in SNAPSHOT.fields if field.dtype == TIME]


def entry_of(
    name: str,
    record: str,
    attrs: Mapping[str, Any],
    *,
    status: str,
    rows: int,
    first: dt.datetime,
    last: dt.datetime,
    fingerprint: str,
    slot: dt.datetime | None = None,
    every: int | None = None,
    pull: str | None = None,
    message: str | None = None,
) -> dict[str, Any]:
    """Return the entry of a snapshot; JSON-able, with times as ISO 8601 text."""
    return {
        "snapshot": name,
        "record": record,
        "status": status,
        "slot": None if slot is None else slot.isoformat(),
        "every": every,
        "pull": pull,
        "endpoint": attrs.get("endpoint"),
        "params": json.dumps(attrs.get("params", {}), sort_keys=True),
        "rows": rows,
        "first_fetched_at": first.isoformat(),
        "requests": attrs.get("requests"),
        "credits_spent": attrs.get("credits_spent"),
        "missing": len(attrs.get("missing") or ()),
        "message": message,
        "schema_version": attrs.get("schema_version"),
        "fingerprint": fingerprint,
        "version": attrs.get("version"),
        "attrs": json.dumps(attrs, sort_keys=True, default=str),
        "fetched_at": last.isoformat(),
    }


def ledger_table(entries: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Return the table of entries, in order of time; columns that an entry lacks are NA."""
    rows = []
    for entry in entries:
        times = {k: entry.get(k) for k in _TIMES}
        read = {k: dt.datetime.fromisoformat(v) if v else None for k, v in times.items()}
        rows.append({**entry, **read})
    rows.sort(key=lambda row: (row["fetched_at"], row["snapshot"]))
    arrays = [pa.array([row.get(f.name) for row in rows], f.arrow_type) for f in SNAPSHOT.fields]
    return pa.Table.from_arrays(arrays, names=SNAPSHOT.columns)


def gaps_of(ledger: pd.DataFrame) -> pd.DataFrame:
    """Return the rounds that were due and have no snapshot.

    Parameters
    ----------
    ledger : pandas.DataFrame
        ``archive.load("snapshot")``.

    Returns
    -------
    pandas.DataFrame
        ``pull, slot, reason``: a row a pull and round between its first round and its last.
        ``reason`` is the status noted for it, or ``"not running"``.
    """
    collected = ledger[ledger["slot"].notna() & ledger["pull"].notna()]
    collected = collected.assign(done=collected["status"].isin(DONE))
    best = collected.sort_values(["pull", "slot", "done"], kind="stable")
    best = best.drop_duplicates(["pull", "slot"], keep="last")
    found: list[dict[str, Any]] = []
    before: Any = None
    for row in tuples(best):
        if before is not None and before.pull == row.pull:
            # A pull that is now collected more often has no gap where it was not yet.
            step = pd.Timedelta(seconds=max(row.every, before.every))
            due = before.slot + step
            while due < row.slot:
                found.append({"pull": row.pull, "slot": due, "reason": "not running"})
                due += step
        if not row.done:
            found.append({"pull": row.pull, "slot": row.slot, "reason": row.status})
        before = row
    frame = typed_frame(found, {"pull": "str", "slot": TIME, "reason": "str"})
    return frame.sort_values(["slot", "pull"], kind="stable", ignore_index=True)
