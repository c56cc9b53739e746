"""Pictures of every widget in each front end, theme and width, live and reopened, to be looked at.

Run as ``PYTHONPATH=. python tests/support/take_widget_pictures.py FOLDER``. Nothing compares them;
a widget that is wider than its place, an error in its place, and a title that ran as a script are
printed. ``take_pictures.py`` takes those of each step of a sign-in.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from jupyter_servers import TOKEN, JupyterServer, running
from nbformat.sign import NotebookNotary
from notebook_pages import PATIENCE, NotebookPage
from ports import a_free_port
from tabs import ARGUMENTS

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

_BEGIN = """import os, tempfile, time
os.environ["IMGURDATA_HOME"] = tempfile.mkdtemp()
import imgurdata as imd
"""
_SIGN_IN = [
    _BEGIN + """from imgurdata.auth.flow import View
sandbox = imd.sandbox.Sandbox(redirect_url="http://localhost:PORT/callback").__enter__()
session = imd.connect(sandbox=sandbox, client_secret=sandbox.client_secret)
def sign_in(redirect_url=sandbox.redirect_url, start=True, **options):
    made = imd.widgets.SignIn(session, redirect_url, **options)
    if start:
        made.flow.start()
    return made
sign_in(start=False)""",
    "waiting = sign_in(); waiting",
    "sign_in()",  # the port is taken
    "late = sign_in('http://localhost:OTHER/callback', timeout=0.1); time.sleep(0.5); late",
    "done = sign_in(start=False); done._show(View('signed_in', 'Signed in as quiet_otter')); done",
    "print('all done')",
]  # fmt: skip
_METER = [
    _BEGIN + """def meter(pulls):
    session = imd.connect(sandbox=imd.sandbox.Sandbox(limits={"user": 10}))
    for page in range(pulls):
        imd.load_gallery(pages=[page], session=session, progress=False)
    return imd.widgets.CreditMeter(session)
meter(0)""",
    "meter(2)",
    "meter(9)",
    "meter(10)",
    "ended = meter(1); ended.session.close(); ended.refresh(); ended",
    "from imgurdata._progress import progress_bar",
    "unfinished = progress_bar(total=8, unit='page', delay=0); unfinished.update(3)",
    "bar = progress_bar(total=8, unit='page', delay=0); bar.update(5); bar.close()",
    "print('all done')",
]  # fmt: skip
_BROWSER = [
    _BEGIN + """session = imd.connect(sandbox=True)
posts = imd.load_gallery("user", pages=3, progress=False)
posts.loc[0, "title"] = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1>"
posts.loc[1, "nsfw"] = True
posts.loc[2, "title"] = "Averyverylongtitlewithoutanyspace" * 4
posts.loc[3, "link"] = None
posts.loc[4, "title"] = None
posts.loc[5, "tags"] = "averyverylongtagwithoutanyspace second third fourth fifth sixth seventh"
browser = imd.widgets.GalleryBrowser(posts, page_size=20)
browser.selected_ids = posts["id"].iloc[[2, 6]].tolist()
browser""",
    "imd.widgets.GalleryBrowser(posts.iloc[:0])",
    "imd.widgets.GalleryBrowser(posts[['id']].head(3))",
    "print('all done')",
]  # fmt: skip
_NOTEBOOKS = {"sign-in": _SIGN_IN, "meter": _METER, "browser": _BROWSER}
_WIDTHS = (1400, 400)
_HEIGHT = 1900
_THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}

_WIDER = """() => [...document.querySelectorAll(
  ".imgurdata-browser, .imgurdata-browser-grid, .imgurdata-meter, .imgurdata-sign-in"
)].filter(it => it.scrollWidth > it.clientWidth + 1).map(it => it.className)"""
_NARROW = """() => {
  if (document.querySelector("#jp-left-stack")?.offsetWidth) {
    window.jupyterapp.commands.execute("application:toggle-left-area");
  }
}"""
_OPENED = "() => window.jupyterapp?.shell?.currentWidget?.content?.widgets?.length > 0"


def take(page: Page, folder: Path, name: str) -> None:
    """Both widths, and what a program can see to be wrong."""
    for width in _WIDTHS:
        page.set_viewport_size({"width": width, "height": _HEIGHT})
        page.wait_for_timeout(900)
        page.screenshot(path=folder / f"{name}-{width}.png")
        faults = page.evaluate(_WIDER)
        faults += ["an error"] if "Error displaying widget" in page.inner_text("body") else []
        faults += ["a script"] if page.evaluate("window.hacked ?? 0") else []
        if faults:
            print(f"{name}-{width}: {', '.join(faults)}")


def reopened(page: Page, server: JupyterServer, saved: dict[str, Any], name: str) -> None:
    """Open a notebook as it is saved by default, without the state of widgets."""
    (server.root / f"{name}.ipynb").write_text(json.dumps(saved))
    if "trusted" in name:
        notary = NotebookNotary(data_dir=str(server.folder / "data"))
        notary.sign(nbformat.from_dict(saved))
        notary.store.close()
    place = f"lab/workspaces/{name}/tree" if server.kind == "lab" else "notebooks"
    page.goto(f"{server.url}/{place}/{name}.ipynb?token={TOKEN}")
    page.wait_for_function(_OPENED, timeout=PATIENCE)
    page.evaluate(_NARROW)
    page.wait_for_timeout(6000)


def take_notebook(
    context: BrowserContext, server: JupyterServer, folder: Path, name: str, cells: list[str]
) -> None:
    """One notebook, live; and reopened, trusted and not."""
    ports = str(a_free_port()), str(a_free_port())
    cells = [cell.replace("PORT", ports[0]).replace("OTHER", ports[1]) for cell in cells]
    made = NotebookPage(context, server, cells)
    if server.kind == "voila":
        made.page.get_by_text("all done", exact=True).last.wait_for(timeout=PATIENCE)
        take(made.page, folder, name)
        made.page.close()
        return
    made.page.set_viewport_size({"width": _WIDTHS[0], "height": _HEIGHT})
    made.page.evaluate(_NARROW)
    made.output("all done")
    made.page.wait_for_timeout(2500)
    take(made.page, folder, name)
    saved = made.save()
    saved["metadata"].pop("widgets", None)
    made.shut_down()
    made.page.close()
    for kind in ("trusted", "foreign"):
        saved["metadata"]["name"] = kind  # or one signature would be good for both
        page = context.new_page()
        reopened(page, server, saved, f"{name}-static-{kind}-{uuid.uuid4().hex[:4]}")
        take(page, folder, f"{name}-static-{kind}")
        page.close()


def main(folder: Path) -> None:
    """Take them all."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        for kind in ("lab", "notebook", "voila"):
            (work / kind).mkdir()
            with running(kind, work / kind) as server:
                for theme, title in _THEMES.items():
                    if (kind, theme) == ("voila", "dark"):
                        continue  # by its address only, which NotebookPage does not know
                    values: dict[str, object] = {"theme": title}
                    with server.setting("@jupyterlab/apputils-extension", "themes", values):
                        # The browser's own theme is light: Jupyter's must do without it.
                        context = browser.new_context(color_scheme="light")
                        context.set_default_timeout(PATIENCE)
                        for name, cells in _NOTEBOOKS.items():
                            take_notebook(context, server, folder, f"{kind}-{theme}-{name}", cells)
                        context.close()
        browser.close()
    shutil.rmtree(work)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
