"""What comments end with: votes, the fuzz on their points, and who takes them back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from world_maker.dice import Dice
    from world_maker.trees import Comment

_UNPOPULAR = {"root": 0.018, "reply": 0.025, "author": 0.02, "exchange": 0.02, "quarrel": 0.12}
_DELETED_WITHOUT_REPLIES, _DELETED_WITH = 0.003, 0.011


def ups_of(
    comment: Comment, parent_ups: int, place: int, post: Mapping[str, Any], dice: Dice
) -> int:
    """Draw the upvotes a comment ends with, its author's own included.

    Parameters
    ----------
    comment : Comment
        Its place in the tree.
    parent_ups : int
        What the comment it answers ends with; unused at the top.
    place : int
        How many comments came before.
    post : mapping
        The post; the more upvotes it has, the more eyes are on its comments.
    dice : Dice
        Chance.

    Returns
    -------
    int
        From 1 to 45 % of the post's. The early ones and those of skilled people get
        more, replies mostly a fraction of their parent's.
    """
    liked = 2.0**comment.author.skill
    if comment.parent is None:
        # Comments that draw replies draw votes too.
        drawn = comment.appeal**0.6 * dice.lognormal(0.006, 1.3) / (1.0 + 0.03 * place)
        ups = post["ups"] * drawn * liked
    else:
        ups = parent_ups * dice.lognormal(0.17, 1.0) * liked
    return 1 + int(min(ups, 0.45 * post["ups"]))


def downs_of(comment: Comment, ups: int, dice: Dice) -> int:
    """Draw the downvotes: mostly none, more than upvotes for the few nobody wanted to read."""
    if dice.chance(_UNPOPULAR[comment.role]):
        return int(ups * dice.uniform(0.6, 1.6) + dice.lognormal(5.0, 1.0))
    return int(ups * dice.lognormal(0.011, 0.8)) + int(dice.chance(0.03))


def fuzz_of(ups: int, dice: Dice) -> int:
    """Draw by how much the points that are sent miss ups - downs, as they do now and then."""
    if not dice.chance(0.3 if ups > 100 else 0.02):
        return 0
    size = dice.integer(1, 1 + ups // 250)
    return size if dice.chance(0.6) else -size


def deleted_at(comment: Comment, dice: Dice) -> int | None:
    """Draw when a comment is taken back; nobody answers it after that.

    Parameters
    ----------
    comment : Comment
        Its place in the tree.
    dice : Dice
        Chance.

    Returns
    -------
    int or None
        Seconds since the world's start, None for nearly all.
    """
    if not dice.chance(_DELETED_WITH if comment.replies else _DELETED_WITHOUT_REPLIES):
        return None
    last = comment.replies[-1].created if comment.replies else comment.created
    return last + int(dice.lognormal(5_400, 1.4)) + 1
