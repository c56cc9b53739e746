"""Widgets for notebooks: :class:`SignIn`.

Each has a text form where no widget can live.
"""

from imgurdata.widgets.sign_in import SignIn

__all__ = ["SignIn"]
