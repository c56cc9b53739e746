"""Remembered sign-ins: nobody else can read them, and nothing half written is ever read."""

from __future__ import annotations

import json
import os
import stat
import sys
import threading
import types
from pathlib import Path
from typing import Any

import pytest

from imgurdata.auth import Secret
from imgurdata.auth import store as module
from imgurdata.auth.store import (
    FileStore,
    KeyringStore,
    MemoryStore,
    SignInOf,
    TokenStore,
    find_store,
)
from imgurdata.errors import CacheUnusable

ANN = SignInOf("Ann", "client", "https://h")
BOB = SignInOf("bob", "client", "https://h")
SECRET = Secret("f0f1f2f3f4f5f6f7f8f9" * 2)


class Backend:
    """A keyring of ``keyring``'s own form, in memory."""

    priority = 5

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, text: str) -> None:
        self.kept[service, name] = text

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


@pytest.fixture(params=["memory", "file", "keyring"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> TokenStore:
    made: dict[str, TokenStore] = {
        "memory": MemoryStore(),
        "file": FileStore(tmp_path / "a" / "b" / "sign-ins.json"),
        "keyring": KeyringStore(Backend()),
    }
    return made[request.param]


def test_keeps_replaces_and_forgets(store: TokenStore) -> None:
    assert store.load(ANN) is None
    assert not store.delete(ANN)
    store.save(ANN, SECRET)
    store.save(BOB, Secret("b" * 40))
    store.save(ANN, Secret("n" * 40))
    assert store.load(ANN) == Secret("n" * 40)
    assert store.load(SignInOf("ANN", "client", "https://h")) == Secret("n" * 40)
    for other in (SignInOf("ann", "other", "https://h"), SignInOf("ann", "client", "https://i")):
        assert store.load(other) is None
    assert store.delete(ANN)
    assert store.load(ANN) is None
    assert store.load(BOB) == Secret("b" * 40)


@pytest.mark.decision("remembered-only-when-asked")
@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_the_file_is_the_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "config" / "sign-ins.json"
    before = os.umask(0)
    try:
        FileStore(path).save(ANN, SECRET)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [p.name for p in path.parent.iterdir()] == ["sign-ins.json"]


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    store = FileStore(tmp_path / "sign-ins.json")
    store.save(ANN, SECRET)
    store.path.chmod(mode)
    for use in (
        lambda: store.load(ANN),
        lambda: store.save(ANN, SECRET),
        lambda: store.delete(ANN),
    ):
        with pytest.raises(CacheUnusable, match="others may read it") as told:
            use()
        assert SECRET.reveal() not in str(told.value)


@pytest.mark.skipif(os.name != "posix", reason="owners are POSIX's")
def test_somebody_elses_file_is_refused(tmp_path: Path, monkeypatch) -> None:
    store = FileStore(tmp_path / "sign-ins.json")
    store.save(ANN, SECRET)
    monkeypatch.setattr(os, "getuid", lambda: 4711)
    with pytest.raises(CacheUnusable, match="somebody else"):
        store.load(ANN)


@pytest.mark.skipif(os.name != "posix", reason="links are POSIX's")
def test_a_link_is_not_followed(tmp_path: Path) -> None:
    real = FileStore(tmp_path / "real.json")
    real.save(ANN, SECRET)
    (tmp_path / "link.json").symlink_to(real.path)
    with pytest.raises(CacheUnusable):
        FileStore(tmp_path / "link.json").load(ANN)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"a": 1}', "\x00"])
def test_a_file_of_another_kind_is_refused_and_kept(tmp_path: Path, text: str) -> None:
    store = FileStore(tmp_path / "sign-ins.json")
    store.path.write_text(text)
    store.path.chmod(0o600)
    for use in (lambda: store.load(ANN), lambda: store.save(ANN, SECRET)):
        with pytest.raises(CacheUnusable, match="no file of sign-ins"):
            use()
    assert store.path.read_text() == text


def test_where_it_cannot_be_written_that_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CacheUnusable, match="cannot be used"):
        FileStore(tmp_path / "file" / "sign-ins.json").save(ANN, SECRET)


def test_a_write_that_breaks_leaves_the_old_file(tmp_path: Path, monkeypatch) -> None:
    store = FileStore(tmp_path / "sign-ins.json")
    store.save(ANN, SECRET)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CacheUnusable, match="No space left"):
        store.save(BOB, SECRET)
    monkeypatch.undo()
    assert store.load(ANN) == SECRET
    assert [path.name for path in tmp_path.iterdir()] == ["sign-ins.json"]


@pytest.mark.decision("remembered-only-when-asked")
def test_only_the_refresh_token_is_kept(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "sign-ins.json")
    store.save(ANN, SECRET)
    assert json.loads(store.path.read_text()) == {"https://h/client/ann": SECRET.reveal()}


def keyring_with(backend: Any) -> types.ModuleType:
    made = types.ModuleType("keyring")
    made.get_keyring = lambda: backend  # type: ignore[attr-defined]
    errors = types.ModuleType("keyring.errors")
    errors.KeyringError = type("KeyringError", (Exception,), {})  # type: ignore[attr-defined]
    sys.modules["keyring.errors"] = errors
    return made


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch):
    def install(backend: Any) -> None:
        monkeypatch.setitem(sys.modules, "keyring.errors", types.ModuleType("x"))
        monkeypatch.setitem(sys.modules, "keyring", keyring_with(backend))

    return install


def test_the_keyring_comes_first_where_it_works(keyring, tmp_path: Path) -> None:
    keyring(Backend())
    assert isinstance(find_store(tmp_path / "x"), KeyringStore)
    broken = Backend()
    broken.priority = 0
    keyring(broken)
    assert isinstance(find_store(tmp_path / "x"), FileStore)


def test_without_the_package_it_is_the_file(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert isinstance(find_store(tmp_path / "x"), FileStore)


def test_a_locked_keyring_does_not_hang(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.05)
    unlock = threading.Event()
    locked = Backend()
    locked.get_password = lambda *_: unlock.wait(30)  # type: ignore[method-assign,assignment]
    with pytest.raises(CacheUnusable, match="did not answer"):
        KeyringStore(locked).load(ANN)
    unlock.set()


def test_a_keyring_that_fails_tells_nothing_secret() -> None:
    def fail(_service: str, _name: str, text: str) -> None:
        raise RuntimeError(f"cannot keep {text}")

    backend = Backend()
    backend.set_password = fail  # type: ignore[method-assign]
    with pytest.raises(CacheUnusable, match=r"refused \(RuntimeError\)") as told:
        KeyringStore(backend).save(ANN, SECRET)
    assert SECRET.reveal() not in str(told.value)
    assert told.value.__context__ is None
