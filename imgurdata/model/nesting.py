"""Reading and writing of JSON that is nested deeper than JSON readers follow, without recursion.

JSON readers refuse to go deeper than some hundred levels, but trees of comments may. Only brackets
are followed here; the pieces between them are left to the readers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from imgurdata.errors import BadResponse

__all__ = ["documents", "encode", "members", "unnest"]

#: A text (whole, or cut off at the end) or a bracket. It never backtracks, so that every character
#: is read once.
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?|[{}\[\]]', re.DOTALL)
_COLON = re.compile(rb"[ \t\r\n]*:[ \t\r\n]*")
#: Space, byte order marks, and the separator of RFC 7464 may be between documents.
_BETWEEN = re.compile(rb"(?:[ \t\r\n\x1e]|\xef\xbb\xbf)*")


def documents(body: bytes) -> Iterator[tuple[int, int]]:
    """Yield start and end of each of several lists or objects, one after the other.

    A document that is cut off ends behind the body. Anything else than a list or object is yielded
    as one piece up to the end of the body.
    """
    start = _skip(body, 0)
    while start < len(body):
        end = len(body)
        if body[start : start + 1] in (b"{", b"["):
            end = _end_of(body, start)
        yield start, end
        start = _skip(body, end) if end < len(body) else end


def _skip(body: bytes, start: int) -> int:
    found = _BETWEEN.match(body, start)
    return found.end() if found else start


def _end_of(body: bytes, start: int) -> int:
    depth = 0
    for token in _TOKEN.finditer(body, start):
        mark = body[token.start()]
        depth += (mark in b"{[") - (mark in b"}]")
        if depth == 0:
            return token.end()
    return len(body) + 1


def members(document: bytes) -> dict[str, bytes]:
    """Return the values of an object by key, as raw JSON; raise BadResponse if it is cut off."""
    found: dict[str, bytes] = {}
    depth = 0
    key = ""
    start = 0
    for token in _TOKEN.finditer(document):
        mark = document[token.start()]
        depth += (mark in b"{[") - (mark in b"}]")
        if mark == ord('"') and depth == 1 and (colon := _COLON.match(document, token.end())):
            if start:
                found[key] = document[start : token.start()].rstrip(b" \t\r\n,")
            key, start = token[0][1:-1].decode("utf-8", "replace"), colon.end()
        elif depth == 0:
            if start:
                found[key] = document[start : token.start()].strip()
            return found
    raise BadResponse("The answer is not whole JSON: it is cut off.")


def unnest(rows: bytes, children: str) -> tuple[bytes, list[int | None]]:
    """Return a list of trees as a list of all nodes, and the place of each one's parent.

    ``children`` is the key of the list below an object; in the result these lists are empty.
    A list that is cut off, or holds something else than objects, raises BadResponse.
    """
    key = b'"%s"' % children.encode()
    nodes: list[list[bytes]] = []  # the pieces of each
    parents: list[int | None] = []
    open_nodes: list[tuple[int, int]] = []  # place and depth
    depth = 0
    start = rows.index(b"[") + 1
    lists = [1]  # depths of the open lists of nodes
    for token in _TOKEN.finditer(rows, start - 1):
        mark, at = rows[token.start()], token.start()
        if mark in b"{[":
            depth += 1
            if depth == lists[-1] + 1:
                if mark != ord("{") or rows[start:at].strip(b" \t\r\n,"):
                    break
                parents.append(open_nodes[-1][0] if open_nodes else None)
                open_nodes.append((len(nodes), depth))
                nodes.append([])
                start = at
        elif mark in b"}]":
            if lists and depth == lists[-1] and mark == ord("]"):
                if rows[start:at].strip(b" \t\r\n,"):
                    break
                lists.pop()
                start = at
                if not lists:
                    return b"[%s]" % b",".join(b"".join(node) for node in nodes), parents
            elif open_nodes and depth == open_nodes[-1][1]:
                nodes[open_nodes.pop()[0]].append(rows[start : at + 1])
                start = at + 1
            depth -= 1
        elif open_nodes and depth == open_nodes[-1][1] and token[0] == key:
            colon = _COLON.match(rows, token.end())
            if colon and rows[colon.end() : colon.end() + 1] == b"[":
                nodes[open_nodes[-1][0]].append(rows[start : colon.end() + 1])
                start = colon.end() + 1
                lists.append(depth + 1)
    raise BadResponse(
        "The answer is nested too deep to be read: it is cut off, or holds something else than "
        "objects."
    )


def encode(value: Any) -> bytes:
    """Return JSON of dicts and lists, however deep; raise ValueError if one contains itself."""
    pieces: list[bytes] = []
    inside: set[int] = set()
    levels: list[tuple[Iterator[Any], bytes, int]] = []
    while True:
        if isinstance(value, (dict, list, tuple)):
            if id(value) in inside:
                raise ValueError("it holds itself")
            inside.add(id(value))
            pieces.append(b"{" if isinstance(value, dict) else b"[")
            items = iter(value.items() if isinstance(value, dict) else value)
            levels.append((items, b"}" if isinstance(value, dict) else b"]", id(value)))
        else:
            pieces.append(msgspec.json.encode(value))
        while levels:
            items, close, name = levels[-1]
            following = next(items, levels)  # the list itself stands for the end
            if following is not levels:
                break
            levels.pop()
            inside.discard(name)
            pieces.append(close)
        else:
            return b"".join(pieces)
        if pieces[-1] not in (b"{", b"["):
            pieces.append(b",")
        value = following
        if close == b"}":
            key, value = following
            pieces.append(msgspec.json.encode(str(key)) + b":")
