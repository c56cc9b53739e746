"""Names of people, tags, subreddits and topics, and numbers, from texts, links and frames."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

from imgurdata.model.ids import collect, refuse_redacted
from imgurdata.model.links import LONGEST, comment_in, is_link, path_of, user_in

__all__ = [
    "collect_comment_ids", "collect_tags", "collect_usernames", "owner_of_folder",
    "parse_comment_id", "parse_conversation", "parse_folder", "parse_subreddit", "parse_tag",
    "parse_topic", "parse_username",
]  # fmt: skip

#: Imgur requires 4 to 63 letters and digits; older names are shorter or contain - and _.
_USERNAME = re.compile(r"[A-Za-z0-9_-]{1,63}")
_NUMBER = re.compile(r"[1-9][0-9]{0,18}")
_SUBREDDIT = re.compile(r"[A-Za-z0-9_]{2,21}")
#: Name of a tag or topic: words in any script.
_NAME = re.compile(r"(?:[\w .'&+!-]){1,100}")
#: What would lead to another path: a step up, or the name of a format.
_OTHER_PATH = re.compile(r"^\.{1,2}$|\.(?:json|xml)$", re.IGNORECASE)

#: Columns of our frames that hold user names, the likeliest first.
_NAME_COLUMNS = ("username", "account_url", "author", "url")

_A_NAME = (
    "a user name of letters, digits, - and _, or a link such as 'https://imgur.com/user/somebody'"
)
_A_TAG = "the name of a tag such as 'caturday', or a link such as 'https://imgur.com/t/caturday'"
_A_FOLDER = (
    "the number of a folder of favorites such as 11896757, or a link such as "
    "'https://imgur.com/user/somebody/favorites/folder/11896757'"
)
_A_NUMBER = (
    "the number of a comment such as 1938489503, or a link such as "
    "'https://imgur.com/gallery/2YxRdEi/comment/1938489503'"
)


def parse_username(text: Any) -> str:
    """Return the user name in a name or a link to a user's page; ``"me"`` is the own account.

    Examples
    --------
    >>> parse_username("https://imgur.com/user/some_body/posts")
    'some_body'
    """
    word = text.strip() if isinstance(text, str) and len(text) <= LONGEST else ""
    if is_link(word):
        word = user_in(path_of(word) or [])
    if not _USERNAME.fullmatch(word):
        refuse_redacted("username", _A_NAME, text)
    # Imgur's user names are case-insensitive, so "Me" cannot be another account.
    return "me" if word.lower() == "me" else word


def collect_usernames(names: Any) -> tuple[list[str], bool]:
    """Return all user names in an argument, each once, in order, and whether it is a single one.

    Names that differ in upper and lower case only are one name.

    Of a frame or mapping, ``username`` is taken, or Imgur's name for it (``account_url``,
    ``author``, ``url``); NA is skipped.
    """
    found, single = collect("usernames", _A_NAME, names, parse_username, lambda *_: _NAME_COLUMNS)
    first: dict[str, str] = {}
    for name in found:
        # Imgur answers "Somebody" and "somebody" alike: a second request would repeat the rows.
        first.setdefault(name.lower(), name)
    return list(first.values()), single


def parse_comment_id(value: Any, argument: str = "ids") -> str:
    """Return the number of a comment from a number, digits, or a link that holds it.

    Examples
    --------
    >>> parse_comment_id("https://imgur.com/gallery/2YxRdEi/comment/1938489503")
    '1938489503'
    """
    return _parse_number(argument, _A_NUMBER, value, comment_in)


def collect_comment_ids(ids: Any) -> tuple[list[str], bool]:
    """Return all numbers of comments in an argument, as :func:`collect_usernames` does."""
    return collect("ids", _A_NUMBER, ids, parse_comment_id, lambda *_: ("id",))


def parse_conversation(value: Any) -> str:
    """Return the number of a conversation."""
    allowed = "the number of a conversation (column id of load_conversations), such as 34361981"
    return _parse_number("conversation", allowed, value)


def parse_folder(value: Any) -> str:
    """Return the number of a folder of favorites from a number, digits, or a link to it.

    Examples
    --------
    >>> parse_folder("https://imgur.com/user/somebody/favorites/folder/11896757/public")
    '11896757'
    """
    return _parse_number("folder", _A_FOLDER, value, _folder_in)


def owner_of_folder(value: Any) -> str:
    """Return the user name in a link to a folder of favorites; empty if there is none."""
    text = value.strip() if isinstance(value, str) and len(value) <= LONGEST else ""
    return user_in(path_of(text) or []) if is_link(text) else ""


def _folder_in(words: list[str]) -> str:
    return words[words.index("folder") + 1] if "folder" in words[:-1] else ""


def _parse_number(
    argument: str,
    allowed: str,
    value: Any,
    number_in: Callable[[list[str]], str] | None = None,
) -> str:
    """Return the digits of a number above zero that 64 bits can hold.

    ``number_in`` finds it in the path of a link.
    """
    word = ""
    if isinstance(value, str):
        word = value.strip() if len(value) <= LONGEST else ""
        if number_in and is_link(word):
            word = number_in(path_of(word) or [])
    elif type(value).__name__ not in {"bool", "bool_"}:
        try:
            number = operator.index(value)
        except Exception:  # noqa: BLE001 - a foreign object may raise anything
            number = 0
        word = str(number) if 0 < number < 10**19 else ""
    if not _NUMBER.fullmatch(word):
        refuse_redacted(argument, allowed, value)
    return word


def parse_tag(value: Any) -> str:
    """Return the name of a tag from a name (``#`` may stand before it) or a link to its page.

    Examples
    --------
    >>> parse_tag("https://imgur.com/t/caturday"), parse_tag("#wait for it")
    ('caturday', 'wait_for_it')
    """
    return "_".join(_parse_name("tag", _A_TAG, value, ("t", "tag")).split())


def collect_tags(tags: Any) -> tuple[list[str], bool]:
    """Return all names of tags in an argument, as :func:`collect_usernames` does.

    Of a frame, the column ``name`` is taken.
    """
    return collect("tags", _A_TAG, tags, parse_tag, lambda *_: ("name",))


def parse_subreddit(value: Any) -> str:
    """Return the name of a subreddit from a name, ``r/name``, or a link to its page.

    Examples
    --------
    >>> parse_subreddit("r/aww"), parse_subreddit("https://imgur.com/r/aww/top")
    ('aww', 'aww')
    """
    allowed = "the name of a subreddit such as 'aww', or a link such as 'https://imgur.com/r/aww'"
    name = _parse_name("subreddit", allowed, value, ("r",))
    if not _SUBREDDIT.fullmatch(name):
        refuse_redacted("subreddit", allowed, value)
    return name


def parse_topic(value: Any) -> str:
    """Return the name or number of a topic; Imgur writes the spaces of a name as ``_``.

    Examples
    --------
    >>> parse_topic("Current Events"), parse_topic(17)
    ('Current_Events', '17')
    """
    allowed = "the name or number of a topic, such as 'Funny' or 2"
    if isinstance(value, str):
        return "_".join(_parse_name("topic", allowed, value, ("topic", "topics")).split())
    return _parse_number("topic", allowed, value)


def _parse_name(argument: str, allowed: str, value: Any, before: tuple[str, ...]) -> str:
    """Return a name that is one part of a path; ``before`` is what stands before it in links."""
    text = value.strip().lstrip("#") if isinstance(value, str) and len(value) <= LONGEST else ""
    if is_link(text):
        words = path_of(text) or []
        words = [word for word in words if word not in {"3", "gallery"}]
        text = words[1] if len(words) > 1 and words[0].lower() in before else ""
    if not _NAME.fullmatch(text) or _OTHER_PATH.search(text):
        refuse_redacted(argument, allowed, value)
    return text
