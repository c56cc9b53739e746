"""Tokens: how to get, renew and verify them, and how secrets are kept from being seen.

For scripts: :func:`authorize_url`, :func:`parse_redirect`, :func:`refresh`, :func:`verify`. In a
notebook, ``imd.widgets.SignIn`` and ``imd.sign_in`` do it all.
"""

from imgurdata.auth.oauth import refresh, verify
from imgurdata.auth.redirect import authorize_url, new_state, parse_redirect
from imgurdata.auth.token import Secret, Token

__all__ = [
    "Secret",
    "Token",
    "authorize_url",
    "new_state",
    "parse_redirect",
    "refresh",
    "verify",
]
