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

from imgurdata.archive.frames import tuples, typed_frame
from imgurdata.model.schema import TIME, Field, Record

__all__ = ["DONE", "SNAPSHOT", "STATUSES", "entry_of", "gaps_of", "ledger_table"]

_SOURCE = "the archive"
#: Statuses of snapshots, and what they mean.
STATUSES = {
    "ok": "stored",
    "unchanged": "the same as the snapshot before: its rows are not stored again",
    "partial": "the pull broke; the rows before are stored",
    "failed": "the pull broke before its first row",
    "skipped": "not enough credits were left",
}
#: Statuses after which a slot is not asked for again.
DONE = frozenset({"ok", "unchanged"})

SNAPSHOT = Record(
    name="snapshot",
    id_key="snapshot",
    fields=(
        Field("snapshot", "str", "name of the snapshot", _SOURCE),
        Field("record", "str", "what its rows are", _SOURCE),
        Field("status", "str", "; ".join(f"{k}: {v}" for k, v in STATUSES.items()), _SOURCE),
        Field("slot", TIME, "the round it was collected for; NA if appended by hand", _SOURCE,
              unit="UTC"),
        Field("every", "Int64", "time between rounds", _SOURCE, unit="s"),
        Field("pull", "str", "the pull that was collected, as JSON; NA if appended by hand",
              _SOURCE),
        Field("endpoint", "str", "the list, or the pattern of its path", "attrs"),
        Field("params", "str", "the pull's arguments, as JSON", "attrs"),
        Field("rows", "Int64", "rows, also of an unchanged snapshot", _SOURCE),
        Field("first_fetched_at", TIME, "fetched_at of the first answer", _SOURCE, unit="UTC"),
        Field("requests", "Int64", "requests sent", "attrs"),
        Field("credits_spent", "Int64", "credits they cost", "attrs"),
        Field("missing", "Int64", "items that Imgur did not give", "attrs"),
        Field("message", "str", "why it is not ok", _SOURCE),
        Field("schema_version", "Int64", "version of the columns", "attrs"),
        Field("fingerprint", "str", "digest of its columns and types", _SOURCE),
        Field("version", "str", "version of imgurdata", "attrs"),
        Field("attrs", "str", "what the frame's attrs said, as JSON", "attrs"),
        Field("fetched_at", TIME, "fetched_at of the last answer", _SOURCE, unit="UTC"),
    ),
)  # fmt: skip

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
