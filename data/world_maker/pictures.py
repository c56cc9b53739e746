"""The pictures of a post: how many, what kind, how large."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from world_maker.dice import Dice
    from world_maker.words import Theme

T = TypeVar("T")
JPEG, PNG, GIF, MP4 = "image/jpeg", "image/png", "image/gif", "video/mp4"
MOST_PICTURES = 60
# Uploads come in batches of at most fifty, so albums of fifty are many.
BATCH = 50
_LARGEST_STILL = 5_000_000
_LARGEST_MOVING = 200_000_000
# Sizes in px that phones and sites make, with weights.
_PHOTO_SIZES = (
    ((3024, 4032), 5),
    ((4032, 3024), 3),
    ((1536, 2048), 8),
    ((2048, 1536), 5),
    ((1080, 1350), 6),
    ((1080, 1080), 7),
    ((1920, 1080), 4),
    ((1200, 1600), 5),
    ((960, 720), 4),
    ((720, 960), 4),
    ((640, 640), 3),
    ((1080, 1920), 4),
)
_VIDEO_WIDTHS = ((960, 42), (854, 10), (480, 18), (720, 8), (640, 7), (460, 8), (400, 5), (352, 2))
_VIDEO_ASPECTS = ((9 / 16, 42), (16 / 9, 22), (4 / 5, 14), (1.0, 12), (4 / 3, 10))


def how_many(theme: Theme, dice: Dice) -> int:
    """Draw how many pictures an album holds: most hold one, dumps up to sixty."""
    if not dice.chance(min(0.97, 0.185 * theme.series)):
        return 1
    if theme.dump:
        low, high = dice.weighted(((2, 9), (10, 49), (BATCH, BATCH), (51, 60)), (8, 36, 42, 14))
        return dice.integer(low, high)
    ranges = ((2, 2), (3, 3), (4, 5), (6, 9), (10, 19), (20, 45), (BATCH, BATCH), (51, 60))
    low, high = dice.weighted(ranges, (25, 13, 15, 18, 13, 7, 8, 1))
    return dice.integer(low, high)


def kind_of(theme: Theme, dice: Dice, *, single: bool) -> str:
    """Draw a media type; pictures posted without an album move more often."""
    if dice.chance(0.6 if single else min(0.85, 0.215 * theme.motion)):
        return GIF if dice.chance(0.5 if single else 0.055) else MP4
    return PNG if dice.chance(0.22 if theme.drawn else 0.085) else JPEG


def size_of(kind: str, dice: Dice) -> tuple[int, int]:
    """Draw width and height in px."""
    if kind == MP4:
        width = _weighted(_VIDEO_WIDTHS, dice)
        return width, _even(width / _weighted(_VIDEO_ASPECTS, dice))
    if kind == JPEG and dice.chance(0.36):
        return _weighted(_PHOTO_SIZES, dice)
    median, spread, aspect = {
        JPEG: (900.0, 0.48, 0.92),
        PNG: (830.0, 0.26, 0.84),
        GIF: (520.0, 0.3, 1.1),
    }[kind]
    width = int(min(max(dice.lognormal(median, spread), 220), 728 if kind == GIF else 6_000))
    height = width / min(max(dice.lognormal(aspect, 0.33), 0.2), 2.6)
    return width, int(min(height, 8_000))


def bytes_of(kind: str, width: int, height: int, dice: Dice) -> int:
    """Draw the size in bytes from the area and what this kind needs for a pixel."""
    median, spread = {JPEG: (0.108, 0.45), PNG: (0.72, 0.5), GIF: (16.0, 1.4), MP4: (6.4, 0.85)}[
        kind
    ]
    most = _LARGEST_STILL if kind in (JPEG, PNG) else _LARGEST_MOVING
    return int(min(max(width * height * dice.lognormal(median, spread), 9_000), most))


def make_pictures(
    theme: Theme, count: int, created: int, dice: Dice, *, single: bool
) -> list[dict[str, Any]]:
    """Make the pictures of one post, without ids, texts and views.

    Parameters
    ----------
    theme : Theme
        What the post is about.
    count : int
        How many pictures.
    created : int
        When the post was made, in s; its pictures were uploaded before, one after the other.
    dice : Dice
        Chance.
    single : bool
        Whether the picture is posted without an album.

    Returns
    -------
    list of dict
        The pictures, in the order shown. A series is mostly of one kind and one camera.
    """
    first_kind = kind_of(theme, dice, single=single)
    first_size = size_of(first_kind, dice)
    uploaded = created - min(int(dice.lognormal(85.0, 1.25)) + 2 + 3 * count, 3_600)
    pictures = []
    for place in range(count):
        alike = place == 0 or (not theme.dump and dice.chance(0.72))
        kind = first_kind if alike else kind_of(theme, dice, single=single)
        width, height = first_size if alike else size_of(kind, dice)
        pictures.append(
            {
                "created": min(uploaded + place * 2 + dice.integer(0, 1), created),
                "type": kind,
                "animated": kind in (GIF, MP4),
                "width": width,
                "height": height,
                "size": bytes_of(kind, width, height, dice),
                "has_sound": kind == MP4 and dice.chance(0.68),
            }
        )
    return pictures


def _weighted(pairs: Sequence[tuple[T, float]], dice: Dice) -> T:
    """Draw from pairs of a thing and its weight."""
    return dice.weighted([thing for thing, _ in pairs], [weight for _, weight in pairs])


def _even(value: float) -> int:
    """Round to the even number that video needs."""
    return round(value / 2) * 2
