"""What `tuner analyze` writes besides its report: a page, and the calls into a database."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuner.cli.output import notify
from tuner.errors import UsageError

if TYPE_CHECKING:
    from tuner.calls.model import CallFigures
    from tuner.model import Report
    from tuner.pipeline import Analysis
    from tuner.store.database import Store

_OF_CALLS = ("limits", "jobs")
_DRAWN = 10
"""So many calls have a timeline on a page."""


class PageAndStore:
    """Where the page goes (None: nowhere) and the database of the calls (None: not wanted)."""

    def __init__(self, page: Path | None, url: str, is_whole: bool, has_state: bool) -> None:
        """Check both before anything is read. A log that is not read whole has half calls, and a
        report with a state counts what is in no log any more.
        """
        if page is not None and has_state:
            why = "--html shows only the calls of these logs, and --state counts earlier ones too"
            raise UsageError(why, "Leave one of them out.")
        self._page = page
        self._found: Analysis | None = None
        if page is not None:
            from tuner.html import file

            file.check(page)
        self._store = _opened(url, is_whole) if url else None

    def paths(self, logs: list[str]) -> AbstractContextManager[list[str]]:
        """The logs; where they are read more than once, stdin as a file."""
        if self._page is None and self._store is None:
            return nullcontext(logs)
        from tuner.cli.stdin_file import readable

        return readable(logs)

    def analyze(self, paths: Sequence[str], options: dict[str, Any]) -> Report:
        """The report of the logs; what page and store need besides is kept. A report with a state
        counts calls that are in no log any more, which a store reads by itself."""
        from tuner import pipeline

        wanted = self._page is not None or self._store is not None
        if not wanted or options["state"] is not None:
            return pipeline.analyze(paths, **options)
        worst = 0 if self._page is None else _DRAWN
        self._found = pipeline.analysis(paths, single_calls=True, worst=worst, **options)
        return self._found.report

    def write(self, report: Report, paths: Sequence[str], options: dict[str, Any]) -> Iterator[str]:
        """Write both, and say so; a reading that was stopped is not begun again for them."""
        from tuner import pipeline

        if report.partial and (self._page is not None or self._store is not None):
            yield "nothing else was written: the reading was stopped"
            return
        if self._page is not None and self._found is not None:
            from tuner.html import file

            file.write(self._page, pipeline.page(self._found, limits=options["limits"]))
            yield f"page written to {self._page}"
        if self._store is not None:
            with closing(self._store):
                calls = self._calls(paths, options)
                new = self._store.add(calls)
            yield f"{len(calls):,} calls stored, {new:,} of them new"

    def _calls(self, paths: Sequence[str], options: dict[str, Any]) -> Sequence[CallFigures]:
        from tuner import pipeline

        if self._found is not None:
            return self._found.calls().listed.calls
        return pipeline.calls(paths, **{name: options[name] for name in _OF_CALLS}).calls


def _opened(url: str, is_whole: bool) -> Store:
    if not is_whole:
        raise UsageError("--store keeps whole calls", "Leave out --since, --until and --call.")
    from tuner.store.database import Store

    return Store(url, time.sleep, lambda text: notify(f"tuner: {text}"))
