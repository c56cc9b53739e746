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

from typing import Any

import lazy_loader

# The names are listed in __init__.pyi; each is imported when it is first used.
_load, _, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("imgurdata")
    if name not in __all__:
        raise AttributeError(f"module 'imgurdata' has no attribute {name!r}")
    return _load(name)


def __dir__() -> list[str]:
    return sorted(__all__)
