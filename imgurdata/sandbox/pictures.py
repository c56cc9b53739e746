"""Draws the pictures that the sandbox's links point at.

Nothing is stored: a picture follows from its id, so the same link shows the same picture on every
machine and in every run.
"""

from __future__ import annotations

import colorsys
import io
import math
import random
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

__all__ = ["EXTENSIONS", "MEDIA_TYPES", "THUMBNAILS", "draw", "thumbnail"]

#: Extensions of the world's files by their media type, and media types by extension.
EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "video/mp4": "mp4"}
MEDIA_TYPES = {extension: kind for kind, extension in EXTENSIONS.items()} | {"jpeg": "image/jpeg"}

#: Longest side of a drawn picture in pixels.
LONGEST = 1024

#: By the letter before the extension: the longest side, and whether it is cropped to a square (API
#: reference, Thumbnails).
THUMBNAILS = {
    "s": (90, True),
    "b": (160, True),
    "t": (160, False),
    "m": (320, False),
    "l": (640, False),
    "h": (1024, False),
}

_FRAMES = 6
_PLAIN = str.maketrans("\u2018\u2019\u201c\u201d\u2013\u2014", "''\"\"--")


@lru_cache(maxsize=128)
def draw(
    name: str, caption: str, width: int, height: int, suffix: str = "", kind: str = "jpg"
) -> bytes:
    r"""Draw a picture and return it as a file.

    Parameters
    ----------
    name : str
        The image's id, which colours and shapes follow from.
    caption : str
        A line of text in it.
    width, height : int
        Pixels of the original.
    suffix : str
        One of `THUMBNAILS`, or empty for the picture itself.
    kind : {"jpg", "png", "gif"}
        A GIF has six frames, but only one as a thumbnail.

    Examples
    --------
    >>> draw("a1b2c3d", "A caption", 640, 480)[:2]
    b'\xff\xd8'
    """
    longest, square = THUMBNAILS.get(suffix, (LONGEST, False))
    size = (longest, longest) if square else _fit(width, height, longest)
    frames = _FRAMES if kind == "gif" and not suffix else 1
    # Frames are small, since drawing and compressing takes time in proportion to their area.
    if frames > 1:
        size = _fit(*size, 480)
    images = [_frame(name, caption, size, step / frames) for step in range(frames)]
    out = io.BytesIO()
    if kind == "png":
        images[0].save(out, "PNG", compress_level=3)
    elif kind == "gif":
        palette = [image.quantize(64) for image in images]
        palette[0].save(out, "GIF", save_all=True, append_images=palette[1:], duration=120, loop=0)
    else:
        images[0].save(out, "JPEG", quality=85)
    return out.getvalue()


def thumbnail(content: bytes, suffix: str) -> bytes | None:
    """Return a thumbnail of a file as JPEG; None if it is no picture."""
    from PIL import Image, ImageOps

    longest, square = THUMBNAILS[suffix]
    try:
        with Image.open(io.BytesIO(content)) as image:
            small = image.convert("RGB")
    except (OSError, ValueError, SyntaxError):
        return None
    if square:
        small = ImageOps.fit(small, (longest, longest))
    small.thumbnail((longest, longest))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=85)
    return out.getvalue()


def _fit(width: int, height: int, longest: int) -> tuple[int, int]:
    scale = min(1.0, longest / max(width, height, 1))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _frame(name: str, caption: str, size: tuple[int, int], phase: float) -> Image.Image:
    from PIL import ImageDraw

    dice = random.Random(name)  # noqa: S311  (a drawing, no secret)
    hue = dice.random()
    image = _gradient(size, _colour(hue, 0.55, 0.35), _colour(hue + 0.12, 0.5, 0.85))
    canvas = ImageDraw.Draw(image, "RGBA")
    width, height = size
    for _ in range(dice.randint(4, 7)):
        _shape(canvas, dice, (width, height), hue, phase)
    _write(canvas, caption, size)
    return image


def _gradient(
    size: tuple[int, int], top: tuple[int, int, int], bottom: tuple[int, int, int]
) -> Image.Image:
    from PIL import Image

    # One column, stretched: the same as a pixel loop, and a thousand times faster.
    column = Image.new("RGB", (1, 256))
    for y in range(256):
        share = y / 255
        mixed = [round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True)]
        column.putpixel((0, y), (mixed[0], mixed[1], mixed[2]))
    return column.resize(size)


def _shape(
    canvas: ImageDraw.ImageDraw,
    dice: random.Random,
    size: tuple[int, int],
    hue: float,
    phase: float,
) -> None:
    width, height = size
    reach = min(width, height) * dice.uniform(0.08, 0.32)
    angle = dice.random() * math.tau
    drift = math.sin(math.tau * phase + angle) * reach * 0.4
    x, y = dice.random() * width + drift, dice.random() * height * 0.8 + drift / 2
    fill = (*_colour(hue + dice.uniform(-0.15, 0.5), 0.6, 0.9), 110)
    corners = dice.choice([0, 3, 4, 6])
    if corners == 0:
        canvas.ellipse((x - reach, y - reach, x + reach, y + reach), fill=fill)
        return
    turn = angle + phase * math.tau / corners
    points = [
        (
            x + reach * math.cos(turn + math.tau * corner / corners),
            y + reach * math.sin(turn + math.tau * corner / corners),
        )
        for corner in range(corners)
    ]
    canvas.polygon(points, fill=fill)


def _write(canvas: ImageDraw.ImageDraw, caption: str, size: tuple[int, int]) -> None:
    from PIL import ImageFont

    width, height = size
    points = max(10, min(width, height) // 16)
    if height < points * 3:
        return
    font = ImageFont.load_default(size=points)
    text = _plain(caption)
    length = len(text)
    while length and canvas.textlength(_cut(text, length), font=font) > width * 0.9:
        length = length * 9 // 10
    band = points * 2
    canvas.rectangle((0, height - band, width, height), fill=(0, 0, 0, 120))
    canvas.text(
        (width * 0.04, height - band + points * 0.35),
        _cut(text, length),
        font=font,
        fill=(255, 255, 255, 235),
    )


def _plain(caption: str) -> str:
    """Return a caption in ASCII: Pillow's own font shows other characters as boxes."""
    letters = unicodedata.normalize("NFKD", caption.translate(_PLAIN))
    return " ".join(letters.encode("ascii", "ignore").decode().split())


def _cut(text: str, length: int) -> str:
    """Shorten a line to a number of characters, with an ellipsis if something is lost."""
    return text if length >= len(text) else text[:length].rstrip() + "..." * bool(length)


def _colour(hue: float, saturation: float, value: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)
