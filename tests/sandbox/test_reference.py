"""Every endpoint of the API reference: all 72 of reading and signing in, all 34 of writing."""

from __future__ import annotations

import base64
import io
from collections import Counter

import pytest
from PIL import Image

from imgurdata.sandbox import Sandbox
from imgurdata.sandbox.routes import ROUTES
from imgurdata.sandbox.world import WORLD_NOW

#: The groups of the reference with the numbers of their endpoints.
READS = {"G": 20, "A": 4, "I": 2, "C": 2, "U": 26, "N": 2, "V": 2, "T": 3, "M": 1, "K": 4, "X": 2}
OAUTH = 4
WRITES = 34


def png(width: int = 8, height: int = 6) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "PNG")
    return out.getvalue()


def test_table_has_each_endpoint_of_the_reference_once():
    numbers = Counter(route.reference for route in ROUTES if route.reference)
    assert set(numbers.values()) == {1}
    reads = {f"{letter}{number + 1}" for letter, most in READS.items() for number in range(most)}
    assert numbers.keys() == reads | {f"W{number + 1}" for number in range(WRITES)}
    assert len(reads) + OAUTH == 72
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)


@pytest.fixture
def owner(sandbox):
    """Name of an account with public albums, folders, conversations and new replies."""
    world = sandbox._app.store.world
    rich = {folder.account_id for folder in world.folders if not folder.private}
    rich &= {a for one in world.conversations.values() for a in one.accounts if one.until(0)}

    votes = sandbox._app.store.votes
    people = [world.accounts[number] for number in sorted(rich)]
    people = [one for one in people if world.uploads.albums_of(one, None, WORLD_NOW)]
    people = [one for one in people if not one.private and one.id in world.posts_by_account]
    return max(people, key=lambda one: len(votes.favorites(one, WORLD_NOW))).url


@pytest.fixture
def client_of(sandbox, new_client):
    return lambda name: new_client(sandbox, f"Bearer {sandbox.issue_token(name)}")


@pytest.fixture
def examples(sandbox, owner, client_of):
    """Values for the parts of the paths, all of which are there."""
    world = sandbox._app.store.world
    me = client_of(owner)
    account = world.account_by_name[owner.lower()]
    album = next(a for a in me.data(f"/3/account/{owner}/albums/0") if a["images_count"])
    memes = me.data("/3/g/memes/viral/week/0")
    custom = me.data("/3/g/custom/viral/week/0")["items"]
    topics = me.data("/3/topics/defaults")
    replies = me.data("/3/notification?new=false")["replies"]
    own_comment = me.data(f"/3/account/{owner}/comments/newest/0")[0]
    hot = me.data("/3/gallery/hot/viral/day/0")
    commented = max(hot, key=lambda row: row["comment_count"])
    tree = me.data(f"/3/gallery/{commented['id']}/comments/best")
    image = next(row["id"] for row in me.data("/3/gallery/user/time/0") if row["is_album"])
    return {
        "": {
            "user": owner, "tag": "cats", "subreddit": "CatsInBoxes", "album": album["id"],
            "comment": tree[0]["id"], "id": commented["id"], "list": "", "page#": 0,
            "image": me.data(f"/3/album/{album['id']}/images")[0]["id"],
            "folder": next(
                f.id for f in world.folders if f.account_id == account.id and not f.private
            ),
        },
        "G3": {"id@": me.data("/3/gallery/r/CatsInBoxes/time/0")[0]["id"]},
        "G5": {"id@": me.data("/3/gallery/t/cats/viral/0")["items"][0]["id"]},
        "G11": {"id": image},
        "G12": {"id": next(p.id for p in world.posts if not p.is_album and p.created < WORLD_NOW)},
        "G20": {"id@": memes[0]["id"]},
        "A1": {"id": album["id"]}, "A2": {"id": album["id"]}, "A3": {"id": album["id"]},
        "A4": {"id": image}, "U7": {"id": album["id"]},
        "I1": {"id": me.data(f"/3/account/{owner}/images/0")[0]["id"]},
        "I2": {"id": me.data(f"/3/account/{owner}/images/0")[0]["id"]},
        "U3": {"id": me.data(f"/3/account/{owner}/images/0")[0]["id"]},
        "U11": {"comment": own_comment["id"]},
        "N2": {"id": replies[0]["id"]},
        "V2": {"id": me.data("/3/conversations")[0]["id"]},
        "T2": {"topic": topics[0]["name"].replace(" ", "_")},
        "T3": {"topic": topics[0]["id"], "id@": topics[0]["topPost"]["id"]},
        "K2": {"id@": custom[0]["id"]},
    }  # fmt: skip


#: What ``*`` and the words stand for.
REST = {
    "G1": "top/week/1", "G4": "top/month/0", "G9": "top/all/0?q=cats", "G10": "random/0",
    "G15": "new", "G19": "top/year/0", "U10": "oldest/0", "U12": "best/0", "U14": "0/oldest",
    "U15": "0/newest", "U16": "0/best", "T2": "time/day/0", "K1": "viral/week/0",
    "K3": "viral/week/0", "A4": "best", "I2": "best",
}  # fmt: skip
NO_TOKEN = {"X1", "U1", "U6", "U9", "U13", "U16", "U18", "U19", "U24"}


def fill(route, examples):
    values = {**examples[""], **examples.get(route.reference, {})}
    out = []
    for part in route.path.strip("/").split("/"):
        name, _, words = part.strip("{}").partition("=")
        if part == "*":
            out.append(REST[route.reference])
        elif not part.startswith("{"):
            out.append(part)
        elif not name.endswith("?"):
            out.append(str(words.split("|")[0] if words else values[name]))
    return "/" + "/".join(out)


def test_every_reading_endpoint_answers(subtests, sandbox, examples, owner, client_of, client):
    me = client_of(owner)
    served = 0
    for route in ROUTES:
        if route.method != "GET" or not route.reference:
            continue
        with subtests.test(reference=route.reference, path=route.path):
            path = fill(route, examples)
            answer = me(path)
            assert answer.status_code == 200, answer.text[:200]
            data = answer.json()["data"] if "data" in answer.json() else answer.json()
            assert data not in (None, "", {}), path
            assert not isinstance(data, str), data
            if not route.reference.startswith(("A4", "I2")):
                assert data != [], path
            xml = me(path + ("&" if "?" in path else "?") + "_format=xml").text
            assert xml.startswith("<?xml" if route.enveloped else "{")
            if route.reference[0] in "GACTM" or route.reference in NO_TOKEN:
                assert client(path).status_code == 200
            served += 1
    assert served == 68


def test_every_oauth_endpoint_answers(sandbox, new_client, client_of):
    browser = new_client(sandbox, "")
    query = {"client_id": sandbox.client_id, "response_type": "token"}
    assert browser("/oauth2/authorize", params=query).status_code == 200
    assert browser("/oauth2/addclient").status_code == 200
    assert client_of(sandbox.account).data("/oauth2/secret")
    _, refresh = sandbox.issue_tokens(sandbox.account)
    form = {
        "client_id": sandbox.client_id, "client_secret": sandbox.client_secret,
        "grant_type": "refresh_token", "refresh_token": refresh,
    }  # fmt: skip
    assert browser("/oauth2/token", "POST", data=form).status_code == 200


def test_every_writing_endpoint_answers(subtests, sandbox, owner, client_of):
    """One after the other, each on what an earlier one made; what follows is in test_writes."""
    me = client_of(owner)
    other = next(a.url for a in sandbox._app.store.world.people if a.url != owner)
    world = sandbox._app.store.world
    hot = me.data("/3/gallery/hot/viral/day/0")
    mine = me.data(f"/3/account/{owner}/submissions/0")[0]["id"]
    tagged = next(row for row in hot if row["tags"])
    tree = me.data(f"/3/gallery/{max(hot, key=lambda r: r['comment_count'])['id']}/comments")
    comment = tree[0]
    reply = me.data("/3/notification?new=false")["replies"][0]["id"]
    image = me.data("/3/image", method="POST", data={"image": base64.b64encode(png())})
    album = me.data("/3/album", method="POST", data={"ids[]": [image["id"]], "title": "A"})
    spare = me.data("/3/image", method="POST", files={"image": png()})
    unverified = next(
        person.url
        for person in world.people
        if client_of(person.url).data(f"/3/account/{person.url}/verifyemail") is False
    )
    calls = {
        "W1": ("/3/image", {"image": base64.b64encode(png())}),
        "W3": (f"/3/image/{image['id']}", {"title": "T"}),
        "W4": (f"/3/image/{image['id']}/favorite", None),
        "W5": ("/3/album", {"title": "B"}),
        "W6": (f"/3/album/{album['id']}", {"title": "C"}),
        "W8": (f"/3/album/{album['id']}/favorite", None),
        "W9": (f"/3/album/{album['id']}", {"ids": image["id"]}),
        "W10": (f"/3/album/{album['id']}/add", {"ids[]": [spare["id"]]}),
        "W11": (f"/3/album/{album['id']}/remove_images", {"ids": spare["id"]}),
        "W12": (f"/3/gallery/album/{album['id']}", {"title": "Shared", "tags": "cats,dogs"}),
        "W14": (f"/3/gallery/tags/{album['id']}", {"tags": "dogs"}),
        "W15": (f"/3/gallery/{tagged['id']}/vote/tag/{tagged['tags'][0]['name']}/up", None),
        "W16": (f"/3/gallery/image/{hot[0]['id']}/report", {"reason": "2"})
        if not hot[0]["is_album"]
        else (f"/3/gallery/album/{hot[0]['id']}/report", {"reason": "2"}),
        "W17": (f"/3/gallery/{hot[0]['id']}/vote/up", None),
        "W18": (f"/3/gallery/{hot[0]['id']}/comment", {"comment": "One"}),
        "W19": (f"/3/gallery/{comment['image_id']}/comment/{comment['id']}", {"comment": "Two"}),
        "W20": ("/3/comment", {"image_id": hot[0]["id"], "comment": "Three"}),
        "W21": (f"/3/comment/{comment['id']}", {"image_id": comment["image_id"], "comment": "4"}),
        "W23": (f"/3/comment/{comment['id']}/vote/down", None),
        "W24": (f"/3/comment/{comment['id']}/report", {"reason": 1}),
        "W25": (f"/3/account/{owner}/settings", {"bio": "New"}),
        "W26": (f"/3/account/{unverified}/verifyemail", None),
        "W27": (f"/account/v1/{other}/block", None),
        "W28": (f"/account/v1/{other}/block", None),
        "W29": ("/3/account/me/follow/tag/cats", None),
        "W30": ("/3/account/me/follow/tag/cats", None),
        "W32": (f"/3/notification/{reply}", None),
        "W33": (f"/3/conversations/{other}", {"body": "Hello"}),
        "W34": ("/3/g/custom/add_tags", {"tags": "dogs,space"}),
        "W13": (f"/3/gallery/{album['id']}", None),
        "W22": (f"/3/comment/{me.data(f'/3/account/{owner}/comments')[0]['id']}", None),
        "W7": (f"/3/album/{album['id']}", None),
        "W2": (f"/3/image/{image['id']}", None),
        "W31": ("/3/account/me/delete", {"password": "any"}),
    }
    assert mine
    methods = {route.reference: route.method for route in ROUTES}
    assert len(calls) == WRITES
    for reference, (path, form) in calls.items():
        with subtests.test(reference=reference, path=path):
            sender = client_of(unverified) if reference == "W26" else me
            answer = sender(path, methods[reference], data=form)
            assert answer.status_code == 200, answer.text[:200]
            assert "error" not in answer.text[:30]
            assert sandbox.requests[-1].cost == (10 if reference == "W1" else 1)
            if methods[reference] == "POST":
                assert "x-post-rate-limit-remaining" in answer.headers
                assert "x-ratelimit-userremaining" in answer.headers
    # The account is closed, and its token with it.
    assert me("/3/account/me").status_code == 403


ODD_PATHS = [
    ("/3/gallery/search/time/all/0?q=cats", "/3/gallery/search?q=cats"),
    ("/3/gallery/search/time/all/0?q=cats", "/3/gallery/search/0?q=cats"),
    ("/3/gallery/search/top/month/1?q=cats", "/3/gallery/search//top/month/1?q=cats"),
    ("/3/gallery/search/time/all/1?q=cats", "/3/gallery/search/time/1/?q=cats"),
    ("/3/gallery/r/CatsInBoxes/time/week/0", "/3/gallery/r/catsinboxes"),
    ("/3/gallery/r/CatsInBoxes/time/week/0", "/3/gallery/r/CatsInBoxes/time//0"),
    ("/3/gallery/r/CatsInBoxes/time/week/0", "/3/gallery/r/CatsInBoxes/time/top/0"),
    ("/3/gallery/r/CatsInBoxes/top/week/0", "/3/gallery/r/CatsInBoxes/top"),
    ("/3/gallery/random/random/0", "/3/gallery/random/random"),
    ("/3/g/memes/viral/week/0", "/3/gallery/g/memes/viral/week/0"),
    ("/3/account/imgur/images/6?perPage=42", "/3/account/imgur/images/0.json?perPage=42&page=6"),
    ("/3/conversations/{}/1/0", "/3/conversations/{}"),
]


def test_odd_paths_are_those_of_the_long_form(subtests, shared, api, signed_in):
    world = shared._app.store.world
    talker = max(world.conversations.values(), key=lambda one: len(one.until(WORLD_NOW)))
    me = signed_in(world.accounts[talker.accounts[0]].url)
    for whole, short in ODD_PATHS:
        with subtests.test(path=short):
            rows = me.data(whole.format(talker.id))
            assert rows
            assert me.data(short.format(talker.id)) == rows


def test_documented_example_answers_42_rows(api):
    rows = api.data("/3/account/imgur/images/0.json?perPage=42&page=6")
    assert len(rows) == 42
    everything = [row["id"] for page in range(8) for row in api.data(
        f"/3/account/imgur/images/{page}?perPage=42")]  # fmt: skip
    assert [row["id"] for row in rows] == everything[252:294]
    assert "deletehash" not in rows[0]


def test_unknown_paths_are_404_in_the_form_asked_for(subtests, sandbox, client):
    for path, beginning in [
        ("/3/nosuch", '{"data":{"error":"Not Found"'),
        ("/3/nosuch.xml", "<?xml"),
        ("/3/nosuch?callback=f", 'f({"data"'),
        ("/2/image/abcde", '{"data":{"error":"The version of the Imgur API'),
        ("/post/v1/nosuch", '{"errors":[{"id":"post-api-'),
        ("/account/v1/nosuch", '{"errors":[{"id":"account-api-'),
    ]:
        with subtests.test(path=path):
            answer = client(path)
            assert (answer.status_code, answer.text[: len(beginning)]) == (404, beginning)
            assert sandbox.requests[-1].cost == 1
    for path, beginning in [("/3/tags.xml", "<?xml"), ("/3/tags?callback=f", "f({")]:
        for fault in (404, 500, "over_capacity", "error_object", "error_in_success"):
            with subtests.test(path=path, fault=fault):
                sandbox.fail(fault)
                assert client(path).text.startswith(beginning)


def test_jsonp_may_be_asked_for_by_post(api):
    answer = api("/3/tags", "POST", data={"callback": "f"})
    assert (answer.status_code, answer.text[:10]) == (200, 'f({"data":')
    assert answer.headers["Content-Type"] == "text/javascript"
    assert api("/3/tags", "POST").status_code == 405
    for path in ["/3/gallery/hot", "/3/gallery/top.json", "/3/gallery/search/0", "/3/gallery/1"]:
        answer = api(path, "POST", data={"callback": "f"})
        assert answer.status_code == 200, path
        assert answer.text.startswith('f({"data":['), path


def test_wrong_key_of_the_gateway_is_refused(subtests, new_client):
    with Sandbox(gateway=True, limits={"requests": 3, "user": 1, "post": 1}) as sandbox:
        client = new_client(sandbox)
        for key in [None, "wrong"]:
            with subtests.test(key=key):
                answer = client("/3/tags", headers={"X-RapidAPI-Key": key} if key else {})
                assert answer.status_code == 401
                assert answer.json()["message"].startswith("Invalid API key.")
        assert sandbox.spent == 0
        for left, name in enumerate(["X-RapidAPI-Key", "X-Mashape-Key", "X-RapidAPI-Key"]):
            answer = client("/3/gallery/nosuch", "GET", headers={name: sandbox.gateway_key})
            assert answer.status_code == 404
            assert answer.headers["x-ratelimit-requests-remaining"] == str(2 - left)
            assert answer.headers["x-ratelimit-requests-limit"] == "3"
            assert "x-ratelimit-userremaining" not in answer.headers
        spent = client("/3/tags", headers={"X-RapidAPI-Key": sandbox.gateway_key})
        assert spent.status_code == 429
        assert "MONTHLY quota" in spent.json()["message"]
        sandbox.advance("30 days")
        assert client("/3/tags", headers={"X-RapidAPI-Key": sandbox.gateway_key}).ok
        # Signing in stays on Imgur's own host, which knows no such key.
        query = {"client_id": sandbox.client_id, "response_type": "token"}
        assert client("/oauth2/authorize", params=query).status_code == 200
