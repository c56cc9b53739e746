"""CONTRIBUTING.md tells the truth about the journey of a call."""

from __future__ import annotations

import re
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

import imgurdata as imd

PACKAGE = Path(imd.__file__).parent
TEXT = (PACKAGE.parent / "CONTRIBUTING.md").read_text()


def test_the_journey_of_a_call_is_the_one_described(connect) -> None:
    session = connect()
    passed: list[str] = []

    def profile(frame: FrameType, event: str, _: Any) -> None:
        path = Path(frame.f_code.co_filename)
        if event == "call" and PACKAGE in path.parents:
            passed.append(f"{path.relative_to(PACKAGE).as_posix()}: {frame.f_code.co_qualname}")

    threading.setprofile(profile)
    sys.setprofile(profile)
    try:
        imd.load_gallery("hot", pages=5, session=session)
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    journey = re.findall(r"`([a-z_/]+\.py: [\w.]+)`", TEXT)
    assert len(journey) > 10
    assert sorted(journey, key=passed.index) == journey
