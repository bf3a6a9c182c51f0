"""`tuner calls`: logs in, a line for each call out, the most costly first."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from tuner.cli import arguments
from tuner.cli.analyze import Color, Jobs, SlowMs, reading_progress
from tuner.cli.options import DONE, FAILED, Call, Logs, Quiet, Since, Until, span
from tuner.cli.output import emit, notify
from tuner.cli.stdin_file import readable
from tuner.plain_numbers import plain_whole

MOST_ROWS = 20
"""Rows of the table unless more are asked for; JSON has all."""

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Sort = Annotated[
    str,
    typer.Option(metavar="FIGURE", help="Largest first; -FIGURE turns it round. Default: cost_s."),
]
Where = Annotated[
    list[str] | None,
    typer.Option(metavar="CONDITION", help="Only calls like 'wait_max_s>2'; may be given again."),
]
Limit = Annotated[
    list[str] | None,
    typer.Option(
        metavar="N|NAME=VALUE", help="Show N calls (0: all), or set a threshold, such as a weight."
    ),
]


def calls(
    logs: Logs,
    json: Json = False,
    sort: Sort = "",
    where: Where = None,
    limit: Limit = None,
    since: Since = "",
    until: Until = "",
    call: Call = "",
    slow_ms: SlowMs = None,
    jobs: Jobs = 0,
    color: Color = None,
    quiet: Quiet = False,
) -> int:
    """List the calls, those first that cost their callers most."""
    from tuner import pipeline
    from tuner.calls import choose
    from tuner.report import calls as report

    conditions = [choose.condition(text) for text in where or ()]
    if sort:
        choose.known_name(sort.removeprefix("-"), "--sort")
    thresholds = arguments.limits([text for text in limit or () if not _is_count(text)], slow_ms)
    with readable(logs) as paths, reading_progress(quiet) as progress:
        found = pipeline.calls(
            paths,
            jobs=jobs or None,
            limits=thresholds,
            progress=progress,
            **span(since, until, call),
        )
    chosen = choose.chosen(found.calls, conditions, sort)
    if json:
        import json as encoder

        most = _most(limit, 0)
        emit(encoder.dumps(report.document(found, chosen, thresholds, most), indent=2))
    else:
        emit(report.render(found, chosen, logs, *screen(color), _most(limit, MOST_ROWS)))
    return FAILED if incomplete(found.problems) else DONE


def _most(limit: list[str] | None, default: int) -> int:
    """How many calls to show, the last number given; 0: all."""
    numbers = [int(text) for text in limit or () if _is_count(text)]
    return numbers[-1] if numbers else default


def _is_count(text: str) -> bool:
    return (plain_whole(text) or 0) >= 0 and plain_whole(text) is not None


def screen(color: bool | None) -> tuple[int, bool]:
    """Columns of the terminal, 40 to 200, and whether to colour."""
    terminal = sys.stdout is not None and sys.stdout.isatty()
    width = shutil.get_terminal_size((80, 24)).columns  # heeds COLUMNS; 80 without a terminal
    return max(40, min(200, width)), arguments.colour(color, os.environ, terminal)


def incomplete(problems: Sequence[str]) -> bool:
    """Name on stderr each input that failed; true if there was any."""
    for problem in problems:
        notify(f"tuner: {problem}")
    return bool(problems)
