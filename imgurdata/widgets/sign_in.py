"""The widget that signs a session in."""

from __future__ import annotations

import logging
from importlib.resources import files
from typing import Any

import anywidget
import traitlets

from imgurdata._addresses import REDIRECT_URL
from imgurdata._connect import session_or_current
from imgurdata._secret import Secret
from imgurdata.auth.flow import TIMEOUT, SignInFlow, View
from imgurdata.auth.sign_in import flow_of
from imgurdata.errors import ImgurDataError
from imgurdata.http.session import ImgurSession

__all__ = ["SignIn"]

logger = logging.getLogger(__name__)

_HERE = files("imgurdata.widgets")


class SignIn(anywidget.AnyWidget):
    """Widget that signs a session in, in place, with a click.

    The button is a plain link to Imgur's page. Once the person has allowed access there, Imgur
    sends the browser to ``redirect_url``, where the kernel waits on this machine; where the kernel
    is elsewhere (a hub, Colab, SSH), the address of that page is pasted into the box, which is
    always there.

    Parameters
    ----------
    session : ImgurSession, optional
        Signed in, in place: ``session.identity`` changes. The newest session by default; where
        there is none, one is made.
    redirect_url : str
        The address registered with Imgur. On this machine, or behind jupyter-server-proxy
        (``https://.../proxy/28080/callback``); with any other, the address is pasted.
    remember : bool
        Keep the sign-in for later (``imd.connect(account=...)``): the refresh token, in the
        system's keyring or else in a file that only this user may read. Needs a client secret.

    Raises
    ------
    MissingClientId
        The session has no client id.
    InvalidArgument
        An argument cannot be; ``remember`` without a client secret; an offline session.

    Notes
    -----
    No token is ever part of the widget's state, so none is saved with a notebook: what travels is
    ``view``, with what is shown. Signing in costs one credit, with which the token is verified.

    Source: API reference, OAuth (``response_type=token``). Since mid-2025 people report that
    Imgur's sign-in page fails; ``imd.sign_in_with_tokens()`` takes tokens that you have.

    Examples
    --------
    >>> import imgurdata as imd
    >>> session = imd.connect(sandbox=True)
    >>> imd.widgets.SignIn(session)
    SignIn: not signed in. Without a widget: imd.sign_in(paste=True)
    >>> session.close()
    """

    _esm = (_HERE / "sign_in.js").read_text("utf-8")
    _css = (_HERE / "sign_in.css").read_text("utf-8")

    #: What is shown: ``{status, text, url}``. The one thing that travels to the browser.
    view = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        session: ImgurSession | None = None,
        redirect_url: str = REDIRECT_URL,
        remember: bool = False,
        *,
        timeout: float = TIMEOUT,
    ) -> None:
        self._session = session_or_current(session)
        self._flow = flow_of(
            self._session, redirect_url=redirect_url, remember=remember, timeout=timeout
        )
        # The view is there from the first moment: a link that gets its address later is clicked
        # before it has one.
        super().__init__(view=_shown(self._flow.view))
        self._flow.observe(self._show)
        self.on_msg(self._on_message)

    @property
    def session(self) -> ImgurSession:
        """The session that it signs in."""
        return self._session

    @property
    def flow(self) -> SignInFlow:
        """The sign-in behind it."""
        return self._flow

    def _show(self, view: View) -> None:
        self.view = _shown(view)

    def open(self) -> None:
        """Send the widget to the page."""
        super().open()
        _answer_anywhere(self.comm)

    def send_state(self, key: Any = None) -> None:
        """Send what is shown to the page."""
        super().send_state(key)
        _answer_anywhere(self.comm)

    def _on_message(self, _widget: Any, content: Any, buffers: Any) -> None:
        # A pasted address comes in a message's buffer: traits are saved with the notebook, and
        # what else is in a message gets logged.
        text = _text_in(buffers)
        if not isinstance(content, dict):
            return
        self.send({"type": "heard"})
        kind = content.get("type")
        # A message may have waited for a cell to end: what it is about may be over by then, and a
        # click from before must not begin the next try.
        current = content.get("url") == self._flow.view.url
        if kind == "start" and current:
            self._flow.start()
        elif kind == "cancel" and current:
            self._flow.cancel()
        elif kind == "paste":
            self._flow.submit(text)
        elif kind == "sign_out":
            self._sign_out()

    def _sign_out(self) -> None:
        try:
            self._session.sign_out()
        except ImgurDataError as error:
            self._show(View("signed_in", error.message))
        else:
            self._flow.reset()

    def close(self) -> None:
        """Stop waiting, and take the widget off the page.

        In a forked child nothing happens: page and sign-in are its parent's.
        """
        # Widgets are closed when they are collected, also one that could not be made.
        if "_flow" in vars(self):
            if not self._flow.is_mine:
                return
            self._flow.cancel()
        super().close()

    def __repr__(self) -> str:
        view = self._flow.view
        if view.status == "signed_in":
            return f"SignIn: {view.text[:1].lower()}{view.text[1:]}"
        return "SignIn: not signed in. Without a widget: imd.sign_in(paste=True)"


def _answer_anywhere(comm: Any) -> None:
    """Let any free subshell take the page's messages, not only the one that runs the cells.

    A front end with subshells sends them to one of its own, so that a widget works while a cell
    runs. Since 7.4, ipykernel sends them back to the shell that spoke to the page last: the one
    that is busy with ``imd.sign_in()``.
    """
    getattr(comm, "__dict__", {}).pop("_reply_subshell_id", None)


def _text_in(buffers: Any) -> Secret:
    """Return the text of a message's first buffer, or an empty one."""
    try:
        return Secret(bytes(buffers[0]).decode())
    except (IndexError, TypeError, ValueError):
        return Secret("")


def _shown(view: View) -> dict[str, str]:
    return {"status": view.status, "text": view.text, "url": view.url}
