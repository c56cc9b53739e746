"""Somebody of the sample world."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Account"]


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who posts.

    Attributes
    ----------
    private : bool
        Whether others may not read its submissions, favourites and comments.
    """

    id: int
    url: str
    bio: str | None
    created: int
    reputation: int
    avatar: str | None
    private: bool = False

    @property
    def shows_mature(self) -> bool:
        """Whether lists asked for with this account's token hold mature posts.

        A setting of the account on Imgur; here a fixed rule: account ids that end in 7 have it on.
        """
        return self.id % 10 == 7
