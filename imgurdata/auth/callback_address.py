"""The port and path to listen on for the redirect, from the address registered with Imgur."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from imgurdata._network import LOOPBACK
from imgurdata._secret import Secret, seal
from imgurdata.errors import InvalidArgument

__all__ = ["Place", "place_of"]

#: jupyter-server-proxy: ``.../proxy/28080/callback`` reaches port 28080 of the kernel's machine as
#: ``/callback``; ``.../proxy/absolute/28080/callback`` keeps the whole path.
_PROXIED = re.compile(r"/proxy/(?P<absolute>absolute/)?(?P<port>[0-9]{1,5})(?P<rest>/.*)?$")
#: Longer than any address that a browser shows.
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Place:
    """A port of this machine, and how requests that belong there look.

    Attributes
    ----------
    port
        Where to listen; on the loopback, always.
    path
        Of the callback page.
    hosts
        What the ``Host`` header may be: another one is somebody's attempt to get in by name.
    origins
        What the ``Origin`` of the page's own answer may be.
    """

    port: int
    path: str
    hosts: frozenset[str]
    origins: frozenset[str]


def place_of(redirect_url: str) -> Place | None:
    """Return where to listen for a redirect to this address; None where only pasting works.

    Parameters
    ----------
    redirect_url : str
        As registered with Imgur.

    Raises
    ------
    InvalidArgument
        It is no http(s) address, or has a fragment.

    Examples
    --------
    >>> place_of("http://localhost:28080/callback").port
    28080
    >>> place_of("https://hub.example.org/user/ann/proxy/28080/callback").path
    '/callback'
    >>> place_of("https://imgur.com/") is None
    True
    """
    # Sealed: somebody may give the address that came back, with its token.
    sealed = seal(redirect_url)
    del redirect_url
    parts, port = _split(sealed)
    if parts is None:
        raise InvalidArgument(
            "redirect_url must be the http:// or https:// address that is registered with Imgur, "
            "such as http://localhost:28080/callback, without a user name and without what "
            "follows a #."
        )
    public = f"{parts.scheme}://{parts.netloc}"
    found = _PROXIED.search(parts.path)
    if found is not None and 0 < int(found["port"]) < 65_536:
        path = parts.path if found["absolute"] else found["rest"] or "/"
        return _place(int(found["port"]), path, public)
    # An address without a port is the web server's, which is not ours to open.
    if parts.hostname in LOOPBACK and parts.scheme == "http" and port:
        return _place(port, parts.path or "/", public)
    return None


def _split(sealed: Secret | None) -> tuple[SplitResult | None, int | None]:
    """Return the parts of an address and its port; None for what is none. Raises nothing."""
    text = sealed.reveal() if sealed is not None else None
    if not isinstance(text, str) or len(text) > _LONGEST or not text.isascii():
        return None, None
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None, None
    good = parts.scheme in {"http", "https"} and parts.hostname and not parts.fragment
    return (parts, port) if good and parts.username is None else (None, None)


def _place(port: int, path: str, public: str) -> Place:
    names = [f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}"]
    hosts = frozenset({*names, urlsplit(public).netloc.lower()})
    origins = frozenset({*(f"http://{name}" for name in names), public.lower()})
    return Place(port=port, path=path, hosts=hosts, origins=origins)
