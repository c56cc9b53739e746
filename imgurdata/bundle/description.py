"""Describe a bundle: what it holds, and what is left out."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imgurdata._format import bytes_text, plural
from imgurdata._home import expanded
from imgurdata._validate import refuse

if TYPE_CHECKING:
    from imgurdata.bundle.file import Manifest

__all__ = ["REASONS", "Bundle", "bundle_path", "described", "reason_text"]

#: Why something is not in a bundle, in a person's words; the keys stand in its manifest.
REASONS = {
    "signed_in": "asked as a signed-in account, whose answers are for it alone",
    "secret": "held a key, a token or a delete hash",
    "forgotten": "no longer in the cache: run those pulls again, then export again",
    "dropped": "used before the last 60,000, which is what a session remembers",
    "again": "held as confirmed last, though earlier frames of the study had them as before",
}


@dataclass(frozen=True)
class Bundle:
    """What a bundle holds.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    tables : tuple of dict
        The pulls that the study ran, as ``imd.Pull.from_dict`` reads them.
    answers : int
        Answers of Imgur in it.
    absent : int
        Things that Imgur said it has not (404); asked again, they are missing again.
    size : int
        Bytes of the file.
    left_out : dict of str to int
        Answers that the study used and that are not in it, by reason: ``"signed_in"``,
        ``"secret"``, ``"forgotten"``, ``"dropped"``. And ``"again"``: answers that are in it only
        as they were last, though Imgur was asked for them more than once.
    """

    path: Path
    tables: tuple[dict[str, Any], ...] = field(repr=False)
    answers: int
    absent: int
    size: int
    left_out: dict[str, int]

    def __str__(self) -> str:
        absent = f" and {self.absent:,} that Imgur has not" if self.absent else ""
        first = (
            f"{self.path}: {self.answers:,} answers{absent}, of {len(self.tables):,} pulls, "
            f"{bytes_text(self.size)}"
        )
        more = [f"  {reason_text(reason, count)}" for reason, count in self.left_out.items()]
        return "\n".join([first, *more])

    __repr__ = __str__


def described(path: Path, manifest: Manifest, size: int) -> Bundle:
    """Return the description of a bundle."""
    return Bundle(
        path=path,
        tables=tuple(ran.pull for ran in manifest.pulls),
        answers=len(manifest.answers),
        absent=len(manifest.absent),
        size=size,
        left_out=manifest.left_out,
    )


def bundle_path(path: object) -> Path:
    """Return a path as given; refuse what can't be one."""
    if isinstance(path, (str, os.PathLike)) and os.fspath(path):
        return expanded(path, "bundle")
    return refuse("bundle", "the path of a file", path)


def reason_text(reason: str, count: int) -> str:
    """Return the sentence that says how many are left out, and why."""
    verb = "" if reason == "again" else "left out: "
    return f"{verb}{plural(count, 'answer')} {REASONS.get(reason, reason)}."
