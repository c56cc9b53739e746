"""What holds for every chart: odd arguments are refused or drawn, and nothing else changes."""

from __future__ import annotations

import datetime as dt
import inspect
from itertools import product
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
    ("posting_heatmap", "posts"),
    ("score_history", "history"),
    ("top_tags", "posts"),
    ("virality", "posts"),
]
#: Charts that refuse Axes with a chart.
ALONE = ("comment_depth", "posting_heatmap", "top_tags")
#: Columns whose values charts draw.
VALUES = ["points", "depth", "tags", "user_remaining", "datetime", "time"]
#: Those of them that are texts.
TEXTS = ["tags"]
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


#: What some arguments take, odd or not.
VALID = {"n": np.integer, "title": str, "label": str, "legend": (bool, np.bool_)}


def test_charts_are_all_listed() -> None:
    assert sorted(name for name, _ in CHARTS) == sorted({*imd.plot.__all__} - {"describe"})
    assert imd.plot.__all__ == list(imd.plot._MODULES)


@pytest.fixture
def frames(posts, comments, make_history):
    history = make_history([(0, 499, 60), (5, 400, 60), (10, 300, 60)])
    return {
        "gallery_trend": posts,
        "score_distribution": posts,
        "comment_activity": comments,
        "comment_depth": comments,
        "credit_usage": history,
        "posting_heatmap": posts,
        "score_history": posts.drop(columns="fetched_at")
        .assign(id=posts["id"].str[-2:])
        .rename(columns={"datetime": "fetched_at"}),
        "top_tags": posts,
        "virality": posts,
    }


def small_axes(*, layout=None):
    """Axes of a figure that takes little time to draw."""
    return plt.figure(figsize=(5, 3), layout=layout).add_subplot()


def free_axes(figure):
    """Axes of a figure without a chart: those of a refused one can be used again."""
    return figure.axes[0] if figure.axes else figure.add_subplot()


def draw(name, frame, *, render=True, **arguments):
    """Draw a chart and take it off its figure, or return the message of its refusal."""
    try:
        ax = getattr(imd.plot, name)(frame, **arguments)
    except InvalidArgument as error:
        message = str(error)
    else:
        if render:
            ax.figure.draw_without_rendering()
        ax.remove()
        return None
    assert len(message) < 900
    return message


def test_charts_refuse_odd_values_by_the_name_of_the_argument(frames, subtests):
    for name, argument in ARGUMENTS:
        with subtests.test(name=name, argument=argument):
            for value in ODD:
                if isinstance(value, VALID.get(argument, ())):
                    continue
                message = draw(name, frames[name], **{argument: value})
                start = f"{dict(CHARTS)[name] if argument == 'value' else argument} must "
                assert message is not None
                assert message.startswith((f"{argument} must ", start)), message
            assert not plt.get_fignums()


def test_charts_refuse_anything_but_a_frame(subtests):
    for name, argument in CHARTS:
        with subtests.test(name):
            for value in [None, *ODD]:
                message = draw(name, value)
                assert message is not None
                assert message.startswith(f"{argument} must "), message


def test_charts_draw_or_refuse_odd_frames(frames, subtests):
    for name, _ in CHARTS:
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
        for column in base.columns.intersection(VALUES).difference(TEXTS):
            if draw(name, base.drop(columns=column), render=False) is not None:
                odd[f"texts in {column}"] = base.assign(**{column: "many"})
        drawable = {"no rows", "one index", "levels of rows", "odd attrs"}
        figure = plt.figure(figsize=(5, 3))
        others = base.select_dtypes(exclude="str").columns
        # No column holds complex numbers: a chart that draws this reads columns of text alone.
        if draw(name, base.assign(**dict.fromkeys(others, 1j)), ax=free_axes(figure)) is None:
            drawable |= {"texts"}
        for kind, frame in odd.items():
            with subtests.test(name=name, kind=kind):
                drawn = draw(name, frame, ax=free_axes(figure)) is None
                # A chart without any depth refuses NA, others draw nothing: either says so.
                assert kind == "all NA" or drawn is (kind in drawable)
        plt.close("all")


def test_charts_are_the_same_for_other_dtypes(frames, subtests):
    for name, _ in CHARTS:
        base, chart = frames[name], getattr(imd.plot, name)
        with subtests.test(name):
            # On a copy, since pandas before 3.1.1 changes the frame itself.
            arrow = base.copy(deep=True).convert_dtypes(dtype_backend="pyarrow")
            title = chart(base, ax=small_axes()).get_title()
            for same in (base.astype(object), arrow):
                assert chart(same, ax=small_axes()).get_title() == title
            plt.close("all")


def test_charts_draw_or_refuse_odd_columns(frames, subtests):
    columns = ("points", "depth", "deleted", "is_album", "cost", "user_remaining", "datetime")
    odd = [
        -np.inf, 0, -5, 0.2, 1e29, 1e300, np.uint64(2**64 - 1), True, pd.Timedelta("1h"),
        pd.Timestamp("9999-12-30", tz="UTC"),
    ]  # fmt: skip
    figure = plt.figure(figsize=(5, 3))

    def draw_with(name, column, values):
        frame = frames[name].assign(**{column: values})
        return draw(name, frame, ax=free_axes(figure), render=False)

    read = set()
    for name, _ in CHARTS:
        for column in frames[name].columns.intersection(columns):
            with subtests.test(name=name, column=column):
                if draw_with(name, column, 1j) is None:
                    continue  # No column holds complex numbers: the chart does not read this one.
                read.add(column)
                for values in odd:
                    draw_with(name, column, values)
    assert read == set(columns)


def test_charts_draw_on_the_given_ax_and_make_no_figure(frames, subtests):
    for name, _ in CHARTS:
        with subtests.test(name):
            figure, (other, ax) = plt.subplots(1, 2, figsize=(6, 4), layout="constrained")
            assert getattr(imd.plot, name)(frames[name], ax=ax) is ax
            assert plt.get_fignums() == [figure.number]
            assert figure.axes == [other, ax]
            assert not other.lines
            assert not other.patches
            figure.draw_without_rendering()
            plt.close("all")


def test_charts_leave_the_frame_unchanged(frames, subtests):
    for name, _ in CHARTS:
        with subtests.test(name):
            before = frames[name].copy(deep=True)
            in_tokyo = {"tz": "Asia/Tokyo"} if (name, "tz") in ARGUMENTS else {}
            getattr(imd.plot, name)(frames[name], **in_tokyo)
            pd.testing.assert_frame_equal(frames[name], before)


def test_charts_ignore_the_order_of_rows(frames, subtests):
    for name, _ in CHARTS:
        with subtests.test(name):
            pictures = []
            for frame in (frames[name], frames[name].iloc[::-1]):
                canvas = getattr(imd.plot, name)(frame, ax=small_axes()).figure.canvas
                canvas.draw()
                pictures.append(np.asarray(canvas.buffer_rgba()))
            np.testing.assert_array_equal(*pictures)


def test_charts_take_the_common_arguments(frames, subtests):
    for name, _ in CHARTS:
        with subtests.test(name):
            base = frames[name]
            frame = base.assign(group=["a", "b", None] * (len(base) // 3) + ["a"] * (len(base) % 3))
            chart = getattr(imd.plot, name)
            of_rows = name == "posting_heatmap"
            palette = "viridis" if of_rows else ["red", "blue"]
            ax = chart(frame, hue="group", palette=palette, hue_order=["b", "a"], title="T")
            assert ax.get_title() == "T"
            unit = ax.get_legend().get_title().get_text()
            assert unit == ("% of the row's posts" if of_rows else "group")
            entries = [text.get_text() for text in ax.get_legend().get_texts()]
            if not of_rows:
                assert [entry[0] for entry in entries[:2]] == ["b", "a"]
            assert "without group left out" in imd.plot.describe(ax)
            assert chart(frame, legend=False, title="").get_legend() is None
            ax.figure.draw_without_rendering()


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
    # The Axes beside a chart's need not be drawn.
    around, behind = plt.figure().add_subplot(), plt.figure().add_subplot()
    mine, shared = plt.figure().subplots(1, 2, sharex=True, sharey=True)
    for ax in (around, behind, shared):
        ax.set_axis_off()
    yield around.inset_axes((0, 0, 0.5, 0.5))
    yield behind.twinx()
    yield mine
    log = plt.figure().add_subplot()
    log.set_xscale("log")
    log.set_yscale("logit")
    yield log
    dates = plt.figure().add_subplot()
    dates.plot([dt.datetime(2020, 1, 1, tzinfo=dt.UTC)], [1])
    yield dates


def test_charts_draw_on_or_refuse_any_axes(frames, subtests):
    # All charts take their Axes by one function.
    for ax in odd_axes():
        with subtests.test(refused=ax):
            message = draw("gallery_trend", frames["gallery_trend"], ax=ax)
            assert message is not None
            assert message.startswith("ax must be ")
    plt.close("all")
    for name, _ in CHARTS:
        for ax in usable_axes():
            with subtests.test(name=name, drawn=ax):
                assert getattr(imd.plot, name)(frames[name], ax=ax) is ax
                ax.figure.get_figure(root=True).draw_without_rendering()
        plt.close("all")


def test_charts_in_time_are_drawn_over_changes_of_the_clock(posts, comments, subtests):
    zones = ("America/Santiago", "Pacific/Apia", ZoneInfo("America/Havana"))
    frequencies = (None, "h", "D", "W-MON", "QS", "YE")
    for tz, freq in product(zones, frequencies):
        with subtests.test(tz=tz, freq=freq):
            start = "2011-12-29" if tz == "Pacific/Apia" else "2023-11-04" if freq else "2024-09-07"
            hours = pd.date_range(start, periods=80, freq="h", tz="UTC", unit="us")
            frame = posts.assign(datetime=hours, points=1)
            ax = imd.plot.gallery_trend(frame, freq=freq, agg="sum", tz=tz, ax=small_axes())
            assert np.nansum(ax.lines[0].get_ydata()) == 80
            ax.figure.draw_without_rendering()
            frame = comments.iloc[:80].assign(datetime=hours)
            ax = imd.plot.comment_activity(frame, freq=freq, tz=tz, ax=ax)
            assert np.nansum(ax.patches[-1].get_data().values) == 80
            plt.close("all")


def sizes(frames, name):
    """Frames of all lengths, and of the shortest and longest times."""
    rng = np.random.default_rng(1)
    base = frames[name]
    times = {"credit_usage": "time", "score_history": "fetched_at"}
    time = times.get(name, "datetime")
    for n, days in ((1, 0), (10, 0), (1000, 1 / 24), (1000, 3650), (5_000, 400)):
        frame = base.iloc[rng.integers(0, len(base), n)].reset_index(drop=True)
        start = pd.Timestamp("2014-03-05", tz="UTC").as_unit("us")
        frame[time] = start + pd.to_timedelta(rng.uniform(0, days, n), unit="D").as_unit("us")
        for later in frame.columns.intersection(["fetched_at", "user_reset_at"]).difference([time]):
            frame[later] = start + pd.Timedelta(days=days, hours=1)
        yield f"{n} rows, {days:g} days", frame


@pytest.mark.parametrize("name", [name for name, _ in CHARTS])
def test_charts_draw_any_number_of_rows(frames, name, subtests):
    for kind, frame in sizes(frames, name):
        with subtests.test(kind=kind):
            layout = "constrained" if len(frame) in (1, 5_000) else None
            assert draw(name, frame, ax=small_axes(layout=layout)) is None
            if len(frame) < 1000:
                arrow = frame.convert_dtypes(dtype_backend="pyarrow")
                # What is made of them is what is made of other dtypes.
                assert draw(name, arrow, ax=small_axes(), render=False) is None
            plt.close("all")


def test_charts_draw_one_category_or_none(frames, subtests):
    for name, _ in CHARTS:
        with subtests.test(name):
            for group in ("$a$", None):
                frame = frames[name].assign(group=group)
                ax = getattr(imd.plot, name)(frame, hue="group", ax=small_axes())
                ax.figure.draw_without_rendering()
                assert ("no data" in imd.plot.describe(ax)) is (group is None)
            plt.close("all")


def test_charts_of_rows_refuse_a_second_one(frames, subtests):
    for name in ALONE:
        with subtests.test(name):
            ax = getattr(imd.plot, name)(frames[name])
            before = len(ax.get_children())
            with pytest.raises(InvalidArgument, match=r"ax must be an Axes without a chart"):
                getattr(imd.plot, name)(frames[name], ax=ax)
            assert len(ax.get_children()) == before


def test_a_legend_without_arguments_has_the_same_entries(frames, subtests):
    for name, _ in CHARTS:
        with subtests.test(name):
            ax = getattr(imd.plot, name)(frames[name], ax=small_axes())
            own = ax.get_legend()
            entries = {text.get_text() for text in own.get_texts()} if own else set()
            entries |= {line.get_label() for line in ax.child_axes[0].named}
            if entries:
                assert {text.get_text() for text in ax.legend().get_texts()} == entries
                ax.figure.draw_without_rendering()


def test_charts_compare_groups_of_which_one_has_no_values(frames, subtests):
    for name, _ in CHARTS:
        with subtests.test(name):
            frame = frames[name]
            half = len(frame) // 2
            frame = frame.assign(group=["a"] * half + ["b"] * (len(frame) - half))
            for column in frame.columns.intersection(VALUES):
                frame[column] = frame[column].where(frame["group"] == "a")
            text = imd.plot.describe(getattr(imd.plot, name)(frame, hue="group"))
            assert "n = 0" not in text
            assert "no data" not in text


def test_a_second_chart_cuts_nothing_off_and_one_without_data_changes_nothing(frames, subtests):
    times = {"credit_usage": ["time", "user_reset_at"], "score_history": ["fetched_at"]}
    for name, _ in CHARTS:
        if name in ALONE:
            continue
        with subtests.test(name):
            chart, frame = getattr(imd.plot, name), frames[name]
            later = frame.copy()
            for column in times.get(name, ["datetime"]):
                later[column] = frame[column] + pd.Timedelta("20min")
            ax = chart(frame)
            before = ax.get_xlim(), ax.get_ylim()
            chart(later, ax=ax)
            for (low, high), (new_low, new_high) in zip(
                before, (ax.get_xlim(), ax.get_ylim()), strict=True
            ):
                assert new_low <= low
                assert new_high >= high
            drawn = len(ax.lines), len(ax.patches), len(ax.collections), len(ax.texts)
            limits = ax.get_xlim(), ax.get_ylim()
            chart(frame.iloc[:0], ax=ax)
            assert (len(ax.lines), len(ax.patches), len(ax.collections), len(ax.texts)) == drawn
            assert (ax.get_xlim(), ax.get_ylim()) == limits
            assert "no data: the frame has no rows" in imd.plot.describe(ax)
            ax.figure.draw_without_rendering()
