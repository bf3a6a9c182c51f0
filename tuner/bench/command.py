"""`tuner bench`: options in; calls are held, measured and compared; the report out."""

from __future__ import annotations

import argparse
import difflib
import json
import os
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tuner.bench.callers import scenario as scenarios
from tuner.bench.callers.scenario import Scenario
from tuner.errors import InputError, UsageError
from tuner.settings import profiles
from tuner.settings.knob_table import KNOBS, Settings, as_values, parse

if TYPE_CHECKING:
    from tuner.bench.running.call import Job

Emit = Callable[[str], None]
DONE, FAILED = 0, 2
_TELL_EVERY_S = 5.0
_STAGES = {
    "pipeline": ("chat", "transcription", "speech"),
    "realtime": ("response", "transcript"),
}
"""The models that a mode uses, as scenarios name them."""


class _Parser(argparse.ArgumentParser):
    """An argument parser that neither prints nor exits."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"tuner bench: {message}", "Run `tuner bench --help`.")


def _parser() -> _Parser:
    parser = _Parser(
        prog="tuner bench",
        add_help=False,
        description="Let simulated callers talk to the real agent under one profile after another, "
        "and measure what they suffer. Takes real time: about 5 minutes a scenario.",
    )
    add = parser.add_argument
    add(
        "--profile",
        action="append",
        metavar="NAME",
        help="A profile; again for more. Default: all.",
    )
    add(
        "--scenario",
        action="append",
        metavar="NAME",
        help="A scenario or a .toml file. Default: all.",
    )
    add("--calls", type=_count, default=20, metavar="N", help="Calls for each of them (20).")
    add(
        "--seed", type=int, default=7, metavar="N", help="The same seed gives the same callers (7)."
    )
    add(
        "--set",
        action="append",
        default=[],
        metavar="KNOB=VALUE",
        dest="knobs",
        help="Change one setting of every profile.",
    )
    add("--mode", choices=("pipeline", "realtime"), help="AGENT_MODE for every profile.")
    add("--latency-from", metavar="LOG", help="Models as slow as they were in this log.")
    add("--logs", type=Path, metavar="DIR", help="Keep the agent's logs and the truth here.")
    add(
        "--log-format",
        choices=("json", "dev", "compact", "console"),
        default="json",
        help="LiveKit's layout of the logs (json).",
    )
    add("--at-once", type=_count, default=20, metavar="N", help="Calls held at the same time (20).")
    add("--processes", type=_count, metavar="N", help="Processes to hold them in (one per CPU).")
    add("--json", action="store_true", help="Print the results as JSON.")
    add("--list", action="store_true", help="List profiles and scenarios, and stop.")
    add("--quiet", "-q", action="store_true", help="No progress on stderr.")
    add("--help", "-h", action="store_true", help="Show this and stop.")
    return parser


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)


def main(arguments: Sequence[str], emit: Emit, tell: Emit) -> int:
    """Do what the command line asks for and return the exit code.

    Raises:
        TunerError: what was asked for does not exist or cannot be read.
    """
    parser = _parser()
    options = parser.parse_args(list(arguments))
    if options.help:
        emit(parser.format_help().rstrip())
        return DONE
    where = profiles.folders(os.environ, Path.cwd())
    if options.list:
        emit(_listing(where))
        return DONE
    names = options.profile or list(profiles.names(where))
    chosen = {name: _settings(name, where, options.knobs, options.mode) for name in names}
    wanted = [scenarios.load(name) for name in options.scenario or scenarios.names()]
    if options.latency_from:
        wanted = _as_slow_as(options.latency_from, wanted, chosen.values(), tell)
    with _folder(options.logs) as folder:
        return _bench(
            options, chosen, wanted, folder, shlex.join(["tuner", "bench", *arguments]), emit, tell
        )


def _bench(
    options: argparse.Namespace,
    chosen: Mapping[str, Settings],
    wanted: Sequence[Scenario],
    folder: Path,
    asked: str,
    emit: Emit,
    tell: Emit,
) -> int:
    """Hold the calls and report. LiveKit is imported from here on: it takes seconds."""
    try:
        from tuner.bench.results import report, results
        from tuner.bench.running import runner
    except ImportError as error:
        raise UsageError(
            f"`tuner bench` needs LiveKit ({error})", "Run: pip install 'voice-tuner[agent]'"
        ) from error
    from tuner import pipeline
    from tuner.limits import Limits

    _check_clips()
    end = "jsonl" if options.log_format == "json" else f"{options.log_format}.log"
    logs = {(s.name, name): folder / f"{s.name}.{name}.{end}" for s in wanted for name in chosen}
    made = runner.run(
        _jobs(options, chosen, wanted, logs),
        processes=options.processes or runner.default_processes(),
        at_once=options.at_once,
        progress=_progress(tell, options.quiet),
    )
    if options.logs:
        truth = {"problem": made.problem, "calls": [asdict(call) for call in made.calls]}
        (folder / "truth.json").write_text(json.dumps(truth))
    found = results.conclude(
        made,
        wanted,
        list(chosen),
        seed=options.seed,
        asked=asked,
        limits=Limits(),
        logs=logs,
        analyze=lambda path: pipeline.analyze([path], environ={}),
    )
    emit(report.as_json(found) if options.json else report.text(found))
    for trouble in found.troubles:
        tell(f"tuner bench: {trouble}")
    return FAILED if found.troubles else DONE


def _jobs(
    options: argparse.Namespace,
    chosen: Mapping[str, Settings],
    wanted: Sequence[Scenario],
    logs: Mapping[tuple[str, str], Path],
) -> list[Job]:
    """Every call; those of one caller lie side by side, so that all profiles meet one machine."""
    from tuner.bench.running.call import Job

    layout = options.log_format
    return [
        Job(one, name, settings, number, options.seed, str(logs[one.name, name]), layout)
        for one in wanted
        for number in range(options.calls)
        for name, settings in chosen.items()
    ]


def _check_clips() -> None:
    from tuner.bench.callers.sounds import clips

    try:
        clips()
    except (OSError, ValueError) as error:
        raise InputError(
            f"no audio clips: {error}",
            "Install voice-tuner again, or make them with espeak-ng: "
            "python -m tuner.bench.callers.make_clips",
        ) from error


def _settings(name: str, where: Sequence[Path], knobs: Sequence[str], mode: str | None) -> Settings:
    """A profile with the single settings laid over it; the environment has no say here."""
    values = as_values(profiles.load(name, where))
    if mode:
        values["AGENT_MODE"] = mode
        if mode == "pipeline" and values["TURN_DETECTION"] == "realtime_llm":
            values["TURN_DETECTION"] = "vad"
    return parse(values | dict(_knob(pair) for pair in knobs))


def _knob(pair: str) -> tuple[str, str]:
    name, equals, value = (part.strip() for part in pair.partition("="))
    if name not in KNOBS:
        close = difflib.get_close_matches(name.upper(), list(KNOBS), n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise UsageError(
            f"--set: {name!r} is not a setting{hint}", "`tuner profiles show` lists every setting."
        )
    if not equals:
        raise UsageError(f"--set {pair!r} has no value", f"Write --set {name}=VALUE.")
    return name, value


def _as_slow_as(
    log: str, wanted: Sequence[Scenario], chosen: Iterable[Settings], tell: Emit
) -> list[Scenario]:
    """The scenarios with the latencies of a log; says what it did not tell of."""
    from tuner.bench.latency import Empirical
    from tuner.bench.latency_from_log import from_log

    times = from_log(log)
    counts = {stage: len(one.seconds) for stage, one in times.items() if isinstance(one, Empirical)}
    tell("latencies from the log: " + ", ".join(f"{n} {stage}" for stage, n in counts.items()))
    used = {stage for one in chosen for stage in _STAGES[one.agent_mode]}
    if missing := [stage for stage in scenarios.ENDPOINTS if stage in used - set(times)]:
        tell(f"not in the log, so as in the scenario: {', '.join(missing)}")
    return [one.with_models(times) for one in wanted]


def _listing(where: Sequence[Path]) -> str:
    known = {name: scenarios.load(name) for name in scenarios.names()}
    rows = [(name, profiles.describe(name, where)) for name in profiles.names(where)]
    more = [(name, f"{one.title} (for {one.best})") for name, one in known.items()]
    wide = max(len(name) for name, _ in rows + more)
    lines = [f"  {name:{wide}}  {text}" for name, text in rows]
    return "\n".join(["profiles", *lines, "scenarios", *(f"  {n:{wide}}  {t}" for n, t in more)])


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    """Where the logs go: a folder to keep, which must be new or empty, or one that vanishes."""
    if kept is None:
        with tempfile.TemporaryDirectory(prefix="tuner-bench-") as name:
            yield Path(name)
        return
    try:
        kept.mkdir(parents=True, exist_ok=True)
        used = any(kept.iterdir())
    except OSError as error:
        raise UsageError(
            f"--logs {kept}: {error.strerror}", "Name a folder to write to."
        ) from error
    if used:
        raise UsageError(f"--logs {kept} is not empty", "Name a new folder, or empty this one.")
    yield kept


def _progress(tell: Emit, quiet: bool) -> Callable[[int, int, float], None]:
    """Say on a terminal, every few seconds, how far the run is."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        return lambda *_: None
    last = -_TELL_EVERY_S

    def show(done: int, total: int, seconds: float) -> None:
        nonlocal last
        if seconds - last >= _TELL_EVERY_S:
            last = seconds
            left = f", about {(total - done) * seconds / done / 60:.0f} min left" if done else ""
            tell(f"{done} of {total} calls{left}")

    return show
