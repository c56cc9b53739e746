"""Seeded random numbers that are the same on every Python.

Python keeps the numbers of :meth:`random.Random.random` only; all distributions derive from it.
"""

import math
import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


class Rng:
    """Stream of random numbers for one part of the world; drawing more leaves others unchanged."""

    def __init__(self, seed: int, part: str) -> None:
        self.random = random.Random(f"{seed}:{part}").random  # noqa: S311 - a sample, not a secret

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self.random() < probability

    def uniform(self, low: float, high: float) -> float:
        """Draw a number between two others."""
        return low + (high - low) * self.random()

    def integer(self, low: int, high: int) -> int:
        """Draw a whole number from ``low`` to ``high``, both included."""
        return low + int(self.random() * (high - low + 1))

    def normal(self, mean: float = 0.0, sd: float = 1.0) -> float:
        """Draw from a normal distribution, by the Box-Muller transform."""
        radius = math.sqrt(-2.0 * math.log(1.0 - self.random()))
        return mean + sd * radius * math.cos(2.0 * math.pi * self.random())

    def lognormal(self, median: float, sd: float) -> float:
        """Draw from a lognormal distribution; ``sd`` is that of the logarithm."""
        return median * math.exp(self.normal(0.0, sd))

    def choice(self, options: Sequence[T]) -> T:
        """Draw one of several, all equally likely."""
        return options[int(self.random() * len(options))]

    def weighted(self, weights: Mapping[T, float]) -> T:
        """Draw one of the keys, each as likely as its weight."""
        rest = self.random() * math.fsum(weights.values())
        for option, weight in weights.items():
            rest -= weight
            if rest < 0:
                return option
        return option

    def between(self, weights: Mapping[str, float]) -> int:
        """Draw a whole number from one of several ranges, such as ``"2-9"``, by their weights."""
        low, high = map(int, self.weighted(weights).split("-"))
        return self.integer(low, high)

    def code(self, length: int, alphabet: str = LETTERS) -> str:
        """Draw a word of random letters."""
        return "".join(self.choice(alphabet) for _ in range(length))


class Ids(Rng):
    """Source of ids that differ from those taken before, which all sources share."""

    def __init__(self, seed: int, part: str, taken: set[str]) -> None:
        super().__init__(seed, part)
        self._taken = taken

    def new(self, length: int = 7) -> str:
        """Draw a new id."""
        while (code := self.code(length)) in self._taken:
            continue
        self._taken.add(code)
        return code
