"""Default addresses, in a module that imports nothing."""

from __future__ import annotations

__all__ = ["GATEWAYS", "IMGUR", "MASHAPE", "RAPIDAPI", "REDIRECT_URL"]

#: Imgur's API. OAuth stays on this host when a commercial gateway is used.
IMGUR = "https://api.imgur.com"
#: Hosts of the commercial gateway: today's, and the one that Imgur's documentation still names.
RAPIDAPI, MASHAPE = "imgur-apiv3.p.rapidapi.com", "imgur-apiv3.p.mashape.com"
GATEWAYS = frozenset({RAPIDAPI, MASHAPE})
#: Default callback of a sign-in. The port is outside all ephemeral ranges and is not used by
#: common servers.
REDIRECT_URL = "http://localhost:28080/callback"
