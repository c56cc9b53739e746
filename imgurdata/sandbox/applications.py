"""The applications that are registered with a sandbox."""

from __future__ import annotations

import hmac
import secrets
import threading
from dataclasses import dataclass, field, replace

from imgurdata._addresses import REDIRECT_URL
from imgurdata._validate import refuse
from imgurdata.sandbox.redirects import check_redirect_url

__all__ = ["Application", "Applications"]

_LONGEST_NAME = 100


@dataclass(frozen=True)
class Application:
    """One application.

    Attributes
    ----------
    client_id : str
        15 hex characters, like Imgur's.
    client_secret : str
        40 hex characters.
    name : str
    redirect_url : str
        Imgur knows no ``redirect_uri`` parameter: always this one is used.
    """

    client_id: str
    client_secret: str = field(repr=False)
    name: str
    redirect_url: str

    def owns(self, secret: str) -> bool:
        """Tell whether this is its secret, in the same time for each wrong one."""
        return hmac.compare_digest(self.client_secret.encode(), secret.encode("utf-8", "replace"))


class Applications:
    """All of them; safe for many threads.

    Parameters
    ----------
    first_id : str, optional
        Client id of the first one; a new one by default.

    Attributes
    ----------
    first_id : str
        Client id of the one that each sandbox has from the start.
    """

    def __init__(self, first_id: str | None = None) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Application] = {}
        self.first_id = self.add(name="imgurdata", client_id=first_id).client_id

    @property
    def first(self) -> Application:
        """The one that each sandbox has from the start."""
        return self._known[self.first_id]

    def add(
        self,
        redirect_url: str | None = None,
        name: str | None = None,
        client_id: str | None = None,
    ) -> Application:
        """Register one more; with a new client id by default.

        Raises
        ------
        InvalidArgument
            Of what is wrong with the address or the name.
        """
        url = REDIRECT_URL if redirect_url is None else check_redirect_url(redirect_url)
        called = "Another application" if name is None else name
        called = called.strip() if isinstance(called, str) else ""
        if not 0 < len(called) <= _LONGEST_NAME:
            refuse("name", f"a text of 1 to {_LONGEST_NAME} characters, or None", name)
        client_id = client_id or secrets.token_hex(8)[:15]
        made = Application(client_id, secrets.token_hex(20), called, url)
        with self._lock:
            self._known[made.client_id] = made
        return made

    def get(self, client_id: str) -> Application | None:
        """Find one by its client id."""
        with self._lock:
            return self._known.get(client_id)

    def move_first(self, redirect_url: str) -> None:
        """Register another redirect address for the first one."""
        url = check_redirect_url(redirect_url)
        with self._lock:
            self._known[self.first_id] = replace(self._known[self.first_id], redirect_url=url)
