"""All themes of the world, the most posted about first."""

from __future__ import annotations

from world_maker.themes.animals import ANIMALS
from world_maker.themes.base import Theme
from world_maker.themes.making import MAKING
from world_maker.themes.outdoors import OUTDOORS
from world_maker.themes.pastimes import PASTIMES
from world_maker.themes.screens import SCREENS

THEMES: tuple[Theme, ...] = tuple(
    sorted(
        (*ANIMALS, *MAKING, *OUTDOORS, *SCREENS, *PASTIMES),
        key=lambda theme: (-theme.weight, theme.name),
    )
)

__all__ = ["THEMES", "Theme"]
