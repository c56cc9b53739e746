"""Hold what a pull loads as a value: arguments, checked, and the requests they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from imgurdata._format import plural
from imgurdata._validate import one_of, refuse
from imgurdata.endpoints import ENDPOINTS, LOADS, Endpoint
from imgurdata.errors import InvalidArgument
from imgurdata.pulls.requests import RequestList, build_requests

__all__ = ["PullValue"]

#: Arguments of every loader that say how a pull is run, not what it loads.
_OF_A_RUN = frozenset({"session", "progress", "max_age"})
#: Most ids that a pull prints one by one.
_PRINTED = 10


@dataclass(frozen=True, init=False, repr=False, eq=False)
class PullValue:
    """Value of a pull, and base class of :class:`~imgurdata.Pull`.

    Attributes
    ----------
    load : str
        Name of the load.
    lists : tuple of RequestList
        The requests it makes, list by list.
    endpoint : Endpoint
        Endpoint that it requests.
    """

    load: str
    lists: tuple[RequestList, ...]
    endpoint: Endpoint
    _params: Mapping[str, Any]

    def __init__(self, load: str, /, **params: Any) -> None:
        endpoint = LOADS[one_of("load", load, LOADS)]
        for name in _OF_A_RUN & params.keys():
            raise InvalidArgument(
                f"{name} must be an argument of run(), not of the pull: Pull(...).run({name}=...)."
            )
        for name, other in endpoint.instead.items():
            if params.get(name) is not None:
                endpoint = ENDPOINTS[other]
        object.__setattr__(self, "load", load)
        object.__setattr__(self, "endpoint", endpoint)
        lists, given = build_requests(endpoint, params)
        object.__setattr__(self, "lists", lists)
        object.__setattr__(self, "_params", given)

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> Self:
        """Return the pull of a TOML table: its arguments, and ``load``.

        >>> import imgurdata as imd
        >>> imd.Pull.from_dict({"load": "gallery", "section": "user"})
        Pull('gallery', section='user')
        """
        if not isinstance(table, Mapping) or not all(isinstance(key, str) for key in table):
            refuse("table", "a mapping of argument names, such as a TOML table", table)
        params = dict(table)
        if params.get("load") == "replies" and "ids" in params:
            params["id"] = params.pop("ids")  # its name in older tables and bundles
        if "load" not in params:
            raise InvalidArgument('A pull needs load = "..." (gallery, posts ...).')
        return cls(params.pop("load"), **params)

    def to_dict(self) -> dict[str, Any]:
        """Return its table, which is JSON-able and read by :meth:`from_dict`."""
        return {"load": self.load, **self.params}

    @property
    def params(self) -> dict[str, Any]:
        """Arguments as given, JSON-able, without those left to their default."""
        return {k: list(v) if isinstance(v, list) else v for k, v in self._params.items()}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PullValue) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        # Not of the repr: the arguments' order makes no other pull.
        return hash((self.load, frozenset((k, _brief(k, v)) for k, v in self.params.items())))

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self).from_dict, (self.to_dict(),))

    def __repr__(self) -> str:
        params = self._params
        words = [repr(self.load), *(f"{name}={_brief(name, params[name])}" for name in params)]
        return f"Pull({', '.join(words)})"


def _brief(name: str, value: Any) -> str:
    """Return the repr of an argument; of many ids, how many they are."""
    if not isinstance(value, (list, tuple)) or len(value) <= _PRINTED:
        return repr(value)
    return f"[... {plural(len(value), 'page' if name == 'pages' else 'id')}]"
