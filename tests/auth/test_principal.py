"""Who asks: the key of the cache, and what it keeps apart."""

from __future__ import annotations

import copy
import hashlib
import os
import re
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests_cache

import imgurdata as imd
from imgurdata.auth import Secret, Token
from imgurdata.auth.principal import Principal, identity_key
from imgurdata.endpoints import canonical, endpoint_of, is_private, without_secrets
from imgurdata.errors import AuthenticationRequired
from imgurdata.sandbox import Sandbox


@pytest.mark.decision("two-people-one-url")
def test_accounts_and_client_share_cache_file_apart(
    sandbox: Sandbox, connect, names: list[str]
) -> None:
    ann = connect(token=sandbox.issue_token(names[0]))
    bob = connect(token=sandbox.issue_token(names[1]))
    nobody = connect()
    assert ann.cache.db_path == bob.cache.db_path == nobody.cache.db_path
    for _ in range(2):
        assert ann.fetch("/3/account/me")["url"] == names[0]
        assert bob.fetch("/3/account/me")["url"] == names[1]
        with pytest.raises(AuthenticationRequired):
            nobody.fetch("/3/account/me")
    answered = [row.status for row in sandbox.requests if row.path == "/3/account/me"]
    assert answered == [200, 200, 403, 403]  # the second time both came from the file


@pytest.mark.decision("two-people-one-url")
def test_accounts_share_backend_object_apart(
    sandbox: Sandbox, connect, names: list[str], tmp_path
) -> None:
    # requests-cache keeps the session's key function in the backend: the last one would win.
    backend = requests_cache.SQLiteCache(tmp_path / "theirs.sqlite")
    ann = connect(token=sandbox.issue_token(names[0]), cache=backend)
    bob = connect(token=sandbox.issue_token(names[1]), cache=backend)
    for _ in range(2):
        assert ann.fetch("/3/account/me")["url"] == names[0]
        assert bob.fetch("/3/account/me")["url"] == names[1]
    ann.close()
    assert bob.fetch("/3/account/me")["url"] == names[1]


def test_client_ids_share_cached_responses(sandbox: Sandbox, connect) -> None:
    path = f"/3/account/{sandbox.account}"
    first, second = connect(), connect(client_id=sandbox.add_client())
    assert first.fetch(path) == second.fetch(path)
    assert len(sandbox.requests) == 1


def test_equivalent_paths_have_one_cache_key(subtests: pytest.Subtests) -> None:
    for url in [
        "/3/gallery",
        "/3/gallery/",
        "/3/gallery.json",
        "/3/gallery/hot",
        "/3/gallery/hot/0",
        "/3/gallery/hot/viral/0",
        "/3/gallery/hot/viral/day/0.json?showViral=true",
        "/3/gallery/hot/viral/day/0?mature=false&client_id=abc",
    ]:
        with subtests.test(url=url):
            path, _, query = url.partition("?")
            assert canonical(path, query) == "/3/gallery/hot/viral/day/0"
            assert endpoint_of(path) == "gallery"


def test_different_paths_have_different_cache_keys(subtests: pytest.Subtests) -> None:
    for url in [
        "/3/gallery/top",
        "/3/gallery/hot/viral/week/0",
        "/3/gallery/hot/1",
        "/3/gallery.xml",
        "/3/gallery/hot?mature=true",
        "/3/gallery/hot?showViral=false",
        "/3/gallery/2YxRdEi",
        "/3/gallery/hot?callback=show",
    ]:
        with subtests.test(url=url):
            path, _, query = url.partition("?")
            assert canonical(path, query) != "/3/gallery/hot/viral/day/0"


def test_xml_and_json_are_cached_apart(sandbox: Sandbox, connect) -> None:
    session = connect()
    path = f"/3/account/{sandbox.account}"
    assert session.get(path).text.startswith("{")
    assert session.get(path + ".xml").text.startswith("<?xml")
    assert session.get(path + ".json").from_cache
    assert session.get(path, params={"_format": "xml"}).from_cache
    assert session.fetch(path + ".xml")["url"] == sandbox.account


def test_identity_of_named_account_outlives_its_token() -> None:
    old, new = (Token(Secret(text), username="Ann") for text in ("a" * 40, "b" * 40))
    assert Principal.of("app", old) == Principal.of("app", new)
    assert Principal.of("app", Token.of("a" * 40)) != Principal.of("app", Token.of("b" * 40))


def test_identity_repr_shows_no_secret() -> None:
    identity = Principal.of("0123456789abcde", Token.of("c" * 40))
    assert "c" * 40 not in repr(identity)
    assert "0123456789abcde" not in repr(identity)
    assert str(identity) == f"Bearer {identity.key[:8]}"
    assert copy.copy(identity) == identity


def test_identity_hash_is_keyed(tmp_path: Path) -> None:
    token = Token("a" * 40, username="Ann")
    keys = [identity_key(tmp_path / folder) for folder in ("one", "two")]
    one, two = (Principal.of("app", token, key) for key in keys)
    for hashed in (one.key, one.application, one.scope, two.key):
        assert re.fullmatch("[0-9a-f]{16}", hashed)
    unkeyed = {hashlib.sha256(t.encode()).hexdigest()[:16] for t in ("account:ann", "client:app")}
    assert not unkeyed & {one.key, one.application, one.scope}
    assert not {one.key, one.application} & {two.key, two.application}
    assert identity_key(tmp_path / "one") == keys[0]
    assert keys[0].secret.reveal() not in repr(keys[0])


def test_identity_key_file_is_private_and_kept(connect, own_home: Path) -> None:
    first = imd.connect("abc", default=False)
    path = own_home / "identity-key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o666)
    second = imd.connect("abc", default=False)
    assert second.identity == first.identity
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    first.close()
    second.close()


def test_damaged_identity_key_is_replaced(
    subtests: pytest.Subtests, own_home: Path, caplog
) -> None:
    for damage in [b"", b"xyz", b"\xff" * 64, b"a" * 100]:
        with subtests.test(damage=damage):
            caplog.clear()
            (own_home / "identity-key").write_bytes(damage)
            key = identity_key(own_home)
            assert key.is_kept
            assert identity_key(own_home) == key
            assert "damaged" in caplog.text


def test_identity_key_is_the_process_own_if_unwritable(
    subtests: pytest.Subtests, own_home: Path, caplog, monkeypatch: pytest.MonkeyPatch
) -> None:
    for make in [os.mkdir, os.mkfifo]:
        with subtests.test(make=make):
            caplog.clear()
            monkeypatch.setenv("IMGURDATA_HOME", str(own_home / make.__name__))
            (own_home / make.__name__).mkdir()
            make(own_home / make.__name__ / "identity-key")
            with imd.connect("abc", default=False) as one, imd.connect("abc", default=False) as two:
                assert one.identity == two.identity
            assert "cannot be used" in caplog.text
            assert not identity_key(own_home / make.__name__).is_kept


def test_identity_key_is_created_once_by_threads_and_processes(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from imgurdata.auth.principal import identity_key; "
        "print(identity_key(Path(sys.argv[1])).secret.reveal())"
    )
    command = [sys.executable, "-c", code, tmp_path / "new"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        with ThreadPoolExecutor(8) as pool:
            keys = {key.secret.reveal() for key in pool.map(identity_key, [tmp_path / "new"] * 16)}
        keys.add(process.communicate(timeout=60)[0].strip())
    assert len(keys) == 1


def test_private_paths_are_known(subtests: pytest.Subtests) -> None:
    for path, private in [
        ("/3/credits", True),
        ("/3/credits.json", True),
        ("/3//credits", True),
        ("/3/CREDITS", True),
        ("/3/notification/12", True),
        ("/3/notifications", True),
        ("/3/account/me/settings", True),
        ("/3/account/Ann/notifications/replies", True),
        ("/3/conversations/3/1/0", True),
        ("/oauth2/token", True),
        ("/3/image/abcdefghijklmno", True),
        ("/3/album/abcdefghijklmno/images", True),
        ("/3/image/abcdefg", False),
        ("/3/gallery/hot", False),
        ("/3/account/me", False),
        ("/3/account/settings", False),
        ("/3/gallery/creditsx", False),
    ]:
        with subtests.test(path=path, private=private):
            assert is_private(path) is private


def test_without_secrets_removes_client_id_only() -> None:
    assert without_secrets("http://a/b?q=x%20y&q=z") == "http://a/b?q=x%20y&q=z"
    assert without_secrets("http://a/b?Client_ID=k&q=z") == "http://a/b?q=z"
    assert without_secrets("http://a/b?client_id=k") == "http://a/b"
