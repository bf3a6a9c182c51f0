"""The voice activity detector cannot keep up: the machine is short of CPU.

What
    `inference is slower than realtime`: the VAD took longer over a piece of
    audio than the piece lasts. Counted per minute of call.

Why it hurts callers
    Speech is noticed late, so barge-ins and ends of turn come late, and every
    time in the log is longer than the settings explain.

Evidence
    The warning with its delay (livekit.plugins.silero or livekit.agents,
    WARNING).

Change and its price
    Fewer calls on a machine (LOAD_THRESHOLD, MAX_PROCESSES), more CPU, or
    VAD_SAMPLE_RATE=8000 for telephone audio. Price: money, 0 ms. Measure the
    timing again afterwards: no timing setting mends it.

When it stays silent
    When there is none. Rare ones are an info; it is high only when the VAD
    fell far behind. It refuses when the log hides warnings.
"""

from __future__ import annotations

from typing import Final

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule, Severity
from tuner.rules.judging import Judged, evidence, hidden, judge_rate, spread_of, visible

SIGNAL: Final = "vad_slow"
NEEDS = "LOG_LEVEL=WARNING or lower"
ADVICE = (
    "Fewer calls on a machine (LOAD_THRESHOLD, MAX_PROCESSES) or more CPU. Price: 0 ms. The "
    "times in this log are longer than the settings explain: measure again afterwards."
)


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """Any is told; many per minute are a warning, and high when far behind."""
    signal = visible(facts, SIGNAL)
    if signal is None:
        return hidden(RULE.id, facts, SIGNAL, NEEDS)
    if not signal.count:
        return None
    minutes = facts.exposure.minutes or 0.0
    behind = float(signal.more.get("max_delay_s") or 0.0)
    judged = judge_rate(
        signal.count, minutes, limits.vad_slow_per_minute, limits, spread_of(facts, SIGNAL)
    )
    return Finding(
        rule=RULE.id,
        severity=_severity(judged, behind, limits),
        title=RULE.title,
        measured=_measured(signal.count, minutes, behind),
        limit=f"{limits.vad_slow_per_minute:g}/min",
        evidence=evidence(facts, SIGNAL),
        advice=ADVICE,
        total=signal.count,
        cause="cpu",
    )


def _severity(judged: Judged, behind_s: float, limits: Limits) -> Severity:
    """How often decides whether it matters, how far behind whether it is grave."""
    if judged.state != "above" or judged.events < limits.min_events:
        return "info"
    return "high" if behind_s >= limits.vad_behind_s else "warning"


def _measured(count: int, minutes: float, behind_s: float) -> str:
    text = f"{count / minutes:.2f}/min, {count} in {minutes:.1f} min" if minutes else f"{count}"
    return f"{text}, up to {behind_s:.2f} s behind" if behind_s else text


RULE = Rule(
    id="starved-vad",
    title="The machine is too slow for the voice detector",
    signals=(SIGNAL,),
    check=check,
    doc=__doc__,
)
