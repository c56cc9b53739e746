"""``imgurdata sign-in`` and ``sign-out``, run as people run them."""

from __future__ import annotations

import io
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests
from ports import a_free_port
from typing_at import no_terminal, start

import imgurdata as imd
from imgurdata.auth.store import KeyringStore
from imgurdata.cli.main import main
from imgurdata.sandbox import Sandbox


@pytest.fixture
def port() -> int:
    return a_free_port()


@pytest.fixture
def sandbox(port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with Sandbox(redirect_url=f"http://localhost:{port}/callback") as sandbox:
        monkeypatch.setenv("IMGUR_CLIENT_ID", sandbox.client_id)
        monkeypatch.setenv("IMGUR_CLIENT_SECRET", sandbox.client_secret)
        yield sandbox


def typed(monkeypatch: pytest.MonkeyPatch, module: str, *answers: str) -> list[str]:
    """Stand for a person at ``getpass``; return its prompts."""
    prompts: list[str] = []
    waiting = iter(answers)

    def getpass(prompt: str) -> str:
        prompts.append(prompt)
        return next(waiting)

    monkeypatch.setattr(f"imgurdata.{module}.getpass", getpass)
    return prompts


def test_sign_in_with_tokens_is_kept_used_and_forgotten(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    there = ["--base-url", sandbox.url]
    tokens = sandbox.issue_tokens(sandbox.account)
    typed(monkeypatch, "_sign_in", *tokens)
    assert main(["sign-in", "--tokens", *there]) == 0
    captured = capsys.readouterr()
    assert f"--account {sandbox.account}" in captured.out
    assert not any(token in captured.out + captured.err for token in tokens)

    assert main(["account", "me", "--account", sandbox.account, *there]) == 0
    assert sandbox.account in capsys.readouterr().out

    assert main(["sign-out", sandbox.account, *there]) == 0
    assert "forgotten on this machine" in capsys.readouterr().out
    assert main(["sign-out", sandbox.account, *there]) == 1
    assert "is remembered" in capsys.readouterr().err
    assert main(["account", "me", "--account", sandbox.account, *there]) == 1
    assert "imgurdata sign-in" in capsys.readouterr().err


def test_sign_in_by_redirect(sandbox: Sandbox, port: int, own_home: Path) -> None:
    environment = {**os.environ, "IMGURDATA_HOME": str(own_home), "PYTHONUNBUFFERED": "1"}
    words = "sign-in", "--base-url", sandbox.url, "--redirect-url", sandbox.redirect_url
    with start(*words, stderr=subprocess.STDOUT, env=environment) as process:
        assert process.stdout is not None
        seen = ""
        while not (link := re.search(r"http://\S+/oauth2/authorize\S+", seen)):
            seen += process.stdout.readline()
        while "Waiting for you" not in seen:
            seen += process.stdout.readline()
        address = redirect_of(sandbox, link[0])
        here = f"http://localhost:{port}"
        page = requests.post(
            f"{here}/callback", json={"answer": address}, headers={"Origin": here}, timeout=20
        )
        assert page.json()["title"] == "Signed in"
        rest, _ = process.communicate(timeout=20)
        assert process.returncode == 0
    assert f"Signed in as {sandbox.account}" in rest
    kept = re.search(r"Kept in (\S+)\. ", rest)
    assert kept is not None
    assert Path(kept[1]).stat().st_mode & 0o777 == 0o600
    with imd.connect(
        account=sandbox.account, base_url=sandbox.url, client_secret=sandbox.client_secret
    ) as session:
        assert session.username == sandbox.account


def redirect_of(sandbox: Sandbox, link: str) -> str:
    """Press Allow; the address that a browser would go to."""
    form = {"username": sandbox.account, "allow": "Allow"}
    return requests.post(link, data=form, allow_redirects=False, timeout=20).headers["Location"]


def test_sign_in_by_pasted_address(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[str] = []

    def getpass(_prompt: str) -> str:
        seen.append(capsys.readouterr().err)
        if len(seen) == 1:
            return "no address"
        link = re.search(r"http://\S+/oauth2/authorize\S+", seen[0])
        assert link is not None
        return redirect_of(sandbox, link[0])

    monkeypatch.setattr("imgurdata._sign_in.getpass", getpass)
    command = ["sign-in", "--paste", "--base-url", sandbox.url]
    assert main([*command, "--redirect-url", sandbox.redirect_url]) == 0
    assert "did not work" in seen[1]
    assert f"Signed in as {sandbox.account}" in capsys.readouterr().err


def test_sign_in_times_out(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["sign-in", "--base-url", sandbox.url, "--redirect-url", sandbox.redirect_url]
    assert main([*command, "--wait", "0.1"]) == 1
    assert "Timed out: no answer from Imgur" in capsys.readouterr().err


def test_sign_in_asks_for_client_secret(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("IMGUR_CLIENT_SECRET")
    prompts = typed(monkeypatch, "cli.sign_in", f" {sandbox.client_secret} ")
    typed(monkeypatch, "_sign_in", *sandbox.issue_tokens(sandbox.account))
    assert main(["sign-in", "--tokens", "--base-url", sandbox.url]) == 0
    assert prompts == ["Client secret: "]
    assert sandbox.client_secret not in "".join(capsys.readouterr())


def test_sign_in_to_sandbox_keeps_nothing(
    monkeypatch: pytest.MonkeyPatch, port: int, own_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch, "_sign_in", "")
    command = ["sign-in", "--sandbox", "--paste"]
    assert main([*command, "--redirect-url", f"http://localhost:{port}/callback"]) == 1
    assert "Sign-in stopped." in capsys.readouterr().err

    running: list[Sandbox] = []
    begin = Sandbox.__enter__

    def getpass(_prompt: str) -> str:
        link = re.search(r"http://\S+/oauth2/authorize\S+", capsys.readouterr().err)
        assert link is not None
        return redirect_of(running[0], link[0])

    def began(sandbox: Sandbox) -> Sandbox:
        running.append(sandbox)
        return begin(sandbox)

    monkeypatch.setattr(Sandbox, "__enter__", began)

    monkeypatch.setattr("imgurdata._sign_in.getpass", getpass)
    assert main([*command, "--redirect-url", f"http://localhost:{port}/callback"]) == 0
    assert capsys.readouterr().out == "The sandbox ends here, and this sign-in with it.\n"
    assert not list(own_home.rglob("*sign*"))


def test_sign_out_without_client_id(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:  # fmt: skip
    there = ["--base-url", sandbox.url]
    clients = [sandbox.client_id, sandbox.add_client()]
    name = sandbox.account
    for client in clients:
        typed(monkeypatch, "_sign_in", *sandbox.issue_tokens(name, client_id=client))
        monkeypatch.setenv("IMGUR_CLIENT_SECRET", sandbox.secret_of(client))
        assert main(["sign-in", "--tokens", "--client-id", client, *there]) == 0
    monkeypatch.delenv("IMGUR_CLIENT_ID")
    capsys.readouterr()

    assert main(["sign-out", "nobody", *there]) == 1
    err = capsys.readouterr().err
    assert err.startswith("imgurdata: No sign-in of 'nobody' is remembered on this machine.")
    assert f"{name} (client id {clients[0]})" in err

    assert main(["sign-out", name, *there]) == 1
    err = capsys.readouterr().err
    assert "2 sign-ins of" in err
    assert "choose one with --client-id" in err
    assert all(client in err for client in clients)

    assert main(["sign-out", name, "--client-id", clients[0], *there]) == 0
    assert main(["sign-out", name.upper(), *there]) == 0
    assert main(["sign-out", name, *there]) == 1
    assert "None is." in capsys.readouterr().err

    # A keyring does not say what it holds.
    keyring = KeyringStore(SimpleNamespace(get_password=lambda *_: None), tmp_path / "lock")
    monkeypatch.setattr("imgurdata.http.auth.FileStore", lambda _: keyring)
    for more, hint in (
        ([], "Then give --client-id"),
        (["--client-id", clients[0]], "machine.\n"),
    ):
        assert main(["sign-out", name, *more, *there]) == 1
        assert hint in capsys.readouterr().err


def test_client_secret_must_be_in_the_environment_without_a_terminal(
    subtests: pytest.Subtests,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for stdin in (io.StringIO(), None):
        no_terminal(monkeypatch, stdin)
        with subtests.test(stdin=stdin):
            assert main(["sign-in", "--client-id", "abc"]) == 1
            err = capsys.readouterr().err
            assert err.splitlines()[-1].endswith("set $IMGUR_CLIENT_SECRET.")
            assert "Traceback" not in err


def test_no_secret_is_asked_for_in_vain(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("IMGUR_CLIENT_SECRET")
    prompts = typed(monkeypatch, "cli.sign_in")
    command = ["account", "me", "--account", "somebody"]
    assert main([*command, "--sandbox"]) == 2
    assert "imgurdata: --account is of no use with --sandbox" in capsys.readouterr().err
    assert main([*command, "--base-url", sandbox.url]) == 1
    assert "No sign-in of 'somebody' with this client id is remem" in capsys.readouterr().err
    monkeypatch.delenv("IMGUR_CLIENT_ID")
    assert main([*command, "--base-url", sandbox.url]) == 1
    assert "Imgur asks for a client id" in capsys.readouterr().err
    assert not prompts
