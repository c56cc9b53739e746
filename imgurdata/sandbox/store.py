"""The store: everything that clients of a sandbox can change.

The world is read only and shared by all sandboxes of a process; a store has a copy of its own and
lays over it what clients wrote. One lock holds for all writes (`Store.write`). Readers need none:
rows and lists are replaced, never changed, so a reader sees each as it was or as it is. Caches of
answers keep the store's `version` in their keys.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.lists import GalleryLists, ListKey
from imgurdata.sandbox.votes import FIRST_COMMENT, Votes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imgurdata.sandbox.growth import Growth
    from imgurdata.sandbox.uploads import Picture, Upload
    from imgurdata.sandbox.world import Account, Post, World

__all__ = ["CustomGallery", "Store", "code"]

_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def code(*parts: object, length: int) -> str:
    """Return letters and digits that follow from something, such as a delete hash from an id."""
    text = ":".join(map(str, parts))
    number = int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
    out = []
    for _ in range(length):
        number, letter = divmod(number, len(_LETTERS))
        out.append(_LETTERS[letter])
    return "".join(out)


@dataclass(frozen=True)
class CustomGallery:
    """A gallery that an account made of tags."""

    id: str
    account_id: int
    name: str
    tags: tuple[str, ...]
    created: int


@dataclass(eq=False)
class Store:
    """All that answers are made from: the world, and what the sandbox's clients added.

    Attributes
    ----------
    url : str
        The sandbox's own address, which all links point at.
    origin : int
        Epoch second of the world's start.
    version : int
        Grows with each write.
    settings : dict of int to dict
        Changed settings of accounts.
    follows : frozenset
        Accounts with the tags they follow.
    blocks : dict
        By account and other account: whether it blocks it.
    viewed : set
        Notifications that were read, with their accounts.
    closed : set
        Conversations that were deleted, with the accounts that did.
    tag_votes : dict
        By account, post and tag: ``up`` or ``down``.
    files : dict of str to bytes
        Uploaded files by the id of their image.
    gone : set of str
        Deleted images.
    """

    world: World
    growth: Growth
    url: str
    origin: int
    version: int = 0
    settings: dict[int, dict[str, Any]] = field(default_factory=dict)
    follows: frozenset[tuple[int, str]] = frozenset()
    blocks: dict[tuple[int, int], bool] = field(default_factory=dict)
    viewed: set[tuple[int, int]] = field(default_factory=set)
    closed: set[tuple[int, int]] = field(default_factory=set)
    tag_votes: dict[tuple[int, str, str], str] = field(default_factory=dict)
    galleries: dict[str, CustomGallery] = field(default_factory=dict)
    blocked_tags: dict[int, tuple[str, ...]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.votes = Votes(self.world, self.growth)
        self._lists = GalleryLists(self.world, self.growth)
        self._lock = threading.RLock()
        self._comments = 0
        self._ids = 0

    @contextlib.contextmanager
    def write(self) -> Iterator[None]:
        """Hold the lock of writes; caches are stale afterwards."""
        with self._lock:
            try:
                yield
            finally:
                self.version += 1

    def posts(self, key: ListKey, at: int) -> tuple[Post, ...]:
        """Return all posts of a list at a second, in order."""
        return self._lists.posts(key, at, self.version)

    def new_id(self, length: int = 7) -> str:
        """Return an id that nothing has."""
        while True:
            self._ids += 1
            new = code("new", self._ids, length=length)
            world = self.world
            taken = (world.post_by_id, world.picture_by_id, world.forums.post_by_id)
            if not any(new in ids for ids in taken) and not world.uploads.has(new):
                return new

    def new_comment_number(self) -> int:
        """Return the number of a new comment, greater than all before."""
        self._comments += 1
        return FIRST_COMMENT + self._comments

    # Accounts --------------------------------------------------------------------------------

    def put_account(self, account: Account) -> None:
        """Put an account in the place of the one with its number."""
        was = self.world.accounts[account.id]
        self.world.accounts[account.id] = account
        self.world.account_by_name[account.url.lower()] = account
        if was.url.lower() != account.url.lower():
            del self.world.account_by_name[was.url.lower()]

    def remove_account(self, account: Account) -> None:
        """Close an account; what it posted stays."""
        self.world.account_by_name.pop(account.url.lower(), None)

    # Images, albums and posts ----------------------------------------------------------------

    def put_upload(self, new: Upload, old: Upload | None = None) -> None:
        """Add an album or loose images, or put them in the place of `old`; posts follow."""
        self.world.uploads.put(new, old)
        posts = self.world.post_by_id
        if new.id is not None and new.id in posts:
            self._follow(posts[new.id], new.images, new.cover)
        for image in new.images:
            if image.id in posts and posts[image.id].images != (image,):
                self._follow(posts[image.id], (image,), image.id)

    def _follow(self, post: Post, images: tuple[Picture, ...], cover: str | None) -> None:
        """Change a post as its album or its image has changed."""
        if images:
            self.put_post(replace(post, images=images, cover=cover or images[0].id), post)
        else:
            self.remove_post(post)

    def remove_upload(self, old: Upload) -> None:
        """Remove an album, or loose images."""
        self.world.uploads.remove(old)

    def change_picture(self, old: Picture, home: Upload, new: Picture | None) -> None:
        """Put an image in the place of another one in its album, or remove it."""
        images = tuple(
            one for one in (new if image is old else image for image in home.images) if one
        )
        if home.id is None and not images:
            self.remove_upload(home)
            return
        cover = home.cover
        if cover not in {image.id for image in images}:
            cover = images[0].id if images else None
        self.put_upload(replace(home, images=images, cover=cover), home)

    def put_post(self, new: Post, old: Post | None = None) -> None:
        """Share a post to the gallery, or put it in the place of `old`."""
        world = self.world
        world.post_by_id[new.id] = new
        world.picture_by_id.update({image.id: (image, new) for image in new.images})
        self._drop_pictures(old, keep=new)
        world.posts = (*(other for other in world.posts if other is not old), new)
        own = world.posts_by_account.get(new.account_id, [])
        world.posts_by_account[new.account_id] = [*(o for o in own if o is not old), new]

    def remove_post(self, post: Post) -> None:
        """Take a post out of the gallery; its images, its album and its comments stay."""
        world = self.world
        world.removed[post.id] = world.post_by_id.pop(post.id)
        self._drop_pictures(post)
        world.posts = tuple(other for other in world.posts if other is not post)
        own = world.posts_by_account.get(post.account_id, [])
        world.posts_by_account[post.account_id] = [other for other in own if other is not post]

    def _drop_pictures(self, old: Post | None, keep: Post | None = None) -> None:
        kept = {image.id for image in keep.images} if keep is not None else set()
        for image in old.images if old is not None else ():
            if image.id not in kept:
                self.world.picture_by_id.pop(image.id, None)
