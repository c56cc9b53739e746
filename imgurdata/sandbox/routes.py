"""What all routes share: a call with what is known about it, a kind of answer, paging."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from imgurdata.sandbox.identity import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from imgurdata.sandbox.call import Call
    from imgurdata.sandbox.identity import Identity
    from imgurdata.sandbox.limits import Allowance
    from imgurdata.sandbox.people import Account

__all__ = ["Asked", "Route", "is_number", "not_found", "page_of", "slots", "unauthorized"]

T = TypeVar("T")

#: Deeper pages than this exist nowhere; longer numbers are not even read.
_PAGE_DIGITS = 9

#: Rows on a page of an account's images, albums and comments, and the most that may be asked for
#: (API reference, Paging).
ACCOUNT_PAGE = 50
ACCOUNT_PAGE_MOST = 100


@dataclass(frozen=True)
class Asked:
    """A call with what is known about it when its answer is made.

    Attributes
    ----------
    call : Call
    who : Identity
    at : int
        Second of the world.
    allowance : Allowance
        What the caller has left, this call included.
    """

    call: Call
    who: Identity
    at: int
    allowance: Allowance

    @property
    def viewer(self) -> Account | None:
        """The account whose token it is; None with a Client-ID."""
        return self.who.account

    @property
    def mature(self) -> bool:
        """Whether lists hold mature posts: by the account's setting, else by ``mature``."""
        if self.viewer is not None:
            return self.viewer.shows_mature
        return self.call.flag("mature", False)

    def owner(self) -> Account:
        """Tell whose token it is.

        Raises
        ------
        Refused
            The caller came with a Client-ID.
        """
        if self.viewer is None:
            # Recorded in 2024 on /3/account; older answers say 401 "Authentication required".
            raise Refused(403, "This method requires authentication")
        return self.viewer


@dataclass(frozen=True)
class Route:
    """A kind of answer.

    Attributes
    ----------
    answer : callable
        Makes ``data``; raises `Refused`.
    cost : int
        Credits.
    gallery : bool
        Whether its 404s carry limit headers (those of other routes have none).
    stable : bool
        Whether the same call by the same caller has the same answer until the clock moves.
    methods : tuple of str
    limits : bool
        Whether good answers carry limit headers: those out of an edge cache do not.
    cache_control : str or None
        Instead of the API's usual ``no-store``.
    """

    answer: Callable[[Asked], Any]
    cost: int = 1
    gallery: bool = False
    stable: bool = True
    methods: tuple[str, ...] = ("GET", "HEAD")
    limits: bool = True
    cache_control: str | None = None


def not_found() -> Refused:
    """Make the plain 404."""
    return Refused(404, "Not Found")


def unauthorized() -> Refused:
    """Make the 403 for what belongs to somebody else (recorded answer 2015)."""
    return Refused(403, "Unauthorized")


def is_number(text: str) -> bool:
    """Tell whether a part of the path counts as a number.

    Examples
    --------
    >>> is_number("12"), is_number("-1"), is_number("1e3")
    (True, False, False)
    """
    return text.isascii() and text.isdigit() and len(text) <= _PAGE_DIGITS


def slots(rest: Sequence[str], most: int) -> tuple[tuple[str, ...], int] | None:
    """Part the end of a path into its words and the page.

    Parameters
    ----------
    rest : sequence of str
        Words with the page among them, first or last, or without.
    most : int
        Words there may be.

    Returns
    -------
    tuple or None
        Words and page; None if there are too many.

    Examples
    --------
    >>> slots(["top", "week", "2"], 2), slots(["0", "newest"], 1), slots(["a", "b"], 1)
    ((('top', 'week'), 2), (('newest',), 0), None)
    """
    words, page = tuple(rest), 0
    if words and is_number(words[-1]):
        words, page = words[:-1], int(words[-1])
    elif words and is_number(words[0]):
        words, page = words[1:], int(words[0])
    return None if len(words) > most else (words, page)


def page_of(rows: Sequence[T], page: int, call: Call) -> Sequence[T]:
    """Cut one page out of an account's images, albums or comments.

    ``perPage`` (1 to 100, default 50) and ``page`` of the query are documented for these lists and
    win over the path; what is no such number counts as not given.
    """
    query = call.query
    if is_number(query.get("page", "")):
        page = int(query["page"])
    size = ACCOUNT_PAGE
    if is_number(query.get("perPage", "")) and int(query["perPage"]) > 0:
        size = min(int(query["perPage"]), ACCOUNT_PAGE_MOST)
    return rows[page * size : (page + 1) * size]
