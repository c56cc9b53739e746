"""Comments put into words: who says what to whom, and with which habits of typing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from world_maker import grammar
from world_maker.words import COMMON, THEMES, load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from world_maker.dice import Dice
    from world_maker.trees import Comment
    from world_maker.words import Theme

LONGEST = 500
_WORDS: Mapping[str, Sequence[str]] = load("comments")
_SHORT_SHARE = {"root": 0.17, "reply": 0.12, "author": 0.0, "exchange": 0.08, "quarrel": 0.0}


def theme_of(tags: Sequence[str]) -> Theme | None:
    """Tell a post's subject by its tags: the theme most of them belong to.

    Parameters
    ----------
    tags : sequence of str
        The tags.

    Returns
    -------
    Theme or None
        None when no tag belongs to a theme.

    Examples
    --------
    >>> theme_of(["funny", "tabby", "black_cat"]).name, theme_of(["oc"])
    ('cats', None)
    """
    shared = [(sum(tag in theme.tags for tag in tags), theme) for theme in THEMES]
    most, theme = max(shared, key=lambda pair: pair[0])
    return theme if most else None


class Words:
    """The vocabulary of the comments below one post.

    Parameters
    ----------
    theme : Theme or None
        The subject of the post.
    """

    def __init__(self, theme: Theme | None) -> None:
        own = dict(theme.words) if theme else {}
        topics = theme.topics if theme else _WORDS["any_topic"]
        self._slots = {**own, "it": topics, "kin_plain": _WORDS["kin_plain"]}

    def text(self, comment: Comment, pictures: Sequence[str], dice: Dice) -> str:
        """Write one comment.

        Parameters
        ----------
        comment : Comment
            Its place in the tree.
        pictures : sequence of str
            Ids of pictures there were at its time, which a few comments name.
        dice : Dice
            Chance.

        Returns
        -------
        str
            1 to 500 characters; some hold emoji, line breaks or HTML entities.
        """
        if pictures and dice.chance(0.02):
            return dice.pick(_WORDS["with_picture"]).replace("{id}", dice.pick(pictures))
        if dice.chance(0.008):
            return dice.pick(COMMON["emoji"]) * dice.integer(1, 3)
        sentences = [self._sentence(comment.role, dice)]
        more = dice.weighted((0, 1, 2, 5), (72, 21, 5.5, 1.5))
        if comment.role in ("root", "reply"):
            sentences += [self._sentence("root", dice, brief=False) for _ in range(more)]
        elif more and comment.role != "exchange":
            sentences.append(self._sentence(comment.role, dice))
        if comment.role in ("root", "reply") and dice.chance(0.012):
            sentences.append(grammar.fill(dice.pick(_WORDS["anecdotes"]), self._slots, dice))
        return _typed(list(dict.fromkeys(sentences)), dice)

    def _sentence(self, role: str, dice: Dice, *, brief: bool = True) -> str:
        """Write one sentence, with its stop if it came with one."""
        short = brief and dice.chance(_SHORT_SHARE[role])
        return grammar.fill(dice.pick(_WORDS["short" if short else role]), self._slots, dice)


def _typed(sentences: list[str], dice: Dice) -> str:
    """Join sentences with the habits of the one who typed them."""
    ended = [one if one[-1] in "?!." else f"{one}." for one in sentences[:-1]]
    between = dice.weighted(("\n", "\n\n", "\r\n"), (7, 2, 1)) if dice.chance(0.12) else " "
    text = between.join([*ended, sentences[-1]])
    habit = dice.unit()
    if habit < 0.16:
        text = text.lower()
    elif habit < 0.175:
        text = text.upper()
    if text[-1].isalnum():
        text += dice.weighted(("", ".", "!", "...", "?!", " :)"), (62, 20, 9, 5, 1, 3))
    if dice.chance(0.045):
        text = f"{text} {dice.pick(COMMON['emoji'])}"
    text = grammar.marks(text, dice)
    if len(text) > LONGEST:
        text = text[: LONGEST - 20].rsplit(" ", 1)[0].rstrip()
    return text
