"""Which failures are worth another try, after how long, or with another token: pure decisions."""

from __future__ import annotations

import random

from imgurdata.errors import (
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


def pause_before_retry(
    error: ImgurDataError, method: str, attempt: int, *, jitter: float | None = None
) -> float | None:
    """Seconds to wait before the next try; None: give up.

    Only what changes nothing is asked again, and only after a broken connection or a gateway's
    502, 503, 504. A 429, a block and a refused token do not get better by asking at once.

    Parameters
    ----------
    error
        How the last try ended.
    method
        HTTP method.
    attempt
        Which try that was, from 1.
    jitter
        0 to 1, so that many clients don't come back at one moment; random by default.
    """
    if method not in _IDEMPOTENT or attempt >= ATTEMPTS:
        return None
    passing = isinstance(error, ConnectionFailed) or (
        isinstance(error, OverCapacity) and error.status in {502, 503, 504}
    )
    if not passing:
        return None
    share = random.random() if jitter is None else jitter  # noqa: S311 - no secret in it
    return 0.5 * float(2 ** (attempt - 1)) * (0.5 + share)


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
