"""Saved answers to the frame that the loader would give."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd

from imgurdata.errors import BadResponse, InvalidArgument
from imgurdata.model.envelope import unwrap
from imgurdata.model.formats import to_bytes
from imgurdata.model.frames import FrameBuilder
from imgurdata.model.records import find_record
from imgurdata.model.schema import SCHEMA_VERSION

__all__ = ["read_response", "schema"]

# A text is an answer when it begins like one (JSON, XML, JSONP with or without a byte order
# mark), else a path.
_ANSWER = re.compile(r"[\ufeff\s]*(?:[{\[<]|(?:/\*\*/)?\s*[A-Za-z_$][\w$.]*\s*\(\s*[{\[])")


def schema(record: str) -> pd.DataFrame:
    """What the columns of a record are.

    Parameters
    ----------
    record
        ``"post"``, ``"image"``, ``"tag"`` or ``"credits"``.

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
    source
        A path; bytes or text of an answer; an answer already decoded (a dict); or a list of any
        of these. In its envelope or bare; JSON, JSONP or XML. A list of dicts is read as one bare
        list of records where they are records, and as several answers where they are envelopes.
    record
        What the rows are: ``"post"``, ``"image"``, ``"tag"``, ``"credits"``.
    nested
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
        It is no answer of Imgur's API, or not of this record.
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
    builder = FrameBuilder(declared, nested=nested)
    answers = 0
    for name, body in _bodies(source):
        try:
            builder.add(unwrap(body))
        except BadResponse as error:
            if name:
                raise BadResponse(f"{name}: {error.message}", body=error.body) from None
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


def _bodies(source: Any) -> Iterator[tuple[str, bytes]]:
    """Each answer in a source, with the name of its file where it has one."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        yield "", bytes(source)
    elif isinstance(source, os.PathLike):
        yield _read_file(Path(source))
    elif isinstance(source, str):
        if _ANSWER.match(source):
            yield "", to_bytes(source)
        else:
            yield _read_file(Path(source))
    elif isinstance(source, dict):
        yield "", _encode(source)
    elif isinstance(source, (list, tuple)):
        if source and all(isinstance(one, dict) and not _is_envelope(one) for one in source):
            yield "", _encode(list(source))
        else:
            for one in source:
                yield from _bodies(one)
    else:
        raise InvalidArgument(
            f"Cannot read an answer from {type(source).__name__}: give a path, bytes, text, a "
            "dict, or a list of these."
        )


def _is_envelope(value: dict[Any, Any]) -> bool:
    return "errors" in value or ("data" in value and bool({"success", "status"} & value.keys()))


def _read_file(path: Path) -> tuple[str, bytes]:
    try:
        return path.name, path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidArgument(f"Cannot read {path}: {reason}.") from None


def _encode(value: Any) -> bytes:
    try:
        try:
            return msgspec.json.encode(value)
        except UnicodeEncodeError:
            # Half an emoji, as json.loads hands it on: escaped again, it is mended like any other.
            return json.dumps(value).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidArgument(f"The source is no decoded answer: {error}.") from None
