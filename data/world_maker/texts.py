"""Titles, captions, descriptions and comments, all made from templates.

``{slot}`` is filled from the theme's words, then from the common ones; ``{a slot}`` puts the
right article before it. The words of a slot may hold slots again.
"""

import re
from collections.abc import Mapping, Sequence

from world_maker import Row
from world_maker.rng import Rng
from world_maker.words import COMMENTS, COMMON, HABITS, Theme

_SLOT = re.compile(r"\{(a )?(\w+)\}")
_SENTENCE = re.compile(r"(^|[.?!] |\] )([a-z])")
_LONGEST_TITLE, _LONGEST_COMMENT = 120, 500


def fill(template: str, words: Mapping[str, Sequence[str]], rng: Rng) -> str:
    """Fill the slots of a template and begin its sentences with capitals."""
    used: set[str] = set()

    def fill_slot(match: re.Match[str]) -> str:
        options = words.get(match[2]) or COMMON["slots"][match[2]]
        word = rng.choice(options)
        # "{hero} meets {hero}" needs two different ones.
        while word in used and len(options) > len(used) + 1:
            word = rng.choice(options)
        used.add(word)
        word = _SLOT.sub(fill_slot, word)
        return with_article(word) if match[1] else word

    text = _SLOT.sub(fill_slot, template)
    return _SENTENCE.sub(lambda match: match[1] + match[2].upper(), text)


def with_article(word: str) -> str:
    """Put "a" or "an" before a word, and nothing before a plural.

    >>> with_article("owl"), with_article("8-bit chip"), with_article("croissants")
    ('an owl', 'an 8-bit chip', 'croissants')
    """
    if word.endswith("s") and not word.endswith(("ss", "us")):
        return word
    return ("an " if word[0].lower() in "aeio8" or word.startswith("umb") else "a ") + word


def title(theme: Theme, rng: Rng, templates: Sequence[str] | None = None) -> str:
    """Write the title of a post, from the theme's templates unless others are given."""
    if templates is None:
        templates = theme.short if rng.chance(0.42) else theme.titles
    text = fill(rng.choice(templates), theme.words, rng)
    if rng.chance(0.1) and len(text) < _LONGEST_TITLE and text[-1].isalnum():
        text = f"{text}. {fill(rng.choice(COMMON['remarks']), {}, rng)}"
    if rng.chance(0.02):
        text = f"[OC] {text}" if rng.chance(0.5) else f"{text} (OC)"
    return _typed(text, HABITS["title"], rng)


def caption(theme: Theme, rng: Rng) -> str:
    """Write the line below one picture of a series."""
    return _marks(fill(rng.choice(theme.captions), theme.words, rng), rng)


def story(rng: Rng, breaks_share: float) -> str:
    """Write a description of one to six remarks, some with line breaks."""
    breaks = rng.chance(breaks_share)
    count = rng.weighted({1: 45, 2: 25, 3: 15, 4: 10, 6: 5})
    count = max(count, 2) if breaks else count
    templates: dict[str, None] = {}
    while len(templates) < count:
        templates[rng.choice(COMMON["remarks"])] = None
    sentences = [fill(template, {}, rng) for template in templates]
    # Some browsers send both characters of a line break.
    between = rng.weighted({"\n": 6, "\n\n": 3, "\r\n": 1}) if breaks else " "
    if count > 1:
        sentences = [text if text[-1] in "?!" else f"{text}." for text in sentences]
    return _marks(between.join(sentences), rng)


def comment(role: str, theme: Theme | None, pictures: Sequence[str], rng: Rng) -> str:
    """Write a comment of 1 to 500 characters; a few name one of the ids of pictures."""
    if pictures and rng.chance(0.02):
        return rng.choice(COMMENTS["with_picture"]).replace("{id}", rng.choice(pictures))
    if rng.chance(0.008):
        emoji: str = rng.choice(COMMON["emoji"])
        return emoji * rng.integer(1, 3)
    sentences = _sentences(role, theme, rng)
    ended = [text if text[-1] in "?!." else f"{text}." for text in sentences[:-1]]
    between = rng.weighted({"\n": 7, "\n\n": 2, "\r\n": 1}) if rng.chance(0.12) else " "
    text = _typed(between.join([*ended, sentences[-1]]), HABITS["comment"], rng)
    if len(text) > _LONGEST_COMMENT:
        text = text[: _LONGEST_COMMENT - 20].rsplit(" ", 1)[0].rstrip()
    return text


def _sentences(role: str, theme: Theme | None, rng: Rng) -> list[str]:
    """Write the sentences of a comment, all different."""
    topics = theme.topics if theme else COMMENTS["any_topic"]
    words = {**(theme.words if theme else {}), "it": topics, "kin_plain": COMMENTS["kin_plain"]}

    def write(kind: str) -> str:
        return fill(rng.choice(COMMENTS[kind]), words, rng)

    short = HABITS["short_comments"][role]
    sentences = [write("short" if rng.chance(short) else role)]
    more = rng.weighted({0: 72, 1: 21, 2: 5.5, 5: 1.5})
    if role in ("root", "reply"):
        sentences += [write("root") for _ in range(more)]
        if rng.chance(0.012):
            sentences.append(write("anecdotes"))
    elif more and role != "exchange":
        sentences.append(write("short" if rng.chance(short) else role))
    return list(dict.fromkeys(sentences))


def _typed(text: str, habits: Row, rng: Rng) -> str:
    """Apply typing habits: case, ending, emoji, and how apostrophes are sent."""
    style = rng.weighted(habits["styles"])
    if style == "lower":
        text = text.lower()
    elif style == "capitals":
        text = " ".join(word[:1].upper() + word[1:] for word in text.split(" "))
    elif style == "upper":
        text = text.upper()
    if text[-1].isalnum():
        text += rng.weighted(habits["endings"])
    if rng.chance(habits["emoji"]):
        text = f"{text} {rng.choice(COMMON['emoji'])}"
    return _marks(text, rng)


def _marks(text: str, rng: Rng) -> str:
    """Write some apostrophes as HTML entities and some as typographic ones."""
    style = rng.random()
    if style < 0.10:
        text = text.replace("&", "&amp;").replace("'", "&#039;").replace('"', "&quot;")
    elif style < 0.25:
        text = text.replace("'", "\u2019").replace("...", "\u2026").replace(": ", " \u2014 ")
    return text
