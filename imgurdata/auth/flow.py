"""One sign-in from beginning to end: the state machine behind the widget and the command line.

It knows nothing of widgets, sessions or terminals: it is given what to do with a token, and calls
its observers with what to show.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from imgurdata._addresses import IMGUR, REDIRECT_URL
from imgurdata._format import printable
from imgurdata._interrupts import defer_sigint
from imgurdata._process import OwningProcess
from imgurdata._secret import Secret, seal
from imgurdata._validate import duration, refuse
from imgurdata.auth.callback_address import place_of
from imgurdata.auth.callback_page import Said
from imgurdata.auth.redirect import authorize_url, new_state, parse_redirect
from imgurdata.auth.token import Token
from imgurdata.errors import (
    CannotListen,
    Denied,
    ImgurDataError,
    SignInError,
    TimedOut,
)

if TYPE_CHECKING:
    from imgurdata.auth.callback import Receiver

__all__ = ["LONGEST_TIMEOUT", "TIMEOUT", "SignInFlow", "View"]

#: How long a person gets, in seconds.
TIMEOUT = 300.0
#: Longest time that a person may be given.
LONGEST_TIMEOUT = 86_400.0
#: How long to wait for the port of the try before this one.
_CLOSING = 10.0
#: How often to look whether a sign-in is over.
_PAUSE = 0.05

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


@dataclass(frozen=True, slots=True)
class View:
    """What a person is shown.

    Attributes
    ----------
    status : str
        ``"idle"``, ``"waiting"`` (for the redirect, or a pasted address), ``"pasting"`` (for a
        pasted address only), ``"signed_in"`` or ``"failed"``.
    text : str
        A sentence or two.
    url : str
        The page of Imgur to open; empty when signed in.
    """

    status: str
    text: str = ""
    url: str = ""

    @property
    def is_waiting(self) -> bool:
        """Whether an answer of Imgur is awaited."""
        return self.status in {"waiting", "pasting"}


class Timer(Protocol):
    """A :class:`threading.Timer`, or a test's."""

    def start(self) -> None:
        """Begin to count."""

    def cancel(self) -> None:
        """Stop counting; nothing is called back."""


def _timer(seconds: float, work: Callable[[], None]) -> Timer:
    timer = threading.Timer(seconds, work)
    timer.daemon = True
    return timer


class SignInFlow:
    """One sign-in; thread-safe, and made for being tried again.

    A forked child cannot use it, and cannot end it for its parent.

    Parameters
    ----------
    client_id : str
        Of the application.
    accept : callable
        Given the token: verifies and uses it, and returns the name of the account. What it raises
        ends the sign-in.
    base_url : str
        Where Imgur's sign-in is.
    redirect_url : str
        As registered with Imgur. On this machine, or behind jupyter-server-proxy
        (``https://.../proxy/28080/callback``), it is listened to; any other is pasted.
    timeout : float
        Seconds that a person gets.
    signed_in_as : str, optional
        Who is signed in already.
    timer : callable
        Makes what calls back after so many seconds.

    Raises
    ------
    InvalidArgument
        ``redirect_url`` or ``timeout`` cannot be.
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
        timer: Callable[[float, Callable[[], None]], Timer] = _timer,
    ) -> None:
        self._place = place_of(redirect_url)
        self._client_id = client_id
        self._base_url = base_url
        self._accept = accept
        self._timeout = duration("timeout", timeout, example="300", most=LONGEST_TIMEOUT)
        if self._timeout <= 0:
            refuse("timeout", "more than 0 seconds", timeout)
        self._owner = OwningProcess("This sign-in")
        self._make_timer = timer
        self._lock = threading.RLock()
        self._observers: list[Callable[[View], None]] = []
        self._state = new_state()
        self._attempt: _Attempt | None = None
        self._last: Receiver | None = None
        # Not an Event: Ctrl-C while it is waited for would leave its lock held.
        self._over = False
        self._error: ImgurDataError | None = None
        self._view = View("idle", url=self._url())
        if signed_in_as:
            self._view = _signed_in(signed_in_as)

    # What it shows ------------------------------------------------------------------------------

    @property
    def view(self) -> View:
        """What a person is shown now."""
        return self._view

    @property
    def error(self) -> ImgurDataError | None:
        """Why the last try failed."""
        return self._error

    @property
    def is_mine(self) -> bool:
        """Whether this process may use it: false in a forked child."""
        return self._owner.is_current

    def observe(self, observer: Callable[[View], None]) -> None:
        """Call this with each new view, in whatever thread brings it."""
        self._observers.append(observer)

    def _show(self, view: View) -> None:
        self._view = view
        for observer in self._observers:
            observer(view)

    def _url(self) -> str:
        return authorize_url(self._client_id, self._state, base_url=self._base_url)

    # What can be done ---------------------------------------------------------------------------

    def start(self) -> None:
        """Wait for Imgur's answer from now on; while that is so, nothing changes.

        The link may have been opened already: it holds this try's state from before.

        Raises
        ------
        ImgurDataError
            This is a forked child.
        """
        self._owner.check()
        # Interrupted half way, a port could stay open that nobody knows of.
        with defer_sigint(), self._lock:
            if self._view.is_waiting:
                return
            self._over = False
            self._error = None
            attempt = _Attempt()
            note = self._listen(attempt)
            self._attempt = attempt
            attempt.timer = self._make_timer(self._timeout, lambda: self._time_out(attempt))
            attempt.timer.start()
            status = "waiting" if attempt.receiver else "pasting"
            self._show(View(status, note, self._url()))

    def _listen(self, attempt: _Attempt) -> str:
        """Open the port, where there is one; return what to tell the person."""
        if self._place is None:
            return _PASTE
        from imgurdata.auth.callback import Receiver  # brings an HTTP server: few sign in

        if self._last is not None:
            self._last.closed.wait(_CLOSING)
        try:
            self._last = attempt.receiver = Receiver(
                self._place, self._state, lambda answer: self._received(attempt, answer)
            )
        except CannotListen as error:
            return f"{error.message} {_PASTE}"
        return _WAITING

    def submit(self, text: str | Secret) -> bool:
        """Take a pasted address; return whether it ended the sign-in.

        A bad one changes nothing else.
        """
        text = seal(text)
        self._owner.check()
        with self._lock:
            attempt = self._attempt
            if attempt is None or not self._view.is_waiting:
                return False
        try:
            answer: Token | SignInError = parse_redirect(text, self._state)
        except Denied as error:
            answer = error.with_traceback(None)
        except SignInError as error:
            with self._lock:
                if self._attempt is attempt and not attempt.claimed:
                    self._show(
                        View(self._view.status, f"That address did not work. {error.message}",
                             self._url())
                    )  # fmt: skip
            return False
        self._received(attempt, answer)
        return self._over

    def cancel(self) -> None:
        """Stop waiting."""
        if not self._owner.is_current:
            return
        with defer_sigint(), self._lock:
            attempt = self._attempt
            if attempt is not None and self._claim(attempt):
                self._fail(attempt, SignInError("Sign-in stopped."))

    def reset(self) -> None:
        """Go back to the beginning, as after signing out."""
        self._owner.check()
        with self._lock:
            self.cancel()
            self._begin_anew()
            self._show(View("idle", url=self._url()))

    def wait(self, seconds: float | None = None) -> bool:
        """Block until it is over, or so many seconds; return whether it is."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while not self._over and (deadline is None or time.monotonic() < deadline):
            time.sleep(_PAUSE)
        return self._over

    def take(self, token: Token) -> None:
        """Sign in with a token that came another way."""
        self._owner.check()
        with self._lock:
            self.cancel()
            attempt = self._attempt = _Attempt()
            self._error = None
        self._received(attempt, token)

    # What happens -------------------------------------------------------------------------------

    def _claim(self, attempt: _Attempt) -> bool:
        """Return whether this is the one thing that ends the try."""
        with self._lock:
            mine = self._attempt is attempt and not attempt.claimed
            attempt.claimed = True
        return mine

    def _received(self, attempt: _Attempt, answer: Token | SignInError) -> Said:
        if not self._claim(attempt):
            return Said("This sign-in is over", "The notebook has its answer already.", status=410)
        if isinstance(answer, SignInError):
            self._fail(attempt, answer)
            return Said(_TITLES.get(type(answer), _FAILED), answer.message)
        try:
            # Outside the lock: it asks Imgur, and somebody may look at the view meanwhile.
            name = self._accept(answer)
        except ImgurDataError as error:
            self._fail(attempt, error)
            return Said(_FAILED, error.message)
        except BaseException:
            self._fail(attempt, SignInError("Signing in was interrupted: try again."))
            raise
        attempt.end()
        with self._lock:
            self._begin_anew()
            self._show(_signed_in(name))
        self._over = True
        return Said("Signed in", "You can close this tab and go back to the notebook.")

    def _fail(self, attempt: _Attempt, error: ImgurDataError) -> None:
        attempt.end()
        with self._lock:
            self._error = error
            self._begin_anew()
            self._show(View("failed", error.message, self._url()))
        self._over = True

    def _time_out(self, attempt: _Attempt) -> None:
        if self._claim(attempt):
            self._fail(attempt, TimedOut(_NO_ANSWER))

    def _begin_anew(self) -> None:
        """Have a new state: each serves once."""
        self._attempt = None
        self._state = new_state()

    def __repr__(self) -> str:
        return f"<SignInFlow: {self._view.status}>"


def _signed_in(name: str) -> View:
    return View("signed_in", f"Signed in as {printable(name)}")


_FAILED = "Signing in did not work"
_TITLES: dict[type[ImgurDataError], str] = {Denied: "Access was not granted"}


class _Attempt:
    """What one try holds open."""

    def __init__(self) -> None:
        self.claimed = False
        self.receiver: Receiver | None = None
        self.timer: Timer | None = None

    def end(self) -> None:
        """Close the port and stop the timer."""
        if self.timer is not None:
            self.timer.cancel()
        if self.receiver is not None:
            self.receiver.close()
