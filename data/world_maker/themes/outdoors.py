"""Themes of the open air and of what is above it."""

from __future__ import annotations

from world_maker.themes.base import Theme, listed

HIKING = Theme(
    name="hiking",
    weight=3.8,
    pull=-0.1,
    motion=0.5,
    series=1.6,
    tags=listed(
        "hiking | nature | mountains | camping | trail | waterfall | forest | backpacking | "
        "national_park | lake"
    ),
    section="TrailPhotos",
    titles=(
        "{n} days on the {trail}, {n} pairs of wet socks",
        "Reached the {top} at {clock}, worth it",
        "The view from the {top} {when}",
        "Walked {num} kilometres to see this {sight}",
        "Got up at {clock} for the {sight}",
        "{kin} said the {sight} was a short walk away",
        "Solo on the {trail}: what I carried",
        "Fog at the start, this at the {top}",
        "My tent, the {sight} and nobody else",
        "We met {a beast} on the {trail}",
        "After {n} years I went back to the {sight}",
        "The map said path. The path said {sight}",
    ),
    short=listed(
        "{top} | Above the clouds | Trail day | {sight} | Worth the climb | Lost again | "
        "Morning at the {sight} | Camp | Wet socks"
    ),
    captions=listed(
        "Day {num} | Breakfast with a view | The {sight} | Looking back | Steeper than it "
        "looks | Camp number {num} | The last hut | We turned around here | {a beast}, "
        "keeping distance"
    ),
    words={
        "trail": listed("ridge trail | coast path | old pilgrim road | salt route | glacier loop"),
        "top": listed("summit | pass | ridge | lookout | fire tower | saddle"),
        "sight": listed("waterfall | glacier | sea arch | larch forest | crater lake | gorge"),
        "beast": listed("marmot | moose | fox | very calm cow | ibex | porcupine | black bear"),
    },
)

SPACE = Theme(
    name="space",
    weight=4.4,
    pull=0.2,
    motion=0.8,
    series=0.9,
    tags=listed(
        "space | astrophotography | science_and_tech | moon | galaxy | nebula | "
        "telescope | rocket_launch | night_sky"
    ),
    section="BackyardAstronomy",
    titles=(
        "I photographed the {deep} from my {yard}",
        "{num} hours of exposure on the {deep}",
        "The {planet} through {a scope} {when}",
        "The moon over the {land}, {num} frames stacked",
        "A launch seen from {num} kilometres away",
        "Aurora above the {land}, no filter needed",
        "My first picture of the {deep} and my last one, {n} years apart",
        "The station crossed the {planet} in {n} seconds",
        "I built {a scope} to see the {planet}",
        "Shooting stars over the {land}",
        "{kin} asked what the {deep} looks like, so I took the {scope} out",
        "Every dot in this picture of the {deep} is a sun",
    ),
    short=listed(
        "{deep} | {planet} | Moonrise | First light | Aurora | Clear skies | Liftoff | "
        "Milky Way over the {land} | Last night's sky"
    ),
    captions=listed(
        "Single frame | {num} frames stacked | The setup: {a scope} in my {yard} | Same "
        "field, one hour later | Cropped to the core | Colours calibrated | With labels"
    ),
    words={
        "deep": listed(
            "Orion nebula | Andromeda galaxy | Pleiades | Horsehead nebula | Ring nebula | "
            "Whirlpool galaxy | Veil nebula | Crab nebula | Rosette nebula | Lagoon nebula"
        ),
        "planet": listed("moon | sun | red planet | rings of Saturn | bands of Jupiter"),
        "scope": listed(
            "homemade telescope | small refractor | borrowed lens | tracker | old mirror"
        ),
        "yard": listed("balcony | back yard | roof | driveway | garden | car park"),
        "land": listed("harbor | desert | old mill | dark lake | city | fjord | wheat field"),
    },
)

WEATHER = Theme(
    name="weather",
    weight=3.0,
    pull=0.1,
    motion=1.9,
    series=0.6,
    tags=listed(
        "weather | storm | lightning | snow | sunset | clouds | rainbow | tornado | fog | hail"
    ),
    section="SkyWatchers",
    titles=(
        "{storm} over the {land} {when}",
        "{storm} seen from the {seat}",
        "{a temper} {cloud} above our street",
        "The sky turned {color} at {clock}",
        "{n} minutes between these two pictures",
        "Woke up to {num} centimetres of {fall}",
        "{fall} in {month}. Sure, why not",
        "Caught the {storm} hitting the {land}",
        "{kin} sent me this {cloud} from the {land}",
        "A double rainbow ends in our {land}",
        "The forecast said sunny",
    ),
    short=listed(
        "{storm} | {cloud} | Snow | Storm's coming | {color} sky | Sunset | Nope | Fog over "
        "the {land} | So that happened | {month} weather"
    ),
    captions=listed(
        "{clock} | Ten minutes later | Hail next to an egg | Facing west | After the {storm}"
    ),
    words={
        "storm": listed(
            "thunderstorm | waterspout | dust storm | blizzard | hailstorm | lightning"
        ),
        "land": listed("harbor | stadium | airport | corn field | valley | bridge | lighthouse"),
        "seat": listed("night train | office | ferry | crane I drive | balcony | plane"),
        "cloud": listed("shelf cloud | lenticular cloud | mammatus | wall cloud | funnel cloud"),
        "temper": listed("quiet | huge | very angry | perfect | slow | strange"),
        "color": listed("green | orange | violet | pink | yellow | black"),
        "fall": listed("snow | hail | rain | sleet"),
        "month": listed("April | May | June | October | September"),
    },
)

TRAINS = Theme(
    name="trains",
    weight=2.4,
    pull=-0.2,
    motion=1.5,
    series=1.2,
    tags=listed(
        "trains | railway | steam_engine | model_railway | tram | locomotive | station | "
        "night_train | narrow_gauge | signals"
    ),
    section="RailFans",
    titles=(
        "{engine} number {number} leaving the {stop}",
        "The {stop} at {clock}",
        "My {n}-year project: {a engine} in {scale} scale",
        "{n} countries, {num} trains, one sleeping bag",
        "They restored this {engine} for {n} years and today it moved",
        "Snow plough meets {engine}",
        "Front row view over the {bridge}",
        "{kin} drove this {engine} for {num} years",
        "{a engine} made of matches, {num} thousand of them",
        "Rode the night train over the {bridge}",
        "Found {a engine} in the woods",
    ),
    short=listed(
        "{engine} | Steam | All aboard | {bridge} | Platform {num} | Choo choo | Last run | "
        "The {stop}"
    ),
    captions=listed(
        "The {engine} before | New boiler | At the {stop} | Crossing the {bridge} | In the "
        "driver's seat | Wheels, {num} tonnes each | {clock}, on time"
    ),
    words={
        "engine": listed(
            "steam engine | railcar | tram | shunter | mail train | snow plough | diesel | "
            "rack railway | monorail | freight train | sleeper car"
        ),
        "stop": listed("depot | mountain halt | harbor line | old terminus | ghost station"),
        "bridge": listed("viaduct | swing bridge | causeway | spiral tunnel | pass"),
        "scale": listed("1:87 | 1:22 | 1:160 | 1:32"),
        "number": listed("17 | 52 | 103 | 218 | 44 | 86 | 64"),
    },
)

CYCLING = Theme(
    name="cycling",
    weight=2.0,
    pull=-0.2,
    motion=0.9,
    series=1.1,
    tags=listed(
        "cycling | bicycle | bike_commute | bikepacking | fixed_gear | cargo_bike | "
        "mountain_bike | velo"
    ),
    section="SlowRides",
    titles=(
        "{num} kilometres on {a bike}, this was the best one",
        "Built up {a bike} from {a part} I found",
        "My commute at {clock}",
        "{kin} gave me {a bike} with {num} years of dust on it",
        "The {part} broke {num} kilometres from home",
        "{n} weeks across the mountains on {a bike}",
        "Somebody left this {bike} a thank you note",
        "Moved house by {bike}",
        "Before and after: the {bike} from the dump",
    ),
    short=listed("{bike} | Commute | Tailwind! | Flat number {num} | New {part} | Top of the hill"),
    captions=listed("The frame | New {part} | Fully loaded | Day {num}, headwind | Ready to ride"),
    words={
        "bike": listed(
            "cargo bike | folding bike | tandem | steel road bike | unicycle | tall bike"
        ),
        "part": listed("chain | wheels | saddle | fork | pedals | brake cable"),
    },
)

TRAVEL = Theme(
    name="travel",
    weight=3.0,
    pull=-0.05,
    motion=0.6,
    series=1.8,
    tags=listed(
        "travel | photography | architecture | street_photography | abandoned | city | "
        "road_trip | castle | islands | museum"
    ),
    section="PlacesIHaveBeen",
    titles=(
        "{n} weeks on the road: {place}",
        "{a place} I found by taking the wrong bus",
        "The {place} at {clock}, before the tour groups",
        "Explored {a place} nobody has used for {num} years",
        "A door in {a place}. Every door has a story",
        "Took the same picture of the {place} {n} years apart",
        "I live next to {a place} and had never gone inside",
        "Road trip, day {num}: {a place}",
        "{kin} and I got lost near the {place}",
        "Film photos from the {place}",
        "The stairs of the {place} seen from below",
    ),
    short=listed(
        "{place} | Wrong bus | Stairs | Blue hour | Abandoned {place} | Postcard | Day "
        "{num} | Café with a view"
    ),
    captions=listed(
        "The way in | Blue hour | Second floor | What remains of the {place} | A cat lives "
        "here | From above | The same spot in winter | Day {num}"
    ),
    words={
        "place": listed(
            "lighthouse | salt mine | fishing village | old observatory | market hall | "
            "hilltop castle | spa hotel | library | ferry terminal | canal house | bell "
            "tower | tea house | power station | cable car"
        ),
    },
)

OUTDOORS: tuple[Theme, ...] = (HIKING, SPACE, WEATHER, TRAINS, CYCLING, TRAVEL)
