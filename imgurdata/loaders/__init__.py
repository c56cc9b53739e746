"""What people call: each loader returns one DataFrame."""

from imgurdata.loaders.credits import load_credits
from imgurdata.loaders.gallery import load_gallery
from imgurdata.loaders.posts import load_posts

__all__ = ["load_credits", "load_gallery", "load_posts"]
