"""The way to Imgur: whose credentials go where, proxies, redirects, ~/.netrc."""

from __future__ import annotations

import pytest
import requests
from requests.adapters import HTTPAdapter

import imgurdata as imd
from imgurdata.errors import (
    BadResponse,
    ConnectionFailed,
    CreditsExhausted,
    InvalidArgument,
    InvalidClient,
    RateLimited,
)
from imgurdata.sandbox import Sandbox

SIGNED = ("authorization", "x-rapidapi-key", "x-rapidapi-host", "x-mashape-key")


@pytest.fixture
def signed(peer, connect) -> imd.ImgurSession:
    return connect(token="t" * 40, gateway_key="k" * 40, base_url=peer.url)


@pytest.mark.decision("netrc-ignored")
def test_netrc_is_ignored(peer, other, connect, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\ndefault login a password b\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    assert requests.utils.get_netrc_auth(peer.url) == ("somebody", "else")
    peer.says("/3/account/me", {})
    session = connect(token="t" * 40, base_url=peer.url)
    session.get("/3/account/me")
    assert peer.seen[0][2]["authorization"] == "Bearer " + "t" * 40
    # Nor does it sign what we leave unsigned.
    other.says("/page", {})
    session.get(other.url + "/page")
    assert "authorization" not in other.seen[0][2]


@pytest.mark.decision("credentials-only-to-our-host")
def test_redirect_to_another_host_is_not_followed(
    subtests: pytest.Subtests, peer, other, signed
) -> None:
    for status in [301, 302, 303, 307, 308]:
        with subtests.test(status=status):
            peer.seen.clear()
            before = len(signed.credits.history())
            secret = other.url + "/elsewhere?access_token=" + "5" * 40
            peer.answers["/3/image/abcdefg"] = (status, {"Location": secret}, b"")
            with pytest.raises(BadResponse, match="another host") as caught:
                signed.get("/3/image/abcdefg")
            assert "5555" not in str(caught.value)
            assert len(peer.seen) == 1
            assert not other.seen
            assert len(signed.cache.responses) == 0
            assert signed.credits.history()["status"].tolist()[before:] == [status]
            # Who does not want it followed may look at it.
            answer = signed.get("/3/image/abcdefg", allow_redirects=False)
            assert answer.status_code == status
            assert answer.headers["Location"] == other.url + "/elsewhere"


def test_invalid_redirect_is_bad_response(subtests: pytest.Subtests, peer, signed) -> None:
    for where in [
        None,
        "",
        " ",
        "ftp://127.0.0.1/x",
        "http://127.0.0.1:99999/x",
        "http://[::1/x",
        "http://",
        "//user:pw@127.0.0.1/x",
        "mailto:a@b.c",
        "/a b",
        "/a\x01b",
        "/\xff\xfe",
        "http://127.0.0.1:x/",
        "/" + "a" * 5000,
        "javascript:alert(1)",
        "/3/image/abcdefg",
        "http://\xe9.example/",
    ]:
        with subtests.test(where=where):
            peer.seen.clear()
            headers = {} if where is None else {"Location": where}
            peer.answers["/3/image/abcdefg"] = (302, headers, b"")
            with pytest.raises(BadResponse, match=r"redirect|another host"):
                signed.get("/3/image/abcdefg")
            assert len(peer.seen) == 1


def test_three_redirects_are_followed_and_a_fourth_is_not(peer, signed) -> None:
    for number in range(5):
        peer.answers[f"/3/image/{number}"] = (302, {"Location": f"/3/image/{number + 1}"}, b"")
    peer.says("/3/image/5", {"id": "abcdefg"})
    answer = signed.get("/3/image/2")
    assert answer.json()["data"] == {"id": "abcdefg"}
    assert len(answer.history) == 3
    peer.seen.clear()
    with pytest.raises(BadResponse, match=r"without end \(3 steps followed\)"):
        signed.get("/3/image/1")
    assert len(peer.seen) == 4
    with pytest.raises(BadResponse, match="POST"):
        signed.post("/3/image/1")


def test_redirect_from_another_host_has_no_credentials(peer, other, signed) -> None:
    other.answers["/go"] = (302, {"Location": peer.url + "/3/image/abcdefg"}, b"")
    peer.says("/3/image/abcdefg", {"id": "abcdefg"})
    assert signed.get(other.url + "/go").json()["data"] == {"id": "abcdefg"}
    assert not set(SIGNED) & peer.seen[0][2].keys()
    assert signed.credits.history().empty
    assert len(signed.cache.responses) == 0


def test_open_responses_of_another_host_block_nothing(other, connect, peer) -> None:
    session = connect(client_id="abc", base_url=peer.url, workers=1)
    other.says("/page", {})
    left_open = [session.get(other.url + "/page", stream=True) for _ in range(3)]
    assert [response.json()["data"] for response in left_open] == [{}] * 3


def test_errors_of_other_hosts_are_ours(subtests: pytest.Subtests, connect, peer) -> None:
    session = connect(client_id="abc", base_url=peer.url)
    for where in ["http://127.0.0.1:9/x", "http://127.0.0.1:x/", "http://[::1", "gopher://a/b"]:
        with subtests.test(where=where):
            with pytest.raises((ConnectionFailed, InvalidArgument)) as caught:
                session.get(where)
            assert caught.value.__context__ is None


@pytest.mark.decision("credentials-only-to-our-host")
def test_redirect_within_origin_is_signed_and_cached(peer, signed) -> None:
    peer.answers["/3/image/abcdefg"] = (302, {"Location": "/3/image/hijklmn"}, b"")
    peer.says("/3/image/hijklmn", {"id": "hijklmn"}, ETag='"x"')
    assert signed.fetch("/3/image/abcdefg") == {"id": "hijklmn"}
    assert all("authorization" in headers for *_, headers in peer.seen)
    assert signed.get("/3/image/hijklmn").from_cache
    assert len(signed.cache.responses) == 1
    unfollowed = signed.get("/3/image/abcdefg", allow_redirects=False)
    assert unfollowed.status_code == 302


@pytest.mark.decision("credentials-only-to-our-host")
def test_cached_response_survives_redirect(peer, connect) -> None:
    session = connect(client_id="abc", base_url=peer.url, max_age=0)
    peer.says("/3/image/abcdefg", {"views": 1}, ETag='"x"')
    session.get("/3/image/abcdefg")
    peer.answers["/removed.png"] = (200, {"Content-Type": "image/png"}, b"\x89PNG")
    peer.answers["/3/image/abcdefg"] = (302, {"Location": "/removed.png"}, b"")
    with pytest.raises(BadResponse):
        session.fetch("/3/image/abcdefg")
    assert "if-none-match" not in peer.seen[-1][2]
    peer.answers["/3/image/abcdefg"] = (304, {"ETag": '"x"'}, b"")
    assert session.fetch("/3/image/abcdefg") == {"views": 1}


@pytest.mark.decision("credentials-only-to-our-host")
def test_another_host_gets_no_credentials_and_no_cache(other, signed) -> None:
    other.says("/page", {}, ETag='"x"', Set_Cookie="a=b")
    for _ in range(2):
        assert signed.get(other.url + "/page").from_cache is False
    for *_, headers in other.seen:
        assert not set(SIGNED) & headers.keys()
    assert len(signed.cache.responses) == 0
    assert signed.credits.history().empty


@pytest.mark.decision("credentials-only-to-our-host")
def test_our_host_without_tls_gets_no_credentials(connect, monkeypatch) -> None:
    sent: list[requests.PreparedRequest] = []

    def send(self: HTTPAdapter, request: requests.PreparedRequest, **_: object) -> None:
        sent.append(request)
        raise requests.ConnectionError

    monkeypatch.setattr(HTTPAdapter, "send", send)
    session = connect(token="t" * 40, base_url="https://api.imgur.com")
    with pytest.raises(ConnectionFailed):
        session.get("http://api.imgur.com/3/account/me")
    assert "Authorization" not in sent[0].headers


class Sent(BaseException):
    """The request got as far as the wire."""


@pytest.fixture
def proxies_used(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    used: list[dict[str, str]] = []

    def send(self: HTTPAdapter, request: object, **options: object) -> None:
        used.append(dict(options["proxies"]))
        raise Sent

    monkeypatch.setattr(HTTPAdapter, "send", send)
    return used


@pytest.mark.decision("proxies-honoured-not-for-loopback")
def test_proxy_is_used_except_for_loopback(
    sandbox: Sandbox, peer, other, connect, monkeypatch, no_waiting
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", peer.url)
    monkeypatch.setenv("HTTP_PROXY", peer.url)
    peer.answers["api.imgur.com:443"] = (403, {}, b"")
    session = connect(client_id="abc", base_url="https://api.imgur.com")
    with pytest.raises(ConnectionFailed, match="proxy"):
        session.get("/3/gallery/hot")
    assert {(method, path) for method, path, _ in peer.seen} == {("CONNECT", "api.imgur.com:443")}
    assert not any("authorization" in headers for *_, headers in peer.seen)
    assert len(no_waiting) == 2
    other.answers["api.imgur.com:443"] = (403, {}, b"")
    with pytest.raises(ConnectionFailed, match="proxy"):
        session.get("/3/gallery/hot", proxies={"https": other.url})
    assert {(method, path) for method, path, _ in other.seen} == {("CONNECT", "api.imgur.com:443")}
    other.seen.clear()
    # Plain http goes to the proxy with its whole address.
    peer.answers["http://pictures.example/a.png"] = (200, {}, b"PNG")
    assert session.get("http://pictures.example/a.png").content == b"PNG"
    # What is on this machine does not go there.
    before = len(peer.seen)
    connect().get("/3/gallery/hot")
    other.says("/x", {})
    session.get(other.url + "/x")
    assert len(sandbox.requests) == len(other.seen) == 1
    assert len(peer.seen) == before


@pytest.mark.decision("proxies-honoured-not-for-loopback")
def test_no_proxy_is_honoured(
    subtests: pytest.Subtests, connect, monkeypatch, proxies_used
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    for no_proxy, proxied in [
        ("", True),
        ("example.org", True),
        ("imgur.com", False),
        ("*", False),
    ]:
        with subtests.test(no_proxy=no_proxy, proxied=proxied):
            proxies_used.clear()
            monkeypatch.setenv("NO_PROXY", no_proxy)
            session = connect(client_id="abc", base_url="https://api.imgur.com")
            with pytest.raises(Sent):
                session.get("/3/gallery/hot")
            assert ("https" in proxies_used[0]) is proxied


@pytest.mark.decision("proxies-honoured-not-for-loopback")
def test_proxies_of_session_are_used(connect, monkeypatch, proxies_used) -> None:
    session = connect(client_id="abc", base_url="https://api.imgur.com")
    session.proxies = {"https": "http://mine.example:1"}
    with pytest.raises(Sent):
        session.get("/3/gallery/hot")
    assert proxies_used == [{"https": "http://mine.example:1"}]


def test_ca_bundle_of_environment_is_used(connect, monkeypatch, tmp_path) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    assert connect(base_url="https://api.imgur.com", client_id="abc").verify is True
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "bundle.pem"))
    session = connect(base_url="https://api.imgur.com", client_id="abc")
    assert session.verify == str(tmp_path / "bundle.pem")


def test_connect_refuses_unsafe_base_url(subtests: pytest.Subtests, connect) -> None:
    for url in [
        "http://api.imgur.com",
        "http://localhost.example.org",
        "http://127.0.0.1.example.org",
        "ftp://127.0.0.1",
        "https://",
        "127.0.0.1:80",
        "",
        None,
        3,
        "http://[",
        "http://127.0.0.1:x",
        "https://api.imgur.com/v2",
        "https://api.imgur.com?a=b",
        "https://me:pw@api.imgur.com",
        "http://127.0.0.1@evil.example",
        "https://api.imgur.com#x",
    ]:
        with subtests.test(url=url):
            with pytest.raises(InvalidArgument, match="base_url") as caught:
                connect(client_id="abc", base_url=url)
            assert "pw" not in str(caught.value)


def test_connect_normalizes_base_url(subtests: pytest.Subtests, connect) -> None:
    for url, means in [
        ("https://api.imgur.com/", "https://api.imgur.com"),
        ("HTTPS://API.Imgur.com", "https://api.imgur.com"),
        ("https://imgur.example:8443", "https://imgur.example:8443"),
        ("http://localhost:80/", "http://localhost:80"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://127.0.0.1", "http://127.0.0.1"),
    ]:
        with subtests.test(url=url, means=means):
            assert connect(client_id="abc", base_url=url).base_url == means


def test_base_url_in_capitals_is_our_origin(sandbox: Sandbox, connect) -> None:
    session = connect(client_id=sandbox.client_id, base_url=sandbox.url.upper())
    assert session.get("/3/gallery/hot").status_code == 200
    assert session.get(sandbox.url + "/3/gallery/hot").from_cache


def test_tokens_of_environment_are_sent_to_imgur_only(
    subtests: pytest.Subtests, sandbox: Sandbox, connect, monkeypatch
) -> None:
    for url in ["https://api.imgur.com", "HTTPS://api.imgur.com/"]:
        with subtests.test(url=url):
            monkeypatch.setenv("IMGUR_ACCESS_TOKEN", "t" * 40)
            monkeypatch.setenv("IMGUR_CLIENT_ID", "abc")
            assert connect(base_url=url).identity.kind == "account"
            assert connect().identity.kind == "client"
            assert connect(base_url="https://imgur.example").identity.kind == "client"


def test_gateway_key_header_follows_the_host(peer, signed, connect) -> None:
    peer.says("/3/account/me", {})
    signed.get("/3/account/me")
    headers = peer.seen[0][2]
    assert headers["x-rapidapi-key"] == headers["x-mashape-key"] == "k" * 40
    sent = {}
    for url, host in [
        ("https://api.imgur.com", "imgur-apiv3.p.rapidapi.com"),
        ("https://imgur-apiv3.p.rapidapi.com", "imgur-apiv3.p.rapidapi.com"),
        ("https://imgur-apiv3.p.mashape.com/", "imgur-apiv3.p.mashape.com"),
    ]:
        session = connect(client_id="abc", gateway_key="k" * 40, base_url=url)
        assert session.base_url == f"https://{host}"
        # A sign-in goes to Imgur itself.
        assert session.credentials.auth_url == "https://api.imgur.com"
        sent[host] = headers = {}
        session._auth.current.authenticator.sign(headers)
        assert headers["Authorization"] == "Client-ID abc"
        assert headers["X-Mashape-Key"] == "k" * 40
    assert "X-RapidAPI-Key" not in sent["imgur-apiv3.p.mashape.com"]
    assert sent["imgur-apiv3.p.rapidapi.com"]["X-RapidAPI-Key"] == "k" * 40
    host = "imgur-apiv3.p.rapidapi.com"
    assert sent[host]["X-RapidAPI-Host"] == host
    with pytest.raises(InvalidArgument, match="gateway_key must be given"):
        connect(client_id="abc", base_url="https://imgur-apiv3.p.mashape.com/")


def test_gateway_takes_tokens_of_the_environment(connect, monkeypatch) -> None:
    monkeypatch.setenv("IMGUR_ACCESS_TOKEN", "t" * 40)
    for url in ("https://api.imgur.com", "https://imgur-apiv3.p.mashape.com/"):
        session = connect(client_id="abc", gateway_key="k" * 40, base_url=url)
        assert session.identity.kind == "account"


@pytest.mark.decision("gateway-plan")
def test_gateway_plan_is_in_the_ledger(peer, connect) -> None:
    def plan(left: int) -> dict[str, str]:
        return {"X_RateLimit_Requests_Limit": "1000", "X_RateLimit_Requests_Remaining": str(left),
                "X_RateLimit_Requests_Reset": str(20 * 86_400)}  # fmt: skip

    session = connect(client_id="abc", gateway_key="k" * 40, base_url=peer.url)
    peer.says("/3/account/somebody", {"id": 1, "url": "somebody"}, **plan(7))
    peer.says("/3/image", {"id": "abcdefg"}, **plan(0))
    imd.load_account("somebody", session=session)
    assert session.credits.remaining("requests") == 7
    assert session.credits.remaining("user") is None
    row = session.credits.history().iloc[-1]
    assert (row["requests_limit"], row["requests_remaining"]) == (1000, 7)
    ahead = row["requests_reset_at"] - row["time"]
    assert abs(ahead.total_seconds() - 20 * 86_400) < 5
    assert "7 of 1000 requests left of the gateway's plan" in repr(session.credits)
    # There is no hour of POSTs, and a pull that the plan cannot pay is refused as a whole.
    names = [f"somebody{number}" for number in range(8)]
    with pytest.raises(CreditsExhausted, match="7 are left of the gateway's plan") as caught:
        imd.load_account(names, session=session)
    assert caught.value.limit == "requests"
    assert len(peer.seen) == 1
    # Nothing is sent any more once the plan is used up.
    session.post("/3/image")
    assert session.credits.remaining("requests") == 0
    assert session.credits.remaining("post") is None
    with pytest.raises(CreditsExhausted, match="requests of the gateway's plan are used up"):
        session.get("/3/account/other")
    assert len(peer.seen) == 2


def test_gateway_refusals_are_told_apart(peer, connect) -> None:
    session = connect(client_id="abc", gateway_key="k" * 40, base_url=peer.url)
    used_up = {"X-RateLimit-Requests-Limit": "9", "X-RateLimit-Requests-Remaining": "0"}
    quota = b'{"message":"You have exceeded the MONTHLY quota for Requests on your plan."}'
    for status, headers, body, error in [
        (401, {}, b'{"message":"Missing Mashape application key."}', InvalidClient),
        (403, {}, b'{"message":"You are not subscribed to this API."}', InvalidClient),
        (429, {}, quota, RateLimited),
        (429, used_up, quota, CreditsExhausted),
    ]:
        peer.answers["/3/account/somebody"] = (status, headers, body)
        with pytest.raises(error) as caught:
            session.get("/3/account/somebody")
        if error is CreditsExhausted:
            assert caught.value.limit == "requests"


def test_gateway_of_a_sandbox_is_like_the_real_one(connect) -> None:
    with Sandbox(gateway=True, limits={"requests": 3}) as gateway:
        session = connect(sandbox=gateway, cache="memory")
        assert len(imd.load_gallery(session=session)) == 60
        row = session.credits.history().iloc[-1]
        assert (row["requests_limit"], row["requests_remaining"]) == (3, 2)
        assert session.credits.history()[["user_limit", "post_limit"]].isna().all(axis=None)
        plan = imd.Pull("gallery", section="top").plan(session)
        assert (plan.limit, plan.credits_left) == ("requests", 2)
        assert "left of the plan      2, filled up at 2026-03-31 18:00 UTC" in str(plan)
        assert "resets 2026-03-31 18:00 UTC" in repr(session.credits)
        with pytest.raises(CreditsExhausted, match="2 are left of the gateway's plan") as caught:
            imd.load_gallery("top", pages=3, session=session)
        assert caught.value.limit == "requests"
        with pytest.raises(InvalidClient):
            imd.load_tags(session=connect(sandbox=gateway, gateway_key="k" * 50, cache="memory"))
        # Signing in goes the same way.
        token = gateway.issue_token(gateway.account)
        assert session.sign_in(token) == gateway.account
