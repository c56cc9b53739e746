"""Progress bars that leave no widget without a model in a saved notebook."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any, Self

__all__ = ["progress_bar"]


def progress_bar(**options: Any) -> Any:
    """Return a tqdm bar: a widget in a notebook, text in a terminal."""
    if options.get("disable") is True:
        return _NoBar()  # tqdm and its lock take as long as some hundred cached pages
    from tqdm.auto import tqdm  # drags in the notebook's widgets: only when something runs

    notebook = sys.modules.get("tqdm.notebook")
    if notebook is not None and issubclass(tqdm, notebook.tqdm_notebook):
        return _notebook_bar(tqdm)(display=False, **options)
    return tqdm(**options)


class _NoBar:
    """Bar that nobody wants to see."""

    disable = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close nothing."""

    def update(self, n: float = 1) -> None:
        """Show no progress."""

    def set_description_str(self, *_: object) -> None:
        """Show no words."""


@cache
def _notebook_bar(base: Any) -> Any:
    """Return a class whose output is replaced when a bar is closed.

    A widget's view stays in the notebook when the widget is closed. After the notebook is opened
    again, JupyterLab shows an error in its place.
    """
    from IPython.display import HTML, display

    class NotebookBar(base):  # type: ignore[misc]
        """Bar whose output is replaced when it is closed."""

        displayed: bool
        _output: Any = None

        def display(self, *args: Any, check_delay: bool = True, **options: Any) -> None:
            """Draw the bar, and show it when it is due."""
            super().display(*args, check_delay=False, **options)
            is_closing = options.get("close") or options.get("bar_style")
            is_due = check_delay or self.delay <= 0
            if is_due and not is_closing and not self.displayed:
                self.displayed = True
                self._output = display(self.container, display_id=True)  # type: ignore[no-untyped-call]

        def close(self) -> None:
            """Close the bar; text, or nothing, takes its place."""
            super().close()
            output, self._output = self._output, None
            if output is not None:
                is_over = not self.total or self.n >= self.total
                total = "" if not self.total else f" of {self.total:,.0f}"
                text = "" if is_over else f"Ended at {self.n:,.0f}{total} {self.unit}s."
                output.update(HTML(text))  # type: ignore[no-untyped-call]

    return NotebookBar
