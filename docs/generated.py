"""Pages that are made from the code, or that stand elsewhere in the repository.

``conf.py`` calls :func:`write_pages` when a build begins. Git ignores what is written.
"""

from __future__ import annotations

import argparse
import contextlib
import inspect
import json
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from sphinx_gallery.scrapers import figure_rst

import imgurdata as imd
from imgurdata import errors, loaders
from imgurdata.cli.main import _parser
from imgurdata.credits.ledger import Ledger
from imgurdata.endpoints import ENDPOINTS
from imgurdata.model.records import RECORDS

__all__ = ["CHARTS", "close_session", "fit_links", "save_charts", "signature_of", "write_pages"]

ROOT = Path(__file__).resolve().parents[1]

#: Folder of the gallery as it was run.
CHARTS = "chart-gallery"

#: Files of the repository that are pages of the site as well.
_COPIES = {
    "CHANGELOG.md": "project/changelog.md",
    "CODE_OF_CONDUCT.md": "project/code-of-conduct.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "SECURITY.md": "project/security.md",
    "data/README.md": "sample-world.md",
}
#: Headings of modules whose name does not say enough.
_TITLES = {"own": "Only yourself (settings, notifications)"}
_LINK = re.compile(r"\[([^\[\]]+)\]\((?!\w+:|#|/)([^)#\s]+)(#[^)\s]*)?\)")


def write_pages(docs: Path) -> None:
    """Write all of them into the folder of the docs."""
    for folder in ("project", "tutorials", "reference/columns"):
        shutil.rmtree(docs / folder, ignore_errors=True)
    pages = dict(_repository_pages())
    pages |= {f"tutorials/{path.name}": _notebook(path) for path in _notebooks()}
    pages["reference/columns/index.md"] = _columns_index()
    pages |= {f"reference/columns/{name}.md": _columns(name) for name in RECORDS}
    pages["reference/loaders.md"] = _loaders()
    pages["reference/commands.md"] = _commands()
    pages["reference/errors.md"] = _errors()
    for name, text in pages.items():
        path = docs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


# Pages and notebooks of the repository -------------------------------------------------------


def _notebooks() -> list[Path]:
    return sorted((ROOT / "notebooks").glob("*.ipynb"))


def _repository_pages() -> Iterator[tuple[str, str]]:
    for source, page in _COPIES.items():
        path = ROOT / source
        if path.exists():
            yield page, _relinked(path.read_text(encoding="utf-8"), path.parent)


def _notebook(path: Path) -> str:
    """Return a notebook whose pictures have alternative texts, and whose links fit the site."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    heading = ""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            source = _relinked("".join(cell["source"]), path.parent)
            headings = re.findall(r"^#+ (.+)$", source, re.MULTILINE)
            heading = headings[-1] if headings else heading
            cell["source"] = source
        elif any("image/png" in output.get("data", {}) for output in cell["outputs"]):
            cell["metadata"]["mystnb"] = {"image": {"alt": f"Chart: {heading}"}}
    return json.dumps(notebook)


def fit_links(name: str, text: list[str]) -> None:
    """Let links of a page to files of the repository lead to the page that each is."""
    if (ROOT / "docs" / f"{name}.md").exists():
        text[0] = _relinked(text[0], (ROOT / "docs" / name).parent)


def _relinked(text: str, folder: Path) -> str:
    def fitting(match: re.Match[str]) -> str:
        words, address, anchor = match.groups(default="")
        target = Path(os.path.normpath(folder / address))
        inside = target.relative_to(ROOT).as_posix() if target.is_relative_to(ROOT) else ""
        if inside in _COPIES:
            page = _COPIES[inside]
        elif inside.startswith("notebooks/"):
            page = f"tutorials/{target.name}"
        elif inside.startswith("docs/"):
            page = inside.removeprefix("docs/")
        else:  # a file that is no page, such as LICENSE
            return words if target.exists() else match[0]
        return f"[{words}](/{page}{anchor})"

    return _LINK.sub(fitting, text)


# Reference -----------------------------------------------------------------------------------


def _table(*lines: tuple[str, ...]) -> str:
    """Return a table of Markdown; the first line is its head."""
    head, *rest = [[cell.replace("|", r"\|").replace("\n", " ") for cell in line] for line in lines]
    body = [head, ["---"] * len(head), *rest]
    return "".join(f"| {' | '.join(line)} |\n" for line in body)


def _loaders_of(record: str) -> list[str]:
    """Return the loaders whose rows are such records."""
    names = [point.loader_name for point in ENDPOINTS.values() if point.record == record]
    return [f"{{py:func}}`~imgurdata.{name}`" for name in dict.fromkeys(names)]


def _loaders() -> str:
    """Return the page of all loaders, by the module that they are in."""
    parts = [
        "# Loaders\n",
        "Each returns one frame with the [columns](columns/index.md) of its record, and takes",
        "`session=`, `progress=` and `max_age=`; those that page take `pages=`.\n",
    ]
    for module in loaders._MODULES:
        names = "".join(f"   {name}\n" for name in module.__all__)
        name = module.__name__.rpartition(".")[2]
        parts.append(f"## {_TITLES.get(name, name.capitalize())}\n")
        parts.append((module.__doc__ or "").partition("\n\n")[0] + "\n")
        parts.append(
            "```{eval-rst}\n.. currentmodule:: imgurdata\n\n.. autosummary::\n   :toctree: api\n"
            f"   :nosignatures:\n\n{names}```\n"
        )
    return "\n".join(parts)


def _columns_index() -> str:
    rows = [
        (f"[`{name}`]({name}.md)", str(len(record.columns)), ", ".join(_loaders_of(name)))
        for name, record in RECORDS.items()
    ]
    names = "\n".join(RECORDS)
    return f"""\
# Columns

Every frame has the columns of its record, whatever the answer held: the same names and dtypes for
no rows, one page or a million. In Python, `imd.schema("post")` gives the same as a frame, and below
it, with dtype `dropped`, the fields left out and why.

{_table(("record", "columns", "loaders"), *rows)}
The dtypes are `str`, `Int64`, `Float64`, `boolean` and `datetime64[us, UTC]`, and nothing else. A
value that Imgur leaves out is NA. As a source, *reference* is Imgur's API reference, and *recorded*
means seen in recorded answers.

```{{toctree}}
:hidden:

{names}
```
"""


def _columns(name: str) -> str:
    table = imd.schema(name)
    dropped = table[table["dtype"] == "dropped"]
    columns = table.drop(dropped.index)
    calls = ", ".join(_loaders_of(name))
    parts = [
        f"# Columns of `{name}`\n",
        f"Loaded by {calls}.\n" if calls else "",
        f'In Python: `imd.schema("{name}")`.\n',
        _table(
            ("column", "dtype", "unit", "meaning", "source"),
            *(
                (f"`{row.name}`", f"`{row.dtype}`", row.unit, _escaped(row.meaning), row.source)
                for row in columns.itertuples(index=False)
            ),
        ),
    ]
    if len(dropped):
        rows = dropped.itertuples(index=False)
        parts += [
            "## Left out on purpose\n",
            "Keys of Imgur's answers that are no columns of their own.\n",
            _table(
                ("key", "what it is, and why it is no column", "source"),
                *((f"`{row.name}`", _escaped(row.meaning), row.source) for row in rows),
            ),
        ]
    return "\n".join(part for part in parts if part)


def _escaped(text: str) -> str:
    return re.sub(r"([<>*_{}\[\]])", r"\\\1", text)


def _commands() -> str:
    """Return the page of all commands: what ``--help`` prints."""
    os.environ["COLUMNS"] = "88"
    parts = [
        "# Commands and options\n",
        "What `imgurdata COMMAND --help` prints. [The command line](/command-line.md) shows how",
        "they are used, where rows go, and what the exit codes mean.\n",
    ]
    for parser in _parsers(_parser()):
        parts.append(f"## {parser.prog}\n")
        parts.append(f"```text\n{parser.format_help()}```\n")
    return "\n".join(parts)


def _parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in dict.fromkeys(action.choices.values()):
                yield from _parsers(below)


def _errors() -> str:
    tree = re.search(r"::\n\n( .*?)\n\n(?=\S)", errors.__doc__ or "", re.DOTALL)
    if tree is None:
        sys.exit("the docstring of imgurdata.errors draws no tree")
    classes = [name for name in re.findall(r"\b[A-Z]\w+", tree[1]) if hasattr(errors, name)]
    parts = [
        "# Errors, and what to do\n",
        "One `except imgurdata.errors.ImgurDataError` catches all of them. If a pull breaks, the",
        "error's `.partial` is the frame of what came before, and the same call goes on from there",
        "without paying twice. No message holds a token, a key, a mail address or a delete hash.\n",
        _tree(textwrap.dedent(tree[1])) + "\n",
        "```{eval-rst}\n.. py:currentmodule:: imgurdata.errors\n```\n",
    ]
    parts += [
        f"```{{eval-rst}}\n.. autoclass:: imgurdata.errors.{name}\n```\n"
        for name in dict.fromkeys(classes)
    ]
    return "\n".join(parts)


def _tree(drawn: str) -> str:
    """Return a drawn tree of classes as a nested list, each with the words of its docstring."""
    lines = []
    for line in drawn.splitlines():
        branch, name, also = re.match(r"(\W*)(\w+)( \(also \w+\))?", line).groups(default="")
        words = inspect.getdoc(getattr(errors, name)).partition("\n")[0]
        indent = "  " * (len(branch) // 4)
        lines.append(f"{indent}- {{py:class}}`~imgurdata.errors.{name}`{also}: {words}\n")
    return "".join(lines)


def signature_of(
    _app: Any, what: str, _name: str, obj: Any, _options: Any, _signature: str, _returns: str
) -> tuple[str, str] | None:
    """Return the signature of a class as its own ``__init__`` has it."""
    if what != "class" or issubclass(obj, Exception):
        return None
    if obj in (imd.ImgurSession, Ledger):  # made by connect, not by hand
        return "", ""
    parameters = list(inspect.signature(obj.__init__).parameters.values())[1:]
    plain = [parameter.replace(annotation=parameter.empty) for parameter in parameters]
    return str(inspect.Signature(plain)), ""


# Gallery -------------------------------------------------------------------------------------


def close_session(_conf: dict[str, Any], _name: str, when: str) -> None:
    """Close the session of an example that has ended, and with it the sandbox."""
    if when == "before":
        return
    with contextlib.suppress(errors.ImgurDataError):
        imd.current_session().close()


def save_charts(_block: Any, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """Save the figures that an example has drawn; their alternative text is the chart in words."""
    paths, words = [], []
    for number in plt.get_fignums():
        figure = plt.figure(number)
        path = next(block_vars["image_path_iterator"])
        figure.savefig(path, dpi=160)
        paths.append(path)
        for ax in figure.axes:
            with contextlib.suppress(errors.InvalidArgument):  # the colors' own Axes, say
                words.append(imd.plot.describe(ax))
    plt.close("all")
    if paths and not words:
        sys.exit(f"{block_vars['src_file']}: a picture without an alternative text")
    return figure_rst(paths, gallery_conf["src_dir"], " ".join(words))
