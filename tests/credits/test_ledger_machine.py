"""Whatever happens in whatever order: the ledger says what was charged, no page is paid twice.

What is left is never above what the sandbox would still give, and a reserve is never undercut.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import imgurdata as imd
from imgurdata.errors import BudgetExceeded, ImgurDataError
from imgurdata.sandbox import Sandbox

MAX_AGE = 600.0

#: Not 404, "empty" and "html": nobody knows whether such an answer of the edge costs a credit, and
#: where the sandbox says no, the ledger says yes. A true 404 (of a post that is not there) is met.
FAULTS = (
    403, 429, 500, 503, "over_capacity", "varnish", "rate_limited", "two_documents", "reset",
    "error_in_success", "truncated", "bad_json", "invalid_token",
)  # fmt: skip
PULLS = st.one_of(
    st.builds(
        lambda section, pages: imd.Pull("gallery", section=section, pages=pages),
        st.sampled_from(["hot", "top", "user"]),
        st.integers(1, 4),
    ),
    st.builds(
        lambda first, many: imd.Pull("gallery", section="hot", pages=range(first, first + many)),
        st.integers(0, 5),
        st.integers(1, 3),
    ),
    st.just(imd.Pull("tags")),
    st.just(imd.Pull("posts", ids=["nothere", "neither"])),
)


class Credits(RuleBasedStateMachine):
    """One or two sessions on one set of files, and a sandbox that knows what it charged."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr("imgurdata.http.retry._TICK", 60.0)  # hours are waited for
        self.folder = tempfile.TemporaryDirectory()
        self.sessions: list[imd.ImgurSession] = []
        #: Requests of two sessions at once, which share no request.
        self.at_once: set[int] = set()

    @initialize(
        user=st.sampled_from([6, 40, 500]),
        client=st.sampled_from([9, 12_500]),
        reset_form=st.sampled_from(["seconds", "epoch"]),
        on_limit=st.sampled_from(["raise", "wait"]),
    )
    def start(self, user: int, client: int, reset_form: str, on_limit: str) -> None:
        self.limits = {"user": user, "client": client}
        self.sandbox = Sandbox(limits=self.limits, reset_form=reset_form)
        self.on_limit = on_limit
        self.sessions.append(self.connect())

    def connect(self) -> imd.ImgurSession:
        return imd.connect(
            sandbox=self.sandbox, default=False, cache=Path(self.folder.name) / "answers.sqlite",
            max_age=MAX_AGE, on_limit=self.on_limit, max_wait="2h", workers=3,
        )  # fmt: skip

    @rule(pull=PULLS, who=st.integers(0, 1))
    def load(self, pull: imd.Pull, who: int) -> None:
        with contextlib.suppress(ImgurDataError):
            pull.run(self.sessions[who % len(self.sessions)], progress=False)

    @rule(pull=PULLS, credits=st.integers(0, 3))
    def load_within_a_budget(self, pull: imd.Pull, credits: int) -> None:
        session, before = self.sessions[0], self.sandbox.spent
        left = self.left("user")
        with session.credits.budget(credits) as budget:
            stopped = None
            try:
                pull.run(session, progress=False)
            except ImgurDataError as error:
                stopped = error
        assert not isinstance(stopped, BudgetExceeded) or stopped.partial is not None
        assert budget.spent == self.sandbox.spent - before <= credits
        assert (budget.held, left - self.left("user") <= credits) == (0, True)

    @rule(pull=PULLS, keep=st.integers(1, 30))
    def load_and_leave_a_reserve(self, pull: imd.Pull, keep: int) -> None:
        known, before = self.sessions[0].credits.remaining(), self.left("user")
        self.load_in_reserve(self.sessions[0], pull, keep)
        # Where nobody has reported anything yet, asking is the only way to learn.
        assert known is None or self.left("user") >= min(before, keep)

    @precondition(lambda self: len(self.sessions) == 2 and self.on_limit == "raise")
    @rule(pulls=st.tuples(PULLS, PULLS), keep=st.integers(1, 30))
    def load_at_once_and_leave_a_reserve(self, pulls: tuple[imd.Pull, ...], keep: int) -> None:
        known, before = self.sessions[0].credits.remaining(), self.left("user")
        begun = len(self.sandbox.requests)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(self.load_in_reserve, self.sessions, pulls, [keep] * 2))
        self.at_once.update(range(begun, len(self.sandbox.requests)))
        assert known is None or self.left("user") >= min(before, keep)

    def load_in_reserve(self, session: imd.ImgurSession, pull: imd.Pull, keep: int) -> None:
        with contextlib.suppress(ImgurDataError), session.credits.reserve(keep):
            pull.run(session, progress=False)

    @rule(form=st.sampled_from(["seconds", "epoch"]), reported=st.booleans())
    def tell_otherwise(self, form: str, reported: bool) -> None:
        self.sandbox.reset_form, self.sandbox.limit_headers = form, reported

    @rule(seconds=st.sampled_from([1, 300, MAX_AGE, MAX_AGE + 1, 3600, 86_400]))
    def advance(self, seconds: float) -> None:
        self.sandbox.advance(seconds)

    @rule(fault=st.sampled_from(FAULTS), times=st.integers(1, 3))
    def fail(self, fault: int | str, times: int) -> None:
        self.sandbox.fail(fault, times)

    @rule(who=st.integers(0, 1))
    def restart(self, who: int) -> None:
        place = who % len(self.sessions)
        self.sessions[place].close()
        self.sessions[place] = self.connect()

    @precondition(lambda self: len(self.sessions) == 1)
    @rule()
    def another(self) -> None:
        self.sessions.append(self.connect())

    @invariant()
    def the_ledger_is_what_was_charged(self) -> None:
        if not self.sessions:
            return
        # What was reset had no answer.
        answered = [row for row in self.sandbox.requests if row.status]
        for session in self.sessions:
            history = session.credits.history()
            assert int(history["cost"].sum()) == self.sandbox.spent
            rows = zip(history["status"], history["cost"], strict=True)
            assert Counter(rows) == Counter((row.status, row.cost) for row in answered)
        for limit in ("user", "client"):
            (left,) = {session.credits.remaining(limit) for session in self.sessions}
            assert left is None or left <= self.left(limit), limit

    def left(self, limit: str) -> int:
        """Return what the sandbox would still give."""
        length, began, used = {"user": 3600, "client": 86_400}[limit], float("-inf"), 0
        for row in self.sandbox.requests:
            time = row.time.timestamp()
            if row.cost and time >= began + length:
                began, used = time, 0
            used += row.cost
        over = self.sandbox.now.timestamp() >= began + length
        return self.limits[limit] - (0 if over else used)

    @invariant()
    def no_page_is_paid_twice_within_its_lifetime(self) -> None:
        if not self.sessions:
            return
        confirmed: dict[str, float] = {}
        for number, row in enumerate(self.sandbox.requests):
            # There is nothing to keep of a post that is not there.
            if row.fault or row.status not in {200, 304}:
                continue
            requests = f"{row.path}?{sorted(row.query.items())}"
            now = row.time.timestamp()
            paid_before = now - confirmed.get(requests, float("-inf")) < MAX_AGE
            assert not paid_before or number in self.at_once, requests
            confirmed[requests] = now

    def teardown(self) -> None:
        self.patch.undo()
        for session in self.sessions:
            session.close()
        if self.sessions:
            self.sandbox.close()
        self.folder.cleanup()


@pytest.mark.decision("ledger-shared")
@pytest.mark.decision("budgets")
@pytest.mark.timeout(600)
class TestCredits(Credits.TestCase):
    # Without shrinking, which takes minutes: what failed is printed, rule by rule.
    settings = settings(
        max_examples=20, stateful_step_count=15, phases=[Phase.reuse, Phase.generate]
    )
