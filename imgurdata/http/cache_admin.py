"""What a cache holds, and forgetting some of it: of ours, and of any requests-cache backend."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import pyarrow as pa

from imgurdata._clock import utc
from imgurdata._format import bytes_text, plural
from imgurdata._validate import one_of
from imgurdata.endpoints import ENDPOINTS, endpoint_of
from imgurdata.errors import CacheUnusable
from imgurdata.http.store import AnswerStore, Entry
from imgurdata.model.schema import Field, Record

__all__ = ["BY_ENDPOINT", "CacheInfo", "cache_info", "clear_cache"]

#: Columns of ``CacheInfo.by_endpoint``.
BY_ENDPOINT = Record(
    name="cache_info",
    fields=(
        Field("endpoint", "str", "what was asked, as in the ledger", "the table of endpoints"),
        Field("answers", "Int64", "stored answers", "the cache"),
        Field("fresh", "Int64", "of these, free to use now: young enough", "the session's max_age"),
        Field("bytes", "Int64", "what they take up, compressed", "the cache", unit="bytes"),
        Field("oldest", "datetime64[us, UTC]", "first confirmation", "the cache", unit="UTC"),
        Field("newest", "datetime64[us, UTC]", "last confirmation", "the cache", unit="UTC"),
    ),
)


@dataclass(frozen=True)
class CacheInfo:
    """What a session's cache holds; made by ``session.cache_info()``.

    Attributes
    ----------
    where
        The file, or the kind of backend.
    entries
        Answers stored, of whomever they are.
    bytes
        What they take up; of our own file its size on disk, free pages left out.
    max_bytes
        Bound on it; None where the backend has none. The columns count, too.
    columns_bytes
        What the columns take up that were decoded of these answers, in a file of their own.
    by_endpoint
        DataFrame: ``endpoint, answers, fresh, bytes, oldest, newest``; the largest first.
    """

    where: str
    entries: int
    bytes: int
    max_bytes: int | None
    by_endpoint: pd.DataFrame = field(compare=False)
    columns_bytes: int = 0

    def _headline(self) -> str:
        bound = f" of at most {bytes_text(self.max_bytes)}" if self.max_bytes else ""
        columns = f", and {bytes_text(self.columns_bytes)} of columns" if self.columns_bytes else ""
        size = f"{bytes_text(self.bytes)}{columns}{bound}"
        return f"{plural(self.entries, 'answer')}, {size}, in {self.where}"

    def __repr__(self) -> str:
        table = f"\n{self.by_endpoint.to_string(index=False)}" if self.entries else ""
        return self._headline() + table

    def _repr_html_(self) -> str:
        import html  # for notebooks only

        table = self.by_endpoint.to_html(index=False) if self.entries else ""
        return f"<p>{html.escape(self._headline())}</p>{table}"


def cache_info(store: AnswerStore, *, now: float, max_age: float) -> CacheInfo:
    """Return what a store holds, as a reader with this clock and ``max_age`` sees it."""
    groups: dict[str, list[Entry]] = {}
    for entry in store.entries():
        groups.setdefault(_endpoint(entry), []).append(entry)
    order = sorted(groups, key=lambda name: (-sum(e.size for e in groups[name]), name))
    columns: dict[str, list[Any]] = {name: [] for name in BY_ENDPOINT.columns}
    for name in order:
        entries = groups[name]
        times = [e.checked_at for e in entries if e.checked_at > float("-inf")]
        columns["endpoint"].append(name)
        columns["answers"].append(len(entries))
        columns["fresh"].append(sum(abs(now - t) < max_age for t in times))
        columns["bytes"].append(sum(e.size for e in entries))
        columns["oldest"].append(utc(min(times)) if times else None)
        columns["newest"].append(utc(max(times)) if times else None)
    frame = BY_ENDPOINT.frame(
        {f.name: pa.array(columns[f.name], f.arrow_type) for f in BY_ENDPOINT.fields}
    )
    return CacheInfo(
        where=store.location(),
        entries=sum(map(len, groups.values())),
        bytes=store.bytes_used(),
        max_bytes=store.max_bytes,
        by_endpoint=frame,
        columns_bytes=store.columns.bytes_used() if store.columns is not None else 0,
    )


def clear_cache(
    store: AnswerStore, *, now: float, endpoint: str | None, older_than: float | None
) -> int:
    """Forget answers; return how many. ``older_than`` is in seconds since the confirmation.

    All columns are forgotten, since they do not tell which answers they are of.

    Raises
    ------
    CacheUnusable
        The store cannot be written now.
    """
    entries = list(store.entries())
    if endpoint is not None:
        known = {_endpoint(entry) for entry in entries}
        one_of("endpoint", endpoint, sorted(known | ENDPOINTS.keys()))
    keys = [
        entry.key
        for entry in entries
        if (endpoint is None or _endpoint(entry) == endpoint)
        and (older_than is None or now - entry.checked_at > older_than)
    ]
    lost = store.lost_writes
    if store.columns is not None:
        store.columns.clear()
    # Keys do not tell the endpoint: what is asked again costs a credit, and is right.
    store.forget_absences(float("inf") if older_than is None else now - older_than)
    forgotten = store.forget(keys)
    if store.lost_writes > lost:
        # What somebody wants forgotten is still there.
        raise CacheUnusable(
            f"The cache {store.location()} cannot be cleared now: another process keeps it locked, "
            "the disk is full, or it is read-only. Nothing, or a part, was forgotten: try again."
        )
    store.shrink()
    return forgotten


def _endpoint(entry: Entry) -> str:
    return endpoint_of(urlsplit(entry.url).path)
