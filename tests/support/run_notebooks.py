"""Run notebooks and save them as they are checked in.

Run as ``PYTHONPATH=. python tests/support/run_notebooks.py notebooks/*.ipynb``. Left out is
what belongs to this one run: times, the state and the live views of widgets (their texts and tables
stay), and the scripts that find those views.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

_LIVE_VIEW = "application/vnd.jupyter.widget-view+json"


def save(path: Path) -> None:
    """Run one notebook in its folder, and write it with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook,
        timeout=300,
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if not _is_script(output)]
            for output in cell.outputs:
                output.get("data", {}).pop(_LIVE_VIEW, None)
    nbformat.write(notebook, path)


def _is_script(output: nbformat.NotebookNode) -> bool:
    return output.get("data", {}).get("text/html", "").startswith("<script>")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        # Bars show in slow runs only.
        os.environ |= {"IMGURDATA_HOME": home, "TQDM_DISABLE": "1"}
        for name in sys.argv[1:]:
            save(Path(name))
            print(f"ran {name}")
