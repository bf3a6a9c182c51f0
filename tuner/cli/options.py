"""What several commands have in common: their options and exit codes."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

DONE, FOUND, FAILED = 0, 1, 2
"""Exit codes: done; `--check` or `profiles check` found something; the job could not be done."""

Logs = Annotated[
    list[str], typer.Argument(metavar="LOG...", help="Files, folders, globs, URLs, or - for stdin.")
]
Since = Annotated[
    str,
    typer.Option(
        metavar="TIME",
        help="Only from here: 2026-11-20T09:30 (UTC if no zone), 2h, yesterday, 9:30.",
    ),
]
Until = Annotated[str, typer.Option(metavar="TIME", help="Only up to here.")]
Call = Annotated[str, typer.Option(metavar="ID", help="Only this call: its job id or room.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notes on stderr.")]


def span(since: str, until: str, call: str) -> dict[str, Any]:
    """Which part of the logs counts, as arguments of `pipeline.analyze` and `pipeline.rows`."""
    return {
        "since": _parsed(since, "--since"),
        "until": _parsed(until, "--until"),
        "call": call or None,
    }


def _parsed(text: str, option: str) -> float | None:
    if not text:
        return None
    from tuner.cli.times import parse_time

    return parse_time(text, option, time.time())
