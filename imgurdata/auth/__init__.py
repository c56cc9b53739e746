"""Who asks: tokens, and how secrets are kept from being seen."""

from imgurdata.auth.token import Secret, Token

__all__ = ["Secret", "Token"]
