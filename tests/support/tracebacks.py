"""Everything that a verbose traceback would show of an error."""

from __future__ import annotations

from pathlib import Path
from traceback import walk_tb

import imgurdata

_PACKAGE = str(Path(imgurdata.__file__).parent)


def shown_by(error: BaseException) -> str:
    """Return the text of an error and of all behind it, with the variables of their frames.

    Of frames of the package and of the libraries that it calls; a test's own frames may hold
    what they like.
    """
    found: list[str] = []
    todo: list[BaseException | None] = [error]
    seen: set[int] = set()
    while todo:
        one = todo.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        todo += [one.__context__, one.__cause__]
        found += [repr(one), str(one), repr(vars(one))]
        ours = False
        for frame, _ in walk_tb(one.__traceback__):
            ours = ours or frame.f_code.co_filename.startswith(_PACKAGE)
            if ours:
                found += map(_shown, frame.f_locals.values())
    return "\n".join(found)


def _shown(value: object) -> str:
    try:
        return repr(value)
    except AttributeError:  # an object whose making was broken off
        return object.__repr__(value)
