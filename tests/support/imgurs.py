"""An Imgur for one browser test: the sandbox, the cells that connect to it, and its secrets."""

from __future__ import annotations

import threading
from pathlib import Path

from imgurdata.sandbox import RequestRow, Sandbox
from imgurdata.sandbox.auth import TokenPair


class Imgur:
    """A sandbox, seen from a notebook.

    Attributes
    ----------
    sandbox : Sandbox
    home : Path
        Where the notebooks that connect keep cache and ledger.
    secrets : dict of str to str
        What must be seen nowhere: the client secret and every token that was ever given out.
    """

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.home = folder / "home"
        # Each renewal issues a new refresh token: one more secret that must be seen nowhere.
        sandbox.refresh_rotates = True
        self.secrets = {"client secret": sandbox.client_secret}
        # The secret is read from a file, as a careful person does it: not a word of it in a cell.
        self._key = folder / "client-secret"
        self._key.write_text(sandbox.client_secret)
        auth = sandbox._auth
        store = auth._store

        def noting(pair: TokenPair) -> None:
            number = len(self.secrets) // 2 + 1
            self.secrets[f"access token {number}"] = pair.access
            self.secrets[f"refresh token {number}"] = pair.refresh
            store(pair)

        auth._store = noting  # type: ignore[method-assign]

    @property
    def port(self) -> int:
        """Where the sign-in listens."""
        return int(self.sandbox.redirect_url.rpartition(":")[2].partition("/")[0])

    def connect(self, *, with_secret: bool = True) -> str:
        """The cell that connects."""
        secret = f"pathlib.Path({str(self._key)!r}).read_text()" if with_secret else "None"
        return (
            "import os, pathlib\n"
            f"os.environ['IMGURDATA_HOME'] = {str(self.home)!r}\n"
            "import imgurdata as imd\n"
            f"session = imd.connect({self.sandbox.client_id!r}, base_url={self.sandbox.url!r},\n"
            f"    client_secret={secret})"
        )

    def widget(self, **options: object) -> str:
        """The cell that shows the widget."""
        given = {"redirect_url": self.sandbox.redirect_url} | options
        arguments = ", ".join(f"{name}={value!r}" for name, value in given.items())
        return f"widget = imd.widgets.SignIn(session, {arguments})\nwidget"

    def revoke_after(self, number: int, path: str) -> None:
        """End the newest access token as soon as so many calls of a path were answered."""
        log = self.sandbox._app.log
        add, once = log.add, threading.Lock()

        def watching(row: RequestRow) -> None:
            add(row)
            if len(self.asked(path)) >= number and once.acquire(blocking=False):
                access = [name for name in self.secrets if name.startswith("access")]
                self.sandbox.revoke_token(self.secrets[access[-1]])

        log.add = watching  # type: ignore[method-assign]

    def asked(self, path: str) -> list[int]:
        """How calls were answered whose path starts with this."""
        return [row.status for row in self.sandbox.requests if row.path.startswith(path)]
