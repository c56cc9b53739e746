"""Use a bundle as a session's cache: read-only, and honest about what it does not hold."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from requests_cache.backends.base import BaseCache, BaseStorage, DictStorage
from requests_cache.models.response import CachedResponse

from imgurdata.bundle.description import Bundle, described
from imgurdata.bundle.file import BundleFile, Manifest
from imgurdata.endpoints import is_private
from imgurdata.errors import CacheUnusable, ImgurDataError, NotCached, redact
from imgurdata.http.auth import key_of
from imgurdata.http.store import Absence, AnswerStore, Entry, Stored

__all__ = ["BundleCache"]


class BundleCache(BaseCache):
    """Answers of a bundle, for a session that asks as the bundle's application did.

    Parameters
    ----------
    path : Path
        Of the bundle.

    Raises
    ------
    CacheUnusable
        It is none, was changed, or is made to do harm.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(cache_name=str(path))
        self.responses = self._table = BundleTable(BundleFile(path))
        self.redirects = DictStorage()  # type: ignore[no-untyped-call]

    @property
    def manifest(self) -> Manifest:
        """What the bundle says of itself."""
        return self._table.file.manifest

    @property
    def bundle(self) -> Bundle:
        """What the bundle holds."""
        file = self._table.file
        return described(file.path, file.manifest, file.size)


class BundleTable(BaseStorage[str, CachedResponse], AnswerStore):
    """Answers by key; nothing can be put into it or taken out."""

    def __init__(self, file: BundleFile) -> None:
        super().__init__(serializer=None)
        self.file = file
        base_url = file.manifest.base_url
        host = urlsplit(base_url).netloc
        self._answers: dict[str, Stored] = {}
        self._absences: dict[str, Absence] = {}
        for absent in file.manifest.absent:
            key = key_of("GET", host, absent.asked, "")
            self._absences[key] = Absence(key, 0.0, absent.reason, absent.message)
        for held in file.manifest.answers:
            key = key_of("GET", host, held.asked, "")
            self._answers[key] = Stored(
                key=key,
                url=base_url + held.asked,
                status=200,
                headers=held.headers(),
                checked_at=held.checked_at,
                date=held.date,
                body=partial(file.body, held),
                created_at=held.checked_at,
            )

    def __getitem__(self, key: str) -> CachedResponse:
        return self._answers[key].response()

    def lookup(self, keys: Sequence[str], *, bodies: bool = True) -> Mapping[str, Stored | Absence]:  # noqa: ARG002
        """Return what the bundle knows under each key; bodies are read when they are asked for."""
        known = ChainMap[str, Any](self._answers, self._absences)
        return {key: known[key] for key in keys if key in known}

    def not_cached(self, path: str) -> ImgurDataError:
        """Return the error for an answer that is not held."""
        why = (
            "such answers are for one person, or for one moment"
            if is_private(path)
            else "the study that filled it did not use that"
        )
        return NotCached(
            f"The bundle {self.file.path} does not hold {redact(path)}: {why}. Ask Imgur with a "
            "session of its own: imd.connect(...)."
        )

    def entries(self) -> Iterable[Entry]:
        """Return all answers with the lengths of their bodies."""
        lengths = (held.length for held in self.file.manifest.answers)
        for stored, length in zip(self._answers.values(), lengths, strict=True):
            yield Entry(stored.key, stored.url, stored.checked_at, length)

    def location(self) -> str:
        """Return the path of the bundle."""
        return str(self.file.path)

    def __iter__(self) -> Iterator[str]:
        return iter(self._answers)

    def __len__(self) -> int:
        return len(self._answers)

    def __contains__(self, key: object) -> bool:
        return key in self._answers

    def _refuse(self, *_: Any) -> NoReturn:
        raise CacheUnusable(f"The bundle {self.file.path} is read-only: export another one.")

    __setitem__ = __delitem__ = clear = _refuse
    save = confirm = note_absence = forget = shrink = _refuse  # type: ignore[assignment]

    def forget_absences(self, before: float = float("inf")) -> None:
        """Keep all: they are part of the bundle."""

    def close(self) -> None:
        """Close the file."""
        self.file.close()
