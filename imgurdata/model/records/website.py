"""Objects of the website's own API (``post/v1``), brought to the keys of version 3.

They come without envelope, with times in ISO 8601 and other names: ``view_count``, ``cover_id``,
``media`` (API reference, Newer web-client API). Names alone are declared beside each field; here
is what has another shape.
"""

from __future__ import annotations

from typing import Any

__all__ = ["RESHAPED", "from_website"]

#: Keys by which such objects are known.
RESHAPED = frozenset({"account", "media", "metadata", "cover_id", "mime_type", "created_at"})

#: What a picture tells inside ``metadata``, and the key of version 3.
_METADATA = {
    "title": "title",
    "description": "description",
    "is_animated": "animated",
    "is_looping": "looping",
    "has_sound": "has_sound",
}


def from_website(told: dict[str, Any]) -> dict[str, Any]:
    """Return an object of ``post/v1`` with the keys of version 3; others as they are.

    >>> from_website({"id": "abc12", "account": {"username": "ada"}, "cover_id": "xyz34"})
    {'id': 'abc12', 'account_url': 'ada', 'cover': 'xyz34'}
    """
    if RESHAPED.isdisjoint(told):
        return told
    row = {key: value for key, value in told.items() if key not in RESHAPED}
    if isinstance(account := told.get("account"), dict):
        row.setdefault("account_url", account.get("username"))
    if isinstance(metadata := told.get("metadata"), dict):
        for key, name in _METADATA.items():
            if row.get(name) in (None, "") and key in metadata:
                row[name] = metadata[key]
    if "cover_id" in told:
        row["cover"] = told["cover_id"]  # the object under "cover" is that picture again
    if "mime_type" in told:
        row["type"] = told["mime_type"]  # "type" is just "image" or "video" there
    if "created_at" in told:
        row.setdefault("datetime", told["created_at"])
    if isinstance(media := told.get("media"), list):
        row["images"] = [from_website(one) if isinstance(one, dict) else one for one in media]
    if isinstance(tags := row.get("tags"), list):
        row["tags"] = [
            {"name": tag["tag"], **tag} if isinstance(tag, dict) and "tag" in tag else tag
            for tag in tags
        ]
    return row
