"""Checks of this project in environments of their own.

    nox -l                             list the sessions
    nox -s tests-3.12 -- tests/model   run a part of the tests on one Python version
    nox -s core                        demo and core tests on the other Pythons
    nox -s lowest                      test with the oldest dependencies that pyproject.toml allows

A version of Python that is not installed is skipped; ``--error-on-missing-interpreters`` makes
that an error.
"""

from __future__ import annotations

import nox

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
# Tests that use every dependency and need no long time.
CORE = [
    *("tests/model", "tests/loaders", "tests/pulls", "tests/http/test_session.py"),
    *("tests/credits", "tests/test_package.py"),
]

nox.needs_version = ">=2025.2"
nox.options.sessions = ["lint", "tests", "docs"]
nox.options.reuse_existing_virtualenvs = True


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run all tests, or those given after ``--``."""
    session.install("-e", ".[test]")
    session.run("pytest", "-n", "auto", "-q", *session.posargs)


@nox.session(python=PYTHONS[1:])
def core(session: nox.Session) -> None:
    """Run the demo and the core tests on the Pythons that are not tested in full."""
    session.install(".[test]")
    session.run("imgurdata", "demo", "--quiet", "--out", session.create_tmp())
    session.run("pytest", "-n", "auto", "-q", *(session.posargs or CORE))


@nox.session(python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """Run the core tests with the lowest direct dependencies."""
    session.install("uv")
    # pandas before 3.1.1 cannot read the time zones of dateutil 4.
    requirements = ["-e", ".[test]", "python-dateutil<4"]
    options = ["--resolution", "lowest-direct", "--python", session.virtualenv.location]
    session.run("uv", "pip", "install", *options, *requirements)
    session.run("pytest", "-n", "auto", "-q", *(session.posargs or [*CORE, "tests/plot"]))


@nox.session(python=PYTHONS[0])
def lint(session: nox.Session) -> None:
    """Check style, types and the direction of imports."""
    session.install("-e", ".[dev]")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    session.run("lint-imports")


@nox.session(python=PYTHONS[0])
def docs(session: nox.Session) -> None:
    """Build the docs; run their code, the examples of the docstrings, and the notebooks."""
    session.install("-e", ".[docs,engines]")
    session.run("sphinx-build", "-W", "--keep-going", "-b", "html", "docs", "docs/_build/html")
    home = {"IMGURDATA_HOME": session.create_tmp()}
    session.run("pytest", "-q", "--doctest-modules", "imgurdata", env=home)
    session.run("pytest", "-q", "tests/docs", "tests/test_readme.py", "tests/test_package.py")
    session.run("pytest", "-q", "--nbval-lax", "--nbval-current-env", "notebooks")


@nox.session(python=PYTHONS[0])
def bench(session: nox.Session) -> None:
    """Run the benchmarks with small sizes, or with the options given after ``--``."""
    session.install("-e", ".[bench]")
    session.run("python", "-m", "benchmarks", *(session.posargs or ["--quick"]))
