"""JSON, JSONP and XML: three forms of one answer, brought to JSON bytes.

Everything behind this module reads JSON. What strict JSON readers refuse but real answers hold
(raw control characters, halves of an emoji, a second document behind the first) is mended here,
once, and only when the strict reader has refused it.
"""

from __future__ import annotations

import json
import logging
import math
import re
from typing import TYPE_CHECKING, Any

from imgurdata.errors import BadResponse, redact
from imgurdata.model.nesting import encode

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = [
    "TooDeep",
    "head",
    "is_data_xml",
    "looks_like_markup",
    "mend_json",
    "small_number",
    "to_bytes",
    "to_json",
]

logger = logging.getLogger(__name__)

_CALLBACK = re.compile(rb"[A-Za-z_$][A-Za-z0-9_$.]{0,199}")
_HTML = re.compile(rb"<(?:!doctype\s+html|html\b)", re.IGNORECASE)
_BOM = b"\xef\xbb\xbf"
# The root of Imgur's XML. What its elements hold (<title>!) must not be taken for a page.
_DATA_ROOT = re.compile(rb"\s*(?:<\?xml[^>]*\?>\s*)?<data[\s/>]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
#: Python converts no longer whole numbers to text or back; no count of Imgur has 20 digits.
_LONGEST_NUMBER = 400


class TooDeep(BadResponse):
    """An answer nested deeper than JSON readers follow."""


def head(body: bytes, length: int = 300) -> str:
    """The beginning of a body as text for an error message, without secrets."""
    # More than is shown: redact() has to see whole tokens.
    return redact(body[: 20 * length + 4000].lstrip().decode("utf-8", "replace"), length).strip()


def looks_like_markup(body: bytes) -> bool:
    """Whether a body is HTML or XML rather than JSON: the content type does not tell reliably."""
    return body.lstrip(_BOM).lstrip().startswith(b"<")


def is_data_xml(body: bytes) -> bool:
    """Whether the root element is that of Imgur's XML (API reference, Formats)."""
    return _DATA_ROOT.match(body.removeprefix(_BOM)) is not None


def to_bytes(text: str) -> bytes:
    """UTF-8 of a text; U+FFFD for halves of emojis, which have no UTF-8 form.

    PHP cuts text by bytes, and ``json.loads`` hands such halves on.
    """
    # UTF-16 can carry the halves, joins those that belong together, and marks the others.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def to_json(body: bytes) -> bytes:
    """JSON bytes of an answer in any of Imgur's three forms.

    Parameters
    ----------
    body
        JSON, JSONP (``name({...});``) or Imgur's XML (root ``<data success="1" status="200">``).

    Raises
    ------
    BadResponse
        It is empty, an HTML page, or XML of another kind.

    Notes
    -----
    API reference, Formats. XML says everything in text: numbers and booleans come back as text
    and find their type when the record is decoded. It writes null, ``""`` and an empty list alike
    (``<tags/>``): they come back as ``""``, which the record's types tell apart.
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
    """What stands in the brackets of ``name(...);``; None where it is no such call."""
    body = body.strip().removeprefix(b"/**/").removesuffix(b";").strip()
    name, bracket, inside = body.partition(b"(")
    is_call = bracket and inside.endswith(b")") and _CALLBACK.fullmatch(name.strip())
    return inside[:-1] if is_call else None


def mend_json(body: bytes) -> bytes:
    """Strict JSON from what strict readers refuse, if anything can be made of it.

    Takes the first document where several stand one behind the other, accepts raw control
    characters in text, and puts U+FFFD for half an emoji and for bytes that are not UTF-8. NaN,
    Infinity and numbers that no type of ours can hold become text: whoever wants a number there
    notices.

    Raises
    ------
    BadResponse
        Nothing can be made of it: cut off, nested too deep, or no JSON at all.
    """
    text = body.decode("utf-8", "replace").lstrip()
    try:
        decoder = json.JSONDecoder(
            strict=False, parse_constant=str, parse_float=_float, parse_int=_int
        )
        value, end = decoder.raw_decode(text)
        if rest := text[end:].strip():
            logger.warning("an answer held more than one document; %d characters left", len(rest))
        mended = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        raise TooDeep("The answer is nested too deep to be read.", body=head(body)) from None
    except ValueError as error:
        raise BadResponse(f"The answer is not whole JSON ({error}).", body=head(body)) from None
    return to_bytes(mended)


def _float(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits  # 1e999


def _int(digits: str) -> int | str:
    return int(digits) if len(digits) < _LONGEST_NUMBER else digits


def _xml_to_json(body: bytes) -> bytes:
    from xml.etree import ElementTree as ET  # hardly anybody has XML: not worth everybody's time

    if not is_data_xml(body) and _HTML.search(body[:1000]):
        raise BadResponse("The answer is an HTML page, not data.", body=head(body))
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        # Imgur's XML has neither, and entities are how XML bombs are built.
        raise BadResponse("The answer is XML with a document type; Imgur sends none.")
    try:
        # As text, so that no encoding the body claims can hide a document type from us.
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
    if (status := small_number(root.attrib.get("status"))) is not None:
        envelope["status"] = status
    return encode(envelope)


def small_number(value: object) -> int | None:
    """Return a status or an error's code as a number, or None if it is none.

    Digits of ASCII only: ``"\N{SUPERSCRIPT TWO}".isdigit()`` is true, and ``int`` refuses it.

    >>> small_number("404"), small_number(404), small_number("\N{SUPERSCRIPT TWO}")
    (404, 404, None)
    """
    text = str(value) if isinstance(value, int) and -1 < value < 10**9 else value
    if isinstance(text, str) and len(text) < 10 and text.isascii() and text.isdigit():
        return int(text)
    return None


def _xml_value(root: Element) -> Any:
    # With a stack: trees of comments are nested deeper than functions may be.
    held: list[Any] = []
    waiting: list[tuple[Element, Any, Any]] = [(root, held, None)]
    while waiting:
        element, holder, key = waiting.pop()
        children = list(element)
        value: Any
        if element.get("type") == "array" or (children and all(c.tag == "item" for c in children)):
            value = [None] * len(children)
            waiting += [(child, value, place) for place, child in enumerate(children)]
        elif children:
            value = dict.fromkeys(child.tag for child in children)
            waiting += [(child, value, child.tag) for child in reversed(children)]
        else:
            value = None if element.text == "null" else element.text or ""
        if key is None:
            held.append(value)
        else:
            holder[key] = value
    return held[0]
