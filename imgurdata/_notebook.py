"""What IPython shows of this package: short tracebacks, and public names for the tab key.

A traceback has the user's lines and the error, without the frames of this package. IPython asks
an exception that has ``_render_traceback_`` for its lines (IPython's documentation,
"Integrating your objects with IPython"). Only what is printed is short: the exception keeps its
``__traceback__``, so that debuggers and logs see every frame. ``%tb Verbose`` prints all of them
afterwards, ``%xmode Verbose`` or ``$IMGURDATA_TRACEBACK=full`` always.
"""

from __future__ import annotations

import copy
import os
import sys
import sysconfig
import traceback
from collections.abc import Iterator
from functools import cache, partial
from types import TracebackType

__all__ = ["complete_public_names", "render_traceback", "shorten_traceback"]

#: This package, and those whose classes its session extends: ``session.get`` begins in one of them.
_PACKAGES = frozenset({"imgurdata", "requests", "requests_cache"})

_HINT = "(Frames of imgurdata are left out here: %tb Verbose shows them.)"


def complete_public_names(*classes: type) -> None:
    """Let the tab key offer what ``dir()`` of an object does.

    IPython adds all attributes of the class, unless it is told otherwise.
    """
    if "IPython" in sys.modules:
        from IPython.utils.generics import complete_object

        for one in classes:
            complete_object.register(one, lambda instance, _: dir(instance))


def shorten_traceback(error: BaseException) -> None:
    """Let IPython print a short traceback of an exception that is no error of this package."""
    error._render_traceback_ = partial(render_traceback, error)  # type: ignore[attr-defined]


def render_traceback(error: BaseException) -> list[str]:
    """Return the lines that IPython prints for an exception.

    Parameters
    ----------
    error : BaseException
        Exception whose frames of this package are left out.
    """
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is None:
        return traceback.format_exception(error)
    formatter = shell.InteractiveTB
    full = os.environ.get("IMGURDATA_TRACEBACK", "").lower() == "full"
    if full or formatter.mode == "Verbose":
        shown = error
    else:
        shown = _shortened(error)
    lines: list[str] = formatter.structured_traceback(type(error), shown, shown.__traceback__)
    if _length(shown.__traceback__) < _length(error.__traceback__) and formatter.mode != "Minimal":
        lines = [*lines, _HINT]
    return lines


def _shortened(error: BaseException) -> BaseException:
    """Return a copy of an exception, and of what came before it, without frames of this package.

    What was caught in this package (the error of a socket, for example) is left out: the message
    says it.
    """
    short = copy.copy(error)
    short.__traceback__ = _users_part(error.__traceback__)
    earlier = _earlier(error)
    while earlier is not None and earlier.__traceback__ and _is_ours(earlier.__traceback__):
        earlier = _earlier(earlier)
    if earlier is not None:
        is_cause = earlier is error.__cause__
        earlier = _shortened(earlier) if hasattr(earlier, "_render_traceback_") else earlier
        if is_cause:
            short.__cause__ = earlier
        else:
            short.__context__ = earlier
    return short


def _earlier(error: BaseException) -> BaseException | None:
    """Return the exception that Python would show before this one."""
    if error.__cause__ is not None or error.__suppress_context__:
        return error.__cause__
    return error.__context__


def _users_part(trace: TracebackType | None) -> TracebackType | None:
    """Return a copy of a traceback: all up to the first frame of this package, then the user's.

    Code of the user below this package (a hook of the session, for example) stays.
    """
    frames = list(_frames(trace))
    first = next((index for index, frame in enumerate(frames) if _is_ours(frame)), len(frames))
    kept = [
        frame
        for index, frame in enumerate(frames)
        if index < first or not (_is_ours(frame) or _is_installed(frame))
    ]
    short: TracebackType | None = None
    for frame in reversed(kept):
        short = TracebackType(short, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    return short


def _frames(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _length(trace: TracebackType | None) -> int:
    return sum(1 for _ in _frames(trace))


def _is_ours(trace: TracebackType) -> bool:
    name = trace.tb_frame.f_globals.get("__name__")
    return isinstance(name, str) and name.partition(".")[0] in _PACKAGES


def _is_installed(trace: TracebackType) -> bool:
    """Return whether a frame is of an installed package or the standard library."""
    name = trace.tb_frame.f_code.co_filename
    return name.startswith(("<frozen", *_installed_folders()))


@cache
def _installed_folders() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    return tuple(paths[name] + os.sep for name in ("stdlib", "platstdlib", "purelib", "platlib"))
