"""Help of the command line: for each command, with examples that are right, and as the docs say."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest

from imgurdata.cli.main import _parser, main

DOCS = Path(__file__).resolve().parents[2] / "docs"


def subparsers() -> argparse._SubParsersAction[argparse.ArgumentParser]:
    (action,) = (
        action for action in _parser()._actions if isinstance(action, argparse._SubParsersAction)
    )
    return action


def examples(parser: argparse.ArgumentParser) -> list[str]:
    _, _, lines = (parser.epilog or "").partition("examples:\n")
    return [line.strip() for line in lines.partition("\n\n")[0].splitlines()]


def test_every_command_has_help_and_examples_that_parse(
    subtests: pytest.Subtests, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    parser = _parser()
    for name, command in {"": parser, **subparsers().choices}.items():
        with subtests.test(name=name):
            with pytest.raises(SystemExit) as stop:
                main([*filter(None, [name]), "--help"])
            assert stop.value.code == 0
            text = capsys.readouterr().out
            assert text.startswith(f"usage: imgurdata {name}".rstrip())
            assert max(map(len, text.splitlines())) <= 80
            assert main(["help", *filter(None, [name])]) == 0
            assert capsys.readouterr().out == text
            assert examples(command)
            for line in examples(command):
                words = re.search(r"imgurdata (.*?)(?: \||\)|$)", line)
                assert words is not None, line
                options = parser.parse_args(shlex.split(words[1]))
                assert callable(options.run)
                assert name in {"", words[1].split()[0]}
                assert line in text


def test_help_suggests_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "galery"]) == 2
    assert "Did you mean 'gallery'?" in capsys.readouterr().err
    assert main(["help", "nosuch"]) == 2
    assert "Did you mean" not in capsys.readouterr().err


WRONG = [
    ("gallery top --page 2", "there is no option --page. Did you mean --pages? See imgurdata gal"),
    ("gallery top --windw=week", "there is no option --windw. Did you mean --window? See"),
    ("gallery --client-secret=abcdef", "there is no option --client-secret. See imgurdata gallery"),
    ("gallery --workers 3", "there is no option --workers. See imgurdata gallery --help."),
    ("gallery -z", "there is no option -z. See imgurdata gallery --help."),
    ("gallery top viral extra", "unexpected extra. See imgurdata gallery --help."),
    ("--sandbox gallery", "--sandbox belongs behind the command. See imgurdata gallery --help."),
    ("galery top", "there is no command 'galery'. Did you mean 'gallery'? See imgurdata --help."),
    ("nosuch", "there is no command 'nosuch'. See imgurdata --help."),
]


def test_unknown_words_are_named_and_the_nearest_suggested(
    subtests: pytest.Subtests, capsys: pytest.CaptureFixture[str]
) -> None:
    for line, message in WRONG:
        with subtests.test(line=line):
            with pytest.raises(SystemExit) as stop:
                main(shlex.split(line))
            assert stop.value.code == 2
            assert capsys.readouterr().err.startswith(f"imgurdata: {message}")


def test_page_lists_commands_and_exit_codes_of_the_help() -> None:
    page = (DOCS / "command-line.md").read_text(encoding="utf-8")
    summaries = re.findall(r"^\| `([a-z-]+)` \| ([^|(]+?)(?: \(.*\))? \|$", page, re.MULTILINE)
    assert summaries == [(action.dest, action.help) for action in subparsers()._choices_actions]
    epilog = _parser().epilog or ""
    in_help = re.findall(r"^ +(\d+)  |(143)", epilog, re.MULTILINE)
    in_page = re.findall(r"^\| (\d+)|, (143)", page, re.MULTILINE)
    assert len(in_help) == 6
    assert sorted(map("".join, in_help)) == sorted(map("".join, in_page))
