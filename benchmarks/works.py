"""Works, their variants and their goals."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.trial import Measured

__all__ = ["FULL", "QUICK", "TINY", "WORKS", "Goal", "Scale", "Variant", "Work"]

_YEAR = 365 * 86_400.0


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Sizes of the works.

    Attributes
    ----------
    rounds
        How often every variant runs; each round gives one pair for each comparison.
    pages, latency
        Of the works over the network; seconds.
    reload_latency
        Of the reload, where each page is confirmed in turn.
    cached_pages, trees, tree_size
        Of the works from the cache.
    gets, calls
        Calls for one cached page; calls under load.
    drawn
        Posts in a chart.
    """

    rounds: int
    pages: int
    latency: float
    reload_latency: float
    cached_pages: int
    trees: int
    tree_size: int
    gets: int
    calls: int
    drawn: int
    workers: int = 8

    @property
    def floor(self) -> float:
        """Seconds that the pages take with network latency only."""
        return self.latency * math.ceil(self.pages / self.workers)


FULL = Scale(rounds=5, pages=100, latency=0.1, reload_latency=0.05, cached_pages=1_000, trees=500,
             tree_size=2_000, gets=2_000, calls=100_000, drawn=100_000)  # fmt: skip
QUICK = Scale(rounds=1, pages=32, latency=0.1, reload_latency=0.05, cached_pages=100, trees=30,
              tree_size=2_000, gets=500, calls=4_000, drawn=10_000)  # fmt: skip
#: For the test of the benchmarks; says nothing about speed.
TINY = Scale(rounds=1, pages=3, latency=0.01, reload_latency=0.0, cached_pages=3, trees=2,
             tree_size=40, gets=6, calls=64, drawn=100)  # fmt: skip


@dataclass(frozen=True)
class Variant:
    """Variant of a work.

    Attributes
    ----------
    name
        In tables.
    runs
        ``module:function`` in :mod:`benchmarks.variants`.
    seed
        The filled folder it starts with.
    shown
        No goal hangs on it, it is there to be seen: in the first rounds only.
    beside
        It may run beside the others so marked: they wait for the network nine tenths of their
        time.
    more
        Sizes that only this one has, and what the server is set to for it.
    expect
        Facts that its result has to have.
    """

    name: str
    runs: str
    seed: str | None = None
    shown: bool = False
    beside: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)
    expect: Mapping[str, Any] = field(default_factory=dict)


#: Function from the runs of one round, by variant, to a figure.
Figure = Callable[[Mapping[str, Measured], Scale], float]


@dataclass(frozen=True)
class Goal:
    """Figure of each round, and the limit of its median.

    Attributes
    ----------
    what
        In words; the table shows it.
    figure
        Works it out.
    limit
        The most it may be; the least if ``at_least``.
    unit
        Behind the number: ``times``, ``MB`` ...
    exact
        A count: nothing is forgiven a noisy machine.
    """

    what: str
    figure: Figure
    limit: float
    unit: str = " times"
    at_least: bool = False
    exact: bool = False


@dataclass(frozen=True)
class Work:
    """Row of the table.

    Attributes
    ----------
    name
        For ``--only``.
    title
        What is done, with the sizes of the scale filled in.
    variants, goals
        Who does it, and what is to be reached.
    sizes
        Of the cases, by the scale.
    seeds
        Folders to fill first: their name, and the variant that fills.
    once
        One run says all: sizes on disk, counts under load.
    latency
        What the server waits before each answer, by the scale.
    same
        Facts that must be equal for all variants.
    profiled
        Variants of which a profile is made, once.
    """

    name: str
    title: str
    variants: tuple[Variant, ...]
    goals: tuple[Goal, ...]
    sizes: Callable[[Scale], dict[str, Any]]
    seeds: Mapping[str, str] = field(default_factory=dict)
    once: bool = False
    latency: Callable[[Scale], float] = lambda _: 0.0
    same: tuple[str, ...] = ("rows", "ids", "views", "points", "first")
    profiled: tuple[str, ...] = ()


def _times(ours: str, theirs: str) -> Figure:
    """Return how many times faster ours is."""
    return lambda runs, _: runs[theirs].seconds / runs[ours].seconds


def _share(ours: str, theirs: str, of: str = "seconds") -> Figure:
    """Return the share of their time that ours takes."""
    return lambda runs, _: getattr(runs[ours], of) / getattr(runs[theirs], of)


def _of_floor(ours: str) -> Figure:
    return lambda runs, scale: runs[ours].seconds / scale.floor if scale.floor else math.nan


def _fact(ours: str, name: str) -> Figure:
    return lambda runs, _: float(runs[ours].facts[name])


_OURS = "imgurdata"
_POOL = "requests-cache in a pool of 8, json_normalize"
_CACHED = "requests-cache, json_normalize"
_TWO = {"stock": "by_hand:fill_gallery", "ours": "ours:fill_gallery"}


def _network(scale: Scale) -> dict[str, Any]:
    return {"pages": scale.pages, "workers": scale.workers}


def _from_cache(scale: Scale) -> dict[str, Any]:
    return {"pages": scale.cached_pages, "max_age": _YEAR, "workers": scale.workers}


FRESH = Work(
    "fresh",
    "{pages} fresh pages, {latency:.0f} ms latency, 8 workers",
    (
        Variant(_OURS, "ours:gallery"),
        Variant("imgurdata, credits known", "ours:gallery_told", shown=True),
        Variant("imgurpython", "old_clients:imgurpython"),
        Variant(_POOL, "by_hand:cached_pool"),
        Variant("bare sockets, 8 threads, read and thrown away", "floor:sockets", shown=True),
        Variant("PyImgur", "old_clients:pyimgur", shown=True, beside=True),
        Variant("gallery-dl's Imgur API", "old_clients:gallery_dl", shown=True, beside=True),
        Variant("requests, json_normalize", "by_hand:naive", shown=True, beside=True),
        Variant(_CACHED, "by_hand:cached", shown=True, beside=True),
    ),
    (
        Goal("time, to the floor", _of_floor(_OURS), 1.18),
        Goal("faster than imgurpython", _times(_OURS, "imgurpython"), 7, at_least=True),
        Goal("time, to requests-cache in a pool of 8", _share(_OURS, _POOL), 0.60),
        Goal(
            "CPU, columns written, to requests-cache in a pool of 8",
            _share(_OURS, _POOL, "cpu"),
            0.36,
        ),
    ),
    _network,
    latency=lambda scale: scale.latency,
    profiled=(_OURS,),
)

REVALIDATE = Work(
    "revalidate",
    "{pages} revalidations (304), {latency:.0f} ms latency, 8 workers",
    (
        Variant(_OURS, "ours:reload", "ours"),
        Variant(_POOL, "by_hand:reload_pool", "stock"),
        Variant(_CACHED, "by_hand:reload", "stock", shown=True),
    ),
    (
        Goal("time, to the floor", _of_floor(_OURS), 1.15),
        Goal("CPU, to requests-cache in a pool of 8", _share(_OURS, _POOL, "cpu"), 0.28),
        Goal("pages with bodies rewritten", _fact(_OURS, "body_pages_written"), 0, "", exact=True),
        Goal(
            "written to the cache for each 304",
            lambda runs, scale: runs[_OURS].facts["written"] / scale.pages,
            512,
            " B",
            exact=True,
        ),
    ),
    _network,
    seeds=_TWO,
    latency=lambda scale: scale.latency,
    profiled=(_OURS,),
)

_FIRST, _AGAIN = "imgurdata, first decode", "imgurdata, again"
_NESTED_FIRST, _NESTED_AGAIN = "imgurdata, nested=True, first", "imgurdata, nested=True, again"
_NOT_KEPT, _ONE_CHANGED = "imgurdata, columns not kept", "imgurdata, one page changed"
_OURS_NESTED = {"ours-nested": "ours:fill_nested"}

CACHED = Work(
    "cached",
    "{cached_pages} cached pages to a frame",
    (
        Variant(_FIRST, "ours:gallery_first", "ours"),
        Variant(_NOT_KEPT, "ours:gallery_first_off", "ours"),
        Variant(_AGAIN, "ours:gallery", "ours"),
        Variant(_ONE_CHANGED, "ours:one_changed", "ours"),
        Variant(_NESTED_FIRST, "ours:nested_first", "ours"),
        Variant(_NESTED_AGAIN, "ours:nested", "ours-nested"),
        Variant(_CACHED, "by_hand:cached", "stock"),
        Variant("requests-cache, DataFrame of dicts", "by_hand:cached_dicts", "stock",
                shown=True),
    ),
    (
        Goal("first decode: faster than requests-cache + json_normalize", _times(_FIRST, _CACHED),
             9.5, at_least=True),
        Goal("again: faster", _times(_AGAIN, _CACHED), 60, at_least=True),
        Goal("nested=True, first decode: faster", _times(_NESTED_FIRST, _CACHED), 5, at_least=True),
        Goal("nested=True, again: faster", _times(_NESTED_AGAIN, _CACHED), 30, at_least=True),
        Goal("one page changed: time, to an unchanged run", _share(_ONE_CHANGED, _AGAIN), 1.5),
        Goal("first decode with columns kept: time, to without", _share(_FIRST, _NOT_KEPT), 1.05),
        Goal("memory over the imports", lambda runs, _: runs[_FIRST].over_imports, 150, " MB"),
    ),
    _from_cache,
    seeds=_TWO | _OURS_NESTED,
    profiled=(_FIRST, _AGAIN, _NESTED_FIRST, _NESTED_AGAIN),
)  # fmt: skip

_THREE_TIMES = "requests-cache, json_normalize three times"
THREE = Work(
    "three-frames",
    "posts + images + tags from {cached_pages} cached pages",
    (
        Variant(_FIRST, "ours:three_first", "ours"),
        Variant(_AGAIN, "ours:three_frames", "ours-nested"),
        Variant(_THREE_TIMES, "by_hand:three_frames", "stock"),
    ),
    (
        Goal("first decode: faster than json_normalize three times", _times(_FIRST, _THREE_TIMES),
             7.5, at_least=True),
        Goal("again: faster", _times(_AGAIN, _THREE_TIMES), 18, at_least=True),
    ),
    _from_cache,
    seeds=_TWO | _OURS_NESTED,
    same=("rows", "ids", "views", "points", "first", "images", "tags", "followers"),
    profiled=(_FIRST, _AGAIN),
)  # fmt: skip

_RECURSION = "requests-cache, recursion, json_normalize"
_ORJSON = "orjson.loads alone, from memory, thrown away"
_TREES = {"ours-trees": "ours:fill_trees", "stock-trees": "by_hand:fill_trees"}
COMMENTS = Work(
    "comments",
    "{comments} nested comments, cached, to a frame",
    (
        Variant(_FIRST, "ours:comments_first", "ours-trees"),
        Variant(_AGAIN, "ours:comments", "ours-trees"),
        Variant(_RECURSION, "by_hand:comments", "stock-trees"),
        Variant(_ORJSON, "floor:orjson_alone"),
    ),
    (
        Goal("first decode: faster than recursion + json_normalize", _times(_FIRST, _RECURSION), 4,
             at_least=True),
        Goal("again: faster", _times(_AGAIN, _RECURSION), 30, at_least=True),
        Goal("first decode: time, to orjson.loads alone", _share(_FIRST, _ORJSON), 1.8),
        Goal("again: time, to orjson.loads alone", _share(_AGAIN, _ORJSON), 0.35),
        Goal("first decode: peak memory, to recursion's", _share(_FIRST, _RECURSION, "peak"), 0.24),
        Goal("again: peak memory, to recursion's", _share(_AGAIN, _RECURSION, "peak"), 0.22),
    ),
    lambda scale: {"trees": scale.trees, "tree_size": scale.tree_size, "max_age": _YEAR},
    seeds=_TREES,
    same=("rows", "ids", "points", "depths"),
    profiled=(_FIRST, _AGAIN),
)  # fmt: skip

_UNTIL = "imgurdata, until_known"
RELOAD = Work(
    "reload",
    "reload of {pages} pages where only the first changed, {reload_latency:.0f} ms latency",
    (
        Variant(_OURS, "ours:reload", "ours", more={"edition": 1}),
        Variant(_UNTIL, "ours:until_known", "ours", more={"edition": 1}, expect={"new": 1}),
        Variant("imgurdata, until_known, 5 new posts shifted all", "ours:until_known", "ours",
                shown=True, more={"newer": 5}, expect={"new": 5}),
        Variant(_CACHED, "by_hand:reload", "stock", more={"edition": 1}),
    ),
    (
        Goal("faster than revalidating one by one", _times(_OURS, _CACHED), 8, at_least=True),
        Goal("with until_known: faster", _times(_UNTIL, _CACHED), 40, at_least=True),
        Goal("with until_known: credits", _fact(_UNTIL, "credits"), 3, "", exact=True),
    ),
    _network,
    seeds=_TWO,
    latency=lambda scale: scale.reload_latency,
)  # fmt: skip


def _size(runs: Mapping[str, Measured], ours: str, theirs: str) -> float:
    return float(runs[ours].facts["disk"] / runs[theirs].facts["disk"])


DISK = Work(
    "disk",
    "cache on disk, columns included: {cached_pages} pages, {comments} comments",
    (
        Variant(_OURS, "ours:fill_gallery"),
        Variant("requests-cache", "by_hand:fill_gallery"),
        Variant("imgurdata, comments", "ours:fill_trees"),
        Variant("requests-cache, comments", "by_hand:fill_trees"),
    ),
    (
        Goal("pages: size, to stock requests-cache",
             lambda runs, _: _size(runs, _OURS, "requests-cache"), 0.16),
        Goal("comments: size, to stock requests-cache",
             lambda runs, _: _size(runs, "imgurdata, comments", "requests-cache, comments"), 0.20),
    ),
    lambda scale: _from_cache(scale) | {"trees": scale.trees, "tree_size": scale.tree_size},
    once=True,
    same=(),
)  # fmt: skip

ONE_PAGE = Work(
    "one-page",
    "one cached page through session.get",
    (
        Variant(_OURS, "ours:one_page", "ours"),
        Variant("CachedSession.get", "by_hand:one_page", "stock"),
    ),
    (Goal("time, to stock CachedSession.get", _share(_OURS, "CachedSession.get"), 0.6),),
    lambda scale: _from_cache(scale) | {"calls": scale.gets},
    seeds=_TWO,
    same=("bytes",),
)

_STAMPEDE = "imgurdata, 16 threads want the same new page"
#: Pages that the calls under load request.
_HOT = 40
LOAD = Work(
    "load",
    "{calls} calls, 32 threads in each of 2 processes, one cache",
    (
        Variant(_OURS, "load:stress", more={"max_age": 2.0}),
        Variant(_STAMPEDE, "load:stampede", more={"max_age": _YEAR}),
    ),
    (
        *(
            Goal(what, _fact(_OURS, what), 0, "", exact=True)
            for what in ("wrong", "failed", "hung")
        ),
        Goal(
            "requests for each page that 16 threads want at once",
            lambda runs, scale: sum(runs[_STAMPEDE].requests.values()) / min(_HOT, scale.pages),
            1,
            "",
            exact=True,
        ),
    ),
    lambda scale: {"pages": min(_HOT, scale.pages), "calls": scale.calls, "workers": scale.workers},
    once=True,
    same=(),
)

_HEAVY = "pandas, requests-cache, msgspec, pyarrow"
_PACKAGE, _HELP = "import imgurdata", "imgurdata --help"
IMPORT = Work(
    "import",
    "start-up",
    (
        Variant(_PACKAGE, "imports:package"),
        Variant(_HELP, "imports:help_text"),
        Variant(_OURS, "imports:ours"),
        Variant(_HEAVY, "imports:parts"),
    ),
    (
        Goal("import imgurdata, CPU beyond an empty program", _fact(_PACKAGE, "import_cpu"), 0.06,
             " s"),
        Goal("imgurdata --help, CPU", _fact(_HELP, "import_cpu"), 0.2, " s"),
        Goal("imgurdata.connect and a loader, CPU to the heavy libraries alone",
             lambda runs, _: runs[_OURS].facts["import_cpu"] / runs[_HEAVY].facts["import_cpu"],
             1.1),
    ),
    lambda _: {},
    same=(),
)  # fmt: skip

_TREND, _DEPTH = "plot.gallery_trend", "plot.comment_depth, ten times as many comments"
_YEAR_TREND = "plot.gallery_trend, 30,000 posts in a year"
CHARTS = Work(
    "charts",
    "charts of {calls} posts",
    (
        Variant(_YEAR_TREND, "charts:year", more={"calls": 30_000}),
        Variant(_TREND, "charts:trend"),
        Variant(_DEPTH, "charts:depth"),
    ),
    (
        Goal("gallery_trend of 30,000 posts in a year, CPU", lambda runs, _: runs[_YEAR_TREND].cpu,
             0.3, " s"),
        Goal("gallery_trend, CPU", lambda runs, _: runs[_TREND].cpu, 1, " s"),
        Goal("comment_depth, CPU", lambda runs, _: runs[_DEPTH].cpu, 2, " s"),
    ),
    lambda scale: {"calls": scale.drawn},
    same=(),
)  # fmt: skip

WORKS = (
    FRESH, REVALIDATE, CACHED, THREE, COMMENTS, RELOAD, DISK, ONE_PAGE, LOAD, IMPORT, CHARTS,
)  # fmt: skip
