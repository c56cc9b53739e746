"""The pages of signing in: who asks for what, and the registration of an application."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from imgurdata.sandbox.frame import page

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imgurdata.sandbox.applications import Application
    from imgurdata.sandbox.wire import Body

__all__ = ["consent_page", "registered_page", "registration_page"]

_CONSENT = """<p>It asks for <strong>full access to the account</strong>: to read all that is in it,
hidden and secret albums too, and to post, comment, vote, change and delete as you. Imgur has no
smaller permissions to give.</p>
<dl>
<dt>Application</dt><dd>{name} (<code>{client_id}</code>)</dd>
<dt>Afterwards your browser goes to</dt><dd><code>{redirect_url}</code></dd>
</dl>
<form method="post" action="{action}">
<label for="username">Account that signs in</label>
<input id="username" name="username" value="{username}" list="people" maxlength="63" required
 autocomplete="off" autocapitalize="none" spellcheck="false" aria-describedby="{described}"{bad}>
<datalist id="people">{people}</datalist>
{wrong}<p class="hint" id="hint-username">Anybody of the sandbox's world; nobody here has a
password.</p>
<div class="buttons">
<button class="main" type="submit" name="allow" value="Allow">Allow</button>
<button type="submit" name="deny" value="Deny" formnovalidate>Deny</button>
</div>
</form>"""

_REGISTRATION = """<p>An application has an id of its own, and its own credits for the day.</p>
{wrong}<form method="post" action="/oauth2/addclient">
<label for="name">Application name</label>
<input id="name" name="name" value="{name}" maxlength="100" required autocomplete="off">
<label for="redirect_url">Authorization callback URL</label>
<input id="redirect_url" name="redirect_url" value="{redirect_url}" type="url" required
 autocomplete="off" aria-describedby="about-url">
<p class="hint" id="about-url">Where browsers go after a sign-in: http:// or https://, without
a fragment.</p>
<div class="buttons"><button class="main" type="submit">Register</button></div>
</form>"""

_REGISTERED = """<p>Copy both now: this page is shown only once. They hold until the sandbox
ends.</p>
<dl>
<dt>Client ID</dt><dd><code>{client_id}</code></dd>
<dt>Client secret</dt><dd><code>{client_secret}</code></dd>
<dt>Authorization callback URL</dt><dd><code>{redirect_url}</code></dd>
</dl>"""


def consent_page(
    application: Application,
    action: str,
    username: str,
    people: Iterable[str],
    wrong: str = "",
) -> Body:
    """Ask whether an account lets an application in.

    Parameters
    ----------
    application : Application
    action : str
        Where the answer is posted. The state travels in it, percent-encoded: a hidden field would
        come back with other line ends.
    username : str
        Who signs in unless somebody else is named.
    people : iterable of str
        Names to choose from.
    wrong : str
        What was wrong with the last answer.
    """
    content = _CONSENT.format(
        name=escape(application.name),
        client_id=escape(application.client_id),
        redirect_url=_address(application.redirect_url),
        action=escape(action),
        username=escape(username),
        people="".join(f'<option value="{escape(name)}">' for name in people),
        described="wrong hint-username" if wrong else "hint-username",
        bad=' aria-invalid="true" autofocus' if wrong else "",
        wrong=_wrong(wrong),
    )
    return page(f"Let “{escape(application.name)}” in?", content, card=True)


def registration_page(name: str = "", redirect_url: str = "", wrong: str = "") -> Body:
    """Ask for what an application is registered with; `wrong` tells what was not right."""
    content = _REGISTRATION.format(
        name=escape(name), redirect_url=escape(redirect_url), wrong=_wrong(wrong)
    )
    return page("Register an application", content, card=True)


def registered_page(application: Application) -> Body:
    """Show an application's keys, once."""
    content = _REGISTERED.format(
        client_id=escape(application.client_id),
        client_secret=escape(application.client_secret),
        redirect_url=_address(application.redirect_url),
    )
    return page(f"“{escape(application.name)}” is registered", content, card=True)


def _wrong(text: str) -> str:
    return f'<p class="wrong" id="wrong" role="alert">{escape(text)}</p>\n' if text else ""


def _address(url: str) -> str:
    """Write an address so that a narrow page breaks it where it has a slash."""
    return escape(url).replace("/", "/<wbr>").replace("/<wbr>/", "//")
