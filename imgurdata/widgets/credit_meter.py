"""Widget that shows what is left of the credits."""

from __future__ import annotations

import threading
import time
from typing import Any

import anywidget
import traitlets

from imgurdata._clock import utc
from imgurdata._connect import session_or_current
from imgurdata._validate import positive_seconds
from imgurdata.credits.messages import state_line
from imgurdata.errors import ImgurDataError
from imgurdata.http.session import ImgurSession
from imgurdata.widgets.pages import page_files, static_bundle, static_html

__all__ = ["CreditMeter"]

#: Name of each limit on the page.
_NAMES = {
    "user": "This user's hour",
    "client": "The application's day",
    "post": "Uploads and posts this hour",
}

#: What the levels are called, as on the page.
_WORDS = {"good": "", "low": ", low", "empty": ", used up"}

#: Below this share of its limit a number is low.
_LOW = 0.2


class CreditMeter(anywidget.AnyWidget):
    """Widget that shows what is left of the credits, live: also while a cell runs.

    A bar for each limit that Imgur has reported: the user's hour, the application's day, and the
    hour of POSTs. It counts what all sessions and processes of this machine spend, and spends
    nothing itself.

    Parameters
    ----------
    session : ImgurSession, optional
        By default the newest.
    every : float or str, default 1
        How often it looks, in seconds or as a duration (``"5s"``).

    Attributes
    ----------
    view : dict
        What it shows; the only synchronized trait of its own. It holds numbers and the user's
        name, and no key or token.

    Raises
    ------
    InvalidArgument
        ``every`` is not a duration.

    Notes
    -----
    Source: API reference, Rate limits.

    Examples
    --------
    >>> import imgurdata as imd
    >>> session = imd.connect(sandbox=True)
    >>> posts = imd.load_gallery()
    >>> imd.widgets.CreditMeter(session)  # doctest: +ELLIPSIS
    CreditMeter: 499 of 500 left this hour, resets ... UTC; 12499 of 12500 left today...
    >>> session.close()
    """

    _esm, _css = page_files("credit_meter")

    view = traitlets.Dict().tag(sync=True)

    def __init__(self, session: ImgurSession | None = None, *, every: Any = 1) -> None:
        self._session = session_or_current(session)
        seconds = positive_seconds("every", every, example="'5s'")
        self._stop = threading.Event()
        super().__init__(view=_view(self._session))
        watcher = threading.Thread(
            target=self._watch, args=(seconds,), name="imgurdata-credit-meter", daemon=True
        )
        watcher.start()

    @property
    def session(self) -> ImgurSession:
        """Session whose credits it shows."""
        return self._session

    def refresh(self) -> None:
        """Look now; does nothing if nothing has changed."""
        view = _view(self._session)
        if {**view, "now": 0.0} != {**self.view, "now": 0.0}:
            self.view = view

    def _watch(self, seconds: float) -> None:
        """Refresh until the widget is closed, or its session."""
        while not self.view["closed"] and not self._stop.wait(seconds):
            self.refresh()

    def close(self) -> None:
        """Stop looking, and remove the widget from the page."""
        # Widgets are also closed by the garbage collector, even after a failed __init__.
        if "_stop" in vars(self):
            self._stop.set()
        super().close()

    def _repr_mimebundle_(self, **options: Any) -> Any:
        view = self.view
        rows = [(row["name"], _left(row), _until(row["reset_at"])) for row in view["limits"]]
        if view["closed"]:
            state = "The session is closed."
        elif rows:
            state = f"As of {utc(view['now']):%Y-%m-%d %H:%M} UTC."
        else:
            state = "Nothing known yet."
        html = static_html(
            f"Credits, {view['whose']}", f"{state} Run the cell to see them live.",
            ("Limit", "Left", "Full again"), rows,
        )  # fmt: skip
        return static_bundle(super()._repr_mimebundle_(**options), html, str(self.model_id))

    def __repr__(self) -> str:
        if self._session.closed:
            return "CreditMeter: the session is closed"
        limits = ((limit, self._session.credits.state(limit)) for limit in _NAMES)
        now = utc(self._session.clock.now())
        lines = [line for limit, state in limits if (line := state_line(limit, state, now))]
        return f"CreditMeter: {'; '.join(lines) or 'nothing known yet'}"


def _left(row: dict[str, Any]) -> str:
    of = "" if row["total"] is None else f" of {row['total']:,}"
    return f"{row['left']:,}{of}{_WORDS[row['level']]}"


def _until(reset_at: float | None) -> str:
    return "" if reset_at is None else f"{utc(reset_at):%Y-%m-%d %H:%M} UTC"


def _view(session: ImgurSession) -> dict[str, Any]:
    """Return what the page shows."""
    whose = session.who
    try:
        states = {} if session.closed else {it: session.credits.state(it) for it in _NAMES}
    except ImgurDataError:
        if not session.closed:  # else that happened at this moment
            raise
    if session.closed:
        return {"whose": whose, "limits": [], "now": time.time(), "closed": True}
    rows = []
    for limit, (total, left, reset_at) in states.items():
        if left is None:
            continue
        is_low = total is not None and left < _LOW * total
        rows.append(
            {
                "limit": limit,
                "name": _NAMES[limit],
                "left": left,
                "total": total,
                "level": "empty" if left <= 0 else "low" if is_low else "good",
                "reset_at": None if reset_at is None else reset_at.timestamp(),
            }
        )
    return {"whose": whose, "limits": rows, "now": session.clock.now(), "closed": False}
