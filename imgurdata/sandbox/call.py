"""One request, taken apart."""

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

__all__ = ["Call"]

_ZERO_QUALITY = re.compile(r"q=0(\.0*)?")
_FORM = "application/x-www-form-urlencoded"
_OAUTH = "/oauth2/"


@dataclass(frozen=True)
class Call:
    """A request as the sandbox reads it.

    Attributes
    ----------
    method : str
    path : str
        Decoded, without the query, extension and all.
    segments : tuple of str
        The path's parts without empty ones; the extension of the last is taken off.
    form : str
        ``"json"`` or ``"xml"``: by the extension, else by ``_format``.
    query : dict of str to str
        Of the address, and of a POSTed form (under ``/oauth2/`` also as multipart or JSON); the
        last of several wins, as in PHP.
    """

    method: str
    path: str
    segments: tuple[str, ...] = ()
    form: str = "json"
    query: Mapping[str, str] = field(default_factory=dict)
    authorization: str | None = None
    if_none_match: str | None = None
    accepts_gzip: bool = False
    address: str = ""
    origin: str | None = None
    cookie: bool = False

    @classmethod
    def of(cls, environ: Mapping[str, Any]) -> Call:
        """Read a WSGI environment; whatever a client sends, this does not fail."""
        raw_path = str(environ.get("PATH_INFO", "/"))
        path = raw_path.encode("latin-1", "replace").decode("utf-8", "replace")
        method = str(environ.get("REQUEST_METHOD", "GET")).upper()
        query = _pairs(str(environ.get("QUERY_STRING", "")))
        if method == "POST":
            query.update(_posted(environ, all_forms=path.startswith(_OAUTH)))
        segments = [part for part in path.split("/") if part]
        form = query.get("_format", "json").lower()
        if segments:
            stem, dot, extension = segments[-1].rpartition(".")
            if dot and stem and extension.lower() in ("json", "xml"):
                segments[-1], form = stem, extension.lower()
        return cls(
            method=method,
            path=path,
            segments=tuple(segments),
            form="xml" if form == "xml" else "json",
            query=query,
            authorization=environ.get("HTTP_AUTHORIZATION"),
            if_none_match=environ.get("HTTP_IF_NONE_MATCH"),
            accepts_gzip=_accepts_gzip(str(environ.get("HTTP_ACCEPT_ENCODING", ""))),
            address=str(environ.get("REMOTE_ADDR", "")),
            origin=environ.get("HTTP_ORIGIN"),
            cookie="HTTP_COOKIE" in environ,
        )

    @property
    def is_api(self) -> bool:
        """Whether it asks the API, not for a picture or a page."""
        return self.path == "/3" or self.path.startswith("/3/")

    @property
    def is_oauth(self) -> bool:
        """Whether it is about signing in."""
        return self.path.startswith(_OAUTH)

    def flag(self, name: str, default: bool) -> bool:
        """Read a yes or no of the query: only the lower-case words count."""
        return {"true": True, "false": False}.get(self.query.get(name, ""), default)


def _pairs(text: str) -> dict[str, str]:
    # WSGI hands bytes over as latin-1; non-ASCII letters that were not percent-encoded are UTF-8.
    text = text.encode("latin-1", "replace").decode("utf-8", "replace")
    return dict(parse_qsl(text, keep_blank_values=True, errors="replace"))


def _posted(environ: Mapping[str, Any], *, all_forms: bool) -> dict[str, str]:
    """Read the fields of a POST's body; one that cannot be read has none."""
    kind = str(environ.get("CONTENT_TYPE", "")).lower()
    if kind.startswith(_FORM):
        return _pairs(environ["wsgi.input"].read().decode("latin-1"))
    # Clients ask for tokens in these forms too (API reference, OAuth); the rest of the API has no
    # bodies here that would have to be read.
    if all_forms and kind.startswith("multipart/form-data"):
        return _parts(environ)
    if all_forms and kind.startswith("application/json"):
        return _json_fields(environ["wsgi.input"].read())
    return {}


def _parts(environ: Mapping[str, Any]) -> dict[str, str]:
    try:
        _, form, _ = parse_form_data(dict(environ), silent=False)
    except (ValueError, HTTPException):
        return {}
    return {name: values[-1] for name, values in form.lists()}


def _json_fields(body: bytes) -> dict[str, str]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(value, dict):
        return {}
    fields = {name: field for name, field in value.items() if isinstance(field, str | int)}
    # JSON may hold half a surrogate pair, which no address can.
    return {name: str(field).encode("utf-8", "replace").decode() for name, field in fields.items()}


def _accepts_gzip(header: str) -> bool:
    for part in header.lower().split(","):
        name, _, quality = part.partition(";")
        if name.strip() == "gzip":
            return not _ZERO_QUALITY.fullmatch(quality.strip())
    return False
