"""Why each of the other profiles was not chosen: one short line for each."""

from __future__ import annotations

from collections.abc import Mapping

from tuner.advice.case import DEFAULT, Case, cost, per_minute
from tuner.advice.effects import ms, reply_wait
from tuner.model import Against, Finding

FIXED = {
    "balanced": "the default: it does nothing special against what was found",
    "realtime": "another kind of agent (speech to speech), not a cure for timing",
    "phone": "for 8 kHz lines and many calls on a server, not a cure for timing",
    "evidence": "for measuring, not for serving",
}
PROBLEMS = {"noisy": "false-interruptions", "patient": "false-cutoffs", "fast": "end-of-turn-wait"}


def against(case: Case, chosen: str | None, special: Mapping[str, str] = {}) -> tuple[Against, ...]:
    """A line for each profile that is neither chosen nor in use, or assumed to be.

    `special` holds the lines that the verdict itself explains.
    """
    mine = {chosen, case.current, DEFAULT if case.assumed else None}
    others = [name for name in case.profiles if name not in mine]
    return tuple(Against(name, special.get(name) or _why(name, case)) for name in others)


def _why(name: str, case: Case) -> str:
    rule = PROBLEMS.get(name)
    if rule is None:
        return FIXED.get(name, "not written for what was found here")
    found = next((f for f in case.findings if f.rule == rule), None)
    if found is not None:
        return _found(name, found, case)
    if any(refusal.rule == rule for refusal in case.refusals):
        return f"{_subject(name)} could not be judged in this log"
    return f"{_subject(name)} {_clear(name, case)}"


def _found(name: str, found: Finding, case: Case) -> str:
    if name not in found.remedies:
        return f"{_subject(name)} are slow, but not because of the setting"
    if found.severity == "info":
        return f"{_subject(name)} are not proved: {found.measured}"
    return f"{_subject(name)} cost callers less: {per_minute(cost(found, case), case)}"


def _clear(name: str, case: Case) -> str:
    """The problem is not there, so the profile would only cost."""
    later = reply_wait(case.profiles[name], case.facts) - reply_wait(case.values, case.facts)
    if name == "patient" and later > 0:
        return f"are within the limit; every reply would come {ms(later)} later"
    if name == "fast":
        return "are within the limit; it would cut off more callers"
    return "are within the limit"


def _subject(name: str) -> str:
    return {"noisy": "false interruptions", "patient": "cut-offs", "fast": "ends of turn"}[name]
