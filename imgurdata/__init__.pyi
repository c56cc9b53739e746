"""The public names, where they come from, and their types: read by ``__init__.py``."""

from . import auth, errors, plot, sandbox, widgets
from .client.bundle.export import export_bundle
from .client.connect import connect, current_session
from .client.pulls.pull import Pull, PullPlan
from .client.session import ImgurSession
from .loaders import (
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
from .model.explode import PreviewWarning, explode_images, explode_tags
from .model.read import read_response, schema
from .signing import sign_in, sign_in_with_tokens, sign_out

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
