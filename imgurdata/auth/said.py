"""What a browser is told at the end of a sign-in."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Said"]


@dataclass(frozen=True, slots=True)
class Said:
    """What the callback page shows.

    Attributes
    ----------
    title, text
        Never hold any of what came.
    keep
        Whether the page still offers the address, for pasting.
    status
        HTTP status.
    """

    title: str
    text: str
    keep: bool = False
    status: int = 200
