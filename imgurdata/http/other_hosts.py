"""Send requests to hosts that are not Imgur's: as requests does it, without credentials."""

from __future__ import annotations

from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from requests_cache.models.response import OriginalResponse
from requests_cache.policy.actions import CacheActions
from urllib3.exceptions import HTTPError

from imgurdata._network import NetworkEnvironment, connection_error
from imgurdata.errors import BadResponse, ImgurDataError, redact

__all__ = ["OtherHosts", "OtherHostsAdapter"]


class OtherHostsAdapter(HTTPAdapter):
    """Adapter with connections of its own: a response that is left open blocks no request to Imgur.

    Parameters
    ----------
    environment : NetworkEnvironment
        Proxies.
    **pool
        As ``requests.adapters.HTTPAdapter`` takes them.
    """

    def __init__(self, environment: NetworkEnvironment, **pool: Any) -> None:
        self._environment = environment
        super().__init__(**pool)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """Send a request through the proxy that is for its host, if any."""
        kwargs["proxies"] = self._environment.proxies_for(request.url or "", kwargs.get("proxies"))
        return super().send(request, **kwargs)


class OtherHosts(requests.Session):
    """Session for other hosts. A redirect from one to Imgur is followed without credentials, too.

    Parameters
    ----------
    adapter : requests.adapters.BaseAdapter
        For all hosts.
    """

    def __init__(self, adapter: BaseAdapter) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.adapter = adapter
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def fetch(self, request: requests.PreparedRequest, kwargs: dict[str, Any]) -> Any:
        """Return the response of another host.

        Raises
        ------
        BadResponse, ConnectionFailed
            There is none.
        """
        where = redact(urlsplit(request.url or "").path, 200)
        try:
            response = self.send(request, **kwargs)
            return OriginalResponse.wrap_response(response, CacheActions(skip_write=True))
        except ImgurDataError:
            raise
        except requests.TooManyRedirects:
            failed: ImgurDataError = BadResponse("The answer is a redirect without end.")
        except (requests.RequestException, HTTPError, HTTPException, OSError, ValueError) as error:
            failed = connection_error(error, where, request.url or "")
        # Outside of the except clause: the frames below hold what was sent.
        raise failed
