"""Seeded chance that throws the same numbers on every Python.

Only :meth:`random.Random.random` and seeding from a string promise the same stream for ever, so
every other distribution here is worked out from that one method.
"""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


class Dice:
    """One stream of chance, for one concern of the world.

    Parameters
    ----------
    seed : int
        Seed of the world.
    concern : str
        What the stream is for. Streams of other concerns never move when this one is used more.

    Examples
    --------
    >>> Dice(0, "titles").integer(1, 6) == Dice(0, "titles").integer(1, 6)
    True
    """

    def __init__(self, seed: int, concern: str) -> None:
        self._random = random.Random(f"{seed}:{concern}")  # noqa: S311 - a sample, not a secret

    def unit(self) -> float:
        """Throw a number from 0 up to, but never, 1."""
        return self._random.random()

    def chance(self, probability: float) -> bool:
        """Say yes in this share of throws."""
        return self.unit() < probability

    def uniform(self, low: float, high: float) -> float:
        """Throw a number between two others, all alike."""
        return low + (high - low) * self.unit()

    def integer(self, low: int, high: int) -> int:
        """Throw a whole number from ``low`` to ``high``, both included."""
        return low + int(self.unit() * (high - low + 1))

    def normal(self, mean: float = 0.0, sd: float = 1.0) -> float:
        """Throw a normal number (Box and Muller's way, one of the pair)."""
        radius = math.sqrt(-2.0 * math.log(1.0 - self.unit()))
        return mean + sd * radius * math.cos(2.0 * math.pi * self.unit())

    def lognormal(self, median: float, sd: float) -> float:
        """Throw a lognormal number, given its median and the spread of its logarithm."""
        return median * math.exp(self.normal(0.0, sd))

    def pick(self, options: Sequence[T]) -> T:
        """Draw one of these, all alike."""
        return options[int(self.unit() * len(options))]

    def weighted(self, options: Sequence[T], weights: Sequence[float]) -> T:
        """Draw one of these, each as often as its weight says."""
        goal = self.unit() * math.fsum(weights)
        for option, weight in zip(options, weights, strict=True):
            goal -= weight
            if goal < 0:
                return option
        return options[-1]

    def code(self, alphabet: str, length: int) -> str:
        """Draw a word of so many letters of an alphabet."""
        return "".join(self.pick(alphabet) for _ in range(length))
