"""What widgets share: their files, and what a reopened notebook shows of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

__all__ = ["page_files", "static_bundle", "table_html"]

_FOLDER = files("imgurdata.widgets")

_VIEW = "application/vnd.jupyter.widget-view+json"

# A notebook that was reopened has no model for the view: JupyterLab then writes an error in its
# place. In a notebook that is trusted this script replaces the error; in others JupyterLab shows
# the HTML of the view's own output, and no script.
_FALLBACK = """<script>(() => {
  const area = () => document.querySelectorAll(".jp-OutputArea-output");
  const shown = %s;
  const replace = () => {
    for (const output of area()) {
      const text = output.textContent.trim();
      if (output.dataset.imgurdata || !text.startsWith("Error displaying widget")) continue;
      const siblings = output.closest(".jp-OutputArea")?.querySelectorAll("[data-imgurdata-id]");
      if (![...(siblings ?? [])].some((it) => it.dataset.imgurdataId === "%s")) continue;
      output.dataset.imgurdata = "static";
      const frame = document.createElement("div");
      frame.innerHTML = shown;
      output.replaceChildren(frame);
    }
  };
  for (const after of [500, 2500, 4000, 8000, 15000]) setTimeout(replace, after);
})();</script><span data-imgurdata-id="%s"></span>"""


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
        _publish_fallback(html, model_id)
    return bundle


def _publish_fallback(html: str, model_id: str) -> None:
    from IPython.core.getipython import get_ipython
    from IPython.display import HTML, display

    shell = get_ipython()
    if shell is not None and getattr(shell, "kernel", None) is not None:
        # "</" would end the script.
        text = json.dumps(html).replace("</", "<\\/")
        display(HTML(_FALLBACK % (text, model_id, model_id)))  # type: ignore[no-untyped-call]


def table_html(caption: str, head: tuple[str, ...], rows: Iterable[Mapping[str, Any]]) -> str:
    """Return a small table in HTML, all of its texts escaped."""
    import html

    cells = "".join(f"<th style='text-align:left'>{html.escape(name)}</th>" for name in head)
    body = "".join(
        "<tr>"
        + "".join(
            f"<td style='text-align:left'>{html.escape(str(row[name]))}</td>" for name in head
        )
        + "</tr>"
        for row in rows
    )
    return (
        f"<table><caption style='text-align:left'>{html.escape(caption)}</caption>"
        f"<thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"
    )
