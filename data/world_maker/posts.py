"""The posts: who posts what and when, and their reach.

The medians, spreads and ratios of the reach follow the recorded answers of 2021 to 2024: pages of
Most Viral for viral posts, a search page for the others.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from world_maker import texts, times
from world_maker.people import Person
from world_maker.pictures import draw_count, make_pictures
from world_maker.rng import Ids, Rng
from world_maker.tags import draw_tags
from world_maker.words import COMMON, EVENTS, TAGS, THEMES, Event, Theme

Post = dict[str, Any]
POSTS = 3_000
_ALBUM_SHARE, _MATURE_SHARE = 0.967, 0.03
_OLD_ID_SHARE, _SECTION_SHARE = 0.004, 0.016


@dataclass(frozen=True)
class Plan:
    """Who posts about what and when, and the event behind it, if there is one."""

    created: int
    person: Person
    theme: Theme
    mature: bool = False
    event: Event | None = None


def make_posts(seed: int, people: Sequence[Person], taken: set[str]) -> list[Post]:
    """Make all posts, by time."""
    rngs = {name: Rng(seed, name) for name in ("titles", "texts", "tags", "pictures", "luck")}
    ids, plans = Ids(Rng(seed, "ids"), taken), _make_plans(seed, people)
    posts = [_make_post(plan, rngs, ids) for plan in plans]
    luck = [_luck(plan, post, rngs["luck"]) for plan, post in zip(plans, posts, strict=True)]
    _add_reach(seed, posts, [plan.theme for plan in plans], luck)
    views = Rng(seed, "views")
    for post in posts:
        _share_views(post, views)
    return posts


def _make_plans(seed: int, people: Sequence[Person]) -> list[Plan]:
    """Decide who posts about what and when."""
    rng = Rng(seed, "plan")
    activity = {person: person.activity for person in people}
    plans = []
    for created in times.draw_times(POSTS - sum(event.posts for event in EVENTS), rng):
        person = rng.weighted(activity)
        theme = rng.choice(person.likes) if rng.chance(0.55) else _theme_of_day(created, rng)
        plans.append(Plan(created, person, theme, rng.chance(_MATURE_SHARE)))
    taken = {plan.created for plan in plans}
    by_name = {theme.name: theme for theme in THEMES}
    for event in EVENTS:
        start = event.day * times.DAY + event.hour * times.HOUR
        for _ in range(event.posts):
            # Most in the first hours, some until the end.
            created = start + int(event.hours * times.HOUR * rng.random() ** 1.8)
            while created in taken:
                created += 1
            taken.add(created)
            plans.append(Plan(created, rng.weighted(activity), by_name[event.theme], event=event))
    return sorted(plans, key=lambda plan: plan.created)


def _theme_of_day(created: int, rng: Rng) -> Theme:
    """Draw a theme; cats are frequent on Saturdays, dumps on weekends, memes on Mondays."""
    factors = {
        times.MONDAY: {"memes": 1.4},
        times.SATURDAY: {"cats": 1.7, "dump": 1.6},
        times.SUNDAY: {"dump": 1.6},
    }.get(times.weekday(created), {})
    return rng.weighted({theme: theme.weight * factors.get(theme.name, 1.0) for theme in THEMES})


def _make_post(plan: Plan, rngs: dict[str, Rng], ids: Ids) -> Post:
    """Make a post without its counts."""
    theme, rng = plan.theme, rngs["pictures"]
    is_album = rng.chance(_ALBUM_SHARE)
    count = draw_count(theme, rng) if is_album else 1
    pictures = make_pictures(theme, count, plan.created, rng, single=not is_album)
    post_id = ids.new(5 if rng.chance(_OLD_ID_SHARE) else 7)
    for picture in pictures:
        picture["id"] = ids.new() if is_album else post_id
    cover = rng.choice(pictures) if count > 1 and rng.chance(0.05) else pictures[0]
    templates = None
    if plan.event:
        templates = plan.event.titles
    elif plan.mature and rngs["titles"].chance(0.7):
        templates = COMMON["mature_titles"]
    described = rngs["texts"].chance(0.03 if is_album else 0.35)
    post = {
        "id": post_id,
        "account_id": plan.person.row["id"],
        "created": plan.created,
        "title": texts.title(theme, rngs["titles"], templates),
        "description": texts.story(rngs["texts"], 0.5) if described else None,
        "is_album": is_album,
        "nsfw": plan.mature,
        "section": theme.section if rngs["texts"].chance(_SECTION_SHARE) else "",
        "tags": _tags(plan, rngs["tags"], moving=cover["animated"]),
        "cover": cover["id"],
        "images": pictures,
    }
    if is_album:
        _describe_pictures(pictures, theme, rngs["texts"])
    else:
        pictures[0].update(title=post["title"], description=post["description"])
    return post


def _luck(plan: Plan, post: Post, rng: Rng) -> float:
    """Return the sum of the advantages of theme, hour, author, tags and pictures, and chance."""
    return (
        1.1 * plan.theme.pull
        + 0.42 * times.worth_of_hour(plan.created)
        + 0.9 * plan.person.skill
        + (0.18 if post["tags"] else -0.18)
        + (0.3 if _is_cover_moving(post) else 0.0)
        + (0.15 if len(post["images"]) > 1 else 0.0)
        + (0.5 if plan.event else 0.0)
        + 0.7 * rng.normal()
    )


def _tags(plan: Plan, rng: Rng, *, moving: bool) -> list[str]:
    """Draw the tags, always with that of the event or of mature posts."""
    saturday = times.weekday(plan.created) == times.SATURDAY
    first = None
    if plan.event:
        first = plan.event.tag
    elif plan.mature:
        first = rng.weighted(TAGS["mature"])
    elif plan.theme.name == "cats" and saturday and rng.chance(0.5):
        first = "caturday"
    return draw_tags(plan.theme, first, rng, moving=moving, saturday=saturday)


def _describe_pictures(pictures: Sequence[Post], theme: Theme, rng: Rng) -> None:
    """Write the descriptions of the pictures of an album."""
    alone = len(pictures) == 1
    album_share, share = (0.25, 0.2) if theme.dump else (0.6, 0.7)
    described = rng.chance(0.4 if alone else album_share)
    for position, picture in enumerate(pictures):
        picture.update(title=None, description=None)
        if described and rng.chance(share if position else 1.0):
            long = rng.chance(0.75 if alone else 0.12)
            picture["description"] = texts.story(rng, 0.1) if long else texts.caption(theme, rng)


def _share_views(post: Post, rng: Rng) -> None:
    """Set the views of each picture: fewer further down, many more if it is linked directly."""
    pictures, viral = post["images"], post["viral_at"] is not None
    if not post["is_album"]:
        pictures[0]["views"] = post["views"]
        return
    share = rng.lognormal(0.42, 0.14) if viral else rng.lognormal(0.74, 0.2)
    if rng.chance(0.2 if viral else 0.1):
        share = rng.lognormal(4.5 if viral else 1.6, 0.8)
    for position, picture in enumerate(pictures):
        depth = 1.0 - 0.55 * position / len(pictures)
        picture["views"] = int(post["views"] * share * depth * rng.uniform(0.96, 1.0))


def _is_cover_moving(post: Post) -> bool:
    """Return whether the cover of a post is animated."""
    return any(image["animated"] for image in post["images"] if image["id"] == post["cover"])


def _add_reach(
    seed: int, posts: Sequence[Post], themes: Sequence[Theme], luck: Sequence[float]
) -> None:
    """Add to posts their final counts, half-life, score factor and time of going viral."""
    rng = Rng(seed, "reach")
    mean, spread = statistics.fmean(luck), statistics.pstdev(luck)
    scaled = [(value - mean) / spread for value in luck]
    push = [
        0.8 * z + 0.6 * rng.normal() - (0.9 if post["nsfw"] else 0.0)
        for z, post in zip(scaled, posts, strict=True)
    ]
    # The better half goes viral.
    bar = sorted(push)[len(push) // 2]
    for post, theme, z, pushed in zip(posts, themes, scaled, push, strict=True):
        draw = _viral if pushed >= bar else _not_viral
        post.update(draw(post, theme, z, rng))


def _viral(post: Post, theme: Theme, luck: float, rng: Rng) -> Post:
    """Draw the reach of a post that enters Most Viral."""
    ups = math.exp(7.08 + 0.52 * (0.7 * (luck - 0.5) + 0.75 * rng.normal()))
    views = ups / rng.lognormal(0.0165, 0.28) * (1.2 if _is_cover_moving(post) else 1.0)
    # One in a hundred is linked to from elsewhere and seen far more than voted on.
    if rng.chance(0.011):
        views *= rng.uniform(6.0, 40.0)
    downs = ups * min(rng.lognormal(0.026, 0.62), 0.45)
    comments = ups * rng.lognormal(0.085, 0.62)
    favorites = ups * rng.lognormal(0.082, 0.58) * _saved(post, theme)
    half_life = int(min(max(rng.lognormal(15_000, 0.55), 600), 200_000))
    wait = min(max(half_life * rng.lognormal(0.55, 0.4), 900), 50_000)
    return {
        **_whole(views, ups, downs, comments, favorites),
        "half_life": half_life,
        "score_factor": _score_factor(0.033, 0.28, rng),
        "viral_at": post["created"] + int(wait),
    }


def _not_viral(post: Post, theme: Theme, luck: float, rng: Rng) -> Post:
    """Draw the reach of a post that stays among the user-submitted."""
    ups = math.exp(3.45 + 1.1 * (0.75 * (luck + 0.5) + 0.8 * rng.normal()))
    views = ups / rng.lognormal(0.0225, 0.33) * (1.2 if _is_cover_moving(post) else 1.0) + 30
    # A few divide opinion; points of those can end below zero.
    ratio = rng.lognormal(0.9, 0.6) if rng.chance(0.035) else rng.lognormal(0.048, 0.8)
    downs = ups * ratio + rng.uniform(0.0, 1.3)
    comments = ups * rng.lognormal(0.06, 0.8) + rng.uniform(0.0, 1.4)
    favorites = ups * rng.lognormal(0.075, 0.7) * _saved(post, theme) + rng.uniform(0.0, 1.0)
    return {
        **_whole(views, ups, downs, comments, favorites),
        "half_life": int(min(max(rng.lognormal(8_000, 0.95), 600), 200_000)),
        "score_factor": _score_factor(0.0215, 0.12, rng),
        "viral_at": None,
    }


def _whole(views: float, ups: float, downs: float, comments: float, favorites: float) -> Post:
    """Return the five counts as integers, with more views than votes."""
    counts = {"ups": int(ups) + 1, "downs": int(downs), "comments": int(comments)}
    seen = max(int(views), 2 * (counts["ups"] + counts["downs"]))
    return {**counts, "favorites": int(favorites), "views": seen}


def _saved(post: Post, theme: Theme) -> float:
    """Return the factor of favourites: more pictures and some themes bring more."""
    return (1.0 + 0.42 * math.log(len(post["images"]))) * (1.3 if theme.kept else 1.0)


def _score_factor(excess: float, spread: float, rng: Rng) -> float:
    """Draw how much the score exceeds the points; one in a hundred by several times."""
    if rng.chance(0.008):
        return round(rng.uniform(1.3, 6.0), 3)
    return round(1.0 + rng.lognormal(excess, spread), 4)
