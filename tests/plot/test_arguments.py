"""Every argument of every chart, with values that are odd: refused, or drawn."""

from __future__ import annotations

import datetime as dt
import inspect
from zoneinfo import ZoneInfo

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import imgurdata as imd
from imgurdata.errors import InvalidArgument

CHARTS = [
    ("gallery_trend", "posts"),
    ("score_distribution", "posts"),
    ("comment_activity", "comments"),
    ("comment_depth", "comments"),
    ("credit_usage", "history"),
]
ARGUMENTS = [
    (name, argument)
    for name, _ in CHARTS
    for argument in list(inspect.signature(getattr(imd.plot, name)).parameters)[1:]
]
ODD = [
    0, -1, 1.5, True, np.True_, np.int64(3), np.nan, pd.NA, pd.NaT, 10**400, 1j, "", "nope",
    "x" * 50_000, "\ud800", "\x00", "a$\\frac$b", b"h", [], ["h"], (), {}, {1: 2}, {3},
    range(5), iter([]), object(), len, float, np.zeros(3), pd.Series([1]), pd.DataFrame(),
    dt.date(2024, 1, 1),
]  # fmt: skip


@pytest.fixture
def frames(posts, comments, make_history):
    history = make_history([(0, 499, 60), (5, 400, 60), (10, 300, 60)])
    return {
        "gallery_trend": posts,
        "score_distribution": posts,
        "comment_activity": comments,
        "comment_depth": comments,
        "credit_usage": history,
    }


def draw(name, frame, **arguments):
    """Draw a chart, or return the message of its refusal."""
    try:
        ax = getattr(imd.plot, name)(frame, **arguments)
    except InvalidArgument as error:
        message = str(error)
    else:
        ax.figure.canvas.draw()
        ax.remove()
        return None
    assert len(message) < 900
    return message


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_odd_values_are_refused_by_the_name_of_their_argument(frames, name, argument):
    for value in ODD:
        message = draw(name, frames[name], **{argument: value})
        start = f"{'posts' if argument == 'value' else argument} must "
        assert message is not None
        assert message.startswith((f"{argument} must ", start)), message
    assert not plt.get_fignums()


@pytest.mark.parametrize(("name", "argument"), CHARTS)
def test_what_is_no_frame_is_refused(name, argument):
    for value in [None, *ODD]:
        message = draw(name, value)
        assert message is not None
        assert message.startswith(f"{argument} must "), message


@pytest.mark.parametrize(("name", "argument"), CHARTS)
def test_odd_frames_are_drawn_or_refused(frames, name, argument):
    base = frames[name]
    odd = {
        "no rows": base.iloc[:0],
        "no columns": base[[]],
        "all NA": pd.DataFrame(pd.NA, index=base.index, columns=base.columns, dtype=object),
        "one index": base.set_axis([0] * len(base)),
        "levels of rows": base.set_index(base.columns[0], append=True, drop=False),
        "levels of columns": pd.concat({"x": base}, axis=1),
        "numbered columns": base.set_axis(range(base.shape[1]), axis=1),
        "columns twice": pd.concat([base, base], axis=1),
        "texts": base.astype("str"),
        "odd attrs": base.copy(),
    }
    odd["odd attrs"].attrs = {"imgurdata": {"record": ["post"]}}
    figure = plt.figure(figsize=(5, 3))
    drawn = {
        kind for kind, frame in odd.items() if draw(name, frame, ax=figure.add_subplot()) is None
    }
    expected = {"no rows", "one index", "levels of rows", "odd attrs"}
    expected |= {"all NA"} - ({"all NA"} if name == "comment_depth" else set())
    assert drawn == expected
    # What loses nothing of its meaning gives the same chart.
    for same in (base.astype(object), base.convert_dtypes(dtype_backend="pyarrow")):
        ax, other = getattr(imd.plot, name)(base), getattr(imd.plot, name)(same)
        assert ax.get_title() == other.get_title()


@pytest.mark.parametrize(("name", "argument"), CHARTS)
def test_odd_columns_are_drawn_or_refused(frames, name, argument):
    columns = ("points", "depth", "deleted", "is_album", "cost", "user_remaining", "datetime")
    odd = [
        -np.inf, 0, -5, 0.2, 1e29, 1e300, np.uint64(2**64 - 1), 1j, True, pd.Timedelta("1h"),
        pd.Timestamp("9999-12-30", tz="UTC"),
    ]  # fmt: skip
    figure = plt.figure(figsize=(5, 3))
    for column in frames[name].columns.intersection(columns):
        for values in odd:
            figure.clear()
            draw(name, frames[name].assign(**{column: values}), ax=figure.add_subplot())
    plt.close("all")


def odd_axes():
    for projection in ("polar", "3d", "mollweide"):
        yield plt.figure().add_subplot(projection=projection)
    yield plt.figure()
    yield plt.figure().subfigures(1, 2)[0]
    yield plt.figure().subplots(1, 2)
    yield plt.figure().add_axes((0, 0, 0, 0))
    removed = plt.figure().add_subplot()
    removed.remove()
    yield removed
    categories = plt.figure().add_subplot()
    categories.bar(["a", "b"], [1, 2])
    yield categories


def usable_axes():
    yield plt.figure().subfigures(1, 2)[0].add_subplot()
    yield plt.figure().add_subplot().inset_axes((0, 0, 0.5, 0.5))
    yield plt.figure().add_subplot().twinx()
    yield plt.figure().subplots(2, 2, sharex=True, sharey=True)[0, 0]
    log = plt.figure().add_subplot()
    log.set_xscale("log")
    log.set_yscale("logit")
    yield log
    dates = plt.figure().add_subplot()
    dates.plot([dt.datetime(2020, 1, 1, tzinfo=dt.UTC)], [1])
    yield dates


@pytest.mark.parametrize(("name", "argument"), CHARTS)
def test_axes_are_drawn_on_or_refused(frames, name, argument):
    for ax in odd_axes():
        message = draw(name, frames[name], ax=ax)
        assert message is not None
        assert message.startswith("ax must be ")
    for ax in usable_axes():
        assert getattr(imd.plot, name)(frames[name], ax=ax) is ax
        ax.figure.get_figure(root=True).canvas.draw()
    plt.close("all")


@pytest.mark.parametrize("tz", ["America/Santiago", "Pacific/Apia", ZoneInfo("America/Havana")])
@pytest.mark.parametrize("freq", [None, "h", "D", "W-MON", "QS", "YE"])
def test_charts_in_time_are_drawn_over_changes_of_the_clock(posts, comments, freq, tz):
    start = {"Pacific/Apia": "2011-12-29"}.get(str(tz), "2023-11-04" if freq else "2024-09-07")
    hours = pd.date_range(start, periods=80, freq="h", tz="UTC", unit="us")
    frame = posts.assign(datetime=hours, points=1)
    small = plt.figure(figsize=(5, 3)).add_subplot()
    ax = imd.plot.gallery_trend(frame, freq=freq, agg="sum", tz=tz, ax=small)
    assert np.nansum(ax.lines[0].get_ydata()) == 80
    ax.figure.canvas.draw()
    ax = imd.plot.comment_activity(comments.iloc[:80].assign(datetime=hours), freq=freq, tz=tz)
    tops = ax.patches[-1].get_data().values
    assert np.nansum(tops) == 80
    ax.figure.canvas.draw()
