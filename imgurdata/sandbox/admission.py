"""The part of a sandbox that tells who is let in: applications and tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imgurdata.sandbox.identity import KeyRing

__all__ = ["Admission"]


class Admission:
    """Its keys, and the keys that it makes for others."""

    _keys: KeyRing
    _client_id: str
    _client_secret: str

    @property
    def client_id(self) -> str:
        """The application's id: 15 hex characters, new for each sandbox."""
        return self._client_id

    @property
    def client_secret(self) -> str:
        """The application's secret: 40 hex characters, new for each sandbox."""
        return self._client_secret

    @property
    def redirect_url(self) -> str:
        """Where the application's users go after a sign-in; may be changed at any time."""
        return self._keys.applications.first.redirect_url

    @redirect_url.setter
    def redirect_url(self, value: str) -> None:
        self._keys.applications.move_first(value)

    def add_client(self, redirect_url: str | None = None, name: str | None = None) -> str:
        """Register one more application.

        Parameters
        ----------
        redirect_url : str, optional
            Where its users go after a sign-in; the same default as for `redirect_url`.
        name : str, optional
            What the authorize page calls it.

        Returns
        -------
        str
            Its client id.

        Raises
        ------
        InvalidArgument
            The address is no http or https address or has a fragment; the name is empty or has
            more than 100 characters.
        """
        return self._keys.applications.add(redirect_url, name).client_id

    def secret_of(self, client_id: str) -> str:
        """Tell the client secret of an application.

        Raises
        ------
        InvalidArgument
            There is no such application.
        """
        return self._keys.application(client_id).client_secret

    @property
    def account(self) -> str:
        """Name of one account, always the same: who signs in unless another is named.

        The busiest that is not private and whose lists hide mature posts.
        """
        return self._keys.usual.url

    def issue_token(self, username: str, *, client_id: str | None = None) -> str:
        """Make an access token for ``Authorization: Bearer``, as if `username` had signed in.

        Parameters
        ----------
        username : str
            An account of the world, such as `account`.
        client_id : str, optional
            The application it is for; the sandbox's own by default.

        Returns
        -------
        str
            40 hex characters.

        Raises
        ------
        InvalidArgument
            There is no such account or application.
        """
        return self.issue_tokens(username, client_id=client_id)[0]

    def issue_tokens(self, username: str, *, client_id: str | None = None) -> tuple[str, str]:
        """Make an access token and a refresh token, as if `username` had signed in.

        Unlike a sign-in on the authorize page it leaves other tokens alone.

        Parameters
        ----------
        username : str
            An account of the world, such as `account`.
        client_id : str, optional
            The application they are for; the sandbox's own by default.

        Returns
        -------
        tuple of (str, str)
            Access token and refresh token.

        Raises
        ------
        InvalidArgument
            There is no such account or application.
        """
        grant = self._keys.issue(username, client_id)
        return grant.access, grant.refresh

    def revoke_token(self, token: str) -> None:
        """End one token, access or refresh; the other of the pair stays.

        Raises
        ------
        InvalidArgument
            It is not one of this sandbox, or revoked already.
        """
        self._keys.revoke(token)

    def revoke_account(self, username: str, *, client_id: str | None = None) -> None:
        """End all tokens of an account, as when people remove an application in their settings.

        Parameters
        ----------
        username : str
        client_id : str, optional
            The application they are for; the sandbox's own by default.

        Raises
        ------
        InvalidArgument
            There is no such account or application.
        """
        self._keys.revoke_all(username, client_id)
