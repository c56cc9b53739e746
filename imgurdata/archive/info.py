"""Description of an archive."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from imgurdata._format import bytes_text, duration_argument, plural
from imgurdata.archive.files import without_replaced
from imgurdata.archive.ledger import gaps_of, ledger_table
from imgurdata.archive.table import to_frame, tuples, typed_frame
from imgurdata.errors import ArchiveUnusable, ImgurDataError
from imgurdata.model.records import SNAPSHOT
from imgurdata.model.schema import TIME

if TYPE_CHECKING:
    from imgurdata.archive.files import ArchiveFile, Files

__all__ = ["ArchiveInfo", "archive_info"]

_MAX_LINES = 20
_RECORDS = {
    "record": "str", "snapshots": "Int64", "rows": "Int64", "files": "Int64", "bytes": "Int64",
    "first": TIME, "last": TIME,
}  # fmt: skip
_COLLECTED = {
    "pull": "str", "every": "Int64", "rounds": "Int64", "unchanged": "Int64", "gaps": "Int64",
    "last_slot": TIME, "last_status": "str",
}  # fmt: skip


@dataclass(frozen=True)
class ArchiveInfo:
    """What an archive holds.

    Attributes
    ----------
    url : str
    records : pandas.DataFrame
        ``record, snapshots, rows, files, bytes, first, last``: a row a record.
    collected : pandas.DataFrame
        ``pull, every, rounds, unchanged, gaps, last_slot, last_status``: a row a pull of
        :func:`imgurdata.collect`; ``every`` in seconds.
    gaps : pandas.DataFrame
        ``pull, slot, reason``: rounds that were due and have no snapshot.
    damaged : list of str
        What is wrong with files that cannot be read.
    """

    url: str
    records: pd.DataFrame
    collected: pd.DataFrame
    gaps: pd.DataFrame
    damaged: list[str] = field(default_factory=list)

    def _lines(self) -> list[str]:
        lines = ["empty"] if self.records.empty else []
        lines += [
            f"{row.record}: {plural(row.rows, 'row')} of {plural(row.snapshots, 'snapshot')}, "
            f"{_time(row.first)} to {_time(row.last)}, {plural(row.files, 'file')}, "
            f"{bytes_text(row.bytes)}"
            for row in tuples(self.records)
        ]
        lines += [
            f"collected every {duration_argument(row.every)}: {pull_text(row.pull)}: "
            f"{plural(row.rounds, 'round')}, {row.unchanged:,} unchanged, "
            f"{plural(row.gaps, 'gap')}; last {_time(row.last_slot)}, {row.last_status}"
            for row in tuples(self.collected)
        ]
        lines += [f"damaged: {text}" for text in self.damaged[:_MAX_LINES]]
        return lines

    def __str__(self) -> str:
        return "\n".join(["Archive " + self.url, *(f"  {line}" for line in self._lines())])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        import html  # for notebooks only

        items = "".join(f"<li>{html.escape(line)}</li>" for line in self._lines())
        return f"<div>Archive <code>{html.escape(self.url)}</code><ul>{items}</ul></div>"


def pull_text(pull: str) -> str:
    """Return a pull's JSON as people read it."""
    table: dict[str, Any] = json.loads(pull)
    name = table.pop("load", "")
    words = []
    for key, value in table.items():
        many = isinstance(value, list) and len(value) > 3
        words.append(f"{key}={plural(len(value), 'item') if many else value}")
    return " ".join([name, *words])


def _time(moment: Any) -> str:
    return "-" if pd.isna(moment) else f"{moment:%Y-%m-%d %H:%M}"


def archive_info(files: Files) -> ArchiveInfo:
    """Return the description of an archive; damaged files are listed in it."""
    rows: list[dict[str, Any]] = []
    entries: list[dict[str, Any]] = []
    damaged: list[str] = []
    try:
        records = files.records()
    except ImgurDataError as error:  # a URL that cannot be reached
        records = []
        damaged.append(error.message)
    for record in records:
        try:
            found = _read_footers(files, files.all(record), damaged)
            replaced = {
                file.name: frozenset(footer.get("replaces", ()))
                for file, (footer, _) in found.items()
                if file.compacted
            }
            current = without_replaced(found, replaced)
        except ArchiveUnusable as error:
            damaged.append(error.message)
            continue
        noted = [entry for file in current for entry in found[file][0]["snapshots"]]
        entries += noted
        if record == SNAPSHOT.name or not current:
            continue
        rows.append(
            {
                "record": record,
                "snapshots": len(noted),
                "rows": sum(found[file][1] for file in current),
                "files": len(current),
                "bytes": sum(file.size for file in current),
                "first": min(file.first for file in current),
                "last": max(file.last for file in current),
            }
        )
    ledger = to_frame(ledger_table(entries))
    gaps = gaps_of(ledger)
    return ArchiveInfo(
        files.shown, typed_frame(rows, _RECORDS), _collected(ledger, gaps), gaps, damaged
    )


def _read_footers(
    files: Files, stored: list[ArchiveFile], damaged: list[str]
) -> dict[ArchiveFile, tuple[dict[str, Any], int]]:
    """Return footer and number of rows of each file; note in ``damaged`` what is wrong."""
    found = {}
    for file in stored:
        try:
            metadata = files.metadata(file)
            found[file] = files.footer(file, metadata), metadata.num_rows
        except FileNotFoundError:
            continue  # compacted meanwhile
        except ArchiveUnusable as error:
            damaged.append(error.message)
    return found


def _collected(ledger: pd.DataFrame, gaps: pd.DataFrame) -> pd.DataFrame:
    rows = []
    kept = ledger[ledger["pull"].notna() & ledger["slot"].notna()]
    for pull, entries in kept.groupby("pull", sort=False):
        last = entries.sort_values("slot", kind="stable").iloc[-1]
        rows.append(
            {
                "pull": pull,
                "every": int(last["every"]),
                "rounds": int(entries["slot"].nunique()),
                "unchanged": int((entries["status"] == "unchanged").sum()),
                "gaps": int((gaps["pull"] == pull).sum()),
                "last_slot": last["slot"],
                "last_status": last["status"],
            }
        )
    return typed_frame(rows, _COLLECTED)
