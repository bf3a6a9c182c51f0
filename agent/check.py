"""`python agent.py check`: every value with its origin, and everything that would stop a call.

Exit 0 when the agent can take calls, 2 when something is missing or wrong. Settings without effect
are notes, and do not count as wrong.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from agent.check_servers import LIVEKIT_VARIABLES, CheckResult, ask
from agent.profile import resolved
from tuner.errors import TunerError
from tuner.livekit import instructions
from tuner.settings import checks
from tuner.settings.knob_table import KNOBS, Settings
from tuner.settings.resolution import Resolved
from tuner.turn_log.writer import OFF, STDOUT


def main(arguments: Sequence[str]) -> int:
    """Print everything and return the exit code.

    Raises:
        TunerError: arguments that do not exist, or a mistake in profile, `.env` or environment.
    """
    if {"--help", "-h"} & set(arguments):
        sys.stdout.write("usage: python agent.py check\n\nIt takes no options.\n")
        return 0
    if arguments:
        raise TunerError(f"check takes no arguments: {' '.join(arguments)}", "Leave them out.")
    now = resolved()
    sys.stdout.write(values(now) + "\n")
    results = [*look(now, os.environ), *asyncio.run(ask(now.settings, os.environ))]
    sys.stdout.write("\n".join(map(str, results)) + "\n")
    wrong = sum(result.state == "wrong" for result in results)
    if wrong:
        problems = "1 problem" if wrong == 1 else f"{wrong} problems"
        sys.stderr.write(f"agent: fix {problems} before it can take calls\n")
    return 2 if wrong else 0


def values(now: Resolved) -> str:
    """Every setting with its value and where it came from, by group."""
    lines = [f"profile {now.name} (named by: {now.how_named})"]
    group = ""
    for env, knob in KNOBS.items():
        if knob.group != group:
            group = knob.group
            lines += ["", group]
        shown = knob.text_with_unit(getattr(now.settings, knob.field))
        shown = shown if len(shown) <= 40 else shown[:37] + "..."
        lines.append(f"  {env:32} {shown:40} {now.origins[env]}")
    return "\n".join(lines) + "\n"


def look(now: Resolved, environ: Mapping[str, str]) -> Iterator[CheckResult]:
    """What can be checked without a server: settings, variables, files."""
    for warning in now.warnings:
        yield CheckResult("note", warning)
    for problem in checks.check(now.settings):
        yield CheckResult("note", f"{problem.kind}: {', '.join(problem.settings)}. {problem.why}")
    yield from _variables(environ)
    yield _prompt(now.settings)
    yield _turn_log(now.settings)


def _variables(environ: Mapping[str, str]) -> Iterator[CheckResult]:
    for name in ("OPENAI_API_KEY", *LIVEKIT_VARIABLES):
        if environ.get(name, "").strip():
            yield CheckResult("ok", f"{name} is set")
        else:
            yield CheckResult("wrong", f"{name} is not set", "Put it into .env or the environment.")
    if "OPENAI_API_VERSION" in environ:
        yield CheckResult(
            "note",
            "OPENAI_API_VERSION is set: it is ignored here; it would switch Realtime to Azure",
        )


def _prompt(settings: Settings) -> CheckResult:
    try:
        size = len(instructions(settings))
    except TunerError as error:
        return CheckResult("wrong", str(error), error.next_step)
    return CheckResult("ok", f"instructions: {size} characters")


def _turn_log(settings: Settings) -> CheckResult:
    target = settings.turn_log
    if target in (STDOUT, OFF):
        return CheckResult("ok", f"turn log: {target}")
    path = Path(target).expanduser()
    place = path if path.exists() else path.parent
    if path.is_dir() or not os.access(place, os.W_OK):
        return CheckResult(
            "wrong", f"turn log: cannot write {path}", "Set TURN_LOG to a writable path or stdout."
        )
    return CheckResult("ok", f"turn log: {path}")
