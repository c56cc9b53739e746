"""Folders of cache, ledger and remembered sign-ins of this user."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from imgurdata._format import path_text
from imgurdata.errors import CacheUnusable, ImgurDataError

__all__ = ["expanded", "home", "sign_ins_path"]


def home() -> Path:
    """Return the folder of cache and ledger: ``$IMGURDATA_HOME``, else the user's cache folder.

    The folder is created by whoever first writes into it. CacheUnusable if there can be none.
    """
    return _from_environment() or _absolute(
        platformdirs.user_cache_path("imgurdata", appauthor=False)
    )


def sign_ins_path() -> tuple[Path, bool]:
    """Return the file of remembered sign-ins, and whether it is in ``$IMGURDATA_HOME``.

    Otherwise it is in the user's config folder, because a cache may be emptied.
    """
    moved = _from_environment()
    folder = moved or _absolute(platformdirs.user_config_path("imgurdata", appauthor=False))
    return folder / "sign-ins-v1.json", moved is not None


def expanded(
    path: str | os.PathLike[str], name: str = "cache", error: type[ImgurDataError] = CacheUnusable
) -> Path:
    """Return a path with ``~`` replaced; raise ``error`` if no file can have that name."""
    given = Path(os.fsdecode(path))
    try:
        if b"\0" not in os.fsencode(given):
            return given.expanduser()
        reason = "its name holds a NUL character"
    except UnicodeEncodeError:
        reason = "its name holds characters that no file name can have"
    except RuntimeError:
        reason = "there is no such home folder. Give a path without '~'"
    raise error(f"The {name} {path_text(given)} cannot be used: {reason}.")


def _from_environment() -> Path | None:
    folder = os.environ.get("IMGURDATA_HOME")
    return expanded(folder, "folder $IMGURDATA_HOME") if folder else None


def _absolute(folder: Path) -> Path:
    # platformdirs leaves "~" in the path of a user without a home.
    if folder.is_absolute():
        return folder
    raise CacheUnusable(
        "There is no home folder to keep the cache and the ledger in: set $HOME, or "
        "$IMGURDATA_HOME to a folder for them."
    )
