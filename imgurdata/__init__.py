"""Imgur, as DataFrames.

>>> import imgurdata as imd
>>> session = imd.connect(sandbox=True)
>>> posts = imd.load_gallery("hot", pages=2)
>>> posts.shape[0]
120
>>> session.close()

``imd.connect`` opens a session, ``imd.load_...`` gives one DataFrame each, ``imd.plot`` draws
them, ``imd.schema`` says what the columns are. With ``sandbox=True`` everything runs against an
Imgur on this machine: no account, no network.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from imgurdata import errors
from imgurdata.client.bundle.export import export_bundle
from imgurdata.client.connect import connect, current_session
from imgurdata.client.pulls.pull import Pull, PullPlan
from imgurdata.client.session import ImgurSession
from imgurdata.loaders import (
    load_account,
    load_account_albums,
    load_account_comments,
    load_account_counts,
    load_account_images,
    load_account_submissions,
    load_album_images,
    load_albums,
    load_comment,
    load_comments,
    load_credits,
    load_gallery,
    load_images,
    load_posts,
    load_replies,
    load_tags,
)
from imgurdata.model.explode import PreviewWarning, explode_images, explode_tags
from imgurdata.model.read import read_response, schema
from imgurdata.signing import sign_in, sign_in_with_tokens, sign_out

if TYPE_CHECKING:
    from imgurdata import auth, plot, sandbox, widgets

    __version__: str

__all__ = [
    "ImgurSession",
    "PreviewWarning",
    "Pull",
    "PullPlan",
    "__version__",
    "auth",
    "connect",
    "current_session",
    "errors",
    "explode_images",
    "explode_tags",
    "export_bundle",
    "load_account",
    "load_account_albums",
    "load_account_comments",
    "load_account_counts",
    "load_account_images",
    "load_account_submissions",
    "load_album_images",
    "load_albums",
    "load_comment",
    "load_comments",
    "load_credits",
    "load_gallery",
    "load_images",
    "load_posts",
    "load_replies",
    "load_tags",
    "plot",
    "read_response",
    "sandbox",
    "schema",
    "sign_in",
    "sign_in_with_tokens",
    "sign_out",
    "widgets",
]

#: Rooms that bring heavy packages (matplotlib, the server, widgets); imported when first used.
_LAZY = frozenset({"auth", "plot", "sandbox", "widgets"})


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return import_module(f"imgurdata.{name}")
    if name == "__version__":
        from importlib.metadata import version

        return version("imgurdata")
    raise AttributeError(f"module 'imgurdata' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY, "__version__"})
