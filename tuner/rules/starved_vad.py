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
    When there is none. Rare ones are an info. It refuses when the log hides
    warnings.
"""

from __future__ import annotations

from tuner.limits import Limits
from tuner.model import Facts, Finding, Refusal, Rule, Signal
from tuner.rules.judging import evidence, hidden, judge_rate, severity, spread_of, visible

SIGNAL = "vad_slow"
NEEDS = "LOG_LEVEL=WARNING or lower"
ADVICE = (
    "Fewer calls on a machine (LOAD_THRESHOLD, MAX_PROCESSES) or more CPU. Price: 0 ms. The "
    "times in this log are longer than the settings explain: measure again afterwards."
)


def check(facts: Facts, limits: Limits) -> Finding | Refusal | None:
    """Any is told; many per minute are a warning or worse."""
    signal = visible(facts, SIGNAL)
    if signal is None:
        return hidden(RULE.id, facts, SIGNAL, NEEDS)
    if not signal.count:
        return None
    minutes = facts.exposure.minutes or 0.0
    judged = judge_rate(
        signal.count, minutes, limits.vad_slow_per_minute, limits, spread_of(facts, SIGNAL)
    )
    return Finding(
        rule=RULE.id,
        severity=severity(judged, limits) if judged.state == "above" else "info",
        title=RULE.title,
        measured=_measured(signal, minutes),
        limit=f"{limits.vad_slow_per_minute:g}/min",
        evidence=evidence(facts, SIGNAL),
        advice=ADVICE,
        total=signal.count,
        cause="cpu",
    )


def _measured(signal: Signal, minutes: float) -> str:
    count = signal.count or 0
    text = f"{count / minutes:.2f}/min, {count} in {minutes:.1f} min" if minutes else f"{count}"
    if (worst := signal.more.get("max_delay_s")) is not None:
        text += f", up to {worst:.2f} s behind"
    return text


RULE = Rule(
    id="starved-vad",
    title="The machine is too slow for the voice detector",
    signals=(SIGNAL,),
    check=check,
    doc=__doc__,
)
