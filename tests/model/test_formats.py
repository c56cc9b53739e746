"""JSON, JSONP and XML to JSON bytes, and the mending of what strict readers refuse."""

from __future__ import annotations

import contextlib
import json
import logging

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgurdata.errors import BadResponse
from imgurdata.model.formats import (
    head,
    is_data_xml,
    looks_like_markup,
    mend_json,
    read_members,
    to_bytes,
    to_json,
)

BOM = b"\xef\xbb\xbf"
XML = b'<?xml version="1.0" encoding="utf-8"?>\n'
HASH = "Ab3dEf6hIj9kLm2"


def read(body: bytes) -> object:
    return json.loads(to_json(body))


JSON_AND_JSONP = [
    (b'{"a":1}', {"a": 1}),
    (b" \r\n\t[1,2] \n", [1, 2]),
    (BOM + b'{"a":1}', {"a": 1}),
    (b'"word"', "word"),
    (b"-5", -5),
    (b"true", True),
    (b"null", None),
    (b'show({"a":1});', {"a": 1}),
    (b'  show ( {"a":")"} ) ;\n', {"a": ")"}),
    (b"/**/my.call_back$1([1,2])", [1, 2]),
    (b"true_story([1]);", [1]),
    (b"nothing({});", {}),
    (BOM + b'show({"a":1});', {"a": 1}),
]


def test_to_json_reads_json_and_jsonp(subtests: pytest.Subtests) -> None:
    for body, value in JSON_AND_JSONP:
        with subtests.test(body=body):
            assert read(body) == value


XML_ANSWERS = [
    (
        b'<data success="1" status="200"><id>abcdefg</id><views>7</views></data>',
        {"data": {"id": "abcdefg", "views": "7"}, "success": True, "status": "200"},
    ),
    (
        b'<data type="array" success="1" status="200"><item><id>a</id></item></data>',
        {"data": [{"id": "a"}], "success": True, "status": "200"},
    ),
    (
        b'<data type="array" success="1" status="200"/>',
        {"data": [], "success": True, "status": "200"},
    ),
    (
        b'<data success="0" status="404"><error>Not Found</error></data>',
        {"data": {"error": "Not Found"}, "success": False, "status": "404"},
    ),
    (
        b"<data><replies><item><id>1</id></item><item><id>2</id></item></replies></data>",
        {"data": {"replies": [{"id": "1"}, {"id": "2"}]}},
    ),
    # Imgur writes null, "" and an empty list alike; "null" is null.
    (
        b"<data><a/><b></b><c>null</c><d>true</d></data>",
        {"data": {"a": "", "b": "", "c": None, "d": "true"}},
    ),
    (
        "<data><title>&lt;html&gt; &amp; \U0001f600</title></data>".encode(),
        {"data": {"title": "<html> & \U0001f600"}},
    ),
    (
        b"<data><title><![CDATA[<html> in a title]]></title></data>",
        {"data": {"title": "<html> in a title"}},
    ),
    (
        b'<data success="true" status="odd"><a>1</a></data>',
        {"data": {"a": "1"}, "success": True, "status": "odd"},
    ),
    (b"<data><t>a\x01b</t></data>", {"data": {"t": "a\ufffdb"}}),
    (b"<data><t>a\xffb</t></data>", {"data": {"t": "a\ufffdb"}}),
]


def test_to_json_reads_xml(subtests: pytest.Subtests) -> None:
    for body, value in XML_ANSWERS:
        with subtests.test(body=body):
            assert (
                read(body)
                == read(XML + body)
                == read(BOM + XML + body)
                == read(b"\n" + body)
                == value
            )


NO_ANSWERS = [
    (b"", "empty"),
    (b" \n\t", "empty"),
    (BOM, "empty"),
    (b"<!DOCTYPE html><html></html>", "HTML page"),
    (b"\n<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML'>\n<html/>", "HTML"),
    (b"<HTML>", "HTML page"),
    (b"<data><item></data>", "not whole XML"),
    (b"<data", "not whole XML"),
    (b"<data><a>&nbsp;</a></data>", "not whole XML"),
    (b"<rss><item/></rss>", "its root is <rss>"),
    (b"data</data>", "neither JSON, JSONP nor XML"),
    (b"\x1f\x8b\x08\x00gzip", "neither JSON, JSONP nor XML"),
    (b"show({", "neither JSON, JSONP nor XML"),
]


def test_to_json_refuses_other_bodies(subtests: pytest.Subtests) -> None:
    for body, said in NO_ANSWERS:
        with subtests.test(body=body), pytest.raises(BadResponse, match=said):
            to_json(body)


BOMB = (
    '<!DOCTYPE data [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><data><t>&c;</t></data>'
)


XML_WITH_DOCUMENT_TYPE = [
    BOMB.encode(),
    XML + BOMB.encode(),
    ('<?xml version="1.0" encoding="utf-16"?>' + BOMB).encode("utf-16"),
    BOMB.encode("utf-16-le"),
    BOMB.encode("utf-16-be"),
    b'<!DOCTYPE data SYSTEM "file:///etc/passwd"><data/>',
    b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]><data><t>&x;</t></data>',
]


def test_to_json_refuses_xml_with_a_document_type(subtests: pytest.Subtests) -> None:
    for body in XML_WITH_DOCUMENT_TYPE:
        with subtests.test(body=body), pytest.raises(BadResponse):
            to_json(body)


def test_mend_json_refuses_deep_nesting() -> None:
    for piece in (b"[", b'{"a":'):
        with pytest.raises(BadResponse, match="nested too deep"):
            mend_json(piece * 200_000)


def test_to_json_reads_deep_xml() -> None:
    body = b"<data>" + b"<a>" * 5_000 + b"x" + b"</a>" * 5_000 + b"</data>"
    assert to_json(body) == b'{"data":' + b'{"a":' * 5_000 + b'"x"' + b"}" * 5_001


#: Quadratic reading of these takes longer than the timeout of a test.
HOSTILE_BODIES = [
    b" " * 1_200_000 + b"x",
    b"a()" + b" " * 1_200_000 + b"x",
    b"a(" + b")" * 1_200_000 + b"x",
    b"a" * 1_200_000 + b"x",
    b"/**/" * 300_000,
    b"a(" * 600_000,
    b"<?xml" + b"?" * 1_200_000,
    b"<data" + b" " * 1_200_000,
    b"true" + b" " * 1_200_000 + b"(",
]


def test_to_json_is_linear_for_hostile_bodies(subtests: pytest.Subtests) -> None:
    for body in HOSTILE_BODIES:
        with subtests.test(body=body[:8]), contextlib.suppress(BadResponse):
            to_json(body)


REPAIRS = [
    (b'{"a":1}{"b":2}', {"a": 1}),
    (b'{"a":1}\n{"b":2}\n', {"a": 1}),
    (b'["a\nb\x01\x00"]', ["a\nb\x01\x00"]),
    (b'["\\ud83d"]', ["\ufffd"]),
    (b'["a\\ude00b"]', ["a\ufffdb"]),
    (b'["\\ud83d\\ude00"]', ["\U0001f600"]),
    (b'{"\\ud83d":1}', {"\ufffd": 1}),
    (b'["\xff"]', ["\ufffd"]),
    (
        b"[NaN,Infinity,-Infinity,1e999,-1e999]",
        ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"],
    ),
    (b"[" + b"9" * 5000 + b"]", ["9" * 5000]),
    (b"[12345678901234567890123]", [12345678901234567890123]),
    (b'  {"a":"\xc3\xa9"}  ', {"a": "é"}),
]


def test_mend_json_repairs(subtests: pytest.Subtests) -> None:
    for body, value in REPAIRS:
        with subtests.test(body=body):
            mended = mend_json(body)
            assert json.loads(mended) == value
            if b"123456789012345" not in body:
                assert msgspec.json.decode(mended) == value


def test_mend_json_logs_a_second_document(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "imgurdata.model.formats"):
        mend_json(b'{"a":1}\n{"b":2}')
    assert "after the answer's first document" in caplog.text
    assert '"b"' not in caplog.text


def test_mend_json_refuses_what_it_cannot_repair(subtests: pytest.Subtests) -> None:
    for body in [b'{"a":', b'["a', b"", b"nope", b"[1,]", b'{"a":1']:
        with subtests.test(body=body), pytest.raises(BadResponse, match="not whole JSON"):
            mend_json(body)
    with pytest.raises(BadResponse, match="cannot be read"):
        read_members(b"[1]")


@settings(max_examples=50)
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.floats()
        | st.integers()
        | st.text(st.characters(codec=None)),
        lambda part: st.lists(part) | st.dictionaries(st.text(), part),
    )
)
def test_mend_json_gives_what_msgspec_reads(value: object) -> None:
    msgspec.json.decode(mend_json(json.dumps(value).encode()))


@given(st.binary())
def test_mend_json_handles_any_bytes(body: bytes) -> None:
    try:
        mended = mend_json(to_json(body))
    except BadResponse:
        return
    json.loads(mended)


MARKUP = [
    (b"<data/>", True, True),
    (BOM + b"\n <?xml version='1.0'?> <data type='array'>", True, True),
    (b"<?xml version='1.0'?><!-- <html> > --><?a b?>\n<!--\n--><data>", True, True),
    (b"<!-- a --><html><data/></html>", True, False),
    (b"<!-- <data> ", True, False),
    (b"<!-- -->" * 10_000 + b"<html>", True, False),  # in linear time
    (b"<database/>", True, False),
    (b"<html><data/></html>", True, False),
    (b"\n\n<html>", True, False),
    (b'{"a":"<data>"}', False, False),
    (b"", False, False),
]


def test_looks_like_markup_and_is_data_xml(subtests: pytest.Subtests) -> None:
    for body, markup, data in MARKUP:
        with subtests.test(body=body):
            assert looks_like_markup(body) is markup
            assert is_data_xml(body) is data


TEXT_TO_BYTES = [
    ("é", b"\xc3\xa9"),
    ("\ud83d", "\ufffd".encode()),
    ("\ud83d\ude00", "\U0001f600".encode()),
    ("", b""),
]


def test_to_bytes_replaces_lone_surrogates(subtests: pytest.Subtests) -> None:
    for text, body in TEXT_TO_BYTES:
        with subtests.test(text=text):
            assert to_bytes(text) == body


def test_head_is_short_and_holds_no_secret() -> None:
    assert head(b"  " + b"x" * 1000) == "x" * 300
    assert head(b"\xff\xfe", 5) == "\ufffd\ufffd"
    for cut in range(10, 60):
        result = head(f'{{"deletehash":"{HASH}","link":"x"}}'.encode(), cut)
        assert HASH[:4] not in result
        mail = head(b"write to some.one@example.org or not", cut)
        assert "some.one" not in mail


def test_to_json_error_holds_no_secret() -> None:
    with pytest.raises(BadResponse) as caught:
        to_json(b"Bearer abcdef0123456789 is no answer")
    assert "abcdef0123456789" not in f"{caught.value!r} {vars(caught.value)}"
