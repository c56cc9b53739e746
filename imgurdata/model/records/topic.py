"""Topic of the gallery; posts have had none since 2021."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from imgurdata.model.records.parts import FETCHED
from imgurdata.model.schema import Field, Ignored, Record

__all__ = ["TOPIC"]

_TOPIC = "reference, Topic"


class PostId(msgspec.Struct, gc=False):
    """Post that a topic shows, of which the topic's row holds the id."""

    id: str | None = None


def _shown_posts(rows: Sequence[Any]) -> dict[str, list[Any]]:
    return {
        "top_post_id": [row.topPost and row.topPost.id for row in rows],
        "hero_image_id": [row.heroImage and row.heroImage.id for row in rows],
    }


TOPIC = Record(
    name="topic",
    null_is_empty=True,
    excluded=frozenset({"title", "comment", "content", "link", "name_clean", "followers"}),
    fields=(
        Field("id", "Int64", "the topic's number", _TOPIC),
        Field("name", "str", "the topic's name", _TOPIC),
        Field("description", "str", "a line about it", _TOPIC),
        Field("ephemeral", "boolean", "for a while only", _TOPIC),
        Field("readonly", "boolean", "takes no new posts", _TOPIC),
        Field("is_hero", "boolean", "shown large", _TOPIC, key="isHero"),
        Field("top_post_id", "str", "id of the post it shows first", f"{_TOPIC} (topPost)",
              derive=_shown_posts),
        Field("hero_image_id", "str", "id of its large picture", f"{_TOPIC} (heroImage)",
              derive=_shown_posts),
        Field("css", "str", "class of its style", _TOPIC),
        FETCHED,
    ),
    ignored=(
        Ignored("topPost", "top_post_id", _TOPIC, PostId | None),
        Ignored("heroImage", "hero_image_id", _TOPIC, PostId | None),
    ),
)  # fmt: skip
