"""Plan a pull: what it would take, and whether it can be paid, before it costs anything."""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from imgurdata._clock import utc
from imgurdata._format import clock_time, duration_argument, duration_text, plural
from imgurdata.credits.headers import LENGTHS
from imgurdata.credits.messages import max_wait_for
from imgurdata.credits.windows import LimitState
from imgurdata.errors import AuthenticationRequired, CreditsExhausted, InvalidArgument
from imgurdata.http.store import Resolved, State
from imgurdata.model.records import RECORDS
from imgurdata.pulls.answers import KnownRows, answer_check, cached_answer
from imgurdata.pulls.requests import ListEnd, RequestList

if TYPE_CHECKING:
    from imgurdata.http.session import ImgurSession
    from imgurdata.pulls.pull import Pull

__all__ = ["PullPlan", "check_affordable", "check_identity", "plan_of", "refusal"]

logger = logging.getLogger(__name__)

#: After so many pages in a row that are not stored, the rest of a list is taken not to be either.
_NOT_STORED = 1000


#: Whose the limits are that a pull needs.
_WHOSE = {
    "user": "of this user's hour",
    "client": "of the application's day",
    "requests": "of the gateway's plan",
}


@dataclass(frozen=True)
class PullPlan:
    """Plan of a pull: what it would take.

    Attributes
    ----------
    requests : int
        Real requests: ``to_revalidate + to_fetch``. Where the end of the list is not known: at
        least that many with ``pages=None``; with a number of pages, fewer if the list ends before.
    cached_fresh, to_revalidate, to_fetch : int
        Answers that are free, that are revalidated with their ETag (a 304 costs a credit as
        well), and that are fetched.
    credits_needed, credits_left : int, int or None
        What it costs, and what the user's hour still has (None: not reported yet).
    reset_at : datetime.datetime or None
        When the hour is filled up again (UTC).
    open_ended : bool
        Whether the list's end is unknown.
    limit : str
        Limit that ``credits_left`` and ``reset_at`` are of: ``"user"``, or ``"requests"`` of the
        commercial gateway's plan.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True) as session:
    ...     posts = imd.load_gallery(pages=2)
    ...     plan = imd.Pull("gallery", pages=5).plan()
    >>> plan.cached_fresh, plan.to_fetch, plan.credits_left
    (2, 3, 498)
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
    limit: str = "user"

    def _rows(self) -> list[tuple[str, str]]:
        at_least = "at least " if self.open_ended else ""
        left = "not reported yet" if self.credits_left is None else f"{self.credits_left:,}"
        is_plan = self.limit == "requests"
        clock = "%Y-%m-%d %H:%M" if is_plan else "%H:%M"
        until = f", filled up at {self.reset_at:{clock}} UTC" if self.reset_at else ""
        return [
            ("from the cache, free", f"{self.cached_fresh:,}"),
            ("ask again (ETag)", f"{self.to_revalidate:,}"),
            ("fetch", f"{self.to_fetch:,}"),
            ("credits needed", f"{at_least}{self.credits_needed:,}"),
            ("left of the plan" if is_plan else "left this hour", f"{left}{until}"),
        ]

    def __str__(self) -> str:
        lines = [f"  {name:<22}{value}" for name, value in self._rows()]
        return "\n".join([repr(self.pull), *lines])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        import html  # for notebooks only

        rows = "".join(
            f"<tr><th scope='row' style='text-align:left'>{html.escape(name)}</th>"
            f"<td style='text-align:right'>{html.escape(value)}</td></tr>"
            for name, value in self._rows()
        )
        caption = f"<caption style='text-align:left'><code>{html.escape(repr(self.pull))}</code>"
        return f"<table>{caption}</caption><tbody>{rows}</tbody></table>"


def _states_of(
    pull: Pull, requests: RequestList, session: ImgurSession
) -> tuple[Counter[State], bool]:
    """Return the states of one list's requests, from the cache alone, and whether more follow."""
    check = answer_check(pull.endpoint)
    known = KnownRows(RECORDS[pull.endpoint.record], requests.known or ())
    states: Counter[State] = Counter()
    stale: Resolved | None = None  # the page before, if it is stored and not fresh
    missing = 0
    for resolved in chain.from_iterable(session.resolve(requests.specs())):
        answer, state = cached_answer(session, resolved, check), resolved.state
        if state is State.FRESH and answer is None:
            state = State.MISSING  # of no use: it is fetched
        missing = missing + 1 if state is State.MISSING else 0
        if requests.list_end is ListEnd.REQUESTED and missing > _NOT_STORED and requests.items:
            # Nobody has stored what lies so far behind: it is not looked up.
            states[State.MISSING] += len(requests.items) - states.total()
            break
        # Of a walk to the known, and of a list whose end nobody knows, one more is sure.
        if (
            state is not State.FRESH if requests.known is not None
            else state is State.MISSING and requests.items is None
        ):  # fmt: skip
            # Unless the page before was empty when it was last confirmed.
            last = stale and cached_answer(session, replace(stale, state=State.FRESH), check)
            if not (last and last.is_empty):
                states[state] += 1
            return states, True
        states[state] += 1
        may_end = requests.list_end is not ListEnd.KNOWN
        if answer and may_end and (answer.is_empty or known.look_at(answer.data)):
            break
        stale = resolved if state is not State.FRESH else None
    return states, False


def plan_of(pull: Pull, session: ImgurSession) -> PullPlan:
    """Return what running a pull would take; sends nothing and spends nothing."""
    each = [_states_of(pull, requests, session) for requests in pull.lists]
    states = sum((states for states, _ in each), Counter[State]())
    total, fresh, stale = states.total(), states[State.FRESH], states[State.STALE]
    needed = 0 if session.offline else total - fresh
    limit = "requests" if "requests" in session.credits.needed else "user"
    _, left, reset_at = session.credits.state(limit)
    return PullPlan(
        pull=pull,
        requests=needed,
        cached_fresh=fresh,
        to_revalidate=stale,
        to_fetch=total - fresh - stale,
        credits_needed=needed,
        credits_left=left,
        reset_at=reset_at,
        open_ended=any(more for _, more in each),
        limit=limit,
    )


def check_identity(pull: Pull, session: ImgurSession) -> None:
    """Raise if the session's identity cannot load a pull, before any request.

    Raises
    ------
    AuthenticationRequired, InvalidArgument
    """
    params = pull.params
    names = params.get("usernames", params.get("username"))
    # A single name is a text: "me" must not be looked for inside "james".
    own = "me" in ([names] if isinstance(names, str) else names or ())
    if session.identity.kind == "client" and (own or pull.endpoint.signed_in):
        how = "session.sign_in(session.sandbox.issue_token(session.sandbox.account)) on a sandbox"
        if session.sandbox is None:
            how = "imd.sign_in() in a notebook, connect(account=...) or token= in a script"
        what = (
            f"Imgur shows it to its owner only: {how}"
            if pull.endpoint.signed_in
            else f"It asks for your own account: {how}; or name somebody whose data are public"
        )
        raise AuthenticationRequired(
            f"{pull!r} needs a sign-in. {what}.", request=pull.endpoint.path
        )
    if params.get("mature") is not None and session.identity.kind == "account":
        raise InvalidArgument(
            "mature= is ignored by Imgur for a signed-in account: its own setting "
            "(show_mature) decides. Leave it out, or change the setting."
        )


def check_affordable(pull: Pull, session: ImgurSession) -> None:
    """Refuse a pull that plainly cannot be paid, before its first request.

    Raises
    ------
    CreditsExhausted
        More credits are needed than are left, and they do not come back within the wait that the
        session allows. Only limits that Imgur has reported count.
    """
    if session.offline:
        return
    limits = session.credits.states(session.credits.needed)
    most = sum(1 if one.items is None else len(one.items) for one in pull.lists)
    if all(left is None or left >= most for _, left, _ in limits.values()):
        return  # enough, even if nothing were cached
    wait_policy = session.wait_policy
    error = refusal(
        plan_of(pull, session).credits_needed,
        limits,
        now=session.clock.now(),
        max_wait=wait_policy.max_wait if wait_policy.on_limit == "wait" else None,
    )
    if error is not None:
        raise error


def refusal(
    needed: int, limits: Mapping[str, LimitState], *, now: float, max_wait: float | None
) -> CreditsExhausted | None:
    """Return why a pull cannot be paid, or None if it can, perhaps after a wait.

    Parameters
    ----------
    needed
        Credits.
    limits
        Limit, remaining and reset by the limit's name.
    now
        The session's clock.
    max_wait
        Seconds that one wait may last; None: it does not wait.
    """
    for name, (total, left, reset_at) in limits.items():
        if left is None or reset_at is None or needed <= left:
            continue
        seconds = max(reset_at.timestamp() - now, 0.0)
        # Beyond one filling there is another wait, of nearly a whole window.
        longest = LENGTHS[name] if total is not None and needed - left > total else seconds
        wait = max(seconds, longest)
        if max_wait is not None and wait <= max_wait + 1:  # resets are reported in whole seconds
            logger.info("%d credits are needed, %d left: there will be a wait", needed, left)
            continue
        enough = max_wait_for(name, wait)
        advice = (
            f'connect(on_limit="wait", max_wait="{enough}") waits for them'
            if max_wait is None
            else f'max_wait="{duration_argument(max_wait)}" is too short to wait for them, '
            f'"{enough}" would do'
        )
        moment = utc(now)
        return CreditsExhausted(
            f"This pull needs {plural(needed, 'credit')}, and {left:,} are left {_WHOSE[name]}; "
            f"they come back at {clock_time(reset_at, moment)} (in {duration_text(seconds)}). "
            f"Nothing was asked. Ask for less, or later; {advice}.",
            limit=name,
            reset_at=utc(reset_at.timestamp()),
        )
    return None
