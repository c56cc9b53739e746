"""Make docs/endpoints.md: every endpoint of Imgur's API, what loads it, its state and its cost.

``python docs/make_endpoints.py`` writes it. Loader, path and cost come from the table in
``imgurdata/endpoints.py``; here stands only what that table leaves out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from imgurdata.endpoints import Endpoint, cost_of, find

__all__ = ["GROUPS", "PAGE", "Row", "main", "page", "rows"]

PAGE = Path(__file__).with_name("endpoints.md")

#: Parts of a path that stand for a value of their own.
_SAMPLES = {
    "{id}": "abcdefg", "{image}": "abcdefg", "{comment}": "7", "{username}": "somebody",
    "{tag}": "cats", "{subreddit}": "aww", "{folder}": "7", "{topic}": "Funny", "{page}": "0",
    "{vote}": "up", "{conversation}": "7", "{offset}": "0", "{sort}": "", "{window}": "",
    "{section}": "hot",
}  # fmt: skip


class Row(NamedTuple):
    """Endpoint of the page.

    Attributes
    ----------
    number : str
        Its number in the API reference.
    method, path : str
    state : str
        ``"current"``: in Imgur's list of endpoints. ``"legacy"``: left out of it, and asked for by
        clients all the same. ``"dead"``: reported gone, or asked for by no client of this decade.
    use : str
        What to call, where the table of endpoints has no loader.
    """

    number: str
    method: str
    path: str
    state: str = "current"
    use: str = ""

    @property
    def sample(self) -> str:
        """Path with values in it."""
        path = self.path
        for part, value in _SAMPLES.items():
            path = path.replace(part, value)
        return path

    @property
    def endpoint(self) -> Endpoint | None:
        """Endpoint of the table, if it has one."""
        found = find(self.sample) if self.method == "GET" else None
        return found[0] if found is not None else None

    @property
    def call(self) -> str:
        """What to call for it."""
        if self.use:
            return self.use
        if self.endpoint is not None:
            return f"`imd.{self.endpoint.loader_name}`"
        return f"`session.{'fetch' if self.method == 'GET' else self.method.lower()}`"

    @property
    def cost(self) -> int:
        """Credits, as documented."""
        return cost_of(self.method, self.path, 200)


def _gets(state: str, *rows: str, use: str = "") -> list[Row]:
    return [Row(number, "GET", path, state, use) for number, path in map(str.split, rows)]


#: Every endpoint of the API reference, by its group.
GROUPS: dict[str, list[Row]] = {
    "Gallery, tags and search": [
        *_gets(
            "current",
            "G1 /3/gallery/{section}/{sort}/{window}/{page}",
            "G2 /3/gallery/r/{subreddit}/{sort}/{window}/{page}",
            "G3 /3/gallery/r/{subreddit}/{id}",
            "G4 /3/gallery/t/{tag}/{sort}/{window}/{page}",
        ),
        *_gets("legacy", "G5 /3/gallery/t/{tag}/{id}"),
        *_gets(
            "current",
            "G6 /3/tags",
            "G7 /3/gallery/tag_info/{tag}",
            "G8 /3/gallery/{id}/tags",
            "G9 /3/gallery/search/{sort}/{window}/{page}",
        ),
        *_gets("dead", "G10 /3/gallery/random/random/{page}"),
        *_gets("current", "G11 /3/gallery/album/{id}", "G12 /3/gallery/image/{id}",
               use="`imd.load_posts`, which takes both kinds"),
        *_gets(
            "current",
            "G13 /3/gallery/{id}",
            "G14 /3/gallery/{id}/votes",
            "G15 /3/gallery/{id}/comments/{sort}",
            "G16 /3/gallery/{id}/comment/{comment}",
        ),
        *_gets("legacy", "G17 /3/gallery/{id}/comments/ids", "G18 /3/gallery/{id}/comments/count",
               "G19 /3/g/memes/{sort}/{window}/{page}", "G20 /3/g/memes/{id}"),
    ],
    "Albums, images and comments": _gets(
        "current",
        "A1 /3/album/{id}",
        "A2 /3/album/{id}/images",
        "A3 /3/album/{id}/image/{image}",
    ) + _gets("legacy", "A4 /3/album/{id}/comments")
    + _gets("current", "I1 /3/image/{id}")
    + _gets("legacy", "I2 /3/image/{id}/comments")
    + _gets("current", "C1 /3/comment/{comment}", "C2 /3/comment/{comment}/replies"),
    "Accounts": [
        *_gets(
            "current",
            "U1 /3/account/{username}",
            "U2 /3/account/{username}/images/{page}",
            "U3 /3/account/{username}/image/{id}",
            "U4 /3/account/{username}/images/ids/{page}",
            "U5 /3/account/{username}/images/count",
            "U6 /3/account/{username}/albums/{page}",
            "U7 /3/account/{username}/album/{id}",
            "U8 /3/account/{username}/albums/ids/{page}",
            "U9 /3/account/{username}/albums/count",
            "U10 /3/account/{username}/comments/{sort}/{page}",
            "U11 /3/account/{username}/comment/{comment}",
            "U12 /3/account/{username}/comments/ids/{sort}/{page}",
            "U13 /3/account/{username}/comments/count",
            "U14 /3/account/{username}/favorites/{page}/{sort}",
            "U15 /3/account/{username}/gallery_favorites/{page}/{sort}",
            "U16 /3/account/{username}/submissions/{page}/{sort}",
            "U17 /3/account/me/settings",
            "U18 /3/account/{username}/gallery_profile",
            "U19 /3/account/{username}/available_avatars",
            "U20 /3/account/{username}/avatar",
            "U21 /3/account/{username}/verifyemail",
            "U22 /account/v1/{username}/block",
            "U23 /3/account/me/block",
        ),
        *_gets("legacy", "U24 /3/account/{username}/folders/{folder}/favorites",
               "U25 /3/account/{username}/notifications"),
        *_gets("current", "U26 /3/account/{username}/notifications/replies"),
    ],
    "Notifications, conversations, topics and other galleries": [
        *_gets("legacy", "N1 /3/notification", "N2 /3/notification/{id}", "V1 /3/conversations",
               "V2 /3/conversations/{conversation}/{page}/{offset}", "T1 /3/topics/defaults",
               "T2 /3/topics/{topic}/{sort}/{window}/{page}"),
        *_gets("dead", "T3 /3/topics/{topic}/{id}", "M1 /3/memegen/defaults"),
        *_gets("legacy", "K1 /3/g/custom/{sort}/{window}/{page}"),
        *_gets("dead", "K2 /3/g/custom/{id}", "K3 /3/g/filtered/{sort}/{window}/{page}",
               "K4 /3/g"),
    ],
    "Credits, feed and signing in": [
        *_gets("current", "X1 /3/credits", "X2 /3/feed"),
        *_gets("current", "O1 /oauth2/authorize",
               use="`imd.sign_in`, `imd.widgets.SignIn` (reported down since mid-2025)"),
        Row("O2", "POST", "/oauth2/token", use="`imd.auth.refresh`"),
        *_gets("current", "O3 /oauth2/secret", use="`session.get`"),
        *_gets("dead", "O4 /oauth2/addclient", use="a form for the browser"),
    ],
    "Writing": [
        Row("W1", "POST", "/3/image", use="`imd.share`, `session.post`"),
        Row("W2", "DELETE", "/3/image/{id}", use="`imd.unshare`, `session.delete`"),
        Row("W3", "POST", "/3/image/{id}"),
        Row("W4", "POST", "/3/image/{id}/favorite"),
        Row("W5", "POST", "/3/album"),
        Row("W6", "PUT", "/3/album/{id}"),
        Row("W7", "DELETE", "/3/album/{id}"),
        Row("W8", "POST", "/3/album/{id}/favorite"),
        Row("W9", "POST", "/3/album/{id}"),
        Row("W10", "POST", "/3/album/{id}/add"),
        Row("W11", "POST", "/3/album/{id}/remove_images"),
        Row("W12", "POST", "/3/gallery/image/{id}"),
        Row("W13", "DELETE", "/3/gallery/{id}"),
        Row("W14", "POST", "/3/gallery/tags/{id}"),
        Row("W15", "POST", "/3/gallery/{id}/vote/tag/{tag}/{vote}", "legacy"),
        Row("W16", "POST", "/3/gallery/image/{id}/report"),
        Row("W17", "POST", "/3/gallery/{id}/vote/{vote}"),
        Row("W18", "POST", "/3/gallery/{id}/comment"),
        Row("W19", "POST", "/3/gallery/{id}/comment/{comment}", "legacy"),
        Row("W20", "POST", "/3/comment"),
        Row("W21", "POST", "/3/comment/{comment}"),
        Row("W22", "DELETE", "/3/comment/{comment}"),
        Row("W23", "POST", "/3/comment/{comment}/vote/{vote}"),
        Row("W24", "POST", "/3/comment/{comment}/report"),
        Row("W25", "PUT", "/3/account/{username}/settings"),
        Row("W26", "POST", "/3/account/{username}/verifyemail"),
        Row("W27", "POST", "/account/v1/{username}/block"),
        Row("W28", "DELETE", "/account/v1/{username}/block"),
        Row("W29", "POST", "/3/account/me/follow/tag/{tag}"),
        Row("W30", "DELETE", "/3/account/me/follow/tag/{tag}"),
        Row("W31", "POST", "/3/account/me/delete", use="nothing: do that on imgur.com"),
        Row("W32", "POST", "/3/notification/{id}", "legacy"),
        Row("W33", "POST", "/3/conversations/{username}", "dead"),
        Row("W34", "PUT", "/3/g/{id}/add_tags", "dead"),
    ],
}  # fmt: skip

_HEAD = """\
# Endpoints

<!-- Made by `python docs/make_endpoints.py` from the table of endpoints: do not edit. -->

Every endpoint of Imgur's API, with the loader that gives its answer as a frame. For the others,
`session.fetch(path)` gives the unwrapped answer, from the cache as far as it may be kept, and
`imd.read_response(session.fetch(path), record)` makes a frame of it. Requests that change something
go through `session.post`, `session.put` and `session.delete`: they are never cached, and POSTs also
count against a limit of their own.

*current*: in Imgur's list of endpoints. *legacy*: no longer or never listed, but asked for by other
clients; loaders of Imgur's abandoned families raise a `DeprecationWarning` that says what is known.
*dead*: reported gone, or asked for by no client of this decade; it may answer 404. The cost is in
credits, as documented: a 304 and a 404 cost as much as an answer. Numbers are those of the API
reference.
"""


def rows() -> Iterator[Row]:
    """Yield every endpoint of the page."""
    for group in GROUPS.values():
        yield from group


def page() -> str:
    """Return the page as Markdown."""
    parts = [_HEAD]
    for title, group in GROUPS.items():
        cells = [("", "request", "call", "state", "cost"), ("---",) * 5]
        cells += [
            (row.number, f"`{row.method} {row.path}`", row.call, row.state, str(row.cost))
            for row in group
        ]
        parts += [f"\n## {title}\n\n", *(f"| {' | '.join(line)} |\n" for line in cells)]
    return "".join(parts)


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}: {sum(1 for _ in rows())} endpoints\n")


if __name__ == "__main__":
    main()
