"""Several processes on one archive, and processes that are killed."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from subprocess import PIPE
from unittest import mock

import pandas as pd
import processes
import pytest
from processes import run, start

import imgurdata as imd
from imgurdata.archive.files import ArchiveFile, Files, without_replaced
from imgurdata.archive.read import read_dataset
from imgurdata.errors import ArchiveUnusable

same = pd.testing.assert_frame_equal

#: Appends the frames of a folder, and prints a line after each.
APPEND = """
import sys, json, pathlib
import pandas as pd
import imgurdata as imd
archive = imd.Archive(sys.argv[1])
for path in sorted(pathlib.Path(sys.argv[2]).glob("*.pickle")):
    archive.append(pd.read_pickle(path))
    print(path.name, flush=True)
"""
COMPACT = """
import sys
import imgurdata as imd
archive = imd.Archive(sys.argv[1])
print("ready", flush=True)
archive.compact()
print("done", flush=True)
"""


def codes(running: list[processes.Process]) -> list[int | None]:
    for process in running:
        process.communicate()
    return [process.returncode for process in running]


@pytest.fixture
def folder(tmp_path: Path, snapshots: list[pd.DataFrame]) -> Path:
    path = tmp_path / "frames"
    path.mkdir()
    for number, frame in enumerate(snapshots):
        frame.to_pickle(path / f"{number}.pickle")
    return path


def test_two_writers_of_the_same_and_of_other_snapshots_lose_nothing(
    archive, folder, expected, snapshots
):
    writers = [start(APPEND, archive.url, folder, stdout=PIPE) for _ in range(2)]
    other = snapshots[0].copy()
    other.attrs["imgurdata"] = other.attrs["imgurdata"] | {"params": {"pages": 9}}
    archive.append(other)
    assert codes(writers) == [0, 0]
    rows = archive.load()
    assert len(rows) == len(expected) + len(other)
    assert len(archive.load("snapshot")) == 7


@pytest.mark.decision("footer-names-the-replaced")
def test_readers_see_every_row_once_while_it_is_compacted(archive, snapshots, expected):
    """Appends, compactions and readers at once: whole snapshots only, and none twice."""
    sizes = {frame["fetched_at"].iloc[0]: len(frame) for frame in snapshots}
    problems: list[str] = []
    over = threading.Event()

    def read() -> None:
        seen = 0
        while not over.is_set():
            counts = archive.load(columns=["fetched_at"])["fetched_at"].value_counts()
            if any(sizes[moment] != count for moment, count in counts.items()):
                problems.append(f"rows {counts.to_dict()}")
            if len(counts) < seen:
                problems.append(f"{seen} snapshots, then {len(counts)}")
            seen = len(counts)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for frame in snapshots:
        archive.append(frame)
        archive.compact()
    over.set()
    for reader in readers:
        reader.join()
    assert problems == []
    same(archive.load(), expected)


@pytest.mark.decision("footer-names-the-replaced")
def test_compaction_killed_at_any_step_leaves_every_row_once(
    filled, expected, monkeypatch, subtests
):
    """The process ends before each single change of a file, until compaction gets through."""
    files = type(filled._files)
    for step in range(1, 30):
        steps = iter(range(step))

        def killed(self, *arguments, _old, _steps=steps, **options):
            if next(_steps, None) is None:
                raise SystemExit("killed")
            return _old(self, *arguments, **options)

        with monkeypatch.context() as patch:
            for name in ("write", "remove"):
                old = getattr(files, name)
                patch.setattr(
                    files, name, lambda self, *a, _o=old, **o: killed(self, *a, _old=_o, **o)
                )
            try:
                filled.compact()
            except SystemExit:
                ended = False
            else:
                ended = True
        with subtests.test(step=step):
            same(filled.load(), expected)
            assert len(filled.load("snapshot")) == 6
            assert filled.info().records["rows"].tolist() == [len(expected)]
        if ended:
            break
    assert ended
    filled.compact()
    assert len(list(Path(filled.url).rglob("*.parquet"))) == 2


def test_killed_writers_leave_whole_snapshots(archive, folder, snapshots, subtests):
    for number in (0, 1, 4):
        writer = start(APPEND, archive.url, folder, stdout=PIPE)
        assert writer.stdout is not None
        for _ in range(number):
            writer.stdout.readline()
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        with subtests.test(number=number):
            counts = archive.load()["fetched_at"].value_counts()
            assert set(counts) <= {120}
            assert len(counts) >= number
    for frame in snapshots:
        archive.append(frame)
    assert len(archive.load()) == 720
    left = [*Path(archive.url).rglob(".tmp-*"), Path(archive.url) / ".tmp-0-made-up.parquet"]
    old = time.time() - 7200
    day = next(Path(archive.url).glob("record=post/day=*"))
    for path in [*left[:-1], day / ".tmp-00-made-up.parquet"]:
        path.touch()
        os.utime(path, (old, old))
    archive.compact()
    assert not list(Path(archive.url).rglob(".tmp-*"))


def test_files_that_something_else_removes_are_named(filled, monkeypatch):
    stored = filled._files.all("post")
    for file in stored:
        Path(file.path).unlink()
    monkeypatch.setattr(filled._files, "current", lambda *_: stored)
    with pytest.raises(ArchiveUnusable, match="vanish while they are read"):
        filled.load()


def test_rows_that_fail_though_their_files_do_not_are_ours(filled):
    """A store may fail once, while the rows are read, and no more when the damage is sought."""
    dataset = mock.Mock(to_table=mock.Mock(side_effect=OSError("no answer")))
    with pytest.raises(ArchiveUnusable, match="cannot be read: no answer"):
        read_dataset(filled._files, filled._files.all("post"), dataset)


def test_upkeep_bears_another_compaction(filled, monkeypatch):
    """Object stores have no locks: files go between their listing and their use."""
    files = type(filled._files)
    first, *_ = filled._files.all("post")
    with monkeypatch.context() as patch:
        patch.setattr(files, "sweep", lambda self, _: self.remove(first.path))
        assert filled.compact()["day"].tolist() == ["2026-03-02"]
    second, *_ = filled._files.all("post")
    with monkeypatch.context() as patch:
        patch.setattr(files, "replaced", lambda self, _: self.remove(second.path) or {})
        with pytest.raises(ArchiveUnusable, match=f"{second.name}.* has gone"):
            filled.forget(ids="abcdefg")


@pytest.mark.parametrize("what", ["append", "info", pytest.param("sql", marks=pytest.mark.engines)])
def test_what_is_compacted_meanwhile_is_looked_up_again(archive, snapshots, monkeypatch, what):
    """Another process compacts between the listing of the files and the reading of a footer."""
    *_, first, second, third, _ = snapshots  # of one day
    archive.append(first)
    archive.append(second)
    archive.compact()
    archive.append(third)
    metadata, others = Files.metadata, [imd.Archive(archive.url)]

    def late(self, file):
        if others:
            others.pop().compact()
        return metadata(self, file)

    monkeypatch.setattr(Files, "metadata", late)
    if what == "append":
        archive.append(first)
    elif what == "info":
        assert archive.info().damaged == []
    else:
        assert len(archive.sql("SELECT id FROM post")) == 360
    assert not others
    assert len(list(Path(archive.url).rglob("*.parquet"))) == 1


def test_archive_that_changes_all_the_time_is_named(filled, monkeypatch):
    monkeypatch.setattr(Files, "_scan", lambda *_: [object()])
    with pytest.raises(ArchiveUnusable, match="changes faster than it can be listed"):
        filled.load()


def test_of_two_compacted_files_the_one_that_holds_all_counts():
    """Two processes compacted at once, the second after another append."""
    name = "c-20260301T180000000000Z-20260301T230000000000Z-"
    folder = "a/record=post/day=2026-03-01"
    files = [ArchiveFile.of(f"{folder}/{name}{n * 16}.parquet", 0) for n in "012"]
    less, more, same_again = (file.name for file in files)
    replaced = {less: {"a"}, more: {"a", "b"}, same_again: {"a", "b"}}
    assert [file.name for file in without_replaced(files, replaced)] == [same_again]


def test_two_compactions_at_once_store_nothing_twice(filled, expected):
    runs = [start(COMPACT, filled.url, stdout=PIPE) for _ in range(2)]
    assert codes(runs) == [0, 0]
    same(filled.load(), expected)
    assert len(list(Path(filled.url).rglob("*.parquet"))) == 2


def test_file_has_reached_the_disk_before_it_gets_its_name(archive, snapshots, monkeypatch):
    """A power cut may keep a name and lose what was not yet on the disk."""
    synced = []
    sync = os.fsync

    def fsync(descriptor):
        sync(descriptor)
        name = Path(f"/proc/self/fd/{descriptor}").readlink().name
        synced.append((name.startswith(".tmp-"), os.fstat(descriptor).st_size))
        assert not list(Path(archive.url).rglob("s-*.parquet"))

    monkeypatch.setattr(os, "fsync", fsync)
    archive.append(snapshots[0])
    (stored,) = Path(archive.url).rglob("s-*.parquet")
    assert synced == [(True, stored.stat().st_size)]


def test_upkeep_names_what_it_cannot_change(archive, snapshots, subtests):
    archive.append(snapshots[0])
    (day,) = Path(archive.url).glob("record=post/day=*")
    lock = Path(archive.url) / ".archive.lock"
    for path, message in {lock: "changed", day / ".tmp-00": "removed"}.items():
        path.mkdir()  # where a file belongs
        os.utime(path, (0, 0))
        with subtests.test(message):
            with pytest.raises(ArchiveUnusable, match=f"cannot be {message}: "):
                archive.compact()
            path.rmdir()
    with subtests.test("gone meanwhile"):
        archive._files.remove(f"{day}/gone.parquet")
    with subtests.test("listed"):
        for path in day.iterdir():
            path.unlink()
        day.rmdir()
        day.symlink_to(day)
        with pytest.raises(ArchiveUnusable, match="cannot be listed: "):
            archive.append(snapshots[0])


def test_what_cannot_be_written_is_named_and_leaves_nothing(tmp_path, snapshots, subtests):
    (tmp_path / "file").write_text("no folder")
    with subtests.test("below a file"), pytest.raises(ArchiveUnusable, match="cannot be written"):
        imd.Archive(tmp_path / "file" / "archive").append(snapshots[0])
    with subtests.test("disk full"):
        # The system refuses to let a file grow, as on a full disk.
        code = (
            "import resource, sys, signal, pandas as pd, imgurdata as imd\n"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "archive = imd.Archive(sys.argv[1])\n"
            "frames = [pd.read_pickle(path) for path in sys.argv[2:]]\n"
            "archive.append(frames[0])\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
            "try:\n"
            "    archive.append(frames[1])\n"
            "except imd.errors.ArchiveUnusable as error:\n"
            "    print(error)\n"
            "print(len(archive.load()))\n"
        )
        paths = [tmp_path / "0.pickle", tmp_path / "1.pickle"]
        for path, frame in zip(paths, snapshots, strict=False):
            frame.to_pickle(path)
        done = run(code, tmp_path / "full", *paths)
        message, rows = done.stdout.splitlines()
        assert "cannot be written: " in message
        assert "File too large" in message
        assert rows == "120"
        assert not list((tmp_path / "full").rglob(".tmp-*"))
