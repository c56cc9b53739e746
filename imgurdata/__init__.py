"""Imgur, as DataFrames.

>>> import imgurdata as imd
>>> session = imd.connect(sandbox=True)
>>> posts = imd.load_gallery("hot", pages=2)
>>> posts.shape[0]
120
>>> session.close()

``imd.connect`` opens a session, ``imd.load_...`` gives one DataFrame each, ``imd.plot`` draws
them, ``imd.schema`` says what the columns are. With ``sandbox=True`` everything runs against an
Imgur on this machine: no account, no network.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the names as type checkers see them
    from imgurdata import auth, errors, plot, sandbox, widgets  # noqa: F401
    from imgurdata._public import *  # noqa: F403
    from imgurdata.archive.archive import Archive as Archive
    from imgurdata.archive.collector import collect as collect
    from imgurdata.archive.pseudonyms import pseudonymise as pseudonymise
    from imgurdata.archive.trends import lifetimes as lifetimes
    from imgurdata.archive.trends import velocity as velocity
    from imgurdata.loaders import *  # noqa: F403

    __version__: str

#: Public modules; each is imported when it is first used.
_MODULES = ("auth", "errors", "plot", "sandbox", "widgets")

#: Modules of ``imgurdata.archive`` by their public names, imported when one of these is asked for:
#: Arrow's parts for files take a tenth of a second.
_ARCHIVE_MODULES = {
    "Archive": "archive",
    "collect": "collector",
    "lifetimes": "trends",
    "pseudonymise": "pseudonyms",
    "velocity": "trends",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"imgurdata.{name}")
    if name == "__version__":
        from imgurdata._version import VERSION

        return VERSION
    if name in _ARCHIVE_MODULES:
        return getattr(import_module(f"imgurdata.archive.{_ARCHIVE_MODULES[name]}"), name)
    public = import_module("imgurdata._public")
    if name == "__all__":
        return sorted([*public.__all__, *_ARCHIVE_MODULES, *_MODULES, "__version__"])
    if name not in public.__all__:
        from imgurdata._validate import no_attribute

        raise no_attribute("imgurdata", name, __dir__())
    globals().update({known: getattr(public, known) for known in public.__all__})
    return globals()[name]


def __dir__() -> list[str]:
    names: list[str] = __getattr__("__all__")
    return names
