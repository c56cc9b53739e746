"""The forums: posts that came from elsewhere, which the gallery does not list."""

from typing import Any

from world_maker import texts
from world_maker.pictures import draw_count, make_pictures
from world_maker.rng import Ids, Rng
from world_maker.times import SPAN, YEAR
from world_maker.words import LEGACY, THEMES, Theme

# Posts of a forum: at least, and more by the weight of its theme.
_LEAST, _PER_WEIGHT = 12, 11
_ALBUM_SHARE, _MATURE_SHARE, _OTHER_SCRIPT_SHARE, _SIZE_SHARE = 0.14, 0.02, 0.08, 0.25
_IN_WORLD_SHARE = 0.6


def make_forums(seed: int, taken: set[str]) -> list[dict[str, Any]]:
    """Make the posts of all forums, by time."""
    rng, ids = Rng(seed, "forums"), Ids(Rng(seed, "forum ids"), taken)
    rows = [
        _make_post(theme, rng, ids)
        for theme in THEMES
        if theme.section
        for _ in range(_LEAST + int(_PER_WEIGHT * theme.weight))
    ]
    return sorted(rows, key=lambda row: (row["created"], row["id"]))


def _make_post(theme: Theme, rng: Rng, ids: Ids) -> dict[str, Any]:
    """Make one post; most are single pictures."""
    is_album = rng.chance(_ALBUM_SHARE)
    # Half of the rest is younger than half a year.
    created = rng.integer(0, SPAN - 1)
    if not rng.chance(_IN_WORLD_SHARE):
        created = -int(3 * YEAR * rng.random() ** 2.6) - 1
    count = min(draw_count(theme, rng), 8) + 1 if is_album else 1
    pictures = make_pictures(theme, count, created, rng, single=not is_album)
    post_id = ids.new()
    views = int(rng.lognormal(20_000, 1.3)) + 50
    for position, picture in enumerate(pictures):
        picture.update(
            id=ids.new() if is_album else post_id,
            title=None,
            description=texts.caption(theme, rng) if is_album and rng.chance(0.2) else None,
            views=int(views * (1.0 - 0.5 * position / count)),
        )
    title = texts.title(theme, rng)
    if rng.chance(_OTHER_SCRIPT_SHARE):
        title = rng.choice(LEGACY["titles"])
    elif rng.chance(_SIZE_SHARE):
        title = f"{title} [{pictures[0]['width']}x{pictures[0]['height']}]"
    if not is_album:
        pictures[0]["title"] = title
    return {
        "id": post_id,
        "section": theme.section,
        "created": created,
        "title": title,
        "is_album": is_album,
        "nsfw": rng.chance(_MATURE_SHARE),
        "cover": pictures[0]["id"],
        "images": pictures,
        "views": views,
        "score": int(views * rng.uniform(0.3, 1.0)),
    }
