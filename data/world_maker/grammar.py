"""From templates to titles, captions and descriptions, all invented.

``{slot}`` is filled from the theme's words, then from the common ones; ``{a slot}`` puts the
right article before it. What a slot gives may hold slots again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from world_maker.words import COMMON

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from world_maker.dice import Dice
    from world_maker.words import Theme

_SLOT = re.compile(r"\{(a )?(\w+)\}")
_SENTENCE = re.compile(r"(^|[.?!] |\] )([a-z])")
_LONGEST_TITLE = 120


def fill(template: str, words: Mapping[str, Sequence[str]], dice: Dice) -> str:
    """Fill every slot of a template.

    Parameters
    ----------
    template : str
        The template.
    words : mapping
        The theme's slots; the common words have the rest.
    dice : Dice
        Chance.

    Returns
    -------
    str
        The text, its sentences begun with capitals.

    Raises
    ------
    KeyError
        If neither the theme nor the common words know a slot.
    """
    used: set[str] = set()

    def one(match: re.Match[str]) -> str:
        options = words.get(match[2]) or COMMON["slots"][match[2]]
        word = dice.pick(options)
        # "{hero} meets {hero}" wants two of them.
        while word in used and len(options) > len(used) + 1:
            word = dice.pick(options)
        used.add(word)
        word = _SLOT.sub(one, word)
        return with_article(word) if match[1] else word

    text = _SLOT.sub(one, template)
    return _SENTENCE.sub(lambda match: match[1] + match[2].upper(), text)


def with_article(word: str) -> str:
    """Put "a" or "an" before a word, and nothing before a plural.

    Examples
    --------
    >>> with_article("owl"), with_article("8-bit chip"), with_article("croissants")
    ('an owl', 'an 8-bit chip', 'croissants')
    """
    if word.endswith("s") and not word.endswith(("ss", "us")):
        return word
    return ("an " if word[0].lower() in "aeio8" or word.startswith("umb") else "a ") + word


def title(theme: Theme, dice: Dice, templates: Sequence[str] | None = None) -> str:
    """Write the title of a post.

    Parameters
    ----------
    theme : Theme
        What the post is about.
    dice : Dice
        Chance.
    templates : sequence of str, optional
        Templates to use instead of the theme's own.

    Returns
    -------
    str
        The title: 2 to 160 characters, some with emoji, typographic marks or HTML entities.
    """
    if templates is None:
        templates = theme.short if dice.chance(0.42) else theme.titles
    text = fill(dice.pick(templates), theme.words, dice)
    if dice.chance(0.1) and len(text) < _LONGEST_TITLE and text[-1].isalnum():
        text = f"{text}. {fill(dice.pick(COMMON['remarks']), {}, dice)}"
    if dice.chance(0.02):
        text = f"[OC] {text}" if dice.chance(0.5) else f"{text} (OC)"
    return _dress(text, dice)


def _dress(text: str, dice: Dice) -> str:
    """Give a title the habits of the one who typed it."""
    style = dice.unit()
    if style < 0.06:
        text = text.lower()
    elif style < 0.10:
        text = " ".join(word[:1].upper() + word[1:] for word in text.split(" "))
    elif style < 0.115:
        text = text.upper()
    if text[-1].isalnum():
        text += dice.weighted(("", ".", "!", "...", "?!"), (78, 12, 6, 3.5, 0.5))
    if dice.chance(0.035):
        text = f"{text} {dice.pick(COMMON['emoji'])}"
    return marks(text, dice)


def marks(text: str, dice: Dice) -> str:
    """Write some apostrophes as HTML entities and some as typographic ones."""
    habit = dice.unit()
    if habit < 0.10:
        text = text.replace("&", "&amp;").replace("'", "&#039;").replace('"', "&quot;")
    elif habit < 0.25:
        text = text.replace("'", "\u2019").replace("...", "\u2026").replace(": ", " \u2014 ")
    return text


def caption(theme: Theme, dice: Dice) -> str:
    """Write the line below one picture of a series."""
    return marks(fill(dice.pick(theme.captions), theme.words, dice), dice)


def story(dice: Dice, *, breaks: bool = False) -> str:
    """Write a description of one to six remarks, with line breaks if asked for.

    Parameters
    ----------
    dice : Dice
        Chance.
    breaks : bool
        Whether the remarks stand on lines of their own.

    Returns
    -------
    str
        The description.
    """
    wanted = dice.weighted((1, 2, 3, 4, 6), (45, 25, 15, 10, 5))
    wanted = max(wanted, 2) if breaks else wanted
    templates: list[str] = []
    while len(templates) < wanted:
        template = dice.pick(COMMON["remarks"])
        if template not in templates:
            templates.append(template)
    sentences = [fill(template, {}, dice) for template in templates]
    # A few people's browsers sent both characters.
    between = dice.weighted(("\n", "\n\n", "\r\n"), (6, 3, 1)) if breaks else " "
    if wanted > 1:
        sentences = [one if one[-1] in "?!" else f"{one}." for one in sentences]
    return marks(between.join(sentences), dice)
