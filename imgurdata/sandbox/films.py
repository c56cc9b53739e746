"""Draws the films that the sandbox's links point at: Motion JPEG in an MP4 file, without sound.

Players such as VLC and ffmpeg show them; browsers do not know the codec.
"""

from __future__ import annotations

import struct
from functools import lru_cache

from imgurdata.sandbox.pictures import draw

__all__ = ["film"]

_FRAMES, _SCALE, _STEP = 6, 1_000, 120
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


@lru_cache(maxsize=16)
def film(name: str, caption: str, width: int, height: int) -> bytes:
    """Draw a film of six frames.

    Examples
    --------
    >>> film("a1b2c3d", "A caption", 64, 48)[4:8]
    b'ftyp'
    """
    size = (min(width, 480), max(1, round(height * min(width, 480) / max(width, 1))))
    frames = [draw(f"{name}{step}", caption, *size, "", "jpg") for step in range(_FRAMES)]
    head = _box(b"ftyp", b"isom", struct.pack(">I", 512), b"isomiso2mp41")
    # The table of frames needs to know where they begin, which depends on its own length.
    length = len(_movie(frames, size, 0))
    return head + _movie(frames, size, len(head) + length + 8) + _box(b"mdat", *frames)


def _movie(frames: list[bytes], size: tuple[int, int], begin: int) -> bytes:
    duration, (width, height) = _FRAMES * _STEP, size
    movie = struct.pack(">5IIH10x", 0, 0, 0, _SCALE, duration, 0x10000, 0x100)
    track = struct.pack(">5I8x4H", 0, 0, 1, 0, duration, 0, 0, 0, 0)
    track = (
        b"\x00\x00\x00\x03" + track[4:] + _MATRIX + struct.pack(">II", width << 16, height << 16)
    )
    media = struct.pack(">5IHH", 0, 0, 0, _SCALE, duration, 0x55C4, 0)
    handler = struct.pack(">II4s12x", 0, 0, b"vide") + b"film\0"
    entry = struct.pack(
        ">6xH16xHHIIIH31pHh", 1, width, height, 0x480000, 0x480000, 0, 1, b"Motion JPEG", 24, -1
    )
    tables = _box(
        b"stbl",
        _box(b"stsd", struct.pack(">II", 0, 1), _box(b"jpeg", entry)),
        _box(b"stts", struct.pack(">IIII", 0, 1, len(frames), _STEP)),
        _box(b"stsc", struct.pack(">IIIII", 0, 1, 1, len(frames), 1)),
        _box(b"stsz", struct.pack(">III", 0, 0, len(frames)), *_lengths(frames)),
        _box(b"stco", struct.pack(">III", 0, 1, begin)),
    )
    data = _box(b"dinf", _box(b"dref", struct.pack(">II", 0, 1), _box(b"url ", b"\0\0\0\1")))
    information = _box(b"minf", _box(b"vmhd", b"\0\0\0\1" + bytes(8)), data, tables)
    return _box(
        b"moov",
        _box(b"mvhd", movie, _MATRIX, bytes(24), struct.pack(">I", 2)),
        _box(
            b"trak",
            _box(b"tkhd", track),
            _box(b"mdia", _box(b"mdhd", media), _box(b"hdlr", handler), information),
        ),
    )


def _lengths(frames: list[bytes]) -> list[bytes]:
    return [struct.pack(">I", len(frame)) for frame in frames]


def _box(kind: bytes, *contents: bytes) -> bytes:
    content = b"".join(contents)
    return struct.pack(">I", len(content) + 8) + kind + content
