"""Which redirect addresses can be listened for, and where."""

from __future__ import annotations

import pytest

from imgurdata.auth.callback import CallbackAddress
from imgurdata.errors import InvalidArgument


def test_where_to_listen(subtests: pytest.Subtests) -> None:
    for url, port, path in [
        ("http://localhost:28080/callback", 28080, "/callback"),
        ("http://127.0.0.1:5000", 5000, "/"),
        ("http://[::1]:5000/a/b", 5000, "/a/b"),
        ("https://hub.example.org/user/ann/proxy/28080/callback", 28080, "/callback"),
        ("https://hub.example.org/user/ann/proxy/28080", 28080, "/"),
        ("http://localhost:8888/proxy/28080/callback", 28080, "/callback"),
        ("https://h/x/proxy/absolute/7000/callback", 7000, "/x/proxy/absolute/7000/callback"),
    ]:
        with subtests.test(url=url, port=port, path=path):
            place = CallbackAddress.from_url(url)
            assert place is not None
            assert (place.port, place.path) == (port, path)
            assert f"127.0.0.1:{port}" in place.hosts
            assert f"http://localhost:{port}" in place.origins


def test_behind_a_proxy_its_own_name_is_let_in() -> None:
    place = CallbackAddress.from_url("https://Hub.example.org/user/ann/proxy/28080/callback")
    assert place is not None
    assert "hub.example.org" in place.hosts
    assert "https://hub.example.org" in place.origins


def test_where_only_pasting_helps(subtests: pytest.Subtests) -> None:
    for url in [
        "https://imgur.com/",
        "http://localhost/callback",
        "https://localhost:1/callback",
        "https://h/proxy/99999/callback",
        "https://h/proxy/x/callback",
    ]:
        with subtests.test(url=url):
            assert CallbackAddress.from_url(url) is None


def test_what_is_no_address_is_refused(subtests: pytest.Subtests) -> None:
    for url in [
        "",
        "localhost:28080",
        "ftp://localhost:1/",
        "http://",
        "http://[",
        "http://h:99999/",
        "http://h/#x",
        "http://me:pw@localhost:1/",
        None,
        7,
    ]:
        with subtests.test(url=url):
            with pytest.raises(InvalidArgument, match="redirect_url") as told:
                CallbackAddress.from_url(url)  # type: ignore[arg-type]
            assert "pw" not in told.value.message
