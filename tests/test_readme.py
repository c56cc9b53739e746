"""The README's example prints what its comments say, and its picture is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_readme_numbers_are_those_of_the_sandbox(monkeypatch, subtests) -> None:
    monkeypatch.setitem(mpl.rcParams, "backend", "Agg")
    (block,) = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    compared = 0
    for line in block.splitlines():
        code, _, comment = (part.strip() for part in line.partition("#"))
        if not code:
            continue
        if isinstance(ast.parse(code).body[0], ast.Expr) and comment != "a chart":
            with subtests.test(line=line):
                shown = str(eval(code, names))  # the README's own code
                assert comment
                assert shown == comment or f" {comment}," in shown
                compared += 1
        else:
            exec(code, names)
    assert compared == 5
    assert plt.get_fignums()
    plt.close("all")
    names["session"].close()


def test_readme_names_files_that_exist(subtests) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", README):
        with subtests.test(target=target):
            assert (ROOT / target).exists()


def test_readme_fits_a_screen_and_its_picture_a_page() -> None:
    assert len(README.splitlines()) <= 80
    (picture,) = re.findall(r"^!\[.{20,}\]\((.+)\)$", README, re.MULTILINE)
    assert (ROOT / picture).stat().st_size < 200_000
    with Image.open(ROOT / picture) as image:
        assert image.width > 2 * image.height
