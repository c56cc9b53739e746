"""One request, taken apart."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Call"]

_ZERO_QUALITY = re.compile(r"q=0(\.0*)?")
_FORM = "application/x-www-form-urlencoded"


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
        Of the address, and of a POSTed form; the last of several wins, as in PHP.
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
    cookie: bool = False

    @classmethod
    def of(cls, environ: Mapping[str, Any]) -> Call:
        """Read a WSGI environment; whatever a client sends, this does not fail."""
        raw_path = str(environ.get("PATH_INFO", "/"))
        path = raw_path.encode("latin-1", "replace").decode("utf-8", "replace")
        method = str(environ.get("REQUEST_METHOD", "GET")).upper()
        query = _pairs(str(environ.get("QUERY_STRING", "")))
        if method == "POST" and str(environ.get("CONTENT_TYPE", "")).startswith(_FORM):
            query.update(_pairs(environ["wsgi.input"].read().decode("latin-1")))
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
            cookie="HTTP_COOKIE" in environ,
        )

    @property
    def is_api(self) -> bool:
        """Whether it asks the API, not for a picture or a page."""
        return self.path == "/3" or self.path.startswith("/3/")

    def flag(self, name: str, default: bool) -> bool:
        """Read a yes or no of the query: only the lower-case words count."""
        return {"true": True, "false": False}.get(self.query.get(name, ""), default)


def _pairs(text: str) -> dict[str, str]:
    # WSGI hands bytes over as latin-1; non-ASCII letters that were not percent-encoded are UTF-8.
    text = text.encode("latin-1", "replace").decode("utf-8", "replace")
    return dict(parse_qsl(text, keep_blank_values=True, errors="replace"))


def _accepts_gzip(header: str) -> bool:
    for part in header.lower().split(","):
        name, _, quality = part.partition(";")
        if name.strip() == "gzip":
            return not _ZERO_QUALITY.fullmatch(quality.strip())
    return False
