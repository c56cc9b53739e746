"""User names and numbers of comments, out of whatever a person has."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pandas as pd

from imgurdata.errors import InvalidArgument, redact

__all__ = ["collect_comment_ids", "collect_usernames", "parse_comment_id", "parse_username"]

#: Imgur asks for 4 to 63 letters and digits; older names are shorter and hold - and _.
_USERNAME = re.compile(r"[A-Za-z0-9_-]{1,63}")
_USER_LINK = re.compile(r"(?:https?://)?[^/\s]+/user/([^/?#\s]+)(?:[/?#].*)?")
_COMMENT_LINK = re.compile(r".*/comment/([0-9]+)(?:[/?#].*)?")
_NUMBER = re.compile(r"[1-9][0-9]{0,18}")

#: Columns of our frames that hold user names, the likeliest first.
_NAME_COLUMNS = ("url", "account_url", "author")


def parse_username(text: Any) -> str:
    """The user name in a name or a link to a user's page; ``"me"`` is whoever is signed in.

    Raises
    ------
    InvalidArgument
        There is none in it.

    Examples
    --------
    >>> parse_username("https://imgur.com/user/some_body/posts")
    'some_body'
    """
    word = text.strip() if isinstance(text, str) else ""
    if link := _USER_LINK.fullmatch(word):
        word = link[1]
    if not _USERNAME.fullmatch(word):
        shown = redact(repr(text))
        raise InvalidArgument(
            f"{shown} is no user name: letters, digits, - and _, or a link such as "
            '"https://imgur.com/user/somebody".'
        )
    # Imgur's names know no case, so "Me" is nobody's.
    return "me" if word.lower() == "me" else word


def collect_usernames(names: Any) -> tuple[list[str], bool]:
    """All user names in what was given, each once, in order, and whether it was a single one.

    Parameters
    ----------
    names
        A name or link, an iterable or Series of them, or a frame with a column ``url``,
        ``account_url`` or ``author``; NA (nobody) is passed over.
    """
    if isinstance(names, str):
        return [parse_username(names)], True
    listed = _values(names, _NAME_COLUMNS, "a user name")
    return list(dict.fromkeys(parse_username(one) for one in listed)), False


def parse_comment_id(value: Any) -> str:
    """The number of a comment, from a number, digits, or a link that ends in it.

    Raises
    ------
    InvalidArgument
        There is none in it.

    Examples
    --------
    >>> parse_comment_id("https://imgur.com/gallery/2YxRdEi/comment/1938489503")
    '1938489503'
    """
    word = "" if isinstance(value, (bool, float)) else str(value).strip()
    if isinstance(value, str) and (link := _COMMENT_LINK.fullmatch(word)):
        word = link[1]
    if not _NUMBER.fullmatch(word):
        shown = redact(repr(value))
        raise InvalidArgument(f"{shown} is no number of a comment, such as 1938489503.")
    return word


def collect_comment_ids(ids: Any) -> tuple[list[str], bool]:
    """All numbers of comments in what was given, each once, in order, and whether it was one.

    Parameters
    ----------
    ids
        A number, digits or link, an iterable or Series of them, or a frame with a column ``id``.
    """
    # Bytes are an iterable of numbers, but of none of a comment.
    if isinstance(ids, (str, bytes)) or not isinstance(ids, Iterable):
        return [parse_comment_id(ids)], True
    listed = _values(ids, ("id",), "the number of a comment")
    return list(dict.fromkeys(parse_comment_id(one) for one in listed)), False


def _values(given: Any, columns: tuple[str, ...], what: str) -> list[Any]:
    if isinstance(given, pd.DataFrame):
        column = next((name for name in columns if name in given), None)
        if column is None:
            raise InvalidArgument(
                f"The frame has no column {' or '.join(map(repr, columns))}; it has "
                f"{list(given.columns)}."
            )
        given = given[column]
    if isinstance(given, pd.Series):
        return list(given.dropna())
    if not isinstance(given, Iterable):
        raise InvalidArgument(f"{given!r} is not {what}, nor a list of them.")
    return list(given)
