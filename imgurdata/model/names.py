"""User names and numbers of comments from texts, links, Series and frames."""

from __future__ import annotations

import operator
import re
from typing import Any

from imgurdata.model.ids import collect, refuse_redacted
from imgurdata.model.links import LONGEST, comment_in, is_link, path_of, user_in

__all__ = ["collect_comment_ids", "collect_usernames", "parse_comment_id", "parse_username"]

#: Imgur requires 4 to 63 letters and digits; older names are shorter or contain - and _.
_USERNAME = re.compile(r"[A-Za-z0-9_-]{1,63}")
_NUMBER = re.compile(r"[1-9][0-9]{0,18}")

#: Columns of our frames that hold user names, the likeliest first.
_NAME_COLUMNS = ("username", "account_url", "author", "url")

_A_NAME = (
    "a user name of letters, digits, - and _, or a link such as 'https://imgur.com/user/somebody'"
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

    Of a frame or mapping, ``username`` is taken, or Imgur's name for it (``account_url``,
    ``author``, ``url``); NA is skipped.
    """
    return collect("usernames", _A_NAME, names, parse_username, lambda *_: _NAME_COLUMNS)


def parse_comment_id(value: Any) -> str:
    """Return the number of a comment from a number, digits, or a link that holds it.

    Examples
    --------
    >>> parse_comment_id("https://imgur.com/gallery/2YxRdEi/comment/1938489503")
    '1938489503'
    """
    word = ""
    if isinstance(value, str):
        word = value.strip() if len(value) <= LONGEST else ""
        if is_link(word):
            word = comment_in(path_of(word) or [])
    elif type(value).__name__ not in {"bool", "bool_"}:
        try:
            number = operator.index(value)
        except (TypeError, ValueError):
            number = 0
        word = str(number) if 0 < number < 10**19 else ""
    if not _NUMBER.fullmatch(word):
        refuse_redacted("ids", _A_NUMBER, value)
    return word


def collect_comment_ids(ids: Any) -> tuple[list[str], bool]:
    """Return all numbers of comments in an argument, as :func:`collect_usernames` does."""
    return collect("ids", _A_NUMBER, ids, parse_comment_id, lambda *_: ("id",))
