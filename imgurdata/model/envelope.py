"""The wrapper around every answer, and its four shapes of error.

Errors are told by the body first, then by headers (which the transport knows), then by status:
Imgur's HTTP status, ``status`` and ``error.code`` disagree often enough (API reference, Error;
recorded answers).
"""

from __future__ import annotations

import re
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

__all__ = ["data_of", "error_in", "error_of", "is_bare", "unwrap"]


class _Envelope(msgspec.Struct):
    """Every key that wraps an answer; ``data`` stays bytes until somebody wants it.

    No types: an error of another shape must still be an error.
    """

    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    success: Any = None
    status: Any = None
    errors: Any = None
    message: Any = None


_decoder = msgspec.json.Decoder(_Envelope, strict=False)

#: What msgspec raises on bytes that are no strict JSON, not UTF-8, or nested too deep.
_BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

#: So much of an error's text is looked at, and so much of it a message quotes.
_LONGEST_REASON, _LONGEST_QUOTE = 10_000, 300
#: Longer bodies are never read as an error's text: the recorded ones end before 300 characters.
_LONGEST_ERROR = 20_000


def unwrap(body: bytes, *, status: int | None = None, request: str = "") -> bytes:
    """The JSON bytes of an answer's ``data``.

    Parameters
    ----------
    body
        The answer: JSON, JSONP or XML; in its envelope or bare (a saved list or record).
    status
        HTTP status, where there was one.
    request
        Path that was asked, for the error.

    Raises
    ------
    ApiError, CreditsExhausted
        It is one of the four shapes of error, or an error page.
    BadResponse
        It is not an answer of Imgur's API at all.

    Examples
    --------
    >>> unwrap(b'{"data":[1,2],"success":true,"status":200}')
    b'[1,2]'
    """
    if formats.looks_like_markup(body) and (page := _error_page(body, status, request)):
        raise page
    document, wrapper = _read(formats.to_json(body))
    if wrapper is None:
        return document
    if not _is_envelope(document, wrapper):
        if _keys(document) <= _BARE_ERROR and (error := _error_in_data(document, status, request)):
            raise error
        return document
    if error := _error_in_envelope(wrapper, status, request, document):
        raise error
    if wrapper.data is msgspec.UNSET:
        raise BadResponse("The answer has no data.", body=formats.head(document))
    return bytes(wrapper.data)


def is_bare(document: bytes) -> bool:
    """Return whether a document is an object without an envelope around it."""
    if not document.lstrip().startswith(b"{"):
        return False
    document, wrapper = _read(document)
    if wrapper is None:
        return False
    error = {"error", "request"} <= _keys(document)
    return not error and not _is_envelope(document, wrapper)


#: How Imgur wraps a list; an error's ``data`` is no list.
_LIST_HEAD, _LIST_TAIL = b'{"data":[', b'],"success":true,"status":200}'


def data_of(body: bytes, *, status: int | None = None, request: str = "") -> bytes:
    """:func:`unwrap` for an answer that was checked when it came: a list is only cut out.

    What reads the list reads all of it again, and would find what is broken in it.

    Examples
    --------
    >>> data_of(b'{"data":[1,2],"success":true,"status":200}')
    b'[1,2]'
    """
    if body.startswith(_LIST_HEAD) and body.endswith(_LIST_TAIL):
        return body[len(_LIST_HEAD) - 1 : 1 - len(_LIST_TAIL)]
    return unwrap(body, status=status, request=request)


def error_of(status: int, body: bytes, *, request: str = "") -> ImgurDataError:
    """The error that an answer with a bad HTTP status is.

    Always gives one: where the body says nothing that is known, the status decides.
    """
    try:
        unwrap(body, status=status, request=request)
    except BadResponse:
        # Nothing legible: an empty body, a cut page. The status is all there is.
        return _classify("", status, None, request, formats.head(body), foreign=True)
    except ImgurDataError as error:
        return error
    return _classify("", status, None, request, formats.head(body))


def error_in(body: bytes, *, request: str = "") -> ImgurDataError | None:
    """The error that an answer of status 200 holds all the same; None for a good one.

    Cheap: ``data`` is passed over, not decoded. A broken body is an error too, so that nothing
    broken reaches the cache.
    """
    try:
        unwrap(body, status=200, request=request)
    except ImgurDataError as error:
        return error
    return None


#: The keys of ``data`` in an error; a saved error may have lost its envelope like anything else.
_BARE_ERROR = frozenset({"error", "request", "method"})


def _read(document: bytes) -> tuple[bytes, _Envelope | None]:
    """The document, mended where it had to be, and its wrapper; None for a list or a value."""
    start = document.lstrip()[:1]
    if start == b"[":
        return document, None
    try:
        return document, _decoder.decode(document)
    except RecursionError:
        return document, _deep(document)
    except _BROKEN:
        pass
    try:
        document = formats.mend_json(document)
    except formats.TooDeep:
        return document, _deep(document)
    try:
        return document, _decoder.decode(document) if start == b"{" else None
    except _BROKEN as error:
        raise BadResponse(
            f"The answer cannot be read ({error}).", body=formats.head(document)
        ) from None


def _deep(document: bytes) -> _Envelope:
    """The wrapper of an answer that is nested too deep for JSON readers (trees of comments)."""
    parts = members(document)
    told = {key: formats.mend_json(parts[key]) for key in _ASIDE if key in parts}
    wrapper = msgspec.convert(
        {key: msgspec.json.decode(value) for key, value in told.items()}, _Envelope
    )
    if "data" in parts:
        data = parts["data"]
        if data.startswith(b"{") and "error" in members(data):
            raise BadResponse("The answer is nested too deep to be read.", body=formats.head(data))
        wrapper.data = msgspec.Raw(data)
    return wrapper


#: The keys that stand beside ``data``.
_ASIDE = ("success", "status", "errors", "message")


def _is_envelope(document: bytes, wrapper: _Envelope) -> bool:
    if wrapper.errors is not None or wrapper.success is not None:
        return True
    if wrapper.data is msgspec.UNSET:
        return isinstance(wrapper.message, str) and _keys(document) <= {"message", "info"}
    # A bare trophy has a key "data" as well, but then among others and with no status.
    return wrapper.status is not None or _keys(document) == {"data"}


def _keys(document: bytes) -> set[str]:
    try:
        return set(msgspec.json.decode(document, type=dict[str, msgspec.Raw]))
    except RecursionError:
        return set(members(document))
    except _BROKEN as error:
        raise BadResponse(
            f"The answer cannot be read ({error}).", body=formats.head(document)
        ) from None


def _error_in_envelope(
    wrapper: _Envelope, http: int | None, request: str, document: bytes
) -> ImgurDataError | None:
    if http is not None and http < 400:
        http = None  # Success was claimed; what the body says counts.
    if wrapper.errors:
        reason, code = _first_of(wrapper.errors)
        return _classify(reason, http or code, code, request, formats.head(document))
    if wrapper.data is msgspec.UNSET and isinstance(wrapper.message, str):
        return _gateway(wrapper.message, http, request, formats.head(document))
    status = formats.small_number(wrapper.status)
    data = b"" if wrapper.data is msgspec.UNSET else bytes(wrapper.data)
    said, code, asked = _reason(data)
    failed = wrapper.success in (False, "false", "0")
    bad_status = status is not None and not 200 <= status < 300
    if said is None and not failed and not bad_status:
        return None
    told = formats.head(document)
    return _classify(said or "", http or status, code, request or asked, told)


def _error_in_data(data: bytes, http: int | None, request: str) -> ImgurDataError | None:
    said, code, asked = _reason(data)
    if said is None:
        return None
    return _classify(said, http, code, request or asked, formats.head(data))


def _first_of(errors: Any) -> tuple[str, int | None]:
    """Text and code of the newer gateway's ``errors`` (JSON:API; code and status are texts)."""
    first = errors[0] if isinstance(errors, list) else errors
    if not isinstance(first, dict):
        return first if isinstance(first, str) else "", None
    told = (first.get(key) for key in ("detail", "title", "message", "status"))
    reason = next((text for text in told if text and isinstance(text, (str, int))), "")
    code = formats.small_number(first.get("code"))
    return str(reason), code or formats.small_number(first.get("status"))


def _reason(data: bytes) -> tuple[str | None, int | None, str]:
    """What ``data`` gives as an error: text, code, path; text None where it gives none."""
    nothing = (None, None, "")
    if len(data) > _LONGEST_ERROR or data[:1] not in (b"{", b'"'):
        return nothing
    try:
        value = msgspec.json.decode(data)
    except _BROKEN:
        return nothing  # Whoever decodes the rows will mend it or say what is wrong.
    if isinstance(value, str):
        # Favourite toggles answer with a bare word; a sentence is how failures are told.
        return (value, None, "") if value.lower().startswith("an error occurred") else nothing
    told: Any = value.get("error")
    path = value["request"] if isinstance(value.get("request"), str) else ""
    if isinstance(told, dict):
        said = told.get("message")
        return said if isinstance(said, str) else "", formats.small_number(told.get("code")), path
    return (told, None, path) if isinstance(told, str) and told else nothing


_PATTERNS: tuple[tuple[str, type[ApiError]], ...] = (
    (r"over capacity", OverCapacity),
    (r"client_id|client id|client credentials|malformed auth", InvalidClient),
    (
        r"(access|refresh)[ _]?token|token .{0,100}(invalid|expired)|(invalid|expired) token",
        InvalidToken,
    ),
    # Whole countries are shut out; signing in does not help (reference, seen texts).
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
    told = reason.lower()
    if "requests exceeded" in told:
        limit = "client" if "client" in told or "daily" in told else "user"
        return CreditsExhausted(f"Imgur says {_quoted(reason)}.", limit=limit)
    kind = next((cls for pattern, cls in _PATTERNS if re.search(pattern, told)), None)
    if kind is None:
        kind = _by_status(code if code == 429 else status)
    advice = _BLOCKED if foreign and kind is AuthenticationRequired else _ADVICE[kind]
    message = _sentence(advice, reason, status, request)
    return kind(message, status=status, reason=reason, request=request, body=body)


def _by_status(status: int | None) -> type[ApiError]:
    if status in {502, 503, 504, 1203}:
        return OverCapacity
    by_status: dict[int | None, type[ApiError]] = {
        401: AuthenticationRequired,
        403: AuthenticationRequired,
        404: NotFound,
        410: NotFound,
        429: RateLimited,
    }
    return by_status.get(status, ApiError)


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


#: Imgur's API gives its reason as data; pages and empty answers come from what stands before it.
_BLOCKED = (
    " It may be your address that is blocked: try again later, without a VPN or proxy, or from "
    "another network."
)


def _sentence(advice: str, reason: str, status: int | None, request: str) -> str:
    request = redact(request, _LONGEST_QUOTE)
    said = (
        f"Imgur says {_quoted(reason)}"
        if reason
        else f"Imgur answered with status {status or 'unknown'}"
    )
    where = f" for {request}" if request else ""
    number = f" (status {status})" if reason and status else ""
    return f"{said}{where}{number}.{advice}"


def _quoted(reason: str) -> str:
    """Return what Imgur said as a message quotes it."""
    return repr(redact(reason, _LONGEST_QUOTE))


def _gateway(reason: str, http: int | None, request: str, body: str) -> ImgurDataError:
    if "key" in reason.lower() or "subscribed" in reason.lower():
        message = f"The gateway says {_quoted(reason)}. Check gateway_key."
        return InvalidClient(message, status=http, reason=reason, request=request, body=body)
    return _classify(reason, http, None, request, body)


_STATUS_IN_TITLE = re.compile(r"\b([45]\d\d)\b")


def _title(page: str) -> str:
    """Return the title of an HTML page, or an empty text."""
    parts = re.split("</?title>", page, maxsplit=2, flags=re.IGNORECASE)
    return parts[1].strip() if len(parts) == 3 else ""


def _error_page(body: bytes, http: int | None, request: str) -> ImgurDataError | None:
    """The error of an HTML or XHTML page; None for markup that is no page (Imgur's XML)."""
    if formats.is_data_xml(body):
        return None
    text = body[:4000].decode("utf-8", "replace")
    if not re.search(r"<(!doctype\s+html|html|head|title)\b", text, re.IGNORECASE):
        return None
    title = _title(text)
    told = title if "capacity" not in text.lower() else "Imgur is over capacity"
    number = _STATUS_IN_TITLE.search(title)
    status = http if http and http >= 400 else int(number[1]) if number else None
    if status is None and told == title:
        return BadResponse(
            f"The answer is an HTML page ({_quoted(title)}), not data.", body=formats.head(body)
        )
    return _classify(told, status, None, request, formats.head(body), foreign=True)
