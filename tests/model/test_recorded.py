"""Recorded answers: every row of each, in every cell, against a plain reading with json.

The folder is no part of the project; $IMGURDATA_PAYLOADS names it. What an answer is, is told by
its folder's kind and by what it holds, never by its name.
"""

from __future__ import annotations

import json
import os
import re
import warnings
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from requests.structures import CaseInsensitiveDict

import imgurdata as imd
from imgurdata import errors
from imgurdata.credits.headers import NOT_REPORTED, read_limits
from imgurdata.http.columns import ColumnStore
from imgurdata.model.envelope import error_of, unwrap
from imgurdata.model.frames import FrameBuilder
from imgurdata.model.records import RECORDS as RECORDS_OF

_NAMED = os.environ.get("IMGURDATA_PAYLOADS")
if not _NAMED:
    pytest.skip(
        "set IMGURDATA_PAYLOADS to the folder of recorded answers to run these",
        allow_module_level=True,
    )
FOLDER = Path(_NAMED)
pytestmark = pytest.mark.recorded

Row = dict[str, Any]

#: Kind of answer (the folder) to the records that its rows may be.
KINDS = {
    "gallery": ("post",),
    "gallery-item": ("post",),
    "gallery-memes": ("post",),
    "gallery-search": ("post",),
    "gallery-subreddit": ("post",),
    "account-favorites": ("post",),
    "account-submissions": ("post",),
    "custom-gallery": ("post",),
    "topics": ("post", "topic"),
    "conversation": ("conversation", "message"),
    "tag": ("post", "tag"),
    "tags": ("tag",),
    "image": ("image",),
    "memegen": ("image",),
    "account-images": ("image",),
    "write": ("image",),
    "album": ("album", "image"),
    "account-albums": ("album",),
    "comment": ("comment",),
    "comment-tree": ("comment",),
    "account-comments": ("comment",),
    "account-base": ("account",),
    "account-settings": ("account_settings",),
    "gallery-profile": ("trophy",),
    "notification": ("notification",),
    "credits": ("credits",),
}
#: Keys without which a row is something else (votes, a topic, a word).
NEEDED = {
    "post": {"id", "link"},
    "image": {"id", "link"},
    "album": {"id", "layout"},
    "comment": {"id", "author", "points"},
    "account": {"url", "reputation"},
    "account_settings": {"email", "album_privacy"},
    "trophy": {"id", "name_clean"},
    "notification": {"id", "content"},
    "tag": {"name", "followers"},
    "topic": {"id", "name", "ephemeral"},
    "conversation": {"id", "with_account"},
    "message": {"id", "from", "sender_id"},
    "credits": {"UserLimit", "UserRemaining"},
}
RECORDS = list(NEEDED)
LISTS = {
    "post": ("items",),
    "image": ("images",),
    "tag": ("tags",),
    "trophy": ("trophies",),
    "notification": ("replies", "messages"),
    "message": ("messages",),
}
#: Columns that are no key of the row: worked out, or added by a pull. They have tests of their own.
WORKED_OUT = {
    "post": {
        *("images_shown", "media_type", "width", "height", "size", "animated", "has_sound"),
        *("tags", "processing_status"),
    },
    "image": {"tags", "processing_status"},
    "album": {"images_shown"},
    "comment": {"root_id", "depth", "position", "n_children", "username", "author", "deleted"},
    "account": {"user_follow_status"},
    "account_settings": {"email", "active_emails", "blocked_users"},
    "topic": {"top_post_id", "hero_image_id"},
}
#: Names that keys had in 2013.
OLDER = {"comment": "caption"}
#: Ids that are 0 where there is nobody or nothing.
NOBODY = {"account_id", "topic_id", "author_id", "parent_id"}


# The plain reading ------------------------------------------------------------------------------


def answers() -> Iterator[Path]:
    for path in sorted(FOLDER.rglob("*")):
        aside = path.name.endswith((".headers.json", ".md"))
        if path.is_file() and not aside and path.parent.name != "headers":
            yield path


def loaded(path: Path) -> Any:
    """The answer by json; None where it is none."""
    try:
        return json.loads(path.read_text("utf-8-sig", "replace"), strict=False)
    except ValueError:
        return None


def is_error(answer: Any) -> bool:
    if not isinstance(answer, dict):
        return False
    data = answer.get("data")
    result = isinstance(data, dict) and bool(data.get("error"))
    status = answer.get("status", 200)
    failed = answer.get("success") is False or (isinstance(status, int) and status >= 400)
    return result or failed or "errors" in answer or set(answer) == {"message"}


@cache
def rows_of(path: Path, record: str) -> list[Row] | None:
    """The rows that the answer holds for a record; None where it is another kind of answer."""
    answer = loaded(path)
    if answer is None or is_error(answer):
        return None
    is_wrapped = isinstance(answer, dict) and "data" in answer
    data = answer["data"] if is_wrapped else answer
    if isinstance(data, dict):
        inside = [data[key] for key in LISTS.get(record, ()) if isinstance(data.get(key), list)]
        data = [row for part in inside for row in part] if inside else data
    rows = data if isinstance(data, list) else [data]
    if record == "comment" and all(isinstance(row, dict) for row in rows):
        rows = [row for top in rows for row in with_replies(top)]
    fit = all(isinstance(row, dict) and row.keys() >= NEEDED[record] for row in rows)
    return rows if fit and rows else None


def with_replies(row: Row) -> Iterator[Row]:
    yield row
    for reply in row.get("children") or []:
        yield from with_replies(reply)


def plain_answers() -> list[tuple[Path, str]]:
    found = []
    for path in answers():
        records = KINDS.get(path.parent.name, ())
        found += [(path, record) for record in records if rows_of(path, record)]
    return found


PLAIN = plain_answers()
ERRORS = [path for path in answers() if path.parent.name == "error" or is_error(loaded(path))]
HEADERS = sorted(FOLDER.rglob("*.headers.json"))


@cache
def frame_of(path: Path, record: str) -> pd.DataFrame:
    return imd.read_response(path, record)


def name_of(value: Any) -> str:
    return f"{value.parent.name}/{value.stem}" if isinstance(value, Path) else str(value)


# Rows -------------------------------------------------------------------------------------------


def test_recorded_answer_gives_exactly_its_rows(
    subtests: pytest.Subtests, as_declared: Callable[..., None]
) -> None:
    for path, record in PLAIN:
        with subtests.test(path=name_of(path)):
            rows = rows_of(path, record)
            assert rows is not None
            frame = frame_of(path, record)
            as_declared(frame, record)
            assert len(frame) == len(rows)
            info = frame.attrs["imgurdata"]
            assert (info["record"], info["answers"]) == (record, 1)
            assert "unreadable" not in info
            # Nothing that is unknown here goes in silence.
            assert set(info.get("unknown_fields", [])) == set().union(*rows) - keys_of(record)


def test_recorded_cells_are_as_sent(subtests: pytest.Subtests) -> None:
    for path, record in PLAIN:
        with subtests.test(path=name_of(path)):
            rows = rows_of(path, record)
            assert rows is not None
            frame = frame_of(path, record)
            dtypes = {name: str(dtype) for name, dtype in frame.dtypes.items()}
            compared = 0
            for name, key in key_of_column(record).items():
                want = [
                    cell(row.get(key, row.get(OLDER.get(key))), dtypes[name], key) for row in rows
                ]
                got = [None if pd.isna(value) else value for value in frame[name]]
                assert got == want, name
                compared += sum(value is not None for value in want)
            assert compared


def test_recorded_posts_take_columns_from_their_parts(subtests: pytest.Subtests) -> None:
    for path in paths_of("post"):
        with subtests.test(path=name_of(path)):
            rows = rows_of(path, "post")
            assert rows is not None
            frame = imd.read_response(path, "post", nested=True)
            for row, (_, got) in zip(rows, frame.iterrows(), strict=True):
                images, tags = row.get("images"), row.get("tags")
                cover = next((i for i in images or [] if i["id"] == row.get("cover")), {})
                if images and not row.get("cover"):
                    cover = images[0]
                for name, key in [("media_type", "type"), ("animated", "animated")]:
                    result = row.get(key) if row.get(key) not in (None, "") else cover.get(key)
                    assert same(got[name], None if result == "" else result), (row["id"], name)
                for name in ("width", "height", "size"):
                    result = row.get(name) or cover.get(name) or row.get(f"cover_{name}")
                    assert same(got[name], result, nothing=(None, 0)), (row["id"], name)
                assert same(
                    got["tags"], None if tags is None else " ".join(t["name"] for t in tags)
                )
                assert got["images_shown"] == (
                    len(images) if images else int(row.get("is_album") is False)
                )
                assert same(got["images_json"], images, read=json.loads)
                assert same(got["tags_json"], tags, read=json.loads)


def paths_of(record: str) -> list[Path]:
    paths = [path for path, kind in PLAIN if kind == record]
    assert paths
    return paths


def plainly(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    """Rows of these columns, None for NA."""
    result = frame[list(columns)].astype(object)
    return list(result.where(result.notna(), None).itertuples(index=False, name=None))


def nested_answer(path: Path) -> Any:
    answer = loaded(path)
    return answer["data"] if isinstance(answer, dict) and "data" in answer else answer


def places_in(rows: list[Row], root: int = 0, depth: int = 0) -> Iterator[tuple[Row, int, int]]:
    """Yield every row of trees in reading order, with the top of its thread and its depth."""
    for row in rows:
        top = root or int(row["id"])
        yield row, top, depth
        yield from places_in(row.get("children") or [], top, depth + 1)


def test_recorded_comments_take_columns_from_place_and_author(subtests: pytest.Subtests) -> None:
    for path in paths_of("comment"):
        with subtests.test(path=name_of(path)):
            rows = rows_of(path, "comment")
            assert rows is not None
            frame = frame_of(path, "comment")
            gone = [row["author"] == "[deleted]" for row in rows]
            want = [
                (
                    None if is_gone else row["author"] or None,
                    None if is_gone else row["author"] or None,
                    True if is_gone else row.get("deleted"),
                )
                for row, is_gone in zip(rows, gone, strict=True)
            ]
            assert plainly(frame, "username", "author", "deleted") == want
            tops = nested_answer(path)
            tops = tops if isinstance(tops, list) else [tops]
            flat = not any(top.get("children") for top in tops) and (
                any(int(top["parent_id"] or 0) for top in tops)
                or not any("children" in top for top in tops)
            )
            places = [
                (root, depth, place, len(row.get("children") or []))
                for place, (row, root, depth) in enumerate(places_in(tops))
            ]
            nowhere = [(None,) * 4] * len(rows)
            got = plainly(frame, "root_id", "depth", "position", "n_children")
            assert got == (nowhere if flat else places)


def test_recorded_notifications_take_columns_from_their_content(subtests: pytest.Subtests) -> None:
    for path in paths_of("notification"):
        with subtests.test(path=name_of(path)):
            rows = rows_of(path, "notification")
            assert rows is not None
            frame = frame_of(path, "notification")
            want = []
            for row in rows:
                result = row["content"]
                if isinstance(result, str):
                    # In 2024 the content is the comment's text, and the rest stands beside it.
                    result = {**row, "id": row["comment_id"], "comment": result}
                want.append(
                    (
                        "reply" if "comment" in result else "message",
                        int(result["id"]),
                        *(result.get("from") or result.get("author"),) * 2,
                        result.get("comment") or result.get("last_message"),
                        pd.Timestamp(int(result["datetime"]), unit="s", tz="UTC"),
                        int(result["message_num"]) if "message_num" in result else None,
                    )
                )
            columns = ("kind", "content_id", "username", "from_user", "text", "datetime")
            assert plainly(frame, *columns, "message_num") == want


def test_recorded_topics_name_the_posts_they_show(subtests: pytest.Subtests) -> None:
    for path in paths_of("topic"):
        with subtests.test(path=name_of(path)):
            rows = rows_of(path, "topic")
            assert rows is not None
            want = [
                tuple((row.get(key) or {}).get("id") for key in ("topPost", "heroImage"))
                for row in rows
            ]
            assert plainly(frame_of(path, "topic"), "top_post_id", "hero_image_id") == want


def test_recorded_settings_hold_no_address(subtests: pytest.Subtests) -> None:
    for path in paths_of("account_settings"):
        with subtests.test(path=name_of(path)):
            result = nested_answer(path)
            frame = frame_of(path, "account_settings")
            names = [user["blocked_url"] for user in result["blocked_users"]]
            masked = f"{result['email'][0]}***@***" if result["email"] else None
            assert plainly(frame, "email", "active_emails", "blocked_users") == [
                (masked, len(result["active_emails"]), " ".join(names))
            ]
            for mail in (result["email"], *result["active_emails"]):
                assert not mail or mail not in f"{frame.to_csv()} {frame.attrs}"


def test_recorded_accounts_tell_if_followed(subtests: pytest.Subtests) -> None:
    for path in paths_of("account"):
        with subtests.test(path=name_of(path)):
            rows = rows_of(path, "account")
            assert rows is not None
            want = [((row.get("user_follow") or {}).get("status"),) for row in rows]
            assert plainly(frame_of(path, "account"), "user_follow_status") == want


def test_recorded_albums_count_their_images(subtests: pytest.Subtests) -> None:
    for path in paths_of("album"):
        with subtests.test(path=name_of(path)):
            rows = rows_of(path, "album")
            assert rows is not None
            shown = [(len(row.get("images") or []),) for row in rows]
            assert plainly(frame_of(path, "album"), "images_shown") == shown


def test_recorded_fields_are_all_known() -> None:
    unknown = {}
    for path, record in PLAIN:
        fields = frame_of(path, record).attrs["imgurdata"].get("unknown_fields")
        if fields:
            unknown[name_of(path)] = fields
    assert unknown == {}


def test_recorded_rows_are_all_read(record_property: Callable[[str, object], None]) -> None:
    held = given = 0
    for path, record in PLAIN:
        held += len(rows_of(path, record) or [])
        given += len(frame_of(path, record))
    record_property("answers", len(PLAIN))
    record_property("rows", f"{given} of {held}")
    assert PLAIN
    assert ERRORS
    assert HEADERS
    assert given == held > 0


@pytest.mark.decision("columns-are-a-pure-function")
@pytest.mark.parametrize("nested", [False, True])
def test_recorded_columns_that_are_kept_give_the_same(
    tmp_path: Path, subtests: pytest.Subtests, nested: bool
) -> None:
    store = ColumnStore(tmp_path / "columns.sqlite", max_bytes=10**9)
    for record in sorted({record for _, record in PLAIN} - {"credits"}):
        with subtests.test(record=record):
            bodies = [path.read_bytes() for path, other in PLAIN if other == record]
            answers = [unwrap(body.removeprefix(b"\xef\xbb\xbf")) for body in bodies]
            unique = ("id",) * (record == "comment")
            one_by_one = FrameBuilder(RECORDS_OF[record], nested=nested)
            one_by_one.begin_list("a", unique=unique)
            for answer in answers:
                one_by_one.add(answer)
            frames = [one_by_one.frame()]
            named = [(str(n), bytes(16)) for n in range(len(answers))]
            for _ in range(2):
                builder = FrameBuilder(RECORDS_OF[record], nested=nested, in_blocks=True)
                builder.begin_list("a", unique=unique)
                kept = store.load(builder.recipe, named)
                if kept is not None:
                    builder.add_block(kept, [None] * len(named))
                else:
                    for answer in answers:
                        builder.add(answer)
                    block = builder.end_block()
                    assert block is not None
                    store.keep(builder.recipe, named, block)
                    store.finish()
                frames.append(builder.frame())
                assert builder.notes.to_dict() == one_by_one.notes.to_dict()
                assert builder.duplicates == one_by_one.duplicates
            assert kept is not None
            for frame in frames[1:]:
                pd.testing.assert_frame_equal(frame, frames[0], check_exact=True)
            if nested and record == "post":
                texts = frames[0].assign(images_json=list(frames[0]["images_json"]),
                                         tags_json=list(frames[0]["tags_json"]))  # fmt: skip
                for frame in frames:
                    for explode in (imd.explode_images, imd.explode_tags):
                        with warnings.catch_warnings():
                            warnings.simplefilter("ignore", imd.PreviewWarning)
                            found, read = explode(frame), explode(texts)
                        pd.testing.assert_frame_equal(found, read, check_exact=True)
    store.close()


def test_recorded_answers_of_one_kind_make_one_frame(as_declared: Callable[..., None]) -> None:
    for record in RECORDS:
        paths = [path for path, kind in PLAIN if kind == record]
        frame = imd.read_response(paths, record)
        as_declared(frame, record)
        assert len(frame) == sum(len(rows_of(path, record) or []) for path in paths)
        assert frame.attrs["imgurdata"]["answers"] == len(paths)


def test_recorded_answers_of_other_kinds_raise_our_errors(subtests: pytest.Subtests) -> None:
    for record in RECORDS:
        with subtests.test(record=record):
            for path in answers():
                try:
                    imd.read_response(path, record)
                except errors.ImgurDataError:
                    continue
                except Exception as error:  # noqa: BLE001 - which one is the point
                    pytest.fail(f"{name_of(path)} as {record}: {error!r}")


@cache
def keys_of(record: str) -> set[str]:
    """Every key the data dictionary speaks of."""
    table = imd.schema(record)
    renamed = table["source"].str.extract(r"\((\w+)\)$")[0].dropna()
    return {*table["name"], *renamed}


@cache
def key_of_column(record: str) -> dict[str, str]:
    """Columns that are one key of the answer, with that key."""
    table = imd.schema(record)
    table = table[table["dtype"] != "dropped"].set_index("name")
    added = {"fetched_at", "listing", "rank"}
    skipped = WORKED_OUT.get(record, set()) | added
    renamed = table["source"].str.extract(r"\((\w+)\)$")[0]
    renamed = renamed.where(renamed.isin(["content", "processing"]).eq(False))  # those are parts
    columns = [name for name in table.index if name not in skipped]
    if record == "notification":
        columns = ["id", "account_id", "viewed"]
    return {name: renamed[name] if isinstance(renamed[name], str) else name for name in columns}


def cell(value: Any, dtype: str, key: str) -> Any:
    if value is None or value == "" or (dtype.startswith("datetime") and value is False):
        return None
    if dtype == "str":
        return str(value)
    if dtype == "boolean":
        return bool(int(value))
    if dtype == "Int64":
        number = round(float(value)) if isinstance(value, float) else int(value)
        return None if number == 0 and key in NOBODY else number
    # Below this it is seconds to go, and a file does not know from when.
    return pd.Timestamp(int(value), unit="s", tz="UTC") if int(value) > 10**8 else None


def same(got: Any, want: Any, *, nothing: tuple[Any, ...] = (None,), read: Any = None) -> bool:
    if pd.isna(got) or got in nothing:
        return want in nothing
    return bool((read(got) if read else got) == want)


# Errors -----------------------------------------------------------------------------------------

#: What people read in an answer to the error it has to be.
MEANT = [
    (r"over capacity", errors.OverCapacity),
    (r"requests exceeded", errors.CreditsExhausted),
    (r"invalid client_id", errors.InvalidClient),
    (r"access token|refresh token", errors.InvalidToken),
    (
        r'"(authentication required|unauthorized|this method requires auth)',
        errors.AuthenticationRequired,
    ),
    (r"unable to find|not found|does not exist", errors.NotFound),
    (r"too fast|too many requests|429 page", errors.RateLimited),
    (r"application key", errors.InvalidClient),
    (r"<title>\s*503", errors.OverCapacity),
]


def meant(body: str) -> type[errors.ImgurDataError]:
    result = body.lower()
    return next((kind for text, kind in MEANT if re.search(text, result)), errors.ImgurDataError)


def test_recorded_errors_raise_the_right_error(subtests: pytest.Subtests) -> None:
    for path in ERRORS:
        with subtests.test(path=name_of(path)):
            body = path.read_bytes()
            kind = meant(body.decode("utf-8", "replace"))
            with pytest.raises(kind) as caught:
                frame_of(path, "post")
            status = recorded_status(path)
            live = error_of(status, body) if status else caught.value
            assert isinstance(live, kind)
            for error in (caught.value, live):
                assert not re.search(r"\b[0-9a-f]{40}\b", f"{error} {vars(error)}")


def test_recorded_errors_are_mostly_classified() -> None:
    known = [
        meant(path.read_text("utf-8", "replace")) is not errors.ImgurDataError for path in ERRORS
    ]
    assert sum(known) > len(known) / 2


def recorded_status(path: Path) -> int | None:
    aside = path.with_name(f"{path.stem}.headers.json")
    if not aside.exists():
        return None
    status = json.loads(aside.read_text()).get("http_status")
    return status if isinstance(status, int) and status >= 400 else None


# Headers ----------------------------------------------------------------------------------------


def test_recorded_headers_give_their_limits(subtests: pytest.Subtests) -> None:
    for path in HEADERS:
        with subtests.test(path=name_of(path)):
            recorded = json.loads(path.read_text())
            pairs = recorded["headers"] if isinstance(recorded, dict) else recorded
            result = {str(name).lower(): str(value) for name, value in pairs}
            # An answer without a date was read in the hour that its reset ends.
            epochs = [
                int(text) - 60.0
                for name, text in result.items()
                if "reset" in name and len(text) > 9
            ]
            now = max(epochs, default=1.7e9)
            if "date" in result:
                now = parsedate_to_datetime(result["date"]).timestamp()
            limits = read_limits(CaseInsensitiveDict(result), now)
            names = {
                "user": "x-ratelimit-user",
                "client": "x-ratelimit-client",
                "post": "x-post-rate-limit-",
            }
            for limit, prefix in names.items():
                for part in ("limit", "remaining"):
                    text = result.get(prefix + part)
                    assert getattr(limits, f"{limit}_{part}") == (int(text) if text else None)
                reset = getattr(limits, f"{limit}_reset_at")
                text = result.get(prefix + "reset")
                if text is None or int(text) < 0:
                    assert reset is None
                elif int(text) > 10**9:
                    assert reset.timestamp() == int(text)
                else:
                    date = (
                        parsedate_to_datetime(result["date"]).timestamp()
                        if "date" in result
                        else 1.7e9
                    )
                    assert reset.timestamp() == date + int(text)
            assert (limits != NOT_REPORTED) == any(
                name.startswith(tuple(names.values())) for name in result
            )
