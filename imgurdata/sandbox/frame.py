"""The frame that all pages of the sandbox stand in."""

from __future__ import annotations

import base64
import hashlib

from imgurdata.sandbox.wire import Body

__all__ = ["HTML", "STYLE_SOURCE", "page"]

HTML = "text/html; charset=utf-8"

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2126; --dim: #59616b; --ground: #f6f7f9;
        --card: #fff; --line: #c9ced6; --strong: #0a6b3d; --bad: #a8201a; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8eaed; --dim: #a3acb8; --ground: #16181c; --card: #202329; --line: #484e58;
          --strong: #7fd8a5; --bad: #ff9a92; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto;
       padding: 0 1rem; color: var(--ink); background: var(--ground); overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; text-wrap: balance; }
img { max-width: 100%; height: auto; border-radius: 4px; }
figure { margin: 1.5rem 0; }
a { color: inherit; }
footer, .hint { color: var(--dim); }
.card { max-width: 30rem; margin: 2rem auto; padding: .5rem 1.75rem 1.75rem;
        background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.card + footer { max-width: 30rem; margin: auto; padding: 0 1.75rem; }
.wrong { color: var(--bad); font-weight: 600; }
dt { color: var(--dim); font-size: .875rem; }
dd { margin: 0 0 .75rem; }
code { font: .9375em ui-monospace, monospace; }
label { display: block; margin: 1rem 0 .375rem; font-weight: 600; }
.hint { margin: .25rem 0 0; font-size: .875rem; }
input, button { font: inherit; padding: .5rem .75rem; border-radius: 6px; color: inherit; }
input { box-sizing: border-box; width: 100%; border: 1px solid var(--dim);
        background: var(--ground); }
input[aria-invalid] { border-color: var(--bad); }
.buttons { display: flex; gap: .75rem; margin-top: 1.5rem; }
button { flex: 1; border: 1px solid var(--dim); background: transparent; cursor: pointer; }
button.main { border-color: var(--strong); background: var(--strong); color: var(--card);
              font-weight: 600; }
:focus-visible { outline: 3px solid #4b8df8; outline-offset: 2px; }
"""

#: What a Content-Security-Policy calls the frame's own style.
STYLE_SOURCE = (
    "'sha256-" + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode() + "'"
)

_FRAME = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>{style}</style></head>
<body>
<main{shape}>
<h1>{title}</h1>
{content}
</main>
<footer><p><small>imgurdata's sandbox: an invented Imgur on this machine.</small></p></footer>
</body></html>
"""


def page(title: str, content: str, *, card: bool = False) -> Body:
    """Put a page together.

    Parameters
    ----------
    title, content : str
        HTML: what others wrote is escaped already.
    card : bool
        Whether it is a small form rather than something to read.
    """
    shape = ' class="card"' if card else ""
    html = _FRAME.format(title=title, content=content, shape=shape, style=_STYLE)
    return Body(html.encode(), HTML)
