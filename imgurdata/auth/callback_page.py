"""The text of the callback page at the end of a sign-in."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Said"]


@dataclass(frozen=True, slots=True)
class Said:
    """Text of the callback page.

    Attributes
    ----------
    title, text : str
        Never hold any of what came.
    keep : bool
        Whether the page still offers the address, for pasting.
    status : int
        HTTP status.
    """

    title: str
    text: str
    keep: bool = False
    status: int = 200
