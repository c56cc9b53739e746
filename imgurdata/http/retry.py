"""Which failures are worth a retry, after how long, or with another token; and the waiting.

A wait is announced, bounded, counted down, and ended by an interrupt.
"""

from __future__ import annotations

import logging
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from imgurdata._clock import Clock, SystemClock, utc
from imgurdata._format import clock_time, duration_text
from imgurdata._interrupts import cancel_event
from imgurdata._progress import progress_bar
from imgurdata.credits.messages import too_long, waiting, without_advice
from imgurdata.errors import (
    ApiError,
    AuthenticationRequired,
    ConnectionFailed,
    CreditsExhausted,
    ImgurDataError,
    InvalidToken,
    OverCapacity,
    RateLimited,
)

__all__ = ["ATTEMPTS", "Waiting", "pause_before_retry", "refuses_token"]

logger = logging.getLogger(__name__)

#: Attempts in all, the first included.
ATTEMPTS = 3
_IDEMPOTENT = frozenset({"GET", "HEAD"})
#: The first pause after a broken connection or a failure of Imgur's own, in seconds.
_BROKEN = 0.5
#: The first pause after a 429 that credits do not explain: "wait a few minutes" (recorded texts).
_SLOWED = 60.0
#: Shorter pauses are logged in one line, without a countdown; in seconds.
_SHORT = 5.0
#: How often a countdown moves on, in seconds.
_TICK = 1.0
#: How often a log hears of a long wait: every five minutes, or ten times in all.
_LOGGED, _PARTS = 300.0, 10
#: Resets are reported in whole seconds: one more, not to come too early.
_MARGIN = 1.0
#: How often a thread behind another one's countdown looks whether its pull was cancelled.
_POLL_INTERVAL = 0.1


def pause_before_retry(
    error: ImgurDataError, method: str, attempt: int, *, jitter: float, max_pause: float, wait: bool
) -> float | None:
    """Return the seconds to wait before the next attempt, or None to give up.

    Only requests that change nothing are retried. After a broken connection or a failure of Imgur's
    own (408, 500, 502, 503, 504) the pause is half a second, then a whole one. A 429 that credits
    do not explain is retried only if waiting is allowed: after a minute, then two. Seconds of
    ``Retry-After`` are respected. "Over capacity" with a 403 or 500 is in practice a block of the
    address, which no retry lifts, nor a refusal.

    Parameters
    ----------
    error : ImgurDataError
        How the last attempt ended.
    method : str
        HTTP method.
    attempt : int
        Number of that attempt, from 1.
    jitter : float
        From 0 to 1, so that clients don't come back all at once.
    max_pause : float
        Seconds that are left for waiting.
    wait : bool
        Whether waiting for Imgur's limits is allowed.

    Notes
    -----
    API reference, What a hit looks like. Recorded 429s had no ``Retry-After``.
    """
    if method not in _IDEMPOTENT or attempt >= ATTEMPTS:
        return None
    if isinstance(error, RateLimited):
        # Uploads are refused so with other statuses, too; they are not retried.
        first = _SLOWED if wait and error.status == 429 else None
    elif isinstance(error, OverCapacity):
        first = _BROKEN if error.status in {502, 503, 504} else None
    elif isinstance(error, ApiError):
        # A proxy sends 408 on a kept connection that was idle.
        first = _BROKEN if error.status in {408, 500} else None
    else:
        first = _BROKEN if isinstance(error, ConnectionFailed) and error.retryable else None
    if first is None:
        return None
    pause = first * float(2 ** (attempt - 1)) * (0.5 + jitter)
    retry_after = error.retry_after if isinstance(error, ApiError) else None
    if retry_after is not None:
        # Not before it, and not all clients at that moment.
        pause = retry_after + pause if first == _BROKEN else retry_after + jitter
    return pause if pause <= max_pause else None


def refuses_token(error: ImgurDataError) -> bool:
    """Return whether an error of a signed-in request may mean that the token has ended.

    That is any error whose text names the token, any 401, and a 429 while credits are left (API
    reference, How a bad token shows: all three were met). Other 403s protect somebody else's data,
    or are a block, and no token changes that.
    """
    if isinstance(error, InvalidToken):
        return True
    if isinstance(error, AuthenticationRequired):
        return error.status == 401
    return isinstance(error, RateLimited) and error.status == 429


class Waiting:
    """Waits of one session: however many threads have to wait, there is one countdown.

    Parameters
    ----------
    clock : Clock
    max_wait : float
        Longest wait, in seconds.
    """

    def __init__(self, clock: Clock, max_wait: float) -> None:
        self._clock = clock
        self.max_wait = max_wait
        self._turn = threading.Lock()

    def for_credits(self, error: CreditsExhausted) -> None:
        """Wait until a limit is filled up again.

        Raises
        ------
        CreditsExhausted
            The wait is too long or of unknown length, or the pull was cancelled.
        """
        if error.reset_at is None:
            raise without_advice(error)
        reset_at = error.reset_at.timestamp()
        with self._one_at_a_time(error):
            seconds = reset_at - self._clock.now()
            if seconds < 0:
                return  # another thread has waited for it
            if seconds > self.max_wait + _MARGIN:
                raise too_long(error, seconds, self.max_wait)
            self._announce(waiting(error, seconds))
            self._count_down(seconds + _MARGIN, error)

    def before_retry(self, seconds: float, error: ImgurDataError) -> None:
        """Wait before a retry.

        Raises
        ------
        ImgurDataError
            The given error: the pull was cancelled.
        """
        if seconds < _SHORT:
            self._announce(f"{error.message} Trying again in {seconds:.1f} s.")
            self._sleep(seconds, error)
            return
        until = self._clock.now() + seconds
        with self._one_at_a_time(error):
            left = until - self._clock.now()
            if left > 0:
                self._announce(waiting(error, left))
                self._count_down(left, error)

    @staticmethod
    def for_other_sessions(seconds: float) -> None:
        """Let other sessions on the same sign-in use the token that they have just renewed.

        Each renewal may end the token of the one before. The wait takes real time, as the others
        do, even where the session's clock is a sandbox's.
        """
        SystemClock().sleep(seconds, cancel_event.get())

    @contextmanager
    def _one_at_a_time(self, error: ImgurDataError) -> Iterator[None]:
        stop = cancel_event.get()
        while not self._turn.acquire(timeout=_POLL_INTERVAL):
            if stop is not None and stop.is_set():
                raise error
        try:
            if stop is not None and stop.is_set():
                raise error
            yield
        finally:
            self._turn.release()

    def _count_down(self, seconds: float, error: ImgurDataError) -> None:
        """Wait second by second, with a countdown."""
        until = self._clock.now() + seconds
        slept, logged, often = 0.0, 0.0, max(_LOGGED, seconds / _PARTS)
        with _bar(seconds, _words(seconds, utc(until), utc(self._clock.now()))) as bar:
            # A machine that was suspended has waited by its clock, though it slept less.
            while slept < seconds and (left := until - self._clock.now()) > 0:
                bar.set_description_str(_words(left, utc(until), utc(self._clock.now())), False)
                step = min(_TICK, seconds - slept)
                self._sleep(step, error)
                slept += step
                bar.update(step)
                if bar.disable and min(slept - logged, seconds - slept) >= often:
                    logged = slept
                    logger.warning("Still waiting: %s to go.", duration_text(seconds - slept))
        logger.info("Waited %s; going on.", duration_text(slept))

    def _sleep(self, seconds: float, error: ImgurDataError) -> None:
        """Wait; raise the error if the pull was cancelled meanwhile."""
        stop = cancel_event.get()
        if stop is None or not stop.is_set():
            self._clock.sleep(seconds, stop)
        if stop is not None and stop.is_set():
            raise error

    @staticmethod
    def _announce(text: str) -> None:
        from tqdm import tqdm

        # Bars make room for the line, and are drawn anew below it.
        with tqdm.external_write_mode(file=sys.stderr):
            logger.warning("%s", text)


def _words(left: float, until: Any, now: Any) -> str:
    minutes, seconds = divmod(round(left), 60)
    hours, minutes = divmod(minutes, 60)
    to_go = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    return f"Going on at {clock_time(until, now)}, in {to_go}"


def _bar(seconds: float, words: str) -> Any:
    return progress_bar(
        total=seconds,
        unit="second",
        delay=0,
        desc=words,
        bar_format="{desc} {bar}",
        ncols=min(72, shutil.get_terminal_size().columns),
    )
