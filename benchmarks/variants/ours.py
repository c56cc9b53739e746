"""imgurdata, through its public functions alone."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable
from typing import Any

import pandas as pd

import imgurdata as imd
from benchmarks.cache_files import Watched, bytes_of
from benchmarks.payload import tree_id
from benchmarks.trial import Case, Trial
from benchmarks.variants.by_hand import comments_facts, three_facts
from benchmarks.variants.typed import posts_facts

__all__ = [
    "comments", "comments_first", "fill_gallery", "fill_nested", "fill_trees", "gallery",
    "gallery_first", "gallery_first_off", "gallery_told", "nested", "nested_first", "one_changed",
    "one_page", "reload", "three_first", "three_frames", "until_known",
]  # fmt: skip


def _connect(case: Case) -> imd.ImgurSession:
    return imd.connect(
        case.client_id,
        base_url=case.url,
        cache=case.place / "ours.sqlite",
        workers=case.workers,
        max_age=case.max_age,
    )


def _posts(case: Case, session: imd.ImgurSession, **more: Any) -> pd.DataFrame:
    return imd.load_gallery(
        "user", "time", pages=case.pages, session=session, progress=False, **more
    )


def _facts(frame: pd.DataFrame) -> dict[str, Any]:
    told = frame.attrs["imgurdata"]
    return posts_facts(frame) | {"credits": told["credits_spent"]}


def gallery(case: Case) -> Trial:
    """``load_gallery``: the first pull of a session that knows nothing of its credits."""
    session = _connect(case)
    return Trial(lambda: _posts(case, session), _facts, session.close)


def gallery_told(case: Case) -> Trial:
    """The same where an earlier answer has told the credits: no page has to go alone."""
    session = _connect(case)
    imd.load_credits(session=session)
    return Trial(lambda: _posts(case, session), _facts, session.close)


def nested(case: Case) -> Trial:
    """``nested=True``: the answer's own JSON of images and tags kept."""
    session = _connect(case)
    return Trial(lambda: _posts(case, session, nested=True), _facts, session.close)


def _first(run: Callable[[Case], Trial], case: Case) -> Trial:
    """A variant on answers that were never decoded."""
    for file in case.place.glob("*-columns.sqlite*"):
        file.unlink()
    return run(case)


def gallery_first(case: Case) -> Trial:
    """``load_gallery`` of answers that were never decoded; their columns are kept meanwhile."""
    return _first(gallery, case)


def gallery_first_off(case: Case) -> Trial:
    """The same, and no columns are kept."""
    os.environ["IMGURDATA_COLUMNS"] = "0"
    return _first(gallery, case)


def nested_first(case: Case) -> Trial:
    """``nested=True`` of answers that were never decoded."""
    return _first(nested, case)


def three_first(case: Case) -> Trial:
    """Three frames of answers that were never decoded."""
    return _first(three_frames, case)


def comments_first(case: Case) -> Trial:
    """``load_comments`` of answers that were never decoded."""
    return _first(comments, case)


def one_changed(case: Case) -> Trial:
    """``load_gallery`` where the page in the middle is another version since the last time."""
    session = _connect(case)
    session.get(f"/3/gallery/user/time/day/{case.pages // 2}", force_refresh=True)
    return Trial(lambda: _posts(case, session), _facts, session.close)


def reload(case: Case) -> Trial:
    """``load_gallery`` again where every page has to be confirmed."""
    watched = Watched(case.place)
    session = _connect(case)
    return Trial(lambda: _posts(case, session), _facts, session.close, watched.growth)


def until_known(case: Case) -> Trial:
    """``until_known``: stop where the ids of the earlier load begin."""
    known = json.loads((case.place / "known.json").read_text())
    session = _connect(case)

    def facts(frame: pd.DataFrame) -> dict[str, Any]:
        earlier = set(known)
        told = frame.attrs["imgurdata"]
        return {
            "new": sum(one not in earlier for one in frame["id"]),
            "credits": told["credits_spent"],
        }

    return Trial(lambda: _posts(case, session, until_known=known), facts, session.close)


def three_frames(case: Case) -> Trial:
    """``load_gallery(nested=True)``, ``explode_images``, ``explode_tags``."""
    session = _connect(case)

    def run() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        posts = _posts(case, session, nested=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", imd.PreviewWarning)
            return posts, imd.explode_images(posts), imd.explode_tags(posts)

    return Trial(run, three_facts, session.close)


def comments(case: Case) -> Trial:
    """``load_comments`` of many posts."""
    session = _connect(case)
    ids = [tree_id(number) for number in range(case.trees)]

    def run() -> pd.DataFrame:
        return imd.load_comments(ids, session=session, progress=False)

    return Trial(run, comments_facts, session.close)


def one_page(case: Case) -> Trial:
    """``session.get`` of a cached page, over and over."""
    session = _connect(case)
    paths = [f"/3/gallery/user/time/day/{page}" for page in range(case.pages)]

    def run() -> int:
        return sum(len(session.get(paths[i % len(paths)]).content) for i in range(case.calls))

    return Trial(run, lambda size: {"bytes": size}, session.close)


def fill_gallery(case: Case) -> Trial:
    """The cache that the other works find, and the ids in it."""
    trial = gallery(case)

    def facts(frame: pd.DataFrame) -> dict[str, Any]:
        (case.place / "known.json").write_text(json.dumps(list(frame["id"])))
        return _facts(frame)

    run = _all_kept(trial, case)
    return Trial(run, facts, trial.close, lambda: {"disk": bytes_of(case.place)})


def _all_kept(trial: Trial, case: Case) -> Callable[[], Any]:
    """Return what fills a cache: once more, so that no columns lack that could not be written."""

    def run() -> Any:
        made = trial.run()
        return trial.run() if case.max_age else made

    return run


def fill_nested(case: Case) -> Trial:
    """The same, with the columns of ``nested=True``."""
    trial = nested(case)
    return Trial(_all_kept(trial, case), trial.facts, trial.close)


def fill_trees(case: Case) -> Trial:
    """The same of comment trees."""
    trial = comments(case)
    run = _all_kept(trial, case)
    return Trial(run, trial.facts, trial.close, lambda: {"disk": bytes_of(case.place)})
