"""`tuner what-if`: logs in, what other settings would have done out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tuner.cli.analyze import CurrentProfile
from tuner.cli.options import Call, Logs, Since, Until, span
from tuner.cli.output import Problems, emit
from tuner.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from tuner.report.what_if import ShownAnswer
    from tuner.whatif.predict import Replay

Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A setting to try; may be given again."),
]
Profile = Annotated[
    str, typer.Option("--profile", metavar="PROFILE", help="Try all settings of a profile.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def what_if(
    logs: Logs,
    changes: Set = None,
    profile: Profile = "",
    current: CurrentProfile = "",
    json: Json = False,
    since: Since = "",
    until: Until = "",
    call: Call = "",
) -> int:
    """Predict from a turn log what other settings would do: cut-offs, waits, false stops."""
    from tuner import pipeline
    from tuner.report import what_if as report

    pairs = dict(_pair(each) for each in changes or ())
    problems = Problems()
    options: dict[str, Any] = span(since, until, call) | {"on_problem": problems}
    log = pipeline.replay(logs, current=current or None, environ=os.environ, **options)
    if pairs or profile:
        found = _answer(log, _wanted(profile, pairs, log))
        show = report.answer_document if json else report.answer
        emit(_text(show(log, found)))
    else:
        knobs = report.sweep(log)
        emit(_text(report.document(log, knobs) if json else report.table(log, knobs)))
    return problems.code


def _text(result: str | dict[str, Any]) -> str:
    import json

    return result if isinstance(result, str) else json.dumps(result, indent=2, default=str)


def _pair(pair: str) -> tuple[str, str]:
    """One NAME=VALUE; the name must be a knob that a replay knows."""
    from tuner.settings.knob_table import KNOBS
    from tuner.whatif.timing import PASSING, SWEEPS

    known = (*SWEEPS, PASSING)
    name, equals, value = (part.strip() for part in pair.partition("="))
    if name not in known:
        meant = "" if name in KNOBS else did_you_mean(name, known)
        raise UsageError(
            f"--set: a turn log cannot answer for {name!r}{meant}",
            f"Settings that it answers for: {', '.join(known)}.",
        )
    if not equals or not value:
        raise UsageError(f"--set {pair!r} has no value", f"Write --set {name}=VALUE.")
    return name, value


def _wanted(profile: str, pairs: dict[str, str], log: Replay) -> dict[str, Any]:
    """The settings to try, over those of the log; what cannot act is an error."""
    from tuner.settings import profiles
    from tuner.settings.knob_table import as_values
    from tuner.settings.logged_values import with_changes
    from tuner.whatif.timing import cannot_act

    base: dict[str, Any] = dict(log.values)
    if profile:
        folders = profiles.folders(os.environ, Path.cwd())
        base = as_values(profiles.load(profile, folders, Path.cwd()))
    after = with_changes(base, pairs)
    idle = cannot_act(after)
    for name in pairs:
        if name in idle:
            raise UsageError(f"{name} cannot act here: {idle[name]}", "Change that setting first.")
    return after


def _answer(log: Replay, after: dict[str, Any]) -> ShownAnswer:
    from tuner.report.what_if import ShownAnswer
    from tuner.whatif.timing import HIDDEN, SWEEPS, differs

    names = dict.fromkeys((*SWEEPS, *HIDDEN))
    known = [name for name in names if name in after and name in log.values]
    changed = {name: after[name] for name in known if differs(name, log.values, after)}
    return ShownAnswer(changed, log.predict(after))
