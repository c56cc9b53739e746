"""The code of docs/charts.md, run on the sandbox."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib.pyplot as plt

import imgurdata as imd

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "charts.md").read_text(encoding="utf-8")


def test_code_of_the_page_runs_and_names_every_chart(capsys) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    names: dict[str, object] = {}
    for block in blocks:
        code = block.replace('client_id="..."', "sandbox=True")
        exec(compile(code, "charts.md", "exec"), names)  # the page's own code
    for number in plt.get_fignums():
        plt.figure(number).canvas.draw()
    assert capsys.readouterr().out.startswith("Line chart: Median points of posts over time.")
    assert [name for name in imd.plot.__all__ if f"plot.{name}(" not in PAGE] == []
    names["session"].close()  # type: ignore[attr-defined]
