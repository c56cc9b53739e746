"""One small study by imgurpython and by imgurdata, on the same sandbox; makes docs/study.md.

``python -m benchmarks.study`` writes the page. Needs the ``bench`` extra.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pandas as pd

import imgurdata as imd
from imgurdata.sandbox import Sandbox

__all__ = ["PAGE", "by_imgurdata", "by_imgurpython", "main", "page", "wrong_columns"]

PAGE = Path(__file__).resolve().parent.parent / "docs" / "study.md"
_PAGES = 5
#: Keys of an answer that hold times.
_TIMES = ("datetime",)


def by_imgurpython(client_id: str, client_secret: str) -> pd.Series:
    """Return the tags of the week with the most comments per view."""
    from imgurpython import ImgurClient

    client = ImgurClient(client_id, client_secret)
    rows = [
        (post.id, tag["name"], post.comment_count, post.views)
        for page in range(5)
        for post in client.gallery("top", "viral", page, "week")
        for tag in post.tags
    ]
    tags = pd.DataFrame(rows, columns=["id", "tag", "comment_count", "views"])
    tags = tags.drop_duplicates(["id", "tag"])
    sums = tags.groupby("tag")[["comment_count", "views"]].sum()
    return (sums["comment_count"] / sums["views"]).nlargest(5)


def by_imgurdata() -> pd.Series:
    """Return the tags of the week with the most comments per view."""
    posts = imd.load_gallery("top", window="week", pages=5)
    tags = posts.assign(tag=posts["tags"].str.split()).explode("tag")
    sums = tags.groupby("tag")[["comment_count", "views"]].sum()
    return (sums["comment_count"] / sums["views"]).nlargest(5)


def wrong_columns(frame: pd.DataFrame, rows: list[dict[str, Any]]) -> dict[str, str]:
    """Return why columns of a frame are not what the answers' rows say, by their names.

    Of keys whose values are lists or objects there is no right column: pandas can keep them as
    Python objects only, which it neither compares nor saves.
    """
    wrong = {}
    for name in map(str, frame.columns):
        said = [row.get(name) for row in rows]
        values = [value for value in said if value is not None]
        kind = frame[name].dtype
        is_object = pd.api.types.is_object_dtype(kind)
        if not values:
            continue
        if any(isinstance(value, (dict, list)) for value in values):
            reason = "Python objects" if is_object else ""
        elif name in _TIMES:
            reason = "" if str(kind).startswith("datetime64") else "a number, not a time"
        elif all(isinstance(value, bool) for value in values):
            reason = "" if pd.api.types.is_bool_dtype(kind) else "truth values as Python objects"
        elif all(isinstance(value, int) for value in values):
            reason = "" if pd.api.types.is_integer_dtype(kind) else f"whole numbers as {kind}"
        elif all(isinstance(value, str) for value in values):
            reason = "" if pd.api.types.is_string_dtype(kind) else "text among missing values"
        else:
            reason = "" if not is_object else "numbers and texts as Python objects"
        if reason:
            wrong[name] = reason
    return wrong


def _lines(study: Callable[..., Any]) -> str:
    """Return the body of a function, without its docstring."""
    _, _, body = inspect.getsource(study).partition('view."""\n')
    return textwrap.dedent(body).replace("return ", "", 1).strip("\n")


def page() -> str:
    """Return the page: both studies are run, and what they took is counted."""
    from imgurpython import client as module

    with (
        Sandbox() as sandbox,
        imd.connect(sandbox=sandbox) as session,
        mock.patch.object(module, "API_URL", f"{sandbox.url}/"),
    ):
        counts: dict[str, list[int]] = {"imgurpython": [], "imgurdata": []}
        tops = []
        studies: dict[str, Callable[[], pd.Series]] = {
            "imgurpython": lambda: by_imgurpython(sandbox.client_id, sandbox.client_secret),
            "imgurdata": by_imgurdata,
        }
        for _ in range(2):
            for name, study in studies.items():
                asked = len(sandbox.requests)
                tops.append(study())
                counts[name].append(len(sandbox.requests) - asked)
        if not all(top.index.equals(tops[0].index) for top in tops):
            raise AssertionError("the two studies differ")
        make: Any = module.ImgurClient
        client = make(sandbox.client_id, sandbox.client_secret)
        items = [i for n in range(_PAGES) for i in client.gallery("top", "viral", n, "week")]
        paths = [f"/3/gallery/top/viral/week/{n}" for n in range(_PAGES)]
        rows = [row for path in paths for row in session.fetch(path)]
        frames = {
            "imgurpython": pd.DataFrame([vars(item) for item in items]),
            "imgurdata": imd.load_gallery("top", window="week", pages=_PAGES),
        }
    faults = {name: wrong_columns(frame, rows) for name, frame in frames.items()}
    table = [
        ("lines", *(str(len(_lines(f).splitlines())) for f in (by_imgurpython, by_imgurdata))),
        ("requests", *(str(counts[name][0]) for name in counts)),
        ("requests when it is run again", *(str(counts[name][1]) for name in counts)),
        ("columns of the frame of posts", *(str(frame.shape[1]) for frame in frames.values())),
        ("of these wrong", *(str(len(found)) for found in faults.values())),
    ]
    listed = [f"- `{name}`: {reason}" for name, reason in faults["imgurpython"].items()]
    found = [f"| `{tag}` | {1000 * rate:.1f} |" for tag, rate in tops[0].items()]
    return "\n".join([
        _HEAD, "With imgurpython 1.1.7:", "", "```python", _lines(by_imgurpython), "```", "",
        "With imgurdata:", "", "```python", _lines(by_imgurdata), "```", "",
        "Both find the same:", "", "| tag | comments per 1,000 views |", "|---|---|", *found, "",
        "| | imgurpython | imgurdata |", "|---|---|---|",
        *(f"| {' | '.join(cells)} |" for cells in table), "",
        _FOOT, *listed, "",
    ])  # fmt: skip


_HEAD = """\
# One study, twice

<!-- Made by `python -m benchmarks.study`: do not edit. -->

Which tags get the most comments per view this week? The same question, asked of the same sandbox.
"""

_FOOT = """\
The frame of posts is `pd.DataFrame([vars(post) for post in posts])` with imgurpython, and `posts`
itself with imgurdata. A column is wrong if its dtype does not fit what the answers say.
imgurpython's first request asks for the credits, and it keeps no answer. Its wrong columns:
"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
