"""Saved answers to the frame that the loader would give."""

from __future__ import annotations

import codecs
import gzip
import io
import json
import os
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import msgspec
import pandas as pd

from imgurdata._format import bytes_text
from imgurdata._validate import boolean, refuse, shown
from imgurdata.errors import BadResponse, ImgurDataError, InvalidArgument
from imgurdata.model.envelope import error_of, is_bare, unwrap
from imgurdata.model.formats import head, to_bytes
from imgurdata.model.frames import FrameBuilder
from imgurdata.model.nesting import documents, encode
from imgurdata.model.records import find_record
from imgurdata.model.schema import SCHEMA_VERSION

__all__ = ["read_response", "schema"]

#: Saved answers that are larger when unpacked are refused: a few bytes may unpack to terabytes.
LARGEST = 2**31

# A text is an answer when it begins like one (JSON, XML, JSONP), else a path.
_CALL = re.compile(r"(?:/\*\*/)?\s{0,20}[A-Za-z_$][\w$.]{0,199}\s{0,20}\(\s{0,20}[{\[]")
_GZIP = b"\x1f\x8b"
#: Longest text that can be a path.
_LONGEST_PATH = 4_000


def schema(record: str) -> pd.DataFrame:
    """Return what the columns of a record are.

    Parameters
    ----------
    record : str
        ``"post"``, ``"image"``, ``"album"``, ``"comment"``, ``"account"``,
        ``"account_settings"``, ``"tag"``, ``"trophy"``, ``"notification"``, ``"vote"`` or
        ``"credits"``.

    Returns
    -------
    pandas.DataFrame
        A row a column: ``name, dtype, unit, meaning, source``. Fields that answers hold and
        frames leave out on purpose come last; their ``dtype`` is ``"dropped"``.

    Raises
    ------
    InvalidArgument
        There is no such record.

    Examples
    --------
    >>> import imgurdata as imd
    >>> imd.schema("post").set_index("name").loc["views", "dtype"]
    'Int64'
    """
    return find_record(record).describe()


def read_response(source: Any, record: str, *, nested: bool = False) -> pd.DataFrame:
    """Read saved answers of the Imgur API into the frame that the loader would give.

    Parameters
    ----------
    source : path, file, requests.Response, bytes, str, dict, or a list of these
        A path or an open file; a response; bytes or text of an answer; an answer already decoded.
        In its envelope or bare; JSON, JSON Lines, JSONP or XML, also gzipped or in UTF-16; of
        version 3 of the API or of the website's own (``post/v1``). Several documents, one a line
        or one behind the other, are read as a list of dicts is: as one list of records where they
        are records, and as several answers where they are envelopes.
    record : str
        What the rows are, as in :func:`schema`.
    nested : bool
        Keep ``images_json`` and ``tags_json`` of posts.

    Returns
    -------
    pandas.DataFrame
        The columns of ``imd.schema(record)``, as many rows as the answers hold; ``fetched_at``,
        ``listing`` and ``rank`` are NA, since a file can't know them.

    Raises
    ------
    ApiError, CreditsExhausted
        The saved answer is one of Imgur's errors.
    BadResponse
        It is no answer of Imgur's API, not of this record, or cut off; the message names the file
        and the line.
    InvalidArgument
        No such record, no such file, or a source of another type.

    Examples
    --------
    >>> import imgurdata as imd
    >>> answer = b'{"data":[{"id":"abcdefg","views":"7"}],"success":true,"status":200}'
    >>> imd.read_response(answer, "post")["views"].tolist()
    [7]
    """
    declared = find_record(record)
    builder = FrameBuilder(declared, nested=boolean("nested", nested))
    answers = 0
    for answer in _answers(source):
        try:
            if answer.status is not None and answer.status >= 400:
                raise error_of(answer.status, answer.body)
            builder.add(unwrap(answer.body, status=answer.status))
        except ImgurDataError as error:
            if answer.name:
                error.args = (f"{answer.name}: {error.message}", *error.args[1:])
            raise
        answers += 1
    frame = builder.frame()
    frame.attrs["imgurdata"] = {
        "record": declared.name,
        "schema_version": SCHEMA_VERSION,
        "answers": answers,
        **builder.notes.to_dict(),
    }
    return frame


class _Answer(NamedTuple):
    """The bytes of one answer, where they are from (a file, a line), and the HTTP status."""

    body: bytes
    name: str = ""
    status: int | None = None


def _answers(source: Any) -> Iterator[_Answer]:
    """Each answer in a source."""
    # With a stack: lists may be nested, even in themselves.
    waiting = [(source, 0)]
    while waiting:
        one, depth = waiting.pop()
        if not isinstance(one, (list, tuple)):
            yield from _answers_of(one)
        elif one and all(isinstance(part, dict) and not _is_envelope(part) for part in one):
            yield _Answer(_encode(list(one)))
        elif depth > _DEEPEST_LIST:
            refuse("source", "a list of answers, nested no deeper than that", one)
        else:
            waiting += [(part, depth + 1) for part in reversed(one)]


#: Lists of answers may hold lists, down to here.
_DEEPEST_LIST = 20


def _answers_of(source: Any) -> Iterator[_Answer]:
    """The answers in a source that is no list."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        yield from _documents(bytes(source))
    elif isinstance(source, str):
        if _is_answer(source):
            yield from _documents(to_bytes(source))
        else:
            yield from _documents(*_read_file(source))
    elif isinstance(source, os.PathLike):
        yield from _documents(*_read_file(source))
    elif isinstance(source, Mapping):
        yield _Answer(_encode(dict(source)))
    elif hasattr(source, "status_code") and hasattr(source, "content"):
        body, name = _read_body(lambda: source.content, source)
        status = source.status_code
        for answer in _documents(body, name):
            yield answer._replace(status=status if isinstance(status, int) else None)
    elif callable(getattr(source, "read", None)):
        yield from _documents(*_read_body(source.read, source))
    else:
        refuse(
            "source",
            "a path, an open file, a response, bytes, text, a dict, or a list of these",
            source,
        )


def _is_answer(text: str) -> bool:
    begin = text[:_LONGEST_PATH].lstrip("\ufeff \t\r\n\x1e")
    return begin[:1] in {"{", "[", "<"} or bool(_CALL.match(begin))


def _documents(body: bytes, name: str = "") -> Iterator[_Answer]:
    """Each answer in bytes that hold one or several documents.

    Raises
    ------
    BadResponse
        A document is cut off, or something else stands among them; the line is named.
    """
    try:
        body = _plain(body).removeprefix(codecs.BOM_UTF8)
        if body.lstrip(_SEPARATORS)[:1] not in (b"{", b"["):
            yield _Answer(body, name)
            return
        found = _lines(body) or _walked(body)
    except BadResponse as error:
        where = f"{name}: " if name else ""
        raise BadResponse(f"{where}{error.message}", body=error.body) from None
    if len(found) == 1:
        yield _Answer(found[0][1], name)
    elif all(is_bare(document) for _, document in found):
        yield _Answer(b"[%s]" % b",".join(document for _, document in found), name)
    else:
        for line, document in found:
            yield _Answer(document, f"{name}, line {line}" if name else f"line {line}")


def _lines(body: bytes) -> list[tuple[int, bytes]]:
    """The documents of a body that holds one a line, by number of line; none where it does not."""
    try:
        return [(1, bytes(_RAW.decode(body)))]
    except RecursionError:
        return []
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    found = []
    for number, line in enumerate(body.split(b"\n"), 1):
        try:
            if line.strip():
                found.append((number, bytes(_RAW.decode(line))))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return []
    return found


_RAW = msgspec.json.Decoder(msgspec.Raw)
#: Space, and what RFC 7464 writes before each document.
_SEPARATORS = b" \t\r\n\v\f\x1e"


def _walked(body: bytes) -> list[tuple[int, bytes]]:
    """The documents of a body, whatever stands between them, by number of line."""
    found: list[tuple[int, bytes]] = []
    line, counted = 1, 0
    for start, end in documents(body):
        line += body.count(b"\n", counted, start)
        counted = start
        document = body[start:end]
        if document[:1] not in (b"{", b"["):
            raise BadResponse(
                f"Line {line} holds something else than an answer: {head(document, 60)!r}.",
                body=head(document),
            )
        if end > len(body):
            raise BadResponse(
                f"The document that begins in line {line} is cut off.", body=head(document)
            )
        found.append((line, document))
    return found


def _plain(body: bytes) -> bytes:
    """UTF-8 of bytes that may be gzipped or in UTF-16."""
    if body.startswith(_GZIP):
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
                body = file.read(LARGEST + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise BadResponse(f"The gzip file is damaged or cut off ({error}).") from None
        if len(body) > LARGEST:
            raise BadResponse(f"The gzip file holds more than {bytes_text(LARGEST)}.")
    for mark, encoding in _ENCODINGS:
        if body.startswith(mark):
            return body.decode(encoding, "replace").removeprefix("\ufeff").encode()
    # Without a mark: of two or four bytes of a bracket all but one are zero.
    zeros = body[:4].count(0)
    if zeros and body[:4].strip(b"\0")[:1] in (b"{", b"[", b"<"):
        width = "32" if zeros == 3 else "16"
        return body.decode(f"utf-{width}-{'be' if body[0] == 0 else 'le'}", "replace").encode()
    return body


#: Marks at the beginning of a file; the longer ones first, since they begin like the others.
_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def _is_envelope(value: dict[Any, Any]) -> bool:
    return "errors" in value or ("data" in value and bool({"success", "status"} & value.keys()))


def _read_file(path: str | os.PathLike[str]) -> tuple[bytes, str]:
    try:
        if isinstance(path, str) and not 0 < len(path) <= _LONGEST_PATH:
            raise ValueError("it is no path")
        file = Path(path)
        return file.read_bytes(), file.name
    except (OSError, ValueError, TypeError) as error:
        _refuse_unread(path, error)


def _read_body(read: Callable[[], Any], source: Any) -> tuple[bytes, str]:
    """What an open file or a response holds, and its name."""
    try:
        held = read()
    except Exception as error:  # noqa: BLE001 - a foreign object may raise anything
        _refuse_unread(source, error)
    if isinstance(held, str):
        held = to_bytes(held)
    if not isinstance(held, (bytes, bytearray, memoryview)):
        refuse("source", "a file or response that gives bytes or text", held)
    name = getattr(source, "name", "")
    return bytes(held), Path(name).name if isinstance(name, str) else ""


def _refuse_unread(source: Any, error: Exception) -> NoReturn:
    reason = getattr(error, "strerror", None) or error or type(error).__name__
    raise InvalidArgument(
        f"source must be something that can be read; got {shown(source)}: {_shown_text(reason)}."
    ) from None


def _shown_text(reason: object) -> str:
    """Return a reason as a message may quote it."""
    return shown(str(reason).rstrip("."))[1:-1]


def _encode(value: Any) -> bytes:
    try:
        try:
            return msgspec.json.encode(value)
        except UnicodeEncodeError:
            # Half an emoji, as json.loads hands it on: escaped again, it is mended like any other.
            return json.dumps(value).encode()
        except RecursionError:
            return encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidArgument(
            f"source must be a decoded answer; got {shown(value)}: {_shown_text(error)}."
        ) from None
