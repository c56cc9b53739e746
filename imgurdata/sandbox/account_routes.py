"""Answers about accounts: who they are, what they shared and liked, what others replied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.account_favorites import AccountFavorites
from imgurdata.sandbox.account_things import AccountThings
from imgurdata.sandbox.routes import Asked, Route, is_number, not_found, slots, unauthorized

if TYPE_CHECKING:
    from imgurdata.sandbox.comment_json import CommentWriter
    from imgurdata.sandbox.favorites_json import FavoritesWriter
    from imgurdata.sandbox.growth import Growth
    from imgurdata.sandbox.people import Account
    from imgurdata.sandbox.people_json import PeopleWriter
    from imgurdata.sandbox.upload_json import UploadWriter
    from imgurdata.sandbox.votes import Votes
    from imgurdata.sandbox.world import World

__all__ = ["AccountRoutes"]


class AccountRoutes:
    """Answers about accounts.

    ``me`` is the owner of the token. What only the owner may see is refused to others with 403
    ``Unauthorized``.

    Parameters
    ----------
    world : World
    growth : Growth
    votes : Votes
    people : PeopleWriter
    favorites : FavoritesWriter
    uploads : UploadWriter
    comments : CommentWriter
    """

    def __init__(
        self,
        world: World,
        growth: Growth,
        votes: Votes,
        people: PeopleWriter,
        favorites: FavoritesWriter,
        uploads: UploadWriter,
        comments: CommentWriter,
    ) -> None:
        self._world = world
        self._people = people
        self._comments = comments
        self._favorites = AccountFavorites(world, growth, votes, favorites)
        self._things = AccountThings(world, uploads, comments)

    def find(self, rest: tuple[str, ...]) -> Route | None:
        """Find the route of ``/3/account/...``."""
        if len(rest) <= 1:
            return Route(lambda asked: self._base(asked, *rest))
        name, what, *more = rest
        if what in ("albums", "images", "comments"):
            return self._things.find_list(self._account, name, what, tuple(more))
        if what in ("submissions", "favorites", "gallery_favorites"):
            return self._posts(name, what, tuple(more))
        if what == "notifications":
            return self._notified(name, tuple(more))
        if len(more) == 1:
            return self._things.find_one(self._account, name, what, more[0])
        return None if more else self._part(name, what)

    def _account(self, asked: Asked, name: str) -> Account:
        """Find the account of a path."""
        if name.lower() == "me":
            return asked.owner()
        account = self._world.account_by_name.get(name.lower())
        if account is None:
            raise not_found()
        return account

    def _own(self, asked: Asked, name: str) -> Account:
        """Find the account of a path, if it is the owner who asks."""
        account = self._account(asked, name)
        if account is not asked.viewer:
            raise unauthorized()
        return account

    def _base(self, asked: Asked, name: str = "me") -> Any:
        by_id = asked.call.query.get("account_id", "")
        if not by_id:
            return self._people.account(self._account(asked, name))
        account = self._world.accounts.get(int(by_id) if is_number(by_id) else -1)
        if account is None:
            raise not_found()
        return self._people.account(account)

    def _part(self, name: str, what: str) -> Route | None:
        people = self._people
        match what:
            case "gallery_profile":
                return Route(lambda asked: self._profile(asked, self._account(asked, name)))
            case "settings":
                return Route(lambda asked: people.settings(self._own(asked, name)))
            case "avatar":
                return Route(lambda asked: people.avatar(self._own(asked, name)))
            case "available_avatars":
                # Without a token the account need not even exist (API reference, U19).
                return Route(lambda _: people.avatars())
            case "verifyemail":
                return Route(
                    lambda asked: bool(people.settings(self._own(asked, name))["active_emails"])
                )
            case "block":
                # Out of a newer backend: no limit headers (recorded answer 2018).
                return Route(lambda asked: self._blocks(self._own(asked, name)), limits=False)
        return None

    def _profile(self, asked: Asked, account: Account) -> dict[str, Any]:
        return self._people.profile(
            account,
            asked.at,
            comments=len(self._world.comments.by_author(account.id, asked.at)),
            favorites=len(self._favorites.favorites(account, asked.at)),
            submissions=len(self._favorites.submissions(account, asked.at)),
        )

    def _blocks(self, account: Account) -> dict[str, Any]:
        items = [{"url": other.url} for other in self._people.blocked(account)]
        return {"items": items, "next": None}

    def _posts(self, name: str, what: str, more: tuple[str, ...]) -> Route | None:
        parted = slots(more, 1)
        if parted is None:
            return None
        words, page = parted
        sort = words[0] if words else "newest"

        def answer(asked: Asked) -> Any:
            if what == "favorites":
                return self._favorites.own(asked, self._own(asked, name), page, sort)
            account = self._account(asked, name)
            if account.private and account is not asked.viewer:
                raise unauthorized()
            listed = self._favorites.shared if what == "submissions" else self._favorites.public
            return listed(asked, account, page, sort)

        return Route(answer)

    # Notifications ---------------------------------------------------------------------------

    def find_notification(self, rest: tuple[str, ...]) -> Route | None:
        """Find the route of ``/3/notification``."""
        match rest:
            case ():
                return self._notified("me", ())
            case (number,):
                return Route(lambda asked: self._notification(asked, number))
        return None

    def _notified(self, name: str, more: tuple[str, ...]) -> Route | None:
        if more not in ((), ("replies",), ("messages",)):
            return None

        def answer(asked: Asked) -> Any:
            account = self._own(asked, name)
            new = asked.call.flag("new", True)
            replies = self._comments.notifications(account, asked.at, new=new)
            # Nobody in the sandbox writes to anybody; Imgur's messages ended in 2016.
            kinds: dict[str, list[Any]] = {"replies": replies, "messages": []}
            return kinds[more[0]] if more else kinds

        return Route(answer)

    def _notification(self, asked: Asked, number: str) -> Any:
        account = asked.owner()
        known = number.isascii() and number.isdigit() and len(number) < 16
        found = known and self._comments.notification(account, int(number), asked.at)
        if not found:
            raise not_found()
        return found
