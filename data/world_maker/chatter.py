"""What people say below posts: templates for comments and replies.

``{it}`` is something of the post's subject, from `TOPICS` when the subject is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from world_maker.themes.base import listed

if TYPE_CHECKING:
    from collections.abc import Mapping

# What people single out in a post of each theme; slots are the theme's own.
TOPICS: Mapping[str, tuple[str, ...]] = {
    "cats": listed("{cat} | the {object} | that {spot} | {cat}'s face | the {coat} one"),
    "memes": listed("{worry} | my inner {job} | number {num} | the last one"),
    "dogs": listed("{dog} | that {breed} | the {thing} | {dog}'s ears"),
    "cooking": listed("the {dish} | that much {spice} | {dish} | the crust"),
    "gaming": listed("the {boss} | {weapon} | that {base} | the {place}"),
    "space": listed("the {deep} | the {planet} | your {scope} | the {land}"),
    "dump": listed("number {num} | the {nth} one | that {store} | the last one"),
    "gardening": listed("the {plant} | that {pot} | the {veg} | the soil"),
    "woodworking": listed("the {piece} | that {wood} | the {joint} | a good {tool}"),
    "art": listed("the {motif} | the {medium} | that shade of blue | the {ground}"),
    "comics": listed("{hero} | the last panel | {matter} | the {place}"),
    "hiking": listed("the {trail} | the {sight} | that {beast} | the {top}"),
    "baking": listed("the {cake} | that {shape} | the crumb | {odd}"),
    "family": listed("the {thing} | the {pet} | that {wall} | {kin}"),
    "birds": listed("the {bird} | a {bird} | that {loot} | the {home}"),
    "crafts": listed("the {toy} | that {garment} | the {armour} | the stitching"),
    "retro_computers": listed("the {machine} | a box of {media} | that {case} case | the beeper"),
    "travel": listed("the {place} | that {place} | the light | the old town"),
    "weather": listed("the {cloud} | that {storm} | the {land} | the {color} sky"),
    "science": listed("the {crystal} | {force} | a {fossil} | peer review"),
    "cars": listed("the {vehicle} | the {use} | the rust | that squeak"),
    "trains": listed("the {engine} | number {number} | that {bridge} | the {stop}"),
    "board_games": listed("the {mini} | a game about {topic} | the rule book | that dice tower"),
    "farm_life": listed("{name} | the {animal} | the {gate} | the morning shift"),
    "history": listed("the {find} | the {lost} | the hats | the one on the left"),
    "cycling": listed("the {bike} | the {part} | the headwind | that hill"),
    "aquariums": listed("the {fish} | that {decor} | the {plant} | the filter"),
    "books": listed("the {shelf} | {genre} | the margin notes | the {year} cover"),
}
ANYTHING: tuple[str, ...] = listed(
    "the first one | the last one | the {nth} one | the background | the lighting | the title | "
    "the whole story | the one on the left | the color | the corner of the frame"
)

FIRST_WORDS: tuple[str, ...] = (
    "I came for {it} and stayed for the comments",
    "{it} is the real hero here",
    "Nobody is talking about {it}?",
    "I'd watch {n} hours of {it}",
    "This made my {weekday}",
    "{kin} would love {it}",
    "{kin} would hate {it} and I can't wait to show them",
    "10/10, would scroll past {it} again",
    "How long did {it} take you?",
    "I have so many questions about {it}",
    "Is it just me or is {it} looking at us?",
    "I didn't know I needed {it} today",
    "Saving this for {weekday}",
    "{it} looks exactly like {kin}",
    "Upvoted for {it}",
    "That's the best thing I've seen since {clock}",
    "I showed {it} to {kin} and now we have plans",
    "Wait until you see {it} at {clock}",
    "Somebody give {it} a raise",
    "I can hear {it}",
    "I can smell this picture",
    "Not me zooming in on {it} for {n} minutes",
    "Does {it} take requests?",
    "{n} years on this site and never seen {it} like that",
    "I'm not crying, {it} is crying",
    "As someone who does this for a living: {it} is done right",
    "As someone who does this for a living: please don't let {it} near the stairs",
    "What happened to {it} in the end?",
    "Instructions unclear, {it} is now my landlord",
    "Plot twist: {it} took the picture",
    "Today I learned something about {it}",
    "Good for you, and good for {it}",
    "Sir, this is a library",
    "I would like to unsee {it}",
    "Give this to the museum",
    "Somewhere {kin} is very proud",
    "Fun fact: {it} weighs about as much as {num} bags of flour",
    "I tried this once. {kin} still brings it up",
    "That is {num} kinds of lovely",
    "We don't deserve {it}",
    "My {weekday} self needed {it}",
    "You should be proud of {it}",
    "I'd buy a calendar of that",
    "Now do it {n} times",
    "Everything about {it} is correct",
    "Sound on, trust me",
    "Looks like {weekday} to me",
    "This is what the front page is for",
    "Could someone explain {it} to me?",
    "{it}: 1, gravity: 0",
    "All I see is {it}",
    "I had to check whether {it} was real",
    "{kin} had one like that in the {num}th year of marriage",
    "Ok but who cleans up {it}?",
    "I feel {num} percent calmer",
    "Please keep us posted about {it}",
    "I've been told I look like {it}",
    "That escalated politely",
    "May {it} live forever",
    "Found {it}. Took me {n} tries",
)
SHORT_WORDS: tuple[str, ...] = listed(
    "Nice | Lovely | Wow | Same | This. | Nope | Mood | Bravo | Ha! | Oof | Yes | More please | "
    "Dot | Update? | Noted | Brilliant | Beautiful | Classic | Wholesome | I'm in | Take my upvote "
    "| Me too | Iconic | Rude | Goals | What? | Well done | Majestic | Hello {it} | Poor {it} | "
    "Team {it} | Go {it}! | {it}! | Needs more {it} | Bless | Legend | Perfect | Love it | Hmm"
)
ANSWERS: tuple[str, ...] = (
    "Came here to say this",
    "{kin} says the same",
    "Mine does that too",
    "Not with that attitude",
    "Only on {weekday}s",
    "It's in the {nth} picture",
    "You're not wrong",
    "You are wrong, but kindly so",
    "That's what {kin} said about {it}",
    "I choose to believe this",
    "Best comment so far",
    "I read that in {kin}'s voice",
    "And that's why we can't have {it}",
    "Wait, really?",
    "Source: trust me",
    "I laughed at {clock} and woke up {kin}",
    "Ask {it}",
    "It's about {num} of them, I counted",
    "Can confirm, I am {it}",
    "Username doesn't check out",
    "Have you tried it with {it}?",
    "Thank you, I was looking for this",
    "That depends on {it}",
    "I believe it's the other way round",
    "Now I can't unsee it",
    "Yes, but {it}",
    "Give it {n} weeks",
    "We need to talk about {it}",
    "Happened to {kin} {when}",
    "You had one job",
    "Somebody had to say it",
    "This guy gets it",
    "No, this is {weekday}",
    "Underrated",
    "I'm telling {kin}",
    "It's {it} all the way down",
    "Deep down we all are {it}",
    "Close enough",
    "Same here, {n} times {when}",
    "It was {kin}'s idea",
    "Please don't give them ideas",
    "That's the joke",
    "I'd pay {num} to see that",
    "Only if {it} comes along",
    "Speak for yourself",
    "And {n} more for luck",
)
AUTHOR_WORDS: tuple[str, ...] = (
    "Thank you! It took {n} days",
    "Thanks, I'll tell {kin}",
    "I'll post an update on {weekday}",
    "Good question. About {num}, I think",
    "No idea, {kin} set it up",
    "You're right, I'll fix it {when}, if that's possible",
    "{it} says hi back",
    "More of {it} tomorrow, promise",
    "It's still there, I checked {when}",
    "Haha, {kin} said exactly that",
    "OP here: yes, it was as loud as it looks",
    "OP here. Front page! I have to call {kin}",
    "I couldn't do it without {it}",
    "Secondhand, {num} and a cake",
    "Nobody was hurt, except my pride",
    "I never said I was good at it",
    "That's {it}, it came with the house",
)
EXCHANGES: tuple[str, ...] = (
    "And then?",
    "I knew you'd say that",
    "Touch\u00e9",
    "Your move",
    "No, you",
    "Fair enough",
    "Fine, but I keep {it}",
    "Make it {n}",
    "Deal",
    "Are you my {kin_plain}?",
    "Agreed. Friends?",
    "I've been up since {clock}, be gentle",
    "That's not what you said {when}",
    "Okay, that one was good",
    "Go on",
    "We should start a band",
    "Only if you bring {it}",
    "I'll think about it on {weekday}",
    "You win this round",
)
QUARRELS: tuple[str, ...] = (
    "That's simply not how {it} works",
    "It is exactly how {it} works",
    "I've done this for {num} years",
    "Then you've done it wrong for {num} years",
    "Read the title again, slowly",
    "I did read it. {n} times",
    "Not every {weekday} is the same",
    "You keep saying that",
    "Because it keeps being true",
    "Show me one that does",
    "I don't have to show you {it}",
    "This is a hill I'm willing to nap on",
    "Let's agree that {it} is nice at least",
    "No",
    "{kin} could do better",
    "Leave {kin} out of this",
    "I looked it up and we're both wrong",
    "Still right, though",
    "Good night",
    "It's {clock} here, and you?",
)
WITH_PICTURE: tuple[str, ...] = (
    "Reminds me of {id}",
    "I see that and raise you {id}",
    "{id} for comparison",
    "Obligatory {id}",
    "My reaction: {id}",
    "Same energy as {id}, I'd say",
    "{id}",
)
ANECDOTES: tuple[str, ...] = listed(
    "{kin} had one of these when I was {n}. Every {weekday} we'd sit in the kitchen and argue "
    "about {it}, and every {weekday} {kin} won. Then the kitchen flooded, and the one thing we "
    "saved was the list of who had been right | Long story. {when} at {clock} the doorbell rang, "
    "and there it was: {it}, a note and {num} cents. We still don't know who sent it. It lives on "
    "the shelf now and we say good morning to it | I work nights, so I see a lot of these at "
    "{clock}. Most of them make me tired. This one made me laugh so hard that {kin} came down to "
    "ask who had died. Thank you for that, and please give {it} my regards | Three things. One: "
    "measure. Two: measure again, at {clock}, when you're calm. Three: let {kin} hold the other "
    "end. I skipped number three for {num} years and it shows | Unpopular opinion, but {it} was "
    "better {num} years ago. You could fix it with a spoon, it smelled of dust and nobody took "
    "pictures of it. That said, this one is very pretty and I've looked at it for {n} minutes | "
    "For those who ask: it's {num} by {num}, it was dark, it was {weekday}, and no, {it} is not "
    "for sale. I've answered this {n} times below, have a look there first"
)
