"""Print the statistics of a world: the last column of the tables in README.md.

Run ``python data/describe_world.py``, with a folder to describe another world. Needs pandas.
"""

import gzip
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

Statistics = dict[str, str]

WORLD = Path(__file__).resolve().parent / "world"
_KINDS = ("image/jpeg", "image/png", "image/gif", "video/mp4")
_COUNTS = ["ups", "downs", "comments", "favorites", "views"]
_PLATFORMS = ("android", "iphone", "desktop", "api", "mweb", "unknown")


def describe(folder: Path) -> Statistics:
    """Return all statistics of the world in a folder: name to value, both as text."""
    posts, comments, trophies, albums = (
        _read(folder / f"{name}.jsonl.gz") for name in ("posts", "comments", "trophies", "albums")
    )
    posts["size"] = posts["images"].str.len()
    is_viral = posts["viral_at"].notna()
    groups = {
        "viral": _counts(posts[is_viral]),
        "not viral": _counts(posts[~is_viral]),
        "comments": {**_trees(comments), **_comments(comments), **_answers(posts, comments)},
    }
    return {
        **_posts(posts),
        **_pictures(posts),
        **{f"{group}: {name}": value for group in groups for name, value in groups[group].items()},
        **_own(trophies, albums),
    }


def _read(path: Path) -> pd.DataFrame:
    return pd.DataFrame(map(json.loads, gzip.decompress(path.read_bytes()).splitlines()))


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _spread(values: pd.Series, digits: int = 0) -> str:
    """Return the 10th, 50th and 90th percentile."""
    ranked = values.sort_values()
    at = (ranked.iloc[round(share * (len(ranked) - 1))] for share in (0.1, 0.5, 0.9))
    return " / ".join(f"{value:,.{digits}f}" for value in at)


def _posts(posts: pd.DataFrame) -> Statistics:
    """Return statistics of albums, titles, tags, authors and hours."""
    size = posts.loc[posts["is_album"], "size"]
    tags, n_tags = posts["tags"].explode().value_counts(), posts["tags"].str.len()
    hour = posts["created"] % 86_400 // 3_600
    title = posts["title"]
    return {
        "posts": f"{len(posts):,}",
        "albums among posts": _percent(posts["is_album"].mean()),
        "albums of 1 picture": _percent((size == 1).mean()),
        "albums of 2-9": _percent(size.between(2, 9).mean()),
        "albums of 10-49": _percent(size.between(10, 49).mean()),
        "albums of exactly 50": _percent((size == 50).mean()),
        "albums of more": _percent((size > 50).mean()),
        "viral": _percent(posts["viral_at"].notna().mean()),
        "mature": _percent(posts["nsfw"].mean()),
        "in a named section": _percent((posts["section"] != "").mean()),
        "cover is not the first picture": _percent(
            (posts["cover"] != posts["images"].str[0].str.get("id")).mean()
        ),
        "title (characters)": _spread(title.str.len()),
        "titles beyond ASCII": _percent(1 - title.map(str.isascii).mean()),
        "posts with a description": _percent(posts["description"].notna().mean()),
        "posts without tags": _percent((n_tags == 0).mean()),
        "posts with 5 tags": _percent((n_tags == 5).mean()),
        "tags a post (mean)": f"{n_tags.mean():.2f}",
        "most used tag, share of posts": _percent(tags.iloc[0] / len(posts)),
        "tenth tag against the first": f"{tags.iloc[9] / tags.iloc[0]:.2f}",
        "most active author, share of posts": _percent(
            posts["account_id"].value_counts(normalize=True).iloc[0]
        ),
        "made between 17:00 and 4:00 UTC": _percent(1 - hour.between(4, 16).mean()),
    }


def _pictures(posts: pd.DataFrame) -> Statistics:
    """Return statistics of the first three pictures of posts, since lists show no more."""
    shown = pd.DataFrame(posts["images"].str[:3].explode().tolist())
    statistics: Statistics = {}
    for kind in _KINDS:
        pictures = shown[shown["type"] == kind]
        statistics |= {
            f"{kind}, share": _percent(len(pictures) / len(shown)),
            f"{kind}, width (px)": _spread(pictures["width"]),
            f"{kind}, height (px)": _spread(pictures["height"]),
            f"{kind}, size (kB)": _spread(pictures["size"] / 1000),
        }
    sound = shown.loc[shown["type"] == "video/mp4", "has_sound"].mean()
    return {
        **statistics,
        "video with sound": _percent(sound),
        "pictures with a description": _percent(shown["description"].notna().mean()),
    }


def _counts(posts: pd.DataFrame) -> Statistics:
    """Return statistics of counts and how they correlate."""
    # One is added before the logarithm, since some counts are zero.
    logs = {name: np.log1p(posts[name]) for name in _COUNTS}
    liked = posts[posts["ups"] > posts["downs"]]
    points = liked["ups"] - liked["downs"]
    saved = liked["favorites"] / liked["ups"]
    single, several = saved[liked["size"] == 1].median(), saved[liked["size"] >= 5].median()
    moving = posts["images"].str[0].str.get("animated").astype(bool)
    return {
        **{name: _spread(posts[name]) for name in _COUNTS},
        **{
            f"correlation of log ups and log {name}": f"{logs['ups'].corr(logs[name]):.2f}"
            for name in _COUNTS[2:]
        },
        "score / points": _spread((points * liked["score_factor"]).astype(int) / points, 3),
        "downs / ups": _spread(liked["downs"] / liked["ups"], 3),
        "favorites / ups, albums of 1 picture (median)": f"{single:.3f}",
        "favorites / ups, albums of 5 and more (median)": f"{several:.3f}",
        "views, moving (median)": f"{posts.loc[moving, 'views'].median():,.0f}",
        "views, still (median)": f"{posts.loc[~moving, 'views'].median():,.0f}",
    }


def _trees(comments: pd.DataFrame) -> Statistics:
    """Return statistics of the trees of comments."""
    depths = {0: -1}
    for number, parent in zip(comments["id"], comments["parent"], strict=True):
        depths[number] = depths[parent] + 1
    depth = comments["id"].map(depths)
    trees = depth.groupby(comments["post"])
    size = trees.size()
    replies = comments.loc[comments["parent"] > 0, "parent"].value_counts()
    root_shares = (depth == 0).groupby(comments["post"]).mean()
    return {
        "all": f"{len(comments):,}",
        "of a post that has any": _spread(size),
        "of the most discussed post": f"{size.max()}",
        "roots": _percent((depth == 0).mean()),
        "roots, trees of 100 and more (mean)": _percent(root_shares[size >= 100].mean()),
        "at depth 1": _percent((depth == 1).mean()),
        "at depth 2-3": _percent(depth.between(2, 3).mean()),
        "at depth 4-7": _percent(depth.between(4, 7).mean()),
        "deeper": _percent((depth >= 8).mean()),
        "greatest depth, trees of 100 and more": _spread(trees.max()[size >= 100]),
        "greatest depth": f"{depth.max()}",
        "without replies": _percent(1 - comments["id"].isin(replies.index).mean()),
        "replies to one that has any": _spread(replies),
        "most replies to one": f"{replies.max()}",
    }


def _comments(comments: pd.DataFrame) -> Statistics:
    """Return statistics of votes, authors, platforms and texts."""
    points = comments["ups"] - comments["downs"] + comments["fuzz"]
    authors = comments["account_id"].value_counts(normalize=True)
    text = comments["text"]
    return {
        "points": _spread(points),
        "points of roots": _spread(points[comments["parent"] == 0]),
        "most points": f"{points.max():,}",
        "with downvotes": _percent((comments["downs"] > 0).mean()),
        "points below zero": _percent((points < 0).mean()),
        "points are not ups - downs": _percent((comments["fuzz"] != 0).mean()),
        "deleted": _percent(comments["deleted_at"].notna().mean()),
        "by the most active account": _percent(authors.iloc[0]),
        "by the most active tenth": _percent(authors.iloc[: len(authors) // 10].sum()),
        **{f"from {name}": _percent((comments["platform"] == name).mean()) for name in _PLATFORMS},
        "text (characters)": _spread(text.str.len()),
        "longest text": f"{text.str.len().max()}",
        "with a line break": _percent(text.str.contains("\n").mean()),
        "beyond ASCII": _percent(1 - text.map(str.isascii).mean()),
    }


def _answers(posts: pd.DataFrame, comments: pd.DataFrame) -> Statistics:
    """Return statistics of who answers whom, and when."""
    above = comments.set_index("id")[["account_id", "created", "parent"]]
    post = posts.set_index("id")[["account_id", "created"]]
    with_post = comments.join(post.add_suffix("_of_post"), on="post")
    after_post = with_post["created"] - with_post["created_of_post"]
    after_first = comments["created"] - comments.groupby("post")["created"].transform("first")
    replies = comments[comments["parent"] > 0].join(above.add_suffix("_above"), on="parent")
    to_replies = replies[replies["parent_above"] > 0]
    back = to_replies["account_id"] == to_replies["parent_above"].map(above["account_id"])
    own = with_post["account_id"] == with_post["account_id_of_post"]
    to_self = replies["account_id"] == replies["account_id_above"]
    return {
        "by the author of the post": _percent(own.mean()),
        "replies to oneself": _percent(to_self.mean()),
        "replies to a reply, by the one it answered": _percent(back.mean()),
        "hours after the post": _spread(after_post / 3_600, 1),
        "hours after the first comment": _spread(after_first / 3_600, 1),
        "minutes after what they answer": _spread(
            (replies["created"] - replies["created_above"]) / 60
        ),
    }


def _own(trophies: pd.DataFrame, albums: pd.DataFrame) -> Statistics:
    """Return statistics of trophies, and of albums and pictures outside the gallery."""
    awards = trophies["account_id"].value_counts()
    size = albums["images"].str.len()
    is_album = albums["id"].notna()
    own = albums.loc[is_album, "account_id"].value_counts()
    pictures = size.groupby(albums["account_id"]).sum()
    pictures = pictures[pictures > 0]
    return {
        "trophies": f"{len(trophies):,}",
        "trophies: of an account that has any": _spread(awards),
        "trophies: most of an account": f"{awards.max()}",
        "trophies: for a post or comment that is there": _percent(trophies["data"].notna().mean()),
        "own albums": f"{is_album.sum():,}",
        "own albums: of an account that has any": _spread(own),
        "own albums: accounts with over 50": f"{(own > 50).sum()}",
        "own albums: pictures in each": _spread(size[is_album]),
        "own pictures, in albums and loose": f"{pictures.sum():,}",
        "own pictures: of an account that has any": _spread(pictures),
        "own pictures: accounts with over 50": f"{(pictures > 50).sum()}",
    }


if __name__ == "__main__":
    for name, value in describe(Path(sys.argv[1]) if sys.argv[1:] else WORLD).items():
        print(f"{name} | {value}")
