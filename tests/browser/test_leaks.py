"""No token and no client secret in anything that is saved, logged, printed or remembered."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex

import pytest
from imgurs import Imgur
from jupyter_servers import JupyterServer
from leaks import found, places
from notebook_pages import NotebookPage, answer, callback_says, history, saved_outputs, saved_views
from tabs import Tabs

pytestmark = pytest.mark.browser
Open = Callable[..., NotebookPage]

PULL = """imd.load_account_submissions("me", session=session)
print("pulled:", session.credits.history().shape[0] > 0)"""
# The session and all that holds a secret, as variables of frames that a traceback shows.
BREAK = """%xmode Verbose
def outer(session, widget):
    caller = session._auth.current.authenticator
    inner(session, session.credentials, caller, caller.token, widget.flow)
def inner(session, credentials, caller, token, flow):
    access = token.access_token
    headers = dict(session.headers)
    raise RuntimeError(f"broken: {session} {credentials} {caller} {token} {flow}", access, headers)
outer(session, widget)"""
CUT = """%xmode Verbose
session.get("/3/account/me/settings")"""
REFUSED = """%xmode Verbose
session.get("/3/account/me")"""


def test_no_secret_anywhere(notebook: Open, imgur: Imgur, lab: JupyterServer, tabs: Tabs) -> None:
    page = notebook(imgur.widget(), later=[PULL, BREAK, CUT, REFUSED])
    tab = page.widget.open()
    answer(tab)
    callback_says(tab, "Signed in")
    page.widget.shows("signed_in")
    for index, text in ((2, "pulled: True"), (3, "broken: <ImgurSession")):
        page.run(index)
        page.output(text)
    page.settle()
    imgur.sandbox.fail("reset", times=100, path="/3/account/me/settings")
    page.run(4)
    page.output("ConnectionFailed")
    page.settle()
    imgur.sandbox.revoke_account(imgur.sandbox.account)
    page.run(5)
    page.output("InvalidToken")
    tab.go_back()
    # The page may not be stored, and nobody listens any more.
    with tab.expect_event("requestfailed"):
        # Not at once: the page is left, and with it the script that would have to answer.
        tab.evaluate("() => { setTimeout(() => history.forward(), 0) }")
    tab.wait_for_url("chrome-error://**")
    saved = page.save()

    # What is looked at was really written: otherwise the check would be empty.
    assert [view["status"] for view in saved_views(saved)] == ["signed_in"]
    assert saved_outputs(saved).count("Traceback") == 3
    written = places(lab, tabs, imgur.home)
    seen = {
        page.path.name: "Signed in as",
        "server.log": "[D ",
        "kernel-": "imgurdata",
        "history.sqlite": "xmode Verbose",
        "answers-v": "/3/account/me/submissions",
        "ledger-v": "account",
        "addresses": imgur.sandbox.redirect_url,
    }
    for place, text in seen.items():
        contents = [content for name, content in written.items() if place in name]
        assert any(text.encode() in content for content in contents), place
    assert found(imgur.secrets, written) == {}


def test_saved_while_the_address_is_in_the_box(
    notebook: Open, imgur: Imgur, lab: JupyterServer, tabs: Tabs
) -> None:
    imgur.sandbox.redirect_url = "https://imgur.invalid/"
    page = notebook()
    tab = page.widget.open()
    page.widget.shows("pasting")
    with tab.expect_event("requestfailed"):
        answer(tab)
    tab.wait_for_url("chrome-error://**")
    address = history(tab)[-1]
    tab.close()
    page.widget.box.fill(address)
    saved = page.save()
    assert page.widget.box.input_value() == address
    assert [view["status"] for view in saved_views(saved)] == ["pasting"]
    assert found(imgur.secrets, places(lab, tabs, imgur.home)) == {}

    page.widget.button("Finish").click()
    page.widget.shows("signed_in")
    assert page.widget.box.input_value() == ""
    saved = page.save()
    assert [view["status"] for view in saved_views(saved)] == ["signed_in"]
    assert found(imgur.secrets, places(lab, tabs, imgur.home)) == {}


LEAK = """import ipywidgets, json, logging, sqlite3
leak = json.loads(pathlib.Path({path!r}).read_text())
display(ipywidgets.Password(value=leak["password widget"]))
print(leak["print"])
logging.getLogger("leak").debug(leak["log record"])
session.get("/3/gallery/hot", params={{"leak": leak["cache"]}})
ledger = next(pathlib.Path(os.environ["IMGURDATA_HOME"]).glob("ledger-v*.sqlite"))
with sqlite3.connect(ledger) as base:
    base.execute("UPDATE answers SET identity = ?", (leak["ledger"],))
%xmode Verbose
def broken(secret):
    raise RuntimeError("on purpose", secret is None)
broken(leak["traceback"])"""


def test_the_check_finds_what_is_there(
    notebook: Open, imgur: Imgur, lab: JupyterServer, tabs: Tabs, tmp_path: Path
) -> None:
    """The same check, where somebody leaks on purpose into each of the places."""
    ways = (
        "password widget", "print", "log record", "cache", "ledger", "traceback", "server's log",
        "console", "address", "history",
    )  # fmt: skip
    leaked = {way: token_hex(20) for way in ways}
    (tmp_path / "leaked").write_text(json.dumps(leaked))
    page = notebook(LEAK.format(path=str(tmp_path / "leaked")))
    page.output("on purpose")
    page.page.evaluate("leak => fetch(`/api/status?leak=${leak}`)", leaked["server's log"])
    page.page.evaluate("leak => console.log(leak)", leaked["console"])
    tab = tabs.context.new_page()
    for way in ("history", "address"):
        tab.goto(f"{imgur.sandbox.url}/oauth2/addclient#access_token={leaked[way]}")
    saved = page.save()
    assert "ipywidgets" in saved_outputs(saved) or saved["metadata"]["widgets"]

    seen = found(leaked, places(lab, tabs, imgur.home))
    wanted = {
        page.path.name: {"password widget", "print", "traceback"},
        "kernel-": {"log record"},
        "answers-v": {"cache"},
        "ledger-v": {"ledger"},
        "server.log": {"server's log"},
        "the console": {"console"},
        "addresses": {"address", "history"},
    }
    for place, names in wanted.items():
        result = set().union(*(names for name, names in seen.items() if place in name))
        assert names <= result, place
