"""A parsed request."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from werkzeug.exceptions import HTTPException
from werkzeug.formparser import parse_form_data

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Request"]

_ZERO_QUALITY = re.compile(r"q=0(\.0*)?")


@dataclass(frozen=True)
class Request:
    """A request as the sandbox reads it.

    Attributes
    ----------
    path : str
        Decoded, without the query, with its extension.
    segments : tuple of str
        Parts of the path without empty ones and without the extension.
    format : {"json", "xml"}
        By the extension, else by ``_format``.
    query : dict of str to str
        Of the address, and of a POSTed form (under ``/oauth2/`` also as multipart or JSON); the
        last value of a name wins, as in PHP.
    """

    method: str
    path: str
    segments: tuple[str, ...] = ()
    format: str = "json"
    query: Mapping[str, str] = field(default_factory=dict)
    authorization: str | None = None
    if_none_match: str | None = None
    accepts_gzip: bool = False
    address: str = ""
    origin: str | None = None
    has_cookie: bool = False

    @classmethod
    def from_environ(cls, environ: Mapping[str, Any]) -> Request:
        """Parse a WSGI environment, which does not fail whatever a client sends."""
        path = _utf8(str(environ.get("PATH_INFO", "/")))
        method = str(environ.get("REQUEST_METHOD", "GET")).upper()
        query = _parse_query(str(environ.get("QUERY_STRING", "")))
        if method == "POST":
            query.update(_parse_body(environ, is_oauth=path.startswith("/oauth2/")))
        segments = [part for part in path.split("/") if part]
        format_ = query.get("_format", "json").lower()
        if segments:
            stem, dot, extension = segments[-1].rpartition(".")
            if dot and stem and extension.lower() in ("json", "xml"):
                segments[-1], format_ = stem, extension.lower()
        return cls(
            method=method,
            path=path,
            segments=tuple(segments),
            format="xml" if format_ == "xml" else "json",
            query=query,
            authorization=environ.get("HTTP_AUTHORIZATION"),
            if_none_match=environ.get("HTTP_IF_NONE_MATCH"),
            accepts_gzip=_accepts_gzip(str(environ.get("HTTP_ACCEPT_ENCODING", ""))),
            address=str(environ.get("REMOTE_ADDR", "")),
            origin=environ.get("HTTP_ORIGIN"),
            has_cookie="HTTP_COOKIE" in environ,
        )

    @property
    def is_api(self) -> bool:
        """Whether it is a request of the API, not of a picture or a page."""
        return self.path == "/3" or self.path.startswith("/3/")

    @property
    def is_oauth(self) -> bool:
        """Whether it is part of a sign-in."""
        return self.path.startswith("/oauth2/")

    def flag(self, name: str, default: bool) -> bool:
        """Return a boolean of the query; only lower-case ``true`` and ``false`` count."""
        return {"true": True, "false": False}.get(self.query.get(name, ""), default)


def _utf8(text: str) -> str:
    """Decode what WSGI hands over as latin-1."""
    return text.encode("latin-1", "replace").decode("utf-8", "replace")


def _parse_query(text: str) -> dict[str, str]:
    return dict(parse_qsl(_utf8(text), keep_blank_values=True, errors="replace"))


def _parse_body(environ: Mapping[str, Any], *, is_oauth: bool) -> dict[str, str]:
    """Return the fields of a POST's body; none if it cannot be parsed."""
    content_type = str(environ.get("CONTENT_TYPE", "")).lower()
    if content_type.startswith("application/x-www-form-urlencoded"):
        return _parse_query(environ["wsgi.input"].read().decode("latin-1"))
    # Clients request tokens in these forms too (API reference, OAuth); nothing else in the
    # sandbox has a body that matters.
    if is_oauth and content_type.startswith("multipart/form-data"):
        try:
            _, form, _ = parse_form_data(dict(environ), silent=False)
        except (ValueError, HTTPException):
            return {}
        return {name: values[-1] for name, values in form.lists()}
    if is_oauth and content_type.startswith("application/json"):
        try:
            value = json.loads(environ["wsgi.input"].read())
        except (ValueError, RecursionError):
            return {}
        if isinstance(value, dict):
            fields = {name: value for name, value in value.items() if isinstance(value, str | int)}
            # JSON may hold half a surrogate pair, which UTF-8 cannot.
            return {n: str(v).encode("utf-8", "replace").decode() for n, v in fields.items()}
    return {}


def _accepts_gzip(header: str) -> bool:
    for part in header.lower().split(","):
        name, _, quality = part.partition(";")
        if name.strip() == "gzip":
            return not _ZERO_QUALITY.fullmatch(quality.strip())
    return False
