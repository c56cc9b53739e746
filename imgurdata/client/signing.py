"""The sign-in flow of a session."""

from __future__ import annotations

from imgurdata._addresses import REDIRECT_URL
from imgurdata._validate import boolean, refuse
from imgurdata.auth.flow import TIMEOUT, SignInFlow
from imgurdata.auth.token import Token
from imgurdata.client.connect import current_session
from imgurdata.client.session import ImgurSession
from imgurdata.errors import InvalidArgument

__all__ = ["flow_of", "session_or_current"]


def session_or_current(session: ImgurSession | None) -> ImgurSession:
    """Return the session given, else the newest, else a new one.

    Raises
    ------
    InvalidArgument
        It is no session.
    MissingClientId
        There is none, and no client id to make one with.
    """
    if session is None:
        return current_session()
    if not isinstance(session, ImgurSession):
        refuse("session", "a session of imd.connect()", session)
    session.check_open()
    return session


def flow_of(
    session: ImgurSession,
    *,
    redirect_url: str = REDIRECT_URL,
    remember: bool = False,
    timeout: float = TIMEOUT,
) -> SignInFlow:
    """Return a sign-in that ends in this session.

    Raises
    ------
    MissingClientId
        The session has no client id.
    InvalidArgument
        An argument cannot be; ``remember`` without a client secret; an offline session.
    """
    if session.offline:
        raise InvalidArgument("This session is offline: connect() without offline=True.")
    remember = boolean("remember", remember)
    credentials = session.credentials
    client_id = credentials.require_client_id()
    if remember:
        credentials.check_can_remember()

    def accept(token: Token) -> str:
        return session.sign_in(token, remember=remember)

    return SignInFlow(
        client_id,
        accept,
        base_url=credentials.auth_url,
        redirect_url=redirect_url,
        timeout=timeout,
        signed_in_as=session.username,
    )
