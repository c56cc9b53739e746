"""Every public name that is no module of its own: the one list of them.

Imported as a whole when the first of them is used, so that no later call is held up by an import.
"""

from __future__ import annotations

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

__all__ = [
    "ImgurSession",
    "PreviewWarning",
    "Pull",
    "PullPlan",
    "connect",
    "current_session",
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
    "read_response",
    "schema",
    "sign_in",
    "sign_in_with_tokens",
    "sign_out",
]
