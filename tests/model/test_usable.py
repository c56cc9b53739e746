"""What is no record is told the same before an answer is kept and when it is read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from imgurdata.errors import BadResponse
from imgurdata.model.decode import _could_be_rows, decode_page, list_bytes, read_page
from imgurdata.model.records import COMMENT, POST, RECORDS

DATA: list[Any] = [
    None, "", 0, True, "word", 7, [], {}, [{}], [None], [[]], ["a"], [1], {"maintenance": True},
    {"id": None}, {"id": ""}, {"id": "abc12"}, {"hash": "abc12", "title": "x"},
    [{"id": "abc12"}, {"title": "x"}, None], {"items": [{"id": "abc12"}]}, {"items": []},
    {"id": 5, "comment": "x", "author": "ada"}, {"id": 5, "caption": "x", "hash": "abc12"},
    {"url": "ada", "id": 1}, {"email": "", "show_mature": True}, {"ups": 0, "downs": 0},
    {"UserLimit": 500}, {"name": "cats"}, {"tags": [{"name": "cats"}]}, {"id": 5, "content": "x"},
    {"id": 5, "name_clean": "x"}, {"account_url": "ada", "images": 5}, {"access_token": "x"},
    {"id": "abc12", "media": [], "account": {"username": "ada"}, "created_at": "2024-01-01"},
]  # fmt: skip


def test_what_could_be_rows_agrees_with_decode_page(subtests: pytest.Subtests) -> None:
    for data in DATA:
        with subtests.test(data=data):
            body = json.dumps(data).encode()
            for record in RECORDS.values():
                try:
                    read = len(decode_page(body, record).rows)
                except BadResponse:
                    read = 0
                try:
                    counted = sum(_could_be_rows(list_bytes(body, record), record))
                except BadResponse:
                    counted = 0
                # A text that is no number is found out when it is read.
                assert counted == read or (read == 0 and record.id_key == "id"), record.name


def test_deep_trees_are_read_where_there_can_be_trees() -> None:
    tree = b'{"id":1,"image_id":"p","children":[' * 5_000 + b"]}" * 5_000
    two = b"[" + tree + b"," + tree + b"]"
    assert len(read_page(two, COMMENT).rows) == 2
    assert list(_could_be_rows(two, COMMENT)) == [True, True]
    assert len(read_page(tree, COMMENT, of_list=False).rows) == 1
    with pytest.raises(BadResponse, match="nested too deep"):
        read_page(b"[" + tree + b"]", POST)


LISTS = [b"[]", b'{"items":""}', b'{"items":[]}', b'[{"id":"a"},{"title":"x"}]']


def test_read_page_accepts_lists(subtests: pytest.Subtests) -> None:
    for data in LISTS:
        with subtests.test(data=data):
            assert len(read_page(data, POST).rows) == data.count(b'"id"')


NO_LISTS = {
    b"null": "its data is null",
    b"7": "its data is 7",
    b"{}": "its data is {}",
    b'{"items":null}': "an object that is no list",
    b'{"id":"a"}': "an object that is no list",
    b'{"maintenance":true}': "an object that is no list",
    b'[{"title":"x"}]': "rows without the keys of one",
    b"[7]": "rows without the keys of one",
}


def test_read_page_refuses_other_data(subtests: pytest.Subtests) -> None:
    for data, reason in NO_LISTS.items():
        with subtests.test(data=data):
            with pytest.raises(BadResponse, match=f"holds no post: {reason}"):
                read_page(data, POST)
            if data != b'{"id":"a"}':
                with pytest.raises(BadResponse, match="holds no post"):
                    read_page(data, POST, of_list=False)
    with pytest.raises(BadResponse, match=r"holds no post: \[\]\."):
        read_page(b"[]", POST, of_list=False)
    with pytest.raises(BadResponse, match="not whole JSON"):
        read_page(b'[{"id":"a"},{]', POST)
