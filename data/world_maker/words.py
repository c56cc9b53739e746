"""Word lists, sentence templates and themes, read from the folder ``words``.

``README.md`` beside ``make_world.py`` explains the files.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from world_maker import Row

_FOLDER = Path(__file__).parent / "words"


@dataclass(frozen=True, eq=False)
class Theme:
    """Vocabulary, tags and temper of one kind of post.

    ``pull`` says how much better its posts do than others, in standard deviations; ``motion`` and
    ``series`` how many times as often as others they move or hold several pictures.
    """

    name: str
    weight: float
    pull: float
    motion: float
    series: float
    section: str
    tags: Sequence[str]
    titles: Sequence[str]
    short: Sequence[str]
    captions: Sequence[str]
    topics: Sequence[str]
    words: Mapping[str, Sequence[str]]
    animal: bool = False
    drawn: bool = False
    dump: bool = False
    kept: bool = False


def load(name: str) -> Any:
    """Read one of the files of words."""
    return json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))


# The most posted about first.
THEMES: Sequence[Theme] = sorted(
    (Theme(path.stem, **load(f"themes/{path.stem}")) for path in _FOLDER.glob("themes/*.json")),
    key=lambda theme: (-theme.weight, theme.name),
)
# What happened in the world and brought posts of its own, all with its tag.
EVENTS: Sequence[Row] = [{"tag": tag, **event} for tag, event in load("events").items()]
COMMENTS: Mapping[str, Sequence[str]] = load("comments")
COMMON: Row = load("common")
TAGS: Row = load("tags")
HABITS: Row = load("habits")
LEGACY: Row = load("legacy")
