"""The comments: how many a post gets, put together with their words and votes."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING, Any

from world_maker import votes
from world_maker.comment_texts import Words, theme_of
from world_maker.dice import Dice
from world_maker.trees import Crowd, Tree, arrivals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from world_maker.people import Person
    from world_maker.trees import Comment

COMMENTS = 30_000
# Numbers grow with time, 110 a second, and pass 2**31 on day 13.
_FIRST_NUMBER, _NUMBERS_A_SECOND = 2_020_000_000, 110
# Raising the totals to this power makes the great threads greater, as large as recorded ones.
_POWER = 1.08
# Lists disagree a little with some trees; recorded: 310 in the list, 326 in the tree.
_MISCOUNTED_SHARE, _MISCOUNTED_FROM = 0.25, 12
_PLATFORMS = ("android", "iphone", "desktop", "mweb", "api", "unknown")
_PLATFORM_WEIGHTS = (48, 22, 22, 4, 3, 1)


def settle_totals(seed: int, posts: Sequence[dict[str, Any]]) -> list[int]:
    """Bring the posts' totals down to what the world's trees hold, 30,000 in all.

    Parameters
    ----------
    seed : int
        Seed of the world.
    posts : sequence of dict
        The posts; ``comments`` of each is set to what lists tell.

    Returns
    -------
    list of int
        How many comments the tree of each post holds.
    """
    dice = Dice(seed, "comment totals")
    wanted = [post["comments"] ** _POWER for post in posts]
    factor = COMMENTS / sum(wanted)
    sizes = [int(one * factor + dice.unit()) for one in wanted]
    for post, size in zip(posts, sizes, strict=True):
        post["comments"] = size
        if size >= _MISCOUNTED_FROM and dice.chance(_MISCOUNTED_SHARE):
            off = 1 + int(size * dice.uniform(0.0, 0.05))
            post["comments"] += off if dice.chance(0.4) else -off
    return sizes


def make_comments(
    seed: int, people: Sequence[Person], posts: Sequence[dict[str, Any]], sizes: Sequence[int]
) -> list[dict[str, Any]]:
    """Make all comments, by post and time.

    Parameters
    ----------
    seed : int
        Seed of the world.
    people : sequence of Person
        Those who may comment.
    posts : sequence of dict
        The posts, by time.
    sizes : sequence of int
        How many comments each has.

    Returns
    -------
    list of dict
        The rows as the file holds them.
    """
    names = ("times", "trees", "texts", "votes", "deletions", "platforms")
    dice = {name: Dice(seed, f"comment {name}") for name in names}
    crowd = Crowd(people, Dice(seed, "comment crowd"))
    by_number = {person.row["id"]: person for person in people}
    devices = {
        number: dice["platforms"].weighted(_PLATFORMS, _PLATFORM_WEIGHTS) for number in by_number
    }
    born = [post["created"] for post in posts]
    pictures = [post["cover"] for post in posts]
    trees = []
    for post, size in zip(posts, sizes, strict=True):
        times = arrivals(post, size, dice["times"])
        theme = theme_of(post["tags"])
        tree = Tree(post, by_number[post["account_id"]], theme, crowd, dice["trees"]).grow(times)
        trees.append((post, Words(theme), tree))
    numbers = _numbers(
        [comment for *_, tree in trees for comment in tree], Dice(seed, "comment ids")
    )
    rows = []
    for post, words, tree in trees:
        ups: dict[int, int] = {}
        for place, comment in enumerate(tree):
            number = numbers[id(comment)]
            parent = numbers[id(comment.parent)] if comment.parent else 0
            ups[number] = votes.ups_of(comment, ups.get(parent, 0), place, post, dice["votes"])
            # Pictures of the last hundred posts, which people may have seen.
            seen = bisect.bisect_left(born, comment.created)
            rows.append(
                {
                    "id": number,
                    "post": post["id"],
                    "parent": parent,
                    "account_id": comment.author.row["id"],
                    "created": comment.created,
                    "text": words.text(comment, pictures[max(seen - 100, 0) : seen], dice["texts"]),
                    "ups": ups[number],
                    "downs": votes.downs_of(comment, ups[number], dice["votes"]),
                    "fuzz": votes.fuzz_of(ups[number], dice["votes"]),
                    "platform": _platform(devices[comment.author.row["id"]], dice["platforms"]),
                    "deleted_at": votes.deleted_at(comment, dice["deletions"]),
                }
            )
    return rows


def _numbers(comments: Sequence[Comment], dice: Dice) -> dict[int, int]:
    """Number comments by time: identity of each to its number."""
    numbers: dict[int, int] = {}
    last = 0
    for comment in sorted(comments, key=lambda one: one.created):
        drawn = dice.integer(0, _NUMBERS_A_SECOND - 1)
        last = max(_FIRST_NUMBER + _NUMBERS_A_SECOND * comment.created + drawn, last + 1)
        numbers[id(comment)] = last
    return numbers


def _platform(usual: str, dice: Dice) -> str:
    """Draw where a comment was written: mostly on the author's usual device."""
    return usual if dice.chance(0.85) else dice.weighted(_PLATFORMS, _PLATFORM_WEIGHTS)
