"""The posts: who posts what and when, put together from the other parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from world_maker import grammar, times
from world_maker.dice import Dice
from world_maker.labels import LETTERS, tags_of_post
from world_maker.pictures import how_many, make_pictures
from world_maker.reach import Odds, make_reach
from world_maker.words import COMMON, EVENTS, TAGS, THEMES, Event, Theme

if TYPE_CHECKING:
    from collections.abc import Iterable

    from world_maker.people import Person

POSTS = 3_000
_ALBUM_SHARE = 0.967
_MATURE_SHARE = 0.03
_OLD_ID_SHARE = 0.004
_SECTION_SHARE = 0.016
_BY_NAME = {theme.name: theme for theme in THEMES}


@dataclass(frozen=True)
class Plan:
    """Who posts about what and when.

    Parameters
    ----------
    created : int
        When, in s.
    person : Person
        Who.
    theme : Theme
        About what.
    event : Event or None
        The event behind it, if there is one.
    mature : bool
        Whether it is mature.
    """

    created: int
    person: Person
    theme: Theme
    event: Event | None
    mature: bool


class Ids:
    """Ids that nothing else in the world has.

    Parameters
    ----------
    seed : int
        Seed of the world.
    concern : str
        The stream of chance they are drawn from.
    taken : iterable of str
        Ids given before.
    """

    def __init__(self, seed: int, concern: str = "ids", taken: Iterable[str] = ()) -> None:
        self._dice = Dice(seed, concern)
        self._taken = set(taken)

    def new(self, length: int = 7) -> str:
        """Give a new id of so many letters."""
        while (code := self._dice.code(LETTERS, length)) in self._taken:
            continue
        self._taken.add(code)
        return code


def make_posts(seed: int, people: list[Person]) -> list[dict[str, Any]]:
    """Make all posts, by time.

    Parameters
    ----------
    seed : int
        Seed of the world.
    people : list of Person
        Those who may post.

    Returns
    -------
    list of dict
        The rows as the file holds them.
    """
    plans = _plan(seed, people)
    dice = {name: Dice(seed, name) for name in ("titles", "texts", "tags", "pictures", "luck")}
    ids = Ids(seed)
    posts, odds = [], []
    for plan in plans:
        post, chances = _post(plan, dice, ids)
        posts.append(post)
        odds.append(chances)
    reach = make_reach(seed, odds, [plan.created for plan in plans])
    views = Dice(seed, "views")
    for post, reached in zip(posts, reach, strict=True):
        post.update(reached)
        _share_views(post, views)
    return posts


def _plan(seed: int, people: list[Person]) -> list[Plan]:
    """Decide who posts about what and when."""
    dice = Dice(seed, "plan")
    activity = [person.activity for person in people]
    plans = []
    ordinary = POSTS - sum(event.posts for event in EVENTS)
    for created in times.moments(ordinary, dice):
        person = dice.weighted(people, activity)
        theme = dice.pick(person.likes) if dice.chance(0.55) else _theme_of_day(created, dice)
        plans.append(Plan(created, person, theme, None, dice.chance(_MATURE_SHARE)))
    taken = {plan.created for plan in plans}
    for event in EVENTS:
        for _ in range(event.posts):
            # Most in the first hours, some until the end.
            created = (
                event.day * times.DAY
                + event.hour * 3_600
                + int(event.hours * 3_600 * dice.unit() ** 1.8)
            )
            while created in taken:
                created += 1
            taken.add(created)
            person = dice.weighted(people, activity)
            plans.append(Plan(created, person, _BY_NAME[event.theme], event, mature=False))
    return sorted(plans, key=lambda plan: plan.created)


def _theme_of_day(created: int, dice: Dice) -> Theme:
    """Draw a theme: cats have their Saturday, dumps their weekend, memes their Monday."""
    day = times.weekday(created)
    special = {
        "cats": 1.7 if day == times.SATURDAY else 1.0,
        "dump": 1.6 if day in (times.SATURDAY, times.SUNDAY) else 1.0,
        "memes": 1.4 if day == 0 else 1.0,
    }
    return dice.weighted(THEMES, [theme.weight * special.get(theme.name, 1.0) for theme in THEMES])


def _post(plan: Plan, dice: dict[str, Dice], ids: Ids) -> tuple[dict[str, Any], Odds]:
    """Make one post without its counts, and what speaks for it."""
    theme, chance = plan.theme, dice["pictures"]
    is_album = chance.chance(_ALBUM_SHARE)
    count = how_many(theme, chance) if is_album else 1
    pictures = make_pictures(theme, count, plan.created, chance, single=not is_album)
    post_id = ids.new(5 if chance.chance(_OLD_ID_SHARE) else 7)
    for picture in pictures:
        picture["id"] = ids.new() if is_album else post_id
    cover = pictures[0]
    if count > 1 and chance.chance(0.05):
        cover = chance.pick(pictures)
    saturday = times.weekday(plan.created) == times.SATURDAY
    tags = tags_of_post(
        theme,
        dice["tags"],
        animal=theme.animal,
        moving=cover["animated"],
        saturday=saturday,
        first=_certain_tag(plan, dice["tags"], saturday=saturday),
    )
    post = {
        "id": post_id,
        "account_id": plan.person.row["id"],
        "created": plan.created,
        "title": _title(plan, dice["titles"]),
        "description": _description(dice["texts"], is_album=is_album),
        "is_album": is_album,
        "nsfw": plan.mature,
        "section": theme.section if dice["texts"].chance(_SECTION_SHARE) else "",
        "tags": tags,
        "cover": cover["id"],
        "images": pictures,
    }
    _write_below(post, theme, dice["texts"])
    luck = (
        1.1 * theme.pull
        + 0.42 * times.worth_of_hour(plan.created)
        + 0.9 * plan.person.skill
        + (0.18 if tags else -0.18)
        + (0.3 if cover["animated"] else 0.0)
        + (0.15 if count > 1 else 0.0)
        + (0.5 if plan.event else 0.0)
        + 0.7 * dice["luck"].normal()
    )
    return post, Odds(luck, count, cover["animated"], theme.kept, plan.mature)


def _certain_tag(plan: Plan, dice: Dice, *, saturday: bool) -> str | None:
    """Name the tag that a post carries for certain, if any."""
    if plan.event:
        return plan.event.tag
    if plan.mature:
        return dice.weighted(TAGS["mature"], (6, 2, 1, 1))
    if plan.theme.name == "cats" and saturday and dice.chance(0.5):
        return "caturday"
    return None


def _title(plan: Plan, dice: Dice) -> str:
    """Write the title."""
    if plan.event:
        return grammar.title(plan.theme, dice, plan.event.titles)
    if plan.mature and dice.chance(0.7):
        return grammar.title(plan.theme, dice, COMMON["mature_titles"])
    return grammar.title(plan.theme, dice)


def _description(dice: Dice, *, is_album: bool) -> str | None:
    """Write the description of the post itself, which albums hardly ever have."""
    if not dice.chance(0.03 if is_album else 0.35):
        return None
    return grammar.story(dice, breaks=dice.chance(0.5))


def _write_below(post: dict[str, Any], theme: Theme, dice: Dice) -> None:
    """Write what stands below the pictures."""
    pictures = post["images"]
    if not post["is_album"]:
        pictures[0].update(title=post["title"], description=post["description"])
        return
    if len(pictures) == 1:
        told, share = dice.chance(0.4), 1.0
    else:
        told, share = dice.chance(0.25 if theme.dump else 0.6), 0.2 if theme.dump else 0.7
    for place, picture in enumerate(pictures):
        text = None
        if told and dice.chance(share if place else 1.0):
            long = dice.chance(0.75 if len(pictures) == 1 else 0.12)
            text = grammar.story(dice, breaks=dice.chance(0.1)) if long else None
            text = text or grammar.caption(theme, dice)
        picture.update(title=None, description=text)


def _share_views(post: dict[str, Any], dice: Dice) -> None:
    """Give each picture its views: fewer the further down, far more when linked directly."""
    pictures = post["images"]
    if not post["is_album"]:
        pictures[0]["views"] = post["views"]
        return
    viral = post["viral_at"] is not None
    share = dice.lognormal(0.42, 0.14) if viral else dice.lognormal(0.74, 0.2)
    if dice.chance(0.2 if viral else 0.1):
        share = dice.lognormal(4.5 if viral else 1.6, 0.8)
    for place, picture in enumerate(pictures):
        depth = 1.0 - 0.55 * place / len(pictures)
        picture["views"] = int(post["views"] * share * depth * dice.uniform(0.96, 1.0))
