"""Which files stand behind posts, images, albums or ids.

A frame tells it without a request: the id of an image and its type make the address of its file.
The links in a frame are not followed. Ids alone have to be loaded first.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
import pandas as pd

from imgurdata._format import plural
from imgurdata._validate import refuse
from imgurdata.errors import InvalidArgument, NotFound
from imgurdata.files.kinds import extension_of
from imgurdata.http.files import FILE_HOST, file_origin
from imgurdata.model.ids import collect, collect_ids, parse_id
from imgurdata.model.links import is_link, leads_to_loopback, path_of
from imgurdata.pulls.pull import Pull

if TYPE_CHECKING:
    from imgurdata.http.session import ImgurSession

__all__ = ["Wanted", "WantedFile", "files_named", "load_files"]

logger = logging.getLogger(__name__)

_FILE = re.compile(r"[A-Za-z0-9_]+\.([A-Za-z0-9]{3,5})")
_ALLOWED = (
    "a frame of posts, images or albums, an id such as '2YxRdEi' or a link on imgur.com such as "
    "'https://imgur.com/gallery/2YxRdEi'"
)


@dataclass(frozen=True, slots=True)
class WantedFile:
    """File of an image; ``post_id`` is the post or album it was found in."""

    id: str
    post_id: str | None
    extension: str


@dataclass
class Wanted:
    """Files that are wanted, each once, and what is known of those that are not.

    Attributes
    ----------
    files : list of WantedFile
    reasons : dict of str to str
        Why Imgur does not give an id, by these ids.
    truncated : int
        Posts that have more images than the frame tells.
    requests, credits : int
        What loading ids took.
    """

    files: list[WantedFile] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    truncated: int = 0
    requests: int = 0
    credits: int = 0


def files_named(source: Any, session: ImgurSession) -> tuple[Wanted, list[str]]:
    """Return the files that a frame or links name, and ids that have to be loaded; asks nothing.

    Raises
    ------
    InvalidArgument
        The source is neither; or it is of a sandbox, and the session asks Imgur.
    """
    wanted = Wanted()
    sandboxed = file_origin(session) != FILE_HOST
    if isinstance(source, pd.DataFrame):
        if not source.columns.is_unique or source.columns.nlevels > 1:
            raise InvalidArgument("frame_or_ids must be a frame whose columns have one name each.")
        links = (link for link in _column(source, "link") if isinstance(link, str))
        if not sandboxed and any(map(leads_to_loopback, links)):
            _refuse_sandbox()
        if _shows_files(source):
            wanted.files = _unique(_of_frame(source, wanted))
            return wanted, []
        return wanted, collect_ids(source)[0]
    return wanted, _collect_items(source, sandboxed)


def load_files(
    wanted: Wanted, items: list[str], session: ImgurSession, progress: bool | None
) -> None:
    """Load ids, a credit or two each, and add the files behind them.

    Raises
    ------
    NotFound
        There is nothing of them.
    """
    if not items:
        return
    found: dict[str, list[WantedFile]] = {}
    albums = [item.removeprefix("a/") for item in items if item.startswith("a/")]
    others = [item for item in items if "/" not in item and "." not in item]
    for item in items:
        if "." in item:
            image, _, extension = item.partition(".")
            found[item] = [WantedFile(image, None, extension)]
    options = (wanted, session, progress)
    posts, not_posts = _load_ids("posts", others, *options, nested=True)
    # Ids of the gallery and of images look alike; an image that was never shared has only a file.
    absent = [item for item, why in not_posts.items() if _is_absent(why)]
    images, not_images = _load_ids("images", absent, *options)
    of_albums, not_albums = _load_ids("album_images", albums, *options)
    for frame in (posts, images, of_albums):
        for file in () if frame is None else _of_frame(frame, wanted):
            owner = file.post_id or file.id
            found.setdefault(f"a/{owner}" if frame is of_albums else owner, []).append(file)
    refused = {item: why for item, why in not_posts.items() if not _is_absent(why)}
    wanted.reasons = {**refused, **not_images, **not_albums}
    missing = list(wanted.reasons)
    if missing and not any(found.values()) and len(missing) == len(items):
        names = ", ".join(missing[:5]) + (" ..." if len(missing) > 5 else "")
        raise NotFound(
            f"There is no post, album or image {names}: deleted, private, or misspelt.",
            status=404,
            reason=wanted.reasons[missing[0]],
        )
    wanted.files = _unique(file for item in items for file in found.get(item, ()))


def _load_ids(
    name: str, ids: list[str], wanted: Wanted, session: ImgurSession, progress: bool | None,
    **params: Any,
) -> tuple[pd.DataFrame | None, dict[str, str]]:  # fmt: skip
    """Load ids; return their frame, and why Imgur does not give some of them."""
    if not ids:
        return None, {}
    pull = Pull(name, ids=ids, **params)
    needed = pull.plan(session).credits_needed
    logger.info(
        "The files behind %s are not known: %s to load %s first.",
        plural(len(ids), "id"), plural(needed, "credit"), name,
    )  # fmt: skip
    try:
        frame = pull.run(session, progress=progress)
    except NotFound as error:
        if error.partial is None:
            raise
        frame = error.partial
    about = frame.attrs["imgurdata"]
    wanted.requests += about["requests"]
    wanted.credits += about["credits_spent"]
    return frame, about["missing_reasons"]


def _is_absent(reason: str) -> bool:
    return reason.startswith("not found")


# Frames ---------------------------------------------------------------------------------------


def _shows_files(frame: pd.DataFrame) -> bool:
    """Return whether a frame names images; frames of comments and of ids alone do not."""
    names = set(frame.columns) | set(frame.index.names)
    if "id" not in names or "parent_id" in names:
        return False
    return not names.isdisjoint({"is_album", "cover", "type", "media_type", "link"})


def _of_frame(frame: pd.DataFrame, wanted: Wanted) -> Iterator[WantedFile]:
    if not {"is_album", "cover", "images_count"}.isdisjoint(frame.columns):
        yield from _of_posts(frame, wanted)
        return
    types = "type" if "type" in frame else "media_type"
    columns = (_column(frame, name) for name in ("id", "post_id", types, "link"))
    for image, post, media_type, link in zip(*columns, strict=True):
        if image is not None:
            yield WantedFile(parse_id(image), _text(post), _extension(media_type, link))


def _of_posts(posts: pd.DataFrame, wanted: Wanted) -> Iterator[WantedFile]:
    """Yield the images that posts or albums show: their nested images, else their cover."""
    names = ("id", "is_album", "cover", "media_type", "link", "images_json", "images_count")
    for named, is_album, cover, media_type, link, nested, count in zip(
        *(_column(posts, name) for name in names), strict=True
    ):
        if named is None:
            continue
        post = parse_id(named)
        shown = _nested_images(nested, post)
        if not shown and is_album is not None and not is_album:
            shown = [WantedFile(post, post, _extension(media_type, link))]
        elif not shown and cover is not None:
            shown = [WantedFile(parse_id(cover), post, extension_of(_text(media_type)))]
        wanted.truncated += isinstance(count, (int, float)) and count > len(shown)
        yield from shown


def _nested_images(text: Any, post: str) -> list[WantedFile]:
    """Return the images in a post's column ``images_json``."""
    if not isinstance(text, str):
        return []
    try:
        images = msgspec.json.decode(text, type=list[dict[str, Any]] | None) or []
    except (msgspec.DecodeError, UnicodeError):
        refuse("frame_or_ids", "a frame whose column 'images_json' holds JSON", text)
    return [
        WantedFile(
            parse_id(image.get("id")), post, _extension(image.get("type"), image.get("link"))
        )
        for image in images
    ]


def _column(frame: pd.DataFrame, name: str) -> list[Any]:
    """Return a column, or a level of the index, with None for what is missing."""
    if name in frame:
        values: Any = frame[name]
    elif name in frame.index.names:
        values = frame.index.get_level_values(name)
    else:
        return [None] * len(frame)
    return [None if pd.isna(value) else value for value in values.tolist()]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _extension(media_type: Any, link: Any) -> str:
    """Return an image's extension from its type, else from the file that its link names."""
    match = _FILE.fullmatch(link.rpartition("/")[2]) if isinstance(link, str) else None
    return extension_of(_text(media_type), match[1] if match else "")


def _unique(files: Iterable[WantedFile]) -> list[WantedFile]:
    """Return each file once, with the first post that shows it."""
    found: dict[str, WantedFile] = {}
    for file in files:
        found.setdefault(file.id, file)
    return list(found.values())


# Ids ------------------------------------------------------------------------------------------


def _collect_items(source: Any, sandboxed: bool) -> list[str]:
    """Return ids, files as ``id.extension``, and albums as ``a/id``, each once."""

    def parse(value: Any) -> str:
        item = parse_id(value)
        text = str(value).strip()
        if not is_link(text):
            return item
        if not sandboxed and leads_to_loopback(text):
            _refuse_sandbox()
        words = path_of(text) or [""]
        if match := _FILE.fullmatch(words[-1]):
            return f"{item}.{extension_of(None, match[1])}"
        is_album = words[0] in {"a", "album"} or words[:2] == ["3", "album"]
        return f"a/{item}" if is_album else item

    # Mappings and frames are those of collect_ids(): "id", or "post_id" of comments.
    if not isinstance(source, (str, pd.Series, pd.Index)) and hasattr(source, "keys"):
        return collect_ids(source)[0]
    return collect("frame_or_ids", _ALLOWED, source, parse, lambda *_: ("id",))[0]


def _refuse_sandbox() -> None:
    raise InvalidArgument(
        "frame_or_ids must be of the Imgur that the session asks; got links to a sandbox. Its ids "
        "are made up, and at Imgur they may be somebody else's."
    )
