"""Answers of the benchmark server: gallery pages and comment trees, the same ones each time.

Shaped like recorded answers of 2021-2024 (keys, nulls, PHP's escaped slashes): 60 posts a page, two
of three albums with 1 to 3 of their images, tags of 16 keys, ``ad_config``; about 120 kB a page.
Everything is made up, and follows from a number alone: post ``n`` is the same on whichever page it
stands.
"""

from __future__ import annotations

import json
import random
from typing import Any

__all__ = ["PER_PAGE", "gallery_page", "name_of", "tree", "tree_id"]

PER_PAGE = 60
_START = 1_770_000_000
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_NAMES = 62**7
#: Odd and no multiple of 31, so that multiplying by it mod 62**7 never gives a name twice.
_SPREAD = 1_580_030_173_859
_TEXT = """
    the a of my this when your cat dog garden moon river found made after before never always
    first last small old new very quite almost someone nobody Tuesday morning kitchen window
    bridge train winter summer tiny giant patient curious accidental perfect really why how
"""
_WORDS = tuple(_TEXT.split())
_PEOPLE = tuple(f"{a}{b}{n}" for n in range(12) for a in ("Quiet", "brisk", "Amber", "odd")
                for b in ("Otter", "kettle", "Fjord", "lamp"))  # fmt: skip
_TAGS = tuple(f"{a}_{b}" for a in ("rainy", "lost", "bright", "slow", "wild", "paper", "night")
              for b in ("birds", "boats", "towers", "gardens", "stories", "maps"))  # fmt: skip


def name_of(number: int) -> str:
    """Return an id of seven letters and digits, unique for each number."""
    rest, letters = number * _SPREAD % _NAMES, ""
    for _ in range(7):
        rest, digit = divmod(rest, 62)
        letters += _DIGITS[digit]
    return letters


def tree_id(number: int) -> str:
    """Return the id of the post of comment tree ``number``."""
    return name_of(8 * (10_000_000 + number))


def gallery_page(page: int, *, newer: int = 0, edition: int = 0) -> bytes:
    """Return one page of the gallery, in its envelope.

    Parameters
    ----------
    page
        Which, from 0.
    newer
        How many posts came in meanwhile: they stand first and shift all others.
    edition
        Above 0: page 0 has another first post and other views; the other pages are as they were.
    """
    first = page * PER_PAGE - newer
    posts = [_post(number) for number in range(first, first + PER_PAGE)]
    if edition and page == 0:
        posts[0] = _post(-1_000 - edition)
        for post in posts:
            post["views"] += 7 * edition
    return _envelope(posts)


def tree(number: int, size: int = 2_000) -> bytes:
    """Return the comments of one post, nested, in their envelope.

    Parameters
    ----------
    number
        Which tree, from 0.
    size
        How many comments it holds: three of ten at the top, the others below an earlier one.
    """
    rng = random.Random(f"tree {number}")
    post = tree_id(number)
    tops: list[dict[str, Any]] = []
    line: list[dict[str, Any]] = []  # the newest comment and those above it
    for place in range(size):
        if line and rng.random() < 0.7:
            del line[max(1, min(len(line) - int(rng.expovariate(0.7)), 40)) :]
            siblings, parent = line[-1]["children"], line[-1]["id"]
        else:
            line.clear()
            siblings, parent = tops, 0
        comment = _comment(rng, 2_000_000_000 + number * 10_000 + place, parent, post)
        siblings.append(comment)
        line.append(comment)
    return _envelope(tops)


def _envelope(data: list[dict[str, Any]]) -> bytes:
    whole = {"data": data, "success": True, "status": 200}
    return json.dumps(whole, separators=(",", ":")).replace("/", "\\/").encode()


def _words(rng: random.Random, least: int, most: int) -> str:
    return " ".join(rng.choices(_WORDS, k=rng.randint(least, most)))


def _post(number: int) -> dict[str, Any]:
    rng = random.Random(number)
    own = name_of(8 * number)
    when = _START - 97 * number
    author = rng.randrange(len(_PEOPLE))
    ups, downs = int(rng.paretovariate(0.9)) + 200, rng.randint(0, 90)
    album = rng.random() < 0.65
    common = {
        "account_url": _PEOPLE[author],
        "account_id": 1_000_003 * (author + 7),
        "ups": ups,
        "downs": downs,
        "points": ups - downs,
        "score": ups - downs + rng.randint(0, 40),
        "vote": None,
        "favorite": False,
        "nsfw": rng.random() < 0.02,
        "section": "",
        "comment_count": rng.randint(0, 300),
        "favorite_count": rng.randint(0, 500),
        "topic": None,
        "topic_id": None if album else 0,
        "in_gallery": True,
        "in_most_viral": True,
        "is_ad": False,
        "ad_type": 0,
        "ad_url": "",
        "tags": [_tag(index) for index in sorted(rng.sample(range(len(_TAGS)), rng.choice(_MANY)))],
        "ad_config": _ad_config(album),
        "is_album": album,
    }
    if not album:
        picture = _picture(rng, 8 * number, when)
        del picture["tags"]
        return {**picture, "title": _words(rng, 3, 12), **common, "edited": 0}
    shown = rng.randint(1, 3)
    images = [_picture(rng, 8 * number + 1 + k, when - 30 + k) for k in range(shown)]
    return {
        "id": own,
        "title": _words(rng, 3, 12),
        "description": None,
        "datetime": when,
        "cover": images[0]["id"],
        "cover_width": images[0]["width"],
        "cover_height": images[0]["height"],
        "privacy": "hidden",
        "layout": "blog",
        "views": rng.randint(500, 400_000),
        "link": f"https://imgur.com/a/{own}",
        "images_count": shown,
        "include_album_ads": False,
        "images": images,
        **common,
    }


#: How many tags a post has; weighted so that a page has the size of a recorded one.
_MANY = (0, 0, 0, 1, 1, 2)


def _picture(rng: random.Random, number: int, when: int) -> dict[str, Any]:
    own = name_of(number)
    moves = rng.random() < 0.25
    views, size = rng.randint(200, 300_000), rng.randint(20_000, 6_000_000)
    picture: dict[str, Any] = {
        "id": own,
        "title": None,
        "description": _words(rng, 3, 20) if rng.random() < 0.4 else None,
        "datetime": when,
        "type": "video/mp4" if moves else "image/jpeg",
        "animated": moves,
        "width": rng.randint(300, 4_000),
        "height": rng.randint(300, 4_000),
        "size": size,
        "views": views,
        "bandwidth": views * size,
        "vote": None,
        "favorite": False,
        "nsfw": None,
        "section": None,
        "account_url": None,
        "account_id": None,
        "is_ad": False,
        "in_most_viral": False,
        "has_sound": moves and rng.random() < 0.5,
        "tags": [],
        "ad_type": 0,
        "ad_url": "",
        "edited": "0",
        "in_gallery": False,
        "link": f"https://i.imgur.com/{own}.{'mp4' if moves else 'jpg'}",
        "comment_count": None,
        "favorite_count": None,
        "ups": None,
        "downs": None,
        "points": None,
        "score": None,
    }
    if moves:
        picture |= {
            "mp4_size": size,
            "mp4": f"https://i.imgur.com/{own}.mp4",
            "gifv": f"https://i.imgur.com/{own}.gifv",
            "hls": f"https://i.imgur.com/{own}.m3u8",
            "looping": True,
            "processing": {"status": "completed"},
        }
    return picture


def _tag(index: int) -> dict[str, Any]:
    name = _TAGS[index]
    return {
        "name": name,
        "display_name": name.replace("_", " "),
        "followers": 1_009 * (index + 3),
        "total_items": 7_919 * (index + 1),
        "following": False,
        "is_whitelisted": False,
        "background_hash": name_of(index - 77_777),
        "thumbnail_hash": None,
        "accent": f"{index * 3_967_201 % 0xFFFFFF:06X}",
        "background_is_animated": False,
        "thumbnail_is_animated": False,
        "is_promoted": False,
        "description": f"all about {name.replace('_', ' ')}",
        "logo_hash": None,
        "logo_destination_url": None,
        "description_annotations": {},
    }


def _ad_config(album: bool) -> dict[str, Any]:
    safe = ["album", "in_gallery", "gallery"] if album else ["in_gallery", "gallery"]
    flags: dict[str, Any] = {
        "safe_flags": safe, "high_risk_flags": [], "unsafe_flags": ["sixth_mod_unsafe"],
        "wall_unsafe_flags": [], "show_ads": False, "show_ad_level": 1,
    }  # fmt: skip
    camel = {"safeFlags": safe, "highRiskFlags": [], "unsafeFlags": ["sixth_mod_unsafe"],
             "wallUnsafeFlags": [], "showsAds": False, "showAdLevel": 1}  # fmt: skip
    return camel | flags


def _comment(rng: random.Random, number: int, parent: int, post: str) -> dict[str, Any]:
    author = rng.randrange(len(_PEOPLE))
    ups = int(rng.paretovariate(1.1))
    return {
        "id": number,
        "image_id": post,
        "comment": _words(rng, 2, 18),
        "author": _PEOPLE[author],
        "author_id": 1_000_003 * (author + 7),
        "on_album": True,
        "album_cover": "VZU4SI7",
        "ups": ups,
        "downs": ups // 9,
        "points": ups - ups // 9,
        "datetime": _START + number % 900_000,
        "parent_id": parent,
        "deleted": False,
        "vote": None,
        "platform": rng.choice(("desktop", "android", "iphone", "api")),
        "has_admin_badge": False,
        "children": [],
    }
