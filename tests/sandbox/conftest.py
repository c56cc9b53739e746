"""A running sandbox and a plain HTTP client; nothing of imgurdata's own client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from imgurdata.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imgurdata.sandbox.world import World


class Client:
    """Sends real HTTP requests to one sandbox, by default with its Client-ID."""

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
        """The data of a good answer."""
        answer = self(path, **options)
        assert answer.status_code == 200, answer.text[:300]
        return answer.json()["data"]

    def pages(self, path: str) -> list[Any]:
        """The rows of all pages until an empty one; the path has {} for the page."""
        rows, page = [], 0
        while more := self.data(path.format(page)):
            rows += more
            page += 1
        return rows


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="session")
def shared() -> Iterator[Sandbox]:
    """One sandbox for all tests that only read."""
    with Sandbox(limits={"user": 1_000_000, "client": 1_000_000}) as running:
        yield running


@pytest.fixture(scope="session")
def new_client() -> Iterator[Callable[..., Client]]:
    """Makes clients and closes their connections."""
    clients: list[Client] = []

    def make(sandbox: Sandbox, authorization: str | None = None) -> Client:
        clients.append(Client(sandbox, authorization))
        return clients[-1]

    yield make
    for client in clients:
        client.http.close()


@pytest.fixture
def client(sandbox: Sandbox, new_client: Callable[..., Client]) -> Client:
    """A client of `sandbox` with its Client-ID."""
    return new_client(sandbox)


@pytest.fixture(scope="session")
def api(shared: Sandbox, new_client: Callable[..., Client]) -> Client:
    """A client of `shared` with its Client-ID."""
    return new_client(shared)


@pytest.fixture(scope="session")
def newest(api: Client) -> list[Any]:
    """All rows of the gallery's section "user", the newest first."""
    return api.pages("/3/gallery/user/time/{}")


@pytest.fixture(scope="session")
def world(shared: Sandbox) -> World:
    """The world that all sandboxes serve."""
    return shared._app.store.world


@pytest.fixture(scope="session")
def signed_in(shared: Sandbox, new_client: Callable[..., Client]) -> Callable[[str], Client]:
    """Makes clients of `shared` with an account's token."""
    return lambda name: new_client(shared, f"Bearer {shared.issue_token(name)}")
