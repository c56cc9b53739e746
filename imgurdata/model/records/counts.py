"""Numbers that an answer is, or holds: counts of an account, votes of a post."""

from __future__ import annotations

from imgurdata.model.records.parts import FETCHED
from imgurdata.model.schema import Field, Record

__all__ = ["ACCOUNT_COUNTS", "VOTE"]

_COUNTS = "reference, Account counts"

ACCOUNT_COUNTS = Record(
    name="account_counts",
    id_key="account_url",
    fields=(
        Field("account_url", "str", "user name that was asked for", "added by the pull"),
        Field("images", "Int64", "images in all; the owner alone sees it", _COUNTS),
        Field("albums", "Int64", "albums in all, as far as one may see them", _COUNTS),
        Field("comments", "Int64", "comments in all", _COUNTS),
        FETCHED,
    ),
)

VOTE = Record(
    name="vote",
    id_key="",
    any_of=("ups", "downs"),
    fields=(
        Field("ups", "Int64", "votes up", "reference, Vote"),
        Field("downs", "Int64", "votes down", "reference, Vote"),
        FETCHED,
    ),
)
