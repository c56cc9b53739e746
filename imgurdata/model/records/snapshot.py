"""Record of an archive's ledger: a row a snapshot."""

from __future__ import annotations

from imgurdata.model.schema import TIME, Field, Record

__all__ = ["SNAPSHOT"]

_SOURCE = "the archive"
#: Statuses of snapshots, and what they mean.
_STATUSES = {
    "ok": "stored",
    "unchanged": "the same as the snapshot before: its rows are not stored again",
    "partial": "the pull broke; the rows before are stored",
    "failed": "the pull broke before its first row",
    "skipped": "not enough credits were left",
}
SNAPSHOT = Record(
    name="snapshot",
    id_key="snapshot",
    fields=(
        Field("snapshot", "str", "name of the snapshot", _SOURCE),
        Field("record", "str", "what its rows are", _SOURCE),
        Field("status", "str", "; ".join(f"{k}: {v}" for k, v in _STATUSES.items()), _SOURCE),
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
