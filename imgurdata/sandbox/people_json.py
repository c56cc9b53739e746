"""Accounts as Imgur writes them: the public page, the profile, the settings."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.votes import share_of

if TYPE_CHECKING:
    from imgurdata.sandbox.people import Account
    from imgurdata.sandbox.trophies import Trophy
    from imgurdata.sandbox.world import World

__all__ = ["PeopleWriter"]

#: Imgur's names for reputation; each holds from its number of points on.
_NOTORIETY = (
    (20_000, "Glorious"),
    (8_000, "Renowned"),
    (4_000, "Idolized"),
    (2_000, "Trusted"),
    (1_000, "Liked"),
    (400, "Accepted"),
)


class PeopleWriter:
    """Writes accounts and what belongs to them alone.

    Parameters
    ----------
    world : World
    url : str
        The sandbox's own address, which all links point at.
    origin : int
        The epoch second of the world's start.
    """

    def __init__(self, world: World, url: str, origin: int) -> None:
        self._world = world
        self._url = url
        self._origin = origin

    def account(self, account: Account) -> dict[str, Any]:
        """Write an account's public page, in the shape of 2021 and later."""
        home = f"{self._url}/user/{account.url}"
        return {
            "id": account.id,
            "url": account.url,
            "bio": account.bio,
            **self.avatar(account),
            "cover": f"{home}/cover?maxwidth=2560",
            "cover_name": "default/1-space",
            "reputation": account.reputation,
            "reputation_name": _notoriety(account.reputation),
            "created": self._origin + account.created,
            "pro_expiration": False,
            "user_follow": {"status": False},
            "is_blocked": False,
        }

    def avatar(self, account: Account) -> dict[str, Any]:
        """Write the address and name of an account's picture."""
        return {
            "avatar": f"{self._url}/user/{account.url}/avatar?maxwidth=290",
            "avatar_name": account.avatar or f"default/{account.url[0].upper()}",
        }

    def avatars(self) -> dict[str, Any]:
        """Write the pictures that an account may choose from."""
        names = sorted({a.avatar for a in self._world.accounts.values() if a.avatar})
        rows = [{"name": name, "location": f"{self._url}/art/{name}.png"} for name in names]
        return {
            "available_avatars": rows,
            "available_avatars_count": len(rows),
            "avatars_are_default": False,
        }

    def profile(
        self, account: Account, at: int, *, comments: int, favorites: int, submissions: int
    ) -> dict[str, Any]:
        """Write an account's gallery profile: what it earned by second `at`, and its totals."""
        earned = [t for t in self._world.trophies.get(account.id, ()) if t.created <= at]
        return {
            "trophies": [self._trophy(trophy) for trophy in earned],
            "total_gallery_comments": comments,
            "total_gallery_favorites": favorites,
            "total_gallery_submissions": submissions,
        }

    def _trophy(self, trophy: Trophy) -> dict[str, Any]:
        # One drawing per kind of trophy.
        art = hashlib.sha256(trophy.name_clean.encode()).hexdigest()[:6]
        return {
            "id": trophy.id,
            "name": trophy.name,
            "name_clean": trophy.name_clean,
            "description": trophy.description,
            "data": trophy.data,
            "data_link": self._trophy_link(trophy.data),
            "datetime": self._origin + trophy.created,
            "image": f"{self._url}/art/trophies/{art}.png",
        }

    def _trophy_link(self, data: str | None) -> str | None:
        if data is None or data in self._world.post_by_id:
            return data and f"/gallery/{data}"
        comment = self._world.comments.by_id.get(int(data)) if data.isdigit() else None
        return None if comment is None else f"/gallery/{comment.post}/comment/{comment.id}"

    def settings(self, account: Account) -> dict[str, Any]:
        """Write the settings that an account's owner sees; the mail address is invented."""
        email = f"{account.url.lower()}@example.com"
        return {
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
            "blocked_users": [
                {"blocked_id": other.id, "blocked_url": other.url}
                for other in self.blocked(account)
            ],
            "show_mature": account.shows_mature,
            "newsletter_subscribed": share_of("letters", account.id) < 0.3,
            "first_party": False,
        }

    def blocked(self, account: Account) -> list[Account]:
        """Tell whom an account blocked: nobody, or up to three others."""
        others = list(self._world.accounts.values())
        number = max(0, int(share_of("blocks", account.id) * 7) - 3)
        chosen = [
            others[int(share_of("blocked", account.id, turn) * len(others))]
            for turn in range(number)
        ]
        return [other for other in dict.fromkeys(chosen) if other is not account]


def _notoriety(reputation: int) -> str:
    for least, name in _NOTORIETY:
        if reputation >= least:
            return name
    return "Neutral"
