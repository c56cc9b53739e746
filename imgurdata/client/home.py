"""Where files live: cache, ledger and settings of this user."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

__all__ = ["home", "sign_ins_path"]


def home() -> Path:
    """The folder of cache and ledger: ``$IMGURDATA_HOME``, else the user's cache folder.

    It is not made here, but by whoever first writes into it.
    """
    return _moved() or platformdirs.user_cache_path("imgurdata", appauthor=False)


def sign_ins_path() -> tuple[Path, bool]:
    """The file of remembered sign-ins, and whether ``$IMGURDATA_HOME`` says where it is.

    Otherwise it is in the user's config folder: a cache may be emptied.
    """
    moved = _moved()
    folder = moved or platformdirs.user_config_path("imgurdata", appauthor=False)
    return folder / "sign-ins-v1.json", moved is not None


def _moved() -> Path | None:
    folder = os.environ.get("IMGURDATA_HOME")
    return Path(folder).expanduser() if folder else None
