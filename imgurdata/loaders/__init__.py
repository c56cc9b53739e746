"""Loaders: each returns one DataFrame. A loader is listed in the ``__all__`` of its module only."""

from imgurdata.loaders import (
    account,
    albums,
    comments,
    favorites,
    gallery,
    legacy,
    own,
    search,
    tags,
)
from imgurdata.loaders.account import *  # noqa: F403
from imgurdata.loaders.albums import *  # noqa: F403
from imgurdata.loaders.comments import *  # noqa: F403
from imgurdata.loaders.favorites import *  # noqa: F403
from imgurdata.loaders.gallery import *  # noqa: F403
from imgurdata.loaders.legacy import *  # noqa: F403
from imgurdata.loaders.own import *  # noqa: F403
from imgurdata.loaders.search import *  # noqa: F403
from imgurdata.loaders.tags import *  # noqa: F403

_MODULES = (account, albums, comments, favorites, gallery, legacy, own, search, tags)

#: Names of all loaders. Not called ``__all__``, because type checkers cannot add up lists there.
NAMES = [name for module in _MODULES for name in module.__all__]
