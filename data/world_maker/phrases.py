"""Words and sentences that fit every theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from world_maker.themes.base import listed

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMON: Mapping[str, tuple[str, ...]] = {
    "n": listed("two | three | four | five | six | seven | eight | nine | eleven | twelve"),
    "nth": listed("second | third | fifth | seventh | tenth | hundredth"),
    "num": listed("3 | 4 | 5 | 6 | 7 | 8 | 9 | 11 | 12 | 14 | 17 | 20 | 23 | 26 | 31 | 40 | 48"),
    "clock": listed(
        "5 a.m. | midnight | three in the morning | 6:40 | noon | sunrise | dusk | 4:15 | "
        "the end of a long day | half past nine | 2 a.m. | breakfast"
    ),
    "when": listed(
        "today | yesterday | last night | this morning | this week | on Sunday | last weekend | "
        "two days ago"
    ),
    "weekday": listed("Monday | Tuesday | Wednesday | Thursday | Friday | Saturday | Sunday"),
    "kin": listed(
        "my sister | my dad | my wife | my husband | my grandma | my neighbor | my brother | "
        "my mom | my roommate | my daughter | my son | my uncle | my best friend | grandpa | "
        "my coworker | my niece"
    ),
}

REMARKS: tuple[str, ...] = (
    "No regrets",
    "Worth every minute",
    "Would do it again",
    "I'm still smiling",
    "Send help",
    "Sorry for the picture quality",
    "Taken with my phone",
    "First post, be kind",
    "Long time lurker, first time poster",
    "More in the comments",
    "I don't know what else to say",
    "That's it, that's the post",
    "It took {n} attempts",
    "It cost me {n} evenings and one good pair of trousers",
    "Thanks for all the kind words last time",
    "You asked for an update, so here it is",
    "I'll answer questions after work",
    "{kin} helped a lot",
    "{kin} doesn't know I posted this",
    "We didn't plan any of it",
    "Everybody is fine",
    "I had coffee and a plan, and then only coffee",
    "The first try went into the bin",
    "The light was just right {when}",
    "Nobody believed me, so I took a picture",
    "It's not perfect and I can show you where",
    "If you look closely you can see my thumb",
    "I learned most of it from library books",
    "Next time I will measure first",
    "Made my week",
    "Please be nice to each other out there",
    "It rained the whole time",
    "I started {n} months ago and nearly gave up twice",
    "Ask me anything about it",
    "Edit: front page, wow! Thank you",
    "Edit: spelling, it was late",
    "What should I try next?",
    "And yes, it still works",
    "Now I need a bigger house",
    "{kin} laughed for {n} minutes",
    "Scroll down for the result",
    "Best seen on a big screen",
    "The sound is the best part",
    "I'd been saving this one for {weekday}",
    "To whoever did this: thank you",
    "Have a good {weekday}",
)

EMOJI: tuple[str, ...] = (
    "\N{FACE WITH TEARS OF JOY}",
    "\N{SPARKLES}",
    "\N{PARTY POPPER}",
    "\N{HEAVY BLACK HEART}\N{VARIATION SELECTOR-16}",
    "\N{EYES}",
    "\N{UPSIDE-DOWN FACE}",
    "\N{FIRE}",
    "\N{SMILING FACE WITH SUNGLASSES}",
    "\N{LOUDLY CRYING FACE}",
    "\N{SHRUG}",
    "\N{WAVING HAND SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-3}",
    "\N{SEEDLING}",
)

MATURE_TITLES: tuple[str, ...] = (
    "What the band saw did to my thumb, not for the squeamish",
    "Life drawing class, {n} hours",
    "Figure study in charcoal",
    "My knee after {n} days on the road (blood)",
    "{n} stitches {when}. Wear your gloves",
    "Anatomy sketchbook, part {num}",
    "The tooth is out. You've been warned",
    "A museum's marble that my feed refuses to show",
    "Blister of the year",
    "Before and after the surgery (graphic)",
    "Figure drawing, pose {num}",
    "Tattoo, {n} sessions, not safe for {kin}",
)
MATURE_TAGS: tuple[str, ...] = ("mature", "figure_drawing", "injury", "tattoo")

# Tags that any post may carry, the most used first.
GENERAL_TAGS: tuple[str, ...] = listed(
    "funny | awesome | oc | wholesome | aww | random | photography | nature | diy | story | "
    "current_events | interesting | inspiring | cute | unmuted | science_and_tech | creativity | "
    "mildly_interesting | satisfying | wallpaper | nostalgia | tutorial | animals | happy | "
    "first_post | question | beautiful | weird | winter | spring | update | color | macro | "
    "black_and_white | fail | success | timelapse | how_to | slow_motion | small_victories | "
    "mystery | neighborhood | weekend_project | favorite_tag_ever | please_dont_scroll"
)

# What the larger tags say of themselves; most tags say nothing.
TAG_SLOGANS: Mapping[str, str] = {
    "funny": "laugh first, think later",
    "awesome": "things that make you say whoa",
    "aww": "small, soft and slightly damp",
    "cats": "nine lives, one sofa",
    "dogs": "every one of them is good",
    "memes": "jokes that travel light",
    "dump": "bring a snack, this takes a while",
    "gaming": "one more turn",
    "cooking": "season, taste, repeat",
    "food": "come hungry",
    "baking": "trust the dough",
    "space": "look up",
    "science_and_tech": "how things work",
    "science": "it was a hypothesis",
    "woodworking": "measure twice",
    "diy": "make it yourself",
    "gardening": "mostly dirt and patience",
    "hiking": "one more bend",
    "art": "marks on things",
    "comics": "life in four panels",
    "weather": "it's happening outside",
    "birds": "the feeder is full",
    "trains": "next stop, somewhere",
    "retro_computers": "please insert disk two",
    "travel": "far from the sofa",
    "history": "before it was cool",
    "family": "the people who borrow your charger",
    "wholesome": "no frowns here",
    "books": "quiet, please",
    "board_games": "your turn",
    "cars": "customer states it's fine",
    "crafts": "glue included",
    "caturday": "only on Saturdays",
    "story": "sit down, this happened",
    "eclipse": "three minutes of night",
    "oc": "made by the one who posts it",
}
