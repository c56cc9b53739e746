"""Envelope around every answer, and its four shapes of error.

An error is recognised by the body first, then by headers (in the transport), then by status, since
Imgur's HTTP status, ``status`` and ``error.code`` often disagree (API reference, Error; recorded
answers).
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import msgspec

from imgurdata.errors import (
    STATUS_PAGE,
    ApiError,
    AuthenticationRequired,
    BadResponse,
    CreditsExhausted,
    ImgurDataError,
    InvalidClient,
    InvalidToken,
    NotFound,
    OverCapacity,
    RateLimited,
    redact,
)
from imgurdata.model import formats
from imgurdata.model.nesting import members

__all__ = ["error_in", "error_of", "is_bare", "unwrap", "unwrap_checked"]


class _Envelope(msgspec.Struct):
    """Keys of an envelope; ``data`` stays bytes.

    The other keys have no types, because an error of an unknown shape must still be an error.
    """

    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    success: Any = None
    status: Any = None
    errors: Any = None
    message: Any = None


_decoder = msgspec.json.Decoder(_Envelope, strict=False)

#: How much of an error's text is classified, and how much of it a message quotes.
_LONGEST_REASON, _LONGEST_QUOTE = 10_000, 300
#: Longer data is never decoded as an error: the recorded ones are shorter than 300 characters.
_LONGEST_ERROR = 20_000
#: Imgur's envelope around a list; the ``data`` of an error is never a list.
_LIST_HEAD, _LIST_TAIL = b'{"data":[', b'],"success":true,"status":200}'


def unwrap(body: bytes, *, status: int | None = None, request: str = "") -> bytes:
    """Return the JSON bytes of an answer's ``data``.

    The answer is JSON, JSONP or XML, in its envelope or bare (a saved list or record); HTTP status
    and requested path are for the error.

    Raises
    ------
    ApiError, CreditsExhausted
        The answer has one of the four shapes of error, or is an error page.
    BadResponse
        The body is no answer of Imgur's API.

    Examples
    --------
    >>> unwrap(b'{"data":[1,2],"success":true,"status":200}')
    b'[1,2]'
    """
    document, wrapper = body, None
    with suppress(*formats.BROKEN):
        wrapper = _decoder.decode(body)
    if wrapper is None:  # no object, or in another form than strict JSON
        if formats.looks_like_markup(body) and (page := _error_page(body, status, request)):
            raise page
        document, wrapper = _read(formats.to_json(body))
        if wrapper is None:
            return document
    if not _is_envelope(document, wrapper):
        if not _keys(document) <= _BARE_ERROR:
            return document
        wrapper = _Envelope(data=msgspec.Raw(document))
    if error := _error_in_envelope(wrapper, status, request, document):
        raise error
    if wrapper.data is msgspec.UNSET:
        raise BadResponse("The answer has no data.", body=formats.head(document))
    return bytes(wrapper.data)


def unwrap_checked(body: bytes, *, status: int, request: str) -> bytes:
    """Return the JSON bytes of ``data`` of an answer that was checked when it arrived.

    A list is cut out without reading it, since its reader finds anything that is broken in it.
    """
    if body.startswith(_LIST_HEAD) and body.endswith(_LIST_TAIL):
        return body[len(_LIST_HEAD) - 1 : 1 - len(_LIST_TAIL)]
    return unwrap(body, status=status, request=request)


def is_bare(document: bytes) -> bool:
    """Return whether a document is an object without an envelope around it."""
    if not document.lstrip().startswith(b"{"):
        return False
    document, wrapper = _read(document)
    error = {"error", "request"} <= _keys(document)
    return wrapper is not None and not error and not _is_envelope(document, wrapper)


def error_of(status: int, body: bytes, *, request: str = "") -> ImgurDataError:
    """Return the error for a response with a bad HTTP status.

    If the body is no known error, the status decides.
    """
    try:
        unwrap(body, status=status, request=request)
    except BadResponse:
        # The body is empty or cut off, so the status is all there is.
        return _classify("", status, None, request, formats.head(body), foreign=True)
    except ImgurDataError as error:
        return error
    return _classify("", status, None, request, formats.head(body))


def error_in(body: bytes, *, request: str = "") -> ImgurDataError | None:
    """Return the error in an answer of status 200, or None for a good answer.

    ``data`` is skipped, not decoded. A broken body is an error too, so that it is not cached.
    """
    try:
        unwrap(body, status=200, request=request)
    except ImgurDataError as error:
        return error
    return None


#: Keys of ``data`` in an error, whose envelope may be missing in a saved answer.
_BARE_ERROR = frozenset({"error", "request", "method"})


def _read(document: bytes) -> tuple[bytes, _Envelope | None]:
    """Return the document, repaired if necessary, and its envelope; None for a list or value."""
    start = document.lstrip()[:1]
    if start == b"[":
        return document, None
    if start != b"{":
        return formats.mend_json(document), None
    try:
        return formats.read_json(lambda text: (text, _decoder.decode(text)), document)
    except formats.TooDeep:
        return document, _read_deep(document)


def _read_deep(document: bytes) -> _Envelope:
    """Return the envelope of trees of comments that are too deep for JSON readers."""
    parts = members(document)
    beside = {key: formats.mend_json(parts[key]) for key in _BESIDE if key in parts}
    wrapper = msgspec.convert(
        {key: msgspec.json.decode(value) for key, value in beside.items()}, _Envelope
    )
    if "data" in parts:
        data = parts["data"]
        if data.startswith(b"{") and "error" in members(data):
            raise BadResponse("The answer is nested too deep to be read.", body=formats.head(data))
        wrapper.data = msgspec.Raw(data)
    return wrapper


#: Keys of an envelope beside ``data``.
_BESIDE = ("success", "status", "errors", "message")


def _is_envelope(document: bytes, wrapper: _Envelope) -> bool:
    if wrapper.errors is not None or wrapper.success is not None:
        return True
    if wrapper.data is msgspec.UNSET:
        return isinstance(wrapper.message, str) and _keys(document) <= {"message", "info"}
    # A bare trophy has a key "data" as well, but other keys too and no status.
    return wrapper.status is not None or _keys(document) == {"data"}


def _keys(document: bytes) -> set[str]:
    return set(formats.read_members(document))


def _error_in_envelope(
    wrapper: _Envelope, http_status: int | None, request: str, document: bytes
) -> ImgurDataError | None:
    if http_status is not None and http_status < 400:
        http_status = None  # the body overrules a status of success
    if wrapper.errors:
        reason, code = _first_of(wrapper.errors)
        return _classify(reason, http_status or code, code, request, formats.head(document))
    if wrapper.data is msgspec.UNSET and isinstance(wrapper.message, str):
        return _gateway_error(wrapper.message, http_status, request, formats.head(document))
    status = _small_number(wrapper.status)
    text, code, path = None, None, ""
    if wrapper.data is not msgspec.UNSET and len(wrapper.data) <= _LONGEST_ERROR:
        text, code, path = _reason(bytes(wrapper.data))
    failed = wrapper.success in (False, "false", "0")
    bad_status = status is not None and not 200 <= status < 300
    if text is None and not failed and not bad_status:
        return None
    shown = formats.head(document)
    return _classify(text or "", http_status or status, code, request or path, shown)


def _small_number(value: object) -> int | None:
    """Return a status or an error's code as a number, or None if it is not one.

    Only ASCII digits count: ``"\N{SUPERSCRIPT TWO}".isdigit()`` is true, but ``int`` refuses it.

    >>> _small_number("404"), _small_number(404), _small_number("\N{SUPERSCRIPT TWO}")
    (404, 404, None)
    """
    text = str(value) if isinstance(value, int) and -1 < value < 10**9 else value
    if isinstance(text, str) and len(text) < 10 and text.isascii() and text.isdigit():
        return int(text)
    return None


def _first_of(errors: Any) -> tuple[str, int | None]:
    """Return text and code of the newer gateway's ``errors`` (JSON:API; all values are texts)."""
    first = errors[0] if isinstance(errors, list) else errors
    if not isinstance(first, dict):
        return first if isinstance(first, str) else "", None
    texts = (first.get(key) for key in ("detail", "title", "message", "status"))
    reason = next((text for text in texts if text and isinstance(text, (str, int))), "")
    code = _small_number(first.get("code"))
    return str(reason), code or _small_number(first.get("status"))


def _reason(data: bytes) -> tuple[str | None, int | None, str]:
    """Return text, code and path of an error in ``data``; the text is None if there is none."""
    nothing = (None, None, "")
    if data[:1] not in (b"{", b'"'):
        return nothing
    try:
        value = msgspec.json.decode(data)
    except formats.BROKEN:
        return nothing  # decoding the rows will repair or refuse it
    if isinstance(value, str):
        # Favorite toggles answer with one word; only failures are sentences.
        return (value, None, "") if value.lower().startswith("an error occurred") else nothing
    error: Any = value.get("error")
    path = value["request"] if isinstance(value.get("request"), str) else ""
    if isinstance(error, dict):
        text = error.get("message")
        return text if isinstance(text, str) else "", _small_number(error.get("code")), path
    return (error, None, path) if isinstance(error, str) and error else nothing


_PATTERNS: tuple[tuple[str, type[ApiError]], ...] = (
    (r"over capacity", OverCapacity),
    (r"client_id|client id|client credentials|malformed auth", InvalidClient),
    (
        r"(access|refresh)[ _]?token|token .{0,100}(invalid|expired)|(invalid|expired) token",
        InvalidToken,
    ),
    # Imgur blocks whole countries; signing in does not help (reference, seen texts).
    (r"banned country", ApiError),
    (r"authentication|unauthorized|not authorized|permission", AuthenticationRequired),
    (r"too fast|too many|rate limit|quota", RateLimited),
    (r"unable to find|not found|does(n't| not) exist|fetching the comment", NotFound),
)


def _classify(
    reason: str, status: int | None, code: int | None, request: str, body: str,
    *, foreign: bool = False,
) -> ImgurDataError:  # fmt: skip
    """Return the error for a text and a status; ``foreign``: the body is not of Imgur's API."""
    reason = reason[:_LONGEST_REASON]
    text = reason.lower()
    if "requests exceeded" in text:
        limit = "client" if "client" in text or "daily" in text else "user"
        return CreditsExhausted(f"Imgur says {_quoted(reason)}.", limit=limit)
    kind = next((cls for pattern, cls in _PATTERNS if re.search(pattern, text)), None)
    if kind is None:
        kind = _BY_STATUS.get(code if code == 429 else status, ApiError)
    advice = _BLOCKED if foreign and kind is AuthenticationRequired else _ADVICE[kind]
    message = f"Imgur answered with status {status or 'unknown'}"
    if reason:
        message = f"Imgur says {_quoted(reason)}"
    if request:
        message += f" for {redact(request, _LONGEST_QUOTE)}"
    if reason and status:
        message += f" (status {status})"
    return kind(f"{message}.{advice}", status=status, reason=reason, request=request, body=body)


_BY_STATUS: dict[int | None, type[ApiError]] = {
    401: AuthenticationRequired,
    403: AuthenticationRequired,
    404: NotFound,
    410: NotFound,
    429: RateLimited,
    **dict.fromkeys((502, 503, 504, 1203), OverCapacity),
}

_ADVICE: dict[type[ApiError], str] = {
    OverCapacity: (
        f" Look at {STATUS_PAGE}; if Imgur is up, it may be your address that is blocked: try "
        "again later, without a VPN, or from another network."
    ),
    InvalidClient: " Check the client id (and the gateway key, if you use one).",
    InvalidToken: " Sign in again.",
    AuthenticationRequired: " Sign in, and ask only for what the account may see.",
    RateLimited: " Wait a few minutes: credits do not explain it, so Imgur is slowing you down.",
    NotFound: " It may have been deleted, made private, or marked mature.",
    ApiError: "",
}


#: Advice for pages and empty answers, which come from a proxy before Imgur's API.
_BLOCKED = (
    " It may be your address that is blocked: try again later, without a VPN or proxy, or from "
    "another network."
)


def _quoted(reason: str) -> str:
    """Return a text of Imgur as a message quotes it."""
    return repr(redact(reason, _LONGEST_QUOTE))


def _gateway_error(reason: str, http_status: int | None, request: str, body: str) -> ImgurDataError:
    if "key" in reason.lower() or "subscribed" in reason.lower():
        message = f"The gateway says {_quoted(reason)}. Check gateway_key."
        return InvalidClient(message, status=http_status, reason=reason, request=request, body=body)
    return _classify(reason, http_status, None, request, body)


_STATUS_IN_TITLE = re.compile(r"\b([45]\d\d)\b")


def _error_page(body: bytes, http_status: int | None, request: str) -> ImgurDataError | None:
    """Return the error of an HTML or XHTML page; None for markup that is Imgur's XML."""
    if formats.is_data_xml(body):
        return None
    text = body[:4000].decode("utf-8", "replace")
    if not re.search(r"<(!doctype\s+html|html|head|title)\b", text, re.IGNORECASE):
        return None
    parts = re.split("</?title>", text, maxsplit=2, flags=re.IGNORECASE)
    title = parts[1].strip() if len(parts) == 3 else ""
    over_capacity = "capacity" in text.lower()
    reason = "Imgur is over capacity" if over_capacity else title
    number = _STATUS_IN_TITLE.search(title)
    status = http_status
    if not http_status or http_status < 400:
        status = int(number[1]) if number else None
    if status is None and not over_capacity:
        return BadResponse(
            f"The answer is an HTML page ({_quoted(title)}), not data.", body=formats.head(body)
        )
    return _classify(reason, status, None, request, formats.head(body), foreign=True)
