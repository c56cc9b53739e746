"""The running of a pull: answers into one frame, and the story of how they came."""

from __future__ import annotations

import datetime as dt
import logging
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import msgspec

from imgurdata.client.cache.freshness import State
from imgurdata.client.ledger.limits import answer_date
from imgurdata.client.ledger.meter import metered
from imgurdata.client.pulls.bulk import holds_nothing, steps, use
from imgurdata.client.pulls.interrupts import held_back
from imgurdata.client.pulls.known import Watch
from imgurdata.client.pulls.lookahead import Lookahead
from imgurdata.client.pulls.paging import Answer, Pager
from imgurdata.client.pulls.plan import check_affordable, counts_for
from imgurdata.errors import ApiError, BadResponse, ImgurDataError, NotCached, NotFound
from imgurdata.model.envelope import unwrap
from imgurdata.model.frames import FrameBuilder
from imgurdata.model.records import RECORDS
from imgurdata.model.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    import pandas as pd

    from imgurdata.client.endpoint import Endpoint
    from imgurdata.client.ledger.meter import UsageCounter
    from imgurdata.client.pulls.asks import Loading
    from imgurdata.client.session import ImgurSession

__all__ = ["Run"]

logger = logging.getLogger(__name__)


class Run:
    """One running of a pull; :meth:`frame` does it.

    Parameters
    ----------
    pull
        What to load.
    session
        Who asks.
    progress
        As in :meth:`Pull.run`.
    """

    def __init__(self, pull: Loading, session: ImgurSession, progress: bool | None) -> None:
        self._pull = pull
        self._asks = pull.asks
        self._endpoint = pull.endpoint
        self._session = session
        self._progress = progress
        self._record = RECORDS[self._endpoint.record]
        self._builder = FrameBuilder(
            self._record,
            nested=bool(self._asks.params.get("nested")),
            owner=self._endpoint.owner,
            tree=self._endpoint.tree,
        )
        self._listed = self._endpoint.paging == "page" and self._asks.ascending
        known = self._asks.known
        self._watch = None if known is None else Watch(known, self._record)
        self._met_known = False
        self._story = _Story()
        self._counts: dict[str, msgspec.Raw] = {}
        self._total: int | None = None

    def frame(self) -> pd.DataFrame:
        """Load it.

        Raises
        ------
        ImgurDataError, KeyboardInterrupt
            With ``.partial``: the frame of what came, in order, before it broke.
        """
        with metered() as meter:
            pager = self._pager()
            try:
                check_affordable(self._pull, self._session)
                with pager, _bar(self._asks.count, self._progress) as bar:
                    self._walk(pager, bar)
                self._end()
            except ImgurDataError as error:
                error.partial = self._finish(meter, complete=False)
                raise
            except KeyboardInterrupt as stop:
                for answer in pager.landed():
                    if self._take(answer):
                        break
                stop.partial = self._finish(meter, complete=False)  # type: ignore[attr-defined]
                raise
        return self._finish(meter, complete=True)

    def _pager(self) -> Pager:
        session, asks = self._session, self._asks
        lookahead = Lookahead(session.workers, asks.reach, stored_is_there=asks.known is None)
        last = (lambda answer: holds_nothing(answer, self._record)) if self._listed else None
        pager = Pager(
            session,
            steps(session, asks.make(), last=last),
            lookahead,
            ends=self._ends if self._listed else None,
            nothing=last,
            alone=session.credits.remaining("user") is None,
            tolerate_missing=self._endpoint.paging == "ids",
        )
        if asks.total is not None:
            pager.expect(1)  # it tells whether the rest is worth counting
        return pager

    def _ends(self, answer: Answer) -> bool:
        """Whether nothing behind this answer is wanted; told before it is decoded."""
        if answer.data is None:
            return False
        if self._watch is not None and self._watch.ends_with(answer.data):
            self._met_known = True
            return True
        return holds_nothing(answer, self._record)

    def _walk(self, pager: Pager, bar: Any) -> None:
        while True:
            for answer in pager:
                with held_back():
                    rows = self._builder.rows
                    over = self._take(answer)
                    pager.took()
                bar.update()
                if over:
                    return
                if self._asks.total is not None and self._story.count == 1:
                    self._look_at_total(pager, answer, self._builder.rows - rows)
            if self._total is None or self._builder.rows == self._total:
                return
            # Not as many as were counted: the list has moved, or the number is another one's.
            self._total = None
            pager.go_on()

    def _take(self, answer: Answer) -> bool:
        """Take up an answer; whether it is the last one."""
        self._story.take(answer)
        if answer.origin == "cache":
            use(self._session, answer)  # of the others, the session knows
        if answer.data is None:
            return False
        if self._endpoint.paging == "counts":
            self._counts[answer.ask.label] = msgspec.Raw(answer.data)
            return False
        known = self._builder.duplicates
        held = self._builder.add(
            answer.data,
            fetched_at=answer.fetched_at,
            listing=self._asks.listing,
            unique=self._endpoint.known_by,
            owner=answer.ask.label,
        )
        if not self._listed or self._met_known:
            return self._met_known
        if held and self._builder.duplicates - known == held:
            logger.warning(
                "page %s of %s holds nothing but what earlier pages held: taken for the end",
                answer.ask.label, self._asks.listing,
            )  # fmt: skip
            return True
        return held == 0

    def _look_at_total(self, pager: Pager, first: Answer, rows: int) -> None:
        """Where the first page is full: how many there are, so that none is asked for in vain."""
        if rows >= self._asks.size:
            self._total = self._ask_total(first.fetched_at)
        if self._total is None:
            pager.go_on()
        else:
            pager.expect(-(-self._total // rows))

    def _ask_total(self, since: dt.datetime | None) -> int | None:
        """How many rows the list has, counted no earlier than its first page was confirmed."""
        ask = self._asks.total
        if ask is None:
            return None
        try:
            (step,) = steps(self._session, [ask])
            kept = step.kept
            if isinstance(kept, Answer) and counts_for(kept, since, self._session):
                use(self._session, kept)
                return int(kept.data or b"")
            again = {"refresh": True} if step.state is State.FRESH else {}
            response = self._session.get(ask.path, **again)
            told = unwrap(response.content, status=response.status_code, request=ask.path)
            answer_date(response.headers, self._session.clock.now())
            return int(told)
        except (ApiError, BadResponse, NotCached, ValueError) as error:
            logger.info("%s tells no number (%s): the list is walked to its end", ask.path, error)
            return None

    def _end(self) -> None:
        story = self._story
        if self._counts:
            row = {"account_url": self._asks.params["username"], **self._counts}
            self._builder.add(msgspec.json.encode(row), fetched_at=story.latest)
        # By answers, not by rows: an empty album is there, though it gives no row.
        if story.missing and len(story.missing) == story.count:
            raise _all_missing(story.missing, self._endpoint)

    def _finish(self, meter: UsageCounter, *, complete: bool) -> pd.DataFrame:
        builder, story, endpoint = self._builder, self._story, self._endpoint
        frame = builder.frame()
        params = {k: v for k, v in self._pull.params.items() if k != "until_known"}
        frame.attrs["imgurdata"] = {
            "record": endpoint.record,
            "schema_version": SCHEMA_VERSION,
            "version": version("imgurdata"),
            "endpoint": self._asks.listing or endpoint.path.removeprefix("/3/"),
            "params": params,
            "identity": self._session.identity.key,
            "fetched_at": story.latest.isoformat() if story.latest else None,
            "pages": story.count,
            "requests": meter.requests,
            "from_cache": story.origins["cache"],
            "revalidated": story.origins["revalidated"],
            "changed": story.origins["changed"],
            "credits_spent": meter.credits,
            "credits_left": self._session.credits.remaining("user"),
            "duplicates": builder.duplicates,
            "missing": story.missing,
            "images_truncated": _truncated(frame),
            "complete": complete,
            **self._known_story(),
            **builder.notes.to_dict(),
        }
        return frame

    def _known_story(self) -> dict[str, Any]:
        if self._watch is None:
            return {}
        given = len(self._asks.known or ())
        told = {"given": given, "met": self._watch.met, "stopped": self._met_known}
        return {"until_known": told}


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
