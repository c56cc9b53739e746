"""Bytes: PHP-like JSON, XML, JSONP, ETags, gzip, and the headers of every answer."""

from __future__ import annotations

import hashlib
import json
import re
import xml.etree.ElementTree as ET

from imgurdata.sandbox.wire import envelope, to_json, to_xml

HOT = "/3/gallery/hot/viral/day/0"
PLAIN = {"Accept-Encoding": "identity"}


def raw(answer):
    """The body as it came over the wire, not decompressed."""
    return answer.raw.read(decode_content=False)


def test_json_is_written_as_by_php(api):
    body = api(HOT, headers=PLAIN).content
    assert body.startswith(b'{"data":[{"id":"')
    assert body.endswith(b'}],"success":true,"status":200}')
    assert body.isascii()
    assert b"http:\\/\\/127.0.0.1" in body
    assert b"://" not in body
    assert re.search(rb"\\u[0-9a-f]{4}", body)
    assert body == to_json(json.loads(body))


def test_json_escapes_as_php_does(subtests):
    for value, expected in [
        ("a/b", rb'"a\/b"'),
        ("\u00e9\U0001f600", rb'"\u00e9\ud83d\ude00"'),
        ("<&'\">", rb'"<&' + rb"'" + rb'\">"'),
        ({"a": [], "b": {}, "c": None, "d": True}, b'{"a":[],"b":{},"c":null,"d":true}'),
        ("\n\t\u2028", rb'"\n\t\u2028"'),
    ]:
        with subtests.test(value=value, expected=expected):
            assert to_json(value) == expected


def test_etag_is_the_sha1_of_the_uncompressed_body(api):
    plain = api(HOT, headers=PLAIN)
    digest = hashlib.sha1(plain.content).hexdigest()
    assert plain.headers["ETag"] == f'"{digest}"'
    assert "Content-Encoding" not in plain.headers
    packed = api(HOT, headers={"Accept-Encoding": "gzip"}, stream=True)
    assert packed.headers["ETag"] == f'W/"{digest}"'
    assert packed.headers["Content-Encoding"] == "gzip"
    data = raw(packed)
    assert len(data) == int(packed.headers["Content-Length"]) < len(plain.content)
    assert data[4:8] == b"\0\0\0\0"
    small = api("/3/credits", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in small.headers
    assert small.headers["ETag"].startswith('"')
    assert "Content-Encoding" not in api(HOT, headers={"Accept-Encoding": "gzip;q=0"}).headers


def test_if_none_match_is_answered_304(subtests, api):
    for form in ["{}", "W/{}", '"zzz", W/{}', "*"]:
        with subtests.test(form=form):
            strong = api(HOT, headers=PLAIN).headers["ETag"]
            answer = api(HOT, headers={"If-None-Match": form.format(strong)})
            assert answer.status_code == 304
            assert answer.content == b""
            assert "Content-Length" not in answer.headers
            assert "Content-Type" not in answer.headers
            assert strong.strip('"') in answer.headers["ETag"]
            assert "x-ratelimit-userremaining" in answer.headers
            assert api(HOT, headers={"If-None-Match": '"other"'}).status_code == 200


def test_etag_changes_with_the_clock(sandbox, client):
    etag = client(HOT).headers["ETag"]
    assert client(HOT, headers={"If-None-Match": etag}).status_code == 304
    sandbox.advance("1h")
    assert client(HOT, headers={"If-None-Match": etag}).status_code == 200


def test_errors_have_etags_but_are_never_304(api):
    missing = api("/3/image/nosuch")
    assert missing.headers["ETag"] == f'"{hashlib.sha1(missing.content).hexdigest()}"'
    again = api("/3/image/nosuch", headers={"If-None-Match": missing.headers["ETag"]})
    assert again.status_code == 404


def test_every_answer_has_the_api_headers(api):
    for path in (HOT, "/3/image/nosuch"):
        answer = api(path)
        headers = answer.headers
        assert headers["Date"] == "Sun, 01 Mar 2026 18:00:00 GMT"
        assert headers["Server"] == "cat factory 1.0"
        assert headers["Cache-Control"] == (
            "no-store, no-cache, must-revalidate, post-check=0, pre-check=0"
        )
        assert headers["Vary"] == "Accept-Encoding"
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert "X-RateLimit-UserRemaining" in headers["Access-Control-Expose-Headers"]
        assert headers["Content-Type"] == "application/json"
        names = [name.lower() for name in answer.raw.headers]
        assert len(names) == len(set(names)), "a header came twice"


def test_every_answer_sets_another_cookie(api):
    cookies = {api("/3/credits").cookies["IMGURSESSION"] for _ in range(3)}
    assert len(cookies) == 3


def test_date_follows_the_sandboxs_clock(sandbox, client):
    sandbox.advance("1 day 1h")
    assert client("/3/credits").headers["Date"] == "Mon, 02 Mar 2026 19:00:00 GMT"


def tree(element):
    """An XML element as JSON would say it, all scalars as text."""
    children = list(element)
    if not children:
        return element.text or ""
    if all(child.tag == "item" for child in children):
        return [tree(child) for child in children]
    return {child.tag: tree(child) for child in children}


def flat(value):
    """JSON as XML can say it."""
    if isinstance(value, dict):
        return {key: flat(inner) for key, inner in value.items()} or ""
    if isinstance(value, list):
        return [flat(inner) for inner in value] or ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def test_xml_says_the_same_as_json(subtests, api):
    for path in ["/3/gallery/hot/viral/day/0.xml", HOT + "?_format=xml"]:
        with subtests.test(path=path):
            answer = api(path)
            assert answer.headers["Content-Type"].startswith("text/xml")
            root = ET.fromstring(answer.content)
            assert root.tag == "data"
            assert root.attrib == {"type": "array", "success": "1", "status": "200"}
            assert [child.tag for child in root] == ["item"] * 60
            assert tree(root) == flat(api.data(HOT))
            assert answer.headers["ETag"].strip('W/"') == hashlib.sha1(answer.content).hexdigest()


def test_xml_has_objects_and_errors(api):
    fields = ET.fromstring(api("/3/credits.xml").content)
    assert fields.attrib == {"success": "1", "status": "200"}
    assert fields.findtext("UserLimit") == "1000000"
    error = ET.fromstring(api("/3/image/nosuch.xml").content)
    assert error.attrib == {"success": "0", "status": "404"}
    assert error.findtext("request") == "/3/image/nosuch.xml"


def test_xml_escapes_odd_values():
    text = to_xml(
        envelope({"a": None, "b": [], "c": "<\x00&>\r\n", "d": False, "e": [{"f": 1}, 2]})
    )
    assert text.decode().endswith(
        '<data success="1" status="200"><a/><b/><c>&lt;&amp;&gt;&#13;\n</c><d>false</d>'
        "<e><item><f>1</f></item><item>2</item></e></data>"
    )
    assert to_xml(envelope([])).endswith(b'<data type="array" success="1" status="200"/>')
    assert to_xml(envelope(True)).endswith(b'<data success="1" status="200">true</data>')


def test_jsonp_calls_the_callback(api):
    answer = api(HOT + "?callback=a.b_c$1")
    assert answer.headers["Content-Type"] == "text/javascript"
    assert answer.text.startswith('a.b_c$1({"data":[')
    assert answer.text.endswith("});")
    assert json.loads(answer.text[len("a.b_c$1(") : -2])["data"] == api.data(HOT)
    error = api("/3/image/nosuch?callback=f")
    assert error.status_code == 404
    assert error.text.startswith('f({"data":{"error":')


def test_jsonp_refuses_invalid_callbacks(subtests, api):
    for name in ["", "a(b", "a;b", "<script>", "x" * 200, "\u00e9"]:
        with subtests.test(name=name):
            answer = api(HOT, params={"callback": name})
            assert answer.status_code == 400
            assert answer.headers["Content-Type"] == "application/json"
            assert answer.json()["data"]["error"] == "Invalid callback"


def test_fake_status_may_only_be_200(api):
    answer = api("/3/image/nosuch?_fake_status=200")
    assert answer.status_code == 200
    assert answer.json()["status"] == 404
    assert api("/3/image/nosuch?_fake_status=204").status_code == 404


def test_head_is_get_without_a_body(api):
    got, head = api(HOT), api(HOT, "HEAD")
    assert head.status_code == 200
    assert head.content == b""
    for name in ("ETag", "Content-Length", "Content-Type"):
        assert head.headers[name] == got.headers[name]
    assert api("/3/image/nosuch", "HEAD").status_code == 404
    assert api("/3/credits").status_code == 200, "the connection is still in step"


def test_preflight_costs_nothing(sandbox, client):
    answer = client(HOT, "OPTIONS")
    assert answer.status_code == 200
    assert "GET" in answer.headers["Access-Control-Allow-Methods"]
    assert sandbox.spent == 0
