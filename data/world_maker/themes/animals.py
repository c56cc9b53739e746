"""Themes with fur, feathers and fins."""

from __future__ import annotations

from world_maker.themes.base import Theme, listed

CATS = Theme(
    name="cats",
    weight=11.0,
    pull=0.4,
    motion=1.25,
    series=0.8,
    tags=listed(
        "cats | kittens | cat_tax | caturday | tabby | black_cat | void | orange_cat | "
        "house_panther | tuxedo_cat"
    ),
    section="CatsInBoxes",
    titles=(
        "{cat} discovered the {spot} and now it belongs to {them}",
        "Came home to find {cat} asleep in the {spot}",
        "{cat} has opinions about the new {object}",
        "{n} years ago today we brought {cat} home",
        "I bought {a object}. {cat} preferred the box",
        "{kin} said no more cats. This is {cat}",
        "{cat} supervising the {chore}",
        "Every morning at {clock} {cat} does this",
        "Nobody told {cat} about {personal} space",
        "The {coat} one is {cat}, the other one is trouble",
        "Adopted {a coat} gentleman {when}. Please help me name him",
        "{cat} lost the fight with {a object}",
        "Proof that {cat} is made of {stuff}",
        "Our foster kittens found the {spot}",
        "He waits by the {spot} until {kin} comes home",
        "Trying to do the {chore} with {cat} in the house",
        "{cat} is {age} and still {verb} like a kitten",
    ),
    short=listed(
        "{cat} | Cat | Loaf | Blep | Zoomies | Toe beans | Caught red-pawed | {cat} says hi "
        "| Cat tax | Guilty | Mid-yawn | Bath time | Void | Sunbeam located | Kittens! | If "
        "I fits | The hunter | New {object}, who dis?"
    ),
    captions=listed(
        "{cat} before breakfast | {cat} after breakfast | The scene of the crime | Not "
        "sorry | This is the {spot}, it used to be mine | Cat tax, as required | {cat} "
        "thinks {object} is prey | One ear up, one ear down | Asleep again"
    ),
    words={
        "cat": listed(
            "Pickle | Biscuit | Mothball | Professor Tuna | Gherkin | Sir Naps | Marmalade "
            "| Waffles | Dumpling | Captain Socks | Noodle | Turnip | Clementine | Bagel | "
            "Soot | Pudding | Miss Fluff | Olive | Radish | Comet | Button | Mango"
        ),
        "coat": listed("tabby | tuxedo | orange | calico | grey | tortoiseshell | cream | black"),
        "spot": listed(
            "laundry basket | sink | bread bin | top shelf | printer | fruit bowl | warm "
            "laptop | sock drawer | flower pot | bay window | good armchair | pizza box | "
            "radiator | bathtub | keyboard tray"
        ),
        "object": listed(
            "scratching post | cardboard box | houseplant | robot vacuum | paper bag | "
            "puzzle feeder | bow tie | window perch | cucumber | garden hose | feather toy"
        ),
        "chore": listed("laundry | taxes | dishes | painting | vacuuming | video call | jigsaw"),
        "them": listed("her | him | the cat"),
        "personal": listed("personal | breathing | desk | bed"),
        "stuff": listed("liquid | static | crumbs | 90 % fluff | springs | pure spite"),
        "verb": listed("sleeps | jumps | yells | plays | sprints | complains"),
        "age": listed("fourteen | seventeen | nineteen | twelve | twenty-one"),
    },
)

DOGS = Theme(
    name="dogs",
    weight=8.0,
    pull=0.35,
    motion=1.4,
    series=0.8,
    tags=listed(
        "dogs | puppy | good_boy | rescue_dog | dog_tax | puppers | corgi | mutt | "
        "senior_dog | dog_walk"
    ),
    section="GoodDogs",
    titles=(
        "{dog} met {a thing} and the world will never be the same",
        "First day at home for {dog}",
        "{dog} turned {age} {when}",
        "Took {dog} to the {place}. {dog} took half of it home",
        "My {breed} guards the {thing} day and night",
        "{dog} after {n} minutes of {fun}",
        "{dog} before and after the haircut",
        "Told {dog} we were going to the {place}",
        "Rescued {when}, already owns the sofa. Meet {dog}",
        "The shelter said he was {a breed}. We have doubts",
        "{kin} didn't want a dog. {kin} and the dog:",
        "{dog} learned how to open the {thing}",
        "Someone is very proud of {a thing}",
        "{n} tennis balls at once, a new household record",
        "{dog} passed the {course} exam",
    ),
    short=listed(
        "{dog} | Good boy | Good girl | Sploot | Dog | Muddy | Puppy! | Best friends | Zoom "
        "| {dog} at the {place} | Fetch? | Snow day for {dog} | Derp | Ears"
    ),
    captions=listed(
        "{dog} at the {place} | Five seconds later | He found a stick | Very good, very wet "
        "| The face of innocence | {dog} and {a thing} | She slept all the way back"
    ),
    words={
        "dog": listed(
            "Barley | Moose | Truffle | Pepper | Hazel | Bandit | Maple | Duke | Rolo | "
            "Fern | Tank | Poppy | Banjo | Gus | Willow | Nacho | Mabel | Rocket"
        ),
        "breed": listed("beagle | corgi | whippet | collie | labrador | dachshund | poodle mix"),
        "thing": listed(
            "snowman | sprinkler | fridge | garden gnome | tennis ball | hedgehog | mirror "
            "| very small kitten | goat | leaf blower | stick | cardboard tube"
        ),
        "place": listed("beach | vet | park | lake | hardware store | woods | pumpkin patch"),
        "fun": listed("fetch | puppy class | digging | splashing | chasing leaves | agility"),
        "course": listed("therapy dog | puppy school | search and rescue | recall"),
        "age": listed("one | two | five | nine | twelve | fifteen | sixteen"),
    },
)

BIRDS = Theme(
    name="birds",
    weight=3.2,
    pull=0.0,
    motion=1.0,
    series=1.1,
    tags=listed(
        "birds | birding | backyard_birds | owl | crow | hummingbird | bird_feeder | "
        "wildlife | nest_box | parrot"
    ),
    section="BackyardBirds",
    titles=(
        "{a bird} visited the feeder {when}",
        "It took {n} weeks before {a bird} trusted me enough for this",
        "The {bird} in our {home} has {n} eggs",
        "Built a nest box {when}. Today {a bird} moved in",
        "{a bird} stole my {loot}",
        "Patience, cold feet and finally {a bird}",
        "My feeder camera caught {a bird} arguing with {a bird}",
        "Does anybody know what this {size} bird is?",
        "Spotted on the way to work: {a bird} with {a loot}",
        "The crow I feed brought me {a loot}",
        "Counted {num} {flock} over the {home} {when}",
    ),
    short=listed(
        "{a bird} | Owl | Feeder drama | Lift-off | Birb | Fledgling | Caught the moment | "
        "Hoo? | Round bird | {bird} portrait"
    ),
    captions=listed(
        "The {bird} on the first day | Wings open | Look at the feet | Taken through the "
        "window | {n} eggs | A slightly annoyed {bird}"
    ),
    words={
        "bird": listed(
            "barn owl | wren | kingfisher | robin | jay | heron | goldfinch | sparrowhawk | "
            "woodpecker | nuthatch | grey parrot | hummingbird | waxwing | magpie | puffin"
        ),
        "home": listed("hedge | mailbox | barn | old boot | hanging basket | garage | chimney"),
        "loot": listed("sandwich | shiny button | paper clip | glove | walnut | hair tie | key"),
        "size": listed("tiny | fat little | very loud | long-legged | angry"),
        "flock": listed("swifts | starlings | geese | cranes | swallows | pelicans"),
    },
)

AQUARIUMS = Theme(
    name="aquariums",
    weight=1.8,
    pull=-0.15,
    motion=1.2,
    series=1.3,
    tags=listed(
        "aquariums | fish_tank | aquascape | shrimp | betta | reef_tank | planted_tank | "
        "goldfish | snails"
    ),
    section="PlantedTanks",
    titles=(
        "My {litres} litre tank after {n} months",
        "The {fish} finally came out of the {decor}",
        "{n} new {fish} today, everybody is getting along",
        "Rescaped the tank with {decor}",
        "Something is eating my {plant} and it's not the {fish}",
        "Day {num} of growing {plant}",
        "The {fish} laid eggs on the {decor}",
        "{kin} gave me an old tank, so this happened",
        "Feeding time with the {fish}",
    ),
    short=listed("{fish} | Tank day | Glass cleaner on duty | New tank | Bubbles | Reef at night"),
    captions=listed(
        "Day one, dry start | After the first water change | The {fish} inspecting the "
        "{decor} | Close-up of the {plant} | Lights on | Full view"
    ),
    words={
        "fish": listed(
            "neon tetras | cherry shrimp | corydoras | bettas | goldfish | clownfish | "
            "mystery snails | gouramis | pufferfish | danios"
        ),
        "decor": listed("driftwood | dragon stone | castle | clay pots | lava rock | slate arch"),
        "plant": listed("moss | java fern | red lotus | duckweed | anubias | carpet plants"),
        "litres": listed("20 | 60 | 120 | 300 | 450 | 54"),
    },
)

FARM = Theme(
    name="farm_life",
    weight=2.2,
    pull=0.05,
    motion=1.0,
    series=0.9,
    tags=listed(
        "farm_life | goats | chickens | ducks | alpaca | sheep | horses | baby_goats | "
        "homestead | eggs"
    ),
    section="SmallFarms",
    titles=(
        "{animal} born {when}, both doing fine",
        "Our {animal} learned to open the {gate}",
        "The {animal} wanted to be in the {gate} picture",
        "{num} eggs {when} and one of them is blue",
        "Shearing day. {name} is half the size now",
        "{name} the {animal} escaped again",
        "We moved to a farm {n} years ago. Here is what we've learned",
        "{name} thinks she's a dog",
        "Morning round with the {animal}",
        "The vet came for the {animal} and left with {num} eggs",
    ),
    short=listed("{name} | Goat | Farm morning | Escape artist | Ducklings | Muddy boots | Baa"),
    captions=listed(
        "{name} again | She fits through there, somehow | Before the shearing | The whole "
        "gang | Breakfast time | The {gate} in question"
    ),
    words={
        "animal": listed("goat | alpaca | lamb | donkey | calf | duckling | pony | rooster"),
        "gate": listed("barn door | feed bin | kitchen door | tractor cab | pen | wedding"),
        "name": listed("Henrietta | Clover | Big Bertha | Doughnut | Thimble | Parsley | Truman"),
    },
)

ANIMALS: tuple[Theme, ...] = (CATS, DOGS, BIRDS, AQUARIUMS, FARM)
