"""The pictures of a post: how many, what kind, how large."""

from world_maker import Row
from world_maker.rng import Rng
from world_maker.words import Theme, load

JPEG, PNG, GIF, MP4 = "image/jpeg", "image/png", "image/gif", "video/mp4"
WEIGHTS = load("pictures")
_LARGEST_STILL, _LARGEST_MOVING = 5_000_000, 200_000_000


def draw_count(theme: Theme, rng: Rng) -> int:
    """Draw how many pictures an album holds: most hold one, dumps up to sixty."""
    if not rng.chance(min(0.97, 0.185 * theme.series)):
        return 1
    return rng.between(WEIGHTS["in_dump" if theme.dump else "in_series"])


def make_pictures(theme: Theme, count: int, created: int, rng: Rng, *, single: bool) -> list[Row]:
    """Make the pictures of a post, in the order shown, without ids, views and texts.

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
        size = width * height * rng.lognormal(*WEIGHTS["types"][kind]["bytes"])
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
                "title": None,
                "description": None,
            }
        )
    return pictures


def make_single(theme: Theme, created: int, rng: Rng) -> Row:
    """Make a picture that was uploaded alone, without its id, views and texts."""
    (picture,) = make_pictures(theme, 1, created, rng, single=True)
    return {**picture, "created": created}


def _draw_kind(theme: Theme, rng: Rng, *, single: bool) -> str:
    """Draw a media type; pictures posted without an album move more often."""
    if rng.chance(0.6 if single else min(0.85, 0.215 * theme.motion)):
        return GIF if rng.chance(0.5 if single else 0.055) else MP4
    return PNG if rng.chance(0.22 if theme.drawn else 0.085) else JPEG


def _draw_size(kind: str, rng: Rng) -> tuple[int, int]:
    """Draw width and height in px."""
    if kind == MP4:
        width = int(rng.weighted(WEIGHTS["video_widths"]))
        across, down = map(int, rng.weighted(WEIGHTS["video_aspects"]).split(":"))
        # Video needs an even height.
        return width, round(width / (across / down) / 2) * 2
    if kind == JPEG and rng.chance(0.36):
        width, height = map(int, rng.weighted(WEIGHTS["photo_sizes"]).split("x"))
        return width, height
    shape = WEIGHTS["types"][kind]
    width = int(min(max(rng.lognormal(*shape["width"]), 220), 728 if kind == GIF else 6_000))
    tall = width / min(max(rng.lognormal(shape["aspect"], 0.33), 0.2), 2.6)
    return width, int(min(tall, 8_000))
