"""Run a pull: turn its answers into one frame, and keep what came if it breaks."""

from __future__ import annotations

import datetime as dt
import logging
import os
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from email.utils import format_datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import msgspec

from imgurdata._format import plural
from imgurdata._interrupts import Interrupts, explain_interrupt
from imgurdata._progress import progress_bar
from imgurdata._version import VERSION
from imgurdata.credits.limits import answer_costs, pushed
from imgurdata.errors import (
    ApiError,
    AuthenticationRequired,
    BadResponse,
    ImgurDataError,
    NotFound,
)
from imgurdata.http.store import RequestSpec
from imgurdata.model.frames import FrameBuilder
from imgurdata.model.ids import hint_for_missing
from imgurdata.model.records import RECORDS
from imgurdata.model.schema import SCHEMA_VERSION
from imgurdata.pulls.answers import (
    Answer,
    KeptBlock,
    KnownRows,
    answer_check,
    keep_columns,
    with_columns,
)
from imgurdata.pulls.paging import Pager, concerns_one_item
from imgurdata.pulls.plan import check_affordable
from imgurdata.pulls.requests import ListEnd, RequestList

if TYPE_CHECKING:
    import pandas as pd

    from imgurdata.endpoints import Endpoint
    from imgurdata.http.session import ImgurSession
    from imgurdata.pulls.pull import Pull

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
        self._params = pull.params
        self._endpoint = pull.endpoint
        self._session = session
        self._progress = progress
        self._builder = FrameBuilder(
            RECORDS[self._endpoint.record],
            nested=self._params.get("nested", False),
            owner=self._endpoint.owner,
            tree=self._endpoint.tree,
            in_blocks=True,
        )
        self._outcome = _Outcome()
        self._costs: list[int]
        # Of the list that is being loaded:
        self._requests: RequestList
        self._known: KnownRows | None = None
        #: Of the lists that were begun, if they may stop at known rows.
        self._each_known: list[KnownRows] = []
        self._counts: dict[str, msgspec.Raw] = {}
        #: The whole frame, once it is made.
        self.loaded: pd.DataFrame | None = None

    def frame(self, interrupts: Interrupts) -> pd.DataFrame:
        """Load the frame.

        Raises
        ------
        BaseException
            With ``.partial``: the frame of the answers before the failure, in order. Foreign
            exceptions (of a hook, an interrupt) are raised as they are, and carry it, too.
        """
        lists, outcome = self._pull.lists, self._outcome
        counts = [len(requests.items) for requests in lists if requests.items is not None]
        total = sum(counts) if len(counts) == len(lists) else None
        unit = "page" if self._endpoint.paging == "page" else "request"
        with pushed(answer_costs, []) as self._costs:
            try:
                check_affordable(self._pull, self._session)
                with progress_bar(total=total, unit=unit, progress=self._progress) as bar:
                    for requests in lists:
                        self._load_list(requests, bar, interrupts)
                # By answers, not by rows: an empty album exists, though it has no row.
                if outcome.missing and len(outcome.missing) == outcome.count:
                    raise _all_missing(outcome, self._endpoint)
                frame = self.loaded = self._make_frame(complete=True)
                self._session.session_log.note_pull(
                    self._session.identity.scope, self._pull.to_dict(), frame.attrs["imgurdata"]
                )
                interrupts.check()
            except BaseException as error:
                keep_partial(error, self._partial())
                interrupts.discard()
                raise
            return frame

    def _load_list(self, requests: RequestList, bar: Any, interrupts: Interrupts) -> None:
        """Load one list: the pages of an account, for example, or items by their ids."""
        endpoint, session, builder = self._endpoint, self._session, self._builder
        self._requests, self._known = requests, None
        if requests.known is not None:
            self._known = KnownRows(builder.recipe.record, requests.known)
            self._each_known.append(self._known)
        columns = session.store.columns
        # Known rows are looked for in the answers themselves.
        of_use = requests.known is None and builder.recipe.is_pure
        if not of_use or os.environ.get("IMGURDATA_COLUMNS") == "0":
            columns = None
        builder.begin_list(requests.listing, unique=endpoint.known_by)
        batches, may_end = session.resolve(requests.specs()), requests.list_end is not ListEnd.KNOWN
        before, sent_before = self._outcome.count, len(self._costs)
        pager = Pager(
            session,
            with_columns(batches, columns, builder.recipe, may_end=may_end),
            requests.list_end,
            answer_check(endpoint, nested=builder.recipe.nested),
            known=self._known,
            of_items=endpoint.paging == "ids",
            first_alone=session.credits.remaining("user") is None,
            interrupts=interrupts,
        )
        try:
            with pager:
                for answer in keep_columns(pager, columns, builder):
                    count = self._outcome.count
                    if self._use(answer):
                        pager.stop()  # requests in flight lie behind the end
                    if bar is not None:
                        bar.update(self._outcome.count - count)
        except ImgurDataError as error:
            if self._outcome.count > before or not self._is_missing_subject(error):
                raise
            sent = len(self._costs) > sent_before
            self._note_missing_subject(error, "new" if sent else "cache")
        if self._counts:
            self._add_counts()

    def _is_missing_subject(self, error: ImgurDataError) -> bool:
        """Return whether an error says that an account, or its list, is not available."""
        if not self._endpoint.subject or self._endpoint.paging == "ids":
            return False
        if isinstance(error, BadResponse):
            return False  # an unusable answer for a list is an error
        return isinstance(error, NotFound) or (
            len(self._pull.lists) > 1 and concerns_one_item(error)
        )

    def _note_missing_subject(self, error: ImgurDataError, origin: str) -> None:
        """Note that an account is missing; raise the error if it is the only one."""
        name = self._requests.params[self._endpoint.subject]
        if len(self._pull.lists) == 1 and isinstance(error, NotFound):
            noun = self._endpoint.noun.format(**self._requests.params)
            raise _no_subject(noun, name, error) from None
        request = replace(next(self._requests.specs()), label=name)
        self._note_missing(Answer(request, None, None, origin, error.with_traceback(None)))

    def _partial(self) -> pd.DataFrame:
        """Return the frame of what came; empty if what ended the pull (no memory) prevents it."""
        try:
            return self._make_frame(complete=False)
        except Exception as error:  # noqa: BLE001 - the first error is the one to raise
            logger.warning("The rows that came could not be kept: %s", type(error).__name__)
            return empty_frame(self._endpoint)

    def _use(self, answer: Answer | KeptBlock) -> bool:
        """Use an answer, or the columns of several; return whether the last one is among them."""
        requests: Sequence[RequestSpec]
        times: Sequence[dt.datetime | None]
        if isinstance(answer, KeptBlock):
            use = self._builder.add_block(
                answer.block,
                answer.fetched_at,
                owners=[request.label for request in answer.requests],
                may_end=self._requests.list_end is not ListEnd.KNOWN,
            )
            requests, times = answer.requests[: use.answers], answer.fetched_at[: use.answers]
            end = use.end
        elif answer.data is None:
            self._note_missing(answer)
            return False
        else:
            end = self._add(answer, answer.data)
            requests, times = [answer.request], [answer.fetched_at]
        # Counted once its rows are in the frame: an answer that breaks there is no part of it.
        outcome = self._outcome
        outcome.count += len(requests)
        outcome.origins[answer.origin] += len(requests)
        dated = [time for time in (outcome.latest, *times) if time is not None]
        outcome.latest = max(dated, default=None)
        if answer.origin == "cache":  # the session has logged the others, for a bundle
            session, scope = self._session, self._session.identity.scope
            text = cache(partial(format_datetime, usegmt=True))
            for request, time in zip(requests, times, strict=True):
                when = None if time is None else text(time)
                url = session.base_url + request.path + request.query
                session.session_log.note_answer(scope, url, when)
        if end == "repeated":
            self._warn_of_repetition(requests[-1])
        return bool(end)

    def _add(self, answer: Answer, data: bytes) -> str:
        """Add the rows of an answer; return why the list ends with it, as in a BlockUse, or ""."""
        if self._endpoint.paging == "counts":
            self._counts[answer.request.label] = msgspec.Raw(data)
            return ""
        new_rows = self._builder.new_rows
        count = self._builder.add(
            answer.page or data, fetched_at=answer.fetched_at, owner=answer.request.label
        )
        if self._requests.list_end is ListEnd.KNOWN or (self._known and self._known.reached):
            return ""
        if not count:
            return "empty"
        return "repeated" if self._builder.new_rows == new_rows else ""

    def _add_counts(self) -> None:
        """Add the row that the counts of an account make."""
        name = self._requests.params["username"]
        if name == "me":
            name = self._session.username or name
        row = {"account_url": name, **self._counts}
        self._builder.add(msgspec.json.encode(row), fetched_at=self._outcome.latest)

    def _warn_of_repetition(self, request: RequestSpec) -> None:
        warning = (
            f"Page {request.label} of {self._requests.listing} holds nothing but what "
            "earlier pages held: taken for the end of the list."
        )
        logger.warning("%s", warning)
        self._outcome.warnings.append(warning)

    def _note_missing(self, answer: Answer) -> None:
        """Note, for ``attrs`` and for a bundle, that there is no answer, and why."""
        request, error, session = answer.request, answer.error, self._session
        outcome, label = self._outcome, answer.request.label
        not_found = isinstance(error, NotFound)
        hint = hint_for_missing(label) if not_found else ""
        why = outcome.reasons[label] = "; ".join(filter(None, (_reason(error), hint)))
        outcome.missing.append(label)
        outcome.count += 1
        outcome.origins[answer.origin] += 1
        if error is not None:
            outcome.errors.setdefault(type(error), error)
        missing = NotFound(
            f"Imgur gave nothing for {request.path}: {why}.",
            reason=error.reason if isinstance(error, NotFound) else why,
            request=request.path,
        )
        url = session.base_url + request.path + request.query
        session.session_log.note_missing(session.identity.scope, url, missing)

    def _make_frame(self, *, complete: bool) -> pd.DataFrame:
        builder, outcome, endpoint = self._builder, self._outcome, self._endpoint
        # For ids and several lists, it is the pattern of their path.
        lists, pattern = self._pull.lists, endpoint.path.removeprefix("/3/")
        listing = (len(lists) == 1 and lists[0].listing) or pattern
        frame, truncated = builder.frame(), 0
        if "images_shown" in frame:
            truncated = int((frame["images_count"] > frame["images_shown"]).sum())
        params = {k: v for k, v in self._params.items() if k != "until_known"}
        frame.attrs["imgurdata"] = {
            "record": endpoint.record,
            "schema_version": SCHEMA_VERSION,
            "version": VERSION,
            "endpoint": listing,
            "params": params,
            "identity": self._session.identity.key,
            "fetched_at": outcome.latest.isoformat() if outcome.latest else None,
            "pages": outcome.count,
            "requests": len(self._costs),
            "from_cache": outcome.origins["cache"],
            "revalidated": outcome.origins["revalidated"],
            "changed": outcome.origins["changed"],
            "credits_spent": sum(self._costs),
            "credits_left": self._session.credits.remaining("user"),
            "duplicates": builder.duplicates,
            "missing": outcome.missing,
            "missing_reasons": outcome.reasons,
            "images_truncated": truncated,
            "complete": complete,
            **({"warnings": outcome.warnings} if outcome.warnings else {}),
            **({"until_known": self._known_attrs()} if self._each_known else {}),
            **builder.notes.to_dict(),
        }
        return frame

    def _known_attrs(self) -> dict[str, Any]:
        """Return what ``attrs`` say of ``until_known``."""
        return {
            "given": len(self._requests.known or ()),
            "met": sum(len(known.met) for known in self._each_known),
            "stopped": all(known.reached for known in self._each_known),
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
    latest: dt.datetime | None = None


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
