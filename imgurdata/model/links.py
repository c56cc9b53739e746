"""Ids, user names and comments in links to Imgur.

Imgur's links have many forms (API reference, Helpers; recorded links): ``/gallery/{id}``, since
May 2024 with the title before it (``/gallery/some-words-2YxRdEi``), ``/a/{id}``,
``/t/{tag}/{id}``, ``/r/{subreddit}/{id}``, ``/{id}``, favorites in folders, paths of the API, and
files ``i.imgur.com/{id}.jpg`` with a size letter after the id (``pKcuQYFh.gif``).
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import unquote, urlsplit

from imgurdata._addresses import GATEWAYS

__all__ = [
    "LONGEST", "SIZE_LETTERS", "comment_in", "is_link", "item_in", "leads_to_loopback", "path_of",
    "user_in",
]  # fmt: skip

#: Longest text that can be a link; longer texts are refused unread.
LONGEST = 2_000

#: Letters after an id in the name of a thumbnail (API reference, Helpers).
SIZE_LETTERS = frozenset("sbtmlhgr")

#: Hosts of Imgur's pages, files and API. Blog, help and store are not among them, nor is
#: i.stack.imgur.com, which holds the pictures of Stack Overflow.
_HOSTS = (
    frozenset(
        f"{part}{domain}"
        for domain in ("imgur.com", "imgur.io")
        for part in ("", "www.", "m.", "i.")
    )
    | {"api.imgur.com"}
    | GATEWAYS
)

_PICTURE_HOSTS = frozenset({"i.imgur.com", "i.imgur.io"})


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: First parts of paths that may lead to an item, a user or a comment.
_FIRST = _words(
    "3 a account album comment download embed g gallery image post r t topic topics user "
)

#: Names of Imgur's own pages, sort orders and periods, which are no ids.
_PAGE_WORDS = _words(
    "3 a about account ads advertise album albums all api apidocs apps arcade awards banned best "
    "beta blog browse captcha careers ccpa comment comments community contact cookie cookies "
    "copyright covers create custom day default delete desktop developers discover dmca download "
    "edit embed emerald error explore faq favorite favorites favourites features feed feeds "
    "filtered folder folders follow following forgot forgotpassword g gallery giftool grid "
    "guidelines help hidden home horizontal hot image images imgur inbox include index invite "
    "jobs latest layout leaderboard legal login logout m mature meme memegen memes messages "
    "minimal mobile month most new newest newsletter noscript notifications oauth oauth2 oembed "
    "oldest page password popular post posts premium press pricing privacy private pro profile "
    "public r random recent register registerapp removal removalrequest removed replies report "
    "resetpassword rising robots rss rules s safety score search secret secretsanta settings "
    "signin signout signup snacks sort statistics stats status store submitted subscribe support "
    "t tag tags team terms time today tools top topic topics tos trending trophies undefined "
    "upload uploads user users usersub vertical video vidgif view viral votes wallet week welcome "
    "worst year zip "
)

#: Parts that may follow the id of ``imgur.com/{id}/...``.
_AFTER_ID = _words("all best comment comments embed hot layout new old top ")

#: Ids have 5 (old) or 7 letters and digits; up to 10 are accepted in case they grow. Delete hashes
#: have 15 and must never be taken for an id.
_ID = re.compile(r"[A-Za-z0-9]{5,10}")
_SURE_ID = re.compile(r"[A-Za-z0-9]{5}|[A-Za-z0-9]{7}")
_FILE = re.compile(
    r"(?P<id>[A-Za-z0-9]{5}|[A-Za-z0-9]{7})(?:[sbtmlhgr]|_[a-z]{1,2})?"
    # Pictures and videos only: robots.txt and favicon.ico are files of the site.
    r"\.(?i:jpe?g|jfif|a?png|gifv?|webp|webm|avif|heic|bmp|tiff?|mp4|m4v|mpe?g|mov|avi|mkv|flv|wmv"
    r"|xcf|pdf)"
)
#: An id with a size letter after it, in a link without an extension.
_THUMBNAIL = re.compile(r"((?:[A-Za-z0-9]{2})?[A-Za-z0-9]{5})[sbtmlhgr]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,20}://")
_UNSAFE = re.compile(r"[\s\\\x00-\x1f\x7f]")


def is_link(text: str) -> bool:
    """Return whether a text is a link or a path rather than a bare name."""
    return "/" in text or "\\" in text


def path_of(link: str) -> list[str] | None:
    """Return the parts of the path of a link (its scheme may be missing) or of a path.

    None if the link leads neither to Imgur nor to a sandbox on this machine.
    """
    # Links copied from running text may include brackets and punctuation around them.
    link = link.strip().lstrip("<([{\"'`*").rstrip(">)]}\"'`*.,:;!?")
    if not link or len(link) > LONGEST or _UNSAFE.search(link):
        return None
    if not link.startswith("/") and not _SCHEME.match(link):
        # Without a scheme, a link begins with the host or with the path.
        link = f"/{link}" if link.partition("/")[0].lower() in _FIRST else f"//{link}"
    try:
        parts = urlsplit(link)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in {"", "http", "https"} or "@" in parts.netloc:
        return None
    if parts.scheme or link.startswith("//"):
        host = (host or "").removesuffix(".")
        if host not in _HOSTS and not _is_loopback(host):
            return None
        if host in _HOSTS and port not in {None, 80, 443}:
            return None
    try:
        words = [unquote(word, errors="strict") for word in parts.path.split("/") if word]
    except UnicodeDecodeError:
        return None
    if {".", ".."} & set(words):
        return None
    if words[:1] == ["3"]:
        words[-1] = re.sub(r"\.(json|xml)$", "", words[-1])  # the form of the answer
    if host in _PICTURE_HOSTS and len(words) == 1 and (small := _THUMBNAIL.fullmatch(words[0])):
        return [small[1]]
    return words


def leads_to_loopback(link: str) -> bool:
    """Return whether a link names a host of this machine, as those of a sandbox do."""
    try:
        host = urlsplit(link[:LONGEST]).hostname
    except ValueError:
        return False
    return host is not None and _is_loopback(host)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def item_in(words: list[str]) -> str:
    """Return the id of the post, album or image in a path; empty if there is none."""
    of_api = words[:1] == ["3"]
    words = _without_api(words)
    if not words:
        return ""
    first = words[0].lower()
    if first == "gallery" and len(words) > 1 and words[1] in _INSIDE_GALLERY:
        return item_in(words[1:])
    if first in _BEFORE_ID:
        before = _BEFORE_ID[first]
        return _id_of(words[before]) if len(words) > before else ""
    if first == "user":
        return _favorite_in(words[2:])
    if first == "account":
        # /account/{name}/image/{id}, /account/{name}/album/{id}
        named = len(words) > 3 and words[2] in {"image", "album"}
        return _id_of(words[3]) if named else ""
    if of_api or (len(words) > 1 and words[1].lower() not in _AFTER_ID):
        return ""
    # Titles are before ids only after /gallery/ and the like; at the root they are pages.
    return "" if "-" in words[0] else _id_of(words[0])


#: How many parts of a path are before the id, by the first part. Parts after the id
#: (``/comment/123``, ``/layout/grid``) do not matter.
_BEFORE_ID = {
    **dict.fromkeys(("a", "album", "gallery", "image", "download", "embed"), 1),
    **dict.fromkeys(("r", "t", "topic", "topics", "g"), 2),
}
_INSIDE_GALLERY = frozenset({"album", "image", "r", "t", "g", "topics"})


def _without_api(words: list[str]) -> list[str]:
    """Return a path without the prefixes of the API: ``/3``, ``/post/v1/albums``."""
    if words[:1] == ["3"]:
        return words[1:]
    if words[:2] == ["post", "v1"] and words[2:3] and words[2] in {"posts", "albums", "media"}:
        return ["gallery", *words[3:]]
    return words


def _favorite_in(words: list[str]) -> str:
    """Return the post in the part of a path after a user's name; empty if it is a list."""
    if words[:2] == ["favorites", "folder"]:
        return _id_of(words[4]) if len(words) > 4 else ""
    if words[:1] in (["favorites"], ["posts"], ["submitted"]) and len(words) == 2:
        return _id_of(words[1]) if _SURE_ID.fullmatch(words[1]) else ""
    return ""


def _id_of(word: str) -> str:
    """Return the id in one part of a path: a file name, an id, or a title that ends in it."""
    if file := _FILE.fullmatch(word):
        word = file["id"]
    elif "." not in word:
        word = word.rsplit("-", 1)[-1]
    return word if _ID.fullmatch(word) and not _is_page_word(word) else ""


def _is_page_word(word: str) -> bool:
    """Return whether a part of a path is the name of a page: search, Search or SEARCH."""
    lower = word.lower()
    return word in {lower, lower.capitalize(), lower.upper()} and lower in _PAGE_WORDS


def comment_in(words: list[str]) -> str:
    """Return the number of the comment in a path; empty if there is none."""
    return words[words.index("comment") + 1] if "comment" in words[:-1] else ""


def user_in(words: list[str]) -> str:
    """Return the user name in a path; empty if there is none."""
    if words[:2] == ["3", "account"]:
        return words[2] if len(words) > 2 else ""
    return words[1] if len(words) > 1 and words[0].lower() == "user" else ""
