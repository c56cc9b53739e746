"""The sample world as the sandbox reads it: accounts, tags, posts and their images.

Times here are whole seconds since the world's start; `WORLD_NOW` is where the sandbox's clock
stands at first.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from imgurdata.errors import ImgurDataError
from imgurdata.sandbox.comments import CommentTable, load_comments
from imgurdata.sandbox.tables import Lazy, known_fields, read_table
from imgurdata.sandbox.uploads import Picture, UploadTable, load_uploads, read_pictures

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["WORLD_NOW", "Account", "Post", "Tag", "Trophy", "World", "load_world"]

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

    @property
    def shows_mature(self) -> bool:
        """Whether lists requested with this account's token hold mature posts.

        A setting of the account on Imgur; here a fixed rule: account ids that end in 7 have it on.
        """
        return self.id % 10 == 7


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
    """A gallery post; its five counts are the final ones."""

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

    def is_viral(self, at: int) -> bool:
        """Return whether the post has entered Most Viral by second `at`."""
        return self.viral_at is not None and self.viral_at <= at


class World:
    """Everything the sandbox serves, indexed.

    Comments, uploads and trophies are read on first use, so that a sandbox which only lists the
    gallery starts fast.
    """

    def __init__(
        self,
        folder: Path,
        accounts: Mapping[int, Account],
        tags: Mapping[str, Tag],
        posts: Sequence[Post],
    ) -> None:
        self.accounts, self.tags, self.posts = accounts, tags, posts
        self.account_by_name = {account.url.lower(): account for account in accounts.values()}
        self.post_by_id = {post.id: post for post in posts}
        self.picture_by_id = {image.id: (image, post) for post in posts for image in post.images}
        self.posts_by_account: dict[int, list[Post]] = {}
        for post in posts:
            self.posts_by_account.setdefault(post.account_id, []).append(post)
        self.tag_hashes = {tag.background_hash for tag in tags.values()}
        self.tag_hashes.update(tag.thumbnail_hash for tag in tags.values() if tag.thumbnail_hash)
        self._comments = Lazy(lambda: load_comments(folder))
        self._uploads = Lazy(lambda: load_uploads(folder))
        self._trophies = Lazy(lambda: read_table(folder, "trophies", _trophies))

    def busiest(self) -> list[Account]:
        """Return all accounts, those with most posts first."""
        posted = self.posts_by_account
        return sorted(self.accounts.values(), key=lambda a: (-len(posted.get(a.id, ())), a.id))

    @property
    def default_account(self) -> Account:
        """The account that signs in unless another is named.

        The busiest that is not private and whose lists hide mature posts.
        """
        return next(a for a in self.busiest() if not (a.shows_mature or a.private))

    @property
    def comments(self) -> CommentTable:
        """All comments."""
        return self._comments.get()

    @property
    def uploads(self) -> UploadTable:
        """Albums and images that are not in the gallery."""
        return self._uploads.get()

    @property
    def trophies(self) -> Mapping[int, list[Trophy]]:
        """Trophies of each account that has any, latest first."""
        return self._trophies.get()


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
    return World(
        folder,
        accounts=read_table(folder, "accounts", _accounts),
        tags=read_table(folder, "tags", _tags),
        posts=read_table(folder, "posts", lambda rows: tuple(_post(row) for row in rows)),
    )


def _accounts(rows: Iterator[dict[str, Any]]) -> dict[int, Account]:
    return {row["id"]: Account(**known_fields(Account, row)) for row in rows}


def _tags(rows: Iterator[dict[str, Any]]) -> dict[str, Tag]:
    return {row["name"]: Tag(**known_fields(Tag, row)) for row in rows}


def _post(row: dict[str, Any]) -> Post:
    images = read_pictures(row["images"])
    return Post(**{**known_fields(Post, row), "tags": tuple(row["tags"]), "images": images})


def _trophies(rows: Iterator[dict[str, Any]]) -> dict[int, list[Trophy]]:
    trophies = [Trophy(**known_fields(Trophy, row)) for row in rows]
    by_account: dict[int, list[Trophy]] = {}
    for trophy in sorted(trophies, key=lambda trophy: (-trophy.created, -trophy.id)):
        by_account.setdefault(trophy.account_id, []).append(trophy)
    return by_account
