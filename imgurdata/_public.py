"""Every public name that is no module of its own; the loaders' are listed in their package.

Imported as a whole when the first of them is used, so that no later call is held up by an import.
"""

from __future__ import annotations

from imgurdata import loaders
from imgurdata._connect import connect, current_session
from imgurdata._notebook import complete_public_names
from imgurdata._sign_in import sign_in, sign_in_with_tokens, sign_out
from imgurdata.bundle.export import export_bundle
from imgurdata.credits.ledger import Ledger
from imgurdata.files.download import download_images
from imgurdata.files.share import Shared, share, unshare
from imgurdata.http.session import ImgurSession
from imgurdata.loaders import *  # noqa: F403
from imgurdata.model.explode import PreviewWarning, explode_images, explode_tags
from imgurdata.model.read import read_response, schema
from imgurdata.pulls.pull import Pull, PullPlan

__all__ = [
    "ImgurSession",
    "PreviewWarning",
    "Pull",
    "PullPlan",
    "Shared",
    "connect",
    "current_session",
    "download_images",
    "explode_images",
    "explode_tags",
    "export_bundle",
    "read_response",
    "schema",
    "share",
    "sign_in",
    "sign_in_with_tokens",
    "sign_out",
    "unshare",
]
__all__.extend(loaders.NAMES)

complete_public_names(ImgurSession, Ledger)
