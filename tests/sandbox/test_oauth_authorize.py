"""The authorize page: its content, its redirects, and its refusals."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CALLBACK = "http://localhost:28080/callback"
#: Order and names as in answers that people pasted.
FIELDS = [
    "access_token", "expires_in", "token_type", "refresh_token", "account_username", "account_id",
]  # fmt: skip


class Form(HTMLParser):
    """The form of a page, as a browser reads it."""

    def __init__(self, html):
        super().__init__()
        self.action, self.method, self.inputs, self.buttons, self.tags = None, None, {}, {}, []
        self.options, self.labels, self.ids = [], set(), set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append(tag)
        self.ids.add(attrs.get("id"))
        if tag == "form":
            self.action, self.method = attrs["action"], attrs["method"]
        elif tag == "input":
            self.inputs[attrs["name"]] = attrs
        elif tag == "button" and "name" in attrs:
            self.buttons[attrs["name"]] = attrs["value"]
        elif tag == "option":
            self.options.append(attrs["value"])
        elif tag == "label":
            self.labels.add(attrs["for"])


@pytest.fixture(scope="module")
def browser(shared, new_client):
    """A browser: no Authorization, and redirects are looked at, not followed."""
    return new_client(shared, "")


def authorize(sandbox, **more):
    fields = {"client_id": sandbox.client_id, "response_type": "token", "state": "s t&a=te"} | more
    return "/oauth2/authorize?" + "&".join(
        f"{name}={quote(value, safe='')}" for name, value in fields.items() if value is not None
    )


def press(client, page, button="allow", **fields):
    """Press a button of a page, with what its form holds."""
    form = Form(page.text)
    data = {name: attrs.get("value", "") for name, attrs in form.inputs.items()}
    data |= {button: form.buttons[button]} | fields
    return client(form.action, "POST", data=data, allow_redirects=False)


def parts(answer):
    """The place of a redirect, its query and its fragment."""
    found = urlsplit(answer.headers["Location"])
    query = parse_qsl(found.query, keep_blank_values=True, strict_parsing=bool(found.query))
    fragment = parse_qsl(found.fragment, keep_blank_values=True, strict_parsing=True)
    return f"{found.scheme}://{found.netloc}{found.path}", query, fragment


# The page ----------------------------------------------------------------------------------------


def test_authorize_shows_application_and_permissions(shared, browser):
    page = browser(authorize(shared))
    assert page.status_code == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    for text in ("imgurdata", shared.client_id, CALLBACK, "full access to the account"):
        assert text in page.text.replace("<wbr>", "")
    assert shared.client_secret not in page.text
    form = Form(page.text)
    assert form.method == "post"
    assert form.buttons == {"allow": "Allow", "deny": "Deny"}
    assert form.inputs["username"]["value"] == shared.account
    assert form.labels == {"username"}, "each field has its label"
    assert form.inputs["username"]["aria-describedby"] in form.ids
    assert shared.account in form.options
    assert "script" not in form.tags
    assert shared.requests[-1].cost == 0


def test_authorize_forbids_frames_scripts_and_caches(shared, browser):
    headers = browser(authorize(shared)).headers
    policy = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    # Others don't see the state in the Referer, and the page's own form says where it is from.
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Set-Cookie" not in headers


def test_authorize_shows_an_applications_name_as_text(subtests, sandbox, new_client):
    class Text(HTMLParser):
        text = ""

        def handle_data(self, data):
            self.text += data

    names = ['<script>alert("x")</script>', "\"'><img src=x>", "{client_id} & {0}", "日本 &amp;"]
    for name in names:
        with subtests.test(name=name):
            client_id = sandbox.add_client("http://localhost:1/?a='%22", name)
            page = new_client(sandbox, "")(authorize(sandbox, client_id=client_id))
            form = Form(page.text)
            assert not {"script", "img"} & set(form.tags)
            assert form.buttons == {"allow": "Allow", "deny": "Deny"}
            read = Text()
            read.feed(page.text)
            assert name in read.text


def test_authorize_asks_again_for_an_unknown_account(shared, browser):
    again = press(browser, browser(authorize(shared)), username='no "such" <b>one</b>')
    assert again.status_code == 400
    assert "Nobody of that name lives in this sandbox." in again.text
    form = Form(again.text)
    assert form.inputs["username"]["value"] == 'no "such" <b>one</b>'
    assert form.inputs["username"]["aria-invalid"] == "true"
    assert set(form.inputs["username"]["aria-describedby"].split()) <= form.ids
    assert "b" not in form.tags
    where, query, fragment = parts(press(browser, again, username=shared.account.upper()))
    assert (where, query) == (CALLBACK, [("state", "s t&a=te")]), "the state stays the same"
    assert dict(fragment)["account_username"] == shared.account


# Where the browser goes ---------------------------------------------------------------------------


def test_allow_redirects_with_tokens(shared, browser, new_client):
    answer = press(browser, browser(authorize(shared)))
    assert answer.status_code == 302
    assert answer.content == b""
    assert answer.headers["Cache-Control"] == "no-store"
    where, query, fragment = parts(answer)
    assert where == CALLBACK
    assert query == [("state", "s t&a=te")]
    assert [name for name, _ in fragment] == FIELDS
    token = dict(fragment)
    assert re.fullmatch("[0-9a-f]{40}", token["access_token"])
    assert re.fullmatch("[0-9a-f]{40}", token["refresh_token"])
    assert (token["expires_in"], token["token_type"]) == ("315360000", "bearer")
    me = new_client(shared, f"Bearer {token['access_token']}").data("/3/account/me")
    assert (me["url"], str(me["id"])) == (token["account_username"], token["account_id"])


def test_deny_redirects_with_an_error(shared, browser):
    answer = press(browser, browser(authorize(shared)), "deny", username="")
    where, query, fragment = parts(answer)
    assert (answer.status_code, where) == (302, CALLBACK)
    assert query == [("state", "s t&a=te")]
    assert fragment == [("error", "access_denied")]
    both = press(browser, browser(authorize(shared)), "deny", allow="Allow")
    assert parts(both)[2] == [("error", "access_denied")], "both buttons are no consent"


def test_state_may_be_in_the_fragment(subtests, sandbox, new_client):
    for button in ["allow", "deny"]:
        with subtests.test(button=button):
            sandbox.state_in = "fragment"
            client = new_client(sandbox, "")
            _, query, fragment = parts(press(client, client(authorize(sandbox)), button))
            assert query == []
            assert fragment[-1] == ("state", "s t&a=te")


def test_state_may_be_wrong(subtests, sandbox, new_client):
    for place in ["query", "fragment"]:
        with subtests.test(place=place):
            sandbox.wrong_state, sandbox.state_in = True, place
            client = new_client(sandbox, "")
            page = client(authorize(sandbox))
            seen = [dict(part).get("state") for part in parts(press(client, page))[1:]]
            (state,) = [each for each in seen if each is not None]
            assert state != "s t&a=te"
            sandbox.wrong_state = False
            assert "s t&a=te" in str(parts(press(client, page)))


def test_no_state_returns_none(shared, browser):
    _, query, fragment = parts(press(browser, browser(authorize(shared, state=None))))
    assert query == []
    assert "state" not in dict(fragment)


@settings(
    max_examples=60, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(state=st.text(max_size=200), place=st.sampled_from(["query", "fragment"]))
def test_any_state_returns_unchanged(shared, browser, state, place):
    try:
        state.encode()
    except UnicodeEncodeError:
        return  # half a surrogate pair can't be written in an address
    shared.state_in = place
    try:
        answer = press(browser, browser(authorize(shared, state=state)))
        _, query, fragment = parts(answer)
        assert dict(query if place == "query" else fragment)["state"] == state
        assert "\n" not in answer.headers["Location"]
    finally:
        shared.state_in = "query"


def test_redirect_goes_only_to_the_registered_address(sandbox, new_client):
    client = new_client(sandbox, "")
    elsewhere = {"redirect_uri": "http://evil.example.com/", "redirect_url": "//evil.example.com"}
    page = client(authorize(sandbox, **elsewhere))
    assert "evil" not in page.text
    assert parts(press(client, page, **elsewhere))[0] == CALLBACK
    sandbox.redirect_url = "https://hub.example.org/user/ann/proxy/28080/callback?a=1"
    assert sandbox.redirect_url.endswith("callback?a=1")
    where, query, _ = parts(press(client, page))
    assert where == "https://hub.example.org/user/ann/proxy/28080/callback"
    assert query == [("a", "1"), ("state", "s t&a=te")]


def test_second_sign_in_revokes_the_first_token(sandbox, new_client):
    client = new_client(sandbox, "")
    page = client(authorize(sandbox))
    tokens = [dict(parts(press(client, page))[2])["access_token"] for _ in range(2)]
    clients = [new_client(sandbox, f"Bearer {token}") for token in tokens]
    assert [client("/3/account/me").status_code for client in clients] == [403, 200]


# What it refuses ----------------------------------------------------------------------------------


def test_authorize_refuses_invalid_requests(subtests, shared, browser):
    for changed, status, text in [
        ({"client_id": None}, 400, "No client id supplied"),
        ({"client_id": "0" * 15}, 403, "Invalid client_id"),
        ({"response_type": "Token"}, 400, "Invalid or missing response type"),
        ({"response_type": None}, 400, "Invalid or missing response type"),
        ({"state": "ä" * 4097}, 400, "The state is longer than 8192 bytes"),
    ]:
        for method in ["GET", "POST"]:
            with subtests.test(text=text, method=method):
                answer = browser(authorize(shared, **changed), method, allow_redirects=False)
                assert answer.status_code == status
                assert answer.json() == {
                    "data": {"error": text, "request": "/oauth2/authorize", "method": method},
                    "success": False,
                    "status": status,
                }
                assert "Location" not in answer.headers
                row = shared.requests[-1]
                assert (row.cost, row.kind) == (0, "oauth")


def test_form_without_a_button_is_refused(shared, browser):
    answer = browser(authorize(shared), "POST", data={"username": shared.account})
    assert answer.status_code == 400
    assert answer.json()["data"]["error"] == "Neither allowed nor denied"


def test_forms_of_other_pages_are_refused(subtests, shared, browser):
    fields = {"username": shared.account, "allow": "Allow", "name": "x", "redirect_url": CALLBACK}
    query = authorize(shared).partition("?")[2]

    def post(path, origin):
        headers = {"Origin": origin}
        return browser(
            f"{path}?{query}", "POST", data=fields, headers=headers, allow_redirects=False
        )

    foreign = ["https://evil.example.com", "null", "http://127.0.0.1:1", "http://127.0.0.1", ""]
    for origin in foreign:
        for path in ["/oauth2/authorize", "/oauth2/addclient"]:
            with subtests.test(origin=origin, path=path):
                answer = post(path, origin)
                assert answer.status_code == 403
                assert answer.json()["data"]["error"] == "Unauthorized"
                assert "Location" not in answer.headers
    for host in ["127.0.0.1", "localhost"]:
        with subtests.test(host=host):
            own = f"http://{host}:{urlsplit(shared.url).port}"
            assert post("/oauth2/authorize", own).status_code == 302


def test_authorize_may_fail_after_allow(sandbox, new_client):
    client = new_client(sandbox, "")
    page = client(authorize(sandbox))
    sandbox.fail(403, path="/oauth2/authorize")
    answer = press(client, page)
    assert answer.json() == {
        "data": {"error": "Unauthorized", "request": "/oauth2/authorize", "method": "POST"},
        "success": False,
        "status": 403,
    }
    sandbox.fail("error_1024", path="/oauth2/")
    assert "Error (1024)" in client(authorize(sandbox)).text


def test_other_methods_and_paths_are_refused(shared, browser):
    assert browser(authorize(shared), "PUT").status_code == 405
    assert browser("/oauth2/authorise").status_code == 404
    assert browser("/oauth2/authorize/pin").status_code == 404
    assert browser(authorize(shared), "HEAD").status_code == 200


def test_log_shows_no_token(sandbox, new_client):
    client = new_client(sandbox, "")
    answer = press(client, client(authorize(sandbox)))
    token = dict(parts(answer)[2])["access_token"]
    client(f"/oauth2/secret?access_token={token}")
    assert len(sandbox.requests) == 3
    assert token not in str(sandbox.requests)
