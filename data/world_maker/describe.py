"""The distributions of a world, measured as README.md tells them."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Post = dict[str, Any]

# Lists show the first three pictures of an album; the recorded ones know no others.
SHOWN = 3
_EVENING = (17, 18, 19, 20, 21, 22, 23, 0, 1, 2, 3)
_COUNTS = ("ups", "downs", "comments", "favorites", "views")


def statistics_of(posts: Sequence[Post]) -> list[tuple[str, str]]:
    """Measure posts.

    Parameters
    ----------
    posts : sequence of dict
        Rows of the world's posts, or recorded rows brought into that form.

    Returns
    -------
    list of tuple
        Statistic and value. Three numbers are the 10th, 50th and 90th percentile.
    """
    viral = [post for post in posts if post["viral_at"] is not None]
    other = [post for post in posts if post["viral_at"] is None]
    rows = [*_form(posts), *_pictures(posts), *_words(posts)]
    for group, members in (("viral", viral), ("not viral", other)):
        rows += [(f"{group}: {name}", value) for name, value in _reach(members)]
    return rows


def _form(posts: Sequence[Post]) -> list[tuple[str, str]]:
    """Measure albums and what they hold."""
    lengths = [len(post["images"]) for post in posts if post["is_album"]]

    def within(low: int, high: int) -> str:
        return percent(sum(low <= length <= high for length in lengths) / len(lengths))

    return [
        ("posts", f"{len(posts):,}"),
        ("albums among posts", percent(len(lengths) / len(posts))),
        ("albums of 1 picture", within(1, 1)),
        ("albums of 2-9", within(2, 9)),
        ("albums of 10-49", within(10, 49)),
        ("albums of exactly 50", within(50, 50)),
        ("albums of more", within(51, 10_000)),
        ("viral", percent(_share(posts, lambda post: post["viral_at"] is not None))),
        ("mature", percent(_share(posts, lambda post: post["nsfw"]))),
        ("in a named section", percent(_share(posts, lambda post: post["section"] != ""))),
        ("cover is not the first picture", percent(_share(posts, _other_cover))),
    ]


def _pictures(posts: Sequence[Post]) -> list[tuple[str, str]]:
    """Measure the pictures that lists show."""
    shown = [picture for post in posts for picture in post["images"][:SHOWN]]
    rows = []
    for kind in ("image/jpeg", "image/png", "image/gif", "video/mp4"):
        members = [picture for picture in shown if picture["type"] == kind]
        rows.append((f"{kind}, share", percent(len(members) / len(shown))))
        rows.append((f"{kind}, width (px)", spread([one["width"] for one in members])))
        rows.append((f"{kind}, height (px)", spread([one["height"] for one in members])))
        rows.append((f"{kind}, size (kB)", spread([one["size"] / 1000 for one in members])))
    videos = [picture for picture in shown if picture["type"] == "video/mp4"]
    told = _share(shown, lambda picture: bool(picture["description"]))
    rows.append(("video with sound", percent(_share(videos, lambda one: one["has_sound"]))))
    rows.append(("pictures with a description", percent(told)))
    return rows


def _words(posts: Sequence[Post]) -> list[tuple[str, str]]:
    """Measure titles, tags, authors and hours."""
    tags = Counter(tag for post in posts for tag in post["tags"])
    authors = Counter(post["account_id"] for post in posts)
    told = _share(posts, lambda post: bool(post["description"]))
    evening = _share(posts, lambda post: post["created"] % 86_400 // 3_600 in _EVENING)
    return [
        ("title (characters)", spread([len(post["title"]) for post in posts])),
        ("titles beyond ASCII", percent(_share(posts, lambda post: not post["title"].isascii()))),
        ("posts with a description", percent(told)),
        ("posts without tags", percent(_share(posts, lambda post: not post["tags"]))),
        ("posts with 5 tags", percent(_share(posts, lambda post: len(post["tags"]) == 5))),
        ("tags a post (mean)", f"{statistics.fmean(len(post['tags']) for post in posts):.2f}"),
        ("most used tag, share of posts", percent(tags.most_common(1)[0][1] / len(posts))),
        ("tenth tag against the first", f"{_tenth(tags):.2f}"),
        ("most active author, share of posts", percent(max(authors.values()) / len(posts))),
        ("made between 17:00 and 4:00 UTC", percent(evening)),
    ]


def _reach(posts: Sequence[Post]) -> list[tuple[str, str]]:
    """Measure counts and how they hang together."""
    liked = [post for post in posts if post["ups"] > post["downs"]]
    ups = [_log(post, "ups") for post in posts]
    rows = [(name, spread([post[name] for post in posts])) for name in _COUNTS]
    for name in _COUNTS[2:]:
        tie = statistics.correlation(ups, [_log(post, name) for post in posts])
        rows.append((f"correlation of log ups and log {name}", f"{tie:.2f}"))
    factors = sorted(_score(post) / (post["ups"] - post["downs"]) for post in liked)
    rows.append(("score / points", spread(factors, 3)))
    rows.append(("downs / ups", spread([post["downs"] / post["ups"] for post in liked], 3)))
    for name, low, high in (("1 picture", 1, 1), ("5 and more", 5, 10_000)):
        members = [post for post in liked if low <= len(post["images"]) <= high]
        share = statistics.median(post["favorites"] / post["ups"] for post in members)
        rows.append((f"favorites / ups, albums of {name} (median)", f"{share:.3f}"))
    for name, moving in (("moving", True), ("still", False)):
        views = [post["views"] for post in posts if post["images"][0]["animated"] is moving]
        middle = f"{statistics.median(views):,.0f}" if views else "none"
        rows.append((f"views, {name} (median)", middle))
    return rows


def _share(rows: Sequence[Any], test: Callable[[Any], bool]) -> float:
    """Tell in which share of rows something holds."""
    return sum(test(row) for row in rows) / len(rows)


def _other_cover(post: Post) -> bool:
    """Tell whether a post shows another picture than its first."""
    return bool(post["cover"] != post["images"][0]["id"])


def _log(post: Post, name: str) -> float:
    """Take the logarithm of a count, one added since there are zeros."""
    return math.log1p(post[name])


def _score(post: Post) -> int:
    """Work out the score that a post ends with."""
    return int((post["ups"] - post["downs"]) * post["score_factor"])


def _tenth(tags: Counter[str]) -> float:
    """Compare the tenth most used tag with the most used."""
    ranked = tags.most_common(10)
    return ranked[-1][1] / ranked[0][1]


def percent(share: float) -> str:
    """Write a share as per cent."""
    return f"{100 * share:.1f} %"


def spread(values: Sequence[float], digits: int = 0) -> str:
    """Write the 10th, 50th and 90th percentile."""
    ranked = sorted(values)
    if not ranked:
        return "none"
    at = (ranked[round(share * (len(ranked) - 1))] for share in (0.1, 0.5, 0.9))
    return " / ".join(f"{value:,.{digits}f}" for value in at)
