"""The world's trophies: what accounts were honoured for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.tables import known_fields, read_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Trophy", "load_trophies"]


@dataclass(frozen=True, slots=True)
class Trophy:
    """One trophy of one account.

    Attributes
    ----------
    data : str or None
        Post or comment that earned it.
    """

    account_id: int
    id: int
    name: str
    name_clean: str
    description: str
    data: str | None
    created: int


def load_trophies(folder: Path) -> dict[int, list[Trophy]]:
    """Read the trophies of each account, latest first.

    Raises
    ------
    ImgurDataError
        The table is missing or damaged.
    """

    def make(rows: Iterator[dict[str, Any]]) -> dict[int, list[Trophy]]:
        trophies = [Trophy(**known_fields(Trophy, row)) for row in rows]
        out: dict[int, list[Trophy]] = {}
        for trophy in sorted(trophies, key=lambda one: (-one.created, -one.id)):
            out.setdefault(trophy.account_id, []).append(trophy)
        return out

    return read_table(folder, "trophies", make)
