"""The package as a whole: what importing it brings, and what it promises."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import traceback
from importlib.metadata import Distribution, PackageNotFoundError, version
from pathlib import Path

import pytest

import imgurdata as imd

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


CHARTS = "matplotlib ipywidgets anywidget werkzeug PIL tqdm imgurdata.plot"
ENGINES = "pyarrow.dataset duckdb dask polars fsspec"
DATA = "pandas pyarrow numpy requests requests_cache msgspec"
HELP = """
from imgurdata.cli.main import main
try:
    main(["gallery", "--help"])
except SystemExit:
    pass
"""


@pytest.mark.parametrize(
    ("statement", "heavy"),
    [
        ("imgurdata.load_gallery", f"{CHARTS} {ENGINES}"),
        ("imgurdata.errors, imgurdata.__version__", DATA),
        (HELP, DATA),
    ],
)
def test_importing_brings_no_heavy_part(statement: str, heavy: str) -> None:
    code = f"import imgurdata, sys\n{statement}\n"
    code += f"print([m for m in {heavy.split()!r} if m in sys.modules])"
    assert run(code).splitlines()[-1] == "[]"


def test_every_public_name_is_there_and_completes() -> None:
    for name in imd.__all__:
        assert getattr(imd, name) is not None
    assert set(imd.__all__) <= set(dir(imd))
    assert imd.__version__ == version("imgurdata")
    for owner, name, nearest in [
        (imd, "load_galery", "load_gallery"), (imd.plot, "galery_trend", "gallery_trend"),
    ]:  # fmt: skip
        text = rf"no attribute '{name}'\. Did you mean '{nearest}'\?$"
        with pytest.raises(AttributeError, match=text) as caught:
            getattr(owner, name)
        # Once, also where Python adds suggestions of its own.
        assert "".join(traceback.format_exception(caught.value)).count("Did you mean") == 1
    assert not hasattr(imd, "__wrapped__")


def test_an_upgrade_while_a_program_runs_breaks_no_frame(connect, monkeypatch) -> None:
    def from_name(name: str) -> Distribution:
        raise PackageNotFoundError(name)

    session, running = connect(), imd.__version__
    monkeypatch.setattr(Distribution, "from_name", from_name)
    posts = imd.load_gallery(session=session, progress=False)
    assert posts.attrs["imgurdata"]["version"] == running


def test_plot_completes_without_drawing() -> None:
    assert (
        run("import imgurdata as imd, sys; imd.plot; print('matplotlib' in sys.modules)") == "False"
    )


def test_citation_names_this_version() -> None:
    citation = (ROOT / "CITATION.cff").read_text()
    assert f"\nversion: {imd.__version__}\n" in citation
    assert re.search(r"^date-released: \d{4}-\d\d-\d\d$", citation, re.MULTILINE)


def test_typed() -> None:
    assert (ROOT / "imgurdata" / "py.typed").exists()


def test_readme_commands_are_whole_lines() -> None:
    lines = [line for line in README.splitlines() if line.startswith("python3 -m venv")]
    demo, tests = lines
    assert demo.endswith("imgurdata demo")
    assert ".[test]" in tests
    assert "-m pytest" in tests
    assert "--nbval-lax --nbval-current-env" in tests


def test_readme_error_is_the_real_one() -> None:
    with pytest.raises(imd.errors.InvalidArgument) as error:
        imd.load_gallery("hott")
    assert f"InvalidArgument: {error.value}" in README


def test_decisions_and_their_tests_name_each_other() -> None:
    table = (ROOT / "docs/decisions.md").read_text()
    listed = set(re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE))
    marked: set[str] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        marked |= set(re.findall(r"mark\.decision\(\s*\"([\w-]+)\"", path.read_text()))
    assert listed == marked


def test_extras_are_what_the_readme_and_ci_install() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(project["optional-dependencies"]) >= {"notebook", "test", "dev"}
    assert project["requires-python"] == ">=3.11"
