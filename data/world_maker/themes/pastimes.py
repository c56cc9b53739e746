"""Themes of other pastimes: art, science, history, toys, cars, books and family life."""

from __future__ import annotations

from world_maker.themes.base import Theme, listed

ART = Theme(
    name="art",
    weight=4.0,
    pull=0.0,
    motion=0.5,
    series=1.2,
    tags=listed(
        "art | painting | watercolor | illustration | sculpture | ink | portrait | "
        "landscape | fan_art | mural"
    ),
    section="SundayPainters",
    titles=(
        "I painted {a motif} in {medium}",
        "{motif}, {medium}, {num} hours",
        "{n} years of drawing {a motif} every day",
        "{kin} asked for {a motif}, I tried {medium}",
        "My first commission: {a motif}",
        "Painted {a motif} on {a ground}",
        "Spent {n} weeks on this {motif} and I can't see it any more",
        "A mural of {a motif} for our school",
        "From sketch to {motif}",
        "Not {a motif} person, but I like how this came out",
    ),
    short=listed(
        "{motif} | Sketch | Work in progress | {medium} | Ink | Finished! | Study | Tiny {motif}"
    ),
    captions=listed(
        "Sketch | Underpainting | Hour {num} | Finished | Detail | The reference | Signed"
    ),
    words={
        "motif": listed(
            "whale | self-portrait | forest road | koi pond | lighthouse | moth | old "
            "harbor | bowl of lemons | night market | dragon | stag | rainy street | sea "
            "storm"
        ),
        "medium": listed(
            "oil | watercolor | coffee | charcoal | ballpoint pen | gouache | linocut"
        ),
        "ground": listed("skateboard | pebble | wine cork | garage door | leaf | envelope"),
    },
)

SCIENCE = Theme(
    name="science",
    weight=2.8,
    pull=0.1,
    motion=1.6,
    series=0.9,
    tags=listed(
        "science | physics | chemistry | biology | microscope | engineering | robotics | "
        "fossil | geology | data_is_beautiful"
    ),
    section="KitchenLab",
    titles=(
        "{matter} under the microscope",
        "Grew {a crystal} crystal in {num} weeks",
        "What happens when {matter} meets {force}",
        "I plotted {n} years of my {habit}",
        "{matter} at {num} thousand frames per second",
        "Found {a fossil} in a road cut",
        "A robot arm that {task}",
        "My student built a machine that {task}",
        "Why {matter} behaves like this",
        "Home experiment: {force} and {matter}",
    ),
    short=listed(
        "Physics | {matter} | {fossil} | For science | Crystal | Chemistry! | Graph | Plasma"
    ),
    captions=listed(
        "Day {num} | Scale bar: one millimetre | The setup | Slow motion | The data | Cleaned"
    ),
    words={
        "matter": listed(
            "pond water | ferrofluid | salt | soap film | a snowflake | honey | pollen"
        ),
        "force": listed("a magnet | dry ice | sound | polarized light | a vacuum | ten volts"),
        "crystal": listed("copper sulfate | alum | salt | sugar | bismuth"),
        "habit": listed("coffee cups | sleep | commute | typing | heart rate | electricity bill"),
        "fossil": listed("trilobite | ammonite | fern imprint | shark tooth | sea urchin"),
        "task": listed(
            "waters plants | sorts buttons | draws circles | butters toast | plays chess"
        ),
    },
)

HISTORY = Theme(
    name="history",
    weight=2.2,
    pull=0.05,
    motion=0.2,
    series=1.8,
    tags=listed(
        "history | old_photos | archaeology | historical | today_i_learned | maps | ancient "
        "| aviation | ships | letters"
    ),
    section="AtticFinds",
    titles=(
        "{kin} found {a find} in the attic",
        "Colourised: {a scene}, around {year}",
        "The dig next door turned up {a find}",
        "{a scene} then and now",
        "A map from {year} that still shows the {lost}",
        "My great-grandmother at {a scene}, {year}",
        "What's left of the {lost}",
        "The {lost}: a short history with pictures",
        "Letters from {year}, found inside {a find}",
    ),
    short=listed("{year} | Then and now | {find} | Attic find | Today I learned | The {lost}"),
    captions=listed(
        "Front | Back, with a note | {year} | The same place today | Found with it | Restored"
    ),
    words={
        "find": listed(
            "biscuit tin of photos | diary | sextant | coin hoard | pocket watch | glass slide"
        ),
        "scene": listed("harvest fair | ferry crossing | school class | tram opening | air show"),
        "lost": listed("canal | city wall | pier | ropeway | floating market | ice factory"),
        "year": listed("1893 | 1911 | 1924 | 1938 | 1952 | 1965"),
    },
)

BOARD_GAMES = Theme(
    name="board_games",
    weight=2.2,
    pull=-0.15,
    motion=0.3,
    series=1.5,
    tags=listed(
        "board_games | tabletop | miniature_painting | dice | dnd | chess | puzzle | "
        "building_bricks | card_games"
    ),
    section="TableNight",
    titles=(
        "Painted {a mini} for our {weekday} campaign",
        "Our wizard rolled a one. {n} times",
        "{num} thousand pieces and one is missing",
        "Made a dice tower shaped like {a mini}",
        "Game night got out of hand again",
        "The party adopted {a mini}. It was supposed to be the villain",
        "{kin} designed a board game about {topic}",
        "I built {a mini} from {num} hundred bricks",
        "Storage for {n} boxes of {topic}",
    ),
    short=listed("Natural 20 | {a mini} | Game night | Checkmate | Missing piece | Critical fail"),
    captions=listed(
        "Primed | Base coat | Finished {mini} | The table | The last piece | Size of a thumb"
    ),
    words={
        "mini": listed(
            "goblin | owlbear | lich | mimic | dragon turtle | kobold | paladin | siege tower"
        ),
        "topic": listed(
            "cheese | trade routes | bird migration | submarines | bureaucracy | pirates"
        ),
    },
)

CARS = Theme(
    name="cars",
    weight=2.4,
    pull=-0.1,
    motion=1.2,
    series=1.4,
    tags=listed(
        "cars | mechanic | classic_cars | motorcycle | camper_van | rust | garage | tractor "
        "| mechanical_failure"
    ),
    section="WeekendWrench",
    titles=(
        "Customer states: {noise}",
        "{kin}'s {vehicle} has {num} hundred thousand kilometres on it",
        "Bought {a vehicle} for {num} hundred. Guess what was in it",
        "{n} years of work on {a vehicle}",
        "Converted {a vehicle} into {a use}",
        "Parked next to {a vehicle} {when}",
        "The {vehicle} passed inspection, nobody knows how",
        "What {noise} looks like inside the engine",
    ),
    short=listed("{vehicle} | Customer states | Rust | It runs! | Just needs polish | Garage day"),
    captions=listed(
        "As bought | The floor, or what's left | Primer | First start | Engine out | Done"
    ),
    words={
        "vehicle": listed(
            "camper van | fire truck | tractor | sidecar | milk van | hearse | old estate"
        ),
        "noise": listed(
            "it rattles on Tuesdays | strange smell | a squeak when turning left | no brakes"
        ),
        "use": listed("tiny home | coffee bar | library | sauna | pizza oven"),
    },
)

FAMILY = Theme(
    name="family",
    weight=3.4,
    pull=0.2,
    motion=0.7,
    series=0.6,
    tags=listed(
        "family | wholesome | parenting | kids | made_me_smile | awesome | feel_good | "
        "grandma | birthday | wedding"
    ),
    section="SmallJoys",
    titles=(
        "{kin} turned {old} {when}",
        "My {age}-year-old drew {a thing} on the {wall}",
        "{kin} finished {course} at {old}",
        "{n} years sober today",
        "Today we signed the papers for our first {home}",
        "My neighbor left {a thing} at our door",
        "{kin} still wears the {thing} I made in school",
        "We said yes, in front of {n} people and {a pet}",
        "Last radiation treatment {when}. Rang the bell twice",
        "My daughter's answer on the test about {topic}",
        "A stranger fixed my {thing} and left before I could say thanks",
    ),
    short=listed(
        "We did it | She said yes | Proud | Day one | Home | Grandma | Good news | Made my day"
    ),
    captions=listed("Then | Now | The note | Cake for {old} | All of us | The {thing}"),
    words={
        "old": listed("ninety | one hundred | seventy-two | eighty | sixty-five | thirty"),
        "age": listed("four | five | six | seven"),
        "thing": listed(
            "birdhouse | paper crown | snow shovel | bicycle | necklace | birthday card"
        ),
        "wall": listed("wall | fridge | car door | dog | tax form | new sofa"),
        "course": listed("school | her degree | a marathon | nursing school | his first novel"),
        "home": listed("home | house | flat | houseboat"),
        "pet": listed("goat | very bored cat | parrot | dog in a bow tie"),
        "topic": listed("volcanoes | gravity | vegetables | kings | fractions"),
    },
)

BOOKS = Theme(
    name="books",
    weight=1.4,
    pull=-0.25,
    motion=0.2,
    series=0.9,
    tags=listed("books | reading | library | writing | poetry | bookshelf | science_fiction"),
    section="ReadingNook",
    titles=(
        "My {shelf} is full, so I built another {shelf}",
        "A note from {year} inside a library book",
        "{num} books in {n} months, ranked",
        "The library gave away {num} old {genre} novels",
        "{kin} is reading {a genre} novel for the first time",
        "Bound my own {genre} novel by hand",
        "Reading {a genre} novel at {clock} was a mistake",
    ),
    short=listed(
        "Shelfie | Next on the pile | {genre} | Reading nook | Chapter {num} | Library day"
    ),
    captions=listed("The {shelf} | Page {num} | The note | First edition | Spine"),
    words={
        "shelf": listed("shelf | window seat | pile | reading nook"),
        "genre": listed("science fiction | gothic horror | crime | fantasy | horror | spy"),
        "year": listed("1961 | 1974 | 1988 | 1949"),
    },
)

PASTIMES: tuple[Theme, ...] = (ART, SCIENCE, HISTORY, BOARD_GAMES, CARS, FAMILY, BOOKS)
