"""Serialization as Imgur does it: JSON like PHP's, XML, JSONP, ETags and gzip."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from xml.sax.saxutils import escape

__all__ = [
    "Body",
    "Response",
    "envelope",
    "error_data",
    "matches_etag",
    "render",
    "to_json",
    "to_jsonp",
    "to_xml",
]

#: Below this many bytes Imgur does not compress.
_WORTH_COMPRESSING = 500

_CALLBACK = re.compile(r"[A-Za-z0-9_$.]{1,128}")
# Characters that XML 1.0 cannot hold, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Body:
    """The uncompressed bytes of a response, with their ETag and gzip, which are computed once."""

    def __init__(self, raw: bytes, content_type: str = "application/json") -> None:
        self.raw = raw
        self.content_type = content_type

    @cached_property
    def digest(self) -> str:
        """Lower-case SHA-1 of the uncompressed bytes: Imgur's ETag (recorded answers 2017)."""
        return hashlib.sha1(self.raw, usedforsecurity=False).hexdigest()

    @cached_property
    def compressed(self) -> bytes:
        """The bytes in gzip, which depend on nothing else."""
        return gzip.compress(self.raw, compresslevel=4, mtime=0)

    @property
    def worth_compressing(self) -> bool:
        """Whether Imgur would compress it."""
        return len(self.raw) > _WORTH_COMPRESSING


@dataclass
class Response:
    """A response.

    Attributes
    ----------
    status : int
        HTTP status; 0 resets the connection.
    content_length : int or None
        Announced length if it is not that of `body` (a truncated response).
    """

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    content_length: int | None = None


def envelope(data: Any, status: int = 200) -> dict[str, Any]:
    """Return an answer in the API's envelope (API reference, Ground rules)."""
    return {"data": data, "success": status < 400, "status": status}


def error_data(text: object, path: str, method: str) -> dict[str, object]:
    """Return ``data`` of an error."""
    return {"error": text, "request": path, "method": method}


def to_json(value: Any) -> bytes:
    r"""Return JSON as PHP's ``json_encode`` writes it: compact, ``\/`` and ``\uXXXX``.

    Examples
    --------
    >>> to_json({"link": "http://a/é"})
    b'{"link":"http:\\/\\/a\\/\\u00e9"}'
    """
    # A slash occurs in JSON only within text, so it may be escaped afterwards.
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode("ascii")


def to_jsonp(value: Any, callback: str) -> bytes | None:
    """Return JSON in a call of `callback`, or None if that is no name of a function.

    Examples
    --------
    >>> to_jsonp({"status": 200}, "show")
    b'show({"status":200});'
    """
    if not _CALLBACK.fullmatch(callback):
        return None
    return callback.encode("ascii") + b"(" + to_json(value) + b");"


def to_xml(value: dict[str, Any]) -> bytes:
    """Return an envelope as XML (API reference, Formats).

    The fields of ``data`` are directly in the root, a list's rows are ``<item>``; null is an
    empty element, a bool a word.

    Examples
    --------
    >>> to_xml(envelope([{"id": "a"}])).decode().split(chr(10))[1]
    '<data type="array" success="1" status="200"><item><id>a</id></item></data>'
    """
    data = value["data"]
    kind = ' type="array"' if isinstance(data, list) else ""
    attributes = f'{kind} success="{int(value["success"])}" status="{value["status"]}"'
    out = ['<?xml version="1.0" encoding="utf-8"?>\n']
    _element(out, "data", data, attributes)
    return "".join(out).encode("utf-8")


def _element(out: list[str], name: str, value: Any, attributes: str = "") -> None:
    if value is None or value == [] or value == {} or value == "":
        out.append(f"<{name}{attributes}/>")
        return
    out.append(f"<{name}{attributes}>")
    if isinstance(value, dict):
        for key, inner in value.items():
            _element(out, key, inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _element(out, "item", inner)
    elif isinstance(value, bool):
        out.append("true" if value else "false")
    else:
        # A bare CR would reach the reader as LF.
        out.append(escape(_NOT_XML.sub("", str(value)), {"\r": "&#13;"}))
    out.append(f"</{name}>")


def render(value: dict[str, Any], form: str, callback: str | None) -> Body | None:
    """Return an envelope as XML, JSONP or JSON; None if the callback is no name of a function."""
    if form == "xml":
        return Body(to_xml(value), "text/xml; charset=utf-8")
    if callback is None:
        return Body(to_json(value))
    raw = to_jsonp(value, callback)
    return None if raw is None else Body(raw, "text/javascript")


def matches_etag(if_none_match: str | None, digest: str) -> bool:
    """Return whether an If-None-Match has this digest: weakly compared, a list, or ``*``.

    Examples
    --------
    >>> matches_etag('"x", W/"abc"', "abc")
    True
    """
    if not if_none_match:
        return False
    tags = [tag.strip() for tag in if_none_match.split(",")]
    return "*" in tags or f'"{digest}"' in {tag.removeprefix("W/") for tag in tags}
