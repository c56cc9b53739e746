"""Imgur's own old client, PyImgur and gallery-dl, with only their base address changed.

Each is used as its documentation shows; what it gives becomes a typed frame.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

import pandas as pd

from benchmarks.payload import PER_PAGE
from benchmarks.trial import Case, Trial
from benchmarks.variants.typed import posts_facts, typed

__all__ = ["gallery_dl", "imgurpython", "pyimgur"]


def imgurpython(case: Case) -> Trial:
    """Page by page, a new connection each: objects, their attributes, a frame."""
    from imgurpython import client as module

    module.API_URL = case.url + "/"
    client = module.ImgurClient(case.client_id, "none")

    def run() -> pd.DataFrame:
        pages = (client.gallery("user", "time", page) for page in range(case.pages))
        items = [item for page in pages for item in page]
        return typed(pd.DataFrame([vars(item) for item in items]))

    return Trial(run, posts_facts)


def pyimgur(case: Case) -> Trial:
    """A limit of so many posts; it pages by itself, a new connection each."""
    import pyimgur as module

    module.IMGUR_BASE = case.url
    client = module.Imgur(case.client_id)

    def run() -> pd.DataFrame:
        items = client.get_gallery("user", "time", limit=case.pages * PER_PAGE)
        return typed(pd.DataFrame([vars(item) for item in items]))

    return Trial(run, posts_facts)


def gallery_dl(case: Case) -> Trial:
    """Its Imgur API class over its own session; the subreddit list, since it has no gallery's."""
    from gallery_dl.extractor import imgur as module

    extractor: Any = module.ImgurSubredditExtractor.from_url("https://imgur.com/r/pics")
    extractor.initialize()
    ask = extractor.request_json
    extractor.request_json = lambda url, **options: ask(
        url.replace("https://api.imgur.com", case.url), **options
    )
    api = module.ImgurAPI(extractor)
    api.headers.update(case.authorization)

    def run() -> pd.DataFrame:
        items = islice(api.gallery_subreddit("pics"), case.pages * PER_PAGE)
        return typed(pd.DataFrame(list(items)))

    return Trial(run, posts_facts)
