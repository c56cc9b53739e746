"""The code of the README, run on the sandbox."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")


def test_readme_code_runs(monkeypatch) -> None:
    monkeypatch.setitem(mpl.rcParams, "backend", "Agg")
    blocks = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1
    code = blocks[0].replace('client_id="..."', "sandbox=True")
    assert "sandbox=True)  " in code
    names: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), names)  # the README's own code
    session, posts, comments = names["session"], names["posts"], names["comments"]
    assert isinstance(posts, pd.DataFrame)
    assert isinstance(comments, pd.DataFrame)
    assert len(posts) == 180
    assert comments["post_id"].nunique() == 20
    plt.close("all")
    session.close()  # type: ignore[attr-defined]
