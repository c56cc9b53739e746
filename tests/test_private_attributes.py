"""Private attributes of other libraries, each as it is used: docs/decisions.md lists them."""

from __future__ import annotations

import http.client
import inspect
import re
import socket
import tomllib
from pathlib import Path

import pytest
import requests
import urllib3

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.decision("private-attributes")


def test_http_client_calls_what_is_overridden() -> None:
    begin = inspect.getsource(http.client.HTTPResponse.begin)
    assert "version, status, reason = self._read_status()" in begin
    read = inspect.getsource(http.client.HTTPResponse.read)
    assert "self._close_conn()" in read
    assert "self._close_conn()" in inspect.getsource(http.client.HTTPResponse._get_chunk_left)
    assert "self.response_class(" in inspect.getsource(http.client.HTTPConnection.getresponse)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert http.client.HTTPResponse(ours, method="HEAD")._method == "HEAD"


def test_urllib3_and_requests_keep_what_is_set() -> None:
    assert issubclass(urllib3.HTTPConnectionPool.ConnectionCls, urllib3.connection.HTTPConnection)
    assert urllib3.HTTPResponse()._original_response is None
    response = requests.Response()
    response._content, response._content_consumed = b"abc", True
    assert response.content == b"abc"


def test_ipykernel_keeps_the_subshell_of_a_comm() -> None:
    comm = pytest.importorskip("ipykernel.comm.comm", reason="needs the extra notebook")
    assert "_reply_subshell_id" in inspect.getsource(comm)


def test_no_other_private_attribute_is_used() -> None:
    listed = {"_content", "_content_consumed", "_original_response"}
    foreign = re.compile(r"\b(?:response|raw|resp|request|bare|connection|pool|comm)\._([a-z]\w*)")
    for file in (ROOT / "imgurdata").rglob("*.py"):
        if "sandbox" not in file.parts:
            used = {f"_{name}" for name in foreign.findall(file.read_text())}
            assert used <= listed, file


def test_a_new_major_version_of_these_libraries_is_not_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["notebook"]]
    bounded = {name for name in wanted if re.search(r",<\d+$", name)}
    for library in ("requests", "requests-cache", "urllib3", "ipykernel"):
        assert any(name.startswith(f"{library}>=") for name in bounded), library
