"""Themes of people who make things."""

from __future__ import annotations

from world_maker.themes.base import Theme, listed

COOKING = Theme(
    name="cooking",
    weight=6.0,
    pull=0.05,
    motion=0.5,
    series=1.8,
    tags=listed(
        "cooking | food | recipe | homemade | dinner | soup | tacos | barbecue | pasta | leftovers"
    ),
    section="WeeknightDinner",
    titles=(
        "First attempt at {dish}",
        "{kin}'s {dish}, made in {pan}",
        "{n} hours for {dish}, gone in {n} minutes",
        "Made {dish} for {num} people",
        "How I make {dish} on a budget",
        "{dish} with too much {spice}",
        "I forgot the {spice} but the {dish} forgave me",
        "My {when2} {dish}, recipe inside",
        "{kin} asked for {dish}, {kin} got {dish}",
        "{dish}, but with {swap} instead of {spice}",
        "Tried to recreate the {dish} from our holiday",
        "Nobody warned me about {spice}",
        "What I ate this week, mostly {dish}",
    ),
    short=listed(
        "{dish} | Dinner | Soup season | Lunch | {dish} tonight | Brunch? | Oops, {dish} | "
        "Leftovers | Too spicy | Pot of the day | Jalapeño poppers | Crème brûlée"
    ),
    captions=listed(
        "Chop everything first | Low heat, {n} hours | Add the {spice} | The finished "
        "{dish} | Fry until it smells right | Rest it under a towel | Ingredients | Stir. "
        "Keep stirring | I used {pan} | Season, taste, season again"
    ),
    words={
        "dish": listed(
            "ramen | mushroom risotto | lentil soup | pulled pork | shakshuka | pad thai | "
            "lasagne | chili | dumplings | fish tacos | paella | onion soup | gumbo | "
            "butter chicken | goulash | pierogi | stuffed peppers | fried rice | pho | "
            "bibimbap | beef stew | gnocchi | falafel | jambalaya"
        ),
        "spice": listed("garlic | cumin | saffron | smoked paprika | thyme | ginger | chili oil"),
        "pan": listed(
            "one pot | a cast iron pan | a rice cooker | a borrowed wok | a campfire pan"
        ),
        "swap": listed("lentils | jackfruit | sweet potato | tofu | cauliflower | kimchi"),
        "when2": listed("Sunday | Tuesday night | rainy day | payday | birthday | three euro"),
    },
)

BAKING = Theme(
    name="baking",
    weight=3.6,
    pull=0.1,
    motion=0.4,
    series=1.6,
    tags=listed(
        "baking | bread | sourdough | cake | cookies | pie | croissants | dessert | "
        "bake_fail | cupcakes"
    ),
    section="Breadmaking",
    titles=(
        "My {nth} sourdough and the first with an ear",
        "Baked {a cake} for {kin}'s birthday",
        "{kin} wanted {a cake} shaped like {a shape}",
        "Expectation and reality: {a shape} cake",
        "{num} layers, one collapse",
        "{kin}'s old recipe for {cake}",
        "Loaf number {num}. The crumb is getting there",
        "Croissants: day {num} of never giving up",
        "I put {odd} into the {cake}. Hear me out",
        "The dough rose. And rose. And rose",
        "Gingerbread {shape}, built in {n} evenings",
    ),
    short=listed(
        "{cake} | Crumb shot | Bread | Sourdough day | Oven fresh | Nailed it | Cake! | "
        "Proofing | Pie | Bake fail"
    ),
    captions=listed(
        "First proof | After the second fold | Out of the oven | The cut | It leaned a "
        "little | Bulk fermentation, {n} hours | Frosting hides everything | Crumb"
    ),
    words={
        "cake": listed(
            "carrot cake | rye loaf | lemon tart | apple pie | cinnamon rolls | focaccia | "
            "black forest cake | pavlova | banana bread | brioche | baguettes | cheesecake"
        ),
        "shape": listed("dinosaur | steam engine | hedgehog | spaceship | castle | lighthouse"),
        "odd": listed("miso | beetroot | black pepper | mashed potato | earl grey | olive oil"),
    },
)

WOODWORKING = Theme(
    name="woodworking",
    weight=4.2,
    pull=0.0,
    motion=0.4,
    series=2.4,
    tags=listed(
        "woodworking | diy | maker | hand_tools | furniture | workshop | wood_turning | "
        "restoration | epoxy | carving"
    ),
    section="Sawdust",
    titles=(
        "I made {a piece} out of {wood}",
        "{a piece} for {kin}, {n} weekends of work",
        "Turned an old {scrap} into {a piece}",
        "My first {joint}, be gentle",
        "Restored {kin}'s {piece}",
        "{a piece} from a single board of {wood}",
        "The {tool} bit me, but the {piece} is done",
        "{n} coats of oil later: {a piece}",
        "No screws, no nails, just {joint}",
        "Built {a piece} with hand tools only",
        "The shop is {num} square metres and it's enough",
        "Found {wood} under the paint of this {piece}",
        "{a piece}, step by step",
    ),
    short=listed(
        "{a piece} | Walnut | Dovetails | Shop day | Shavings | Glue-up | Clamps | Measure "
        "twice | Before and after | My {piece}"
    ),
    captions=listed(
        "Rough lumber, {wood} | Cut to length | Glue-up, never enough clamps | Sanding to "
        "220 | Dry fit | The {joint} | First coat of oil | Finished | Detail of the corner "
        "| This went wrong, so I made it again | The old {scrap} | Template from cardboard"
    ),
    words={
        "piece": listed(
            "bookshelf | cradle | chess board | workbench | rocking chair | spice rack | "
            "jewelry box | kitchen table | stool | cat tree | toy crane | desk | spoon | "
            "guitar stand | bird house | salad bowl | puzzle box | plant stand"
        ),
        "wood": listed("walnut | oak | cherry | ash | reclaimed pine | olive wood | maple | elm"),
        "scrap": listed("pallet | door | barn beam | church bench | wine barrel | piano"),
        "joint": listed(
            "dovetails | mortise and tenon | box joints | wedged tenons | finger joints"
        ),
        "tool": listed("band saw | chisel | lathe | router | drawknife"),
    },
)

GARDENING = Theme(
    name="gardening",
    weight=4.2,
    pull=-0.05,
    motion=0.4,
    series=2.0,
    tags=listed(
        "gardening | plants | houseplants | vegetables | tomatoes | succulents | compost | "
        "harvest | bonsai | wildflowers"
    ),
    section="WindowsillGarden",
    titles=(
        "My {plant} finally {bloomed}",
        "{n} years from seed to this {plant}",
        "Harvested {num} {veg} {when}",
        "Everybody said {plant} won't grow here",
        "{kin} left me {a pot}, so I grew {veg} in it",
        "From empty {lot} to garden in {n} months",
        "The slugs left me one {plant}",
        "Is my {plant} happy or planning something?",
        "Grew {veg} on {a lot}, here is how",
        "A bee fell asleep in my {plant}",
        "Propagated {num} {plant} cuttings for the whole street",
        "This {plant} is older than me",
        "Winter came, the {plant} did not care",
    ),
    short=listed(
        "{plant} | Harvest | First bloom | Seedlings | Too many {veg} | Bee! | Compost day "
        "| Sprout | New leaf | Monstera unfurling"
    ),
    captions=listed(
        "March | May | June, after the rain | The {lot} before | Harvest of {veg} | Roots "
        "on day {num} | New leaf | The bees like it | Slug damage | Ready to eat"
    ),
    words={
        "plant": listed(
            "orchid | lemon tree | monstera | cactus | fig tree | bonsai | sunflower | "
            "pitcher plant | aloe | lavender | wisteria | venus flytrap | dahlia | ivy"
        ),
        "veg": listed(
            "tomatoes | chilies | potatoes | pumpkins | radishes | courgettes | peas | "
            "strawberries | carrots | beans"
        ),
        "bloomed": listed("bloomed | made a fruit | grew a second leaf | woke up | flowered"),
        "pot": listed("bathtub | wheelbarrow | broken teapot | rain barrel | suitcase"),
        "lot": listed("balcony | parking space | back yard | roof | window sill | gravel lot"),
    },
)

CRAFTS = Theme(
    name="crafts",
    weight=3.2,
    pull=-0.05,
    motion=0.5,
    series=1.5,
    tags=listed(
        "crafts | knitting | crochet | sewing | embroidery | pottery | quilting | handmade "
        "| miniatures | cosplay"
    ),
    section="HandmadeThings",
    titles=(
        "Crocheted {a toy} for {kin}",
        "{n} months, {num} balls of wool, one {garment}",
        "My {garment} is done and it nearly fits",
        "{a toy} the size of {a coin}",
        "Embroidered {a toy} on {kin}'s {garment}",
        "I taught myself pottery. Here are my first {num} mugs",
        "Sewed {a garment} from old {cloth}",
        "A tiny {room} inside {a coin}",
        "Cosplay progress: the {armour}",
        "{kin} drew {a toy}, I knitted it",
        "The quilt is made of {num} old {cloth}",
    ),
    short=listed(
        "{a toy} | Finished {garment} | Tiny {room} | Knit night | Yarn | Kiln day | "
        "Handmade | Stitches"
    ),
    captions=listed(
        "The pattern | Sleeves are a lie | Front | Back | Next to {a coin} for scale | The "
        "{cloth} I started with | Out of the kiln | Close-up of the stitches"
    ),
    words={
        "toy": listed("octopus | dragon | fox | axolotl | frog | moth | mushroom | badger"),
        "garment": listed("cardigan | scarf | denim jacket | blanket | wedding dress | raincoat"),
        "coin": listed("acorn | thimble | matchbox | walnut | teacup"),
        "cloth": listed("curtains | band shirts | flour sacks | jeans | tablecloths | ties"),
        "room": listed("bakery | library | greenhouse | kitchen | workshop | book shop"),
        "armour": listed("helmet | left gauntlet | foam sword | wings | breastplate"),
    },
)

MAKING: tuple[Theme, ...] = (COOKING, BAKING, WOODWORKING, GARDENING, CRAFTS)
