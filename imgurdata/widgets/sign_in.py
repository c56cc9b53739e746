"""Widget that signs a session in."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import anywidget
import traitlets

from imgurdata._addresses import REDIRECT_URL
from imgurdata._connect import session_or_current
from imgurdata._secret import Secret
from imgurdata.auth.flow import TIMEOUT, SignInFlow, View
from imgurdata.errors import ImgurDataError
from imgurdata.http.session import ImgurSession
from imgurdata.widgets.pages import page_files, static_bundle, static_html

__all__ = ["SignIn"]


class SignIn(anywidget.AnyWidget):
    """Widget that signs a session in, in place, with a click.

    The button is a plain link to Imgur's page. Once the person has allowed access there, Imgur
    redirects the browser to ``redirect_url``, where the kernel listens on this machine. If the
    kernel is elsewhere (a hub, Colab, SSH), the address of that page is pasted into the box, which
    is always there.

    Parameters
    ----------
    session : ImgurSession, optional
        Session to sign in, in place: ``session.identity`` changes. By default the newest, or a
        new one.
    redirect_url : str, default "http://localhost:28080/callback"
        Address that is registered with Imgur. On this machine, or behind jupyter-server-proxy
        (``https://.../proxy/28080/callback``), the redirect is received; else it is pasted.
    remember : bool, default False
        Store the refresh token for later sessions (``imd.connect(account=...)``), in the system's
        keyring or else in a file that only this user may read. Needs a client secret.
    timeout : float, default 300
        Seconds that a person has to sign in, at most a day.

    Raises
    ------
    MissingClientId
        The session has no client id.
    InvalidArgument
        An argument is invalid, ``remember`` without a client secret, or an offline session.

    Notes
    -----
    No token is ever part of the widget's state, so none is saved with a notebook: only ``view`` is
    synchronized, with what is displayed. Signing in costs one credit, to verify the token.

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

    _esm, _css = page_files("sign_in")

    #: ``{status, text, url}``: the only synchronized trait of its own.
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
        self._flow = self._session.sign_in_flow(
            redirect_url=redirect_url, remember=remember, timeout=timeout
        )
        # From the beginning: a link that gets its address later may be clicked before.
        super().__init__(view=asdict(self._flow.view))
        self._flow.observe(self._show)
        self.on_msg(self._on_message)

    @property
    def session(self) -> ImgurSession:
        """Session that it signs in."""
        return self._session

    @property
    def flow(self) -> SignInFlow:
        """State machine of the sign-in."""
        return self._flow

    def _show(self, view: View) -> None:
        self.view = asdict(view)

    def open(self) -> None:
        """Send the widget to the page."""
        super().open()
        _reply_in_any_subshell(self.comm)

    def send_state(self, key: Any = None) -> None:
        """Send the state to the page."""
        super().send_state(key)
        _reply_in_any_subshell(self.comm)

    def _on_message(self, _widget: Any, content: Any, buffers: Any) -> None:
        # A pasted URL comes in a buffer: traits are saved with the notebook, and the content of
        # messages is logged.
        try:
            pasted = Secret(bytes(buffers[0]).decode())
        except (IndexError, TypeError, ValueError):
            pasted = Secret("")
        if not isinstance(content, dict):
            return
        self.send({"type": "heard"})
        kind = content.get("type")
        # A message may have waited for a cell to end. By its URL, a click from before the end of
        # the sign-in does not start the next one.
        is_current = content.get("url") == self._flow.view.url
        if kind == "start" and is_current:
            self._flow.start()
        elif kind == "cancel" and is_current:
            self._flow.cancel()
        elif kind == "paste":
            self._flow.submit(pasted)
        elif kind == "sign_out":
            try:
                self._session.sign_out()
            except ImgurDataError as error:
                self._show(View("signed_in", error.message))
            else:
                self._flow.reset()

    def close(self) -> None:
        """Stop waiting, and remove the widget from the page.

        Does nothing in a forked child: page and sign-in are its parent's.
        """
        # Widgets are also closed by the garbage collector, even after a failed __init__.
        if "_flow" in vars(self):
            if not self._flow.is_current:
                return
            self._flow.cancel()
        super().close()

    def _repr_mimebundle_(self, **options: Any) -> Any:
        html = static_html("Sign-in to Imgur", "Run the cell to sign in.")
        return static_bundle(super()._repr_mimebundle_(**options), html, str(self.model_id))

    def __repr__(self) -> str:
        view = self._flow.view
        if view.status == "signed_in":
            return f"SignIn: {view.text[:1].lower()}{view.text[1:]}"
        return "SignIn: not signed in. Without a widget: imd.sign_in(paste=True)"


def _reply_in_any_subshell(comm: Any) -> None:
    """Let any free subshell of the kernel handle the page's messages.

    Since 7.4, ipykernel routes them to the subshell that last sent one to the page, which may be
    busy with ``imd.sign_in()``.
    """
    getattr(comm, "__dict__", {}).pop("_reply_subshell_id", None)
