"""Routes of what Imgur no longer documents: memes, topics, custom galleries, conversations, feed.

Their records are of 2014 to 2016 (API reference, 3.2). Nobody has shown that the routes are gone,
so the sandbox still answers them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from imgurdata.sandbox.album_json import image_record
from imgurdata.sandbox.auth import ApiError
from imgurdata.sandbox.context import bad_request, find_account, is_number, not_found, tag_name
from imgurdata.sandbox.gallery_json import gallery_item
from imgurdata.sandbox.gallery_routes import find_post
from imgurdata.sandbox.store import CustomGallery
from imgurdata.sandbox.uploads import loose
from imgurdata.sandbox.votes import share_of
from imgurdata.sandbox.world import Conversation, Message, Topic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imgurdata.sandbox.context import Context
    from imgurdata.sandbox.world import Account, Post

__all__ = [
    "add_tags", "block_sender", "block_tag", "conversation", "conversations", "create_gallery",
    "custom", "custom_post", "delete_conversation", "delete_gallery", "feed", "filtered",
    "filtered_out", "galleries", "gallery", "meme", "meme_posts", "memes", "remove_tags",
    "rename_gallery", "report_sender", "send_message", "topic", "topic_post", "topics",
    "unblock_tag",
]  # fmt: skip

#: Messages on a page (API reference, Paging).
_MESSAGES = 25
_PREVIEW = 30
_MEME_TAGS = ("memes", "dank", "meme_dump")
_DEFAULT_TAGS = ("cats", "funny", "food")
#: What everybody filters out at first.
_FILTERED = ("fail", "injury")


# Memes -------------------------------------------------------------------------------------------


def memes(ctx: Context) -> list[dict[str, Any]]:
    """Answer the pictures that memes are written on."""
    pictures = [meme.picture for meme in ctx.world.memes]
    return [image_record(ctx, picture, loose(0, picture)) for picture in pictures]


def meme_posts(ctx: Context, *rest: str) -> list[dict[str, Any]]:
    """Answer a page of memes."""
    return [_meme(ctx, row) for row in ctx.tagged(_MEME_TAGS, rest)]


def meme(ctx: Context, item: str) -> dict[str, Any]:
    """Answer one meme."""
    found = find_post(ctx, item)
    if not set(_MEME_TAGS) & set(found.tags):
        raise not_found()
    return _meme(ctx, found, whole=True)


def _meme(ctx: Context, found: Post, *, whole: bool = False) -> dict[str, Any]:
    written_on = ctx.world.memes[int(share_of("meme", found.id) * len(ctx.world.memes))]
    metadata = {
        "meme_name": written_on.title,
        "top_text": found.title,
        "bottom_text": found.description or "",
        "bg_image": written_on.id,
    }
    return {**gallery_item(ctx, found, whole=whole), "meme_metadata": metadata}


# Topics ------------------------------------------------------------------------------------------


def topics(ctx: Context) -> list[dict[str, Any]]:
    """Answer all topics, each with its first post."""
    rows = []
    for one in ctx.world.topics:
        found = ctx.anonymous.tagged(one.tags, ())
        top = gallery_item(ctx.anonymous, found[0], previews=False) if found else None
        rows.append(
            {
                "id": one.id,
                "name": one.name,
                "description": one.description,
                "css": one.css,
                "ephemeral": one.ephemeral,
                "readonly": one.readonly,
                "topPost": top and {**top, "topic": one.name, "topic_id": one.id},
                "heroImage": _hero(ctx, found[0]) if found else None,
                "isHero": one.isHero,
            }
        )
    return rows


def _hero(ctx: Context, found: Post) -> dict[str, Any]:
    return {**image_record(ctx.anonymous, found.cover_image, found), "is_album": False}


def topic(ctx: Context, name: str, *rest: str) -> list[dict[str, Any]]:
    """Answer a page of a topic, by its number or by its name."""
    one = _topic(ctx, name)
    return [_in_topic(ctx, one, row) for row in ctx.tagged(one.tags, rest)]


def topic_post(ctx: Context, name: str, item: str) -> dict[str, Any]:
    """Answer one post of a topic."""
    one, found = _topic(ctx, name), find_post(ctx, item)
    if not set(one.tags) & set(found.tags):
        raise not_found()
    return _in_topic(ctx, one, found, whole=True)


def _topic(ctx: Context, name: str) -> Topic:
    low = name.lower().replace("_", " ")
    for one in ctx.world.topics:
        if low in (str(one.id), one.name.lower()):
            return one
    raise not_found()


def _in_topic(ctx: Context, one: Topic, found: Post, *, whole: bool = False) -> dict[str, Any]:
    return {**gallery_item(ctx, found, whole=whole), "topic": one.name, "topic_id": one.id}


# Custom galleries --------------------------------------------------------------------------------


def galleries(ctx: Context) -> list[dict[str, Any]]:
    """Answer the custom galleries of an account, without their posts."""
    viewer = ctx.require_viewer()
    own = [one for one in list(ctx.store.galleries.values()) if one.account_id == viewer.id]
    return [_gallery(ctx, one) for one in [_custom(ctx), *own]]


def custom(ctx: Context, *rest: str) -> dict[str, Any]:
    """Answer a page of the account's first custom gallery; the record has no id (2016)."""
    row = _gallery(ctx, _custom(ctx), rest)
    return {name: row[name] for name in ("link", "tags", "account_url", "item_count", "items")}


def custom_post(ctx: Context, item: str) -> dict[str, Any]:
    """Answer one post of the first custom gallery."""
    found = find_post(ctx, item)
    if not set(_custom(ctx).tags) & set(found.tags):
        raise not_found()
    return gallery_item(ctx, found, whole=True)


def filtered(ctx: Context, *rest: str) -> dict[str, Any]:
    """Answer a page of what the account filters out of its gallery."""
    return _gallery(ctx, _filtered(ctx), rest)


def filtered_out(ctx: Context) -> dict[str, Any]:
    """Answer the tags that the account filters out."""
    return _gallery(ctx, _filtered(ctx))


def gallery(ctx: Context, item: str, *rest: str) -> dict[str, Any]:
    """Answer a page of a custom gallery."""
    return _gallery(ctx, _own_gallery(ctx, item), rest)


def _custom(ctx: Context) -> CustomGallery:
    viewer = ctx.require_viewer()
    own = CustomGallery("custom", viewer.id, "Custom", _DEFAULT_TAGS, viewer.created)
    return ctx.store.galleries.get(f"custom {viewer.id}", own)


def _filtered(ctx: Context) -> CustomGallery:
    viewer = ctx.require_viewer()
    tags = ctx.store.blocked_tags.get(viewer.id, _FILTERED)
    return CustomGallery("filtered", viewer.id, "Filtered Out", tags, 0)


def _own_gallery(ctx: Context, item: str) -> CustomGallery:
    viewer = ctx.require_viewer()
    if item == "custom":
        return _custom(ctx)
    found = ctx.store.galleries.get(item)
    if found is None or found.account_id != viewer.id:
        raise not_found()
    return found


def _gallery(ctx: Context, one: CustomGallery, rest: Sequence[str] | None = None) -> dict[str, Any]:
    """Return a custom gallery, with a page of posts where a path asks for one."""
    path = one.id if one.id in ("custom", "filtered") else f"g/{one.id}"
    row = {
        "id": one.id,
        "name": one.name,
        # As recorded, the filter has none.
        "datetime": None if one.id == "filtered" else ctx.epoch(one.created),
        "account_url": ctx.require_viewer().url,
        "link": f"{ctx.store.url}/{path}",
        "tags": list(one.tags),
    }
    if rest is None:
        return row
    items = [gallery_item(ctx, found) for found in ctx.tagged(one.tags, rest)]
    # The number of items on this page, not of all (recorded answer 2016).
    return {**row, "item_count": len(items), "items": items}


def create_gallery(ctx: Context) -> dict[str, Any]:
    """Make a custom gallery of tags."""
    viewer, name = ctx.require_viewer(), ctx.required("name", "A name is required")
    made = CustomGallery(ctx.store.new_id(5), viewer.id, name, _tags(ctx), ctx.at)
    ctx.store.galleries[made.id] = made
    return _gallery(ctx, made)


def _tags(ctx: Context) -> tuple[str, ...]:
    names = ctx.listed("tags") or ()
    return tuple(dict.fromkeys(map(tag_name, names)))


def _key(one: CustomGallery) -> str:
    return f"custom {one.account_id}" if one.id == "custom" else one.id


def rename_gallery(ctx: Context, item: str) -> dict[str, Any]:
    """Rename a custom gallery."""
    found = _own_gallery(ctx, item)
    renamed = replace(found, name=ctx.required("name", "A name is required"))
    ctx.store.galleries[_key(found)] = renamed
    return _gallery(ctx, renamed)


def add_tags(ctx: Context, item: str) -> None:
    """Add tags to a custom gallery; the recorded answer is null."""
    found = _own_gallery(ctx, item)
    tags = tuple(dict.fromkeys([*found.tags, *_required_tags(ctx)]))
    ctx.store.galleries[_key(found)] = replace(found, tags=tags)


def remove_tags(ctx: Context, item: str) -> None:
    """Remove tags from a custom gallery."""
    found, gone = _own_gallery(ctx, item), _required_tags(ctx)
    tags = tuple(tag for tag in found.tags if tag not in gone)
    ctx.store.galleries[_key(found)] = replace(found, tags=tags)


def _required_tags(ctx: Context) -> tuple[str, ...]:
    tags = _tags(ctx)
    if not tags:
        raise bad_request("No tags were sent")
    return tags


def delete_gallery(ctx: Context, item: str) -> bool:
    """Delete a custom gallery."""
    ctx.store.galleries.pop(_key(_own_gallery(ctx, item)), None)
    return True


def block_tag(ctx: Context) -> None:
    """Filter a tag out of the gallery."""
    found, tag = _filtered(ctx), _sent_tag(ctx)
    ctx.store.blocked_tags[found.account_id] = tuple(dict.fromkeys([*found.tags, tag]))


def unblock_tag(ctx: Context) -> None:
    """Filter a tag out no more."""
    found, tag = _filtered(ctx), _sent_tag(ctx)
    kept = tuple(one for one in found.tags if one != tag)
    ctx.store.blocked_tags[found.account_id] = kept


def _sent_tag(ctx: Context) -> str:
    return tag_name(ctx.required("tag", "No tag was sent"))


# Conversations -----------------------------------------------------------------------------------


def conversations(ctx: Context) -> list[dict[str, Any]]:
    """Answer the conversations of an account, the latest first."""
    viewer = ctx.require_viewer()
    rows = [_conversation(ctx, viewer, one) for one in _own_conversations(ctx, viewer)]
    return sorted(rows, key=lambda row: (-row["datetime"], row["id"]))


def _own_conversations(ctx: Context, viewer: Account) -> list[Conversation]:
    return [
        one
        for one in list(ctx.world.conversations.values())
        if viewer.id in one.accounts
        and one.until(ctx.at)
        and (viewer.id, one.id) not in ctx.store.closed
    ]


def _conversation(ctx: Context, viewer: Account, one: Conversation) -> dict[str, Any]:
    messages, other = one.until(ctx.at), ctx.world.accounts[one.other(viewer.id)]
    last = messages[-1]
    preview = last.body if len(last.body) <= _PREVIEW else f"{last.body[:_PREVIEW]}..."
    return {
        "id": one.id,
        "with_account": other.url,
        "with_account_id": other.id,
        "last_message_preview": preview,
        "message_count": len(messages),
        "datetime": ctx.epoch(last.created),
    }


def conversation(ctx: Context, number: str, page: str = "1", offset: str = "0") -> dict[str, Any]:
    """Answer a page of a conversation: page 1 holds the latest messages, the newest last."""
    viewer, one = ctx.require_viewer(), _own_conversation(ctx, number)
    if not (is_number(page) and is_number(offset)):
        raise not_found()
    messages = one.until(ctx.at)
    end = len(messages) - (max(int(page), 1) - 1) * _MESSAGES - int(offset)
    start = max(end - _MESSAGES, 0)
    shown = list(enumerate(messages))[start : max(end, 0)]
    row = _conversation(ctx, viewer, one)
    return {
        **{name: value for name, value in row.items() if name != "datetime"},
        "messages": [_message(ctx, one, index, message) for index, message in shown],
        "done": start == 0,
        "page": max(int(page), 1) + 1,
        "datetime": row["datetime"],
    }


def _message(ctx: Context, one: Conversation, index: int, message: Message) -> dict[str, Any]:
    return {
        # Numbers of messages grow faster than those of conversations.
        "id": one.id * 4 + index,
        "from": ctx.world.accounts[message.sender].url,
        "account_id": one.other(message.sender),
        "sender_id": message.sender,
        "body": message.body,
        "conversation_id": one.id,
        "datetime": ctx.epoch(message.created),
    }


def _own_conversation(ctx: Context, number: str) -> Conversation:
    viewer = ctx.require_viewer()
    found = ctx.world.conversations.get(int(number) if is_number(number) else -1)
    if found is None or found not in _own_conversations(ctx, viewer):
        raise not_found()
    return found


def send_message(ctx: Context, name: str) -> bool:
    """Send a message to somebody."""
    viewer, other = ctx.require_viewer(), find_account(ctx, name)
    body = ctx.required("body", "A message is required")
    if other.id == viewer.id:
        raise bad_request("Nobody can write to oneself")
    if ctx.store.blocks.get((other.id, viewer.id)):
        raise ApiError(403, "Unauthorized")
    pair = {viewer.id, other.id}
    known = ctx.world.conversations
    one = next((c for c in known.values() if set(c.accounts) == pair), None)
    if one is None:
        one = Conversation(max(known) + 1_000, (viewer.id, other.id), ())
    message = Message(viewer.id, ctx.at, body)
    new = replace(one, messages=(*one.messages, message))
    ctx.world.conversations[new.id] = new
    ctx.store.closed -= {(viewer.id, new.id), (other.id, new.id)}
    return True


def delete_conversation(ctx: Context, number: str) -> bool:
    """Delete a conversation for oneself; the other one keeps it."""
    viewer, found = ctx.require_viewer(), _own_conversation(ctx, number)
    ctx.store.closed.add((viewer.id, found.id))
    return True


def report_sender(ctx: Context, name: str) -> bool:
    """Report somebody who writes messages, which changes nothing that clients can see."""
    ctx.require_viewer()
    find_account(ctx, name)
    return True


def block_sender(ctx: Context, name: str) -> bool:
    """Block somebody who writes messages."""
    viewer, other = ctx.require_viewer(), find_account(ctx, name)
    ctx.store.blocks[viewer.id, other.id] = True
    return True


# Feed --------------------------------------------------------------------------------------------


def feed(ctx: Context) -> dict[str, Any]:
    """Answer the newest posts of the tags that an account follows, each wrapped (a guess)."""
    viewer = ctx.require_viewer()
    followed = [tag for account, tag in list(ctx.store.follows) if account == viewer.id]
    found = ctx.tagged(followed or _DEFAULT_TAGS, ("time",))
    return {"items": [{"post": gallery_item(ctx, row)} for row in found]}
