"""Text as matplotlib draws it: its width, its lines, and data that is shown as it is."""

from __future__ import annotations

import re
from functools import lru_cache

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

__all__ = ["draw_literally", "literal", "text_width", "wrap"]

# Characters that TeX reads as commands.
_TEX = frozenset("$\\%#&_{}^~")

# Words that a line may end after; a number stays with its unit.
_WORDS = re.compile(r"\d+ [a-z]+ bins\S*|\S+")


def text_width(text: str, size: float, weight: str | int = "normal") -> float:
    """Return the width of a text in points, at a font size."""
    return size * _relative_width(text, findfont(FontProperties(weight=weight)))


@lru_cache(maxsize=4096)
def _relative_width(text: str, font: str) -> float:
    """Return the width of a text to its size: a layout asks for the same texts many times."""
    # Characters that the font may lack are measured as a letter of usual width.
    text = "".join(character if character.isascii() else "n" for character in text)
    properties = FontProperties(fname=font, size=1)
    width, _, _ = text_to_path.get_text_width_height_descent(text, properties, ismath=False)
    return float(width)


def wrap(text: str, size: float, width: float, weight: str | int = "normal") -> str:
    """Break a text into lines of at most a width in points, at a font size."""
    space = text_width("n n", size, weight) - text_width("nn", size, weight)
    lines: list[str] = []
    used = 0.0
    for word in _WORDS.findall(text):
        length = text_width(word, size, weight)
        if lines and used + space + length <= width:
            lines[-1] += f" {word}"
            used += space + length
        else:
            lines.append(word)
            used = length
    return "\n".join(lines)


def draw_literally(text: Text) -> None:
    """Make a text that may contain data appear character by character.

    A dollar sign in the data starts no formula, and a character that the font lacks is replaced,
    since matplotlib would warn each time the figure is drawn.
    """
    content = text.get_text()
    if not content.isascii():
        content = _replace_missing(content, text)
        text.set_text(content)
    if "$" in content:
        text.set_parse_math(False)
    if _TEX & set(content):
        text.set_usetex(False)


def literal(content: str, like: Text) -> str:
    """Return content for a text that matplotlib makes itself, such as the label of a tick."""
    content = content if content.isascii() else _replace_missing(content, like)
    return content.replace("$", r"\$")


def _replace_missing(content: str, text: Text) -> str:
    """Return the content with a replacement for each character that no font of the text has."""
    properties = text.get_fontproperties()
    paths = []
    for family in properties.get_family():
        single = properties.copy()
        single.set_family(family)
        try:
            paths.append(findfont(single, fallback_to_default=False))
        except ValueError:
            continue
    fonts = [get_font(path) for path in paths or [findfont(properties)]]

    def drawable(character: str) -> bool:
        return character.isspace() or any(font.get_char_index(ord(character)) for font in fonts)

    replacement = "\N{REPLACEMENT CHARACTER}" if drawable("\N{REPLACEMENT CHARACTER}") else "?"
    return content.translate({ord(c): replacement for c in set(content) if not drawable(c)})
