"""Storage of remembered sign-ins: the system's keyring, or else a private file.

The refresh token is stored under user name, client id and host; the access token never is.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from imgurdata._secret import Secret, seal, usable_secret
from imgurdata.auth.private_file import locked, read_private, write_private
from imgurdata.errors import CacheUnusable

__all__ = ["FileStore", "KeyringStore", "SignInKey", "TokenStore", "find_store"]

logger = logging.getLogger(__name__)

_T = TypeVar("_T")

#: A locked keyring asks for its password in a window that nobody may see. In seconds.
_KEYRING_TIMEOUT = 5.0
#: Longest wait for another process that changes the store, and may wait for Imgur. In seconds.
_LOCK_TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class SignInKey:
    """Account, application and host of a remembered sign-in."""

    username: str
    client_id: str
    host: str

    @property
    def name(self) -> str:
        """Name of the entry; account names are case-insensitive."""
        return f"{self.host}/{self.client_id}/{self.username.lower()}"

    @classmethod
    def from_name(cls, name: str) -> SignInKey:
        """Return the key of an entry's name."""
        host, client_id, username = (*name.rsplit("/", 2), "", "")[:3]
        return cls(username, client_id, host)


class TokenStore(ABC):
    """Storage of refresh tokens for all processes of this machine."""

    #: Where it is, for messages.
    location: str

    def keys(self) -> list[SignInKey] | None:
        """Return the stored sign-ins of all applications and hosts; None if it cannot list them."""
        return None

    @abstractmethod
    def load(self, key: SignInKey) -> Secret | None:
        """Return the stored refresh token, or None."""

    @abstractmethod
    def update(self, key: SignInKey, change: Callable[[Secret | None], Secret | None]) -> None:
        """Replace a refresh token while no other process or thread can.

        ``change`` is called with the stored refresh token or None, and returns the one to store, or
        None to delete it. If it raises, nothing changes. Raise CacheUnusable if the store cannot be
        read or written.
        """

    def save(self, key: SignInKey, refresh_token: Secret) -> None:
        """Store a refresh token, replacing an older one."""
        self.update(key, lambda _: refresh_token)

    def delete(self, key: SignInKey) -> bool:
        """Delete a refresh token; return whether there was one."""
        stored = self.load(key)
        self.update(key, lambda _: None)
        return stored is not None


class KeyringStore(TokenStore):
    """Refresh tokens in the system's keyring, through a backend of the ``keyring`` package.

    Keyrings have no locks: the file at the path ``lock`` is locked instead.
    """

    location = "the system's keyring"
    _SERVICE = "imgurdata"

    def __init__(self, backend: Any, lock: Path) -> None:
        self._backend = backend
        self._lock = lock

    def load(self, key: SignInKey) -> Secret | None:
        """Return the stored refresh token, or None."""
        return usable_secret(
            _with_timeout(lambda: seal(self._backend.get_password(self._SERVICE, key.name)))
        )

    def update(self, key: SignInKey, change: Callable[[Secret | None], Secret | None]) -> None:
        """Replace a refresh token while no other process or thread can."""
        with _locked(self._lock, self.location):
            stored = self.load(key)
            new = change(stored)
            if new is not None and new != stored:
                _with_timeout(
                    lambda: self._backend.set_password(self._SERVICE, key.name, new.reveal())
                )
            elif new is None and stored is not None:
                _with_timeout(lambda: self._backend.delete_password(self._SERVICE, key.name))


class FileStore(TokenStore):
    """Refresh tokens in a JSON file that only its owner may read, created by the first write."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.location = str(path)

    def load(self, key: SignInKey) -> Secret | None:
        """Return the stored refresh token, or None."""
        tokens, damaged = self._read()
        if damaged:
            try:
                with _locked(self.path, self.location):
                    tokens = self._read_repaired()
            except CacheUnusable as error:
                logger.warning("%s", error.message)
        return tokens.get(key.name)

    def update(self, key: SignInKey, change: Callable[[Secret | None], Secret | None]) -> None:
        """Replace a refresh token while no other process or thread can."""
        with _locked(self.path, self.location):
            tokens = self._read_repaired()
            stored = tokens.pop(key.name, None)
            new = change(stored)
            if new is not None:
                tokens[key.name] = new
            if new != stored:
                self._write(tokens)

    def keys(self) -> list[SignInKey]:
        """Return the stored sign-ins of all applications and hosts."""
        return [SignInKey.from_name(name) for name in sorted(self._read()[0])]

    def _read(self) -> tuple[dict[str, Secret], bool]:
        """Return the valid tokens, and whether the file is damaged."""
        try:
            data = read_private(self.path)
        except (OSError, ValueError) as error:
            raise _unusable(self.location, error) from None
        if data is None:
            return {}, False
        try:
            values = json.loads(data)
        except (ValueError, RecursionError):
            return {}, True
        if not isinstance(values, dict):
            return {}, True
        found = {name: usable_secret(value) for name, value in values.items()}
        tokens = {name: token for name, token in found.items() if token}
        return tokens, len(tokens) < len(values)

    def _read_repaired(self) -> dict[str, Secret]:
        """Return the valid tokens; set a damaged file aside."""
        tokens, damaged = self._read()
        if damaged:
            aside = self.path.with_suffix(".damaged")
            try:
                self.path.replace(aside)
            except OSError as error:
                raise _unusable(self.location, error) from None
            logger.warning(
                "The kept sign-ins in %s are damaged: the file is set aside as %s. Sign in again "
                "where one is missing.", self.path, aside.name,
            )  # fmt: skip
            if tokens:
                self._write(tokens)
        return tokens

    def _write(self, tokens: dict[str, Secret]) -> None:
        try:
            if tokens:
                text = json.dumps({name: token.reveal() for name, token in tokens.items()})
                write_private(self.path, text.encode())
            else:
                self.path.unlink(missing_ok=True)
        except (OSError, ValueError) as error:
            raise _unusable(self.location, error) from None


@contextlib.contextmanager
def _locked(path: Path, location: str) -> Iterator[None]:
    """Hold the lock of a store.

    Where no lock file can be created, as in a read-only folder, the block runs without: writing
    then fails with its own error.
    """
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked(path, _LOCK_TIMEOUT))
        except TimeoutError as error:
            raise _unusable(location, error) from None
        except (OSError, ValueError):
            logger.debug("No lock can be created beside %s", path)
        yield


def _unusable(location: str, error: Exception) -> CacheUnusable:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else "no such path"
    return CacheUnusable(
        f"The sign-ins kept in {location} cannot be used: {reason}. Repair that, or sign in with "
        "remember=False."
    )


def find_store(path: Path) -> TokenStore:
    """Return the system's keyring if there is one that works, else a file at this path."""
    backend = _with_timeout(_keyring_backend)
    return FileStore(path) if backend is None else KeyringStore(backend, path)


def _keyring_backend() -> Any:
    """Return the system's keyring, or None if the package or a working backend is missing."""
    try:
        import keyring

        backend = keyring.get_keyring()
        return backend if backend.priority > 0 else None
    except Exception:  # noqa: BLE001 - backends are plugins: a broken one counts as none
        return None


def _with_timeout(call: Callable[[], _T]) -> _T:
    """Return the result of a call to the keyring; raise CacheUnusable if it fails or hangs."""
    results: list[_T] = []
    failures: list[str] = []

    def run() -> None:
        try:
            results.append(call())
        except Exception as error:  # noqa: BLE001 - keyrings raise anything; texts may hold secrets
            failures.append(type(error).__name__)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(_KEYRING_TIMEOUT)
    if results:
        return results[0]
    reason = f"refused ({failures[0]})" if failures else "did not answer (is it locked?)"
    raise CacheUnusable(f"The system's keyring {reason}. Unlock it, or go without: remember=False.")
