"""A token that Imgur ends in the middle of a pull, in a notebook."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from imgurs import Imgur
from jupyter_servers import JupyterServer
from leaks import found, places
from notebook_pages import NotebookPage, answer
from tabs import Tabs

pytestmark = pytest.mark.browser
Open = Callable[..., NotebookPage]

# At most two pages are under way when the token ends: the last ones of six are asked for later.
PULL = """session.workers = 2
frame = imd.load_gallery("hot", pages=6, session=session)
print("came:", len(frame), session.identity.kind)"""


def test_the_token_ends_in_the_middle_of_a_pull(
    notebook: Open, imgur: Imgur, lab: JupyterServer, tabs: Tabs
) -> None:
    page = notebook(imgur.widget(), later=[PULL])
    answer(page.widget.open())
    page.widget.shows("signed_in")
    imgur.revoke_after(2, "/3/gallery/hot")
    page.run(2)
    page.output("came: 360 account")
    answers = imgur.asked("/3/gallery/hot")
    assert (answers.count(200), set(answers)) == (6, {200, 403})
    assert imgur.asked("/oauth2/token") == [200]
    assert "refresh token 2" in imgur.secrets
    page.save()
    assert found(imgur.secrets, places(lab, tabs, imgur.home)) == {}


def test_without_a_client_secret_it_says_what_to_do(notebook: Open, imgur: Imgur) -> None:
    page = notebook(imgur.widget(), later=[PULL], connect=imgur.connect(with_secret=False))
    answer(page.widget.open())
    page.widget.shows("signed_in")
    imgur.revoke_after(2, "/3/gallery/hot")
    page.run(2)
    page.output("Renewing it needs the application's client")
    assert imgur.asked("/oauth2/token") == []
