"""Progress bars that leave no widget without a model in a saved notebook."""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

from imgurdata._static_view import publish_static_view, replace_output

__all__ = ["progress_bar"]

_UNFINISHED = "<em>This was still running when the notebook was saved.</em>"


def progress_bar(
    *, total: float | None, unit: str, progress: bool | None = None, **options: Any
) -> AbstractContextManager[Any]:
    """Return a tqdm bar of a unit (``"page"``): a widget in a notebook, text in a terminal.

    Parameters
    ----------
    total : float or None
    unit : str
    progress : bool or None
        True shows it at once, None after a second, and not where the output goes into a file;
        with False the context's value is None. ``TQDM_DISABLE=1`` in the environment hides it,
        unless it was asked for, as with tqdm itself.
    **options
        Of tqdm.
    """
    if progress is False:
        return nullcontext()  # tqdm and its lock take as long as some hundred cached pages
    from tqdm.auto import tqdm  # drags in the notebook's widgets: only when something runs

    # tqdm reads its variable only where no value is given, and None is one.
    disable = False if progress else bool(os.environ.get("TQDM_DISABLE")) or None
    delay = 0 if progress else 1.0
    # The space is for "2.5 page/s".
    options = {
        "total": total, "unit": f" {unit}", "disable": disable, "delay": delay, "leave": False,
        **options,
    }  # fmt: skip
    notebook = sys.modules.get("tqdm.notebook")
    if notebook is not None and issubclass(tqdm, notebook.tqdm_notebook):
        return _notebook_bar(tqdm)(display=False, **options)  # type: ignore[no-any-return]
    return tqdm(**options)


@cache
def _notebook_bar(base: Any) -> Any:
    """Return a class whose output is replaced when a bar is closed.

    A widget's view stays in the notebook when the widget is closed. After the notebook is opened
    again, JupyterLab shows an error in its place.
    """
    from IPython.display import display

    class NotebookBar(base):  # type: ignore[misc]
        """Bar whose output is replaced when it is closed."""

        displayed: bool
        _output: Any = None
        _static: Any = None

        def display(self, *args: Any, check_delay: bool = True, **options: Any) -> None:
            """Draw the bar, and show it when it is due."""
            super().display(*args, check_delay=False, **options)
            is_closing = options.get("close") or options.get("bar_style")
            is_due = check_delay or self.delay <= 0
            if is_due and not is_closing and not self.displayed:
                self.displayed = True
                # For a notebook that is saved, or whose kernel ends, before the bar is closed.
                self._static = publish_static_view(_UNFINISHED, str(self.container.model_id))
                self._output = display(self.container, display_id=True)  # type: ignore[no-untyped-call]

        def close(self) -> None:
            """Close the bar; text, or nothing, takes its place."""
            super().close()
            output, self._output = self._output, None
            if output is not None:
                is_over = not self.total or self.n >= self.total
                total = "" if not self.total else f" of {self.total:,.0f}"
                text = "" if is_over else f"Ended at {self.n:,.0f}{total} {self.unit.strip()}s."
                replace_output(output, text)
            static, self._static = self._static, None
            if static is not None:
                replace_output(static, "")

    return NotebookBar
