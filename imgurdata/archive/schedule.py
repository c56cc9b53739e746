"""Schedule of a collector: pure functions of times."""

from __future__ import annotations

import math

__all__ = ["fresh_since", "next_try", "slot_of"]

#: Answers' times are whole seconds: one may seem older than the round that asked for it.
_ROUNDING = 2.0
#: Shortest wait before a failed pull is tried again, in seconds; and the share of a round.
_SHORTEST_WAIT, _SHARE = 10.0, 0.2
#: Most tries of a pull in one round.
_MAX_TRIES = 4


def slot_of(now: float, every: float) -> float:
    """Return the begin of the round that a moment is in: a multiple of ``every`` since 1970.

    Rounds are the same for every process and after every restart, so that a missed one is known.

    >>> slot_of(1000.0, 900.0)
    900.0
    """
    return math.floor(now / every) * every


def fresh_since(now: float, slot: float, every: float) -> float:
    """Return the age, in seconds, up to which a cached answer belongs to the round.

    What this round, or a process before that was killed, has already been answered is not asked
    for again; what an earlier round was answered is.

    >>> fresh_since(950.0, 900.0, 900.0)
    52.0
    """
    return max(now - slot, 0.0) + min(_ROUNDING, every / 10)


def next_try(
    now: float, slot: float, every: float, tries: int, credits_at: float | None = None
) -> float | None:
    """Return when a pull that failed is tried again in this round, or None: it is over.

    ``credits_at`` is when credits come back, if a lack of them was the reason.

    >>> next_try(900.0, 900.0, 900.0, 1)
    1080.0
    >>> next_try(900.0, 900.0, 900.0, 1, credits_at=3600.0) is None
    True
    """
    if tries >= _MAX_TRIES:
        return None
    when = now + max(every * _SHARE, _SHORTEST_WAIT)
    if credits_at is not None:
        when = max(credits_at, now) + 1.0
    return when if when < slot + every - every * _SHARE / 2 else None
