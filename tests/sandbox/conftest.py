"""A running sandbox and a plain HTTP client; nothing of imgurdata's own client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from imgurdata.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imgurdata.sandbox.world import World


class Asker:
    """Asks one sandbox over real HTTP, as one client."""

    def __init__(self, sandbox: Sandbox, authorization: str | None = None) -> None:
        self.sandbox = sandbox
        self.http = requests.Session()
        self.http.trust_env = False
        if authorization is None:
            authorization = f"Client-ID {sandbox.client_id}"
        if authorization:
            self.http.headers["Authorization"] = authorization

    def __call__(self, path: str, method: str = "GET", **options: Any) -> requests.Response:
        return self.http.request(method, self.sandbox.url + path, timeout=20, **options)

    def data(self, path: str, **options: Any) -> Any:
        answer = self(path, **options)
        assert answer.status_code == 200, answer.text[:300]
        return answer.json()["data"]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def still() -> Iterator[Sandbox]:
    """One sandbox for a module's tests that only look."""
    with Sandbox(limits={"user": 100_000, "client": 100_000}) as running:
        yield running


@pytest.fixture
def asker() -> Iterator[Callable[..., Asker]]:
    """Makes askers and closes their connections."""
    made: list[Asker] = []

    def make(sandbox: Sandbox, authorization: str | None = None) -> Asker:
        made.append(Asker(sandbox, authorization))
        return made[-1]

    yield make
    for one in made:
        one.http.close()


@pytest.fixture
def ask(sandbox: Sandbox, asker: Callable[..., Asker]) -> Asker:
    """Asks `sandbox` with its Client-ID."""
    return asker(sandbox)


@pytest.fixture
def look(still: Sandbox, asker: Callable[..., Asker]) -> Asker:
    """Asks `still` with its Client-ID."""
    return asker(still)


@pytest.fixture
def world(still: Sandbox) -> World:
    """What `still` serves."""
    return still._app.world


@pytest.fixture
def signed_in(still: Sandbox, asker: Callable[..., Asker]) -> Callable[[str], Asker]:
    """Asks `still` with an account's token."""
    return lambda name: asker(still, f"Bearer {still.issue_token(name)}")
