"""Clients by other people on a sandbox: every method of each that reads or writes.

Only the address of Imgur is changed in them. `Scenario` lists what each method is called with;
`FAULTS` names the methods that cannot work, with the reason, which is the client's own in each
case. Where a client is not installed its part is left out; ``.ci/run`` installs them all. Those
from npm are looked for in the folder that ``$IMGURDATA_NPM`` names.
"""

from __future__ import annotations

import base64
import importlib
import inspect
import io
import json
import os
import shutil
import subprocess
import urllib.request
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image

from imgurdata.sandbox import Sandbox
from imgurdata.sandbox.world import WORLD_NOW

# Some leave the files open that they read.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)

IMGUR = "https://api.imgur.com"
#: Addresses that the clients have in their code, and which are the sandbox's here.
HOSTS = (IMGUR, "https://imgur.com", "https://i.imgur.com")


def png(number: int = 0) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40 + number, 30), "teal").save(out, "PNG")
    return out.getvalue()


class Scenario:
    """A sandbox with examples of everything, and a person who owns some of it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        world = self.world = sandbox._app.store.world
        votes = sandbox._app.store.votes
        talkers = {a for one in world.conversations.values() for a in one.accounts if one.until(0)}
        people = [
            one
            for one in world.people
            if one.id in talkers
            and not one.private
            and world.uploads.albums_of(one, None, WORLD_NOW)
            and one.url.isalnum()
            and sandbox._app.store.world.comments.by_author(one.id, WORLD_NOW)
        ]
        self.account = max(people, key=lambda one: len(votes.favorites(one, WORLD_NOW)))
        self.name = self.account.url
        self.other = next(one.url for one in people if one.id != self.account.id)
        # The client's own; some of its methods end them.
        self.access, self.refresh = sandbox.issue_tokens(self.name)
        self.headers = {"Authorization": f"Bearer {sandbox.issue_token(self.name)}"}
        hot = self.get("/3/gallery/hot/viral/day/0")
        self.albums = [row["id"] for row in hot if row["is_album"]]
        self.post = max(hot, key=lambda row: row["comment_count"])
        self.tagged = next(row for row in hot if row["tags"] and row["is_album"])
        self.tag = self.tagged["tags"][0]["name"]
        self.picture = next(
            post.id for post in world.posts if not post.is_album and post.created < WORLD_NOW
        )
        tree = self.get(f"/3/gallery/{self.post['id']}/comments")
        self.comment = next(row for row in tree if row["children"] and not row["deleted"])
        self.reply = self.get("/3/notification?new=false")["replies"][0]["id"]
        self.conversation = self.get("/3/conversations")[0]["id"]
        self.forum_post = next(
            row["id"] for row in self.get("/3/gallery/r/CatsInBoxes") if not row["is_album"]
        )
        self.meme = self.get("/3/g/memes")[0]["id"]
        self.own_album = next(
            row["id"] for row in self.get(f"/3/account/{self.name}/albums") if row["images_count"]
        )
        self.own_image = self.get("/3/account/me/images")[0]["id"]
        self.link = f"{sandbox.url}/{self.picture}.jpg"
        self.numbers = iter(range(1000))

    def get(self, path: str) -> Any:
        answer = requests.get(self.sandbox.url + path, headers=self.headers, timeout=20)
        return answer.json()["data"]

    def post_form(self, path: str, **form: Any) -> Any:
        answer = requests.post(self.sandbox.url + path, headers=self.headers, data=form, timeout=20)
        assert answer.ok, answer.text
        return answer.json()["data"]

    def new_image(self) -> dict[str, Any]:
        """An image of one's own, with its delete hash."""
        content = base64.b64encode(png(next(self.numbers)))
        return dict(self.post_form("/3/image", image=content))

    def new_album(self) -> dict[str, Any]:
        """An album of one's own that holds an image."""
        made = self.post_form("/3/album", **{"ids[]": self.new_image()["id"], "title": "Mine"})
        return dict(made)

    def shared_album(self) -> str:
        """An album of one's own in the gallery."""
        album = str(self.new_album()["id"])
        self.post_form(f"/3/gallery/album/{album}", title="Shared")
        return album

    def own_comment(self) -> int:
        number = self.post_form("/3/comment", image_id=self.post["id"], comment="Mine")["id"]
        return int(number)


@pytest.fixture
def study(monkeypatch, tmp_path):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    limits = {"user": 100_000, "client": 100_000, "post": 100_000}
    with Sandbox(limits=limits) as sandbox:
        found = Scenario(sandbox)
        found.file = tmp_path / "a picture.png"
        found.file.write_bytes(png())

        def there(url: str) -> str:
            for host in HOSTS:
                url = url.replace(host, sandbox.url)
            return url

        send, opened = requests.Session.request, urllib.request.Request.__init__

        def request(self, method, url, **options):
            return send(self, method, there(url), **options)

        def init(self, url, **options):
            opened(self, there(url), **options)

        monkeypatch.setattr(requests.Session, "request", request)
        monkeypatch.setattr(urllib.request.Request, "__init__", init)
        yield found


def needs(*names: str) -> pytest.MarkDecorator:
    """Leave a test out where a client is not installed; where those from npm are, all must be."""
    missing = [] if "IMGURDATA_NPM" in os.environ else [n for n in names if not find_spec(n)]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} is not installed")


def methods_of(*kinds: Any) -> set[str]:
    """Names of all methods that people are meant to call."""
    names = set()
    for kind in kinds:
        for name, member in vars(kind).items():
            if not name.startswith("_") and inspect.isfunction(inspect.unwrap(member)):
                names.add(name if len(kinds) == 1 else f"{kind.__name__}.{name}")
    return names


def check(subtests, calls, faults, all_methods, local):
    """Call everything; what is in `faults` must fail, the rest must not."""
    assert set(calls) | set(faults) | set(local) == all_methods
    assert not set(calls) & set(local)
    for name, call in calls.items():
        with subtests.test(method=name, fault=faults.get(name)):
            if name in faults:
                with pytest.raises(Exception) as raised:
                    call()
                assert not isinstance(raised.value, AssertionError)
            else:
                call()


def some(value: Any) -> Any:
    """What a call that reads must give: something."""
    assert value not in (None, [], {}, ""), value
    return value


def done(value: Any) -> Any:
    """What a call that writes must give: no error."""
    assert value is not False
    return value


# imgurpython 1.1.7 --------------------------------------------------------------------------------

IMGURPYTHON_FAULTS = {
    "mark_notifications_as_read": "sends the ids as a bare body, in no field",
}


@needs("imgurpython")
def test_imgurpython(subtests, study, monkeypatch):
    module = importlib.import_module("imgurpython.client")
    monkeypatch.setattr(module, "API_URL", study.sandbox.url + "/")
    sandbox = study.sandbox
    c = module.ImgurClient(sandbox.client_id, sandbox.client_secret, study.access, study.refresh)
    me, post, album = study.name, study.post["id"], study.own_album
    gallery = c.create_custom_gallery("Mine", ["cats"]).id
    unverified = next(
        one
        for one in study.world.people
        if requests.get(
            f"{sandbox.url}/3/account/{one.url}/verifyemail",
            headers={"Authorization": f"Bearer {sandbox.issue_token(one.url)}"},
            timeout=20,
        ).json()["data"]
        is False
    )

    def verify():
        c.set_user_auth(*sandbox.issue_tokens(unverified.url))
        try:
            return c.send_verification_email(unverified.url)
        finally:
            c.set_user_auth(study.access, study.refresh)

    reads = {
        "get_credits": lambda: some(c.get_credits()),
        "get_account": lambda: some(c.get_account(me).url),
        "get_gallery_favorites": lambda: some(c.get_gallery_favorites(me)),
        "get_account_favorites": lambda: some(c.get_account_favorites(me)),
        "get_account_submissions": lambda: some(c.get_account_submissions(me)),
        "get_account_settings": lambda: some(c.get_account_settings(me).email),
        "get_email_verification_status": lambda: c.get_email_verification_status(me) in (0, 1),
        "get_account_albums": lambda: some(c.get_account_albums(me)),
        "get_account_album_ids": lambda: some(c.get_account_album_ids(me)),
        "get_account_album_count": lambda: some(c.get_account_album_count(me)),
        "get_account_comments": lambda: some(c.get_account_comments(me)),
        "get_account_comment_ids": lambda: some(c.get_account_comment_ids(me)),
        "get_account_comment_count": lambda: some(c.get_account_comment_count(me)),
        "get_account_images": lambda: some(c.get_account_images(me)),
        "get_account_image_ids": lambda: some(c.get_account_image_ids(me)),
        "get_account_images_count": lambda: some(c.get_account_images_count(me)),
        "get_album": lambda: some(c.get_album(album).images),
        "get_album_images": lambda: some(c.get_album_images(album)),
        "get_comment": lambda: some(c.get_comment(study.comment["id"]).comment),
        "get_comment_replies": lambda: some(c.get_comment_replies(study.comment["id"]).children),
        "get_custom_gallery": lambda: some(c.get_custom_gallery(gallery).items),
        "get_user_galleries": lambda: some(c.get_user_galleries()),
        "filtered_out_tags": lambda: some(c.filtered_out_tags()["tags"]),
        "gallery": lambda: some(c.gallery("top", "time", 0, "week")),
        "memes_subgallery": lambda: some(c.memes_subgallery("top", 0, "month")),
        "memes_subgallery_image": lambda: some(c.memes_subgallery_image(study.meme).title),
        "subreddit_gallery": lambda: some(c.subreddit_gallery("CatsInBoxes", "top", "year")),
        "subreddit_image": lambda: some(c.subreddit_image("CatsInBoxes", study.forum_post).title),
        "gallery_tag": lambda: some(c.gallery_tag(study.tag).items),
        "gallery_tag_image": lambda: some(c.gallery_tag_image(study.tag, study.tagged["id"]).id),
        "gallery_item_tags": lambda: some(c.gallery_item_tags(study.tagged["id"])),
        "gallery_search": lambda: some(c.gallery_search("", {"q_all": "cat"})),
        "gallery_random": lambda: some(c.gallery_random()),
        "gallery_item": lambda: some(c.gallery_item(post).title),
        "gallery_item_comments": lambda: some(c.gallery_item_comments(post)),
        "gallery_comment_ids": lambda: some(c.gallery_comment_ids(post)),
        "gallery_comment_count": lambda: some(c.gallery_comment_count(post)),
        "get_image": lambda: some(c.get_image(study.own_image).link),
        "conversation_list": lambda: some(c.conversation_list()),
        "get_conversation": lambda: some(c.get_conversation(study.conversation).messages),
        "get_notifications": lambda: some(c.get_notifications(new=False)["replies"]),
        "get_notification": lambda: some(c.get_notification(study.reply).content.comment),
        "default_memes": lambda: some(c.default_memes()),
    }
    image = study.new_image()["id"]
    writes = {
        "change_account_settings": lambda: done(c.change_account_settings(me, {"bio": "x"})),
        "send_verification_email": lambda: done(verify()),
        "create_album": lambda: some(c.create_album({"ids": [image], "title": "T"})["id"]),
        "update_album": lambda: done(c.update_album(study.new_album()["id"], {"ids": [image]})),
        "album_delete": lambda: done(c.album_delete(study.new_album()["id"])),
        "album_favorite": lambda: some(c.album_favorite(album)),
        "album_set_images": lambda: done(c.album_set_images(study.new_album()["id"], [image])),
        "album_add_images": lambda: done(c.album_add_images(study.new_album()["id"], [image])),
        "album_remove_images": lambda: done(c.album_remove_images(study.new_album()["id"], image)),
        "delete_comment": lambda: done(c.delete_comment(study.own_comment())),
        "post_comment_reply": lambda: some(
            c.post_comment_reply(study.comment["id"], post, "Hm")["id"]
        ),
        "comment_vote": lambda: done(c.comment_vote(study.comment["id"], "down")),
        "comment_report": lambda: c.comment_report(study.comment["id"]),
        "create_custom_gallery": lambda: some(c.create_custom_gallery("Other", ["dogs"]).id),
        "custom_gallery_update": lambda: some(c.custom_gallery_update(gallery, "New").name),
        "custom_gallery_add_tags": lambda: c.custom_gallery_add_tags(gallery, ["dogs", "space"]),
        "custom_gallery_remove_tags": lambda: c.custom_gallery_remove_tags(gallery, ["space"]),
        "custom_gallery_delete": lambda: done(c.custom_gallery_delete(gallery)),
        "block_tag": lambda: c.block_tag("cats"),
        "unblock_tag": lambda: c.unblock_tag("cats"),
        "gallery_tag_vote": lambda: done(c.gallery_tag_vote(study.tagged["id"], study.tag, "up")),
        "share_on_imgur": lambda: done(c.share_on_imgur(study.new_image()["id"], "Title", 1)),
        "remove_from_gallery": lambda: done(c.remove_from_gallery(study.shared_album())),
        "report_gallery_item": lambda: done(c.report_gallery_item(post)),
        "gallery_item_vote": lambda: done(c.gallery_item_vote(post, "up")),
        "gallery_comment": lambda: some(c.gallery_comment(post, "Hello")["id"]),
        "upload_from_path": lambda: some(c.upload_from_path(study.file, anon=False)["link"]),
        "upload_from_url": lambda: some(c.upload_from_url(study.link)["link"]),
        "delete_image": lambda: done(c.delete_image(study.new_image()["id"])),
        "favorite_image": lambda: some(c.favorite_image(study.own_image)),
        "create_message": lambda: done(c.create_message(study.other, "Hello")),
        "delete_conversation": lambda: done(c.delete_conversation(study.conversation)),
        "report_sender": lambda: done(c.report_sender(study.other)),
        "block_sender": lambda: done(c.block_sender(study.other)),
        "mark_notifications_as_read": lambda: c.mark_notifications_as_read([str(study.reply)]),
        "authorize": lambda: some(
            c.authorize(sandbox.issue_code(study.other, "pin"), "pin")["access_token"]
        ),
    }
    local = {
        "get_auth_url", "get_client_id", "logged_in", "make_request", "prepare_headers",
        "set_user_auth", "validate_user_context",
    }  # fmt: skip
    kind = module.ImgurClient
    check(subtests, {**reads, **writes}, IMGURPYTHON_FAULTS, methods_of(kind), local)
    assert (len(reads), len(writes)) == (43, 36)
    assert study.get(f"/3/account/{me}")["bio"] == "x"


# PyImgur 0.8.1 ------------------------------------------------------------------------------------

_GONE = "a route of 2012 that Imgur has no more"
PYIMGUR_FAULTS = {
    "Imgur.get_message": _GONE,
    "Message.get_thread": _GONE,
    "Message.delete": _GONE,
    "Message.reply": _GONE,
    "User.send_message": _GONE,
    "User.get_statistics": _GONE,
    "User.delete": "a route that Imgur never documented",
    "Comment.delete": "asks to delete an image with the number of the comment",
}


@needs("pyimgur")
def test_pyimgur(subtests, study, monkeypatch):
    module = importlib.import_module("pyimgur")
    objects = importlib.import_module("pyimgur.objects")
    image_module = importlib.import_module("pyimgur.image")
    monkeypatch.setattr(module, "IMGUR_BASE", study.sandbox.url)
    sandbox, post = study.sandbox, study.post
    c = module.Imgur(sandbox.client_id, sandbox.client_secret, study.access, study.refresh)
    me = c.get_user(study.name)
    album, picture = c.get_album(study.own_album), c.get_image(study.own_image)
    item = c.get_gallery_album(post["id"]) if post["is_album"] else c.get_gallery_image(post["id"])
    comment = c.get_comment(study.comment["id"])
    message = objects.Message({"id": 7, "parent_id": 7, "from": study.other}, c)

    def new_image():
        return c.get_image(study.new_image()["id"])

    def new_album():
        return c.get_album(study.new_album()["id"])

    def exchanged(kind):
        # Another application's, since a new sign-in ends the tokens of the one before.
        other = sandbox.add_client()
        there = module.Imgur(other, sandbox.secret_of(other))
        code = sandbox.issue_code(study.name, kind, client_id=other)
        return there.exchange_pin(code) if kind == "pin" else there.exchange_code(code)

    reads = {
        "Imgur.get_album": lambda: some(c.get_album(study.own_album).images),
        "Imgur.get_at_url": lambda: some(c.get_at_url(f"http://imgur.com/a/{study.own_album}").id),
        "Imgur.get_comment": lambda: some(c.get_comment(study.comment["id"]).text),
        "Imgur.get_gallery": lambda: some(c.get_gallery("top", "time", "week", limit=70)),
        "Imgur.get_gallery_album": lambda: some(c.get_gallery_album(study.albums[0]).title),
        "Imgur.get_gallery_image": lambda: some(c.get_gallery_image(study.picture).title),
        "Imgur.get_image": lambda: some(c.get_image(study.own_image).link),
        "Imgur.get_message": lambda: c.get_message(7),
        "Imgur.get_memes_gallery": lambda: some(c.get_memes_gallery(limit=70)),
        "Imgur.get_notification": lambda: some(c.get_notification(study.reply).content),
        "Imgur.get_subreddit_gallery": lambda: some(c.get_subreddit_gallery("CatsInBoxes")),
        "Imgur.get_subreddit_image": lambda: some(
            c.get_subreddit_image("CatsInBoxes", study.forum_post).title
        ),
        "Imgur.get_user": lambda: some(c.get_user(study.name).reputation),
        "Imgur.search_gallery": lambda: some(c.search_gallery("cat", limit=70)),
        "Comment.get_replies": lambda: some(comment.get_replies()),
        "Message.get_thread": message.get_thread,
        "Gallery_item.get_comments": lambda: some(item.get_comments(limit=30)),
        "Gallery_item.get_votes": lambda: some(item.get_votes()["ups"]),
        "User.get_albums": lambda: some(me.get_albums()),
        "User.get_comments": lambda: some(me.get_comments(limit=60)),
        "User.get_favorites": lambda: some(me.get_favorites(limit=70)),
        "User.get_gallery_favorites": lambda: some(me.get_gallery_favorites("oldest", 70)),
        "User.get_gallery_profile": lambda: some(me.get_gallery_profile()["trophies"]),
        "User.get_images": lambda: some(me.get_images(limit=60)),
        "User.get_messages": lambda: some(me.get_messages(new=False)),
        "User.get_notifications": lambda: some(me.get_notifications(new=False)["replies"]),
        "User.get_replies": lambda: some(me.get_replies(new=False)),
        "User.get_settings": lambda: some(me.get_settings()["email"]),
        "User.get_statistics": me.get_statistics,
        "User.get_submissions": lambda: some(me.get_submissions()),
        "User.has_verified_email": lambda: me.has_verified_email() in (True, False),
        "Image.download": lambda: some(
            picture.download(str(study.file.parent), name="copy").read_bytes()
        ),
    }
    writes = {
        "Imgur.create_album": lambda: some(c.create_album("T", images=[new_image()]).id),
        "Imgur.exchange_code": lambda: some(exchanged("code")),
        "Imgur.exchange_pin": lambda: some(exchanged("pin")),
        "Imgur.refresh_access_token": lambda: some(c.refresh_access_token()),
        "Imgur.upload_image": lambda: some(c.upload_image(study.file, title="T").deletehash),
        "Album.add_images": lambda: done(new_album().add_images([new_image()])),
        "Album.delete": lambda: done(new_album().delete()),
        "Album.favorite": lambda: some(album.favorite()),
        "Album.remove_images": lambda: done(new_album().remove_images([new_image()])),
        "Album.submit_to_gallery": lambda: some(new_album().submit_to_gallery("T", True).id),
        "Album.update": lambda: done(new_album().update(title="New")),
        "Comment.delete": comment.delete,
        "Comment.downvote": lambda: done(comment.downvote()),
        "Comment.reply": lambda: some(comment.reply("Hm").id),
        "Comment.upvote": lambda: done(comment.upvote()),
        "Notification.mark_as_viewed": lambda: done(
            c.get_notification(study.reply).mark_as_viewed()
        ),
        "Message.delete": message.delete,
        "Message.reply": lambda: message.reply("Hello"),
        "Gallery_item.comment": lambda: some(item.comment("Hello").id),
        "Gallery_item.downvote": lambda: done(item.downvote()),
        "Gallery_item.remove_from_gallery": lambda: some(
            c.get_gallery_album(study.shared_album()).remove_from_gallery().id
        ),
        "Gallery_item.upvote": lambda: done(item.upvote()),
        "User.change_settings": lambda: done(me.change_settings(bio="x")),
        "User.delete": me.delete,
        "User.send_message": lambda: c.get_user(study.other).send_message("Hello"),
        "User.send_verification_email": lambda: unverified(
            study, module.Imgur(sandbox.client_id)
        ).send_verification_email(),
        "Image.delete": lambda: done(new_image().delete()),
        "Image.favorite": lambda: some(picture.favorite()),
        "Image.submit_to_gallery": lambda: some(new_image().submit_to_gallery("T", True).id),
        "Image.update": lambda: done(new_image().update(title="New")),
    }
    local = {
        "Imgur.authorization_url", "Imgur.change_authentication", "Imgur.is_imgur_url",
        "Imgur.send_request", "Gallery_item.get_album_or_image",
    }  # fmt: skip
    kinds = [module.Imgur, objects.Album, objects.Comment, objects.Notification, objects.Message]
    kinds += [objects.Gallery_item, objects.User, image_module.Image]
    check(subtests, {**reads, **writes}, PYIMGUR_FAULTS, methods_of(*kinds), local)
    assert (len(reads), len(writes)) == (32, 30)


def unverified(study, client):
    """A person of the client whose mail address is not verified, signed in."""
    for person in study.world.people:
        client.change_authentication(access_token=study.sandbox.issue_token(person.url))
        user = client.get_user(person.url)
        if not user.has_verified_email():
            return user
    raise LookupError


# imgur-python 0.2.4 -------------------------------------------------------------------------------

IMGUR_PYTHON_FAULTS = {
    "comment_vote": "puts the number of the comment where the vote should be",
    # It does refresh the token, so it comes last here.
    "access_token": "calls a method that its class does not have",
}


@needs("imgur_python")
def test_imgur_python(subtests, study):
    module = importlib.import_module("imgur_python")
    sandbox, post = study.sandbox, study.post["id"]
    config = {
        "client_id": sandbox.client_id, "client_secret": sandbox.client_secret,
        "access_token": study.access, "refresh_token": study.refresh,
        "account_username": study.name,
    }  # fmt: skip
    c = module.Imgur(config)

    def data(answer):
        return some(answer["response"]["data"])

    image = study.new_image()["id"]
    reads = {
        "account_base": lambda: data(c.account_base(study.name)),
        "block_status": lambda: data(c.block_status(study.other)),
        "blocks": lambda: data(c.blocks()),
        "favorites": lambda: data(c.favorites()),
        "submissions": lambda: data(c.submissions(study.name)),
        "avatars": lambda: data(c.avatars()),
        "avatar": lambda: data(c.avatar()),
        "settings": lambda: data(c.settings()),
        "gallery_profile": lambda: data(c.gallery_profile("me")),
        "notifications": lambda: c.notifications()["response"]["success"],
        "comments": lambda: data(c.comments()),
        "comment_get": lambda: data(c.comment_get(study.comment["id"])),
        "comment_ids": lambda: data(c.comment_ids()),
        "comment_replies": lambda: data(c.comment_replies(study.comment["id"])),
        "albums": lambda: data(c.albums()),
        "album_get": lambda: data(c.album_get(study.own_album)),
        "album_images": lambda: data(c.album_images(study.own_album)),
        "album_ids": lambda: data(c.album_ids()),
        "images": lambda: data(c.images()),
        "image_get": lambda: data(c.image_get(study.own_image)),
        "image_ids": lambda: data(c.image_ids()),
        "gallery_tags": lambda: data(c.gallery_tags()),
        "gallery_tag": lambda: data(c.gallery_tag("cats")),
    }
    writes = {
        "settings (to change)": lambda: data(c.settings({"bio": "x"})),
        "block": lambda: data(c.block(study.other)),
        "unblock": lambda: data(c.unblock(study.other)),
        "follow_tag": lambda: data(c.follow_tag("cats")),
        "unfollow_tag": lambda: data(c.unfollow_tag("cats")),
        "comment_post": lambda: data(c.comment_post(post, "Hello", study.comment["id"])),
        "comment_delete": lambda: data(c.comment_delete(study.own_comment())),
        "comment_vote": lambda: c.comment_vote(study.comment["id"], "up"),
        "comment_report": lambda: c.comment_report(study.comment["id"], 1)["response"]["success"],
        "album_create": lambda: data(c.album_create([image], "T", "D")),
        "album_update": lambda: data(c.album_update(study.new_album()["id"], [image], "T", "D")),
        "album_delete": lambda: data(c.album_delete(study.new_album()["deletehash"])),
        "album_add": lambda: data(c.album_add(study.new_album()["id"], [image])),
        "album_remove": lambda: data(c.album_remove(study.new_album()["id"], [image])),
        "album_fav": lambda: data(c.album_fav(study.own_album)),
        "image_upload": lambda: data(c.image_upload(str(study.file), "T", "D")),
        "image_update": lambda: data(c.image_update(study.new_image()["id"], "T")),
        "image_delete": lambda: data(c.image_delete(study.new_image()["deletehash"])),
        "image_fav": lambda: data(c.image_fav(study.own_image)),
        "gallery_image": lambda: data(c.gallery_image(study.new_image()["id"], "T", 0, "cats")),
        "gallery_album": lambda: data(c.gallery_album(study.new_album()["id"], "T", 0, "cats")),
        "gallery_remove": lambda: data(c.gallery_remove(study.shared_album())),
        "access_token": lambda: some(c.access_token()["response"]["access_token"]),
    }
    local = {"authorize", "version"}
    known = methods_of(module.Imgur) | {"settings (to change)"}
    check(subtests, {**reads, **writes}, IMGUR_PYTHON_FAULTS, known, local)
    assert study.get("/3/account/me")["bio"] == "x"
    assert (len(reads), len(writes)) == (23, 23)


# pyimgurapi 0.5.0 ---------------------------------------------------------------------------------

PYIMGURAPI_FAULTS = {"Account.image_ids": "puts the page into the path twice"}


@needs("pyimgurapi")
def test_pyimgurapi(subtests, study):
    module = importlib.import_module("pyimgurapi")
    endpoints = importlib.import_module("pyimgurapi.endpoints")
    sandbox, post = study.sandbox, study.post["id"]
    c = module.ImgurAPI(study.refresh, sandbox.client_id, sandbox.client_secret)
    some(c.auth().access_token)

    def data(answer):
        return some(answer.data)

    def form():
        return io.BytesIO(png())

    image = study.new_image()["id"]
    reads = {
        "Account.base": lambda: data(c.account.base()),
        "Account.gallery_favorites": lambda: data(c.account.gallery_favorites(page=0)),
        "Account.favorites": lambda: data(c.account.favorites()),
        "Account.images": lambda: data(c.account.images(page=0)),
        "Account.image": lambda: data(c.account.image(study.own_image)),
        "Account.image_ids": lambda: data(c.account.image_ids(page=0)),
        "Account.image_count": lambda: data(c.account.image_count()),
        "Account.replies": lambda: c.account.replies().success,
        "Album.get_album": lambda: data(c.album.get_album(study.own_album)),
        "Album.album_images": lambda: data(c.album.album_images(study.own_album)),
        "Album.album_image": lambda: data(
            c.album.album_image(
                study.own_album, study.get(f"/3/album/{study.own_album}/images")[0]["id"]
            )
        ),
        "Comment.get_comment": lambda: data(c.comment.get_comment(study.comment["id"])),
        "Comment.replies": lambda: data(c.comment.replies(study.comment["id"])),
        "Image.get_image": lambda: data(c.image.get_image(study.own_image)),
    }
    writes = {
        "Account.generate_access_token": lambda: some(c.auth().refresh_token),
        "Account.image_delete": lambda: data(
            c.account.image_delete(study.new_image()["deletehash"])
        ),
        "Album.create": lambda: data(c.album.create([image], title="T")),
        "Album.update": lambda: data(c.album.update(study.new_album()["id"], title="New")),
        "Album.delete": lambda: data(c.album.delete(study.new_album()["id"])),
        "Album.favorite": lambda: data(c.album.favorite(study.own_album)),
        "Album.set_images": lambda: data(c.album.set_images(study.new_album()["id"], [image])),
        "Album.add": lambda: data(c.album.add(study.new_album()["id"], [image])),
        "Album.remove_images": lambda: data(
            c.album.remove_images(study.new_album()["id"], [image])
        ),
        "Comment.create": lambda: data(c.comment.create(post, "Hello")),
        "Comment.delete": lambda: data(c.comment.delete(study.own_comment())),
        "Comment.create_reply": lambda: data(
            c.comment.create_reply(post, study.comment["id"], "Hm")
        ),
        "Comment.vote": lambda: data(c.comment.vote(study.comment["id"], "up")),
        "Comment.report": lambda: c.comment.report(study.comment["id"], "1").success,
        "Image.upload": lambda: data(c.image.upload(form(), "a.png", title="T")),
        "Image.delete": lambda: data(c.image.delete(study.new_image()["id"])),
        "Image.update": lambda: data(c.image.update(study.new_image()["id"], title="New")),
        "Image.favorite": lambda: data(c.image.favorite(study.own_image)),
    }
    kinds = [endpoints.Account, endpoints.Album, endpoints.Comment, endpoints.Image]
    check(subtests, {**reads, **writes}, PYIMGURAPI_FAULTS, methods_of(*kinds), set())
    assert (len(reads), len(writes)) == (14, 18)


# gallery-dl 1.32 ----------------------------------------------------------------------------------


@needs("gallery_dl")
def test_gallery_dl(subtests, study, request):
    job = importlib.import_module("gallery_dl.job")
    config = importlib.import_module("gallery_dl.config")
    extractors = importlib.import_module("gallery_dl.extractor.imgur")
    folder = next(
        one.id
        for one in study.world.folders
        if one.account_id == study.account.id and not one.private
    )
    request.addfinalizer(config.clear)  # it is one for all that a process asks
    config.set(("extractor", "imgur"), "client-id", study.sandbox.client_id)
    config.set(("extractor",), "cookies", {"accesstoken": study.access})
    urls = {
        "image": f"https://imgur.com/{study.picture}",
        "album": f"https://imgur.com/a/{study.own_album}",
        "gallery": f"https://imgur.com/gallery/some-words-{study.albums[0]}",
        "user": f"https://imgur.com/user/{study.name}/posts",
        "favorite": f"https://imgur.com/user/{study.name}/favorites",
        "favorite-folder": f"https://imgur.com/user/{study.name}/favorites/folder/{folder}/x",
        "me": "https://imgur.com/user/me",
        "subreddit": "https://imgur.com/r/CatsInBoxes",
        "tag": "https://imgur.com/t/cats",
        "search": "https://imgur.com/search?q=cat",
    }
    known = {
        kind.subcategory
        for kind in vars(extractors).values()
        if inspect.isclass(kind) and hasattr(kind, "pattern")
    }
    assert urls.keys() == known
    for name, url in urls.items():
        with subtests.test(extractor=name):
            found = job.DataJob(url, file=io.StringIO(), resolve=0)
            assert found.run() == 0, found.data
            rows = [row for row in found.data if row[0] in (3, 6)]
            assert rows, found.data
            assert all(row[1].startswith("https://") for row in rows)


# Signing in, and the gateway ----------------------------------------------------------------------


def allowed(address: str, name: str) -> str:
    """The pin or the code that the authorize page gives to a person who presses Allow."""
    form = {"allow": "Allow", "username": name}
    page = requests.post(address, data=form, allow_redirects=False, timeout=20)
    if page.status_code == 302:
        return page.headers["Location"].rpartition("code=")[2]
    return page.text.partition('id="pin">')[2].partition("<")[0]


@needs("imgurpython", "pyimgur")
def test_old_clients_sign_in_by_themselves(subtests, study, monkeypatch):
    old, new = importlib.import_module("imgurpython.client"), importlib.import_module("pyimgur")
    sandbox = study.sandbox
    monkeypatch.setattr(old, "API_URL", sandbox.url + "/")
    monkeypatch.setattr(new, "IMGUR_BASE", sandbox.url)
    for kind, grant in [("pin", "pin"), ("code", "authorization_code")]:
        with subtests.test(client="imgurpython", kind=kind):
            c = old.ImgurClient(sandbox.client_id, sandbox.client_secret)
            tokens = c.authorize(allowed(c.get_auth_url(kind), study.name), grant)
            c.set_user_auth(tokens["access_token"], tokens["refresh_token"])
            assert c.get_account("me").url == study.name
        with subtests.test(client="PyImgur", kind=kind):
            c = new.Imgur(sandbox.client_id, sandbox.client_secret)
            code = allowed(c.authorization_url(kind), study.name)
            some(c.exchange_pin(code) if kind == "pin" else c.exchange_code(code))
            assert c.get_user("me").name == study.name


@needs("imgurpython", "pyimgur")
def test_old_clients_ask_the_gateway(subtests, monkeypatch):
    old, new = importlib.import_module("imgurpython.client"), importlib.import_module("pyimgur")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Sandbox(gateway=True) as sandbox:
        monkeypatch.setattr(old, "MASHAPE_URL", sandbox.url + "/")
        monkeypatch.setattr(new, "RAPIDAPI_BASE", sandbox.url)
        with subtests.test(client="imgurpython"):
            c = old.ImgurClient(sandbox.client_id, "", mashape_key=sandbox.gateway_key)
            assert len(c.gallery()) == 60
        with subtests.test(client="PyImgur"):
            c = new.Imgur(sandbox.client_id, rapidapi_key=sandbox.gateway_key)
            assert len(c.get_gallery(limit=60)) == 60
            c = new.Imgur(sandbox.client_id, rapidapi_key="wrong")
            with pytest.raises(Exception, match="401"):
                c.get_gallery(limit=60)


# imgur 2.5.0 and 1.0.2 from npm -------------------------------------------------------------------

NPM_FAULTS = {("imgur 2.5.0", "getAccount"): "asks without a client id and without a token"}


NPM, NODE = os.environ.get("IMGURDATA_NPM"), shutil.which("node")


@pytest.mark.skipif(not NPM or not NODE, reason="$IMGURDATA_NPM or node is not there")
def test_npm_clients(subtests, study):
    values = {
        "url": study.sandbox.url, "token": study.access, "name": study.name,
        "album": study.own_album, "image": study.own_image, "post": study.post["id"],
        "file": str(study.file), "base64": base64.b64encode(png()).decode(), "link": study.link,
        "hashes": [study.new_image()["deletehash"] for _ in range(4)],
    }  # fmt: skip
    script = Path(__file__).parents[1] / "support" / "foreign_clients.mjs"
    words = [NODE, script, json.dumps(values)]
    ran = subprocess.run(words, cwd=NPM, capture_output=True, text=True, timeout=60, check=True)
    rows = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(rows) == 13 + 14
    for row in rows:
        with subtests.test(**row):
            fault = NPM_FAULTS.get((row["client"], row["method"]))
            assert (row["error"] is None) is (fault is None), row["error"]
