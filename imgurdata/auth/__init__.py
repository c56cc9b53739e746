"""Tokens: how to get, refresh and verify them.

For scripts: :func:`authorize_url`, :func:`parse_redirect`, :func:`refresh`, :func:`verify`. In a
notebook, use ``imd.widgets.SignIn`` or ``imd.sign_in``.
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


def __dir__() -> list[str]:
    return __all__
