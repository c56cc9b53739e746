"""Text for people: no character of it steers a terminal."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from imgurdata._format import duration_text, printable


@given(st.text())
def test_printable_holds_no_control_character_and_keeps_the_rest(text: str) -> None:
    shown = printable(text)
    assert len(shown) == len(text)
    for before, after in zip(text, shown, strict=True):
        if before != after:
            assert unicodedata.category(before) in {"Cc", "Cf", "Zl", "Zp"}
        assert unicodedata.category(after) != "Cc"


def test_duration_text_is_never_negative() -> None:
    assert duration_text(-5) == "0 s"
