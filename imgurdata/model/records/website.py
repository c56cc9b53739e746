"""Conversion of objects of the website's own API (``post/v1``) to the keys of version 3.

They have no envelope, times in ISO 8601 and other names: ``view_count``, ``cover_id``, ``media``
(API reference, Newer web-client API). Keys that differ in name only are aliases of the fields.
"""

from __future__ import annotations

from typing import Any

__all__ = ["RESHAPED", "from_website"]

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
    row = {key: value for key, value in item.items() if key not in RESHAPED}
    if isinstance(account := item.get("account"), dict):
        row.setdefault("account_url", account.get("username"))
    if isinstance(metadata := item.get("metadata"), dict):
        for key, name in _METADATA.items():
            if row.get(name) in (None, "") and key in metadata:
                row[name] = metadata[key]
    if "cover_id" in item:
        row["cover"] = item["cover_id"]  # the value of "cover" is an object
    if "mime_type" in item:
        row["type"] = item["mime_type"]  # "type" is just "image" or "video" there
    if "created_at" in item:
        row.setdefault("datetime", item["created_at"])
    if isinstance(media := item.get("media"), list):
        row["images"] = [from_website(m) if isinstance(m, dict) else m for m in media]
    if isinstance(tags := row.get("tags"), list):
        row["tags"] = [
            {"name": tag["tag"], **tag} if isinstance(tag, dict) and "tag" in tag else tag
            for tag in tags
        ]
    return row
