"""Decide which failures are worth a retry, after how long, or with another token."""

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

#: Attempts in all, the first included.
ATTEMPTS = 3
_IDEMPOTENT = frozenset({"GET", "HEAD"})
#: The first pause after a broken connection or a failure of Imgur's own, in seconds.
_BROKEN = 0.5
#: The first pause after a 429 that credits do not explain: "wait a few minutes" (recorded texts).
_SLOWED = 60.0


def pause_before_retry(
    error: ImgurDataError, method: str, attempt: int, *, jitter: float, max_pause: float, wait: bool
) -> float | None:
    """Return the seconds to wait before the next attempt, or None to give up.

    Only requests that change nothing are retried. After a broken connection or a failure of Imgur's
    own (500, 502, 503, 504) the pause is half a second, then a whole one. A 429 that credits do not
    explain is retried only if waiting is allowed: after a minute, then two. A ``Retry-After`` is
    respected. "Over capacity" with a 403 or 500 is in practice a block of the address, which no
    retry lifts, nor a refusal.

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
        first = _BROKEN if error.status == 500 else None
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
