"""The transcript synchroniser is used after its segment ended.

What
    `_SegmentSynchronizerImpl.<method> called after close` and its kin. Often
    called the VAD sync warning; it has nothing to do with the VAD.

Why it hurts callers
    Mostly it does not. It is a health alarm: a session in which speech and
    its transcript lost each other can get stuck, with text that lags or a
    reply that never ends.

Evidence
    The warnings themselves (livekit.agents, WARNING), counted per call and by
    method.

Change and its price
    Update livekit-agents, and close sessions properly (await aclose, no
    speech after the end). Price: 0 ms. No timing setting touches it, and none
    should be changed for it.

When it stays silent
    When there is none. It refuses when the log hides warnings.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule, Severity, Signal
from tuner.rules.judging import evidence, hidden, judge_share, visible

SIGNAL: Final = "sync_warnings"
NEEDS = "LOG_LEVEL=WARNING or lower"
ADVICE = (
    "Update livekit-agents and close sessions properly. Price: 0 ms. It is a matter of health, "
    "not of timing: no timing setting touches it."
)


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """Any is worth a finding; warnings in most of the calls are a serious one."""
    signal = visible(facts, SIGNAL)
    if signal is None:
        return hidden(RULE.id, facts, SIGNAL, NEEDS)
    if not signal.count:
        return None
    return Finding(
        rule=RULE.id,
        severity=_severity(facts, signal, limits),
        title=RULE.title,
        measured=_measured(facts, signal),
        limit="none",
        evidence=evidence(facts, SIGNAL),
        advice=ADVICE,
        total=signal.count,
        cause="health",
    )


def _severity(facts: Facts, signal: Signal, limits: Limits) -> Severity:
    hit, calls = int(signal.more.get("calls") or 0), facts.exposure.calls or 0
    judged = judge_share(hit, calls, limits.sync_call_share, limits)
    return "high" if judged.state == "above" and hit >= limits.min_events else "warning"


def _measured(facts: Facts, signal: Signal) -> str:
    text = f"{signal.count}"
    if hit := signal.more.get("calls"):
        of = f" of {facts.exposure.calls}" if facts.exposure.calls else ""
        text += f" in {hit}{of} calls"
    methods = sorted((signal.more.get("by_method") or {}).items(), key=lambda kv: (-kv[1], kv[0]))
    if methods:
        text += "; " + ", ".join(f"{name} {n}" for name, n in methods[:3])
    return text


RULE = Rule(
    id="sync-warnings",
    title="The transcript synchroniser is used after its end",
    signals=(SIGNAL,),
    check=check,
    doc=__doc__,
)
