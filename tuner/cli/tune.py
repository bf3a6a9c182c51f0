"""`tuner tune`: a log in, a profile for its callers out, verified against callers like them."""

from __future__ import annotations

import json as encoder
import os
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from tuner.cli.analyze import CurrentProfile
from tuner.cli.bench import call_progress
from tuner.cli.numbers import number, whole
from tuner.cli.options import DONE, Call, Logs, Quiet, Since, Until, span
from tuner.cli.output import emit
from tuner.errors import InputError, TunerError, UsageError, missing_extra
from tuner.inputs.addresses import without_secrets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tuner.bench.tuning.report import Tuning
    from tuner.whatif.predict import Replay

CALLS_A_CPU = 10
"""So many calls at once on one CPU leave event loops in time (docs/bench.md)."""

Output = Annotated[
    Path, typer.Option("--output", "-o", metavar="FILE", help="The profile: profiles/NAME.env.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace an existing file.")]
Minutes = Annotated[
    float,
    typer.Option(parser=number(1, 1440), metavar="N", help="How long calls may be held, about."),
]
Offline = Annotated[bool, typer.Option("--offline", help="Replay only: hold no calls.")]
Seed = Annotated[
    int,
    typer.Option(
        parser=whole(0, 1 << 32), metavar="N", help="The same seed gives the same callers."
    ),
]
AtOnce = Annotated[
    int | None,
    typer.Option(
        parser=whole(1, 10_000), metavar="N", help="Calls at the same time; 10 for each CPU."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print the results as JSON.")]


def tune(
    logs: Logs,
    output: Output,
    minutes: Minutes = 10.0,
    offline: Offline = False,
    seed: Seed = 7,
    current: CurrentProfile = "",
    at_once: AtOnce = None,
    force: Force = False,
    json: Json = False,
    since: Since = "",
    until: Until = "",
    call: Call = "",
    quiet: Quiet = False,
) -> int:
    """Write a profile for the callers of a log (needs LiveKit).

    A replay of their own pauses and interruptions chooses candidates; simulated callers that are
    fitted to the log then try them with the real agent. If nothing beats the current settings,
    nothing is written.
    """
    from tuner.bench.tuning import profile, report
    from tuner.limits import Limits

    profile.check_target(output, force)
    only = span(since, until, call)
    asked = TuneOptions(
        logs, only, current, seed, minutes, at_once or CALLS_A_CPU * _cpus(), quiet, output
    )
    found = _offline(asked) if offline else _verified(asked)
    if found.winner is not None:
        origin = profile.ProfileOrigin(asked.name, _command(asked, offline), _today(), seed)
        profile.write(output, profile.text(found.winner, found.log, origin, found.outcome))
    render = report.document if json else report.text
    shown = render(found, Limits())
    emit(shown if isinstance(shown, str) else encoder.dumps(shown, indent=2))
    return DONE


class TuneOptions(NamedTuple):
    """What the command line asks for."""

    logs: list[str]
    only: dict[str, Any]
    current: str
    seed: int
    minutes: float
    at_once: int
    quiet: bool
    target: Path

    @property
    def name(self) -> str:
        """The logs as a profile names them: without folders, which are nobody's business."""
        names = [Path(log).name or log for log in map(without_secrets, self.logs)]
        return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _replay(asked: TuneOptions) -> Replay:
    """The log, which must be one that settings of ours can change."""
    from tuner import pipeline
    from tuner.whatif.timing import DELAY, cannot_act

    if "-" in asked.logs:
        raise UsageError("stdin cannot be read twice", "Give the log as a file.")
    log = pipeline.replay(
        asked.logs, current=asked.current or None, environ=os.environ, **asked.only
    )
    if why := cannot_act(log.values).get(DELAY):
        raise InputError(
            f"nothing to tune: {why}", "Tune the log of an agent that ends turns itself."
        )
    if not log.pauses:
        raise InputError(
            f"no pause in {log.turns} turns: nothing shows how long these callers pause",
            "Give the logs of more calls; `tuner what-if LOG` shows what these can answer.",
        )
    return log


def _offline(asked: TuneOptions) -> Tuning:
    from tuner.bench.tuning import candidates
    from tuner.bench.tuning.report import Tuning
    from tuner.limits import Limits

    log = _replay(asked)
    tried = candidates.candidates(log, Limits(), _folders())
    winner = candidates.best(tried, log, Limits())
    notes = ["no call was held: only the replay chose (--offline)"]
    return Tuning(log, notes, tried, None, winner, asked.target)


def _verified(asked: TuneOptions) -> Tuning:
    """Race the candidates in calls of the bench."""
    from tuner import pipeline
    from tuner.bench.tuning import candidates, fitted
    from tuner.bench.tuning.report import Tuning
    from tuner.limits import Limits

    race, holding = _bench()
    log = _replay(asked)
    callers = fitted.fitted(log, pipeline.rows(asked.logs, **asked.only), asked.name)
    tried = candidates.candidates(log, Limits(), _folders())
    plan = race.plan(asked.minutes, callers.scenario.seconds, asked.at_once, len(tried))
    with call_progress(asked.quiet) as progress:
        hold = holding.holder(callers.scenario, asked.at_once, None, progress)
        outcome = race.race(tried, plan, hold, asked.seed, Limits())
    winner = outcome.winner if outcome.better else None
    return Tuning(log, callers.notes, tried, outcome, winner, asked.target)


def _bench() -> tuple[Any, Any]:
    """What holds calls; needs LiveKit."""
    try:
        from tuner.bench.tuning import holding, race
    except ModuleNotFoundError as error:
        missing = missing_extra("`tuner tune`", "agent", error)
        hint = f"{missing.next_step} Or give --offline for a replay alone."
        raise TunerError(str(missing), hint) from error
    return race, holding


def _folders() -> Sequence[Path]:
    """Where profiles are, the user's own too."""
    from tuner.settings import profiles

    return profiles.folders(os.environ, Path.cwd())


def _command(asked: TuneOptions, offline: bool) -> str:
    """The command as it could be typed again, the logs without their folders."""
    words = ["tuner", "tune", *(Path(log).name for log in map(without_secrets, asked.logs))]
    words += ["--current", Path(asked.current).stem] if asked.current else []
    words += ["--offline"] if offline else ["--minutes", f"{asked.minutes:g}"]
    return shlex.join([*words, "--seed", str(asked.seed)])


def _cpus() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
