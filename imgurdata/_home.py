"""Where files live: cache, ledger and settings of this user."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from imgurdata._format import path_text
from imgurdata.errors import CacheUnusable

__all__ = ["expanded", "home", "sign_ins_path"]


def home() -> Path:
    """Return the folder of cache and ledger: ``$IMGURDATA_HOME``, else the user's cache folder.

    It is not made here, but by whoever first writes into it.

    Raises
    ------
    CacheUnusable
        There is no such folder, nor can there be.
    """
    return _moved() or _absolute(platformdirs.user_cache_path("imgurdata", appauthor=False))


def sign_ins_path() -> tuple[Path, bool]:
    """Return the file of remembered sign-ins, and whether ``$IMGURDATA_HOME`` says where it is.

    Otherwise it is in the user's config folder: a cache may be emptied.

    Raises
    ------
    CacheUnusable
        There is no such folder, nor can there be.
    """
    moved = _moved()
    folder = moved or _absolute(platformdirs.user_config_path("imgurdata", appauthor=False))
    return folder / "sign-ins-v1.json", moved is not None


def expanded(path: str | os.PathLike[str], name: str = "cache") -> Path:
    """Return a path with ``~`` replaced by the user's home.

    Raises
    ------
    CacheUnusable
        There is no such user, the user has no home, or no file can have that name.
    """
    place = Path(os.fsdecode(path))
    try:
        if b"\0" not in os.fsencode(place):
            return place.expanduser()
        why = "its name holds a NUL character"
    except UnicodeEncodeError:
        why = "its name holds characters that no file name can have"
    except RuntimeError:
        why = "there is no such home folder. Give a path without '~'"
    raise CacheUnusable(f"The {name} {path_text(place)} cannot be used: {why}.")


def _moved() -> Path | None:
    folder = os.environ.get("IMGURDATA_HOME")
    return expanded(folder, "folder $IMGURDATA_HOME") if folder else None


def _absolute(folder: Path) -> Path:
    # Where nobody knows the user's home, "~" is left in it.
    if folder.is_absolute():
        return folder
    raise CacheUnusable(
        "There is no home folder to keep the cache and the ledger in: set $HOME, or "
        "$IMGURDATA_HOME to a folder for them."
    )
