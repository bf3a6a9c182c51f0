"""`tuner bench`: options in; calls are held, measured and compared; the report on stdout."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from tuner.cli.numbers import whole
from tuner.cli.options import DONE, FAILED
from tuner.cli.output import emit, notify
from tuner.cli.profiles import known_profiles


class Mode(StrEnum):
    """AGENT_MODE."""

    pipeline = "pipeline"
    realtime = "realtime"


class LogFormat(StrEnum):
    """LiveKit's layouts of a log."""

    json = "json"
    dev = "dev"
    compact = "compact"
    console = "console"


def _known_scenarios(incomplete: str) -> list[str]:
    from tuner.bench.callers import scenarios

    return [name for name in scenarios.names() if name.startswith(incomplete)]


def bench(
    context: typer.Context,
    profile: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A profile; may be given again. Default: all.",
            autocompletion=known_profiles,
        ),
    ] = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A scenario or a .toml file; may be given again. Default: all.",
            autocompletion=_known_scenarios,
        ),
    ] = None,
    calls: Annotated[
        int,
        typer.Option(
            parser=whole(1, 1_000_000), metavar="N", help="Calls for each scenario and profile."
        ),
    ] = 20,
    seed: Annotated[
        int,
        typer.Option(
            parser=whole(0, 1 << 32), metavar="N", help="The same seed gives the same callers."
        ),
    ] = 7,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KNOB=VALUE", help="Change one setting of every profile."),
    ] = None,
    mode: Annotated[Mode | None, typer.Option(help="AGENT_MODE for every profile.")] = None,
    latency_from: Annotated[
        str, typer.Option(metavar="LOG", help="Models as slow as they were in this log.")
    ] = "",
    logs: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the agent's logs and the truth here.")
    ] = None,
    log_format: Annotated[
        LogFormat, typer.Option(help="LiveKit's layout of the logs.")
    ] = LogFormat.json,
    at_once: Annotated[
        int, typer.Option(parser=whole(1, 10_000), metavar="N", help="Calls held at the same time.")
    ] = 20,
    processes: Annotated[
        int | None,
        typer.Option(parser=whole(1, 4096), metavar="N", help="Processes; default: one per CPU."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    list_: Annotated[
        bool, typer.Option("--list", help="List profiles and scenarios, and stop.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress on stderr.")] = False,
) -> int:
    """Try profiles with simulated callers (needs LiveKit).

    They talk to the real agent under one profile after another, and what they suffer
    is measured. Takes real time: about 5 minutes a scenario.
    """
    from tuner.bench import choices, command
    from tuner.bench.callers import scenarios
    from tuner.settings import profiles

    folders = profiles.folders(os.environ, Path.cwd())
    if list_:
        emit(choices.listing(folders))
        return DONE
    chosen = {
        name: choices.settings_of(name, folders, set_ or [], mode)
        for name in profile or profiles.names(folders)
    }
    wanted = [scenarios.load(name) for name in scenario or scenarios.names()]
    if latency_from:
        from tuner import pipeline

        rows = pipeline.rows([latency_from])
        silence_s = pipeline.stamped_number([latency_from], "VAD_MIN_SILENCE_DURATION")
        wanted, notes = choices.with_latencies(
            latency_from, rows, wanted, chosen.values(), silence_s
        )
        notify("\n".join(notes))
    with command.log_folder(logs) as folder:
        plan = command.BenchPlan(
            profiles=chosen,
            scenarios=wanted,
            calls=calls,
            seed=seed,
            logs=folder,
            layout=log_format,
            at_once=at_once,
            processes=processes,
            command=command_line(context),
        )
        return _hold(plan, keep_truth=logs is not None, as_json=json, quiet=quiet)


def _hold(plan: Any, *, keep_truth: bool, as_json: bool, quiet: bool) -> int:
    """Hold the calls and print the report."""
    from tuner import pipeline
    from tuner.bench import command

    with call_progress(quiet) as progress:
        results = command.hold(
            plan,
            lambda log: pipeline.analyze([log], environ={}),
            progress,
            keep_truth=keep_truth,
        )
    from tuner.bench.results import json, report

    emit(json.render(results) if as_json else report.text(results))
    for trouble in results.troubles:
        notify(f"tuner bench: {trouble}")
    return FAILED if results.troubles else DONE


def command_line(context: typer.Context) -> str:
    """Return the command as it could be typed again, without options at their defaults."""
    words = ["tuner", "bench"]
    for parameter in context.command.params:
        value = context.params.get(parameter.name or "")
        if value in (None, False, parameter.default) or not value:
            continue
        values = value if isinstance(value, list | tuple) else [value]
        for one in values:
            words += [parameter.opts[0]] if one is True else [parameter.opts[0], str(one)]
    return shlex.join(words)


def on_terminal() -> bool:
    """Whether somebody may be watching stderr."""
    return sys.stderr is not None and sys.stderr.isatty()


@contextmanager
def call_progress(quiet: bool) -> Iterator[Callable[[int, int, float], None]]:
    """Give a function of calls done, calls in all and seconds; shows a bar on a terminal."""
    if quiet or not on_terminal():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = ("calls", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), "left")
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("calls", total=None)
        yield lambda done, total, _: progress.update(bar, completed=done, total=total)
