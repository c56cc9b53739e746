"""Made-up lists behind as much of a session as a pull uses, and a pool without threads."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import Any
from unittest import mock

from imgurdata.errors import OverCapacity
from imgurdata.http.session_log import SessionLog
from imgurdata.http.store import RequestSpec, Resolved, State
from imgurdata.http.transport import WaitPolicy
from imgurdata.pulls import paging

__all__ = ["Pool", "World", "in_any_order"]


class World:
    """Pages of ids, one of which may fail; remembers what it was asked."""

    base_url = "https://imgur.example"
    offline = False
    max_age = 86_400.0
    hooks: Mapping[str, Any] = {}

    def __init__(
        self,
        pages: list[list[str]],
        workers: int,
        failing: int | None = None,
        *,
        credits_left: int | None = None,
    ) -> None:
        self.pages = pages
        self.workers = workers
        self.failing = failing
        self.asked: list[int] = []
        self.identity = SimpleNamespace(kind="client", key="k", scope="")
        self.credits = SimpleNamespace(
            remaining=lambda _: credits_left,
            states=lambda names: dict.fromkeys(names, (None, credits_left, None)),
            max_in_flight=lambda: None,
            needed=("user", "client"),
        )
        self.clock = SimpleNamespace(now=lambda: 1_772_388_000.0)
        self.wait_policy = WaitPolicy("raise", 900.0)
        self.store = SimpleNamespace(forget=lambda _: 0, columns=None)
        self.session_log = SessionLog()
        self._lock = threading.Lock()

    def check_open(self) -> None:
        """It always is."""

    def running(self, _max_age: float | None = None) -> Any:
        return nullcontext()

    def resolve(self, specs: Iterable[RequestSpec]) -> Iterator[list[Resolved]]:
        return ([Resolved(spec, spec.path, State.MISSING)] for spec in specs)

    def fetch_resolved(self, resolved: Resolved) -> Any:
        path = resolved.request.path
        number = int(path.rsplit("/", 1)[-1])
        with self._lock:
            self.asked.append(number)
        if number == self.failing:
            raise OverCapacity("no", status=503)
        page = self.pages[number] if number < len(self.pages) else []
        more = {"comment": "said"} if "/comments/" in path else {}
        return self.response([{"id": i, **more} for i in page])

    def response(self, data: Any) -> Any:
        body = json.dumps({"data": data, "success": True, "status": 200})
        headers = {"Date": "Sun, 01 Mar 2026 18:00:00 GMT"}
        return SimpleNamespace(
            content=body.encode(), status_code=200, from_cache=False, headers=headers,
            cache_state=State.MISSING, cache_key=None, history=[],
        )  # fmt: skip


class Pool:
    """A pool whose tasks end in the order of ``choices``, when somebody waits for one."""

    def __init__(self, workers: int, choices: Iterator[int]) -> None:
        self._workers = workers
        self._choices = choices
        self._started: list[tuple[Future[Any], Callable[[], Any]]] = []
        self._queued: list[tuple[Future[Any], Callable[[], Any]]] = []
        self.waits = 0
        self.on_wait: Callable[[int], None] = lambda _: None

    def submit(self, call: Callable[..., Any], *args: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._queued.append((future, lambda: call(*args)))
        self._start()
        return future

    def _start(self) -> None:
        while self._queued and len(self._started) < self._workers:
            future, call = self._queued.pop(0)
            if future.set_running_or_notify_cancel():
                self._started.append((future, call))

    def end_one(self) -> None:
        """One of those under way comes back."""
        future, call = self._started.pop(next(self._choices) % len(self._started))
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001 - as a pool does
            future.set_exception(error)
        self._start()

    def wait(self, futures: list[Future[Any]]) -> None:
        self.waits += 1
        self.on_wait(self.waits)
        while not any(future.done() for future in futures):
            self.end_one()

    def shutdown(self, *, wait: bool, cancel_futures: bool) -> None:
        for future, _ in self._queued if cancel_futures else ():
            future.cancel()
        while self._started and wait:
            self.end_one()

    def finish(self) -> None:
        """Whatever is under way comes back, after nobody waits for it any more."""
        while self._started:
            self.end_one()


@contextmanager
def in_any_order(choices: list[int]) -> Iterator[list[Pool]]:
    """Pulls inside use pools without threads, whose answers arrive in the order of choices."""
    pools: list[Pool] = []

    def forever() -> Iterator[int]:
        yield from choices
        while True:
            yield 0

    def make(workers: int, **_: Any) -> Pool:
        pools.append(Pool(workers, forever()))
        return pools[-1]

    def wait(futures: list[Future[Any]], **_: Any) -> None:
        pools[-1].wait(futures)

    with (
        mock.patch.object(paging, "ThreadPoolExecutor", make),
        mock.patch.object(paging, "wait", wait),
    ):
        yield pools
