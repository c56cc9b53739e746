"""A parsed request."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl

from werkzeug.exceptions import HTTPException
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_cookie, parse_options_header

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["File", "Request"]

_ZERO_QUALITY = re.compile(r"q=0(\.0*)?")


@dataclass(frozen=True)
class File:
    """An uploaded file."""

    name: str
    content: bytes


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
        Of the address, and of the body (a form, multipart or JSON); the last value of a name wins,
        as in PHP.
    lists : dict of str to list of str
        All values of a name that the body repeats, without the ``[]`` that PHP wants.
    files : dict of str to File
        Uploaded files by the name of their field.
    """

    method: str
    path: str
    segments: tuple[str, ...] = ()
    format: str = "json"
    query: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, list[str]] = field(default_factory=dict)
    files: Mapping[str, File] = field(default_factory=dict)
    authorization: str | None = None
    if_none_match: str | None = None
    accepts_gzip: bool = False
    address: str = ""
    origin: str | None = None
    has_cookie: bool = False
    key: str | None = None

    @classmethod
    def from_environ(cls, environ: Mapping[str, Any]) -> Request:
        """Parse a WSGI environment, which does not fail whatever a client sends."""
        path = _utf8(str(environ.get("PATH_INFO", "/")))
        method = str(environ.get("REQUEST_METHOD", "GET")).upper()
        query = _parse_query(str(environ.get("QUERY_STRING", "")))
        # A client in Perl says so what it means.
        override = query.get("_method", "").upper()
        if method == "POST" and override in ("PUT", "DELETE"):
            method = override
        lists: dict[str, list[str]] = {}
        files: dict[str, File] = {}
        if method in ("POST", "PUT", "DELETE"):
            for name, values in _parse_body(environ, files).items():
                query[name] = values[-1]
                lists.setdefault(name.removesuffix("[]"), []).extend(values)
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
            lists=lists,
            files=files,
            authorization=_authorization(environ, path),
            if_none_match=environ.get("HTTP_IF_NONE_MATCH"),
            accepts_gzip=_accepts_gzip(str(environ.get("HTTP_ACCEPT_ENCODING", ""))),
            address=str(environ.get("REMOTE_ADDR", "")),
            origin=environ.get("HTTP_ORIGIN"),
            has_cookie="HTTP_COOKIE" in environ,
            key=environ.get("HTTP_X_RAPIDAPI_KEY") or environ.get("HTTP_X_MASHAPE_KEY"),
        )

    @property
    def is_api(self) -> bool:
        """Whether it is a request of the API, not of a picture or a page."""
        return self.segments[:1] in (("3",), ("2",), ("account",), ("post",))

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


def _parse_body(environ: Mapping[str, Any], files: dict[str, File]) -> dict[str, list[str]]:
    """Return the fields of a body, and add its files; none if it cannot be parsed."""
    content_type = str(environ.get("CONTENT_TYPE", ""))
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        text = _utf8(environ["wsgi.input"].read().decode("latin-1"))
        return parse_qs(text, keep_blank_values=True, errors="replace")
    if kind == "multipart/form-data":
        return _parse_multipart(dict(environ), content_type, files)
    if kind == "application/json":
        return _parse_json(environ["wsgi.input"].read())
    return {}


def _parse_multipart(
    environ: dict[str, Any], content_type: str, files: dict[str, File]
) -> dict[str, list[str]]:
    body = environ["wsgi.input"].read()
    # PHP accepts a form that just ends, as one client sends it; Werkzeug does not.
    boundary = parse_options_header(content_type)[1].get("boundary", "").encode()
    mark = b"--" + boundary
    if boundary and not body.rstrip().endswith(mark + b"--"):
        body = body.removesuffix(b"\r\n").removesuffix(mark).removesuffix(b"\r\n")
        body += b"\r\n" + mark + b"--\r\n"
    environ.update({"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))})
    try:
        _, form, uploaded = FormDataParser(
            max_form_memory_size=None, silent=False
        ).parse_from_environ(environ)
    except (ValueError, HTTPException):
        return {}
    for name, file in uploaded.items():
        with file.stream as stream:
            files[name] = File(file.filename or "", stream.read())
    return dict(form.lists())


def _parse_json(body: bytes) -> dict[str, list[str]]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    fields = {}
    for name, content in value.items() if isinstance(value, dict) else ():
        values = content if isinstance(content, list) else [content]
        # JSON may hold half a surrogate pair, which UTF-8 cannot.
        texts = [_text(v) for v in values if isinstance(v, str | int)]
        fields.update({_text(name): texts} if texts else {})
    return fields


def _text(value: str | int) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text.encode("utf-8", "replace").decode()


def _authorization(environ: Mapping[str, Any], path: str) -> str | None:
    """Return the Authorization; the website's own API also takes the token of its cookie."""
    cookie = parse_cookie(environ.get("HTTP_COOKIE", "")).get("accesstoken")
    if cookie and path.startswith("/post/"):
        return f"Bearer {cookie}"
    header: str | None = environ.get("HTTP_AUTHORIZATION")
    return header


def _accepts_gzip(header: str) -> bool:
    for part in header.lower().split(","):
        name, _, quality = part.partition(";")
        if name.strip() == "gzip":
            return not _ZERO_QUALITY.fullmatch(quality.strip())
    return False
