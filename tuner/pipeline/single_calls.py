"""Logs in, their single calls out: as a list, on timelines, on a page with the report."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuner.errors import InputError
from tuner.limits import Limits

if TYPE_CHECKING:
    from tuner.calls.model import CallList, CallTimeline
    from tuner.pipeline.reports import Analysis


def calls(paths: Sequence[str | Path], **options: Any) -> CallList:
    """The figures of every call, the most costly first.

    Takes the options `since`, `until`, `call`, `jobs`, `limits` and `progress` of `analyze`.
    Raises InputError where nothing is understood, or where no line names its call.
    """
    from tuner.calls.read import read_calls

    return read_calls(paths, **options).listed()


def timelines(
    paths: Sequence[str | Path],
    ids: Sequence[str],
    *,
    current: str | None = None,
    environ: Mapping[str, str] | None = None,
    show_text: bool = False,
    **options: Any,
) -> tuple[CallTimeline, ...]:
    """One call or several on a timeline, in the order of `ids`: what `calls` names them, or the
    beginning of that. Takes the options of `calls`, and `current` and `environ` of `analyze`.
    With `show_text` they hold what was said.

    Raises InputError for an id that means no call, or more than one.
    """
    from tuner.calls import timeline
    from tuner.calls.read import read_calls

    environ = os.environ if environ is None else environ
    return timeline.timelines(read_calls(paths, **options), ids, current, environ, show_text)


def page(found: Analysis, *, limits: Limits | None = None) -> str:
    """An analysis as one HTML file, with its calls and what other settings would do; where the
    logs cannot show these, it says why. `limits` are those of the analysis.
    """
    from tuner.html.content import Content
    from tuner.html.page import prepare, render
    from tuner.report.what_if import sweep

    limits, log = limits or Limits(), found.replay()
    predicted = log if isinstance(log, str) else (log, sweep(log))
    prepare()
    try:
        calls = found.calls()
    except InputError as error:
        return render(Content(found.report, limits, str(error), (), predicted))
    return render(Content(found.report, limits, calls.listed, calls.worst, predicted))
