"""The benchmarks work; how fast anything is, no test says."""

from __future__ import annotations

import contextlib
import json
import math
import shutil
from pathlib import Path

import pytest
from processes import run

from benchmarks import __main__ as command
from benchmarks import report
from benchmarks.payload import PER_PAGE, gallery_page, name_of, tree, tree_id
from benchmarks.rounds import Outcome, differing, judge, run_work, unexpected
from benchmarks.stage import Stage
from benchmarks.trial import Case, Measured
from benchmarks.worker import measure
from benchmarks.works import TINY, WORKS, Goal, Variant, Work

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def stage():
    with Stage() as stage:
        yield stage


def measured(**facts):
    return Measured(
        seconds=1.0, cpu=0.5, peak=100.0, over_imports=10.0, facts=facts,
        requests={"gallery 200": 3},
    )  # fmt: skip


# The whole of it, once --------------------------------------------------------------------------


def test_benchmarks_run_the_smallest_work(stage, tmp_path, monkeypatch):
    page = tmp_path / "speed.md"
    page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    monkeypatch.setattr(command, "Stage", lambda: contextlib.nullcontext(stage))
    assert command.main(["--tiny", "--only", "one-page", "--write", str(page)]) == 0
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert "| `one-page`: one cached page through session.get |" in text
    assert "| `one-page` | CachedSession.get |" in text
    assert "What went wrong" not in text
    assert "not how fast anything is" in text


def test_check_sets_the_exit_code(monkeypatch):
    outcome = Outcome(WORKS[0], TINY)
    monkeypatch.setattr(command, "Stage", contextlib.nullcontext)
    monkeypatch.setattr(command, "run_work", lambda *_: outcome)
    run = ["--tiny", "--only", WORKS[0].name]
    for figure, reached in ((1.0, 0), (1.05, 0), (1.2, 1), (math.nan, 1)):
        outcome.verdicts = [judge(Goal("a figure", lambda *_: 0.0, 1.0), [figure])]
        assert command.main([*run, "--check"]) == reached
        assert command.main(run) == 0
    outcome.verdicts, outcome.failures = [], {"a variant": "it broke"}
    assert command.main([*run, "--check"]) == 1


def test_list_names_all_works():
    code = (
        "import os, runpy, sys; os.chdir(sys.argv[1]); sys.path.insert(0, sys.argv[1]);"
        "sys.argv[1:] = ['--list']; runpy.run_module('benchmarks', run_name='__main__')"
    )
    done = run(code, ROOT)
    assert done.returncode == 0, done.stderr
    assert all(work.name in done.stdout for work in WORKS)


def test_only_refuses_an_unknown_work(capsys):
    with pytest.raises(SystemExit, match="2"):
        command.main(["--only", "everything"])
    assert "revalidate" in capsys.readouterr().err


def test_disk_is_measured(stage, tmp_path):
    (work,) = (work for work in WORKS if work.name == "disk")
    runs = {}
    for number, variant in enumerate(work.variants):
        (folder := tmp_path / str(number)).mkdir()
        case = Case(
            url=stage.server.url, folder=str(folder), client_id=f"{number:015x}",
            **work.sizes(TINY),
        )  # fmt: skip
        runs[variant.name] = measure(variant.runs, case)
    requests = [run.requests for run in runs.values()]
    assert requests == [{"gallery 200": 3}] * 2 + [{"comments 200": 2}] * 2
    assert all(0 < goal.figure(runs, TINY) < 2 for goal in work.goals)


def test_failing_variant_is_named_and_the_others_continue(stage):
    broken = Work(
        "broken", "a work", (Variant("good", "by_hand:naive"), Variant("bad", "by_hand:nosuch")),
        (Goal("ratio", lambda runs, _: runs["good"].seconds / runs["bad"].seconds, 1.0),),
        lambda _: {"pages": 1},
        profiled=("good",),
    )  # fmt: skip
    said = []
    outcome = run_work(stage, broken, TINY, said.append)
    assert [run.requests for run in outcome.of("good")] == [{"gallery 200": 1}]
    (_, _, whole), *functions = outcome.profiles["good"]
    assert whole > functions[0][2] > functions[-1][2]
    assert "nosuch" in outcome.failures["bad"]
    assert [verdict.reached for verdict in outcome.verdicts] == ["not measured"]
    assert any("FAILED" in line for line in said)
    text = report.as_markdown([outcome], on=report.dt.date(2026, 1, 2), where="a machine")
    assert "What went wrong" in text
    assert "2 January 2026" in text


# Judging ----------------------------------------------------------------------------------------


GOALS = [
    ([1.2, 1.3, 1.1], {"limit": 1.25}, "yes"),
    ([1.25], {"limit": 1.25}, "yes"),
    ([1.3, 1.2, 1.37], {"limit": 1.25}, "within 10 %"),
    ([1.38], {"limit": 1.25}, "no"),
    ([15.0], {"limit": 15, "at_least": True}, "yes"),
    ([13.6], {"limit": 15, "at_least": True}, "within 10 %"),
    ([13.4], {"limit": 15, "at_least": True}, "no"),
    ([0.0], {"limit": 0, "exact": True}, "yes"),
    ([1.0], {"limit": 0, "exact": True}, "no"),
    ([3.1], {"limit": 3, "exact": True}, "no"),
    ([math.nan, 1.0], {"limit": 1.25}, "yes"),
    ([math.nan], {"limit": 1.25}, "not measured"),
    ([], {"limit": 1.25}, "not measured"),
]


def test_judge_compares_with_the_goal(subtests):
    for figures, goal, reached in GOALS:
        with subtests.test(figures=figures, goal=goal, reached=reached):
            verdict = judge(Goal("a figure", lambda *_: 0.0, **goal), figures)
            assert verdict.reached == reached
            assert verdict.good == (reached in {"yes", "within 10 %"})


def test_different_results_are_reported():
    runs = {"a": measured(rows=3), "b": measured(rows=4), "c": measured(bytes=1)}
    assert differing(runs, ["ids"]) is None
    assert differing(runs, ["ids", "rows"]) == "rows differ: a 3, b 4"
    result = unexpected(runs, [Variant("a", "m:f", expect={"rows": 3}),
                             Variant("b", "m:f", expect={"rows": 3})])  # fmt: skip
    assert result == "b: rows is 4, not 3"


# The payload and its server ---------------------------------------------------------------------


def test_pages_have_the_size_and_shape_of_recorded_ones():
    pages = [gallery_page(page) for page in range(10)]
    assert 111_000 < sum(map(len, pages)) / len(pages) < 128_000
    posts = [post for page in pages for post in json.loads(page)["data"]]
    assert len({post["id"] for post in posts}) == len(posts) == 10 * PER_PAGE
    albums = [post for post in posts if post["is_album"]]
    assert 0.55 < len(albums) / len(posts) < 0.75
    assert {len(album["images"]) for album in albums} == {1, 2, 3}
    assert {len(tag) for post in posts for tag in post["tags"]} == {16}
    assert b"https:\\/\\/" in pages[0]


def test_new_posts_shift_every_page_and_an_edition_changes_the_first():
    def ids(page):
        return [post["id"] for post in json.loads(page)["data"]]

    before, after = ids(gallery_page(0)), ids(gallery_page(0, newer=2))
    assert after[2:] == before[:-2]
    assert ids(gallery_page(1, newer=2))[:2] == before[-2:]
    edited = ids(gallery_page(0, edition=1))
    assert edited[0] not in before
    assert edited[1:] == before[1:]
    assert gallery_page(1, edition=1) == gallery_page(1)


def test_trees_have_the_given_size():
    def walk(comments):
        for one in comments:
            yield one
            yield from walk(one["children"])

    comments = list(walk(json.loads(tree(3, 500))["data"]))
    assert len({one["id"] for one in comments}) == 500
    assert {one["image_id"] for one in comments} == {tree_id(3)}
    names = {name_of(number) for number in range(-100, 10_000)}
    assert len(names) == 10_100


def test_run_counts_its_own_requests_and_what_they_write(stage, tmp_path):
    def run(variant, number):
        sizes = {"url": stage.server.url, "folder": str(folders[number]), "pages": 2}
        return measure(variant, Case(client_id=f"{number + 100:015x}", **sizes))

    folders = [tmp_path / "filled", tmp_path / "again", tmp_path / "changed"]
    folders[0].mkdir()
    stage.server.set(edition=0)
    run("ours:fill_gallery", 0)
    for folder in folders[1:]:
        shutil.copytree(folders[0], folder)
    again = run("ours:reload", 1)
    assert again.requests == {"gallery 304": 2}
    assert again.facts["body_pages_written"] == 0
    assert again.facts["written"] > 0
    stage.server.set(edition=1)
    changed = run("ours:reload", 2)
    assert changed.requests == {"gallery 200": 1, "gallery 304": 1}
    assert changed.facts["body_pages_written"] > 0


# The docs ---------------------------------------------------------------------------------------


def test_docs_have_every_work():
    page = (ROOT / "docs" / "speed.md").read_text()
    _, begin, rest = page.partition(report.BEGIN)
    table, end, _ = rest.partition(report.END)
    assert begin
    assert end
    for work in WORKS:
        assert f"| `{work.name}`" in table, f"{work.name} is not in the table: run the benchmarks"


def test_table_has_no_host_names():
    text = report.machine()
    assert str(Path.home()) not in text
    assert "/" not in text


def test_write_into_refuses_a_page_without_marks(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("nothing")
    with pytest.raises(ValueError, match="no marks"):
        report.write_into(page, "text")
    assert page.read_text() == "nothing"


def test_goals_name_variants_of_their_work():
    for work in WORKS:
        facts = dict.fromkeys(
            ["body_pages_written", "written", "credits", "disk", "import_cpu", "wrong", "failed",
             "hung"], 1,
        )  # fmt: skip
        runs = {variant.name: measured(**facts) for variant in work.variants}
        for goal in work.goals:
            assert goal.figure(runs, TINY) > 0, (work.name, goal.what)
        assert report.title_of(Outcome(work, TINY))


def test_archive_is_measured(tmp_path: Path) -> None:
    from benchmarks import archive

    for part in (archive.appending, archive.searching):  # killing is what tests/archive try
        folder = tmp_path / part.__name__
        folder.mkdir()
        figures = part(archive.TINY, folder)
        assert all(figure.value >= 0 for figure in figures)
