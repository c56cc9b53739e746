"""Account, its counts, settings and trophies, and the credits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from imgurdata.model.records.parts import FETCHED, username
from imgurdata.model.schema import TIME, Field, Ignored, Int64, Record

__all__ = ["ACCOUNT", "ACCOUNT_COUNTS", "ACCOUNT_SETTINGS", "CREDITS", "TROPHY"]

_ACCOUNT = "reference, Account"
_SETTINGS = "reference, Account Settings"
_TROPHY = "reference, Gallery Profile and Trophy"
_COUNTS = "reference, Account counts"
_CREDITS = "reference, Credits"


class Follow(msgspec.Struct, gc=False):
    """State of following an account."""

    status: bool | None = None


class Blocked(msgspec.Struct, gc=False):
    """Blocked account."""

    blocked_id: Int64 | None = None
    blocked_url: str | None = None


def _reputation(rows: Sequence[Any]) -> list[Any]:
    return [None if row.reputation is None else round(row.reputation) for row in rows]


def _follows(rows: Sequence[Any]) -> list[Any]:
    return [row.user_follow and row.user_follow.status for row in rows]


def _masked_mail(rows: Sequence[Any]) -> list[Any]:
    # Addresses are personal data; the first letter is enough to tell which one it is.
    return [f"{row.email[0]}***@***" if row.email else None for row in rows]


def _mails(rows: Sequence[Any]) -> list[Any]:
    return [None if row.active_emails is None else len(row.active_emails) for row in rows]


def _blocked(rows: Sequence[Any]) -> list[Any]:
    return [
        None
        if row.blocked_users is None
        else " ".join(user.blocked_url for user in row.blocked_users if user.blocked_url)
        for row in rows
    ]


ACCOUNT = Record(
    name="account",
    id_key="url",
    fields=(
        Field("id", "Int64", "the account's number", _ACCOUNT),
        username("url", "user name"),
        Field("reputation", "Int64", "points earned, in whole ones (documented with a fraction); "
              "may be negative", _ACCOUNT, derive=_reputation),
        Field("reputation_name", "str", "Imgur's name for it, as sent", _ACCOUNT),
        Field("created", TIME, "when it was made", _ACCOUNT, unit="UTC"),
        Field("bio", "str", "profile text; NA if empty", _ACCOUNT),
        Field("url", "str", "user name", _ACCOUNT),
        Field("pro_expiration", TIME, "end of a paid account; NA for none (Imgur writes false)",
              _ACCOUNT, unit="UTC"),
        Field("avatar", "str", "link to the picture (since 2017)", _ACCOUNT),
        Field("avatar_name", "str", "name of the picture (since 2021)", _ACCOUNT),
        Field("cover", "str", "link to the cover (since 2021)", _ACCOUNT),
        Field("cover_name", "str", "name of the cover (since 2021)", _ACCOUNT),
        Field("user_follow_status", "boolean", "whether you follow it", _ACCOUNT, derive=_follows),
        Field("is_blocked", "boolean", "whether you block it (since 2021)", _ACCOUNT),
        FETCHED,
    ),
    ignored=(
        Ignored("user_follow", "user_follow_status", _ACCOUNT, Follow | None),
        Ignored("reputation", "reputation", _ACCOUNT, float | None),
    ),
)  # fmt: skip

ACCOUNT_SETTINGS = Record(
    name="account_settings",
    id_key="",
    any_of=(
        "email", "active_emails", "blocked_users", "album_privacy", "public_images", "show_mature",
        "messaging_enabled", "accepted_gallery_terms", "comment_replies", "high_quality",
    ),
    fields=(
        username("account_url", "user name (since 2016)"),
        Field("email", "str", "mail address, masked", _SETTINGS, derive=_masked_mail),
        Field("active_emails", "Int64", "how many addresses may upload", _SETTINGS, derive=_mails),
        Field("album_privacy", "str", "privacy of new albums", _SETTINGS),
        Field("public_images", "boolean", "whether images are public by default", _SETTINGS),
        Field("show_mature", "boolean", "whether lists show mature posts", _SETTINGS),
        Field("messaging_enabled", "boolean", "whether others may send messages", _SETTINGS),
        Field("comment_replies", "boolean", "whether replies are notified", _SETTINGS),
        Field("newsletter_subscribed", "boolean", "whether the newsletter comes", _SETTINGS),
        Field("blocked_users", "str", "names of blocked accounts, joined by a space", _SETTINGS,
              derive=_blocked),
        Field("accepted_gallery_terms", "boolean", "the gallery's terms are accepted", _SETTINGS),
        Field("pro_expiration", TIME, "end of a paid account; NA for none", _SETTINGS, unit="UTC"),
        Field("high_quality", "boolean", "less compression; gone by 2020", _SETTINGS),
        Field("first_party", "boolean", "as sent; seen since 2020", "recorded 2020-2022"),
        Field("avatar", "str", "link to your picture; seen in 2024", "recorded 2024"),
        Field("cover", "str", "link to your cover; seen in 2024", "recorded 2024"),
        Field("account_url", "str", "user name (since 2016)", _SETTINGS),
        FETCHED,
    ),
    ignored=(
        Ignored("email", "email", _SETTINGS, str | None),
        Ignored("active_emails", "active_emails", _SETTINGS, list[str] | None),
        Ignored("blocked_users", "blocked_users", _SETTINGS, list[Blocked] | None),
    ),
)  # fmt: skip

TROPHY = Record(
    name="trophy",
    containers=("trophies",),
    null_is_empty=True,
    excluded=frozenset({"title", "comment", "link", "author", "css", "content", "reputation"}),
    fields=(
        Field("id", "Int64", "the award's number", _TROPHY),
        Field("name", "str", "the trophy's name", _TROPHY),
        Field("datetime", TIME, "when it was earned", _TROPHY, unit="UTC"),
        Field("description", "str", "what it is for", _TROPHY),
        Field("name_clean", "str", "the kind of trophy", _TROPHY),
        Field("data", "str", "id of the post or comment it was earned with", _TROPHY),
        Field("data_link", "str", "link to that", _TROPHY),
        Field("image", "str", "link to its picture", _TROPHY),
        FETCHED,
    ),
)  # fmt: skip

ACCOUNT_COUNTS = Record(
    name="account_counts",
    id_key="account_url",
    fields=(
        username("account_url", "requested user name"),
        Field("images", "Int64", "images in all; the owner alone sees it", _COUNTS),
        Field("albums", "Int64", "albums in all, as far as visible to you", _COUNTS),
        Field("comments", "Int64", "comments in all", _COUNTS),
        Field("account_url", "str", "requested user name", "added by the pull"),
        FETCHED,
    ),
)

CREDITS = Record(
    name="credits",
    id_key="",
    any_of=("UserLimit", "UserRemaining", "ClientLimit", "ClientRemaining"),
    fields=(
        Field("user_limit", "Int64", "credits of this user an hour", _CREDITS, unit="credits",
              key="UserLimit"),
        Field("user_remaining", "Int64", "credits left", _CREDITS, unit="credits",
              key="UserRemaining"),
        Field("user_reset_at", TIME, "when they are reset", _CREDITS, unit="UTC", key="UserReset",
              relative=True),
        Field("client_limit", "Int64", "credits of the application a day", _CREDITS, unit="credits",
              key="ClientLimit"),
        Field("client_remaining", "Int64", "credits left", _CREDITS, unit="credits",
              key="ClientRemaining"),
        Field("client_reset_at", TIME, "when they are reset; only in headers",
              "recorded headers 2019-2025", unit="UTC", key="ClientReset", relative=True),
        FETCHED,
    ),
)  # fmt: skip
