"""What people call: each loader returns one DataFrame."""

from imgurdata.loaders.account import (
    load_account,
    load_account_albums,
    load_account_comments,
    load_account_counts,
    load_account_images,
    load_account_submissions,
)
from imgurdata.loaders.albums import load_album_images, load_albums, load_images
from imgurdata.loaders.comments import load_comment, load_comments, load_replies
from imgurdata.loaders.credits import load_credits
from imgurdata.loaders.gallery import load_gallery
from imgurdata.loaders.posts import load_posts
from imgurdata.loaders.tags import load_tags

__all__ = [
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
]
