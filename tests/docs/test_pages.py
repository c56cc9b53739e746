"""The code of README.md, CONTRIBUTING.md and docs/, in the order of each page, on the sandbox.

What a fence holds is told by its language:

- ``python`` is run. ``imd.connect(client_id="...")`` connects to a sandbox.
- ``text`` right after it is what its last expression shows, or what it printed.
- ``toml`` is a file of ``imgurdata collect``, which runs it for half an hour.
- In all others, the options of every ``imgurdata`` command and the extras of every ``pip install``
  are those that exist.

``<!-- skip: next "reason" -->`` before a fence leaves it out, with the reason.
"""

from __future__ import annotations

import ast
import contextlib
import doctest
import io
import re
import shlex
import sys
import tomllib
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import SkipTest

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from sybil import Document, Example, Region, Sybil
from sybil.parsers.markdown.lexers import FencedCodeBlockLexer
from sybil.parsers.myst import SkipParser

import imgurdata as imd
from imgurdata import loaders
from imgurdata.cli.main import _parser, main

ROOT = Path(__file__).resolve().parents[2]
EXTRAS = set(
    tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
)

#: Pages whose Python another test runs, line by line.
ELSEWHERE = {"README.md": "tests/test_readme.py", "docs/study.md": "tests/benchmarks/test_study.py"}
#: What pages need that may not be installed.
NEEDS = {"docs/over-time.md": pytest.mark.engines, "docs/engines.md": pytest.mark.engines}

PAGES = [
    str(path.relative_to(ROOT))
    for path in (
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *sorted((ROOT / "docs").glob("*.md")),
    )
]


# Fences ----------------------------------------------------------------------------------------


def run_python(example: Example) -> None:
    """Run a block; what its last expression shows, or what it printed, is kept."""
    tree = ast.parse(example.parsed)
    ast.increment_lineno(tree, example.line)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    value = None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, example.path, "exec"), example.namespace)
        if isinstance(last, ast.Expr):
            expression = ast.Expression(last.value)
            value = eval(compile(expression, example.path, "eval"), example.namespace)
    example.namespace["_values"].append(value)
    shown = printed.getvalue() + ("" if value is None else f"{value!r}\n")
    example.namespace["_shown"] = (example.end, shown)


def check_text(example: Example) -> None:
    """Compare a text that stands right after code with what that code showed."""
    end, shown = example.namespace.get("_shown", (0, ""))
    between = example.document.text[end : example.start]
    if end and not between.strip(" \n`"):
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        assert doctest.OutputChecker().check_output(example.parsed, shown, flags), shown


def run_settings(example: Example) -> None:
    """Collect by the file that a block shows, under the name in its first line."""
    path = Path("settings") / example.parsed.partition("\n")[0].removeprefix("# ")
    path.parent.mkdir(exist_ok=True)
    path.write_text(example.parsed)
    assert main(["collect", str(path), "--sandbox", "--until", "30min"]) == 0


def check_commands(example: Example) -> None:
    """Parse every command line of imgurdata, and look up the extras that are installed."""
    for line in example.parsed.splitlines():
        for extras in re.findall(r"pip install.*?\[([\w,]+)\]", line):
            assert set(extras.split(",")) <= EXTRAS, line
        if "imgurdata " not in line:
            continue
        for command in commands(line.removeprefix("$ ").removeprefix("ExecStart=")):
            if Path(command[0]).name == "imgurdata":
                assert is_understood(command[1:]), line


def is_understood(arguments: list[str]) -> bool:
    """Return whether the command line takes these arguments; ``--help`` exits, too."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            _parser().parse_args(arguments)
    except SystemExit as error:
        return error.code == 0
    return True


def commands(line: str) -> Iterator[list[str]]:
    """Yield the commands of a line of the shell, without its comment."""
    words = shlex.shlex(line, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    command: list[str] = []
    for word in (*words, ";"):
        if set(word) <= set("();<>|&"):
            if command:
                yield command
            command = []
        else:
            command.append(word)


#: What is run in place of what takes long: a cluster in this process, without a dashboard; a third
#: of a day of snapshots, which has a midnight in it; a page of posts whose pictures are loaded.
QUICKER = {
    "pages=3, nested=True": "pages=1, nested=True",
    "n_workers=2": "n_workers=1, processes=False, dashboard_address=None",
    'until="24h"': 'until="8h"',
}

EVALUATORS: dict[str, Callable[[Example], None]] = {
    "python": run_python,
    "text": check_text,
    "toml": run_settings,
    **dict.fromkeys(("", "console", "ini", "json"), check_commands),
}
FENCES = FencedCodeBlockLexer(r"[a-z]*", mapping={"language": "language", "source": "source"})


def parse_fences(document: Document) -> Iterator[Region]:
    for region in FENCES(document):
        region.parsed = region.lexemes["source"]
        for text, quicker in QUICKER.items():
            region.parsed = region.parsed.replace(text, quicker)
        region.evaluator = EVALUATORS[region.lexemes["language"]]
        yield region


def page_of(name: str) -> Document:
    return Sybil([parse_fences, SkipParser()]).parse(ROOT / name)


# Pages -----------------------------------------------------------------------------------------


def all_engines_tell_the_same(names: dict[str, Any]) -> None:
    """Compare the mean scores by day: of pandas and Dask, DuckDB and Polars."""
    scores = []
    for value in names["_values"]:
        frame = value.to_pandas() if hasattr(value, "to_pandas") else value
        if isinstance(frame, pd.DataFrame) and list(frame)[:2] == ["day", "score"]:
            scores.append(frame["score"].astype(float).tolist())
        elif isinstance(frame, pd.Series) and frame.name == "score":
            scores.append(frame.sort_index().astype(float).tolist())
    scores.append(names["by_day"].sort_index().astype(float).tolist())
    assert len(scores) == 4
    for score in scores[1:]:
        assert score == pytest.approx(scores[0])


CHECKS = {"docs/over-time.md": all_engines_tell_the_same}


@pytest.fixture
def inside(tmp_path, monkeypatch) -> Iterator[None]:
    """In an empty folder, connected to sandboxes only, which are closed at the end."""
    opened: list[imd.ImgurSession] = []
    connect = imd.connect

    def to_sandbox(client_id: str | None = None, **options: Any) -> imd.ImgurSession:
        given = {name: value for name, value in options.items() if value != "..."}
        if client_id == "...":
            given["sandbox"] = True
        opened.append(connect(**given))
        return opened[-1]

    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(plt.rcParams, "backend", "Agg")
    monkeypatch.setattr(imd, "connect", to_sandbox)
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))
    yield
    for session in reversed(opened):
        session.close()
    plt.close("all")


# The page of downloads takes albums of which a gallery shows the first images only.
@pytest.mark.filterwarnings("ignore:.* more images than the frame tells:imgurdata.PreviewWarning")
@pytest.mark.parametrize("name", [pytest.param(name, marks=NEEDS.get(name, ())) for name in PAGES])
def test_code_of_page_runs(name, inside, monkeypatch) -> None:
    if name in NEEDS:
        # Dask looks for this machine's address by opening a socket to a server elsewhere.
        monkeypatch.setattr("distributed.utils._get_ip", lambda *_, **__: "127.0.0.1")
    page = page_of(name)
    page.namespace["_values"] = []
    for example in page.examples():
        if example.region.lexemes.get("language") == "python" and (
            name in ELSEWHERE or "import dlt" in example.parsed  # test_recipe_for_dlt_...
        ):
            continue
        if isinstance(example.parsed, tuple):
            assert all(example.parsed), "skip: next, and the reason"
        with contextlib.suppress(SkipTest):
            example.evaluate()
    for number in plt.get_fignums():
        plt.figure(number).draw_without_rendering()
    if name in CHECKS:
        CHECKS[name](page.namespace)


@pytest.mark.dlt
def test_recipe_for_dlt_takes_each_row_once(inside, monkeypatch) -> None:
    import duckdb

    (block,) = (
        str(example.parsed)
        for name in PAGES
        for example in page_of(name).examples()
        if "@dlt.resource" in str(example.parsed)
    )
    archive = imd.Archive("gallery")
    session = imd.connect("...")
    recipe = types.ModuleType("recipe")
    vars(recipe).update(archive=archive)
    monkeypatch.setitem(sys.modules, "recipe", recipe)
    for _ in range(2):
        imd.collect(archive, [imd.Pull("gallery")], "15min", "30min", session=session)
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(block, "over-time.md", "exec"), vars(recipe))  # the page's own code
    with duckdb.connect("warehouse.duckdb") as connection:
        rows = connection.sql("select * from gallery.posts").df()
    loaded = archive.load()
    assert len(rows) == len(loaded)
    assert set(rows["id"]) == set(loaded["id"])
    assert str(rows["fetched_at"].dtype).startswith("datetime64")
    assert sorted(rows["points"]) == sorted(loaded["points"])


# What the pages have to name -------------------------------------------------------------------


def test_reference_and_gallery_name_everything(subtests) -> None:
    reference = (ROOT / "docs" / "reference" / "api.md").read_text()
    listed = set(re.findall(r"^   (\w+)$", reference, re.MULTILINE))
    listed |= {"auth", "errors", "plot", "sandbox", "widgets", "__version__", *loaders.NAMES}
    for module in (imd, imd.plot, imd.widgets, imd.auth, imd.sandbox):
        with subtests.test(msg=module.__name__):
            assert set(module.__all__) <= listed
    gallery = "".join(path.read_text() for path in (ROOT / "docs" / "gallery").glob("plot_*.py"))
    page = (ROOT / "docs" / "charts.md").read_text()
    for name in imd.plot.__all__:
        with subtests.test(msg=name):
            assert f"plot.{name}(" in page
            assert f"plot.{name}(" in gallery or name == "describe"
