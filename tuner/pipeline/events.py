"""Logs in, their events out: one after the other, or as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuner.execution.event_rows import OnProblem, event_rows, refuse
from tuner.reading.record_filter import Filter

if TYPE_CHECKING:
    import pandas as pd


def load(paths: Sequence[str | Path], **options: Any) -> pd.DataFrame:
    """Read logs and return one row per event: time (UTC), call, kind, and the figures of each.

    Takes the options `since`, `until` and `call` of `analyze`. Transcript text is never in it.
    """
    from tuner.report import dataframe

    return dataframe.frame(rows(paths, **options))


def rows(
    paths: Sequence[str | Path],
    *,
    since: float | None = None,
    until: float | None = None,
    call: str | None = None,
    on_problem: OnProblem = refuse,
) -> Iterator[dict[str, Any]]:
    """Every event as a flat mapping, in the order of the files.

    An input that cannot be read, or not to its end, raises InputError; with `on_problem` that is
    called with what is wrong, and the rest is given.
    """
    return event_rows(paths, Filter(since, until, call), on_problem)
