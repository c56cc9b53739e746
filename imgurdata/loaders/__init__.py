"""Loaders: each returns one DataFrame. A loader is listed in the ``__all__`` of its module only."""

from imgurdata.loaders import account, albums, comments, gallery
from imgurdata.loaders.account import *  # noqa: F403
from imgurdata.loaders.albums import *  # noqa: F403
from imgurdata.loaders.comments import *  # noqa: F403
from imgurdata.loaders.gallery import *  # noqa: F403

#: Names of all loaders. Not called ``__all__``, because type checkers cannot add up lists there.
NAMES = [*account.__all__, *albums.__all__, *comments.__all__, *gallery.__all__]
