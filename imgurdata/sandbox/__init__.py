"""A local server that answers like Imgur's API v3.

For demos, tests and notebooks that need neither network nor client id. The posts are an invented
world (``data/world``); scores, views and favourites grow as the sandbox's own clock moves, credits
are charged, and every fault that Imgur is known for can be requested.

>>> from imgurdata.sandbox import Sandbox
>>> with Sandbox() as sandbox:
...     sandbox.url.startswith("http://127.0.0.1:")
True
"""

from __future__ import annotations

from imgurdata.sandbox.log import RequestRow
from imgurdata.sandbox.server import Sandbox

__all__ = ["RequestRow", "Sandbox"]


def __dir__() -> list[str]:
    return __all__
