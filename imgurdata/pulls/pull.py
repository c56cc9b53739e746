"""Describe a load as a value: checked, printable, with a plan, and ready to run.

Loaders only pass their arguments on to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from imgurdata._connect import session_or_current
from imgurdata._format import plural
from imgurdata._interrupts import defer_sigint
from imgurdata._validate import boolean, one_of, refuse
from imgurdata.endpoints import ENDPOINTS, Endpoint
from imgurdata.errors import AuthenticationRequired, InvalidArgument
from imgurdata.pulls.plan import PullPlan, plan_of
from imgurdata.pulls.requests import RequestList, build_requests
from imgurdata.pulls.run import Run, empty_frame, keep_partial

if TYPE_CHECKING:
    import pandas as pd

    from imgurdata.http.session import ImgurSession

__all__ = ["Pull", "PullPlan", "load"]

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
    _params: Mapping[str, Any]

    def __init__(self, load: str, /, **params: Any) -> None:
        endpoint = ENDPOINTS[one_of("load", load, ENDPOINTS)]
        object.__setattr__(self, "load", load)
        lists, given = build_requests(endpoint, params)
        object.__setattr__(self, "lists", lists)
        object.__setattr__(self, "_params", given)

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> Pull:
        """Return the pull of a TOML table: its arguments, and ``load``.

        >>> Pull.from_dict({"load": "gallery", "section": "user"})
        Pull('gallery', section='user')
        """
        if not isinstance(table, Mapping) or not all(isinstance(key, str) for key in table):
            refuse("table", "a mapping of argument names, such as a TOML table", table)
        params = dict(table)
        if "load" not in params:
            raise InvalidArgument('A pull needs load = "..." (gallery, posts ...).')
        return cls(params.pop("load"), **params)

    def to_dict(self) -> dict[str, Any]:
        """Return its table, which is JSON-able and read by :meth:`from_dict`."""
        return {"load": self.load, **self.params}

    @property
    def endpoint(self) -> Endpoint:
        """Endpoint that it requests."""
        return ENDPOINTS[self.load]

    @property
    def params(self) -> dict[str, Any]:
        """Arguments as given, JSON-able, without those left to their default."""
        return {k: list(v) if isinstance(v, list) else v for k, v in self._params.items()}

    # Planning and running -----------------------------------------------------------------------

    def run(
        self, session: ImgurSession | None = None, *, progress: bool | None = None
    ) -> pd.DataFrame:
        """Load the frame.

        Parameters
        ----------
        session : ImgurSession, optional
            Session to use; the newest one by default.
        progress : bool, optional
            Whether to show a progress bar; by default if it takes longer than a second.

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
        KeyboardInterrupt
            Ctrl-C, or the notebook's stop: within a tenth of a second, or when the current page is
            decoded; with ``.partial`` as above. Requests in flight still go into the cache.

        Notes
        -----
        Pages of a list are requested ``session.workers`` at a time. A list that ends earlier than
        requested may waste credits: at most ``workers - 1`` with a number of pages, and at most
        one for each four new pages with ``pages=None`` or ``until_known``.
        """
        frame: pd.DataFrame | None = None
        running: Run | None = None
        try:
            with defer_sigint():
                shown = None if progress is None else boolean("progress", progress)
                session = session_or_current(session)
                with session.pinned():
                    self._check_for(session)
                    running = Run(self, session, shown)
                    frame = running.frame()
                    return frame  # noqa: RET504 - an interrupt may come while the blocks end
        except BaseException as stop:
            # Outside of the run itself: a handler of a signal may raise anything at any moment.
            if getattr(stop, "partial", None) is None:
                if frame is None and running is not None:
                    frame = running.loaded
                keep_partial(stop, empty_frame(self.endpoint) if frame is None else frame)
            raise

    def plan(self, session: ImgurSession | None = None) -> PullPlan:
        """Return what running it would take; sends nothing and spends nothing.

        Parameters
        ----------
        session : ImgurSession, optional
            Session that would run it; the newest one by default.

        Notes
        -----
        Exact for ids, and for pages up to an end that is known: from the cache (the empty last
        page) or by the number of pages asked for. With
        ``until_known`` or ``pages=None`` and no known end, it is the least it takes.
        """
        session = session_or_current(session)
        with session.pinned():
            self._check_for(session)
            return plan_of(self, session)

    def _check_for(self, session: ImgurSession) -> None:
        """Raise if this identity cannot load it, before any request."""
        params = self._params
        names = params.get("usernames", params.get("username"))
        # A single name is a text: "me" must not be looked for inside "james".
        own = "me" in ([names] if isinstance(names, str) else names or ())
        if session.identity.kind == "client" and (own or self.endpoint.signed_in):
            how = "imd.sign_in() in a notebook, connect(account=...) or token= in a script"
            what = (
                f"Imgur shows it to its owner only: {how}"
                if self.endpoint.signed_in
                else f"It asks for your own account: {how}; or name somebody whose data are public"
            )
            raise AuthenticationRequired(
                f"{self!r} needs a sign-in. {what}.", request=self.endpoint.path
            )
        if params.get("mature") is not None and session.identity.kind == "account":
            raise InvalidArgument(
                "mature= is ignored by Imgur for a signed-in account: its own setting "
                "(show_mature) decides. Leave it out, or change the setting."
            )

    # Comparing and printing ---------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pull) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        # Not of the repr: the arguments' order makes no other pull.
        return hash((self.load, frozenset((k, _brief(k, v)) for k, v in self.params.items())))

    def __reduce__(self) -> tuple[Any, ...]:
        return (Pull.from_dict, (self.to_dict(),))

    def __repr__(self) -> str:
        params = self._params
        words = [repr(self.load), *(f"{name}={_brief(name, params[name])}" for name in params)]
        return f"Pull({', '.join(words)})"


def load(name: str, session: Any, progress: Any, /, **params: Any) -> pd.DataFrame:
    """Run a pull for a loader.

    Parameters
    ----------
    name : str
        As in :class:`Pull`.
    session, progress
        As in :meth:`Pull.run`.
    **params
        The loader's arguments.
    """
    try:
        return Pull(name, **params).run(session, progress=progress)
    except KeyboardInterrupt as stop:
        if getattr(stop, "partial", None) is None:
            keep_partial(stop, empty_frame(ENDPOINTS[name]))
        raise


def _brief(name: str, value: Any) -> str:
    """Return the repr of an argument; of many ids, how many they are."""
    if not isinstance(value, (list, tuple)) or len(value) <= _PRINTED:
        return repr(value)
    return f"[... {plural(len(value), 'page' if name == 'pages' else 'id')}]"
