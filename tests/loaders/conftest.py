"""A sandbox for all tests that only read, one of its own for the others, and sessions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests

import imgurdata as imd
from imgurdata.sandbox import Sandbox


@pytest.fixture(scope="session")
def standing() -> Iterator[Sandbox]:
    """A sandbox that all tests share, so that its clock must not move."""
    with Sandbox(limits={"user": 100_000, "client": 100_000}) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def reading(standing: Sandbox) -> Iterator[imd.ImgurSession]:
    """A session for other fixtures."""
    with imd.connect(sandbox=standing, cache="memory", default=False) as session:
        yield session


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Callable[..., imd.ImgurSession]]:
    opened: list[imd.ImgurSession] = []

    def make(sandbox: Sandbox, **options: Any) -> imd.ImgurSession:
        given = {"cache": tmp_path / "answers.sqlite", "default": False, **options}
        opened.append(imd.connect(sandbox=sandbox, **given))
        return opened[-1]

    yield make
    for session in opened:
        session.close()


#: Fixed by the design: what attrs["imgurdata"] holds.
KEYS = {
    "record", "schema_version", "version", "endpoint", "params", "identity", "fetched_at", "pages",
    "requests", "from_cache", "revalidated", "changed", "credits_spent", "credits_left",
    "duplicates", "missing", "missing_reasons", "images_truncated", "complete",
}  # fmt: skip
#: Columns that are no single key of an answer.
WORKED_OUT = {
    "listing", "rank", "fetched_at", "root_id", "depth", "position", "n_children", "images_shown",
    "processing_status", "user_follow_status",
}  # fmt: skip
#: What Imgur calls user names.
RECORDED_NAMES = ("account_url", "author", "from", "with_account", "url")
NOBODY_IS_ZERO = {"parent_id", "author_id", "account_id"}


@pytest.fixture(scope="session")
def raw() -> Callable[..., Any]:
    """A plain request to a sandbox, without this package; returns the answer's ``data``."""

    def ask(sandbox: Sandbox, path: str, *, token: str = "", **params: Any) -> Any:
        who = f"Bearer {token}" if token else f"Client-ID {sandbox.client_id}"
        answer = requests.get(
            sandbox.url + path, params=params, headers={"Authorization": who}, timeout=30
        )
        assert answer.status_code == 200
        return answer.json()["data"]

    return ask


@pytest.fixture(scope="session")
def as_declared() -> Callable[..., None]:
    """Check that a frame has exactly the declared columns and dtypes, after `first` str ones."""

    def check(frame: pd.DataFrame, record: str, *first: str) -> None:
        table = imd.schema(record)
        table = table[table["dtype"] != "dropped"]
        declared = dict(zip(table["name"], table["dtype"], strict=True))
        found = {name: str(dtype) for name, dtype in frame.dtypes.items()}
        assert list(found.items()) == [*dict.fromkeys(first, "str").items(), *declared.items()]
        assert type(frame) is pd.DataFrame
        assert frame.index.equals(pd.RangeIndex(len(frame)))

    return check


@pytest.fixture(scope="session")
def twice(as_declared: Callable[..., None]) -> Callable[..., pd.DataFrame]:
    """Call a loader twice: check attrs and ledger, and that the second call costs nothing."""

    def run(
        session: imd.ImgurSession,
        load: str,
        *args: Any,
        record: str,
        first: tuple[str, ...] = (),
        **options: Any,
    ) -> pd.DataFrame:
        sandbox = session.sandbox
        assert sandbox is not None
        spent, requested = sandbox.spent, len(sandbox.requests)
        known = len(session.credits.history())
        loader = getattr(imd, f"load_{load}")
        frame = loader(*args, session=session, **options)
        as_declared(frame, record, *first)
        story = frame.attrs["imgurdata"]
        assert set(story) == KEYS  # so no field was unknown and no value unreadable
        assert json.loads(json.dumps(story)) == story
        pull = imd.Pull(load, **story["params"])  # what a bundle keeps makes the same pull again
        assert imd.Pull.from_dict(json.loads(json.dumps(pull.to_dict()))) == pull
        assert (story["record"], story["version"]) == (record, imd.__version__)
        assert story["identity"] == session.identity.key
        assert story["complete"] is True
        new = sandbox.requests[requested:]
        # Something that is missing may be known from before.
        assert story["pages"] == story["requests"] + story["from_cache"]
        assert story["requests"] == len(new)
        assert story["credits_spent"] == sandbox.spent - spent == len(new)
        history = session.credits.history().iloc[known:]
        assert history["cost"].tolist() == [1] * len(new)
        assert set(history["endpoint"]) <= {load}
        assert (frame["fetched_at"] == sandbox.now).all()
        again = loader(*args, session=session, **options)
        # That something is missing is remembered, too.
        assert len(sandbox.requests) - requested == len(new)
        info = again.attrs["imgurdata"]
        assert info["from_cache"] == info["pages"]
        assert info["credits_spent"] == 0
        same = ("endpoint", "params", "missing", "missing_reasons")
        assert {k: info[k] for k in same} == {k: story[k] for k in same}
        assert list(story["missing_reasons"]) == story["missing"]
        again.attrs = frame.attrs
        pd.testing.assert_frame_equal(again, frame)
        return frame

    return run


@pytest.fixture(scope="session")
def as_sent() -> Callable[..., None]:
    """Check that every column holds the values of the answers' rows, with NA for 0 and empty."""

    def expected(row: dict[str, Any], name: str, dtype: str) -> Any:
        if name == "username":
            name = next((key for key in RECORDED_NAMES if key in row), "")
        value = row.get("image_id" if name == "post_id" else name)
        if name == "tags" and value is not None:
            return " ".join(tag["name"] for tag in value)
        if name == "author" and value == "[deleted]":
            return None
        if name in NOBODY_IS_ZERO:
            return value or None
        if dtype == "Int64" and isinstance(value, str):
            return int(value)  # Imgur writes some numbers as text
        if dtype.startswith("datetime"):
            return pd.Timestamp(value, unit="s", tz="UTC") if value else None
        return (value or None) if dtype == "str" else value

    def check(frame: pd.DataFrame, rows: list[dict[str, Any]], record: str, *columns: str) -> None:
        table = imd.schema(record)
        table = table[(table["dtype"] != "dropped") & ~table["name"].isin(WORKED_OUT)]
        if columns:
            table = table[table["name"].isin(columns)]
            assert len(table) == len(columns)
        for name, dtype in zip(table["name"], table["dtype"], strict=True):
            found = [None if pd.isna(value) else value for value in frame[name]]
            assert found == [expected(row, name, dtype) for row in rows], name

    return check
