"""Conversion of an answer's three forms (JSON, JSONP, XML) to JSON bytes.

All other modules read JSON. What strict JSON readers refuse but real answers hold (raw control
characters, lone surrogates, a second document after the first) is repaired here, and only after
the strict reader has refused it.
"""

from __future__ import annotations

import json
import logging
import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from imgurdata.errors import BadResponse, redact
from imgurdata.model.nesting import encode, members

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = [
    "BROKEN", "DELETE_HASH", "TooDeep", "head", "is_data_xml", "looks_like_markup", "mend_json",
    "read_json", "read_members", "to_bytes", "to_json", "too_deep",
]  # fmt: skip

T = TypeVar("T")

logger = logging.getLogger(__name__)

_CALLBACK = re.compile(rb"[A-Za-z_$][A-Za-z0-9_$.]{0,199}")
_HTML = re.compile(rb"<(?:!doctype\s+html|html\b)", re.IGNORECASE)
_BOM = b"\xef\xbb\xbf"
# Root element of Imgur's XML; elements below it, such as <title>, must not look like a page.
# Comments and processing instructions may stand before it; ``(?>`` keeps the search linear.
_DATA_ROOT = re.compile(rb"(?>\s+|<\?.*?\?>|<!--.*?-->)*<data[\s/>]", re.DOTALL)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
#: A delete hash in JSON: a text that is not empty, a number, or a flat list or object of them.
DELETE_HASH = r'("deletehash"\s*:\s*)(?:"(?:[^"\\]|\\.)+"|[0-9]+|\[[\w\s",]+\]|\{[\w\s",:]+\})'
#: Python refuses to convert longer integers from text; no count of Imgur has 20 digits.
_LONGEST_NUMBER = 400
#: Exceptions of msgspec for bytes that are not strict JSON, not UTF-8, or nested too deep.
BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


class TooDeep(BadResponse):
    """Answer nested deeper than JSON readers follow."""


def too_deep(body: bytes) -> TooDeep:
    """Return the error for a body that is nested too deep."""
    return TooDeep("The answer is nested too deep to be read.", body=head(body))


def head(body: bytes, length: int = 300) -> str:
    """Return the beginning of a body as text for an error message, without secrets."""
    # redact() must see whole tokens, so it gets more than is shown.
    return redact(body[: 20 * length + 4000].lstrip().decode("utf-8", "replace"), length).strip()


def looks_like_markup(body: bytes) -> bool:
    """Return whether a body is HTML or XML; the Content-Type header is not reliable."""
    return body.lstrip(_BOM).lstrip().startswith(b"<")


def is_data_xml(body: bytes) -> bool:
    """Return whether the root element is that of Imgur's XML (API reference, Formats)."""
    return _DATA_ROOT.match(body.removeprefix(_BOM)) is not None


def to_bytes(text: str) -> bytes:
    """Return the UTF-8 of a text, with U+FFFD for lone surrogates.

    PHP truncates text by bytes, and ``json.loads`` keeps the lone surrogates that result.
    """
    # UTF-16 joins surrogates that form a pair and replaces the others.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def to_json(body: bytes) -> bytes:
    """Return the JSON bytes of an answer in any of Imgur's three forms (API reference, Formats).

    These are JSON, JSONP (``name({...});``) and XML (root ``<data success="1" status="200">``);
    anything else raises BadResponse. All values of XML are text and get their type when the record
    is decoded. XML writes null, ``""`` and an empty list alike (``<tags/>``); all become ``""``.
    """
    body = body.removeprefix(_BOM)
    start = body.lstrip()[:1]
    if not start:
        raise BadResponse("The answer is empty.")
    if start in b'{["':
        return body
    if start == b"<":
        return _xml_to_json(body)
    if (inside := _in_callback(body)) is not None:
        return inside
    if start in b"-0123456789tfn":
        return body
    raise BadResponse(
        f"The answer is neither JSON, JSONP nor XML; it begins {head(body, 40)!r}.",
        body=head(body),
    )


def _in_callback(body: bytes) -> bytes | None:
    """Return the argument of a JSONP call ``name(...);``, or None for anything else."""
    body = body.strip().removeprefix(b"/**/").removesuffix(b";").strip()
    name, bracket, inside = body.partition(b"(")
    is_call = bracket and inside.endswith(b")") and _CALLBACK.fullmatch(name.strip())
    return inside[:-1] if is_call else None


def read_json(read: Callable[[bytes], T], data: bytes) -> T:
    """Return what a strict reader makes of JSON, which is repaired if the reader refuses it.

    Raises TooDeep for JSON nested deeper than readers follow, BadResponse if nothing helps.
    """
    try:
        return read(data)
    except RecursionError:
        raise too_deep(data) from None
    except BROKEN:
        mended = mend_json(data)
    try:
        return read(mended)
    except BROKEN as error:
        raise BadResponse(f"The answer cannot be read ({error}).", body=head(data)) from None


def read_members(data: bytes) -> dict[str, Any]:
    """Return the values of an object by key, as raw JSON, however deep they are nested."""
    try:
        return read_json(_OBJECT.decode, data)
    except TooDeep:
        return dict(members(data))


def mend_json(body: bytes) -> bytes:
    """Return strict JSON for a body that strict readers refuse.

    The first of several documents is taken, raw control characters in text are accepted, and
    U+FFFD replaces lone surrogates and bytes that are not UTF-8. NaN, Infinity and numbers that
    no column can hold become text, which is counted as unreadable where a number is expected.
    A body that is cut off, nested too deep, or no JSON at all raises BadResponse.
    """
    text = body.decode("utf-8", "replace").lstrip()
    try:
        decoder = json.JSONDecoder(
            strict=False, parse_constant=str, parse_float=_float, parse_int=_int
        )
        value, end = decoder.raw_decode(text)
        if rest := text[end:].strip():
            logger.warning("Ignored %d characters after the answer's first document.", len(rest))
        mended = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        raise too_deep(body) from None
    except ValueError as error:
        raise BadResponse(f"The answer is not whole JSON ({error}).", body=head(body)) from None
    return to_bytes(mended)


def _float(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits  # 1e999


def _int(digits: str) -> int | str:
    return int(digits) if len(digits) < _LONGEST_NUMBER else digits


def _xml_to_json(body: bytes) -> bytes:
    from xml.etree import ElementTree as ET  # imported here because answers in XML are rare

    if not is_data_xml(body) and _HTML.search(body[:1000]):
        raise BadResponse("The answer is an HTML page, not data.", body=head(body))
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        # Imgur's XML has neither, and entities can expand to gigabytes.
        raise BadResponse("The answer is XML with a document type; Imgur sends none.")
    try:
        # Parsed as text, so that no encoding declared in the body can hide a document type.
        text = _CONTROL.sub("\ufffd", body.decode("utf-8", "replace").strip())
        root = ET.fromstring(text)  # noqa: S314 - no DTD, no entities: see above
    except ET.ParseError as error:
        raise BadResponse(f"The answer is not whole XML ({error}).", body=head(body)) from None
    if root.tag != "data":
        raise BadResponse(
            f"The answer is XML, but its root is <{redact(root.tag, 40)}>.", body=head(body)
        )
    envelope: dict[str, Any] = {"data": _xml_value(root)}
    if "success" in root.attrib:
        envelope["success"] = root.attrib["success"] in {"1", "true"}
    if "status" in root.attrib:
        envelope["status"] = root.attrib["status"]
    return encode(envelope)


def _xml_value(root: Element) -> Any:
    # Uses a stack because trees of comments are nested deeper than Python recurses.
    result: list[Any] = [None]
    pending: list[tuple[Element, Any, Any]] = [(root, result, 0)]
    while pending:
        element, parent, key = pending.pop()
        children = list(element)
        value: Any
        if element.get("type") == "array" or (children and all(c.tag == "item" for c in children)):
            value = [None] * len(children)
            pending += [(child, value, place) for place, child in enumerate(children)]
        elif children:
            value = dict.fromkeys(child.tag for child in children)
            pending += [(child, value, child.tag) for child in reversed(children)]
        else:
            value = None if element.text == "null" else element.text or ""
        parent[key] = value
    return result[0]
