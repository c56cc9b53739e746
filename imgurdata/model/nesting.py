"""JSON that is nested deeper than JSON readers follow: taken apart without recursion.

Readers give up at some hundred levels. Trees of comments may be deeper; only their brackets are
walked here, and the pieces are left to the readers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from imgurdata.errors import BadResponse

__all__ = ["documents", "encode", "members", "unnest"]

#: A text (whole, or cut off at the end) or a bracket: always matches where it begins, so that no
#: character is looked at twice.
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?|[{}\[\]]', re.DOTALL)
_COLON = re.compile(rb"[ \t\r\n]*:[ \t\r\n]*")
#: What may stand between documents: space, byte order marks, and the separator of RFC 7464.
_BETWEEN = re.compile(rb"(?:[ \t\r\n\x1e]|\xef\xbb\xbf)*")


def documents(body: bytes) -> Iterator[tuple[int, int]]:
    """Yield where each of several lists or objects, one behind the other, begins and ends.

    The last one ends behind the body where it is cut off. What follows that begins with no bracket
    is yielded as a piece from there to the end.
    """
    depth = 0
    start = _skip(body, 0)
    while start < len(body):
        end = len(body) + 1
        if body[start : start + 1] in (b"{", b"["):
            for token in _TOKEN.finditer(body, start):
                mark = body[token.start()]
                depth += mark in b"{["
                depth -= mark in b"}]"
                if depth == 0:
                    end = token.end()
                    break
        else:
            end = len(body)
        yield start, end
        depth = 0
        start = _skip(body, end) if end <= len(body) else end


def _skip(body: bytes, start: int) -> int:
    found = _BETWEEN.match(body, start)
    return found.end() if found else start


def members(document: bytes) -> dict[str, bytes]:
    """Return the values of an object by their keys, as the bytes they are.

    Raises
    ------
    BadResponse
        It is no whole object.
    """
    found: dict[str, bytes] = {}
    depth = 0
    key: bytes | None = None
    start = 0
    for token in _TOKEN.finditer(document):
        mark = document[token.start()]
        if mark in b"{[":
            depth += 1
        elif mark in b"}]":
            depth -= 1
        if mark == ord('"') and depth == 1 and (colon := _COLON.match(document, token.end())):
            if key is not None:
                found[_text(key)] = document[start : token.start()].rstrip(b" \t\r\n,")
            key, start = token[0], colon.end()
        elif depth == 0:
            if key is not None:
                found[_text(key)] = document[start : token.start()].strip()
            return found
    raise BadResponse("The answer is not whole JSON: it is cut off.")


def _text(key: bytes) -> str:
    return key[1:-1].decode("utf-8", "replace")


def unnest(rows: bytes, children: str) -> tuple[bytes, list[int | None]]:
    """Return a list of trees as a list of all its nodes, and the place of each one's parent.

    Parameters
    ----------
    rows : bytes
        JSON of a list of objects.
    children : str
        Key of the list of objects below an object. It is empty in the result.

    Raises
    ------
    BadResponse
        It is no whole list, or something else than objects stands among them.
    """
    key = b'"%s"' % children.encode()
    nodes: list[list[bytes]] = []  # the pieces of each
    parents: list[int | None] = []
    open_nodes: list[tuple[int, int]] = []  # place, and how deep it stands
    depth = 0
    start = rows.index(b"[") + 1
    lists = [1]  # how deep the lists of nodes stand that are open
    tokens = _TOKEN.finditer(rows, start - 1)
    for token in tokens:
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
    """Return JSON of dicts and lists, however deep.

    Raises
    ------
    ValueError
        It holds itself.
    """
    pieces: list[bytes] = []
    inside: set[int] = set()
    frames: list[tuple[Iterator[Any], bytes, int]] = []
    while True:
        if isinstance(value, (dict, list, tuple)):
            if id(value) in inside:
                raise ValueError("it holds itself")
            inside.add(id(value))
            is_dict = isinstance(value, dict)
            pieces.append(b"{" if is_dict else b"[")
            members = iter(value.items() if isinstance(value, dict) else value)
            frames.append((members, b"}" if is_dict else b"]", id(value)))
        else:
            pieces.append(msgspec.json.encode(value))
        while frames:
            members, close, name = frames[-1]
            following = next(members, frames)
            if following is not frames:
                break
            frames.pop()
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
