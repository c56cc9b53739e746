"""How counts grew: the rows of posts over time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from imgurdata.archive.ledger import ledger_table
from imgurdata.archive.read import checked_columns, id_filter, ledger_entries, read_rows
from imgurdata.archive.table import in_order, to_frame, tuples
from imgurdata.model.records import SNAPSHOT, find_table

if TYPE_CHECKING:
    from imgurdata.archive.files import Files

__all__ = ["history_of"]

_KEYS = ("id", "fetched_at", "listing", "rank")
#: Values that a history shows unless others are named.
_COUNTS = ("points", "score", "views", "ups", "downs", "comment_count")


def history_of(
    files: Files, ids: Any, values: Sequence[str] | None, *, changes: bool
) -> pd.DataFrame:
    """Return the history of posts; see :meth:`Archive.history`."""
    record = find_table("post")
    names = checked_columns(_COUNTS if values is None else values, record.columns, record)
    columns = [*dict.fromkeys([*_KEYS, *names])]
    where = None if ids is None else id_filter(record, ids)
    table, entries = read_rows(files, record, columns=columns, where=where)
    entries += ledger_entries(files, records=[SNAPSHOT.name])
    ledger = to_frame(ledger_table(entries))
    unchanged = ledger[(ledger["record"] == "post") & (ledger["status"] == "unchanged")]
    if len(unchanged) and table.num_rows:
        table = pa.concat_tables([table, *_confirmed(table, ledger, unchanged)])
    table = in_order(table, first=("id", "fetched_at"))
    frame = to_frame(table.select(columns))
    if changes:
        frame = _changes(frame)
    frame.attrs["imgurdata"] = {
        "record": "history",
        "spans": _spans(ledger),
        "missing": _missing(ledger),
    }
    return frame


def _confirmed(table: pa.Table, ledger: pd.DataFrame, unchanged: pd.DataFrame) -> list[pa.Table]:
    """Return the rows of snapshots that were the same as the one before, with their own time."""
    tables = []
    stored = ledger[ledger["status"] == "ok"]
    for entry in tuples(unchanged):
        same = stored[(stored["pull"] == entry.pull) & (stored["fetched_at"] <= entry.fetched_at)]
        if same.empty:
            continue
        last = same.iloc[-1]
        times = table.column("fetched_at")
        within = pc.and_(
            pc.greater_equal(times, pa.scalar(last["first_fetched_at"], times.type)),
            pc.less_equal(times, pa.scalar(last["fetched_at"], times.type)),
        )
        listing = last["endpoint"]
        within = pc.and_(within, pc.fill_null(pc.equal(table.column("listing"), listing), False))
        rows = table.filter(within)
        moment = pa.scalar(entry.fetched_at, times.type)
        index = rows.column_names.index("fetched_at")
        tables.append(rows.set_column(index, "fetched_at", pa.repeat(moment, rows.num_rows)))
    return tables


def _changes(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in which a value differs from the post's row before in that list."""
    values = [name for name in frame.columns if name not in _KEYS]
    ordered = frame.sort_values(["id", "listing", "fetched_at"], kind="stable")
    before = ordered.groupby(["id", "listing"], dropna=False, sort=False)
    first = before.cumcount() == 0
    differs = first.copy()
    for name in values:
        old, new = before[name].shift(), ordered[name]
        same = (old == new).fillna(False).astype(bool) | (old.isna() & new.isna())
        differs |= ~same
    return frame[differs.reindex(frame.index)].reset_index(drop=True)


def _spans(ledger: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Return, for each list, the end of its first snapshot and the beginning of its last."""
    kept = ledger[(ledger["record"] == "post") & ledger["status"].isin(["ok", "unchanged"])]
    spans = {}
    for listing, rows in kept.dropna(subset="endpoint").groupby("endpoint"):
        spans[str(listing)] = {
            "first": rows["fetched_at"].min().isoformat(),
            "last": rows["first_fetched_at"].max().isoformat(),
        }
    return spans


def _missing(ledger: pd.DataFrame) -> dict[str, str]:
    """Return when Imgur first answered that a post was gone, by id."""
    found: dict[str, str] = {}
    asked = ledger[(ledger["record"] == "post") & (ledger["missing"] > 0).fillna(False)]
    for text, moment in zip(asked["attrs"], asked["fetched_at"], strict=True):
        attrs: dict[str, Any] = json.loads(text)
        for post in attrs.get("missing", ()):
            found.setdefault(str(post), moment.isoformat())
    return found
