"""What widgets share: their files, and what a reopened notebook shows of them."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from imgurdata._static_view import publish_static_view

__all__ = ["page_files", "static_bundle", "static_html"]

_FOLDER = files("imgurdata.widgets")

# Texts of cells up to so many characters stay on one line.
_SHORT = 12

_VIEW = "application/vnd.jupyter.widget-view+json"


def page_files(name: str) -> tuple[str, str]:
    """Return the JavaScript, with the common part, and the CSS of a widget."""
    script, common = ((_FOLDER / file).read_text("utf-8") for file in (f"{name}.js", "common.js"))
    return common + script, (_FOLDER / f"{name}.css").read_text("utf-8")


def static_bundle(bundle: Any, html: str, model_id: str) -> Any:
    """Return a widget's bundle with HTML for where no widget can live.

    Parameters
    ----------
    bundle : dict or tuple
        What the widget's class returns.
    html : str
        Static view, in which all texts are escaped.
    model_id : str
        Id of the widget's model.
    """
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    if isinstance(data, dict) and _VIEW in data:
        data["text/html"] = html
        publish_static_view(html, model_id)
    return bundle


def static_html(
    title: str, note: str, head: tuple[str, ...] = (), rows: Sequence[tuple[str, ...]] = ()
) -> str:
    """Return a title, a table if there are rows, and a note as HTML, all texts escaped.

    Parameters
    ----------
    title, note : str
        Text above and below the table.
    head : tuple of str
        Names of the columns.
    rows : sequence of tuple of str
        Texts of the cells.
    """
    import html

    def cells(kind: str, texts: tuple[str, ...]) -> str:
        # Long texts break where they must, so that a narrow page needs no scrolling; ids do not.
        wraps = ("white-space:nowrap", "overflow-wrap:anywhere")
        return "".join(
            f"<{kind} style='text-align:left;vertical-align:top;{wraps[len(text) > _SHORT]}'>"
            f"{html.escape(text)}</{kind}>"
            for text in texts
        )

    table = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    if table:
        table = (
            f"<table style='margin:0'><thead><tr>{cells('th', head)}</tr></thead>"
            f"<tbody>{table}</tbody></table>"
        )
    return (
        f"<div><div><strong>{html.escape(title)}</strong></div>{table}"
        f"<div><em>{html.escape(note)}</em></div></div>"
    )
