"""Which failures are worth another try, after how long, or with another token: pure decisions."""

from __future__ import annotations

from imgurdata.errors import (
    ApiError,
    AuthenticationRequired,
    ConnectionFailed,
    ImgurDataError,
    InvalidToken,
    OverCapacity,
    RateLimited,
)

__all__ = ["ATTEMPTS", "pause_before_retry", "refuses_token"]

#: Tries in all, the first included.
ATTEMPTS = 3
_IDEMPOTENT = frozenset({"GET", "HEAD"})
#: The first pause after a broken connection or a failure of Imgur's own, in seconds.
_BROKEN = 0.5
#: The first pause after a 429 that credits do not explain: "wait a few minutes" (recorded texts).
_SLOWED = 60.0


def pause_before_retry(
    error: ImgurDataError, method: str, attempt: int, *, jitter: float, patience: float, wait: bool
) -> float | None:
    """Seconds to wait before the next try; None: give up.

    Only what changes nothing is asked again. After a broken connection or a failure of Imgur's own
    (500, 502, 503, 504) after half a second, then a whole one. After a 429 that credits do not
    explain only where one may wait at all: after a minute, then two. An answer that says for how
    long (``Retry-After``) is believed. "Over capacity" with a 403 or 500 is in practice a block of
    the address, and neither that nor a refusal gets better by asking again.

    Parameters
    ----------
    error
        How the last try ended.
    method
        HTTP method.
    attempt
        Which try that was, from 1.
    jitter
        0 to 1, so that many clients don't come back at one moment.
    patience
        Seconds that one may still wait.
    wait
        Whether one may wait for Imgur's limits.

    Notes
    -----
    API reference, What a hit looks like; recorded 429s told of no ``Retry-After``.
    """
    if method not in _IDEMPOTENT or attempt >= ATTEMPTS:
        return None
    if isinstance(error, RateLimited):
        # Some say 429 with another status; those are of uploads, which are not repeated.
        first = _SLOWED if wait and error.status == 429 else None
    elif isinstance(error, OverCapacity):
        first = _BROKEN if error.status in {502, 503, 504} else None
    elif isinstance(error, ApiError):
        first = _BROKEN if error.status == 500 else None
    else:
        first = _BROKEN if isinstance(error, ConnectionFailed) and error.retryable else None
    if first is None:
        return None
    pause = first * float(2 ** (attempt - 1)) * (0.5 + jitter)
    asked = error.retry_after if isinstance(error, ApiError) else None
    if asked is not None:
        # Not before it, and not all at the very moment.
        pause = asked + pause if first == _BROKEN else asked + jitter
    return pause if pause <= patience else None


def refuses_token(error: ImgurDataError) -> bool:
    """Whether an answer to a signed-in caller may mean that the token has ended.

    A 403 or other answer whose text names the token; any 401; and a 429 though credits are left
    (API reference, How a bad token shows: all three were met). Other 403s are somebody else's data
    or a block, which no token mends.
    """
    if isinstance(error, InvalidToken):
        return True
    if isinstance(error, AuthenticationRequired):
        return error.status == 401
    return isinstance(error, RateLimited) and error.status == 429
