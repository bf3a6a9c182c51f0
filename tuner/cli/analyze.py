"""`tuner analyze`: logs in, the report on stdout, notes on stderr, and an honest exit code."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tuner.cli import arguments
from tuner.cli.numbers import number, whole
from tuner.cli.options import DONE, FAILED, FOUND, Call, Logs, Quiet, Since, Until, span
from tuner.cli.output import emit, notify
from tuner.cli.page_and_store import PageAndStore
from tuner.cli.profiles import known_profiles
from tuner.errors import UsageError, named

if TYPE_CHECKING:
    from tuner.model import Report


class Engine(StrEnum):
    """Who reads the logs."""

    local = "local"
    dask = "dask"


class Format(StrEnum):
    """What the report is printed as."""

    text = "text"
    json = "json"
    md = "md"
    github = "github"
    junit = "junit"
    sarif = "sarif"
    slack = "slack"


class FailOn(StrEnum):
    """The severities, the most severe first, and a report that advises nothing."""

    high = "high"
    warning = "warning"
    info = "info"
    undecided = "undecided"


FAILS = (FailOn.high, FailOn.undecided)
"""What `--check` fails on unless `--fail-on` says otherwise."""


Json = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]
FormatName = Annotated[
    Format | None, typer.Option("--format", help="Print the report for something else.")
]
Brief = Annotated[bool, typer.Option("--brief", help="The verdict and high findings, ten lines.")]
CurrentProfile = Annotated[
    str,
    typer.Option(
        metavar="PROFILE",
        help="The profile that the logs were made under.",
        autocompletion=known_profiles,
    ),
]
Jobs = Annotated[
    int, typer.Option(parser=whole(0, 4096), metavar="N", help="Processes to read with; 0 chooses.")
]
State = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Remember what was read; read only what is new next time."),
]
EngineName = Annotated[
    Engine, typer.Option(help="Read with processes of this machine, or on a Dask cluster.")
]
Scheduler = Annotated[
    str, typer.Option(metavar="URL", help="Of a Dask cluster; without it, one is started here.")
]
Check = Annotated[
    bool,
    typer.Option(
        "--check", help="Exit 1 if the advice differs or is undecided, or a finding is severe."
    ),
]
FailOnSeverity = Annotated[
    list[FailOn] | None,
    typer.Option(
        help="With --check: what else fails beside other advice; may be given again. "
        "Default: high and undecided."
    ),
]
SlowMs = Annotated[
    float | None,
    typer.Option(parser=number(0), metavar="MS", help="An OpenAI call is slow above this."),
]
Limit = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=VALUE", help="Set a threshold; may be given again."),
]
ShowText = Annotated[
    bool, typer.Option("--show-text", help="Do not redact evidence: may show speech, keys.")
]
Html = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write the report with its calls as one HTML file, too."),
]
StoreUrl = Annotated[
    str,
    typer.Option(
        "--store",
        metavar="URL",
        help="Keep the figures of each call in sqlite:///… or postgresql://…",
    ),
]
Color = Annotated[bool | None, typer.Option(help="Default: on a terminal.")]


def analyze(
    logs: Logs,
    json: Json = False,
    format_name: FormatName = None,
    brief: Brief = False,
    current: CurrentProfile = "",
    since: Since = "",
    until: Until = "",
    call: Call = "",
    jobs: Jobs = 0,
    state: State = None,
    engine: EngineName = Engine.local,
    scheduler: Scheduler = "",
    check: Check = False,
    fail_on: FailOnSeverity = None,
    slow_ms: SlowMs = None,
    limit: Limit = None,
    show_text: ShowText = False,
    html: Html = None,
    store: StoreUrl = "",
    color: Color = None,
    quiet: Quiet = False,
) -> int:
    """Say what is wrong and which profile fixes it."""
    beside = PageAndStore(html, store, not (since or until or call), state is not None)
    shown_as = _format(json, format_name, brief)
    options = span(since, until, call) | {
        "environ": os.environ,
        "jobs": jobs or None,
        "state": state,
        "engine": arguments.engine(engine.value, scheduler),
        "scheduler": scheduler,
        "current": current or None,
        "limits": arguments.limits(limit or [], slow_ms),
        "show_text": show_text,
    }
    with beside.paths(logs) as paths:
        with reading_progress(quiet) as progress:
            report = beside.analyze(paths, options | {"progress": progress})
        emit(_rendered(report, shown_as, brief, fail_on or FAILS, color))
        for note in beside.write(report, paths, options):
            if not quiet:
                notify(f"tuner: {note}")
    if not quiet:
        _hint_at_speed(report)
    if _incomplete(report):
        return FAILED
    return FOUND if check and _fails(report, fail_on or FAILS, quiet) else DONE


def reading_progress(quiet: bool) -> AbstractContextManager[Callable[[int, int], None] | None]:
    """A function that shows bytes done of bytes in all on stderr; None when nobody is looking."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        return nullcontext()
    from tuner.cli.progress import shown

    return shown(sys.stderr, time.monotonic)


def _format(json: bool, wanted: Format | None, brief: bool) -> Format:
    """The one format that was asked for."""
    shown_as = wanted or (Format.json if json else Format.text)
    if (json and shown_as is not Format.json) or (brief and shown_as is not Format.text):
        raise UsageError(
            "--json, --brief and --format ask for more than one format", "Give one of them."
        )
    return shown_as


def _rendered(
    report: Report, shown_as: Format, brief: bool, fail_on: Sequence[FailOn], color: bool | None
) -> str:
    """The report in the format that was asked for."""
    if shown_as is Format.text:
        return _text(report, brief, color)
    if shown_as is Format.json:
        from tuner.report import json

        return json.render(report)
    from importlib import import_module

    module = "markdown" if shown_as is Format.md else shown_as.value
    render = import_module(f"tuner.report.formats.{module}").render
    options = {"fail_on": [each.value for each in fail_on]} if shown_as is Format.junit else {}
    return str(render(report, **options))


def _text(report: Report, brief: bool, color: bool | None) -> str:
    terminal = sys.stdout is not None and sys.stdout.isatty()
    size = shutil.get_terminal_size((80, 24))  # heeds COLUMNS and LINES
    width = max(40, min(120, size.columns))
    colour = arguments.colour(color, os.environ, terminal)
    if brief:
        from tuner.report.formats import brief as short

        return short.render(report, width, colour)
    from tuner.report import text

    return text.render(report, width, colour, size.lines if terminal else 0)


def _hint_at_speed(report: Report) -> None:
    """Say how a large log is read many times sooner, where it was not."""
    from tuner.execution.units import FAST_BYTES

    if sum(info.bytes for info in report.inputs) < FAST_BYTES:
        return
    from tuner import scan

    if not scan.ready():
        notify(
            "tuner: large logs are read many times sooner with the compiled scan, which could not "
            "be built: install a C compiler, then install tuner again from its clone or wheel"
        )


def _incomplete(report: Report) -> bool:
    """Name on stderr each input that failed, and what was cut short; true if there was any."""
    failed = [info for info in report.inputs if info.problem]
    for info in failed:
        notify(f"tuner: {named(info.path)}: {info.problem}")
    if report.partial:
        notify(f"tuner: the report is partial: {report.partial}")
    return bool(failed or report.partial)


def _fails(report: Report, fail_on: Sequence[FailOn], quiet: bool) -> bool:
    """Whether `--check` fails, saying why: other advice, none at all, or a severe finding."""
    from tuner.report import conclusions

    reasons = conclusions.objections(report, [each.value for each in fail_on])
    if reasons and not quiet:
        notify(f"tuner: check failed ({', '.join(reasons)})")
    return bool(reasons)
