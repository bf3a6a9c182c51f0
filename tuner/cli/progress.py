"""Bytes done in, a bar of progress on a terminal out. Stream and clock are given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress

AFTER_S = 0.5
"""What is read sooner needs no progress, and not the time to load rich."""
EVERY_S = 0.1


@contextmanager
def shown(terminal: TextIO, clock: Callable[[], float]) -> Iterator[Callable[[int, int], None]]:
    """Give a function of (bytes done, bytes in all) that shows both; in all 0 is unknown."""
    bar = _Bar(terminal, clock)
    try:
        yield bar.show
    finally:
        bar.close()


class _Bar:
    """Made when it is first shown; no thread redraws it, so that processes may still be forked."""

    def __init__(self, terminal: TextIO, clock: Callable[[], float]) -> None:
        self._terminal, self._clock = terminal, clock
        self._next = clock() + AFTER_S
        self._progress: Progress | None = None

    def show(self, done: int, total: int) -> None:
        """Redraw the bar, if that is due."""
        now = self._clock()
        if now < self._next:
            return
        self._next = now + EVERY_S
        if self._progress is None:
            self._progress = _progress(self._terminal, self._clock)
            self._progress.add_task("", total=None)
            self._progress.start()
        task = self._progress.task_ids[0]
        self._progress.update(task, completed=done, total=total or None, refresh=True)

    def close(self) -> None:
        """Clear the bar from the terminal."""
        if self._progress is not None:
            self._progress.stop()


def _progress(terminal: TextIO, clock: Callable[[], float]) -> Progress:
    from rich import progress
    from rich.console import Console

    return progress.Progress(
        progress.BarColumn(),
        progress.TaskProgressColumn(),
        progress.DownloadColumn(),
        progress.TransferSpeedColumn(),
        progress.TimeRemainingColumn(),
        console=Console(file=terminal),
        get_time=clock,
        auto_refresh=False,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
