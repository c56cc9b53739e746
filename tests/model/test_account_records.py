"""Accounts, their settings, trophies and counts; votes; albums."""

from __future__ import annotations

import json
import logging
import pickle
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import imgurdata as imd
from imgurdata.errors import BadResponse, ImgurDataError
from imgurdata.sandbox.wire import to_jsonp, to_xml


def cells(record: str, payload: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The one row, None for NA, and what was noted."""
    frame = imd.read_response([payload], record)
    assert len(frame) == 1
    noted = frame.attrs["imgurdata"]
    notes = {key: noted[key] for key in ("unknown_fields", "unreadable") if key in noted}
    return {c: None if pd.isna(v := frame[c].iloc[0]) else v for c in frame}, notes


def wrapped(data: Any) -> dict[str, Any]:
    return {"data": data, "success": True, "status": 200}


# Accounts ---------------------------------------------------------------------------------------

ACCOUNT: dict[str, Any] = {
    "id": 4_800_000_001,
    "url": "ada",
    "bio": "",
    "avatar": "https://example.org/a.png",
    "avatar_name": "default/A",
    "cover": "",
    "cover_name": None,
    "reputation": -252,
    "reputation_name": "Neutral",
    "created": 1_380_000_000,
    "pro_expiration": False,
    "user_follow": {"status": False},
    "is_blocked": False,
}


def test_account_columns_are_the_keys() -> None:
    row, notes = cells("account", ACCOUNT)
    assert notes == {}
    assert row == {
        "id": 4_800_000_001,
        "username": "ada",
        "url": "ada",
        "bio": None,
        "reputation": -252,
        "reputation_name": "Neutral",
        "created": pd.Timestamp(1_380_000_000, unit="s", tz="UTC"),
        "pro_expiration": None,
        "avatar": "https://example.org/a.png",
        "avatar_name": "default/A",
        "cover": None,
        "cover_name": None,
        "user_follow_status": False,
        "is_blocked": False,
        "fetched_at": None,
    }


def test_account_is_read_from_every_form() -> None:
    want = imd.read_response(wrapped(ACCOUNT), "account")
    for form in (to_jsonp(wrapped(ACCOUNT), "show"), to_xml(wrapped(ACCOUNT)), ACCOUNT):
        pd.testing.assert_frame_equal(imd.read_response(form, "account"), want)


PRO_EXPIRATIONS = [
    (False, None, False),
    ("false", None, False),
    (None, None, False),
    (0, None, False),
    ("", None, False),
    (1_700_000_000, 1_700_000_000, False),
    ("1700000000", 1_700_000_000, False),
    # A paid account without an end: nothing recorded says so, and no time can be made of it.
    (True, None, True),
    ("true", None, True),
]


def test_pro_expiration_false_is_na_and_true_is_unreadable(subtests: pytest.Subtests) -> None:
    for record in ["account", "account_settings"]:
        for payload, want, is_lost in PRO_EXPIRATIONS:
            with subtests.test(record=record, payload=payload, want=want):
                row, notes = cells(record, {"url": "ada", "email": "x", "pro_expiration": payload})
                notes.pop("unknown_fields", None)
                assert row["pro_expiration"] == (want and pd.Timestamp(want, unit="s", tz="UTC"))
                assert notes == ({"unreadable": {"pro_expiration": 1}} if is_lost else {})


REPUTATION_IS_ROUNDED = [(15303.84, 15304), ("15303.84", 15304), (-252, -252), (0, 0), (-0.4, 0)]


def test_reputation_is_rounded(subtests: pytest.Subtests) -> None:
    for payload, want in REPUTATION_IS_ROUNDED:
        with subtests.test(payload=payload):
            row, notes = cells("account", {**ACCOUNT, "reputation": payload})
            assert (row["reputation"], notes) == (want, {})
            assert row["id"] == ACCOUNT["id"]


WHETHER_ONE_FOLLOWS = [
    ({"status": True}, True),
    ({"status": "0"}, False),
    ({}, None),
    ([], None),
    (None, None),
]


def test_user_follow_status_is_inside_user_follow(subtests: pytest.Subtests) -> None:
    for payload, want in WHETHER_ONE_FOLLOWS:
        with subtests.test(payload=payload):
            row, notes = cells("account", {**ACCOUNT, "user_follow": payload})
            assert (row["user_follow_status"], notes) == (want, {})


# Settings ---------------------------------------------------------------------------------------

SECRET = "ada.lovelace+pictures@mail.example.org"
OTHERS = ["babbage@example.com", "difference@engine.example.net"]
SETTINGS: dict[str, Any] = {
    "account_url": "ada",
    "email": SECRET,
    "active_emails": OTHERS,
    "album_privacy": "hidden",
    "public_images": False,
    "messaging_enabled": True,
    "pro_expiration": False,
    "blocked_users": [
        {"blocked_id": 1, "blocked_url": "charles"},
        {"blocked_id": 2, "blocked_url": "byron"},
    ],
}


def test_settings_columns_mask_mail_and_count_addresses() -> None:
    row, notes = cells("account_settings", SETTINGS)
    assert notes == {}
    assert {name: value for name, value in row.items() if value is not None} == {
        "username": "ada",
        "account_url": "ada",
        "email": "a***@***",
        "active_emails": 2,
        "album_privacy": "hidden",
        "public_images": False,
        "messaging_enabled": True,
        "blocked_users": "charles byron",
    }


EMPTY_SETTINGS = [
    ({"email": "", "active_emails": [], "blocked_users": []}, (None, 0, "")),
    ({"email": None, "active_emails": None, "blocked_users": None}, (None, None, None)),
    ({}, (None, None, None)),
    ({"active_emails": [SECRET], "blocked_users": [{"blocked_id": 3}]}, (None, 1, "")),
]


def test_settings_empty_values_are_na_or_zero(subtests: pytest.Subtests) -> None:
    for payload, want in EMPTY_SETTINGS:
        with subtests.test(payload=payload):
            row, notes = cells("account_settings", {**payload, "show_mature": False})
            assert (row["email"], row["active_emails"], row["blocked_users"]) == want
            assert notes == {}


SETTINGS_SOURCES: list[Any] = [
    wrapped(SETTINGS),
    SETTINGS,
    to_xml(wrapped(SETTINGS)),
    to_jsonp(wrapped(SETTINGS), "show"),
    # The tolerant way, and addresses where none belongs.
    {**SETTINGS, "public_images": []},
    {**SETTINGS, "active_emails": SECRET, "album_privacy": 5},
    {**SETTINGS, "active_emails": [SECRET, {"email": SECRET}, 7]},
    {**SETTINGS, "email": [SECRET]},
    {**SETTINGS, "pro_expiration": SECRET, "messaging_enabled": SECRET},
    {**SETTINGS, "blocked_users": SECRET},
    {**SETTINGS, "something_new": SECRET},
    json.dumps(SETTINGS).replace("pictures", "pict\\ud83dures"),
]
BROKEN_SETTINGS: list[str] = [
    json.dumps(wrapped(SETTINGS))[:-1],
    json.dumps(SETTINGS)[: json.dumps(SETTINGS).index(SECRET) + 30],
    json.dumps([SECRET, *OTHERS]),
    json.dumps(wrapped(SECRET)),
    json.dumps({"data": {"error": f"{SECRET} is taken"}, "success": False, "status": 400}),
]
#: Enough of an address to write to, or to know whose it is.
TELLING = ("lovelace", "babbage@", "difference@", "@mail.example", "@example", "@engine.example")


def assert_silent(*texts: str) -> None:
    for text in texts:
        assert [word for word in TELLING if word in text] == []


def test_settings_frame_holds_no_address(
    subtests: pytest.Subtests, caplog: pytest.LogCaptureFixture
) -> None:
    for source in SETTINGS_SOURCES:
        with subtests.test(source=source):
            caplog.clear()
            with caplog.at_level(logging.DEBUG):
                frame = imd.read_response(source, "account_settings")
            info = [
                frame.to_csv(),
                repr(frame),
                frame.to_html(),
                json.dumps(frame.attrs),
                caplog.text,
            ]
            assert_silent(*info, pickle.dumps(frame).decode("latin-1"))
            assert len(frame) == 1
            assert frame["account_url"].tolist() == ["ada"]


def test_settings_error_holds_no_address(
    subtests: pytest.Subtests, caplog: pytest.LogCaptureFixture
) -> None:
    for source in BROKEN_SETTINGS:
        with subtests.test(source=source):
            caplog.clear()
            with caplog.at_level(logging.DEBUG), pytest.raises(ImgurDataError) as caught:
                imd.read_response(source, "account_settings")
            assert_silent(str(caught.value), repr(vars(caught.value)), caplog.text)


# Trophies ---------------------------------------------------------------------------------------

TROPHIES: list[dict[str, Any]] = [
    {
        "id": "41",
        "name": "Gone Viral",
        "name_clean": "ViralPost",
        "description": "For a post that was seen a lot.",
        "data": "abcdefg",
        "data_link": "//imgur.com/gallery/abcdefg",
        "datetime": 1_450_000_000,
        "image": "https://example.org/t.png",
    },
    {"id": 42, "name": "Two Years", "data": None, "data_link": None, "datetime": 1_460_000_000},
    {"id": 43, "data": 123_456_789, "datetime": "1470000000"},
]
PROFILE = {"total_gallery_comments": 5, "total_gallery_favorites": 6, "trophies": TROPHIES}


def test_trophies_are_read_from_a_profile(as_declared: Callable[..., None]) -> None:
    for source in (wrapped(PROFILE), PROFILE, TROPHIES, to_xml(wrapped(PROFILE))):
        frame = imd.read_response(source, "trophy")
        as_declared(frame, "trophy")
        assert frame["id"].tolist() == [41, 42, 43]
        assert frame["data"].astype(object).where(frame["data"].notna(), None).tolist() == [
            "abcdefg",
            None,
            "123456789",
        ]
        assert frame["datetime"].dt.year.tolist() == [2015, 2016, 2016]
        assert frame["name"].isna().tolist() == [False, False, True]
        assert "unknown_fields" not in frame.attrs["imgurdata"]


def test_trophy_with_key_data_is_no_envelope() -> None:
    row, notes = cells("trophy", TROPHIES[0])
    assert (row["data"], notes) == ("abcdefg", {})
    assert imd.read_response(json.dumps(TROPHIES[0]), "trophy")["data"].tolist() == ["abcdefg"]


def test_profile_without_trophies_gives_no_row(
    subtests: pytest.Subtests, as_declared: Callable[..., None]
) -> None:
    for trophies in [[], None, "", {}]:
        with subtests.test(trophies=trophies):
            answer = wrapped({"total_gallery_comments": 5, "trophies": trophies})
            for source in (answer, to_xml(answer)):
                frame = imd.read_response(source, "trophy")
                as_declared(frame, "trophy")
                assert len(frame) == 0
                assert "unknown_fields" not in frame.attrs["imgurdata"]


# Counts and votes -------------------------------------------------------------------------------


def test_counts_and_votes_are_read() -> None:
    row, notes = cells("account_counts", {"account_url": "ada", "albums": 105, "comments": "7"})
    assert notes == {}
    assert [row[name] for name in ("account_url", "images", "albums", "comments")] == [
        *("ada", None, 105, 7)
    ]
    row, notes = cells("vote", {"ups": 3, "downs": "1"})
    assert (row["ups"], row["downs"], notes) == (3, 1, {})


def test_number_or_word_is_no_record(subtests: pytest.Subtests) -> None:
    for record in ["account", "account_counts", "vote", "trophy", "album"]:
        for data in [105, True, "favorited", [1, 2]]:
            refused = pytest.raises(BadResponse, match=f"holds no {record}")
            with subtests.test(record=record, data=data), refused:
                imd.read_response(json.dumps(wrapped(data)), record)


# Albums -----------------------------------------------------------------------------------------


IMAGES_OF_ALBUMS = [
    ([], 0, 0),
    (None, 0, 0),
    ("", 0, 0),
    ([{"id": "a"}, {"id": "b", "width": "5"}], 2, 0),
    ([{"id": "a", "width": "wide"}], 1, 1),
]


def test_album_images_are_counted(subtests: pytest.Subtests) -> None:
    for images, shown, lost in IMAGES_OF_ALBUMS:
        with subtests.test(images=images):
            row, notes = cells("album", {"id": "albumid", "images": images, "images_count": 5})
            assert (row["images_shown"], row["images_count"]) == (shown, 5)
            assert notes == ({"unreadable": {"images.width": 1}} if lost else {})


def test_album_without_cover_or_owner_has_na() -> None:
    empty = {"id": "albumid", "cover": "", "cover_width": None, "account_id": 0, "account_url": ""}
    row, notes = cells("album", {**empty, "deletehash": "Ab3dEf6hIj9kLm2", "views": 0, "order": 0})
    assert notes == {}
    kept = {name: value for name, value in row.items() if value is not None}
    assert kept == {"id": "albumid", "images_shown": 0, "views": 0, "order": 0}
