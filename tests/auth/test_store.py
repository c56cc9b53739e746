"""Remembered sign-ins: nobody else can read them, and nothing half written is ever read."""

from __future__ import annotations

import json
import os
import stat
import sys
import threading
import types
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest
from processes import start

from imgurdata.auth import Secret
from imgurdata.auth import store as module
from imgurdata.auth.private_file import locked
from imgurdata.auth.store import (
    FileStore,
    KeyringStore,
    SignInKey,
    TokenStore,
    find_store,
)
from imgurdata.errors import CacheUnusable

ANN = SignInKey("Ann", "client", "https://h")
BOB = SignInKey("bob", "client", "https://h")
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


@pytest.fixture(params=["file", "keyring"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> TokenStore:
    made: dict[str, TokenStore] = {
        "file": FileStore(tmp_path / "a" / "b" / "sign-ins.json"),
        "keyring": KeyringStore(Backend(), tmp_path / "sign-ins.json"),
    }
    return made[request.param]


def test_store_saves_replaces_and_deletes(store: TokenStore) -> None:
    assert store.load(ANN) is None
    assert not store.delete(ANN)
    store.save(ANN, SECRET)
    store.save(BOB, Secret("b" * 40))
    store.save(ANN, Secret("n" * 40))
    assert store.load(ANN) == Secret("n" * 40)
    assert store.load(SignInKey("ANN", "client", "https://h")) == Secret("n" * 40)
    for other in (SignInKey("ann", "other", "https://h"), SignInKey("ann", "client", "https://i")):
        assert store.load(other) is None
    assert store.delete(ANN)
    assert store.load(ANN) is None
    assert store.load(BOB) == Secret("b" * 40)


@pytest.mark.decision("remembered-only-when-asked")
@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_file_store_is_private_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "config" / "sign-ins.json"
    before = os.umask(0)
    try:
        FileStore(path).save(ANN, SECRET)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert sorted(p.name for p in path.parent.iterdir()) == [".sign-ins.lock", "sign-ins.json"]


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_file_store_repairs_mode_of_readable_file(
    subtests: pytest.Subtests, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for mode in [0o640, 0o604, 0o660, 0o666]:
        with subtests.test(mode=mode):
            caplog.clear()
            store = FileStore(tmp_path / "sign-ins.json")
            store.save(ANN, SECRET)
            store.path.chmod(mode)
            assert store.load(ANN) == SECRET
            assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
            assert "Others could read" in caplog.text
            assert SECRET.reveal() not in caplog.text


@pytest.mark.skipif(os.name != "posix", reason="owners are POSIX's")
def test_file_store_refuses_file_of_another_user(tmp_path: Path, monkeypatch) -> None:
    store = FileStore(tmp_path / "sign-ins.json")
    store.save(ANN, SECRET)
    monkeypatch.setattr(os, "getuid", lambda: 4711)
    with pytest.raises(CacheUnusable, match="somebody else"):
        store.load(ANN)


@pytest.mark.skipif(os.name != "posix", reason="links are POSIX's")
def test_file_store_follows_no_link(tmp_path: Path) -> None:
    real = FileStore(tmp_path / "real.json")
    real.save(ANN, SECRET)
    (tmp_path / "link.json").symlink_to(real.path)
    with pytest.raises(CacheUnusable):
        FileStore(tmp_path / "link.json").load(ANN)


def test_file_store_sets_damaged_file_aside(
    subtests: pytest.Subtests, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for text, remains in [
        ("", False),
        ("{", False),
        ("[]", False),
        ("7", False),
        ("\x00", False),
        ("[" * 100_000, False),
        ('{"https://h/client/bob": "ok", "a": 1}', True),
        ('{"https://h/client/bob": "ok", "a": "a b"}', True),
    ]:
        with subtests.test(text=text, remains=remains):
            caplog.clear()
            store = FileStore(tmp_path / "sign-ins.json")
            store.path.write_text(text)
            assert store.load(ANN) is None
            assert "set aside as sign-ins.damaged" in caplog.text
            assert (tmp_path / "sign-ins.damaged").read_text() == text
            store.save(ANN, SECRET)
            assert store.load(ANN) == SECRET
            assert store.load(BOB) == (Secret("ok") if remains else None)
            assert caplog.text.count("set aside") == 1


def test_file_store_reads_a_damaged_file_that_it_cannot_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    text = '{"https://h/client/bob": "ok", "a": 1}'
    store = FileStore(tmp_path / "sign-ins.json")
    store.path.write_text(text)
    (tmp_path / "sign-ins.damaged").mkdir()
    assert store.load(BOB) == Secret("ok")
    assert "cannot be used" in caplog.text
    with pytest.raises(CacheUnusable, match="cannot be used"):
        store.save(ANN, SECRET)
    assert store.path.read_text() == text


def test_file_store_refuses_a_long_file(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "sign-ins.json")
    store.path.write_text('{"https://h/client/ann": "ok"}'.ljust((1 << 20) + 1))
    with pytest.raises(CacheUnusable, match="it is too long"):
        store.load(ANN)


@pytest.mark.skipif(os.name != "posix", reason="FIFOs are POSIX's")
def test_file_store_refuses_fifo_and_folder(subtests: pytest.Subtests, tmp_path: Path) -> None:
    for make in [os.mkfifo, os.mkdir]:
        with subtests.test(make=make):
            store = FileStore(tmp_path / f"{make.__name__}.json")
            make(store.path)
            with pytest.raises(CacheUnusable, match="cannot be used"):
                store.load(ANN)
            with pytest.raises(CacheUnusable, match="cannot be used"):
                store.save(ANN, SECRET)


_KEEP_MANY = """
import sys
from pathlib import Path
from imgurdata.auth import Secret
from imgurdata.auth.store import FileStore, SignInKey

store = FileStore(Path(sys.argv[1]))
sys.stdin.readline()
for number in range(25):
    store.save(SignInKey(f"u{sys.argv[2]}_{number}", "client", "https://h"), Secret("t" * 40))
"""


def test_file_store_keeps_all_of_concurrent_processes(tmp_path: Path) -> None:
    path = tmp_path / "new" / "sign-ins.json"
    running = [start(_KEEP_MANY, path, number, stdin=PIPE) for number in range(2)]
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in running:
        process.communicate(timeout=60)
    assert [process.returncode for process in running] == [0] * 2
    assert len(json.loads(path.read_text())) == 50


def test_file_store_keeps_all_of_concurrent_threads(tmp_path: Path) -> None:
    path = tmp_path / "sign-ins.json"

    def keep(number: int) -> None:
        FileStore(path).save(SignInKey(f"u{number}", "client", "https://h"), SECRET)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(keep, range(40)))
    assert len(json.loads(path.read_text())) == 40


def test_file_store_waits_for_lock_in_bounded_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOCK_TIMEOUT", 0.05)
    store = FileStore(tmp_path / "sign-ins.json")
    with locked(store.path, 0), pytest.raises(CacheUnusable, match="another process has held it"):
        store.save(ANN, SECRET)
    store.save(ANN, SECRET)  # the lock ends with whoever held it


def test_file_store_removes_leftovers_of_killed_process(tmp_path: Path) -> None:
    left = tmp_path / ".sign-ins-abc.new"
    left.write_text("half of a tok")
    FileStore(tmp_path / "sign-ins.json").save(ANN, SECRET)
    assert not left.exists()


def test_file_store_reports_unwritable_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CacheUnusable, match="cannot be used"):
        FileStore(tmp_path / "file" / "sign-ins.json").save(ANN, SECRET)


def test_file_store_keeps_old_file_if_writing_fails(tmp_path: Path, monkeypatch) -> None:
    store = FileStore(tmp_path / "sign-ins.json")
    store.save(ANN, SECRET)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CacheUnusable, match="No space left"):
        store.save(BOB, SECRET)
    monkeypatch.undo()
    assert store.load(ANN) == SECRET
    assert sorted(path.name for path in tmp_path.iterdir()) == [".sign-ins.lock", "sign-ins.json"]


@pytest.mark.decision("remembered-only-when-asked")
def test_file_store_holds_refresh_token_only(tmp_path: Path) -> None:
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


def test_find_store_prefers_working_keyring(keyring, tmp_path: Path) -> None:
    keyring(Backend())
    assert isinstance(find_store(tmp_path / "x"), KeyringStore)
    broken = Backend()
    broken.priority = 0
    keyring(broken)
    assert isinstance(find_store(tmp_path / "x"), FileStore)


def test_find_store_returns_file_without_keyring_package(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert isinstance(find_store(tmp_path / "x"), FileStore)


def test_keyring_store_does_not_hang_on_locked_keyring(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "_KEYRING_TIMEOUT", 0.05)
    unlock = threading.Event()
    hanging = Backend()
    hanging.get_password = lambda *_: unlock.wait(30)  # type: ignore[method-assign,assignment]
    with pytest.raises(CacheUnusable, match="did not answer"):
        KeyringStore(hanging, tmp_path / "x").load(ANN)
    unlock.set()


def test_keyring_store_error_shows_no_secret(tmp_path: Path) -> None:
    def fail(_service: str, _name: str, text: str) -> None:
        raise RuntimeError(f"cannot keep {text}")

    backend = Backend()
    backend.set_password = fail  # type: ignore[method-assign]
    with pytest.raises(CacheUnusable, match=r"refused \(RuntimeError\)") as caught:
        KeyringStore(backend, tmp_path / "x").save(ANN, SECRET)
    assert SECRET.reveal() not in str(caught.value)
    assert caught.value.__context__ is None
