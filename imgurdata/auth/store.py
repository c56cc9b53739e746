"""Where a remembered sign-in is kept: the system's keyring, else a file of the user's alone.

Kept are the refresh token, the user name and the client id; never the access token.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import stat
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from imgurdata.auth.token import Secret
from imgurdata.errors import CacheUnusable

__all__ = ["FileStore", "KeyringStore", "MemoryStore", "SignInOf", "TokenStore", "find_store"]

logger = logging.getLogger(__name__)

_T = TypeVar("_T")

#: A locked keyring asks for its password in a window nobody may see: not longer than this.
_PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class SignInOf:
    """Whose sign-in: the account's name, with which application, at which host."""

    username: str
    client_id: str
    host: str

    @property
    def name(self) -> str:
        """What it is filed under; names of accounts know no case."""
        return f"{self.host}/{self.client_id}/{self.username.lower()}"

    @classmethod
    def of_name(cls, name: str) -> SignInOf:
        """Return whose sign-in is filed under a name."""
        host, client_id, username = (*name.rsplit("/", 2), "", "")[:3]
        return cls(username, client_id, host)


class TokenStore(Protocol):
    """Keeps refresh tokens."""

    def load(self, who: SignInOf) -> Secret | None:
        """The refresh token; None where none is kept."""

    def save(self, who: SignInOf, refresh_token: Secret) -> None:
        """Keep it, in place of an older one."""

    def delete(self, who: SignInOf) -> bool:
        """Forget it; whether there was one."""


class MemoryStore:
    """Keeps them while the process lives: the default."""

    def __init__(self) -> None:
        self._kept: dict[str, Secret] = {}

    def load(self, who: SignInOf) -> Secret | None:
        """The refresh token; None where none is kept."""
        return self._kept.get(who.name)

    def save(self, who: SignInOf, refresh_token: Secret) -> None:
        """Keep it."""
        self._kept[who.name] = refresh_token

    def delete(self, who: SignInOf) -> bool:
        """Forget it."""
        return self._kept.pop(who.name, None) is not None


class KeyringStore:
    """Keeps them in the system's keyring, by the ``keyring`` package."""

    _SERVICE = "imgurdata"

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    def load(self, who: SignInOf) -> Secret | None:
        """The refresh token; None where none is kept."""
        text = _in_time(lambda: self._backend.get_password(self._SERVICE, who.name))
        return Secret(text) if text else None

    def save(self, who: SignInOf, refresh_token: Secret) -> None:
        """Keep it."""
        _in_time(
            lambda: self._backend.set_password(self._SERVICE, who.name, refresh_token.reveal())
        )

    def delete(self, who: SignInOf) -> bool:
        """Forget it."""
        if self.load(who) is None:
            return False
        _in_time(lambda: self._backend.delete_password(self._SERVICE, who.name))
        return True


class FileStore:
    """Keeps them in one file that only its owner may read.

    Parameters
    ----------
    path
        The file; it and its folder are made when first written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    def load(self, who: SignInOf) -> Secret | None:
        """The refresh token; None where none is kept.

        Raises
        ------
        CacheUnusable
            Others may read the file, or it is somebody else's, or no such file at all.
        """
        return self._read().get(who.name)

    def save(self, who: SignInOf, refresh_token: Secret) -> None:
        """Keep it.

        Raises
        ------
        CacheUnusable
            The file can't be written.
        """
        with self._lock:
            self._write({**self._read(), who.name: refresh_token})

    def delete(self, who: SignInOf) -> bool:
        """Forget it; the file goes with its last entry."""
        with self._lock:
            kept = self._read()
            if kept.pop(who.name, None) is None:
                return False
            if kept:
                self._write(kept)
            else:
                self.path.unlink()
        return True

    def kept(self) -> list[SignInOf]:
        """Return whose sign-ins are kept, of all applications and hosts."""
        return [SignInOf.of_name(name) for name in sorted(self._read())]

    def _read(self) -> dict[str, Secret]:
        try:
            descriptor = os.open(self.path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._unusable(error.strerror or "it can't be opened") from None
        with os.fdopen(descriptor, "rb") as file:
            if os.name == "posix":
                status = os.fstat(file.fileno())
                if status.st_uid != os.getuid():
                    raise self._unusable("it belongs to somebody else")
                if stat.S_IMODE(status.st_mode) & 0o077:
                    raise self._unusable("others may read it: its tokens may be known already")
            kept = _entries(file.read())
        if kept is None:
            raise self._unusable("it is no file of sign-ins")
        return kept

    def _write(self, kept: dict[str, Secret]) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # mkstemp makes it 0600 from its first moment; the name changes when all is written.
            descriptor, name = tempfile.mkstemp(prefix=".sign-ins-", dir=self.path.parent)
        except OSError as error:
            raise self._unusable(error.strerror or "it can't be written") from None
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(json.dumps({k: v.reveal() for k, v in kept.items()}).encode())
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self.path)
        except OSError as error:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise self._unusable(error.strerror or "it can't be written") from None

    def _unusable(self, why: str) -> CacheUnusable:
        return CacheUnusable(
            f"The sign-ins kept in {self.path} cannot be used: {why}. Mend that, or delete the "
            "file and sign in again."
        )


def _entries(data: bytes) -> dict[str, Secret] | None:
    """What a file says; None where it is of another kind."""
    try:
        values = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, dict) or not all(isinstance(v, str) for v in values.values()):
        return None
    return {name: Secret(value) for name, value in values.items()}


def find_store(path: Path) -> TokenStore:
    """The keyring where there is one that works, else the file.

    Parameters
    ----------
    path
        Of the file.
    """
    backend = _in_time(_keyring_backend)
    return FileStore(path) if backend is None else KeyringStore(backend)


def _keyring_backend() -> Any:
    """The system's keyring; None where the package or a usable backend is missing."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        backend = keyring.get_keyring()
        return backend if backend.priority > 0 else None
    except (KeyringError, RuntimeError):
        return None


def _in_time(work: Callable[[], _T]) -> _T:
    """Do it in a thread of its own, and give up after a while.

    Raises
    ------
    CacheUnusable
        The keyring did not answer, or refused.
    """
    done: list[_T] = []
    failed: list[str] = []

    def run() -> None:
        try:
            done.append(work())
        except Exception as error:  # noqa: BLE001 - whatever a keyring raises; its text may tell
            failed.append(type(error).__name__)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(_PATIENCE)
    if done:
        return done[0]
    why = f"refused ({failed[0]})" if failed else "did not answer (is it locked?)"
    raise CacheUnusable(f"The system's keyring {why}. Unlock it, or go without: remember=False.")
