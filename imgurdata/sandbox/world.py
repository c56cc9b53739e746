"""The sample world as the sandbox reads it: accounts, tags, posts and their images.

Times here are whole seconds since the world's start; `WORLD_NOW` is where the sandbox's clock
stands at first.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from imgurdata.errors import ImgurDataError
from imgurdata.sandbox.comments import CommentTable, load_comments
from imgurdata.sandbox.people import Account
from imgurdata.sandbox.tables import Later, known_fields, read_table
from imgurdata.sandbox.trophies import Trophy, load_trophies
from imgurdata.sandbox.uploads import UploadTable, load_uploads

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["WORLD_NOW", "Account", "Picture", "Post", "Tag", "World", "load_world"]

#: Day 46, 18:00 of the world's 60 days: what the sandbox's clock shows when it starts.
WORLD_NOW = 46 * 86_400 + 18 * 3600

#: The layout of the world's files that this reader knows.
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag and what a post shows of it."""

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
class Picture:
    """One image of a post; ``views`` is what it reaches in the end."""

    id: str
    title: str | None
    description: str | None
    created: int
    type: str
    animated: bool
    width: int
    height: int
    size: int
    has_sound: bool
    views: int


@dataclass(frozen=True, slots=True)
class Post:
    """A gallery post; its five counts are what it reaches in the end."""

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


@dataclass(frozen=True)
class World:
    """Everything the sandbox serves, ready to be looked up.

    Comments, uploads and trophies are read when they are first asked for, so that a sandbox which
    only lists the gallery starts fast.

    Attributes
    ----------
    folder : pathlib.Path
        Where it was read.
    accounts : dict of int to Account
    tags : dict of str to Tag
    posts : list of Post
        In the order of their creation.
    """

    folder: Path
    accounts: Mapping[int, Account]
    tags: Mapping[str, Tag]
    posts: tuple[Post, ...]
    account_by_name: Mapping[str, Account] = field(init=False, repr=False)
    posts_by_account: Mapping[int, list[Post]] = field(init=False, repr=False)
    post_by_id: Mapping[str, Post] = field(init=False, repr=False)
    picture_by_id: Mapping[str, tuple[Picture, Post]] = field(init=False, repr=False)
    tag_hashes: frozenset[str] = field(init=False, repr=False)
    _comments: Later[CommentTable] = field(init=False, repr=False)
    _uploads: Later[UploadTable] = field(init=False, repr=False)
    _trophies: Later[dict[int, list[Trophy]]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        names = {account.url.lower(): account for account in self.accounts.values()}
        pictures = {image.id: (image, post) for post in self.posts for image in post.images}
        hashes = {tag.background_hash for tag in self.tags.values()}
        hashes.update(tag.thumbnail_hash for tag in self.tags.values() if tag.thumbnail_hash)
        by_account: dict[int, list[Post]] = {}
        for post in self.posts:
            by_account.setdefault(post.account_id, []).append(post)
        object.__setattr__(self, "account_by_name", names)
        object.__setattr__(self, "posts_by_account", by_account)
        object.__setattr__(self, "post_by_id", {post.id: post for post in self.posts})
        object.__setattr__(self, "picture_by_id", pictures)
        object.__setattr__(self, "tag_hashes", frozenset(hashes))
        object.__setattr__(self, "_comments", Later(lambda: load_comments(self.folder)))
        object.__setattr__(self, "_uploads", Later(lambda: load_uploads(self.folder)))
        object.__setattr__(self, "_trophies", Later(lambda: load_trophies(self.folder)))

    def busiest(self) -> list[Account]:
        """List all accounts, those with most posts first."""
        posted = self.posts_by_account
        return sorted(self.accounts.values(), key=lambda a: (-len(posted.get(a.id, ())), a.id))

    @property
    def usual(self) -> Account:
        """The one that signs in unless another is named.

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
    """Read a world; each folder is read once in a process.

    Parameters
    ----------
    folder : pathlib.Path
        Holds ``manifest.json`` and the tables.

    Returns
    -------
    World
        Shared by all sandboxes of the process; nothing in it changes.

    Raises
    ------
    ImgurDataError
        A file is missing, damaged or of another format version.

    Examples
    --------
    >>> from imgurdata.sandbox.files import world_folder
    >>> world = load_world(world_folder())
    >>> world.posts[0].created <= world.posts[-1].created
    True
    """
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        version = manifest.get("format", manifest.get("version", _FORMAT))
        if version != _FORMAT:
            raise ImgurDataError(
                f"The sample world in {folder} has format {version!r}; this version reads {_FORMAT}"
            )
    except (OSError, ValueError) as error:
        raise ImgurDataError(f"The sample world in {folder} cannot be read: {error}") from error
    return World(
        folder=folder,
        accounts=read_table(folder, "accounts", _accounts),
        tags=read_table(folder, "tags", _tags),
        posts=read_table(folder, "posts", lambda rows: tuple(_post(row) for row in rows)),
    )


def _accounts(rows: Iterator[dict[str, Any]]) -> dict[int, Account]:
    return {row["id"]: Account(**known_fields(Account, row)) for row in rows}


def _tags(rows: Iterator[dict[str, Any]]) -> dict[str, Tag]:
    return {row["name"]: Tag(**known_fields(Tag, row)) for row in rows}


def _post(row: dict[str, Any]) -> Post:
    images = tuple(Picture(**known_fields(Picture, image)) for image in row["images"])
    return Post(**{**known_fields(Post, row), "tags": tuple(row["tags"]), "images": images})
