"""What time tells: how fast posts grow, and how long they stay in a list."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from imgurdata._validate import refuse, shown
from imgurdata.archive.table import typed_frame
from imgurdata.errors import InvalidArgument
from imgurdata.model.schema import TIME

__all__ = ["lifetimes", "velocity"]

_Floats = npt.NDArray[np.float64]
#: Intervals and views that a half-life needs.
_FEWEST, _FEWEST_VIEWS = 3, 100
#: Longest half-life that can be estimated, in spans of observation.
_LONGEST = 5.0
#: Values that are tried at once, and how often they are refined.
_TRIED, _REFINEMENTS = 40, 5


def velocity(history: pd.DataFrame) -> pd.DataFrame:
    """Return how fast posts gained points and views.

    Parameters
    ----------
    history : pandas.DataFrame
        Rows of :meth:`imgurdata.Archive.history`, with ``id, fetched_at, points, views``.

    Returns
    -------
    pandas.DataFrame
        A row a post and interval between two snapshots: ``id, fetched_at`` (the interval's end),
        ``hours`` (its length), ``points_per_hour, views_per_hour``. In order of id and time. Lost
        votes make negative points; NA where a count is.

    Raises
    ------
    InvalidArgument
        It is no history.

    Notes
    -----
    A post in several lists at a time counts once. Intervals over a gap are long ones.

    Examples
    --------
    >>> import pandas as pd
    >>> import imgurdata as imd
    >>> history = pd.DataFrame({
    ...     "id": "abcde",
    ...     "fetched_at": pd.to_datetime(["2026-03-01 10:00", "2026-03-01 12:00"], utc=True),
    ...     "points": pd.array([10, 40], dtype="Int64"),
    ...     "views": pd.array([100, 900], dtype="Int64"),
    ... })
    >>> imd.velocity(history)["points_per_hour"].tolist()
    [15.0]
    """
    rows = _rows_of(history, ("points", "views"))
    rows = rows.drop_duplicates(["id", "fetched_at"])
    before = rows.groupby("id", sort=False)
    hours = before["fetched_at"].diff().dt.total_seconds() / 3600
    columns: dict[str, Any] = {
        "id": rows["id"],
        "fetched_at": rows["fetched_at"],
        "hours": hours.astype("Float64"),
    }
    for name in ("points", "views"):
        gained = before[name].diff().astype("Float64")
        columns[f"{name}_per_hour"] = gained / columns["hours"]
    frame: pd.DataFrame = pd.DataFrame(columns)
    kept: pd.DataFrame = frame[hours.notna()].reset_index(drop=True)
    return kept


def lifetimes(history: pd.DataFrame) -> pd.DataFrame:
    """Return how long posts stayed in a list, and how attention to them rose and fell.

    Parameters
    ----------
    history : pandas.DataFrame
        Rows of :meth:`imgurdata.Archive.history`, with ``id, fetched_at, listing``, and as far as
        the columns are wanted ``rank`` and ``views``.

    Returns
    -------
    pandas.DataFrame
        A row a post and list:

        - ``id, listing, snapshots``: how often it was seen;
        - ``first_seen, last_seen, hours``: from the first time to the last;
        - ``best_rank, hours_to_best_rank``: its best place, and when it first had it;
        - ``peak, hours_to_peak``: the most views an hour between two snapshots, and when;
        - ``half_life``: hours in which its views an hour fall to half, from the peak on, by maximum
          likelihood; NA with less than three intervals or 100 views, or if they did not fall;
        - ``censored_start, censored_end``: it was there in the first snapshot or in the last one,
          so that it may have been there before or after: ``hours`` is then a least value;
        - ``missing_since``: when Imgur first answered that the post was gone, NA if it never did.

    Raises
    ------
    InvalidArgument
        It is no history.

    Notes
    -----
    A post that is not ``censored_end`` left the list: between ``last_seen`` and the snapshot after
    it. Whether it was deleted is known only if it was asked for (``imd.Pull("posts", ids=...)``).
    For a mean of ``hours``, treat censored rows as survival analysis does; leaving them out makes
    lives too short.

    The first and the last snapshot of each list are in ``history.attrs``; where they are lost
    (concat, groupby), they are taken from the rows.

    Examples
    --------
    >>> import tempfile
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True), tempfile.TemporaryDirectory() as folder:
    ...     archive = imd.Archive(folder)
    ...     ledger = imd.collect(archive, [imd.Pull("gallery")], every="1h", until="12h")
    ...     lives = imd.lifetimes(archive.history())
    ...     bool((lives["hours"] <= 11).all()), int(lives["censored_end"].sum())
    (True, 60)
    """
    rows = _rows_of(history, (), needed=("listing",))
    # Rows of posts that were loaded by id are in no list.
    rows = rows[rows["listing"].notna()].drop_duplicates(["id", "listing", "fetched_at"])
    attrs = history.attrs.get("imgurdata")
    attrs = attrs if isinstance(attrs, dict) else {}
    by_list: Any = rows.groupby("listing")["fetched_at"]
    spans = {str(name): _span(times, attrs, str(name)) for name, times in by_list}
    missing = attrs.get("missing") or {}
    found: list[dict[str, Any]] = []
    for (post, listing), part in rows.groupby(["id", "listing"], sort=True):
        times = part["fetched_at"]
        first, last = times.iloc[0], times.iloc[-1]
        hours = (times - first).dt.total_seconds().to_numpy() / 3600
        start, end = spans[str(listing)]
        found.append(
            {
                "id": post,
                "listing": listing,
                "snapshots": len(part),
                "first_seen": first,
                "last_seen": last,
                "hours": float(hours[-1]),
                **_best_rank(part, hours),
                **_attention(part, hours),
                "censored_start": bool(first <= start),
                "censored_end": bool(last >= end),
                "missing_since": missing.get(str(post)),
            }
        )
    return typed_frame(found, _COLUMNS)


#: Columns of lifetimes.
_COLUMNS = {
    "id": "str", "listing": "str", "snapshots": "Int64", "first_seen": TIME, "last_seen": TIME,
    "hours": "Float64", "best_rank": "Int64", "hours_to_best_rank": "Float64", "peak": "Float64",
    "hours_to_peak": "Float64", "half_life": "Float64", "censored_start": "boolean",
    "censored_end": "boolean", "missing_since": TIME,
}  # fmt: skip


def _rows_of(history: Any, counts: tuple[str, ...], needed: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return the rows of a history in order of id and time."""
    if not isinstance(history, pd.DataFrame):
        refuse("history", "a DataFrame of archive.history()", history)
    if not history.columns.is_unique:
        refuse("history", "a DataFrame with each column once", list(history.columns))
    for name in ("id", "fetched_at", *needed, *counts):
        if name not in history.columns:
            raise InvalidArgument(
                f"history must have the column {name!r}, as archive.history() does; got "
                f"{shown(list(history.columns))}."
            )
    if not isinstance(history["fetched_at"].dtype, pd.DatetimeTZDtype):
        got = str(history["fetched_at"].dtype)
        refuse("history", "one whose fetched_at are times with a zone", got)
    for name in counts:
        if not pd.api.types.is_numeric_dtype(history[name].dtype):
            refuse("history", f"one whose {name} are numbers", str(history[name].dtype))
    known = history[history["id"].notna() & history["fetched_at"].notna()]
    return known.sort_values(["id", "fetched_at"], kind="stable")


def _span(
    times: pd.Series, attrs: dict[str, Any], listing: str
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the end of a list's first snapshot, and the beginning of its last."""
    span = (attrs.get("spans") or {}).get(listing)
    if isinstance(span, dict):
        return pd.Timestamp(span["first"]), pd.Timestamp(span["last"])
    # Answers of one snapshot are seconds apart, and snapshots further.
    moments = times.drop_duplicates().sort_values().reset_index(drop=True)
    apart = moments.diff()
    breaks = apart[apart > apart.max() / 2].index
    if not len(breaks):
        return moments.iloc[-1], moments.iloc[0]
    return moments.iloc[breaks[0] - 1], moments.iloc[breaks[-1]]


def _best_rank(part: pd.DataFrame, hours: _Floats) -> dict[str, Any]:
    if "rank" not in part.columns or part["rank"].isna().all():
        return {"best_rank": None, "hours_to_best_rank": None}
    ranks = part["rank"].to_numpy(dtype="float64", na_value=np.inf)
    best = int(ranks.argmin())
    return {"best_rank": int(ranks[best]), "hours_to_best_rank": float(hours[best])}


def _attention(part: pd.DataFrame, hours: _Floats) -> dict[str, Any]:
    """Return peak and half-life of the views an hour."""
    none = {"peak": None, "hours_to_peak": None, "half_life": None}
    if "views" not in part.columns:
        return none
    views = part["views"].to_numpy(dtype="float64", na_value=np.nan)
    known = ~np.isnan(views)
    views, hours = views[known], hours[known]
    if len(views) < 2:
        return none
    lengths, gained = np.diff(hours), np.diff(views)
    rates, middles = gained / lengths, hours[:-1] + lengths / 2
    peak = int(rates.argmax())
    return {
        "peak": float(rates[peak]),
        "hours_to_peak": float(middles[peak]),
        "half_life": _half_life(hours[peak:-1], hours[peak + 1 :], gained[peak:]),
    }


def _half_life(begins: _Floats, ends: _Floats, gained: _Floats) -> float | None:
    """Return the half-life in hours of falling rates, by maximum likelihood, or None.

    Each view falls into an interval with a probability in proportion to
    ``2 ** (-begin / half_life) - 2 ** (-end / half_life)``. Unlike a line through logarithms, this
    takes intervals without views, and of different lengths, for what they say.
    """
    gained = np.maximum(gained, 0.0)  # Imgur corrects counts downwards now and then
    if len(gained) < _FEWEST or gained.sum() < _FEWEST_VIEWS:
        return None
    begins, ends = begins - begins[0], ends - begins[0]
    low, high = float((ends - begins).min()) / 10, float(ends[-1]) * _LONGEST
    for _ in range(_REFINEMENTS):
        tried = np.geomspace(low, high, _TRIED)
        shares = 2.0 ** (-begins / tried[:, None]) - 2.0 ** (-ends / tried[:, None])
        shares /= shares.sum(axis=1, keepdims=True)
        with np.errstate(divide="ignore"):
            logarithms = np.where(gained > 0, np.log(shares), 0.0)
        best = int((logarithms * gained).sum(axis=1).argmax())
        if best in {0, _TRIED - 1}:
            return None
        low, high = tried[best - 1], tried[best + 1]
    return float(tried[best])
