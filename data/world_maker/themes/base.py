"""What a theme is: the vocabulary, the tags and the temper of one kind of post."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Theme:
    """One kind of post.

    ``titles``, ``short`` and ``captions`` are templates for :mod:`world_maker.grammar`, ``words``
    the theme's own slots.

    Parameters
    ----------
    name : str
        The theme's name, also its first tag.
    weight : float
        How often people post about it.
    pull : float
        How much better (or worse) than others its posts do, in standard deviations.
    motion : float
        How many times as often as others its pictures move.
    series : float
        How many times as often as others its posts hold more than one picture.
    tags : tuple of str
        Its tags, the most used first.
    section : str
        The section named after a forum, when a post of it has one.
    """

    name: str
    weight: float
    pull: float
    motion: float
    series: float
    tags: tuple[str, ...]
    section: str
    titles: tuple[str, ...]
    short: tuple[str, ...]
    captions: tuple[str, ...]
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dump: bool = False


def listed(text: str) -> tuple[str, ...]:
    """Split words or templates written in one text with ``|`` between them.

    Examples
    --------
    >>> listed("barn owl | wren")
    ('barn owl', 'wren')
    """
    return tuple(part.strip() for part in text.split("|"))
