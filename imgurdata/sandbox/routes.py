"""The table of all routes: method and path, what answers them, and how their answers differ.

A path is matched from the top of the table. ``{name}`` is any one part, ``{name=a|b}`` one of these
words, ``{name?=a|b}`` one that may be left out, ``{name#}`` a page's number, ``{name@}`` an id of a
post (5 or 7 letters and digits, but no sort and no page), and ``*`` all that follows. What is in
braces or under the ``*`` is passed on. `reference` is the number of the endpoint in the API
reference, where W1 to W34 are its writes in the order of its table; what has none is an older or
another form of one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from imgurdata.sandbox import account_routes as account
from imgurdata.sandbox import album_routes as album
from imgurdata.sandbox import comment_routes as comment
from imgurdata.sandbox import gallery_routes as gallery
from imgurdata.sandbox import legacy_routes as legacy
from imgurdata.sandbox import upload_routes as uploads
from imgurdata.sandbox import web_routes as web
from imgurdata.sandbox.auth import ApiError
from imgurdata.sandbox.context import is_number, not_found
from imgurdata.sandbox.lists import SORTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from imgurdata.sandbox.request import Request

__all__ = ["ROUTES", "Route", "find_route"]

_POST_ID = re.compile(r"[A-Za-z0-9]{5}|[A-Za-z0-9]{7}")
#: Lists of the gallery, which a POST with a callback reads (JSONP) and nothing writes to.
_LISTS = frozenset({"hot", "top", "user", "search", "random"})
#: The list of tags comes out of the edge's cache (recorded headers 2017).
_CACHED = "max-age=600, stale-while-revalidate=600, stale-if-error=86400, public"
_KIND = "{kind?=album|image}"


@dataclass(frozen=True)
class Route:
    """A route.

    Attributes
    ----------
    reference : str
        Its number in the API reference, or empty.
    method, path : str
    answer : callable
        Makes ``data`` of the context and the parts of the path.
    cacheable : bool
        Whether the same request of the same account has the same answer until the clock moves or
        something is written.
    limit_headers : bool
        Whether good answers have limit headers: those of an edge cache do not.
    cache_control : str or None
        Instead of the API's usual ``no-store``.
    """

    reference: str
    method: str
    path: str
    answer: Callable[..., Any]
    cacheable: bool = True
    limit_headers: bool = True
    cache_control: str | None = None

    @property
    def gallery(self) -> bool:
        """Whether it is of the gallery: 404s of other routes have no limit headers."""
        return self.path.startswith(("/3/gallery", "/3/g/memes"))

    @property
    def enveloped(self) -> bool:
        """Whether the answer is put into ``data`` beside ``success`` and ``status``."""
        return self.path.startswith("/3/")

    def match(self, segments: Sequence[str]) -> list[Any] | None:
        """Return the variable parts of a path, or None if it is not of this route."""
        values: list[Any] = []
        parts = list(segments)
        for part in self.path.strip("/").split("/"):
            if part == "*":
                return [*values, *parts]
            name, _, words = part.strip("{}").partition("=")
            if name.endswith("?") and not (parts and parts[0] in words.split("|")):
                values.append(None)
                continue
            if not parts or not _fits(part, name, words, parts[0]):
                return None
            value = parts.pop(0)
            if part.startswith("{"):
                values.append(value)
        return None if parts else values


def _fits(part: str, name: str, words: str, value: str) -> bool:
    if not part.startswith("{"):
        return part == value
    if words:
        return value in words.split("|")
    if name.endswith("#"):
        return is_number(value)
    if name.endswith("@"):
        is_word = value in SORTS or is_number(value)
        return _POST_ID.fullmatch(value) is not None and not is_word
    if name.endswith("!"):
        return value not in _LISTS and not is_number(value)
    return True


def _credits(ctx: Any) -> Any:
    return ctx.allowance.body()


def _get(reference: str, path: str, answer: Callable[..., Any], **differs: Any) -> Route:
    return Route(reference, "GET", path, answer, **differs)


_READS = (
    # Galleries
    _get("G2", "/3/gallery/r/{subreddit}", gallery.forum, limit_headers=False),
    _get("G3", "/3/gallery/r/{subreddit}/{id@}", gallery.forum_post, limit_headers=False),
    _get("", "/3/gallery/r/{subreddit}/*", gallery.forum, limit_headers=False),
    _get("G5", "/3/gallery/t/{tag}/{id@}", gallery.tag_post),
    _get("G4", "/3/gallery/t/{tag}/*", gallery.tag_posts),
    _get("G6", "/3/tags", gallery.tags, limit_headers=False, cache_control=_CACHED),
    _get("G7", "/3/gallery/tag_info/{tag}", gallery.tag_info, limit_headers=False),
    _get("G9", "/3/gallery/search/*", gallery.search),
    _get("G10", "/3/gallery/random/*", gallery.random_posts),
    _get("G20", "/3/g/memes/{id@}", legacy.meme),
    _get("G19", "/3/g/memes/*", legacy.meme_posts),
    _get("", "/3/gallery/g/memes/{id@}", legacy.meme),
    _get("", "/3/gallery/g/memes/*", legacy.meme_posts),
    _get("G1", "/3/gallery/{section=hot|top|user}/*", gallery.posts),
    _get("", "/3/gallery", gallery.posts),
    _get("", "/3/gallery/{page#}", gallery.posts),
    _get("G11", "/3/gallery/{kind=album}/{id}", gallery.post),
    _get("G12", "/3/gallery/{kind=image}/{id}", gallery.post),
    _get("G13", f"/3/gallery/{_KIND}/{{id}}", gallery.post),
    _get("G8", f"/3/gallery/{_KIND}/{{id}}/tags", gallery.tags_of),
    _get("G14", f"/3/gallery/{_KIND}/{{id}}/votes", gallery.votes),
    _get("G17", f"/3/gallery/{_KIND}/{{id}}/comments/{{form=ids}}", comment.comments),
    _get("G18", f"/3/gallery/{_KIND}/{{id}}/comments/{{form=count}}", comment.comments),
    _get("G15", f"/3/gallery/{_KIND}/{{id}}/comments/*", comment.comments),
    _get("G16", f"/3/gallery/{_KIND}/{{id}}/comment/{{comment}}", comment.post_comment),
    # Albums, images, comments
    _get("A1", "/3/album/{id}", album.album),
    _get("A2", "/3/album/{id}/images", album.album_images_of),
    _get("A3", "/3/album/{id}/image/{image}", album.album_image),
    _get("A4", "/3/album/{id}/comments/*", comment.album_comments),
    _get("I1", "/3/image/{id}", album.image),
    _get("I2", "/3/image/{id}/comments/*", comment.image_comments),
    _get("C1", "/3/comment/{comment}", comment.comment),
    _get("C2", "/3/comment/{comment}/replies", comment.replies),
    # Accounts
    _get("", "/3/account", account.account),
    _get("U1", "/3/account/{user}", account.account),
    _get("U2", "/3/account/{user}/{list=images}/{page#}", account.account_list),
    _get("U3", "/3/account/{user}/image/{id}", account.image),
    _get("U4", "/3/account/{user}/{list=images}/{form=ids}/{page#}", account.account_list),
    _get("U5", "/3/account/{user}/{list=images}/{form=count}", account.account_list),
    _get("U6", "/3/account/{user}/{list=albums}/{page#}", account.account_list),
    _get("U7", "/3/account/{user}/album/{id}", account.album),
    _get("U8", "/3/account/{user}/{list=albums}/{form=ids}/{page#}", account.account_list),
    _get("U9", "/3/account/{user}/{list=albums}/{form=count}", account.account_list),
    _get("U11", "/3/account/{user}/comment/{comment}", account.comment),
    _get("U12", "/3/account/{user}/{list=comments}/{form=ids}/*", account.account_list),
    _get("U13", "/3/account/{user}/{list=comments}/{form=count}", account.account_list),
    _get("U10", "/3/account/{user}/{list=comments}/*", account.account_list),
    _get("", "/3/account/{user}/{list=images|albums}/*", account.account_list),
    _get("U14", "/3/account/{user}/favorites/*", account.favorites),
    _get("U15", "/3/account/{user}/gallery_favorites/*", account.gallery_favorites),
    _get("U16", "/3/account/{user}/submissions/*", account.submissions),
    _get("U17", "/3/account/{user}/settings", account.settings),
    _get("U18", "/3/account/{user}/gallery_profile", account.profile),
    _get("U19", "/3/account/{user}/available_avatars", account.avatars),
    _get("U20", "/3/account/{user}/avatar", account.own_avatar),
    _get("U21", "/3/account/{user}/verifyemail", account.mail_state),
    # Blocks come from a newer backend: no limit headers (recorded answer 2018).
    _get("U22", "/account/v1/{user}/block", account.block_state, limit_headers=False),
    _get("U23", "/3/account/{user}/block", account.blocks, limit_headers=False),
    _get("", "/3/account/{user}/folders", account.folders),
    _get("U24", "/3/account/{user}/folders/{folder}/favorites", account.folder_favorites),
    _get("U25", "/3/account/{user}/notifications", account.unread),
    _get("U26", "/3/account/{user}/notifications/{kind=replies|messages}", account.replies),
    # Others
    _get("N1", "/3/notification", account.unread),
    _get("N2", "/3/notification/{id}", account.one_notification),
    _get("V1", "/3/conversations", legacy.conversations),
    _get("V2", "/3/conversations/{id}", legacy.conversation),
    _get("", "/3/conversations/{id}/{page}", legacy.conversation),
    _get("", "/3/conversations/{id}/{page}/{offset}", legacy.conversation),
    _get("T1", "/3/topics/defaults", legacy.topics),
    _get("T3", "/3/topics/{topic}/{id@}", legacy.topic_post),
    _get("T2", "/3/topics/{topic}/*", legacy.topic),
    _get("M1", "/3/memegen/defaults", legacy.memes),
    _get("K2", "/3/g/custom/{id@}", legacy.custom_post),
    _get("K1", "/3/g/custom/*", legacy.custom),
    _get("K3", "/3/g/filtered/*", legacy.filtered),
    _get("", "/3/g/filtered_out", legacy.filtered_out),
    _get("K4", "/3/g", legacy.galleries),
    _get("", "/3/g/{id}/*", legacy.gallery),
    _get("X1", "/3/credits", _credits, cacheable=False),
    _get("X2", "/3/feed", legacy.feed),
    # The website's own API
    _get("", "/post/v1/media/{id}", web.medium),
    _get("", "/post/v1/albums/{id}", web.album),
    _get("", "/post/v1/posts/{id}", web.post),
    _get("", "/post/v1/accounts/me/all_posts", web.all_posts),
    _get("", "/post/v1/accounts/me/hidden_albums", web.hidden_albums),
)

_WRITES = (
    Route("W1", "POST", "/3/image", uploads.upload),
    Route("", "POST", "/3/upload", uploads.upload),
    Route("W2", "DELETE", "/3/image/{id}", album.delete_image),
    Route("", "DELETE", "/3/account/{user}/image/{id}", album.delete_own_image),
    Route("W3", "POST", "/3/image/{id}", album.update_image),
    Route("", "PUT", "/3/image/{id}", album.update_image),
    Route("W4", "POST", "/3/image/{id}/favorite", album.favorite),
    Route("W5", "POST", "/3/album", album.create_album),
    Route("W6", "PUT", "/3/album/{id}", album.change_album),
    Route("W7", "DELETE", "/3/album/{id}", album.delete_album),
    Route("", "DELETE", "/3/account/{user}/album/{id}", album.delete_own_album),
    Route("W8", "POST", "/3/album/{id}/favorite", album.favorite),
    Route("W9", "POST", "/3/album/{id}", album.change_album),
    Route("W10", "POST", "/3/album/{id}/add", album.add_images),
    Route("", "PUT", "/3/album/{id}/add", album.add_images),
    Route("W11", "POST", "/3/album/{id}/remove_images", album.remove_images),
    Route("", "DELETE", "/3/album/{id}/remove_images", album.remove_images),
    Route("W14", "POST", "/3/gallery/tags/{id}", gallery.change_tags),
    Route("W12", "POST", f"/3/gallery/{_KIND}/{{id!}}", gallery.share),
    Route("W13", "DELETE", "/3/gallery/{id}", gallery.remove),
    Route("W15", "POST", "/3/gallery/{id}/vote/tag/{tag}/{vote}", gallery.vote_on_tag),
    Route("W16", "POST", f"/3/gallery/{_KIND}/{{id}}/report", gallery.report),
    Route("W17", "POST", f"/3/gallery/{_KIND}/{{id}}/vote/{{vote}}", gallery.vote),
    Route("W18", "POST", f"/3/gallery/{_KIND}/{{id}}/comment", comment.write_on),
    Route("W19", "POST", f"/3/gallery/{_KIND}/{{id}}/comment/{{comment}}", comment.write_on),
    Route("W20", "POST", "/3/comment", comment.create),
    Route("W21", "POST", "/3/comment/{comment}", comment.create),
    Route("W22", "DELETE", "/3/comment/{comment}", comment.delete),
    Route("", "DELETE", "/3/account/{user}/comment/{comment}", comment.delete_own),
    Route("W23", "POST", "/3/comment/{comment}/vote/{vote}", comment.vote),
    Route("W24", "POST", "/3/comment/{comment}/report", comment.report),
    Route("W25", "PUT", "/3/account/{user}/settings", account.change_settings),
    Route("", "POST", "/3/account/{user}/settings", account.change_settings),
    Route("W26", "POST", "/3/account/{user}/verifyemail", account.send_mail),
    Route("W27", "POST", "/account/v1/{user}/block", account.block),
    Route("W28", "DELETE", "/account/v1/{user}/block", account.unblock),
    Route("W29", "POST", "/3/account/me/follow/tag/{tag}", account.follow),
    Route("W30", "DELETE", "/3/account/me/follow/tag/{tag}", account.unfollow),
    Route("W31", "POST", "/3/account/me/delete", account.close_account),
    Route("W32", "POST", "/3/notification/{id}", account.mark_viewed),
    Route("", "PUT", "/3/notification/{id}", account.mark_viewed),
    Route("", "DELETE", "/3/notification/{id}", account.mark_viewed),
    Route("", "POST", "/3/notification", account.mark_viewed),
    Route("", "PUT", "/3/notification", account.mark_viewed),
    Route("", "DELETE", "/3/notification", account.mark_viewed),
    Route("", "POST", "/3/conversations/report/{user}", legacy.report_sender),
    Route("", "POST", "/3/conversations/block/{user}", legacy.block_sender),
    Route("W33", "POST", "/3/conversations/{user}", legacy.send_message),
    Route("", "DELETE", "/3/conversations/{id}", legacy.delete_conversation),
    Route("", "POST", "/3/g", legacy.create_gallery),
    Route("", "POST", "/3/g/block_tag", legacy.block_tag),
    Route("", "POST", "/3/g/unblock_tag", legacy.unblock_tag),
    Route("", "POST", "/3/g/{id}", legacy.rename_gallery),
    Route("", "DELETE", "/3/g/{id}", legacy.delete_gallery),
    Route("W34", "PUT", "/3/g/{id}/add_tags", legacy.add_tags),
    Route("", "DELETE", "/3/g/{id}/remove_tags", legacy.remove_tags),
)  # fmt: skip

ROUTES: tuple[Route, ...] = (*_READS, *_WRITES)

#: By the first two parts of the path, so that few are tried.
_FAMILIES: dict[tuple[str, ...], list[Route]] = {}
for _route in ROUTES:
    _FAMILIES.setdefault(tuple(_route.path.split("/")[1:3]), []).append(_route)


def find_route(request: Request) -> tuple[Route, list[Any]]:
    """Return the route of a request, and the variable parts of its path.

    Raises
    ------
    ApiError
        404 where there is no such path, or nothing to read; 405 where it has no such method.
    """
    method = "GET" if request.method == "HEAD" else request.method
    others: tuple[Route, list[Any]] | None = None
    for route in _FAMILIES.get(request.segments[:2], ()):
        values = route.match(request.segments)
        if values is None:
            continue
        if route.method == method:
            return route, values
        others = others or (route, values)
    if others is None or method == "GET":
        raise not_found()
    # JSONP may be asked for by POST (API reference, Formats).
    if method == "POST" and others[0].method == "GET" and "callback" in request.query:
        return others
    raise ApiError(405, "Method Not Allowed")
