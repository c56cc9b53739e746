"""Values that no argument expects: every public argument is given each of them."""

from __future__ import annotations

import datetime as dt
import io
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pandas as pd


class Hostile:
    """An object all of whose special methods raise."""

    def _refuse(self, *_: Any) -> NoReturn:
        raise RuntimeError("not even this")

    __repr__ = __str__ = __len__ = __iter__ = __bool__ = __eq__ = __hash__ = _refuse  # type: ignore[assignment]
    __index__ = __int__ = __float__ = __fspath__ = __getitem__ = __contains__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = _refuse


def _failing() -> Any:
    yield "abcde"
    raise OSError("the source of the ids is gone")


#: Name and maker of each value; made anew for each call, since some are used up.
ODD: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "True": lambda: True,
    "False": lambda: False,
    "0": lambda: 0,
    "-1": lambda: -1,
    "3": lambda: 3,
    "10**30": lambda: 10**30,
    "10**5000": lambda: 10**5000,
    "2.5": lambda: 2.5,
    "nan": lambda: float("nan"),
    "inf": lambda: float("inf"),
    "-inf": lambda: float("-inf"),
    "3j": lambda: 3j,
    "empty text": lambda: "",
    "space": lambda: " ",
    "word": lambda: "whatever",
    "unknown digits": lambda: "\u00b2",
    "NUL": lambda: "a\x00b",
    "surrogate": lambda: "\ud800",
    "escape": lambda: "\x1b]0;owned\x07",
    "long text": lambda: "a." * 30_000,
    "long word": lambda: "token " * 30_000,
    "path up": lambda: "../../etc",
    "dollar": lambda: "$\\frac$",
    "bytes": lambda: b"abcde",
    "bytearray": lambda: bytearray(b"abcde"),
    "list": list,
    "list of None": lambda: [None],
    "list of list": lambda: [[]],
    "list of nan": lambda: [float("nan")],
    "mixed list": lambda: ["abcde", 5, None, object()],
    "dict": dict,
    "dict of id": lambda: {"id": "abcde"},
    "set": set,
    "set of ids": lambda: {"abcde"},
    "tuple": tuple,
    "range": lambda: range(3),
    "huge range": lambda: range(10**12),
    "empty iterator": lambda: iter(()),
    "endless": itertools.count,
    "failing generator": _failing,
    "object": object,
    "class": lambda: dict,
    "function": lambda: len,
    "NA": lambda: pd.NA,
    "NaT": lambda: pd.NaT,
    "np.int64": lambda: np.int64(2),
    "np.float64": lambda: np.float64("nan"),
    "np.bool": lambda: np.bool_(True),
    "np.str": lambda: np.str_("abcde"),
    "array": lambda: np.array([1, 2]),
    "empty array": lambda: np.array([]),
    "matrix": lambda: np.zeros((2, 2)),
    "timedelta64 NaT": lambda: np.timedelta64("NaT"),
    "datetime64": lambda: np.datetime64("2026-01-01"),
    "Series": lambda: pd.Series([1, 2]),
    "empty Series": lambda: pd.Series([], dtype="str"),
    "Series of NA": lambda: pd.Series([pd.NA, None]),
    "frame": lambda: pd.DataFrame({"a": [1]}),
    "empty frame": pd.DataFrame,
    "frame of ids": lambda: pd.DataFrame({"id": ["abcde"]}),
    "frame of two ids": lambda: pd.DataFrame([["abcde", "fghij"]], columns=["id", "id"]),
    "MultiIndex": lambda: pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("id", "x")])),
    "datetime": lambda: dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    "date": lambda: dt.date(2026, 1, 1),
    "timedelta": lambda: dt.timedelta(hours=1),
    "Timedelta": lambda: pd.Timedelta("2h"),
    "path": lambda: Path("no/such/folder/x.sqlite"),
    "text file": lambda: io.StringIO("abcde"),
    "binary file": lambda: io.BytesIO(b"abcde"),
    "closed file": lambda: _closed(),
    "exception": lambda: ValueError("x"),
    "hostile": Hostile,
}


def _closed() -> io.StringIO:
    file = io.StringIO("abcde")
    file.close()
    return file
