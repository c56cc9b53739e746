"""Checks of this project in environments of their own.

    nox -l                             list the sessions
    nox -s tests-3.12 -- tests/model   run a part of the tests on one Python version
    nox -s core                        demo and core tests on the other Pythons
    nox -s lowest                      test with the oldest dependencies that pyproject.toml allows
    nox -s release                     build sdist and wheel, check, install and run both

A version of Python that is not installed is skipped; ``--error-on-missing-interpreters`` makes
that an error.
"""

from __future__ import annotations

from pathlib import Path

import nox

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
# Tests that use every dependency and need no long time.
CORE = [
    *("tests/model", "tests/loaders", "tests/pulls", "tests/http/test_session.py"),
    *("tests/credits", "tests/test_package.py"),
]
# Tests that read the files beside the package: an sdist has to have them.
FILES = ["tests/test_package.py", "tests/test_endpoints_page.py",
         "tests/cli/test_help.py", "tests/test_contributing.py"]  # fmt: skip

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


@nox.session
def release(session: nox.Session) -> None:
    """Build sdist and wheel, check both, install both, and run the demo and tests of the sdist.

    The tests are those of the sdist's files, or those given after ``--``. What is made stays in
    the session's ``tmp``: ``dist``, and for each file its environment and its demo.
    """
    session.install("build", "twine", "check-wheel-contents", "pyroma>=4.2")
    folder = Path(session.create_tmp()).resolve()
    dist = folder / "dist"
    session.run("python", "-c", f"import shutil; shutil.rmtree({str(dist)!r}, ignore_errors=True)")
    session.run("python", "-m", "build", "--outdir", str(dist), silent=True)
    (sdist,), (wheel,) = dist.glob("*.tar.gz"), dist.glob("*.whl")
    session.run("twine", "check", "--strict", str(sdist), str(wheel))
    session.run("check-wheel-contents", str(wheel))
    # The project has no mailbox and no public address that its metadata could name.
    session.run("pyroma", "--min", "10", "--skip-tests", "AuthorEmail,Url", str(sdist))
    for kind, file in {"wheel": wheel, "sdist": sdist}.items():
        session.run("python", "-m", "venv", "--clear", str(folder / kind))
        python = str(folder / kind / "bin" / "python")
        extra = "[test]" if file is sdist else ""
        session.run(python, "-m", "pip", "install", "--quiet", f"{file}{extra}", external=True)
        with session.chdir(folder):
            session.run(
                str(folder / kind / "bin" / "imgurdata"), "demo", "--quiet",
                "--out", f"{kind}-demo", external=True,
            )  # fmt: skip
    session.run("python", "-m", "tarfile", "--extract", str(sdist), str(folder))
    with session.chdir(folder / sdist.name.removesuffix(".tar.gz")):
        session.run(python, "-m", "pytest", "-q", *(session.posargs or FILES), external=True)
