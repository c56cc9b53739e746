"""The same rows through DuckDB, Dask and Polars."""

from __future__ import annotations

import json
import os
import sys

import pandas as pd
import pyarrow.parquet as pq
import pytest

import imgurdata as imd
from imgurdata.errors import ArchiveUnusable, InvalidArgument, MissingExtra
from imgurdata.model.records import RECORDS

same = pd.testing.assert_frame_equal
DAYS = "select day, sum(points) as points, count(*) as n from post group by day order by day"


@pytest.fixture
def by_day(snapshots) -> pd.DataFrame:
    """The same by pandas: the day is the snapshot's."""
    rows = pd.concat(snapshots, ignore_index=True)
    rows["day"] = rows["fetched_at"].dt.floor("D").dt.tz_localize(None)
    grouped = rows.groupby("day")["points"]
    return pd.DataFrame(
        {"points": grouped.sum(), "n": grouped.count().astype("Int64")}
    ).reset_index()


@pytest.mark.engines
def test_every_engine_tells_the_same(filled, by_day, expected, subtests):
    import polars as pl

    for state in ("as appended", "compacted"):
        with subtests.test(engine="duckdb", state=state):
            same(filled.sql(DAYS), by_day)
            rows = filled.sql("select * exclude (day) from post order by fetched_at, listing, rank")
            same(rows, expected)
            newest = filled.sql("select * exclude (day) from post_latest")
            newest = newest.sort_values(["fetched_at", "rank"], ignore_index=True)
            same(newest, filled.latest())
            ledger = filled.load("snapshot")
            same(filled.sql("select * exclude (day) from snapshot"), ledger)
            assert filled.to_polars("snapshot").collect()["rows"].sum() == ledger["rows"].sum()
            found = filled.to_dask("snapshot").compute(scheduler="sync")
            assert found["rows"].sum() == ledger["rows"].sum()
            assert filled.sql("select * from comment").shape[0] == 0
        with subtests.test(engine="polars", state=state):
            lazy = filled.to_polars()
            assert isinstance(lazy, pl.LazyFrame)
            summed = lazy.group_by("day").agg(pl.col("points").sum(), n=pl.len()).sort("day")
            found = summed.collect().to_pandas().astype({"points": "Int64", "n": "Int64"})
            same(found, by_day, check_dtype=False)
            assert set(lazy.collect_schema()) == {*expected, "day"}
        with subtests.test(engine="dask", state=state):
            frame = filled.to_dask(columns=["day", "points", "id"])
            summed = frame.groupby("day")["points"].agg(["sum", "count"]).compute(scheduler="sync")
            assert summed["sum"].tolist() == by_day["points"].tolist()
            assert summed["count"].tolist() == by_day["n"].tolist()
            whole = filled.to_dask().drop(columns="day").compute(scheduler="sync")
            whole = whole.astype(expected.dtypes.to_dict()).sort_values(
                ["fetched_at", "listing", "rank"], ignore_index=True
            )
            same(whole, expected)
        filled.compact()


@pytest.mark.engines
def test_engines_leave_out_what_a_killed_compaction_left(filled, expected, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(type(filled._files), "remove", lambda *_: None)
        filled.compact()
    assert filled.sql("select count(*) as n from post")["n"].tolist() == [len(expected)]
    assert filled.to_polars().collect().height == len(expected)
    assert len(filled.to_dask(columns=["id"]).compute(scheduler="sync")) == len(expected)


@pytest.mark.engines
def test_engines_know_columns_that_files_lack_or_add(filled, expected):
    paths = sorted(filled._files.all("post"), key=lambda file: file.path)
    for file, change in zip(paths, ("lacks", "adds"), strict=False):
        table = pq.read_table(file.path, partitioning=None)
        if change == "lacks":
            table = table.drop_columns(["score"])
        else:
            table = table.append_column("mood", [["calm"] * len(table)])
            table = table.append_column("warmth", [[7] * len(table)])
        filled._files.write(file.path, table, filled._files.footer(file))
    known = len(expected) - 120
    row = filled.sql("select count(*) as n, count(score) as s, count(mood) as m from post")
    assert row.iloc[0].tolist() == [len(expected), known, 120]
    frame = filled.to_polars().collect()
    assert (frame["score"].count(), frame["mood"].count()) == (known, 120)
    frame = filled.to_dask().compute(scheduler="sync")
    assert (frame["score"].count(), frame["mood"].count()) == (known, 120)
    assert frame["warmth"].dtype == "Int64"


@pytest.mark.engines
def test_names_of_folders_above_are_neither_columns_nor_patterns(tmp_path, snapshots, subtests):
    names = ["day=2020-01-01/record=post", "a=b/it's [1] *", "a=b/it's 1 x", "ü %20 #?"]
    archives = [imd.Archive(tmp_path / name / "gallery") for name in names]
    for archive in archives:
        archive.append(snapshots[0])
        archive.append(snapshots[-1])
    days = [frame["fetched_at"].iloc[0].date() for frame in (snapshots[0], snapshots[-1])]
    for name, archive in zip(names, archives, strict=True):
        with subtests.test(name, engine="duckdb"):
            rows = archive.sql("select * from post")
            assert list(rows) == [*snapshots[0], "day"]
            assert rows["day"].dt.date.value_counts().to_dict() == dict.fromkeys(days, 120)
        with subtests.test(name, engine="polars"):
            frame = archive.to_polars().collect()
            assert frame.columns == [*snapshots[0], "day"]
            assert frame["day"].to_list().count(days[0]) == 120 == frame.height / 2
        with subtests.test(name, engine="dask"):
            assert len(archive.to_dask(columns=["day"]).compute(scheduler="sync")) == 240


@pytest.mark.engines
def test_columns_of_another_type_are_refused_by_every_engine(filled, subtests):
    import pyarrow as pa

    file = filled._files.all("post")[0]
    table = pq.read_table(file.path, partitioning=None)
    index = table.column_names.index("points")
    texts = table.set_column(index, "points", table["points"].cast(pa.large_string()))
    filled._files.write(file.path, texts, filled._files.footer(file))
    calls = {
        "sql": lambda: filled.sql("select points from post"),
        "polars": filled.to_polars,
        "dask": filled.to_dask,
    }
    for name, call in calls.items():
        with subtests.test(name), pytest.raises(ArchiveUnusable, match=rf"'points'.*{file.path}"):
            call()


@pytest.mark.engines
def test_empty_archive_has_all_views(archive, caplog):
    names = [*RECORDS, "snapshot", "post_latest"]
    for name in names:
        assert archive.sql(f'select * from "{name}"').empty
    assert archive.to_polars().collect().height == 0
    assert len(archive.to_dask("image").compute(scheduler="sync")) == 0
    assert {message.partition(" at ")[0] for message in caplog.messages} == {"There is no archive"}


@pytest.mark.engines
def test_remote_archive_through_every_engine(snapshots, by_day):
    import fsspec

    archive = imd.Archive("memory://engines/gallery")
    try:
        for frame in snapshots:
            archive.append(frame)
        same(archive.sql(DAYS), by_day)
        frame = archive.to_polars().collect().to_pandas()
        assert frame.groupby("day")["points"].sum().tolist() == by_day["points"].tolist()
        frame = archive.to_dask(columns=["day", "points"]).compute(scheduler="sync")
        assert frame.groupby("day")["points"].sum().tolist() == by_day["points"].tolist()
    finally:
        fsspec.filesystem("memory").rm("/engines", recursive=True)


@pytest.mark.engines
def test_wrong_queries_are_explained(filled, subtests):
    cases = {
        "Candidate bindings": "select pints from post",
        "query must be SQL": "selec 1",
        "must return rows": "-- nothing",
        "query must be SQL as text": "  ",
    }
    for message, query in cases.items():
        with subtests.test(query):
            with pytest.raises(InvalidArgument) as error:
                filled.sql(query)
            assert message in str(error.value)
    with pytest.raises(InvalidArgument, match="Did you mean 'points'"):
        filled.to_dask(columns=["pints"])


@pytest.mark.engines
def test_damaged_file_and_compacted_archive_are_explained(filled):
    frame = filled.to_dask(columns=["id"])
    filled.compact()
    with pytest.raises(ArchiveUnusable, match="Call to_dask"):
        frame.compute(scheduler="sync")
    file = filled._files.all("post")[0]
    os.truncate(file.path, 1000)  # alone in its day
    for query in ("select * from post", "select * from snapshot"):
        with pytest.raises(ArchiveUnusable, match=file.name):
            filled.sql(query)


@pytest.mark.s3
def test_object_store_holds_an_archive(snapshots, monkeypatch):
    """A server that speaks S3, on this machine."""
    import logging

    import boto3
    from moto.server import ThreadedMotoServer

    monkeypatch.setattr(logging.getLogger("werkzeug"), "disabled", True)
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.setenv(f"AWS_{name}", "invented")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    archive = imd.Archive("s3://studies/gallery")
    try:
        client = boto3.client("s3")
        client.create_bucket(Bucket="studies")
        for frame in (*snapshots[:2], snapshots[0]):
            archive.append(frame)
        rows = pd.concat(snapshots[:2], ignore_index=True)
        for _ in range(2):
            same(archive.load(), rows)
            assert archive.sql("select sum(points) as n from post")["n"][0] == rows["points"].sum()
            archive.compact()
        gone = rows["id"][0]
        assert archive.forget(ids=gone)["rows"].sum() > 0
        assert gone not in set(archive.load(columns=["id"])["id"])
        (stored,) = client.list_objects_v2(Bucket="studies")["Contents"]
        assert stored["Key"].startswith("gallery/record=post/day=2026-03-01/c-")
    finally:
        server.stop()
    with pytest.raises(ArchiveUnusable, match=r"s3://studies/gallery cannot be listed: "):
        archive.load()


def test_engines_that_are_not_installed_are_named(filled, monkeypatch, subtests):
    calls = {
        "duckdb": ("sql", "duckdb", lambda: filled.sql("select 1")),
        "dask.dataframe": ("dask", "'dask[dataframe]'", filled.to_dask),
        "polars": ("polars", "polars", filled.to_polars),
        "fsspec": ("archive", "fsspec", imd.Archive("s3://bucket/x").load),
    }
    for module, (extra, package, call) in calls.items():
        with subtests.test(module), monkeypatch.context() as patch:
            patch.setitem(sys.modules, module, None)
            with pytest.raises(MissingExtra) as missing:
                call()
            name = module.partition(".")[0]
            assert missing.value.message.endswith(
                f" needs {name}: pip install {package} (or, in a clone of imgurdata: "
                f"pip install '.[{extra}]')."
            )


def test_export_is_described_and_ids_only_tells_no_more(filled, comments, expected, tmp_path):
    filled.append(comments)
    folder = filled.export(tmp_path / "all")
    package = json.loads((folder / "datapackage.json").read_text())
    assert [r["path"] for r in package["resources"]] == [
        "comment.parquet", "post.parquet", "snapshot.parquet",
    ]  # fmt: skip
    post = package["resources"][1]
    assert [field["name"] for field in post["schema"]["fields"]] == list(expected)
    types = {field["name"]: field["type"] for field in post["schema"]["fields"]}
    assert (types["points"], types["nsfw"], types["fetched_at"]) == (
        "integer", "boolean", "datetime",
    )  # fmt: skip
    assert post["bytes"] == (folder / "post.parquet").stat().st_size
    assert len(pd.read_parquet(folder / "post.parquet")) == len(expected)
    ids = filled.export(tmp_path / "ids", ids_only=True)
    assert sorted(path.name for path in ids.iterdir()) == [
        "comment.parquet", "datapackage.json", "post.parquet",
    ]  # fmt: skip
    assert list(pd.read_parquet(ids / "post.parquet")) == ["id", "fetched_at", "listing", "rank"]
    assert list(pd.read_parquet(ids / "comment.parquet")) == [
        "id",
        "post_id",
        "fetched_at",
        "listing",
        "rank",
    ]
    author = expected["account_url"].dropna().iloc[0]
    assert not any(author.encode() in path.read_bytes() for path in ids.iterdir())
    with pytest.raises(InvalidArgument, match="empty or does not exist"):
        filled.export(ids)
