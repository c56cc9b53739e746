"""Download the files behind posts and images into a folder."""

from __future__ import annotations

import logging
import os
import warnings
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from imgurdata._connect import session_or_current
from imgurdata._format import plural
from imgurdata._interrupts import Interrupts, defer_sigint
from imgurdata._progress import progress_bar
from imgurdata._validate import boolean, integer, one_of, refuse
from imgurdata._version import VERSION
from imgurdata.errors import (
    ApiError,
    BadResponse,
    ConnectionFailed,
    ImgurDataError,
    NotCached,
    RateLimited,
)
from imgurdata.files.folder import Folder, StoredFile, read_file
from imgurdata.files.kinds import SIZES
from imgurdata.files.wanted import Wanted, WantedFile, files_named, load_files
from imgurdata.http.files import FileClient, Found
from imgurdata.model.explode import PreviewWarning
from imgurdata.pulls.run import keep_partial

if TYPE_CHECKING:
    from imgurdata.http.session import ImgurSession

__all__ = ["download_images"]

logger = logging.getLogger(__name__)

_MAX_WORKERS = 32
_DTYPES: dict[str, Any] = {
    "id": "str", "post_id": "str", "url": "str", "path": "str", "bytes": "Int64", "sha256": "str",
    "media_type": "str", "status": "str",
}  # fmt: skip
#: An interrupt is noticed this often, in seconds.
_POLL_INTERVAL = 0.1
#: Time for transfers to end after an interrupt, in seconds.
_GRACE = 2.0
#: Files in a row that fail: then something is wrong with more than a file.
_MOST_FAILURES = 8


@dataclass(slots=True)
class _Result:
    """What became of one file; ``stored`` is None if there is none."""

    status: str
    stored: StoredFile | None = None


def download_images(
    frame_or_ids: Any,
    folder: str | os.PathLike[str],
    *,
    size: str | None = None,
    workers: int = 8,
    overwrite: bool = False,
    session: ImgurSession | None = None,
    progress: bool | None = None,
) -> pd.DataFrame:
    """Download the files behind posts, images or albums into a folder.

    A frame tells which files it is about: that costs no credits, and the links in it are not
    followed. The same call again downloads only what is not there yet.

    Parameters
    ----------
    frame_or_ids : DataFrame, str, iterable of str or Series
        A frame of posts, of images or of albums. Of posts loaded with ``nested=True`` the images
        that are shown (lists show at most 3), of others the cover: for all images of albums give
        ``load_album_images(posts)``. Or ids and links, which are loaded first, for a credit each
        (two for an image that is not in the gallery); ``imd.Pull("posts", ids=ids).plan()`` tells
        that before. Links to files on i.imgur.com cost nothing.
    folder : str or path
        Where the files go; made if it is not there. A file is named by its id.
    size : {"s", "b", "t", "m", "l", "h"}, optional
        Thumbnails instead: ``"s"`` 90 and ``"b"`` 160 pixels square (cropped), ``"t"`` 160, ``"m"``
        320, ``"l"`` 640 and ``"h"`` 1024 pixels at most. Their names end in ``_s`` and so on. Of
        videos it is a still.
    workers : int, default 8
        Files under way at once, 1 to 32.
    overwrite : bool, default False
        Download again what is there.
    session : ImgurSession, optional
        Session whose Imgur has the files; the newest one by default.
    progress : bool, optional
        Whether to show a progress bar; by default if it takes longer than a second.

    Returns
    -------
    pandas.DataFrame
        One row per file, in the order of the frame: ``id, post_id`` (the first post that shows it),
        ``url, path, bytes, sha256, media_type, status``. ``status`` is ``"new"``, ``"kept"`` (it
        was there), ``"missing"`` (the host has no such file) or ``"placeholder"`` (it was removed:
        Imgur shows a picture of its own instead, which is not kept). ``media_type`` follows from
        the file itself. ``attrs["imgurdata"]`` has ``missing`` with ``missing_reasons`` (ids that
        Imgur does not give), ``images_truncated`` (posts with more images than are here) and
        ``credits_spent``.

    Raises
    ------
    InvalidArgument
        An argument is not valid, or the folder can't be written to; nothing was asked.
    NotFound
        There is nothing of the ids that were given.
    NotCached
        The session is offline, and files are not there.
    RateLimited, OverCapacity, ConnectionFailed, BadResponse, ImgurDataError
        Files did not come, or the disk is full. ``.partial`` is the frame of those that are there;
        the same call goes on from there.
    KeyboardInterrupt
        Ctrl-C, or the notebook's stop; with ``.partial``, too.

    Warns
    -----
    PreviewWarning
        Albums have more images than the frame tells.

    Notes
    -----
    The address of a file is made from its id and type, on i.imgur.com or on the session's sandbox;
    no other host is asked, and no client id or token is sent. Each request is tried up to three
    times; when the host asks to slow down, all of them wait. A file is written under a temporary
    name first, so that there is never half a file under an id; several runs may share a folder.
    Source: API reference, Helpers.

    Examples
    --------
    >>> import tempfile
    >>> import imgurdata as imd
    >>> with imd.connect(sandbox=True), tempfile.TemporaryDirectory() as folder:
    ...     posts = imd.load_gallery("top", window="month").query("images_count == 1")
    ...     files = imd.download_images(posts.head(3), folder, size="m")
    >>> files["status"].tolist()
    ['new', 'new', 'new']
    """
    if size is not None:
        size = one_of("size", size, SIZES)
    workers = integer("workers", workers, least=1, most=_MAX_WORKERS)
    overwrite = boolean("overwrite", overwrite)
    shown = None if progress is None else boolean("progress", progress)
    path = _checked_folder(folder)
    session = session_or_current(session)
    session.check_open()
    run = _Run(session, size, overwrite)
    with defer_sigint() as interrupts:
        try:
            run.wanted, items = files_named(frame_or_ids, session)
            into = Folder(path)
            load_files(run.wanted, items, session, shown)
            run.download(into, workers, shown, interrupts)
            frame = run.frame(complete=True)
            interrupts.check()
        except BaseException as error:
            # Not if there is no memory for it: the error is what is raised in any case.
            with suppress(MemoryError):
                keep_partial(error, run.frame(complete=False), where="in the folder")
            interrupts.discard()
            raise
    _warn_of_truncated(run.wanted)
    return frame


def _checked_folder(folder: Any) -> Path:
    allowed = "the path of a folder"
    if not isinstance(folder, (str, os.PathLike)) or not os.fspath(folder):
        refuse("folder", allowed, folder)
    try:
        return Path(os.fsdecode(folder)).expanduser()
    except (RuntimeError, ValueError):  # there is no such home folder
        refuse("folder", allowed, folder)


def _warn_of_truncated(wanted: Wanted) -> None:
    if wanted.truncated:
        many = wanted.truncated > 1
        warnings.warn(
            f"{f'{wanted.truncated:,} posts have' if many else 'A post has'} more images than the "
            "frame tells: imd.load_album_images(posts) loads all of them, for a credit"
            f"{' each' if many else ''}.",
            PreviewWarning,
            stacklevel=3,
        )


class _Run:
    """Run of a download: what is wanted, and what became of each file so far."""

    def __init__(self, session: ImgurSession, size: str | None, overwrite: bool) -> None:
        self.wanted = Wanted()
        self._session = session
        self._size = size
        self._overwrite = overwrite
        self._origin = ""
        self._results: dict[int, _Result] = {}
        self._failed: dict[int, ImgurDataError] = {}
        self._in_a_row = 0

    def download(
        self, folder: Folder, workers: int, progress: bool | None, interrupts: Interrupts
    ) -> None:
        """Download all files; raise what went wrong when the others have come."""
        # Names are given in the order of the frame, so that they are the same each time.
        stems = [folder.stem(file.id, self._size) for file in self.wanted.files]
        with (
            closing(FileClient(self._session, workers)) as client,
            progress_bar(total=len(stems), unit="file", progress=progress) as bar,
        ):
            self._origin = client.origin

            def work(place: int) -> _Result:
                return self._one(client, folder, self.wanted.files[place], stems[place])

            pool = ThreadPoolExecutor(workers, thread_name_prefix="imgurdata-files")
            running: dict[Future[_Result], int] = {}
            places = iter(range(len(stems)))
            try:
                while True:
                    while len(running) < workers and (place := next(places, None)) is not None:
                        running[pool.submit(work, place)] = place
                    if not running:
                        break
                    done, _ = wait(running, timeout=_POLL_INTERVAL, return_when=FIRST_COMPLETED)
                    for future in done:
                        self._take(running.pop(future), future)
                        if bar is not None:
                            bar.update()
                    interrupts.check()
            finally:
                client.cancel()
                pool.shutdown(wait=False, cancel_futures=True)
                # Transfers end at once: what is complete is named, what is not is deleted.
                for future in wait(running, timeout=_GRACE).done:
                    if not future.cancelled() and future.exception() is None:
                        self._results[running[future]] = future.result()
        if self._failed:
            raise self._failure()

    def _one(self, client: FileClient, folder: Folder, file: WantedFile, stem: str) -> _Result:
        """Return what became of one file; runs in a thread."""
        there = None if self._overwrite else folder.find(stem)
        if there is not None:
            return _Result("kept", read_file(there))
        name = self._name(file)
        if self._session.offline:
            raise NotCached(
                f"The session is offline, and {name} is not in the folder: connect() without "
                "offline=True."
            )
        with folder.part() as part:
            found = client.fetch(name, part)
            if found is not Found.FILE:
                return _Result(found.value)
            stored, is_new = part.keep(stem, overwrite=self._overwrite)
        return _Result("new" if is_new else "kept", stored)

    def _name(self, file: WantedFile) -> str:
        # The host has a JPEG of every size, of videos as well.
        return f"{file.id}{self._size}.jpg" if self._size else f"{file.id}.{file.extension}"

    def _take(self, place: int, future: Future[_Result]) -> None:
        """Use what became of a file; raise an error that the next file would meet as well."""
        error = future.exception()
        if error is None:
            self._results[place] = future.result()
            self._in_a_row = 0
            return
        if not isinstance(error, (ApiError, BadResponse, ConnectionFailed)):
            raise error
        self._failed[place] = error.with_traceback(None)
        self._in_a_row += 1
        if isinstance(error, RateLimited) or self._in_a_row >= _MOST_FAILURES:
            raise self._failure()

    def _failure(self) -> ImgurDataError:
        """Return the error of the first file that failed, which says how many did."""
        place = min(self._failed)
        error, count = self._failed[place], len(self._failed)
        names = ", ".join(self.wanted.files[at].id for at in sorted(self._failed)[:5])
        more = " ..." if count > 5 else ""
        left = len(self.wanted.files) - len(self._results) - count
        rest = f", and {left:,} were not tried" if left else ""
        message = (
            f"{plural(count, 'file')} of {len(self.wanted.files):,} did not come ({names}{more})"
            f"{rest}. {error.message} The same call goes on with them."
        )
        error.args = (message,)
        return error

    def frame(self, *, complete: bool) -> pd.DataFrame:
        """Return one row per file of which something is known."""
        wanted, rows = self.wanted, []
        for place, result in sorted(self._results.items()):
            file, stored = wanted.files[place], result.stored
            rows.append(
                {
                    "id": file.id,
                    "post_id": file.post_id,
                    "url": f"{self._origin}/{self._name(file)}",
                    "path": stored and str(stored.path),
                    "bytes": stored and stored.bytes,
                    "sha256": stored and stored.sha256,
                    "media_type": stored and stored.media_type,
                    "status": result.status,
                }
            )
        frame = pd.DataFrame(rows, columns=list(_DTYPES), dtype="object").astype(_DTYPES)
        frame.attrs["imgurdata"] = {
            "record": "file",
            "version": VERSION,
            "params": {"size": self._size} if self._size else {},
            "requests": wanted.requests,
            "credits_spent": wanted.credits,
            "credits_left": self._session.credits.remaining("user"),
            "missing": list(wanted.reasons),
            "missing_reasons": wanted.reasons,
            "images_truncated": wanted.truncated,
            "complete": complete,
        }
        return frame
