"""One process, one archive: what goes in comes out, once, as it was."""

from __future__ import annotations

import json
import os
import pickle
import sys
from pathlib import Path
from unittest import mock

import pandas as pd
import pyarrow.parquet as pq
import pytest

import imgurdata as imd
from imgurdata.archive.files import Files
from imgurdata.errors import ArchiveUnusable, InvalidArgument, MissingExtra
from imgurdata.model.schema import SCHEMA_VERSION

same = pd.testing.assert_frame_equal


def files_of(archive: imd.Archive) -> list[Path]:
    return sorted(path for path in Path(archive.url).rglob("*") if path.is_file())


def test_rows_come_back_exactly_before_and_after_compaction(filled, expected, comments, snapshots):
    filled.append(comments)
    assert len(files_of(filled)) == 7
    for _ in range(2):
        loaded = filled.load("post")
        same(loaded, expected)
        assert not loaded.attrs
        found = filled.load("comment")
        same(found, comments.sort_values(["post_id", "position"], ignore_index=True))
        report = filled.compact()
    assert report.empty
    assert len([path for path in files_of(filled) if path.suffix == ".parquet"]) == 3
    # Other tools read a file with the same dtypes.
    one = pd.read_parquet(files_of(filled)[-1], partitioning=None)
    assert one.dtypes.to_dict() == expected.dtypes.to_dict()
    assert len(pickle.loads(pickle.dumps(filled)).load()) == len(expected)


@pytest.mark.decision("one-file-a-snapshot")
def test_same_snapshot_is_stored_once(filled, snapshots, expected):
    before = files_of(filled)
    names = [filled.append(frame) for frame in snapshots]
    assert files_of(filled) == before
    assert len(set(names)) == len(snapshots)
    filled.compact()
    after = files_of(filled)
    assert [filled.append(frame) for frame in snapshots] == names
    assert files_of(filled) == after
    same(filled.load(), expected)


def test_snapshots_that_differ_in_one_respect_are_two(archive, snapshots, subtests):
    frame = snapshots[0]
    archive.append(frame)
    changes = {
        "endpoint": {"endpoint": "gallery/hot/time"},
        "params": {"params": {"pages": 7}},
    }
    for number, (what, change) in enumerate(changes.items()):
        with subtests.test(what):
            other = frame.copy()
            other.attrs["imgurdata"] = frame.attrs["imgurdata"] | change
            archive.append(other)
            assert len(archive.load()) == (number + 2) * len(frame)
    with subtests.test("ids"):
        archive.append(frame.iloc[:-1])
        assert len(archive.load()) == 4 * len(frame) - 1


def test_load_selects_time_columns_and_ids(filled, expected, comments):
    filled.append(comments)
    for _ in range(2):
        times = expected["fetched_at"].unique()
        part = expected[(expected["fetched_at"] >= times[1]) & (expected["fetched_at"] < times[4])]
        found = filled.load("post", since=times[1], until=times[4])
        same(found, part.reset_index(drop=True))
        # A duration counts back from the newest snapshot, not from this machine's now.
        assert filled.load(since="5h", columns=["fetched_at"])["fetched_at"].nunique() == 2
        two = filled.load(
            columns=["points", "id"], ids=["https://imgur.com/a/" + expected["id"][3]]
        )
        part = expected[expected["id"] == expected["id"][3]]
        same(two, part[["points", "id"]].reset_index(drop=True))
        assert filled.load(ids=[]).equals(expected.iloc[:0])
        number = comments["id"].iloc[0]
        assert filled.load("comment", ids=number)["id"].tolist() == [number]
        posts = filled.load("comment", ids=comments["post_id"].iloc[:1])
        assert set(posts["post_id"]) == {comments["post_id"].iloc[0]}
        filled.compact()


def test_empty_archive_has_the_columns_of_the_loaders(archive, snapshots, comments):
    Path(archive.url).mkdir()
    same(archive.load(), snapshots[0].iloc[:0])
    assert archive.load("comment").dtypes.equals(comments.dtypes)
    same(archive.latest(), snapshots[0].iloc[:0])
    assert archive.history().shape == (0, 10)
    assert archive.compact().empty
    assert archive.load("snapshot").empty
    assert "empty" in repr(archive)
    assert not list(Path(archive.url).glob("record=*"))


def test_archive_that_is_not_there_is_named(tmp_path, subtests, caplog):
    pytest.importorskip("fsspec")
    reads = {
        "load": lambda archive: archive.load("comment", since="2h"),
        "ledger": lambda archive: archive.load("snapshot"),
        "latest": lambda archive: archive.latest(),
        "history": lambda archive: archive.history("abcde"),
    }
    changes = {
        "compact": lambda archive: archive.compact(),
        "forget": lambda archive: archive.forget(ids="abcde"),
        "export": lambda archive: archive.export(tmp_path / "export"),
    }
    (tmp_path / "study" / "gallery").mkdir(parents=True)
    for url in (str(tmp_path / "galery"), str(tmp_path / "study"), "memory://galery"):
        archive = imd.Archive(url)
        message = (
            f"There is no archive at {url}. Check the path; append() or collect() makes a new "
            "archive."
        )
        for name, call in reads.items():
            with subtests.test(name, url=url):
                caplog.clear()
                assert call(archive).empty
                assert set(caplog.messages) == {message}
        for name, call in changes.items():
            with subtests.test(name, url=url):
                with pytest.raises(ArchiveUnusable) as error:
                    call(archive)
                assert error.value.message == message
        assert "empty" in repr(archive)
        assert [path.name for path in tmp_path.iterdir()] == ["study"]
    for path, reason in {"~no.such.body/a": "no such home folder", "a\0b": "NUL character"}.items():
        for call in (imd.Archive, archive.export):
            with subtests.test(path=path), pytest.raises(ArchiveUnusable, match=reason):
                call(path)


def test_snapshot_without_rows_is_in_the_ledger(archive, snapshots):
    empty = snapshots[0].iloc[:0]
    archive.append(empty)
    assert archive.load("snapshot")["rows"].tolist() == [0]
    same(archive.load(), empty)


def test_history_follows_each_post(filled, expected, snapshots, subtests):
    columns = ["id", "fetched_at", "listing", "rank"]
    columns += ["points", "score", "views", "ups", "downs", "comment_count"]
    ordered = expected.sort_values(["id", "fetched_at"], kind="stable", ignore_index=True)
    for _ in range(2):
        history = filled.history()
        same(history, ordered[columns], check_like=False)
        assert history.attrs["imgurdata"]["spans"] == {
            "gallery/hot/viral": {
                "first": snapshots[0]["fetched_at"].max().isoformat(),
                "last": snapshots[-1]["fetched_at"].min().isoformat(),
            }
        }
        some = ordered["id"].unique()[:2]
        same(filled.history(some), history[history["id"].isin(some)])
        assert list(filled.history(values=["nsfw"])) == [*columns[:4], "nsfw"]
        moved = filled.history(changes=True)
        by_hand = history.groupby(["id", "listing"], sort=False)[columns[4:]].shift()
        differs = (history[columns[4:]] != by_hand).fillna(True).any(axis=1)
        same(moved, history[differs].reset_index(drop=True))
        assert 0 < len(moved) < len(history)
        filled.compact()


def test_latest_is_the_newest_row_of_each_id(filled, expected, comments):
    filled.append(comments)
    newest = expected.drop_duplicates("id", keep="last").reset_index(drop=True)
    same(filled.latest(), newest)
    same(filled.latest(columns=["points"]), newest[["points"]])
    assert len(filled.latest("comment")) == comments["id"].nunique()


def test_ledger_keeps_what_attrs_said(filled, snapshots):
    for _ in range(2):
        ledger = filled.load("snapshot")
        assert ledger["status"].tolist() == ["ok"] * 6
        assert [json.loads(text) for text in ledger["attrs"]] == [
            frame.attrs["imgurdata"] for frame in snapshots
        ]
        assert ledger["fingerprint"].nunique() == 1
        assert ledger["fetched_at"].tolist() == [f["fetched_at"].max() for f in snapshots]
        assert len(filled.load("snapshot", since=snapshots[4]["fetched_at"].min())) == 2
        filled.compact()


def test_ledger_is_described(filled):
    table = imd.schema("snapshot")
    ledger = filled.load("snapshot")
    assert dict(zip(table["name"], table["dtype"], strict=True)) == {
        name: str(dtype) for name, dtype in ledger.dtypes.items()
    }
    assert table["meaning"].notna().all()
    with pytest.raises(InvalidArgument, match="Did you mean 'snapshot'"):
        imd.schema("snapshots")
    with pytest.raises(InvalidArgument, match="record must be one of"):
        imd.read_response({"snapshot": "a"}, "snapshot")


def test_info_describes_the_archive(filled, comments):
    filled.append(comments)
    info = filled.info()
    assert info.records["record"].tolist() == ["comment", "post"]
    assert info.records["rows"].tolist() == [len(comments), 720]
    assert "post: 720 rows of 6 snapshots, 2026-03-01 18:00 to 2026-03-02 19:00" in repr(filled)
    assert "<li>post: 720 rows" in filled._repr_html_()


def test_forget_removes_rows_from_every_file(filled, expected, comments, snapshots):
    filled.append(comments)
    post, author = comments["post_id"].iloc[0], expected["account_url"].dropna().iloc[5]
    compacted = False
    for _ in range(2):
        if compacted:
            filled.compact()
        report = filled.forget(ids=post, authors=author.upper())
        if not compacted:
            assert int(report["rows"].sum()) > 0
            assert set(report["record"]) == {"post", "comment"}
        else:
            assert report.empty
        rows = filled.load()
        gone = (expected["id"] == post) | (expected["account_url"] == author)
        same(rows, expected[~gone].reset_index(drop=True))
        assert post not in set(filled.load("comment")["post_id"])
        for path in files_of(filled):
            assert post.encode() not in path.read_bytes()
            assert author.encode() not in path.read_bytes()
        for frame in snapshots:  # what was forgotten stays so
            filled.append(frame)
        same(filled.load(), rows)
        compacted = True


def test_forget_takes_comments_by_number_and_what_a_killed_compaction_left(
    filled, comments, expected, monkeypatch
):
    filled.append(comments)
    number = int(comments["id"].iloc[0])
    filled.forget(ids=number)
    assert number not in set(filled.load("comment")["id"])
    with monkeypatch.context() as patch:
        patch.setattr(type(filled._files), "remove", lambda *_: None)
        filled.compact()
    post = expected["id"][0]
    filled.forget(ids=post)
    assert not [path for path in files_of(filled) if post.encode() in path.read_bytes()]


def test_rounds_without_rows_forget_too(archive, connect, snapshots, tmp_path):
    session = connect()
    name = snapshots[0]["account_url"].dropna().iloc[5]
    imd.collect(archive, imd.Pull("account", usernames=[name]), "1s", "3s", session=session)
    assert archive.load("snapshot")["status"].tolist()[-1] == "unchanged"
    archive.export(tmp_path / "export")
    assert archive.forget(authors=name)["record"].tolist().count("snapshot") >= 1
    for path in files_of(archive):
        assert name.encode() not in path.read_bytes()
    assert "unchanged" in set(archive.load("snapshot")["status"])


def test_forgotten_people_are_in_no_list_and_no_ledger(archive, connect, snapshots):
    session = connect()
    name = snapshots[0]["account_url"].dropna().iloc[5]
    for load in (imd.load_account_submissions, imd.load_account_gallery_favorites,
                 imd.load_account_comments, imd.load_account):  # fmt: skip
        archive.append(load(name, session=session))
    others = archive.load()["account_url"] != name
    report = archive.forget(authors=name)
    assert set(report["record"]) == {"account", "comment", "post"}
    rows = archive.load()
    assert len(rows) == others.sum() > 0  # what the person liked is somebody else's
    assert set(rows["listing"]) == {"account/***/gallery_favorites/newest"}
    for path in files_of(archive):
        assert name.encode() not in path.read_bytes()
    assert archive.forget(authors=name).empty


def test_folder_of_an_unknown_record_is_named(filled, expected, tmp_path, subtests):
    folder = Path(filled.url) / "record=video"
    folder.mkdir()
    calls = {
        "compact": filled.compact,
        "forget": lambda: filled.forget(ids=expected["id"][0]),
        "export": lambda: filled.export(tmp_path / "export"),
    }
    for name, call in calls.items():
        with subtests.test(name), pytest.raises(ArchiveUnusable, match="folder record=video of"):
            call()
    # The other records are compacted and readable all the same.
    assert len(filled._files.all("post")) == 2
    assert len(filled.load("snapshot")) == 6


def test_wrong_arguments_are_refused_by_name(archive, filled, snapshots, comments, subtests):
    frame = snapshots[0]
    no_attrs = pd.concat(snapshots[:2])
    bare = frame.iloc[:0].copy()
    bare.attrs = {}
    saved = frame.copy()
    saved["fetched_at"] = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us, UTC]")
    cases = {
        "frame must be a DataFrame of a loader; got 3": lambda: archive.append(3),
        "whose attrs name its record": lambda: archive.append(no_attrs),
        "record must be 'post', as the frame says": lambda: archive.append(frame, record="image"),
        "lacks 'points'": lambda: archive.append(frame.drop(columns="points")),
        "has 'mine', which imd.schema": lambda: archive.append(frame.assign(mine=1)),
        "'points' of frame must have the dtype Int64; got float64": lambda: archive.append(
            frame.assign(points=1.5)
        ),
        "fetched_at in each row": lambda: archive.append(saved),
        "Did you mean 'post'?": lambda: archive.load("pots"),
        "Did you mean 'points'?": lambda: filled.load(columns=["id", "pints"]),
        "columns must be a list of column names": lambda: filled.load(columns="id"),
        "since must be a time": lambda: archive.load(since="soon"),
        "ids must be an id": lambda: archive.load(ids="!"),
        "as each account has one; got '!'": lambda: archive.load("account", ids="!"),
        "forget() needs ids=, authors= or both": lambda: archive.forget(),
        "url must be a folder or a URL": lambda: imd.Archive(3),
        "changes must be True or False": lambda: archive.history(changes="no"),
        "record must be one with an id": lambda: archive.latest("vote"),
        "each column once": lambda: archive.append(frame[[*frame, "id"]]),
        "snapshots are noted by append()": lambda: archive.append(no_attrs, record="snapshot"),
        "frame must have rows, or attrs": lambda: archive.append(bare, record="post"),
        "ids must be None for the ledger": lambda: archive.load("snapshot", ids="abcde"),
        "a credits has no id": lambda: archive.load("credits", ids="abcde"),
        "path must be a folder": lambda: archive.export(3),
        "frame must be a DataFrame": lambda: imd.pseudonymise([1], "a key of this test"),
    }
    for message, call in cases.items():
        with subtests.test(message):
            with pytest.raises(InvalidArgument) as error:
                call()
            assert message in str(error.value)


def test_frame_without_attrs_is_taken_with_its_record(archive, snapshots):
    archive.append(pd.concat(snapshots[:2], ignore_index=True), record="post")
    assert len(archive.load()) == 240
    same_archive = imd.Archive(f"file://{archive.url}")
    assert (same_archive.url, len(same_archive.load())) == (archive.url, 240)


@pytest.mark.engines
def test_any_fsspec_url_holds_an_archive(snapshots, expected, monkeypatch):
    import fsspec

    archive = imd.Archive("memory://studies/gallery")
    try:
        for frame in snapshots:
            archive.append(frame)
            archive.append(frame)
        same(archive.load(), expected)
        assert len(archive.compact()) == 2
        same(archive.load(), expected)
        assert archive.forget(ids=expected["id"][0])["rows"].sum() > 0
        assert expected["id"][0] not in set(archive.load()["id"])
        monkeypatch.setattr("imgurdata.archive.files.FORMAT", 2)
        with pytest.raises(ArchiveUnusable) as error:
            archive.load()
        assert str(error.value).startswith("The file ")
        assert "has format 1, and this version of imgurdata reads format 2" in str(error.value)
    finally:
        fsspec.filesystem("memory").rm("/studies", recursive=True)


@pytest.mark.engines
def test_errors_of_a_store_are_ours(snapshots, expected, subtests):
    """Libraries of stores raise errors that are no OSError."""
    import fsspec
    from fsspec.implementations.memory import MemoryFileSystem

    class StoreError(Exception):
        pass

    class Store(MemoryFileSystem):
        protocol = "failing"
        failing = frozenset()

        @classmethod
        def _strip_protocol(cls, path):
            return super()._strip_protocol(path.removeprefix("failing://"))

        def _check(self, what):
            if what in self.failing:
                raise StoreError("no answer from the store")

        def __init__(self, **options):
            self._check("open")
            super().__init__(**options)

        def _open(self, path, mode="rb", **options):
            self._check(mode)
            return super()._open(path, mode, **options)

        def ls(self, path, detail=True, **options):
            self._check("list")
            return super().ls(path, detail, **options)

        def info(self, path, **options):
            self._check("info")
            return super().info(path, **options)

    fsspec.register_implementation("failing", Store, clobber=True)
    archive = imd.Archive("failing://errors/gallery")
    archive.append(snapshots[0])
    archive.append(snapshots[-1])
    archive.compact()

    def look_at_the_root():
        with mock.patch.object(Files, "_list", return_value=[]):
            archive.load()

    cases = {
        "list": (archive.load, archive.compact, lambda: archive.append(snapshots[1])),
        "rb": (archive.load, archive.history, lambda: archive.load("snapshot")),
        "info": (archive.load, look_at_the_root),
        "open": (imd.Archive("failing://errors/gallery").load,),
        "wb": (lambda: archive.append(snapshots[1]), lambda: archive.forget(ids=expected["id"][0])),
    }  # fmt: skip
    try:
        for what, calls in cases.items():
            Store.failing = frozenset({what})
            Store.clear_instance_cache()
            for number, call in enumerate(calls):
                with subtests.test(what, number=number):
                    with pytest.raises(ArchiveUnusable) as error:
                        call()
                    assert "cannot be" in str(error.value)
                    assert "no answer from the store" in str(error.value)
                    assert "damaged" not in str(error.value)
            assert repr(archive).startswith("Archive failing://errors/gallery")
    finally:
        Store.failing = frozenset()
        fsspec.filesystem("failing").rm("/errors", recursive=True)


@pytest.mark.engines
def test_unknown_protocol_and_missing_package_are_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "adlfs", None)
    with pytest.raises(MissingExtra, match=r"abfs://box/folder needs another package: .*adlfs"):
        imd.Archive("abfs://box/folder").load()
    archive = imd.Archive("nope://folder")
    with pytest.raises(InvalidArgument, match="fsspec knows"):
        archive.load()
    assert "fsspec knows" in repr(archive)


def test_archives_of_every_schema_version_open(snapshots, comments):
    """One small archive of each version, written when that was the newest.

    ``IMGURDATA_NEW_ARCHIVE=1`` writes the one of this version, if there is none.
    """
    newest = Path(__file__).parent / "data" / f"schema-{SCHEMA_VERSION}"
    if os.environ.get("IMGURDATA_NEW_ARCHIVE") and not newest.exists():
        archive = imd.Archive(newest)
        for frame in (snapshots[0].head(12), snapshots[1].head(12), comments.head(3)):
            archive.append(frame)
        archive.compact()
        (newest / ".archive.lock").unlink()
    for version in range(1, SCHEMA_VERSION + 1):
        archive = imd.Archive(Path(__file__).parent / "data" / f"schema-{version}")
        rows = archive.load()
        assert rows.dtypes.to_dict() == snapshots[0].dtypes.to_dict()
        assert list(rows) == list(snapshots[0])
        assert rows["points"].notna().all()
        ledger = archive.load("snapshot")
        assert ledger["schema_version"].tolist() == [version] * 3
        assert ledger["rows"].sum() == len(rows) + len(archive.load("comment")) > 3
        assert archive.info().damaged == []


def test_unusable_files_are_named_and_the_rest_is_readable(filled, expected, tmp_path, subtests):
    path = next(p for p in files_of(filled) if "day=2026-03-01" in str(p))
    good = path.read_bytes()
    damages = {"cut off": good[: len(good) // 2], "empty": b""}
    for what, content in damages.items():
        path.write_bytes(content)
        with subtests.test(what):
            for call in (filled.load, filled.compact, filled.forget):
                with pytest.raises(ArchiveUnusable) as error:
                    call(ids=expected["id"][0]) if call == filled.forget else call()
                assert path.name in str(error.value)
                path.write_bytes(content)
            rest = expected[expected["fetched_at"] >= "2026-03-02"].reset_index(drop=True)
            assert len(filled.load(since="2026-03-02")) == len(rest)
            assert path.name in str(filled.info())
    with subtests.test("one byte"):
        named = 0
        for place in range(100, len(good) - 100, len(good) // 60):
            path.write_bytes(good[:place] + bytes([good[place] ^ 16]) + good[place + 1 :])
            try:
                same(filled.load(), expected)
            except ArchiveUnusable as error:
                named += path.name in str(error)
        assert named > 20
    path.unlink()
    foreign = path.with_name("mine.parquet")
    expected.to_parquet(foreign)
    with subtests.test("foreign"), pytest.raises(ArchiveUnusable, match=r"mine\.parquet"):
        filled.load()
    assert "mine.parquet" in str(filled.info())
    foreign.unlink()
    with subtests.test("foreign under our name"):
        expected.to_parquet(path)
        with pytest.raises(ArchiveUnusable, match="does not say which snapshots it holds"):
            filled.load()
        path.unlink()
    with subtests.test("copied from elsewhere"):
        # Two compacted files that share some snapshots and not all.
        stored = filled._files.all("post")[0]
        table = pq.read_table(stored.path, partitioning=None)
        for number, names in enumerate((["a", "b"], ["b", "c"])):
            copy = Path(stored.path).parent / f"c-{stored.name[2:-1]}{number}.parquet"
            filled._files.write(str(copy), table, {"snapshots": [], "replaces": names})
        with pytest.raises(ArchiveUnusable, match="hold some of the same snapshots"):
            filled.load()
        assert "hold some of the same snapshots" in str(filled.info())
        for copy in Path(stored.path).parent.glob("c-*"):
            copy.unlink()
    (path.parent / "notes.txt").write_text("not a snapshot")
    assert len(filled.load()) == 600


def test_column_of_another_type_is_refused_and_a_new_one_kept(filled, expected, subtests):
    import pyarrow as pa

    path = files_of(filled)[-1]
    table = pq.read_table(path, partitioning=None)
    index = table.column_names.index("points")
    newer = table.append_column("mood", pa.repeat(pa.scalar("calm"), table.num_rows))
    footer = filled._files.footer(filled._files.all("post")[-1])
    filled._files.write(str(path), newer, footer)
    for _ in range(2):
        loaded = filled.load()
        same(loaded.drop(columns="mood"), expected)
        assert loaded["mood"].notna().sum() == 120
        filled.compact()
    path = files_of(filled)[-1]
    table = pq.read_table(path, partitioning=None)
    index = table.column_names.index("points")
    texts = table.set_column(index, "points", table["points"].cast(pa.string()))
    footer = filled._files.footer(filled._files.all("post")[-1])
    filled._files.write(str(path), texts, footer)
    with pytest.raises(ArchiveUnusable, match=r"'points' is \w*string in the file .*int64"):
        filled.load()
    newer_format = {**table.schema.metadata, b"imgurdata": b'{"format": 2}'}
    pq.write_table(table.replace_schema_metadata(newer_format), path)
    with pytest.raises(ArchiveUnusable, match="has format 2"):
        filled.load()
    renamed = table.rename_columns(["id", *table.column_names[:0:-1]])
    pq.write_table(renamed.replace_schema_metadata(table.schema.metadata), path)
    with pytest.raises(ArchiveUnusable, match="damaged: its columns are not those"):
        filled.load()
