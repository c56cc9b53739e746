"""Themes lived in front of a screen, memes included."""

from __future__ import annotations

from world_maker.themes.base import Theme, listed

GAMES = Theme(
    name="gaming",
    weight=6.0,
    pull=0.1,
    motion=1.5,
    series=0.8,
    tags=listed(
        "gaming | video_games | indie_games | screenshot | speedrun | glitch | pc_gaming | "
        "farming_sim | roguelike | game_dev"
    ),
    section="CozyGames",
    titles=(
        "{n} hours in and I still can't beat the {boss}",
        "Beat the {boss} with {weapon}",
        "My {base} after {num} hours",
        "The {boss} got stuck in {a place} and I have questions",
        "{kin} tried {a genre} game for the first time",
        "The developers really animated the {detail}",
        "I make {a genre} game. Today the {boss} learned to walk",
        "Found {a place} hidden behind the {boss}",
        "Nobody: ... The {boss}: ...",
        "When {weapon} finally drops",
        "Co-op with {kin}: {n} minutes of planning, {n} seconds of panic",
        "Speedrun idea: skip the {boss} through {a place}",
        "One more turn, I said at {clock}",
    ),
    short=listed(
        "GG | Glitch | One more turn | {boss} down | Loot | My {base} | Physics | So close "
        "| Respawn | Level {num} | Press any key"
    ),
    captions=listed(
        "The {boss} | Before the patch | After the patch | Map of the {base} | Attempt "
        "{num} | Look at the {detail} | Early sketch | Final version"
    ),
    words={
        "boss": listed(
            "swamp king | last guard | tutorial goose | clockwork dragon | tax collector | "
            "giant crab | fire knight | final boss | shopkeeper | moon witch"
        ),
        "weapon": listed("a soup ladle | the starter sword | a fishing rod | one hit point | bees"),
        "base": listed("base | factory | farm | castle | space station | village | train network"),
        "place": listed("wall | well | secret room | waterfall | barrel | loading screen"),
        "genre": listed("farming | city building | platform | puzzle | racing | card"),
        "detail": listed("puddles | door handles | toast | moths | reflections | shoelaces"),
    },
)

RETRO = Theme(
    name="retro_computers",
    weight=3.2,
    pull=-0.15,
    motion=0.6,
    series=1.7,
    tags=listed(
        "retro_computers | computers | vintage | technology | electronics | "
        "mechanical_keyboard | crt | floppy_disk | repair | synth"
    ),
    section="OldMachines",
    titles=(
        "Found {a machine} in {a spot}, it still boots",
        "{n} capacitors later the {machine} lives",
        "Restoring {a machine}: before and after",
        "My {machine} runs {odd} now",
        "{kin} wrote this on {a machine} in {year}",
        "Cleaned {num} years of dust out of {a machine}",
        "The sound of {a media} loading",
        "Bought a box of {media} for a song. One label says do not open",
        "I put {a machine} inside {a case}",
        "This {machine} controlled {a job} until {when3}",
        "Who remembers {media}?",
        "Home office, {year} style",
    ),
    short=listed(
        "{machine} | It boots! | Beep | {media} | Amber screen | Burn-in | Syntax error | "
        "Clicky | Soldering night | Ready."
    ),
    captions=listed(
        "As found | Battery leak, of course | The board after a bath | New capacitors | "
        "First boot | It shows a picture! | Inside | Original box | Retrobrighted"
    ),
    words={
        "machine": listed(
            "beige tower | 8-bit home computer | luggable | green-screen terminal | plotter "
            "| dot matrix printer | palmtop | pocket calculator | arcade cabinet | tape "
            "deck | word processor | modem | minicomputer | drum machine"
        ),
        "spot": listed("barn | school basement | skip | flea market | library attic | bank vault"),
        "odd": listed("a weather station | my 3D printer | a chat room | the doorbell | chess"),
        "media": listed("floppy disks | cassettes | punch cards | game cartridges | laser discs"),
        "case": listed("toaster | lunch box | radio | suitcase | picture frame | typewriter"),
        "job": listed("sawmill | church organ | car wash | ferry | greenhouse | planetarium"),
        "year": listed("1983 | 1987 | 1991 | 1995 | 1979 | 1998"),
        "when3": listed("last week | yesterday | 2019 | the roof leaked | this morning"),
    },
)

MEMES = Theme(
    name="memes",
    weight=8.5,
    pull=0.15,
    motion=0.8,
    series=1.1,
    tags=listed(
        "memes | funny | dank | relatable | puns | wholesome | work | monday | dad_jokes | reaction"
    ),
    section="MildlyFunny",
    titles=(
        "Me at {clock} thinking about {worry}",
        "When {boss} asks about {worry}",
        "How it feels to {feat}",
        "Nobody prepared me for {worry}",
        "I have {n} moods and all of them are {mood}",
        "My love language is {snack}",
        "Explaining {worry} to {kin}",
        "Is it too late to become {a job}?",
        "Adulthood is just {worry} until you {feat}",
        "{kin} learned what {worry} means",
        "Thanks, I'm {mood} now",
        "POV: you are {worry}",
        "Some days you {feat}, some days you are {worry}",
    ),
    short=listed(
        "Mood | Same | Accurate | Me | {weekday} | Help | Relatable | Oof | Yep | Why | "
        "True story | Every time | Send {snack} | This | Why not both? | No"
    ),
    captions=listed("Accurate | Part two | Same | And then | Me again"),
    words={
        "worry": listed(
            "the printer | small talk | {weekday} meetings | my unread messages | laundry | "
            "the fitted sheet | that one squeaky door | dentist appointments | passwords | "
            "the group chat | thermodynamics | parallel parking | stairs"
        ),
        "boss": listed(
            "my boss | the neighbor | my plant | the cat | my alarm clock | the dentist"
        ),
        "feat": listed(
            "close {num} browser tabs | fold a map | cancel plans | open the window | carry "
            "all bags in one go | reply to all | find matching socks"
        ),
        "mood": listed(
            "soup | sleepy | confused | suspicious | out of office | allegedly fine | a spreadsheet"
        ),
        "job": listed("lighthouse keeper | goat herder | cheese taster | cloud counter | pirate"),
        "snack": listed("snacks | coffee | help | cake | sleep"),
    },
)

DUMPS = Theme(
    name="dump",
    weight=4.2,
    pull=0.2,
    motion=0.5,
    series=8.0,
    tags=listed(
        "dump | memes | funny | meme_dump | phone_dump | random | mega_dump | cleaning_out "
        "| weekend | a_bit_of_everything"
    ),
    section="",
    titles=(
        "{weekday} dump number {num}",
        "{kind} dump, no theme",
        "Emptying my {store}, part {num}",
        "{num} things that made me exhale through the nose",
        "Your {time} {kind} dump",
        "{a size} dump for {a size} {weekday}",
        "I can't sleep, have {a size} dump",
        "{kind} from my {store}",
        "Dump for {n} people who asked",
        "{weekday} {kind}, get them while they're hot",
    ),
    short=listed("Dump | {weekday} dump | {kind} dump | Random | Stuff | {store} dump | Enjoy"),
    captions=listed("Same | Number one | My favourite | Last one | Ha | No context | Bonus"),
    words={
        "kind": listed("meme | phone | reaction | wholesome | pun | mixed | cursed | animal"),
        "store": listed("phone | downloads folder | old hard drive | bookmarks | desktop"),
        "size": listed("small | big | slow | medium | long | tiny"),
        "time": listed("morning | evening | weekly | late night | lunch break"),
    },
    dump=True,
)

COMICS = Theme(
    name="comics",
    weight=3.8,
    pull=0.15,
    motion=0.15,
    series=1.5,
    tags=listed(
        "comics | webcomic | oc | drawing | digital_art | doodle | four_panels | sketch | "
        "robots | ghosts"
    ),
    section="FourPanels",
    titles=(
        "{hero} and the {matter}",
        "I draw {hero} every day. Day {num}",
        "{hero} goes to the {place}",
        "A comic about {matter}",
        "My comic about {hero}, part {num}",
        "{hero} explains {matter}",
        "I quit my job to draw {hero}",
        "{hero} meets {hero}",
        "What if {hero} worked in the {place}?",
    ),
    short=listed(
        "{hero} | {matter} | Page {num} | {hero} again | Panel four | New comic! | Doodle"
    ),
    captions=listed("Page {num} | Bonus panel | Rough sketch | The end | Thanks for reading"),
    words={
        "hero": listed(
            "Tiny Ghost | the office bear | Robot Aunt | Larry the lichen | the sad knight "
            "| Mister Comma | the moon's landlord | Captain Pigeon | the last dinosaur"
        ),
        "matter": listed("taxes | small talk | rent | gravity | growing up | cheese | time travel"),
        "place": listed("bank | gym | library | beach | office party | dentist"),
    },
)

SCREENS: tuple[Theme, ...] = (GAMES, RETRO, MEMES, DUMPS, COMICS)
