"""What a reopened notebook shows in place of a widget whose model is gone."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["publish_static_view", "replace_output"]

# JupyterLab and Notebook write an error in the place of a view without a model. In a notebook that
# is trusted this script replaces the error; in others the HTML or text of the view's own output is
# shown, and no script.
_SCRIPT = """<script>(() => {
  const shown = %s;
  const replace = (area) => {
    for (const output of area.querySelectorAll(".jp-OutputArea-output")) {
      if (!output.textContent.trim().startsWith("Error displaying widget")) continue;
      const frame = document.createElement("div");
      frame.className = "jp-RenderedHTMLCommon jp-RenderedHTML";
      frame.style.overflowX = "auto";
      frame.innerHTML = shown;
      output.dataset.imgurdata = "static";
      output.replaceChildren(frame);
    }
  };
  const watched = new WeakSet();
  const watch = () => {
    for (const mark of document.querySelectorAll("[data-imgurdata-id='%s']")) {
      const area = mark.closest(".jp-OutputArea");
      if (!area || watched.has(area)) continue;
      watched.add(area);
      replace(area);
      // The error may come late, and again: cells are drawn anew when they come into view.
      new MutationObserver(() => replace(area)).observe(area, { childList: true, subtree: true });
    }
  };
  for (const after of [0, 500, 2500, 8000, 20000, 60000]) setTimeout(watch, after);
})();</script><span data-imgurdata-id="%s"></span>"""


def publish_static_view(html: str, model_id: str) -> Any:
    """Publish HTML that takes a widget's place where its model is gone.

    Parameters
    ----------
    html : str
        Static view, in which all texts are escaped.
    model_id : str
        Id of the widget's model.

    Returns
    -------
    IPython.display.DisplayHandle or None
        Output that holds it; None where there is no kernel.
    """
    from IPython.core.getipython import get_ipython
    from IPython.display import display

    shell = get_ipython()
    if shell is None or getattr(shell, "kernel", None) is None:
        return None
    # "</" would end the script.
    text = json.dumps(html).replace("</", "<\\/")
    data = {"text/html": _SCRIPT % (text, model_id, model_id), "text/plain": ""}
    return display(data, raw=True, display_id=True)  # type: ignore[no-untyped-call]


def replace_output(output: Any, text: str) -> None:
    """Replace what is displayed by plain text.

    Parameters
    ----------
    output : IPython.display.DisplayHandle
        Output to be replaced.
    text : str
        Text without markup; it may be empty.
    """
    output.update({"text/html": text, "text/plain": text}, raw=True)
