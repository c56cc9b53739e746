"""A bundle as a session's cache: read-only, and honest about what it does not hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from requests.structures import CaseInsensitiveDict
from requests_cache.backends.base import BaseCache, BaseStorage, DictStorage
from requests_cache.models.request import CachedRequest
from requests_cache.models.response import CachedResponse

from imgurdata.bundle.file import BundledAnswer, BundleFile, Manifest
from imgurdata.endpoints import is_private
from imgurdata.errors import CacheUnusable, ImgurDataError, NotCached, NotFound, redact
from imgurdata.http.auth import key_of
from imgurdata.http.cache import CHECKED_AT, StoredAnswer

__all__ = ["BundleCache"]


class BundleCache(BaseCache):
    """The answers of a bundle, for a session that asks as the bundle's application did.

    Parameters
    ----------
    path
        Of the bundle.

    Raises
    ------
    CacheUnusable
        It is none, was changed, or is made to do harm.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(cache_name=str(path))
        self._table = BundleTable(BundleFile(path))
        self.responses = self._table
        self.redirects = DictStorage()  # type: ignore[no-untyped-call]

    @property
    def manifest(self) -> Manifest:
        """What the bundle says of itself."""
        return self._table.file.manifest

    @property
    def path(self) -> Path:
        """Of the bundle."""
        return self._table.file.path

    @property
    def size(self) -> int:
        """Bytes of the bundle."""
        return self._table.file.size

    def confirmation(self, key: str) -> tuple[float, bool] | None:
        """When an answer was last confirmed, and whether it has an ETag."""
        return self._table.confirmations((key,)).get(key)

    def confirmations(self, keys: Sequence[str]) -> dict[str, tuple[float, bool]]:
        """The same for many answers at once; what is not held is not in it."""
        return self._table.confirmations(keys)

    def read_many(self, keys: Sequence[str]) -> dict[str, StoredAnswer]:
        """Many answers with their bodies; what is not held is not in it."""
        return self._table.read_many(keys)

    def why_not(self, key: str, path: str) -> ImgurDataError:
        """What to raise for an answer that is not held."""
        absent = self._table.absent.get(key)
        if absent is not None:
            return NotFound(absent.message, status=404, reason=absent.reason, request=path)
        why = (
            "such answers are for one person, or for one moment"
            if is_private(path)
            else "the study that filled it did not use that"
        )
        return NotCached(
            f"The bundle {self.path} does not hold {redact(path)}: {why}. Ask Imgur with a session "
            "of its own: imd.connect(...)."
        )


class BundleTable(BaseStorage[str, CachedResponse]):
    """Answers by key; nothing can be put into it or taken out."""

    def __init__(self, file: BundleFile) -> None:
        super().__init__(serializer=None)
        self.file = file
        self._base_url = file.manifest.base_url
        host = urlsplit(self._base_url).netloc
        self._held = {key_of("GET", host, one.asked, ""): one for one in file.manifest.answers}
        self.absent = {key_of("GET", host, one.asked, ""): one for one in file.manifest.absent}

    def __getitem__(self, key: str) -> CachedResponse:
        held = self._held[key]
        url = self._base_url + held.asked
        headers = held.headers() | {CHECKED_AT: repr(held.checked_at)}
        response = CachedResponse(
            content=self.file.body(held),
            headers=CaseInsensitiveDict(headers),
            encoding="utf-8",
            reason="OK",
            request=CachedRequest(method="GET", url=url),
            status_code=200,
            url=url,
            created_at=datetime.fromtimestamp(held.checked_at, UTC),
            elapsed=timedelta(0),
        )
        response.cache_key = key
        return response

    def confirmations(self, keys: Sequence[str]) -> dict[str, tuple[float, bool]]:
        """When answers were confirmed, and whether they have a validator, by key."""
        return {key: _confirmation(self._held[key]) for key in keys if key in self._held}

    def read_many(self, keys: Sequence[str]) -> dict[str, StoredAnswer]:
        """Answers with their bodies, by key."""
        found: dict[str, StoredAnswer] = {}
        for key in keys:
            if (held := self._held.get(key)) is not None:
                checked_at, has_validator = _confirmation(held)
                found[key] = StoredAnswer(
                    body=self.file.body(held),
                    checked_at=checked_at,
                    has_validator=has_validator,
                    date=held.date,
                    content_type=held.content_type,
                    url=self._base_url + held.asked,
                    status=200,
                )
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, key: object) -> bool:
        return key in self._held  # the general one would read the body

    def __setitem__(self, key: str, response: CachedResponse) -> NoReturn:
        raise _read_only(self.file.path)

    def __delitem__(self, key: str) -> NoReturn:
        raise _read_only(self.file.path)

    def clear(self) -> NoReturn:
        """Refused: a bundle stays as it is."""
        raise _read_only(self.file.path)

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def _confirmation(held: BundledAnswer) -> tuple[float, bool]:
    return held.checked_at, bool(held.etag or held.last_modified)


def _read_only(path: Path) -> CacheUnusable:
    return CacheUnusable(f"The bundle {path} is read-only: export another one.")
