"""A pull: what to load, checked, printable, plannable, runnable.

A loader is a thin face of it. The order of things in :meth:`Pull.run` is the journey of one call.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import msgspec
import pandas as pd

from imgurdata.client.asks import Asks, asks_of
from imgurdata.client.endpoint import Endpoint, one_of
from imgurdata.client.endpoints import ENDPOINTS
from imgurdata.client.freshness import State
from imgurdata.client.meter import metered
from imgurdata.client.paging import Answer, Ask, answers, prepare
from imgurdata.errors import AuthenticationRequired, ImgurDataError, InvalidArgument, NotFound
from imgurdata.model.frames import FrameBuilder
from imgurdata.model.records import RECORDS
from imgurdata.model.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imgurdata.client.meter import Meter
    from imgurdata.client.session import ImgurSession

__all__ = ["Pull", "PullPlan"]


@dataclass(frozen=True, init=False, repr=False, eq=False)
class Pull:
    """What to load, without having loaded it.

    Parameters
    ----------
    load
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
    _asks: Asks

    def __init__(self, load: str, /, **params: Any) -> None:
        endpoint = ENDPOINTS[one_of("load", load, ENDPOINTS)]
        object.__setattr__(self, "load", load)
        object.__setattr__(self, "_asks", asks_of(endpoint, params))

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> Pull:
        """A pull from a TOML table: its arguments, and ``load``.

        >>> Pull.from_dict({"load": "gallery", "section": "user"})
        Pull('gallery', section='user')
        """
        params = dict(table)
        if "load" not in params:
            raise InvalidArgument('A pull needs load = "..." (gallery, posts ...).')
        return cls(params.pop("load"), **params)

    def to_dict(self) -> dict[str, Any]:
        """The table of it; JSON-able, and what :meth:`from_dict` reads."""
        return {"load": self.load, **self.params}

    @property
    def endpoint(self) -> Endpoint:
        """What it asks."""
        return ENDPOINTS[self.load]

    @property
    def params(self) -> dict[str, Any]:
        """The arguments as given, JSON-able; what was left to the default is not in it."""
        given = self._asks.params
        return {k: list(v) if isinstance(v, list) else v for k, v in given.items()}

    # What happens -------------------------------------------------------------------------------

    def run(
        self, session: ImgurSession | None = None, *, progress: bool | None = None
    ) -> pd.DataFrame:
        """Load it.

        Parameters
        ----------
        session
            Who asks; the newest session by default.
        progress
            A bar: None, when it lasts longer than a second; True, always; False, never.

        Returns
        -------
        pandas.DataFrame
            The columns of ``imd.schema`` of its record; what was done stands in
            ``attrs["imgurdata"]``.

        Raises
        ------
        ImgurDataError
            With ``.partial``: the frame of what came, in order, before it broke.
        """
        session = _session(session)
        with session.pinned():
            return self._run(session, progress)

    def _run(self, session: ImgurSession, progress: bool | None) -> pd.DataFrame:
        self._check_for(session)
        builder = FrameBuilder(
            RECORDS[self.endpoint.record],
            nested=bool(self._asks.params.get("nested")),
            owner=self.endpoint.owner,
            tree=self.endpoint.tree,
        )
        story = _Story()
        listed = self.endpoint.paging == "page"
        counts: dict[str, msgspec.Raw] = {}
        with metered() as meter, _bar(self._asks.count, progress) as bar:
            try:
                for answer in self._answers(session):
                    story.take(answer)
                    if answer.data is not None and self.endpoint.paging == "counts":
                        counts[answer.ask.label] = msgspec.Raw(answer.data)
                    elif answer.data is not None:
                        held = builder.add(
                            answer.data,
                            fetched_at=answer.fetched_at,
                            listing=self._asks.listing,
                            unique=self.endpoint.known_by,
                            owner=answer.ask.label,
                        )
                        if listed and not held and self._asks.ascending:
                            break
                    bar.update()
                if counts:
                    row = {"account_url": self._asks.params["username"], **counts}
                    builder.add(msgspec.json.encode(row), fetched_at=story.latest)
                # By answers, not by rows: an empty album is there, though it gives no row.
                if story.missing and len(story.missing) == story.count:
                    raise _all_missing(story.missing, self.endpoint)
            except ImgurDataError as error:
                error.partial = self._finish(session, builder, story, meter, complete=False)
                raise
        return self._finish(session, builder, story, meter, complete=True)

    def plan(self, session: ImgurSession | None = None) -> PullPlan:
        """What running it would take; asks nothing and spends nothing.

        Parameters
        ----------
        session
            Who would ask; the newest session by default.
        """
        session = _session(session)
        self._check_for(session)
        states: list[State] = []
        known_end = self._asks.count is not None
        for _, state in self._up_to_known_end(session):
            states.append(state)
            if not known_end and state is State.MISSING:
                break
        fresh = states.count(State.FRESH)
        stale = states.count(State.STALE)
        _, left, reset_at = session.credits.state("user")
        needed = 0 if session.offline else len(states) - fresh
        return PullPlan(
            pull=self,
            requests=needed,
            cached_fresh=fresh,
            to_revalidate=stale,
            to_fetch=len(states) - fresh - stale,
            credits_needed=needed,
            credits_left=left,
            reset_at=reset_at,
            open_ended=not known_end and states[-1] is State.MISSING,
        )

    def _answers(self, session: ImgurSession) -> Iterator[Answer]:
        ahead = session.workers if self._asks.count is not None else 1
        asks = (ask for ask, _ in self._up_to_known_end(session))
        return answers(session, asks, ahead=ahead, tolerate_missing=self.endpoint.paging == "ids")

    def _up_to_known_end(self, session: ImgurSession) -> Iterator[tuple[Ask, State]]:
        """The requests and what each takes; none behind a page known to be the empty last one.

        Running and planning both go by it: otherwise pages behind the end would be asked for again
        each time, since several are under way at once.
        """
        listed = self.endpoint.paging == "page" and self._asks.ascending
        for ask in self._asks.make():
            request = prepare(session, ask)
            state = session.state_of(request)
            yield ask, state
            if listed and state is State.FRESH and session.holds_nothing(request):
                return

    def _check_for(self, session: ImgurSession) -> None:
        """Refuse what this identity cannot ask, before it is asked."""
        params = self._asks.params
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
        if self._asks.params.get("mature") is not None and session.identity.kind == "account":
            raise InvalidArgument(
                "mature= is ignored by Imgur for a signed-in account: its own setting "
                "(show_mature) decides. Leave it out, or change the setting."
            )

    def _finish(
        self,
        session: ImgurSession,
        builder: FrameBuilder,
        story: _Story,
        meter: Meter,
        *,
        complete: bool,
    ) -> pd.DataFrame:
        frame = builder.frame()
        frame.attrs["imgurdata"] = {
            "record": self.endpoint.record,
            "schema_version": SCHEMA_VERSION,
            "version": version("imgurdata"),
            "endpoint": self._asks.listing or self.endpoint.path.removeprefix("/3/"),
            "params": self.params,
            "identity": session.identity.key,
            "fetched_at": story.latest.isoformat() if story.latest else None,
            "pages": story.count,
            "requests": meter.requests,
            "from_cache": story.origins["cache"],
            "revalidated": story.origins["revalidated"],
            "changed": story.origins["changed"],
            "credits_spent": meter.credits,
            "credits_left": session.credits.remaining("user"),
            "duplicates": builder.duplicates,
            "missing": story.missing,
            "images_truncated": _truncated(frame),
            "complete": complete,
            **builder.notes.to_dict(),
        }
        return frame

    # What it is ---------------------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pull) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        # Not of the repr: the arguments' order makes no other pull.
        return hash((self.load, frozenset((k, repr(v)) for k, v in self.params.items())))

    def __reduce__(self) -> tuple[Any, ...]:
        return (Pull.from_dict, (self.to_dict(),))

    def __repr__(self) -> str:
        words = [repr(self.load), *(f"{name}={value!r}" for name, value in self.params.items())]
        return f"Pull({', '.join(words)})"


@dataclass(frozen=True)
class PullPlan:
    """What a pull would take, told before it costs anything.

    Attributes
    ----------
    requests
        Real requests: ``to_revalidate + to_fetch``. Where the end of the list is not known: at
        least that many with ``pages=None``; with a number of pages, fewer if the list ends before.
    cached_fresh, to_revalidate, to_fetch
        Answers that are free, that are asked again with their ETag (a 304 costs a credit as
        well), and that are fetched.
    credits_needed, credits_left, reset_at
        What it costs, what the user's hour still has (None: not told yet), and when it is filled
        up again (UTC).
    open_ended
        Whether the list's end is unknown.
    """

    pull: Pull
    requests: int
    cached_fresh: int
    to_revalidate: int
    to_fetch: int
    credits_needed: int
    credits_left: int | None
    reset_at: dt.datetime | None
    open_ended: bool = False

    def __str__(self) -> str:
        at_least = "at least " if self.open_ended else ""
        left = "not told yet" if self.credits_left is None else f"{self.credits_left:,}"
        until = f", filled up at {self.reset_at:%H:%M} UTC" if self.reset_at else ""
        return (
            f"{self.pull!r}\n"
            f"  from the cache, free   {self.cached_fresh:>6,}\n"
            f"  ask again (ETag)       {self.to_revalidate:>6,}\n"
            f"  fetch                  {self.to_fetch:>6,}\n"
            f"  credits needed         {at_least}{self.credits_needed:,}"
            f"  (left this hour: {left}{until})"
        )

    __repr__ = __str__


class _Story:
    """What happened in a run."""

    def __init__(self) -> None:
        self.count = 0
        self.origins = {"cache": 0, "revalidated": 0, "changed": 0, "new": 0}
        self.missing: list[str] = []
        self.latest: dt.datetime | None = None

    def take(self, answer: Answer) -> None:
        """Note one answer."""
        self.count += 1
        if answer.data is None:
            self.missing.append(answer.ask.label)
            return
        self.origins[answer.origin] += 1
        if answer.fetched_at and (self.latest is None or answer.fetched_at > self.latest):
            self.latest = answer.fetched_at


def _session(session: ImgurSession | None) -> ImgurSession:
    if session is not None:
        session.check_open()
        return session
    from imgurdata.client.connect import current_session  # the default one is connect's to know

    return current_session()


def _all_missing(missing: list[str], endpoint: Endpoint) -> NotFound:
    names = ", ".join(missing[:5]) + (" ..." if len(missing) > 5 else "")
    one = len(missing) == 1
    more = ", marked mature, never shared with the gallery" if "gallery" in endpoint.noun else ""
    return NotFound(
        f"There is no {endpoint.noun} {names}{'' if one else ' (none of these)'}: deleted, private"
        f"{more}, or misspelt.",
        status=404,
        request=endpoint.path,
    )


def _truncated(frame: pd.DataFrame) -> int:
    if "images_shown" not in frame:
        return 0
    return int((frame["images_count"] > frame["images_shown"]).sum())


def _bar(total: int | None, progress: bool | None) -> Any:
    from tqdm.auto import tqdm  # drags in the notebook's widgets: only when something runs

    return tqdm(
        total=total,
        unit="page",
        leave=False,
        delay=0 if progress else 1.0,
        # None: shown in notebooks and terminals, not where the output goes into a file.
        disable=None if progress is None else not progress,
    )
