"""Registering an application, and where one may send its users."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgurdata.errors import InvalidArgument
from imgurdata.sandbox.redirects import check_redirect_url, redirect_address

CALLBACK = "http://localhost:28081/callback"


@pytest.fixture
def browser(sandbox, new_client):
    return new_client(sandbox, "")


def test_addclient_shows_a_form(browser):
    page = browser("/oauth2/addclient")
    assert page.status_code == 200
    assert "Register an application" in page.text
    assert 'name="redirect_url"' in page.text
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


def test_registered_application_works_at_once(sandbox, browser, new_client):
    name = "Snails & <b>co</b>"
    page = browser("/oauth2/addclient", "POST", data={"name": name, "redirect_url": CALLBACK})
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert "Snails &amp; &lt;b&gt;co&lt;/b&gt;" in page.text
    client_id, secret = re.findall("<code>([0-9a-f]+)</code>", page.text)
    assert (len(client_id), len(secret)) == (15, 40)
    assert sandbox.secret_of(client_id) == secret
    assert new_client(sandbox, f"Client-ID {client_id}")("/3/credits").status_code == 200
    authorize = f"/oauth2/authorize?client_id={client_id}&response_type=token"
    answer = browser(
        authorize, "POST", data={"username": sandbox.account, "allow": "1"}, allow_redirects=False
    )
    assert answer.headers["Location"].startswith(CALLBACK + "#access_token=")
    assert secret not in browser(authorize).text


def test_addclient_refuses_invalid_applications(subtests, browser):
    for name, url, error in [
        ("x", "", "must begin with http:// or https://"),
        ("x", "javascript:alert(1)", "must begin with http:// or https://"),
        ("x", "http://", "must begin with http:// or https://"),
        ("x", "http://localhost:99999/", "must begin with http:// or https://"),
        ("x", "http://localhost/#here", "must have no fragment"),
        ("x", 'http://localhost/"><script>', "must begin with http:// or https://"),
        ("", CALLBACK, "1 to 100 characters"),
        ("n" * 101, CALLBACK, "1 to 100 characters"),
    ]:
        with subtests.test(name=name, url=url):
            page = browser("/oauth2/addclient", "POST", data={"name": name, "redirect_url": url})
            assert page.status_code == 400
            assert error in page.text
            assert "<script" not in page.text
            assert 'role="alert"' in page.text
            assert "Client secret" not in page.text


def test_redirect_url_refuses_invalid_addresses(subtests, sandbox):
    for url in [5, None, "", "ftp://a/", "http://[::1", "http://ä/", "http://a b/"]:
        with subtests.test(url=url):
            with pytest.raises(InvalidArgument):
                check_redirect_url(url)
            with pytest.raises(InvalidArgument):
                sandbox.redirect_url = url


@given(url=st.text(max_size=60) | st.text("htps:/[]@?#&=%.1a \r\n\t\\", max_size=60))
def test_valid_redirect_url_is_ascii_with_a_host(url):
    try:
        checked = check_redirect_url(url)
    except InvalidArgument:
        return
    assert checked == url
    assert url.isascii()
    assert url.isprintable()
    assert not set(url) & set(' #<>"`{}|')
    assert urlsplit(url).scheme in ("http", "https")
    assert urlsplit(url).hostname


@given(
    base=st.sampled_from([CALLBACK, "https://a/?", "http://a?b=c", "http://a/?b=c&", "http://[::1]/"]),
    fields=st.dictionaries(st.sampled_from("abc"), st.text(max_size=20), min_size=1),
    state=st.none() | st.text(max_size=50),
    place=st.sampled_from(["query", "fragment"]),
)  # fmt: skip
def test_redirect_address_can_be_parsed_again(base, fields, state, place):
    address = redirect_address(base, fields, state, state_in=place)
    assert address.startswith(base)
    parts = urlsplit(address)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    fragment = dict(parse_qsl(parts.fragment, keep_blank_values=True))
    returned = (query if place == "query" else fragment).pop("state", None)
    assert returned == state
    assert fragment == fields
    assert query == dict(parse_qsl(urlsplit(base).query))
