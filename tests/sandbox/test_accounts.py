"""Accounts: profiles, submissions, favourites, settings, notifications."""

from __future__ import annotations

import pytest

from imgurdata.sandbox.world import WORLD_NOW


@pytest.fixture(scope="module")
def me(signed_in, shared):
    return signed_in(shared.account)


@pytest.fixture(scope="module")
def collector(world, api):
    """An account with more than a page of favourites."""
    for account in world.accounts.values():
        if not account.private and len(api.data(_favorites(account.url))) == 60:
            return account.url
    raise AssertionError


def _favorites(name, rest=""):
    return f"/3/account/{name}/gallery_favorites{rest}"


# Who may see what ------------------------------------------------------------------------------


def test_unknown_account_is_404(subtests, api):
    for path in [
        "",
        "/gallery_profile",
        "/submissions",
        "/gallery_favorites",
        "/favorites",
        "/albums",
        "/images",
        "/comments/count",
        "/settings",
        "/block",
        "/notifications",
        "/comment/1",
        "/album/zzzzzzz",
    ]:
        with subtests.test(path=path):
            answer = api(f"/3/account/no_one_has_this_name{path}")
            assert answer.status_code == 404
            assert answer.json()["data"]["error"] == "Not Found"
            assert not [name for name in answer.headers if "ratelimit" in name.lower()]


def test_me_is_refused_without_a_token(subtests, api):
    for path in [
        "",
        "/gallery_profile",
        "/images",
        "/favorites",
        "/settings",
        "/comments",
        "/block",
    ]:
        with subtests.test(path=path):
            answer = api(f"/3/account/me{path}")
            assert answer.status_code == 403
            assert answer.json()["data"]["error"] == "This method requires authentication"


OWNERS = [
    "favorites",
    "images",
    "images/ids",
    "images/count",
    "settings",
    "notifications",
    "notifications/replies",
    "block",
    "avatar",
    "verifyemail",
]
TROPHY = [
    "id", "name", "name_clean", "description", "data", "data_link", "datetime", "image",
]  # fmt: skip


def test_private_parts_are_refused_to_others(subtests, api, me, signed_in, shared, world):
    other = next(a.url for a in world.accounts.values() if a.url != shared.account)
    for path in OWNERS:
        with subtests.test(path=path):
            mine = f"/3/account/{shared.account}/{path}"
            for stranger in (api, signed_in(other)):
                answer = stranger(mine)
                assert answer.status_code == 403
                assert answer.json()["data"]["error"] == "Unauthorized"
            assert me.data(mine) == me.data(f"/3/account/me/{path}")


def test_unknown_account_paths_are_404(subtests, me, shared):
    for path in [
        "/3/account/{u}/nosuch",
        "/3/account/{u}/settings/x",
        "/3/account/{u}/submissions/a/b",
        "/3/account/{u}/albums/newest",
        "/3/account/{u}/albums/count/0",
        "/3/account/{u}/comments/newest/0/x",
        "/3/account/{u}/notifications/x",
        "/3/notification/a/b",
    ]:
        with subtests.test(path=path):
            assert me(path.format(u=shared.account)).status_code == 404


# Profiles ----------------------------------------------------------------------------------------


def test_gallery_profile_has_trophies_and_totals(api, world):
    account = max(world.accounts.values(), key=lambda a: len(world.trophies.get(a.id, ())))
    profile = api.data(f"/3/account/{account.url}/gallery_profile")
    assert list(profile) == [
        "trophies",
        "total_gallery_comments",
        "total_gallery_favorites",
        "total_gallery_submissions",
    ]
    trophies = profile["trophies"]
    assert len(trophies) > 5
    dates = [trophy["datetime"] for trophy in trophies]
    assert dates == sorted(dates, reverse=True)
    assert max(dates) <= api.sandbox.clock()
    for trophy in trophies:
        assert list(trophy) == TROPHY
    picture = api(trophies[0]["image"].removeprefix(api.sandbox.url))
    assert picture.headers["Content-Type"] == "image/png"


def test_gallery_profile_totals_match_the_lists(api, shared):
    base = f"/3/account/{shared.account}"
    profile = api.data(f"{base}/gallery_profile")
    assert profile["total_gallery_submissions"] == len(api.pages(base + "/submissions/{}"))
    assert profile["total_gallery_favorites"] == len(api.pages(base + "/gallery_favorites/{}"))
    assert profile["total_gallery_comments"] == api.data(f"{base}/comments/count")


def test_trophies_link_to_posts_and_comments(api, world):
    earned = {}
    for account, trophies in world.trophies.items():
        for trophy in trophies:
            if trophy.data is not None and trophy.created <= WORLD_NOW:
                earned.setdefault(trophy.data in world.post_by_id, (account, trophy))
    assert set(earned) == {True, False}
    for is_post, (account, trophy) in earned.items():
        url = world.accounts[account].url
        row = next(
            row
            for row in api.data(f"/3/account/{url}/gallery_profile")["trophies"]
            if row["id"] == trophy.id
        )
        assert row["data"] == trophy.data
        if is_post:
            assert row["data_link"] == f"/gallery/{trophy.data}"
        else:
            post = world.comments.by_id[int(trophy.data)].post
            assert row["data_link"] == f"/gallery/{post}/comment/{trophy.data}"
        assert api(row["data_link"]).status_code == 200


def test_trophies_come_with_the_clock(sandbox, client, world):
    account, trophy = next(
        (world.accounts[number], trophy)
        for number, trophies in world.trophies.items()
        for trophy in trophies
        if trophy.created > WORLD_NOW
    )
    path = f"/3/account/{account.url}/gallery_profile"
    assert trophy.id not in [row["id"] for row in client.data(path)["trophies"]]
    sandbox.advance(trophy.created - WORLD_NOW)
    assert trophy.id in [row["id"] for row in client.data(path)["trophies"]]


# Submissions -------------------------------------------------------------------------------------


def test_submissions_are_60_a_page(api, world, shared):
    account = world.account_by_name[shared.account.lower()]
    base = f"/3/account/{shared.account}/submissions"
    rows = api.pages(base + "/{}")
    mine = [post for post in world.posts_by_account[account.id] if post.created <= WORLD_NOW]
    assert len(mine) > 60
    assert [row["id"] for row in rows] == [post.id for post in reversed(mine)]
    assert api.data(base) == api.data(base + "/0/newest") == api.data(base + "/newest/0")
    assert api.data(base) == rows[:60]
    assert {row["account_url"] for row in rows} == {shared.account}
    assert api.data(base + "?perPage=5&page=1") == rows[:60]


def test_submissions_are_sorted(api, shared):
    base = f"/3/account/{shared.account}/submissions/0"
    oldest = [row["datetime"] for row in api.data(f"{base}/oldest")]
    assert oldest == sorted(oldest)
    best = [row["points"] for row in api.data(f"{base}/best")]
    worst = [row["points"] for row in api.data(f"{base}/worst")]
    assert best == sorted(best, reverse=True)
    assert worst == sorted(worst)
    assert best[0] > worst[0]


def test_submitted_albums_have_no_favorite(api, me, shared):
    rows = api.pages(f"/3/account/{shared.account}/submissions/{{}}")
    kinds = {(row["is_album"], row["favorite"]) for row in rows}
    assert (True, None) in kinds
    assert kinds <= {(True, None), (False, False)}
    assert {row["favorite"] for row in me.data("/3/account/me/submissions")} <= {True, False}


# Favourites --------------------------------------------------------------------------------------


def test_public_favorites_omit_fields(api, collector):
    rows = api.pages(_favorites(collector, "/{}"))
    assert len(rows) > 60
    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        omitted = ("account_id", "score", "nsfw", "section", "comment_count")
        assert [row[name] for name in omitted] == [None] * 5
        assert row["favorite"] is True
        assert row["account_url"]
        assert row["points"] == row["ups"] - row["downs"]
        if row["is_album"]:
            assert (row["privacy"], row["layout"]) == (None, None)
    oldest = api.pages(_favorites(collector, "/{}/oldest"))
    assert [row["id"] for row in oldest] == [row["id"] for row in reversed(rows)]


def test_own_favorites_have_the_fields_of_2021(api, signed_in, collector):
    owner = signed_in(collector)
    mine = owner.data("/3/account/me/favorites/0/newest")
    public = api.data(_favorites(collector))
    assert [row["id"] for row in mine] == [row["id"] for row in public]
    for row in mine:
        assert (row["topic"], row["topic_id"], row["vote"]) == ("", "", "")
        assert (row["privacy"], row["tags"], row["score"]) == ("0", None, 0)
        assert isinstance(row["description"], str)
        assert (row["type"] == "") is row["is_album"]
        assert (row["images"] is None) is not row["is_album"]


def test_favorites_are_marked_in_every_list(api, signed_in, collector):
    owner = signed_in(collector)
    favorites = {row["id"] for row in owner.pages("/3/account/me/favorites/{}")}
    seen = owner.pages("/3/gallery/hot/viral/day/{}")
    assert {row["id"] for row in seen if row["favorite"]} == favorites & {row["id"] for row in seen}
    assert any(row["favorite"] for row in seen)


def test_favorites_grow_and_some_accounts_have_many(sandbox, client, world):
    names = [account.url for account in world.accounts.values()][:60]

    def counts():
        profiles = [client.data(f"/3/account/{name}/gallery_profile") for name in names]
        return [profile["total_gallery_favorites"] for profile in profiles]

    before = counts()
    assert max(before) > 5 * sorted(before)[len(before) // 2]
    sandbox.advance("3d")
    after = counts()
    assert all(old <= new for old, new in zip(before, after, strict=True))
    assert sum(after) > sum(before)


# Privacy -----------------------------------------------------------------------------------------


def test_private_accounts_lists_are_refused_to_others(subtests, api, me, signed_in, world):
    private = next(account.url for account in world.accounts.values() if account.private)
    for path in [
        "gallery_favorites",
        "submissions/0",
        "comments",
        "comments/ids",
        "comments/count",
    ]:
        with subtests.test(path=path):
            for stranger in (api, me):
                answer = stranger(f"/3/account/{private}/{path}")
                assert (answer.status_code, answer.json()["data"]["error"]) == (403, "Unauthorized")
            assert signed_in(private)(f"/3/account/{private}/{path}").status_code == 200
    assert api(f"/3/account/{private}").status_code == 200
    assert api(f"/3/account/{private}/gallery_profile").status_code == 200


def test_default_account_is_public_and_not_mature(world, shared):
    account = world.account_by_name[shared.account.lower()]
    assert not account.private
    assert not account.shows_mature


# Settings ----------------------------------------------------------------------------------------


def test_settings_match_the_account(me, shared, world):
    settings = me.data("/3/account/me/settings")
    account = world.account_by_name[shared.account.lower()]
    assert settings["account_url"] == shared.account
    assert settings["email"].endswith("@example.com")
    assert set(settings["active_emails"]) <= {settings["email"]}
    assert settings["show_mature"] is account.shows_mature
    assert settings["pro_expiration"] is False
    assert me.data("/3/account/me/verifyemail") is bool(settings["active_emails"])


def test_blocks_match_the_settings(signed_in, world):
    sizes = set()
    for account in list(world.accounts.values())[:12]:
        owner = signed_in(account.url)
        answer = owner("/3/account/me/block")
        blocked = answer.json()["data"]
        assert list(blocked) == ["items", "next"]
        assert blocked["next"] is None
        assert not [name for name in answer.headers if "ratelimit" in name.lower()]
        settings = owner.data("/3/account/me/settings")
        names = [other["blocked_url"] for other in settings["blocked_users"]]
        assert names == [item["url"] for item in blocked["items"]]
        assert account.url not in names
        sizes.add(len(names))
    assert len(sizes) > 1


def test_avatars_are_listed_and_drawn(api, me, shared):
    known = api.data("/3/account/nobody_at_all/available_avatars")
    assert known["available_avatars_count"] == len(known["available_avatars"]) > 3
    first = known["available_avatars"][0]
    assert list(first) == ["name", "location"]
    drawn = api(first["location"].removeprefix(shared.url))
    assert drawn.headers["Content-Type"] == "image/png"
    mine = me.data("/3/account/me/avatar")
    account = me.data("/3/account/me")
    assert mine == {"avatar": account["avatar"], "avatar_name": account["avatar_name"]}


# Notifications -----------------------------------------------------------------------------------


def test_notifications_are_replies_by_others(me, shared, world):
    account = world.account_by_name[shared.account.lower()]
    both = me.data("/3/notification?new=false")
    assert list(both) == ["replies", "messages"]
    assert both == me.data("/3/account/me/notifications?new=false")
    replies = both["replies"]
    assert replies == me.data("/3/account/me/notifications/replies?new=false")
    assert me.data("/3/account/me/notifications/messages?new=false") == both["messages"]
    assert all(isinstance(row["content"]["id"], str) for row in both["messages"])
    own = {comment.id for comment in world.comments.by_author(account.id, WORLD_NOW)}
    expected = {
        comment.id
        for comment in world.comments.by_id.values()
        if comment.parent in own
        and comment.account_id != account.id
        and comment.created <= WORLD_NOW
        and not comment.is_deleted(WORLD_NOW)
    }
    assert {row["content"]["id"] for row in replies} == expected
    assert len(replies) > 5
    for row in replies:
        assert list(row) == ["id", "account_id", "viewed", "content"]
        assert row["account_id"] == account.id
        assert (row["content"]["platform"], row["content"]["children"]) == ("2", [])
        assert me.data(f"/3/notification/{row['id']}") == row


def test_new_notifications_are_those_not_viewed(signed_in, world):
    def unseen(row):
        return not row["viewed"]

    seen = set()
    for account in world.accounts.values():
        if len(world.comments.by_author(account.id, WORLD_NOW)) > 60:
            owner = signed_in(account.url)
            everything = owner.data("/3/notification?new=false")["replies"]
            assert owner.data("/3/notification")["replies"] == list(filter(unseen, everything))
            seen |= {row["viewed"] for row in everything}
            if len(seen) == 2:
                break
    assert seen == {True, False}


def test_unknown_notifications_are_refused(api, me, world):
    foreign = next(iter(world.comments.by_id)) + 100_000_000
    for number in ("1", "x", str(foreign), "9" * 30):
        assert me(f"/3/notification/{number}").status_code == 404
    for path in ("/3/notification", "/3/notification/1"):
        assert api(path).status_code == 403
