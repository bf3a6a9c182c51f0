"""The transcript synchroniser is used after its segment was closed.

What
    `_SegmentSynchronizerImpl.<method> called after close` and its kin. Often
    called the VAD sync warning; it has nothing to do with the VAD.

Why it hurts callers
    Mostly it does not. It warns that speech and its transcript have lost each
    other: such a session can get stuck, with text that lags or a reply that
    never ends.

Evidence
    The warnings themselves (livekit.agents, WARNING), counted per call and by
    method.

Change and its price
    Update livekit-agents, and close sessions properly (await aclose, no
    speech after the end). This adds no delay (0 ms). No timing setting
    affects it, and none should be changed for it.

When it does not fire
    When there is none. It cannot judge when the log hides warnings.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule, Severity, Signal
from tuner.names import RuleId
from tuner.rules.answers import Problem, evidence, found, hidden, times_text, visible
from tuner.rules.judging import judge_share

ID = RuleId("sync-warnings")
TITLE = "The transcript synchroniser is used after it was closed"
SIGNAL: Final = "sync_warnings"
NEEDS = "LOG_LEVEL=WARNING or lower"
ADVICE = (
    "Update {package} and close sessions properly. Price: adds no delay. This is about the "
    "health of the session: no timing setting affects it."
)


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """One is a warning; warnings in most of the calls are high."""
    signal = visible(facts, SIGNAL)
    if signal is None:
        return hidden(ID, facts, SIGNAL, NEEDS)
    if not signal.count:
        return None
    problem = Problem(
        rule=ID,
        title=TITLE,
        measured=_measured(facts, signal),
        limit="",
        advice=ADVICE.format(package=facts.agent or "livekit-agents"),
        evidence=evidence(facts, SIGNAL),
        total=signal.count,
        cause="health",
    )
    return found(problem, _severity(facts, signal, limits))


def _severity(facts: Facts, signal: Signal, limits: Limits) -> Severity:
    hit, calls = int(signal.more.get("calls") or 0), facts.exposure.calls or 0
    judged = judge_share(hit, calls, limits.sync_call_share, limits)
    return "high" if judged.state == "above" and hit >= limits.min_events else "warning"


def _measured(facts: Facts, signal: Signal) -> str:
    hit = int(signal.more.get("calls") or 0)
    text = times_text(signal.count or 0, hit, facts.exposure.calls or 0)
    methods = sorted((signal.more.get("by_method") or {}).items(), key=lambda kv: (-kv[1], kv[0]))
    return "; ".join(filter(None, [text, ", ".join(f"{name} {n}" for name, n in methods[:3])]))


RULE = Rule(ID, TITLE, (SIGNAL,), check, __doc__)
