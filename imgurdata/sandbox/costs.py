"""What a request costs: the one table, with where each row is from.

=============================================  =======  ===========================================
answer                                         credits  source
=============================================  =======  ===========================================
any of ``/3/``, ``/account/v1``, ``/post/v1``  1        Imgur's documents ("each request is one
                                                        credit"); of the last two assumed
304                                            1        Imgur's documents
``POST /3/image``, ``POST /3/upload``          10       Imgur's documents ("uploads cost 10"); two
                                                        dumps of 2023 tell of about 1
400, 404, 405, 409 and other refusals of what  as       assumed: no document frees them. Two 404s
was asked, writes too                          granted  and a 409 of 2017 have no limit headers
401, 403 that tells of credits                 as       assumed: the client was known and counted
                                               granted
401, 403 without limit headers                 0        assumed: key or token, or the address, was
                                                        refused before anything was counted
429                                            0        assumed: refused because nothing is left
500 and up                                     0        assumed: Imgur did not do it
a connection that is reset                     0        assumed: it may never have arrived
``/oauth2/``, pictures and pages               0        Imgur's documents
=============================================  =======  ===========================================

The library's ledger books by the same rules; ``tests/sandbox/test_costs.py`` compares the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imgurdata.sandbox.request import Request

__all__ = ["charged", "granted"]

_UPLOADS = (("3", "image"), ("3", "upload"))
_UPLOAD = 10


def granted(request: Request) -> int:
    """Return what must be left for a request to be answered."""
    if not request.is_api:
        return 0
    return _UPLOAD if request.method == "POST" and request.segments in _UPLOADS else 1


def charged(request: Request, status: int, *, reported: bool) -> int:
    """Return what a request costs once it is answered.

    Parameters
    ----------
    request : Request
    status : int
        Of the answer; 0 where the connection was lost.
    reported : bool
        Whether the answer has limit headers.
    """
    if status in (0, 429) or status >= 500 or (status in (401, 403) and not reported):
        return 0
    return granted(request)
