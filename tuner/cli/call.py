"""`tuner call`: a log and the id of a call in, that call on a timeline out."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from tuner.cli.analyze import Color, CurrentProfile, Jobs, SlowMs, reading_progress
from tuner.cli.calls import Json, incomplete, screen
from tuner.cli.options import DONE, FAILED, Quiet, Since, Until, span
from tuner.cli.output import emit
from tuner.cli.stdin_file import STDIN, readable

ShowText = Annotated[
    bool,
    typer.Option("--show-text", help="Show what was said and messages as they stand; private."),
]
_MOST_READ = 200 << 20
"""Bytes of logs up to which ids are completed: whoever presses a key will not wait long."""


def known_calls(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the id of a call of the log that stands before it."""
    from pathlib import Path

    from tuner.errors import TunerError
    from tuner.inputs.find import find_inputs

    log = context.params.get("log") or STDIN
    try:
        files = [] if log == STDIN else find_inputs([log]).files
        if not files or sum(Path(path).stat().st_size for path in files) > _MOST_READ:
            return []
        from tuner.calls.read import read_calls

        return [name for name in read_calls([log]).ids.values() if name.startswith(incomplete)]
    except (TunerError, OSError):
        return []


Log = Annotated[
    str, typer.Argument(metavar="LOG", help="A file, folder, glob or URL, or - for stdin.")
]
CallId = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="The call: its id, its room, or the beginning of one. `tuner calls` lists them.",
        autocompletion=known_calls,
    ),
]


def call(
    log: Log,
    call_id: CallId,
    json: Json = False,
    current: CurrentProfile = "",
    since: Since = "",
    until: Until = "",
    slow_ms: SlowMs = None,
    jobs: Jobs = 0,
    show_text: ShowText = False,
    color: Color = None,
    quiet: Quiet = False,
) -> int:
    """Show one call on a timeline: who spoke when, and what each wait was made of."""
    from tuner import pipeline
    from tuner.cli import arguments

    with readable([log]) as paths, reading_progress(quiet) as progress:
        (timeline,) = pipeline.timelines(
            paths,
            [call_id],
            current=current or None,
            environ=os.environ,
            jobs=jobs or None,
            limits=arguments.limits([], slow_ms),
            progress=progress,
            show_text=show_text,
            **span(since, until, ""),
        )
    if json:
        import json as encoder

        from tuner.report.calls import timeline_document

        emit(encoder.dumps(timeline_document(timeline), indent=2))
    else:
        from tuner.report.timeline import render

        emit(render(timeline, [log], *screen(color)))
    return FAILED if incomplete(timeline.problems) else DONE
