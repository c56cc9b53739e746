"""Plan and run pulls. Loaders only pass their arguments on to :class:`Pull`."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from imgurdata._connect import session_or_current
from imgurdata._format import plural
from imgurdata._interrupts import defer_sigint
from imgurdata._validate import boolean, duration, one_of, refuse
from imgurdata.endpoints import ENDPOINTS, LOADS, Endpoint
from imgurdata.errors import InvalidArgument
from imgurdata.pulls.plan import PullPlan, check_identity, plan_of
from imgurdata.pulls.requests import RequestList, build_requests
from imgurdata.pulls.run import Run, empty_frame, keep_partial

if TYPE_CHECKING:
    import pandas as pd

    from imgurdata.http.session import ImgurSession

__all__ = ["Pull", "PullPlan"]


#: Arguments of every loader that say how a pull is run, not what it loads.
_OF_A_RUN = frozenset({"session", "progress", "max_age"})
#: Most ids that a pull prints one by one.
_PRINTED = 10


@dataclass(frozen=True, init=False, repr=False, eq=False)
class Pull:
    """Description of a load, checked and not yet run.

    Parameters
    ----------
    load : str
        The loader's name without ``load_``: ``"gallery"``, ``"comments"`` ...
    **params
        The loader's arguments.

    Attributes
    ----------
    load : str
        Name of the load.
    lists : tuple of RequestList
        The requests it makes, list by list.
    endpoint : Endpoint
        Endpoint that it requests.

    Raises
    ------
    InvalidArgument
        Imgur would refuse or ignore an argument; the message names what is possible.

    Examples
    --------
    >>> import imgurdata as imd
    >>> pull = imd.Pull("gallery", section="hot", pages=3)
    >>> pull
    Pull('gallery', section='hot', pages=3)
    >>> with imd.connect(sandbox=True) as session:
    ...     len(pull.run(session))
    180
    """

    load: str
    lists: tuple[RequestList, ...]
    endpoint: Endpoint
    _params: Mapping[str, Any]

    def __init__(self, load: str, /, **params: Any) -> None:
        endpoint = LOADS[one_of("load", load, LOADS)]
        for name in _OF_A_RUN & params.keys():
            raise InvalidArgument(
                f"{name} must be an argument of run(), not of the pull: Pull(...).run({name}=...)."
            )
        for name, other in endpoint.instead.items():
            if params.get(name) is not None:
                endpoint = ENDPOINTS[other]
        try:
            lists, given = build_requests(endpoint, params)
        except KeyboardInterrupt as stop:  # ids may come from a generator that takes long
            keep_partial(stop, empty_frame(endpoint))
            raise
        object.__setattr__(self, "load", load)
        object.__setattr__(self, "endpoint", endpoint)
        object.__setattr__(self, "lists", lists)
        object.__setattr__(self, "_params", given)

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> Self:
        """Return the pull of a TOML table: its arguments, and ``load``.

        >>> import imgurdata as imd
        >>> imd.Pull.from_dict({"load": "gallery", "section": "user"})
        Pull('gallery', section='user')
        """
        if not isinstance(table, Mapping) or not all(isinstance(key, str) for key in table):
            refuse("table", "a mapping of argument names, such as a TOML table", table)
        params = dict(table)
        if params.get("load") == "replies" and "ids" in params:
            params["id"] = params.pop("ids")  # its name in older tables and bundles
        if "load" not in params:
            raise InvalidArgument('A pull needs load = "..." (gallery, posts ...).')
        return cls(params.pop("load"), **params)

    def to_dict(self) -> dict[str, Any]:
        """Return its table, which is JSON-able and read by :meth:`from_dict`."""
        return {"load": self.load, **self.params}

    @property
    def params(self) -> dict[str, Any]:
        """Arguments as given, JSON-able, without those left to their default."""
        return {k: list(v) if isinstance(v, list) else v for k, v in self._params.items()}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pull) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        # Not of the repr: the arguments' order makes no other pull.
        return hash((self.load, frozenset((k, _brief(k, v)) for k, v in self.params.items())))

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self).from_dict, (self.to_dict(),))

    def __repr__(self) -> str:
        params = self._params
        words = [repr(self.load), *(f"{name}={_brief(name, params[name])}" for name in params)]
        return f"Pull({', '.join(words)})"

    def run(
        self,
        session: ImgurSession | None = None,
        *,
        progress: bool | None = None,
        max_age: Any = None,
    ) -> pd.DataFrame:
        """Load the frame.

        Parameters
        ----------
        session : ImgurSession, optional
            Session to use; the newest one by default.
        progress : bool, optional
            Whether to show a progress bar; by default if it takes longer than a second.
        max_age : str, float, pandas.Timedelta or None
            Time for which an answer in the cache counts as fresh, for this run only: 0 asks again
            with the ETag, None is the session's own.

        Returns
        -------
        pandas.DataFrame
            Columns as in ``imd.schema`` of its record; ``attrs["imgurdata"]`` says what the pull
            did.

        Raises
        ------
        ImgurDataError
            With ``.partial``: the frame of the answers before the failure, in order.
        CreditsExhausted
            Before any request, if it plainly cannot be paid.
        InvalidArgument
            An argument of this method has an invalid value.
        KeyboardInterrupt
            Ctrl-C, or the notebook's stop: within a tenth of a second, or when the current page is
            decoded; with ``.partial`` as above. Requests in flight still go into the cache.

        Notes
        -----
        Pages of a list are requested ``session.workers`` at a time. A list that ends earlier than
        requested may waste credits: at most ``workers - 1`` with a number of pages, and at most
        one for each four new pages with ``pages=None`` or ``until_known``.

        Warns
        -----
        DeprecationWarning
            Imgur has left the endpoint behind.
        """
        run: Run | None = None
        try:
            with defer_sigint() as interrupts:
                shown = None if progress is None else boolean("progress", progress)
                seconds = None if max_age is None else duration("max_age", max_age)
                session = session_or_current(session)
                with session.running(session.max_age if seconds is None else seconds):
                    check_identity(self, session)
                    if self.endpoint.legacy_note:
                        _warn_of_legacy(self.endpoint)
                    run = Run(self, session, shown)
                    return run.frame(interrupts)
        except BaseException as stop:
            # Outside of the run itself: a handler of a signal may raise anything at any moment, and
            # an interrupt may come while the blocks end.
            if getattr(stop, "partial", None) is None:
                frame = None if run is None else run.loaded
                keep_partial(stop, empty_frame(self.endpoint) if frame is None else frame)
            raise

    def plan(self, session: ImgurSession | None = None, *, max_age: Any = None) -> PullPlan:
        """Return what running it would take; sends nothing and spends nothing.

        Parameters
        ----------
        session : ImgurSession, optional
            Session that would run it; the newest one by default.
        max_age : str, float, pandas.Timedelta or None
            As in :meth:`run`.

        Notes
        -----
        Exact for ids, and for pages up to an end that is known: from the cache (the empty last
        page) or by the number of pages requested. With ``until_known`` or ``pages=None`` and no
        known end, it is the least it takes.
        """
        seconds = None if max_age is None else duration("max_age", max_age)
        session = session_or_current(session)
        with session.running(session.max_age if seconds is None else seconds):
            check_identity(self, session)
            return plan_of(self, session)


def _brief(name: str, value: Any) -> str:
    """Return the repr of an argument; of many ids, how many they are."""
    if not isinstance(value, (list, tuple)) or len(value) <= _PRINTED:
        return repr(value)
    return f"[... {plural(len(value), 'page' if name == 'pages' else 'id')}]"


def _warn_of_legacy(endpoint: Endpoint) -> None:
    """Warn, at the first caller outside of this package, of an endpoint that is left behind."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("imgurdata."):
        frame, level = frame.f_back, level + 1
    warnings.warn(
        f"{endpoint.loader_name} asks for {endpoint.path}, which may end without notice: "
        f"{endpoint.legacy_note}.",
        DeprecationWarning,
        stacklevel=level,
    )
