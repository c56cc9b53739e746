"""The sample world as the sandbox reads it: accounts, tags, posts and their images.

A sandbox serves a copy of its own (`World.copy`), which its store changes; the rows themselves are
never changed but replaced, so that a reader in another thread sees a row as it was or as it is.
Times here are whole seconds since the world's start; `WORLD_NOW` is where the sandbox's clock
stands at first.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from imgurdata.errors import ImgurDataError
from imgurdata.sandbox.comments import load_comments
from imgurdata.sandbox.tables import LazyTable, changeable, known_fields, read_table
from imgurdata.sandbox.uploads import (
    Picture,
    Upload,
    load_uploads,
    loose,
    read_pictures,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

__all__ = [
    "WORLD_NOW", "Account", "Conversation", "Folder", "Meme", "Message", "Post", "Tag", "Topic",
    "Trophy", "World", "load_world",
]  # fmt: skip

T = TypeVar("T")

#: Day 46, 18:00 of the world's 60 days: the sandbox's clock when it starts.
WORLD_NOW = 46 * 86_400 + 18 * 3600

#: The layout of the world's files that this reader knows.
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the world; others cannot read the lists of a `private` one."""

    id: int
    url: str
    bio: str | None
    created: int
    reputation: int
    avatar: str | None
    private: bool = False
    mature: bool | None = None

    @property
    def shows_mature(self) -> bool:
        """Whether lists requested with this account's token hold mature posts.

        A setting of the account (`mature`); unless it was changed, ids that end in 7 have it on.
        """
        return self.id % 10 == 7 if self.mature is None else self.mature


@dataclass(frozen=True, slots=True)
class Trophy:
    """A trophy of an account; `data` is the post or comment that earned it."""

    account_id: int
    id: int
    name: str
    name_clean: str
    description: str
    data: str | None
    created: int


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag."""

    name: str
    display_name: str
    followers: int
    total_items: int
    background_hash: str
    thumbnail_hash: str | None
    accent: str | None
    description: str
    is_whitelisted: bool


@dataclass(frozen=True, slots=True)
class Post:
    """A gallery post, or one of a forum that the gallery does not list.

    Its five counts are the final ones; a forum's post has a score alone, in `ups`.
    """

    id: str
    account_id: int
    created: int
    title: str
    description: str | None
    is_album: bool
    nsfw: bool
    section: str
    tags: tuple[str, ...]
    cover: str
    images: tuple[Picture, ...]
    views: int
    ups: int
    downs: int
    comments: int
    favorites: int
    half_life: int
    score_factor: float
    viral_at: int | None
    in_gallery: bool = True

    @property
    def cover_image(self) -> Picture:
        """The image that stands for the post."""
        return next((image for image in self.images if image.id == self.cover), self.images[0])

    def is_viral(self, at: int) -> bool:
        """Return whether the post has entered Most Viral by second `at`."""
        return self.viral_at is not None and self.viral_at <= at

    def images_at(self, _at: int) -> Sequence[Picture]:
        """Return the images, which are all uploaded before the post is made."""
        return self.images

    def is_open_to(self, _viewer: Account | None) -> bool:
        """Return True: everybody can see a post."""
        return True


@dataclass(frozen=True, slots=True)
class Meme:
    """A picture that memes are written on."""

    id: str
    title: str
    created: int
    width: int
    height: int
    size: int
    views: int

    @property
    def picture(self) -> Picture:
        """The image."""
        size = (self.width, self.height, self.size)
        return Picture(
            self.id, self.title, None, self.created, "image/png", False, *size, False, self.views
        )


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic; its posts are those with one of its `tags`."""

    id: int
    name: str
    description: str
    css: str | None
    ephemeral: bool
    readonly: bool
    isHero: bool  # noqa: N815 - as Imgur names it
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of favourites."""

    id: int
    account_id: int
    name: str
    created: int
    private: bool


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a conversation; its id counts within it."""

    sender: int
    created: int
    body: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation of two accounts."""

    id: int
    accounts: tuple[int, int]
    messages: tuple[Message, ...]

    def other(self, account: int) -> int:
        """Return the account that one talks to."""
        first, second = self.accounts
        return second if first == account else first

    def until(self, at: int) -> list[Message]:
        """Return the messages that are sent by second `at`, the oldest first."""
        return [message for message in self.messages if message.created <= at]


class World:
    """Everything the sandbox serves, indexed.

    Most tables are read on first use, so that a sandbox which only lists the gallery starts fast.

    Attributes
    ----------
    accounts : dict of int to Account
        The people, and the guests that Imgur's examples name.
    people : tuple of Account
        The people alone, who post, vote and comment.
    original : World or None
        The world that this one is a copy of.
    trophies : mapping of int to list of Trophy
        Of each account that has any, latest first.
    """

    def __init__(
        self,
        folder: Path,
        accounts: dict[int, Account],
        tags: dict[str, Tag],
        posts: Sequence[Post],
        guests: Sequence[Upload] = (),
    ) -> None:
        self.folder, self.guests = folder, guests
        self.original: World | None = None
        self.accounts, self.tags, self.posts = accounts, tags, posts
        strangers = {guest.account_id for guest in guests}
        self.people = tuple(a for a in accounts.values() if a.id not in strangers)
        self.account_by_name = {account.url.lower(): account for account in accounts.values()}
        self.post_by_id = {post.id: post for post in posts}
        self.removed: dict[str, Post] = {}
        self.picture_by_id = {image.id: (image, post) for post in posts for image in post.images}
        self.posts_by_account: dict[int, list[Post]] = {}
        for post in posts:
            self.posts_by_account.setdefault(post.account_id, []).append(post)
        self.tag_hashes = {tag.background_hash for tag in tags.values()}
        self.tag_hashes.update(tag.thumbnail_hash for tag in tags.values() if tag.thumbnail_hash)
        default = next(a for a in self.busiest() if not (a.shows_mature or a.private))
        # By its number, since its owner may change its name and its settings.
        self._default = default.id

    comments = LazyTable(lambda world: load_comments(world.folder), changeable)
    uploads = LazyTable(lambda world: load_uploads(world.folder, world.guests), changeable)
    trophies = LazyTable(lambda world: read_table(world.folder, "trophies", _trophies))
    forums = LazyTable(lambda world: read_table(world.folder, "forums", _forums))
    memes = LazyTable(lambda world: read_table(world.folder, "memes", _memes))
    topics = LazyTable(lambda world: read_table(world.folder, "topics", _topics))
    folders = LazyTable(lambda world: read_table(world.folder, "folders", _folders))
    conversations: LazyTable[dict[int, Conversation]] = LazyTable(
        lambda world: read_table(world.folder, "conversations", _conversations), dict
    )

    def copy(self) -> World:
        """Return a world of the same rows whose tables can be changed without changing this one."""
        other = changeable(self)
        other.original = self
        for name in [name for name in vars(other) if isinstance(vars(World).get(name), LazyTable)]:
            delattr(other, name)
        return other

    def busiest(self) -> list[Account]:
        """Return all accounts, those with most posts first."""
        posted = self.posts_by_account
        return sorted(self.accounts.values(), key=lambda a: (-len(posted.get(a.id, ())), a.id))

    def shows_images(self, account: Account) -> bool:
        """Return whether others can read an account's images: only a guest's, as documented."""
        return any(guest.account_id == account.id for guest in self.guests)

    def find_home(self, item: str, at: int) -> Post | Upload | None:
        """Return the post or the album of an id, if it is made by second `at`."""
        found = self.post_by_id.get(item) or self.uploads.album(item, at)
        found = found or self.forums.post_by_id.get(item)
        return found if found is not None and found.created <= at else None

    def find_picture(self, item: str, at: int) -> tuple[Picture, Post | Upload] | None:
        """Return the image of an id, if it is there by second `at`, and what it is part of.

        A picture that memes are written on belongs to nobody.
        """
        in_post = self.picture_by_id.get(item) or self.forums.picture_by_id.get(item)
        if in_post is not None:
            return in_post if in_post[1].created <= at else None
        uploaded = self.uploads.picture(item, at)
        meme = next((meme.picture for meme in self.memes if meme.id == item), None)
        return uploaded if meme is None else (meme, loose(0, meme))

    def commented(self, item: str) -> Post:
        """Return the post that a comment stands below, still in the gallery or not."""
        return self.post_by_id.get(item) or self.removed[item]

    @property
    def default_account(self) -> Account:
        """The account that signs in unless another is named.

        The busiest that is not private and whose lists hide mature posts.
        """
        return self.accounts[self._default]


class Forums:
    """Posts of forums, which Imgur calls subreddits.

    Attributes
    ----------
    by_name : dict of str to list of Post
        By the name in lower case.
    post_by_id, picture_by_id : dict
    """

    def __init__(self, posts: Sequence[Post]) -> None:
        self.by_name: dict[str, list[Post]] = {}
        for post in posts:
            self.by_name.setdefault(post.section.lower(), []).append(post)
        self.post_by_id = {post.id: post for post in posts}
        self.picture_by_id = {image.id: (image, post) for post in posts for image in post.images}


@lru_cache(maxsize=4)
def load_world(folder: Path) -> World:
    """Read the world of a folder; it is immutable and shared by all sandboxes of the process.

    Raises
    ------
    ImgurDataError
        A file is missing, damaged or of another format version.

    Examples
    --------
    >>> from imgurdata.sandbox.tables import world_folder
    >>> world = load_world(world_folder())
    >>> world.posts[0].created <= world.posts[-1].created
    True
    """
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        version = manifest.get("format", manifest.get("version", _FORMAT))
    except (OSError, ValueError) as error:
        raise ImgurDataError(f"The sample world in {folder} cannot be read: {error}") from error
    if version != _FORMAT:
        raise ImgurDataError(
            f"The sample world in {folder} must have format {_FORMAT}; got {version!r}. Install "
            "the version of imgurdata that the world was made for."
        )
    accounts = read_table(folder, "accounts", _accounts)
    guests = read_table(folder, "guests", tuple)
    accounts.update(_accounts(row["account"] for row in guests))
    return World(
        folder,
        accounts=accounts,
        tags=read_table(folder, "tags", _tags),
        posts=read_table(folder, "posts", lambda rows: tuple(_post(row) for row in rows)),
        guests=[_guest(row) for row in guests],
    )


def _all(kind: type[T], rows: Iterable[dict[str, Any]]) -> tuple[T, ...]:
    return tuple(kind(**known_fields(kind, row)) for row in rows)


def _accounts(rows: Iterable[dict[str, Any]]) -> dict[int, Account]:
    return {row["id"]: Account(**known_fields(Account, row)) for row in rows}


def _tags(rows: Iterator[dict[str, Any]]) -> dict[str, Tag]:
    return {row["name"]: Tag(**known_fields(Tag, row)) for row in rows}


def _post(row: dict[str, Any]) -> Post:
    images = read_pictures(row["images"])
    return Post(**{**known_fields(Post, row), "tags": tuple(row["tags"]), "images": images})


def _guest(row: dict[str, Any]) -> Upload:
    return replace(loose(row["account"]["id"], *read_pictures(row["images"])), privacy="public")


def _memes(rows: Iterator[dict[str, Any]]) -> tuple[Meme, ...]:
    return _all(Meme, rows)


def _folders(rows: Iterator[dict[str, Any]]) -> tuple[Folder, ...]:
    return _all(Folder, rows)


def _forums(rows: Iterator[dict[str, Any]]) -> Forums:
    return Forums([_forum_post(row) for row in rows])


def _forum_post(row: dict[str, Any]) -> Post:
    # Nobody can be seen to vote on it; only the score is shown.
    zeros = dict.fromkeys(("account_id", "downs", "comments", "favorites"), 0)
    empty = dict.fromkeys(("description", "viral_at"))
    fixed = {"ups": row["score"], "half_life": 15_000, "score_factor": 1.0, "in_gallery": False}
    return _post({**zeros, **empty, **fixed, **row, "tags": ()})


def _topics(rows: Iterator[dict[str, Any]]) -> tuple[Topic, ...]:
    return _all(Topic, ({**row, "tags": tuple(row["tags"])} for row in rows))


def _conversations(rows: Iterator[dict[str, Any]]) -> dict[int, Conversation]:
    return {
        row["id"]: Conversation(row["id"], tuple(row["accounts"]), _all(Message, row["messages"]))
        for row in rows
    }


def _trophies(rows: Iterator[dict[str, Any]]) -> dict[int, list[Trophy]]:
    trophies = [Trophy(**known_fields(Trophy, row)) for row in rows]
    by_account: dict[int, list[Trophy]] = {}
    for trophy in sorted(trophies, key=lambda trophy: (-trophy.created, -trophy.id)):
        by_account.setdefault(trophy.account_id, []).append(trophy)
    return by_account
