"""What several commands have in common: their options and exit codes."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tuner.cli import arguments

DONE, FOUND, FAILED = 0, 1, 2
"""Exit codes: done; `--check` or `profiles check` found something; the job could not be done."""

Logs = Annotated[
    list[str], typer.Argument(metavar="LOG...", help="Files, folders, globs, URLs, or - for stdin.")
]
Since = Annotated[
    str, typer.Option(metavar="TIME", help="Only from here: ISO 8601 (UTC if no zone) or HH:MM.")
]
Until = Annotated[str, typer.Option(metavar="TIME", help="Only up to here.")]
Call = Annotated[str, typer.Option(metavar="ID", help="Only this call: its job id or room.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notes on stderr.")]


def span(since: str, until: str, call: str) -> dict[str, Any]:
    """Which part of the logs counts, as arguments of `pipeline.analyze` and `pipeline.rows`."""
    return {
        "since": arguments.parse_time(since, "--since"),
        "until": arguments.parse_time(until, "--until"),
        "call": call or None,
    }
