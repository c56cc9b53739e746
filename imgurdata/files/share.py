"""Upload a chart or a picture to Imgur, and delete it again."""

from __future__ import annotations

import html
import io
import os
import re
import stat
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

import msgspec

from imgurdata._connect import session_or_current
from imgurdata._format import bytes_text, path_text
from imgurdata._network import LOOPBACK, origin_of
from imgurdata._secret import Secret, seal, without_frames
from imgurdata._validate import refuse
from imgurdata.errors import (
    AuthenticationRequired,
    BadResponse,
    ConnectionFailed,
    ImgurDataError,
    InvalidArgument,
    keep_secret,
)
from imgurdata.http.files import FILE_HOST, file_origin
from imgurdata.model.envelope import unwrap
from imgurdata.model.ids import parse_id

if TYPE_CHECKING:
    from imgurdata.http.session import ImgurSession

__all__ = ["Shared", "share", "unshare"]

#: Largest picture and largest animation in bytes, as Imgur's help pages tell.
LARGEST_STILL = 20_000_000
LARGEST_ANIMATED = 200_000_000
#: Media type by Pillow's name of a format.
_FORMATS = {
    "JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "TIFF": "image/tiff",
    "BMP": "image/bmp", "WEBP": "image/webp",
}  # fmt: skip
_MAX_TEXT = 10_000
_HASH = re.compile(r"[A-Za-z0-9]{8,40}")
_PATH = "/3/image"
_ALLOWED = "a matplotlib figure, or the path of a JPEG, PNG, GIF, WebP, TIFF or BMP file"


@dataclass(frozen=True, slots=True, weakref_slot=True, init=False)
class Shared:
    """Picture that was uploaded.

    Attributes
    ----------
    link : str
        Address of the file.
    id : str
        The image's id.
    delete_hash : Secret or None
        Whoever has it can delete the picture: it shows as ``***``. ``delete_hash.reveal()`` tells
        it, to be kept in a safe place where a picture has to be deleted in another session:
        ``imd.unshare(imd.Shared(link, id, delete_hash))``.

    Raises
    ------
    InvalidArgument
        A field has no valid value. The message does not show the delete hash.
    """

    link: str
    id: str
    delete_hash: Secret | None

    def __init__(self, link: str, id: str, delete_hash: Secret | str | None = None) -> None:
        # Sealed before anything can fail: tracebacks may show the variables of this function.
        sealed: Secret | None = seal(delete_hash)
        del delete_hash
        if not isinstance(link, str) or origin_of(link) is None:
            refuse("link", "the address of a file", link)
        if sealed is not None and not _is_hash(sealed):
            raise InvalidArgument(
                "delete_hash must be the letters and digits that Imgur gave. (It is not shown.)"
            )
        object.__setattr__(self, "link", link)
        object.__setattr__(self, "id", parse_id(id))
        object.__setattr__(self, "delete_hash", sealed)
        if sealed is not None:
            keep_secret(self, [sealed.reveal()])

    def __repr__(self) -> str:
        return f"Shared(link={self.link!r}, id={self.id!r})"

    def _repr_html_(self) -> str:
        link = html.escape(self.link)
        return f'<a href="{link}" target="_blank" rel="noopener noreferrer">{link}</a>'

    def __reduce__(self) -> NoReturn:
        raise ImgurDataError(
            "A shared picture does not pickle, since its delete hash is a secret: keep .link and "
            ".id instead."
        )


class _Uploaded(msgspec.Struct, gc=False):
    """Answer to an upload."""

    id: str
    link: str
    deletehash: str | None = None

    def __repr__(self) -> str:
        return f"_Uploaded({self.id!r})"


def share(
    figure_or_path: Any,
    *,
    title: str | None = None,
    description: str | None = None,
    session: ImgurSession | None = None,
) -> Shared:
    """Upload a matplotlib figure or a picture; costs ten credits and one of 1,250 POSTs an hour.

    Everybody who has the link can see it. A session with a client id alone uploads anonymously, a
    signed-in one to its account.

    Parameters
    ----------
    figure_or_path : matplotlib Figure or Axes, str or path
        A figure is sent as a PNG of its own size and dpi. A file is a JPEG, PNG, GIF, WebP, TIFF
        or BMP of at most 20 MB, or a moving GIF of at most 200 MB. Its name is not sent.
    title, description : str, optional
        Shown with the picture.
    session : ImgurSession, optional
        Session to use; the newest one by default.

    Returns
    -------
    Shared
        ``link``, ``id``, and the secret ``delete_hash`` for :func:`unshare`.

    Raises
    ------
    InvalidArgument
        There is no such file, it is no picture or too large, or an argument is not valid; nothing
        was asked.
    CreditsExhausted, BudgetExceeded
        It cannot be paid; nothing was sent.
    ApiError, BadResponse
        Imgur refused it.
    ConnectionFailed
        There was no answer. An upload is never repeated by itself: it may have arrived.

    Notes
    -----
    Source: API reference, Image upload and Rate limits. Limits of size: Imgur's help pages.

    Examples
    --------
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True) as session:
    ...     ax = imd.plot.score_distribution(imd.load_gallery(pages=3))
    ...     shared = imd.share(ax, title="Scores of today")
    ...     shared.link.startswith(session.base_url)
    ...     imd.unshare(shared)
    True
    """
    title = _checked_text("title", title)
    description = _checked_text("description", description)
    content, media_type = _picture(figure_or_path)
    session = _open_session(session)
    fields = {"type": "file", "title": title, "description": description}
    extension = media_type.partition("/")[2]
    return _upload(
        session,
        # The name of somebody's file is none of Imgur's business.
        files={"image": (f"picture.{extension}", content, media_type)},
        data={name: value for name, value in fields.items() if value is not None},
    )


def unshare(shared: Shared, *, session: ImgurSession | None = None) -> None:
    """Delete a picture that was uploaded; costs a credit.

    Parameters
    ----------
    shared : Shared
        Of :func:`share`. Without a delete hash it must be of the account that is signed in.
    session : ImgurSession, optional
        Session to use; the newest one by default.

    Raises
    ------
    InvalidArgument
        It is none, or of another Imgur than the session's; nothing was asked.
    AuthenticationRequired
        It has no delete hash, and nobody is signed in; nothing was asked.
    NotFound
        It was deleted before.
    """
    if not isinstance(shared, Shared):
        refuse("shared", "what imd.share() returned", seal(shared))
    session = _open_session(session)
    if not _is_of(shared, session):
        raise InvalidArgument(
            f"shared must be a picture of the Imgur that the session asks ({session.base_url}); "
            f"got one of {urlsplit(shared.link).netloc}."
        )
    if shared.delete_hash is None and session.identity.kind == "client":
        raise AuthenticationRequired(
            "This picture has no delete hash: only its owner can delete it. imd.sign_in() in a "
            "notebook, connect(account=...) or token= in a script.",
            request=_PATH,
        )
    _delete(session, shared)


def _open_session(session: ImgurSession | None) -> ImgurSession:
    opened = session_or_current(session)
    opened.check_open()
    if opened.offline:
        raise InvalidArgument("This session is offline: connect() without offline=True.")
    return opened


def _is_of(shared: Shared, session: ImgurSession) -> bool:
    """Return whether a picture is of the Imgur that a session asks; no other gets its hash."""
    origin = file_origin(session)
    if origin != FILE_HOST:
        return origin_of(shared.link) == origin_of(origin)
    return urlsplit(shared.link).hostname not in LOOPBACK


# The wire: no frame of these stays in a traceback, since they hold the delete hash ---------------


@without_frames
def _upload(session: ImgurSession, **content: Any) -> Shared:
    try:
        response = session.post(_PATH, **content)
    except ConnectionFailed as error:
        raise ConnectionFailed(
            f"{error.message} Whether the picture has arrived is not known; it is not sent again.",
            retryable=False,
        ) from None
    data = unwrap(response.content, status=response.status_code, request=_PATH)
    try:
        uploaded = msgspec.json.decode(data, type=_Uploaded)
        return Shared(uploaded.link, uploaded.id, uploaded.deletehash or None)
    except (msgspec.DecodeError, UnicodeError, InvalidArgument):
        pass
    raise BadResponse("The picture was sent, but the answer does not tell its id and link.")


@without_frames
def _delete(session: ImgurSession, shared: Shared) -> None:
    key = shared.delete_hash.reveal() if shared.delete_hash is not None else shared.id
    response = session.delete(f"{_PATH}/{key}")
    data = unwrap(response.content, status=response.status_code, request=_PATH)
    if data.strip() != b"true":
        raise BadResponse(f"Imgur's answer does not say that {shared.id} was deleted.")


def _is_hash(sealed: Secret) -> bool:
    text: Any = sealed.reveal()
    return isinstance(text, str) and _HASH.fullmatch(text) is not None


# What is sent -----------------------------------------------------------------------------------


def _checked_text(name: str, value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        refuse(name, f"a text of at most {_MAX_TEXT:,} characters", value)
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a character
        refuse(name, "a text that can be sent", value)
    return str(value)


def _picture(figure_or_path: Any) -> tuple[bytes, str]:
    """Return the bytes of a picture, and its media type.

    Raises
    ------
    InvalidArgument
        Imgur would not take it.
    """
    if isinstance(figure_or_path, (str, os.PathLike)):
        path = _checked_path(figure_or_path)
        what, content = path_text(path), _read(path)
    else:
        what, content = "the figure", _drawn(figure_or_path)
    found = _kind_of(content)
    if found is None:
        raise InvalidArgument(
            f"figure_or_path must be {_ALLOWED}; {what} holds none that can be read."
        )
    media_type, animated = found
    largest = LARGEST_ANIMATED if animated else LARGEST_STILL
    if len(content) > largest:
        kind = "an animated picture" if animated else "a picture"
        raise InvalidArgument(
            f"figure_or_path must be {kind} of at most {largest // 10**6} MB; {what} has "
            f"{bytes_text(len(content))}."
        )
    return content, media_type


def _checked_path(value: Any) -> Path:
    try:
        path = Path(os.fsdecode(value)).expanduser()
        found = path.stat()
    except (OSError, RuntimeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no file can have this name"
        raise InvalidArgument(
            f"figure_or_path must be {_ALLOWED}; {path_text(os.fsdecode(value))} cannot be read: "
            f"{reason}."
        ) from None
    if not stat.S_ISREG(found.st_mode):
        raise InvalidArgument(f"figure_or_path must be {_ALLOWED}; {path_text(path)} is no file.")
    if found.st_size > LARGEST_ANIMATED:
        raise InvalidArgument(
            f"figure_or_path must be a picture of at most {LARGEST_STILL // 10**6} MB, or "
            f"{LARGEST_ANIMATED // 10**6} MB if it is animated; {path_text(path)} has "
            f"{bytes_text(found.st_size)}."
        )
    return path


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_ANIMATED + 1)
    except OSError as error:
        raise InvalidArgument(
            f"figure_or_path must be {_ALLOWED}; {path_text(path)} cannot be read: "
            f"{error.strerror}."
        ) from None


def _drawn(value: Any) -> bytes:
    """Return a figure, or the figure of axes, as a PNG."""
    # Whoever has a figure has imported matplotlib.
    module = sys.modules.get("matplotlib.figure")
    figure = getattr(value, "figure", None) if module is not None else None
    if module is None or not isinstance(figure, module.Figure):
        refuse("figure_or_path", _ALLOWED, value)
    buffer = io.BytesIO()
    try:
        figure.savefig(buffer, format="png")
    except (ValueError, MemoryError, RuntimeError) as error:
        raise InvalidArgument(f"The figure cannot be drawn: {error}.") from None
    return buffer.getvalue()


def _kind_of(content: bytes) -> tuple[str, bool] | None:
    """Return media type of a picture and whether it is animated; None if it cannot be read."""
    from PIL import Image

    with warnings.catch_warnings():
        # A large picture is no attack here: it is the person's own.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(content), formats=tuple(_FORMATS)) as picture:
                picture.load()  # finds one that is cut off
                # Some phones make a JPEG of two pictures, which Pillow calls MPO.
                media_type = _FORMATS.get(str(picture.format), "image/jpeg")
                # Imgur makes stills of all that is no GIF.
                moves = media_type == "image/gif" and getattr(picture, "is_animated", False)
                return media_type, bool(moves)
        except Exception:  # noqa: BLE001 - Pillow raises many kinds for what is damaged
            return None
