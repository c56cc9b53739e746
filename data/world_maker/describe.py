"""Statistics of a world, as README.md lists them: name to value, both text."""

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean, median
from typing import Any

Row = Mapping[str, Any]
Statistics = dict[str, str]

_KINDS = ("image/jpeg", "image/png", "image/gif", "video/mp4")
_COUNTS = ("ups", "downs", "comments", "favorites", "views")
_PLATFORMS = ("android", "iphone", "desktop", "api", "mweb", "unknown")


def describe(tables: Mapping[str, Sequence[Row]]) -> Statistics:
    """Return all statistics of the tables of a world."""
    posts, comments = tables["posts"], tables["comments"]
    groups = {
        "viral": _counts([post for post in posts if post["viral_at"] is not None]),
        "not viral": _counts([post for post in posts if post["viral_at"] is None]),
        "comments": {**_trees(comments), **_comments(comments), **_answers(posts, comments)},
    }
    return {
        **_posts(posts),
        **_pictures(posts),
        **{f"{group}: {name}": value for group in groups for name, value in groups[group].items()},
        **_kept(tables["trophies"], tables["albums"]),
    }


def _percent(shares: Iterable[float]) -> str:
    """Return the mean of shares, or of truths, in per cent."""
    return f"{100 * fmean(map(float, shares)):.1f} %"


def _spread(values: Iterable[float], digits: int = 0) -> str:
    """Return the 10th, 50th and 90th percentile."""
    ranked = sorted(values)
    at = (ranked[round(share * (len(ranked) - 1))] for share in (0.1, 0.5, 0.9))
    return " / ".join(f"{value:,.{digits}f}" for value in at)


def _posts(posts: Sequence[Row]) -> Statistics:
    """Return statistics of albums, titles, tags, authors and hours."""
    albums = [len(post["images"]) for post in posts if post["is_album"]]
    tags = Counter(tag for post in posts for tag in post["tags"]).most_common(10)
    (_, most), *_ = Counter(post["account_id"] for post in posts).most_common(1)
    titles = [post["title"] for post in posts]
    covers = (post["cover"] != post["images"][0]["id"] for post in posts)
    hours = [post["created"] % 86_400 // 3_600 for post in posts]
    return {
        "posts": f"{len(posts):,}",
        "albums among posts": _percent(post["is_album"] for post in posts),
        "albums of 1 picture": _percent(size == 1 for size in albums),
        "albums of 2-9": _percent(2 <= size <= 9 for size in albums),
        "albums of 10-49": _percent(10 <= size <= 49 for size in albums),
        "albums of exactly 50": _percent(size == 50 for size in albums),
        "albums of more": _percent(size > 50 for size in albums),
        "viral": _percent(post["viral_at"] is not None for post in posts),
        "mature": _percent(post["nsfw"] for post in posts),
        "in a named section": _percent(post["section"] != "" for post in posts),
        "cover is not the first picture": _percent(covers),
        "title (characters)": _spread(map(len, titles)),
        "titles beyond ASCII": _percent(not title.isascii() for title in titles),
        "posts with a description": _percent(post["description"] is not None for post in posts),
        "posts without tags": _percent(not post["tags"] for post in posts),
        "posts with 5 tags": _percent(len(post["tags"]) == 5 for post in posts),
        "tags a post (mean)": f"{fmean(len(post['tags']) for post in posts):.2f}",
        "most used tag, share of posts": _percent(tags[0][0] in post["tags"] for post in posts),
        "tenth tag against the first": f"{tags[9][1] / tags[0][1]:.2f}",
        "most active author, share of posts": _percent([most / len(posts)]),
        "made between 17:00 and 4:00 UTC": _percent(not 4 <= hour < 17 for hour in hours),
    }


def _pictures(posts: Sequence[Row]) -> Statistics:
    """Return statistics of the first three pictures of posts, for lists show no more."""
    shown = [picture for post in posts for picture in post["images"][:3]]
    rows: Statistics = {}
    for kind in _KINDS:
        members = [one for one in shown if one["type"] == kind]
        rows |= {
            f"{kind}, share": _percent([len(members) / len(shown)]),
            f"{kind}, width (px)": _spread(one["width"] for one in members),
            f"{kind}, height (px)": _spread(one["height"] for one in members),
            f"{kind}, size (kB)": _spread(one["size"] / 1000 for one in members),
        }
    sounds = [one["has_sound"] for one in shown if one["type"] == "video/mp4"]
    told = (one["description"] is not None for one in shown)
    return {
        **rows,
        "video with sound": _percent(sounds),
        "pictures with a description": _percent(told),
    }


def _counts(posts: Sequence[Row]) -> Statistics:
    """Return statistics of counts and how they correlate."""
    # One is added before the logarithm, since some counts are zero.
    logs = {name: [math.log1p(post[name]) for post in posts] for name in _COUNTS}
    ties = {name: statistics.correlation(logs["ups"], logs[name]) for name in _COUNTS[2:]}
    liked = [post for post in posts if post["ups"] > post["downs"]]
    points = [post["ups"] - post["downs"] for post in liked]
    scores = [int(n * post["score_factor"]) / n for n, post in zip(points, liked, strict=True)]
    saved = [(len(post["images"]), post["favorites"] / post["ups"]) for post in liked]
    one, five = [share for n, share in saved if n == 1], [share for n, share in saved if n >= 5]
    moving = [post["views"] for post in posts if post["images"][0]["animated"]]
    still = [post["views"] for post in posts if not post["images"][0]["animated"]]
    return {
        **{name: _spread(post[name] for post in posts) for name in _COUNTS},
        **{f"correlation of log ups and log {name}": f"{tie:.2f}" for name, tie in ties.items()},
        "score / points": _spread(scores, 3),
        "downs / ups": _spread((post["downs"] / post["ups"] for post in liked), 3),
        "favorites / ups, albums of 1 picture (median)": f"{median(one):.3f}",
        "favorites / ups, albums of 5 and more (median)": f"{median(five):.3f}",
        "views, moving (median)": f"{median(moving):,.0f}",
        "views, still (median)": f"{median(still):,.0f}",
    }


def _trees(comments: Sequence[Row]) -> Statistics:
    """Return statistics of the trees of comments."""
    depth = {0: -1}
    trees: dict[str, list[int]] = {}
    for row in comments:
        depth[row["id"]] = depth[row["parent"]] + 1
        trees.setdefault(row["post"], []).append(depth[row["id"]])
    levels = [level for tree in trees.values() for level in tree]
    sizes = [len(tree) for tree in trees.values()]
    large = [tree for tree in trees.values() if len(tree) >= 100]
    replies = Counter(row["parent"] for row in comments if row["parent"])
    roots_of_large = _percent(tree.count(0) / len(tree) for tree in large)
    return {
        "all": f"{len(comments):,}",
        "of a post that has any": _spread(sizes),
        "of the most discussed post": f"{max(sizes)}",
        "roots": _percent(level == 0 for level in levels),
        "roots, trees of 100 and more (mean)": roots_of_large,
        "at depth 1": _percent(level == 1 for level in levels),
        "at depth 2-3": _percent(2 <= level <= 3 for level in levels),
        "at depth 4-7": _percent(4 <= level <= 7 for level in levels),
        "deeper": _percent(level >= 8 for level in levels),
        "greatest depth, trees of 100 and more": _spread(max(tree) for tree in large),
        "greatest depth": f"{max(levels)}",
        "without replies": _percent(row["id"] not in replies for row in comments),
        "replies to one that has any": _spread(replies.values()),
        "most replies to one": f"{max(replies.values())}",
    }


def _comments(comments: Sequence[Row]) -> Statistics:
    """Return statistics of votes, authors, platforms and texts."""
    points = [row["ups"] - row["downs"] + row["fuzz"] for row in comments]
    roots = (n for n, row in zip(points, comments, strict=True) if not row["parent"])
    counts = [number for _, number in Counter(row["account_id"] for row in comments).most_common()]
    shares = [number / len(comments) for number in counts]
    platforms = Counter(row["platform"] for row in comments)
    texts = [row["text"] for row in comments]
    return {
        "points": _spread(points),
        "points of roots": _spread(roots),
        "most points": f"{max(points):,}",
        "with downvotes": _percent(row["downs"] > 0 for row in comments),
        "points below zero": _percent(n < 0 for n in points),
        "points are not ups - downs": _percent(row["fuzz"] != 0 for row in comments),
        "deleted": _percent(row["deleted_at"] is not None for row in comments),
        "by the most active account": _percent(shares[:1]),
        "by the most active tenth": _percent([sum(shares[: len(shares) // 10])]),
        **{f"from {name}": _percent([platforms[name] / len(texts)]) for name in _PLATFORMS},
        "text (characters)": _spread(map(len, texts)),
        "longest text": f"{max(map(len, texts))}",
        "with a line break": _percent("\n" in text for text in texts),
        "beyond ASCII": _percent(not text.isascii() for text in texts),
    }


def _answers(posts: Sequence[Row], comments: Sequence[Row]) -> Statistics:
    """Return statistics of who answers whom, and when."""
    of_post = {post["id"]: post for post in posts}
    by_id = {row["id"]: row for row in comments}
    first: dict[str, int] = {}
    for row in comments:
        first.setdefault(row["post"], row["created"])
    own = (row["account_id"] == of_post[row["post"]]["account_id"] for row in comments)
    after_post = (row["created"] - of_post[row["post"]]["created"] for row in comments)
    after_first = (row["created"] - first[row["post"]] for row in comments)
    pairs = [(row, by_id[row["parent"]]) for row in comments if row["parent"]]
    back = (
        row["account_id"] == by_id[parent["parent"]]["account_id"]
        for row, parent in pairs
        if parent["parent"]
    )
    to_self = (row["account_id"] == parent["account_id"] for row, parent in pairs)
    after_parent = (row["created"] - parent["created"] for row, parent in pairs)
    return {
        "by the author of the post": _percent(own),
        "replies to oneself": _percent(to_self),
        "replies to a reply, by the one it answered": _percent(back),
        "hours after the post": _spread((seconds / 3_600 for seconds in after_post), 1),
        "hours after the first comment": _spread((seconds / 3_600 for seconds in after_first), 1),
        "minutes after what they answer": _spread(seconds / 60 for seconds in after_parent),
    }


def _kept(trophies: Sequence[Row], albums: Sequence[Row]) -> Statistics:
    """Return statistics of trophies, and of albums and pictures outside the gallery."""
    given = Counter(row["account_id"] for row in trophies).values()
    earned = _percent(row["data"] is not None for row in trophies)
    real = [row for row in albums if row["id"] is not None]
    kept = Counter(row["account_id"] for row in real).values()
    pictures = Counter(row["account_id"] for row in albums for _ in row["images"]).values()
    return {
        "trophies": f"{len(trophies):,}",
        "trophies: of an account that has any": _spread(given),
        "trophies: most of an account": f"{max(given)}",
        "trophies: for a post or comment that is there": earned,
        "own albums": f"{len(real):,}",
        "own albums: of an account that has any": _spread(kept),
        "own albums: accounts with over 50": f"{sum(number > 50 for number in kept)}",
        "own albums: pictures in each": _spread(len(row["images"]) for row in real),
        "own pictures, in albums and loose": f"{sum(pictures):,}",
        "own pictures: of an account that has any": _spread(pictures),
        "own pictures: accounts with over 50": f"{sum(number > 50 for number in pictures)}",
    }
