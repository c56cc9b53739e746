"""Help of the command line: for each command, with examples that are right, and as the docs say."""

from __future__ import annotations

import argparse
import importlib.util
import re
import shlex
from pathlib import Path

import pytest

from imgurdata.cli.main import build_parser, main

DOCS = Path(__file__).resolve().parents[2] / "docs"


def commands() -> dict[str, argparse.ArgumentParser]:
    (action,) = (
        action
        for action in build_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    return dict(action.choices)


def examples(parser: argparse.ArgumentParser) -> list[str]:
    _, _, lines = (parser.epilog or "").partition("examples:\n")
    return [line.strip() for line in lines.partition("\n\n")[0].splitlines()]


def test_every_command_has_help_and_examples_that_parse(
    subtests: pytest.Subtests, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    parser = build_parser()
    for name, command in {"": parser, **commands()}.items():
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


def test_page_says_what_the_parser_says(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location(
        "make_command_line", DOCS / "make_command_line.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for columns in ["40", "200"]:
        monkeypatch.setenv("COLUMNS", columns)
        text = (DOCS / "command-line.md").read_text(encoding="utf-8")
        assert text == module.page(), "run python docs/make_command_line.py"
    # Both name the same exit codes.
    epilog = build_parser().epilog or ""
    in_help = re.findall(r"^ +(\d+)  |(143)", epilog, re.MULTILINE)
    in_page = re.findall(r"^\| (\d+)|, (143)", text, re.MULTILINE)
    assert sorted(map("".join, in_help)) == sorted(map("".join, in_page))
    assert len(in_help) == 6
