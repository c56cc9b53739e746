"""Saved answers to the frame that the loader would return."""

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
from imgurdata.model.formats import BROKEN, head, to_bytes
from imgurdata.model.frames import FrameBuilder
from imgurdata.model.nesting import documents, encode
from imgurdata.model.records import find_record, find_table
from imgurdata.model.schema import SCHEMA_VERSION

__all__ = ["read_response", "schema"]

#: Largest unpacked size of a saved answer, because a small gzip file may unpack to terabytes.
LARGEST = 2**31

# A text is an answer if it begins like one (JSON, XML, JSONP), else a path.
_CALL = re.compile(r"(?:/\*\*/)?\s{0,20}[A-Za-z_$][\w$.]{0,199}\s{0,20}\(\s{0,20}[{\[]")
_GZIP = b"\x1f\x8b"
#: Longest text that can be a path.
_LONGEST_PATH = 4_000


def schema(record: str) -> pd.DataFrame:
    """Return the data dictionary of a record.

    Parameters
    ----------
    record : str
        ``"post"``, ``"image"``, ``"album"``, ``"comment"``, ``"account"``,
        ``"account_counts"``, ``"account_settings"``, ``"tag"``, ``"trophy"``, ``"notification"``,
        ``"conversation"``, ``"message"``, ``"topic"``, ``"vote"`` or ``"credits"``; or
        ``"snapshot"``, the ledger of an :class:`~imgurdata.Archive`.

    Returns
    -------
    pandas.DataFrame
        One row per column: ``name, dtype, unit, meaning, source``. What people look for first
        comes first; ``username`` is in every record that names a person. Keys of answers that are
        left out of frames on purpose come last, with ``dtype`` ``"dropped"``.

    Raises
    ------
    InvalidArgument
        The record does not exist.

    Examples
    --------
    >>> import imgurdata as imd
    >>> imd.schema("post").set_index("name").loc["views", "dtype"]
    'Int64'
    """
    return find_table(record).describe()


def read_response(source: Any, record: str, *, nested: bool = False) -> pd.DataFrame:
    """Read saved answers of the Imgur API into the frame that the loader would return.

    Parameters
    ----------
    source : path, file, requests.Response, bytes, str, dict, or a list of these
        A path or an open file; a response; bytes or text of an answer; an answer already decoded.
        In its envelope or bare; JSON, JSON Lines, JSONP or XML, also gzipped or in UTF-16; of
        version 3 of the API or of the website's own (``post/v1``). Several documents, one per
        line or one after the other, are read like a list of dicts: as one list of records if they
        are records, and as several answers if they are envelopes.
    record : str
        Record of the rows, as in :func:`schema`.
    nested : bool
        Keep ``images_json`` and ``tags_json`` of posts.

    Returns
    -------
    pandas.DataFrame
        The columns of ``imd.schema(record)``, as many rows as the answers hold; ``fetched_at``,
        ``listing`` and ``rank`` are NA, since files do not hold them.

    Raises
    ------
    ApiError, CreditsExhausted
        The saved answer is one of Imgur's errors.
    BadResponse
        The source is no answer of Imgur's API, not of this record, or cut off; the message names
        the file and the line.
    InvalidArgument
        The record or the file does not exist, or the source has another type.

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
    """Bytes of one answer, its origin (a file, a line), and the HTTP status."""

    body: bytes
    name: str = ""
    status: int | None = None


#: How deep lists of answers may be nested.
_DEEPEST_LIST = 20


def _answers(source: Any) -> Iterator[_Answer]:
    """Yield each answer in a source."""
    # Uses a stack because a list may even contain itself.
    pending = [(source, 0)]
    while pending:
        item, depth = pending.pop()
        if not isinstance(item, (list, tuple)):
            yield from _answers_of(item)
        elif item and all(isinstance(part, dict) and not _is_envelope(part) for part in item):
            yield _Answer(_encode(list(item)))
        elif depth > _DEEPEST_LIST:
            refuse("source", f"a list of answers, nested at most {_DEEPEST_LIST} levels deep", item)
        else:
            pending += [(part, depth + 1) for part in reversed(item)]


def _answers_of(source: Any) -> Iterator[_Answer]:
    """Yield the answers in a source that is no list."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        yield from _documents(bytes(source))
    elif isinstance(source, str) and _is_answer(source):
        yield from _documents(to_bytes(source))
    elif isinstance(source, (str, os.PathLike)):
        yield from _documents(*_read_file(source))
    elif isinstance(source, Mapping):
        yield _Answer(_encode(dict(source)))
    elif hasattr(source, "status_code") and hasattr(source, "content"):
        body, name = _read_body(lambda: source.content, source)
        status = source.status_code if isinstance(source.status_code, int) else None
        for answer in _documents(body, name):
            yield answer._replace(status=status)
    elif callable(getattr(source, "read", None)):
        yield from _documents(*_read_body(source.read, source))
    else:
        allowed = "a path, an open file, a response, bytes, text, a dict, or a list of these"
        refuse("source", allowed, source)


def _is_answer(text: str) -> bool:
    begin = text[:_LONGEST_PATH].lstrip("\ufeff \t\r\n\x1e")
    return begin[:1] in {"{", "[", "<"} or bool(_CALL.match(begin))


def _is_envelope(value: dict[Any, Any]) -> bool:
    return "errors" in value or ("data" in value and bool({"success", "status"} & value.keys()))


def _documents(body: bytes, name: str = "") -> Iterator[_Answer]:
    """Yield each answer in bytes that hold one or several documents."""
    try:
        body = _to_utf8(body).removeprefix(codecs.BOM_UTF8)
        if body.lstrip(_SEPARATORS)[:1] not in (b"{", b"["):
            yield _Answer(body, name)
            return
        found = _split(body)
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


_RAW = msgspec.json.Decoder(msgspec.Raw)
#: Space, and the separator before each document in RFC 7464.
_SEPARATORS = b" \t\r\n\v\f\x1e"


def _split(body: bytes) -> list[tuple[int, bytes]]:
    """Return the documents of a body with their line numbers."""
    try:
        return [(1, bytes(_RAW.decode(body)))]
    except RecursionError:
        return _split_by_brackets(body)
    except BROKEN:
        pass
    lines = [(n, line) for n, line in enumerate(body.split(b"\n"), 1) if line.strip()]
    try:
        return [(number, bytes(_RAW.decode(line))) for number, line in lines]
    except BROKEN:
        return _split_by_brackets(body)


def _split_by_brackets(body: bytes) -> list[tuple[int, bytes]]:
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


def _to_utf8(body: bytes) -> bytes:
    """Return UTF-8 for bytes that may be gzipped or in UTF-16 or UTF-32."""
    if body.startswith(_GZIP):
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
                body = file.read(LARGEST + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise BadResponse(f"The gzip file is damaged or cut off ({error}).") from None
        if len(body) > LARGEST:
            raise BadResponse(f"The gzip file holds more than {bytes_text(LARGEST)}.")
    encoding = json.detect_encoding(body)
    if encoding.startswith("utf-8"):
        return body
    return body.decode(encoding, "replace").removeprefix("\ufeff").encode()


def _read_file(path: str | os.PathLike[str]) -> tuple[bytes, str]:
    try:
        if isinstance(path, str) and not 0 < len(path) <= _LONGEST_PATH:
            raise ValueError("it is no path")
        file = Path(path)
        return file.read_bytes(), file.name
    except (OSError, ValueError, TypeError) as error:
        _refuse_unread(path, error)


def _read_body(read: Callable[[], Any], source: Any) -> tuple[bytes, str]:
    """Return the content of an open file or a response, and its name."""
    try:
        body = read()
    except Exception as error:  # noqa: BLE001 - a foreign object may raise anything
        _refuse_unread(source, error)
    if isinstance(body, str):
        body = to_bytes(body)
    if not isinstance(body, (bytes, bytearray, memoryview)):
        refuse("source", "a file or response that returns bytes or text", body)
    name = getattr(source, "name", "")
    return bytes(body), Path(name).name if isinstance(name, str) else ""


def _refuse_unread(source: Any, error: Exception) -> NoReturn:
    reason = getattr(error, "strerror", None) or error or type(error).__name__
    raise InvalidArgument(
        f"source must be something that can be read; got {shown(source)}: {_quoted(reason)}."
    ) from None


def _quoted(reason: object) -> str:
    return shown(str(reason).rstrip("."))[1:-1]


def _encode(value: Any) -> bytes:
    try:
        try:
            return msgspec.json.encode(value)
        except UnicodeEncodeError:
            return json.dumps(value).encode()  # escapes lone surrogates, which are repaired later
        except RecursionError:
            return encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidArgument(
            f"source must be a decoded answer; got {shown(value)}: {_quoted(error)}."
        ) from None
