"""Notebook widgets: :class:`SignIn`."""

from imgurdata.widgets.sign_in import SignIn

__all__ = ["SignIn"]
