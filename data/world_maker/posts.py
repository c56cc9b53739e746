"""The posts: who posts what and when, and their reach.

The medians, spreads and ratios of the reach follow the recorded answers of 2021 to 2024: pages of
Most Viral for viral posts, a search page for the others.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from world_maker import DAY, DAYS, HOUR, Row, texts
from world_maker.people import Person
from world_maker.pictures import draw_count, make_pictures
from world_maker.rng import Ids, Rng
from world_maker.tags import draw_tags
from world_maker.words import COMMON, EVENTS, TAGS, THEMES, Theme, load

# Posts by hour of the day (UTC), with Europe's evening and America's and the lull between, and by
# weekday, with what is posted about more often on it.
_TIMES = load("times")
_REACH = load("reach")
POSTS = 3_000
_ALBUM_SHARE, _MATURE_SHARE = 0.967, 0.03
_OLD_ID_SHARE, _SECTION_SHARE = 0.004, 0.016
_FIRST_WEEKDAY, _SATURDAY, _BEST_HOUR = 2, 5, 22.5


@dataclass(frozen=True)
class Plan:
    """Who posts about what and when, and the event behind it, if there is one."""

    created: int
    person: Person
    theme: Theme
    mature: bool = False
    event: Row | None = None


def make_posts(seed: int, people: Sequence[Person], taken: set[str]) -> list[Row]:
    """Make all posts, by time."""
    rngs = {name: Rng(seed, name) for name in ("titles", "texts", "tags", "pictures")}
    ids, plans = Ids(seed, "ids", taken), _make_plans(seed, people)
    posts = [_make_post(plan, rngs, ids) for plan in plans]
    _add_counts(seed, posts, plans)
    views = Rng(seed, "views")
    for post in posts:
        _share_views(post, views)
    return posts


def _make_plans(seed: int, people: Sequence[Person]) -> list[Plan]:
    """Decide who posts about what and when."""
    rng = Rng(seed, "plan")
    activity = {person: person.activity for person in people}
    plans = []
    for created in _draw_times(POSTS - sum(event["posts"] for event in EVENTS), rng):
        person = rng.weighted(activity)
        theme = rng.choice(person.likes) if rng.chance(0.55) else _theme_of_day(created, rng)
        plans.append(Plan(created, person, theme, rng.chance(_MATURE_SHARE)))
    taken = {plan.created for plan in plans}
    by_name = {theme.name: theme for theme in THEMES}
    for event in EVENTS:
        start = event["day"] * DAY + event["hour"] * HOUR
        for _ in range(event["posts"]):
            # Most in the first hours, some until the end.
            created = start + int(event["hours"] * HOUR * rng.random() ** 1.8)
            while created in taken:
                created += 1
            taken.add(created)
            plans.append(
                Plan(created, rng.weighted(activity), by_name[event["theme"]], event=event)
            )
    return sorted(plans, key=lambda plan: plan.created)


def _draw_times(count: int, rng: Rng) -> list[int]:
    """Draw when ordinary posts are made: seconds, all different, in order."""
    by_hour, by_weekday = dict(enumerate(_TIMES["by_hour"])), _TIMES["by_weekday"]
    by_day = {day: by_weekday[_weekday(day * DAY)] * rng.uniform(0.9, 1.1) for day in range(DAYS)}
    times: set[int] = set()
    while len(times) < count:
        day, hour = rng.weighted(by_day), rng.weighted(by_hour)
        times.add(day * DAY + hour * HOUR + rng.integer(0, HOUR - 1))
    return sorted(times)


def _weekday(second: int) -> int:
    """Return the day of the week, Monday 0, in the default placing of the world."""
    return (_FIRST_WEEKDAY + second // DAY) % 7


def _theme_of_day(created: int, rng: Rng) -> Theme:
    """Draw a theme; cats are frequent on Saturdays, dumps on weekends, memes on Mondays."""
    factors = _TIMES["themes"][_weekday(created)]
    return rng.weighted({theme: theme.weight * factors.get(theme.name, 1.0) for theme in THEMES})


def _make_post(plan: Plan, rngs: dict[str, Rng], ids: Ids) -> Row:
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
        templates = plan.event["titles"]
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


def _luck(plan: Plan, post: Row, rng: Rng) -> float:
    """Return the sum of the advantages of theme, hour, author, tags and pictures, and chance."""
    hour = plan.created % DAY / HOUR
    return (
        1.1 * plan.theme.pull
        + 0.42 * math.cos(2.0 * math.pi * (hour - _BEST_HOUR) / 24.0)
        + 0.9 * plan.person.skill
        + (0.18 if post["tags"] else -0.18)
        + (0.3 if _is_cover_moving(post) else 0.0)
        + (0.15 if len(post["images"]) > 1 else 0.0)
        + (0.5 if plan.event else 0.0)
        + 0.7 * rng.normal()
    )


def _tags(plan: Plan, rng: Rng, *, moving: bool) -> list[str]:
    """Draw the tags, always with that of the event or of mature posts."""
    saturday = _weekday(plan.created) == _SATURDAY
    first = None
    if plan.event:
        first = plan.event["tag"]
    elif plan.mature:
        first = rng.weighted(TAGS["mature"])
    elif plan.theme.name == "cats" and saturday and rng.chance(0.5):
        first = "caturday"
    return draw_tags(plan.theme, first, rng, moving=moving, saturday=saturday)


def _describe_pictures(pictures: Sequence[Row], theme: Theme, rng: Rng) -> None:
    """Write the descriptions of the pictures of an album."""
    alone = len(pictures) == 1
    album_share, share = (0.25, 0.2) if theme.dump else (0.6, 0.7)
    described = rng.chance(0.4 if alone else album_share)
    for position, picture in enumerate(pictures):
        if described and rng.chance(share if position else 1.0):
            long = rng.chance(0.75 if alone else 0.12)
            picture["description"] = texts.story(rng, 0.1) if long else texts.caption(theme, rng)


def _share_views(post: Row, rng: Rng) -> None:
    """Set the views of each picture: fewer further down, many more if it is linked directly."""
    pictures, shape = post["images"], _REACH["not_viral" if post["viral_at"] is None else "viral"]
    if not post["is_album"]:
        pictures[0]["views"] = post["views"]
        return
    share = rng.lognormal(*shape["picture_views"])
    if rng.chance(shape["linked"]):
        share = rng.lognormal(*shape["linked_views"])
    for position, picture in enumerate(pictures):
        depth = 1.0 - 0.55 * position / len(pictures)
        picture["views"] = int(post["views"] * share * depth * rng.uniform(0.96, 1.0))


def _is_cover_moving(post: Row) -> bool:
    """Return whether the cover of a post is animated."""
    return any(image["animated"] for image in post["images"] if image["id"] == post["cover"])


def _add_counts(seed: int, posts: Sequence[Row], plans: Sequence[Plan]) -> None:
    """Add to posts their final counts, half-life, score factor and time of going viral."""
    chance, rng = Rng(seed, "luck"), Rng(seed, "reach")
    luck = [_luck(plan, post, chance) for plan, post in zip(plans, posts, strict=True)]
    mean, spread = statistics.fmean(luck), statistics.pstdev(luck)
    scaled = [(value - mean) / spread for value in luck]
    push = [
        0.8 * z + 0.6 * rng.normal() - (0.9 if plan.mature else 0.0)
        for z, plan in zip(scaled, plans, strict=True)
    ]
    # The better half goes viral.
    bar = sorted(push)[len(push) // 2]
    for post, plan, z, pushed in zip(posts, plans, scaled, push, strict=True):
        _add_reach(post, plan.theme, z, rng, viral=pushed >= bar)


def _add_reach(post: Row, theme: Theme, luck: float, rng: Rng, *, viral: bool) -> None:
    """Draw the reach of a post that enters Most Viral, or stays among the user-submitted."""
    shape = _REACH["viral" if viral else "not_viral"]
    (typical, spread), by = shape["ups"], shape["luck"]
    advantage = by["weight"] * (luck + by["bonus"]) + by["chance"] * rng.normal()
    votes = math.exp(typical + spread * advantage)
    views = votes / rng.lognormal(*shape["ups_a_view"]) * (1.2 if _is_cover_moving(post) else 1.0)
    if viral:
        # One in a hundred is linked to from elsewhere and seen far more than voted on.
        views *= rng.uniform(6.0, 40.0) if rng.chance(0.011) else 1.0
        down_ratio = min(rng.lognormal(0.026, 0.62), 0.45)
    else:
        views += 30
        # A few divide opinion; points of those can end below zero.
        down_ratio = rng.lognormal(*(0.9, 0.6) if rng.chance(0.035) else (0.048, 0.8))

    def few(most: float) -> float:
        return 0.0 if viral else rng.uniform(0.0, most)

    post["ups"], post["downs"] = int(votes) + 1, int(votes * down_ratio + few(1.3))
    post["views"] = max(int(views), 2 * (post["ups"] + post["downs"]))
    post["comments"] = int(votes * rng.lognormal(*shape["comments"]) + few(1.4))
    # More pictures and some themes bring more favourites.
    saved = (1.0 + 0.42 * math.log(len(post["images"]))) * (1.3 if theme.kept else 1.0)
    post["favorites"] = int(votes * rng.lognormal(*shape["favorites"]) * saved + few(1.0))
    post["half_life"] = int(min(max(rng.lognormal(*shape["half_life"]), 600), 200_000))
    post["viral_at"] = None
    if viral:
        wait = min(max(post["half_life"] * rng.lognormal(0.55, 0.4), 900), 50_000)
        post["viral_at"] = post["created"] + int(wait)
    # The score exceeds the points, in one of a hundred by several times.
    if rng.chance(0.008):
        post["score_factor"] = round(rng.uniform(1.3, 6.0), 3)
    else:
        post["score_factor"] = round(1.0 + rng.lognormal(*shape["score"]), 4)
