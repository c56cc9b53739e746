"""Where files live: cache, ledger and settings of this user."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

__all__ = ["home"]


def home() -> Path:
    """The folder of cache and ledger: ``$IMGURDATA_HOME``, else the user's cache folder.

    It is not made here, but by whoever first writes into it.
    """
    if folder := os.environ.get("IMGURDATA_HOME"):
        return Path(folder).expanduser()
    return platformdirs.user_cache_path("imgurdata", appauthor=False)
