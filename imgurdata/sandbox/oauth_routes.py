"""Signing in, under ``/oauth2/``: the authorize page, the token endpoint, and what stands beside.

What is recorded follows the records (API reference, OAuth). The two recorded texts of failed
refreshes are those of a well-known OAuth library for PHP; where Imgur's own is not on record, the
text is that library's, and a comment says so.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from imgurdata.errors import InvalidArgument
from imgurdata.sandbox import oauth_pages
from imgurdata.sandbox.frame import STYLE_SOURCE
from imgurdata.sandbox.identity import Identity, Refused
from imgurdata.sandbox.redirects import redirect_address
from imgurdata.sandbox.wire import Answer, Body, envelope, to_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from imgurdata.sandbox.applications import Application
    from imgurdata.sandbox.call import Call
    from imgurdata.sandbox.identity import KeyRing
    from imgurdata.sandbox.settings import Settings
    from imgurdata.sandbox.tokens import Grant
    from imgurdata.sandbox.world import World

__all__ = ["OAuthRoutes", "Reply"]

#: More UTF-8 bytes of state than this are refused: in the redirect they would be a header that is
#: longer than clients read.
_LONGEST_STATE = 8192
_OFFERED = 12

# No form-action: browsers hold it against the redirect that answers the form, too.
_POLICY = f"default-src 'none'; style-src {STYLE_SOURCE}; base-uri 'none'; frame-ancestors 'none'"
_PAGE_HEADERS = [
    ("Cache-Control", "no-store"),
    # With no-referrer, browsers say Origin: null of the page's own form, too.
    ("Referrer-Policy", "same-origin"),
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", _POLICY),
]


@dataclass(frozen=True)
class Reply:
    """What a call is answered.

    Attributes
    ----------
    content : Answer or Body
        A whole answer for browsers, or the JSON of a good answer for programs.
    who : Identity or None
        Whom the answer is about.
    """

    content: Answer | Body
    who: Identity | None = None


class OAuthRoutes:
    """Answers all calls about signing in; none costs a credit.

    Parameters
    ----------
    world : World
    keys : KeyRing
    settings : Settings
    url : str
        The sandbox's own address.
    """

    def __init__(self, world: World, keys: KeyRing, settings: Settings, url: str) -> None:
        self._world = world
        self._keys = keys
        self._settings = settings
        self._origins = frozenset({url, url.replace("//127.0.0.1", "//localhost")})
        self._rooms: dict[tuple[str, ...], tuple[Callable[[Call], Reply], tuple[str, ...]]] = {
            ("authorize",): (self._authorize, ("GET", "HEAD", "POST")),
            ("token",): (self._token, ("POST",)),
            ("secret",): (self._secret, ("GET", "HEAD")),
            ("addclient",): (self._add_client, ("GET", "HEAD", "POST")),
        }

    def answer(self, call: Call) -> Reply:
        """Answer a call.

        Raises
        ------
        Refused
            With status and text.
        """
        room, methods = self._rooms.get(call.segments[1:], (None, ()))
        if room is None:
            raise Refused(404, "Not Found")
        if call.method not in methods:
            raise Refused(405, "Method Not Allowed")
        if "GET" in methods and call.method == "POST":
            self._check_origin(call)
        return room(call)

    def _check_origin(self, call: Call) -> None:
        """Take forms from the sandbox's own pages and from programs, not from other pages.

        Otherwise any page that a browser shows could press Allow. Programs send no Origin.
        """
        if call.origin is not None and call.origin.lower() not in self._origins:
            raise Refused(403, "Unauthorized")  # recorded for this call, for other reasons

    # The authorize page ------------------------------------------------------------------------

    def _authorize(self, call: Call) -> Reply:
        application = self._application(call)
        _check_response_type(call.query.get("response_type", ""))
        state = call.query.get("state")
        if state is not None and len(state.encode()) > _LONGEST_STATE:
            raise Refused(400, f"The state is longer than {_LONGEST_STATE} bytes")
        if call.method != "POST":
            return self._consent(application, state, self._world.usual.url)
        if "deny" in call.query:
            # One that presses both did not clearly say yes.
            return self._redirect(application, state, {"error": "access_denied"})
        if "allow" not in call.query:
            raise Refused(400, "Neither allowed nor denied")
        username = call.query.get("username", "").strip()
        try:
            account = self._keys.account(username)
        except InvalidArgument:
            wrong = "Nobody of that name lives in this sandbox."
            return self._consent(application, state, username, wrong)
        grant = self._keys.sign_in(application, account)
        return self._redirect(application, state, _fragment(grant), _holder(call, grant))

    def _application(self, call: Call) -> Application:
        client_id = call.query.get("client_id", "")
        if not client_id:
            raise Refused(400, "No client id supplied")
        application = self._keys.applications.get(client_id)
        if application is None:
            raise Refused(403, "Invalid client_id")
        return application

    def _consent(
        self, application: Application, state: str | None, username: str, wrong: str = ""
    ) -> Reply:
        fields = {"client_id": application.client_id, "response_type": "token"}
        if state is not None:
            fields["state"] = state
        action = "/oauth2/authorize?" + urlencode(fields, quote_via=quote, safe="")
        people = [account.url for account in self._world.busiest()[:_OFFERED]]
        body = oauth_pages.consent_page(application, action, username, people, wrong)
        return _page(body, 400 if wrong else 200)

    def _redirect(
        self,
        application: Application,
        state: str | None,
        fields: dict[str, Any],
        who: Identity | None = None,
    ) -> Reply:
        if self._settings.wrong_state:
            state = secrets.token_urlsafe(24)
        where = self._settings.state_in
        address = redirect_address(application.redirect_url, fields, state, state_in=where)
        headers = [*_PAGE_HEADERS, ("Location", address), ("Content-Type", "text/html")]
        return Reply(Answer(302, headers), who)

    # The token endpoint ------------------------------------------------------------------------

    def _token(self, call: Call) -> Reply:
        _check_grant_type(call.query.get("grant_type", ""), call)
        application = self._application(call)
        if not application.owns(call.query.get("client_secret", "")):
            raise Refused(400, "The client credentials are invalid")  # not on record: the library's
        refresh = call.query.get("refresh_token", "")
        if not refresh:
            # Not on record: the library's.
            raise Refused(400, 'Missing parameter: "refresh_token" is required')
        old = self._keys.tokens.of_refresh(refresh)
        if old is not None and old.client_id != application.client_id:
            raise Refused(400, "Refresh token doesn't exist or is invalid for the client")
        grant = None if old is None else self._keys.renew(old)
        if grant is None:
            raise Refused(400, "Invalid refresh token")
        return Reply(Body(to_json(_bare(grant))), _holder(call, grant))

    # What stands beside ------------------------------------------------------------------------

    def _secret(self, call: Call) -> Reply:
        authorization = call.authorization
        if authorization is None and call.query.get("access_token"):
            authorization = f"Bearer {call.query['access_token']}"
        who = self._keys.identify(authorization, None, call.address)
        if who.account is None:
            raise Refused(403, "This method requires authentication")
        # A guess: no answer of it is on record.
        data = {"account_id": who.account.id, "account_username": who.account.url}
        return Reply(Body(to_json(envelope(data))), who)

    def _add_client(self, call: Call) -> Reply:
        if call.method != "POST":
            return _page(oauth_pages.registration_page())
        name = call.query.get("name", "")
        redirect_url = call.query.get("redirect_url", "").strip()
        try:
            application = self._keys.applications.add(redirect_url, name)
        except InvalidArgument as error:
            wrong = f"That was not right: {error}."
            return _page(oauth_pages.registration_page(name, redirect_url, wrong), 400)
        return _page(oauth_pages.registered_page(application))


def _check_response_type(kind: str) -> None:
    if kind in ("code", "pin"):
        raise Refused(400, f"The response type {kind} is deprecated; the supported one is token")
    if kind != "token":
        raise Refused(400, "Invalid or missing response type")  # not on record: the library's


def _check_grant_type(kind: str, call: Call) -> None:
    if kind == "pin" and call.query.get("pin"):
        # Recorded, for a pin that is none; since there are no pins here, all are.
        raise Refused(400, "Invalid Pin")
    if kind in ("authorization_code", "pin"):
        raise Refused(
            400, f"The grant type {kind} is deprecated; the supported one is refresh_token"
        )
    if kind != "refresh_token":
        # Not on record: the library's.
        text = f'Grant type "{kind}" not supported' if kind else "The grant type was not specified"
        raise Refused(400, text)


def _fragment(grant: Grant) -> dict[str, Any]:
    # In the order of answers that people pasted (API reference, OAuth).
    return {
        "access_token": grant.access,
        "expires_in": grant.expires_in,
        "token_type": "bearer",
        "refresh_token": grant.refresh,
        "account_username": grant.account.url,
        "account_id": grant.account.id,
    }


def _bare(grant: Grant) -> dict[str, Any]:
    """Write what a refresh answers, without an envelope (recorded)."""
    return {
        "access_token": grant.access,
        "expires_in": grant.expires_in,
        "token_type": "bearer",
        "scope": None,
        "refresh_token": grant.refresh,
        "account_id": grant.account.id,
        "account_username": grant.account.url,
    }


def _holder(call: Call, grant: Grant) -> Identity:
    return Identity(grant.client_id, call.address, grant.account)


def _page(body: Body, status: int = 200) -> Reply:
    return Reply(Answer(status, [*_PAGE_HEADERS, ("Content-Type", body.content_type)], body.raw))
