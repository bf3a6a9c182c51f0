"""The command line: options in, result on stdout, messages on stderr, and an honest exit code.

0 done; 1 only with `--check`, when the advice differs or a finding is grave; 2 could not do the
job. Nothing heavy is imported here, so that `tuner --help` is quick: each command imports what it
needs. This is the only module that prints.
"""

from __future__ import annotations

import gc
import os
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tuner.cli import arguments, failures, profiles
from tuner.errors import InputError, UsageError

if TYPE_CHECKING:
    from tuner.model import Report

DONE, FOUND, FAILED = 0, 1, 2
_TYPER_STOPPED = 130  # what typer makes of Ctrl-C

app = typer.Typer(
    name="tuner",
    no_args_is_help=True,
    rich_markup_mode=None,  # rich would cost more start-up time than all the rest
    pretty_exceptions_enable=False,
)


class Engine(StrEnum):
    """Who reads the logs."""

    local = "local"
    dask = "dask"


class FailOn(StrEnum):
    """The severities, gravest first."""

    high = "high"
    warning = "warning"
    info = "info"


def _shown(result: profiles.Shown, **_: object) -> int:
    emit(result.text.rstrip("\n"))
    return result.code


app.add_typer(profiles.app, name="profiles", result_callback=_shown)

Logs = Annotated[
    list[str], typer.Argument(metavar="LOG...", help="Files, folders, globs, URLs, or - for stdin.")
]
Since = Annotated[
    str, typer.Option(metavar="TIME", help="Only from here: ISO 8601 (UTC if no zone) or HH:MM.")
]
Until = Annotated[str, typer.Option(metavar="TIME", help="Only up to here.")]
Call = Annotated[str, typer.Option(metavar="ID", help="Only this call: its job id or room.")]
Jobs = Annotated[int, typer.Option(min=0, metavar="N", help="Processes to read with; 0 chooses.")]
State = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Remember what was read; read only what is new next time."),
]
Scheduler = Annotated[
    str,
    typer.Option(metavar="URL", help="Of a Dask cluster; without it, one is started here."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notes on stderr.")]


def _show_version(asked: bool) -> None:
    if asked:
        emit(_version())
        raise typer.Exit(DONE)


@app.callback()
def _tuner(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Read voice-agent logs, say what is wrong, and name the profile that mends it."""


@app.command()
def analyze(
    logs: Logs,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    current: Annotated[
        str,
        typer.Option(
            metavar="PROFILE",
            help="The profile that the logs were made under.",
            autocompletion=profiles.known_profiles,
        ),
    ] = "",
    since: Since = "",
    until: Until = "",
    call: Call = "",
    jobs: Jobs = 0,
    state: State = None,
    engine: Annotated[
        Engine, typer.Option(help="Read with processes of this machine, or on a Dask cluster.")
    ] = Engine.local,
    scheduler: Scheduler = "",
    check: Annotated[
        bool, typer.Option("--check", help="Exit 1 if the advice differs or a finding is grave.")
    ] = False,
    fail_on: Annotated[FailOn, typer.Option(help="With --check: how grave.")] = FailOn.high,
    slow_ms: Annotated[
        float | None, typer.Option(min=0, metavar="MS", help="An OpenAI call is slow above this.")
    ] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Set a threshold; may be given again."),
    ] = None,
    show_text: Annotated[
        bool, typer.Option("--show-text", help="Do not redact evidence: may show speech, keys.")
    ] = False,
    color: Annotated[bool | None, typer.Option(help="Default: on a terminal.")] = None,
    quiet: Quiet = False,
) -> int:
    """Say what is wrong and which profile mends it."""
    from tuner import pipeline

    options = _span(since, until, call) | {
        "environ": os.environ,
        "jobs": jobs or None,
        "state": state,
        "engine": arguments.engine(engine.value, scheduler),
        "scheduler": scheduler,
        "current": current or None,
        "limits": arguments.limits(limit or [], slow_ms),
        "show_text": show_text,
    }
    with _progress(quiet) as progress:
        report = pipeline.analyze(logs, **options, progress=progress)
    emit(_rendered(report, json, color))
    if not quiet:
        _hint_at_speed(report)
    if _incomplete(report):
        return FAILED
    return FOUND if check and _fails(report, fail_on, quiet) else DONE


@app.command()
def export(
    logs: Logs,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="A .csv or .parquet file.")
    ],
    since: Since = "",
    until: Until = "",
    call: Call = "",
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    quiet: Quiet = False,
) -> int:
    """Write the events of the logs as a table. It holds no transcripts."""
    from tuner import pipeline
    from tuner.report import dataframe

    dataframe.check_target(output, force)
    events = dataframe.frame(pipeline.rows(logs, **_span(since, until, call)))
    if events.empty:
        raise InputError("no event was found, nothing was written", "Try `tuner analyze`.")
    dataframe.write(events, output)
    if not quiet:
        tell(f"{len(events):,} events written to {output}")
    return DONE


def _known_rules(incomplete: str) -> list[str]:
    from tuner.rules import RULES

    return [rule.id for rule in RULES if rule.id.startswith(incomplete)]


@app.command()
def explain(
    rule: Annotated[
        str,
        typer.Argument(help="The rule; without it, all are listed.", autocompletion=_known_rules),
    ] = "",
) -> int:
    """Say what a finding means and how it is mended."""
    from tuner.rules import RULES

    if not rule:
        wide = max(len(known.id) for known in RULES)
        emit("\n".join(f"{known.id:{wide}}  {known.title}" for known in RULES))
        return DONE
    docs = {known.id: known.doc for known in RULES}
    if rule not in docs:
        hint = arguments.did_you_mean(rule, docs)
        raise UsageError(f"unknown rule {rule!r}{hint}", "Run `tuner explain` to list them.")
    emit(docs[rule].strip())
    return DONE


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def bench(context: typer.Context) -> int:
    """Try profiles with simulated callers (needs LiveKit)."""
    from importlib import import_module

    try:
        command = import_module("tuner.bench.command")
    except ImportError as error:
        raise UsageError(
            f"`tuner bench` cannot start: {error}",
            "It needs LiveKit: pip install 'voice-tuner[agent]'",
        ) from error
    return int(command.main(context.args, emit, tell) or DONE)


def _version() -> str:
    from importlib import metadata  # as slow to load as half of typer

    try:
        return f"tuner {metadata.version('voice-tuner')}"
    except metadata.PackageNotFoundError:
        return "tuner (not installed: running from a folder)"


def _span(since: str, until: str, call: str) -> dict[str, Any]:
    """The options that say which part of the logs counts."""
    return {
        "since": arguments.parse_time(since, "--since"),
        "until": arguments.parse_time(until, "--until"),
        "call": call or None,
    }


def _rendered(report: Report, as_json: bool, color: bool | None) -> str:
    """The report in the format that was asked for."""
    if as_json:
        from tuner.report import json

        return json.render(report)
    from tuner.report import text

    terminal = sys.stdout is not None and sys.stdout.isatty()
    width = shutil.get_terminal_size((80, 24)).columns  # heeds COLUMNS; 80 without a terminal
    return text.render(
        report,
        width=max(40, min(120, width)),
        colour=arguments.colour(color, os.environ, terminal),
    )


def _incomplete(report: Report) -> bool:
    """Name on stderr each input that failed, and what was cut short; true if there was any."""
    failed = [info for info in report.inputs if info.problem]
    for info in failed:
        tell(f"tuner: {info.path}: {info.problem}")
    if report.partial:
        tell(f"tuner: the report is partial: {report.partial}")
    return bool(failed or report.partial)


def _hint_at_speed(report: Report) -> None:
    """Say how a large log is read many times sooner, where it was not."""
    from tuner.execution.units import FAST_BYTES

    if sum(info.bytes for info in report.inputs) < FAST_BYTES:
        return
    from tuner import scan

    if not scan.ready():
        tell(
            "tuner: large logs are read many times sooner with the compiled scan, which could not "
            "be built: install a C compiler, then `pip install --force-reinstall voice-tuner`"
        )


def _fails(report: Report, fail_on: FailOn, quiet: bool) -> bool:
    """Whether `--check` fails, saying why: the advice is another profile, or a grave finding."""
    from tuner.report import rows

    reasons = rows.objections(report, fail_on.value)
    if reasons and not quiet:
        tell(f"tuner: check failed ({', '.join(reasons)})")
    return bool(reasons)


def _progress(quiet: bool) -> AbstractContextManager[Callable[[int, int], None] | None]:
    """A function that shows bytes done of bytes in all on stderr; None when nobody is looking."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        return nullcontext()
    from tuner.cli.progress import shown

    return shown(sys.stderr, time.monotonic)


def emit(text: str) -> None:
    """Print a result. A reader who closed the pipe has seen enough: that is no error."""
    if sys.stdout is None:  # started with stdout closed
        return
    try:
        sys.stdout.write(failures.encodable(text, sys.stdout.encoding) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        _abandon_stdout()
    except OSError as error:
        raise OSError(error.errno, error.strerror, "stdout") from error


def tell(text: str) -> None:
    """Print a message on stderr, if there is anyone to read it."""
    from tuner.redaction.redact import printable

    lines = "\n".join(printable(line) for line in text.splitlines())
    with suppress(OSError, AttributeError):
        sys.stderr.write(failures.encodable(lines, sys.stderr.encoding) + "\n")
        sys.stderr.flush()


def main() -> None:
    """The program `tuner`."""
    if sys.argv[1:2] == ["bench"]:  # LiveKit makes cycles, and has processes to clean up
        sys.exit(run(sys.argv[1:]))
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # to look for any takes 12 ms
    gc.disable()  # a command makes no cycles to speak of: looking for them took a tenth of its time
    code = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)  # to take half a million calls apart again would cost as long as to judge them


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; everything that goes wrong ends here."""
    try:
        code = int(app(arguments, prog_name="tuner", standalone_mode=False) or DONE)
    except SystemExit as stop:
        # Typer leaves with 1 when the reader of its help has gone, else with 0.
        return DONE if stop.code in (0, 1, None) else FAILED
    except Exception as error:
        if os.environ.get("TUNER_TRACEBACK"):
            tell(failures.traceback_of(error))
        tell(failures.message_of(error))
        _abandon_stdout()
        return FAILED
    if code == _TYPER_STOPPED:
        tell("tuner: stopped")
        return FAILED
    return code


def _abandon_stdout() -> None:
    """Let what cannot be written go nowhere: Python flushes stdout again at its end."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
