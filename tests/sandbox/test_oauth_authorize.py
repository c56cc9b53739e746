"""The authorize page: what it shows, where it sends a browser, and whom it does not serve."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CALLBACK = "http://localhost:28080/callback"
#: Order and names as in answers that people pasted.
FIELDS = ["access_token", "expires_in", "token_type", "refresh_token", "account_username",
          "account_id"]  # fmt: skip


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


@pytest.fixture
def nobody(still, asker):
    """A browser: no Authorization, and redirects are looked at, not followed."""
    return asker(still, "")


def authorize(sandbox, **more):
    fields = {"client_id": sandbox.client_id, "response_type": "token", "state": "s t&a=te"} | more
    return "/oauth2/authorize?" + "&".join(
        f"{name}={quote(value, safe='')}" for name, value in fields.items() if value is not None
    )


def press(ask, page, button="allow", **fields):
    """Press a button of a page, with what its form holds."""
    form = Form(page.text)
    data = {name: attrs.get("value", "") for name, attrs in form.inputs.items()}
    data |= {button: form.buttons[button]} | fields
    return ask(form.action, "POST", data=data, allow_redirects=False)


def parts(answer):
    """The place of a redirect, its query and its fragment."""
    found = urlsplit(answer.headers["Location"])
    query = parse_qsl(found.query, keep_blank_values=True, strict_parsing=bool(found.query))
    fragment = parse_qsl(found.fragment, keep_blank_values=True, strict_parsing=True)
    return f"{found.scheme}://{found.netloc}{found.path}", query, fragment


# What a person sees ------------------------------------------------------------------------------


def test_the_page_says_who_asks_for_what(still, nobody):
    page = nobody(authorize(still))
    assert page.status_code == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    for told in ("imgurdata", still.client_id, CALLBACK, "full access to the account"):
        assert told in page.text.replace("<wbr>", "")
    assert still.client_secret not in page.text
    form = Form(page.text)
    assert form.method == "post"
    assert form.buttons == {"allow": "Allow", "deny": "Deny"}
    assert form.inputs["username"]["value"] == still.account
    assert form.labels == {"username"}, "each field has its label"
    assert form.inputs["username"]["aria-describedby"] in form.ids
    assert still.account in form.options
    assert "script" not in form.tags
    assert still.requests[-1].cost == 0


def test_nobody_frames_stores_or_scripts_it(still, nobody):
    headers = nobody(authorize(still)).headers
    policy = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    # Others don't see the state in the Referer, and the page's own form says where it is from.
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize(
    "name", ['<script>alert("x")</script>', "\"'><img src=x>", "{client_id} & {0}", "日本 &amp;"]
)
def test_an_applications_name_is_text(sandbox, asker, name):
    client = sandbox.add_client("http://localhost:1/?a='\"".replace('"', "%22"), name)
    page = asker(sandbox, "")(authorize(sandbox, client_id=client))
    form = Form(page.text)
    assert not {"script", "img"} & set(form.tags)
    assert form.buttons == {"allow": "Allow", "deny": "Deny"}

    class Text(HTMLParser):
        text = ""

        def handle_data(self, data):
            self.text += data

    read = Text()
    read.feed(page.text)
    assert name in read.text


def test_a_name_that_is_nobodys_is_asked_again(still, nobody):
    again = press(nobody, nobody(authorize(still)), username='no "such" <b>one</b>')
    assert again.status_code == 400
    assert "Nobody of that name lives in this sandbox." in again.text
    form = Form(again.text)
    assert form.inputs["username"]["value"] == 'no "such" <b>one</b>'
    assert form.inputs["username"]["aria-invalid"] == "true"
    assert set(form.inputs["username"]["aria-describedby"].split()) <= form.ids
    assert "b" not in form.tags
    where, query, fragment = parts(press(nobody, again, username=still.account.upper()))
    assert (where, query) == (CALLBACK, [("state", "s t&a=te")]), "the state is kept"
    assert dict(fragment)["account_username"] == still.account


# Where the browser goes ---------------------------------------------------------------------------


def test_allow(still, nobody, asker):
    answer = press(nobody, nobody(authorize(still)))
    assert answer.status_code == 302
    assert answer.content == b""
    assert answer.headers["Cache-Control"] == "no-store"
    where, query, fragment = parts(answer)
    assert where == CALLBACK
    assert query == [("state", "s t&a=te")]
    assert [name for name, _ in fragment] == FIELDS
    told = dict(fragment)
    assert re.fullmatch("[0-9a-f]{40}", told["access_token"])
    assert re.fullmatch("[0-9a-f]{40}", told["refresh_token"])
    assert (told["expires_in"], told["token_type"]) == ("315360000", "bearer")
    me = asker(still, f"Bearer {told['access_token']}").data("/3/account/me")
    assert (me["url"], str(me["id"])) == (told["account_username"], told["account_id"])


def test_deny(still, nobody):
    answer = press(nobody, nobody(authorize(still)), "deny", username="")
    where, query, fragment = parts(answer)
    assert (answer.status_code, where) == (302, CALLBACK)
    assert query == [("state", "s t&a=te")]
    assert fragment == [("error", "access_denied")]


def test_both_buttons_are_no_yes(still, nobody):
    answer = press(nobody, nobody(authorize(still)), "deny", allow="Allow")
    assert parts(answer)[2] == [("error", "access_denied")]


@pytest.mark.parametrize("button", ["allow", "deny"])
def test_the_state_as_documented(sandbox, asker, button):
    sandbox.state_in = "fragment"
    ask = asker(sandbox, "")
    _, query, fragment = parts(press(ask, ask(authorize(sandbox)), button))
    assert query == []
    assert fragment[-1] == ("state", "s t&a=te")


@pytest.mark.parametrize("place", ["query", "fragment"])
def test_a_wrong_state(sandbox, asker, place):
    sandbox.wrong_state, sandbox.state_in = True, place
    ask = asker(sandbox, "")
    page = ask(authorize(sandbox))
    seen = [dict(part).get("state") for part in parts(press(ask, page))[1:]]
    (state,) = [each for each in seen if each is not None]
    assert state != "s t&a=te"
    sandbox.wrong_state = False
    assert "s t&a=te" in str(parts(press(ask, page)))


def test_no_state_none_back(still, nobody):
    _, query, fragment = parts(press(nobody, nobody(authorize(still, state=None))))
    assert query == []
    assert "state" not in dict(fragment)


@settings(
    max_examples=60, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(state=st.text(max_size=200), place=st.sampled_from(["query", "fragment"]))
def test_any_state_comes_back_as_it_went(still, nobody, state, place):
    try:
        state.encode()
    except UnicodeEncodeError:
        return  # half a surrogate pair can't be written in an address
    still.state_in = place
    try:
        answer = press(nobody, nobody(authorize(still, state=state)))
        _, query, fragment = parts(answer)
        assert dict(query if place == "query" else fragment)["state"] == state
        assert "\n" not in answer.headers["Location"]
    finally:
        still.state_in = "query"


def test_only_to_the_registered_address(sandbox, asker):
    ask = asker(sandbox, "")
    elsewhere = {"redirect_uri": "http://evil.example.com/", "redirect_url": "//evil.example.com"}
    page = ask(authorize(sandbox, **elsewhere))
    assert "evil" not in page.text
    assert parts(press(ask, page, **elsewhere))[0] == CALLBACK
    sandbox.redirect_url = "https://hub.example.org/user/ann/proxy/28080/callback?a=1"
    where, query, _ = parts(press(ask, page))
    assert where == "https://hub.example.org/user/ann/proxy/28080/callback"
    assert query == [("a", "1"), ("state", "s t&a=te")]


def test_a_second_sign_in_ends_the_first_token(sandbox, asker):
    ask = asker(sandbox, "")
    page = ask(authorize(sandbox))
    first, second = (dict(parts(press(ask, page))[2]) for _ in range(2))
    assert asker(sandbox, f"Bearer {first['access_token']}")("/3/account/me").status_code == 403
    assert asker(sandbox, f"Bearer {second['access_token']}")("/3/account/me").status_code == 200


# What it refuses ----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("changed", "status", "text"),
    [
        ({"client_id": None}, 400, "No client id supplied"),
        ({"client_id": "0" * 15}, 403, "Invalid client_id"),
        ({"response_type": "code"}, 400,
         "The response type code is deprecated; the supported one is token"),
        ({"response_type": "pin"}, 400,
         "The response type pin is deprecated; the supported one is token"),
        ({"response_type": "Token"}, 400, "Invalid or missing response type"),
        ({"response_type": None}, 400, "Invalid or missing response type"),
        ({"state": "ä" * 4097}, 400, "The state is longer than 8192 bytes"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(still, nobody, method, changed, status, text):
    answer = nobody(authorize(still, **changed), method, allow_redirects=False)
    assert answer.status_code == status
    assert answer.json() == {
        "data": {"error": text, "request": "/oauth2/authorize", "method": method},
        "success": False,
        "status": status,
    }
    assert "Location" not in answer.headers
    assert (still.requests[-1].cost, still.requests[-1].kind) == (0, "oauth")


def test_a_form_without_a_button(still, nobody):
    answer = nobody(authorize(still), "POST", data={"username": still.account})
    assert answer.status_code == 400
    assert answer.json()["data"]["error"] == "Neither allowed nor denied"


@pytest.mark.parametrize(
    "origin", ["https://evil.example.com", "null", "http://127.0.0.1:1", "http://127.0.0.1", ""]
)
@pytest.mark.parametrize("path", ["/oauth2/authorize", "/oauth2/addclient"])
def test_no_other_page_presses_allow(still, nobody, origin, path):
    fields = {"username": still.account, "allow": "Allow", "name": "x", "redirect_url": CALLBACK}
    query = authorize(still).partition("?")[2]
    answer = nobody(
        f"{path}?{query}", "POST", data=fields, headers={"Origin": origin}, allow_redirects=False
    )
    assert answer.status_code == 403
    assert answer.json()["data"]["error"] == "Unauthorized"
    assert "Location" not in answer.headers


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_its_own_page_does(still, nobody, host):
    port = urlsplit(still.url).port
    answer = nobody(
        authorize(still), "POST", data={"username": still.account, "allow": "Allow"},
        headers={"Origin": f"http://{host}:{port}"}, allow_redirects=False,
    )  # fmt: skip
    assert answer.status_code == 302


def test_imgurs_failure_after_allow(sandbox, asker):
    ask = asker(sandbox, "")
    page = ask(authorize(sandbox))
    sandbox.fail(403, path="/oauth2/authorize")
    answer = press(ask, page)
    assert answer.json() == {
        "data": {"error": "Unauthorized", "request": "/oauth2/authorize", "method": "POST"},
        "success": False,
        "status": 403,
    }
    sandbox.fail("error_1024", path="/oauth2/")
    assert "Error (1024)" in ask(authorize(sandbox)).text


def test_other_methods_and_paths(still, nobody):
    assert nobody(authorize(still), "PUT").status_code == 405
    assert nobody("/oauth2/authorise").status_code == 404
    assert nobody("/oauth2/authorize/pin").status_code == 404
    assert nobody(authorize(still), "HEAD").status_code == 200


def test_the_log_of_the_sandbox_shows_no_secret(sandbox, asker):
    ask = asker(sandbox, "")
    answer = press(ask, ask(authorize(sandbox)))
    token = dict(parts(answer)[2])["access_token"]
    ask(f"/oauth2/secret?access_token={token}")
    assert len(sandbox.requests) == 3
    assert token not in str(sandbox.requests)
