"""Notebook widgets: :class:`SignIn`, :class:`CreditMeter`, :class:`GalleryBrowser`."""

from imgurdata.widgets.credit_meter import CreditMeter
from imgurdata.widgets.gallery_browser import GalleryBrowser
from imgurdata.widgets.sign_in import SignIn

__all__ = ["CreditMeter", "GalleryBrowser", "SignIn"]


def __dir__() -> list[str]:
    return __all__
