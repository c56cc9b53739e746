"""Code without a client library: requests or requests-cache, and ``json_normalize``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pandas as pd
import requests
from requests_cache import CachedSession

from benchmarks.cache_files import Watched, bytes_of
from benchmarks.payload import tree_id
from benchmarks.trial import Case, Trial, sum_of
from benchmarks.variants.typed import posts_facts, typed, typed_comments, walk

__all__ = [
    "cached", "cached_dicts", "cached_pool", "comments", "fill_gallery", "fill_trees", "naive",
    "one_page", "reload", "reload_pool", "three_frames",
]  # fmt: skip

_CACHE = "stock"


def _data(session: requests.Session, url: str) -> Any:
    return session.get(url, timeout=60).json()["data"]


def _stock(case: Case, **settings: Any) -> CachedSession:
    """Return a requests-cache session as in its documentation."""
    session = CachedSession(str(case.place / _CACHE), **settings)
    session.headers.update(case.authorization)
    return session


def _posts(session: requests.Session, case: Case) -> Callable[[], pd.DataFrame]:
    def run() -> pd.DataFrame:
        pages = (pd.json_normalize(_data(session, url)) for url in case.page_urls())
        return typed(pd.concat(pages, ignore_index=True))

    return run


def naive(case: Case) -> Trial:
    """``requests.Session`` and ``json_normalize``, page by page."""
    session = requests.Session()
    session.headers.update(case.authorization)
    return Trial(_posts(session, case), posts_facts, session.close)


def cached(case: Case) -> Trial:
    """``CachedSession`` and ``json_normalize``, page by page."""
    session = _stock(case)
    return Trial(_posts(session, case), posts_facts, session.close)


def cached_dicts(case: Case) -> Trial:
    """``CachedSession`` and one ``DataFrame`` of all dicts: the better-informed user."""
    session = _stock(case)

    def run() -> pd.DataFrame:
        posts = [post for url in case.page_urls() for post in _data(session, url)]
        return typed(pd.DataFrame(posts))

    return Trial(run, posts_facts, session.close)


def _pool(session: requests.Session, case: Case) -> Callable[[], pd.DataFrame]:
    def page(url: str) -> pd.DataFrame:
        return pd.json_normalize(_data(session, url))

    def run() -> pd.DataFrame:
        with ThreadPoolExecutor(case.workers) as pool:
            return typed(pd.concat(pool.map(page, case.page_urls()), ignore_index=True))

    return run


def cached_pool(case: Case) -> Trial:
    """The same in a pool of threads, normalised there."""
    session = _stock(case)
    return Trial(_pool(session, case), posts_facts, session.close)


def reload(case: Case) -> Trial:
    """``always_revalidate``: the ETag of every page, one after the other."""
    watched = Watched(case.place, "responses")
    session = _stock(case, always_revalidate=True)
    return Trial(_posts(session, case), posts_facts, session.close, watched.growth)


def reload_pool(case: Case) -> Trial:
    """The same in a pool of threads."""
    watched = Watched(case.place, "responses")
    session = _stock(case, always_revalidate=True)
    return Trial(_pool(session, case), posts_facts, session.close, watched.growth)


def three_frames(case: Case) -> Trial:
    """Posts, images and tags: ``json_normalize`` three times a page."""
    session = _stock(case)

    def run() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        posts, images, tags = [], [], []
        for url in case.page_urls():
            data = _data(session, url)
            posts.append(pd.json_normalize(data))
            albums = [post for post in data if post["is_album"]]
            images.append(pd.json_normalize(albums, "images", ["id"], meta_prefix="post_"))
            tags.append(pd.json_normalize(data, "tags", ["id"], meta_prefix="post_"))
        joined = [pd.concat(parts, ignore_index=True) for parts in (posts, images, tags)]
        # A single-image post is its own picture, as explode_images() has it.
        single = joined[0][~joined[0]["is_album"].astype(bool)]
        pictures = pd.concat([joined[1], single.assign(post_id=single["id"])], ignore_index=True)
        counts = dict.fromkeys(["followers", "total_items"], "Int64")
        flags = ["following", "is_whitelisted", "is_promoted", "background_is_animated",
                 "thumbnail_is_animated"]  # fmt: skip
        texts = ["post_id", "name", "display_name", "background_hash", "thumbnail_hash", "accent",
                 "description", "logo_hash", "logo_destination_url"]  # fmt: skip
        dtypes = dict.fromkeys(texts, "str") | counts | dict.fromkeys(flags, "boolean")
        return (
            typed(joined[0]),
            typed(pictures, ["post_id"]),
            joined[2].reindex(columns=list(dtypes)).astype(dtypes),
        )

    return Trial(run, three_facts, session.close)


def three_facts(frames: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]) -> dict[str, Any]:
    """Return facts that must be equal for all variants of the three frames."""
    posts, images, tags = frames
    return posts_facts(posts) | {
        "images": sum_of(images["post_id"] + images["id"]),
        "tags": sum_of(tags["post_id"] + tags["name"]),
        "followers": int(tags["followers"].sum()),
    }


def comments(case: Case) -> Trial:
    """Recursion over every tree, and ``json_normalize`` of its result."""
    session = _stock(case)

    def run() -> pd.DataFrame:
        rows = [row for url in tree_urls(case) for row in walk(_data(session, url))]
        return typed_comments(pd.json_normalize(rows))

    return Trial(run, comments_facts, session.close)


def tree_urls(case: Case) -> Iterable[str]:
    """Return the URLs of the comment trees."""
    return [f"{case.url}/3/gallery/{tree_id(n)}/comments/best" for n in range(case.trees)]


def comments_facts(frame: pd.DataFrame) -> dict[str, Any]:
    """Return facts that must be equal for all variants of the comments."""
    return {
        "rows": len(frame),
        "ids": int(frame["id"].sum()),
        "points": int(frame["points"].sum()),
        "depths": int(frame["depth"].sum()),
    }


def one_page(case: Case) -> Trial:
    """``get`` of a cached page, over and over."""
    session = _stock(case)
    urls = case.page_urls()

    def run() -> int:
        return sum(len(session.get(urls[i % len(urls)]).content) for i in range(case.calls))

    return Trial(run, lambda size: {"bytes": size}, session.close)


def fill_gallery(case: Case) -> Trial:
    """Fill a cache for other works page by page, with the default settings."""
    session = _stock(case)

    def run() -> None:
        for url in case.page_urls():
            session.get(url)

    return Trial(run, close=session.close, after=lambda: {"disk": bytes_of(case.place)})


def fill_trees(case: Case) -> Trial:
    """Fill a cache of comment trees, with ``fast_save`` since this is not measured."""
    session = _stock(case, fast_save=True)

    def run() -> None:
        for url in tree_urls(case):
            session.get(url)

    return Trial(run, close=session.close, after=lambda: {"disk": bytes_of(case.place)})
