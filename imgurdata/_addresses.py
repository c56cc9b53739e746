"""Addresses that several parts need; a module of its own, since it costs nothing to import."""

from __future__ import annotations

__all__ = ["IMGUR", "REDIRECT_URL"]

#: Imgur's API; its sign-in stays there when a commercial gateway is used.
IMGUR = "https://api.imgur.com"
#: Default callback of a sign-in. The port is outside every system's range for outgoing
#: connections, and not one of the usual servers' ports.
REDIRECT_URL = "http://localhost:28080/callback"
