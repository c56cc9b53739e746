"""An Imgur on this machine: it speaks the wire of Imgur's API v3 on the loopback.

For demos, tests and notebooks that need no network, no client id and no patience. The posts are
an invented world (``data/world``); scores, views and favourites grow as the sandbox's own clock
moves, credits really run down, and every fault that Imgur is known for can be asked for.

>>> from imgurdata.sandbox import Sandbox
>>> with Sandbox() as sandbox:
...     sandbox.url.startswith("http://127.0.0.1:")
True
"""

from __future__ import annotations

from imgurdata.sandbox.log import RequestRow
from imgurdata.sandbox.server import Sandbox

__all__ = ["RequestRow", "Sandbox"]
