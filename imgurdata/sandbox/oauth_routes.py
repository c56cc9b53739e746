"""Routes of signing in, under ``/oauth2/``: the authorize page, the token endpoint, and others.

What is recorded follows the records (API reference, OAuth). The two recorded texts of failed
refreshes are those of a well-known OAuth library for PHP; where Imgur's own is not on record, the
text is that library's, and a comment says so.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from imgurdata.errors import InvalidArgument
from imgurdata.sandbox.auth import ApiError, Principal
from imgurdata.sandbox.redirects import encode, query_address, redirect_address
from imgurdata.sandbox.templates import STYLE_SOURCE, page, read_template
from imgurdata.sandbox.wire import Body, Response, envelope, to_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from imgurdata.sandbox.auth import Application, AuthServer, TokenPair
    from imgurdata.sandbox.request import Request
    from imgurdata.sandbox.settings import Settings
    from imgurdata.sandbox.world import Account, World

__all__ = ["OAuthRoutes"]

#: More UTF-8 bytes of state than this are refused: in the redirect they would be a header that is
#: longer than clients read.
_LONGEST_STATE = 8192
#: The last two are deprecated, and old clients still ask for them.
_RESPONSE_TYPES = ("token", "code", "pin")
#: The parameter of each grant, and the kind of code that it is.
_GRANTS = {
    "refresh_token": ("refresh_token", ""),
    "authorization_code": ("code", "code"),
    "pin": ("pin", "pin"),
}
#: Number of accounts that the authorize page suggests.
_SUGGESTIONS = 12

# No form-action: browsers apply it to the redirect that answers the form, too.
_POLICY = f"default-src 'none'; style-src {STYLE_SOURCE}; base-uri 'none'; frame-ancestors 'none'"
_PAGE_HEADERS = [
    ("Cache-Control", "no-store"),
    # With no-referrer, browsers send Origin: null from the page's own form, too.
    ("Referrer-Policy", "same-origin"),
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", _POLICY),
]

#: An answer, and the client that it is about. A whole response is for browsers; a body alone is
#: the JSON of a good answer for programs.
_Answer = tuple[Response | Body, Principal | None]


@dataclass(frozen=True)
class _SignIn:
    """What a client asks for: a token, a code or a pin (`kind`) for its application."""

    application: Application
    kind: str
    state: str | None


class OAuthRoutes:
    """Routes of signing in; none costs a credit."""

    def __init__(self, world: World, auth: AuthServer, settings: Settings, url: str) -> None:
        self._world = world
        self._auth = auth
        self._settings = settings
        self._origins = frozenset({url, url.replace("//127.0.0.1", "//localhost")})
        self._routes: dict[tuple[str, ...], tuple[Callable[[Request], _Answer], tuple[str, ...]]]
        self._routes = {
            ("authorize",): (self._authorize, ("GET", "HEAD", "POST")),
            ("token",): (self._token, ("POST",)),
            ("secret",): (self._secret, ("GET", "HEAD")),
            ("addclient",): (self._add_client, ("GET", "HEAD", "POST")),
        }

    def answer(self, request: Request) -> _Answer:
        """Answer a request.

        Raises
        ------
        ApiError
            With status and text.
        """
        route, methods = self._routes.get(request.segments[1:], (None, ()))
        if route is None:
            raise ApiError(404, "Not Found")
        if request.method not in methods:
            raise ApiError(405, "Method Not Allowed")
        if "GET" in methods and request.method == "POST":
            self._check_origin(request)
        return route(request)

    def _check_origin(self, request: Request) -> None:
        """Accept forms from the sandbox's own pages and from programs, which send no Origin.

        Otherwise any page that a browser shows could press Allow.
        """
        if request.origin is not None and request.origin.lower() not in self._origins:
            raise ApiError(403, "Unauthorized")  # recorded for this call, for other reasons

    # The authorize page ------------------------------------------------------------------------

    def _authorize(self, request: Request) -> _Answer:
        application = self._application(request)
        kind = request.query.get("response_type", "")
        if kind not in _RESPONSE_TYPES:
            raise ApiError(400, "Invalid or missing response type")  # not on record: the library's
        state = request.query.get("state")
        if state is not None and len(state.encode()) > _LONGEST_STATE:
            raise ApiError(400, f"The state is longer than {_LONGEST_STATE} bytes")
        sign_in = _SignIn(application, kind, state)
        if request.method != "POST":
            return self._consent_page(sign_in, self._world.default_account.url)
        if "deny" in request.query:
            # Pressing both buttons is no clear consent.
            return self._redirect(sign_in, {"error": "access_denied"})
        if "allow" not in request.query:
            raise ApiError(400, "Neither allowed nor denied")
        username = request.query.get("username", "").strip()
        try:
            account = self._auth.account(username)
        except InvalidArgument:
            error = "Nobody of that name lives in this sandbox."
            return self._consent_page(sign_in, username, error)
        if kind != "token":
            return self._code(request, sign_in, account)
        pair = self._auth.issue(application.client_id, account, replaces=True)
        # In the order of answers that people pasted (API reference, OAuth).
        fragment = {
            "access_token": pair.access,
            "expires_in": pair.expires_in,
            "token_type": "bearer",
            "refresh_token": pair.refresh,
            "account_username": pair.account.url,
            "account_id": pair.account.id,
        }
        return self._redirect(sign_in, fragment, _identity(request, pair))

    def _code(self, request: Request, sign_in: _SignIn, account: Account) -> _Answer:
        """Answer with a code in the redirect, or with a page that shows a pin."""
        application = sign_in.application
        code = self._auth.issue_code(application.client_id, account, sign_in.kind)
        identity = Principal(application.client_id, request.address, account)
        if sign_in.kind == "code":
            return self._redirect(sign_in, {"code": code}, identity)
        content = f'<p>Type this into {escape(application.name)}:</p><p id="pin">{code}</p>'
        return _card("Your pin", content)[0], identity

    def _application(self, request: Request) -> Application:
        client_id = request.query.get("client_id", "")
        if not client_id:
            raise ApiError(400, "No client id supplied")
        application = self._auth.find_application(client_id)
        if application is None:
            raise ApiError(403, "Invalid client_id")
        return application

    def _consent_page(self, sign_in: _SignIn, username: str, error: str = "") -> _Answer:
        application = sign_in.application
        fields = {"client_id": application.client_id, "response_type": sign_in.kind}
        if sign_in.state is not None:
            # It travels in the form's address: a hidden field would change its line ends.
            fields["state"] = sign_in.state
        people = [account.url for account in self._world.busiest()[:_SUGGESTIONS]]
        content = read_template("consent.html").format(
            name=escape(application.name),
            client_id=escape(application.client_id),
            redirect_url=_breakable(application.redirect_url),
            action=escape("/oauth2/authorize?" + encode(fields)),
            username=escape(username),
            people="".join(f'<option value="{escape(name)}">' for name in people),
            described="wrong hint-username" if error else "hint-username",
            bad=' aria-invalid="true" autofocus' if error else "",
            wrong=_alert(error),
        )
        return _card(f"Let “{escape(application.name)}” in?", content, error)

    def _redirect(
        self, sign_in: _SignIn, fields: dict[str, Any], identity: Principal | None = None
    ) -> _Answer:
        url, state_in = sign_in.application.redirect_url, self._settings.state_in
        state = secrets.token_urlsafe(24) if self._settings.wrong_state else sign_in.state
        if sign_in.kind == "token":
            address = redirect_address(url, fields, state, state_in=state_in)
        else:
            # An empty state is sent, too (rmp135's documents).
            address = query_address(url, {"state": state or "", **fields})
        headers = [*_PAGE_HEADERS, ("Location", address), ("Content-Type", "text/html")]
        return Response(302, headers), identity

    # The token endpoint ------------------------------------------------------------------------

    def _token(self, request: Request) -> _Answer:
        # Not on record: the library's, like the texts of the next two errors.
        grant_type = request.query.get("grant_type", "")
        if not grant_type:
            raise ApiError(400, "The grant type was not specified")
        if grant_type not in _GRANTS:
            raise ApiError(400, f'Grant type "{grant_type}" not supported')
        application = self._application(request)
        if not application.has_secret(request.query.get("client_secret", "")):
            raise ApiError(400, "The client credentials are invalid")
        name, kind = _GRANTS[grant_type]
        value = request.query.get(name, "")
        if not value:
            raise ApiError(400, f'Missing parameter: "{name}" is required')
        if kind:
            pair = self._auth.exchange(application.client_id, value, kind)
        else:
            pair = self._auth.refresh(application.client_id, value)
        # Without an envelope (recorded).
        fields = {
            "access_token": pair.access,
            "expires_in": pair.expires_in,
            "token_type": "bearer",
            "scope": None,
            "refresh_token": pair.refresh,
            "account_id": pair.account.id,
            "account_username": pair.account.url,
        }
        return Body(to_json(fields)), _identity(request, pair)

    # Others ------------------------------------------------------------------------------------

    def _secret(self, request: Request) -> _Answer:
        authorization = request.authorization
        if authorization is None and request.query.get("access_token"):
            authorization = f"Bearer {request.query['access_token']}"
        identity = self._auth.identify(authorization, None, request.address)
        if identity.account is None:
            raise ApiError(403, "This method requires authentication")
        # A guess: no answer of it is on record.
        data = {"account_id": identity.account.id, "account_username": identity.account.url}
        return Body(to_json(envelope(data))), identity

    def _add_client(self, request: Request) -> _Answer:
        if request.method != "POST":
            return _registration_page()
        name = request.query.get("name", "")
        redirect_url = request.query.get("redirect_url", "").strip()
        try:
            application = self._auth.register(redirect_url, name)
        except InvalidArgument as error:
            return _registration_page(name, redirect_url, f"That was not right: {error}.")
        # The only page that shows the secret.
        content = read_template("registered.html").format(
            client_id=escape(application.client_id),
            client_secret=escape(application.client_secret),
            redirect_url=_breakable(application.redirect_url),
        )
        return _card(f"“{escape(application.name)}” is registered", content)


def _identity(request: Request, pair: TokenPair) -> Principal:
    return Principal(pair.client_id, request.address, pair.account)


def _registration_page(name: str = "", redirect_url: str = "", error: str = "") -> _Answer:
    content = read_template("registration.html").format(
        name=escape(name), redirect_url=escape(redirect_url), wrong=_alert(error)
    )
    return _card("Register an application", content, error)


def _card(title: str, content: str, error: str = "") -> _Answer:
    body = page(title, content, card=True)
    headers = [*_PAGE_HEADERS, ("Content-Type", body.content_type)]
    return Response(400 if error else 200, headers, body.raw), None


def _alert(error: str) -> str:
    return f'<p class="wrong" id="wrong" role="alert">{escape(error)}</p>\n' if error else ""


def _breakable(url: str) -> str:
    """Return an address that a narrow page breaks after its slashes."""
    return escape(url).replace("/", "/<wbr>").replace("/<wbr>/", "//")
