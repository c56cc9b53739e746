"""Accounts as Imgur writes them: the public page, the profile, the settings."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.votes import share_of

if TYPE_CHECKING:
    from imgurdata.sandbox.context import Context
    from imgurdata.sandbox.world import Account, Trophy, World

__all__ = [
    "account_record", "account_settings", "available_avatars", "avatar", "blocked_accounts",
    "is_blocked", "trophies",
]  # fmt: skip

#: Imgur's names for reputation, each with the points at which it begins.
_NOTORIETY = (
    (20_000, "Glorious"),
    (8_000, "Renowned"),
    (4_000, "Idolized"),
    (2_000, "Trusted"),
    (1_000, "Liked"),
    (400, "Accepted"),
)


def account_record(ctx: Context, account: Account) -> dict[str, Any]:
    """Return an account's public page, with the fields of 2021 and later."""
    names = (name for least, name in _NOTORIETY if account.reputation >= least)
    return {
        "id": account.id,
        "url": account.url,
        "bio": account.bio,
        **avatar(ctx, account),
        "cover": f"{ctx.store.url}/user/{account.url}/cover?maxwidth=2560",
        "cover_name": "default/1-space",
        "reputation": account.reputation,
        "reputation_name": next(names, "Neutral"),
        "created": ctx.epoch(account.created),
        "pro_expiration": False,
        "user_follow": {"status": False},
        "is_blocked": ctx.viewer is not None and is_blocked(ctx, ctx.viewer, account),
    }


def avatar(ctx: Context, account: Account) -> dict[str, Any]:
    """Return the address and name of an account's picture."""
    return {
        "avatar": f"{ctx.store.url}/user/{account.url}/avatar?maxwidth=290",
        "avatar_name": account.avatar or f"default/{account.url[0].upper()}",
    }


def available_avatars(ctx: Context) -> dict[str, Any]:
    """Return the pictures that an account may choose from."""
    names = sorted({a.avatar for a in ctx.world.accounts.values() if a.avatar})
    rows = [{"name": name, "location": f"{ctx.store.url}/art/{name}.png"} for name in names]
    return {
        "available_avatars": rows,
        "available_avatars_count": len(rows),
        "avatars_are_default": False,
    }


def trophies(ctx: Context, account: Account) -> list[dict[str, Any]]:
    """Return the trophies that an account has earned."""
    earned = ctx.world.trophies.get(account.id, ())
    return [_trophy(ctx, trophy) for trophy in earned if trophy.created <= ctx.at]


def _trophy(ctx: Context, trophy: Trophy) -> dict[str, Any]:
    # Each kind of trophy has a drawing of its own.
    art = hashlib.sha256(trophy.name_clean.encode()).hexdigest()[:6]
    return {
        "id": trophy.id,
        "name": trophy.name,
        "name_clean": trophy.name_clean,
        "description": trophy.description,
        "data": trophy.data,
        "data_link": _trophy_link(ctx.world, trophy.data),
        "datetime": ctx.epoch(trophy.created),
        "image": f"{ctx.store.url}/art/trophies/{art}.png",
    }


def _trophy_link(world: World, data: str | None) -> str | None:
    if data is None or data in world.post_by_id:
        return data and f"/gallery/{data}"
    comment = world.comments.by_id.get(int(data)) if data.isdigit() else None
    return None if comment is None else f"/gallery/{comment.post}/comment/{comment.id}"


def account_settings(ctx: Context, account: Account) -> dict[str, Any]:
    """Return the settings that an account's owner sees; the mail address is invented."""
    email = f"{account.url.lower()}@example.com"
    blocked = blocked_accounts(ctx, account)
    settings = {
        "account_url": account.url,
        "email": email,
        "high_quality": False,
        "public_images": not account.private,
        "album_privacy": "secret" if account.private else "hidden",
        "pro_expiration": False,
        "accepted_gallery_terms": True,
        "active_emails": [email] if share_of("mail", account.id) < 0.8 else [],
        "messaging_enabled": share_of("messages", account.id) < 0.9,
        "comment_replies": True,
        "blocked_users": [{"blocked_id": b.id, "blocked_url": b.url} for b in blocked],
        "show_mature": account.shows_mature,
        "newsletter_subscribed": share_of("letters", account.id) < 0.3,
        "first_party": False,
    }
    return {**settings, **ctx.store.settings.get(account.id, {})}


def blocked_accounts(ctx: Context, account: Account) -> list[Account]:
    """Return the accounts that an account blocked: none, or up to three, and what it added."""
    others = ctx.world.people
    number = max(0, int(share_of("blocks", account.id) * 7) - 3)
    chosen = [
        others[int(share_of("blocked", account.id, turn) * len(others))].id
        for turn in range(number)
    ]
    changed = {
        other: blocked
        for (who, other), blocked in list(ctx.store.blocks.items())
        if who == account.id
    }
    blocked = dict.fromkeys([*chosen, *(other for other, is_on in changed.items() if is_on)])
    return [
        ctx.world.accounts[other]
        for other in blocked
        if other != account.id and changed.get(other, True)
    ]


def is_blocked(ctx: Context, account: Account, other: Account) -> bool:
    """Return whether an account blocked another one."""
    return any(one.id == other.id for one in blocked_accounts(ctx, account))
