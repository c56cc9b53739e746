"""The comments: how many a post gets, with their texts and votes."""

import bisect
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from world_maker import texts
from world_maker.people import Person
from world_maker.rng import Rng
from world_maker.trees import Comment, Crowd, Tree, draw_arrivals
from world_maker.words import THEMES, Theme

COMMENTS = 30_000
# Numbers grow with time, 110 a second, and pass 2**31 on day 13.
_FIRST_NUMBER, _NUMBERS_A_SECOND = 2_020_000_000, 110
# Raising the totals to this power makes the great threads greater, as large as recorded ones.
_POWER = 1.08
# Lists disagree a little with some trees; recorded: 310 in the list, 326 in the tree.
_MISCOUNTED_SHARE, _MISCOUNTED_FROM = 0.25, 12
_PLATFORMS = {"android": 48, "iphone": 22, "desktop": 22, "mweb": 4, "api": 3, "unknown": 1}
_UNPOPULAR = {"root": 0.018, "reply": 0.025, "author": 0.02, "exchange": 0.02, "quarrel": 0.12}


def settle_totals(seed: int, posts: Sequence[dict[str, Any]]) -> list[int]:
    """Reduce the totals of the posts to 30,000 in all.

    ``comments`` of each post is set to what lists show; the sizes of the trees are returned.
    """
    rng = Rng(seed, "comment totals")
    wanted = [post["comments"] ** _POWER for post in posts]
    factor = COMMENTS / sum(wanted)
    sizes = [int(one * factor + rng.random()) for one in wanted]
    for post, size in zip(posts, sizes, strict=True):
        post["comments"] = size
        if size >= _MISCOUNTED_FROM and rng.chance(_MISCOUNTED_SHARE):
            off = 1 + int(size * rng.uniform(0.0, 0.05))
            post["comments"] += off if rng.chance(0.4) else -off
    return sizes


def make_comments(
    seed: int, people: Sequence[Person], posts: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Make all comments, by post and time, and set the totals of the posts."""
    names = ("times", "trees", "texts", "votes", "deletions", "platforms")
    rngs = {name: Rng(seed, f"comment {name}") for name in names}
    crowd = Crowd(people, Rng(seed, "comment crowd"))
    by_id = {person.row["id"]: person for person in people}
    usual = {person: rngs["platforms"].weighted(_PLATFORMS) for person in people}
    trees = []
    for post, size in zip(posts, settle_totals(seed, posts), strict=True):
        times = draw_arrivals(post, size, rngs["times"])
        theme = theme_of(post["tags"])
        author = by_id[post["account_id"]]
        tree = Tree(post["half_life"], author, theme, crowd, rngs["trees"]).grow(times)
        trees.append((post, theme, tree))
    number, ids = 0, Rng(seed, "comment ids")
    for comment in sorted(
        itertools.chain(*(tree for *_, tree in trees)), key=lambda one: one.created
    ):
        drawn = ids.integer(0, _NUMBERS_A_SECOND - 1)
        number = max(_FIRST_NUMBER + _NUMBERS_A_SECOND * comment.created + drawn, number + 1)
        comment.number = number
    created = [post["created"] for post in posts]
    covers = [post["cover"] for post in posts]
    rows = []
    for post, theme, tree in trees:
        for place, comment in enumerate(tree):
            comment.ups = _ups(comment, place, post, rngs["votes"])
            # Only pictures of the last hundred posts are mentioned.
            seen = bisect.bisect_left(created, comment.created)
            pictures = covers[max(seen - 100, 0) : seen]
            rows.append(
                {
                    "id": comment.number,
                    "post": post["id"],
                    "parent": comment.parent.number if comment.parent else 0,
                    "account_id": comment.author.row["id"],
                    "created": comment.created,
                    "text": texts.comment(comment.role, theme, pictures, rngs["texts"]),
                    "ups": comment.ups,
                    "downs": _downs(comment, rngs["votes"]),
                    "fuzz": _fuzz(comment.ups, rngs["votes"]),
                    "platform": _platform(usual[comment.author], rngs["platforms"]),
                    "deleted_at": _deleted_at(comment, rngs["deletions"]),
                }
            )
    return rows


def theme_of(tags: Sequence[str]) -> Theme | None:
    """Return the theme that most of a post's tags belong to, or None."""
    shared = {theme: sum(tag in theme.tags for tag in tags) for theme in THEMES}
    theme = max(shared, key=shared.__getitem__)
    return theme if shared[theme] else None


def _platform(usual: str, rng: Rng) -> str:
    """Draw where a comment is written: mostly on the author's usual platform."""
    return usual if rng.chance(0.85) else rng.weighted(_PLATFORMS)


def _ups(comment: Comment, place: int, post: Mapping[str, Any], rng: Rng) -> int:
    """Draw the final upvotes, the author's own included: from 1 to 45 % of the post's.

    Early comments and those of skilled people get more, replies a fraction of their parent's.
    """
    if comment.parent:
        ups = comment.parent.ups * rng.lognormal(0.17, 1.0)
    else:
        # Comments that draw replies draw votes too.
        drawn = comment.appeal**0.6 * rng.lognormal(0.006, 1.3) / (1.0 + 0.03 * place)
        ups = post["ups"] * drawn
    return 1 + int(min(ups * 2.0**comment.author.skill, 0.45 * post["ups"]))


def _downs(comment: Comment, rng: Rng) -> int:
    """Draw the downvotes: mostly none, more than upvotes for a few unpopular comments."""
    if rng.chance(_UNPOPULAR[comment.role]):
        return int(comment.ups * rng.uniform(0.6, 1.6) + rng.lognormal(5.0, 1.0))
    return int(comment.ups * rng.lognormal(0.011, 0.8)) + int(rng.chance(0.03))


def _fuzz(ups: int, rng: Rng) -> int:
    """Draw by how much the points in answers miss ups - downs, as they do now and then."""
    if not rng.chance(0.3 if ups > 100 else 0.02):
        return 0
    size = rng.integer(1, 1 + ups // 250)
    return size if rng.chance(0.6) else -size


def _deleted_at(comment: Comment, rng: Rng) -> int | None:
    """Draw when a comment is deleted, after its last reply; None for nearly all."""
    if not rng.chance(0.011 if comment.replies else 0.003):
        return None
    last = [comment, *comment.replies][-1]
    return last.created + int(rng.lognormal(5_400, 1.4)) + 1
