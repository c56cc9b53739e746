"""Every public argument, given every odd value: an error of ours, or it works; nothing hangs."""

from __future__ import annotations

import inspect
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from odd import ODD

import imgurdata as imd
from imgurdata import loaders
from imgurdata.errors import ImgurDataError
from imgurdata.sandbox import Sandbox

#: No message is as long as what it complains of.
_LONGEST_MESSAGE = 1500

ID = "abcde"
_ENVELOPE = {"data": [{"id": ID, "title": "t", "datetime": 1}], "success": True, "status": 200}


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(limits={"user": 10**6, "client": 10**6, "post": 10**6}) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def shared(running: Sandbox) -> Iterator[imd.ImgurSession]:
    token = running.issue_token(running.account)
    with imd.connect(sandbox=running, token=token, cache="memory", default=False) as session:
        yield session


def _session_call(name: str) -> Callable[..., Any]:
    return lambda shared, /, **options: getattr(shared, name)(**options)


def _credits_call(name: str) -> Callable[..., Any]:
    def call(shared: imd.ImgurSession, /, **options: Any) -> Any:
        answer = getattr(shared.credits, name)(**options)
        if name in {"budget", "reserve"}:
            with answer:
                pass
        return answer

    return call


def _loader(name: str) -> Callable[..., Any]:
    return lambda shared, /, **options: getattr(imd, name)(**{"session": shared, **options})


def _pull(shared: imd.ImgurSession, /, **options: Any) -> Any:
    pull = imd.Pull(options.pop("load", "gallery"), **options)
    return repr(pull), pull.plan(shared)


def _run(shared: imd.ImgurSession, /, **options: Any) -> Any:
    return imd.Pull("gallery").run(**{"session": shared, **options})


def _plan(shared: imd.ImgurSession, /, **options: Any) -> Any:
    return imd.Pull("gallery").plan(**options)


def _connect(shared: imd.ImgurSession, /, **options: Any) -> None:
    given = {"client_id": "abc", "cache": "memory", "default": False} | options
    if not {"sandbox", "bundle", "gateway_key", "base_url"} & options.keys():
        given["base_url"] = shared.base_url
    imd.connect(**given).close()


def _sign_in(shared: imd.ImgurSession, /, **options: Any) -> Any:
    return imd.sign_in(**{"session": shared, "paste": True, "wait": 0.1} | options)


def _free(call: Callable[..., Any]) -> Callable[..., Any]:
    return lambda shared, /, **options: call(**options)  # noqa: ARG005


def _parse_redirect(shared: imd.ImgurSession, /, **options: Any) -> Any:
    text = "http://localhost:28080/callback?state=s#access_token=abc&expires_in=1"
    return imd.auth.parse_redirect(**{"text": text, "state": "s"} | options)


def _refresh(shared: imd.ImgurSession, /, **options: Any) -> Any:
    given = {"token": imd.auth.Token("a", refresh_token="b"), "client_id": "abc",
             "client_secret": "def", "base_url": shared.base_url}  # fmt: skip
    return imd.auth.refresh(**given | options)


def _verify(shared: imd.ImgurSession, /, **options: Any) -> Any:
    return imd.auth.verify(**{"token": "abc", "base_url": shared.base_url} | options)


def _sandbox(shared: imd.ImgurSession, /, **options: Any) -> None:
    Sandbox(**options).close()


def _sandbox_call(name: str) -> Callable[..., Any]:
    return lambda shared, /, **options: getattr(shared.sandbox, name)(**options)


def _small() -> pd.DataFrame:
    posts = imd.read_response(_ENVELOPE, "post")
    posts["fetched_at"] = pd.Timestamp("2026-03-01", tz="UTC").as_unit("us")
    return posts


def _archive_call(name: str) -> Callable[..., Any]:
    def call(shared: imd.ImgurSession, /, **options: Any) -> Any:
        archive = imd.Archive("archive")
        if name != "append" and not Path("archive").exists():
            archive.append(_small(), record="post")
        return getattr(archive, name)(**options)

    return call


def _collect(shared: imd.ImgurSession, /, **options: Any) -> Any:
    pull = imd.Pull("gallery")
    given = {"archive": imd.Archive("archive"), "pulls": [pull], "once": True, "session": shared}
    return imd.collect(**given | options | {"once": True})


_LIST = ("pages", "progress", "until_known", "max_age", "session")
#: What is called, with which arguments that are fixed, and which argument is odd.
CALLS: dict[str, tuple[Callable[..., Any], dict[str, Any], tuple[str, ...]]] = {
    "connect": (_connect, {}, (
        "client_id", "client_secret", "account", "token", "sandbox", "base_url", "gateway_key",
        "cache", "max_age", "offline", "bundle", "on_limit", "max_wait", "timeout", "workers",
        "default",
    )),
    "load_gallery": (_loader("load_gallery"), {}, (
        "section", "sort", "window", "show_viral", "mature", "nested", *_LIST,
    )),
    "load_posts": (_loader("load_posts"), {"ids": [ID]}, ("ids", "nested", "progress", "session")),
    "load_images": (_loader("load_images"), {}, ("ids",)),
    "load_albums": (_loader("load_albums"), {}, ("ids",)),
    "load_album_images": (_loader("load_album_images"), {}, ("ids",)),
    "load_comments": (_loader("load_comments"), {"ids": [ID]}, ("ids", "sort")),
    "load_comment": (_loader("load_comment"), {}, ("ids",)),
    "load_replies": (_loader("load_replies"), {}, ("id",)),
    "load_account": (_loader("load_account"), {}, ("usernames",)),
    "load_account_submissions": (
        _loader("load_account_submissions"), {}, ("username", "sort", "pages")
    ),
    "load_account_images": (_loader("load_account_images"), {}, ("username", "per_page", "pages")),
    "load_account_albums": (_loader("load_account_albums"), {}, ("username", "per_page")),
    "load_account_comments": (
        _loader("load_account_comments"), {}, ("username", "per_page", "sort")
    ),
    "load_account_counts": (_loader("load_account_counts"), {}, ("username",)),
    "load_tags": (_loader("load_tags"), {}, ("session",)),
    "load_credits": (_loader("load_credits"), {}, ("session",)),
    "Pull": (_pull, {}, ("load", "pages", "section", "ids", "nested", "until_known")),
    "Pull of posts": (_pull, {"load": "posts"}, ("ids", "nested")),
    "Pull.from_dict": (lambda _, table: imd.Pull.from_dict(table), {}, ("table",)),
    "Pull.run": (_run, {}, ("session", "progress", "max_age")),
    "Pull.plan": (_plan, {}, ("session",)),
    "session.get": (_session_call("get"), {"url": "/3/credits"}, ("url", "params", "timeout")),
    "session.fetch": (_session_call("fetch"), {"path": "/3/credits"}, ("path", "page")),
    "session.clear_cache": (_session_call("clear_cache"), {}, ("endpoint", "older_than")),
    "session.sign_in": (_session_call("sign_in"), {"token": "abc"}, ("token", "remember")),
    "credits.remaining": (_credits_call("remaining"), {}, ("limit",)),
    "credits.history": (_credits_call("history"), {}, ("since",)),
    "credits.budget": (_credits_call("budget"), {}, ("credits",)),
    "credits.reserve": (_credits_call("reserve"), {}, ("credits",)),
    "read_response": (
        _free(imd.read_response), {"source": _ENVELOPE, "record": "post"},
        ("source", "record", "nested"),
    ),
    "schema": (_free(imd.schema), {}, ("record",)),
    "explode_images": (_free(imd.explode_images), {}, ("posts",)),
    "explode_tags": (_free(imd.explode_tags), {}, ("posts",)),
    "export_bundle": (
        _loader("export_bundle"), {"path": "study.imgurdata"}, ("path", "session")
    ),
    "download_images": (
        _loader("download_images"), {"frame_or_ids": [], "folder": "pictures"},
        ("frame_or_ids", "folder", "size", "workers", "overwrite", "session", "progress"),
    ),
    "share": (
        _loader("share"), {"figure_or_path": "no.png"},
        ("figure_or_path", "title", "description", "session"),
    ),
    "unshare": (_loader("unshare"), {}, ("shared",)),
    "Shared": (
        _free(imd.Shared), {"link": "https://i.imgur.com/abcde.png", "id": ID},
        ("link", "id", "delete_hash"),
    ),
    "Archive": (_free(lambda url: repr(imd.Archive(url))), {}, ("url",)),
    "Archive.append": (_archive_call("append"), {"frame": None}, ("frame", "record")),
    "Archive.load": (
        _archive_call("load"), {}, ("record", "since", "until", "columns", "ids")
    ),
    "Archive.history": (_archive_call("history"), {}, ("ids", "values", "changes")),
    "Archive.latest": (_archive_call("latest"), {}, ("record", "columns")),
    "Archive.forget": (_archive_call("forget"), {}, ("ids", "authors")),
    "Archive.sql": (_archive_call("sql"), {}, ("query",)),
    "Archive.to_dask": (_archive_call("to_dask"), {}, ("record", "columns")),
    "Archive.to_polars": (_archive_call("to_polars"), {}, ("record",)),
    "Archive.export": (_archive_call("export"), {"path": "shared"}, ("path", "ids_only")),
    "collect": (_collect, {}, (
        "archive", "pulls", "every", "until", "reserve", "once", "session",
    )),
    "velocity": (_free(imd.velocity), {}, ("history",)),
    "lifetimes": (_free(imd.lifetimes), {}, ("history",)),
    "pseudonymise": (
        _free(imd.pseudonymise), {"frame": pd.DataFrame(), "key": "k" * 16}, ("frame", "key")
    ),
    "sign_in": (_sign_in, {}, ("wait", "session", "redirect_url", "remember", "paste")),
    "sign_in_with_tokens": (_free(imd.sign_in_with_tokens), {}, ("session", "remember")),
    "sign_out": (_free(imd.sign_out), {}, ("session",)),
    "Secret": (_free(imd.auth.Secret), {}, ("text",)),
    "Token": (_free(imd.auth.Token), {"access_token": "abc"}, (
        "access_token", "refresh_token", "username", "account_id", "expires_at",
    )),
    "authorize_url": (
        _free(imd.auth.authorize_url), {"client_id": "abc", "state": "s"},
        ("client_id", "state", "base_url"),
    ),
    "parse_redirect": (_parse_redirect, {}, ("text", "state", "now")),
    "refresh": (
        _refresh, {}, ("token", "client_id", "client_secret", "base_url", "timeout", "now")
    ),
    "verify": (_verify, {}, ("token", "base_url", "timeout")),
    "Sandbox": (_sandbox, {}, (
        "seed", "now", "limits", "port", "client_id", "ticking", "reset_form", "header_case",
        "limit_headers", "redirect_url", "state_in", "wrong_state", "token_lifetime",
        "token_refusal", "refresh_rotates",
    )),
    "Sandbox.advance": (_sandbox_call("advance"), {}, ("span",)),
    "Sandbox.fail": (
        _sandbox_call("fail"), {"fault": 500, "times": 1, "path": "/3/nothing"},
        ("fault", "times", "path"),
    ),
    "Sandbox.issue_token": (_sandbox_call("issue_token"), {}, ("username",)),
    "Sandbox.secret_of": (_sandbox_call("secret_of"), {}, ("client_id",)),
    "Sandbox.add_client": (_sandbox_call("add_client"), {}, ("redirect_url", "name")),
}  # fmt: skip

#: Arguments that every loader hands on as they are. Where one is not listed above, a few odd values
#: show that they arrive where all are tried by ``load_gallery``.
_HANDED_ON = ("pages", "progress", "until_known", "max_age", "session")
_FEW = ("-1", "word", "list of None", "object", "hostile")
_UNLISTED = set(loaders.NAMES) - CALLS.keys()

# A new loader is called with all of its arguments, so that it need not be listed here.
for _name in loaders.NAMES:
    _arguments = inspect.signature(getattr(imd, _name)).parameters
    _required = {n: "cats" for n, p in _arguments.items() if p.default is p.empty}
    CALLS.setdefault(_name, (_loader(_name), _required, tuple(_arguments)))

#: What the odd values themselves raise passes as it is: it is the caller's own error.
_THEIRS = ("not even this", "the source of the ids is gone", "I/O operation on closed file")
#: Values that ask for something long and legitimate.
_LONG = {("pages", "None"), ("pages", "inf")}


@pytest.mark.filterwarnings("ignore:load_.* asks for:DeprecationWarning")
@pytest.mark.parametrize("name", CALLS)
def test_odd_values_give_an_error_of_ours_or_work(
    subtests, name: str, shared: imd.ImgurSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    call, fixed, arguments = CALLS[name]
    for argument in arguments:
        with subtests.test(argument=argument):
            monkeypatch.setattr(sys, "stdin", io.StringIO(""))
            raw: list[str] = []
            few = name in _UNLISTED and argument in _HANDED_ON
            for odd in _FEW if few else ODD:
                if (argument, odd) in _LONG:
                    continue
                value = ODD[odd]()
                try:
                    call(shared, **fixed | {argument: value})
                except ImgurDataError as error:
                    if len(str(error)) > _LONGEST_MESSAGE:
                        raw.append(f"{odd}: a message of {len(str(error)):,} characters")
                except Exception as error:  # noqa: BLE001 - that is what is looked for
                    if not any(words in str(error) for words in _THEIRS):
                        raw.append(f"{odd}: {type(error).__name__}: {str(error)[:120]}")
            assert not raw, "\n".join(raw)


def test_odd_arguments_cover_every_loader() -> None:
    public = {name for name in imd.__all__ if callable(getattr(imd, name))}
    known = {"ImgurSession", "PreviewWarning", "PullPlan", "current_session"} | CALLS.keys()
    assert public <= known
