"""What is no record is told the same before an answer is kept and when it is read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from imgurdata.errors import BadResponse
from imgurdata.model.decode import count_rows, decode_page, require_list
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


def test_count_rows_agrees_with_decode_page(subtests: pytest.Subtests) -> None:
    for data in DATA:
        with subtests.test(data=data):
            body = json.dumps(data).encode()
            for record in RECORDS.values():
                try:
                    read = len(decode_page(body, record).rows)
                except BadResponse:
                    read = 0
                try:
                    counted = count_rows(body, record)
                except BadResponse:
                    counted = 0
                # A text that is no number is found out when it is read.
                assert counted == read or (read == 0 and record.id_key == "id"), record.name


def test_count_rows_of_deep_trees_counts_the_tops() -> None:
    tree = b'{"id":1,"image_id":"p","children":[' * 5_000 + b"]}" * 5_000
    require_list(b"[" + tree + b"," + tree + b"]", COMMENT)
    assert count_rows(b"[" + tree + b"," + tree + b"]", COMMENT) == 2
    assert count_rows(tree, COMMENT) == 1
    with pytest.raises(BadResponse, match="nested too deep"):
        count_rows(b"[" + tree + b"]", POST)


REQUIRE_LIST_TAKES_LISTS = [b"[]", b'{"items":""}', b'{"items":[]}', b'[{"id":"a"},{"title":"x"}]']


def test_require_list_accepts_lists(subtests: pytest.Subtests) -> None:
    for data in REQUIRE_LIST_TAKES_LISTS:
        with subtests.test(data=data):
            require_list(data, POST)


NO_LISTS = [
    b"null",
    b"7",
    b"{}",
    b'{"items":null}',
    b'{"id":"a"}',
    b'{"maintenance":true}',
    b'[{"title":"x"}]',
    b"[7]",
]


def test_require_list_refuses_other_data(subtests: pytest.Subtests) -> None:
    for data in NO_LISTS:
        with subtests.test(data=data), pytest.raises(BadResponse, match="holds no post"):
            require_list(data, POST)
