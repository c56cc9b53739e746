"""The pictures of a post: how many, what kind, how large."""

from typing import Any

from world_maker.rng import Rng
from world_maker.words import Theme

JPEG, PNG, GIF, MP4 = "image/jpeg", "image/png", "image/gif", "video/mp4"
# Uploads come in batches of at most fifty, so albums of fifty are many.
BATCH = 50
# Numbers of pictures, from and to, and their weights.
_IN_SERIES = {(2, 2): 25, (3, 3): 13, (4, 5): 15, (6, 9): 18, (10, 19): 13, (20, 45): 7}
_IN_SERIES |= {(BATCH, BATCH): 8, (51, 60): 1}
_IN_DUMP = {(2, 9): 8, (10, 49): 36, (BATCH, BATCH): 42, (51, 60): 14}
# Width and height in px that phones and sites make.
_PHOTO_SIZES = {(3024, 4032): 5, (4032, 3024): 3, (1536, 2048): 8, (2048, 1536): 5}
_PHOTO_SIZES |= {(1080, 1350): 6, (1080, 1080): 7, (1920, 1080): 4, (1200, 1600): 5}
_PHOTO_SIZES |= {(960, 720): 4, (720, 960): 4, (640, 640): 3, (1080, 1920): 4}
_VIDEO_WIDTHS = {960: 42, 854: 10, 480: 18, 720: 8, 640: 7, 460: 8, 400: 5, 352: 2}
_VIDEO_ASPECTS = {9 / 16: 42, 16 / 9: 22, 4 / 5: 14, 1.0: 12, 4 / 3: 10}
# By type: median and spread of the width, median of the aspect ratio.
_SHAPES = {JPEG: (900.0, 0.48, 0.92), PNG: (830.0, 0.26, 0.84), GIF: (520.0, 0.3, 1.1)}
# By type: median and spread of the bytes a pixel needs.
_BYTES = {JPEG: (0.108, 0.45), PNG: (0.72, 0.5), GIF: (16.0, 1.4), MP4: (6.4, 0.85)}
_LARGEST_STILL, _LARGEST_MOVING = 5_000_000, 200_000_000


def draw_count(theme: Theme, rng: Rng) -> int:
    """Draw how many pictures an album holds: most hold one, dumps up to sixty."""
    if not rng.chance(min(0.97, 0.185 * theme.series)):
        return 1
    return rng.integer(*rng.weighted(_IN_DUMP if theme.dump else _IN_SERIES))


def make_pictures(
    theme: Theme, count: int, created: int, rng: Rng, *, single: bool
) -> list[dict[str, Any]]:
    """Make the pictures of a post, in the order shown, without ids, texts and views.

    They were uploaded one after the other before ``created``, the time of the post in s; ``single``
    is a picture posted without an album. A series is mostly of one kind and one camera.
    """
    first_kind = _draw_kind(theme, rng, single=single)
    first_size = _draw_size(first_kind, rng)
    uploaded = created - min(int(rng.lognormal(85.0, 1.25)) + 2 + 3 * count, 3_600)
    pictures = []
    for position in range(count):
        alike = position == 0 or (not theme.dump and rng.chance(0.72))
        kind = first_kind if alike else _draw_kind(theme, rng, single=single)
        width, height = first_size if alike else _draw_size(kind, rng)
        uploaded_at = min(uploaded + position * 2 + rng.integer(0, 1), created)
        size = width * height * rng.lognormal(*_BYTES[kind])
        largest = _LARGEST_STILL if kind in (JPEG, PNG) else _LARGEST_MOVING
        pictures.append(
            {
                "created": uploaded_at,
                "type": kind,
                "animated": kind in (GIF, MP4),
                "width": width,
                "height": height,
                "size": int(min(max(size, 9_000), largest)),
                "has_sound": kind == MP4 and rng.chance(0.68),
            }
        )
    return pictures


def _draw_kind(theme: Theme, rng: Rng, *, single: bool) -> str:
    """Draw a media type; pictures posted without an album move more often."""
    if rng.chance(0.6 if single else min(0.85, 0.215 * theme.motion)):
        return GIF if rng.chance(0.5 if single else 0.055) else MP4
    return PNG if rng.chance(0.22 if theme.drawn else 0.085) else JPEG


def _draw_size(kind: str, rng: Rng) -> tuple[int, int]:
    """Draw width and height in px."""
    if kind == MP4:
        width = rng.weighted(_VIDEO_WIDTHS)
        # Video needs an even height.
        return width, round(width / rng.weighted(_VIDEO_ASPECTS) / 2) * 2
    if kind == JPEG and rng.chance(0.36):
        return rng.weighted(_PHOTO_SIZES)
    median, spread, aspect = _SHAPES[kind]
    width = int(min(max(rng.lognormal(median, spread), 220), 728 if kind == GIF else 6_000))
    height = width / min(max(rng.lognormal(aspect, 0.33), 0.2), 2.6)
    return width, int(min(height, 8_000))
