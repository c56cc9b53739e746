"""State machine of a sign-in, behind the widget and the command line.

It knows nothing of widgets, sessions or terminals: it is given a function that uses the token, and
calls observers with what to display.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from imgurdata._addresses import IMGUR, REDIRECT_URL
from imgurdata._format import printable
from imgurdata._interrupts import defer_sigint
from imgurdata._process import OwningProcess
from imgurdata._secret import Secret, seal
from imgurdata._validate import positive_seconds
from imgurdata.auth.callback import CallbackAddress, CallbackPage, Receiver
from imgurdata.auth.redirect import authorize_url, new_state, parse_redirect
from imgurdata.auth.token import Token
from imgurdata.errors import (
    CannotListen,
    Denied,
    ImgurDataError,
    SignInError,
    StateMismatch,
    TimedOut,
)

__all__ = ["MAX_TIMEOUT", "TIMEOUT", "SignInFlow", "View"]

#: Seconds that a person has to sign in.
TIMEOUT = 300.0
MAX_TIMEOUT = 86_400.0
#: Longest wait for the port of the previous attempt, in seconds.
_CLOSING_TIMEOUT = 10.0
#: Seconds between two checks whether a sign-in is over: not every system can interrupt one long
#: wait.
_POLL_INTERVAL = 0.05

_WAITING = "Waiting for you to allow access on Imgur…"
_PASTE = (
    "When Imgur has sent you on, copy the whole address of that page (it may show an error) and "
    "paste it here."
)
_NO_ANSWER = (
    "Timed out: no answer from Imgur. Since mid-2025 people report that its sign-in page fails. "
    "What still works: a client id alone, for all that is public; and tokens that you have, with "
    "imd.sign_in_with_tokens()."
)
_FAILED = "Signing in did not work"
_OVER = CallbackPage("This sign-in is over", "The notebook has its result already.", status=410)
_NOT_OURS = CallbackPage(
    "This sign-in was not started here",
    "Another notebook may be waiting for it. Copy the address and paste it into the box there.",
    keep=True,
    status=400,
)
_NO_TOKEN = CallbackPage(
    "Imgur sent no token", "Go back to where you came from and try again.", keep=True, status=400
)
#: After so many redirects of other sign-ins, somebody is guessing.
_MAX_MISMATCHES = 5


@dataclass(frozen=True, slots=True)
class View:
    """Content of the sign-in widget."""

    #: ``"idle"``, ``"waiting"`` (for the redirect, or a pasted URL), ``"pasting"`` (for a pasted
    #: URL only), ``"signed_in"`` or ``"failed"``.
    status: str
    text: str = ""
    #: Authorize URL; empty when signed in.
    url: str = ""

    @property
    def is_waiting(self) -> bool:
        """Whether a redirect or a pasted URL is awaited."""
        return self.status in {"waiting", "pasting"}


@dataclass(slots=True)
class _Attempt:
    """State and resources of one attempt to sign in."""

    state: str
    claimed: bool = False
    mismatches: int = 0
    receiver: Receiver | None = None
    timer: threading.Timer | None = None

    def end(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
        if self.receiver is not None:
            self.receiver.close()


class SignInFlow:
    """Sign-in that can be repeated; thread-safe.

    A forked child can neither use it nor end it for its parent.

    ``accept`` is called with the token: it verifies and uses it, and returns the name of the
    account. An error that it raises ends the sign-in.

    Attributes
    ----------
    view : View
        What is displayed now.
    error : ImgurDataError or None
        Error of the last attempt, if it failed.
    """

    def __init__(
        self,
        client_id: str,
        accept: Callable[[Token], str],
        *,
        base_url: str = IMGUR,
        redirect_url: str = REDIRECT_URL,
        timeout: float = TIMEOUT,
        signed_in_as: str | None = None,
        timer: Callable[[float, Callable[[], None]], threading.Timer] = threading.Timer,
    ) -> None:
        self._address = CallbackAddress.from_url(redirect_url)
        self._client_id = client_id
        self._base_url = base_url
        self._accept = accept
        self._timeout = positive_seconds("timeout", timeout, example="300", most=MAX_TIMEOUT)
        self._owner = OwningProcess("This sign-in")
        self._timer = timer
        self._lock = threading.RLock()
        self._observers: list[Callable[[View], None]] = []
        self._state = new_state()
        self._attempt: _Attempt | None = None
        self._receiver: Receiver | None = None
        # Not an Event: Ctrl-C during its wait() would leave its lock held.
        self._over = False
        self.error: ImgurDataError | None = None
        self.view = _signed_in(signed_in_as) if signed_in_as else View("idle", url=self._url())

    @property
    def is_current(self) -> bool:
        """Whether this process may use it: false in a forked child."""
        return self._owner.is_current

    def observe(self, observer: Callable[[View], None]) -> None:
        """Call a function with each new view, in any thread."""
        self._observers.append(observer)

    def _show(self, view: View) -> None:
        self.view = view
        for observer in self._observers:
            observer(view)

    def _url(self) -> str:
        return authorize_url(self._client_id, self._state, base_url=self._base_url)

    def start(self) -> None:
        """Start to wait for the redirect; does nothing while waiting.

        The link may have been opened before: it already has this attempt's state.
        """
        self._owner.check()
        # An interrupt halfway could leave a port open that nothing refers to.
        with defer_sigint(), self._lock:
            if self.view.is_waiting:
                return
            self._over = False
            self.error = None
            attempt = _Attempt(self._state)
            text = self._listen(attempt)
            self._attempt = attempt
            attempt.timer = self._timer(self._timeout, lambda: self._time_out(attempt))
            attempt.timer.daemon = True
            attempt.timer.start()
            self._show(View("waiting" if attempt.receiver else "pasting", text, self._url()))

    def _listen(self, attempt: _Attempt) -> str:
        """Open the port, if possible; return the text of the view."""
        if self._address is None:
            return _PASTE
        if self._receiver is not None:
            self._receiver.closed.wait(_CLOSING_TIMEOUT)
        try:
            self._receiver = attempt.receiver = Receiver(
                self._address, lambda url: self._receive(attempt, url)
            )
        except CannotListen as error:
            return f"{error.message} {_PASTE}"
        return _WAITING

    def submit(self, text: str | Secret) -> bool:
        """Use a pasted redirect URL; return whether it ended the sign-in.

        An invalid one changes only the text of the view.
        """
        text = seal(text)
        self._owner.check()
        with self._lock:
            attempt = self._attempt
            if attempt is None or not self.view.is_waiting:
                return False
        try:
            result: Token | SignInError = parse_redirect(text, attempt.state)
        except Denied as error:
            result = error.with_traceback(None)
        except SignInError as error:
            with self._lock:
                if self._attempt is attempt and not attempt.claimed:
                    message = f"That address did not work. {error.message}"
                    self._show(View(self.view.status, message, self._url()))
            return False
        self._finish(attempt, result)
        return self._over

    def _receive(self, attempt: _Attempt, url: Secret) -> CallbackPage:
        """Use a received redirect URL; return the page for the browser."""
        try:
            result: Token | SignInError = parse_redirect(url, attempt.state)
        except (StateMismatch, Denied) as error:
            result = error.with_traceback(None)
        except SignInError:
            return _NO_TOKEN
        if isinstance(result, StateMismatch):
            with self._lock:
                attempt.mismatches += 1
                if attempt.mismatches < _MAX_MISMATCHES:
                    return _NOT_OURS
        return self._finish(attempt, result)

    def cancel(self) -> None:
        """Stop waiting."""
        if not self._owner.is_current:
            return
        with defer_sigint(), self._lock:
            attempt = self._attempt
            if attempt is not None and self._claim(attempt):
                self._fail(attempt, SignInError("Sign-in stopped."))

    def reset(self) -> None:
        """Return to the idle state, as after signing out."""
        self._owner.check()
        with self._lock:
            self.cancel()
            self._new_state()
            self._show(View("idle", url=self._url()))

    def wait(self) -> None:
        """Block until the sign-in is over."""
        while not self._over:
            time.sleep(_POLL_INTERVAL)

    def _claim(self, attempt: _Attempt) -> bool:
        """Return whether this is the first result of the current attempt."""
        with self._lock:
            is_first = self._attempt is attempt and not attempt.claimed
            attempt.claimed = True
        return is_first

    def _finish(self, attempt: _Attempt, result: Token | SignInError) -> CallbackPage:
        """End an attempt with a token or an error; return the page for the browser."""
        if not self._claim(attempt):
            return _OVER
        if isinstance(result, SignInError):
            self._fail(attempt, result)
            title = "Access was not granted" if isinstance(result, Denied) else _FAILED
            return CallbackPage(title, result.message)
        try:
            # Without the lock: this sends a request, and the view may be read meanwhile.
            name = self._accept(result)
        except ImgurDataError as error:
            self._fail(attempt, error)
            return CallbackPage(_FAILED, error.message)
        except BaseException:
            self._fail(attempt, SignInError("Signing in was interrupted: try again."))
            raise
        attempt.end()
        with self._lock:
            self._new_state()
            self._show(_signed_in(name))
        self._over = True
        return CallbackPage(
            "Signed in", "You can close this tab and go back to where you came from."
        )

    def _fail(self, attempt: _Attempt, error: ImgurDataError) -> None:
        attempt.end()
        with self._lock:
            self.error = error
            self._new_state()
            self._show(View("failed", error.message, self._url()))
        self._over = True

    def _time_out(self, attempt: _Attempt) -> None:
        if self._claim(attempt):
            self._fail(attempt, TimedOut(_NO_ANSWER))

    def _new_state(self) -> None:
        """Replace the OAuth state: each is used once."""
        self._attempt = None
        self._state = new_state()


def _signed_in(name: str) -> View:
    return View("signed_in", f"Signed in as {printable(name)}")
