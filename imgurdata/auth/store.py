"""Where a remembered sign-in is kept: the system's keyring, else a file of the user's alone.

Kept are the refresh token, the user name and the client id; never the access token.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from imgurdata._secret import Secret, fault_of, seal
from imgurdata.auth.private_file import locked, read_private, write_private
from imgurdata.errors import CacheUnusable

__all__ = ["FileStore", "KeyringStore", "SignInOf", "TokenStore", "find_store"]

logger = logging.getLogger(__name__)

_T = TypeVar("_T")

#: A locked keyring asks for its password in a window nobody may see: not longer than this.
_PATIENCE = 5.0
#: How long to wait for another process that changes what is kept, in seconds: it may wait for an
#: answer of Imgur in turn.
_WAIT = 60.0

#: Given what is kept, what to keep.
Change = Callable[[Secret | None], Secret | None]


@dataclass(frozen=True, slots=True)
class SignInOf:
    """Key of a kept sign-in: the account's name, the application and the host."""

    username: str
    client_id: str
    host: str

    @property
    def name(self) -> str:
        """Name of its entry; names of accounts know no case."""
        return f"{self.host}/{self.client_id}/{self.username.lower()}"

    @classmethod
    def of_name(cls, name: str) -> SignInOf:
        """Return whose sign-in is filed under a name."""
        host, client_id, username = (*name.rsplit("/", 2), "", "")[:3]
        return cls(username, client_id, host)


class TokenStore(Protocol):
    """Keeps refresh tokens, for all processes of this machine."""

    def load(self, who: SignInOf) -> Secret | None:
        """Return the refresh token, or None where none is kept."""

    def save(self, who: SignInOf, refresh_token: Secret) -> None:
        """Keep a refresh token, in place of an older one."""

    def delete(self, who: SignInOf) -> bool:
        """Forget the refresh token; return whether there was one."""

    def change(self, who: SignInOf, renew: Change) -> None:
        """Change what is kept while no other process or thread can.

        Parameters
        ----------
        who : SignInOf
            Whose sign-in.
        renew : callable
            Given the refresh token that is kept now, or None; returns the one to keep, or None to
            keep none. Where it raises, nothing changes.

        Raises
        ------
        CacheUnusable
            It cannot be read or written, or somebody else held it all the time.
        """


class _Store:
    """What both stores do alike."""

    def change(self, who: SignInOf, renew: Change) -> None:
        raise NotImplementedError

    def save(self, who: SignInOf, refresh_token: Secret) -> None:
        """Keep a refresh token, in place of an older one."""
        self.change(who, lambda _: refresh_token)

    def delete(self, who: SignInOf) -> bool:
        """Forget the refresh token; return whether there was one."""
        there: list[bool] = []

        def forget(kept: Secret | None) -> None:
            there.append(kept is not None)

        self.change(who, forget)
        return there[0]


class KeyringStore(_Store):
    """Keeps refresh tokens in the system's keyring, by the ``keyring`` package.

    Parameters
    ----------
    backend : keyring.backend.KeyringBackend
        The keyring.
    lock : Path
        The file beside which the lock between processes lies; keyrings have none.
    """

    _SERVICE = "imgurdata"

    def __init__(self, backend: Any, lock: Path) -> None:
        self._backend = backend
        self._lock = lock

    def load(self, who: SignInOf) -> Secret | None:
        """Return the refresh token, or None where none is kept."""
        text = _in_time(lambda: seal(self._backend.get_password(self._SERVICE, who.name)))
        return _usable(text)

    def change(self, who: SignInOf, renew: Change) -> None:
        """Change what is kept while no other process or thread can."""
        with _locked(self._lock, "in the system's keyring"):
            kept = self.load(who)
            new = renew(kept)
            if new is not None and new != kept:
                _in_time(lambda: self._backend.set_password(self._SERVICE, who.name, new.reveal()))
            elif new is None and kept is not None:
                _in_time(lambda: self._backend.delete_password(self._SERVICE, who.name))


class FileStore(_Store):
    """Keeps refresh tokens in one file that only its owner may read.

    Parameters
    ----------
    path : Path
        The file; it and its folder are made when first written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self, who: SignInOf) -> Secret | None:
        """Return the refresh token, or None where none is kept.

        Raises
        ------
        CacheUnusable
            The file is somebody else's, or no such file at all.
        """
        kept, damaged = self._read()
        if damaged:
            try:
                with _locked(self.path, f"in {self.path}"):
                    kept = self._read_mended()
            except CacheUnusable as error:
                logger.warning("%s", error.message)
        return kept.get(who.name)

    def change(self, who: SignInOf, renew: Change) -> None:
        """Change what is kept while no other process or thread can; see :class:`TokenStore`."""
        with _locked(self.path, f"in {self.path}"):
            kept = self._read_mended()
            old = kept.pop(who.name, None)
            new = renew(old)
            if new is not None:
                kept[who.name] = new
            if new != old:
                self._write(kept)

    def kept(self) -> list[SignInOf]:
        """Return whose sign-ins are kept, of all applications and hosts."""
        return [SignInOf.of_name(name) for name in sorted(self._read()[0])]

    def _read(self) -> tuple[dict[str, Secret], bool]:
        """Return the kept tokens that can be used, and whether the file is damaged."""
        try:
            data = read_private(self.path)
        except (OSError, ValueError) as error:
            raise _unusable(f"in {self.path}", error) from None
        return ({}, False) if data is None else _entries(data)

    def _read_mended(self) -> dict[str, Secret]:
        """Return the kept tokens; a damaged file is set aside, and what it still holds kept on."""
        kept, damaged = self._read()
        if damaged:
            aside = self.path.with_suffix(".damaged")
            try:
                self.path.replace(aside)
            except OSError as error:
                raise _unusable(f"in {self.path}", error) from None
            logger.warning(
                "The kept sign-ins in %s are damaged: the file is set aside as %s. Sign in again "
                "where one is missing.", self.path, aside.name,
            )  # fmt: skip
            if kept:
                self._write(kept)
        return kept

    def _write(self, kept: dict[str, Secret]) -> None:
        try:
            if kept:
                text = json.dumps({name: token.reveal() for name, token in kept.items()})
                write_private(self.path, text.encode())
            else:
                self.path.unlink(missing_ok=True)
        except (OSError, ValueError) as error:
            raise _unusable(f"in {self.path}", error) from None


@contextlib.contextmanager
def _locked(path: Path, where: str) -> Iterator[None]:
    """Keep other processes and threads away.

    A lock that cannot be made, as in a folder that cannot be written, ends nothing: writing will
    tell.
    """
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked(path, _WAIT))
        except TimeoutError as error:
            raise _unusable(where, error) from None
        except (OSError, ValueError):
            logger.debug("No lock can be made beside %s", path)
        yield


def _unusable(where: str, error: Exception) -> CacheUnusable:
    why = error.strerror if isinstance(error, OSError) and error.strerror else "no such path"
    return CacheUnusable(
        f"The sign-ins kept {where} cannot be used: {why}. Mend that, or sign in with "
        "remember=False."
    )


def _entries(data: bytes) -> tuple[dict[str, Secret], bool]:
    """Return the tokens of a file that can be used, and whether anything else is in it."""
    try:
        values = json.loads(data)
    except (ValueError, RecursionError):
        return {}, True
    if not isinstance(values, dict):
        return {}, True
    found = {name: _usable(seal(value)) for name, value in values.items()}
    kept = {name: token for name, token in found.items() if token}
    return kept, len(kept) < len(values)


def _usable(sealed: Secret | None) -> Secret | None:
    """Return a kept token, or None for what cannot be one."""
    if sealed is None or fault_of(sealed):
        return None
    return Secret(sealed.reveal().strip()) or None


def find_store(path: Path) -> TokenStore:
    """Return the keyring where there is one that works, else the file.

    Parameters
    ----------
    path : Path
        Of the file.
    """
    backend = _in_time(_keyring_backend)
    return FileStore(path) if backend is None else KeyringStore(backend, path)


def _keyring_backend() -> Any:
    """Return the system's keyring, or None where the package or a usable backend is missing."""
    try:
        import keyring

        backend = keyring.get_keyring()
        return backend if backend.priority > 0 else None
    except Exception:  # noqa: BLE001 - backends are plugins: a broken one counts as none
        return None


def _in_time(work: Callable[[], _T]) -> _T:
    """Return what a function of the keyring returns, unless it takes too long.

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
