"""Archive of snapshots over time: storage, engines, collecting and what time tells.

Its public names are those of ``imgurdata`` itself. They are imported when they are first used,
since Arrow's parts for files take a tenth of a second.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the names as type checkers see them
    from imgurdata.archive.archive import Archive
    from imgurdata.archive.collector import collect
    from imgurdata.archive.pseudonyms import pseudonymise
    from imgurdata.archive.trends import lifetimes, velocity

#: Module of each name.
_MODULES = {
    "Archive": "archive",
    "collect": "collector",
    "lifetimes": "trends",
    "pseudonymise": "pseudonyms",
    "velocity": "trends",
}
__all__ = ["Archive", "collect", "lifetimes", "pseudonymise", "velocity"]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'imgurdata.archive' has no attribute {name!r}")
    return getattr(import_module(f"imgurdata.archive.{_MODULES[name]}"), name)
