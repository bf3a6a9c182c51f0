"""`tuner report`: logs in, one HTML file to share out; the terminal gets the verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tuner.cli.analyze import (
    CurrentProfile,
    Jobs,
    Limit,
    ShowText,
    SlowMs,
    StoreUrl,
    analyze,
)
from tuner.cli.options import Call, Logs, Quiet, Since, Until

PAGE = Path("report.html")
Output = Annotated[
    Path, typer.Option("--output", "-o", metavar="FILE", help="The page; report.html without it.")
]


def report(
    logs: Logs,
    output: Output = PAGE,
    current: CurrentProfile = "",
    since: Since = "",
    until: Until = "",
    call: Call = "",
    jobs: Jobs = 0,
    slow_ms: SlowMs = None,
    limit: Limit = None,
    show_text: ShowText = False,
    store: StoreUrl = "",
    quiet: Quiet = False,
) -> int:
    """Write the report with its calls as one HTML file, report.html."""
    return analyze(
        logs,
        brief=True,
        current=current,
        since=since,
        until=until,
        call=call,
        jobs=jobs,
        slow_ms=slow_ms,
        limit=limit,
        show_text=show_text,
        html=output,
        store=store,
        quiet=quiet,
    )
