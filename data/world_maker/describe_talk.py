"""The distributions of comments, trophies and albums, measured as README.md tells them."""

from __future__ import annotations

import statistics
from collections import Counter
from typing import TYPE_CHECKING, Any

from world_maker.describe import percent, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Row = Mapping[str, Any]

_LARGE_TREE = 100
_PLATFORMS = ("android", "iphone", "desktop", "api", "mweb", "unknown")


def talk_of(posts: Sequence[Row], comments: Sequence[Row]) -> list[tuple[str, str]]:
    """Measure comments.

    Parameters
    ----------
    posts, comments : sequence of mapping
        Rows of the world.

    Returns
    -------
    list of tuple
        Statistic and value. Three numbers are the 10th, 50th and 90th percentile.
    """
    rows = [
        *_shape(comments),
        *_votes(comments),
        *_people(posts, comments),
        *_times(posts, comments),
    ]
    return [(f"comments: {name}", value) for name, value in rows]


def kept_of(trophies: Sequence[Row], albums: Sequence[Row]) -> list[tuple[str, str]]:
    """Measure trophies and what accounts keep outside the gallery.

    Parameters
    ----------
    trophies, albums : sequence of mapping
        Rows of the world.

    Returns
    -------
    list of tuple
        Statistic and value.
    """
    given = Counter(row["account_id"] for row in trophies)
    linked = _share(trophies, lambda row: row["data"] is not None)
    real = [row for row in albums if row["id"] is not None]
    many = Counter(row["account_id"] for row in real)
    pictures: Counter[int] = Counter()
    for row in albums:
        pictures[row["account_id"]] += len(row["images"])
    return [
        ("trophies", f"{len(trophies):,}"),
        ("trophies: of an account that has any", spread(list(given.values()))),
        ("trophies: most of an account", f"{max(given.values())}"),
        ("trophies: for a post or comment that is there", percent(linked)),
        ("own albums", f"{len(real):,}"),
        ("own albums: of an account that has any", spread(list(many.values()))),
        ("own albums: accounts with over 50", f"{sum(n > 50 for n in many.values())}"),
        ("own albums: pictures in each", spread([len(row["images"]) for row in real])),
        ("own pictures, in albums and loose", f"{sum(pictures.values()):,}"),
        ("own pictures: of an account that has any", spread(list(pictures.values()))),
        ("own pictures: accounts with over 50", f"{sum(n > 50 for n in pictures.values())}"),
    ]


def depths(comments: Sequence[Row]) -> dict[int, int]:
    """Tell how deep each comment stands, 0 at the top; parents must come before children."""
    depth = {0: -1}
    for row in comments:
        depth[row["id"]] = depth[row["parent"]] + 1
    del depth[0]
    return depth


def _shape(comments: Sequence[Row]) -> list[tuple[str, str]]:
    """Measure the trees."""
    depth = depths(comments)
    trees: dict[str, list[int]] = {}
    for row in comments:
        trees.setdefault(row["post"], []).append(depth[row["id"]])
    large = [tree for tree in trees.values() if len(tree) >= _LARGE_TREE]
    roots = statistics.fmean(tree.count(0) / len(tree) for tree in large)
    replies = Counter(row["parent"] for row in comments if row["parent"])
    levels = Counter(depth.values())

    def level(low: int, high: int) -> str:
        return percent(sum(levels[one] for one in range(low, high + 1)) / len(comments))

    return [
        ("all", f"{len(comments):,}"),
        ("of a post that has any", spread([len(tree) for tree in trees.values()])),
        ("of the most discussed post", f"{max(len(tree) for tree in trees.values())}"),
        ("roots", level(0, 0)),
        ("roots, trees of 100 and more (mean)", percent(roots)),
        ("at depth 1", level(1, 1)),
        ("at depth 2-3", level(2, 3)),
        ("at depth 4-7", level(4, 7)),
        ("deeper", level(8, 1_000)),
        ("greatest depth, trees of 100 and more", spread([max(tree) for tree in large])),
        ("greatest depth", f"{max(levels)}"),
        ("without replies", percent(1.0 - len(replies) / len(comments))),
        ("replies to one that has any", spread(list(replies.values()))),
        ("most replies to one", f"{max(replies.values())}"),
    ]


def _votes(comments: Sequence[Row]) -> list[tuple[str, str]]:
    """Measure votes and what was taken back."""

    def points(rows: Sequence[Row]) -> list[int]:
        return [row["ups"] - row["downs"] + row["fuzz"] for row in rows]

    roots = [row for row in comments if not row["parent"]]
    return [
        ("points", spread(points(comments))),
        ("points of roots", spread(points(roots))),
        ("most points", f"{max(points(comments)):,}"),
        ("with downvotes", percent(_share(comments, lambda row: row["downs"] > 0))),
        ("points below zero", percent(sum(one < 0 for one in points(comments)) / len(comments))),
        ("points are not ups - downs", percent(_share(comments, lambda row: row["fuzz"] != 0))),
        ("deleted", percent(_share(comments, lambda row: row["deleted_at"] is not None))),
    ]


def _people(posts: Sequence[Row], comments: Sequence[Row]) -> list[tuple[str, str]]:
    """Measure who talks to whom, from where, and how."""
    author = {post["id"]: post["account_id"] for post in posts}
    by_id = {row["id"]: row for row in comments}
    replies = [row for row in comments if row["parent"]]
    second = [row for row in replies if by_id[row["parent"]]["parent"]]

    def goes_back(row: Row) -> bool:
        above = by_id[row["parent"]]
        return bool(row["account_id"] == by_id[above["parent"]]["account_id"])

    def to_self(row: Row) -> bool:
        return bool(row["account_id"] == by_id[row["parent"]]["account_id"])

    active = Counter(row["account_id"] for row in comments).most_common()
    own = _share(comments, lambda row: row["account_id"] == author[row["post"]])
    tenth = sum(number for _, number in active[: len(active) // 10]) / len(comments)
    platforms = Counter(row["platform"] for row in comments)
    return [
        ("by the author of the post", percent(own)),
        ("replies to oneself", percent(_share(replies, to_self))),
        ("replies to a reply, by the one it answered", percent(_share(second, goes_back))),
        ("by the most active account", percent(active[0][1] / len(comments))),
        ("by the most active tenth", percent(tenth)),
        *((f"from {name}", percent(platforms[name] / len(comments))) for name in _PLATFORMS),
        ("text (characters)", spread([len(row["text"]) for row in comments])),
        ("longest text", f"{max(len(row['text']) for row in comments)}"),
        ("with a line break", percent(_share(comments, lambda row: "\n" in row["text"]))),
        ("beyond ASCII", percent(_share(comments, lambda row: not row["text"].isascii()))),
    ]


def _times(posts: Sequence[Row], comments: Sequence[Row]) -> list[tuple[str, str]]:
    """Measure when comments come."""
    posted = {post["id"]: post["created"] for post in posts}
    by_id = {row["id"]: row for row in comments}
    after, gaps, since_first = [], [], []
    first: dict[str, int] = {}
    for row in comments:
        after.append((row["created"] - posted[row["post"]]) / 3_600)
        start = first.setdefault(row["post"], row["created"])
        since_first.append((row["created"] - start) / 3_600)
        if row["parent"]:
            gaps.append((row["created"] - by_id[row["parent"]]["created"]) / 60)
    return [
        ("hours after the post", spread(after, 1)),
        ("hours after the first comment", spread(since_first, 1)),
        ("minutes after what they answer", spread(gaps)),
    ]


def _share(rows: Sequence[Row], test: Callable[[Row], bool]) -> float:
    """Tell in which share of rows something holds."""
    return sum(test(row) for row in rows) / len(rows)
