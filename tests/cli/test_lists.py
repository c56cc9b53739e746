"""Commands that load lists of posts, and the completion of their options."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from peer import Peer
from typing_at import command

import imgurdata as imd
from imgurdata.cli.main import main

#: What only Python understands.
PYTHON = re.compile(r"imd\.|imgurdata\.\w|connect\(|\w+=|\bNone\b|\brange\(|Series|Pull\(")
POST = {"id": "aaaaa", "title": "t", "datetime": 1, "is_album": False, "type": "image/png"}


def test_options_reach_imgur(
    peer: Peer, capsys: pytest.CaptureFixture[str], subtests: pytest.Subtests
) -> None:
    there = ["--base-url", peer.url, "--client-id", "0123456789abcde", "-q", "-o", "-"]
    for number, (words, path, query) in enumerate([
        (["search", "black", "cats"], "search/time/all/0", {"q": "black cats"}),
        (
            ["search", "--all", "a b", "--any", "c", "--exactly", "d", "--not", "e", "--type",
             "jpg", "--size", "big", "--sort", "top", "--window", "week"],
            "search/top/week/0",
            {"q_all": "a b", "q_any": "c", "q_exactly": "d", "q_not": "e", "q_type": "jpg",
             "q_size_px": "big"},
        ),
        (["tag", "cats"], "t/cats/viral/week/0", {}),
        (["tag", "cats", "--sort", "top", "--window", "all"], "t/cats/top/all/0", {}),
        (["subreddit", "aww"], "r/aww/time/week/0", {}),
        (["subreddit", "aww", "--sort", "top", "--window", "day"], "r/aww/top/day/0", {}),
    ]):  # fmt: skip
        with subtests.test(words=words):
            full = f"/3/gallery/{path}"
            data = [POST] if "/t/" not in full else {"name": "cats", "items": [POST]}
            peer.says(full, data)
            assert main([*words, *there]) == 0
            assert "aaaaa,t," in capsys.readouterr().out
            requests = urlsplit(peer.seen[number][1])
            assert requests.path == full
            assert parse_qs(requests.query) == {name: [value] for name, value in query.items()}


def test_tag_writes_files_with_nested_columns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with imd.connect(sandbox=True, default=False) as session:
        name = imd.load_tags(session=session)["name"].iloc[0]
    path = tmp_path / "posts.parquet"
    words = ["tag", name, "--pages", "2", "--nested", "--sandbox", "-o", str(path)]
    assert main(words) == 0
    posts = pd.read_parquet(path)
    assert posts["tags"].str.split().map(lambda tags: name in tags).all()
    assert {"images_json", "tags_json"} <= set(posts.columns)
    assert f"wrote {path}" in capsys.readouterr().out


def test_wrong_words_are_refused_in_words_of_the_command_line(
    capsys: pytest.CaptureFixture[str], subtests: pytest.Subtests
) -> None:
    for words, says in [
        (["search"], "A search needs at least one of QUERY, --all, --any,"),
        (["search", "cat", "--all", "dog"], "QUERY is ignored by Imgur beside --all"),
        (["search", "cat", "--window", "week"], "--window week is ignored by Imgur for sort time"),
        (["search", "--type", "jpeg"], "Did you mean 'jpg'?"),
        (["search", "--size", "bigg"], "--size must be one of 'small', 'med', 'big'"),
        (["tag", "cats", "--sort", "topp"], "Did you mean 'top'?"),
        (["tag", ""], "NAME must be"),
        (["subreddit", "a/b/c"], "NAME must be"),
        (["subreddit", "aww", "--pages", "0"], "--pages must be a whole number from 1, or all"),
        (["completion", "bsh"], "SHELL must be one of 'bash', 'zsh', 'fish'"),
    ]:
        with subtests.test(words=words):
            more = [] if words[0] == "completion" else ["--sandbox"]
            assert main([*words, *more]) == 2
            captured = capsys.readouterr()
            assert captured.out == ""
            assert says in captured.err
            assert captured.err.count("\n") == 1
            assert not PYTHON.search(captured.err), captured.err
            assert not {"q_all", "q_size_px", "search_gallery"} & set(captured.err.split())


def completions(line: str) -> list[str]:
    """What a shell is told for a line."""
    before = {"_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line)),
             "_ARGCOMPLETE_IFS": "\n"}  # fmt: skip
    read, write = os.pipe()
    # argcomplete answers on the descriptor 8.
    code = f"import os; os.dup2({write}, 8); " + command()[2]
    with subprocess.Popen(
        [sys.executable, "-c", code], env=os.environ | before, pass_fds=[write],
        stderr=subprocess.PIPE,
    ):  # fmt: skip
        os.close(write)
        with os.fdopen(read) as payload:
            return payload.read().split("\n")


def test_the_shell_gets_no_message_for_a_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_ARGCOMPLETE", "1")
    monkeypatch.setitem(sys.modules, "argcomplete", None)
    with pytest.raises(SystemExit) as end:
        main([])
    assert (end.value.code, capsys.readouterr()) == (1, ("", ""))


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors are inherited otherwise")
def test_the_shell_completes_commands_options_and_values(
    capsys: pytest.CaptureFixture[str], subtests: pytest.Subtests
) -> None:
    for line, words in [
        ("imgurdata su", ["subreddit "]),
        ("imgurdata tag cats --so", ["--sort "]),
        ("imgurdata tag cats --sort t", ["top", "time"]),
        ("imgurdata gallery to", ["top "]),
        ("imgurdata search --size ", ["small", "med", "big", "lrg", "huge"]),
    ]:
        with subtests.test(line=line):
            assert completions(line) == words
    for shell in ("bash", "zsh", "fish"):
        assert main(["completion", shell]) == 0
        assert "imgurdata" in capsys.readouterr().out


def test_completion_names_the_package_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "argcomplete", None)
    assert main(["completion", "bash"]) == 1
    assert (
        "pip install argcomplete (or, in a clone of imgurdata: pip install '.[comp"
        in capsys.readouterr().err
    )
