"""Run a pull: turn its answers into one frame, and keep what came if it breaks."""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import msgspec

from imgurdata._format import plural
from imgurdata._interrupts import Interrupts, defer_sigint, explain_interrupt
from imgurdata._progress import progress_bar
from imgurdata._version import VERSION
from imgurdata.credits.limits import UsageCounter, counters, pushed
from imgurdata.errors import (
    ApiError,
    AuthenticationRequired,
    BadResponse,
    ImgurDataError,
    NotFound,
)
from imgurdata.model.frames import FrameBuilder
from imgurdata.model.ids import hint_for_missing
from imgurdata.model.records import RECORDS
from imgurdata.model.schema import SCHEMA_VERSION
from imgurdata.pulls.answers import (
    Answer,
    Blocks,
    KeptBlock,
    Watch,
    answer_check,
    is_empty_list,
    log_use,
)
from imgurdata.pulls.paging import Lookahead, Pager
from imgurdata.pulls.plan import check_affordable

if TYPE_CHECKING:
    import pandas as pd

    from imgurdata.endpoints import Endpoint
    from imgurdata.http.session import ImgurSession
    from imgurdata.http.store import RequestSpec
    from imgurdata.pulls.pull import Pull
    from imgurdata.pulls.requests import RequestList

__all__ = ["Run", "empty_frame", "keep_partial"]

logger = logging.getLogger(__name__)

#: Longest reason that is quoted, in characters.
_LONGEST_REASON = 200
#: How a reason begins where Imgur answered, and not with a 404.
_NO_ROW, _REFUSED = "no row", "refused"


class Run:
    """Run of a pull.

    Parameters
    ----------
    pull : Pull
    session : ImgurSession
    progress : bool or None
        As in :meth:`Pull.run`.
    """

    def __init__(self, pull: Pull, session: ImgurSession, progress: bool | None) -> None:
        self._pull = pull
        self._requests: RequestList  # the list that is being loaded
        self._usage: UsageCounter
        self._endpoint = pull.endpoint
        self._session = session
        self._progress = progress
        self._record = RECORDS[self._endpoint.record]
        self._builder = FrameBuilder(
            self._record,
            nested=bool(pull.params.get("nested")),
            owner=self._endpoint.owner,
            tree=self._endpoint.tree,
            in_blocks=True,
        )
        self._blocks: Blocks  # of the list that is being loaded
        self._pager: Pager | None = None
        self._in_order = False
        self._watch: Watch | None = None
        self._met_known = False
        self._outcome = _Outcome()
        self._counts: dict[str, msgspec.Raw] = {}
        #: The whole frame, once it is made.
        self.loaded: pd.DataFrame | None = None

    def frame(self) -> pd.DataFrame:
        """Load the frame.

        Raises
        ------
        BaseException
            With ``.partial``: the frame of the answers before the failure, in order. Foreign
            exceptions (of a hook, an interrupt) are raised as they are, and carry it, too.
        """
        with defer_sigint() as interrupts, pushed(counters, UsageCounter()) as self._usage:
            try:
                self._load(interrupts)
                frame = self.loaded = self._make_frame(complete=True)
                self._session.session_log.ran(
                    self._session.identity.scope, self._pull.to_dict(), frame.attrs["imgurdata"]
                )
                interrupts.check()
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt):
                    self._use_arrived()
                keep_partial(error, self._partial())
                interrupts.discard()
                raise
            return frame

    def _load(self, interrupts: Interrupts) -> None:
        check_affordable(self._pull, self._session)
        lists, outcome = self._pull.lists, self._outcome
        counts = [requests.count for requests in lists if requests.count is not None]
        total = sum(counts) if len(counts) == len(lists) else None
        unit = "page" if self._endpoint.paging == "page" else "request"
        with _bar(total, unit, self._progress) as bar:
            for requests in lists:
                before, requests_before = outcome.count, self._usage.requests
                try:
                    self._load_list(requests, bar, interrupts)
                except ImgurDataError as error:
                    if outcome.count > before or not self._is_missing_subject(error):
                        raise
                    sent = self._usage.requests > requests_before
                    self._note_missing_subject(error, "new" if sent else "cache")
        if self._counts:
            row = {"account_url": self._requests.params["username"], **self._counts}
            self._builder.add(msgspec.json.encode(row), fetched_at=outcome.latest)
        # By answers, not by rows: an empty album exists, though it has no row.
        if outcome.missing and len(outcome.missing) == outcome.count:
            raise _all_missing(outcome, self._endpoint)

    def _load_list(self, requests: RequestList, bar: Any, interrupts: Interrupts) -> None:
        """Load one list: the pages of an account, for example, or items by their ids."""
        self._requests = requests
        self._in_order = self._endpoint.paging == "page" and requests.ascending
        if self._watch is not None:
            self._outcome.met += self._watch.met
            self._outcome.stopped &= self._met_known
        self._watch = None if requests.known is None else Watch(requests.known, self._record)
        self._met_known = False
        self._builder.begin_list()
        wanted = requests.known is None and self._endpoint.paging != "counts"
        self._blocks = Blocks(
            self._session, self._builder, wanted=wanted, ends_empty=self._in_order
        )
        with self._pager_of(requests, interrupts) as self._pager:
            for answer in self._pager:
                is_last = self._use(answer)
                self._pager.used()
                if is_last:
                    self._pager.stop()  # requests in flight lie behind the end
                bar.update(len(answer.lengths))
            self._blocks.end()

    def _is_missing_subject(self, error: ImgurDataError) -> bool:
        """Return whether an error says that an account, or its list, is not available."""
        if not self._endpoint.subject or self._endpoint.paging == "ids":
            return False
        if isinstance(error, BadResponse):
            return False  # an unusable answer for a list is an error
        return isinstance(error, NotFound) or (
            len(self._pull.lists) > 1 and _concerns_one_item(error)
        )

    def _note_missing_subject(self, error: ImgurDataError, origin: str) -> None:
        """Note that an account is missing; raise the error if it is the only one."""
        name = self._requests.params[self._endpoint.subject]
        if len(self._pull.lists) == 1 and isinstance(error, NotFound):
            noun = self._endpoint.noun.format(**self._requests.params)
            raise _no_subject(noun, name, error) from None
        request = replace(next(self._requests.make()), label=name)
        answer = Answer(request, None, None, origin, error.with_traceback(None))
        self._outcome.add(answer)
        self._note_missing(answer)

    def _use_arrived(self) -> None:
        """Use answers that arrived before an interrupt."""
        if self._pager is None:
            return
        with suppress(ImgurDataError):
            for answer in self._pager.arrived():
                if self._use(answer):
                    return

    def _partial(self) -> pd.DataFrame:
        """Return the frame of what came; empty if what ended the pull (no memory) prevents it."""
        try:
            return self._make_frame(complete=False)
        except Exception as error:  # noqa: BLE001 - the first error is the one to raise
            logger.warning("The rows that came could not be kept: %s", type(error).__name__)
            return empty_frame(self._endpoint)

    def _pager_of(self, requests: RequestList, interrupts: Interrupts) -> Pager:
        session = self._session
        lookahead = Lookahead(
            session.workers, requests.list_end, stored_is_there=requests.known is None
        )
        options: dict[str, Any] = {}
        if self._in_order:
            options["is_last"] = self._is_last
            options["is_empty"] = lambda answer: is_empty_list(answer, self._record)
        if self._endpoint.paging == "ids":
            options["tolerates"] = _concerns_one_item
        return Pager(
            session,
            self._blocks.known(session.resolve(requests.make())),
            lookahead,
            check=answer_check(self._endpoint, nested=self._builder.recipe.nested),
            first_alone=session.credits.remaining("user") is None,
            interrupts=interrupts,
            **options,
        )

    def _is_last(self, answer: Answer) -> bool:
        """Return whether nothing behind this answer is wanted, before it is decoded."""
        if self._watch is not None and answer.data and self._watch.ends_with(answer.data):
            self._met_known = True
            return True
        return is_empty_list(answer, self._record)

    def _use(self, answer: Answer) -> bool:
        """Use an answer; return whether it is the last one."""
        if answer.block is not None:
            return self._use_block(answer, answer.block)
        new_rows, count = self._builder.new_rows, 0
        if answer.data is not None and self._endpoint.paging == "counts":
            self._counts[answer.request.label] = msgspec.Raw(answer.data)
        elif answer.data is not None:
            count = self._builder.add(
                answer.page or answer.data,
                fetched_at=answer.fetched_at,
                listing=self._requests.listing,
                unique=self._endpoint.known_by,
                owner=answer.request.label,
            )
        self._blocks.took(answer)
        if answer.data is None:
            self._outcome.add(answer)
            self._note_missing(answer)
            return False
        # Counted once its rows are in the frame: an answer that breaks there is no part of it.
        self._outcome.add(answer)
        if answer.origin == "cache":
            log_use(self._session, answer)  # the session has logged the others
        if not self._in_order or self._met_known:
            return self._met_known
        if count and self._builder.new_rows == new_rows:
            self._warn_of_repetition(answer.request)
            return True
        return count == 0

    def _use_block(self, answer: Answer, known: KeptBlock) -> bool:
        """Use the columns of several answers; return whether the last one is among them."""
        use = self._builder.add_block(
            known.block,
            known.fetched_at,
            listing=self._requests.listing,
            unique=self._endpoint.known_by,
            owners=[request.label for request in known.requests],
            to_end=self._in_order,
        )
        self._blocks.took(answer)
        self._outcome.add_cached(known.fetched_at[: use.answers])
        log_use(self._session, answer, use.answers)
        if use.end == "known":
            self._warn_of_repetition(known.requests[use.answers - 1])
        return bool(use.end)

    def _warn_of_repetition(self, request: RequestSpec) -> None:
        warning = (
            f"Page {request.label} of {self._requests.listing} holds nothing but what "
            "earlier pages held: taken for the end of the list."
        )
        logger.warning("%s", warning)
        self._outcome.warnings.append(warning)

    def _note_missing(self, answer: Answer) -> None:
        """Log for a bundle that there is no answer, and why."""
        request, session = answer.request, self._session
        why = self._outcome.reasons[request.label]
        reason = answer.error.reason if isinstance(answer.error, NotFound) else why
        error = NotFound(
            f"Imgur gave nothing for {request.path}: {why}.", reason=reason, request=request.path
        )
        url = session.base_url + request.target
        session.session_log.missing(session.identity.scope, url, error)

    def _make_frame(self, *, complete: bool) -> pd.DataFrame:
        builder, outcome, endpoint = self._builder, self._outcome, self._endpoint
        # For ids and several lists, it is the pattern of their path.
        lists, pattern = self._pull.lists, endpoint.path.removeprefix("/3/")
        listing = (len(lists) == 1 and lists[0].listing) or pattern
        frame, truncated = builder.frame(), 0
        if "images_shown" in frame:
            truncated = int((frame["images_count"] > frame["images_shown"]).sum())
        params = {k: v for k, v in self._pull.params.items() if k != "until_known"}
        frame.attrs["imgurdata"] = {
            "record": endpoint.record,
            "schema_version": SCHEMA_VERSION,
            "version": VERSION,
            "endpoint": listing,
            "params": params,
            "identity": self._session.identity.key,
            "fetched_at": outcome.latest.isoformat() if outcome.latest else None,
            "pages": outcome.count,
            "requests": self._usage.requests,
            "from_cache": outcome.origins["cache"],
            "revalidated": outcome.origins["revalidated"],
            "changed": outcome.origins["changed"],
            "credits_spent": self._usage.credits,
            "credits_left": self._session.credits.remaining("user"),
            "duplicates": builder.duplicates,
            "missing": outcome.missing,
            "missing_reasons": outcome.reasons,
            "images_truncated": truncated,
            "complete": complete,
            **({"warnings": outcome.warnings} if outcome.warnings else {}),
            **({} if self._watch is None else {"until_known": self._known_attrs(self._watch)}),
            **builder.notes.to_dict(),
        }
        return frame

    def _known_attrs(self, watch: Watch) -> dict[str, Any]:
        return {
            "given": len(self._requests.known or ()),
            "met": self._outcome.met + watch.met,
            "stopped": self._outcome.stopped and self._met_known,
        }


@dataclass(slots=True)
class _Outcome:
    """Counts and messages of a run, for ``attrs``."""

    count: int = 0
    origins: Counter[str] = field(default_factory=Counter)
    missing: list[str] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    #: First error of each kind among those of missing items.
    errors: dict[type[ImgurDataError], ImgurDataError] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    #: Known rows met in the lists before this one, and whether all lists ended there.
    met: int = 0
    stopped: bool = True
    latest: dt.datetime | None = None

    def add_cached(self, fetched_at: Sequence[dt.datetime | None]) -> None:
        """Count answers from the cache, by when Imgur confirmed each."""
        self.count += len(fetched_at)
        self.origins["cache"] += len(fetched_at)
        times = [time for time in (self.latest, *fetched_at) if time is not None]
        self.latest = max(times, default=None)

    def add(self, answer: Answer) -> None:
        """Count one answer."""
        self.count += 1
        self.origins[answer.origin] += 1
        if answer.data is None:
            label = answer.request.label
            self.missing.append(label)
            hint = hint_for_missing(label) if isinstance(answer.error, NotFound) else ""
            self.reasons[label] = "; ".join(filter(None, (_reason(answer.error), hint)))
            if answer.error is not None:
                self.errors.setdefault(type(answer.error), answer.error)
        elif answer.fetched_at and (self.latest is None or answer.fetched_at > self.latest):
            self.latest = answer.fetched_at


def _concerns_one_item(error: ImgurDataError) -> bool:
    """Return whether an error concerns one item only, so that the rest can be loaded.

    Imgur refuses an item in its own envelope. A 401 or 403 in any other form comes from a server
    before it, and is a block.
    """
    if isinstance(error, AuthenticationRequired):
        in_envelope = '"data"' in error.body or '"errors"' in error.body
        return error.status in {401, 403} and in_envelope
    return isinstance(error, (NotFound, BadResponse))


def _reason(error: ImgurDataError | None) -> str:
    """Return why an item is missing, in a few words."""
    if not isinstance(error, ApiError):
        return _NO_ROW
    if error.reason.startswith((_NO_ROW, _REFUSED)):
        return error.reason  # as a bundle keeps it
    kind = "not found" if isinstance(error, NotFound) else _REFUSED
    status = f" ({error.status})" if error.status in {401, 403, 404, 410} else ""
    reason = f": {error.reason[:_LONGEST_REASON]}" if error.reason else ""
    return f"{kind}{status}{reason}"


def _all_missing(outcome: _Outcome, endpoint: Endpoint) -> ImgurDataError:
    """Return the error of a pull all of whose ids are missing."""
    missing = outcome.missing
    more = " ..." if len(missing) > 5 else ""
    names = ", ".join(missing[:5]) + more
    if set(outcome.errors) == {AuthenticationRequired}:
        return outcome.errors[AuthenticationRequired]
    if set(outcome.errors) == {BadResponse}:
        error = outcome.errors[BadResponse]
        body = error.body if isinstance(error, BadResponse) else ""
        return BadResponse(f"Imgur answered for {names} without a row. {error.message}", body=body)
    one = len(missing) == 1
    hint = hint_for_missing(missing[0]) if one and endpoint.subject == "id" else ""
    none = "" if one else " (none of these)"
    if endpoint.noun == "account":
        text = _unknown("account", f"{', '.join(map(repr, missing[:5]))}{more}{none}")
    elif (item := endpoint.noun.removesuffix(" in the gallery")) != endpoint.noun:
        text = (
            f"The gallery has no {item} {names}{none}: deleted, private, marked mature, never "
            "shared with the gallery, or misspelt"
        )
    else:
        text = f"There is no {item} {names}{none}: deleted, private, or misspelt"
    return NotFound(f"{text}{f'; {hint}' if hint else ''}.", status=404, request=endpoint.path)


def _unknown(noun: str, names: str) -> str:
    return f"Imgur knows no {noun} {names}: deleted, renamed, or misspelt"


def _no_subject(noun: str, name: str, error: NotFound) -> NotFound:
    return NotFound(
        f"{_unknown(noun, repr(name))}.",
        status=error.status,
        reason=error.reason,
        request=error.request,
        body=error.body,
    )


def empty_frame(endpoint: Endpoint) -> pd.DataFrame:
    """Return the partial frame of a pull that has no row."""
    frame = RECORDS[endpoint.record].empty(owner=endpoint.owner)
    frame.attrs["imgurdata"] = {"record": endpoint.record, "complete": False}
    return frame


def keep_partial(
    error: BaseException, partial: pd.DataFrame, *, where: str = "in the cache"
) -> None:
    """Give an exception ``.partial``, and an interrupt a sentence that says what was kept."""
    partial.attrs["imgurdata"]["complete"] = False
    with suppress(Exception):  # a foreign exception may take no attributes
        error.partial = partial  # type: ignore[attr-defined]
    if isinstance(error, KeyboardInterrupt):
        explain_interrupt(
            error,
            f"Interrupted: {plural(len(partial), 'row')} in .partial of this exception. What has "
            f"arrived is {where}, so that the same call goes on from there.",
        )


def _bar(total: int | None, unit: str, progress: bool | None) -> Any:
    return progress_bar(
        total=total,
        unit=unit,
        leave=False,
        delay=0 if progress else 1.0,
        # None: shown in notebooks and terminals, not where the output goes into a file.
        disable=None if progress is None else not progress,
    )
