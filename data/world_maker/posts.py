"""The posts: who posts what and when, put together from the other parts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from world_maker import texts, times
from world_maker.people import Person
from world_maker.pictures import draw_count, make_pictures
from world_maker.reach import Odds, make_reach
from world_maker.rng import Ids, Rng
from world_maker.tags import draw_tags
from world_maker.words import COMMON, EVENTS, TAGS, THEMES, Event, Theme

_POSTS = 3_000
_ALBUM_SHARE = 0.967
_MATURE_SHARE = 0.03
_OLD_ID_SHARE = 0.004
_SECTION_SHARE = 0.016


@dataclass(frozen=True)
class Plan:
    """Who posts about what and when, and the event behind it, if there is one."""

    created: int
    person: Person
    theme: Theme
    event: Event | None
    mature: bool

    @property
    def saturday(self) -> bool:
        """Whether it is posted on a Saturday."""
        return times.weekday(self.created) == times.SATURDAY


def make_posts(seed: int, people: Sequence[Person]) -> list[dict[str, Any]]:
    """Make all posts, by time."""
    rngs = {name: Rng(seed, name) for name in ("titles", "texts", "tags", "pictures", "luck")}
    ids = Ids(Rng(seed, "ids"))
    posts, odds = [], []
    for plan in _plan(seed, people):
        post = _make_post(plan, rngs, ids)
        posts.append(post)
        odds.append(_odds(plan, post, rngs["luck"]))
    views = Rng(seed, "views")
    for post, reached in zip(posts, make_reach(seed, odds), strict=True):
        post.update(reached)
        _share_views(post, views)
    return posts


def _plan(seed: int, people: Sequence[Person]) -> list[Plan]:
    """Decide who posts about what and when."""
    rng = Rng(seed, "plan")
    activity = {person: person.activity for person in people}
    plans = []
    for created in times.draw_times(_POSTS - sum(event.posts for event in EVENTS), rng):
        person = rng.weighted(activity)
        theme = rng.choice(person.likes) if rng.chance(0.55) else _theme_of_day(created, rng)
        plans.append(Plan(created, person, theme, None, rng.chance(_MATURE_SHARE)))
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
            person = rng.weighted(activity)
            plans.append(Plan(created, person, by_name[event.theme], event, mature=False))
    return sorted(plans, key=lambda plan: plan.created)


def _theme_of_day(created: int, rng: Rng) -> Theme:
    """Draw a theme: cats have their Saturday, dumps their weekend, memes their Monday."""
    day = times.weekday(created)
    special = {
        "cats": 1.7 if day == times.SATURDAY else 1.0,
        "dump": 1.6 if day in (times.SATURDAY, times.SUNDAY) else 1.0,
        "memes": 1.4 if day == times.MONDAY else 1.0,
    }
    return rng.weighted(
        {theme: theme.weight * special.get(theme.name, 1.0) for theme in THEMES},
    )


def _make_post(plan: Plan, rngs: dict[str, Rng], ids: Ids) -> dict[str, Any]:
    """Make a post without its counts."""
    theme, rng = plan.theme, rngs["pictures"]
    is_album = rng.chance(_ALBUM_SHARE)
    count = draw_count(theme, rng) if is_album else 1
    pictures = make_pictures(theme, count, plan.created, rng, single=not is_album)
    post_id = ids.new(5 if rng.chance(_OLD_ID_SHARE) else 7)
    for picture in pictures:
        picture["id"] = ids.new() if is_album else post_id
    cover = rng.choice(pictures) if count > 1 and rng.chance(0.05) else pictures[0]
    first, moving = _certain_tag(plan, rngs["tags"]), cover["animated"]
    post = {
        "id": post_id,
        "account_id": plan.person.row["id"],
        "created": plan.created,
        "title": _title(plan, rngs["titles"]),
        "description": _description(rngs["texts"], is_album=is_album),
        "is_album": is_album,
        "nsfw": plan.mature,
        "section": theme.section if rngs["texts"].chance(_SECTION_SHARE) else "",
        "tags": draw_tags(theme, first, rngs["tags"], moving=moving, saturday=plan.saturday),
        "cover": cover["id"],
        "images": pictures,
    }
    _write_below(post, theme, rngs["texts"])
    return post


def _odds(plan: Plan, post: dict[str, Any], rng: Rng) -> Odds:
    """Work out how well a post will do."""
    count = len(post["images"])
    moving = any(one["animated"] for one in post["images"] if one["id"] == post["cover"])
    luck = (
        1.1 * plan.theme.pull
        + 0.42 * times.worth_of_hour(plan.created)
        + 0.9 * plan.person.skill
        + (0.18 if post["tags"] else -0.18)
        + (0.3 if moving else 0.0)
        + (0.15 if count > 1 else 0.0)
        + (0.5 if plan.event else 0.0)
        + 0.7 * rng.normal()
    )
    saved = (1.0 + 0.42 * math.log(count)) * (1.3 if plan.theme.kept else 1.0)
    return Odds(plan.created, luck, saved, moving, plan.mature)


def _certain_tag(plan: Plan, rng: Rng) -> str | None:
    """Return the tag that a post carries for certain, if any."""
    if plan.event:
        return plan.event.tag
    if plan.mature:
        tag: str = rng.weighted(TAGS["mature"])
        return tag
    if plan.theme.name == "cats" and plan.saturday and rng.chance(0.5):
        return "caturday"
    return None


def _title(plan: Plan, rng: Rng) -> str:
    """Write the title."""
    if plan.event:
        return texts.title(plan.theme, rng, plan.event.titles)
    if plan.mature and rng.chance(0.7):
        return texts.title(plan.theme, rng, COMMON["mature_titles"])
    return texts.title(plan.theme, rng)


def _description(rng: Rng, *, is_album: bool) -> str | None:
    """Write the description of the post itself, which albums hardly ever have."""
    if not rng.chance(0.03 if is_album else 0.35):
        return None
    return texts.story(rng, breaks=rng.chance(0.5))


def _write_below(post: dict[str, Any], theme: Theme, rng: Rng) -> None:
    """Write what stands below the pictures."""
    pictures = post["images"]
    if not post["is_album"]:
        pictures[0].update(title=post["title"], description=post["description"])
        return
    alone = len(pictures) == 1
    series_share, picture_share = (0.25, 0.2) if theme.dump else (0.6, 0.7)
    told = rng.chance(0.4 if alone else series_share)
    for place, picture in enumerate(pictures):
        text = None
        if told and rng.chance(picture_share if place else 1.0):
            if rng.chance(0.75 if alone else 0.12):
                text = texts.story(rng, breaks=rng.chance(0.1))
            else:
                text = texts.caption(theme, rng)
        picture.update(title=None, description=text)


def _share_views(post: dict[str, Any], rng: Rng) -> None:
    """Give each picture its views: fewer the further down, far more when linked directly."""
    pictures = post["images"]
    if not post["is_album"]:
        pictures[0]["views"] = post["views"]
        return
    viral = post["viral_at"] is not None
    share = rng.lognormal(0.42, 0.14) if viral else rng.lognormal(0.74, 0.2)
    if rng.chance(0.2 if viral else 0.1):
        share = rng.lognormal(4.5 if viral else 1.6, 0.8)
    for place, picture in enumerate(pictures):
        depth = 1.0 - 0.55 * place / len(pictures)
        picture["views"] = int(post["views"] * share * depth * rng.uniform(0.96, 1.0))
