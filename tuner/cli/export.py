"""`tuner export`: logs in, their events as a file out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tuner.cli.options import Call, Logs, Quiet, Since, Until, span
from tuner.cli.output import Problems, notify
from tuner.errors import InputError

Output = Annotated[
    Path, typer.Option("--output", "-o", metavar="FILE", help="A .csv or .parquet file.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace an existing file.")]


def export(
    logs: Logs,
    output: Output,
    since: Since = "",
    until: Until = "",
    call: Call = "",
    force: Force = False,
    quiet: Quiet = False,
) -> int:
    """Write the events of the logs as a table. It holds no transcripts."""
    from tuner import pipeline
    from tuner.report import dataframe

    dataframe.check_target(output, force)
    problems = Problems()
    rows = pipeline.rows(logs, **span(since, until, call), on_problem=problems)
    events = dataframe.frame(rows)
    if events.empty:
        raise InputError("no event was found, nothing was written", "Try `tuner analyze`.")
    dataframe.write(events, output)
    if not quiet:
        notify(f"{len(events):,} events written to {output}")
    return problems.code
