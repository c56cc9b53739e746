"""Lower bounds of the time."""

from __future__ import annotations

import socket
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import orjson

from benchmarks.trial import Case, Trial
from benchmarks.variants.by_hand import tree_urls

__all__ = ["orjson_alone", "sockets"]


def sockets(case: Case) -> Trial:
    """Pages over plain sockets, read and discarded: the network alone."""
    host, port = urlsplit(case.url).hostname, urlsplit(case.url).port
    paths = [urlsplit(url).path for url in case.page_urls()]

    def take(first: int) -> int:
        size = 0
        with socket.create_connection((host, port)) as connection:
            for path in paths[first :: case.workers]:
                head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\n"
                head += f"Authorization: Client-ID {case.client_id}\r\n\r\n"
                connection.sendall(head.encode())
                size += _read(connection)
        return size

    def run() -> int:
        with ThreadPoolExecutor(case.workers) as pool:
            return sum(pool.map(take, range(case.workers)))

    return Trial(run, lambda size: {"bytes": size})


def _read(connection: socket.socket) -> int:
    """Read one answer and return the size of its body."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65_536)
    head, _, body = received.partition(b"\r\n\r\n")
    (length,) = (int(line[16:]) for line in head.split(b"\r\n") if line[:15] == b"Content-Length:")
    came, buffer = len(body), bytearray(262_144)
    while came < length:
        came += connection.recv_into(buffer)
    return length


def orjson_alone(case: Case) -> Trial:
    """``orjson.loads`` of every comment tree from memory, discarded."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    bodies = [opener.open(url).read() for url in tree_urls(case)]

    def run() -> int:
        return sum(len(orjson.loads(body)["data"]) for body in bodies)

    return Trial(run, lambda tops: {"tops": tops})
