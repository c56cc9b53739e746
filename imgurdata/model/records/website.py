"""Conversion of objects of the website's own API (``post/v1``) to the keys of version 3.

They have no envelope, times in ISO 8601 and other names: ``view_count``, ``cover_id``, ``media``
(API reference, Newer web-client API). Keys that differ in name only are aliases of the fields.
"""

from __future__ import annotations

from typing import Any

from imgurdata.model.media_types import media_type_of_extension

__all__ = ["RESHAPED", "from_website"]

#: Keys of how the website shows a post, which version 3 has nothing for.
_DROPPED = frozenset(
    {"basename", "display", "ext", "is_pending", "platform", "shared_with_community", "updated_at",
     "virality"}
)  # fmt: skip
#: Keys of version 3 by the keys of a tag.
_TAG = {"tag": "name", "display": "display_name", "background_id": "background_hash"}

#: Keys by which such objects are recognised.
RESHAPED = frozenset({"account", "media", "metadata", "cover_id", "mime_type", "created_at"})

#: Keys of version 3 by the keys inside ``metadata`` of an image.
_METADATA = {
    "title": "title",
    "description": "description",
    "is_animated": "animated",
    "is_looping": "looping",
    "has_sound": "has_sound",
}


def from_website(item: dict[str, Any]) -> dict[str, Any]:
    """Return an object of ``post/v1`` with the keys of version 3; others as they are.

    >>> from_website({"id": "abc12", "account": {"username": "ada"}, "cover_id": "xyz34"})
    {'id': 'abc12', 'account_url': 'ada', 'cover': 'xyz34'}
    """
    if RESHAPED.isdisjoint(item):
        return item
    row = {k: v for k, v in item.items() if k not in RESHAPED and k not in _DROPPED}
    if isinstance(account := item.get("account"), dict):
        row.setdefault("account_url", account.get("username"))
    if isinstance(metadata := item.get("metadata"), dict):
        for key, name in _METADATA.items():
            if row.get(name) in (None, "") and key in metadata:
                row[name] = metadata[key]
    if "cover_id" in item:
        row["cover"] = item["cover_id"]
    if isinstance(cover := item.get("cover"), dict):
        row["cover"] = item.get("cover_id") or cover.get("id")
        row.setdefault("cover_width", cover.get("width"))
        row.setdefault("cover_height", cover.get("height"))
    if "type" in item or "mime_type" in item:
        # The value of "type" is just "image" or "video".
        row["type"] = item.get("mime_type") or media_type_of_extension(item.get("ext"))
    if "created_at" in item:
        row.setdefault("datetime", item["created_at"])
    if isinstance(media := item.get("media"), list):
        row["images"] = [from_website(m) if isinstance(m, dict) else m for m in media]
    if isinstance(tags := row.get("tags"), list):
        row["tags"] = [
            {_TAG.get(key, key): value for key, value in tag.items()}
            if isinstance(tag, dict) and "tag" in tag
            else tag
            for tag in tags
        ]
    return row
