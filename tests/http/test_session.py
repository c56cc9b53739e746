"""What a session takes and refuses; whatever goes wrong is an error of ours, and shows nothing."""

from __future__ import annotations

import json
import logging
import pickle
import traceback
import types
from itertools import product

import numpy as np
import pandas as pd
import pytest
import requests
import requests_cache
import urllib3

import imgurdata as imd
from imgurdata.errors import (
    ApiError,
    BadResponse,
    ConnectionFailed,
    ImgurDataError,
    InvalidArgument,
    NotCached,
)
from imgurdata.sandbox import Sandbox

PATH = "/3/gallery/hot/viral/day/0"
TOKEN, REFRESH = "t0kEn+t0kEn/t0kEn=t0kEn~1", "refre5h-refre5h-refre5h"
KEY, CLIENT_ID, CLIENT_SECRET = "gateway.KEY.gateway", "cl1entid-cl1entid", "cl1ent.secret.cl1ent"
HASH = "Q1w2E3r4T5y6U7i"


def test_the_cache_can_be_switched_off(sandbox: Sandbox, connect) -> None:
    session = connect()
    session.get(PATH)
    key = session.cache.create_key(requests.Request("GET", sandbox.url + PATH).prepare())
    first = session.store.lookup([key])[key].checked_at
    sandbox.advance("1min")
    with session.cache_disabled():
        assert not session.get(PATH).from_cache
        assert session.fetch(PATH)
    for switch in (
        {"expire_after": requests_cache.DO_NOT_CACHE},
        {"headers": {"Cache-Control": "no-store"}},
    ):
        assert not session.get(PATH, **switch).from_cache
    session.settings.expire_after = requests_cache.DO_NOT_CACHE
    assert not session.get(PATH).from_cache
    session.settings.expire_after = -1
    session.settings.disabled = True
    assert not session.get("/3/gallery/top/viral/day/0").from_cache
    session.settings.disabled = False
    assert session.get(PATH).from_cache
    assert session.store.lookup([key])[key].checked_at == first  # nothing was written meanwhile
    assert not session.get("/3/gallery/top/viral/day/0").from_cache
    assert len(session.credits.history()) == len(sandbox.requests)


def test_pulls_pass_a_cache_that_is_switched_off(sandbox: Sandbox, connect) -> None:

    session = connect()
    imd.load_gallery(session=session)
    with session.cache_disabled():
        assert imd.load_gallery(session=session).attrs["imgurdata"]["from_cache"] == 0
    assert imd.load_gallery(session=session).attrs["imgurdata"]["from_cache"] == 1


def test_pulls_and_fetch_raise_for_what_is_not_cached_only(sandbox: Sandbox, connect) -> None:
    session = connect()
    first = imd.load_gallery(session=session)
    session.settings.only_if_cached = True
    assert imd.load_gallery(session=session)["id"].tolist() == first["id"].tolist()
    with pytest.raises(NotCached, match="only_if_cached") as caught:
        imd.load_gallery(pages=2, session=session)
    assert len(caught.value.partial) == len(first)
    with pytest.raises(NotCached, match="only_if_cached"):
        session.fetch("/3/gallery/top")
    assert session.get("/3/gallery/top").status_code == 504
    assert len(sandbox.requests) == 1


def test_pulls_raise_for_what_is_not_cached_by_a_header(sandbox: Sandbox, connect) -> None:
    session = connect()
    session.headers["Cache-Control"] = "only-if-cached"
    with pytest.raises(NotCached, match="only_if_cached"):
        imd.load_gallery(session=session)
    assert not sandbox.requests


def test_pulls_do_as_the_header_of_the_session_says(sandbox: Sandbox, peer, connect) -> None:
    peer.says("/3/image/aaaaa", {"id": "aaaaa", "type": "image/png"})
    for name, value in {"Cache-Control": "no-cache", "X-ACTUAL-NO-CACHE": "true"}.items():
        session = connect(client_id="abc", base_url=peer.url)
        session.headers[name] = value
        imd.load_images("aaaaa", session=session)
        session.get("/3/image/aaaaa")
        for _, _, headers in peer.seen:
            assert name.lower() not in headers  # it is no matter of Imgur's
    assert len(peer.seen) == 4
    session = connect()
    imd.load_gallery(session=session)
    for number, (header, status) in enumerate(
        {"no-store": 200, "no-cache": 200, "must-revalidate": 304}.items()
    ):
        session.headers["Cache-Control"] = header
        imd.load_gallery(session=session)
        assert [row.status for row in sandbox.requests[number + 1 :]] == [status]
    session.headers["Cache-Control"] = "max-age=60"
    with pytest.raises(InvalidArgument, match="Cache-Control must be"):
        imd.load_gallery(session=session)


ODD_ARGUMENTS = [
    {"headers": {5: "x"}}, {"cookies": [True]}, {"cookies": b"top"}, {"data": pd.Series([1, 2])},
    {"files": pd.Series([1, 2])}, {"proxies": pd.Series([1, 2])}, {"refresh": pd.Series([True])},
    {"allow_redirects": pd.NA}, {"expire_after": np.zeros(3)}, {"only_if_cached": np.zeros(3)},
    {"expire_after": pd.NA}, {"force_refresh": "yes"},
]  # fmt: skip


def test_odd_arguments_of_get_are_refused(sandbox: Sandbox, connect, subtests) -> None:
    session = connect()
    for options in ODD_ARGUMENTS:
        with subtests.test(**options), pytest.raises(InvalidArgument):
            session.get(PATH, **options)
    assert not sandbox.requests


def test_remembered_404s_are_passed_over_with_the_cache(peer, connect) -> None:

    session = connect(client_id="abc", base_url=peer.url)
    pull = imd.Pull("images", ids=["aaaaa", "bbbbb"])
    peer.says("/3/image/aaaaa", {"id": "aaaaa", "type": "image/png"})
    peer.says("/3/image/bbbbb", {"error": "Unable to find an image"}, 404)
    assert pull.run(session).attrs["imgurdata"]["missing"] == ["bbbbb"]
    assert pull.plan(session).requests == 0
    peer.says("/3/image/bbbbb", {"id": "bbbbb", "type": "image/png"})
    with session.cache_disabled():
        assert pull.plan(session).to_fetch == 2
        assert pull.run(session)["id"].tolist() == ["aaaaa", "bbbbb"]


def test_an_answer_is_asked_for_again(sandbox: Sandbox, connect) -> None:
    session = connect()
    session.get(PATH)
    for switch in ({"refresh": True}, {"headers": {"Cache-Control": "max-age=0"}}):
        assert session.get(PATH, **switch).revalidated
    for switch in ({"force_refresh": True}, {"headers": {"Cache-Control": "no-cache"}}):
        assert not session.get(PATH, **switch).from_cache
    assert [row.status for row in sandbox.requests] == [200, 304, 304, 200, 200]
    assert session.get(PATH).from_cache


def test_only_what_is_cached(sandbox: Sandbox, connect) -> None:
    session = connect()
    missing = session.get(PATH, only_if_cached=True)
    assert (missing.status_code, missing.reason) == (504, "Not Cached")
    session.get(PATH)
    assert session.get(PATH, only_if_cached=True).from_cache
    session.settings.only_if_cached = True
    assert session.get("/3/credits").status_code == 504
    sandbox.advance("1h")
    assert session.get(PATH).status_code == 504  # it is stale
    assert len(sandbox.requests) == 1
    with pytest.raises(NotCached):
        connect(offline=True).get("/3/gallery/top")
    with pytest.raises(NotCached, match="is in no cache"):  # asking online would not put it there
        connect(offline=True).get("/3/credits")


NO_SETTINGS = [
    ("read_only", True), ("stale_if_error", True), ("stale_while_revalidate", 60),
    ("always_revalidate", True), ("cache_control", True), ("match_headers", True),
    ("ignored_parameters", ["page"]), ("filter_fn", bool), ("key_fn", str),
    ("urls_expire_after", {"*": 1}), ("allowable_codes", (200, 404)), ("expire_after", 60),
    ("allowable_methods", ("GET", "POST")), ("content_root_key", "data"),
]  # fmt: skip


def test_settings_that_mean_nothing_here_are_refused(sandbox, connect, subtests) -> None:
    for name, value in NO_SETTINGS:
        with subtests.test(name=name, value=value):
            session = connect()
            setattr(session.settings, name, value)
            with pytest.raises(InvalidArgument, match=f"settings.{name} must be"):
                session.get(PATH)
            with pytest.raises(InvalidArgument, match=f"settings.{name} must be"):
                imd.Pull("gallery").plan(session)
            assert not sandbox.requests


ODD_OPTIONS = [
    {"timeout": "abc"}, {"timeout": -1}, {"timeout": 0}, {"timeout": (1,)},
    {"timeout": (1, "x")},
    {"timeout": float("nan")}, {"timeout": 1e300}, {"timeout": True}, {"timeout": [1, 2]},
    {"expire_after": 60}, {"expire_after": "soon"}, {"headers": {"a": 5}},
    {"headers": {"a": "b\nc"}}, {"headers": 5}, {"headers": {"Cache-Control": "max-age=60"}},
    {"cookies": 5}, {"auth": 5}, {"hooks": 5}, {"hooks": {"nothing": print}}, {"files": 5},
]  # fmt: skip


def test_odd_arguments_are_refused(sandbox: Sandbox, connect, subtests: pytest.Subtests) -> None:
    for odd in ODD_OPTIONS:
        with subtests.test(odd=odd):
            with pytest.raises(InvalidArgument):
                connect().get(PATH, **odd)
            assert not sandbox.requests


def test_odd_methods_and_requests_are_refused(sandbox: Sandbox, connect) -> None:
    session = connect()
    for method in ("G T", "", 5, None):
        with pytest.raises(InvalidArgument, match="method must be the name of an HTTP method"):
            session.request(method, PATH)
    with pytest.raises(InvalidArgument, match="request must be a prepared request"):
        session.send(requests.Request("GET", sandbox.url + PATH))
    assert not sandbox.requests


def test_time_outs_are_taken_as_requests_takes_them(sandbox: Sandbox, connect) -> None:
    session = connect()
    for timeout in (None, 5, (3, 5), urllib3.Timeout(5)):
        assert session.get(PATH, timeout=timeout, force_refresh=True).status_code == 200


def test_redirects_are_followed_for_reading_and_not_for_ever(peer, connect) -> None:
    session = connect(client_id="abcdefgh", base_url=peer.url)
    peer.answers["/3/a"] = (302, {"Location": "/3/b"}, b"")
    peer.answers["/3/b"] = (302, {"Location": "/3/a"}, b"")
    with pytest.raises(BadResponse, match=r"redirect without end \(1 step followed\)"):
        session.get("/3/a")
    with pytest.raises(BadResponse, match="The POST of /3/a was redirected: it is not repeated"):
        session.post("/3/a")
    other = connect(client_id="abcdefgh", base_url="http://127.0.0.1:9")
    with pytest.raises(BadResponse, match="The answer is a redirect without end"):
        other.get(f"{peer.url}/3/a")
    del peer.seen[3:]
    assert [seen[:2] for seen in peer.seen] == [("GET", "/3/a"), ("GET", "/3/b"), ("POST", "/3/a")]


def test_a_transport_that_was_mounted_is_used(peer, connect) -> None:
    session = connect(client_id="abcdefgh", base_url=peer.url)
    mine = requests.adapters.HTTPAdapter()
    session.mount(f"{peer.url}/3/mine", mine)
    assert session.get_adapter(f"{peer.url}/3/mine/a") is mine
    assert session.get_adapter(f"{peer.url}/3/a") is not mine


def test_a_session_shows_its_public_names_and_does_not_pickle(connect, sandbox: Sandbox) -> None:
    session = connect()
    assert {"get", "fetch", "credits", "close"} <= set(dir(session))
    assert not [name for name in dir(session) if name.startswith("_")]
    with pytest.raises(ImgurDataError, match=r"connect\(\) in the worker"):
        pickle.dumps(session)


def test_fetch_refuses_what_is_nested_too_deep(peer, connect) -> None:
    deep = b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b',"success":true,"status":200}'
    peer.answers[PATH] = (200, {}, deep)
    with pytest.raises(BadResponse, match="nested too deep"):
        connect(client_id="abcdefgh", base_url=peer.url).fetch(PATH)


def test_odd_addresses_are_errors_of_ours(connect, subtests) -> None:
    for url in [None, 5, [], "http://[::1", "http://[", "\x00", "http://"]:
        with subtests.test(url=url), pytest.raises(ImgurDataError):
            connect().get(url)


@pytest.mark.parametrize(
    "odd", [{"verify": "/no/such.pem"}, {"cert": "/no/such.pem"}, {"verify": 5}]
)
def test_certificates_that_are_not_there(connect, odd, no_waiting) -> None:
    session = connect(client_id="abcdefgh", base_url="https://127.0.0.1:9")
    with pytest.raises(ConnectionFailed):
        session.get(PATH, **odd)
    assert session.credits.history().empty


ENVIRONMENTS = [
    ("REQUESTS_CA_BUNDLE", "/no/such.pem"), ("CURL_CA_BUNDLE", "/no/such.pem"),
    ("HTTPS_PROXY", "http://[::1"), ("HTTPS_PROXY", "foo bar"), ("HTTPS_PROXY", "http://a:abc"),
    ("HTTPS_PROXY", "socks5://127.0.0.1:9"), ("ALL_PROXY", "odd://x"), ("HTTPS_PROXY", "http://"),
    ("HTTPS_PROXY", "http://127.0.0.1:9"), ("HTTPS_PROXY", "http://\udcff"),
]  # fmt: skip


def test_an_odd_environment_is_an_error_of_ours(connect, monkeypatch, no_waiting, subtests) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: (_ for _ in ()).throw(OSError("no")))
    for name, value in ENVIRONMENTS:
        with subtests.test(name=name, value=value), monkeypatch.context() as patch:
            patch.setenv(name, value)
            session = connect(client_id="abcdefgh", base_url="https://imgur.example")
            with pytest.raises(ConnectionFailed, match="No answer for /3/gallery") as caught:
                session.get(PATH)
            assert caught.value.__context__ is None
            assert session.credits.history().empty


def test_an_odd_list_of_hosts_without_proxy(peer, connect, monkeypatch, subtests) -> None:
    peer.says(PATH, [])
    for value in ["[", "1.2.3.4/99", ",,,", "*.x", "\udcff", "::1/x"]:
        with subtests.test(value=value):
            monkeypatch.setenv("NO_PROXY", value)
            session = connect(client_id="abcdefgh", base_url=peer.url, cache="memory")
            assert session.fetch(PATH) == []


def test_bytes_that_are_no_text_are_replaced(peer, connect) -> None:
    peer.answers[PATH] = (200, {}, b'{"data":["a\xff\xc3b"],"success":true,"status":200}')
    session = connect(client_id="abcdefgh", base_url=peer.url)
    for _ in range(2):
        assert session.fetch(PATH) == ["a\ufffd\ufffdb"]


def test_hooks_run_once_where_they_were_given_and_hold_nothing(sandbox: Sandbox, connect) -> None:
    session = connect()
    seen: list[tuple[int, bool]] = []
    for _ in range(2):
        session.get(
            PATH, hooks={"response": lambda r, **_: seen.append((r.status_code, r.from_cache))}
        )
    assert seen == [(200, False), (200, True)]

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        session.get("/3/gallery/top/viral/day/0", hooks={"response": fail})
    assert session.get("/3/gallery/top/viral/day/0").from_cache
    with session.credits.budget(1):
        session.get("/3/gallery/user/viral/day/0")


def everything(error: BaseException) -> str:
    """What verbose tracebacks can show: variables of all frames of an error and its causes."""
    parts: list[str] = []
    seen: set[int] = set()

    def look(value: object, depth: int) -> None:
        if id(value) in seen or depth > 3:
            return
        seen.add(id(value))
        parts.append(repr(value)[:5000])
        if isinstance(value, (requests.PreparedRequest, requests.Response)):
            look(dict(vars(value)), depth + 1)
        elif isinstance(value, dict) or hasattr(value, "items"):
            for one in list(value.values())[:200]:
                look(one, depth + 1)
        elif isinstance(value, (list, tuple)):
            for one in value[:200]:
                look(one, depth + 1)

    chain: list[BaseException | None] = [error]
    while chain:
        one = chain.pop()
        if one is None or id(one) in seen:
            continue
        look(vars(one), 0)
        parts.append(repr(one))
        for frame, _ in traceback.walk_tb(one.__traceback__):
            if (
                "/imgurdata/" in frame.f_code.co_filename
                or "site-packages" in frame.f_code.co_filename
            ):
                look(
                    {
                        k: v
                        for k, v in frame.f_locals.items()
                        if not isinstance(v, types.ModuleType)
                    },
                    0,
                )
        chain += [one.__context__, one.__cause__]
    return "\n".join(parts)


def written(secret: str) -> list[str]:
    """The ways in which a server may repeat a secret."""
    percent = "".join(f"%{ord(letter):02X}" for letter in secret)
    json = "".join(f"\\u{ord(letter):04x}" for letter in secret)
    return [secret, requests.utils.quote(secret, safe=""), percent, percent.lower(), json,
            percent.replace("%", "%25"), secret.replace("/", "\\/")]  # fmt: skip


REPEATED = {
    "error": (400, b'{"data":{"error":"no %s","request":"/%s"},"success":false}'),
    "message": (403, b'{"message":"no key %s %s"}'),
    "page": (503, b"<html><title>%s</title>%s</html>"),
    "body": (200, b"what is %s %s"),
    "header": (302, b"%s%s"),
    "cut": (400, b'{"data":{"error":"' + b"x" * 286 + b'%s %s"},"success":false}'),
}


def test_what_a_server_repeats_is_not_shown(peer, connect, caplog, no_waiting, subtests) -> None:
    caplog.set_level(logging.DEBUG)
    for secret, how in product(
        [TOKEN, KEY, CLIENT_ID, CLIENT_SECRET],
        REPEATED,
    ):
        caplog.clear()
        with subtests.test(secret=secret, how=how):
            session = connect(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, token=TOKEN,
                              gateway_key=KEY, base_url=peer.url)  # fmt: skip
            assert secret not in repr(session)
            for text in written(secret):
                status, body = REPEATED[how]
                location = {"Location": f"http://{text}/?access_token={text}"}
                headers = location if how == "header" else {}
                peer.answers[PATH] = (status, headers, body % (text.encode(), text.encode()))
                with pytest.raises(ImgurDataError) as caught:
                    session.get(PATH, headers={"X-Nothing": "x"})
                shown = everything(caught.value).replace("\\\\", "\\") + caplog.text
                assert text not in shown
                assert secret[:12] not in shown
            assert "Authorization" not in everything(caught.value)


@pytest.mark.parametrize("fault", ["reset", "truncated", 401, 403, 429, 500, "html"])
def test_no_frame_of_an_error_holds_signed_headers(sandbox: Sandbox, connect, fault) -> None:
    token = sandbox.issue_token(sandbox.account)
    session = connect(token=token)
    sandbox.fail(fault, times=5)
    with pytest.raises(ImgurDataError) as caught:
        session.get("/3/account/me")
    text = everything(caught.value)
    assert token not in text
    assert "Authorization" not in text
    assert caught.value.__context__ is None


def test_urllib3_logs_no_delete_hash_of_ours(peer, connect, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    session = connect(client_id=CLIENT_ID, token=TOKEN, base_url=peer.url)
    for path in (f"/3/image/{HASH}", f"/3/account/me/image/{HASH}", f"/3/album/{HASH}/images"):
        with pytest.raises(ApiError):
            session.delete(path)
    assert any(record.name.startswith("urllib3") for record in caplog.records)
    assert HASH not in caplog.text


def test_a_sunset_header_cannot_steer_a_terminal(peer, connect, caplog) -> None:
    peer.says(PATH, [], Sunset="soon\x1b]0;owned\x07" + "x" * 5000)
    connect(client_id=CLIENT_ID, base_url=peer.url).get(PATH)
    assert "goes away on" in caplog.text
    assert "\x1b" not in caplog.text
    assert len(caplog.text) < 1000


NASTY = {
    "title": lambda n: b"<html><title>" + b" " * n,
    "titles": lambda n: b"<html>" + b"<title>" * n,
    "spaces": lambda n: b" " * n + b"x",
    "jsonp": lambda n: b"a()" + b" " * n + b"x",
    "jsonp name": lambda n: b"a" * n,
    "jsonp spaces": lambda n: b"a" + b" " * n + b"(",
    "brackets": lambda n: b"a(" + b")" * n + b"x",
    "mail": lambda n: b'{"errors":[{"detail":"' + b"a." * n + b'"}]}',
    "token": lambda n: b'{"errors":[{"detail":"' + b"token " * n + b'"}]}',
    "at": lambda n: b'{"data":{"error":"' + b"a@" * n + b'"},"success":false}',
    "password": lambda n: b'{"errors":[{"detail":"password' + b" " * n + b'"}]}',
    "doctype": lambda n: b"<!doctype" + b" " * n,
    "xml": lambda n: b"<?xml" + b"?" * n,
    "xml spaces": lambda n: b"<?xml ?>" + b" " * n + b"<dat",
    "nested": lambda n: b"[" * n,
    "digits": lambda n: b'{"data":1,"status":' + b"9" * n + b"}",
    "errors": lambda n: b'{"errors":[' + b"1," * n + b"1]}",
}


@pytest.mark.timeout(60)
def test_hostile_texts_are_read_in_linear_time(subtests: pytest.Subtests) -> None:
    from imgurdata.model.envelope import error_in, error_of

    # Quadratic time would take hours for this, cubic time for ever.
    for name, make in NASTY.items():
        with subtests.test(name=name):
            content = make(1_000_000)
            for error in (error_in(content), error_of(400, content, request="/" + "x" * 100_000)):
                assert error is None or len(str(error)) < 1500
                assert len(getattr(error, "body", "")) <= 300


ODD_STATUSES = ["\u00b2", "\u0664", "9" * 5000, "-1", "4e2", None, [], {}, True, 1e300]


def test_statuses_that_are_no_numbers(peer, connect, subtests) -> None:
    for odd in ODD_STATUSES:
        with subtests.test(odd=odd):
            session = connect(client_id=CLIENT_ID, base_url=peer.url)
            for payload in (
                {"data": {"error": {"code": odd, "message": "x"}}, "success": False, "status": odd},
                {"errors": [{"code": odd, "status": odd, "detail": "x"}]},
            ):
                peer.answers[PATH] = (400, {}, json.dumps(payload).encode())
                with pytest.raises(ApiError) as caught:
                    session.get(PATH)
                assert caught.value.status == 400
            status = str(odd).replace('"', "")[:50]
            xml = f'<data success="0" status="{status}"><error>x</error></data>'.encode()
            peer.answers[PATH] = (400, {}, xml)
            with pytest.raises((ApiError, BadResponse)):
                session.get(PATH)
