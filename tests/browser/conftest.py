"""A browser, real Jupyter servers, and an Imgur for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from imgurs import Imgur
from jupyter_servers import JupyterServer, running
from notebook_pages import PATIENCE, NotebookPage
from ports import a_free_port
from tabs import ARGUMENTS, Tabs

from imgurdata.sandbox import Sandbox

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The machine's Chromium; one for all tests of a process."""
    from playwright.sync_api import sync_playwright  # may be missing where this is collected

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), headless=True, args=ARGUMENTS
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    with running("lab", tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture(scope="session")
def notebook_7(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    with running("notebook", tmp_path_factory.mktemp("notebook")) as server:
        yield server


@pytest.fixture(scope="session")
def voila(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    with running("voila", tmp_path_factory.mktemp("voila")) as server:
        yield server


@pytest.fixture
def imgur(tmp_path: Path) -> Iterator[Imgur]:
    """An Imgur of this test alone, whose application is registered with a free port."""
    with Sandbox(redirect_url=f"http://localhost:{a_free_port()}/callback") as sandbox:
        yield Imgur(sandbox, tmp_path)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Take pictures where a test failed, while its tabs are still open."""
    report = yield
    tabs = getattr(item, "funcargs", {}).get("tabs")
    if report.failed and tabs is not None and call.when != "teardown":
        imgur, folder = item.funcargs.get("imgur"), item.funcargs["tmp_path"] / "pictures"
        made = tabs.picture(folder, imgur.secrets.values() if imgur else ())
        report.sections.append(("pictures", "\n".join(map(str, made))))
    return report


@pytest.fixture
def tabs(chromium: Browser) -> Iterator[Tabs]:
    """A browser window of this test alone, and what its tabs wrote on their consoles."""
    context = chromium.new_context()
    context.set_default_timeout(PATIENCE)
    yield Tabs(context)
    context.close()


@pytest.fixture
def notebook(
    request: pytest.FixtureRequest, tabs: Tabs, imgur: Imgur
) -> Iterator[Callable[..., NotebookPage]]:
    """Opens a notebook that connects and shows what is asked for: by default, the widget.

    Its kernel is ended with the test: it may hold a port.
    """
    opened: list[NotebookPage] = []

    def open_notebook(
        *cells: str, on: str = "lab", later: Sequence[str] = (), connect: str = ""
    ) -> NotebookPage:
        server = request.getfixturevalue(on)
        first = connect or imgur.connect()
        made = NotebookPage(tabs.context, server, [first, *(cells or [imgur.widget()])], later)
        opened.append(made)
        return made

    yield open_notebook
    for made in opened:
        made.shut_down()
