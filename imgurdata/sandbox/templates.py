"""HTML pages of the sandbox, from the files in ``templates``."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from imgurdata.sandbox.wire import Body

__all__ = ["HTML", "STYLE_SOURCE", "page", "read_template"]

HTML = "text/html; charset=utf-8"


def read_template(name: str) -> str:
    """Return the text of a template, in which ``str.format`` fills the gaps."""
    return (Path(__file__).parent / "templates" / name).read_text(encoding="utf-8")


_FRAME = read_template("frame.html")
_STYLE = read_template("style.css")
#: The pages' own style in a Content-Security-Policy.
STYLE_SOURCE = f"'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"


def page(title: str, content: str, *, card: bool = False) -> Body:
    """Return a page; `title` and `content` are HTML, in which foreign text is escaped already.

    With `card`, it looks like a small form rather than like something to read.
    """
    shape = ' class="card"' if card else ""
    html = _FRAME.format(title=title, content=content, shape=shape, style=_STYLE)
    return Body(html.encode(), HTML)
