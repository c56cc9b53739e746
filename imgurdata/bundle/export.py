"""The answers behind a study in one file, so that it runs again elsewhere, without the network."""

from __future__ import annotations

import logging
import os
import platform
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from imgurdata._connect import session_or_current
from imgurdata._validate import refuse
from imgurdata._version import VERSION as RUNNING
from imgurdata.bundle.description import REASONS, Bundle, bundle_path, described, reason_text
from imgurdata.bundle.file import (
    VERSION,
    Absent,
    BundledAnswer,
    BundledPull,
    Manifest,
    Writer,
    is_bundle,
    write,
)
from imgurdata.credits.headers import response_date
from imgurdata.endpoints import canonical, is_private
from imgurdata.errors import InvalidArgument
from imgurdata.http.auth import key_of
from imgurdata.http.store import Stored
from imgurdata.http.transport import holds_delete_hash
from imgurdata.model.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from imgurdata.http.session import ImgurSession
    from imgurdata.http.session_log import UsedAnswer

__all__ = ["export_bundle"]

logger = logging.getLogger(__name__)

#: Those that mean that something is lacking.
_LACKING = ("signed_in", "secret", "forgotten", "dropped")
#: Shorter keys are somebody's test, and would be found in any text.
_SHORTEST_SECRET = 8


def export_bundle(path: str | os.PathLike[str], session: ImgurSession | None = None) -> Bundle:
    """Write the answers behind a study into one file, for ``imd.connect(bundle=path)``.

    Parameters
    ----------
    path
        Of the file, ``study.imgurdata`` say. A bundle that is there is replaced, another file is
        not.
    session
        The one that the study used; the newest by default.

    Returns
    -------
    Bundle
        What is in it, and what was left out; reads well as text.

    Raises
    ------
    InvalidArgument
        The session has used nothing yet that may be shared; the path is another file's.
    CacheUnusable
        The file can't be written, or the cache does not answer.

    Notes
    -----
    It holds every answer that the session used since it was opened, from the cache or from Imgur,
    and nothing else of the cache. What was asked as a signed-in account is left out: Imgur answers
    an account with its own votes, favourites and hidden things. So are credits, settings,
    notifications and conversations, which no cache holds either. No key, token or name of who asked
    is in it. Each answer is held once, as it was confirmed last.

    Costs nothing: the network is not asked.

    Examples
    --------
    >>> import imgurdata as imd, pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "study.imgurdata"
    ...     with imd.connect(sandbox=True) as session:
    ...         there = imd.load_gallery("hot", pages=2)
    ...         bundle = imd.export_bundle(path)
    ...     with imd.connect(bundle=path) as session:
    ...         here = imd.load_gallery("hot", pages=2)
    >>> bundle.answers, here.equals(there)
    (2, True)
    """
    session = session_or_current(session)
    place = bundle_path(path)
    try:
        taken = place.exists() and not is_bundle(place)
    except OSError as error:  # a name that is too long, a folder that may not be looked into
        refuse("path", f"the path of a file that can be written ({error.strerror})", path)
    if taken:
        refuse("path", "a new file or a bundle to replace, not another file or a folder", path)
    study = _Export(session)
    if not study.wanted and not study.absent:
        raise InvalidArgument(
            "There is nothing to export: run the study with this session first."
            + "".join(f" {reason_text(reason, n)}" for reason, n in study.left_out().items())
        )
    with write(place) as writer:
        manifest = study.written(writer)
    bundle = described(place, manifest, place.stat().st_size)
    if any(reason in bundle.left_out for reason in _LACKING):
        logger.warning("The bundle does not hold all that the study used. %s", bundle)
    return bundle


class _Export:
    """Selection of a session's answers for a bundle."""

    def __init__(self, session: ImgurSession) -> None:
        self._session = session
        self._host = urlsplit(session.base_url).netloc
        self._secrets = [one for one in session.secrets() if len(one.reveal()) >= _SHORTEST_SECRET]
        self._left: Counter[str] = Counter(dropped=session.session_log.dropped)
        self.wanted: dict[str, UsedAnswer] = {}
        self.absent: dict[str, Absent] = {}
        for (scope, url), used in session.session_log.answers().items():
            self._sort(scope, url, used)

    def left_out(self) -> dict[str, int]:
        """Return how many answers are left out, by reason."""
        return {reason: self._left[reason] for reason in REASONS if self._left[reason]}

    def _sort(self, scope: str, url: str, used: UsedAnswer) -> None:
        parts = urlsplit(url)
        if is_private(parts.path):
            return
        if scope:
            self._left["signed_in"] += 1
            return
        asked = canonical(parts.path, parts.query)
        if self._is_secret(asked.encode()):
            self._left["secret"] += 1
        elif used.missing is None:
            self.absent.pop(asked, None)
            self.wanted[asked] = used
        else:
            self.wanted.pop(asked, None)
            error = used.missing
            self.absent[asked] = Absent(asked, _printable(error.message), _printable(error.reason))

    def _is_secret(self, content: bytes) -> bool:
        return holds_delete_hash(content) or any(
            secret.reveal().encode() in content for secret in self._secrets
        )

    def written(self, writer: Writer) -> Manifest:
        """Write the answers and then the manifest, which is returned."""
        answers = list(self._answers(writer))
        if self._left["forgotten"]:
            # A cache that does not answer says so here: a bundle that is there stays as it is.
            next(iter(self._session.store.entries()), None)
        dates = sorted(
            response_date({"Date": held.date}, 0).isoformat() for held in answers if held.date
        )
        manifest = Manifest(
            format="imgurdata-bundle",
            version=VERSION,
            base_url=self._session.base_url,
            schema_version=SCHEMA_VERSION,
            versions={
                "python": platform.python_version(),
                "imgurdata": RUNNING,
                **{name: version(name) for name in ("pandas", "pyarrow")},
            },
            first_fetched_at=dates[0] if dates else None,
            last_fetched_at=dates[-1] if dates else None,
            pulls=[
                BundledPull(ran.pull, ran.endpoint, ran.fetched_at, ran.pages)
                for scope, ran in self._session.session_log.pulls()
                if not scope
            ],
            answers=answers,
            absent=[self.absent[asked] for asked in sorted(self.absent)],
            left_out=self.left_out(),
        )
        writer.finish(manifest)
        return manifest

    def _answers(self, writer: Writer) -> Iterator[BundledAnswer]:
        for asked in sorted(self.wanted):
            key = key_of("GET", self._host, asked, "")
            stored = self._session.store.lookup((key,)).get(key)
            if not isinstance(stored, Stored):
                self._left["forgotten"] += 1
                continue
            body = stored.body()
            if self._is_secret(body):
                self._left["secret"] += 1
                continue
            used = self.wanted[asked]
            # Frames of the study may have an older version of this answer.
            self._left["again"] += used.again or stored.date != used.date
            yield BundledAnswer(
                asked=asked,
                sha256=writer.add(body),
                length=len(body),
                checked_at=max(stored.checked_at, 0.0),
                date=stored.date,
                content_type=stored.headers.get("Content-Type"),
                etag=stored.headers.get("ETag"),
                last_modified=stored.headers.get("Last-Modified"),
            )


def _printable(text: str) -> str:
    """Return text without line breaks and other unprintable characters."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
